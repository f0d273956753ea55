"""Delivery to a real SMTP server and a real HTTP endpoint: away, slow, refusing, back again; and a
sender that is killed in the middle."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.courier import Courier
from monitor.alerts.delivery import as_png, fault_of, recipients_of, send
from monitor.alerts.letters import Letters
from monitor.alerts.planner import Planner
from monitor.alerts.words import Text
from monitor.core.alerts import State, Target
from monitor.core.model import Outcome
from monitor.core.quiet import quiet_span
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.alerts.scenes import NOON, Clock, failing_incident, picture, plain
from tests.receivers import Mailbox, Webhook, load_services, mailbox, webhook
from tests.rehearsal import ROOT, environment, wait_until
from tests.store.samples import VANTAGE, observation, slot

Receiver = Webhook | Mailbox
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def services() -> None:
    load_services()


@pytest.fixture(params=[webhook, mailbox])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    with request.param() as found:
        yield found


@dataclass(kw_only=True)
class Office:
    """A store with a courier, and a clock that is turned by hand."""

    store: Store
    clock: Clock
    courier: Courier
    planner: Planner

    def round(self, minutes: float = 0) -> None:
        """Some time later, plan and deliver."""
        self.clock.now += minutes * MINUTE
        self.planner.plan(self.clock())
        self.courier.deliver()

    def states(self) -> dict[str, State]:
        """Of every message, by event."""
        return {one.event: one.state for one in self.store.outbox()}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Makes an office for receivers, by the name of the target."""
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        store.register_vantage(VANTAGE)
        blobs = FolderBlobs(tmp_path / "blobs")
        picture(blobs)

        def make(timeout_seconds: float = 5.0, **receivers: Receiver) -> Office:
            return build(store, blobs, timeout_seconds, **receivers)

        yield make


def build(
    store: Store, blobs: FolderBlobs, timeout_seconds: float, **receivers: Receiver
) -> Office:
    clock = Clock()
    letters = Letters(
        store=store,
        blobs=blobs,
        clock=clock,
        base_url="https://anef.example.org",
        operator="Essai",
        rehearsal=False,
    )
    courier = Courier(
        outbox=store,
        letters=letters,
        urls={name: one.url for name, one in receivers.items()},
        clock=clock,
        timeout_seconds=timeout_seconds,
        give_up=timedelta(days=3),
    )
    targets = tuple(
        Target(name=name, operator=True, since=store.subscribe(name, NOON - 60 * MINUTE))
        for name in receivers
    )
    planner = Planner(store=store, targets=targets, findings=lambda _: ())
    return Office(store=store, clock=clock, courier=courier, planner=planner)


