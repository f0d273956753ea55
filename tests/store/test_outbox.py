"""The outbox: once for target and event, begun before it is sent, on both databases."""

from __future__ import annotations

from datetime import timedelta

from monitor.core.alerts import Kind, Message, State
from monitor.store.outbox import Entry
from monitor.store.store import Store, open_store
from tests.store.samples import NOON

MINUTE = timedelta(minutes=1)


def message(event: str = "opened:login-7", target: str = "team") -> Message:
    return Message(
        target=target,
        event=event,
        topic="incident login-7",
        kind=Kind.OPENED,
        not_before=NOON,
        facts={"component": "login", "networks": 1},
    )


def begin(store: Store, entry: Entry) -> bool:
    return store.begin_sending(entry, title="T", body="B", facts=entry.facts, now=NOON)


def due(store: Store, minutes: float = 0) -> list[Entry]:
    return list(store.due(NOON + minutes * MINUTE, lease_seconds=120))


def test_a_message_is_written_once_for_its_target_and_event(store: Store, url: str) -> None:
    assert store.enqueue([message(), message(target="press")], now=NOON) == 2
    assert store.enqueue([message()], now=NOON + MINUTE) == 0
    with open_store(url) as again:
        assert again.enqueue([message(), message("closed:login-7")], now=NOON) == 1
        assert [one.event for one in again.told("team", since=NOON)] == [
            "opened:login-7",
            "closed:login-7",
        ]


def test_a_subscription_keeps_its_first_date_and_is_no_message(store: Store) -> None:
    assert store.subscribe("team", NOON) == NOON
    assert store.subscribe("team", NOON + MINUTE) == NOON
    assert store.outbox() == ()
    assert due(store, 60) == []


def test_what_is_due_comes_in_the_order_of_writing(store: Store) -> None:
    store.enqueue([message("a"), message("b")], now=NOON)
    assert [one.event for one in due(store)] == ["a", "b"]
    assert due(store, -1) == []


def test_only_one_sender_begins(store: Store, url: str) -> None:
    store.enqueue([message()], now=NOON)
    (entry,) = due(store)
    with open_store(url) as other:
        assert begin(store, entry)
        assert not begin(other, entry)
    assert due(store) == []


def test_what_was_begun_and_never_marked_comes_back_with_its_words(store: Store) -> None:
    store.enqueue([message()], now=NOON)
    begin(store, due(store)[0])
    assert due(store, 1.9) == []
    (lost,) = due(store, 2)
    assert (lost.state, lost.attempts, lost.title, lost.body) == (State.SENDING, 1, "T", "B")


def test_a_failed_attempt_waits_for_its_next_time(store: Store) -> None:
    store.enqueue([message()], now=NOON)
    (entry,) = due(store)
    begin(store, entry)
    later = NOON + 5 * MINUTE
    store.end_sending(entry.number, State.PENDING, now=NOON, error="refused", not_before=later)
    assert due(store, 4) == []
    (again,) = due(store, 5)
    assert (again.attempts, again.error, again.done_at) == (1, "refused", None)


def test_what_was_sent_stays_sent(store: Store) -> None:
    store.enqueue([message()], now=NOON)
    (entry,) = due(store)
    begin(store, entry)
    store.end_sending(entry.number, State.SENT, now=NOON + MINUTE)
    assert due(store, 10_000) == []
    (sent,) = store.outbox()
    assert (sent.state, sent.done_at) == (State.SENT, NOON + MINUTE)


def test_a_held_message_is_dropped_with_its_summary_and_one_on_its_way_is_not(
    store: Store,
) -> None:
    store.enqueue([message("a"), message("b")], now=NOON)
    first, second = due(store)
    begin(store, second)
    store.enqueue([message("summary")], drop=[first.number, second.number], now=NOON)
    states = {one.event: one.state for one in store.outbox()}
    assert states == {"a": State.DROPPED, "b": State.SENDING, "summary": State.PENDING}


def test_a_later_message_of_a_topic_waits_for_the_earlier_one(store: Store) -> None:
    store.enqueue([message("a"), message("b"), message("c", target="press")], now=NOON)
    first, second, other = due(store)
    assert [store.is_waiting_before(one) for one in (first, second, other)] == [False, True, False]
    store.end_sending(first.number, State.SENT, now=NOON)
    assert not store.is_waiting_before(second)


def test_what_still_waits_is_told_however_old(store: Store) -> None:
    store.enqueue([message()], now=NOON)
    later = NOON + timedelta(days=30)
    assert len(store.told("team", since=later)) == 1
    store.end_sending(due(store)[0].number, State.SENT, now=NOON)
    assert store.told("team", since=later) == ()
