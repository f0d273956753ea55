"""Sections that both documents share. A section is a function that gives blocks, and a line in the
``SECTIONS`` of its document."""

from __future__ import annotations

from datetime import datetime

import segno

from monitor.certificates import blocks as b
from monitor.certificates.blocks import Block, Text
from monitor.certificates.evidence import Evidence
from monitor.certificates.model import Frame, LookReport
from monitor.certificates.said import listed, moment, named, number_sign, said
from monitor.core.model import Vantage
from monitor.web.typography import number
from monitor.web.words import title

CERGY = (
    "Lorsque le rendez-vous ne peut être demandé qu’après avoir procédé en ligne à des formalités "
    "préalables, (…) si l’étranger établit n’avoir pu les accomplir, notamment lorsque le site ne "
    "permet pas de sélectionner la catégorie de titre à laquelle la demande doit être rattachée, "
    "ce dysfonctionnement ayant été constaté à l’occasion de plusieurs tentatives n’ayant pas été "
    "effectuées la même semaine, il peut demander au juge des référés (…) d’enjoindre au préfet "
    "de lui communiquer (…) une date de rendez-vous."
)
"""Verbatim from the order of 25 July 2025; French in any language of the document."""


def specimen(frame: Frame) -> list[Block]:
    """What a document on a rehearsal site says before anything else."""
    if not frame.specimen:
        return []
    return [
        b.notice(
            [
                b.bold(said("SPÉCIMEN.", "SPECIMEN.")),
                " ",
                said(
                    "Les relevés portent sur un site de répétition. Ce document ne dit rien du "
                    "vrai service et ne peut pas être produit.",
                    "The records are about a rehearsal site. This document says nothing about the "
                    "real service and cannot be filed.",
                ),
            ]
        )
    ]


def vantage_text(vantage: Vantage) -> str:
    """ "Paris, réseau Exemple Télécom (AS64500)"."""
    network = vantage.operator and said(f", réseau {vantage.operator}", f", {vantage.operator}")
    asn = f" (AS{vantage.asn})" if vantage.asn else ""
    return f"{vantage.label}{network}{asn}"


def period_text(start: datetime, end: datetime) -> str:
    """From when to when."""
    return said(f"du {moment(start)} au {moment(end)}", f"{moment(start)} to {moment(end)}")


def records_text(first: int | None, last: int | None) -> str:
    """ "n° 12 à 340"."""
    if first is None or last is None:
        return said("aucun", "none")
    return f"{number_sign(first)}{said(' à ', ' to ')}{last}"


def heading_facts(frame: Frame) -> list[tuple[Text, Text]]:
    """The rows that open every document."""
    issuer = frame.issuer
    rows: list[tuple[Text, Text]] = [
        (said("Service observé", "Service observed"), named(issuer.site_name)),
        (
            said("Période", "Period"),
            period_text(frame.period_start, frame.period_end) + said(" (Paris)", " (Paris)"),
        ),
        (said("Étapes", "Steps"), ", ".join(title(name) for name in frame.components)),
        (said("Relevés", "Records"), records_text(frame.first_sequence, frame.last_sequence)),
        (
            said("Observé depuis", "Observed from"),
            listed(vantage_text(one) for one in issuer.vantages) or said("non dit", "not said"),
        ),
        (said("Établi le", "Made on"), moment(frame.made_at)),
    ]
    if issuer.operator:
        rows.append((said("Établi par", "Made by"), issuer.operator))
    return rows


def look_message(look: LookReport) -> str:
    """What was on the page, in its own words, else what the rule says."""
    if look.page_message:
        return said(f"« {look.page_message} »", f"“{look.page_message}”")
    return said(look.rule_fr, look.rule_en)


