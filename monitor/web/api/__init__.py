"""The public API: figures and what they rest on, for machines. It reads; it never writes."""
