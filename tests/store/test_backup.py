"""One file that gives everything back, on either database, or nothing at all."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.core.model import Outcome, Signal, SignalKind
from monitor.core.reclassify import changed
from monitor.core.reviewed import Decision
from monitor.errors import ConfigurationError, StoreError
from monitor.store.archive import verify
from monitor.store.backup import backup, restore
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import parse_url, sqlite_url
from monitor.store.errors import BackupDamaged, BlobDamaged, NewerDatabase, TargetNotEmpty
from monitor.store.migrate import SchemaStatus, check
from monitor.store.store import Store, open_store
from tests.store.samples import VANTAGE, observation, slot

OUTCOMES = (Outcome.UP, Outcome.DOWN, Outcome.DOWN, Outcome.UP, Outcome.UP)
ODD = (Signal(kind=SignalKind.ERROR_TEXT, text="\0 \ud83d é", number=1e-300),)


class Monitor:
    """All that one installation has."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.url = url
        self.blobs = FolderBlobs(folder / "blobs")

    def fill(self) -> None:
        with open_store(self.url) as store:
            store.register_vantage(VANTAGE)
            for index, outcome in enumerate(OUTCOMES):
                store.record(observation(slot(index), outcome, signals=ODD))
            store.record_unrun(slot(9), Outcome.MISSED, "off")
            judge(store)
        for n in range(5):
            self.blobs.put(f"image {n}".encode(), "image/webp")
        (self.folder / "monitor.toml").write_text("[web]\nport = 8601\n")

    def back_up(self, target: Path) -> None:
        files = {"monitor.toml": self.folder / "monitor.toml"}
        backup(self.url, self.blobs, {**files, "sites/x.toml": files["monitor.toml"]}, target)

    def give_back(self, source: Path) -> None:
        restore(source, store_url=self.url, blobs=self.blobs, folder=self.folder)


def judge(store: Store) -> None:
    """Later verdicts and decisions of persons."""
    changes = [changed(record, attempts) for record, attempts in store.judged()]
    store.add_reclassifications([one for one in changes if one], now=slot(20).scheduled_at)
    words = {"by": "M. Durand", "note": "Vu à l’écran."}
    store.add_reviews([2, 3], decision=Decision.OUR_FAULT, now=slot(21).scheduled_at, **words)


def everything(store: Store) -> list[object]:
    lines = list(store.slots())
    details = [store.observation(line.sequence) for line in lines]
    judgements = [store.reclassifications(), store.reviews()]
    assert all(judgements)
    return [store.vantages(), lines, details, store.incidents(), store.latest(), judgements]