def law(_frame: Frame) -> list[Block]:
    """The law, quoted with its source. Whether a condition is met is for the judge."""
    return [
        b.heading(said("Les textes, pour mémoire", "The texts, for reference")),
        b.paragraph(
            said(
                "Ce document ne dit pas qu’une condition posée par ces textes est remplie : cela "
                "relève du juge.",
                "This document does not say that a condition set by these texts is met: that is "
                "for the judge. Quotations stay in French.",
            )
        ),
        b.quote(
            named(CERGY),
            said(
                "TA de Cergy-Pontoise, ordonnance du 25 juillet 2025, n° 2512269 ; voir CE, "
                "9 juin 2022, n° 453391. Article L. 521-3 du code de justice administrative.",
                "TA Cergy-Pontoise, order of 25 July 2025, n° 2512269; see CE, 9 June 2022, "
                "n° 453391. Article L. 521-3 of the code of administrative justice.",
            ),
        ),
        b.items(
            [
                said(
                    "Solution de substitution quand le téléservice ne peut être utilisé pour des "
                    "raisons tenant à sa conception ou à son fonctionnement : CE, Section, 3 juin "
                    "2022, n° 452798 ; article R. 431-2 du CESEDA.",
                    "Another way to file when the online service cannot be used for reasons of "
                    "its design or the way it works: CE, Section, 3 June 2022, n° 452798; article "
                    "R. 431-2 CESEDA.",
                ),
                said(
                    "Capture d’écran anonyme d’une page vue avant toute identification : CE, "
                    "21 avril 2021, n° 448178.",
                    "Anonymous screenshot of a page seen before any identification: CE, 21 April "
                    "2021, n° 448178.",
                ),
                said(
                    "Accès normal au service : CE, 5 mai 2026 (question écrite n° 15597, "
                    "Assemblée nationale, 2 juin 2026).",
                    "Normal access to the service: CE, 5 May 2026 (written question n° 15597, "
                    "Assemblée nationale, 2 June 2026).",
                ),
            ]
        ),
    ]


def method(frame: Frame) -> list[Block]:
    """How the records were made."""
    versions = ", ".join(f"{name} {value[:40]}" for name, value in frame.sources)
    rulesets = ", ".join(frame.rulesets) or said("aucune", "none")
    return [
        b.heading(said("Méthode", "Method")),
        b.items(
            [
                said(
                    "Un navigateur ordinaire, commandé par un programme, suit à intervalles "
                    "réguliers le chemin d’un usager. Il part chaque fois d’un contexte vierge "
                    "(ni cache, ni témoin de connexion), sans serveur mandataire, l’horloge étant "
                    "comparée à plusieurs serveurs de temps.",
                    "An ordinary browser, driven by a program, follows the path of a user at "
                    "regular intervals. It starts each time from a fresh context (no cache, no "
                    "cookie), without a proxy, the clock being compared with several time servers.",
                ),
                said(
                    "Un échec est répété une fois dans un navigateur vierge ; il faut deux échecs "
                    "pour un relevé en échec, et deux relevés en échec de suite pour un incident. "
                    "Un incident est clos par deux relevés réussis. Un message de réinitialisation "
                    "n’est demandé qu’une fois par relevé, sans second essai.",
                    "A failure is repeated once in a fresh browser; it takes two failures for a "
                    "failing record, and two failing records in a row for an incident. Two good "
                    "records close it. A reset message is asked for once in a record, without a "
                    "second attempt.",
                ),
                said(
                    "Au moment d’un échec, des sites de référence sans rapport avec le service "
                    "sont interrogés. Quand notre côté est en cause, quand le site nous refuse ou "
                    "quand sa page a changé, le relevé est « non connu » : il n’est compté ni "
                    "comme panne, ni comme bon fonctionnement.",
                    "When a step fails, reference sites unrelated to the service are asked. When "
                    "our side is at fault, when the site refuses us or when its page has changed, "
                    "the record is “not known”: counted neither as down nor as working.",
                ),
                said(
                    f"Règles appliquées : version {rulesets}. Environnement : {versions}.",
                    f"Rules applied: version {rulesets}. Environment: {versions}.",
                ),
            ]
        ),
    ]


def limits(frame: Frame) -> list[Block]:
    """What the document is not."""
    texts: list[Text] = [
        said(
            "Ce document montre ce que le navigateur de l’observatoire a reçu. Il ne prouve pas la "
            "cause d’une panne, ni ce qu’une autre personne a vu.",
            "This document shows what the observatory’s browser received. It proves neither the "
            "cause of an outage nor what another person saw.",
        ),
        said(
            "Il n’est pas un constat de commissaire de justice.",
            "It is not a bailiff’s record (constat de commissaire de justice).",
        ),
        said(
            "Les empreintes, le journal et l’horodatage montrent que les relevés n’ont pas été "
            "modifiés, antidatés ni retirés. Ils ne prouvent pas que ce qui a été capturé était "
            "vrai : aucune cryptographie ne le peut.",
            "Hashes, log and time stamps show that the records were not altered, back-dated or "
            "removed. They do not prove that what was captured was true: no cryptography can.",
        ),
    ]
    return [
        b.heading(said("Limites", "Limits")),
        b.items(texts),
        b.heading(said("Qui tient cet observatoire", "Who runs this observatory"), 2),
        b.paragraph(_issuer_text(frame)),
    ]


