"""An independent observatory of the ANEF online service."""

from importlib.metadata import version

__version__ = version("anef-monitor")
