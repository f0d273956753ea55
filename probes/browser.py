"""Chromium's lifetime: one browser kept warm, a fresh context for every attempt.

The browser lives in a process group of its own. A hard deadline kills that group from a thread
outside Playwright, because a stopped browser would hold ``close`` for half a minute. A browser
left by a monitor that died is found by its mark and ended at the next start.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright, async_playwright

from monitor.errors import BrowserError
from probes.deadline import Deadline
from probes.guard import AllowList, Guard, resolver_rules

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-proxy-server",
)
VIEWPORT_WIDTH, VIEWPORT_HEIGHT = 1280, 900
LOCALE, TIMEZONE = "fr-FR", "Europe/Paris"
CLOSE_LIMIT_SECONDS = 5.0
LAUNCH_LIMIT_SECONDS = 30.0
ANSWER_LIMIT_SECONDS = 3.0
MARK = "--anef-monitor-owner="


@dataclass(frozen=True, kw_only=True)
class BrowserPlan:
    """Which browser to run and how it introduces itself."""

    executable: Path
    kind: str
    version: str
    user_agent_suffix: str
    sandbox: bool = True
    recycle_runs: int = 200
    recycle_rss_bytes: int = 1500 * 1024 * 1024


def described(plan: BrowserPlan) -> dict[str, str]:
    """The browser and how it is set up, as (name, text)."""
    return {
        "kind": plan.kind,
        "version": plan.version,
        "locale": LOCALE,
        "timezone": TIMEZONE,
        "viewport": f"{VIEWPORT_WIDTH}x{VIEWPORT_HEIGHT}",
        "flags": " ".join(FLAGS),
    }


def _owner(pid: int) -> str:
    """A process named so that a reused number is told apart."""
    return f"{pid}-{psutil.Process(pid).create_time():.2f}"


def _marked() -> Iterator[tuple[psutil.Process, str]]:
    """Main processes of browsers that a monitor started, with what their mark says: the owner's
    name, and which of its browsers it is."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            line = process.cmdline()
            mark = next((arg for arg in line if arg.startswith(MARK)), None)
            if mark and not any(arg.startswith("--type=") for arg in line):
                yield process, mark.removeprefix(MARK)


def sweep_orphans() -> int:
    """End browsers whose monitor is gone, stopped ones too. Returns how many processes there
    were to end, a start script included."""
    orphans = [process.pid for process, mark in _marked() if not _is_alive(mark.split("/")[0])]
    for pid in orphans:
        _kill_group(pid)
    return len(orphans)


