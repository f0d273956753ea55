"""A mended site file differs in the selectors that were mended, and in nothing else."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from probes.calibration.rewrite import with_selectors
from probes.site import SITES, parse_site

FILE = """# Un site
[texts]
username = "reste"

[selectors]  # où sont les choses
portal_ready = "text=/Accueil/"  # le titre
  username = 'input[name="username"]'
password='x'

[upload]
password = "reste aussi"
"""


def _changed_lines(old: str, new: str) -> list[str]:
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_only_the_line_of_the_key_differs_and_its_comment_stays() -> None:
    new = with_selectors(FILE, {"portal_ready": "h1:has-text('Bonjour')"})

    assert _changed_lines(FILE, new) == [
        '- portal_ready = "text=/Accueil/"  # le titre',
        "+ portal_ready = \"h1:has-text('Bonjour')\"  # le titre",
    ]


@pytest.mark.parametrize(
    "value", ['input[name="a"]', "a:has-text('É')", "both ' and \"", "back\\slash", "# no comment"]
)
def test_any_value_comes_back(value: str) -> None:
    new = with_selectors(FILE, {"username": value, "password": value})

    selectors = tomllib.loads(new)["selectors"]
    assert (selectors["username"], selectors["password"]) == (value, value)


def test_a_file_with_other_line_ends_keeps_them() -> None:
    new = with_selectors(FILE.replace("\n", "\r\n"), {"password": "y"})

    assert new == FILE.replace("password='x'", 'password="y"').replace("\n", "\r\n")


@pytest.mark.parametrize(
    "text",
    [
        '[selectors]\npassword = """\nx\n"""\n',
        '[selectors]\n"password" = "x"\n',
        'selectors.password = "x"\n',
        'selectors = { password = "x" }\n',
        '[selectors]\nspinner = """\npassword = "x"\n"""\npassword = "x"\n',
    ],
)
def test_what_cannot_be_changed_line_by_line_is_left_to_a_person(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"edit selectors\.password by hand"):
        with_selectors(text, {"password": "y"})


@pytest.mark.parametrize("file", sorted(SITES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_selector_of_our_site_files_can_be_mended(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    keys = tomllib.loads(text)["selectors"]

    new = with_selectors(text, dict.fromkeys(keys, ".neuf"))

    site = parse_site(new, name="new")
    assert set(site.selectors.model_dump().values()) == {".neuf"}
    assert len(_changed_lines(text, new)) == 2 * len(keys)