def _issuer_text(frame: Frame) -> str:
    issuer = frame.issuer
    who = issuer.operator or said("un exploitant non nommé", "an operator who is not named")
    contact = f" Contact{said(' : ', ': ')}{issuer.contact}" if issuer.contact else ""
    program = f"anef-monitor {issuer.version}".strip()
    return said(
        f"Observatoire indépendant de l’administration, tenu par {who}, avec le logiciel "
        f"libre {program}.{contact}",
        f"Observatory independent of the administration, run by {who}, with the free "
        f"software {program}.{contact}",
    )


def integrity(frame: Frame, evidence: Evidence) -> list[Block]:
    """Record numbers, checkpoint, stamps, keys, signature."""
    rows: list[tuple[Text, Text]] = [
        (
            said("Relevés", "Records"),
            records_text(frame.first_sequence, frame.last_sequence)
            + said(" du registre, à numéros continus", " of the ledger, with contiguous numbers"),
        ),
        *_log_rows(evidence),
        (said("Horodatage", "Time stamp"), _stamps_text(evidence)),
        (said("Signature du document", "Signature of the document"), _signature_text(evidence)),
    ]
    return [
        b.heading(said("Intégrité", "Integrity")),
        b.facts(rows),
        *how_to_verify(frame, evidence),
    ]


def _log_rows(evidence: Evidence) -> list[tuple[Text, Text]]:
    log = said("Journal", "Log")
    if not evidence.is_logged:
        return [(log, said("aucune preuve jointe : relevés non scellés", "no proof: not sealed"))]
    size = number(evidence.tree_size or 0)
    made = f" ({moment(evidence.checkpoint_at)})" if evidence.checkpoint_at else ""
    rows: list[tuple[Text, Text]] = [
        (
            log,
            [
                b.code(evidence.log_name),
                said(f", point de contrôle à {size} lignes{made}", f", at {size} lines{made}"),
            ],
        ),
        (said("Racine de l’arbre", "Root of the tree"), [b.code(evidence.root)]),
    ]
    keys = evidence.key_fingerprints
    if keys:
        rows.append((said("Clé du journal", "Key of the log"), [b.code(", ".join(keys))]))
    return rows


def _stamps_text(evidence: Evidence) -> str:
    if not evidence.stamps:
        return said("non horodaté par un tiers", "not stamped by a third party")
    kind = {
        True: said("qualifié", "qualified"),
        False: said("non qualifié", "not qualified"),
    }
    return listed(
        f"{moment(one.generated_at)}, {one.authority} ({kind[one.qualified]})"
        for one in evidence.stamps
    )


def _signature_text(evidence: Evidence) -> Text:
    if not evidence.signature_level:
        return said("document non signé", "document not signed")
    kind = (
        said("signature qualifiée", "qualified signature")
        if evidence.signer_is_qualified
        else said("signature non qualifiée", "signature not qualified")
    )
    lead = f"{evidence.signer}, PAdES {evidence.signature_level}, {kind}"
    return [lead, said(" ; certificat ", "; certificate "), b.code(evidence.signer_fingerprint)]


def how_to_verify(frame: Frame, evidence: Evidence) -> list[Block]:
    """For whoever doubts: offline, online, and from paper."""
    base = frame.issuer.public_url.rstrip("/")
    found = [
        b.heading(said("Vérifier ce document", "Verifying this document"), 2),
        b.paragraph(
            [
                said(
                    "Hors ligne, sans nous faire confiance : les pièces jointes à ce fichier PDF "
                    "(registre de la période, preuve, clés, manifestes, images) se vérifient avec ",
                    "Offline, without trusting us: the files attached to this PDF (ledger of the "
                    "period, proof, keys, manifests, pictures) are verified with ",
                ),
                b.code("anef-monitor verify"),
                said(
                    ", ou avec openssl et sha256sum en suivant le guide ",
                    ", or with openssl and sha256sum following the guide ",
                ),
                b.code("docs/verification.md"),
                ".",
            ]
            if evidence.is_logged
            else said(
                "Aucune preuve n’est jointe à ce document.",
                "No proof is attached to this document.",
            )
        ),
    ]
    if frame.code and base:
        found.append(_code(f"{base}/r/{frame.code}", frame.code))
    return found


def _code(address: str, code: str) -> Block:
    svg = segno.make(address, error="m", micro=False).svg_inline(border=2, scale=4)
    return b.qr(
        svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        if "xmlns" not in svg
        else svg,
        code,
        [
            said(
                "Depuis une copie imprimée ou aplatie, cette adresse mène aux relevés et à leurs "
                "preuves : ",
                "From a printed or flattened copy, this address leads to the records and their "
                "proofs: ",
            ),
            b.link(address),
        ],
        said(f"Code QR qui mène à {address}", f"QR code that leads to {address}"),
    )
