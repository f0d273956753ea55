"""Looking at one page: what matches, with pictures, and what stands there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.core.classify import classify
from monitor.core.model import Outcome, Signal, SignalKind, Verdict
from probes import observe
from probes.base import Run
from probes.calibration.crops import Picture
from probes.calibration.findings import (
    Element,
    KeyFinding,
    PageFinding,
    Suggestion,
    TextFinding,
)
from probes.calibration.suggest import suggestions
from probes.capture import take_capture
from probes.observe import plain
from probes.redaction import redact_url
from probes.site import Site

PATIENCE_SECONDS = 0.3
"""For each further selector once the page had its time."""

ATTACHED = frozenset({"file_input"})
"""Selectors of what is rightly out of sight."""

UNPICTURED = ATTACHED | {"news"}

SOMETIMES = ("cookie_banner_accept", "news", "error_alert", "spinner", "captcha")
ALARMING = frozenset({"error_alert", "spinner", "captcha"})
ALARM_TEXTS = ("maintenance", "unavailable", "captcha", "firewall", "password_expired")

ELEMENTS = """(masks) => {
  const shown = (e) => {
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    return e.type === 'file' || (box.width > 0 && box.height > 0
      && style.visibility !== 'hidden' && style.display !== 'none');
  };
  const hidden = (e) => masks.some((m) => { try { return e.closest(m); } catch { return false; } });
  const line = (text) => (text || '').trim().split('\\n')[0].replace(/\\s+/g, ' ').trim();
  const title = (e) => {
    const heading = e.querySelector('h1, h2, h3, legend, caption, th');
    return heading && !hidden(heading) ? heading.innerText : '';
  };
  const text = (e) => {
    if (e.tagName === 'INPUT') {
      if (e.type === 'submit' || e.type === 'button') return e.value;
      return e.labels && e.labels[0] ? e.labels[0].innerText : (e.placeholder || '');
    }
    if (hidden(e)) return '';
    const speaks = e.matches('a, button, label, [role], strong, span, p');
    return speaks ? e.innerText : title(e);
  };
  const boxes = 'table[class], fieldset[class], ul[class], dl[class], section[class], div[class]'
    + ', strong[class], span[class], p[class]';
  const acting = 'a, button, input, label, [role=button], [role=link], ';
  return [...document.querySelectorAll(acting + boxes)]
    .filter(shown).slice(0, 500).map((e) => ({
      tag: e.tagName.toLowerCase(),
      type: typeof e.type === 'string' ? e.type : '',
      name: e.getAttribute('name') || '',
      role: e.getAttribute('role') || '',
      text: line(text(e)).slice(0, 120),
      classes: [...e.classList],
      parent_tag: e.parentElement ? e.parentElement.tagName.toLowerCase() : '',
      parent_classes: e.parentElement ? [...e.parentElement.classList] : [],
      zone: ((e.closest('header, nav, footer, main') || {}).tagName || '').toLowerCase(),
      in_form: Boolean(e.closest('form')),
      beside_password: Boolean(e.form && e.form.querySelector('input[type=password]')),
    }));
}"""


async def look_at(run: Run, name: str, needed: Iterable[str], *, reached_by: str) -> PageFinding:
    """The page as it stands once the needed selectors had their time to show."""
    page, site = run.page, run.site
    wanted = tuple(needed)
    await _settle(page, site, wanted)
    verdict = await _unwell(run, name)
    where = redact_url(page.url, site.redaction.query_keys_kept)
    capture = await take_capture(page, name, site, failed=False)
    found = PageFinding(name=name, url=where, reached_by=reached_by, png=capture.png)
    whole = Picture(png=capture.png)
    keys = [await _find(page, site, key, whole, needed=True) for key in wanted]
    if any(one.is_missing for one in keys) and verdict is not None:
        problem = f"{verdict.rule}: {verdict.message_en}"
        return replace(found, problem=problem, problem_fr=verdict.message_fr)
    elements = await _elements(page, site)
    keys = [
        await _suggest(page, site, one, elements, whole) if one.is_missing else one for one in keys
    ]
    keys += [
        await _find(page, site, key, whole, needed=False)
        for key in SOMETIMES
        if getattr(site.selectors, key)
    ]
    return replace(found, keys=tuple(keys), texts=await _texts(page, site))


def selector_for(key: str, site: Site) -> str:
    """The selector as probes use it."""
    selector: str = getattr(site.selectors, key)
    return selector.replace("{category}", site.category.choose)


async def _settle(page: Page, site: Site, keys: Iterable[str]) -> None:
    """Wait for each needed selector, all of them together no longer than one action may take."""
    until = time.monotonic() + site.limits.action_seconds
    for key in keys:
        left = max(until - time.monotonic(), PATIENCE_SECONDS)
        state: Any = "attached" if key in ATTACHED else "visible"
        try:
            await page.locator(selector_for(key, site)).first.wait_for(
                state=state, timeout=left * 1000
            )
        except PlaywrightTimeout:
            continue
        except Error as error:
            if observe.from_error(str(error), ""):
                raise
            continue  # a selector that cannot be read: said where it is looked for


async def _unwell(run: Run, name: str) -> Verdict | None:
    """What the rules would say if a step failed here; None for a page that is well but changed.

    The same rules judge a run: nothing is learned from the page of an outage or of a refusal.
    """
    signals = [
        Signal(kind=SignalKind.STEP_FAILED, step=name),
        Signal(kind=SignalKind.ELEMENT_ABSENT, step=name),
        Signal(kind=SignalKind.CONTROL, text="healthy"),
        *run.network.signals(name, signed_in=run.account_state not in ("none", "not_read")),
        *await observe.from_page(run.page, run.site, name),
    ]
    verdict = classify(signals)
    return None if verdict.outcome is Outcome.LAYOUT_CHANGED else verdict


async def _find(page: Page, site: Site, key: str, whole: Picture, *, needed: bool) -> KeyFinding:
    selector = selector_for(key, site)
    found = KeyFinding(key=key, selector=getattr(site.selectors, key), needed=needed)
    target = page.locator(selector)
    try:
        count = await target.count()
        visible = count if key in ATTACHED else await target.filter(visible=True).count()
    except Error as error:
        return replace(found, problem=str(error).strip().splitlines()[0])
    first = target.filter(visible=True).first
    return replace(
        found,
        count=count,
        visible=visible,
        alarming=key in ALARMING and visible > 0,
        png=await whole.of(first) if visible and key not in UNPICTURED else None,
    )


async def _elements(page: Page, site: Site) -> tuple[Element, ...]:
    seen = await page.evaluate(ELEMENTS, list(site.redaction.mask_selectors))
    lists = ("classes", "parent_classes")
    return tuple(Element(**{**one, **{name: tuple(one[name]) for name in lists}}) for one in seen)


async def _suggest(
    page: Page,
    site: Site,
    finding: KeyFinding,
    elements: tuple[Element, ...],
    whole: Picture,
) -> KeyFinding:
    """Only what really shows on the page is suggested, with its picture."""
    kept = [
        tried
        for one in suggestions(finding.key, site, elements)
        if (tried := await _tried(page, site, finding.key, one, whole)) is not None
    ]
    return replace(finding, suggestions=tuple(kept))


async def _tried(
    page: Page, site: Site, key: str, one: Suggestion, whole: Picture
) -> Suggestion | None:
    target = page.locator(one.selector.replace("{category}", site.category.choose))
    if key in ATTACHED:
        return one if await target.count() else None
    shown = target.filter(visible=True)
    if not await shown.count():
        return None
    return replace(one, png=await whole.of(shown.first))


async def _texts(page: Page, site: Site) -> tuple[TextFinding, ...]:
    """Alarm wordings where words count: in title, headings and alerts outside the news."""
    seen = await observe.look(page, site)
    if seen is None:
        return ()
    loud = plain("\n".join([seen["title"], *seen["loud"], *seen["alerts"]]))
    return tuple(
        TextFinding(key=key, wording=wording)
        for key in ALARM_TEXTS
        for wording in getattr(site.texts, key)
        if plain(wording) in loud
    )
