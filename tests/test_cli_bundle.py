"""``bundle show|extract|disclose`` and ``retention``, as they are typed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.app import commitments_file, open_watch, site_of, vantage_of
from monitor.cli import main
from monitor.core.model import Outcome, Slot
from monitor.cycle import observe_slot
from monitor.evidence.commitments import Commitments
from monitor.evidence.keys import init_keys, load_keys
from monitor.evidence.log import TransparencyLog
from monitor.evidence.trust import Trust
from monitor.evidence.verify import verify_bundle
from monitor.keeper import Keeper
from monitor.settings import load_settings
from monitor.store.blobs import FolderBlobs
from monitor.store.store import open_store
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.rehearsal import now, settings_file


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A stored failing run (slot 1), a good one (2), one that was missed (3)."""

    config: Path
    blobs: FolderBlobs

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        """A command, run in this process: exit code, output, complaint."""
        typed = ["anef-monitor", *map(str, arguments), "--config", str(self.config)]
        out, complaint = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", typed)
            with (
                redirect_stdout(out),
                redirect_stderr(complaint),
                pytest.raises(SystemExit) as left,
            ):
                main()
        return int(left.value.code or 0), out.getvalue(), complaint.getvalue()

    def json(self, *arguments: str | Path) -> dict[str, Any]:
        """What a command prints for machines."""
        code, out, complaint = self.run(*arguments, "--json")
        assert code in (0, 1), complaint
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as opened:
        yield opened


