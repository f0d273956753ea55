"""``/donnees/api``: the API for people. Its addresses and parameters are those of the API itself;
a test holds that none is missing here."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse

from monitor.exports.package import LICENCES
from monitor.web.api.app import EXAMPLES
from monitor.web.language import N_, _
from monitor.web.pages import GET, Pages
from monitor.web.typography import french

BASE = "/api/v1"

ABOUT = {
    "/": N_("Ce qu’il y a : toutes les adresses, la licence, la définition."),
    "/components": N_("L’état de chaque étape en ce moment."),
    "/figures": N_(
        "Le chiffre d’une période, avec ses bornes, le temps connu et tout ce qui l’accompagne."
    ),
    "/comparisons": N_("Deux périodes côte à côte ; pas de différence si la méthode a changé."),
    "/daily": N_("Les chiffres de chaque jour d’une période, à l’heure de Paris."),
    "/hours-of-week": N_("Quand, dans la semaine, cela ne marche pas : 168 heures."),
    "/incidents": N_("Les incidents, le dernier ouvert en premier."),
    "/incidents/{component}/{number}": N_("Un seul incident."),
    "/observations": N_("Chaque créneau du registre, qu’il ait tourné ou non, dans son ordre."),
    "/exports": N_("Les mois de données ouvertes, avec leur empreinte."),
}

PARAMETERS = {
    "component": N_("l’étape : portal, login… ; whole_path pour le parcours entier"),
    "window": N_("la période : 24h, 7d, 30d, 90d, 365d, today, decision, all, 2026-11, "
                 "2026-11-25 ou 2026-11-01..2026-11-15"),
    "start": N_("à la place de window : le début, avec un fuseau (2026-11-01T00:00:00Z)"),
    "end": N_("et la fin ; sans elle, maintenant"),
    "depth": N_("form ou full : seulement les relevés de cette profondeur"),
    "vantage": N_("seulement depuis ce point d’observation"),
    "category": N_("seulement les relevés de cette catégorie de titre"),
    "first": N_("la première période, nommée comme window"),
    "second": N_("la seconde"),
    "across_changes": N_("true : donner la différence malgré un changement de méthode"),
    "open_only": N_("true : seulement les incidents en cours"),
    "limit": N_("combien au plus : 100, ou jusqu’à 1000"),
    "before": N_("la page suivante des incidents : le next_before de la précédente"),
    "after": N_("la page suivante du registre : le next_after de la précédente"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EndpointRow:
    """An address in words; ``example`` is "" where none is sure to answer."""

    path: str
    about: str
    example: str


def add_api_page(app: FastAPI, pages: Pages) -> None:
    """The page, and the API's address without its last slash."""

    @app.api_route("/donnees/api", methods=GET)
    def page() -> Response:
        return pages.answer(
            "api.html",
            endpoints=[
                EndpointRow(
                    path=BASE + path,
                    about=french(_(about)),
                    example=BASE + EXAMPLES[path] if path in EXAMPLES else "",
                )
                for path, about in ABOUT.items()
            ],
            parameters=[(name, french(_(about))) for name, about in PARAMETERS.items()],
            licences=LICENCES,
            base=(pages.publisher.public_url or "").rstrip("/") + BASE,
        )

    @app.api_route(BASE, methods=GET)
    def without_slash() -> Response:
        return RedirectResponse(f"{BASE}/", 308)
