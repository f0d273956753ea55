"""Every fault of the stand-in against every probe: the outcome, the rule that gave it, and the
bundle of every attempt, in which nothing personal is left.

A real Chromium, a real mailbox, the real cycle, the real store; nothing is ever submitted.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from monitor.app import commitments_file, open_watch, site_of, utc_now, vantage_of
from monitor.core.model import Observation, Slot
from monitor.cycle import Observed, Watch, observe_slot
from monitor.evidence.commitments import Commitments
from monitor.evidence.redact import SecretScan
from monitor.keeper import Keeper
from monitor.settings import Settings
from monitor.store.blobs import open_blobs
from monitor.store.store import open_store
from probes import PROBES
from probes.site import SITES
from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD, Person
from probes.standin.faults import FAULTS
from probes.standin.mail import Relay
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.mailserver import MailServer, mail_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

UP, SLOW = "up/completed", "degraded/slow"
DOWN_5XX = "down/http_5xx"
MAINTENANCE = "maintenance/maintenance_announced"
ACCOUNT = "monitor_fault/account_action_required"
NOT_ELIGIBLE = "monitor_fault/account_not_eligible"
CHANGED = "layout_changed/element_absent"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What each probe should say, as ``outcome/rule``. ``category`` and ``upload`` inherit what
    happens at sign-in, and ``upload`` what happens at the choice of the category."""

    portal: str = UP
    login: str = UP
    reset: str = UP
    category: str | None = None
    upload: str | None = None

    def of(self, component: str) -> str:
        """The expectation for one probe."""
        category = self.category or self.login
        found = {
            "portal": self.portal,
            "login": self.login,
            "reset": self.reset,
            "category": category,
            "upload": self.upload or category,
        }
        return found[component]


def everywhere(verdict: str) -> Expected:
    """The whole portal is concerned."""
    return Expected(portal=verdict, login=verdict, reset=verdict)


def at_sign_in(verdict: str) -> Expected:
    """The sign-in server is concerned, and whatever begins there."""
    return Expected(login=verdict, reset=verdict)


def behind_sign_in(verdict: str) -> Expected:
    """What comes after the credentials."""
    return Expected(login=verdict)


def at_choice(verdict: str) -> Expected:
    """The choice of the category."""
    return Expected(category=verdict)


def at_documents(verdict: str) -> Expected:
    """The documents."""
    return Expected(category=UP, upload=verdict)


