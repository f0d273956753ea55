"""The lawyer's form as values: rows of attempts, what is wrong beside each field, what was pasted.

Pure: fields in, a form out. Everything comes back in the page that answers, and stays nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from babel.dates import get_day_names

from monitor.certificates.declared import FORM, FULL, Typed, declared
from monitor.certificates.errors import BadRequest
from monitor.certificates.french_dates import MOST_FOUND, WEEKDAYS, Found, read_attempts
from monitor.core.attempts import DeclaredAttempt
from monitor.core.territories import METROPOLE
from monitor.web.language import N_, _, language

MOST_ROWS = MOST_FOUND
FIRST_ROWS = 2
REMOVE = re.compile(r"remove-(\d{1,3})")
DOUBTS = (N_("année déduite"), N_("jour déduit du nom du jour"))
"""What the reading of a message says of a date; besides these it names another day:"""
ANOTHER_DAY = re.compile(r"ce jour est un (\w+), pas un (\w+)")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One attempt as it stands in the form. ``errors`` are sentences by field, ``doubt`` what a
    person should look at after reading a message."""

    day: str = ""
    start: str = ""
    end: str = ""
    component: str = "login"
    reached: str = FULL
    personal: bool = False
    words: str = field(default="", repr=False)
    doubt: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing was typed that says when."""
        return not (self.day.strip() or self.start.strip() or self.end.strip())

    @property
    def has_details(self) -> bool:
        """The details are shown open when something stands in them."""
        return bool(self.personal or self.words or self.reached != FULL or "words" in self.errors)


@dataclass(frozen=True, kw_only=True)
class Form:
    """The whole form. ``said`` is one sentence above it, "" for none; ``wrong`` when it is about
    something to mend."""

    territory: str = METROPOLE
    category: str = ""
    message: str = field(default="", repr=False)
    rows: tuple[Row, ...] = (Row(),) * FIRST_ROWS
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        """Something is to be mended."""
        return bool(self.errors) or any(row.errors for row in self.rows)


def form_of(fields: Mapping[str, str]) -> Form:
    """The form as it was sent, nothing of it judged."""
    wanted = fields.get("rows", "")
    count = min(int(wanted), MOST_ROWS) if wanted.isdecimal() and len(wanted) < 5 else FIRST_ROWS
    return Form(
        territory=fields.get("territory", METROPOLE),
        category=fields.get("category", ""),
        message=fields.get("message", ""),
        rows=tuple(_row(fields, number) for number in range(1, count + 1)) or (Row(),),
    )


def _row(fields: Mapping[str, str], number: int) -> Row:
    def value(name: str, default: str = "") -> str:
        return fields.get(f"{name}-{number}", default)

    return Row(
        day=value("day"),
        start=value("start"),
        end=value("end"),
        component=value("component", "login"),
        reached=FORM if value("reached") == FORM else FULL,
        personal=bool(value("personal")),
        words=value("words"),
    )


def with_more(form: Form) -> Form:
    """One row more, that of the last one's component."""
    if len(form.rows) >= MOST_ROWS:
        return form
    return replace(form, rows=(*form.rows, Row(component=form.rows[-1].component)))


def without(form: Form, number: int) -> Form:
    """The row with this number (from 1) left out; one row always stays."""
    rows = tuple(row for place, row in enumerate(form.rows, start=1) if place != number)
    return replace(form, rows=rows or (Row(),))


def with_message_read(form: Form, today: date) -> tuple[Form, int]:
    """The form with a row for each attempt of the pasted message, after those already typed; and
    how many were found."""
    found = read_attempts(form.message, today=today)
    typed = [row for row in form.rows if not row.is_empty]
    component = form.rows[0].component
    rows = [*typed, *(_found_row(one, component) for one in found)][:MOST_ROWS]
    return replace(form, rows=tuple(rows) or form.rows), len(found)


def _found_row(found: Found, component: str) -> Row:
    return Row(
        day=found.day.isoformat(),
        start=found.start.strftime("%H:%M") if found.start else "",
        end=found.end.strftime("%H:%M") if found.end else "",
        component=component,
        doubt=_doubt(found.doubt),
    )


def _doubt(text: str) -> str:
    """What is odd about a date that was read, in the language of the page."""
    if not (days := ANOTHER_DAY.fullmatch(text)):
        return _(text)
    names = get_day_names("wide", locale=language())  # 0 is Monday
    day, said = (names[WEEKDAYS.index(days[group])] for group in (1, 2))
    return _("ce jour est un {day}, pas un {said}").format(day=day, said=said)


def judged(form: Form) -> tuple[Form, Sequence[DeclaredAttempt]]:
    """The attempts of the rows that are filled in; where one cannot be read, no attempts, and the
    form with what is wrong beside its fields."""
    filled = [row for row in form.rows if not row.is_empty] or list(form.rows[:1])
    attempts: list[DeclaredAttempt] = []
    rows: list[Row] = []
    errors: dict[str, str] = {}
    for number, row in enumerate(filled, start=1):
        try:
            attempts.append(declared(_typed(form, row), number))
            rows.append(replace(row, errors={}))
        except BadRequest as error:
            said = error.fr if language() == "fr" else error.en
            rows.append(replace(row, errors={error.field: said}))
            if error.field in ("territory", "category"):
                errors[error.field] = said
    read = replace(form, rows=tuple(rows), errors=errors)
    return read, [] if read.is_wrong else attempts


def _typed(form: Form, row: Row) -> Typed:
    return Typed(
        day=row.day,
        start=row.start,
        end=row.end,
        territory=form.territory,
        component=row.component,
        category=form.category,
        reached=row.reached,
        personal=row.personal,
        words=row.words,
    )


def with_error(form: Form, error: BadRequest) -> Form:
    """The form with this sentence beside its field."""
    said = error.fr if language() == "fr" else error.en
    if error.row is None or not 1 <= error.row <= len(form.rows):
        return replace(form, errors={"": said})
    rows = list(form.rows)
    rows[error.row - 1] = replace(rows[error.row - 1], errors={error.field: said})
    return replace(form, rows=tuple(rows))
