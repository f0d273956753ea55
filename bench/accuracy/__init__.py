"""The accuracy campaign: known faults against the real program, and what it made of them."""
