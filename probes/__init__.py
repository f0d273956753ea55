"""Probes: programs that check one component of the site, in named steps."""
