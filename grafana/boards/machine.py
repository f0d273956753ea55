"""Panels of the machine: memory, browser, database, disk, evidence."""

from __future__ import annotations

from grafana_foundation_sdk.builders import timeseries

from grafana.boards import parts
from grafana.boards.parts import over_time
from monitor.web.typography import french


def memory() -> timeseries.Panel:
    return (
        parts.curves(
            "Mémoire",
            "Le programme, et son navigateur (pages partagées comptées plusieurs fois). Limite de "
            "compose.yaml : 2000 Mo pour les deux.",
            [
                over_time(f"process_resident_memory_bytes{{{parts.JOB}}}", "programme", "A"),
                over_time("anef_browser_memory_bytes", "navigateur", "B"),
            ],
        )
        .unit("bytes")
        .min(0)
    )


def restarts() -> timeseries.Panel:
    panel = parts.curves(
        "Relances du navigateur par heure",
        "Une relance de temps en temps est voulue ; plus de six par heure ne l’est pas.",
        [over_time("increase(anef_browser_restarts_total[1h])", "relances")],
    )
    return parts.bars(panel).decimals(0).min(0)


def store() -> timeseries.Panel:
    buckets = "sum by (le) (rate(anef_store_write_duration_seconds_bucket[1h]))"
    return (
        parts.curves(
            "Temps d’écriture dans la base",
            "De chaque relevé, sur une heure : médiane et 95e centile, estimés par classes.",
            [
                over_time(f"histogram_quantile(0.5, {buckets})", "médiane", "A"),
                over_time("anef:store_write_seconds:p95_1h", french("95 %"), "B"),
            ],
        )
        .unit("s")
        .min(0)
    )


def disk() -> timeseries.Panel:
    return (
        parts.curves(
            "Place libre sur le disque",
            "Du disque qui tient la base et les preuves.",
            [over_time("anef_disk_free_bytes", "libre")],
        )
        .unit("bytes")
        .min(0)
    )


def evidence() -> timeseries.Panel:
    panel = parts.curves(
        "Preuves gardées par heure",
        "Octets nouveaux ; un fichier déjà gardé ne compte pas deux fois.",
        [over_time("increase(anef_evidence_bytes_total[1h])", "preuves")],
    )
    return parts.bars(panel).unit("bytes").min(0)


def scrape() -> timeseries.Panel:
    return (
        parts.curves(
            "Temps de réponse à Prometheus",
            "Calcul de tous les chiffres à chaque relevé de Prometheus ; la limite est de 10 s.",
            [over_time(f"scrape_duration_seconds{{{parts.JOB}}}", "réponse")],
        )
        .unit("s")
        .min(0)
    )
