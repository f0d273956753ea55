"""Sends what was written down, and marks how it went.

A message is marked ``sending`` before it goes out and ``sent`` after. Killed in between, it goes
out again with the same words and the same reference: at least once, never silently not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.alerts.delivery import send
from monitor.alerts.letters import Letters, reference_of
from monitor.core.alerts import State, retry_after_seconds
from monitor.core.quiet import QuietSpan, quiet_until
from monitor.store.outbox import Entry, Outbox

log = logging.getLogger(__name__)

LEASE_SECONDS = 120.0
"""A message that someone began to send this long ago, and never marked, is sent again. Longer
than any attempt may take."""

PLAIN_AFTER = 2
"""Attempts after which the picture is left out: it may be what is not taken."""

PAUSE_SECONDS = 60.0
"""A target that failed is left alone for this long at most, so that the others get their turn."""


@dataclass(frozen=True, kw_only=True)
class Courier:
    """``urls`` are the addresses of the targets, by name; they are secrets."""

    outbox: Outbox
    letters: Letters
    urls: Mapping[str, str] = field(repr=False)
    clock: Callable[[], datetime]
    quiet: Mapping[str, tuple[QuietSpan, ...]] = field(default_factory=dict)
    timeout_seconds: float
    give_up: timedelta
    lease_seconds: float = LEASE_SECONDS
    retry_after: Callable[[int], float] = retry_after_seconds
    _paused: dict[str, datetime] = field(default_factory=dict)

    def deliver(self) -> None:
        """Try every message that is due, those of one topic in their order. Raises StoreError."""
        for entry in self.outbox.due(self.clock(), lease_seconds=self.lease_seconds):
            if entry.target not in self.urls:
                self._end(entry, State.FAILED, "the target is no longer in the settings")
            elif not (self._is_left_alone(entry.target) or self.outbox.is_waiting_before(entry)):
                self._try(entry)

    def _is_left_alone(self, target: str) -> bool:
        now, until = self.clock(), self._paused.get(target)
        is_quiet = quiet_until(self.quiet.get(target, ()), now) is not None
        return is_quiet or (until is not None and now < until)

    def _try(self, entry: Entry) -> None:
        letter = self.letters.letter(entry)
        if letter is None:
            self._end(entry, State.DROPPED, "its incident was folded anew")
            return
        begun = self.outbox.begin_sending(
            entry,
            title=letter.text.title,
            body=letter.text.body,
            facts=letter.facts,
            now=self.clock(),
        )
        if not begun:  # another process has it in hand
            return
        error = send(
            self.urls[entry.target],
            letter.text,
            reference=reference_of(entry),
            picture=letter.picture if entry.attempts < PLAIN_AFTER else None,
            timeout_seconds=self.timeout_seconds,
        )
        if error is None:
            self.outbox.end_sending(entry.number, State.SENT, now=self.clock())
        else:
            self._failed(entry, error)

    def _failed(self, entry: Entry, error: str) -> None:
        now = self.clock()
        if now - entry.created_at >= self.give_up:
            self._end(entry, State.FAILED, error)
            return
        wait = self.retry_after(entry.attempts + 1)
        self._paused[entry.target] = now + timedelta(seconds=min(wait, PAUSE_SECONDS))
        log.warning("alert %s to %s: %s (tried again)", entry.event, entry.target, error)
        self.outbox.end_sending(
            entry.number,
            State.PENDING,
            now=now,
            error=error,
            not_before=now + timedelta(seconds=wait),
        )

    def _end(self, entry: Entry, state: State, error: str) -> None:
        log.error("alert %s to %s is %s: %s", entry.event, entry.target, state.value, error)
        self.outbox.end_sending(entry.number, state, now=self.clock(), error=error)
