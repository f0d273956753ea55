"""A bundle for a person, and for a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from babel.dates import format_date
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.bundles import HeldBundle, HeldFile, State
from monitor.core.retention import Retirement
from monitor.core.statistics import PARIS
from monitor.evidence.commitments import Opening
from monitor.retention import Kept

COLOURS = {
    State.PRESENT: "green",
    State.RETIRED: "yellow",
    State.MISSING: "bold red",
    State.ALTERED: "bold red",
}
PRIVATE = "private: commitment {:.12}…"
NOT_KNOWN = "not recorded"


def bundle_json(bundle: HeldBundle) -> dict[str, Any]:
    """A bundle as JSON: where it is, its manifest, and what became of its files."""
    return {
        "schema": "bundle/1",
        "sequence": bundle.sequence,
        "attempt": bundle.attempt,
        "attempts": bundle.attempts,
        "manifest_sha256": bundle.sha256,
        "whole": bundle.is_whole,
        "retired": _retired_json(bundle.retirement),
        "files": [{**vars(file), "state": file.state.value} for file in bundle.files],
        "manifest": dict(bundle.manifest),
    }


def _retired_json(retirement: Retirement | None) -> dict[str, Any] | None:
    if retirement is None:
        return None
    return {
        "rule": retirement.rule.value,
        "kept_days": retirement.days,
        "retired_at": retirement.retired_at.isoformat(),
        "said_fr": retired_fr(retirement),
    }


def retired_fr(retirement: Retirement) -> str:
    """How a French page says it."""
    day = format_date(retirement.retired_at.astimezone(PARIS), "d MMMM y", locale="fr")
    return f"retiré le {day} selon la règle de conservation ({retirement.days}\u00a0jours)"


def print_bundle(console: Console, bundle: HeldBundle) -> None:
    """What is known of the attempt, field by field, then its path and its files."""
    console.print(
        f"[bold]slot {bundle.sequence}[/], attempt {bundle.attempt} of {bundle.attempts}"
        f"\n[dim]manifest {bundle.sha256}[/]\n"
    )
    console.print(_fields(bundle.manifest))
    console.print()
    console.print(_path(bundle.manifest))
    console.print()
    console.print(_files(bundle.files))
    for name in bundle.manifest["withheld"]:
        console.print(f"[yellow]kept out[/], a secret was found in it: {name}")
    for step, problem in bundle.manifest["not_captured"].items():
        console.print(f"[yellow]no picture[/] of {step}: {problem}")
    if bundle.retirement:
        at = bundle.retirement
        console.print(
            f"\n[yellow]retired[/] on {at.retired_at:%Y-%m-%d} by the rule of {at.days} days; "
            "hashes stay, and a file that another bundle holds is still here"
        )
    if not bundle.is_whole:
        console.print("\n[bold red]not whole[/]: files are missing or altered, and no rule says so")
    console.print(f"\n[dim]{bundle.manifest['limits']}[/]")


def _fields(manifest: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields(manifest):
        table.add_row(name, Text(value))
    return table


def fields(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every point of the record as (name, text); one that an older manifest lacks says so."""
    yield "verdict", f"{manifest['outcome']}, rule {manifest['rule']} of {manifest['ruleset']}"
    yield "component", f"{manifest['component']} of {manifest['site']}, depth {manifest['depth']}"
    profile = manifest["profile"]
    yield "profile", f"category {profile['category'] or 'none'}, account {profile['account']}"
    yield "scheduled", manifest["scheduled_at"]
    yield "started", manifest["started_at"]
    yield "finished", manifest["finished_at"]
    yield "clock", _clock(manifest.get("clock"))
    yield "vantage", _vantage(manifest["vantage"])
    private = manifest.get("private", {}).get("commitments", {})
    for name, commitment in private.items():
        yield name.replace("_", " "), PRIVATE.format(commitment)
    yield "machine", _machine(manifest.get("machine"))
    yield "browser", _browser(manifest)
    yield "user agent", manifest["user_agent"]
    yield "program", _program(manifest)
    yield "resolvers", ", ".join(map(_address, manifest.get("resolvers", []))) or NOT_KNOWN
    yield "no proxy", "yes" if manifest["no_proxy"] else "no"
    yield "fresh context", "yes, no cache and no cookie" if manifest["fresh_context"] else "no"
    for one in manifest.get("connections", []):
        yield "connection", _connection(one)


