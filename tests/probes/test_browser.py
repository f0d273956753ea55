"""Chromium's lifetime: warm, fresh for every attempt, and gone when it must be."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, Error

from monitor.core.classify import classify
from monitor.core.model import Outcome, SignalKind
from monitor.errors import BrowserError
from probes import PROBES
from probes.attempt import GRACE_SECONDS, RawAttempt, attempt
from probes.base import Means
from probes.browser import MARK, WarmBrowser, sweep_orphans
from probes.deadline import Deadline
from probes.guard import Guard, compile_allow_list
from probes.site import Site
from probes.standin.server import StandIn
from tests.rehearsal import marked, now, site_of, wait_until, warm_browser


@pytest_asyncio.fixture
async def browser(site: Site) -> AsyncIterator[WarmBrowser]:
    async with warm_browser(site) as warm:
        yield warm


async def run_portal(browser: WarmBrowser, site: Site) -> RawAttempt:
    return await attempt(PROBES["portal"], browser=browser, site=site, means=Means(), clock=now)


def outcome(raw: RawAttempt) -> Outcome:
    return classify(raw.signals).outcome


def processes(browser: WarmBrowser) -> list[psutil.Process]:
    """The main processes of this browser's latest start."""
    found = marked(MARK)
    return [p for p in found if any(f"/{id(browser):x}-" in one for one in p.cmdline())]


def freeze(browser: WarmBrowser) -> None:
    for process in processes(browser):
        with suppress(ProcessLookupError):
            os.killpg(os.getpgid(process.pid), signal.SIGSTOP)


async def wait_for_step(browser: WarmBrowser) -> None:
    """Until the browser is up and a little more."""
    async with asyncio.timeout(20):
        while not browser.user_agent:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)


async def test_every_attempt_has_a_context_of_its_own(browser: WarmBrowser, site: Site) -> None:
    async with browser.fresh_page() as page:
        await page.goto(site.pages.home)
        await page.evaluate("localStorage.setItem('a', '1'); document.cookie = 'b=2; path=/'")
    async with browser.fresh_page() as page:
        await page.goto(site.pages.home)
        kept = await page.evaluate("[localStorage.length, document.cookie]")
    assert kept == [0, ""]


async def test_the_page_is_that_of_a_french_visitor_who_says_who_he_is(
    browser: WarmBrowser,
) -> None:
    async with browser.fresh_page() as page:
        seen = await page.evaluate(
            "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone,"
            " navigator.userAgent]"
        )
    assert seen[:2] == ["fr-FR", "Europe/Paris"]
    assert "anef-monitor/" in seen[2]
    assert seen[2] == browser.user_agent


async def test_the_browser_stays_warm_until_it_is_old(site: Site) -> None:
    first = warm_browser(site)
    restarts: list[int] = []
    browser = WarmBrowser(replace(first.plan, recycle_runs=2), compile_allow_list(site))
    browser.on_restart = lambda: restarts.append(1)
    starts = []
    async with browser:
        for _ in range(3):
            async with browser.fresh_page():
                starts.append(processes(browser)[0].pid)
    assert starts[0] == starts[1] != starts[2]
    assert restarts == [1]


async def test_a_browser_that_grew_is_restarted(site: Site) -> None:
    small = replace(warm_browser(site).plan, recycle_rss_bytes=1)
    async with WarmBrowser(small, compile_allow_list(site)) as browser:
        async with browser.fresh_page():
            first = processes(browser)[0].pid
            assert browser.memory_bytes() > 10_000_000
        async with browser.fresh_page():
            assert processes(browser)[0].pid != first


async def test_closing_leaves_no_process(site: Site) -> None:
    before = set(psutil.Process().children(recursive=True))
    async with warm_browser(site) as browser:
        async with browser.fresh_page():
            assert processes(browser)
        children = set(psutil.Process().children(recursive=True)) - before
    assert processes(browser) == []
    _, alive = psutil.wait_procs([c for c in children if "node" in _name(c)], timeout=5)
    assert alive == []


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return process.name()
    return ""


