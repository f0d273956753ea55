"""The answer in other clothes: a text to copy, a badge, a picture for previews, a feed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from xml.etree import ElementTree as ET

import vl_convert
from fastapi import FastAPI, Response

from monitor.core.model import Incident
from monitor.web.incident_views import incident_id, incident_row
from monitor.web.kept import Kept
from monitor.web.language import _, language, link
from monitor.web.now import Situation, Watch
from monitor.web.pages import GET, Pages, Publisher
from monitor.web.status import Headline
from monitor.web.typography import dated, french, precise

LONGEST_TEXT = 300
FEED_ENTRIES = 50
ATOM = "http://www.w3.org/2005/Atom"
COLOURS = {
    "good": "#1b6b58",
    "bad": "#9c1f1a",
    "slow": "#7a5400",
    "planned": "#7a5400",
    "unsure": "#4e5865",
    "off": "#6a7178",
}
CARD_WIDTH, CARD_HEIGHT = 1200, 630


def share_text(answer: Headline, publisher: Publisher, at: str) -> str:
    """The answer for a message, of at most LONGEST_TEXT characters. What does not fit is left
    out whole, never cut: half a sentence may say the opposite."""
    address = f" {publisher.public_url}" if publisher.public_url else ""
    ending = french(_(" (vu le {moment}, heure de Paris)").format(moment=at)) + address
    rehearsal = _("SITE DE RÉPÉTITION")
    mark = f"[{rehearsal}] " if publisher.rehearsal else ""
    said = mark + _about(answer.answer)
    if len(said + ending) > LONGEST_TEXT:
        return mark + _about(f"{answer.short}.") + ending
    for detail in answer.details:
        if len(f"{said} {detail}{ending}") > LONGEST_TEXT:
            break
        said = f"{said} {detail}"
    return said + ending


def _about(answer: str) -> str:
    return french(_("ANEF : {answer}").format(answer=answer))


def badge(answer: Headline) -> str:
    """A small SVG: who speaks, and the state in two or three words."""
    left, right = "ANEF", answer.short.lower()
    width_left, width_right = 48, 14 + round(6.6 * len(right))
    width = width_left + width_right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="22" role="img"'
        f' aria-label="{left}: {escape(right)}"><title>{escape(answer.answer)}</title>'
        f'<rect width="{width}" height="22" rx="3" fill="#1b2024"/>'
        f'<path d="M{width_left} 0h{width_right - 3}a3 3 0 0 1 3 3v16a3 3 0 0 1-3 3h'
        f'-{width_right - 3}z" fill="{COLOURS[answer.tone]}"/>'
        f'<g fill="#fff" font-family="DejaVu Sans,Verdana,sans-serif" font-size="11">'
        f'<text x="8" y="15">{left}</text>'
        f'<text x="{width_left + 7}" y="15">{escape(right)}</text></g></svg>'
    )


def card(answer: Headline, publisher: Publisher, at: str) -> bytes:
    """The picture that messengers and social networks show beside a link, as PNG."""
    lines = wrap(answer.answer, 34)[:4]
    said = "".join(
        f'<text x="90" y="{280 + 76 * number}" font-size="62" font-weight="700"'
        f' font-family="Liberation Serif">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    seen = _("{moment}, heure de Paris").format(moment=at)
    own = _("Observatoire indépendant de l’ANEF")
    note = _("SITE DE RÉPÉTITION") if publisher.rehearsal else own
    question = french(_("Est-ce en panne pour tout le monde ?"))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{CARD_WIDTH}" height="{CARD_HEIGHT}">'
        f'<rect width="100%" height="100%" fill="#faf9f6"/>'
        f'<rect width="26" height="100%" fill="{COLOURS[answer.tone]}"/>'
        f'<g font-family="DejaVu Sans" fill="#1b2024">'
        f'<text x="90" y="110" font-size="32" fill="#545c63">{escape(note)}</text>'
        f'<text x="90" y="190" font-size="38">{escape(question)}</text>{said}'
        f'<text x="90" y="580" font-size="28" fill="#545c63">{escape(seen)}</text></g></svg>'
    )
    return vl_convert.svg_to_png(svg)


def feed(situation: Situation, publisher: Publisher) -> bytes:
    """The incidents as Atom (RFC 4287), the newest first."""
    base = (publisher.public_url or "").rstrip("/")
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": language()})
    home = base + link("/")
    _text(root, "id", base + link("/incidents"))
    _text(root, "title", _("Incidents de l’ANEF vus par un observatoire indépendant"))
    _text(root, "updated", _updated(situation.incidents, situation))
    ET.SubElement(root, f"{{{ATOM}}}link", {"rel": "self", "href": base + link("/incidents.atom")})
    ET.SubElement(root, f"{{{ATOM}}}link", {"rel": "alternate", "href": home})
    author = ET.SubElement(root, f"{{{ATOM}}}author")
    _text(author, "name", publisher.operator or "anef-monitor")
    for incident in situation.incidents[:FEED_ENTRIES]:
        _entry(root, incident, situation, base)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: ET.Element, incident: Incident, situation: Situation, base: str) -> None:
    row = incident_row(incident, situation.moment, incident.started_before)
    address = base + link(f"/incidents/{incident_id(incident)}")
    entry = ET.SubElement(root, f"{{{ATOM}}}entry")
    _text(entry, "id", address)
    _text(
        entry,
        "title",
        french(_("{name} : {text}").format(name=row.component, text=row.kind.lower())),
    )
    _text(entry, "updated", _updated([incident], situation))
    _text(entry, "published", incident.started_before.isoformat())
    ET.SubElement(entry, f"{{{ATOM}}}link", {"rel": "alternate", "href": address})
    begun = _("Début : le {moment}.").format(moment=precise(incident.started_before))
    ended = incident.ended_before
    closed = (
        _("Fin : le {moment}.").format(moment=precise(ended)) if ended else _("Incident en cours.")
    )
    _text(entry, "summary", french(f"{begun} {closed}"))


def _updated(incidents: Sequence[Incident], situation: Situation) -> str:
    moments = [one.ended_before or one.started_before for one in incidents]
    return max(moments, default=situation.moment).isoformat()


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def add_share(app: FastAPI, pages: Pages, watch: Watch) -> None:
    """``/badge.svg``, ``/apercu.png`` and ``/incidents.atom``."""
    cards = Kept[bytes](60)

    @app.api_route("/badge.svg", methods=GET)
    def small() -> Response:
        return Response(
            badge(watch.situation().headline),
            media_type="image/svg+xml",
            headers={"cache-control": "public, no-cache"},
        )

    @app.api_route("/apercu.png", methods=GET)
    def preview() -> Response:
        now = watch.situation()
        made = cards.get(
            language(),
            now.moment,
            lambda: card(now.headline, pages.publisher, dated(now.moment)),
        )
        headers = {"cache-control": "public, max-age=60"}
        return Response(made, media_type="image/png", headers=headers)

    @app.api_route("/incidents.atom", methods=GET)
    def atom() -> Response:
        return Response(
            feed(watch.situation(), pages.publisher),
            media_type="application/atom+xml",
            headers={"cache-control": "public, max-age=60"},
        )
