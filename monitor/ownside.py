"""What is measured of our own side when an attempt did not go well, in the same minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from monitor.control import ask_references, control_of, control_signal, resolve, route
from monitor.core.model import Control, Signal, SignalKind
from probes.attempt import RawAttempt
from probes.browser import WarmBrowser
from probes.site import Site
from probes.starvation import late_limit_seconds, self_test


@dataclass(frozen=True, kw_only=True)
class OwnSide:
    """Signals for the rules, and the raw results as (name, value) for the record."""

    signals: tuple[Signal, ...] = ()
    control: Control = field(default_factory=Control)
    measured: Mapping[str, str] = field(default_factory=dict)


async def measure_own_side(
    raw: RawAttempt,
    *,
    site: Site,
    browser: WarmBrowser,
    references: tuple[str, ...],
    timeout_seconds: float,
    clock_offset_seconds: float | None,
) -> OwnSide:
    """Nothing but the clock when all went well; the self-test page when it was slow; the
    reference sites, the resolver and the route too when it failed."""
    signals, measured = _clock(clock_offset_seconds)
    measured["measured.event_loop_late_seconds"] = f"{raw.late_seconds:.3f}"
    kinds = {signal.kind for signal in raw.signals}
    failed = SignalKind.COMPLETED not in kinds
    if failed or SignalKind.SLOW in kinds:
        seconds = await self_test(browser)
        measured["measured.self_test_seconds"] = f"{seconds:.3f}"
        if seconds > late_limit_seconds(site.limits.action_seconds):
            signals.append(
                Signal(kind=SignalKind.STARVED, text="self-test page", number=round(seconds, 3))
            )
    control = Control()
    if failed:
        answers = await ask_references(references, timeout_seconds)
        control = control_of(answers)
        signals.append(control_signal(control))
        measured.update({f"measured.reference {one.url}": one.said for one in answers})
        measured["measured.route"] = "not needed" if site.is_loopback else route()
        host = urlsplit(site.origins["portal"]).hostname or ""
        measured["measured.resolver"] = await resolve(host, timeout_seconds)
    return OwnSide(signals=tuple(signals), control=control, measured=measured)


def _clock(offset_seconds: float | None) -> tuple[list[Signal], dict[str, str]]:
    if offset_seconds is None:
        return [], {"measured.clock_offset_seconds": "not measured"}
    signal = Signal(kind=SignalKind.CLOCK_OFFSET, number=offset_seconds)
    return [signal], {"measured.clock_offset_seconds": f"{offset_seconds:+.3f}"}
