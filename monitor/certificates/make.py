"""A document as PDF: sections into blocks, blocks through Typst into PDF/A-3a and PDF/UA-1.

All in memory but for pictures and manifests, which lie in a temporary folder while Typst reads
them: evidence, never a person's words.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from PIL import Image

from monitor.certificates import sections_attempts, sections_outage
from monitor.certificates.blocks import Block
from monitor.certificates.decisions import DECISIONS_FILE
from monitor.certificates.evidence import Evidence
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.certificates.plain import plain_of
from monitor.certificates.said import number_sign, said
from monitor.errors import MonitorError
from monitor.web.language import language, speaking

TEMPLATE = Path(__file__).parent / "templates/document.typ"
STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
FEW_PICTURES = 24
WIDE, NARROW = 1000, 640
"""Pixels across of a printed picture, where there are few and where there are many. The file as it
was taken is attached. The narrow one is half of the window, so that halving is all it takes."""
JPEG_QUALITY = 72
REMEMBERED_PICTURES = 256
"""Those of a large document, which is laid out as a preview first; about 20 MB."""

Report = OutageReport | AttemptsReport


class MakingFailed(MonitorError):
    """The document could not be laid out: a fault of ours."""


@dataclass(frozen=True, kw_only=True)
class Attached:
    """One file inside the PDF. ``relationship`` is PDF's AFRelationship."""

    name: str
    media_type: str
    data: bytes
    description: str
    relationship: str = "data"


def make_pdf(report: Report, evidence: Evidence, *, lang: str = "fr") -> bytes:
    """The document, not signed. The same report and evidence give the same bytes.

    Raises MakingFailed.
    """
    with speaking(lang), tempfile.TemporaryDirectory(prefix="releve-") as folder:
        return _made(report, evidence, Path(folder))


def _made(report: Report, evidence: Evidence, folder: Path) -> bytes:
    blocks = blocks_of(report, evidence)
    attached = attachments(report, evidence)
    inputs = {"document": json.dumps(_document(report, blocks, attached))}
    inputs |= {f"attached:{one.name}": one.data.decode() for one in attached if _is_inside(one)}
    used = {
        item["file"] for block in blocks if block["kind"] == "pictures" for item in block["items"]
    }
    _put_pictures(folder, evidence, used)
    for one in attached:
        if not _is_inside(one):
            path = folder / one.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.data)
    (folder / "document.typ").write_bytes(TEMPLATE.read_bytes())
    try:
        found = typst.compile(
            folder / "document.typ",
            root=folder,
            font_paths=_fonts(),
            sys_inputs=inputs,
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=int(report.frame.made_at.timestamp()),
        )
    except typst.TypstError as error:
        raise MakingFailed(f"the document could not be laid out: {error.message}") from error
    if not isinstance(found, bytes):
        raise MakingFailed("the document could not be laid out: nothing came back")
    return found