def _is_alive(owner: str) -> bool:
    """A monitor that died and was not buried by its parent yet counts as dead."""
    with suppress(psutil.NoSuchProcess, ValueError):
        pid = int(owner.split("-")[0])
        return _owner(pid) == owner and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _kill_group(pid: int) -> None:
    """Kill the browser's process group, and never our own."""
    with suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(pid)
        if group != os.getpgid(0):
            os.killpg(group, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


class WarmBrowser:
    """One Chromium, used by one attempt at a time, restarted when it is old, big or dead."""

    def __init__(self, plan: BrowserPlan, allow_list: AllowList) -> None:
        self.plan = plan
        self.guard = Guard(allow_list)
        self.on_restart: Callable[[], None] = lambda: None
        self._hosts = allow_list.hosts
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self.user_agent = ""
        self._pid: int | None = None
        self._mark = ""
        self._runs = 0
        self._serial = 0
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> WarmBrowser:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the browser and its driver; never blocks longer than a few seconds."""
        browser, playwright, pid = self._browser, self._playwright, self._pid
        self._browser = self._playwright = self._pid = None
        if browser is not None:
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(browser.close(), CLOSE_LIMIT_SECONDS)
        if pid is not None:
            _kill_group(pid)
        if playwright is not None:
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(playwright.stop(), CLOSE_LIMIT_SECONDS)

    def kill(self) -> None:
        """Kill the browser's process group at once, also when it is only being started; safe
        from any thread."""
        if self._pid is not None:
            _kill_group(self._pid)
        elif self._mark:
            for pid in self._own_pids():
                _kill_group(pid)

    def _own_pids(self) -> list[int]:
        """Main processes that bear the mark of the latest start; a start script may be one."""
        return [process.pid for process, mark in _marked() if MARK + mark == self._mark]

    async def answers(self) -> bool:
        """Does the browser itself react? One that is stopped makes the site look silent."""
        if self._browser is None:
            return False
        try:
            async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
                session = await self._browser.new_browser_cdp_session()
                await session.send("Browser.getVersion")
                await session.detach()
        except (Error, TimeoutError):
            return False
        return True

    @asynccontextmanager
    async def hard_deadline(self, seconds: float) -> AsyncIterator[Deadline]:
        """Kill the browser after ``seconds``, whatever the event loop is doing. What Playwright
        then still waits for is given up: it does not always notice that a browser is gone.

        Raises BrowserError when that was so.
        """
        loop, patience = asyncio.get_running_loop(), asyncio.timeout(None)

        def lose_patience() -> None:
            if patience.when() is None:
                with suppress(RuntimeError):  # it ended by itself at this very moment
                    patience.reschedule(loop.time() + CLOSE_LIMIT_SECONDS)

        def strike() -> None:
            self.kill()
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(lose_patience)

        deadline = Deadline(seconds, strike)
        try:
            async with patience:
                yield deadline
        except TimeoutError as error:
            if not patience.expired():
                raise
            raise BrowserError("the browser was killed, and its driver did not notice") from error
        finally:
            deadline.cancel()

    @asynccontextmanager
    async def fresh_page(self) -> AsyncIterator[Page]:
        """A page in a new context: no cache, no cookie, French, Europe/Paris, no proxy.

        Raises BrowserError when the browser cannot be started.
        """
        async with self._lock:
            browser = await self._ready()
            self.guard.begin()
            self._runs += 1
            context = await self._new_context(browser)
            try:
                yield await context.new_page()
            finally:
                with suppress(Error, TimeoutError):
                    await asyncio.wait_for(context.close(), CLOSE_LIMIT_SECONDS)

    async def _new_context(self, browser: Browser) -> BrowserContext:
        try:
            context = await browser.new_context(
                user_agent=self.user_agent,
                locale=LOCALE,
                timezone_id=TIMEZONE,
                viewport={"width": VIEWPORT_WIDTH, "height": VIEWPORT_HEIGHT},
                service_workers="block",
                accept_downloads=False,
            )
            await context.route_web_socket("**/*", self._refuse_socket)
        except Error as error:
            raise BrowserError(f"the browser gave no new page: {error}") from error
        return context

    async def _refuse_socket(self, socket: object) -> None:
        url = getattr(socket, "url", "")
        self.guard.aborted.append(f"WEBSOCKET {url.split('?')[0]}")
        await socket.close()  # type: ignore[attr-defined]  # Playwright's WebSocketRoute

    async def _ready(self) -> Browser:
        if self._browser is not None and not self._is_worn():
            return self._browser
        await self.close()
        if self._serial:
            self.on_restart()
        await self._launch()
        assert self._browser is not None
        return self._browser

    def _is_worn(self) -> bool:
        if self._browser is None or not self._browser.is_connected():
            return True
        return self._runs >= self.plan.recycle_runs or self.memory_bytes() > (
            self.plan.recycle_rss_bytes
        )

    def memory_bytes(self) -> int:
        """Resident memory of the browser's processes; shared pages count more than once."""
        if self._pid is None:
            return 0
        total = 0
        with suppress(psutil.Error):
            main = psutil.Process(self._pid)
            for process in [main, *main.children(recursive=True)]:
                with suppress(psutil.Error):
                    total += process.memory_info().rss
        return total

    async def _launch(self) -> None:
        """Start a browser and its guard. Half a start, also a cancelled one, leaves nothing: a
        browser without its guard must never be found by the next attempt."""
        self._serial += 1
        self._mark = f"{MARK}{_owner(os.getpid())}/{id(self):x}-{self._serial}"
        try:
            await self._start()
        except Error as error:
            await self.close()
            raise BrowserError(f"the browser did not start: {_first_line(error)}") from error
        except BaseException:
            await self.close()
            raise
        self._runs = 0

    async def _start(self) -> None:
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=self.plan.executable,
            args=[*FLAGS, f"--host-resolver-rules={resolver_rules(self._hosts)}", self._mark],
            chromium_sandbox=self.plan.sandbox and os.geteuid() != 0,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_LIMIT_SECONDS * 1000,
        )
        self._pid = next(iter(self._own_pids()), None)
        await self.guard.attach(await self._browser.new_browser_cdp_session())
        self.user_agent = await self._introduce(self._browser)

    async def _introduce(self, browser: Browser) -> str:
        """The browser's own User-Agent, honest about who drives it."""
        page = await browser.new_page()
        try:
            own: str = await page.evaluate("navigator.userAgent")
        finally:  # a browser that is wedged by now must not hold its own end up
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(page.close(), CLOSE_LIMIT_SECONDS)
        return f"{own} {self.plan.user_agent_suffix}".strip()


def _first_line(error: Error) -> str:
    return str(error).strip().splitlines()[0]
