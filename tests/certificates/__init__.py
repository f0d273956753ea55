"""Documents: what they hold, and the pages that make them."""