def _clock(clock: Mapping[str, Any] | None) -> str:
    if clock is None:
        return NOT_KNOWN
    if clock["offset_seconds"] is None:
        return "not measured (non mesuré)"
    servers = ", ".join(one["server"] for one in clock["servers"])
    return f"{clock['offset_seconds']:+.3f} s, by {servers} at {clock['measured_at']}"


def _vantage(vantage: Mapping[str, Any]) -> str:
    parts = (vantage["label"], vantage["operator"], vantage["country"])
    number = f"AS{vantage['asn']}" if vantage["asn"] else ""
    return ", ".join(part for part in (vantage["id"], *parts, number) if part)


def _machine(machine: Mapping[str, str] | None) -> str:
    if not machine:
        return NOT_KNOWN
    memory = int(machine["memory_bytes"]) / 2**30
    return (
        f"{machine['distribution']}, {machine['system']} {machine['architecture']}, "
        f"{machine['processors']} processors, {memory:.0f} GiB"
    )


def _browser(manifest: Mapping[str, Any]) -> str:
    found = manifest.get("browser")
    if not found:
        return str(manifest["environment"].get("browser", NOT_KNOWN))
    place = f"{found['locale']}, {found['timezone']}, {found['viewport']}"
    return f"{found['kind']} {found['version']} ({place})"


def _program(manifest: Mapping[str, Any]) -> str:
    found = manifest.get("program")
    if not found:
        return str(manifest["environment"].get("program", NOT_KNOWN))
    commit, _, modified = found["commit"].partition("-")
    return (
        f"{found['name']} {found['version']}, commit {commit:.12}{modified and ' (modified)'}, "
        f"settings {found['settings_sha256']:.12}…, site file {found['site_file_sha256']:.12}…"
    )


def _address(shown: Mapping[str, str]) -> str:
    return shown.get("address") or PRIVATE.format(shown["commitment"])


def _connection(one: Mapping[str, Any]) -> str:
    where = f"{one['origin']} at {_address(one['remote'])}" if one["remote"] else one["origin"]
    if one["certificate_refused"]:
        return f"{where}: certificate refused, {one['certificate_refused']}"
    tls = one["tls"]
    if tls is None:
        return f"{where}, {one['http_version']}, no TLS"
    return (
        f"{where}, {one['http_version']}, {tls['protocol']}: {tls['subject']} by {tls['issuer']}, "
        f"valid {tls['valid_from']:.10} to {tls['valid_until']:.10}, "
        f"{len(one['chain_sha256'])} certificates"
    )


def _path(manifest: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("path followed", "", "began", "seconds", "HTTP", "page"):
        right = heading in ("seconds", "HTTP")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for step in manifest["steps"]:
        mark = "[green]ok[/]" if step["outcome"] == "ok" else "[red]failed[/]"
        began = (step.get("started_at") or "")[11:23]
        status = str(step["http_status"] or "")
        seconds = f"{step['duration_seconds']:.2f}"
        table.add_row(step["name"], mark, began, seconds, status, Text(step["url"] or ""))
    return table


def _files(files: Iterable[HeldFile]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "", "bytes", "SHA-256"):
        table.add_column(heading, justify="right" if heading == "bytes" else "left")
    for file in files:
        state = f"[{COLOURS[file.state]}]{file.state.value}[/]"
        table.add_row(Text(file.name), state, f"{file.size:,}", f"[dim]{file.sha256:.16}…[/]")
    return table


def print_openings(console: Console, openings: Iterable[Opening]) -> None:
    """Private values with what opens their commitments."""
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "value", "salt", "commitment"):
        table.add_column(heading, overflow="fold")
    for one in openings:
        table.add_row(one.name, Text(one.value), one.salt, one.commitment)
    console.print(table)
    console.print("\nCheck: printf '%s' 'SALT:NAME:VALUE' | sha256sum")


def retention_json(kept: Kept, *, dry_run: bool) -> dict[str, Any]:
    """A round of retention as JSON."""
    return {"schema": "retention/1", "dry_run": dry_run, **asdict(kept)}


def print_retention(console: Console, kept: Kept, *, dry_run: bool) -> None:
    """A round of retention, in a few lines."""
    would = "would lose" if dry_run else "lost"
    runs = kept.good_runs + kept.failing_runs + kept.unfinished_runs
    console.print(
        f"{runs} runs {would} their files: {kept.good_runs} uneventful, {kept.failing_runs} "
        f"others, {kept.unfinished_runs} from a round that was stopped"
    )
    console.print(
        f"{kept.files} files, {kept.size_bytes / 1e6:.1f} MB; {kept.shared_files} files stay "
        "because a bundle that is kept holds them too"
    )
