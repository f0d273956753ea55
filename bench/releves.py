"""Pictures of both documents for the docs: specimens, from a made-up ledger with a real log.

Writes ``docs/img/releve-dysfonctionnement.webp`` and ``releve-concordance.webp``: the first page
of each, small. Needs ``pdftoppm``.
"""

from __future__ import annotations

import io
import logging
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from tests.certificates.notary import notary

TO = Path("docs/img")
DOTS_PER_INCH = "90"


def main() -> None:
    """Make both."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, notary(Path(folder)) as opened:
        for name, report in (
            ("dysfonctionnement", opened.outage(rehearsal=True)),
            ("concordance", opened.attempts(rehearsal=True)),
        ):
            _draw(opened.press().issue(report)[0], TO / f"releve-{name}.webp")


def _draw(pdf: bytes, target: Path) -> None:
    drawn = subprocess.run(
        ["pdftoppm", "-png", "-r", DOTS_PER_INCH, "-f", "1", "-l", "1", "-"],
        input=pdf,
        capture_output=True,
        check=True,
        timeout=60,
    )
    with Image.open(io.BytesIO(drawn.stdout)) as picture:
        picture.convert("L").save(target, "WEBP", quality=60, method=6)
    print(f"{target}: {target.stat().st_size} bytes")  # noqa: T201  the command's output


if __name__ == "__main__":
    main()
