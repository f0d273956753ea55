"""Probes: programs that check one component of the site, in named steps."""

from probes.base import Probe
from probes.category import CategoryProbe
from probes.login import LoginProbe
from probes.portal import PortalProbe
from probes.reset import ResetProbe
from probes.upload import UploadProbe

PROBES: dict[str, Probe] = {
    probe.component: probe
    for probe in (PortalProbe(), LoginProbe(), ResetProbe(), CategoryProbe(), UploadProbe())
}
"""Every probe, by its component. A new probe is a file and a line here."""