async def test_a_browser_stopped_in_mid_attempt_is_our_fault_and_the_next_attempt_works(
    browser: WarmBrowser, standin: StandIn
) -> None:
    site = site_of(standin, attempt_seconds=1)
    standin.set_fault("hang_before_body")
    began = time.monotonic()
    task = asyncio.create_task(run_portal(browser, site))
    await wait_for_step(browser)
    freeze(browser)
    raw = await task
    assert time.monotonic() - began < site.limits.attempt_seconds + GRACE_SECONDS + 15
    assert any(s.kind is SignalKind.BROWSER_GONE for s in raw.signals)
    assert outcome(raw) is Outcome.MONITOR_FAULT
    assert processes(browser) == []
    standin.set_fault("none")
    assert outcome(await run_portal(browser, site)) is Outcome.UP


async def test_a_stopped_browser_does_not_answer(browser: WarmBrowser) -> None:
    assert not await browser.answers()
    async with browser.fresh_page():
        assert await browser.answers()
        freeze(browser)
        assert not await browser.answers()
        browser.kill()


async def test_the_deadline_ends_the_wait_for_a_stopped_browser(
    browser: WarmBrowser, site: Site
) -> None:
    assert outcome(await run_portal(browser, site)) is Outcome.UP
    freeze(browser)
    with pytest.raises(BrowserError):
        async with browser.hard_deadline(1) as deadline, browser.fresh_page():
            pass
    assert deadline.has_struck
    wait_until(lambda: not processes(browser))


