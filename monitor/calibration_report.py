"""What ``calibrate`` shows: a page with pictures for the operator, a table, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor.app import require_folder
from monitor.calibrating import Calibrated, Trial, shown
from monitor.calibration_words import KEY_WORDS, PAGE_WORDS
from monitor.errors import EvidenceError
from monitor.evidence.redact import SecretScan
from probes.calibration.findings import KeyFinding, PageFinding, Suggestion


def calibration_json(done: Calibrated) -> dict[str, Any]:
    """The shape of ``calibrate --json``; pictures by the names that ``--out`` gives them."""
    written = done.written
    return {
        "schema": "calibration/1",
        "site": done.site.id,
        "missing": list(done.found.missing),
        "proposals": {
            key: {"old": getattr(done.site.selectors, key), "new": new}
            for key, new in done.proposals.items()
        },
        "pages": [_page_json(page) for page in done.found.pages],
        "blocked_requests": list(done.found.blocked),
        "written": None
        if written is None
        else {
            "target": str(written.target),
            "old": None if written.old is None else str(written.old),
            "after": [_trial_json(one) for one in written.after],
            "before": [_trial_json(one) for one in written.before],
        },
    }


def _trial_json(trial: Trial) -> dict[str, Any]:
    return {
        "probe": trial.probe,
        "completed": trial.completed,
        "steps_done": trial.steps_done,
    }


def _page_json(page: PageFinding) -> dict[str, Any]:
    return {
        "page": page.name,
        "url": page.url or None,
        "reached_by": page.reached_by or None,
        "problem": page.problem or None,
        "picture": f"{page.name}.png" if page.png else None,
        "keys": [_key_json(page, one) for one in page.keys],
        "alarm_texts": [{"key": one.key, "wording": one.wording} for one in page.texts],
        "categories_not_listed": list(page.labels_missing),
    }


def _key_json(page: PageFinding, one: KeyFinding) -> dict[str, Any]:
    return {
        "key": f"selectors.{one.key}",
        "selector": one.selector,
        "needed": one.needed,
        "count": one.count,
        "visible": one.visible,
        "matches": one.visible > 0,
        "alarming": one.alarming,
        "problem": one.problem or None,
        "picture": f"{page.name}-{one.key}.png" if one.png else None,
        "suggestions": [
            {
                "selector": suggestion.selector,
                "label": suggestion.label,
                "score": suggestion.score,
                "picture": f"{page.name}-{one.key}-{number}.png" if suggestion.png else None,
            }
            for number, suggestion in enumerate(one.suggestions, start=1)
        ],
    }


def write_report(done: Calibrated, folder: Path, secrets: SecretScan) -> Path:
    """Write ``index.html``, ``calibration.json`` and the pictures; returns the page.

    Raises ConfigurationError for the folder, EvidenceError when a secret would get into a file.
    """
    require_folder(folder)
    report = calibration_json(done)
    index = folder / "index.html"
    texts = {
        index: _html(done, report),
        folder / "calibration.json": json.dumps(report, ensure_ascii=False, indent=2),
    }
    for file, text in texts.items():
        if secrets(text.encode()):
            raise EvidenceError(f"{file} would hold a secret of yours, nothing was written")
    for name, png in _pictures(done):
        (folder / name).write_bytes(png)
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return index


def _pictures(done: Calibrated) -> Iterator[tuple[str, bytes]]:
    for page in done.found.pages:
        if page.png:
            yield f"{page.name}.png", page.png
        for one in page.keys:
            if one.png:
                yield f"{page.name}-{one.key}.png", one.png
            for number, suggestion in enumerate(one.suggestions, start=1):
                if suggestion.png:
                    yield f"{page.name}-{one.key}-{number}.png", suggestion.png


def _html(done: Calibrated, report: dict[str, Any]) -> str:
    templates = Environment(
        loader=PackageLoader("monitor", "templates"), autoescape=True, undefined=StrictUndefined
    )
    return templates.get_template("calibration.html").render(
        site=done.site,
        report=report,
        pages=list(zip(report["pages"], done.found.pages, strict=True)),
        titles=PAGE_WORDS,
        about=KEY_WORDS,
    )


def print_calibration(console: Console, done: Calibrated) -> None:
    """The same in the terminal, without the pictures."""
    for page in done.found.pages:
        if page.problem:
            console.print(f"[bold]{page.name}[/]  [yellow]{escape(page.problem)}[/]")
            continue
        console.print(f"[bold]{page.name}[/]  [dim]{escape(page.url.split('?')[0])}[/]")
        console.print(_table(page))
        for text in page.texts:
            console.print(f"  [yellow]texts.{text.key}: “{escape(text.wording)}” stands here[/]")
        for label in page.labels_missing:
            console.print(f"  [yellow]category.expected: “{escape(label)}” is not listed[/]")
    for request in done.found.blocked:
        console.print(f"[yellow]the guard stopped {escape(request)}[/]")
    _print_proposals(console, done)


def _table(page: PageFinding) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in page.keys:
        if one.needed or one.alarming or one.problem:
            table.add_row(
                "", _mark(one), f"selectors.{one.key}", escape(one.problem or one.selector)
            )
            for suggestion in one.suggestions:
                table.add_row("", "", "  perhaps", escape(_suggested(suggestion)))
    return table


def _mark(one: KeyFinding) -> str:
    if one.is_missing:
        return "[red]no match[/]"
    if one.alarming:
        return "[yellow]alarm[/]"
    return f"[green]{one.visible} shown[/]" if one.visible else "[dim]hidden[/]"


def _suggested(one: Suggestion) -> str:
    return f"{one.selector}   ({one.score:.0%})"


def _print_proposals(console: Console, done: Calibrated) -> None:
    missing = done.found.missing
    if not missing:
        seen = done.found.saw_a_page
        console.print(
            "Every selector that was looked for matches." if seen else "No page was seen."
        )
        return
    console.print(f"To edit in the site file: {', '.join(f'selectors.{key}' for key in missing)}")
    for key, new in done.proposals.items():
        console.print(f"  {key} = {escape(json.dumps(new, ensure_ascii=False))}")
    if unsure := [key for key in missing if key not in done.proposals]:
        console.print(f"Nothing near enough was found for {', '.join(unsure)}.")
    if done.written is None:
        return
    written = done.written
    console.print(f"{written.target} was written; in a dry run: {shown(written.after)}.")
    if written.old is not None:
        console.print(f"The one before it is {written.old}.")
    console.print("Look at the pictures before you rely on it.")
