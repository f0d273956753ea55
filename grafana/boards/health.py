"""The board of whoever runs the monitor: does it look, does it know, is what it keeps intact."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from grafana.boards import parts
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
JOB = 'job="anef-monitor"'


def board() -> dashboard.Dashboard:
    """The whole board."""
    return (
        dashboard.Dashboard(TITLE)
        .uid(UID)
        .description(french("Tourne-t-il, que sait-il, ses preuves sont-elles intactes ?"))
        .tags(["anef"])
        .timezone("Europe/Paris")
        .time("now-24h", "now")
        .refresh("1m")
        .editable()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .annotation(_silences())
        .link(_to_availability())
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
        .with_panel(_memory().height(8).span(8))
        .with_panel(_restarts().height(8).span(8))
        .with_panel(_store().height(8).span(8))
        .with_panel(_disk().height(8).span(8))
        .with_panel(_evidence().height(8).span(8))
        .with_panel(_scrape().height(8).span(8))
        .with_row(parts.row("L’intégrité des preuves"))
        .with_panel(_checkpoint().height(4).span(6))
        .with_panel(_stamp().height(4).span(6))
        .with_panel(_stamp_delay().height(4).span(6))
        .with_panel(_waiting().height(4).span(6))
        .with_panel(_log().height(7).span(12))
        .with_panel(_clock_curve().height(7).span(12))
    )


def _silences() -> Annotation:
    return Annotation(
        name="Observatoire injoignable",
        expr=f"up{{{JOB}}} == 0",
        title="L’observatoire ne répond plus à Prometheus",
        colour="dark-red",
    )


def _to_availability() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Disponibilité ANEF")
        .type(models.DashboardLinkType.LINK)
        .url("/d/anef-disponibilite")
        .keep_time(True)
    )


def _is_up() -> stat.Panel:
    answers = {"0": ("ne répond pas", "dark-red"), "1": ("répond", "green")}
    return parts.values(
        "Le programme",
        "Répond-il à Prometheus ? Sinon rien n’est observé.",
        [at_once(f"up{{{JOB}}}", "programme")],
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


def _bars(panel: timeseries.Panel) -> timeseries.Panel:
    stacked = common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A")
    return (
        panel.draw_style(common_models.GraphDrawStyle.BARS)
        .fill_opacity(90)
        .line_width(0)
        .stacking(stacked)
    )


def _causes() -> timeseries.Panel:
    panel = parts.curves(
        "Relevés par issue et par heure",
        "Tous les relevés prévus, exécutés ou non, dans l’heure qui précède chaque point.",
        [over_time("sum by (outcome) (increase(anef_probe_runs_total[1h])) > 0", "{{outcome}}")],
    ).decimals(0)
    return parts.renamed(_bars(panel), OUTCOMES)


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


def _memory() -> timeseries.Panel:
    return (
        parts.curves(
            "Mémoire",
            "Le programme, et son navigateur (pages partagées comptées plusieurs fois). Limite de "
            "compose.yaml : 2000 Mo pour les deux.",
            [
                over_time(f"process_resident_memory_bytes{{{JOB}}}", "programme", "A"),
                over_time("anef_browser_memory_bytes", "navigateur", "B"),
            ],
        )
        .unit("bytes")
        .min(0)
    )


def _restarts() -> timeseries.Panel:
    panel = parts.curves(
        "Relances du navigateur par heure",
        "Une relance de temps en temps est voulue ; plus de six par heure ne l’est pas.",
        [over_time("increase(anef_browser_restarts_total[1h])", "relances")],
    )
    return _bars(panel).decimals(0).min(0)


def _store() -> timeseries.Panel:
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


def _disk() -> timeseries.Panel:
    return (
        parts.curves(
            "Place libre sur le disque",
            "Du disque qui tient la base et les preuves.",
            [over_time("anef_disk_free_bytes", "libre")],
        )
        .unit("bytes")
        .min(0)
    )


def _evidence() -> timeseries.Panel:
    panel = parts.curves(
        "Preuves gardées par heure",
        "Octets nouveaux ; un fichier déjà gardé ne compte pas deux fois.",
        [over_time("increase(anef_evidence_bytes_total[1h])", "preuves")],
    )
    return _bars(panel).unit("bytes").min(0)


def _scrape() -> timeseries.Panel:
    return (
        parts.curves(
            "Temps de réponse à Prometheus",
            "Calcul de tous les chiffres à chaque relevé de Prometheus ; la limite est de 10 s.",
            [over_time(f"scrape_duration_seconds{{{JOB}}}", "réponse")],
        )
        .unit("s")
        .min(0)
    )


def _age(title: str, description: str, expr: str, *, late: float) -> stat.Panel:
    return (
        parts.values(title, description, [at_once(expr, "âge")])
        .unit("s")
        .decimals(0)
        .mappings(parts.not_a_number("aucun"))
        .thresholds(limits((None, "green"), (late / 2, "orange"), (late, "dark-red")))
    )


def _checkpoint() -> stat.Panel:
    return _age(
        "Âge du dernier point de contrôle",
        "Le journal est signé toutes les heures, et au début et à la fin d’un incident.",
        "time() - anef_log_last_checkpoint_timestamp_seconds",
        late=10800,
    )


def _stamp() -> stat.Panel:
    return _age(
        "Âge du dernier horodatage",
        "Jeton RFC 3161 d’une autorité extérieure : preuve que rien n’est antidaté.",
        "time() - anef_log_last_stamp_timestamp_seconds",
        late=10800,
    )


def _stamp_delay() -> stat.Panel:
    return _age(
        "Délai du dernier horodatage",
        "Entre la signature du point de contrôle et son jeton.",
        "anef_log_stamp_delay_seconds",
        late=7200,
    )


def _waiting() -> stat.Panel:
    return _age(
        "Attente d’un horodatage",
        "Depuis quand le plus ancien point de contrôle attend son jeton ; « aucun » : rien "
        "n’attend.",
        "anef:stamp_wait:seconds",
        late=7200,
    )


def _log() -> timeseries.Panel:
    return (
        parts.curves(
            "Taille du journal de transparence",
            "Nombre de feuilles. Il ne peut que grandir : une baisse serait un journal remplacé.",
            [over_time("anef_log_tree_size", "feuilles")],
        )
        .decimals(0)
        .min(0)
    )


def _clock_curve() -> timeseries.Panel:
    return parts.curves(
        "Écart de l’horloge au fil du temps",
        "Cette horloge moins le temps NTP ; interrompu tant que personne n’a répondu.",
        [over_time("anef_clock_offset_seconds", "écart")],
    ).unit("s")
