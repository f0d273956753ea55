"""The board of whoever runs the monitor: does it look, does it know, is what it keeps intact."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models import common as common_models

from grafana.boards import integrity, machine, parts
from grafana.boards.parts import Annotation, as_rows, at_once, limits, over_time, properties
from grafana.boards.words import NAMES, OUTCOMES, REASONS
from monitor.core.model import Outcome
from monitor.web.typography import french

UID = "anef-sante"
TITLE = "Santé et intégrité du moniteur"

READING = """\
Ce tableau parle de **l’observatoire**, pas de l’ANEF. Ce qui est ici en rouge est à réparer chez \
nous, et n’est jamais compté comme une panne du site. Que faire : `docs/runbook.md`, une rubrique \
par alerte."""

NOT_KNOWN = tuple(outcome.value for outcome in Outcome if not outcome.is_known)


def board() -> dashboard.Dashboard:
    """The whole board."""
    return (
        parts.board(TITLE, UID, "Tourne-t-il, que sait-il, ses preuves sont-elles intactes ?")
        .annotation(_silences())
        .link(parts.to_board("Disponibilité ANEF", "anef-disponibilite"))
        .with_panel(parts.note(READING).height(2).span(24))
        .with_panel(_is_up().height(4).span(4))
        .with_panel(_scrape_age().height(4).span(4))
        .with_panel(_clock().height(4).span(4))
        .with_panel(_disk_left().height(4).span(4))
        .with_panel(_secrets().height(4).span(4))
        .with_panel(_version().height(4).span(4))
        .with_panel(_alerts().height(6).span(24))
        .with_row(parts.row("Ce que nous savons, et pourquoi nous ne savons pas"))
        .with_panel(_silence().height(8).span(8))
        .with_panel(_causes().height(8).span(16))
        .with_panel(_not_known().height(8).span(12))
        .with_panel(_rules().height(8).span(12))
        .with_panel(_unrun().height(6).span(24))
        .with_row(parts.row("La machine"))
        .with_panel(machine.memory().height(8).span(8))
        .with_panel(machine.restarts().height(8).span(8))
        .with_panel(machine.store().height(8).span(8))
        .with_panel(machine.disk().height(8).span(8))
        .with_panel(machine.evidence().height(8).span(8))
        .with_panel(machine.scrape().height(8).span(8))
        .with_row(parts.row("L’intégrité des preuves"))
        .with_panel(integrity.checkpoint().height(4).span(6))
        .with_panel(integrity.stamp().height(4).span(6))
        .with_panel(integrity.stamp_delay().height(4).span(6))
        .with_panel(integrity.waiting().height(4).span(6))
        .with_panel(integrity.log().height(7).span(12))
        .with_panel(integrity.clock_curve().height(7).span(12))
    )


def _silences() -> Annotation:
    return Annotation(
        name="Observatoire injoignable",
        expr=f"up{{{parts.JOB}}} == 0",
        title="L’observatoire ne répond plus à Prometheus",
        colour="dark-red",
    )


def _is_up() -> stat.Panel:
    answers = {"0": ("ne répond pas", "dark-red"), "1": ("répond", "green")}
    return parts.values(
        "Le programme",
        "Répond-il à Prometheus ? Sinon rien n’est observé.",
        [at_once(f"up{{{parts.JOB}}}", "programme")],
    ).mappings(parts.mapped(dict(answers)))


def _scrape_age() -> stat.Panel:
    return (
        parts.values(
            "Âge du dernier relevé de Prometheus",
            "Au-delà de quelques minutes, tout ce tableau est périmé.",
            [at_once("time() - timestamp(anef_build_info)", "âge")],
        )
        .unit("s")
        .decimals(0)
        .thresholds(limits((None, "green"), (120, "orange"), (600, "dark-red")))
    )


def _clock() -> stat.Panel:
    return (
        parts.values(
            "Écart de l’horloge",
            "Écart au temps NTP. Au-delà d’une seconde il est imprimé ; au-delà de trente, plus "
            "rien n’est conclu.",
            [at_once("abs(anef_clock_offset_seconds)", "écart")],
        )
        .unit("s")
        .decimals(3)
        .mappings(parts.not_a_number("non mesuré"))
        .thresholds(limits((None, "green"), (1, "orange"), (30, "dark-red")))
    )


def _disk_left() -> stat.Panel:
    return (
        parts.values(
            "Place sur le disque",
            "Part libre du disque qui tient la base et les preuves.",
            [at_once("anef:disk_free:ratio", "libre")],
        )
        .unit("percentunit")
        .decimals(0)
        .thresholds(limits((None, "dark-red"), (0.1, "orange"), (0.2, "green")))
    )


def _secrets() -> stat.Panel:
    return (
        parts.values(
            "Secrets retenus, 30 jours",
            "Fichiers de preuve non gardés parce qu’ils contenaient un secret. Zéro, ou il faut "
            "chercher par où.",
            [at_once("increase(anef_secrets_caught_total[30d])", "secrets")],
        )
        .decimals(0)
        .thresholds(limits((None, "green"), (0.5, "dark-red")))
    )


def _version() -> stat.Panel:
    return (
        parts.values(
            "Version",
            "Version du programme et jeu de règles en vigueur.",
            [at_once("anef_build_info", "{{version}}, règles {{ruleset}}")],
        )
        .text_mode(common_models.BigValueTextMode.NAME)
        .color_mode(common_models.BigValueColorMode.NONE)
    )


def _alerts() -> table.Panel:
    levels = {
        "info": ("information", "blue"),
        "warning": ("avertissement", "orange"),
        "critical": ("critique", "dark-red"),
    }
    names = {component: (name, None) for component, name in NAMES.items()}
    panel = parts.rows(
        "Alertes en cours",
        "Les règles de Prometheus qui parlent en ce moment ; vide quand tout va bien.",
        [as_rows('max by (alertname, component, severity) (ALERTS{alertstate="firing"})')],
    ).with_transformation(
        parts.columns(
            {"severity": "Gravité", "alertname": "Alerte", "component": "Démarche"},
            *("Time", "Value"),
        )
    )
    panel.override_by_name(
        "Gravité", properties(mappings=parts.mapped(dict(levels)), **parts.coloured_cell())
    )
    panel.override_by_name("Démarche", properties(mappings=parts.mapped(names)))
    return panel.no_value("Aucune alerte")


def _silence() -> bargauge.Panel:
    panel = (
        bargauge.Panel()
        .title("Temps depuis le dernier relevé de chaque sonde")
        .description(
            french("En intervalles prévus. Au-delà de 2,5 la démarche est « non connue ».")
        )
        .datasource(parts.SOURCE)
        .with_target(at_once("max by (component) (anef:probe_silence:intervals)", "{{component}}"))
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.BASIC)
        .name_placement(common_models.BarGaugeNamePlacement.TOP)
        .min(0)
        .max(5)
        .decimals(1)
        .color_scheme(parts.by_thresholds())
        .thresholds(limits((None, "green"), (1.5, "orange"), (2.5, "dark-red")))
        .no_value(parts.NO_DATA)
    )
    for component, name in NAMES.items():
        panel.override_by_name(component, properties(displayName=name))
    return panel


def _causes() -> timeseries.Panel:
    panel = parts.curves(
        "Relevés par issue et par heure",
        "Tous les relevés prévus, exécutés ou non, dans l’heure qui précède chaque point.",
        [over_time("sum by (outcome) (increase(anef_probe_runs_total[1h])) > 0", "{{outcome}}")],
    ).decimals(0)
    return parts.renamed(parts.bars(panel), OUTCOMES)


def _not_known() -> timeseries.Panel:
    panel = parts.curves(
        "Part non connue, par cause, sur 24 heures glissantes",
        "Part des relevés prévus qui ne savent rien. Ils ne comptent ni comme panne ni comme bon "
        "fonctionnement.",
        [
            over_time(
                'sum by (outcome) (anef_slots_not_known{window="24h"}) '
                '/ on () group_left () sum(anef_slots{window="24h"})',
                "{{outcome}}",
            )
        ],
    )
    causes = {name: OUTCOMES[name] for name in NOT_KNOWN}
    return parts.renamed(panel, causes).unit("percentunit").min(0)


def _rules() -> table.Panel:
    causes = {name: (OUTCOMES[name][0], None) for name in NOT_KNOWN}
    names = {component: (name, None) for component, name in NAMES.items()}
    panel = parts.rows(
        "Pourquoi nous ne savons pas, sur 7 jours",
        "Relevés qui ne savent rien, par démarche, cause et règle. Les règles : docs/rules.md.",
        [
            as_rows(
                "sort_desc(sum by (component, outcome, rule) "
                '(anef_slots_not_known{window="7d"}) > 0)'
            )
        ],
    ).with_transformation(
        parts.columns(
            {"component": "Démarche", "outcome": "Cause", "rule": "Règle", "Value": "Relevés"},
            "Time",
        )
    )
    panel.override_by_name("Démarche", properties(mappings=parts.mapped(names)))
    panel.override_by_name("Cause", properties(mappings=parts.mapped(causes)))
    return panel.no_value("Tout est connu")


def _unrun() -> table.Panel:
    reasons = {rule: (said, None) for rule, said in REASONS.items()}
    names = {component: (name, None) for component, name in NAMES.items()}
    kinds = {name: OUTCOMES[name] for name in ("missed", "skipped")}
    panel = parts.rows(
        "Relevés manqués ou suspendus, et pourquoi, sur 24 heures",
        "Manqué : rien n’a pu tourner à l’heure. Suspendu : nous avons choisi de ne pas visiter.",
        [
            as_rows(
                "sort_desc(sum by (component, outcome, rule) (anef_slots_not_known"
                '{window="24h", outcome=~"missed|skipped"}) > 0)'
            )
        ],
    ).with_transformation(
        parts.columns(
            {"component": "Démarche", "outcome": "Issue", "rule": "Pourquoi", "Value": "Relevés"},
            "Time",
        )
    )
    panel.override_by_name("Démarche", properties(mappings=parts.mapped(names)))
    panel.override_by_name("Issue", properties(mappings=parts.mapped(dict(kinds))))
    panel.override_by_name("Pourquoi", properties(mappings=parts.mapped(reasons)))
    return panel.no_value("Aucun relevé manqué ni suspendu")
