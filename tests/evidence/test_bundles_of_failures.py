"""A bundle with what there is, above all when hardly anything is: no name, no connection, no
browser, a browser that dies on the way."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.app import open_watch, site_of, utc_now
from monitor.core.model import Depth, SignalKind, Slot
from monitor.cycle import Observed, observe_slot
from monitor.settings import Settings
from probes import PROBES
from probes.base import Means, Run
from probes.browser import WarmBrowser
from probes.guard import compile_allow_list
from probes.site import Site
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.rehearsal import settings_of


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as opened:
        yield opened


async def observed(settings: Settings) -> Observed:
    """One slot of ``portal``."""
    async with open_watch(settings, site_of(settings)) as watch:
        slot = Slot(
            component="portal", vantage="local", scheduled_at=utc_now(), interval_seconds=300
        )
        return await observe_slot(slot, watch)


def manifests(found: Observed) -> list[dict[str, Any]]:
    """One for every attempt; all that they name is there."""
    files = {file.sha256: file for file in found.files}
    made = []
    for attempt in found.observation.attempts:
        assert attempt.manifest is not None
        manifest = json.loads(files[attempt.manifest.sha256].data)
        assert {line["sha256"] for line in manifest["files"]} <= set(files)
        assert manifest["machine"]
        made.append(manifest)
    return made


def kinds(manifest: dict[str, Any]) -> set[tuple[str, str]]:
    return {(signal["kind"], signal["text"]) for signal in manifest["signals"]}


async def test_a_name_that_does_not_exist(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.browser.resolver_rules", lambda _hosts: "MAP * ~NOTFOUND")
    for manifest in manifests(await observed(settings_of(standin, tmp_path))):
        assert ("network_error", "dns") in kinds(manifest)
        assert [step["name"] for step in manifest["steps"]] == ["open_portal"]
        assert manifest["connections"] == []


async def test_a_port_on_which_nobody_listens(standin: StandIn, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settings = settings_of(standin, tmp_path)
        origins = {**settings.site.origins, "portal": closed}
        site = settings.site.model_copy(update={"origins": origins})
        found = await observed(settings.model_copy(update={"site": site}))
    for manifest in manifests(found):
        assert ("network_error", "connect") in kinds(manifest)
        network = next(file for file in found.files if file.name == "network.json")
        assert "ERR_CONNECTION_REFUSED" in network.data.decode()


class Dying:
    """A probe whose browser dies after the first step."""

    component = "portal"

    def __init__(self) -> None:
        self.browser: WarmBrowser | None = None

    def missing(self, _site: Site, _means: Means) -> str | None:
        """Nothing is needed."""
        return None

    def depth(self, _site: Site, _means: Means) -> Depth:
        """As far as the page."""
        return Depth.FORM

    async def run(self, run: Run) -> None:
        """Open the page, then lose the browser."""
        async with run.step("open"):
            await run.page.goto(run.site.pages.home)
            await run.page.locator(run.site.selectors.portal_ready).wait_for()
        async with run.step("die"):
            assert self.browser is not None
            self.browser.kill()
            await run.page.wait_for_selector("#never", timeout=20_000)


async def test_a_browser_that_dies_leaves_what_it_saw_before(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Dying()
    monkeypatch.setitem(PROBES, "portal", dying)
    settings = settings_of(standin, tmp_path)
    slot = Slot(component="portal", vantage="local", scheduled_at=utc_now(), interval_seconds=300)
    async with open_watch(settings, site_of(settings)) as watch:
        dying.browser = watch.browser
        found = await observe_slot(slot, watch)
    for manifest in manifests(found):
        assert "browser_gone" in {kind for kind, _ in kinds(manifest)}
        names = {line["name"] for line in manifest["files"]}
        assert {"01-open.webp", "01-open.txt"} <= names
        assert "02-die.webp" not in names
        assert set(manifest["not_captured"]) == {"die"}


async def test_a_browser_that_does_not_start(standin: StandIn, tmp_path: Path) -> None:
    settings = settings_of(standin, tmp_path)
    async with open_watch(settings, site_of(settings)) as watch:
        plan = replace(watch.browser.plan, executable=Path("/bin/false"))
        async with WarmBrowser(plan, compile_allow_list(watch.site)) as broken:
            slot = Slot(
                component="portal", vantage="local", scheduled_at=utc_now(), interval_seconds=300
            )
            found = await observe_slot(slot, replace(watch, browser=broken))
    assert found.observation.verdict.outcome.value == "monitor_fault"
    for manifest in manifests(found):
        assert SignalKind.BROWSER_GONE.value in {kind for kind, _ in kinds(manifest)}
        assert [line["name"] for line in manifest["files"]] == ["network.json", "network.har"]
        assert manifest["steps"] == []
