"""Made-up ledgers for pages: ninety days of several components, and one pictured incident."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from PIL import Image, ImageDraw

from monitor.core.model import (
    Attempt,
    BlobRef,
    Depth,
    Observation,
    Profile,
    SlotRecord,
    Step,
    Vantage,
    Verdict,
)
from monitor.web.pages import Publisher
from tests.core.ledgers import slot_record
from tests.readers import ListReader

NOW = datetime(2026, 3, 12, 9, 52, tzinfo=UTC)
LOCAL = Vantage(id="local", label="Paris", operator="Exemple Télécom", asn=64500, country="FR")
PUBLISHER = Publisher(
    site_name="Administration numérique pour les étrangers en France",
    operator="Association d’exemple",
    contact="https://exemple.invalid/contact",
    version="0.1.0",
    vantages=(LOCAL,),
)


class MemoryBlobs:
    """Stored files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, data: bytes, media_type: str) -> BlobRef:
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return BlobRef(sha256=sha256, media_type=media_type, size=len(data))

    def has(self, sha256: str) -> bool:
        return sha256 in self.files

    def get(self, sha256: str) -> bytes:
        return self.files[sha256]


def history(
    component: str,
    *,
    days: float,
    interval_seconds: float,
    depth: Depth = Depth.FORM,
    events: Mapping[str, Iterable[tuple[float, float]]] | None = None,
    now: datetime = NOW,
) -> list[SlotRecord]:
    """Good slots up to ``now``, but for events: letter -> (hours ago it began, hours it took)."""
    step = timedelta(seconds=interval_seconds)
    moment, found = now - timedelta(days=days), list[SlotRecord]()
    while moment <= now - timedelta(seconds=60):
        hours_ago = (now - moment) / timedelta(hours=1)
        letter = next(
            (
                name
                for name, spans in (events or {}).items()
                for began, took in spans
                if began - took < hours_ago <= began
            ),
            "U",
        )
        found.append(
            slot_record(
                letter,
                moment,
                component=component,
                interval_seconds=interval_seconds,
                depth=depth,
                rule="choices_empty" if letter == "D" and component == "category" else "http_5xx",
            )
        )
        moment += step
    return found


def numbered(*ledgers: Iterable[SlotRecord]) -> list[SlotRecord]:
    """All of them in order of time, with contiguous sequences."""
    merged = sorted(
        (record for rows in ledgers for record in rows), key=lambda one: one.slot.scheduled_at
    )
    return [replace(record, sequence=index) for index, record in enumerate(merged, 1)]


def ninety_days(*, open_incident: bool = True) -> list[SlotRecord]:
    """Five watched components with a plausible past."""
    random = Random(7)
    scattered = [(random.uniform(30, 2000), random.choice((0.2, 0.4, 1.5))) for _ in range(9)]
    running = [(1.6, 2.0)] if open_incident else []
    return numbered(
        history(
            "portal",
            days=90,
            interval_seconds=600,
            events={"M": [(700, 7)], "D": [(1300, 3)], ".": [(1500, 30)], "F": [(420, 2)]},
        ),
        history("login", days=90, interval_seconds=600, events={"D": scattered, ".": [(1500, 30)]}),
        history(
            "category",
            days=62,
            interval_seconds=900,
            depth=Depth.FULL,
            events={"D": [*running, (300, 5), (310, 0.25), (980, 20)], "B": [(60, 3)]},
        ),
        history(
            "upload",
            days=20,
            interval_seconds=1800,
            depth=Depth.FULL,
            events={"B": [(300, 200)], "D": [(20, 2)]},
        ),
    )


def picture() -> bytes:
    """A page that shows an empty list."""
    image = Image.new("RGB", (1280, 720), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 1280, 90), fill="#2b3a42")
    pen.text((40, 35), "Site de repetition - choix du titre de sejour", fill="white")
    pen.rectangle((40, 150, 1240, 420), outline="#888")
    pen.text((60, 180), "Aucune categorie disponible.", fill="#900")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def observation(record: SlotRecord, shot: BlobRef | None) -> Observation:
    """A failing run with three steps, the last one failed and pictured."""
    assert record.started_at is not None
    assert record.finished_at is not None
    verdict = Verdict(outcome=record.outcome, rule=record.rule, ruleset="1")
    steps = (
        Step(name="open_portal", outcome="ok", duration_seconds=0.412, http_status=200),
        Step(name="sign_in", outcome="ok", duration_seconds=1.9, http_status=200),
        Step(name="choose_category", outcome="failed", duration_seconds=4.05, screenshot=shot),
    )
    attempt = Attempt(
        started_at=record.started_at,
        finished_at=record.finished_at,
        duration_seconds=6.4,
        signals=(),
        steps=steps,
        verdict=verdict,
    )
    return Observation(
        slot=record.slot,
        started_at=record.started_at,
        finished_at=record.finished_at,
        duration_seconds=12.9,
        depth=record.depth,
        profile=Profile(category="Étudiant", account="eligible"),
        verdict=verdict,
        attempts=(attempt, attempt),
    )


def pictured(records: list[SlotRecord], blobs: MemoryBlobs) -> ListReader:
    """A reader whose incidents' first failing runs all have a picture."""
    reader = ListReader(records)
    shot = blobs.put(picture(), "image/png")
    by_sequence = {record.sequence: record for record in records}
    for incident in reader.incidents():
        first = incident.first_failing_sequence
        reader.observations[first] = observation(by_sequence[first], shot)
    return reader
