"""Migrations of the database. Numbered, one purpose each, never edited once released."""
