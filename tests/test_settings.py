"""Settings: layers, refusals, the pages written from the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from monitor import settings as settings_module
from monitor import settings_docs
from monitor.app import secrets_of
from monitor.errors import ConfigurationError
from monitor.settings import TABLE, Settings, load_settings
from monitor.settings_alerts import AlertTarget
from probes import site

DOCS = Path(__file__).parent.parent / "docs"


def _load(folder: Path, toml: str = "", **environ: str) -> Settings:
    file = folder / "monitor.toml"
    file.write_text(toml, encoding="utf-8")
    return load_settings(file, environ)


def _refusal(folder: Path, toml: str = "", **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        _load(folder, toml, **environ)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_anything_the_defaults_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={})
    assert settings.state_dir == tmp_path / "var"
    assert settings.store_url == f"sqlite:///{tmp_path}/var/monitor.sqlite3"
    assert settings.blobs_url == f"{tmp_path}/var/blobs"
    assert settings.kill_switch == tmp_path / "var" / "STOP"
    assert settings.site_file == site.SITES / "anef.toml"
    assert settings.schedule.probes == ("portal", "login")


def test_the_folder_of_the_site_files_is_that_of_the_probes() -> None:
    assert settings_module.SITES == site.SITES


def test_the_file_in_the_working_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "monitor.toml").write_text("[web]\nport = 8601\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings(environ={}).web.port == 8601


def test_the_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("[web]\nport = 8602\n", encoding="utf-8")
    assert load_settings(environ={"ANEF_SETTINGS": str(file)}).web.port == 8602


def test_each_layer_covers_the_one_before(tmp_path: Path) -> None:
    toml = '[account]\nnumber = "file"\npassword = "file"\n[web]\nport = 8601\n'
    secret = tmp_path / "secret"
    secret.write_text("from a secret file\n", encoding="utf-8")
    settings = _load(
        tmp_path,
        toml,
        ANEF_ACCOUNT__NUMBER="environment",
        ANEF_ACCOUNT__PASSWORD="environment",
        ANEF_ACCOUNT__PASSWORD_FILE=str(secret),
    )
    assert settings.web.port == 8601
    assert settings.account.number == "environment"
    assert settings.account.password == SecretStr("from a secret file")


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("ANEF_MAILBOX__IMAP_TLS", "false", lambda s: s.mailbox.imap_tls is False),
        ("ANEF_VANTAGE__ASN", "3215", lambda s: s.vantage.asn == 3215),
        ("ANEF_CLOCK__TIMEOUT_SECONDS", "0.5", lambda s: s.clock.timeout_seconds == 0.5),
        ("ANEF_SCHEDULE__PROBES", "portal, reset", lambda s: "reset" in s.schedule.probes),
        ("ANEF_SCHEDULE__INTERVALS__LOGIN", "600", lambda s: s.schedule.intervals["login"] == 600),
        ("ANEF_SITE__ORIGINS__SSO", "http://[::1]:1", lambda s: "sso" in s.site.origins),
        ("ANEF_SITE__FILE", "/x.toml", lambda s: s.site_file == Path("/x.toml")),
    ],
)
def test_the_environment_gives_values_of_every_kind(
    tmp_path: Path, name: str, text: str, read: object
) -> None:
    assert callable(read)
    assert read(_load(tmp_path, **{name: text}))


def test_an_entry_of_a_table_joins_those_of_the_file(tmp_path: Path) -> None:
    toml = "[schedule.intervals]\nportal = 400\nlogin = 900\n"
    settings = _load(tmp_path, toml, ANEF_SCHEDULE__INTERVALS__LOGIN="700")
    assert settings.schedule.intervals == {"portal": 400, "login": 700}


TEAM = '[alerts.targets.team]\nurl = "json://x/"\n'


def test_an_alert_target_is_a_table_and_its_address_can_be_a_secret_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("json://127.0.0.1/s3cret\n", encoding="utf-8")
    settings = _load(
        tmp_path,
        '[alerts.targets.team]\naudience = "all"\nurl = "json://x/"\n',
        ANEF_ALERTS__TARGETS__TEAM__URL="json://environment/",
        ANEF_ALERTS__TARGETS__TEAM__URL_FILE=str(secret),
        ANEF_ALERTS__TARGETS__TEAM__COMPONENTS="portal, login",
        ANEF_ALERTS__TARGETS__PRESS__URL_FILE=str(secret),
    )
    team = settings.alerts.targets["team"]
    assert team.url == SecretStr("json://127.0.0.1/s3cret")
    assert (team.audience, team.components) == ("all", ("portal", "login"))
    assert settings.alerts.targets["press"].audience == "public"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ('[alerts.targets.team]\naudience = "all"\n', "alerts.targets.team.url is needed and not"),
        ("[alerts.targets.team]\nurl = 5551234\n", "alerts.targets.team.url must be text in"),
        (TEAM + 'audience = "them"\n', "must be one of 'public', 'operator' or 'all'"),
        (TEAM + 'quiet = ["22-7"]\n', "quiet must be written as 22:00-07:00, not 22-7"),
        (TEAM + "quite = []\n", "alerts.targets.team.quite is no setting"),
        (TEAM + "minimum_minutes = -2\n", "minimum_minutes must be 0 or more"),
        (TEAM + 'components = ["portail"]\n', "portail is not one of portal, login"),
        (TEAM.replace("team", "Team"), "use small letters, digits and hyphens"),
        ('[alerts.targets]\nteam = "json://x/"\n', "targets.team must be a table of its own"),
        ('[alerts]\npassword_expires = "31/03/2027"\n', "must be a day written as 2027-03-31"),
    ],
)
def test_a_faulty_alert_target_is_explained_without_its_address(
    tmp_path: Path, toml: str, expected: str
) -> None:
    said = _refusal(tmp_path, toml)
    assert expected in said
    assert "5551234" not in said


def test_every_setting_of_an_alert_target_is_on_the_page() -> None:
    page = (DOCS / settings_docs.PAGE).read_text(encoding="utf-8")
    section = page.partition("## `[alerts.targets.NAME]`")[2]
    assert [name for name in AlertTarget.model_fields if f"| `{name}` |" not in section] == []


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    settings = _load(tmp_path, 'state_dir = "state"\n[site]\nfile = "mine.toml"\n')
    assert settings.state_dir == tmp_path / "state"
    assert settings.site_file == tmp_path / "mine.toml"


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("[web]\nprot = 1", "there is no setting web.prot; did you mean web.port?"),
        ("[wbe]\nport = 1", "there is no setting wbe; did you mean web?"),
        ("state-dir = 'x'", "there is no setting state-dir; did you mean state_dir?"),
        ("zzzzzz = 1", "there is no setting zzzzzz; see docs/settings.md"),
        ("web = 3", "web must be a table, written as [web]"),
        ("[store.url]\nx = 1", "store.url must be text in quotes"),
        ("[web]\nport = 'x'", "web.port must be a whole number, not 'x'"),
        ("[web]\nport = true", "web.port must be a number, not True"),
        ("[web]\nport = 65536", "web.port must be 65535 or less, not 65536"),
        ("[web]\nhost = 1", "web.host must be text in quotes, not 1"),
        ("[web]\npublic_url = 'x.org'", "web.public_url does not have the right form"),
        ("[mailbox]\nimap_tls = 'maybe'", "mailbox.imap_tls must be true or false, not 'maybe'"),
        ("[clock]\ntimeout_seconds = 'soon'", "clock.timeout_seconds must be a number"),
        ("[clock]\ntimeout_seconds = 0", "clock.timeout_seconds must be more than 0, not 0"),
        ("[clock]\nntp_servers = 'one'", "clock.ntp_servers must be a list"),
        ("[clock]\nntp_servers = ['one']", "clock.ntp_servers needs at least 2 of them"),
        ("[browser]\nkind = 'firefox'", "must be one of auto, headless-shell, chromium"),
        ("[evidence]\nkeep_good_days = 0", "evidence.keep_good_days must be 1 or more, not 0"),
        ("state_dir = 3", "state_dir must be a path in quotes, not 3"),
        ("[schedule]\nprobes = []", "schedule.probes needs at least 1 of them"),
        ("[schedule]\nprobes = ['portl']", "portl is not one of portal, login"),
        ("[schedule]\nprobes = [1]", "schedule.probes must be text in quotes"),
        ("[schedule]\nintervals = 3", "schedule.intervals must be a table"),
        ("[schedule]\nintervals = { portal = 'x' }", "intervals.portal must be a number, not 'x'"),
        ("[schedule]\nintervals = { portl = 3 }", "portl is not one of portal"),
        ("[control]\nreferences = ['https://a.org']", "control.references needs at least 3"),
        ("[control]\nreferences = ['http://a.org','b','c']", "http://a.org is not an https://"),
        ("[account]\nnumber = '1'", "account needs both account.number and account.password"),
        ("[mailbox]\nimap_host = 'h'", "so it needs username and password too"),
        ("a = [", "is not valid TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_in_one_sentence(
    tmp_path: Path, toml: str, expected: str
) -> None:
    message = _refusal(tmp_path, toml)
    assert message.startswith(str(tmp_path / "monitor.toml"))
    assert expected in message


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("ANEF_WEB__PRT", "1", "ANEF_WEB__PRT names no setting; did you mean ANEF_WEB__PORT?"),
        ("ANEF_WEB__PORT_FILE", "/f", "ANEF_WEB__PORT_FILE names no setting; did you mean"),
        ("ANEF_WEB", "1", "ANEF_WEB names no setting"),
        ("ANEF_WEB__PORT", "x", "ANEF_WEB__PORT: web.port must be a whole number, not 'x'"),
        ("ANEF_ACCOUNT__PASSWORD", "", "ANEF_ACCOUNT__PASSWORD: account.password must not be"),
        ("ANEF_ACCOUNT__PASSWORD_FILE", "/no/file", "cannot read /no/file: No such file"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_in_one_sentence(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    assert expected in _refusal(tmp_path, **{name: text})


@pytest.mark.parametrize(
    ("content", "expected"), [(b" \n", "is empty"), (b"\xff\xfe", "is not UTF-8 text")]
)
def test_a_secret_file_must_hold_text(tmp_path: Path, content: bytes, expected: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    message = _refusal(tmp_path, ANEF_MAILBOX__PASSWORD_FILE=str(secret))
    assert message == f"ANEF_MAILBOX__PASSWORD_FILE: the file {secret} {expected}"


def test_a_folder_is_not_a_secret_file(tmp_path: Path) -> None:
    message = _refusal(tmp_path, ANEF_MAILBOX__PASSWORD_FILE=str(tmp_path))
    assert message.endswith(f"cannot read {tmp_path}: Is a directory")


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*: No such file or directory"):
        load_settings(tmp_path / "none.toml", {})


def test_a_file_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_bytes("[operator]\nname = 'é'".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        load_settings(tmp_path / "monitor.toml", {})


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    assert _load(tmp_path, PATH="/bin", ANEFX="1", ANEF="2") == _load(tmp_path)


@pytest.mark.parametrize("toml", ["password = 'hunter2'", "password = ['hunter2']"])
def test_a_secret_is_in_no_message(tmp_path: Path, toml: str) -> None:
    assert "hunter2" not in _refusal(tmp_path, f"[account]\n{toml}")


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    toml = "[account]\nnumber = '9900112233'\npassword = 'hunter2'\n"
    settings = _load(tmp_path, toml + "[store]\nurl = 'postgresql://u:hunter2@h/d'")
    assert "hunter2" not in repr(settings)
    assert "9900112233" not in repr(settings)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().web.port = 1  # type: ignore[misc]  # what the test is about


def test_secrets_have_no_default() -> None:
    assert all(row.default is None for row in TABLE if row.kind == "secret")


def test_every_setting_has_a_description() -> None:
    assert [row.name for row in TABLE if not row.description.endswith(".")] == []


def test_no_two_settings_share_a_variable() -> None:
    names = [n for row in TABLE for n in (row.environment, row.environment_file) if n]
    assert len(names) == len(set(names))


def test_the_reference_page_is_up_to_date() -> None:
    assert (DOCS / settings_docs.PAGE).read_text(encoding="utf-8") == settings_docs.page()


def test_the_reference_page_names_every_setting() -> None:
    page = (DOCS / settings_docs.PAGE).read_text(encoding="utf-8")
    assert [row.name for row in TABLE if f"| `{row.environment}` |" not in page] == []


def test_the_example_file_is_up_to_date() -> None:
    assert (DOCS / settings_docs.EXAMPLE).read_text(encoding="utf-8") == settings_docs.example()


def test_the_example_file_changes_nothing(tmp_path: Path) -> None:
    assert _load(tmp_path, settings_docs.example()) == _load(tmp_path)


def test_the_example_file_with_every_line_used_is_valid(tmp_path: Path) -> None:
    used = re.sub(r"^# (\w+ = )", r"\1", settings_docs.example(), flags=re.MULTILINE)
    assert len(re.findall(r"^\w+ = ", used, flags=re.MULTILINE)) == len(TABLE)
    _load(tmp_path, used)


def test_every_secret_is_kept_out_of_the_evidence(tmp_path: Path) -> None:
    secrets = [one for one in TABLE if one.kind == "secret"]
    values = {one.environment: f"hidden in {one.name}" for one in secrets}
    needed = {"ANEF_ACCOUNT__NUMBER": "9900000001", "ANEF_DOCUMENTS__PKCS12": "key.p12"}
    held = secrets_of(_load(tmp_path, **values, **needed))
    assert len(values) > 4
    assert set(values.values()) <= set(held)
