"""Where a person was, and so which clock they read: the territories of the French Republic.

An hour without a zone is no moment. Zones are names of the IANA database, so that summer time,
where there is any, is the database's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Territory:
    """``id`` is what files and forms say, ``name`` what readers see, ``zone`` an IANA name."""

    id: str
    name: str
    zone: str

    @property
    def clock(self) -> ZoneInfo:
        """The local clock."""
        return ZoneInfo(self.zone)


METROPOLE = "metropole"

TERRITORIES: tuple[Territory, ...] = (
    Territory(id=METROPOLE, name="France métropolitaine", zone="Europe/Paris"),
    Territory(id="guadeloupe", name="Guadeloupe", zone="America/Guadeloupe"),
    Territory(id="martinique", name="Martinique", zone="America/Martinique"),
    Territory(id="guyane", name="Guyane", zone="America/Cayenne"),
    Territory(id="la-reunion", name="La Réunion", zone="Indian/Reunion"),
    Territory(id="mayotte", name="Mayotte", zone="Indian/Mayotte"),
    Territory(
        id="saint-pierre-et-miquelon", name="Saint-Pierre-et-Miquelon", zone="America/Miquelon"
    ),
    Territory(id="saint-barthelemy", name="Saint-Barthélemy", zone="America/St_Barthelemy"),
    Territory(id="saint-martin", name="Saint-Martin", zone="America/Marigot"),
    Territory(id="nouvelle-caledonie", name="Nouvelle-Calédonie", zone="Pacific/Noumea"),
    Territory(id="polynesie", name="Polynésie française (Tahiti)", zone="Pacific/Tahiti"),
    Territory(id="marquises", name="Polynésie française (Marquises)", zone="Pacific/Marquesas"),
    Territory(id="gambier", name="Polynésie française (Gambier)", zone="Pacific/Gambier"),
    Territory(id="wallis-et-futuna", name="Wallis-et-Futuna", zone="Pacific/Wallis"),
)
"""Metropolitan France first, then in the order in which the State lists them."""

BY_ID: dict[str, Territory] = {one.id: one for one in TERRITORIES}
