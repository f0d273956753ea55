"""The registry, the switchboard, and what each fault does at the level of HTTP."""

from __future__ import annotations

import threading

import pytest
import pytest_asyncio

from monitor.errors import ConfigurationError
from probes.standin.faults import FAULTS, Switchboard, find_fault
from probes.standin.gate import RETRY_AFTER_SECONDS, SLOW_SECONDS
from probes.standin.server import StandIn
from tests.standin.mailbox import LocalMailbox
from tests.standin.visitor import Answer, Visitor, new_client, survey

pytestmark = pytest.mark.asyncio(loop_scope="session")

Survey = dict[str, Answer]

SEEN_ELSEWHERE = {"reset_mail_late"}
"""Its message comes after the visitor has lost patience: see test_mail."""

OVER_HTTP = sorted(set(FAULTS) - SEEN_ELSEWHERE - {"none"})

CONFINED = {
    "page": ("portal.",),
    "reset": ("reset.",),
    "account": ("account.", "category.", "tracking."),
    "category": ("category.", "account.requests"),
    "upload": ("upload.",),
    "tracking": ("tracking.",),
    "attestation": ("attestation.",),
}
"""Areas of faults, and the only answers that those faults may change."""

STATUSES = {
    "http_500": {"portal.home": 500, "api.unknown": 500, "portal.app": 200, "sign_in.form": 200},
    "http_502": {"portal.home": 502, "api.unknown": 502},
    "http_503": {"portal.home": 503, "api.unknown": 503},
    "http_504": {"portal.home": 504, "api.unknown": 504},
    "maintenance_page": {"portal.home": 200, "api.unknown": 503},
    "maintenance_503": {"portal.home": 503, "api.unknown": 503},
    "maintenance_title": {"portal.home": 200, "api.unknown": 503},
    "unavailable_page": {"portal.home": 200, "api.unknown": 503},
    "redirect_loop": {"portal.home": 302, "portal.root": 302},
    "blank_page": {"portal.home": 200, "api.unknown": 401},
    "script_503": {"portal.home": 200, "portal.app": 503},
    "api_error": {"portal.home": 200, "api.unknown": 500},
    "api_html": {"api.unknown": 200, "session.open": 201, "account.me": 200},
    "api_403": {"api.unknown": 403, "account.me": 403},
    "session_dropped": {"session.open": 201, "account.me": 401},
    "expired_session": {"account.me": 200, "account.requests": 200, "account.me_again": 401},
    "captcha": {"portal.home": 200, "api.unknown": 200},
    "forbidden_403": {"portal.home": 403, "api.unknown": 403},
    "too_many_429": {"portal.home": 429, "api.unknown": 429},
    "firewall_page": {"portal.home": 200, "api.unknown": 200},
    "firewall_403": {"portal.home": 403, "api.unknown": 403},
    "sso_503": {"portal.home": 200, "sign_in.form": 503, "reset.form": 503},
    "sign_in_loop": {"sign_in.send": 302},
    "sign_in_redesign": {"sign_in.form": 200, "sign_in.send": 302},
    "wrong_password_always": {"sign_in.send": 200},
    "password_expired": {"sign_in.send": 302},
    "reset_page_error": {"reset.form": 200, "reset.send": 500},
    "reset_mail_never": {"reset.send": 200},
    "category_error": {"category.list": 200, "category.keep": 500},
    "pending_file": {"account.me": 200, "category.keep": 409},
    "account_blocked": {"account.me": 200, "category.keep": 409},
    "upload_413": {"upload.send": 413},
    "upload_415": {"upload.send": 415},
    "upload_generic_error": {"upload.send": 422},
    "upload_lost": {"upload.send": 201, "upload.list": 200},
    "upload_remove_fails": {"upload.send": 201, "upload.remove": 500},
    "attestation_error": {"attestation.list": 200, "attestation.file": 500},
}

WORDS = {
    "maintenance_page": ("portal.home", "<title>Site en maintenance</title>"),
    "maintenance_503": ("portal.home", "<h1>Site en maintenance</h1>"),
    "maintenance_title": ("portal.home", "<title>Maintenance en cours"),
    "maintenance_banner": ("portal.settings", '"maintenance":true'),
    "unavailable_page": ("portal.home", "Service momentanément indisponible"),
    "http_503": ("portal.home", "503 Service Unavailable"),
    "captcha": ("portal.home", "robot"),
    "firewall_page": ("portal.home", "The requested URL was rejected"),
    "api_html": ("account.me", "<!doctype html>"),
    "news_words": ("portal.settings", "erreur 503"),
    "wrong_password_always": ("sign_in.send", "mot de passe invalide"),
    "account_blocked": ("account.me", '"should_be_blocked":true'),
    "pending_file": ("account.me", '"has_dossier_en_cours":true'),
    "category_disabled": ("category.list", '"selectionnable":false'),
    "category_not_kept": ("category.kept", '"categorie":null'),
    "upload_wrong_name": ("upload.list", "document-sans-titre.pdf"),
    "upload_wrong_size": ("upload.list", '"taille":0'),
    "progress_empty": ("tracking.stepper", '"etapes":[]'),
}

