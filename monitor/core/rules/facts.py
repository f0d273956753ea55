"""The signals of one attempt, asked by kind."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.model import Signal, SignalKind

K = SignalKind


class Facts:
    """The signals of one attempt, asked by kind.

    A signal is *at the failure* when it belongs to a step that failed, or to no step.
    """

    def __init__(self, signals: Iterable[Signal]) -> None:
        self.signals = frozenset(signals)
        self.failed_steps = {s.step or "" for s in self.signals if s.kind is K.STEP_FAILED}

    def has(self, kind: SignalKind) -> bool:
        """True when the kind was noticed anywhere in the attempt."""
        return any(s.kind is kind for s in self.signals)

    def numbers(self, kind: SignalKind) -> tuple[float, ...]:
        """All measured numbers of a kind, sorted."""
        return tuple(sorted(s.number for s in self.signals if s.kind is kind and s.number))

    def at_failure(self, *kinds: SignalKind) -> bool:
        """True when a failed step shows one of the kinds."""
        return bool(self.failed_steps) and any(
            s.kind in kinds and (s.step is None or s.step in self.failed_steps)
            for s in self.signals
        )

    def status_at_failure(self, kind: SignalKind, low: int, high: int) -> bool:
        """True when a failed step met a status in ``low <= status < high``."""
        return any(
            s.kind is kind and s.step in self.failed_steps and low <= (s.number or 0) < high
            for s in self.signals
        )

    def control(self) -> str:
        """``healthy``, ``failing`` or ``not_measured``."""
        said = {s.text for s in self.signals if s.kind is K.CONTROL}
        if "failing" in said:
            return "failing"
        return "healthy" if "healthy" in said else "not_measured"
