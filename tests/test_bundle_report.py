"""Bundles in words: also those of the first schema, and what was refused, withheld or retired."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from monitor.bundle_report import fields, print_bundle, retired_fr
from monitor.bundles import HeldBundle, HeldFile, State
from monitor.core.retention import Retirement, Rule

OLD: dict[str, Any] = {
    "schema": "manifest/1",
    "component": "portal",
    "site": "standin",
    "depth": "full",
    "scheduled_at": "2026-11-01T12:00:00+00:00",
    "started_at": "2026-11-01T12:00:01+00:00",
    "finished_at": "2026-11-01T12:00:02+00:00",
    "vantage": {"id": "local", "label": "Essai", "operator": "", "asn": None, "country": ""},
    "profile": {"category": None, "account": "none"},
    "outcome": "up",
    "rule": "completed",
    "ruleset": "1",
    "steps": [
        {
            "name": "open_portal",
            "outcome": "ok",
            "duration_seconds": 0.2,
            "url": "http://127.0.0.1/",
            "http_status": 200,
            "via": None,
        }
    ],
    "user_agent": "Mozilla/5.0",
    "no_proxy": True,
    "fresh_context": True,
    "environment": {"browser": "headless-shell 156", "program": "0.1.0"},
    "files": [],
    "withheld": ["01-open_portal.txt"],
    "not_captured": {"die": "the picture took too long"},
    "limits": "Shows what this browser received.",
}
"""As the first version wrote it."""

RETIREMENT = Retirement(
    sequence=7, rule=Rule.GOOD, days=30, retired_at=datetime(2026, 12, 24, 23, 30, tzinfo=UTC)
)


def printed(manifest: dict[str, Any], *states: State) -> str:
    out = io.StringIO()
    held = HeldBundle(
        sequence=7,
        attempt=1,
        attempts=1,
        sha256="ab" * 32,
        data=json.dumps(manifest).encode(),
        manifest=manifest,
        files=tuple(
            HeldFile(name=f"{s.value}.txt", media_type="text/plain", size=1, sha256="0", state=s)
            for s in states
        ),
        retirement=RETIREMENT if State.RETIRED in states else None,
    )
    print_bundle(Console(file=out, width=120, highlight=False), held)
    return out.getvalue()


def test_a_bundle_of_the_first_schema_is_readable_and_says_what_it_lacks() -> None:
    found = dict(fields(OLD))
    assert (found["machine"], found["clock"], found["resolvers"]) == ("not recorded",) * 3
    assert (found["browser"], found["program"]) == ("headless-shell 156", "0.1.0")
    text = printed(OLD)
    assert "open_portal" in text
    assert "a secret was found in it: 01-open_portal.txt" in text
    assert "of die: the picture took too long" in text


def test_a_retired_file_names_its_rule_and_a_missing_one_has_none() -> None:
    text = printed(OLD, State.PRESENT, State.RETIRED)
    assert "retired on 2026-12-24 by the rule of 30 days" in text
    assert "not whole" not in text
    assert "not whole" in printed(OLD, State.MISSING)


def test_the_french_sentence_has_the_day_of_paris() -> None:
    assert retired_fr(RETIREMENT) == (
        "retiré le 25 décembre 2026 selon la règle de conservation (30\u00a0jours)"
    )


def test_a_connection_over_tls_and_one_that_was_refused_are_told() -> None:
    tls = {
        "protocol": "TLS 1.3",
        "cipher": "AES_256_GCM",
        "key_exchange": "X25519",
        "subject": "portal.example",
        "issuer": "Autorité",
        "names": [],
        "valid_from": "2026-01-01T00:00:00+00:00",
        "valid_until": "2027-01-01T00:00:00+00:00",
    }
    reached = {
        "origin": "https://portal.example",
        "remote": {"commitment": "ab" * 32},
        "http_version": "h2",
        "tls": tls,
        "certificate_refused": None,
        "chain_sha256": ["0", "1"],
    }
    refused = {**reached, "remote": None, "tls": None, "certificate_refused": "ERR_CERT_X"}
    lines = [text for name, text in fields({**OLD, "connections": [reached, refused]})]
    assert lines[-2:] == [
        "https://portal.example at private: commitment abababababab…, h2, TLS 1.3: "
        "portal.example by Autorité, valid 2026-01-01 to 2027-01-01, 2 certificates",
        "https://portal.example: certificate refused, ERR_CERT_X",
    ]