def test_a_message_arrives_whole_with_its_picture(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    failing_incident(desk.store)
    desk.round()
    (got,) = receiver.got
    assert plain(got.title) == "[ANEF] Page d’accueil : ne fonctionne pas"
    assert "https://anef.example.org/incidents/portal-3" in got.body
    assert got.files == (("portal-3.png", "image/png"),)
    assert len(got.reference) == 16
    assert got.reference in got.body
    assert desk.states() == {"opened:portal-3": State.SENT}


def test_beginning_and_end_are_told_once_each_over_any_number_of_rounds_and_restarts(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    failing_incident(desk.store)
    desk.round()
    for index in (3, 4):
        desk.store.record(observation(slot(index), Outcome.UP))
    for _ in range(3):
        desk = office(team=receiver)
        desk.round(20)
        desk.round()
    assert [one.title.partition(": ")[2] for one in receiver.got] == [
        "ne fonctionne pas",
        "fonctionne de nouveau",
    ]
    assert len({one.reference for one in receiver.got}) == 2


def _be_away(receiver: Receiver) -> None:
    receiver.stop()


def _refuse(receiver: Receiver) -> None:
    if isinstance(receiver, Webhook):
        receiver.status = 503
    else:
        receiver.answer = "451 come again later"


def _be_too_slow(receiver: Receiver) -> None:
    _refuse(receiver)
    receiver.delay_seconds = 1.5


@pytest.mark.parametrize("trouble", [_be_away, _refuse, _be_too_slow])
def test_a_receiver_in_trouble_gets_everything_once_it_is_back_in_order_and_once(
    office: Callable[..., Office],
    receiver: Receiver,
    trouble: Callable[[Receiver], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = office(timeout_seconds=1.0, team=receiver)
    failing_incident(desk.store)
    trouble(receiver)
    desk.round()
    for index in (3, 4):
        desk.store.record(observation(slot(index), Outcome.UP))
    desk.round(20)
    assert receiver.got == []
    assert set(desk.states().values()) == {State.PENDING}
    assert "tried again" in caplog.text

    if trouble is _be_away:
        receiver.start()
    receiver.delay_seconds = 0.0
    if isinstance(receiver, Webhook):
        receiver.status = 200
    else:
        receiver.answer = "250 OK"
    for _ in range(3):
        desk.round(90)
    assert [one.title.partition(": ")[2] for one in receiver.got] == [
        "ne fonctionne pas",
        "fonctionne de nouveau",
    ]
    assert set(desk.states().values()) == {State.SENT}


def test_one_target_in_trouble_takes_nothing_from_another(office: Callable[..., Office]) -> None:
    with webhook() as bad, mailbox() as good:
        bad.status = 500
        desk = office(bad=bad, good=good)
        failing_incident(desk.store)
        desk.round()
        assert len(good.got) == 1
        states = {one.target: one.state for one in desk.store.outbox()}
        assert states == {"bad": State.PENDING, "good": State.SENT}


def test_what_no_one_takes_is_given_up_aloud_after_its_days(
    office: Callable[..., Office], receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    desk = office(team=receiver)
    receiver.stop()
    failing_incident(desk.store)
    desk.round()
    for _ in range(3):
        desk.round(60 * 24)
    assert desk.states() == {"opened:portal-3": State.FAILED}
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "alert opened:portal-3 to team is failed" in errors[-1].getMessage()
    desk.round(60)
    assert desk.states() == {"opened:portal-3": State.FAILED}


def test_a_target_that_left_the_settings_is_given_up_aloud(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    failing_incident(desk.store)
    desk.planner.plan(desk.clock())
    replace(desk.courier, urls={}).deliver()
    assert desk.states() == {"opened:portal-3": State.FAILED}


def test_a_message_is_held_in_quiet_hours_and_a_short_incident_gives_one_summary(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    quiet = (quiet_span("14:00-16:00"),)  # noon in UTC is 14:00 in Paris
    (target,) = desk.planner.targets
    desk.planner = replace(desk.planner, targets=(replace(target, quiet=quiet),))
    desk.courier = replace(desk.courier, quiet={"team": quiet})
    failing_incident(desk.store)
    desk.round()
    assert receiver.got == []
    for index in (3, 4):
        desk.store.record(observation(slot(index), Outcome.UP))
    desk.round(20)
    desk.round(60)
    assert receiver.got == []
    desk.round(60)
    assert [one.title.partition(": ")[2] for one in receiver.got] == [
        "un incident a eu lieu et il est terminé"
    ]


def test_an_incident_that_goes_on_is_told_after_quiet_hours(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    quiet = (quiet_span("14:00-16:00"),)
    (target,) = desk.planner.targets
    desk.planner = replace(desk.planner, targets=(replace(target, quiet=quiet),))
    desk.courier = replace(desk.courier, quiet={"team": quiet})
    failing_incident(desk.store)
    desk.round()
    desk.round(150)
    (got,) = receiver.got
    assert "ne fonctionne pas" in got.title
    assert "16\u00a0h\u00a0" in got.body.split("État constaté")[1]


_KILLED = """
import sys
from pathlib import Path
from monitor.store.blobs import FolderBlobs
from monitor.store.store import open_store
from tests.alerts.test_courier import build
from tests.receivers import Webhook

folder, port = Path(sys.argv[1]), int(sys.argv[2])
receiver = Webhook()
receiver.port = port
with open_store(f"sqlite:///{folder}/monitor.sqlite3") as store:
    build(store, FolderBlobs(folder / "blobs"), 60.0, team=receiver).round()
"""


def test_a_sender_killed_between_sending_and_marking_sends_again_with_the_same_reference(
    office: Callable[..., Office], tmp_path: Path
) -> None:
    with webhook() as receiver:
        desk = office(team=receiver)
        failing_incident(desk.store)
        receiver.delay_seconds, receiver.takes_first = 30.0, True
        process = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(tmp_path), str(receiver.port)],
            cwd=ROOT,
            env=environment(),
        )
        wait_until(lambda: receiver.got)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert desk.states() == {"opened:portal-3": State.SENDING}

        receiver.delay_seconds = 0.0
        desk.round(1)
        assert len(receiver.got) == 1, "it may still be on its way"
        desk.round(5)
        first, second = receiver.got
        assert (first.reference, first.title, first.body) == (
            second.reference,
            second.title,
            second.body,
        )
        assert desk.states() == {"opened:portal-3": State.SENT}


def test_a_vantage_that_fell_silent_for_ever_hides_no_later_incident(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    desk.store.register_vantage(replace(VANTAGE, id="gone"))
    for index, outcome in enumerate((Outcome.UP, Outcome.DOWN, Outcome.DOWN)):
        desk.store.record(observation(slot(index, vantage="gone"), outcome))
    desk.round()
    two_days = 2 * 288  # slots of five minutes
    for index, outcome in enumerate((Outcome.UP, Outcome.DOWN, Outcome.DOWN), start=two_days):
        desk.store.record(observation(slot(index), outcome))
    desk.round(2 * 24 * 60)
    assert desk.states() == {"opened:portal-3": State.SENT, "opened:portal-6": State.SENT}
    assert [one.files for one in receiver.got] == [(), ()], "their pictures were not kept"


def test_a_refused_robot_is_told_to_the_operator_and_never_as_an_outage(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    desk = office(team=receiver)
    desk.store.record(observation(slot(0), Outcome.UP))
    desk.store.record(observation(slot(1), Outcome.BLOCKED))
    desk.round()
    desk.round(1)
    (got,) = receiver.got
    assert plain(got.title) == "[ANEF] Page d’accueil : le site refuse notre robot"
    assert "Résultat\u00a0: non connu" in got.body


@pytest.mark.parametrize(
    ("url", "recipients"),
    [
        ("json://127.0.0.1:9/x", 1),
        ("mailto://127.0.0.1/?from=a@example.org&to=b@example.org,c@example.org", 2),
        ("https://example.org/hook", 0),
        ("nonsense", 0),
    ],
)
def test_addresses_are_known_before_anything_is_sent(url: str, recipients: int) -> None:
    assert recipients_of(url) == recipients
    assert (fault_of(url) is None) == (recipients > 0)


def test_an_error_never_holds_the_secrets_of_an_address() -> None:
    text = Text(title="t", body="b")
    for url in (
        "json://user:hunter2@127.0.0.1:9/tok3n",
        "mailto://u:hunter2@127.0.0.1:9/?to=a@b.org&from=c@d.org",
    ):
        error = send(url, text, reference="r", picture=None, timeout_seconds=1.0)
        assert error
        assert "hunter2" not in error
        assert "tok3n" not in error


def test_what_is_no_picture_keeps_no_message_back() -> None:
    assert as_png(b"no picture", "x") is None


def test_a_slow_receiver_within_the_limit_gets_it_once(
    office: Callable[..., Office], receiver: Receiver
) -> None:
    receiver.delay_seconds = 0.5
    desk = office(timeout_seconds=5.0, team=receiver)
    failing_incident(desk.store)
    began = time.monotonic()
    desk.round()
    desk.round(60)
    assert time.monotonic() - began >= 0.5
    assert len(receiver.got) == 1
