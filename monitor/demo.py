"""The rehearsal in two minutes: a scripted outage, watched, and compared with what was seen."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.alerting import letters_of, messages_for
from monitor.app import site_of, utc_now
from monitor.core.model import Incident, Outcome, SlotRecord
from monitor.errors import ConfigurationError
from monitor.evidence.rehearsal_authority import serve_authority
from monitor.evidence.timestamp import Authority
from monitor.keeper import Kept
from monitor.service import Service
from monitor.settings import Settings
from monitor.settings_evidence import AuthoritySettings
from monitor.store.store import Store
from probes.site import SITES
from probes.standin.run import standin_thread
from probes.standin.server import StandIn

COMPONENTS = ("portal", "login", "category", "upload")
INTERVALS = {"portal": 25.0, "login": 30.0, "category": 9.0, "upload": 50.0}
STAMP = ".anef-monitor-demo"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A stretch of the script: what the stand-in does, until the category probe has looked
    ``runs`` times from beginning to end, or for ``longest_seconds``."""

    fault: str
    runs: int
    longest_seconds: float
    title: str


SCRIPT: tuple[Scene, ...] = (
    Scene(fault="none", runs=2, longest_seconds=26, title="tout va bien"),
    Scene(
        fault="categories_empty",
        runs=3,
        longest_seconds=42,
        title="la liste des catégories est vide",
    ),
    Scene(fault="none", runs=2, longest_seconds=26, title="tout va bien"),
    Scene(
        fault="slow_category",
        runs=1,
        longest_seconds=20,
        title="le choix de la catégorie est lent",
    ),
)

EXPECTED = {"none": Outcome.UP, "categories_empty": Outcome.DOWN, "slow_category": Outcome.DEGRADED}
"""What the category probe should say in each scene."""

MARKS = {
    Outcome.UP: ("■", "green"),
    Outcome.DEGRADED: ("■", "yellow"),
    Outcome.DOWN: ("■", "red"),
    Outcome.MAINTENANCE: ("■", "magenta"),
}
UNKNOWN_MARK = ("□", "cyan")


@dataclass(kw_only=True)
class Played:
    """A scene as it was played, with the moments at which the stand-in changed."""

    scene: Scene
    started_at: datetime
    ended_at: datetime | None = None

    def covers(self, record: SlotRecord) -> bool:
        """True when the whole run took place within the scene."""
        if record.started_at is None or record.finished_at is None:
            return False
        ended = self.ended_at or record.finished_at + timedelta(days=1)
        return self.started_at <= record.started_at and record.finished_at <= ended


@dataclass(kw_only=True)
class Progress:
    """What the terminal shows."""

    played: list[Played] = field(default_factory=list)
    category: list[SlotRecord] = field(default_factory=list)
    seen: dict[str, list[Outcome]] = field(default_factory=lambda: {c: [] for c in COMPONENTS})
    last: str = ""

    def kept(self, kept: Kept) -> None:
        """Take in one recorded observation."""
        record = kept.recorded.record
        self.seen[record.slot.component].append(record.outcome)
        if record.slot.component == "category":
            self.category.append(record)
        self.last = f"{record.slot.component}: {kept.observation.verdict.message_en}"

    def runs_in(self, part: Played) -> int:
        """Runs of the category probe that took place within a scene."""
        return sum(part.covers(record) for record in self.category)


