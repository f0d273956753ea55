"""The boards as files: made from the code, whole in the SDK's eyes, in French, and reachable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.boards.__main__ import HOME, files
from grafana.boards.availability import INCIDENT_URL
from grafana.boards.reasons import MAY_BE_EMPTY
from grafana.boards.words import STATES
from monitor.metrics_ledger import STATE_CODES
from tests.grafana.expressions import DASHBOARDS, EXPRESSIONS, Expression, metric_names, panels

ROOT = HOME.parent
UNKNOWN_TO_THE_SDK = {"titleFormat", "step", "useValueForTime"}
"""Keys of an annotation that Grafana's source for Prometheus reads and the SDK does not have."""

BOARDS = pytest.mark.parametrize("board", DASHBOARDS.values(), ids=DASHBOARDS)


def known_to_the_sdk(board: dict[str, Any]) -> dict[str, Any]:
    """The board without the keys that the SDK does not have."""
    marks = [
        {key: value for key, value in mark.items() if key not in UNKNOWN_TO_THE_SDK}
        for mark in board["annotations"]["list"]
    ]
    return {**board, "annotations": {**board["annotations"], "list": marks}}


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401  any JSON
    """Every text of a JSON value."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("path", files())
def test_a_file_is_what_the_code_makes_of_it(path: str) -> None:
    assert (HOME / path).read_text(encoding="utf-8") == files()[path], "run make boards"


def test_the_public_address_can_be_another() -> None:
    made = files("https://anef.example.org")["dashboards/disponibilite.json"]
    assert "https://anef.example.org" in made
    assert "localhost" not in made


@BOARDS
def test_the_sdk_reads_a_board_and_writes_the_same(board: dict[str, Any]) -> None:
    again = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    assert again == known_to_the_sdk(board)


@BOARDS
def test_every_panel_says_what_it_shows(board: dict[str, Any]) -> None:
    shown = [panel for panel in panels(board) if panel["type"] != "text"]
    assert [p.get("title") for p in shown if len(p.get("description", "")) < 25] == []
    assert len({panel["title"] for panel in shown}) == len(shown)


@BOARDS
def test_no_panel_lies_over_another_or_beside_the_board(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel.get("title")
        assert max(x for x, _ in cells) < 24
        taken |= cells


@BOARDS
def test_every_panel_has_a_number_of_its_own(board: dict[str, Any]) -> None:
    numbers = [panel["id"] for panel in board["panels"]]
    assert sorted(set(numbers)) == numbers
    assert numbers[0] == 1


@BOARDS
def test_every_query_names_the_provisioned_source(board: dict[str, Any]) -> None:
    (source,) = yaml.safe_load((HOME / "provisioning/datasources/prometheus.yaml").read_text())[
        "datasources"
    ]
    named = {
        (target["datasource"]["type"], target["datasource"]["uid"])
        for panel in panels(board)
        for target in panel.get("targets", ())
    }
    assert named == {(source["type"], source["uid"])}


@BOARDS
def test_text_keeps_french_typography(board: dict[str, Any]) -> None:
    said = [
        text for text in texts(board) if " " in text and "{" not in text and ": portal," not in text
    ]
    assert [text for text in said if "'" in text] == []
    assert [text for text in said if re.search(r" [:;?!%»]|« ", text)] == []


@BOARDS
def test_links_lead_to_pages_that_the_site_has(board: dict[str, Any]) -> None:
    urls = {text for text in texts(board) if text.startswith(("${site}", "/d/"))}
    uids = {f"/d/{one['uid']}" for one in DASHBOARDS.values()}
    assert urls <= {INCIDENT_URL, "${site}/incidents", *uids}


def test_a_red_cell_leads_to_the_page_of_its_incident() -> None:
    board = DASHBOARDS["disponibilite"]
    linked = [
        override
        for panel in panels(board)
        for override in panel.get("fieldConfig", {}).get("overrides", ())
        for one in override["properties"]
        if one["id"] == "links" and one["value"][0]["url"] == INCIDENT_URL
    ]
    assert len(linked) == 1
    for override in linked:
        set_to = {one["id"]: one["value"] for one in override["properties"]}
        assert override["matcher"]["options"] == "Incident"
        assert set_to["custom.cellOptions"]["type"] == "color-background"
        assert set_to["thresholds"]["steps"][0]["color"] == "dark-red"


def test_every_number_of_a_state_has_its_words() -> None:
    assert set(STATES) == set(STATE_CODES.values())
    assert len({said for said, _ in STATES.values()}) == len(STATES)


@pytest.mark.parametrize("one", EXPRESSIONS, ids=lambda one: f"{one.kind} {one.where}")
def test_an_expression_is_promql(one: Expression) -> None:
    assert metric_names(one.asked)
    assert "$" not in one.asked


def test_what_is_no_promql_is_noticed() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        metric_names("sum by (component (up)")


def test_every_excuse_belongs_to_an_expression() -> None:
    assert set(MAY_BE_EMPTY) <= {one.written for one in EXPRESSIONS}
    assert all(MAY_BE_EMPTY.values())


def test_compose_opens_on_the_boards() -> None:
    grafana = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["grafana"]
    (provider,) = yaml.safe_load((HOME / "provisioning/dashboards/anef.yaml").read_text())[
        "providers"
    ]
    mounted = dict(volume.split(":")[:2] for volume in grafana["volumes"])
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert mounted["./grafana/dashboards"] == provider["options"]["path"]
    assert home.removeprefix(provider["options"]["path"] + "/") == "disponibilite.json"
    assert grafana["environment"]["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_the_boards_are_made_by_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grafana.boards", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "--site" in done.stdout