@pytest.fixture(scope="module")
def ground(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return asyncio.run(filled(standin, tmp_path_factory.mktemp("bundles")))


async def filled(standin: StandIn, folder: Path) -> Ground:
    """Two runs that took place, and one that did not."""
    config = settings_file(standin, folder, intervals={"portal": 300})
    settings = load_settings(config)
    settings.state_dir.mkdir()
    blobs = FolderBlobs(Path(settings.blobs_url))
    with open_store(settings.store_url) as store:
        store.register_vantage(vantage_of(settings))
        keeper = Keeper(store, blobs, lambda _kept: None)
        commitments = Commitments(commitments_file(settings))
        async with open_watch(settings, site_of(settings), commitments) as watch:
            for fault in ("http_503", "none"):
                standin.set_fault(fault)
                await keeper.keep(await observe_slot(planned(), watch))
        store.record_unrun(planned(), Outcome.MISSED, "off")
    return Ground(config=config, blobs=blobs)


def planned() -> Slot:
    return Slot(component="portal", vantage="local", scheduled_at=now(), interval_seconds=300)


def test_show_prints_every_point_of_the_record(ground: Ground) -> None:
    code, out, _ = ground.run("bundle", "show", "1")
    assert code == 0
    for word in (
        *("down, rule http_5xx", "attempt 2 of 2", "fresh context", "no proxy", "resolvers"),
        *("machine", "browser", "program", "commit", "clock", "non mesuré", "host name"),
        *("private: commitment", "open_portal", "network.har", "present", "connection"),
        *("no TLS", "scheduled", "vantage", "constat de commissaire"),
    ):
        assert word in out, word


def test_show_by_the_manifests_hash_is_the_same(ground: Ground) -> None:
    by_number = ground.json("bundle", "show", "1", "--attempt", "1")
    assert by_number["attempt"] == 1
    assert ground.json("bundle", "show", by_number["manifest_sha256"]) == by_number
    assert ground.json("bundle", "show", by_number["manifest_sha256"][:12]) == by_number


def test_extract_gives_files_that_are_what_the_manifest_says(
    ground: Ground, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    code, out, _ = ground.run("bundle", "extract", "1", "--to", folder)
    assert code == 0
    assert str(folder) in out
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for line in manifest["files"]:
        data = (folder / line["name"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (line["sha256"], line["size"])
    written = {file.name for file in folder.iterdir()} - {"manifest.json", "proof.json"}
    assert written == {line["name"] for line in manifest["files"]}


def test_what_was_extracted_verifies_with_the_published_keys(
    ground: Ground, tmp_path: Path
) -> None:
    settings = load_settings(ground.config)
    keys = settings.state_dir / "keys"
    ring = load_keys(keys) or init_keys(keys, "essai.invalid/log", now())
    with open_store(settings.store_url) as store:
        log_folder = settings.state_dir / "log"
        TransparencyLog(store, ring, site="standin", folder=log_folder, clock=now).checkpoint()
    code, _, complaint = ground.run("bundle", "extract", "1", "--to", tmp_path / "out")
    assert (code, complaint) == (0, "")
    report = verify_bundle(tmp_path / "out", Trust.load(keys / "keys.json"))
    failed = {check.name for check in report.checks if not check.passed}
    assert failed == {"stamp"}, "no authority stamps here, and that is said"
    (tmp_path / "out" / "network.har").write_bytes(b"{}")
    report = verify_bundle(tmp_path / "out", Trust.load(keys / "keys.json"))
    assert {check.name for check in report.checks if not check.passed} > {"stamp"}


def test_extract_never_overwrites(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    code, _, complaint = ground.run("bundle", "extract", "1", "--to", tmp_path)
    assert (code, complaint.count("\n")) == (2, 1)
    assert "not empty" in complaint
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_disclose_opens_a_commitment_of_the_manifest(ground: Ground) -> None:
    (opening,) = ground.json("bundle", "disclose", "1", "--only", "host_name")["openings"]
    text = f"{opening['salt']}:host_name:{opening['value']}"
    commitment = hashlib.sha256(text.encode()).hexdigest()
    manifest = ground.json("bundle", "show", "1")["manifest"]
    assert manifest["private"]["commitments"]["host_name"] == commitment
    assert opening["value"] not in json.dumps(manifest["private"])


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("show", "99"), 2, "there is no slot 99"),
        (("show", "3"), 3, "it did not run, missed (off)"),
        (("show", "1", "--attempt", "3"), 2, "has 2 attempts"),
        (("show", "abcdef0123456789"), 2, "no bundle has a manifest"),
        (("show", "../etc/passwd"), 2, "give the number of a slot"),
        (("disclose", "1", "--only", "shoe_size"), 2, "can be opened"),
    ],
)
def test_a_name_that_names_nothing_is_one_sentence(
    ground: Ground, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    found, out, complaint = ground.run("bundle", *arguments)
    assert (found, out, complaint.count("\n")) == (code, "", 1)
    assert sentence in complaint


def test_retention_says_what_it_would_do(ground: Ground) -> None:
    code, out, complaint = ground.run("retention", "--dry-run")
    assert (code, complaint) == (0, "")
    assert "0 runs would lose their files" in out
    assert ground.json("retention")["files"] == 0


def test_what_is_missing_or_altered_is_named_and_exits_with_1(
    ground: Ground, tmp_path: Path
) -> None:
    files = {file["name"]: file for file in ground.json("bundle", "show", "2")["files"]}
    lost, altered = files["network.har"]["sha256"], files["01-open_portal.txt"]["sha256"]
    kept = {name: ground.blobs.get(name) for name in (lost, altered)}
    ground.blobs.delete(lost)
    (ground.blobs.path / altered[:2] / altered[2:]).write_bytes(b"other")
    try:
        code, out, _ = ground.run("bundle", "show", "2")
        assert code == 1
        assert "not whole" in out
        found = {f["name"]: f["state"] for f in ground.json("bundle", "show", "2")["files"]}
        assert (found["network.har"], found["01-open_portal.txt"]) == ("missing", "altered")
        code, _, _ = ground.run("bundle", "extract", "2", "--to", tmp_path / "out")
        assert code == 1
        assert not (tmp_path / "out" / "01-open_portal.txt").exists()
    finally:
        for name, data in kept.items():
            ground.blobs.delete(name)
            ground.blobs.put(data, "text/plain")