async def run_demo(*, folder: Path, port: int, leave: bool, console: Console | None = None) -> int:
    """Play the script. Returns 0 when what was detected matches what was injected, else 1.

    Raises ConfigurationError when the folder holds something that is not a demo's.
    """
    _clear(folder)
    console = console or Console(highlight=False)
    progress = Progress()
    with (
        standin_thread(StandIn(portal_port=0, sso_port=0)) as standin,
        serve_authority(folder / "authority", clock=utc_now) as authority,
    ):
        settings = with_authority(
            demo_settings(folder, port, standin.origins), authority.authority()
        )
        async with Service(settings, site_of(settings), on_kept=progress.kept) as service:
            await _play(console, progress, standin, service)
            report = compare(
                list(service.store.slots(component="category")),
                service.store.incidents(component="category"),
                progress.played,
                standin.submissions,
            )
            console.print(_summary(report, service.store))
            _print_alerts(console, service, since=progress.played[0].started_at)
            if not leave:
                console.print(f"\nStatus page: {service.web_url}   (Ctrl-C ends)")
                await asyncio.Event().wait()
    return 0 if report.matches else 1


def _print_alerts(console: Console, service: Service, *, since: datetime) -> None:
    """What someone would have been told who had asked for it; nothing is sent."""
    letters = letters_of(
        service.settings, service.site, service.store, service.blobs, utc_now, service.web_url
    )
    for text in messages_for("demo", letters, service.store, since=since):
        message = f"[bold]{escape(text.title)}[/]\n\n{escape(text.body)}"
        console.print(Panel(message, title="an alert, as a target would get it", width=96))


