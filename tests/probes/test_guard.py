"""Nothing leaves the machine but what the site file lists: by rule, and in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from monitor.core.classify import classify
from monitor.core.model import Outcome, SignalKind
from monitor.errors import ConfigurationError
from probes import PROBES
from probes.attempt import RawAttempt, attempt
from probes.base import Account, Means
from probes.browser import WarmBrowser
from probes.guard import AllowList, compile_allow_list, describe, resolver_rules
from probes.site import SITES, GuardRule, Site, load_site
from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.portal import SUBMIT
from probes.standin.server import StandIn
from tests.rehearsal import now, site_of, warm_browser

MEANS = Means(account=Account(number=DEMO_NUMBER, password=DEMO_PASSWORD))

HARMFUL_PATHS = (
    SUBMIT,
    "/api/demandes/[0-9]+/soumission",
    "/api/requests/submit",
    "/api/Paiement",
    "/checkout",
    "/api/timbre",
    "/api/valider-demande",
    "/api/finaliser",
    "/api/supprimer-compte",
    "/api/delete_account",
    "/api/changer-mot-de-passe",
    "/auth/realms/anef-usagers/login-actions/required-action",
    "/api/%73oumettre",
    "/api/%2573oumettre",
)
OPEN_PATTERNS = ("/.*", "/api/.+", "/api/[^/]+", r"/api/\S+", "/.{1,200}", "/(any|other)/path")


def rules(site: Site, **rule: object) -> Site:
    """A site with one rule more."""
    more = GuardRule.model_validate(
        {"origin": site.origins["portal"], "why": "a test", "methods": ("POST",), **rule}
    )
    return site.model_copy(update={"guard": (*site.guard, more)})


@pytest.mark.parametrize("path", HARMFUL_PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post"])
def test_what_submits_pays_or_changes_an_account_cannot_be_listed(
    path: str, method: str, site: Site
) -> None:
    with pytest.raises(ConfigurationError, match="submit, pay or change an account"):
        compile_allow_list(rules(site, path=path, methods=(method,)))


@pytest.mark.parametrize("path", OPEN_PATTERNS)
def test_a_pattern_that_goes_on_over_anything_cannot_list_a_post(path: str, site: Site) -> None:
    with pytest.raises(ConfigurationError, match="exact path"):
        compile_allow_list(rules(site, path=path))


def test_a_broken_pattern_is_refused_in_one_sentence(site: Site) -> None:
    with pytest.raises(ConfigurationError, match="is not a pattern"):
        compile_allow_list(rules(site, path="/api/(", methods=("GET",)))


def test_an_origin_that_the_site_does_not_have_is_refused(site: Site) -> None:
    with pytest.raises(ConfigurationError, match="is not an origin of the site file"):
        compile_allow_list(rules(site, path="/a", origin="https://elsewhere.example"))


@pytest.mark.parametrize("name", ["anef.toml", "standin.toml"])
def test_the_site_files_that_ship_can_be_compiled(name: str) -> None:
    assert compile_allow_list(load_site(SITES / name)).rules


@pytest.fixture
def allowed(site: Site) -> AllowList:
    return compile_allow_list(rules(site, path=r"/api/\w+(/\w+)*"))


@pytest.mark.parametrize(
    ("method", "path", "may_leave"),
    [
        ("GET", "/usagers/", True),
        ("GET", "/usagers/assets/app.js", True),
        ("GET", "/elsewhere", False),
        ("POST", "/usagers/", False),
        ("POST", "/api/session", True),
        ("POST", "/api/some/call", True),
        ("POST", SUBMIT, False),
        ("POST", "/api/%73oumettre", False),
        ("PUT", "/api/session", False),
        ("DELETE", "/api/sejour/usager/demande_sejour/brouillon/documents/0123456789abcdef", True),
        ("DELETE", "/api/sejour/usager/demande_sejour/brouillon", False),
    ],
)
def test_a_request_leaves_only_by_method_origin_and_whole_path(
    method: str, path: str, may_leave: bool, site: Site, allowed: AllowList
) -> None:
    assert allowed.allows(method, site.origins["portal"] + path) is may_leave


@pytest.mark.parametrize(
    "change",
    [
        lambda origin: origin.replace("http://", "https://"),
        lambda origin: origin + "0",
        lambda origin: origin.replace("127.0.0.1", "127.0.0.1.elsewhere.example"),
        lambda origin: origin.replace("http://", "http://127.0.0.1@elsewhere.example@"),
    ],
)
def test_an_origin_that_looks_alike_is_another(
    change: type[str], site: Site, allowed: AllowList
) -> None:
    assert not allowed.allows("GET", change(site.origins["portal"]) + "/usagers/")


def test_a_request_is_recorded_without_user_query_or_fragment() -> None:
    address = "http://marie:secret@host:81/a/b?token=1#code=2"
    assert describe("POST", address) == "POST host:81/a/b"


def test_the_resolver_knows_no_other_host() -> None:
    assert resolver_rules(["a.example", "b.example"]) == (
        "MAP * ~NOTFOUND,EXCLUDE a.example,EXCLUDE b.example"
    )


# in a real browser


in_browser = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(shared_standin: StandIn) -> AsyncIterator[WarmBrowser]:
    async with warm_browser(site_of(shared_standin)) as warm:
        yield warm


async def run_portal(browser: WarmBrowser, site: Site) -> RawAttempt:
    return await attempt(PROBES["portal"], browser=browser, site=site, means=MEANS, clock=now)


def harm(standin: StandIn) -> tuple[int, int, int]:
    return standin.third_party_requests, standin.submissions, standin.web_sockets


CARELESS = {
    "third_party_request": "GET 127.0.0.1:",
    "third_party_redirect": "GET 127.0.0.1:",
    "forbidden_post": "POST 127.0.0.1:",
    "forbidden_beacon": "POST 127.0.0.1:",
    "web_socket": "WEBSOCKET ws://127.0.0.1:",
}


@in_browser
@pytest.mark.parametrize("fault", CARELESS)
async def test_what_a_careless_page_does_is_stopped_and_recorded(
    fault: str, browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    before = harm(standin)
    standin.set_fault(fault)
    raw = await run_portal(browser, site)
    assert harm(standin) == before
    assert [text.startswith(CARELESS[fault]) for text in raw.aborted] == [True]
    stopped = [s.text for s in raw.signals if s.kind is SignalKind.GUARD_ABORTED]
    assert stopped == list(raw.aborted)


@in_browser
async def test_a_service_worker_never_comes_to_life(
    browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    before = harm(standin)
    standin.set_fault("service_worker")
    raw = await run_portal(browser, site)
    assert harm(standin) == before
    assert classify(raw.signals).outcome is Outcome.UP


@in_browser
async def test_an_attempt_that_the_guard_stepped_into_is_never_down(
    browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    standin.set_fault("forbidden_post")
    other = site.selectors.model_copy(update={"portal_ready": "#never"})
    raw = await run_portal(browser, site.model_copy(update={"selectors": other}))
    assert classify(raw.signals).rule == "guard_interfered"


FETCH = f"fetch('{SUBMIT}', {{method: 'POST'}})"
IN_WORKER = f"`fetch('${{location.origin}}{SUBMIT}', {{method: 'POST'}})`"
BLOB = "URL.createObjectURL(new Blob([code], {type: 'text/javascript'}))"
WAYS = {
    "fetch": FETCH,
    "kept alive": f"""() => {{ fetch('{SUBMIT}', {{method: 'POST', keepalive: true}});
        location.href = 'about:blank'; }}""",
    "form": f"""() => {{ const form = document.createElement('form');
        form.method = 'post'; form.action = '{SUBMIT}';
        document.body.append(form); form.submit(); }}""",
    "form in a new window": f"""() => {{ const form = document.createElement('form');
        form.method = 'post'; form.action = '{SUBMIT}'; form.target = '_blank';
        document.body.append(form); form.submit(); }}""",
    "frame": f"""() => {{ const frame = document.createElement('iframe');
        frame.srcdoc = "<script>fetch('{SUBMIT}', {{method: 'POST'}})</script>";
        document.body.append(frame); }}""",
    "worker": f"""() => {{ const code = {IN_WORKER}; new Worker({BLOB}); }}""",
    "shared worker": f"""() => {{ const code = {IN_WORKER}; new SharedWorker({BLOB}); }}""",
    "ping of a link": f"""() => {{ const link = document.createElement('a');
        link.href = '#/y'; link.ping = '{SUBMIT}';
        document.body.append(link); link.click(); }}""",
    "event source": f"new EventSource('{SUBMIT}')",
    "prefetch": f"""() => {{ const link = document.createElement('link');
        link.rel = 'prefetch'; link.href = '{SUBMIT}'; document.head.append(link); }}""",
    "new window": f"window.open('{SUBMIT}')",
}
"""Ways in which a page's script can send a request; each does harm when nothing guards."""


async def send(page: Page, site: Site, script: str) -> None:
    await page.goto(site.pages.home)
    await page.locator(site.selectors.portal_ready).wait_for()
    await page.evaluate(f"() => {{ ({script}); }}" if not script.startswith("()") else script)


@in_browser
@pytest.mark.parametrize("way", WAYS)
async def test_no_way_out_of_a_page_slips_by(
    way: str, browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    before = harm(standin)
    async with browser.fresh_page() as page:
        await send(page, site, WAYS[way])
        async with asyncio.timeout(5):
            while not browser.guard.take():
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
    assert harm(standin) == before


@in_browser
async def test_the_next_attempt_does_not_see_what_the_last_one_stopped(
    browser: WarmBrowser, site: Site, standin: StandIn
) -> None:
    standin.set_fault("forbidden_post")
    assert (await run_portal(browser, site)).aborted
    standin.set_fault("none")
    assert (await run_portal(browser, site)).aborted == ()
