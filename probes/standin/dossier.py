"""What the JSON interface answers about the account: invented, and the same at every start."""

from __future__ import annotations

from typing import Any

from probes.standin.account import Person
from probes.standin.faults import Switchboard

DASHBOARD_CALLS = frozenset(
    {
        "/api/notifications",
        "/api/notifications/non-lu",
        "/api/sejour/usager/statut/demande_sejour",
        "/api/sejour/usager/demande_sejour",
        "/api/sejour/usager/attestations",
    }
)
"""Calls that the account's page makes once ``/api/usager/moi`` has answered."""

NOTIFICATIONS: list[dict[str, Any]] = [
    {
        "date": "14/09/2026",
        "objet": "Votre titre de séjour est disponible",
        "demande": "DEMO-2026-000417",
        "lu": False,
    },
    {
        "date": "02/07/2026",
        "objet": "Une décision favorable a été prise sur votre demande",
        "demande": "DEMO-2026-000417",
        "lu": True,
    },
    {
        "date": "18/05/2026",
        "objet": "Votre demande a bien été reçue",
        "demande": "DEMO-2026-000417",
        "lu": True,
    },
]

HISTORY: list[dict[str, Any]] = [
    {"titre": "Visa de long séjour valant titre de séjour", "du": "01/10/2024", "au": "30/09/2025"},
    {"titre": "Carte de séjour temporaire", "du": "01/10/2025", "au": "30/09/2026"},
]

ATTESTATIONS: list[dict[str, Any]] = [
    {
        "libelle": "Attestation de décision favorable",
        "date": "02/07/2026",
        "fichier": "attestation-decision-favorable.pdf",
    },
]

_STEPS = ("Dépôt", "Instruction", "Décision", "Fabrication du titre", "Remise du titre")

_NEWS: list[dict[str, str]] = [
    {
        "date": "3 novembre 2026",
        "titre": "Renouvellement : pensez à déposer votre demande à temps",
        "texte": (
            "La demande de renouvellement se dépose entre le 120ᵉ et le 60ᵉ jour qui précèdent "
            "l’expiration de votre titre de séjour."
        ),
    },
    {
        "date": "12 octobre 2026",
        "titre": "Préparez vos pièces justificatives",
        "texte": (
            "Les documents se déposent au format PDF, JPEG ou PNG. Chaque fichier pèse "
            "5 Mo au plus."
        ),
    },
]

_ALARMING_NEWS: dict[str, str] = {
    "date": "20 novembre 2026",
    "titre": "Maintenance terminée : retour à la normale",
    "texte": (
        "L’« erreur 503 » rencontrée par certains usagers mardi est corrigée. Le service était "
        "temporairement indisponible en raison d’une opération de maintenance."
    ),
}


def news(board: Switchboard) -> list[dict[str, str]]:
    """News items of the home page; with ``news_words``, one that sounds like an outage."""
    return [_ALARMING_NEWS, *_NEWS] if board.on("news_words") else _NEWS


def me(board: Switchboard) -> dict[str, Any]:
    """The account's holder and state, in the shape of ``/api/usager/moi``."""
    person = Person()
    return {
        "numero_etranger": person.number,
        "nom": person.last_name,
        "prenom": person.first_name,
        "email": person.email,
        "date_naissance": person.birth_date,
        "nationalite": person.nationality,
        "adresse": person.address,
        "blocking": {"should_be_blocked": board.on("account_blocked")},
        "dossier_en_cours": {"has_dossier_en_cours": board.on("pending_file")},
    }


def status(board: Switchboard) -> dict[str, Any]:
    """Where the last request stands."""
    pending = board.on("pending_file")
    return {"statut": "en_instruction" if pending else "titre_remis"}


def requests(board: Switchboard, draft_category: str | None) -> list[dict[str, Any]]:
    """The account's requests: one of the past, and the draft when there is one."""
    state = "En cours d’instruction" if board.on("pending_file") else "Titre disponible"
    found = [{"numero": "DEMO-2026-000417", "objet": "Renouvellement", "etat": state}]
    if draft_category and not board.on("category_not_kept"):
        found.append({"numero": "Brouillon", "objet": draft_category, "etat": "À compléter"})
    return found


def stepper(board: Switchboard) -> dict[str, Any]:
    """The steps of the file and the index of the one in progress; None when it is lost."""
    if board.on("progress_empty"):
        return {"etapes": [], "courante": None}
    return {"etapes": list(_STEPS), "courante": 1 if board.on("pending_file") else 4}


def attestation_pdf() -> bytes:
    """A small, valid PDF that says what it is."""
    text = b"BT /F1 14 Tf 72 760 Td (Attestation de repetition - sans aucune valeur) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    table = b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\n" % rows
    return out + table + b"startxref\n%d\n%%%%EOF\n" % len(out)
