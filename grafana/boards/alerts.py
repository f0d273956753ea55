"""The alerts, in French: when Prometheus speaks up.

Severities are info, warning, critical; ``audience`` says whom an alert concerns: the public (the
service) or the exploitant (the monitor). Every alert has its section in ``docs/runbook.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grafana.boards.words import SUBJECTS
from monitor.web.typography import french

RUNBOOK = "{{ with $externalLabels.notice }}{{ . }}{{ else }}docs/runbook.md{{ end }}"
"""Where the runbook lies: the external label ``notice`` of prometheus.yml, where it is set."""


_BRANCHES = "{{ else if ".join(f'eq . "{name}" }}}}{said}' for name, said in SUBJECTS.items())


_OTHERWISE = "{{ else }}{{ . }}{{ end }}"


WHO = "{{ with $labels.component }}{{ if " + _BRANCHES + _OTHERWISE + "{{ end }}"
"""The component as the public pages call it inside a sentence."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alerting rule. ``QUI`` in a text stands for the component's name."""

    name: str
    expr: str
    severity: str
    audience: str
    summary: str
    description: str
    after: str = ""

    def rule(self) -> dict[str, Any]:
        """As Prometheus reads it."""
        texts = {"summary": self.summary, "description": self.description}
        return {
            "alert": self.name,
            "expr": self.expr,
            **({"for": self.after} if self.after else {}),
            "labels": {"severity": self.severity, "audience": self.audience},
            "annotations": {
                **{key: french(text).replace("QUI", WHO) for key, text in texts.items()},
                "runbook_url": f"{RUNBOOK}#{self.name.lower()}",
            },
        }


