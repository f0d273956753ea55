"""Imports point inward: cli -> app -> schedule, web -> cycle -> store, evidence -> core."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("monitor", "probes", "migrations")

_OWN = ("monitor.core", "monitor.errors")
_SETTINGS = (
    "monitor.settings",
    "monitor.settings_alerts",
    "monitor.settings_docs",
    "monitor.settings_documents",
    "monitor.settings_evidence",
    "monitor.settings_layers",
    "monitor.settings_messages",
    "monitor.settings_table",
    "monitor.settings_types",
)
_CYCLE = (
    *_OWN,
    *_SETTINGS,
    "monitor.clock",
    "monitor.control",
    "monitor.evidence",
    "monitor.installation",
    "monitor.ownside",
    "monitor.store",
    "probes",
)
_OUTER = ("monitor", "probes", "migrations")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    # who (with all below it; the longest name that fits counts): whom (with all below it)
    "monitor": (),
    "monitor.core": ("monitor.core",),
    "monitor.errors": (),
    "monitor.installation": ("monitor.errors",),
    **dict.fromkeys(_SETTINGS, (*_OWN, *_SETTINGS)),
    "monitor.store": (*_OWN, "monitor.store", "migrations"),
    "migrations": ("migrations", "monitor.store"),
    # a bundle is made of what an attempt left behind: its captures and exchanges
    "monitor.evidence": (
        *_OWN,
        "monitor.evidence",
        *("probes.attempt", "probes.capture", "probes.connections"),
        *("probes.network", "probes.redaction"),
    ),
    "probes": (*_OWN, "probes"),
    "probes.standin": (*_OWN, "probes.standin", "probes.site"),
    "monitor.clock": (*_OWN, *_SETTINGS),
    "monitor.control": (*_OWN, *_SETTINGS),
    "monitor.machine": (*_OWN,),
    "monitor.whereabouts": (*_CYCLE, "monitor.machine"),
    "monitor.ownside": (*_CYCLE,),
    "monitor.rules_docs": ("monitor.core",),
    "monitor.politeness": (*_OWN, "probes.site"),
    "monitor.report": _OWN,
    "monitor.cycle": _CYCLE,
    "monitor.keeper": (*_CYCLE, "monitor.cycle"),
    "monitor.schedule": (*_CYCLE, "monitor.cycle", "monitor.keeper", "monitor.politeness"),
    "monitor.metrics": (*_OWN, "monitor.metrics_ledger", "monitor.store"),
    "monitor.metrics_ledger": _OWN,
    "monitor.web": (
        *_OWN,
        *_SETTINGS,
        "monitor.certificates",
        "monitor.exports",
        "monitor.figure_values",
        "monitor.store",
        "monitor.metrics",
        "monitor.web",
        "probes.site",
        "monitor.exports",
    ),
    # documents say things in the words of the pages, and never ask the web for anything else
    "monitor.certificates": (
        *_OWN,
        "monitor.certificates",
        "monitor.evidence",
        "monitor.store",
        "monitor.web.language",
        "monitor.web.typography",
        "monitor.web.words",
    ),
    # messages say things in the words of the pages, and are written from what the store holds
    "monitor.alerts": (
        *_OWN,
        "monitor.alerts",
        "monitor.store",
        "monitor.web.incident_views",
        "monitor.web.typography",
        "monitor.web.words",
    ),
    "monitor.heartbeat": (*_OWN, *_SETTINGS),
    "monitor.serving": _OWN,
    "monitor.watchdog": (),
    # charts and open data: in the words of the pages
    "monitor.exports": (
        *_OWN,
        "monitor.exports",
        "monitor.store",
        "monitor.web.language",
        "monitor.web.typography",
        "monitor.web.words",
    ),
    "monitor.logkeeping": (
        *_OWN,
        *_SETTINGS,
        "monitor.evidence",
        "monitor.metrics",
        "monitor.store",
        "probes.site",
    ),
    "monitor.figure_report": _OWN,
    "monitor.figure_values": (*_OWN, "monitor.store"),
    # from here on concrete classes of several sides meet
    "monitor.app": _OUTER,
    "monitor.alerting": _OUTER,
    "monitor.service": _OUTER,
    "monitor.front": (*_OWN, *_SETTINGS, "probes.site"),
    "monitor.front_process": _OUTER,
    "monitor.upkeep": _OUTER,
    "monitor.demo": _OUTER,
    "monitor.doctor": _OUTER,
    "monitor.doctor_log": _OUTER,
    "monitor.findings": (),
    "monitor.commands": _OUTER,
    "monitor.calibrating": _OUTER,
    "monitor.calibration_report": _OUTER,
    "monitor.calibration_words": (),
    "monitor.bundles": (*_OWN, "monitor.evidence", "monitor.store"),
    "monitor.bundle_report": (*_OWN, "monitor.bundles", "monitor.evidence", "monitor.retention"),
    "monitor.retention": (*_OWN, "monitor.store"),
    "monitor.documents_report": _OUTER,
    "monitor.printing": _OUTER,
    "monitor.judging": _OUTER,
    "monitor.judging_report": _OUTER,
    "monitor.cli_options": (*_OWN, *_SETTINGS),
    "monitor.cli_alerts": _OUTER,
    "monitor.cli_bundle": _OUTER,
    "monitor.cli_keys": _OUTER,
    "monitor.cli_log": _OUTER,
    "monitor.cli_calibrate": _OUTER,
    "monitor.cli_certificate": _OUTER,
    "monitor.cli_db": _OUTER,
    "monitor.cli_figures": _OUTER,
    "monitor.cli_review": _OUTER,
    "monitor.cli_run": _OUTER,
    "monitor.cli_statement": _OUTER,
    "monitor.cli_verify": _OUTER,
    "monitor.cli_witness": _OUTER,
    "monitor.cli": _OUTER,
    "monitor.__main__": ("monitor.cli",),
}

_TYPED = (
    "monitor.cli_alerts",
    "monitor.cli_bundle",
    "monitor.cli_calibrate",
    "monitor.cli_certificate",
    "monitor.cli_db",
    "monitor.cli_keys",
    "monitor.cli_log",
    "monitor.cli_review",
    "monitor.cli_run",
    "monitor.cli_statement",
    "monitor.cli_verify",
    "monitor.cli_witness",
)
_COMMANDS = ("monitor.cli", *_TYPED, "monitor.commands", "monitor.__main__")

MAY_NOT_IMPORT: dict[str, tuple[str, ...]] = {
    "monitor.app": (*_COMMANDS, "monitor.demo"),
    "monitor.service": (*_COMMANDS, "monitor.demo"),
    "monitor.front_process": (*_COMMANDS, "monitor.demo", "monitor.service"),
    "monitor.demo": _COMMANDS,
    "monitor.alerting": (*_COMMANDS, "monitor.demo"),
    "monitor.doctor": (*_COMMANDS, "monitor.demo"),
    "monitor.documents_report": (*_COMMANDS, "monitor.demo"),
    "monitor.printing": (*_COMMANDS, "monitor.demo"),
    "monitor.judging": (*_COMMANDS, "monitor.demo"),
    "monitor.judging_report": (*_COMMANDS, "monitor.demo"),
    "monitor.calibrating": (*_COMMANDS, "monitor.demo"),
    "monitor.calibration_report": (*_COMMANDS, "monitor.demo"),
    **dict.fromkeys(_TYPED, ("monitor.cli", "monitor.__main__")),
    "probes": ("probes.standin",),
}

NOT_IN_CORE = frozenset(
    {"asyncio", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"}
    | {"subprocess", "tempfile", "threading", "time", "urllib.request"}
)
"""Standard modules that reach outside: the core gets all it needs as arguments."""

CLOCKS = frozenset({"now", "utcnow", "today"})


def _modules(root: Path) -> dict[str, Path]:
    """Every module below the packages, by its dotted name."""
    files = (file for package in PACKAGES for file in (root / package).rglob("*.py"))
    return {_name(file.relative_to(root)): file for file in files}


def _name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(file: Path, modules: dict[str, Path]) -> Iterator[str]:
    """All that a module names in its import statements, wherever they stand."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in modules else base


