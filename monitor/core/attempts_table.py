"""What a declared attempt is worth beside what the monitor saw: one table, every cell with its
reason.

A row is what was seen before and after the declared hour, and how near it was. A column is whether
the look that counts was comparable with the attempt: as deep, and of the same category. Source of
the rules: issue 5, and CE 10 June 2020, n° 435594, for why a failure must stand on both sides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Finding(StrEnum):
    """What the monitor can say of one attempt."""

    CONCORDANT = "concordant"
    CONTRARY = "contraire"
    SHARED = "partage"
    NOT_COMPARABLE = "non_comparable"
    NOT_OBSERVED = "non_observe"


class Saw(StrEnum):
    """What the nearest look on one side of the attempt saw. ``nothing``: no look that knows."""

    FAILING = "failing"
    WORKING = "working"
    NOTHING = "nothing"


class Distance(StrEnum):
    """How near the looks on both sides are."""

    NEAR = "near"  # each within one interval
    CONTINUOUS = "continuous"  # not near, but inside one incident with no hole there
    FAR = "far"  # neither


class Depth(StrEnum):
    """Whether a working look went as far as the person did. A failing one always counts: what
    fails at the form fails behind it too."""

    REACHED = "reached"
    SHORT = "short"


class Category(StrEnum):
    """Whether a look that counts is of the same category, or failed before any is chosen."""

    SAME = "same"
    OTHER = "other"


class Reason(StrEnum):
    """Why a cell says what it says."""

    FAILING_AROUND = "failing_around"
    INSIDE_INCIDENT = "inside_incident"
    WORKING_AROUND = "working_around"
    BROKE_BETWEEN = "broke_between"
    MENDED_BETWEEN = "mended_between"
    FORM_ONLY = "form_only"
    OTHER_CATEGORY = "other_category"
    TOO_FAR = "too_far"
    NOTHING_BEFORE = "nothing_before"
    NOTHING_AFTER = "nothing_after"
    NOTHING_AT_ALL = "nothing_at_all"
    # not of the table: what makes it superfluous, or what several cells come to
    PERSONAL_MESSAGE = "personal_message"
    FUTURE = "future"
    BEFORE_THE_MONITOR = "before_the_monitor"
    NEVER_WATCHED = "never_watched"
    CHANGED_WITHIN = "changed_within"
    VANTAGES_DISAGREE = "vantages_disagree"


class ReasonWords(NamedTuple):
    """The finding that a reason leads to, and the sentence that says it."""

    finding: Finding
    fr: str
    en: str


_F = Finding

REASONS: dict[Reason, ReasonWords] = {
    Reason.FAILING_AROUND: ReasonWords(
        _F.CONCORDANT,
        "L’étape était en échec au relevé précédent et au relevé suivant, chacun à moins d’un "
        "intervalle de relevé.",
        "The step failed at the record before and at the record after, each within one interval.",
    ),
    Reason.INSIDE_INCIDENT: ReasonWords(
        _F.CONCORDANT,
        "L’heure déclarée tombe dans un incident observé sans interruption à ce moment.",
        "The declared hour lies inside an incident that was observed without a hole there.",
    ),
    Reason.WORKING_AROUND: ReasonWords(
        _F.CONTRARY,
        "L’étape fonctionnait au relevé précédent et au relevé suivant, chacun à moins d’un "
        "intervalle de relevé, jusqu’au point atteint par le requérant.",
        "The step worked at the record before and at the record after, each within one interval, "
        "as far as the person went.",
    ),
    Reason.BROKE_BETWEEN: ReasonWords(
        _F.SHARED,
        "L’étape fonctionnait au relevé précédent et était en échec au relevé suivant.",
        "The step worked at the record before and failed at the record after.",
    ),
    Reason.MENDED_BETWEEN: ReasonWords(
        _F.SHARED,
        "L’étape était en échec au relevé précédent et fonctionnait au relevé suivant.",
        "The step failed at the record before and worked at the record after.",
    ),
    Reason.FORM_ONLY: ReasonWords(
        _F.NOT_COMPARABLE,
        "Le moniteur n’a regardé que le formulaire ; le requérant est allé plus loin.",
        "The monitor looked at the form only; the person went further.",
    ),
    Reason.OTHER_CATEGORY: ReasonWords(
        _F.NOT_COMPARABLE,
        "Le moniteur a regardé une autre catégorie de titre de séjour.",
        "The monitor looked at another category of permit.",
    ),
    Reason.TOO_FAR: ReasonWords(
        _F.NOT_OBSERVED,
        "Les relevés les plus proches sont à plus d’un intervalle de l’heure déclarée, et aucun "
        "incident observé sans interruption ne la couvre.",
        "The nearest records are more than one interval away, and no incident observed without a "
        "hole covers the hour.",
    ),
    Reason.NOTHING_BEFORE: ReasonWords(
        _F.NOT_OBSERVED,
        "Aucun relevé concluant ne précède de près l’heure déclarée.",
        "No conclusive record comes close before the declared hour.",
    ),
    Reason.NOTHING_AFTER: ReasonWords(
        _F.NOT_OBSERVED,
        "Aucun relevé concluant ne suit de près l’heure déclarée.",
        "No conclusive record comes close after the declared hour.",
    ),
    Reason.NOTHING_AT_ALL: ReasonWords(
        _F.NOT_OBSERVED,
        "Aucun relevé concluant n’entoure l’heure déclarée.",
        "No conclusive record is near the declared hour.",
    ),
    Reason.PERSONAL_MESSAGE: ReasonWords(
        _F.NOT_COMPARABLE,
        "Le message reçu était propre au requérant : le moniteur ne peut pas le voir.",
        "The message was about this person: the monitor cannot see it.",
    ),
    Reason.FUTURE: ReasonWords(
        _F.NOT_OBSERVED,
        "L’heure déclarée est postérieure à ce relevé.",
        "The declared hour is later than this document.",
    ),
    Reason.BEFORE_THE_MONITOR: ReasonWords(
        _F.NOT_OBSERVED,
        "L’heure déclarée est antérieure au premier relevé de cette étape.",
        "The declared hour is earlier than the first record of this step.",
    ),
    Reason.NEVER_WATCHED: ReasonWords(
        _F.NOT_OBSERVED,
        "Cette étape n’est pas surveillée par le moniteur.",
        "This step is not watched by the monitor.",
    ),
    Reason.CHANGED_WITHIN: ReasonWords(
        _F.SHARED,
        "Pendant la plage déclarée, l’étape a été vue en échec et en fonctionnement.",
        "Within the declared range the step was seen failing and working.",
    ),
    Reason.VANTAGES_DISAGREE: ReasonWords(
        _F.SHARED,
        "Les points d’observation ne concordent pas.",
        "The vantages disagree.",
    ),
}

FINDING_WORDS: dict[Finding, tuple[str, str]] = {
    _F.CONCORDANT: ("Concordant", "Concordant"),
    _F.CONTRARY: ("Contraire", "Contrary"),
    _F.SHARED: ("Partagé", "Split"),
    _F.NOT_COMPARABLE: ("Non comparable", "Not comparable"),
    _F.NOT_OBSERVED: ("Non observé", "Not observed"),
}
"""Each finding by its name, in French and in English."""

Row = tuple[Saw, Saw, Distance]
Columns = tuple[Reason, Reason, Reason, Reason]

COLUMNS: tuple[tuple[Depth, Category], ...] = (
    (Depth.REACHED, Category.SAME),
    (Depth.SHORT, Category.SAME),
    (Depth.REACHED, Category.OTHER),
    (Depth.SHORT, Category.OTHER),
)

_fail, _work, _none = Saw.FAILING, Saw.WORKING, Saw.NOTHING
_near, _cont, _far = Distance.NEAR, Distance.CONTINUOUS, Distance.FAR

_around, _inside, _works = Reason.FAILING_AROUND, Reason.INSIDE_INCIDENT, Reason.WORKING_AROUND
_broke, _mended = Reason.BROKE_BETWEEN, Reason.MENDED_BETWEEN
_form, _other = Reason.FORM_ONLY, Reason.OTHER_CATEGORY
_too_far, _no_before, _no_after = Reason.TOO_FAR, Reason.NOTHING_BEFORE, Reason.NOTHING_AFTER
_empty = Reason.NOTHING_AT_ALL

TABLE: dict[Row, Columns] = {
    # before, after, distance:  as deep,   form only, other cat., both
    (_fail, _fail, _near): (_around, _around, _other, _other),
    (_fail, _fail, _cont): (_inside, _inside, _other, _other),
    # a monitor that died between two failures saw nothing in between
    (_fail, _fail, _far): (_too_far, _too_far, _too_far, _too_far),
    (_work, _work, _near): (_works, _form, _other, _other),
    # only incidents make continuity: a good stretch with a gap proves nothing of the gap
    (_work, _work, _cont): (_too_far, _too_far, _too_far, _too_far),
    (_work, _work, _far): (_too_far, _too_far, _too_far, _too_far),
    (_work, _fail, _near): (_broke, _form, _other, _other),
    (_work, _fail, _cont): (_too_far, _too_far, _too_far, _too_far),
    (_work, _fail, _far): (_too_far, _too_far, _too_far, _too_far),
    (_fail, _work, _near): (_mended, _form, _other, _other),
    (_fail, _work, _cont): (_too_far, _too_far, _too_far, _too_far),
    (_fail, _work, _far): (_too_far, _too_far, _too_far, _too_far),
    # one side alone corroborates nothing, however near it is
    (_fail, _none, _near): (_no_after, _no_after, _no_after, _no_after),
    (_fail, _none, _cont): (_no_after, _no_after, _no_after, _no_after),
    (_fail, _none, _far): (_no_after, _no_after, _no_after, _no_after),
    (_work, _none, _near): (_no_after, _no_after, _no_after, _no_after),
    (_work, _none, _cont): (_no_after, _no_after, _no_after, _no_after),
    (_work, _none, _far): (_no_after, _no_after, _no_after, _no_after),
    (_none, _fail, _near): (_no_before, _no_before, _no_before, _no_before),
    (_none, _fail, _cont): (_no_before, _no_before, _no_before, _no_before),
    (_none, _fail, _far): (_no_before, _no_before, _no_before, _no_before),
    (_none, _work, _near): (_no_before, _no_before, _no_before, _no_before),
    (_none, _work, _cont): (_no_before, _no_before, _no_before, _no_before),
    (_none, _work, _far): (_no_before, _no_before, _no_before, _no_before),
    (_none, _none, _near): (_empty, _empty, _empty, _empty),
    (_none, _none, _cont): (_empty, _empty, _empty, _empty),
    (_none, _none, _far): (_empty, _empty, _empty, _empty),
}
"""Every combination, the impossible ones too: they say that nothing was observed."""


def reason_for(
    before: Saw, after: Saw, distance: Distance, depth: Depth, category: Category
) -> Reason:
    """The cell of the table."""
    return TABLE[before, after, distance][COLUMNS.index((depth, category))]


def finding_of(reason: Reason) -> Finding:
    """The finding to which a reason leads."""
    return REASONS[reason].finding
