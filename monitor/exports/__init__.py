"""Open data: what was observed, as files that anyone can recompute from."""
