"""Panels of the integrity of the evidence: checkpoints, stamps, the log, the clock."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, timeseries

from grafana.boards import parts
from grafana.boards.parts import at_once, limits, over_time


def _age(title: str, description: str, expr: str, *, late: float) -> stat.Panel:
    return (
        parts.values(title, description, [at_once(expr, "âge")])
        .unit("s")
        .decimals(0)
        .mappings(parts.not_a_number("aucun"))
        .thresholds(limits((None, "green"), (late / 2, "orange"), (late, "dark-red")))
    )


def checkpoint() -> stat.Panel:
    return _age(
        "Âge du dernier point de contrôle",
        "Le journal est signé toutes les heures, et au début et à la fin d’un incident.",
        "time() - anef_log_last_checkpoint_timestamp_seconds",
        late=10800,
    )


def stamp() -> stat.Panel:
    return _age(
        "Âge du dernier horodatage",
        "Jeton RFC 3161 d’une autorité extérieure : preuve que rien n’est antidaté.",
        "time() - anef_log_last_stamp_timestamp_seconds",
        late=10800,
    )


def stamp_delay() -> stat.Panel:
    return _age(
        "Délai du dernier horodatage",
        "Entre la signature du point de contrôle et son jeton.",
        "anef_log_stamp_delay_seconds",
        late=7200,
    )


def waiting() -> stat.Panel:
    return _age(
        "Attente d’un horodatage",
        "Depuis quand le plus ancien point de contrôle attend son jeton ; « aucun » : rien "
        "n’attend.",
        "anef:stamp_wait:seconds",
        late=7200,
    )


def log() -> timeseries.Panel:
    return (
        parts.curves(
            "Taille du journal de transparence",
            "Nombre de feuilles. Il ne peut que grandir : une baisse serait un journal remplacé.",
            [over_time("anef_log_tree_size", "feuilles")],
        )
        .decimals(0)
        .min(0)
    )


def clock_curve() -> timeseries.Panel:
    return parts.curves(
        "Écart de l’horloge au fil du temps",
        "Cette horloge moins le temps NTP ; interrompu tant que personne n’a répondu.",
        [over_time("anef_clock_offset_seconds", "écart")],
    ).unit("s")
