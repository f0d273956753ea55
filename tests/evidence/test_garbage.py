"""Whatever a stranger hands in, verification ends with a report, and damage never passes."""

from __future__ import annotations

import itertools
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import verify as alone
from monitor.evidence import reading
from monitor.evidence.report import Unsound
from monitor.evidence.trust import Trust
from monitor.evidence.verify import NothingToVerify, verify_path
from tests.evidence.ground import Ground, overwrite

CALM = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
DEEP = b'{"schema":"proof/1","leaves":' + b"[" * 100_000
HUGE = b'{"schema":"proof/1","first":' + b"9" * 10_000 + b"}"
ODD_VALUES: list[Any] = [
    None, True, -1, 10**30, 1e308, "", "\ud800", "é" * 5, [], {}, [[]], [None], {"": None},
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-01-01",
]  # fmt: skip


@pytest.fixture(scope="module")
def trust(ground: Ground) -> Trust:
    return Trust.load(ground.keys)


def both(path: Path, ground: Ground) -> tuple[bool, bool]:
    """Whether each verifier passed it."""
    try:
        passed = verify_path(path, Trust.load(ground.keys)).passed
    except NothingToVerify:
        passed = False
    report = alone.Report()
    alone.verify(report, path, alone.read_keys(ground.keys))
    return passed, bool(report.results) and all(passed for _, passed, _ in report.results)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """The way to every part of a JSON value."""
    yield at
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*at, name))
    elif isinstance(value, list):
        for number in range(min(len(value), 2)):
            yield from places(value[number], (*at, number))