@pytest.fixture
def here(tmp_path: Path, url: str) -> Monitor:
    """An installation with a history."""
    monitor = Monitor(tmp_path / "here", url)
    monitor.fill()
    return monitor


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup of a SQLite installation."""
    monitor = Monitor(tmp_path / "saved", sqlite_url(tmp_path / "saved" / "monitor.sqlite3"))
    monitor.fill()
    target = tmp_path / "backup.tar"
    monitor.back_up(target)
    return target


@pytest.fixture
def there(tmp_path: Path) -> Monitor:
    """A clean machine with SQLite."""
    return Monitor(tmp_path / "there", sqlite_url(tmp_path / "there" / "monitor.sqlite3"))


def is_untouched(monitor: Monitor) -> bool:
    return check(monitor.url) is SchemaStatus.EMPTY and list(monitor.blobs) == []


def test_a_clean_sqlite_gets_the_same_state(tmp_path: Path, here: Monitor, there: Monitor) -> None:
    here.back_up(tmp_path / "backup.tar")

    there.give_back(tmp_path / "backup.tar")

    with open_store(here.url) as old, open_store(there.url, migrate=False) as new:
        assert everything(new) == everything(old)


def test_either_backup_fills_either_database(tmp_path: Path, saved: Path, url: str) -> None:
    there = Monitor(tmp_path / "new", url)

    there.give_back(saved)

    old_url = sqlite_url(tmp_path / "saved" / "monitor.sqlite3")
    with open_store(old_url) as old, open_store(url, migrate=False) as new:
        assert everything(new) == everything(old)


def test_a_backup_of_the_restored_is_the_same_to_the_byte(
    tmp_path: Path, saved: Path, url: str
) -> None:
    there = Monitor(tmp_path / "new", url)
    there.give_back(saved)

    there.back_up(tmp_path / "again.tar")

    assert (tmp_path / "again.tar").read_bytes() == saved.read_bytes()


def test_blobs_and_files_come_back(saved: Path, there: Monitor) -> None:
    there.give_back(saved)

    assert sorted(there.blobs.get(name) for name in there.blobs) == [
        f"image {n}".encode() for n in range(5)
    ]
    assert (there.folder / "monitor.toml").read_text() == "[web]\nport = 8601\n"
    assert (there.folder / "sites" / "x.toml").is_file()


def test_recording_goes_on_where_it_was(saved: Path, there: Monitor) -> None:
    there.give_back(saved)

    with open_store(there.url) as store:
        assert store.record(observation(slot(10))).record.sequence == len(OUTCOMES) + 2


def test_a_backup_can_be_taken_while_others_read_and_write(tmp_path: Path, here: Monitor) -> None:
    with open_store(here.url) as store:
        lines = store.slots()
        first = next(lines)
        here.back_up(tmp_path / "backup.tar")
        store.record(observation(slot(20)))
        read = [first, *lines]

    slots = next(one for one in verify(tmp_path / "backup.tar").tables if one.name == "slot")
    assert slots.rows == len(read) == len(OUTCOMES) + 1


def test_only_the_owner_may_read_a_backup(saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0


def test_a_backup_never_replaces_a_file(tmp_path: Path, here: Monitor) -> None:
    target = tmp_path / "backup.tar"
    target.write_text("mine")

    with pytest.raises(StoreError, match="already there"):
        here.back_up(target)

    assert target.read_text() == "mine"


def test_a_failed_backup_leaves_nothing(tmp_path: Path, here: Monitor) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (here.folder / "monitor.toml").unlink()

    with pytest.raises(StoreError, match="cannot read"):
        here.back_up(folder / "backup.tar")

    assert list(folder.iterdir()) == []


def test_damaged_evidence_is_not_backed_up_as_if_it_were_sound(
    tmp_path: Path, here: Monitor
) -> None:
    name = next(iter(here.blobs))
    (here.blobs.path / name[:2] / name[2:]).write_bytes(b"x")

    with pytest.raises(BlobDamaged, match=name):
        here.back_up(tmp_path / "backup.tar")


def test_an_empty_database_is_not_backed_up(tmp_path: Path, there: Monitor) -> None:
    with pytest.raises(ConfigurationError, match="nothing to back up"):
        backup(there.url, there.blobs, {}, tmp_path / "backup.tar")


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/../b", "", "a\\b", "a//b", "."])
def test_a_file_of_a_backup_cannot_leave_its_folder(
    tmp_path: Path, here: Monitor, name: str
) -> None:
    files = {name: here.folder / "monitor.toml"}

    with pytest.raises(StoreError, match="cannot be the name"):
        backup(here.url, here.blobs, files, tmp_path / "backup.tar")


def test_a_database_with_something_in_it_is_refused(saved: Path, here: Monitor) -> None:
    with open_store(here.url) as store:
        before = everything(store)
    for name in list(here.blobs):
        here.blobs.delete(name)

    with pytest.raises(TargetNotEmpty, match="nothing was restored"):
        here.give_back(saved)

    with open_store(here.url) as store:
        assert everything(store) == before


def test_other_evidence_in_the_folder_is_refused(saved: Path, there: Monitor) -> None:
    there.blobs.put(b"something else", "text/plain")

    with pytest.raises(TargetNotEmpty):
        there.give_back(saved)

    assert check(there.url) is SchemaStatus.EMPTY


def test_other_settings_in_the_folder_are_not_replaced(saved: Path, there: Monitor) -> None:
    (there.folder / "monitor.toml").write_text("mine")

    with pytest.raises(TargetNotEmpty, match=r"monitor\.toml"):
        there.give_back(saved)

    assert (there.folder / "monitor.toml").read_text() == "mine"
    assert is_untouched(there)


def test_an_interrupted_restore_can_be_started_again(saved: Path, there: Monitor) -> None:
    there.blobs.put(b"image 1", "image/webp")  # what an interruption leaves: some blobs, no rows
    (there.folder / "monitor.toml").write_text("[web]\nport = 8601\n")

    there.give_back(saved)

    assert check(there.url) is SchemaStatus.CURRENT


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_backup_is_refused(saved: Path, there: Monitor, share: float) -> None:
    data = saved.read_bytes()
    end = len(data.rstrip(b"\0"))
    saved.write_bytes(data[: int(end * share)])

    with pytest.raises(BackupDamaged, match="truncated or altered, nothing was restored"):
        there.give_back(saved)

    assert is_untouched(there)


def test_one_altered_byte_anywhere_in_the_content_is_noticed(saved: Path, there: Monitor) -> None:
    data = saved.read_bytes()
    with tarfile.open(saved) as tar:
        places = [info.offset_data + info.size // 2 for info in tar if info.size]
    for place in places:
        saved.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])

        with pytest.raises(BackupDamaged):
            there.give_back(saved)

    assert len(places) > 10
    assert is_untouched(there)


def rewritten(source: Path, change: Callable[[tarfile.TarFile], None], *, drop: str = "") -> None:
    """Write the backup again without its member ``drop`` and with what ``change`` adds."""
    copy = source.with_suffix(".copy")
    shutil.move(source, copy)
    with tarfile.open(copy) as old, tarfile.open(source, "w") as new:
        change(new)
        for info in old:
            if info.name != drop:
                new.addfile(info, old.extractfile(info))


def add(name: str, kind: bytes = tarfile.REGTYPE) -> Callable[[tarfile.TarFile], None]:
    def change(tar: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = "/etc/passwd"
        info.size = 2 if kind == tarfile.REGTYPE else 0
        tar.addfile(info, BytesIO(b"xx"))

    return change


@pytest.mark.parametrize(
    "change",
    [
        add("files/../../escaped"),
        add("/etc/escaped"),
        add("files/extra.toml"),
        add("elsewhere"),
        add("files/link", tarfile.SYMTYPE),
        add("files/pipe", tarfile.FIFOTYPE),
        add("files/monitor.toml"),
    ],
    ids=["up", "absolute", "not listed", "elsewhere", "link", "pipe", "twice"],
)
def test_a_member_that_does_not_belong_is_refused(
    saved: Path, there: Monitor, change: Callable[[tarfile.TarFile], None]
) -> None:
    rewritten(saved, change)

    with pytest.raises(BackupDamaged):
        there.give_back(saved)

    assert is_untouched(there)


def test_a_member_that_lacks_is_noticed(saved: Path, there: Monitor) -> None:
    rewritten(saved, lambda _tar: None, drop="database/slot.jsonl.gz")

    with pytest.raises(BackupDamaged):
        there.give_back(saved)


def test_a_backup_without_manifest_is_refused(saved: Path, there: Monitor) -> None:
    rewritten(saved, lambda _tar: None, drop="manifest.json")

    with pytest.raises(BackupDamaged, match="cut short"):
        there.give_back(saved)


def test_what_is_no_backup_is_refused(tmp_path: Path, there: Monitor) -> None:
    (tmp_path / "x.tar").write_text("Bonjour " * 1000)

    with pytest.raises(BackupDamaged):
        there.give_back(tmp_path / "x.tar")


def test_a_backup_that_is_not_there_is_said(tmp_path: Path, there: Monitor) -> None:
    with pytest.raises(StoreError, match="cannot read the backup"):
        there.give_back(tmp_path / "x.tar")


def test_a_backup_of_a_newer_version_is_refused(
    saved: Path, there: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved.unlink()
    old = Monitor(there.folder.parent / "old", sqlite_url(there.folder.parent / "old.sqlite3"))
    old.fill()
    monkeypatch.setattr("monitor.store.backup.head_revision", lambda: "9999")
    old.back_up(saved)

    with pytest.raises(NewerDatabase, match="newer version of anef-monitor, nothing was changed"):
        there.give_back(saved)

    assert is_untouched(there)


def test_a_newer_database_is_not_backed_up(tmp_path: Path, here: Monitor) -> None:
    engine = create_engine(parse_url(here.url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(NewerDatabase):
        here.back_up(tmp_path / "backup.tar")
