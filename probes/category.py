"""Can a user choose the category of permit, and is the choice kept?"""

from __future__ import annotations

from playwright.async_api import Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.core.model import Depth, SignalKind
from probes import journeys
from probes.base import Means, Run
from probes.observe import plain, says
from probes.site import Site

NEEDS_ACCOUNT = "{component} needs an account: set account.number and account.password"


class BehindSignIn:
    """What holds of every probe that signs in and goes on into the draft of a request."""

    component: str

    def missing(self, _site: Site, means: Means) -> str | None:
        """All of it is behind the sign-in."""
        return None if means.account else NEEDS_ACCOUNT.format(component=self.component)

    def depth(self, site: Site, _means: Means) -> Depth:
        """Full when a draft may be begun: only then can the choice be kept, or a document sent."""
        return Depth.FULL if site.upload.allow_draft else Depth.FORM


class CategoryProbe(BehindSignIn):
    """The list of categories, a choice, and whether the next page still knows it."""

    component = "category"

    async def run(self, run: Run) -> None:
        """Sign in, then choose."""
        with run.via("login"):
            await journeys.sign_in(run)
        await choose(run)


async def choose(run: Run) -> None:
    """From the signed-in page to the page after the choice."""
    wanted = run.site.category.choose
    run.category = wanted
    async with run.step("open_request"):
        await journeys.click(run, "open_request")
        await _categories_listed(run)
    async with run.step("list_categories"):
        await _all_expected(run)
    async with run.step("choose_category"):
        await _choose(run, wanted)
    if run.site.upload.allow_draft:
        async with run.step("keep_category"):
            await journeys.click(run, "category_next")
            await _kept(run, wanted)


async def _categories_listed(run: Run) -> None:
    """A list that is there and stays empty is a failure; no list at all may be a new page."""
    names = run.site.selectors
    try:
        await run.page.locator(names.category_options).first.wait_for(timeout=run.action_ms)
    except PlaywrightTimeout as error:
        if await run.page.locator(names.category_list).count():
            raise run.fail(SignalKind.CHOICES_EMPTY) from error
        raise run.fail(SignalKind.ELEMENT_ABSENT, "category_list") from error


async def _all_expected(run: Run) -> None:
    labels = await run.page.locator(run.site.selectors.category_options).all_inner_texts()
    listed = {plain(label) for label in labels}
    for expected in run.site.category.expected:
        if plain(expected) not in listed:
            raise run.fail(SignalKind.CATEGORY_ABSENT, expected)


async def _choose(run: Run, wanted: str) -> None:
    selector = run.site.selectors.category_option.replace("{category}", wanted)
    option = run.page.locator(selector).first
    await journeys.wait_for(run, "category_option", option)
    await journeys.dismiss_cookies(run)
    if await _is_disabled(option):
        raise run.fail(SignalKind.CHOICE_DISABLED, wanted)
    try:
        await option.click(timeout=run.action_ms)
    except PlaywrightTimeout as error:
        if await _is_disabled(option):
            raise run.fail(SignalKind.CHOICE_DISABLED, wanted) from error
        raise run.fail(SignalKind.ELEMENT_ABSENT, "category_option: not clickable") from error


async def _is_disabled(option: Locator) -> bool:
    """True when the option, or the field that it labels, says that it is disabled."""
    return bool(
        await option.evaluate(
            """(e) => {
              const field = e.control || e.querySelector('input, button, option') || e;
              return Boolean(field.disabled) || field.getAttribute('aria-disabled') === 'true'
                || e.getAttribute('aria-disabled') === 'true';
            }"""
        )
    )


async def _kept(run: Run, wanted: str) -> None:
    shown = await journeys.wait_for(run, "category_kept")
    text = await shown.inner_text(timeout=run.action_ms)
    if not says(text, [wanted]):
        raise run.fail(SignalKind.CHOICE_NOT_KEPT, text)
