"""What a document costs: 30 days with 3,000 observations, made, stamped, signed and verified; with
``--many`` also 500 attempts, and 200 incidents.

Prints seconds and bytes. Everything is real but the site: store, log, RFC 3161 authority on
loopback, RSA-3072 key.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.gather import Report
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.certificates.verify import verify_document
from monitor.core.attempts import DeclaredAttempt
from tests.authority import utc_now
from tests.certificates.notary import Notary, notary
from tests.certificates.scenes import ISSUER

T = TypeVar("T")

OBSERVATIONS = 3_000
EVERY = 240
"""An incident of three slots each, so about a dozen in a month."""
LIMIT_SECONDS, LIMIT_BYTES = 3.0, 5_000_000
ATTEMPTS, INCIDENT = 500, "UUUDDDUUUU"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="bench.certificate", description=__doc__)
    parser.add_argument("--many", action="store_true", help="also the largest documents")
    many = parser.parse_args().many
    logging.disable(logging.WARNING)
    word = "".join(_letters(OBSERVATIONS))
    with tempfile.TemporaryDirectory() as folder, notary(Path(folder), word) as opened:
        _measure(opened)
    if many:
        with tempfile.TemporaryDirectory() as folder, notary(Path(folder), INCIDENT * 20) as opened:
            _largest(opened, f"{ATTEMPTS} attempts", lambda: _attempts(opened))
        with (
            tempfile.TemporaryDirectory() as folder,
            notary(Path(folder), INCIDENT * 200) as opened,
        ):
            _largest(opened, "200 incidents", opened.outage)


def _largest(opened: Notary, name: str, collect: Callable[[], Report]) -> None:
    """A document at the limits: laid out for the first time, and once more as after a preview."""
    collecting, report = _timed(collect)
    first, _pdf = _timed(lambda: opened.press().issue(report))
    busy = time.process_time()
    again, (pdf, _issued) = _timed(lambda: opened.press().issue(report))
    busy = time.process_time() - busy
    verified, checks = _timed(lambda: verify_document(pdf, opened.trust))
    passed = "passed" if checks.passed else "FAILED"
    _say(
        f"{name}: collect {collecting:.2f} s, make {first:.2f} s (after a preview {again:.2f} s, "
        f"of it {busy:.2f} s of processor), {len(pdf):,} bytes, verify {verified:.2f} s, {passed}"
    )


def _attempts(opened: Notary) -> AttemptsReport:
    declared = [
        DeclaredAttempt(start=opened.at(0.3 + 0.39 * place), component="login")
        for place in range(ATTEMPTS)
    ]
    return attempts_report(
        opened.store,
        kept=opened.blobs.has,
        issuer=ISSUER,
        rehearsal=False,
        attempts=declared,
        now=utc_now(),
    )


def _letters(count: int) -> list[str]:
    return ["D" if place % EVERY in (100, 101, 102) else "U" for place in range(count)]


def _measure(opened: Notary) -> None:
    first, _pdf = _timed(lambda: opened.press().issue(_report(opened)))
    report_seconds, report = _timed(lambda: _report(opened))
    press = opened.press()
    seconds, (pdf, _issued) = _timed(lambda: press.issue(report))
    verified, checks = _timed(lambda: verify_document(pdf, opened.trust))
    total = report_seconds + seconds
    _say(f"observations            {OBSERVATIONS}")
    _say(f"incidents               {len(report.incidents)}")
    _say(f"first document          {first:.2f} s")
    _say(f"collect the report      {report_seconds:.2f} s")
    _say(f"proof, layout, signing  {seconds:.2f} s")
    _say(f"whole                   {total:.2f} s (limit {LIMIT_SECONDS:g} s)")
    _say(f"size                    {len(pdf):,} bytes (limit {LIMIT_BYTES:,})")
    _say(f"verify                  {verified:.2f} s, {'passed' if checks.passed else 'FAILED'}")
    for one in checks.failed:
        _say(f"  {one.name}: {one.en}")


def _report(opened: Notary) -> OutageReport:
    return opened.outage()


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def _say(line: str) -> None:
    print(line)  # noqa: T201  the benchmark's output


if __name__ == "__main__":
    main()
