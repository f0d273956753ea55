"""What was decided after the fact about a document's records, with its proof: ``decisions.json``.

Decisions of persons and verdicts of newer rules lie anywhere in the log, mostly long after the
records that they speak of. So the file holds some short rows of lines, each proven to be in the one
tree of the one checkpoint that the file names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from monitor.certificates.ledger import Ledger
from monitor.core.reclassify import Reclassification
from monitor.core.reviewed import Review
from monitor.evidence.log import TransparencyLog
from monitor.evidence.proof_check import (
    PROOF,
    check_checkpoint,
    check_inclusion,
    check_stamps,
    parse_proof,
)
from monitor.evidence.reading import read_json, unreadable
from monitor.evidence.report import Sound, Unsound, shown, stated
from monitor.evidence.trust import Trust

DECISIONS_FILE = "decisions.json"
DECISIONS = "decisions/1"
KINDS = ("review", "reclassification")


def decisions_of(
    ledger: Ledger, log: TransparencyLog, first: int, last: int, made_at: datetime
) -> bytes | None:
    """The file about the records from ``first`` to ``last``: every decision up to ``made_at``.
    None without any. Raises NotCovered while no checkpoint covers them."""
    decided: tuple[Review | Reclassification, ...]
    decided = (*ledger.reviews(), *ledger.reclassifications())
    numbers = [
        log.store.leaf_number(_kind(one), one.number)
        for one in decided
        if first <= one.sequence <= last and one.decided_at <= made_at
    ]
    proven = log.proof_of_leaves(number for number in numbers if number is not None)
    if proven is None:
        return None
    return json.dumps({**proven, "schema": DECISIONS}, ensure_ascii=False).encode()


def _kind(decided: Review | Reclassification) -> str:
    return KINDS[isinstance(decided, Reclassification)]


def check_decisions(data: bytes, trust: Trust) -> Sound[tuple[str, ...]]:
    """The lines of the file, each in the signed and stamped log. Raises Unsound."""
    content = read_json(data, DECISIONS_FILE, DECISIONS)
    ranges = content.get("ranges")
    if not isinstance(ranges, list) or not all(isinstance(one, dict) for one in ranges):
        raise unreadable(DECISIONS_FILE)
    if not ranges:
        raise Unsound(f"{DECISIONS_FILE} est vide", f"{DECISIONS_FILE} is empty")
    proofs = [parse_proof({**content, **one, "schema": PROOF}).value for one in ranges]
    signed = check_checkpoint(proofs[0], trust).value
    for proof in proofs:
        check_inclusion(proof, signed)
    stamped_at = check_stamps(signed, proofs[0].stamps, trust).value
    lines = _decided(line for proof in proofs for line in proof.lines)
    count = len(lines)
    return Sound(
        f"{count} décision(s) postérieure(s), au journal au plus tard le {shown(stamped_at)}",
        f"{count} later decision(s), in the log no later than {stated(stamped_at)}",
        lines,
    )


def _decided(lines: Iterable[bytes]) -> tuple[str, ...]:
    """Those that decide something: what lies between them proves nothing here."""
    texts = [line.decode() for line in lines]
    return tuple(text for text in texts if json.loads(text).get("kind") in KINDS)
