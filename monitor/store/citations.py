"""Figures as they were cited; a code answers the same for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select

from monitor.core.cited import Citation
from monitor.core.model import Depth
from monitor.core.scopes import Scope
from monitor.store.engine import reading, writing
from monitor.store.schema import citation


class Citations:
    """The part of the store that keeps citations."""

    _engine: Engine

    def citation(self, code: str) -> Citation | None:
        """The citation of this code; None when there is none."""
        query = select(citation).where(citation.c.code == code)
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return None if found is None else _citation(found)

    def cite(self, made: Citation) -> Citation:
        """Keep a citation; one of the same code stays as it is. Raises NaiveDatetime."""
        with writing(self._engine) as connection:
            query = select(citation).where(citation.c.code == made.code)
            found = connection.execute(query).first()
            if found is not None:
                return _citation(found)
            connection.execute(insert(citation), _values(made))
        return made

    def citations_since(self, moment: datetime) -> int:
        """How many were made since then."""
        query = select(func.count()).where(citation.c.as_of >= moment)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())


def _values(made: Citation) -> dict[str, Any]:
    scope = made.scope
    return {
        "code": made.code,
        "component": scope.component,
        "depth": scope.depth.value if scope.depth else None,
        "vantage": scope.vantage,
        "category": scope.category,
        "window": made.window,
        "start": made.start,
        "end": made.end,
        "as_of": made.as_of,
        "values": made.values,
        "checkpoint": made.checkpoint,
        "root": made.root,
        "places": made.places,
    }


def _citation(row: Any) -> Citation:  # noqa: ANN401  a row of a query
    found = row._asdict()
    depth = found.pop("depth")
    scope = Scope(
        component=found.pop("component"),
        depth=Depth(depth) if depth else None,
        vantage=found.pop("vantage"),
        category=found.pop("category"),
    )
    return Citation(scope=scope, **found)
