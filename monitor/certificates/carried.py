"""What a document carries: its attached files, and the words on its pages.

Only for documents whose signature was found right: these bytes are the observatory's own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pypdfium2
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader

from monitor.certificates.signature_check import DAMAGED
from monitor.evidence.reading import read_json
from monitor.evidence.report import Sound, Unsound

REPORT_FILE, LEAVES_FILE = "releve.json", "leaves.jsonl"
PROOF_FILE, KEYS_FILE = "proof.json", "keys.json"
REPORT_SCHEMA = "releve/1"
_NAMED_BY_HASH = re.compile(r"(?:manifests|pictures)/([0-9a-f]{64})\.[a-z0-9+-]{1,16}")

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """The attached files by name, with the report among them as data."""

    files: dict[str, bytes]
    report: Json

    @property
    def lines(self) -> list[str] | None:
        """The lines of the log; None without any."""
        data = self.files.get(LEAVES_FILE)
        if data is None:
            return None
        return data.decode("utf-8", "replace").removesuffix("\n").split("\n")


def check_carried(data: bytes) -> Sound[Carried]:
    """The attached files, each that is named by its hash having it. Raises Unsound."""
    try:
        files = dict(_attached(data))
    except DAMAGED as error:
        raise Unsound(
            "les pièces jointes sont illisibles", "the attached files cannot be read"
        ) from error
    for name, content in files.items():
        named = _NAMED_BY_HASH.fullmatch(name)
        if named is not None and named[1] != sha256(content).hexdigest():
            raise Unsound(f"{name} a une autre empreinte", f"{name} has another hash")
    if REPORT_FILE not in files:
        raise Unsound(f"{REPORT_FILE} manque", f"{REPORT_FILE} is missing")
    report = read_json(files[REPORT_FILE], REPORT_FILE, REPORT_SCHEMA)
    return Sound(
        f"{len(files)} pièces jointes, empreintes exactes",
        f"{len(files)} attached files, hashes right",
        Carried(files=files, report=report),
    )


def _attached(data: bytes) -> Iterator[tuple[str, bytes]]:
    reader = PdfFileReader(io.BytesIO(data), decode_limits=DecodeLimits.for_trusted_input())
    for reference in reader.root["/AF"]:
        entry = reference.get_object()
        yield str(entry["/UF"]), bytes(entry["/EF"]["/F"].data)


def words_of(data: bytes) -> str:
    """All that the pages say, without any space and in one row: line ends and hard spaces carry no
    meaning. Raises Unsound."""
    try:
        document = pypdfium2.PdfDocument(data)
        try:
            pages = [page.get_textpage().get_text_bounded() for page in document]
        finally:
            document.close()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise Unsound("le texte des pages est illisible", "the pages cannot be read") from error
    return squeezed("".join(pages))


def squeezed(text: str) -> str:
    """Without spaces of any width, and without what PDF readers put where a line was broken."""
    return "".join(one for one in text if not (one.isspace() or one in "\u00ad\u200b\ufffe\u2060"))
