"""What documents are made with: the store, the files, the log, the signature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from monitor.app import issuer_of, utc_now
from monitor.certificates.document_key import (
    DocumentKey,
    load_document_key,
    load_pkcs12,
    make_document_key,
)
from monitor.certificates.issue import Press
from monitor.certificates.model import AttemptsReport, Issuer, OutageReport
from monitor.certificates.sign import DocumentSigner, Level
from monitor.certificates.verify import verify_document
from monitor.evidence.log import TransparencyLog
from monitor.evidence.report import Check
from monitor.evidence.timestamp import Authority
from monitor.evidence.trust import Trust
from monitor.logkeeping import (
    USER_AGENT,
    ask_and_keep,
    authorities_of,
    existing_log,
    keys_folder,
)
from monitor.settings import Settings
from monitor.store.blobs import BlobStore, open_blobs
from monitor.store.store import Store, open_store
from monitor.web.app import Offered
from monitor.web.documents import Documents
from monitor.web.language import language
from probes.site import Site


@dataclass(frozen=True, kw_only=True)
class Printing:
    """Everything that a document needs. ``watched`` are the components that have a ledger."""

    store: Store
    blobs: BlobStore
    issuer: Issuer
    rehearsal: bool
    watched: tuple[str, ...]
    log: TransparencyLog | None

    def press(self, settings: Settings) -> Press:
        """What makes and signs documents. Raises ConfigurationError, also when the settings do not
        say in whose name."""
        require_document_key(settings)
        return press_of(settings, self.store, self.blobs, self.log)


@contextmanager
def open_printing(settings: Settings, site: Site) -> Iterator[Printing]:
    """Open what the settings name, and close it. Raises ConfigurationError."""
    with open_store(settings.store_url, migrate=False) as store:
        yield Printing(
            store=store,
            blobs=open_blobs(settings.blobs_url),
            issuer=issuer_of(settings, site),
            rehearsal=is_rehearsal(site),
            watched=tuple(sorted({component for component, _vantage in store.latest()})),
            log=existing_log(settings, site, store, clock=utc_now),
        )


def is_rehearsal(site: Site) -> bool:
    """True for a site that is played, or that is on this very machine."""
    return site.rehearsal or site.is_loopback


def press_of(
    settings: Settings, store: Store, blobs: BlobStore, log: TransparencyLog | None
) -> Press:
    """What makes documents, signed when there is a key for them; its certificate is published.

    Raises ConfigurationError.
    """
    authorities = authorities_of(settings)
    key = document_key_of(settings)
    if key is None:
        return Press(store, blobs, log=log)
    if log is not None:
        log.ring = log.ring.with_document_signer(key.published)
    signer = DocumentSigner(
        key,
        authority=next(iter(authorities), None),
        aim=Level(settings.documents.level),
        client=_client,
    )
    return Press(store, blobs, log=log, signer=signer, stamp=lambda: stamp_now(store, authorities))


def document_key_of(settings: Settings) -> DocumentKey | None:
    """The operator's key: a PKCS#12 file of its own, else the one made here, else None. Raises
    ConfigurationError."""
    own = settings.documents.pkcs12
    if own is None:
        return load_document_key(keys_folder(settings))
    password = settings.documents.pkcs12_password
    return load_pkcs12(own, password.get_secret_value() if password else None)


def require_document_key(settings: Settings) -> DocumentKey:
    """The operator's key, made when there is none yet. Raises ConfigurationError."""
    found = document_key_of(settings)
    return found or make_document_key(keys_folder(settings), settings.operator.name, utc_now())


def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, headers={"user-agent": USER_AGENT})


def stamp_now(store: Store, authorities: Sequence[Authority]) -> None:
    """Ask for the stamps of the last checkpoint without waiting for their turn, so that a document
    carries them. One that does not come stays queued. Raises StoreError."""
    made = store.last_checkpoint()
    if made is None:
        return
    store.queue_stamps(made, [one.id for one in authorities], every=timedelta(), now=utc_now())
    by_id = {one.id: one for one in authorities}
    with _client() as client:
        for waiting, checkpoint in store.due_stamps(utc_now()):
            authority = by_id.get(waiting.authority)
            if authority is not None and checkpoint.number == made.number:
                ask_and_keep(authority, waiting, checkpoint, store, client, utc_now)


def offered_of(
    settings: Settings, site: Site, store: Store, blobs: BlobStore, log: TransparencyLog
) -> Offered:
    """The documents that the public pages offer. They are signed there only where the operator
    wants it; the key is then made at the first start."""
    wanted = settings.web.sign_documents
    if wanted:
        require_document_key(settings)
    press = press_of(settings, store, blobs, log)

    def make(report: OutageReport | AttemptsReport) -> bytes:
        return press.issue(report, lang=language())[0]

    def verify(data: bytes) -> Sequence[Check]:
        return verify_document(data, Trust.parse(log.ring.to_json())).checks

    documents = Documents(
        ledger=store,
        blobs=blobs,
        issuer=issuer_of(settings, site),
        rehearsal=is_rehearsal(site),
        watched=settings.schedule.probes,
        make=make if wanted and press.signs else None,
    )
    return Offered(documents=documents, register=store, verify=verify)
