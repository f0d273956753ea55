"""What documents are made with: the store, the files, the log, the signature."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from monitor.app import issuer_of
from monitor.certificates.issue import Press
from monitor.certificates.model import AttemptsReport, Issuer, OutageReport
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
    press: Press


@contextmanager
def open_printing(settings: Settings, site: Site) -> Iterator[Printing]:
    """Open what the settings name, and close it. Raises ConfigurationError."""
    with open_store(settings.store_url, migrate=False) as store:
        blobs = open_blobs(settings.blobs_url)
        yield Printing(
            store=store,
            blobs=blobs,
            issuer=issuer_of(settings, site),
            rehearsal=is_rehearsal(site),
            watched=tuple(sorted({component for component, _vantage in store.latest()})),
            press=press_of(settings, site, store, blobs),
        )


def is_rehearsal(site: Site) -> bool:
    """True for a site that is played, or that is on this very machine."""
    return site.rehearsal or site.is_loopback


def press_of(settings: Settings, site: Site, store: Store, blobs: BlobStore) -> Press:
    """What makes documents of this monitor."""
    del settings, site
    return Press(store, blobs)


def offered_of(settings: Settings, site: Site, store: Store, blobs: BlobStore) -> Offered:
    """The documents that the public pages offer. They are signed there only where the operator
    wants it and there is something to sign with."""
    press = press_of(settings, site, store, blobs)

    def make(report: OutageReport | AttemptsReport) -> bytes:
        return press.issue(report, lang=language())[0]

    documents = Documents(
        ledger=store,
        blobs=blobs,
        issuer=issuer_of(settings, site),
        rehearsal=is_rehearsal(site),
        watched=settings.schedule.probes,
        make=make if settings.web.sign_documents and press.signs else None,
    )
    return Offered(documents=documents, register=store)
