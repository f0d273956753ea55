"""Observations to record: plain ones by the outcome wanted, and any at all for properties."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.core.model import (
    Attempt,
    BlobRef,
    Control,
    Depth,
    Observation,
    Outcome,
    Profile,
    Signal,
    SignalKind,
    Slot,
    Step,
    Vantage,
    Verdict,
)

VANTAGE = Vantage(id="local", label="Essai", operator="Aucun", asn=64496, country="FR")
NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
INTERVAL_SECONDS = 300.0


def slot(index: int, *, component: str = "portal", vantage: str = "local") -> Slot:
    """The slot ``index`` intervals after noon."""
    scheduled_at = NOON + index * timedelta(seconds=INTERVAL_SECONDS)
    return Slot(
        component=component,
        vantage=vantage,
        scheduled_at=scheduled_at,
        interval_seconds=INTERVAL_SECONDS,
    )


def blob(text: str, media_type: str = "image/webp") -> BlobRef:
    """The name of some content."""
    data = text.encode()
    return BlobRef(sha256=hashlib.sha256(data).hexdigest(), media_type=media_type, size=len(data))


def observation(
    planned: Slot, outcome: Outcome = Outcome.UP, *, signals: tuple[Signal, ...] = ()
) -> Observation:
    """A run of two steps; a failing one is attempted twice."""
    verdict = Verdict(
        outcome=outcome,
        rule=f"rule_{outcome.value}",
        ruleset="1",
        flags=("refusal_not_excluded",) if outcome is Outcome.DOWN else (),
        failed_step="open_home" if outcome.is_failing else None,
        message_fr="Le service ne répond pas.",
        message_en="The service does not answer.",
    )
    starts = [planned.scheduled_at + timedelta(seconds=1)]
    starts += [planned.scheduled_at + timedelta(seconds=40)] if outcome.is_failing else []
    attempts = tuple(_attempt(start, verdict, signals) for start in starts)
    return Observation(
        slot=planned,
        started_at=starts[0],
        finished_at=attempts[-1].finished_at,
        duration_seconds=3.5,
        depth=Depth.FORM,
        profile=Profile(category="étudiant", account="none"),
        verdict=verdict,
        attempts=attempts,
        control=Control(reachable=3, tried=4),
        blocked_requests=("GET example.test/x",),
        queued_seconds=0.25,
        environment=(("program", "0.1.0"), ("browser", "headless-shell 156")),
    )


def _attempt(start: datetime, verdict: Verdict, signals: tuple[Signal, ...]) -> Attempt:
    steps = tuple(
        Step(
            name=name,
            outcome="ok",
            duration_seconds=0.1,
            url="http://127.0.0.1/",
            http_status=200,
            screenshot=blob(f"{name} {start}"),
        )
        for name in ("open_home", "open_sign_in")
    )
    return Attempt(
        started_at=start,
        finished_at=start + timedelta(seconds=3),
        duration_seconds=3.0,
        signals=signals,
        steps=steps,
        verdict=verdict,
        manifest=blob(f"manifest {start}", "application/json"),
    )


def without_attempts(planned: Slot) -> Observation:
    """A run whose browser did not start."""
    return replace(observation(planned, Outcome.MONITOR_FAULT), attempts=())


_page_text = st.text(max_size=20)
"""Anything that a page can hold, halves of surrogate pairs and NUL too."""

_plain_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_seconds = st.floats(allow_nan=False, allow_infinity=False)
_moments = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001  Hypothesis adds the timezone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_blobs = st.builds(blob, _plain_text)
_verdicts = st.builds(
    Verdict,
    outcome=st.sampled_from([one for one in Outcome if one.value not in ("missed", "skipped")]),
    rule=_plain_text,
    ruleset=_plain_text,
    flags=st.lists(_page_text, max_size=3).map(tuple),
    failed_step=st.none() | _plain_text,
    via=st.none() | _plain_text,
    message_fr=_plain_text,
    message_en=_plain_text,
)
_signals = st.builds(
    Signal,
    kind=st.sampled_from(SignalKind),
    step=st.none() | _page_text,
    text=_page_text,
    number=st.none() | _seconds,
)
_steps = st.builds(
    Step,
    name=_plain_text,
    outcome=st.sampled_from(["ok", "failed"]),
    duration_seconds=_seconds,
    url=st.none() | _plain_text,
    http_status=st.none() | st.integers(100, 599),
    screenshot=st.none() | _blobs,
    via=st.none() | _plain_text,
)
_attempts = st.builds(
    Attempt,
    started_at=_moments,
    finished_at=_moments,
    duration_seconds=_seconds,
    signals=st.lists(_signals, max_size=3).map(tuple),
    steps=st.lists(_steps, max_size=3).map(tuple),
    verdict=_verdicts,
    manifest=st.none() | _blobs,
)
observations = st.builds(
    Observation,
    slot=st.builds(
        Slot,
        component=st.sampled_from(["portal", "login"]),
        vantage=st.just("local"),
        scheduled_at=_moments,
        interval_seconds=st.floats(1, 366 * 86400),
    ),
    started_at=_moments,
    finished_at=_moments,
    duration_seconds=_seconds,
    depth=st.sampled_from(Depth),
    profile=st.builds(Profile, category=st.none() | _plain_text, account=_plain_text),
    verdict=_verdicts,
    attempts=st.lists(_attempts, max_size=3).map(tuple),
    control=st.builds(Control, reachable=st.integers(0, 9), tried=st.integers(0, 9)),
    blocked_requests=st.lists(_page_text, max_size=3).map(tuple),
    queued_seconds=_seconds,
    environment=st.lists(st.tuples(_page_text, _page_text), max_size=3).map(tuple),
)
"""Any observation, however odd."""
