"""The form for an outage document as values: which steps, which days, what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from monitor.certificates.declared import day_named
from monitor.certificates.errors import BadRequest
from monitor.core.model import COMPONENTS
from monitor.core.statistics import PARIS
from monitor.web.language import language

USUAL_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Form:
    """As it was sent. Days are local to Europe/Paris, both included."""

    components: tuple[str, ...] = ()
    category: str = ""
    first: str = ""
    last: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for, as moments."""

    components: tuple[str, ...]
    category: str | None
    start: datetime
    end: datetime


def fresh(watched: Iterable[str], today: date) -> Form:
    """The form before anything is typed: all that is watched, the last thirty days."""
    return Form(
        components=tuple(watched),
        first=(today - timedelta(days=USUAL_DAYS - 1)).isoformat(),
        last=today.isoformat(),
    )


def form_of(fields: Mapping[str, str]) -> Form:
    """The form as it was sent, nothing of it judged."""
    return Form(
        components=tuple(name for name in COMPONENTS if fields.get(f"step-{name}")),
        category=fields.get("category", "")[:200],
        first=fields.get("first", "")[:40],
        last=fields.get("last", "")[:40],
    )


def wanted(form: Form) -> Wanted:
    """The moments of its days. Raises BadRequest that names the field."""
    return Wanted(
        components=form.components,
        category=" ".join(form.category.split()) or None,
        start=_midnight(day_named(form.first, "first")),
        end=_midnight(day_named(form.last, "last") + timedelta(days=1)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=PARIS)


def with_error(form: Form, error: BadRequest) -> Form:
    """The form with this sentence beside its field."""
    field_name = {"start": "first", "end": "last"}.get(error.field, error.field)
    return replace(form, errors={field_name: error.fr if language() == "fr" else error.en})
