"""What a document cannot be made of, in the words of whoever asked."""

from __future__ import annotations

from monitor.errors import MonitorError


class BadRequest(MonitorError):
    """What was asked for makes no document. ``field`` is the form's field beside which it is said;
    ``row`` is the attempt's number, counted from 1, None for what concerns the whole."""

    def __init__(self, field: str, fr: str, en: str, *, row: int | None = None) -> None:
        super().__init__(fr)
        self.field = field
        self.fr = fr
        self.en = en
        self.row = row
