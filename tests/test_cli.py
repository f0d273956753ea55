"""The commands: one sentence on stderr and exit code 2 for what we are asked wrongly, and nothing
changed; 0, 1 or 3 for what was seen."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor.cli import main
from monitor.core.model import Outcome, Slot
from monitor.settings import load_settings
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from probes.site import SITES
from probes.standin.server import StandIn
from tests.observation_schema import OBSERVATION
from tests.rehearsal import now, run_command, running, settings_file, wait_until
from tests.store.samples import VANTAGE, observation, slot

BEGAN = now() - timedelta(seconds=10)
STANDIN_FILE = SITES / "standin.toml"


@dataclass(frozen=True, kw_only=True)
class Left:
    """How a command left."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Left]:
    """Run a command in this process, in an empty folder."""
    for name in [name for name in os.environ if name.startswith("ANEF_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Left:
        monkeypatch.setattr(sys, "argv", ["anef-monitor", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        code = left.value.code
        said = capsys.readouterr()
        return Left(code=code if isinstance(code, int) else 0, out=said.out, err=said.err)

    return run


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content. What SQLite keeps beside a database while
    someone looks at it is not one of ours."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def assert_refused(left: Left, said: str) -> None:
    """One sentence on stderr and nothing else."""
    assert left.code == 2, left.err
    assert left.out == ""
    assert left.err.startswith("anef-monitor: ")
    assert said in left.err
    assert left.err.count("\n") == 1, left.err
    assert "Traceback" not in left.err


STANDIN = f'[site]\nfile = "{STANDIN_FILE}"\n[web]\nport = 0\n[metrics]\nport = 0\n'
UNDER_A_FILE = 'state_dir = "monitor.toml/state"\n' + STANDIN
NOWHERE = STANDIN + '[browser]\nexecutable = "/nowhere/chromium"\n'

BAD: dict[str, tuple[str, tuple[str, ...], str]] = {
    # what is wrong: monitor.toml, the command, what the sentence says
    "unknown key": ("[web]\nprot = 1\n", ("run",), "web.prot; did you mean web.port?"),
    "wrong type": ('[web]\nport = "many"\n', ("run",), "web.port must be a whole number"),
    "not TOML": ("[web\n", ("run",), "is not valid TOML"),
    "unwritable folder": (UNDER_A_FILE, ("run",), "cannot write in"),
    "unwritable folder, db": (UNDER_A_FILE, ("db", "upgrade"), "cannot write in"),
    "missing browser": (NOWHERE, ("run",), "there is no file /nowhere/chromium"),
    "missing browser, check": (NOWHERE, ("check", "portal"), "there is no file /nowhere/chromium"),
    "unknown probe": (STANDIN, ("check", "prtal"), "there is no probe 'prtal': choose among"),
    "component without a probe": (STANDIN, ("check", "tracking"), "there is no probe 'tracking'"),
    "probe without an account": ("", ("check", "category"), "category needs an account"),
    "probe that may not run": ("", ("check", "reset"), "reset is off in the site file"),
    "no contact for a real site": ("", ("check", "portal"), "operator.contact is not set"),
    "impolite interval": (
        '[operator]\ncontact = "a@b.example"\n[schedule]\nintervals = { portal = 5 }\n',
        ("run",),
        "asked every 300 seconds at most",
    ),
    "unknown fault": ("", ("standin", "--fault", "http_5000"), "unknown fault 'http_5000'"),
    "timeline that is not there": ("", ("standin", "--timeline", "no.toml"), "no.toml"),
    "origin without an address": ("", ("check", "portal", "--origin", "portal"), "name=address"),
    "origin without a name": ("", ("check", "portal", "--origin", "=http://a"), "name=address"),
    "unknown origin": ("", ("check", "portal", "--origin", "cdn=http://a"), "no origin named cdn"),
    "origin with a path": (
        STANDIN,
        ("check", "portal", "--origin", "portal=http://127.0.0.1/x"),
        "is not of the form https://host",
    ),
    "site file that is not there": (
        "",
        ("check", "portal", "--site", "no.toml"),
        "cannot read the site file",
    ),
    "settings that are not there": ("", ("run", "--config", "no.toml"), "cannot read no.toml"),
    "evidence under a file": (
        STANDIN,
        ("check", "portal", "--evidence", "monitor.toml/x"),
        "cannot write in",
    ),
    "nothing to back up": (STANDIN, ("db", "backup", "a.tar"), "there is nothing to back up yet"),
    "blobs of another kind": (
        STANDIN + '[blobs]\nurl = "s4://bucket"\n',
        ("run",),
        "only a folder or file://",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_sentence_and_nothing_is_changed(
    case: str, call: Callable[..., Left], tmp_path: Path
) -> None:
    text, arguments, said = BAD[case]
    (tmp_path / "monitor.toml").write_text(text)
    before = snapshot(tmp_path)
    assert_refused(call(*arguments), said)
    assert snapshot(tmp_path) == before


def test_a_secret_file_that_is_not_there_is_named(
    call: Callable[..., Left], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANEF_ACCOUNT__PASSWORD_FILE", "/nowhere/password")
    assert_refused(call("run"), "ANEF_ACCOUNT__PASSWORD_FILE: cannot read /nowhere/password")


def test_a_site_file_with_an_unknown_key_is_named(
    call: Callable[..., Left], tmp_path: Path
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(STANDIN_FILE.read_text().replace("[limits]", "[limits]\ncoffee = 3"))
    assert_refused(call("check", "portal", "--site", file), "limits.coffee")


def test_a_backup_that_is_none_is_refused(call: Callable[..., Left], tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"not a backup")
    assert_refused(call("db", "restore", tmp_path / "a.tar"), "a.tar")


@pytest.mark.parametrize("part", ["web", "metrics"])
def test_a_port_that_is_taken_is_named_and_no_database_is_made(
    part: str, call: Callable[..., Left], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = STANDIN.replace(f"[{part}]\nport = 0", f"[{part}]\nport = {port}")
        (tmp_path / "monitor.toml").write_text(text)
        before = snapshot(tmp_path)
        assert_refused(call("run"), f"cannot listen on 127.0.0.1:{port}")
    assert snapshot(tmp_path) == before


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Settings whose database a newer version of the program made."""
    (tmp_path / "var").mkdir()
    database = tmp_path / "var" / "monitor.sqlite3"
    open_store(sqlite_url(database)).close()
    connection = sqlite3.connect(database)
    connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    connection.commit()
    connection.close()
    (tmp_path / "monitor.toml").write_text(STANDIN)
    return database


@pytest.mark.parametrize("arguments", [("run",), ("db", "upgrade"), ("db", "backup", "a.tar")])
def test_a_database_of_a_newer_version_is_left_alone(
    arguments: tuple[str, ...], call: Callable[..., Left], newer: Path, tmp_path: Path
) -> None:
    before = snapshot(tmp_path)
    assert str(newer.relative_to(tmp_path)) in before
    assert_refused(call(*arguments), "made by a newer version")
    assert snapshot(tmp_path) == before


def test_db_check_says_how_the_database_stands(call: Callable[..., Left], newer: Path) -> None:
    left = call("db", "check")
    assert (left.code, left.out) == (1, "the database is newer\n")
    newer.unlink()
    assert call("db", "check").out == "the database is empty\n"
    assert call("db", "upgrade").code == 0
    assert (call("db", "check").code, newer.is_file()) == (0, True)


def test_the_faults_are_listed_one_a_line(call: Callable[..., Left]) -> None:
    left = call("standin", "--fault", "list")
    assert left.code == 0
    assert len(left.out.splitlines()) >= 30
    assert left.out.startswith("none ")


# check, as a process


def check(standin: StandIn, *arguments: str | Path, folder: Path) -> Any:  # noqa: ANN401  JSON
    origins = [f"--origin={name}={address}" for name, address in standin.origins.items()]
    done = run_command(
        *("check", "portal", "--json", "--site", STANDIN_FILE, *origins, *arguments), folder=folder
    )
    told = json.loads(done.stdout)
    jsonschema.validate(told, OBSERVATION)
    return done.returncode, told


@pytest.mark.parametrize(
    ("fault", "code", "outcomes"),
    [
        ("none", 0, {"up", "degraded"}),
        ("http_503", 1, {"down"}),
        ("forbidden_403", 3, {"blocked"}),
    ],
)
def test_check_prints_one_observation_and_its_exit_code_is_the_outcome(
    fault: str, code: int, outcomes: set[str], standin: StandIn, tmp_path: Path
) -> None:
    standin.set_fault(fault)
    left, told = check(standin, folder=tmp_path)
    assert (left, told["outcome"] in outcomes) == (code, True), told
    assert snapshot(tmp_path) == {}, "check stores nothing"


def test_check_writes_the_evidence_that_it_names(
    standin: StandIn, call: Callable[..., Left], tmp_path: Path
) -> None:
    standin.set_fault("forbidden_403")
    origins = [f"--origin={name}={address}" for name, address in standin.origins.items()]
    arguments = ("portal", "--site", STANDIN_FILE, "--evidence", tmp_path / "seen", "--json")
    told = json.loads(call("check", *arguments, *origins).out)
    folder = tmp_path / "seen" / "attempt-1"
    data = (folder / "manifest.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == told["manifest_sha256"]
    for line in json.loads(data)["files"]:
        assert hashlib.sha256((folder / line["name"]).read_bytes()).hexdigest() == line["sha256"]


def test_check_tells_a_person_the_steps(standin: StandIn, call: Callable[..., Left]) -> None:
    origins = [f"--origin={name}={address}" for name, address in standin.origins.items()]
    left = call("check", "portal", "--site", STANDIN_FILE, *origins)
    assert (left.code, left.err) == (0, "")
    assert "open_portal" in left.out


# backup and restore


def lately(index: int) -> Slot:
    """A slot of the last ten seconds: a start fills in all since then."""
    return replace(slot(index), scheduled_at=BEGAN + index * timedelta(seconds=1))


def filled(folder: Path) -> None:
    """A state with good and failing slots, slots that did not run, and files."""
    blobs = FolderBlobs(folder / "state" / "blobs")
    blobs.put(b"a picture", "image/webp")
    with open_store(sqlite_url(folder / "state" / "monitor.sqlite3")) as store:
        store.register_vantage(VANTAGE)
        for index, outcome in enumerate([Outcome.UP, Outcome.DOWN, Outcome.DOWN, Outcome.UP]):
            store.record(observation(lately(index), outcome))
        store.record_unrun(lately(4), Outcome.MISSED, "off")


def state(folder: Path) -> tuple[object, ...]:
    """All that a store and its blobs hold."""
    with open_store(sqlite_url(folder / "state" / "monitor.sqlite3")) as store:
        records = tuple(store.slots())
        seen = tuple(store.observation(record.sequence) for record in records)
        blobs = FolderBlobs(folder / "state" / "blobs")
        return records, seen, store.incidents(), {name: blobs.get(name) for name in blobs}


def ran(store: Store) -> int:
    return sum(record.started_at is not None for record in store.slots())


def test_a_backup_restored_on_a_clean_folder_is_the_same_and_runs(
    standin: StandIn, call: Callable[..., Left], tmp_path: Path
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        settings_file(standin, folder, intervals={"portal": 1.0})
    (old / "state").mkdir()
    filled(old)
    assert call("db", "backup", tmp_path / "a.tar", "--config", old / "monitor.toml").code == 0
    assert call("db", "restore", tmp_path / "a.tar", "--config", new / "monitor.toml").code == 0
    assert state(new) == state(old)
    restored = new / "state" / "restored"
    assert (restored / "monitor.toml").read_text() == (old / "monitor.toml").read_text()
    assert (restored / "site.toml").read_bytes() == STANDIN_FILE.read_bytes()
    again = call("db", "restore", tmp_path / "a.tar", "--config", new / "monitor.toml")
    assert_refused(again, "is not empty")
    with running(new / "monitor.toml") as monitor:
        monitor.addresses()
        with open_store(load_settings(new / "monitor.toml", {}).store_url) as store:
            before = ran(store)
            wait_until(lambda: ran(store) > before, seconds=60)
            assert monitor.end(signal.SIGTERM) == 0
            sequences = [record.sequence for record in store.slots()]
    assert sequences == list(range(1, len(sequences) + 1))
