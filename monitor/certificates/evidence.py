"""What stands behind a document: proof, checkpoint, stamps, files. Gathered by whoever has the
log; printed by the integrity section, attached by the maker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class StampLine:
    """One trusted time on the checkpoint."""

    authority: str
    generated_at: datetime
    qualified: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Evidence of one document. ``leaves`` are the exact leaf texts of the log from the record
    before the period to the one after it; ``proof`` a range proof (``proof/1``) that refers to
    them; ``decisions`` what was decided later about these records, with its proof (None without
    any); ``keys`` the published key file. ``manifests`` and ``pictures`` are by SHA-256.

    ``signature_level`` is what the maker aims at: "B-T", "B-LTA", "B-B", or "" for no signature.
    """

    leaves: tuple[str, ...] = ()
    first_leaf: int | None = None
    tree_size: int | None = None
    root: str = ""
    checkpoint_at: datetime | None = None
    stamps: tuple[StampLine, ...] = ()
    log_name: str = ""
    key_fingerprints: tuple[str, ...] = ()
    proof: bytes | None = None
    decisions: bytes | None = None
    keys: bytes | None = None
    manifests: Mapping[str, bytes] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    media_types: Mapping[str, str] = field(default_factory=dict)
    signature_level: str = ""
    signer: str = ""
    signer_fingerprint: str = ""
    signer_is_qualified: bool = False

    @property
    def is_logged(self) -> bool:
        """True when the records are proven to be in the log."""
        return self.proof is not None and self.tree_size is not None
