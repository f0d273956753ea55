"""A monitor in small with all that a document needs for real: store, log, authority, signing key.

Its ledger ends now, since a real authority stamps with the real time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pikepdf

from monitor.certificates.build import outage_report
from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.document_key import make_document_key
from monitor.certificates.issue import Press
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.certificates.sign import DocumentSigner, Level
from monitor.certificates.verify import verify_document
from monitor.core.attempts import DeclaredAttempt
from monitor.evidence.keys import KEYS_FILE, init_keys
from monitor.evidence.log import TransparencyLog
from monitor.evidence.report import Report
from monitor.evidence.timestamp import ask
from monitor.evidence.trust import Trust
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.authority import RehearsalAuthority, rehearsal_authority, utc_now
from tests.certificates.scenes import BEGIN, INTERVAL, ISSUER, LIVE, at, fill

WORD = "UU" + "U" * 20 + "DDD" + "U" * 5 + "D" + "U" * 8 + "MMM" + "U" * 6
MANY = 50
QUIET = f"(?<=UU)U{{{MANY},}}(?=U)"
"""Long good stretches have no pictures kept, as when retention has let go of them."""


class Notary:
    """Issues documents that verify. ``index`` 0 is the first record of the ledger."""

    def __init__(
        self, store: Store, folder: Path, authority: RehearsalAuthority, word: str = WORD
    ) -> None:
        self.store, self.authority = store, authority
        self.blobs = FolderBlobs(folder / "blobs")
        self.key = make_document_key(folder / "keys", ISSUER.operator, utc_now())
        begin = utc_now()
        named = authority.authority()
        published = {
            "id": named.id,
            "url": named.url,
            "roots_pem": list(named.roots_pem),
            "qualified": False,
        }
        ring = init_keys(folder / "keys", "rehearsal.invalid/essai", begin)
        ring = ring.with_authorities([published]).with_document_signer(self.key.published)
        self.keys_file = folder / "keys" / KEYS_FILE
        self.log = TransparencyLog(
            store,
            ring,
            site="essai",
            folder=folder / "log",
            clock=utc_now,
            authorities=[named.id],
        )
        self.log.begin()
        self.count = len(word)
        self.first = (utc_now() - BEGIN) // INTERVAL - len(word)
        for part in re.finditer(QUIET + "|.+?(?=" + QUIET + "|$)", word):
            kept = None if set(part[0]) == {"U"} and len(part[0]) >= MANY else self.blobs
            fill(store, part[0], first=self.first + part.start(), blobs=kept, origin=LIVE)

    def at(self, index: float) -> datetime:
        """That many intervals after the first record."""
        return at(self.first + index)

    @property
    def trust(self) -> Trust:
        """The published key file."""
        return Trust.parse(self.keys_file.read_bytes())

    def stamp(self) -> None:
        """Ask for what waits, at once."""
        with httpx.Client() as client:
            for queued, checkpoint in self.store.due_stamps(utc_now()):
                given = ask(self.authority.authority(), checkpoint.note.encode(), client, utc_now)
                self.store.keep_stamp(
                    queued.number,
                    request=given.request,
                    response=given.response,
                    generated_at=given.generated_at,
                    now=utc_now(),
                )

    def press(self, aim: Level = Level.B_T, *, signs: bool = True) -> Press:
        """What makes the documents."""
        signer = DocumentSigner(self.key, authority=self.authority.authority(), aim=aim)
        return Press(
            self.store,
            self.blobs,
            log=self.log,
            signer=signer if signs else None,
            stamp=self.stamp,
        )

    def outage(self, *, rehearsal: bool = False) -> OutageReport:
        """The report of the whole ledger."""
        return outage_report(
            self.store,
            kept=self.blobs.has,
            issuer=ISSUER,
            rehearsal=rehearsal,
            components=["login"],
            start=self.at(4),
            end=self.at(self.count),
            now=utc_now(),
        )

    def attempts(self, words: str = "", *, rehearsal: bool = False) -> AttemptsReport:
        """One attempt in the failure, one beside it."""
        declared = [
            DeclaredAttempt(start=self.at(place), component="login", words=words)
            for place in (23.5, 10.5)
        ]
        return attempts_report(
            self.store,
            kept=self.blobs.has,
            issuer=ISSUER,
            rehearsal=rehearsal,
            attempts=declared,
            now=utc_now(),
        )


@contextmanager
def notary(folder: Path, word: str = WORD) -> Iterator[Notary]:
    """Everything of it, closed at the end."""
    with (
        rehearsal_authority(folder / "authority") as authority,
        open_store(sqlite_url(folder / "monitor.sqlite3")) as store,
    ):
        authority.embed_chain = True
        yield Notary(store, folder, authority, word)


def keys_without_signers(keys_file: Path) -> Trust:
    """A key file of somebody else's signing keys."""
    content = json.loads(keys_file.read_bytes())
    return Trust.parse(json.dumps({**content, "document_signers": []}).encode())


def resigned(
    ground: Notary, made: OutageReport | AttemptsReport, change: Callable[[dict[str, bytes]], None]
) -> Report:
    """The check of a document whose operator changed what is attached, and signed that with the
    right key."""
    bare = ground.press(signs=False).issue(made)[0]
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bare)) as opened:
        specs = {str(one.UF): one for one in opened.Root.AF}
        files = {name: one.EF.F.read_bytes() for name, one in specs.items()}
        change(files)
        for name, data in files.items():
            specs[name].EF.F.write(data)
        opened.save(out)
    signer = DocumentSigner(ground.key, authority=ground.authority.authority())
    return verify_document(signer.sign(out.getvalue(), Level.B_T), ground.trust)