def _clear(folder: Path) -> None:
    """An empty folder for this demo; what an earlier demo left is removed, nothing else is."""
    if folder.exists() and any(folder.iterdir()) and not (folder / STAMP).exists():
        raise ConfigurationError(f"{folder} is not empty and is no demo's: choose --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / STAMP).touch()


def demo_settings(folder: Path, port: int, origins: dict[str, str]) -> Settings:
    """Embedded defaults: stand-in site, SQLite and a folder, short intervals."""
    return Settings.model_validate(
        {
            "state_dir": folder.absolute(),
            "operator": {"name": "Démonstration"},
            "site": {"file": SITES / "standin.toml", "origins": origins},
            "web": {"port": port, "sign_documents": True},
            "metrics": {"port": 0},
            "schedule": {"probes": COMPONENTS, "intervals": INTERVALS},
        }
    )


def with_authority(settings: Settings, authority: Authority) -> Settings:
    """The settings with this authority, whose certificates are written beside the data; what is
    new is signed within seconds."""
    roots = settings.state_dir / "authority.pem"
    roots.write_text("".join(authority.roots_pem), encoding="ascii")
    named = {authority.id: AuthoritySettings(url=authority.url, roots=roots)}
    chosen = {"authorities": named, "checkpoint_minutes": 0.25, "stamp_minutes": 1}
    evidence = settings.evidence.model_copy(update=chosen)
    return settings.model_copy(update={"evidence": evidence})


async def _play(console: Console, progress: Progress, standin: StandIn, service: Service) -> None:
    drawing = Console(highlight=False, file=console.file, width=console.width)
    with Live(console=drawing, refresh_per_second=4, transient=True) as live:
        for scene in SCRIPT:
            standin.set_fault(scene.fault)
            part = Played(scene=scene, started_at=utc_now())
            progress.played.append(part)
            until = part.started_at + timedelta(seconds=scene.longest_seconds)
            while utc_now() < until and progress.runs_in(part) < scene.runs:
                live.update(_screen(progress, service.web_url))
                await asyncio.sleep(0.25)
            part.ended_at = utc_now()
        await service.schedule.pause()
    console.print(_screen(progress, service.web_url))


def _screen(progress: Progress, url: str) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", min_width=10)
    table.add_column()
    for component in COMPONENTS:
        table.add_row(component, _squares(progress.seen[component]))
    scene = progress.played[-1].scene
    injected = Text.assemble("injected  ", (f"{scene.fault} — {scene.title}", "bold"))
    seen = Text.assemble("last seen ", (progress.last or "…", "dim"))
    legend = Text.assemble(
        ("■", "green"),
        " up  ",
        ("■", "yellow"),
        " slow  ",
        ("■", "red"),
        " down  ",
        ("□", "cyan"),
        " not known",
    )
    body = Group(injected, seen, Text(), table, Text(), legend)
    return Panel(body, title="anef-monitor · rehearsal", subtitle=url, width=96)


def _squares(outcomes: Sequence[Outcome]) -> Text:
    text = Text()
    for outcome in outcomes[-40:]:
        mark, colour = MARKS.get(outcome, UNKNOWN_MARK)
        text.append(mark + " ", style=colour)
    return text


@dataclass(frozen=True, kw_only=True)
class Report:
    """Detected against injected, for the category probe."""

    rows: tuple[tuple[str, str, int, int], ...]
    """(title, expected outcome, runs within the scene, runs that said so)"""
    started_inside: bool
    ended_inside: bool
    incidents: int
    submissions: int

    @property
    def matches(self) -> bool:
        """True when every scene was seen for what it was, and nothing was submitted."""
        scenes = all(runs > 0 and runs == right for _, _, runs, right in self.rows)
        bounds = self.started_inside and self.ended_inside and self.incidents == 1
        return scenes and bounds and self.submissions == 0


def compare(
    records: Sequence[SlotRecord],
    incidents: Sequence[Incident],
    played: Sequence[Played],
    submissions: int,
) -> Report:
    """Each scene's runs against what the scene should give, and the incident's bounds against
    the moments at which the fault was really set and lifted."""
    rows = []
    for part in played:
        expected = EXPECTED[part.scene.fault]
        runs = [record for record in records if part.covers(record)]
        right = sum(record.outcome is expected for record in runs)
        rows.append((part.scene.title, expected.value, len(runs), right))
    outage = next(part for part in played if part.scene.fault == "categories_empty")
    found = incidents[0] if incidents else None
    return Report(
        rows=tuple(rows),
        started_inside=found is not None
        and _within(outage.started_at, found.started_after, found.started_before),
        ended_inside=found is not None
        and _within(outage.ended_at, found.ended_after, found.ended_before),
        incidents=len(incidents),
        submissions=submissions,
    )


def _within(moment: datetime | None, after: datetime | None, before: datetime | None) -> bool:
    if moment is None or after is None or before is None:
        return False
    return after <= moment <= before


def _summary(report: Report, store: Store) -> RenderableType:
    table = Table(title="Injected and detected (category)", title_justify="left")
    for heading in ("injected", "expected", "runs", "seen as expected"):
        table.add_column(heading)
    for title, expected, runs, right in report.rows:
        colour = "green" if runs and runs == right else "red"
        table.add_row(title, expected, str(runs), f"[{colour}]{right}[/]")
    lines = [
        _line("incidents found (1 injected)", str(report.incidents), good=report.incidents == 1),
        _line(
            "true start inside the stated interval",
            _yes(report.started_inside),
            good=report.started_inside,
        ),
        _line(
            "true end inside the stated interval",
            _yes(report.ended_inside),
            good=report.ended_inside,
        ),
        _line(
            "requests submitted to the site", str(report.submissions), good=report.submissions == 0
        ),
        Text(f"observations stored: {sum(1 for _ in store.slots())}"),
        _log_line(store),
    ]
    verdict = Text(
        "Detection matched the script." if report.matches else "Detection did NOT match.",
        style="bold green" if report.matches else "bold red",
    )
    return Group(Text(), table, *lines, verdict)


def _log_line(store: Store) -> Text:
    """How the transparency log stands; the last checkpoint comes at the end of the script."""
    last, stamps = store.last_checkpoint(), store.stamp_summary()
    signed = f"{last.size} of {store.log_size()}" if last else "none"
    stamped = f"{stamps.last_at:%H:%M:%S} UTC" if stamps.last_at else "never"
    return Text(f"records of the log signed: {signed}; stamped: {stamped}")


def _line(text: str, value: str, *, good: bool) -> Text:
    return Text.assemble(f"{text}: ", (value, "green" if good else "red"))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