def replaced(value: Any, at: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401
    """The value with another one at that place."""
    if not at:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[at[0]] = replaced(copied[at[0]], at[1:], new)
    return copied


@pytest.mark.parametrize("name", ["proof.json", "range.json"])
def test_odd_values_anywhere_in_a_proof_never_pass(
    ground: Ground, tmp_path: Path, name: str
) -> None:
    value = json.loads((ground.folder / name).read_bytes())
    file = tmp_path / "odd.json"
    odd = itertools.cycle(ODD_VALUES)
    for at in places(value):
        for new in itertools.islice(odd, 5):  # 16 values: each place meets others
            file.write_text(json.dumps(replaced(value, at, new)))
            assert both(file, ground) == (False, False), (at, new)


@settings(max_examples=25, deadline=None, suppress_health_check=CALM)
@given(data=st.data())
def test_a_changed_byte_anywhere_in_a_bundle_never_passes(
    ground: Ground, tmp_path: Path, data: st.DataObject
) -> None:
    shutil.rmtree(tmp_path / "bundle", ignore_errors=True)
    folder = ground.copy("bundle", tmp_path)
    file = data.draw(st.sampled_from(sorted(folder.iterdir())))
    if file.name == "proof.json":
        return  # JSON can be written in several ways; the values of it have their own test
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    overwrite(file, bytes(content)[: data.draw(st.integers(place + 1, len(content)))])
    assert both(folder, ground) == (False, False)


@settings(max_examples=25, deadline=None, suppress_health_check=CALM)
@given(data=st.data())
def test_a_changed_byte_anywhere_in_a_log_never_passes(
    ground: Ground, tmp_path: Path, data: st.DataObject
) -> None:
    shutil.rmtree(tmp_path / "log", ignore_errors=True)
    folder = ground.copy("log", tmp_path)
    files = sorted(
        file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".tsr", ".tsq")
    )
    file = data.draw(st.sampled_from(files))
    content = bytearray(file.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    overwrite(file, bytes(content)[: data.draw(st.integers(place + 1, len(content)))])
    assert both(folder, ground) == (False, False)


@settings(max_examples=8, deadline=None, suppress_health_check=CALM)
@given(content=st.one_of(st.binary(max_size=300), st.sampled_from([DEEP, HUGE, b"{}", b"[]", b""])))
@pytest.mark.parametrize(
    "name", ["bundle/proof.json", "bundle/manifest.json", "bundle/retired.json", "log/checkpoint",
             "log/checkpoints/1-300", "log/tile/entries/000", "log/tile/0/000",
             "log/stamps/1-300/repetition.tsr", "log/stamps/1-300/repetition.tsq", "proof.json"],
)  # fmt: skip
def test_anything_in_the_place_of_a_file_never_passes(
    ground: Ground, tmp_path: Path, name: str, content: bytes
) -> None:
    shutil.rmtree(tmp_path / "copy", ignore_errors=True)
    (tmp_path / "copy").mkdir()
    subject = name.partition("/")[0]
    path = ground.copy(subject, tmp_path / "copy")
    overwrite(tmp_path / "copy" / name, content)
    assert both(path, ground) == (False, False)


def zipped(file: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file


def bundle_files(ground: Ground, around: str = "") -> dict[str, bytes]:
    return {f"{around}{f.name}": f.read_bytes() for f in (ground.folder / "bundle").iterdir()}


@pytest.mark.parametrize("around", ["", "bundle-17/"])
def test_a_zipped_bundle_passes(ground: Ground, trust: Trust, tmp_path: Path, around: str) -> None:
    file = zipped(tmp_path / "bundle.zip", bundle_files(ground, around))
    assert verify_path(file, trust).passed


def test_a_truncated_zip_is_told(ground: Ground, trust: Trust, tmp_path: Path) -> None:
    file = zipped(tmp_path / "bundle.zip", bundle_files(ground))
    file.write_bytes(file.read_bytes()[:-40])
    assert [check.fr for check in verify_path(file, trust).checks] == ["bundle.zip est illisible"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/b", "C:\\x", "..", "a\nb", "-x", "x" * 300])
def test_a_name_that_leads_elsewhere_is_told(
    ground: Ground, trust: Trust, tmp_path: Path, name: str
) -> None:
    file = zipped(tmp_path / "bundle.zip", {**bundle_files(ground), name: b"x"})
    (check,) = verify_path(file, trust).checks
    assert not check.passed
    assert "interdit" in check.fr


def test_a_zip_bomb_is_told_without_unpacking_it(
    ground: Ground, trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_FILE_BYTES", 1 << 20)
    file = zipped(tmp_path / "bomb.zip", {**bundle_files(ground), "bomb": bytes(8 << 20)})
    assert [check.fr for check in verify_path(file, trust).checks] == ["bomb est trop grand"]


def test_too_many_files_are_told(trust: Trust, tmp_path: Path) -> None:
    many = {f"f{number}": b"" for number in range(reading.MOST_FILES + 1)}
    file = zipped(tmp_path / "many.zip", many)
    assert [check.fr for check in verify_path(file, trust).checks] == ["many.zip est trop grand"]


def test_a_link_in_a_bundle_is_not_followed(ground: Ground, trust: Trust, tmp_path: Path) -> None:
    folder = ground.copy("bundle", tmp_path)
    (folder / "01-open_portal.txt").unlink()
    (folder / "01-open_portal.txt").symlink_to(ground.folder / "bundle" / "01-open_portal.txt")
    assert not verify_path(folder, trust).passed


def test_a_retired_file_is_told_and_let_pass(ground: Ground, trust: Trust, tmp_path: Path) -> None:
    folder = ground.copy("bundle", tmp_path)
    lines = json.loads((folder / "manifest.json").read_bytes())["files"]
    gone = next(line for line in lines if line["name"] == "01-open_portal.webp")
    (folder / "01-open_portal.webp").unlink()
    retired = {"sha256": gone["sha256"], "retired_at": ground.now.isoformat()}
    (folder / "retired.json").write_text(json.dumps({"schema": "retired/1", "files": [retired]}))
    report = verify_path(folder, trust)
    assert report.passed
    assert "1 retirés" in report.checks[1].fr
    assert both(folder, ground) == (True, True)


@pytest.mark.parametrize("keys", [b"", b"{}", b"[]", DEEP, b'{"schema":"keys/1"}', b"\xff"])
def test_a_key_file_that_is_none_is_told(tmp_path: Path, keys: bytes) -> None:
    (tmp_path / "keys.json").write_bytes(keys)
    with pytest.raises(Unsound, match="cannot be read"):
        Trust.load(tmp_path / "keys.json")
    with pytest.raises(alone.Bad, match="illisible"):
        alone.read_keys(tmp_path / "keys.json")
