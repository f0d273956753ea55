"""A site file is data: what is wrong in it is one sentence that names the key."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from monitor.errors import ConfigurationError
from probes.site import SITES, Site, json_schema, load_site, parse_site

TEXT = (SITES / "standin.toml").read_text(encoding="utf-8")


def parsed(text: str = TEXT, **origins: str) -> Site:
    return parse_site(text, name="site.toml", origins=origins)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "standin"', 'id = "standin"\ncolour = "red"', "colour"),
        ("[limits]", "[limits]\ncoffee_seconds = 3", "limits.coffee_seconds"),
        ("action_seconds = 2.6", 'action_seconds = "short"', "limits.action_seconds"),
        ("action_seconds = 2.6", "action_seconds = 0", "limits.action_seconds"),
        ('schema = "site/1"', 'schema = "site/9"', "schema"),
        ("rehearsal = true", "", "rehearsal"),
        ('id = "standin"', 'id = "Stand In"', "id"),
        ('id = "standin"', 'id = "standin', "is not valid TOML"),
    ],
)
def test_a_fault_in_the_file_is_named(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError, match=f"site.toml.*{said}") as refused:
        parsed(TEXT.replace(old, new, 1))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read the site file .*No such file"):
        load_site(tmp_path / "none.toml")


def test_an_origin_replaces_that_of_the_file_everywhere() -> None:
    site = parsed(portal="http://127.0.0.1:1")
    assert site.pages.home == "http://127.0.0.1:1/usagers/#/"
    assert site.api.watched_prefix == "http://127.0.0.1:1/api/"
    assert site.guard[0].origin == "http://127.0.0.1:1"
    assert site.origins["sso"] == "http://localhost:8702"


def test_an_origin_that_the_file_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has no origin named cdn"):
        parsed(cdn="http://127.0.0.1:1")


@pytest.mark.parametrize(
    "origin",
    ["foo", "127.0.0.1:80", "ftp://127.0.0.1", "http://127.0.0.1/path", "http://a@127.0.0.1", ""],
)
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    with pytest.raises(ConfigurationError, match=r"origins: .*https://host"):
        parsed(portal=origin)


@pytest.mark.parametrize(
    "origin",
    ["http://192.0.2.1:80", "https://example.org", "http://127.0.0.1.example.org"],
)
def test_an_invented_account_is_refused_off_this_machine(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="rehearsal_account"):
        parsed(portal=origin)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9", "a.localhost"])
def test_this_machine_is_known_by_all_its_names(host: str) -> None:
    assert parsed(portal=f"http://{host}:81", sso=f"http://{host}:82").is_loopback


def test_one_origin_elsewhere_makes_the_site_a_real_one() -> None:
    text = TEXT.split("[rehearsal_account]")[0]
    assert not parsed(text, sso="https://sso.example.org").is_loopback


def test_the_digest_follows_the_content_and_not_the_layout() -> None:
    assert parsed(TEXT).digest() == parsed("# a remark\n" + TEXT).digest()
    assert parsed(TEXT).digest() != parsed(TEXT.replace("= 2.6", "= 2.7")).digest()


def test_json_schema_accepts_the_files_that_ship_and_refuses_unknown_keys() -> None:
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in ("anef.toml", "standin.toml"):
        jsonschema.validate(tomllib.loads((SITES / name).read_text(encoding="utf-8")), schema)
    with pytest.raises(jsonschema.ValidationError, match="colour"):
        jsonschema.validate({**tomllib.loads(TEXT), "colour": "red"}, schema)
