"""What stands in every picture of a chart besides its drawing."""

from __future__ import annotations

from monitor.exports.charts import Caption
from monitor.web.language import _
from monitor.web.pages import Publisher
from monitor.web.typography import french, sentence


def caption(publisher: Publisher, *, title: str, period: str, definition: str) -> Caption:
    """A caption that says who publishes, under which licence, and whether it is a rehearsal."""
    rehearsal = _("SITE DE RÉPÉTITION") + " — " if publisher.rehearsal else ""
    who = publisher.operator or _("Observatoire indépendant de l’ANEF")
    where = f", {publisher.public_url}" if publisher.public_url else ""
    source = _("Source : {who}. Licence Ouverte 2.0 (Etalab).").format(who=who + where)
    return Caption(
        title=french(rehearsal + title),
        period=french(sentence(period)),
        definition=french(definition),
        source=french(source),
    )
