"""``check --json``: the shape that machines rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from monitor.core.model import Observation, Outcome
from monitor.report import observation_json, rfc3339
from tests.observation_schema import OBSERVATION
from tests.store.samples import observation, observations, slot, without_attempts

CHECK = jsonschema.Draft202012Validator(OBSERVATION)
MOMENT = datetime(2026, 11, 23, 7, 50, 1, 234_567, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment",
    [MOMENT, MOMENT.astimezone(timezone(timedelta(hours=1)))],
)
def test_times_are_in_utc_to_the_millisecond(moment: datetime) -> None:
    assert rfc3339(moment) == "2026-11-23T07:50:01.234Z"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(OBSERVATION)


@pytest.mark.parametrize("outcome", [Outcome.UP, Outcome.DOWN])
def test_an_observation_has_the_published_shape(outcome: Outcome) -> None:
    CHECK.validate(observation_json(observation(slot(0), outcome)))


@given(any_observation=observations)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_so_has_any_observation_at_all(any_observation: Observation) -> None:
    CHECK.validate(observation_json(any_observation))


def test_the_verdict_the_control_and_what_was_blocked_are_told() -> None:
    seen = observation(slot(0), Outcome.DOWN)
    told = observation_json(seen)
    assert (told["outcome"], told["rule"], told["flags"]) == (
        "down",
        "rule_down",
        ["refusal_not_excluded"],
    )
    assert told["control"] == {"reachable": 3, "tried": 4}
    assert told["blocked_requests"] == ["GET example.test/x"]
    assert told["manifest_sha256"] == seen.manifest_sha256
    assert [len(attempt["steps"]) for attempt in told["attempts"]] == [2, 2]


def test_a_run_without_a_browser_has_no_attempt_and_no_manifest() -> None:
    told = observation_json(without_attempts(slot(0)))
    assert (told["attempts"], told["manifest_sha256"]) == ([], None)
    CHECK.validate(told)


def test_a_step_without_a_picture_says_null() -> None:
    seen = observation(slot(0))
    bare = replace(seen.attempts[0].steps[0], screenshot=None, url=None, http_status=None)
    attempt = replace(seen.attempts[0], steps=(bare,))
    told = observation_json(replace(seen, attempts=(attempt,)))
    step = told["attempts"][0]["steps"][0]
    assert (step["screenshot"], step["url"], step["http_status"]) == (None, None, None)
    CHECK.validate(told)