def _below(name: str, parents: tuple[str, ...]) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def _row(name: str, table: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    fitting = [key for key in table if _below(name, (key,))]
    return table[max(fitting, key=len)] if fitting else None


def _allowed(name: str, target: str) -> bool:
    if target.partition(".")[0] not in PACKAGES:
        return not _below(name, ("monitor.core",)) or (
            target.partition(".")[0] in sys.stdlib_module_names
            and not _below(target, (*NOT_IN_CORE,))
        )
    if target in PACKAGES:  # the version, or a package's own face
        return target == "monitor" or _below(target, _row(name, MAY_IMPORT) or ())
    wanted = _below(target, _row(name, MAY_IMPORT) or ())
    return wanted and not _below(target, _forbidden(name))


def _forbidden(name: str) -> tuple[str, ...]:
    if _below(name, ("probes.standin",)):
        return ()
    return _row(name, MAY_NOT_IMPORT) or ()


def violations(root: Path) -> list[str]:
    """One line for each import that points outward, and for each module without a row."""
    modules = _modules(root)
    rowless = [
        f"{name} has no row in MAY_IMPORT: say there whom it may import"
        for name in modules
        if _homeless(name)
    ]
    outward = [
        f"{name} imports {target}"
        for name, file in modules.items()
        if not _homeless(name)
        for target in _imports(file, modules)
        if target.startswith(".") or not _allowed(name, target)
    ]
    return sorted(rowless + outward)


def _homeless(name: str) -> bool:
    """True for a module directly in ``monitor`` that nobody has placed."""
    return name.startswith("monitor.") and ".".join(name.split(".")[:2]) not in MAY_IMPORT


def clocks(root: Path) -> list[str]:
    """Every place in the core that asks for the time."""
    return [
        f"{name}:{node.lineno}"
        for name, file in _modules(root).items()
        if _below(name, ("monitor.core",))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
    ]


def test_imports_point_inward() -> None:
    assert violations(ROOT) == []


def test_the_core_reads_no_clock() -> None:
    assert clocks(ROOT) == []


def _tree(root: Path, module: str, code: str) -> Path:
    for name in (
        "monitor/web/pages",
        "monitor/store/store",
        "probes/standin/site",
        "probes/site",
        "monitor/errors",
    ):
        _write(root, name, "")
    _write(root, module.replace(".", "/"), code)
    return root


def _write(root: Path, name: str, code: str) -> None:
    file = root / f"{name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code, encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "code", "target"),
    [
        ("monitor.core.model", "import monitor.store.store", "monitor.store.store"),
        ("monitor.core.model", "from monitor import errors", "monitor.errors"),
        ("monitor.core.model", "import httpx", "httpx"),
        ("monitor.core.model", "from pathlib import Path", "pathlib"),
        ("monitor.core.model", "def f():\n    import time", "time"),
        ("monitor.core.model", "from . import other", "."),
        ("monitor.store.rows", "from monitor.web import pages", "monitor.web.pages"),
        ("monitor.store.rows", "from probes import site", "probes.site"),
        ("monitor.web.routes", "from monitor.cycle import run", "monitor.cycle"),
        ("monitor.web.routes", "import probes", "probes"),
        ("monitor.cycle", "from monitor.app import build", "monitor.app"),
        ("monitor.cycle", "from monitor.web.pages import page", "monitor.web.pages"),
        ("monitor.schedule", "from monitor.web.pages import page", "monitor.web.pages"),
        ("monitor.app", "from monitor.cli import app", "monitor.cli"),
        ("monitor.evidence.bundle", "import monitor.store", "monitor.store"),
        ("probes.login", "from monitor.store.store import Store", "monitor.store.store"),
        ("probes.login", "from probes.standin.site import x", "probes.standin.site"),
        ("probes.standin.pages", "from probes.login import x", "probes.login"),
        ("migrations.env", "import monitor.web", "monitor.web"),
    ],
)
def test_an_outward_import_is_found(tmp_path: Path, module: str, code: str, target: str) -> None:
    found = violations(_tree(tmp_path, module, code))
    assert found == [f"{module} imports {target}"]


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("monitor.core.model", "from datetime import datetime\nfrom monitor.core import x"),
        ("monitor.app", "import monitor.store.store, monitor.web.pages, probes"),
        ("monitor.web.routes", "from probes.site import Site\nimport fastapi"),
        ("probes.login", "from monitor.core.model import Depth\nfrom probes import site"),
        ("probes.standin.pages", "from probes.site import Site\nimport starlette"),
        ("monitor.store.migrate", "import migrations"),
    ],
)
def test_an_inward_import_is_let_pass(tmp_path: Path, module: str, code: str) -> None:
    assert violations(_tree(tmp_path, module, code)) == []


def test_a_module_that_nobody_placed_is_found(tmp_path: Path) -> None:
    found = violations(_tree(tmp_path, "monitor.utils", ""))
    assert found == ["monitor.utils has no row in MAY_IMPORT: say there whom it may import"]


def test_a_clock_in_the_core_is_found(tmp_path: Path) -> None:
    code = "from datetime import datetime\n\nx = datetime.now()\n"
    assert clocks(_tree(tmp_path, "monitor.core.model", code)) == ["monitor.core.model:3"]