@lru_cache
def _fonts() -> typst.Fonts:
    """Libertinus and DejaVu Sans Mono as they are inside of Typst: the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def blocks_of(report: Report, evidence: Evidence) -> list[Block]:
    """All sections, in order, in the language that is spoken."""
    if isinstance(report, OutageReport):
        return [one for make in sections_outage.SECTIONS for one in make(report, evidence)]
    return [one for make in sections_attempts.SECTIONS for one in make(report, evidence)]


def title_of(report: Report) -> str:
    """The name of the document."""
    if isinstance(report, OutageReport):
        return said("Relevé de dysfonctionnement", "Record of malfunction")
    return said("Relevé de concordance", "Record of concordance")


def _document(report: Report, blocks: list[Block], attached: Iterable[Attached]) -> dict[str, Any]:
    frame, name = report.frame, title_of(report)
    serial = number_sign(frame.serial) if frame.serial else said("aperçu", "preview")
    address = frame.issuer.public_url.rstrip("/")
    code = (
        f"Code {frame.code}" if frame.code else said("Aperçu sans valeur", "Preview without value")
    )
    own = said("observatoire indépendant de l’ANEF", "independent observatory of ANEF")
    where = f" · {address}/r/{frame.code}" if frame.code and address else ""
    return {
        "title": name,
        "author": frame.issuer.operator or "anef-monitor",
        "description": said(
            f"{name} {serial}, établi le {frame.made_at.date().isoformat()}",
            f"{name} {serial}, made on {frame.made_at.date().isoformat()}",
        ),
        "lang": language(),
        "subtitle": said(
            "Établi par un observatoire indépendant à partir de relevés automatiques",
            "Made by an independent observatory from automatic records",
        ),
        "running": f"{name} — {own}",
        "serial": serial,
        "specimen": said("SPÉCIMEN", "SPECIMEN") if frame.specimen else None,
        "footer": code + where,
        "page": said("page", "page"),
        "blocks": blocks,
        "attachments": [
            {
                "name": one.name,
                "path": one.name,
                "inside": _is_inside(one),
                "media_type": one.media_type,
                "description": one.description,
                "relationship": one.relationship,
            }
            for one in attached
        ],
    }


def _is_inside(one: Attached) -> bool:
    """Texts go through memory: among them is what a person declared."""
    return one.media_type in ("application/json", "application/jsonl")


def attachments(report: Report, evidence: Evidence) -> list[Attached]:
    """Every file that the document carries, in a fixed order."""
    figures = json.dumps(plain_of(report), ensure_ascii=False, sort_keys=True)
    found = [
        Attached(
            name="releve.json",
            media_type="application/json",
            data=figures.encode(),
            description=said("Les chiffres imprimés, en données", "The printed figures, as data"),
            relationship="source",
        )
    ]
    if evidence.leaves:
        leaves = "".join(f"{leaf}\n" for leaf in evidence.leaves).encode()
        text = said("Lignes du journal, à l’octet près", "Lines of the log, to the byte")
        found.append(
            Attached(
                name="leaves.jsonl", media_type="application/jsonl", data=leaves, description=text
            )
        )
    if evidence.proof is not None:
        text = said("Preuve d’inclusion, point de contrôle, jetons", "Proof, checkpoint, stamps")
        found.append(
            Attached(
                name="proof.json",
                media_type="application/json",
                data=evidence.proof,
                description=text,
            )
        )
    if evidence.decisions is not None:
        text = said("Décisions postérieures, avec preuve", "Later decisions, with their proof")
        found.append(
            Attached(
                name=DECISIONS_FILE,
                media_type="application/json",
                data=evidence.decisions,
                description=text,
            )
        )
    if evidence.keys is not None:
        text = said("Clés publiées", "Published keys")
        found.append(
            Attached(
                name="keys.json",
                media_type="application/json",
                data=evidence.keys,
                description=text,
            )
        )
    return found + list(_evidence_files(evidence))


def _evidence_files(evidence: Evidence) -> Iterable[Attached]:
    for sha256, data in sorted(evidence.manifests.items()):
        yield Attached(
            name=f"manifests/{sha256}.json",
            media_type="application/json",
            data=data,
            description=said("Manifeste d’un relevé", "Manifest of a record"),
            relationship="supplement",
        )
    for sha256, data in sorted(evidence.pictures.items()):
        kind = evidence.media_types.get(sha256, "image/webp")
        yield Attached(
            name=f"pictures/{sha256}.{kind.rpartition('/')[2]}",
            media_type=kind,
            data=data,
            description=said("Image telle qu’elle a été prise", "Picture as it was taken"),
            relationship="supplement",
        )


def _put_pictures(folder: Path, evidence: Evidence, used: Iterable[str]) -> None:
    names = list(used)
    width = WIDE if len(names) <= FEW_PICTURES else NARROW
    for sha256 in names:
        (folder / sha256).write_bytes(printed(evidence.pictures[sha256], width))


@lru_cache(maxsize=REMEMBERED_PICTURES)
def printed(data: bytes, width: int) -> bytes:
    """A copy of a picture for print, no wider than ``width`` and not taller than twice that."""
    with Image.open(io.BytesIO(data)) as picture:
        small = picture.convert("RGB")
        small.thumbnail((width, 2 * width), reducing_gap=1.0)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()