ERRORS = {
    "connection_reset": ("portal.home", {"ReadError"}),
    "hang_before_answer": ("portal.home", {"ReadTimeout"}),
    "hang_before_body": ("portal.home", {"ReadTimeout"}),
    "hang_during_body": ("portal.home", {"ReadTimeout"}),
    "api_hang": ("api.unknown", {"ReadTimeout"}),
    "sso_reset": ("sign_in.form", {"ReadError"}),
    "sso_hang": ("sign_in.form", {"ReadTimeout"}),
    "category_hang": ("category.list", {"ReadTimeout"}),
    "upload_endless": ("upload.send", {"ReadTimeout"}),
}

SLOW = {
    "slow_portal": "portal.home",
    "slow_sign_in": "sign_in.form",
    "slow_category": "category.list",
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def healthy(shared_standin: StandIn, mailbox: LocalMailbox) -> Survey:
    """What a visitor sees of the well site."""
    shared_standin.set_fault("none")
    shared_standin.forget()
    return await survey(shared_standin, mailbox)


@pytest.fixture(scope="session")
def surveys() -> dict[str, Survey]:
    """What was seen of each fault, so that it is looked at once."""
    return {}


async def _unwell(
    name: str, standin: StandIn, mailbox: LocalMailbox, surveys: dict[str, Survey]
) -> Survey:
    standin.set_fault(name)
    if name not in surveys:
        surveys[name] = await survey(standin, mailbox)
    return surveys[name]


async def test_the_well_site_answers_everything(healthy: Survey) -> None:
    statuses = {name: answer.status for name, answer in healthy.items() if answer.status != 200}
    assert statuses == {
        "portal.root": 302,
        "api.unknown": 401,
        "sign_in.send": 302,
        "session.open": 201,
        "category.keep": 201,
        "upload.send": 201,
        "upload.remove": 204,
        "reset.message": 0,
    }
    assert healthy["api.unknown"].media_type == "application/json"
    assert healthy["reset.message"].text == "came"


@pytest.mark.parametrize("name", OVER_HTTP)
async def test_fault_changes_what_is_seen_and_none_restores_it(
    name: str,
    standin: StandIn,
    mailbox: LocalMailbox,
    healthy: Survey,
    surveys: dict[str, Survey],
) -> None:
    unwell = await _unwell(name, standin, mailbox, surveys)
    changed = {key for key in healthy if unwell.get(key) != healthy[key]}
    assert changed
    area = CONFINED.get(FAULTS[name].area)
    assert area is None or all(key.startswith(area) for key in changed)
    standin.set_fault("none")
    standin.forget()
    assert await survey(standin, mailbox) == healthy
    assert standin.submissions == 0


@pytest.mark.parametrize("name", sorted({*STATUSES, *WORDS, *ERRORS}))
async def test_fault_does_what_it_says(
    name: str, standin: StandIn, mailbox: LocalMailbox, surveys: dict[str, Survey]
) -> None:
    seen = await _unwell(name, standin, mailbox, surveys)
    expected = STATUSES.get(name, {})
    assert {key: seen[key].status for key in expected} == expected
    if name in WORDS:
        key, words = WORDS[name]
        assert words in seen[key].text
    if name in ERRORS:
        key, errors = ERRORS[name]
        assert seen[key].error in errors


@pytest.mark.parametrize("name", sorted(SLOW))
async def test_slow_answer_is_late_and_right(name: str, standin: StandIn, healthy: Survey) -> None:
    standin.set_fault(name)
    async with new_client(timeout_seconds=3) as client:
        visitor = Visitor(standin, client)
        if SLOW[name] == "portal.home":
            await visitor.ask("portal.home", "GET", f"{standin.portal_origin}/usagers/")
        elif await visitor.sign_in() and SLOW[name] == "category.list":
            url = f"{standin.portal_origin}/api/sejour/referentiel/categories"
            await visitor.ask("category.list", "GET", url)
    assert visitor.answers[SLOW[name]] == healthy[SLOW[name]]
    assert SLOW_SECONDS <= visitor.seconds[SLOW[name]] < SLOW_SECONDS + 0.6


async def test_category_missing_leaves_the_others(standin: StandIn) -> None:
    standin.set_fault("category_missing")
    async with new_client() as client:
        visitor = Visitor(standin, client)
        await visitor.sign_in()
        url = f"{standin.portal_origin}/api/sejour/referentiel/categories"
        text = (await visitor.ask("list", "GET", url)).text
    assert "Visiteur" not in text
    assert "Étudiant" in text


async def test_too_many_says_when_to_come_back(standin: StandIn) -> None:
    standin.set_fault("too_many_429")
    async with new_client() as client:
        response = await client.get(f"{standin.portal_origin}/usagers/")
    assert response.headers["retry-after"] == str(RETRY_AFTER_SECONDS)


async def test_every_fault_has_two_sentences_and_an_area() -> None:
    assert len(FAULTS) >= 31
    for fault in FAULTS.values():
        assert fault.fr.endswith(".")
        assert fault.en.endswith(".")
        assert fault.area


async def test_unknown_fault_names_those_that_look_alike() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown fault 'http_53'.*http_503"):
        find_fault("http_53")


async def test_a_refused_fault_leaves_the_switchboard_alone() -> None:
    board = Switchboard("captcha")
    with pytest.raises(ConfigurationError):
        board.set("no_such_fault")
    assert board.current.name == "captcha"


async def test_switchboard_keeps_every_change_of_many_threads() -> None:
    board = Switchboard()
    threads = [
        threading.Thread(target=lambda: [board.set("http_503") for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(board.history) == 401
    assert [c.at for c in board.history] == sorted(c.at for c in board.history)
