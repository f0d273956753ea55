"""The doctor says what works, what can be certified, and how much disk a year takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.app import means_of, site_of
from monitor.doctor import (
    BYTES_PER_FAILING_RUN,
    BYTES_PER_MANIFEST,
    BYTES_PER_SLOT,
    FAILING_SHARE,
    Report,
    _alerts,
    certifiable,
    examine,
    gigabytes_after,
    print_report,
)
from monitor.findings import FINE, WARNING, WRONG, Finding
from monitor.settings import Settings
from probes.site import SITES
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.receivers import load_services
from tests.rehearsal import settings_of

CLOCK = {"ntp_servers": ("127.0.0.1", "localhost"), "timeout_seconds": 0.1}
ACCOUNT = {"number": "9900000001", "password": "repetition-sans-valeur"}
MAILBOX = {
    "imap_host": "127.0.0.1",
    "imap_port": 9,
    "imap_tls": False,
    "smtp_host": "127.0.0.1",
    "username": "a",
    "password": "b",
}


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as opened:
        yield opened


async def findings(standin: StandIn, folder: Path, **parts: object) -> dict[str, Finding]:
    settings = settings_of(standin, folder, clock=CLOCK, **parts)
    report = await examine(settings)
    return {finding.name: finding for finding in report.findings}


async def test_a_sound_set_up_is_fine_and_says_what_is_missing(
    standin: StandIn, tmp_path: Path
) -> None:
    found = await findings(standin, tmp_path)
    assert {name for name, one in found.items() if one.state == WRONG} == set()
    assert found["browser"].state == FINE
    assert "chromium" in found["browser"].text
    assert found["network"].text == "3 of 3 reference sites answer"
    assert (found["clock"].state, found["mailbox"].state) == (WARNING, WARNING)
    assert found["account"].text == "the rehearsal site's own"
    assert found["store"].text == "SQLite, empty"
    assert not (tmp_path / "monitor.sqlite3").exists()


async def test_an_account_of_the_settings_is_the_operators(
    standin: StandIn, tmp_path: Path
) -> None:
    found = await findings(standin, tmp_path, account=ACCOUNT)
    assert found["account"].text == "the operator's own"


async def test_a_missing_browser_is_wrong(standin: StandIn, tmp_path: Path) -> None:
    found = await findings(standin, tmp_path, browser={"executable": "/nowhere/chromium"})
    assert (found["browser"].state, "/nowhere/chromium" in found["browser"].text) == (WRONG, True)


async def test_a_folder_that_cannot_be_written_is_wrong(standin: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    found = await findings(standin, file / "state")
    assert found["folder"].state == WRONG


async def test_a_mailbox_that_cannot_be_read_is_wrong(standin: StandIn, tmp_path: Path) -> None:
    found = await findings(standin, tmp_path, mailbox=MAILBOX)
    assert found["mailbox"].state == WRONG
    assert "mailbox could not be read" in found["mailbox"].text


def anef(**parts: object) -> Settings:
    return Settings.model_validate({"site": {"file": SITES / "anef.toml"}, **parts})


def certified(settings: Settings) -> dict[str, str]:
    site = site_of(settings)
    lines = certifiable(settings, site, means_of(settings, site))
    return dict(line.split(": ", 1) for line in lines)


def test_without_an_account_the_portal_and_the_form_can_be_certified() -> None:
    found = certified(anef())
    assert found["portal"] == "the act itself"
    assert found["login"] == "as far as the form"
    assert found["category"].startswith("nothing (category needs an account")
    assert found["upload"].startswith("nothing (upload needs an account")
    assert found["reset"].startswith("nothing (reset is off")


def test_with_an_account_the_sign_in_itself_can_be_certified() -> None:
    probes = ("portal", "login", "category", "upload")
    found = certified(anef(account=ACCOUNT, schedule={"probes": probes}))
    assert found["login"] == "the act itself"
    assert found["category"] == "as far as the form"
    assert found["upload"] == "as far as the form"


def test_with_a_mailbox_the_reset_message_can_be_certified(
    standin: StandIn, tmp_path: Path
) -> None:
    site = {"file": SITES / "standin.toml", "origins": standin.origins}
    settings = Settings.model_validate({"state_dir": tmp_path, "site": site, "mailbox": MAILBOX})
    assert certified(settings)["reset"] == "the act itself; not in schedule.probes, so never run"


def test_a_year_takes_rows_for_ever_and_evidence_for_as_long_as_it_is_kept() -> None:
    schedule = {"probes": ("portal",), "intervals": {"portal": 300}}
    short = anef(schedule=schedule, evidence={"keep_good_days": 1})
    long = anef(schedule=schedule, evidence={"keep_good_days": 3650})
    small, large = (gigabytes_after(1, one, site_of(one)) for one in (short, long))
    for_ever = 365.25 * 288 * (BYTES_PER_SLOT + BYTES_PER_MANIFEST) / 1e9
    failing = 365.25 * 288 * FAILING_SHARE * BYTES_PER_FAILING_RUN / 1e9
    assert for_ever + failing < small < large
    kept_for_ever = for_ever + failing
    assert (small - kept_for_ever) * 365.25 == pytest.approx(large - kept_for_ever)


@pytest.mark.parametrize(
    "probes", [("portal", "login"), ("portal", "login", "category", "upload", "reset")]
)
def test_two_years_stay_under_40_gb_by_default(probes: tuple[str, ...]) -> None:
    settings = anef(schedule={"probes": probes})
    assert gigabytes_after(2, settings, site_of(settings)) < 40


REPORT = Report(
    findings=(Finding(name="browser", state=WRONG, text="none"),),
    certifiable=("portal: nothing",),
    gigabytes_per_year=1.5,
    gigabytes_after_two_years=2.5,
)


def test_anything_wrong_is_not_fine_and_a_warning_is() -> None:
    assert not REPORT.is_fine
    warned = Finding(name="clock", state=WARNING, text="not measured")
    assert replace(REPORT, findings=(warned,)).is_fine


def test_the_report_is_printed_for_people_and_for_machines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_report(REPORT, as_json=True)
    assert json.loads(capsys.readouterr().out)["findings"][0]["state"] == "wrong"
    print_report(REPORT, as_json=False)
    text = capsys.readouterr().out
    assert "portal: nothing" in text
    assert "at most about 1.5 GB after a year and 2.5 GB after two" in text


TEAM = "json://127.0.0.1:9/hunter2"
BOTH = "mailto://127.0.0.1/?from=a@example.org&to=b@example.org,c@example.org"


@pytest.mark.parametrize(
    ("parts", "state", "said"),
    [
        ({}, WARNING, "nobody is told of an outage"),
        ({"alerts": {"targets": {"team": {"url": TEAM}}}}, FINE, "1 target, no heartbeat"),
        ({"heartbeat": {"url": TEAM}}, FINE, "0 targets, a heartbeat"),
        ({"alerts": {"targets": {"team": {"url": "x://hunter2"}}}}, WRONG, "team is no address"),
        ({"alerts": {"targets": {"team": {"url": BOTH}}}}, WARNING, "team: several recipients"),
    ],
)
def test_alerts_are_looked_at_without_sending_any(
    parts: dict[str, object], state: str, said: str
) -> None:
    load_services()
    found = _alerts(Settings.model_validate(parts))
    assert found.state == state
    assert said in found.text
    assert "hunter2" not in found.text