EXPECTED: dict[str, Expected] = {
    "none": Expected(),
    "http_500": everywhere(DOWN_5XX),
    "http_502": everywhere(DOWN_5XX),
    "http_503": everywhere(DOWN_5XX),
    "http_504": everywhere(DOWN_5XX),
    "maintenance_page": everywhere(MAINTENANCE),
    "maintenance_503": everywhere(MAINTENANCE),
    "maintenance_title": everywhere(MAINTENANCE),
    "maintenance_banner": everywhere(MAINTENANCE),
    "unavailable_page": everywhere("down/unavailable_wording"),
    "connection_reset": everywhere("down/network_reset"),
    "hang_before_answer": everywhere("down/network_timeout"),
    "hang_before_body": everywhere("down/body_timeout"),
    "hang_during_body": everywhere("down/body_timeout"),
    "redirect_loop": everywhere("down/redirect_loop"),
    "slow_portal": everywhere(SLOW),
    "blank_page": everywhere("down/blank_page"),
    "script_crash": everywhere("down/script_error"),
    "script_503": everywhere("down/script_5xx"),
    "endless_spinner": everywhere("down/spinner"),
    "redesign": everywhere(CHANGED),
    "half_redesign": at_choice(CHANGED),
    "cookies_banner": Expected(),
    "news_words": Expected(),
    "third_party_request": Expected(),
    "third_party_redirect": Expected(),
    "third_party_needed": everywhere("monitor_fault/guard_interfered"),
    "redirect_elsewhere": everywhere("monitor_fault/guard_interfered"),
    "forbidden_post": Expected(),
    "forbidden_beacon": Expected(),
    "service_worker": Expected(),
    "web_socket": Expected(),
    "api_error": Expected(portal="down/api_5xx", login="down/api_5xx"),
    "api_html": Expected(portal="down/api_not_json", login="down/session_dropped"),
    "api_hang": Expected(portal="down/api_no_answer", login="down/api_no_answer"),
    "api_403": behind_sign_in("blocked/api_refused"),
    "session_dropped": behind_sign_in("down/session_dropped"),
    "expired_session": behind_sign_in("down/session_dropped"),
    "captcha": everywhere("blocked/captcha"),
    "forbidden_403": everywhere("blocked/http_403"),
    "too_many_429": everywhere("blocked/http_429"),
    "firewall_page": everywhere("blocked/firewall_page"),
    "firewall_403": everywhere("blocked/firewall_page"),
    "slow_sign_in": at_sign_in(SLOW),
    "sso_503": at_sign_in(DOWN_5XX),
    "sso_reset": at_sign_in("down/network_reset"),
    "sso_hang": at_sign_in("down/network_timeout"),
    "sign_in_loop": behind_sign_in("down/sign_in_loop"),
    "sign_in_redesign": at_sign_in(CHANGED),
    "wrong_password_always": behind_sign_in(ACCOUNT),
    "password_expired": behind_sign_in(ACCOUNT),
    "reset_mail_never": Expected(reset="down/reset_mail_missing"),
    "reset_mail_late": Expected(),
    "reset_page_error": Expected(reset=DOWN_5XX),
    "account_blocked": at_choice(NOT_ELIGIBLE),
    "pending_file": at_choice(NOT_ELIGIBLE),
    "categories_empty": at_choice("down/choices_empty"),
    "category_missing": at_choice("layout_changed/category_absent"),
    "category_disabled": at_choice("down/choice_disabled"),
    "category_not_kept": at_choice("down/choice_not_kept"),
    "category_error": at_choice("down/api_5xx"),
    "category_hang": at_choice("down/api_no_answer"),
    "slow_category": at_choice(SLOW),
    "slow_upload": at_documents(SLOW),
    "upload_413": at_documents("down/upload_refused"),
    "upload_415": at_documents("down/upload_refused"),
    "upload_generic_error": at_documents("down/upload_refused"),
    "upload_lost": at_documents("down/upload_lost"),
    "upload_endless": at_documents("down/upload_endless"),
    "upload_wrong_name": at_documents("down/upload_lost"),
    "upload_wrong_size": at_documents("down/upload_lost"),
    "upload_remove_fails": at_documents("down/api_5xx"),
    "progress_empty": Expected(),
    "attestation_error": Expected(),
}


PATIENCE_SECONDS = 1.5
"""Limit of an action where no fault is about time: a healthy step takes a third of it. Nothing is
called slow there, so that a busy machine does not speak for the site."""

AT_ONCE_SECONDS = 0.8
"""The same where already the first page is a small one that is wrong: nothing healthy has to fit
into it."""

AT_ONCE = frozenset(
    {
        *("maintenance_page", "maintenance_title", "unavailable_page", "blank_page"),
        *("captcha", "firewall_page"),
    }
)

