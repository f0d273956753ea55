"""Faults of our own, as exceptions. A failure of the watched site is never one of these."""

from __future__ import annotations


class MonitorError(Exception):
    """Base of everything that the program itself can get wrong."""


class ConfigurationError(MonitorError):
    """The settings, the site file or the command line cannot be used (exit code 2)."""


class StoreError(MonitorError):
    """The database or the blob store cannot be used."""


class BrowserError(MonitorError):
    """The browser could not be found, started or kept."""


class EvidenceError(MonitorError):
    """Evidence could not be written, read or verified."""
