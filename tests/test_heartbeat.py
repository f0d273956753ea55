"""The sign of life: after rounds that brought something, at most so often, tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from monitor.core.model import Outcome, SlotRecord
from monitor.heartbeat import Heartbeat, is_sign_of_life
from monitor.settings_alerts import HeartbeatSettings
from tests.receivers import Webhook, webhook
from tests.store.samples import slot


@pytest.fixture
def switch() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


def heartbeat(switch: Webhook, **more: float) -> Heartbeat:
    url = SecretStr(f"http://127.0.0.1:{switch.port}/secret-path")
    return Heartbeat(HeartbeatSettings(url=url, **more))


def record(outcome: Outcome = Outcome.UP) -> SlotRecord:
    return SlotRecord(sequence=1, slot=slot(0), outcome=outcome, rule="x")


async def asked(switch: Webhook, times: int) -> None:
    async with asyncio.timeout(15):
        while switch.asked < times:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("outcome", sorted(Outcome))
def test_our_own_fault_is_no_sign_of_life(outcome: Outcome) -> None:
    is_ours = outcome in (Outcome.MONITOR_FAULT, Outcome.MISSED)
    assert is_sign_of_life(record(outcome)) is not is_ours


async def test_rounds_in_a_row_give_one_sign(switch: Webhook) -> None:
    async with heartbeat(switch) as beating:
        for _ in range(3):
            beating.round_ended(record())
        await asked(switch, 1)
        beating.round_ended(record())
        await asyncio.sleep(0.2)
    assert switch.asked == 1


async def test_a_round_of_our_own_fault_gives_none(switch: Webhook) -> None:
    async with heartbeat(switch) as beating:
        beating.round_ended(record(Outcome.MONITOR_FAULT))
        await asyncio.sleep(0.2)
    assert switch.asked == 0


async def test_a_refused_sign_is_tried_again_and_the_address_is_in_no_log(
    switch: Webhook, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.heartbeat.RETRY_SECONDS", 0.02)
    switch.status = 500
    async with heartbeat(switch, every_seconds=0.01) as beating:
        beating.round_ended(record())
        await asked(switch, 3)
        switch.status = 200
        await asyncio.sleep(0.1)
        beating.round_ended(record())
        await asked(switch, 4)
    warnings = [one.getMessage() for one in caplog.records if one.name == "monitor.heartbeat"]
    assert warnings == ["sign of life: HTTP 500"] * 3
    assert not [text for text in warnings if "secret-path" in text]


async def test_a_switch_that_is_away_holds_nothing_up(
    switch: Webhook, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.heartbeat.RETRY_SECONDS", 0.02)
    switch.stop()
    async with heartbeat(switch, timeout_seconds=0.2) as beating:
        beating.round_ended(record())
        await asyncio.sleep(0.3)
    assert "sign of life: ConnectError" in caplog.text


async def test_an_address_that_is_none_is_said_without_naming_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.heartbeat.RETRY_SECONDS", 0.02)
    async with Heartbeat(HeartbeatSettings(url=SecretStr("http://h:secret-path/"))) as beating:
        beating.round_ended(record())
        await asyncio.sleep(0.3)
    assert "sign of life: InvalidURL" in caplog.text
    assert "secret-path" not in caplog.text


async def test_without_an_address_nothing_is_sent() -> None:
    async with Heartbeat(HeartbeatSettings()) as beating:
        beating.round_ended(record())
