"""Addresses, Retry-After and exchanges, as they are recorded."""

from __future__ import annotations

import pytest

from probes import journeys
from probes.base import AttemptOver, Means, Run
from probes.network import LONGEST_RETRY_AFTER_SECONDS, retry_after_seconds
from probes.redaction import redact_url
from probes.site import Site
from probes.standin.server import StandIn
from tests.rehearsal import now, warm_browser

NOON = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://a.example/p?token=abc", "https://a.example/p?token=redacted"),
        ("https://a.example/p?a=1&b=2", "https://a.example/p?a=redacted&b=redacted"),
        ("https://a.example/p?abc", "https://a.example/p"),
        ("https://a.example/#/espace-personnel", "https://a.example/#/espace-personnel"),
        ("https://a.example/#/p?code=abc", "https://a.example/#/p"),
        ("https://a.example/#/p&code=abc", "https://a.example/#/p"),
        ("https://a.example/#code=abc&state=def", "https://a.example/#redacted"),
        ("https://marie:secret@a.example:81/p", "https://a.example:81/p"),
        ("about:blank#secret", "about:blank"),
        ("blob:https://a.example/1?secret", "blob:https://a.example/1"),
    ],
)
def test_an_address_is_kept_without_its_secrets(given: str, kept: str) -> None:
    assert redact_url(given) == kept


def test_a_query_key_that_the_site_file_lists_is_kept() -> None:
    assert redact_url("https://a.example/?page=2&t=x", ("page",)) == (
        "https://a.example/?page=2&t=redacted"
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "9" * 400}, LONGEST_RETRY_AFTER_SECONDS),
        ({"retry-after": "Mon, 23 Nov 2026 12:05:00 GMT", "date": NOON}, 300),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT", "date": NOON}, 0),
        ({"retry-after": "Mon, 23 Nov 2026 12:05:00 GMT"}, None),
        ({"retry-after": "Wed, 23 Nov 2076 12:05:00 GMT", "date": NOON}, 30 * 86400),
    ],
)
def test_retry_after_is_a_sensible_number_of_seconds_or_none(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_seconds(headers) == seconds


async def visit(site: Site, url: str) -> Run:
    """One step that opens an address and finds nothing there."""
    async with warm_browser(site) as browser, browser.fresh_page() as page:
        run = Run(page=page, site=site, means=Means(), slow_seconds=9, clock=now)
        with pytest.raises(AttemptOver):
            await find_nothing(run, url)
        return run


async def find_nothing(run: Run, url: str) -> None:
    async with run.step("open"):
        await journeys.open_page(run, url)
        await journeys.wait_for(run, "username")


async def test_a_refusal_is_noted_with_the_pause_it_asks_for(site: Site, standin: StandIn) -> None:
    standin.set_fault("too_many_429")
    run = await visit(site, site.pages.home)
    found = {(s.kind.value, s.number) for s in run.signals}
    assert {("http_status", 429), ("retry_after", 120)} <= found
    assert run.steps[0].http_status == 429


async def test_requests_are_recorded_in_order_with_status_and_time(
    site: Site, standin: StandIn
) -> None:
    standin.set_fault("api_error")
    run = await visit(site, site.pages.home + "?numero=9900000001")
    first = run.network.exchanges[0]
    assert (first.method, first.kind, first.status, first.step) == ("GET", "document", 200, 1)
    assert first.seconds is not None
    assert {e.kind for e in run.network.exchanges} >= {"document", "script"}
    assert "9900000001" not in "".join(e.url for e in run.network.exchanges)


async def test_a_script_error_belongs_to_the_step_in_which_it_was_thrown(
    site: Site, standin: StandIn
) -> None:
    standin.set_fault("script_crash")
    run = await visit(site, site.pages.home)
    thrown = [s for s in run.signals if s.kind.value == "script_error"]
    assert [s.step for s in thrown] == ["open"]
    assert "etatInitial" in thrown[0].text