SHAKEN = ("starved", "recovered_on_retry")
LOOKS = 3
"""How often a slot is observed when this machine was too busy to tell, or for the first attempt.
No row expects these answers, so they never pass for one."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """The stand-in with a mailbox, and a warm browser that watches it."""

    standin: StandIn
    watch: Watch
    keeper: Keeper

    async def observe(self, fault: str, component: str) -> Observation:
        """One slot of a probe while the fault is on."""
        for _ in range(LOOKS):
            observation = await self._look(fault, component)
            if observation.verdict.rule not in SHAKEN:
                break
        return observation

    async def warm_up(self) -> None:
        """The first pages of a new browser are slow: a journey whose answer does not count."""
        await observe_slot(_slot("login"), self.watch)

    async def _look(self, fault: str, component: str) -> Observation:
        self.standin.forget()
        self.standin.set_fault(fault)
        before = set(self.standin.issued)
        observed = await observe_slot(_slot(component), self._watch(fault))
        await self.keeper.keep(observed)
        assert_bundled(observed, planted(set(self.standin.issued) - before))
        return observed.observation

    def _watch(self, fault: str) -> Watch:
        if fault.startswith("slow_"):
            return self.watch
        site = self.watch.site
        patience = AT_ONCE_SECONDS if fault in AT_ONCE else PATIENCE_SECONDS
        limits = site.limits.model_copy(update={"action_seconds": patience})
        probes = {
            name: plan.model_copy(update={"slow_seconds": site.limits.step_seconds})
            for name, plan in site.probes.items()
        }
        site = site.model_copy(update={"limits": limits, "probes": probes})
        return replace(self.watch, site=site)


def _slot(component: str) -> Slot:
    return Slot(component=component, vantage="local", scheduled_at=utc_now(), interval_seconds=300)


def planted(issued: Iterable[str]) -> SecretScan:
    """Looks for the account, its person, and the codes, cookies and keys that were given out. The
    account of a rehearsal is no secret of the settings: masks and redaction keep it out alone."""
    person = Person()
    return SecretScan(
        [
            *(DEMO_NUMBER, DEMO_PASSWORD, person.email, person.last_name, person.birth_date),
            *(person.nationality, person.address),
            *issued,
        ]
    )


def assert_bundled(observed: Observed, scan: SecretScan) -> None:
    """Every attempt has a manifest that names files which are there, and none tells of anyone."""
    files = {file.sha256: file for file in observed.files}
    for number, attempt in enumerate(observed.observation.attempts, start=1):
        assert attempt.manifest is not None
        manifest = json.loads(files[attempt.manifest.sha256].data)
        assert (manifest["schema"], manifest["attempt"]) == ("manifest/2", number)
        named = {line["name"]: line["sha256"] for line in manifest["files"]}
        assert {"network.json", "network.har"} <= set(named)
        assert set(named.values()) <= set(files)
        assert len([name for name in named if name.endswith(".webp")]) >= len(manifest["steps"]) - 1
    assert [file.name for file in observed.files if scan.finds(file.data)] == []


@pytest.fixture(scope="session")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """A real mailbox for the session."""
    with mail_server(tmp_path_factory.mktemp("post")) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rehearsal(
    post: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rehearsal]:
    """The stand-in of the session. At its end no byte of the folder tells of the account."""
    folder = tmp_path_factory.mktemp("state")
    log = logging.FileHandler(folder / "monitor.log")
    logging.getLogger().addHandler(log)
    relay = Relay(host="127.0.0.1", port=post.smtp_port, recipient=post.address)
    with standin_thread(StandIn(portal_port=0, sso_port=0, smtp=relay)) as standin:
        box = post.mailbox()
        settings = Settings.model_validate(
            {
                "state_dir": folder,
                "site": {"file": SITES / "standin.toml", "origins": standin.origins},
                "mailbox": {
                    "imap_host": box.imap_host,
                    "imap_port": box.imap_port,
                    "imap_tls": False,
                    "username": box.username,
                    "password": box.password,
                    "address": box.address,
                    "smtp_host": box.smtp_host,
                    "smtp_port": box.smtp_port,
                    "smtp_starttls": False,
                },
            }
        )
        with open_store(settings.store_url) as store:
            store.register_vantage(vantage_of(settings))
            keeper = Keeper(store, open_blobs(settings.blobs_url), lambda _kept: None)
            commitments = Commitments(commitments_file(settings))
            async with open_watch(settings, site_of(settings), commitments) as watch:
                found = Rehearsal(standin=standin, watch=watch, keeper=keeper)
                await found.warm_up()
                yield found
        logging.getLogger().removeHandler(log)
        log.close()
        scan, stored = (
            planted(standin.issued),
            [path for path in folder.rglob("*") if path.is_file()],
        )
        assert [path for path in stored if scan.finds(path.read_bytes())] == []
        assert standin.submissions == 0
        assert standin.third_party_requests == 0


async def test_every_fault_has_an_expectation() -> None:
    assert sorted(EXPECTED) == sorted(FAULTS)


@pytest.mark.parametrize("component", list(PROBES))
@pytest.mark.parametrize("fault", list(EXPECTED))
async def test_a_fault_is_seen_for_what_it_is(
    rehearsal: Rehearsal, fault: str, component: str
) -> None:
    observation = await rehearsal.observe(fault, component)
    verdict = observation.verdict
    seen = f"{verdict.outcome.value}/{verdict.rule}"
    assert seen == EXPECTED[fault].of(component), observation.attempts[-1].signals
    assert rehearsal.standin.submissions == 0


@pytest.mark.parametrize("component", ["category", "upload"])
async def test_a_failed_sign_in_is_inherited(rehearsal: Rehearsal, component: str) -> None:
    observation = await rehearsal.observe("sso_503", component)
    assert observation.verdict.via == "login"


async def test_a_failed_choice_is_inherited_by_the_documents(rehearsal: Rehearsal) -> None:
    verdict = (await rehearsal.observe("categories_empty", "upload")).verdict
    assert (verdict.via, verdict.failed_step) == ("category", "open_request")


async def test_a_silent_site_seen_from_one_network_may_be_refusing_us(rehearsal: Rehearsal) -> None:
    verdict = (await rehearsal.observe("connection_reset", "portal")).verdict
    assert verdict.flags == ("refusal_not_excluded",)
