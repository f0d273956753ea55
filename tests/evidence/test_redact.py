"""A configured secret never reaches the disk, wherever the page puts it."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Page

from monitor.app import open_watch, vantage_of
from monitor.core.model import Depth, Observation, SignalKind, Slot, Step
from monitor.cycle import observe_slot
from monitor.evidence.redact import BLACK, SecretScan, forms
from monitor.keeper import Keeper, Kept
from monitor.settings import Settings
from monitor.store.blobs import FolderBlobs
from monitor.store.store import open_store
from probes import PROBES
from probes.base import Means, Run
from probes.site import Site
from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.rehearsal import now, settings_of
from tests.rehearsal import site_of as site_on

SECRET = "p(é)/s&'w~r d!<\"1>"

ENCODED = {
    "plain": SECRET,
    "Python quote": quote(SECRET, safe=""),
    "encodeURIComponent": "p(%C3%A9)%2Fs%26'w~r%20d!%3C%221%3E",
    "encodeURIComponent, lower": "p(%c3%a9)%2fs%26'w~r%20d!%3c%221%3e",
    "form": "p%28%C3%A9%29%2Fs%26%27w%7Er+d%21%3C%221%3E",
    "urlencode": urlencode({"x": SECRET})[2:],
    "HTML": html.escape(SECRET),
    "HTML text": html.escape(SECRET, quote=False),
    "JSON": json.dumps(SECRET),
    "JSON, not ASCII": json.dumps(SECRET, ensure_ascii=False),
    "JSON, slash": json.dumps(SECRET).replace("/", "\\/"),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of a header": base64.b64encode(f"9900000001:{SECRET}".encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(f"a{SECRET}b".encode()).decode(),
}


@pytest.mark.parametrize("form", ENCODED)
def test_a_secret_is_found_in_every_form(form: str) -> None:
    assert SecretScan([SECRET]).finds(f"before{ENCODED[form]}after".encode())


@given(
    secret=st.text(min_size=9, max_size=20),
    before=st.binary(max_size=7),
    after=st.binary(max_size=7),
)
def test_base64_hides_no_secret_at_any_alignment(secret: str, before: bytes, after: bytes) -> None:
    try:
        raw = secret.encode()
    except UnicodeEncodeError:
        return
    assert SecretScan([secret]).finds(base64.b64encode(before + raw + after))


def test_what_holds_no_secret_is_not_caught() -> None:
    scan = SecretScan([SECRET, DEMO_NUMBER, DEMO_PASSWORD])
    assert not scan.finds(b"Une page qui ne dit rien, 9900000002.")


@pytest.mark.parametrize("short", ["", "a", "123"])
def test_a_value_too_short_to_be_a_secret_is_not_looked_for(short: str) -> None:
    assert not SecretScan([short]).finds(b"a 123 anything")
    assert forms("abcd")


def test_a_text_is_blackened_and_the_rest_kept() -> None:
    scan = SecretScan([DEMO_NUMBER])
    assert scan.cleaned(f"Compte {DEMO_NUMBER} refusé") == f"Compte {BLACK} refusé"
    assert scan.cleaned("Compte refusé") == "Compte refusé"


def test_what_is_left_of_a_secret_at_the_end_of_a_cut_text_goes_too() -> None:
    cut = ("x" * 290 + DEMO_PASSWORD)[:300]
    assert cut.endswith(DEMO_PASSWORD[:10])
    assert SecretScan([DEMO_PASSWORD]).cleaned(cut) == "x" * 290 + BLACK


def test_half_a_character_does_not_stop_the_cleaning() -> None:
    assert SecretScan([DEMO_NUMBER]).cleaned(f"\ud83d {DEMO_NUMBER}") == f"? {BLACK}"


# a whole run

PLANT = """async ([number, password]) => {
  const alert = document.createElement('div');
  alert.className = 'fr-alert--error';
  alert.setAttribute('role', 'alert');
  alert.textContent = `Le compte ${number} (${password}) est refusé`;
  document.querySelector('main').append(alert, password);
  document.title = `Compte ${number}`;
  console.log('mot de passe', password);
  console.error(btoa(`${number}:${password}`));
  await fetch(`/api/usager/moi?numero=${number}&p=${encodeURIComponent(password)}`);
  await fetch(`/api/usager/${number}`).catch(() => {});
  await fetch('/api/session', {method: 'POST', body: JSON.stringify({number, password})});
  await fetch(`/api/usager/${number}/soumettre`, {method: 'POST'}).catch(() => {});
  location.hash = `#/compte/${number}?jeton=${password}`;
}"""


class CarelessProbe:
    """A site that shows the account everywhere."""

    component = "portal"

    def missing(self, _site: Site, _means: Means) -> str | None:
        """Nothing is needed."""
        return None

    def depth(self, _site: Site, _means: Means) -> Depth:
        """As far as the page."""
        return Depth.FORM

    async def run(self, run: Run) -> None:
        """Show the number and the password, fill them in, and fail."""
        async with run.step("plant"):
            await run.page.goto(run.site.pages.home)
            await run.page.locator(run.site.selectors.portal_ready).wait_for()
            await run.page.evaluate(PLANT, [DEMO_NUMBER, DEMO_PASSWORD])
        async with run.step("fail"):
            await _fill(run.page)
            raise run.fail(SignalKind.ERROR_TEXT, f"{DEMO_PASSWORD} was refused")


async def _fill(page: Page) -> None:
    await page.evaluate(
        """(number) => { setTimeout(() => { throw new Error(`pas de compte ${number}`); });
           for (const name of ['username', 'password', 'free']) {
             const field = document.createElement('input');
             field.name = name;
             document.querySelector('main').append(field); } }""",
        DEMO_NUMBER,
    )
    await page.fill('input[name="username"]', DEMO_NUMBER)
    await page.fill('input[name="password"]', DEMO_PASSWORD)


async def planted(settings: Settings, site: Site) -> Kept:
    """One slot of the careless site, stored for real."""
    slot = Slot(component="portal", vantage="local", scheduled_at=now(), interval_seconds=300)
    blobs = FolderBlobs(settings.state_dir / "blobs")
    with open_store(settings.store_url) as store:
        store.register_vantage(vantage_of(settings))
        async with open_watch(settings, site) as watch:
            kept = await Keeper(store, blobs, lambda _: None).keep(await observe_slot(slot, watch))
    assert kept is not None
    return kept


def files_with(folder: Path, *secrets: str) -> list[str]:
    """Names of the files below a folder in which a secret is found."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "monitor.sqlite3" for path in files)
    scan = SecretScan(secrets)
    return [path.name for path in files if scan.finds(path.read_bytes())]


def steps_of(observation: Observation) -> list[Step]:
    return [step for attempt in observation.attempts for step in attempt.steps]


async def test_no_byte_on_the_disk_holds_the_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROBES, "portal", CarelessProbe())
    account = {"number": DEMO_NUMBER, "password": DEMO_PASSWORD}
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as standin:
        settings = settings_of(standin, tmp_path, account=account)
        kept = await planted(settings, site_on(standin))
    observation = kept.observation
    assert observation.verdict.rule == "guard_interfered"
    assert len(steps_of(observation)) >= 2, "the site was not careless enough"
    assert any("console" in name for name in kept.withheld)
    assert any("network" in name for name in kept.withheld)

    found = [step for step in steps_of(observation) if step.screenshot is not None]
    assert found, "pictures are kept: their personal zones are painted over"

    assert files_with(tmp_path, DEMO_NUMBER, DEMO_PASSWORD) == []
    kinds = {signal.kind for attempt in observation.attempts for signal in attempt.signals}
    assert {SignalKind.ERROR_TEXT, SignalKind.SCRIPT_ERROR, SignalKind.GUARD_ABORTED} <= kinds
