"""A running monitor, and a stranger who trusts only what can be checked: as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.authority import rehearsal_authority
from tests.rehearsal import ROOT, run_command, running, settings_file, wait_until


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A monitor that runs and has seen an outage, its address, and the stranger's own folder."""

    config: Path
    site: str
    desk: Path

    @property
    def log(self) -> str:
        return f"{self.site}/log"

    def stamped(self) -> list[dict[str, Any]]:
        """The published checkpoints that have a stamp."""
        answer = httpx.get(f"{self.log}/checkpoints.jsonl")
        lines = map(json.loads, answer.text.splitlines()) if answer.is_success else ()
        return [line for line in lines if line["stamps"]]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, desk = tmp_path_factory.mktemp("monitor"), tmp_path_factory.mktemp("desk")
    with (
        rehearsal_authority(folder / "tsa") as authority,
        standin_thread(StandIn(portal_port=0, sso_port=0)) as standin,
    ):
        standin.set_fault("http_503")
        authority.embed_chain = True
        (folder / "roots.pem").write_text("".join(authority.authority().roots_pem))
        config = settings_file(
            standin,
            folder,
            intervals={"portal": 2},
            more=f"""[evidence]
checkpoint_minutes = 0.05
log_name = "observatoire.example"
[evidence.authorities.repetition]
url = "{authority.url}"
roots = "{folder / "roots.pem"}"
""",
        )
        with running(config) as monitor:
            site, _ = monitor.addresses()
            made = Scene(config=config, site=site.rstrip("/"), desk=desk)
            wait_until(lambda: any(line["size"] >= 3 for line in made.stamped()), seconds=140)
            keys = httpx.get(f"{made.site}/keys.json")
            (desk / "keys.json").write_bytes(keys.content)
            yield made


def test_a_witness_follows_the_running_monitor(scene: Scene) -> None:
    state = scene.desk / "witness.json"
    words = ("witness", "--log", scene.log, "--state", state)
    first = run_command(*words)
    assert (first.returncode, first.stderr) == (0, "")
    assert "clé retenue" in first.stdout
    size = json.loads(state.read_bytes())["origins"]["observatoire.example"].splitlines()[1]
    wait_until(lambda: httpx.get(f"{scene.log}/checkpoint").text.splitlines()[1] != size)
    again = run_command(*words)
    assert (again.returncode, again.stderr) == (0, "")
    assert f"rien n’a été réécrit : {size} lignes inchangées" in again.stdout


def test_the_site_offers_the_verifier(scene: Scene) -> None:
    offered = httpx.get(f"{scene.site}/verify.py")
    assert offered.headers["content-disposition"] == 'attachment; filename="verify.py"'
    assert offered.content == (ROOT / "verify.py").read_bytes()


def test_the_exported_log_verifies(scene: Scene) -> None:
    folder = scene.desk / "log"
    assert run_command("log", "export", "--to", folder, "--config", scene.config).returncode == 0
    done = run_command("verify", folder, "--keys", scene.desk / "keys.json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "aucun relevé antidaté" in done.stdout


def test_the_proof_of_a_slot_and_of_a_range_verify(scene: Scene) -> None:
    for name, words in (("slot", ("1",)), ("range", ("1", "--until", "2"))):
        made = run_command("log", "proof", *words, "--config", scene.config)
        assert (made.returncode, made.stderr) == (0, "")
        (scene.desk / f"{name}.json").write_text(made.stdout, encoding="utf-8")
        done = run_command(
            "verify", scene.desk / f"{name}.json", "--keys", scene.desk / "keys.json"
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_bundle_of_the_outage_verifies(scene: Scene) -> None:
    folder = scene.desk / "bundle"
    words = ("bundle", "extract", "1", "--to", folder, "--config", scene.config)
    assert run_command(*words).returncode == 0
    done = run_command("verify", folder, "--keys", scene.desk / "keys.json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "celui du relevé 1 (portal, down)" in done.stdout
