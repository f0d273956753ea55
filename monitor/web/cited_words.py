"""A cited figure in words: made of what was frozen, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.cited import Citation
from monitor.core.model import Vantage
from monitor.core.statistics import percent_digits, samples_in, shown_coverage, shown_percent
from monitor.web.language import _
from monitor.web.statistics_views import every, how_deep, scope_title, shown
from monitor.web.typography import day, french, listed, number, percent, precise


@dataclass(frozen=True, kw_only=True)
class CitedFigure:
    """The frozen values in words. ``value`` is "" when there was not enough data."""

    title: str
    value: str
    low: str
    high: str
    coverage: str
    observations: str
    interval: str
    depth: str
    places: tuple[str, ...]
    start: str
    end: str
    rulesets: str


def place_words(one: Vantage) -> str:
    """ "Paris, réseau Exemple Télécom, AS64500": what stands below every page, without brackets,
    since the sentence has some around it."""
    network = _("réseau %(operator)s") % {"operator": one.operator} if one.operator else ""
    number = f"AS{one.asn}" if one.asn else ""
    return ", ".join(words for words in (one.label, network, number) if words)


def cited_figure(cited: Citation) -> CitedFigure:
    """The figure of a citation in the language of the page."""
    values, scope = cited.figures, cited.scope
    every_seconds = values["intervals_seconds"]
    digits = percent_digits(
        samples_in(values["known_observations"], values["known_seconds"], every_seconds)
    )
    low, high = (percent(shown_percent(one, digits), digits) for one in values["bounds"])
    return CitedFigure(
        title=scope_title(scope.component),
        value=shown(values["availability"], digits),
        low=low,
        high=high,
        coverage=percent(shown_coverage(values["coverage"]), 0),
        observations=number(values["observations"]),
        interval=every(every_seconds) if every_seconds else "",
        depth=how_deep(scope.component, scope.depth),
        places=tuple(place_words(one) for one in cited.vantages),
        start=precise(cited.figure_start),
        end=precise(cited.figure_end),
        rulesets=listed(values["rulesets"]),
    )


def sentence_of(cited: Citation, publisher: str) -> str:
    """The figure as a sentence to quote: bounds, coverage, depth, vantages and interval go with
    it, and no more digits than the sampling allows."""
    found = cited_figure(cited)
    facts = {
        "start": day(cited.figure_start),
        "end": day(cited.figure_end),
        "name": found.title,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "coverage": found.coverage,
        "n": found.observations,
        "interval": found.interval,
        "vantages": listed(found.places),
        "depth": found.depth,
        "publisher": publisher,
        "code": cited.code,
    }
    if not found.value:
        text = _(
            "Du {start} au {end}, l’observatoire ({publisher}) ne donne pas de disponibilité pour "
            "« {name} » : {coverage} du temps seulement est connu ({n} relevés, {depth}). Citation "
            "{code}."
        )
    else:
        text = _(
            "Du {start} au {end}, « {name} » a été disponible {value} du temps connu (entre {low} "
            "et {high} selon ce que valait le temps non connu ; {coverage} du temps est connu ; "
            "{n} relevés, {interval}, {depth}, depuis {vantages}), selon l’observatoire "
            "({publisher}). Citation {code}."
        )
    return french(text.format(**facts))


DEFINITION = (
    "Disponibilité = temps disponible / temps connu, sur la période bornée au premier créneau et "
    "au moment de la citation. Sous 80 % de temps connu, il n’y a pas de chiffre. Ce qui n’est pas "
    "connu ne compte ni comme panne ni comme bon fonctionnement : les bornes disent ce que cela "
    "changerait.",
    "Availability = available time / known time, over the period clipped to the first slot and to "
    "the moment of the citation. Under 80 % of known time there is no figure. What is not known "
    "counts neither as down nor as up: the bounds say what it would change.",
)
"""In French and in English, for machines: it goes with the frozen values."""
