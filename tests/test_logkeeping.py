"""Keeping the log: keys at the first start, checkpoints in time, stamps of a real authority."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.core.checkpoint import StampState
from monitor.core.model import Outcome
from monitor.demo import with_authority
from monitor.doctor_log import log_findings
from monitor.errors import ConfigurationError
from monitor.evidence.keys import KeyMissing
from monitor.evidence.log import TransparencyLog
from monitor.evidence.log_files import LogFiles
from monitor.evidence.note import open_note
from monitor.evidence.trust import Trust
from monitor.evidence.verify import verify_path
from monitor.findings import FINE, WARNING, WRONG
from monitor.logkeeping import (
    LogKeeper,
    Rhythm,
    authorities_of,
    existing_log,
    keys_folder,
    open_log,
)
from monitor.metrics import Build, Metrics
from monitor.settings import Settings
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.app import create_app
from probes.site import SITES, load_site
from tests.authority import Fault, RehearsalAuthority, openssl_accepts, rehearsal_authority
from tests.store.samples import VANTAGE, observation, slot
from tests.web.scenes import PUBLISHER, MemoryBlobs

SITE = load_site(SITES / "standin.toml")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RehearsalAuthority]:
    with rehearsal_authority(tmp_path_factory.mktemp("authority")) as serving:
        yield serving


@pytest.fixture
def authority(shared: RehearsalAuthority) -> Iterator[RehearsalAuthority]:
    shared.fault = Fault.NONE
    yield shared
    shared.fault = Fault.NONE


@pytest.fixture
def settings(state_dir: Path, authority: RehearsalAuthority) -> Settings:
    plain = Settings.model_validate({"state_dir": state_dir})
    return with_authority(plain, authority.authority())


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings.store_url) as opened:
        opened.register_vantage(VANTAGE)
        yield opened


@pytest.fixture
def log(settings: Settings, store: Store) -> TransparencyLog:
    opened = open_log(settings, SITE, store, clock=now)
    opened.begin()
    return opened


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(components=["portal"], vantages=["local"], build=Build(version="0", ruleset="1"))


@pytest.fixture
def keeper(
    settings: Settings, store: Store, log: TransparencyLog, metrics: Metrics
) -> Iterator[LogKeeper]:
    opened = LogKeeper(
        log,
        store,
        authorities_of(settings),
        rhythm=Rhythm.of(settings),
        metrics=metrics,
        clock=now,
    )
    yield opened
    opened.close()


def record(store: Store, index: int, outcome: Outcome = Outcome.UP) -> Any:  # noqa: ANN401
    return store.record(observation(slot(index), outcome))


def gauges(metrics: Metrics) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
        if sample.name.startswith("anef_log_")
    }


async def test_what_is_new_is_signed_stamped_and_shown(
    keeper: LogKeeper, store: Store, metrics: Metrics, settings: Settings, tmp_path: Path
) -> None:
    record(store, 0)
    await keeper.sign()
    await keeper.stamp()
    keeper.refresh()
    made = store.last_checkpoint()
    assert made is not None
    assert made.size == 2
    [stamp] = store.stamps_of(made)
    assert stamp.state is StampState.DONE
    assert stamp.request is not None
    assert stamp.response is not None
    assert openssl_accepts(
        tmp_path / "openssl",
        data=made.note.encode(),
        request=stamp.request,
        response=stamp.response,
        roots_pem=authorities_of(settings)[0].roots_pem,
    )
    shown = gauges(metrics)
    assert shown["anef_log_tree_size"] == 2
    assert 0 <= shown["anef_log_stamp_delay_seconds"] < 60
    assert abs(shown["anef_log_last_stamp_timestamp_seconds"] - time.time()) < 60


async def test_an_incident_is_signed_and_stamped_at_once(keeper: LogKeeper, store: Store) -> None:
    record(store, 0)
    await keeper.sign()
    for index, outcome in enumerate([Outcome.DOWN, Outcome.DOWN, Outcome.UP, Outcome.UP], start=1):
        keeper.recorded(record(store, index, outcome))
        await keeper.sign()
    found = [(made.size, made.reason) for made in store.checkpoints()]
    assert found == [(2, "periodic"), (4, "incident"), (6, "incident")]
    assert len(store.due_stamps(now())) == 3


@pytest.mark.parametrize("fault", [Fault.HTTP_ERROR, Fault.WRONG_NONCE, Fault.REJECTION])
async def test_an_authority_that_fails_is_asked_again_later(
    keeper: LogKeeper, store: Store, authority: RehearsalAuthority, fault: Fault
) -> None:
    authority.fault = fault
    await keeper.sign()
    await keeper.stamp()
    summary = store.stamp_summary()
    assert (summary.waiting, summary.last_at) == (1, None)
    assert summary.problem
    assert store.due_stamps(now()) == ()


async def test_an_authority_that_hangs_is_never_in_the_way(
    keeper: LogKeeper,
    store: Store,
    authority: RehearsalAuthority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.logkeeping.ASK_SECONDS", 2.0)
    authority.fault = Fault.HANGS
    await keeper.sign()
    asking = asyncio.create_task(keeper.stamp())
    recorded = 0
    while not asking.done():
        await asyncio.to_thread(record, store, recorded)
        recorded += 1
        await asyncio.sleep(0.05)
    assert recorded > 3
    assert store.stamp_summary().waiting == 1


async def test_a_fault_of_ours_stops_nothing_and_is_tried_again(
    keeper: LogKeeper, store: Store, log: TransparencyLog, caplog: pytest.LogCaptureFixture
) -> None:
    record(store, 0)
    away = log.ring.private_file.with_suffix(".away")
    log.ring.private_file.rename(away)
    await keeper.sign()
    assert store.last_checkpoint() is None
    assert "put your copy of it back" in caplog.text
    away.rename(log.ring.private_file)
    keeper._due = 0.0  # the minute is over
    await keeper.sign()
    assert store.last_checkpoint() is not None


def test_the_first_start_makes_a_key_and_a_later_one_misses_it(
    settings: Settings, store: Store
) -> None:
    assert existing_log(settings, SITE, store, clock=now) is None
    log = open_log(settings, SITE, store, clock=now)
    assert log.ring.name == "rehearsal.invalid/standin"
    log.checkpoint()
    published = json.loads((keys_folder(settings) / "keys.json").read_bytes())
    assert [one["id"] for one in published["authorities"]] == ["repetition"]
    (keys_folder(settings) / "keys.json").unlink()
    with pytest.raises(KeyMissing, match="put your copy"):
        open_log(settings, SITE, store, clock=now)


def test_a_log_keeps_its_name(settings: Settings, store: Store) -> None:
    web = settings.web.model_copy(update={"public_url": "https://anef.example.org/"})
    named = settings.model_copy(update={"web": web})
    assert open_log(named, SITE, store, clock=now).ring.name == "anef.example.org"
    assert open_log(settings, SITE, store, clock=now).ring.name == "anef.example.org"
    evidence = settings.evidence.model_copy(update={"log_name": "autre.example"})
    renamed = settings.model_copy(update={"evidence": evidence})
    with pytest.raises(ConfigurationError, match="a log keeps its name"):
        open_log(renamed, SITE, store, clock=now)


def test_roots_that_cannot_be_read_are_one_sentence(settings: Settings, tmp_path: Path) -> None:
    for file in (tmp_path / "none.pem", Path(__file__)):
        entry = settings.evidence.authorities["repetition"].model_copy(update={"roots": file})
        evidence = settings.evidence.model_copy(update={"authorities": {"repetition": entry}})
        with pytest.raises(ConfigurationError, match=r"evidence\.authorities\.repetition"):
            authorities_of(settings.model_copy(update={"evidence": evidence}))


# files


async def test_the_exported_log_verifies_with_its_keys(
    keeper: LogKeeper, store: Store, log: TransparencyLog, tmp_path: Path
) -> None:
    store.backfill([slot(index) for index in range(300)])
    await keeper.sign()
    await keeper.stamp()
    files = LogFiles(log, store)
    out = tmp_path / "out"
    count = files.export(out)
    assert count == sum(1 for file in out.rglob("*") if file.is_file())
    report = verify_path(out, Trust.load(out / "keys.json"))
    assert [check.name for check in report.checks if not check.passed] == []

    store.backfill([slot(index) for index in range(300, 310)])
    keeper._due = 0.0
    await keeper.sign()
    assert files.export(out) > count
    assert verify_path(out, Trust.load(out / "keys.json")).passed


async def test_the_pages_serve_the_same_bytes_as_the_export(
    keeper: LogKeeper, store: Store, log: TransparencyLog, tmp_path: Path
) -> None:
    store.backfill([slot(index) for index in range(300)])
    await keeper.sign()
    await keeper.stamp()
    files = LogFiles(log, store)
    files.export(tmp_path)
    app = create_app(
        reader=store,
        figures=Figures(store),
        blobs=MemoryBlobs(),
        publisher=PUBLISHER,
        watched=(),
        clock=now,
        log=files,
    )
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")
    for name in files.names():
        answer = await client.get(f"/log/{name}")
        assert (answer.status_code, answer.content) == (200, (tmp_path / name).read_bytes()), name
        fixed = name not in ("checkpoint", "checkpoints.jsonl", "keys.json")
        assert ("immutable" in answer.headers["cache-control"]) == fixed
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await client.get("/keys.json")).json() == log.ring.published()
    note = (await client.get("/log/checkpoint")).text
    assert open_note(note, log.ring.verifiers)[0].size == 301


@pytest.mark.parametrize(
    "name",
    [
        "tile/0/000.p/300",
        "tile/0/001.p/46",
        "tile/0/001.p/0",
        "tile/0/001.p/045",
        "tile/0/1",
        "tile/0/x000/001",
        "tile/9/000",
        "tile/entries/001.p/46",
        "tile/entries/001",
        "tile/entries/000.p/256",
        "checkpoints/1-5",
        "stamps/1-301/other.tsr",
        "../keys.json",
        "",
    ],
)
async def test_what_no_checkpoint_covers_is_not_there(
    keeper: LogKeeper, store: Store, log: TransparencyLog, name: str
) -> None:
    store.backfill([slot(index) for index in range(300)])
    await keeper.sign()
    record(store, 400)  # not covered
    assert LogFiles(log, store).find("tile/0/001.p/45") is not None
    assert LogFiles(log, store).find("tile/entries/001.p/45") is not None
    assert LogFiles(log, store).find(name) is None


# doctor


def states(settings: Settings) -> dict[str, str]:
    return {one.name: one.state for one in log_findings(settings, SITE)}


async def test_the_doctor_looks_at_key_checkpoint_queue_and_authority(
    keeper: LogKeeper,
    log: TransparencyLog,
    settings: Settings,
    authority: RehearsalAuthority,
) -> None:
    assert states(settings) == {"log key": FINE, "log": WARNING, "authority": FINE}
    authority.fault = Fault.REJECTION
    await keeper.sign()
    await keeper.stamp()
    expected = {"log key": FINE, "log": FINE, "stamps": WARNING, "authority": FINE}
    assert states(settings) == expected
    log.ring.private_file.chmod(0o644)
    assert states(settings)["log key"] == WRONG
    evidence = settings.evidence.model_copy(update={"authorities": {}})
    assert states(settings.model_copy(update={"evidence": evidence}))["authority"] == WARNING
    note = log.published_file.read_text()
    log.published_file.write_text(note.replace("\n1\n", "\n9\n"))
    assert states(settings)["log"] == WRONG


def test_the_doctor_before_the_first_start(state_dir: Path) -> None:
    found = states(Settings.model_validate({"state_dir": state_dir}))
    assert found == {"log key": WARNING, "authority": WARNING}
