"""Alerts beside a monitor that really watches: they arrive, once, and hold nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.alerting import Alerting
from monitor.core.alerts import State
from monitor.core.model import Outcome
from monitor.errors import ConfigurationError
from monitor.service import Service
from monitor.store.blobs import FolderBlobs
from monitor.store.store import open_store
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.alerts.scenes import plain
from tests.receivers import Mailbox, load_services, mailbox, webhook
from tests.rehearsal import now, settings_of, site_of, wait_until


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as found:
        yield found


def service_of(standin: StandIn, folder: Path, **alerts: object) -> Service:
    schedule = {"probes": ("portal",), "intervals": {"portal": 1.0}}
    settings = settings_of(standin, folder, schedule=schedule, alerts=alerts)
    return Service(settings, site_of(standin))


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.05)


def test_a_target_that_is_no_address_stops_the_start(standin: StandIn, tmp_path: Path) -> None:
    load_services()
    service = service_of(standin, tmp_path, targets={"team": {"url": "htp://user:hunter2@x"}})

    async def start() -> None:
        async with service:
            pass

    with pytest.raises(ConfigurationError, match=r"^alerts\.targets\.team\.url is no address") as e:
        asyncio.run(start())
    assert "hunter2" not in str(e.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_not_well(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the watchdog is not fed any more: ``Service`` asks for it."""

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours that nobody thought of")

    load_services()
    settings = settings_of(standin, tmp_path, alerts={"targets": {"team": {"url": "json://x/"}}})
    with open_store(settings.store_url) as store:
        alerting = Alerting(
            settings,
            site_of(standin),
            store=store,
            blobs=FolderBlobs(tmp_path / "blobs"),
            clock=now,
            clock_offset=lambda: None,
            base_url="http://127.0.0.1",
        )
        monkeypatch.setattr("monitor.alerting.ROUND_SECONDS", 0.05)
        with alerting:
            assert alerting.is_well
            monkeypatch.setattr("monitor.alerts.planner.Planner.plan", broken)
            wait_until(lambda: not alerting.is_well)


async def test_an_outage_is_told_once_over_a_restart_while_another_target_hangs(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.alerting.ROUND_SECONDS", 0.2)
    standin.set_fault("http_503")
    with webhook() as hung, mailbox() as team:
        hung.status, hung.delay_seconds = 500, 30.0
        targets = {
            "hung": {"url": hung.url},
            "team": {"url": team.url, "audience": "all", "components": ["portal"]},
        }
        alerts = {"targets": targets, "timeout_seconds": 3.0, "disk_free_gb": 1e6}
        async with service_of(standin, tmp_path, **alerts) as service:
            await until(lambda: hung.asked and len(team.got) >= 2)
            await _assert_probing_goes_on(service)
        await _assert_told(team)
        async with service_of(standin, tmp_path, **alerts) as service:
            await _assert_probing_goes_on(service)
            told = {e.event: e.state for e in service.store.outbox() if e.target == "team"}
            waiting = {e.state for e in service.store.outbox() if e.target == "hung"}
        assert set(told.values()) == {State.SENT}
        assert waiting <= {State.PENDING, State.SENDING}
        await _assert_told(team)


async def _assert_probing_goes_on(service: Service) -> None:
    """Runs keep coming in while a target does not answer."""

    def runs() -> int:
        return sum(record.outcome is Outcome.DOWN for record in service.store.slots())

    before = runs()
    await until(lambda: runs() > before)


async def _assert_told(team: Mailbox) -> None:
    titles = sorted(plain(one.title).split(" : ")[0] for one in team.got)
    assert titles == [
        "[RÉPÉTITION] [ANEF] Machine de l’observatoire",
        "[RÉPÉTITION] [ANEF] Page d’accueil",
    ]
    (outage,) = [one for one in team.got if "Page d’accueil" in one.title]
    assert [media for _, media in outage.files] == ["image/png"]
    assert "HTTP 5xx" in outage.body
    assert len({one.reference for one in team.got}) == 2
