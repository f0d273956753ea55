"""On what the campaign ran: enough to repeat it, nothing that names the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from bench.accuracy.front import NGINX
from bench.accuracy.own import may_limit_cpu
from bench.accuracy.pki import can_be_trusted
from bench.accuracy.wire import may_make_namespaces
from monitor import __version__
from monitor.core.rules import RULESET
from monitor.installation import find_browser


def describe_machine() -> dict[str, object]:
    """Processor, memory, load at the start, versions, and what the machine permits."""
    browser = find_browser("auto", None)
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "distribution": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_at_start": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "playwright": metadata.version("playwright"),
        "browser": f"{browser.kind} {browser.version}",
        "nginx": _said(NGINX, "-v").partition("/")[2],
        "program": __version__,
        "commit": _said("git", "rev-parse", "--short", "HEAD"),
        "ruleset": RULESET,
        "network_namespaces": may_make_namespaces(),
        "control_groups": may_limit_cpu(),
        "own_authority_trusted": can_be_trusted(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _said(*command: str) -> str:
    """What a program prints about itself; "" when it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip()
