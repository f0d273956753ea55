"""`alerts test` and `alerts list` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.alerts import Kind, Message, State
from monitor.errors import ConfigurationError
from monitor.store.store import open_store
from tests.alerts.scenes import NOON, plain
from tests.receivers import Mailbox, Webhook, mailbox, webhook

Command = Callable[..., Result]


@pytest.fixture(scope="module")
def receivers() -> Iterator[tuple[Webhook, Mailbox]]:
    with webhook() as hook, mailbox() as box:
        yield hook, box


@pytest.fixture
def command(tmp_path: Path, receivers: tuple[Webhook, Mailbox]) -> Command:
    """Types a command with two targets in the settings, unless others are given."""
    hook, box = receivers
    hook.status = 200
    hook.got.clear()
    box.got.clear()
    both = f'[alerts.targets.hook]\nurl = "{hook.url}"\n[alerts.targets.mail]\nurl = "{box.url}"\n'

    def run(*words: str, targets: str = both) -> Result:
        config = tmp_path / "monitor.toml"
        config.write_text(f'state_dir = "{tmp_path}"\n{targets}', encoding="utf-8")
        return CliRunner().invoke(app, ["alerts", *words, "--config", str(config)])

    return run


def test_every_target_gets_a_message_that_cannot_be_taken_for_an_alert(
    command: Command, receivers: tuple[Webhook, Mailbox]
) -> None:
    result = command("test")
    assert (result.exit_code, result.stdout) == (0, "hook: taken\nmail: taken\n")
    for receiver in receivers:
        (got,) = receiver.got
        assert plain(got.title) == "[ANEF] Essai : ce message n’annonce rien"
        assert got.reference.startswith("test-")


def test_one_target_alone_can_be_tried(
    command: Command, receivers: tuple[Webhook, Mailbox]
) -> None:
    assert command("test", "--target", "mail").stdout == "mail: taken\n"
    assert [len(one.got) for one in receivers] == [0, 1]


def test_a_target_that_did_not_take_it_is_named(
    command: Command, receivers: tuple[Webhook, Mailbox]
) -> None:
    receivers[0].status = 403
    result = command("test", "--json")
    found = json.loads(result.stdout)["targets"]
    assert result.exit_code == 1
    assert found["mail"] == {"taken": True, "error": None}
    assert "403" in found["hook"]["error"]


@pytest.mark.parametrize(
    ("words", "targets", "expected"),
    [
        (["test"], "", "set alerts.targets first"),
        (["test", "--target", "x"], None, "there is no target 'x': choose among hook, mail"),
    ],
)
def test_usage_is_explained(
    command: Command, words: list[str], targets: str | None, expected: str
) -> None:
    result = command(*words) if targets is None else command(*words, targets=targets)
    assert isinstance(result.exception, ConfigurationError)
    assert expected in str(result.exception)


def test_an_address_that_is_none_is_said_without_its_secrets(command: Command) -> None:
    result = command("test", targets='[alerts.targets.team]\nurl = "htp://u:hunter2@x"\n')
    assert result.exit_code == 1
    assert result.stdout.startswith("team: an alert target is no address that Apprise can use")
    assert "hunter2" not in result.output


def test_the_list_says_what_became_of_every_message(command: Command, tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/monitor.sqlite3") as store:
        store.subscribe("team", NOON)
        message = Message(
            target="team", event="opened:login-7", topic="t", kind=Kind.OPENED, not_before=NOON
        )
        store.enqueue([message], now=NOON)
        store.end_sending(2, State.FAILED, now=NOON, error="nobody there")
    (found,) = json.loads(command("list", "--json").stdout)["messages"]
    assert (found["event"], found["state"], found["error"]) == (
        "opened:login-7",
        "failed",
        "nobody there",
    )
    shown = command("list").stdout
    assert "2026-05-05 14:00" in shown
    assert "nobody there" in " ".join(shown.split())
    assert plain(command("list").stdout).count("subscription") == 0
