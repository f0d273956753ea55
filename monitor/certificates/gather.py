"""The evidence of a document: its records' leaves with their proof, and the files at its edges."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.certificates.decisions import decisions_of
from monitor.certificates.errors import BadRequest
from monitor.certificates.evidence import Evidence, StampLine
from monitor.certificates.ledger import Ledger
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.core.checkpoint import CERTIFICATE, Checkpoint, StampState
from monitor.core.incidents import HOLE_INTERVALS
from monitor.core.model import BlobRef, Incident
from monitor.evidence.log import Proof, TransparencyLog

MOST_RECORDS = 100_000
"""A document with more would be a file that nobody can send."""

Report = OutageReport | AttemptsReport


class Blobs(Protocol):
    """Stored files by their SHA-256."""

    def has(self, sha256: str) -> bool:
        """True while the file is kept."""

    def get(self, sha256: str) -> bytes:
        """Its content. Raises StoreError."""


def evidence_of(
    report: Report,
    ledger: Ledger,
    blobs: Blobs,
    log: TransparencyLog | None,
    stamp: Callable[[], object] | None = None,
) -> Evidence:
    """What stands behind a report. Without a log: files alone, and the document says so.
    ``stamp`` asks the authorities at once for what waits to be stamped.

    Raises BadRequest for a period with more records than a document can carry.
    """
    pictures = _kept((look.picture for look in report.looks if look.picture), blobs)
    manifests = _kept((one for look in report.looks for one in look.manifests), blobs)
    files = Evidence(
        pictures=_contents(pictures, blobs),
        manifests=_contents(manifests, blobs),
        media_types={one.sha256: one.media_type for one in (*pictures, *manifests)},
    )
    if log is None or report.frame.first_sequence is None:
        return files
    first, last = _records(report, ledger)
    if last - first >= MOST_RECORDS:
        raise BadRequest(
            "end",
            f"Cette période compte {last - first + 1} relevés ; un document en porte "
            f"{MOST_RECORDS} au plus. Choisissez une période plus courte.",
            f"This period has {last - first + 1} records; a document carries {MOST_RECORDS} at "
            "most. Choose a shorter period.",
        )
    log.checkpoint(CERTIFICATE)
    if stamp is not None:
        stamp()
    decided = decisions_of(ledger, log, first, last, report.frame.made_at)
    return _with_proof(replace(files, decisions=decided), log, log.proof_of_range(first, last))


def _kept(files: Iterable[BlobRef], blobs: Blobs) -> tuple[BlobRef, ...]:
    distinct = {one.sha256: one for one in files}
    return tuple(one for one in distinct.values() if blobs.has(one.sha256))


def _contents(files: Iterable[BlobRef], blobs: Blobs) -> dict[str, bytes]:
    return {one.sha256: blobs.get(one.sha256) for one in files}


def _records(report: Report, ledger: Ledger) -> tuple[int, int]:
    """From the record before the period to the one after it: what is needed to compute its
    figures again, incidents that reach beyond it whole."""
    frame = report.frame
    start, end, margin = frame.period_start, frame.period_end, timedelta()
    start, end = _reach(_incidents(report), start, end)
    if isinstance(report, OutageReport):
        margin = _margin(report)
    first, last = ledger.sequence_bounds(frame.components, start - margin, end + margin)
    looks = _looked_at(report)
    ends = (first or frame.first_sequence or 0, last or frame.last_sequence or 0)
    return min((*looks, ends[0])), max((*looks, ends[1]))


def _incidents(report: Report) -> Iterator[Incident]:
    """Those of the document, those of its second figures too."""
    if isinstance(report, OutageReport):
        for component in report.components:
            yield from component.figure.incidents
            if component.reviewed_figure is not None:
                yield from component.reviewed_figure.incidents
    else:
        for attempt in report.attempts:
            yield from (one.incident for one in attempt.incidents)


def _looked_at(report: Report) -> tuple[int, ...]:
    """The records beside declared attempts, wherever they lie."""
    if isinstance(report, OutageReport):
        return ()
    found = [one.corroboration for one in report.attempts]
    found += [one.second for one in report.attempts if one.second is not None]
    return tuple(record.sequence for one in found for seen in one.seen for record in seen.records)


def _reach(
    incidents: Iterable[Incident], start: datetime, end: datetime
) -> tuple[datetime, datetime]:
    for one in incidents:
        start = min(start, one.started_after or one.started_before)
        end = max(end, one.ended_before or end)
    return start, end


def _margin(report: OutageReport) -> timedelta:
    """As long as a look can hold, and one more, so that two good ones can end an incident."""
    intervals: Collection[float] = [
        seconds for one in report.components for seconds in one.figure.intervals_seconds
    ]
    return timedelta(seconds=(HOLE_INTERVALS + 1) * max(intervals, default=0.0))


def _with_proof(files: Evidence, log: TransparencyLog, proof: Proof) -> Evidence:
    covering = log.store.covering(int(proof["first"]) + len(proof["leaves"]))
    return replace(
        files,
        leaves=tuple(proof["leaves"]),
        first_leaf=int(proof["first"]),
        tree_size=int(proof["size"]),
        root=covering.root if covering else "",
        checkpoint_at=covering.made_at if covering else None,
        stamps=_stamps(log, covering),
        log_name=str(proof["origin"]),
        key_fingerprints=tuple(key.fingerprint for key in log.ring.verifiers),
        proof=json.dumps({**proof, "leaves": "leaves.jsonl"}, ensure_ascii=False).encode(),
        keys=log.ring.to_json(),
    )


def _stamps(log: TransparencyLog, covering: Checkpoint | None) -> tuple[StampLine, ...]:
    """Trusted times on the checkpoint of the proof; none while the authority has not answered."""
    authorities: Iterable[Mapping[str, object]] = log.ring.extra.get("authorities", [])
    qualified = {one["id"] for one in authorities if one.get("qualified")}
    found = log.store.stamps_of(covering) if covering else ()
    return tuple(
        StampLine(
            authority=one.authority,
            generated_at=one.generated_at,
            qualified=one.authority in qualified,
        )
        for one in found
        if one.state is StampState.DONE and one.generated_at
    )
