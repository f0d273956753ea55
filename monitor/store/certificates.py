"""Serial numbers and codes of issued documents, and the hash that each of them got.

A number is reserved before the document is made, since the document prints it; the hash follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from monitor.core.issued import CODE_ALPHABET, CODE_LENGTH, Issued, normal_code
from monitor.core.statistics import PARIS
from monitor.errors import StoreError
from monitor.store import leaves, rows
from monitor.store.engine import reading, writing
from monitor.store.schema import certificate


class Certificates:
    """The part of the store that remembers issued documents."""

    _engine: Engine

    def reserve_certificate(
        self,
        *,
        kind: str,
        components: Iterable[str],
        category: str | None = None,
        period: tuple[datetime, datetime],
        sequences: tuple[int | None, int | None] = (None, None),
        specimen: bool,
        now: datetime,
    ) -> Issued:
        """A new serial number and code, with what the document is about. Raises NaiveDatetime."""
        with writing(self._engine) as connection:
            last = connection.execute(select(func.max(certificate.c.number))).scalar_one()
            number = (last or 0) + 1
            issued = Issued(
                number=number,
                serial=f"{now.astimezone(PARIS).year}-{number:05d}",
                code=_free_code(connection),
                kind=kind,
                components=tuple(components),
                category=category,
                period_start=period[0],
                period_end=period[1],
                first_sequence=sequences[0],
                last_sequence=sequences[1],
                specimen=specimen,
                made_at=now,
            )
            values = {**vars(issued), "specimen": int(specimen)}
            connection.execute(insert(certificate), values)
        return issued

    def complete_certificate(self, number: int, sha256: str) -> Issued:
        """Keep the hash of the finished document, and its leaf once the log has begun.

        Raises StoreError when the number was never reserved, or has its hash already: a document
        is not replaced by another.
        """
        change = (
            update(certificate)
            .where(certificate.c.number == number, certificate.c.sha256.is_(None))
            .values(sha256=sha256)
        )
        with writing(self._engine) as connection:
            if connection.execute(change).rowcount != 1:
                raise StoreError(f"no document waits for its hash under number {number}")
            query = select(certificate).where(certificate.c.number == number)
            done = rows.issued(connection.execute(query).one())
            leaves.append_certificate(connection, done)
        return done

    def certificate(self, code: str) -> Issued | None:
        """The finished document with this code, however it was typed; None when there is none."""
        wanted = normal_code(code)
        query = select(certificate).where(
            certificate.c.code == wanted, certificate.c.sha256.is_not(None)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return rows.issued(found) if found else None

    def certificate_of(self, sha256: str) -> Issued | None:
        """The document whose bytes have this hash; None when none was issued here."""
        query = select(certificate).where(certificate.c.sha256 == sha256)
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return rows.issued(found) if found else None


def _free_code(connection: Connection) -> str:
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        query = select(certificate.c.number).where(certificate.c.code == code)
        if connection.execute(query).first() is None:
            return code