async def test_a_browser_killed_in_mid_attempt_is_our_fault(
    browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    standin.set_fault("hang_before_body")
    task = asyncio.create_task(run_portal(browser, site))
    await wait_for_step(browser)
    browser.kill()
    assert outcome(await task) is Outcome.MONITOR_FAULT
    standin.set_fault("none")
    assert outcome(await run_portal(browser, site)) is Outcome.UP


async def test_a_driver_killed_between_attempts_is_started_again(
    browser: WarmBrowser, site: Site
) -> None:
    assert outcome(await run_portal(browser, site)) is Outcome.UP
    main = psutil.Process(browser._own_pids()[0])
    next(one for one in main.parents() if "node" in _name(one)).kill()  # others have theirs
    await asyncio.sleep(0.2)
    seen = [outcome(await run_portal(browser, site)) for _ in range(2)]
    assert seen[-1] is Outcome.UP
    assert set(seen) <= {Outcome.UP, Outcome.MONITOR_FAULT}


async def test_more_time_can_be_given_before_the_deadline(browser: WarmBrowser) -> None:
    async with browser.hard_deadline(0.3) as deadline:
        deadline.extend(1.5)
        await asyncio.sleep(0.6)
        assert not deadline.has_struck
        async with asyncio.timeout(10):
            while not deadline.has_struck:
                await asyncio.sleep(0.05)


async def test_a_deadline_strikes_again_until_it_is_cancelled() -> None:
    """What is just being started when it strikes first must not hold the attempt for ever."""
    strikes: list[float] = []
    deadline = Deadline(0.1, lambda: strikes.append(time.monotonic()))
    async with asyncio.timeout(20):
        while len(strikes) < 3:
            await asyncio.sleep(0.05)
    deadline.cancel()
    many = len(strikes)
    await asyncio.sleep(1.5)
    assert len(strikes) == many
    assert deadline.has_struck


async def test_what_never_notices_that_the_browser_is_gone_is_given_up(
    browser: WarmBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Playwright was seen to wait for a page of a browser that had been killed."""
    monkeypatch.setattr("probes.browser.CLOSE_LIMIT_SECONDS", 0.3)
    async with asyncio.timeout(20):
        with pytest.raises(BrowserError, match="did not notice"):
            async with browser.hard_deadline(0.1):
                await asyncio.Event().wait()


async def test_a_deadline_that_was_met_never_strikes(browser: WarmBrowser) -> None:
    async with browser.hard_deadline(0.2) as deadline:
        pass
    await asyncio.sleep(0.4)
    assert not deadline.has_struck


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_a_browser_that_dies_at_once_is_said_in_one_line(site: Site, tmp_path: Path) -> None:
    broken = replace(warm_browser(site).plan, executable=script(tmp_path / "b", "raise SystemExit"))
    async with WarmBrowser(broken, compile_allow_list(site)) as browser:
        with pytest.raises(BrowserError, match="did not start") as refused:
            async with browser.fresh_page():
                pass
        assert "\n" not in str(refused.value)


async def test_a_browser_that_never_comes_up_is_killed_at_the_deadline(
    site: Site, tmp_path: Path
) -> None:
    silent = script(tmp_path / "browser", "import time; time.sleep(600)")
    plan = replace(warm_browser(site).plan, executable=silent)
    async with WarmBrowser(plan, compile_allow_list(site)) as browser:
        with pytest.raises(BrowserError, match="did not start"):
            async with browser.hard_deadline(2), browser.fresh_page():
                pass
        assert processes(browser) == []


class UnwillingGuard(Guard):
    """Cannot be attached the first time."""

    tries = 0

    async def attach(self, session: CDPSession) -> None:
        """Fail once."""
        self.tries += 1
        if self.tries == 1:
            raise Error("no interception")
        await super().attach(session)


async def test_no_attempt_ever_finds_a_browser_without_its_guard(
    browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    browser.guard = UnwillingGuard(compile_allow_list(site))
    before = standin.submissions
    standin.set_fault("forbidden_post")
    assert outcome(await run_portal(browser, site)) is Outcome.MONITOR_FAULT
    assert processes(browser) == []
    assert (await run_portal(browser, site)).aborted
    assert standin.submissions == before


async def test_a_start_that_is_given_up_leaves_no_browser_behind(browser: WarmBrowser) -> None:
    async def open_page() -> None:
        async with browser.fresh_page():
            pass

    task = asyncio.create_task(open_page())
    async with asyncio.timeout(20):
        while not processes(browser):
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10):
        while processes(browser):
            await asyncio.sleep(0.05)
    async with browser.fresh_page() as page:
        assert await page.evaluate("1 + 1") == 2


def fake_browser(owner: str) -> subprocess.Popen[bytes]:
    """A process in a group of its own that bears a browser's mark."""
    code = "import time; time.sleep(600)"
    mark = f"{MARK}{owner}/1-1"
    return subprocess.Popen([sys.executable, "-c", code, mark], start_new_session=True)


@pytest.mark.parametrize("stopped", [False, True])
def test_the_browser_of_a_dead_monitor_is_swept(stopped: bool) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    orphan = fake_browser(f"{gone.pid}-1.00")
    if stopped:
        os.kill(orphan.pid, signal.SIGSTOP)
    wait_until(lambda: marked(f"{MARK}{gone.pid}-1.00"))
    assert sweep_orphans() >= 1
    assert orphan.wait(10) == -signal.SIGKILL


def test_a_monitor_that_was_not_buried_yet_is_dead() -> None:
    monitor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    created = psutil.Process(monitor.pid).create_time()
    orphan = fake_browser(f"{monitor.pid}-{created:.2f}")
    wait_until(lambda: marked(f"{MARK}{monitor.pid}-"))
    monitor.kill()
    wait_until(lambda: psutil.Process(monitor.pid).status() == psutil.STATUS_ZOMBIE)
    sweep_orphans()
    assert orphan.wait(10) == -signal.SIGKILL
    monitor.communicate()


def test_the_browser_of_a_living_monitor_is_left_alone() -> None:
    created = psutil.Process().create_time()
    kept = fake_browser(f"{os.getpid()}-{created:.2f}")
    wait_until(lambda: any(p.pid == kept.pid for p in marked(f"{MARK}{os.getpid()}-")))
    sweep_orphans()
    assert kept.poll() is None
    kept.kill()
    kept.wait()


def test_a_number_that_was_given_to_another_process_is_no_owner() -> None:
    orphan = fake_browser(f"{os.getpid()}-1.00")
    wait_until(lambda: marked(f"{MARK}{os.getpid()}-1.00"))
    sweep_orphans()
    assert orphan.wait(10) == -signal.SIGKILL
