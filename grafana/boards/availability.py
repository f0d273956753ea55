"""The board that NGOs look at: does it work, since when, how often, at which step not."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, dashboard, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from grafana.boards import parts
from grafana.boards.parts import Annotation, as_rows, over_time, properties
from grafana.boards.words import GREY, NAMES, STATES, WEEKDAYS, WINDOWS
from monitor.web.typography import french

UID = "anef-disponibilite"
TITLE = "Disponibilité ANEF"

INCIDENT_URL = "${site}/incidents/${__data.fields.component}-${__data.fields.Incident.numeric}"
"""The fields are found by the name that they are shown under."""

_NAMED = 'label_join({}, "nom", "", "component")'
"""The component twice: once to be shown by its name, once as it stands in addresses."""

READING = """\
Observatoire **indépendant** : ce tableau n’est pas celui de l’administration. Une case grise ou \
« données insuffisantes » veut dire que **nous ne savons pas** ; elle ne compte ni comme une panne \
ni comme un bon fonctionnement. Sous « Incident en cours », la case rouge mène à la \
page publique de l’incident, avec les captures. Définitions : [méthode](${site}/methode)."""

_RATIO_STEPS = ((None, "dark-red"), (0.9, "orange"), (0.97, "yellow"), (0.99, "green"))
_COVERAGE_STEPS = ((None, GREY), (0.8, "text"))


def board(site_url: str) -> dashboard.Dashboard:
    """The whole board; its links lead to the public pages at this address."""
    return (
        parts.board(
            TITLE, UID, "Ce qui fonctionne ou non dans l’ANEF, vu par un observatoire indépendant."
        )
        .with_variable(_site(site_url))
        .with_variable(_component())
        .annotation(_incidents())
        .annotation(_maintenance())
        .link(parts.to_board("Santé du moniteur", "anef-sante"))
        .with_panel(parts.note(READING).height(3).span(24))
        .with_panel(_now().height(8).span(24))
        .with_panel(_timeline().height(7).span(24))
        .with_panel(_failing().height(6).span(24))
        .with_row(parts.row("Au fil du temps"))
        .with_panel(_availability().height(8).span(12))
        .with_panel(_coverage().height(8).span(12))
        .with_row(parts.row("Quand, et à quelle étape : $composant"))
        .with_panel(_week().height(10).span(24))
        .with_panel(_steps().height(9).span(24))
    )


def _site(url: str) -> dashboard.TextBoxVariable:
    chosen = models.VariableOption(selected=True, text=url, value=url)
    return (
        dashboard.TextBoxVariable("site")
        .label("Site public")
        .description("Adresse des pages publiques de l’observatoire, pour les liens.")
        .default_value(url)
        .current(chosen)
        .options([chosen])
    )


def _component() -> dashboard.CustomVariable:
    options = [
        models.VariableOption(selected=component == "category", text=name, value=component)
        for component, name in NAMES.items()
    ]
    return (
        dashboard.CustomVariable("composant")
        .label("Démarche")
        .description("Pour la semaine type et les durées.")
        .values(", ".join(f"{name} : {component}" for component, name in NAMES.items()))
        .options(options)
        .current(next(option for option in options if option.selected))
    )


def _incidents() -> Annotation:
    return Annotation(
        name="Incidents",
        expr="max by (component) (anef_incident_open) == 1",
        title="Incident : {{component}}",
        colour="dark-red",
    )


def _maintenance() -> Annotation:
    return Annotation(
        name="Maintenances annoncées",
        expr="max by (component) (anef_component_state) == 6",
        title="Maintenance annoncée : {{component}}",
        colour="purple",
    )


def _now() -> table.Panel:
    """One row a component: its state, its figures with their coverage."""
    queries = [
        as_rows(
            'label_join(max by (component) (anef_component_state), "nom", "", "component")', "A"
        ),
    ]
    shown = {"component": "component", "nom": "Démarche", "Value #A": "État maintenant"}
    for window, words in WINDOWS.items():
        for metric, title in (("availability", "Disponible"), ("coverage", "observé")):
            ref = f"{metric}_{window}"
            expr = f'max by (component) (anef_{metric}_ratio{{window="{window}"}})'
            queries.append(as_rows(expr, ref))
            shown[f"Value #{ref}"] = f"{title} {words}"
    panel = parts.rows(
        "Maintenant, et disponibilité",
        "Une ligne par démarche. « Disponible » : part du temps connu où un usager pouvait faire "
        "ce qu’il avait à faire. « Observé » : part du temps dont nous savons quelque chose ; "
        "sous 80 %, aucun chiffre n’est donné. Mêmes chiffres que sur le site public et les "
        "relevés.",
        queries,
    ).with_transformation(parts.columns(shown, "Time"))
    return _cells(panel)


def _cells(panel: table.Panel) -> table.Panel:
    states = {str(code): words for code, words in STATES.items()}
    names = {component: (name, None) for component, name in NAMES.items()}
    panel.override_by_name("component", properties(custom__hidden=True))
    panel.override_by_name(
        "Démarche", properties(mappings=parts.mapped(names), custom__minWidth=190)
    )
    panel.override_by_name(
        "État maintenant",
        properties(
            mappings=parts.mapped(dict(states)),
            custom__minWidth=200,
            links=parts.link("Tous les incidents", "${site}/incidents"),
            **parts.coloured_cell(),
        ),
    )
    return _ratios(panel)


def _ratios(panel: table.Panel) -> table.Panel:
    shared = {"unit": "percentunit", "mappings": parts.not_a_number(parts.NOT_ENOUGH)}
    panel.override_by_regexp(
        "/^Disponible/",
        properties(
            **shared,
            custom__minWidth=150,
            thresholds=parts.limits(*_RATIO_STEPS).build(),
            **{"custom__cellOptions": {"type": "color-text"}},
        ),
    )
    return panel.override_by_regexp(
        "/^observé/",
        properties(
            unit="percentunit",
            decimals=0,
            custom__minWidth=110,
            thresholds=parts.limits(*_COVERAGE_STEPS).build(),
            **{"custom__cellOptions": {"type": "color-text"}},
        ),
    )


def _timeline() -> statetimeline.Panel:
    panel = (
        statetimeline.Panel()
        .title("État au fil du temps")
        .description(
            french(
                "Ce qui pouvait être dit à chaque moment. Gris : non connu. Un blanc : Prometheus "
                "n’a rien reçu de l’observatoire. L’heure est celle où il a su, quelques minutes "
                "après le début ; les bornes exactes sont sur la page de l’incident."
            )
        )
        .datasource(parts.SOURCE)
        .with_target(over_time("max by (component) (anef_component_state)", "{{component}}"))
        .mappings(parts.mapped({str(code): words for code, words in STATES.items()}))
        .color_scheme(parts.by_thresholds())
        .merge_values(True)
        .show_value(common_models.VisibilityMode.NEVER)
        .row_height(0.85)
        .fill_opacity(85)
        .no_value(parts.NO_DATA)
    )
    for component, name in NAMES.items():
        links = parts.link("Incidents", "${site}/incidents")
        panel.override_by_name(component, properties(displayName=name, links=links))
    return panel


def _failing() -> table.Panel:
    """The step that fails just now; an empty table is good news. Only here is a row sure to have
    an incident, and so a page for its link."""
    names = {component: (name, None) for component, name in NAMES.items()}
    panel = parts.rows(
        "Incident en cours : étape qui échoue",
        "Vide tant qu’aucun incident n’est ouvert. L’étape est celle du dernier relevé en échec.",
        [
            as_rows("max by (component, step) (anef_incident_failing_step) == 1", "A"),
            as_rows("max by (component) (anef_incident_started_timestamp_seconds) * 1000 > 0", "B"),
            as_rows("max by (component) (anef_incident_number) > 0", "C"),
            as_rows(_NAMED.format("max by (component) (anef_incident_open == 1)"), "D"),
        ],
    ).with_transformation(
        parts.columns(
            {
                "component": "component",
                "nom": "Démarche",
                "step": "Étape",
                "Value #B": "Premier échec",
                "Value #C": "Incident",
            },
            *("Time", "Value #A", "Value #D"),
        )
    )
    panel.override_by_name("component", properties(custom__hidden=True))
    panel.override_by_name("Démarche", properties(mappings=parts.mapped(names)))
    panel.override_by_name("Premier échec", properties(unit="dateTimeAsIso"))
    panel.override_by_name(
        "Incident",
        properties(
            links=parts.link("Page publique de l’incident", INCIDENT_URL),
            thresholds=parts.limits((None, "dark-red")).build(),
            **parts.coloured_cell(),
        ),
    )
    return panel.no_value("Aucun incident en cours")


def _availability() -> timeseries.Panel:
    panel = parts.curves(
        "Disponibilité sur 24 heures glissantes",
        "À chaque moment, la part du temps connu des 24 heures précédentes où la démarche "
        "fonctionnait. Interrompue quand moins de 80 % du temps est connu.",
        [over_time('max by (component) (anef_availability_ratio{window="24h"})', "{{component}}")],
    )
    return parts.named(panel).unit("percentunit").max(1).axis_soft_min(0.9)


def _coverage() -> timeseries.Panel:
    panel = parts.curves(
        "Part du temps observée sur 24 heures glissantes",
        "Ce que nous savons. Le trait marque 80 %, sous lequel aucun chiffre n’est donné.",
        [over_time('max by (component) (anef_coverage_ratio{window="24h"})', "{{component}}")],
    )
    line = common_models.GraphThresholdsStyleMode.LINE
    return (
        parts.named(panel)
        .unit("percentunit")
        .min(0)
        .max(1)
        .thresholds(parts.limits((None, "transparent"), (0.8, "orange")))
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(line))
    )


def _week() -> table.Panel:
    """A matrix of 7 days and 24 hours."""
    days = {day: (name, None) for day, name in WEEKDAYS.items()}
    return (
        parts.rows(
            "Semaine type de $composant : disponibilité par heure, sur 90 jours",
            "Heure de Paris. Chaque case réunit toutes les occurrences de cette heure de la "
            "semaine. Un tiret : moins de 80 % de ces heures est connu.",
            [
                as_rows(
                    "max by (weekday, hour) "
                    '(anef_hour_of_week_availability_ratio{component="$composant"})'
                )
            ],
        )
        .with_transformation(parts.transformed("sortBy", fields={}, sort=[{"field": "hour"}]))
        .with_transformation(
            parts.transformed(
                "groupingToMatrix",
                columnField="hour",
                rowField="weekday",
                valueField="Value",
                emptyValue="null",
            )
        )
        .with_transformation(
            parts.transformed("sortBy", fields={}, sort=[{"field": "weekday\\hour"}])
        )
        .with_transformation(parts.columns({"weekday\\hour": "Jour"}))
        .cell_height(common_models.TableCellHeight.SM)
        .override_by_name("Jour", properties(mappings=parts.mapped(days), custom__minWidth=90))
        .override_by_regexp(
            "/^[0-2][0-9]$/",
            properties(
                unit="percentunit",
                decimals=0,
                custom__minWidth=44,
                custom__align="center",
                mappings=parts.not_a_number("–", "transparent"),
                thresholds=parts.limits(*_RATIO_STEPS).build(),
                **parts.coloured_cell(),
            ),
        )
    )


def _steps() -> timeseries.Panel:
    slowest = 'max by (step) (anef:step_duration_seconds:p95_1h{component="$composant"})'
    panel = parts.curves(
        "Durée de chaque étape de $composant",
        "Durée sous laquelle restent 95 % des étapes de l’heure écoulée, estimée par classes. "
        "Les durées exactes de chaque relevé sont dans les données publiées.",
        [over_time(slowest, "{{step}}")],
    )
    return panel.unit("s").min(0)
