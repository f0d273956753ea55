"""Which messages follow from an episode: each once, to whom it concerns, in its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.alerts import (
    Episode,
    Kind,
    Plan,
    State,
    Target,
    Told,
    episodes,
    plan_episode,
    retry_after_seconds,
)
from monitor.core.model import Incident
from monitor.core.quiet import quiet_span

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TARGET = Target(name="team", since=NOON - timedelta(days=1))
NETWORKS = {"a": 1, "b": 2, "c": 1, "d": None}


def incident(
    opened: int = 7, *, vantage: str = "a", ended: float | None = None, **more: object
) -> Incident:
    """One that began at noon; ``ended`` is minutes later."""
    end = None if ended is None else NOON + ended * MINUTE
    made = Incident(
        component="login",
        vantage=vantage,
        kind="down",
        opened_sequence=opened,
        closed_sequence=None if end is None else opened + 5,
        started_after=NOON - 5 * MINUTE,
        started_before=NOON,
        ended_after=end,
        ended_before=end and end + 5 * MINUTE,
        failing_slots=2,
        first_failing_sequence=opened - 1,
        last_failing_sequence=opened,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def episode(*incidents: Incident) -> Episode:
    (found,) = episodes(incidents or (incident(),), NETWORKS)
    return found


def told(kind: Kind, state: State = State.SENT, *, attempts: int = 1, networks: int = 1) -> Told:
    return Told(
        number=3,
        event=f"{kind}:login-7",
        topic="incident login-7",
        state=state,
        attempts=attempts,
        created_at=NOON,
        facts={"networks": networks},
    )


def plan(
    found: Episode,
    *before: Told,
    target: Target = TARGET,
    seen: Mapping[int, datetime] | None = None,
    roots: Iterable[str] = (),
    now: datetime = NOON + 6 * MINUTE,
) -> Plan:
    seen = seen or {7: NOON + 5 * MINUTE}
    by_event = {one.event: one for one in before}
    return plan_episode(target, found, by_event, last_seen=seen, roots=frozenset(roots), now=now)


def kinds(found: Plan) -> list[Kind]:
    return [one.kind for one in found.messages]


def test_an_open_incident_is_told_once() -> None:
    found = plan(episode())
    assert [one.event for one in found.messages] == ["opened:login-7"]
    assert kinds(plan(episode(), told(Kind.OPENED))) == []


def test_an_announced_maintenance_is_told_as_one_and_an_outage_after_it_too() -> None:
    planned = incident(kind="maintenance")
    assert kinds(plan(episode(planned))) == [Kind.MAINTENANCE]
    assert kinds(plan(episode(planned), told(Kind.MAINTENANCE))) == []
    assert kinds(plan(episode(incident()), told(Kind.MAINTENANCE))) == [Kind.OPENED]


def test_only_subscribed_components_and_the_right_audience_are_told() -> None:
    assert kinds(plan(episode(), target=replace(TARGET, components=frozenset({"portal"})))) == []
    assert kinds(plan(episode(), target=replace(TARGET, components=frozenset({"login"})))) != []
    assert kinds(plan(episode(), target=replace(TARGET, public=False, operator=True))) == []


def test_a_minimum_duration_counts_what_was_seen_failing() -> None:
    patient = replace(TARGET, minimum_seconds=600)
    later = NOON + 60 * MINUTE  # nobody looked since: not counted
    assert kinds(plan(episode(), target=patient, now=later)) == []
    assert kinds(plan(episode(), target=patient, seen={7: NOON + 10 * MINUTE})) == [Kind.OPENED]
    assert kinds(plan(episode(incident(ended=9)), target=patient)) == []
    assert kinds(plan(episode(incident(ended=10)), target=patient)) == [Kind.SUMMARY]


def test_a_second_network_is_told_but_not_a_second_monitor_on_the_same_one() -> None:
    opened = told(Kind.OPENED)
    alone, same, other = incident(), incident(8, vantage="c"), incident(9, vantage="b")
    assert kinds(plan(episode(alone, same), opened)) == []
    assert kinds(plan(episode(alone, incident(8, vantage="d")), opened)) == []
    assert kinds(plan(episode(alone, same, other), opened)) == [Kind.CONFIRMED]
    assert kinds(plan(episode(alone, other), opened, told(Kind.CONFIRMED))) == []


def test_a_beginning_told_with_two_networks_needs_no_confirmation() -> None:
    both = episode(incident(), incident(9, vantage="b"))
    assert kinds(plan(both)) == [Kind.OPENED]
    assert kinds(plan(both, told(Kind.OPENED, networks=2))) == []


def test_a_second_vantage_opens_no_second_message() -> None:
    assert plan(episode(incident(), incident(9, vantage="b"))).messages[0].event == "opened:login-7"


def test_the_end_is_told_once_it_is_over_everywhere() -> None:
    opened = told(Kind.OPENED)
    half = episode(incident(ended=20), incident(9, vantage="b"))
    whole = episode(incident(ended=20), incident(9, vantage="b", ended=30))
    assert Kind.CLOSED not in kinds(plan(half, opened, told(Kind.CONFIRMED)))
    assert kinds(plan(whole, opened)) == [Kind.CLOSED]


def test_an_alert_held_over_quiet_hours_is_dropped_for_one_summary() -> None:
    night = replace(TARGET, quiet=(quiet_span("13:00-18:00"),))
    held = plan(episode(), target=night)
    assert held.messages[0].not_before == datetime(2026, 5, 5, 16, tzinfo=UTC)
    over = plan(
        episode(incident(ended=20)), told(Kind.OPENED, State.PENDING, attempts=0), target=night
    )
    assert (kinds(over), over.drop) == ([Kind.SUMMARY], (3,))


def test_an_alert_that_may_have_arrived_is_not_dropped() -> None:
    over = episode(incident(ended=20))
    for state in (State.PENDING, State.SENDING):
        found = plan(over, told(Kind.OPENED, state, attempts=1))
        assert (kinds(found), found.drop) == ([Kind.CLOSED], ())


def test_whoever_could_not_be_told_the_beginning_gets_a_summary() -> None:
    assert kinds(plan(episode(incident(ended=20)), told(Kind.OPENED, State.FAILED))) == [
        Kind.SUMMARY
    ]


def test_nothing_from_before_the_subscription_is_told_unless_it_goes_on() -> None:
    new = replace(TARGET, since=NOON + timedelta(days=2))
    assert kinds(plan(episode(incident(ended=20)), target=new)) == []
    assert kinds(plan(episode(), target=new)) == [Kind.OPENED]


def test_a_failure_inherited_from_another_component_is_told_there() -> None:
    inherited = episode(replace(incident(), component="upload", via="login"))
    assert kinds(plan(inherited, roots={"login", "upload"})) == []
    assert kinds(plan(inherited, roots={"upload"})) == [Kind.OPENED]
    only = replace(TARGET, components=frozenset({"upload"}))
    assert kinds(plan(inherited, roots={"login", "upload"}, target=only)) == [Kind.OPENED]


def test_incidents_apart_in_time_are_apart() -> None:
    first = incident(ended=20)
    second = incident(30, started_before=NOON + 60 * MINUTE, started_after=NOON + 55 * MINUTE)
    assert [one.name for one in episodes([second, first], NETWORKS)] == ["login-7", "login-30"]


def test_tries_are_further_and_further_apart_up_to_an_hour() -> None:
    waits = [retry_after_seconds(attempts) for attempts in range(1, 12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (30, 60, 3600)
