"""Write the dashboards and the rules again: ``python -m grafana.boards [--site URL]``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.boards import availability, health, rules

HOME = Path(__file__).parent.parent
SITE = "http://localhost:8600"


def files(site_url: str = SITE) -> Mapping[str, str]:
    """Path below ``grafana/`` to content, of all that is made from the code."""
    made = {
        "dashboards/disponibilite.json": availability.board(site_url),
        "dashboards/sante.json": health.board(),
    }
    texts = {
        path: json.dumps(numbered(board.build()), cls=JSONEncoder, indent=2, ensure_ascii=False)
        + "\n"
        for path, board in made.items()
    }
    return {**texts, "rules/anef.yml": rules.text()}


def numbered(board: Dashboard) -> Dashboard:
    """Panels count from 1 in the order in which they stand, so that a link to one stays good."""
    for number, panel in enumerate(board.panels or (), start=1):
        panel.id_val = number
    return board


def main() -> None:
    """Write every file that changed."""
    parser = argparse.ArgumentParser(prog="python -m grafana.boards", description=__doc__)
    parser.add_argument("--site", default=SITE, help="address of the public pages, for links")
    for path, content in files(parser.parse_args().site.rstrip("/")).items():
        (HOME / path).parent.mkdir(exist_ok=True)
        (HOME / path).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
