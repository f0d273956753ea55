"""One honest bundle, proof and log for all tests of verification, and the attackers' tools."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from monitor.app import open_watch, site_of, vantage_of
from monitor.cli import app
from monitor.core.checkpoint import CERTIFICATE
from monitor.core.model import Outcome, Slot
from monitor.cycle import observe_slot
from monitor.evidence.keys import init_keys
from monitor.evidence.log import TransparencyLog
from monitor.evidence.log_files import LogFiles
from monitor.evidence.timestamp import Stamp, ask
from monitor.keeper import Keeper
from monitor.logkeeping import published_authorities
from monitor.settings import Settings, load_settings
from monitor.store.blobs import FolderBlobs
from monitor.store.store import Store, open_store
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.authority import RehearsalAuthority, rehearsal_authority, utc_now
from tests.evidence.workshop import NAME, Stamper, Workshop, save
from tests.rehearsal import settings_file
from tests.store.samples import observation

SIZES = (1, 300, 600)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What an honest operator published. ``workshop`` holds the operator's own key."""

    folder: Path
    workshop: Workshop
    authority: RehearsalAuthority
    stamp: Stamper
    lines: tuple[bytes, ...]
    now: datetime

    @property
    def keys(self) -> Path:
        """The published key file."""
        return self.folder / "keys.json"

    def copy(self, name: str, target: Path) -> Path:
        """A copy to spoil of ``bundle``, ``log``, ``proof.json`` or ``range.json``."""
        source = self.folder / name
        if source.is_dir():
            return shutil.copytree(source, target / name, copy_function=os.link)
        return Path(shutil.copy(source, target / name))

    def stranger(self) -> Workshop:
        """Another key under the same name."""
        return replace(self.workshop, key=Ed25519PrivateKey.generate())


@contextmanager
def honest_ground(folder: Path) -> Iterator[Ground]:
    """Watch the rehearsal site while it fails, record, sign, stamp and publish: all of it by the
    program itself, with stamps of a real authority."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        rehearsal_authority(folder / "tsa") as authority,
        httpx.Client() as client,
        standin_thread(StandIn(portal_port=0, sso_port=0)) as standin,
    ):

        def stamp(data: bytes) -> Stamp:
            return ask(authority.authority(), data, client, utc_now)

        config = settings_file(standin, folder, intervals={"portal": 300})
        settings = load_settings(config)
        settings.state_dir.mkdir()
        ring = init_keys(settings.state_dir / "keys", NAME, utc_now())
        ring = ring.with_authorities(published_authorities([authority.authority()]))
        began = utc_now()
        with open_store(settings.store_url) as store:
            log = TransparencyLog(
                store,
                ring,
                site="standin",
                folder=settings.state_dir / "log",
                clock=utc_now,
                authorities=(authority.authority().id,),
            )
            _sign(log, store, stamp)
            asyncio.run(_observe(settings, store, standin))
            for size in SIZES[1:]:
                _fill(store, size, began)
                _sign(log, store, stamp)
            lines = tuple(text.encode() for text in log.leaves(0, SIZES[-1]))
            save(folder / "proof.json", log.proof_of_slot(1))
            save(folder / "range.json", log.proof_of_range(5, 404))
            LogFiles(log, store).export(folder / "log")
        shutil.copy(settings.state_dir / "keys" / "keys.json", folder / "keys.json")
        typed = ["bundle", "extract", "1", "--to", folder / "bundle", "--config", config]
        done = CliRunner().invoke(app, [*map(str, typed)])
        assert done.exit_code == 0, done.output
        yield Ground(
            folder=folder,
            workshop=Workshop(key=ring.signer().private),
            authority=authority,
            stamp=stamp,
            lines=lines,
            now=utc_now(),
        )


async def _observe(settings: Settings, store: Store, standin: StandIn) -> None:
    """A real browser looks at a page that answers 503."""
    store.register_vantage(vantage_of(settings))
    keeper = Keeper(store, FolderBlobs(Path(settings.blobs_url)), lambda _kept: None)
    standin.set_fault("http_503")
    planned = Slot(
        component="portal", vantage="local", scheduled_at=utc_now(), interval_seconds=300
    )
    async with open_watch(settings, site_of(settings)) as watch:
        await keeper.keep(await observe_slot(planned, watch))


def _fill(store: Store, size: int, began: datetime) -> None:
    """Records of other looks, until the log has so many lines."""
    for number in range(store.log_size(), size):
        at = began - timedelta(seconds=600 - number)
        planned = Slot(component="login", vantage="local", scheduled_at=at, interval_seconds=300)
        store.record(observation(planned, Outcome.DOWN if number % 3 else Outcome.UP))


def _sign(log: TransparencyLog, store: Store, stamp: Stamper) -> None:
    """A checkpoint of all that there is, and its stamp."""
    log.checkpoint(CERTIFICATE)
    for one, made in store.due_stamps(utc_now()):
        got = stamp(made.note.encode())
        store.keep_stamp(
            one.number,
            request=got.request,
            response=got.response,
            generated_at=got.generated_at,
            now=utc_now(),
        )


def overwrite(file: Path, data: bytes) -> None:
    """Other bytes under this name. The honest file may be linked to it: it stays."""
    file.unlink(missing_ok=True)
    file.write_bytes(data)


def change(file: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Edit a JSON file."""
    value = json.loads(file.read_bytes())
    edit(value)
    overwrite(file, json.dumps(value, ensure_ascii=False).encode())


def flip(file: Path, place: int = 0) -> None:
    """Turn over one bit of one byte."""
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    overwrite(file, bytes(data))
