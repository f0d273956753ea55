"""Measurements: what a check costs, what it leaves behind, what its evidence takes."""
