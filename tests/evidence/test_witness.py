"""A witness in front of a real server that shows a log, honest or not."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.errors import ConfigurationError
from tests.evidence.attacks import go_on
from tests.evidence.ground import Ground, overwrite
from tests.evidence.workshop import save, slot_line, write_tiles


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Site:
    """A log under an address, and the witness who looks at it."""

    def __init__(self, ground: Ground, folder: Path, address: str) -> None:
        self.ground, self.folder, self.address = ground, folder, address
        self.log = folder / "site" / "log"
        self.state = folder / "witness.json"

    def look(self, *words: str) -> Result:
        command = ["witness", "--log", self.address, "--state", str(self.state), *words]
        return CliRunner().invoke(app, command)

    def show(self, lines: list[bytes], epoch: int = 1) -> None:
        """The operator shows these lines, signed."""
        shutil.rmtree(self.log / "tile", ignore_errors=True)
        write_tiles(self.log, lines)
        note = self.ground.workshop.note(lines, epoch=epoch)
        overwrite(self.log / "checkpoint", note)
        overwrite(self.log / "checkpoints" / f"{epoch}-{len(lines)}", note)
        self.listed(epoch, len(lines))

    def listed(self, epoch: int, size: int) -> None:
        line = json.dumps({"epoch": epoch, "size": size, "stamps": []})
        file = self.log / "checkpoints.jsonl"
        overwrite(file, file.read_bytes() + f"{line}\n".encode())

    def alarms(self) -> list[Path]:
        return sorted(self.folder.glob("witness.alarm-*.json"))


@contextmanager
def serving(handler: object) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/log"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def site(ground: Ground, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "site").mkdir()
    with serving(partial(Quiet, directory=tmp_path / "site")) as address:
        made = Site(ground, tmp_path, address)
        ground.copy("log", tmp_path / "site")
        shutil.copy(ground.keys, made.log / "keys.json")
        (made.log / "checkpoint").unlink()
        made.show([*ground.lines[:300]])
        yield made


def test_the_first_visit_pins_the_key_and_shows_it(site: Site) -> None:
    done = site.look()
    assert done.exit_code == 0
    assert "clé retenue : " in done.stdout
    assert "Comparez cette empreinte" in done.stdout
    assert "première visite : 300 lignes, retenues" in done.stdout
    state = json.loads(site.state.read_bytes())
    assert state["schema"] == "witness/1"
    assert list(state["origins"]) == ["observatoire.example"]


def test_keys_that_are_named_are_not_fetched(site: Site) -> None:
    (site.log / "keys.json").unlink()
    done = site.look("--keys", str(site.ground.keys))
    assert done.exit_code == 0
    assert "clé retenue" not in done.stdout


def test_a_log_that_goes_on_is_told(site: Site) -> None:
    site.look()
    site.show([*site.ground.lines])
    done = site.look()
    assert (done.exit_code, done.stdout) == (
        0,
        "observatoire.example : rien n’a été réécrit : 300 lignes inchangées, 300 nouvelles\n",
    )
    assert "rien de nouveau : 600 lignes" in site.look().stdout
    assert site.look("--quiet").stdout == ""
    assert "nothing new: 600 lines" in site.look("--lang", "en").stdout


@pytest.mark.parametrize("sizes", [(1, 2), (1, 256), (255, 257), (256, 512), (300, 599), (7, 300)])
def test_every_growth_is_proven(site: Site, sizes: tuple[int, int]) -> None:
    for size in sizes:
        site.show([*site.ground.lines[:size]])
        assert site.look().exit_code == 0


def alarm(site: Site, sentence: str, *words: str) -> None:
    held = site.state.read_bytes()
    done = site.look(*words)
    assert done.exit_code == 1
    assert "ALERTE : " in done.stderr
    assert sentence in done.stderr
    assert "ne l’effacez pas" in done.stderr
    assert site.state.read_bytes() == held
    (proof,) = site.alarms()
    kept = json.loads(proof.read_bytes())
    assert kept["shown"] == (site.log / "checkpoint").read_text("utf-8")
    assert kept["held"] in json.loads(held)["origins"].values()


def test_two_histories_of_one_key_raise_the_alarm(site: Site) -> None:
    """A split view: someone else was shown another log."""
    site.look()
    other = [site.ground.lines[0], *(slot_line(n, site.ground.now) for n in range(1, 400))]
    site.show(other)
    alarm(site, "deux histoires signées par la même clé", "--quiet")


def test_two_histories_of_one_size_raise_the_alarm(site: Site) -> None:
    site.look()
    site.show([*site.ground.lines[:299], slot_line(299, site.ground.now, outcome="up")])
    alarm(site, "deux histoires signées par la même clé")


def test_a_removed_line_raises_the_alarm(site: Site) -> None:
    site.look()
    site.show([*site.ground.lines[:100], *site.ground.lines[101:500]])
    alarm(site, "deux histoires signées par la même clé")


def test_a_truncated_log_raises_the_alarm(site: Site) -> None:
    site.look()
    site.show([*site.ground.lines[:250]])
    alarm(site, "le journal a été tronqué : 300 lignes à la dernière visite, 250 aujourd’hui")


def test_a_backup_passed_off_as_the_same_epoch_raises_the_alarm(site: Site) -> None:
    site.look()
    later = [slot_line(n, site.ground.now) for n in range(200, 450)]
    site.show([*site.ground.lines[:200], *later])
    alarm(site, "deux histoires signées par la même clé")


def test_another_key_raises_the_alarm(site: Site) -> None:
    site.look()
    overwrite(site.log / "checkpoint", site.ground.stranger().note(site.ground.lines))
    alarm(site, "le point de contrôle n’est signé par aucune clé publiée")


def test_tiles_that_lie_raise_the_alarm(site: Site) -> None:
    """The checkpoint goes on, the tiles under it do not show that."""
    site.look()
    site.show([*site.ground.lines[:500]])
    (site.log / "tile" / "0" / "001.p" / "244").write_bytes(bytes(32 * 244))
    alarm(site, "les fichiers du journal ne donnent pas le point de contrôle signé")


def test_a_declared_epoch_is_told_with_what_was_lost(site: Site) -> None:
    site.look()
    site.show([*site.ground.lines])
    go_on(site.ground, site.log, 600)
    overwrite(site.log / "checkpoints" / "2-261", (site.log / "checkpoint").read_bytes())
    site.listed(2, 261)
    done = site.look("--quiet")
    assert done.exit_code == 0
    assert (
        "nouvelle époque déclarée après une restauration : 400 lignes publiées ont été perdues, "
        "dont 100 vues à la dernière visite ; 261 lignes" in done.stdout
    )
    assert "rien de nouveau : 261 lignes" in site.look().stdout


def test_an_epoch_that_does_not_name_what_was_seen_raises_the_alarm(site: Site) -> None:
    site.look()
    go_on(site.ground, site.log, 1)
    overwrite(site.log / "checkpoints" / "2-261", (site.log / "checkpoint").read_bytes())
    site.listed(2, 261)
    alarm(site, "sans déclarer le point de contrôle de la dernière visite")


def test_an_epoch_without_any_declaration_raises_the_alarm(site: Site) -> None:
    site.look()
    site.show([*site.ground.lines[:400]], epoch=2)
    alarm(site, "sans déclarer le point de contrôle de la dernière visite")


@pytest.mark.parametrize("name", ["checkpoint", "keys.json"])
def test_what_cannot_be_asked_is_no_verdict(site: Site, name: str) -> None:
    (site.log / name).unlink()
    done = site.look()
    assert done.exit_code == 3
    assert "HTTP 404" in done.stderr
    assert not site.state.exists()


def test_a_missing_tile_is_no_verdict_and_forgets_nothing(site: Site) -> None:
    site.look()
    held = site.state.read_bytes()
    site.show([*site.ground.lines])
    shutil.rmtree(site.log / "tile" / "0")
    done = site.look()
    assert done.exit_code == 3
    assert site.state.read_bytes() == held
    assert site.alarms() == []


def test_nobody_listening_is_no_verdict(tmp_path: Path) -> None:
    words = ["--log", "http://127.0.0.1:9/log", "--state", str(tmp_path / "w.json")]
    done = CliRunner().invoke(app, ["witness", *words])
    assert done.exit_code == 3
    assert "non vérifié : http://127.0.0.1:9/log/keys.json" in done.stderr


class Endless(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * (5 << 20))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_an_endless_answer_is_no_verdict(tmp_path: Path) -> None:
    with serving(Endless) as address:
        words = ["--log", address, "--state", str(tmp_path / "w.json")]
        done = CliRunner().invoke(app, ["witness", *words])
    assert done.exit_code == 3
    assert "longer than" in done.stderr


@pytest.mark.parametrize("memory", [b"", b"{}", b'{"schema":"witness/1"}', b"\xff\xfe"])
def test_a_damaged_memory_is_a_usage_error_and_stays(site: Site, memory: bytes) -> None:
    site.state.write_bytes(memory)
    done = site.look()
    assert isinstance(done.exception, ConfigurationError)
    assert "keep it, it may be evidence" in str(done.exception)
    assert site.state.read_bytes() == memory


def test_the_memory_of_another_log_is_a_usage_error(site: Site) -> None:
    site.look()
    change = json.loads(site.state.read_bytes())
    save(site.state, {**change, "log": "https://elsewhere.example/log"})
    assert "remembers another log" in str(site.look().exception)


def test_an_address_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    words = ["--log", "observatoire.example/log", "--state", str(tmp_path / "w.json")]
    done = CliRunner().invoke(app, ["witness", *words])
    assert isinstance(done.exception, ConfigurationError)
