"""The way through the pages of a site file: one session, every page once, nothing submitted.

Where the way goes on through a link whose selector no longer matches, a confident suggestion is
followed instead. Credentials go only into fields that the site file itself names, and only a
category that it names is chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from playwright.async_api import Error

from probes import journeys, observe
from probes.base import Means, Run
from probes.browser import WarmBrowser
from probes.calibration.findings import Calibration, PageFinding
from probes.calibration.look import look_at, selector_for
from probes.observe import plain
from probes.site import Site

FORM = ("username", "password", "submit_sign_in")
PAGES = ("home", "sign_in", "form", "reset", "account", "categories", "kept", "documents")

WALK_LIMIT_SECONDS = 600.0

NEEDS_ACCOUNT = "not looked at: it needs an account (account.number and account.password)"
NEEDS_DRAFT = "not looked at: it needs upload.allow_draft = true in the site file"
NO_WAY = "not looked at: the way to it, selectors.{key}, does not match"


class Walk:
    """One pass over the pages. ``pages`` fills up as it goes."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._site = run.site
        self.pages: list[PageFinding] = []

    async def go(self) -> tuple[PageFinding, ...]:
        """Look at every page that can be reached. A page that cannot is there with its reason."""
        await self._open("home", self._site.pages.home, ("portal_ready", "open_sign_in"))
        sign_in = await self._open("sign_in", self._site.pages.sign_in, ("open_sign_in",))
        form = await self._follow(sign_in, "open_sign_in", "form", (*FORM, *self._forgotten()))
        await self._follow(form, "forgot_password", "reset", self._reset())
        await self._behind_sign_in(form)
        for name in PAGES:
            if name not in {page.name for page in self.pages}:
                self._skip(name, "not looked at: the page before it was not reached")
        return tuple(self.pages)

    def _forgotten(self) -> tuple[str, ...]:
        return ("forgot_password",) if self._site.reset.enabled else ()

    def _reset(self) -> tuple[str, ...]:
        return ("reset_username", "submit_reset") if self._site.reset.enabled else ()

    async def _behind_sign_in(self, form: PageFinding) -> None:
        if self._run.means.account is None:
            for name in PAGES[PAGES.index("account") :]:
                self._skip(name, NEEDS_ACCOUNT)
            return
        account = await self._sign_in(form)
        keys = ("category_list", "category_options", "category_option")
        draft = self._site.upload.allow_draft
        names = (*keys, "category_next") if draft else keys
        categories = await self._follow(account, "open_request", "categories", names)
        await self._compare_labels(categories)
        if not draft:
            self._skip("kept", NEEDS_DRAFT)
            self._skip("documents", NEEDS_DRAFT)
            return
        kept = await self._choose(categories)
        await self._follow(kept, "open_documents", "documents", ("file_input",))

    async def _open(self, name: str, url: str, needed: tuple[str, ...]) -> PageFinding:
        self._run.network.begin_step()
        try:
            await self._run.page.goto(url, wait_until="commit", timeout=self._run.action_ms)
        except Error as error:
            return self._skip(name, f"the page did not open: {_first_line(error)}")
        return await self._look(name, needed, reached_by=url)

    async def _look(self, name: str, needed: tuple[str, ...], *, reached_by: str) -> PageFinding:
        try:
            page = await look_at(self._run, name, needed, reached_by=reached_by)
        except Error as error:
            return self._skip(name, f"the page was lost: {_first_line(error)}")
        self.pages.append(page)
        return page

    def _skip(self, name: str, problem: str) -> PageFinding:
        page = PageFinding(name=name, problem=problem)
        self.pages.append(page)
        return page

    async def _follow(
        self, page: PageFinding, key: str, name: str, needed: tuple[str, ...]
    ) -> PageFinding:
        """Click a link of the page, or what is suggested for it, and look where it leads."""
        if not page.was_seen or page.problem:
            return PageFinding(name=name)
        if (selector := await self._way(page, key)) is None:
            return self._skip(name, NO_WAY.format(key=key))
        self._run.network.begin_step()
        before = self._run.page.url
        try:
            await journeys.dismiss_cookies(self._run)
            target = self._run.page.locator(selector).filter(visible=True).first
            await target.click(timeout=self._run.action_ms)
            await self._left(before)
        except Error as error:
            return self._skip(name, f"selectors.{key} cannot be clicked: {_first_line(error)}")
        return await self._look(name, needed, reached_by=f"selectors.{key}: {selector}")

    async def _left(self, before: str) -> None:
        """Give the browser the time to leave; a page that stays is looked at as it is."""
        try:
            await self._run.page.wait_for_url(
                lambda url: url != before, wait_until="commit", timeout=self._run.action_ms
            )
        except Error as error:
            if observe.from_error(str(error), ""):
                raise

    async def _way(self, page: PageFinding, key: str) -> str | None:
        found = page.key(key)
        if found is None:  # not among the needed ones: asked now
            selector = selector_for(key, self._site)
            count = await self._run.page.locator(selector).filter(visible=True).count()
            return selector if count else None
        if found.visible:
            return selector_for(key, self._site)
        return next((one.selector for one in found.suggestions if one.is_confident), None)

    async def _sign_in(self, form: PageFinding) -> PageFinding:
        """Once, with the operator's account, through the site file's own selectors."""
        account, names = self._run.means.account, self._site.selectors
        unfit = [key for key in FORM if not ((found := form.key(key)) and found.visible)]
        if account is None or form.problem or unfit:
            return self._skip("account", "not looked at: the sign-in form does not match")
        page, action_ms = self._run.page, self._run.action_ms
        self._run.network.begin_step()
        try:
            await page.goto(self._site.pages.sign_in, wait_until="commit", timeout=action_ms)
            way = await self._way(self.pages[1], "open_sign_in")
            await (
                page.locator(way or names.open_sign_in)
                .filter(visible=True)
                .first.click(timeout=action_ms)
            )
            await page.locator(names.username).first.fill(account.number, timeout=action_ms)
            await page.locator(names.password).first.fill(account.password, timeout=action_ms)
            before = page.url
            await page.locator(names.submit_sign_in).first.click(timeout=action_ms)
            await self._left(before)
        except Error as error:
            return self._skip("account", f"signing in did not work: {_first_line(error)}")
        return await self._look("account", ("signed_in", "open_request"), reached_by="sign-in")

    async def _choose(self, page: PageFinding) -> PageFinding:
        """Go on with the category of the site file: keeps it in the draft of the account."""
        keys = ("category_option", "category_next")
        if page.problem or any(not ((found := page.key(key)) and found.visible) for key in keys):
            return PageFinding(name="kept")
        option = self._run.page.locator(selector_for("category_option", self._site)).first
        self._run.network.begin_step()
        before = self._run.page.url
        try:
            await option.click(timeout=self._run.action_ms)
            following = self._run.page.locator(self._site.selectors.category_next).first
            await following.click(timeout=self._run.action_ms)
            await self._left(before)
        except Error as error:
            return self._skip("kept", f"the category cannot be chosen: {_first_line(error)}")
        return await self._look("kept", ("category_kept", "open_documents"), reached_by="choice")

    async def _compare_labels(self, page: PageFinding) -> None:
        """Which expected categories are not among those listed."""
        options = page.key("category_options")
        if options is None or not options.visible:
            return
        labels = await self._run.page.locator(
            self._site.selectors.category_options
        ).all_inner_texts()
        listed = {plain(label) for label in labels}
        absent = tuple(one for one in self._site.category.expected if plain(one) not in listed)
        self.pages[self.pages.index(page)] = replace(page, labels_missing=absent)


async def calibrate(
    browser: WarmBrowser, *, site: Site, means: Means, clock: Callable[[], datetime]
) -> Calibration:
    """Go through the pages once, in one fresh session behind the guard.

    Raises BrowserError when the browser cannot be had.
    """
    async with browser.hard_deadline(WALK_LIMIT_SECONDS), browser.fresh_page() as page:
        run = Run(page=page, site=site, means=means, slow_seconds=math.inf, clock=clock)
        pages = await Walk(run).go()
    return Calibration(pages=pages, blocked=browser.guard.take())


def _first_line(error: Error) -> str:
    return str(error).strip().splitlines()[0]
