"""One slot from top to bottom, with a real browser against the stand-in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from monitor.app import open_watch
from monitor.core.model import Depth, Observation, Outcome, Slot
from monitor.cycle import Observed, Watch, observe_slot
from probes import PROBES
from probes.base import Means, Run
from probes.portal import PortalProbe
from probes.site import Site
from probes.standin.server import StandIn
from tests.rehearsal import now, settings_of, site_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watch(
    shared_standin: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watch]:
    settings = settings_of(shared_standin, tmp_path_factory.mktemp("state"))
    async with open_watch(settings, site_of(shared_standin)) as opened:
        yield opened


async def observed(watch: Watch, component: str = "portal") -> Observed:
    slot = Slot(component=component, vantage="local", scheduled_at=now(), interval_seconds=300)
    return await observe_slot(slot, watch)


async def seen(watch: Watch, component: str = "portal") -> Observation:
    return (await observed(watch, component)).observation


async def test_a_good_run_has_one_attempt_and_a_file_for_all_it_shows(watch: Watch) -> None:
    found = await observed(watch)
    observation = found.observation
    assert (observation.verdict.outcome, observation.verdict.rule) == (Outcome.UP, "completed")
    assert (len(observation.attempts), observation.control.tried) == (1, 0)
    hashes = {file.sha256 for file in found.files}
    assert observation.manifest_sha256 in hashes
    shots = {step.name: step.screenshot for step in observation.attempts[0].steps}
    assert shots.pop("ask_api") is None
    assert shots
    assert all(shot is not None and shot.sha256 in hashes for shot in shots.values())
    assert dict(observation.environment)["site_file_sha256"] == watch.site.digest()


async def test_a_failure_is_confirmed_by_a_second_attempt_and_by_the_references(
    watch: Watch, standin: StandIn
) -> None:
    standin.set_fault("http_503")
    observation = await seen(watch)
    assert (observation.verdict.outcome, observation.verdict.rule) == (Outcome.DOWN, "http_5xx")
    assert [a.verdict.outcome for a in observation.attempts] == [Outcome.DOWN] * 2
    assert (observation.control.reachable, observation.control.tried) == (3, 3)


async def test_a_step_that_asks_the_back_end_is_pictured_only_when_it_fails(
    watch: Watch, standin: StandIn
) -> None:
    well = await observed(watch)
    standin.set_fault("api_error")
    failing = (await observed(watch)).observation.attempts[-1].steps[-1]
    manifest = next(file for file in well.files if file.name == "manifest.json")
    assert set(json.loads(manifest.data)["not_captured"]) == {"ask_api"}
    assert (failing.name, failing.outcome) == ("ask_api", "failed")
    assert failing.screenshot is not None


@pytest.mark.parametrize("fault", ["none", "http_503"])
async def test_the_recorded_duration_is_that_of_the_deciding_steps_and_of_nothing_else(
    watch: Watch, standin: StandIn, fault: str
) -> None:
    standin.set_fault(fault)
    observation = await seen(watch)
    last = observation.attempts[-1]
    assert observation.duration_seconds == sum(step.duration_seconds for step in last.steps)
    assert observation.duration_seconds < last.duration_seconds, "pictures take time of their own"


class RecoveringProbe(PortalProbe):
    """Finds the site well again after its first attempt."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin

    async def run(self, run: Run) -> None:
        """As the portal's probe."""
        try:
            await super().run(run)
        finally:
            self._standin.set_fault("none")


async def test_a_failure_that_passes_is_up_and_says_so(
    watch: Watch, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROBES, "portal", RecoveringProbe(standin))
    standin.set_fault("http_503")
    observation = await seen(watch)
    assert observation.verdict.rule == "recovered_on_retry"
    assert [a.verdict.outcome for a in observation.attempts] == [Outcome.DOWN, Outcome.UP]
    assert len({a.manifest for a in observation.attempts}) == 2


async def test_a_refusal_is_not_repeated(watch: Watch, standin: StandIn) -> None:
    standin.set_fault("too_many_429")
    observation = await seen(watch)
    assert (observation.verdict.outcome, len(observation.attempts)) == (Outcome.BLOCKED, 1)


async def test_silence_is_ours_when_the_references_are_silent_too(
    watch: Watch, standin: StandIn
) -> None:
    standin.set_fault("connection_reset")
    alone = replace(watch, references=("http://127.0.0.1:9/",) * 3)
    observation = await seen(alone)
    assert observation.verdict.rule == "own_network"
    assert (observation.control.reachable, observation.control.tried) == (0, 3)


async def test_a_prerequisite_that_fails_is_named(watch: Watch, standin: StandIn) -> None:
    standin.set_fault("sso_503")
    observation = await seen(watch, "category")
    assert (observation.verdict.outcome, observation.verdict.via) == (Outcome.DOWN, "login")


async def test_a_wrong_clock_is_our_fault_also_when_all_went_well(watch: Watch) -> None:
    observation = await seen(replace(watch, clock_offset=lambda: 31.0))
    assert observation.verdict.rule == "clock_wrong"


class BrokenProbe:
    """Has a bug."""

    component = "portal"

    def missing(self, _site: Site, _means: Means) -> str | None:
        """Nothing is needed."""
        return None

    def depth(self, _site: Site, _means: Means) -> Depth:
        """Any."""
        return Depth.FORM

    async def run(self, run: Run) -> None:
        """Fail as a bug does."""
        async with run.step("open"):
            raise KeyError("a bug")


async def test_a_bug_of_ours_ends_as_monitor_fault(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(PROBES, "portal", BrokenProbe())
    observation = await seen(watch)
    assert (observation.verdict.outcome, observation.verdict.rule) == (
        Outcome.MONITOR_FAULT,
        "internal_error",
    )
    assert [s.text for a in observation.attempts for s in a.signals] == ["KeyError"]
    assert "a bug" in caplog.text


async def test_the_next_slot_after_a_bug_works(watch: Watch) -> None:
    assert (await seen(watch)).verdict.outcome is Outcome.UP