ALERTS: tuple[Alert, ...] = (
    Alert(
        name="AnefPanne",
        expr="anef:incident_age:seconds >= 0 unless on (component) anef_component_state == 6",
        severity="warning",
        audience="public",
        summary="ANEF : QUI ne fonctionne pas",
        description=(
            'Deux relevés de suite{{ if ne $labels.component "reset" }}, chacun répété,{{ end }} '
            "ont vu échouer QUI. Premier échec il y a "
            "{{ $value | humanizeDuration }}."
        ),
    ),
    Alert(
        name="AnefPanneUneHeure",
        expr="anef:incident_age:seconds > 3600 unless on (component) anef_component_state == 6",
        severity="critical",
        audience="public",
        summary="ANEF : QUI ne fonctionne pas depuis plus d’une heure",
        description=(
            "Premier échec il y a {{ $value | humanizeDuration }}. Les captures sont sur la "
            "page de l’incident."
        ),
    ),
    Alert(
        name="AnefPanneUnJour",
        expr="anef:incident_age:seconds > 86400 unless on (component) anef_component_state == 6",
        severity="critical",
        audience="public",
        summary="ANEF : QUI ne fonctionne pas depuis plus d’un jour",
        description=("Premier échec il y a {{ $value | humanizeDuration }}."),
    ),
    Alert(
        name="AnefMaintenance",
        expr="anef_component_state == 6",
        severity="info",
        audience="public",
        summary="ANEF, QUI : maintenance annoncée par le site",
        description=(
            "Le site annonce lui-même une maintenance ; le temps compte comme indisponible et "
            "figure à part."
        ),
    ),
    Alert(
        name="AnefCouvertureFaible",
        expr=(
            'anef_coverage_ratio{window="24h"} < 0.8 and on (component) '
            'anef_slots{window="24h"} > 0'
        ),
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : couverture de {{ $value | humanizePercentage }} sur 24 h",
        description=(
            "Moins de 80 % du temps est connu : aucun chiffre de disponibilité ne sera publié."
        ),
        after="1h",
    ),
    Alert(
        name="AnefRelevesManques",
        expr="anef:slots_missed:ratio24h > 0.05",
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : {{ $value | humanizePercentage }} des relevés de 24 h manqués",
        description=(
            "Le programme était arrêté, ou la machine trop lente pour commencer à l’heure."
        ),
        after="10m",
    ),
    Alert(
        name="AnefSondageSuspendu",
        expr='sum by (component) (increase(anef_probe_runs_total{outcome="skipped"}[1h])) > 0',
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : relevés suspendus",
        description=(
            "Arrêt d’urgence posé, budget du jour épuisé, ou attente demandée après un refus."
        ),
    ),
    Alert(
        name="AnefPageChangee",
        expr=(
            'sum by (component) (increase(anef_probe_runs_total{outcome="layout_changed"}[2h])) > 0'
        ),
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : la page a changé",
        description=(
            "La page répond mais l’élément attendu n’y est plus. Ce n’est pas une panne : une "
            "personne doit regarder."
        ),
    ),
    Alert(
        name="AnefRefuse",
        expr='sum by (component) (increase(anef_probe_runs_total{outcome="blocked"}[2h])) > 0',
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : le site refuse l’observatoire",
        description=(
            "403, 429, CAPTCHA ou page de pare-feu. Ce n’est pas une panne. Rien ne doit être "
            "contourné."
        ),
    ),
    Alert(
        name="AnefFauteDuMoniteur",
        expr=(
            'sum by (component) (increase(anef_probe_runs_total{outcome="monitor_fault"}[2h])) > 1'
        ),
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : faute de l’observatoire lui-même",
        description=(
            "Navigateur, réseau local, horloge, disque ou compte : ces relevés ne savent rien "
            "du site."
        ),
    ),
    Alert(
        name="AnefCompteAVerifier",
        expr=(
            'sum by (component) (anef_slots_not_known{window="24h", '
            'rule=~"account_action_required|account_not_eligible"}) > 0'
        ),
        severity="warning",
        audience="exploitant",
        summary="ANEF, QUI : le compte de l’observatoire demande une action",
        description=(
            "Mot de passe expiré ou refusé, compte bloqué, ou demande en cours qui ferme le choix."
        ),
    ),
    Alert(
        name="AnefMoniteurMuet",
        expr='up{job="anef-monitor"} == 0 or absent(up{job="anef-monitor"})',
        severity="critical",
        audience="exploitant",
        summary="L’observatoire ne répond plus à Prometheus",
        description=(
            "Le programme est arrêté, bloqué ou injoignable. Rien n’est observé : ce n’est "
            "pas une panne du site."
        ),
        after="2m",
    ),
    Alert(
        name="AnefSondeMuette",
        expr="anef:probe_silence:intervals > 2.5",
        severity="critical",
        audience="exploitant",
        summary='QUI : aucun relevé depuis {{ $value | printf "%.1f" }} intervalles',
        description=("Le programme répond mais cette sonde ne tourne plus."),
        after="5m",
    ),
    Alert(
        name="AnefHorlogeFausse",
        expr="abs(anef_clock_offset_seconds) > 1",
        severity="warning",
        audience="exploitant",
        summary="L’horloge est fausse de {{ $value | humanizeDuration }}",
        description=("Au-delà d’une seconde l’écart est imprimé sur les documents."),
        after="5m",
    ),
    Alert(
        name="AnefHorlogeTresFausse",
        expr="abs(anef_clock_offset_seconds) > 30",
        severity="critical",
        audience="exploitant",
        summary="L’horloge est fausse de plus de 30 secondes",
        description=(
            "Tous les relevés sont notés « faute de l’observatoire » tant que l’écart dure."
        ),
        after="1m",
    ),
    Alert(
        name="AnefHorlogeNonMesuree",
        expr="anef_clock_offset_seconds != anef_clock_offset_seconds",
        severity="info",
        audience="exploitant",
        summary="L’horloge n’est plus mesurée depuis six heures",
        description=("Aucun serveur de temps ne répond ; les documents disent « non mesuré »."),
        after="6h",
    ),
    Alert(
        name="AnefHorodatageEnRetard",
        expr="anef:stamp_wait:seconds > 7200",
        severity="warning",
        audience="exploitant",
        summary=(
            "Un point de contrôle attend son horodatage depuis {{ $value | humanizeDuration }}"
        ),
        description=(
            "L’autorité d’horodatage ne répond pas. Les relevés sont gardés ; leur date n’est "
            "pas encore opposable."
        ),
        after="10m",
    ),
    Alert(
        name="AnefPointDeControleEnRetard",
        expr=(
            "time() - anef_log_last_checkpoint_timestamp_seconds > 10800 and on (instance, "
            "job) anef_log_tree_size > 0"
        ),
        severity="warning",
        audience="exploitant",
        summary="Aucun point de contrôle signé depuis {{ $value | humanizeDuration }}",
        description=(
            "Le journal grandit sans être signé : clé absente, base en panne ou tâche arrêtée."
        ),
        after="10m",
    ),
    Alert(
        name="AnefDisquePresquePlein",
        expr="anef:disk_free:ratio < 0.1",
        severity="critical",
        audience="exploitant",
        summary="Il reste {{ $value | humanizePercentage }} du disque",
        description=(
            "Disque plein, plus aucune preuve ne peut être gardée et les relevés deviennent « "
            "faute de l’observatoire »."
        ),
        after="5m",
    ),
    Alert(
        name="AnefDisqueSeRemplit",
        expr="predict_linear(anef_disk_free_bytes[6h], 4 * 86400) < 0",
        severity="warning",
        audience="exploitant",
        summary="Le disque sera plein dans moins de quatre jours",
        description=("Au rythme des six dernières heures."),
        after="1h",
    ),
    Alert(
        name="AnefSecretRetenu",
        expr="increase(anef_secrets_caught_total[1h]) > 0",
        severity="critical",
        audience="exploitant",
        summary="Un fichier de preuve contenait un secret et a été retenu",
        description=(
            "Rien n’est sorti : le fichier n’a pas été gardé. Il faut trouver par où le "
            "secret y est entré."
        ),
    ),
    Alert(
        name="AnefNavigateurInstable",
        expr="increase(anef_browser_restarts_total[1h]) > 6",
        severity="warning",
        audience="exploitant",
        summary='Le navigateur a été relancé {{ $value | printf "%.0f" }} fois en une heure',
        description=("Mémoire insuffisante ou navigateur défectueux."),
    ),
    Alert(
        name="AnefMemoire",
        expr=(
            'process_resident_memory_bytes{job="anef-monitor"} + on (instance, job) '
            "anef_browser_memory_bytes > 1.8e9"
        ),
        severity="warning",
        audience="exploitant",
        summary=(
            "L’observatoire et son navigateur tiennent {{ $value | humanize1024 }}o de mémoire"
        ),
        description=(
            "La limite de compose.yaml est de 2000 Mo : au-delà le système tue le navigateur."
        ),
        after="15m",
    ),
)
