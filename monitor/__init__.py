"""An independent observatory of the ANEF online service."""
