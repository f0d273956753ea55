"""The bundle of an attempt: a manifest that names every file by its content."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from PIL import Image

from monitor.core.model import Outcome, Signal, SignalKind, Slot, Step, Vantage, Verdict
from monitor.evidence.bundle import TEXT_LIMIT_CHARACTERS, Bundle, bundled_attempt, make_bundle
from monitor.evidence.manifest import Context
from probes.attempt import RawAttempt
from probes.capture import Capture
from probes.network import Exchange

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
VERDICT = Verdict(outcome=Outcome.DOWN, rule="http_5xx", ruleset="1")
CONTEXT = Context(
    slot=Slot(component="portal", vantage="local", scheduled_at=NOON, interval_seconds=300),
    vantage=Vantage(id="local", label="Essai"),
    site_id="standin",
    depth="full",
    environment=(("program", "0.1.0"),),
)


TEXTS = ("01-open.txt", "console.json")


def picture(width: int = 40, height: int = 30) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.putpixel((1, 2), (1, 2, 3))
    image.save(out, "PNG")
    return out.getvalue()


def raw_attempt(*captures: Capture) -> RawAttempt:
    """An attempt with these captures, one for each step."""
    return RawAttempt(
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=2),
        duration_seconds=2,
        signals=(Signal(kind=SignalKind.STEP_FAILED, step="open"),),
        steps=tuple(Step(name=c.step, outcome="ok", duration_seconds=0.1) for c in captures),
        captures=captures,
        exchanges=(Exchange(method="GET", url="http://127.0.0.1/", kind="document", started=1),),
        console=("log: bonjour",),
    )


def capture(step: str = "open", *, text: str = "Bonjour", png: bytes | None = None) -> Capture:
    return Capture(step=step, failed=False, png=png or picture(), text=text)


def never(_data: bytes) -> bool:
    return False


def made(*captures: Capture) -> Bundle:
    return make_bundle(raw_attempt(*(captures or (capture(),))), VERDICT, CONTEXT, never)


def manifest(bundle: Bundle) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bundle.manifest.data)
    return found


def test_the_manifest_names_every_file_with_type_size_and_hash() -> None:
    bundle = made(capture("open"), capture("click"))
    listed = {line["name"]: line for line in manifest(bundle)["files"]}
    assert list(listed) == [
        *("01-open.webp", "01-open.txt", "02-click.webp", "02-click.txt"),
        *("network.json", "network.har", "console.json"),
    ]
    for file in bundle.files:
        line = listed[file.name]
        assert line["sha256"] == hashlib.sha256(file.data).hexdigest()
        assert (line["size"], line["media_type"]) == (len(file.data), file.media_type)


def test_the_manifest_is_canonical_and_the_same_for_the_same_attempt() -> None:
    data = made().manifest.data
    assert data == rfc8785.dumps(json.loads(data)) == made().manifest.data


def test_the_manifest_says_what_it_does_not_prove() -> None:
    found = manifest(made())
    assert "constat de commissaire de justice" in found["limits"]
    assert (found["no_proxy"], found["fresh_context"]) == (True, True)


def test_a_picture_keeps_every_pixel() -> None:
    (file, *_) = made().files
    with Image.open(io.BytesIO(file.data)) as kept, Image.open(io.BytesIO(picture())) as taken:
        assert kept.format == "WEBP"
        assert kept.convert("RGB").tobytes() == taken.convert("RGB").tobytes()


def test_a_page_too_tall_for_webp_stays_a_png() -> None:
    bundle = made(capture(png=picture(2, 17_000)))
    assert bundle.files[0].name == "01-open.png"
    screenshot = bundle.steps[0].screenshot
    assert screenshot is not None
    assert (screenshot.media_type, screenshot.sha256) == ("image/png", bundle.files[0].sha256)


def test_a_good_runs_picture_is_smaller_and_says_that_pixels_were_lost() -> None:
    noise = Image.effect_noise((200, 200), 60).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    raw = raw_attempt(capture(png=out.getvalue()))
    small = make_bundle(raw, VERDICT, replace(CONTEXT, lossless=False), never)
    whole = make_bundle(raw, VERDICT, CONTEXT, never)
    assert len(small.files[0].data) < len(whole.files[0].data)
    encodings = [manifest(one)["files"][0]["encoding"] for one in (small, whole)]
    assert encodings == ["lossy, quality 70", "lossless"]


def test_the_manifest_has_every_point_of_the_standard_and_the_path_with_its_times() -> None:
    one = replace(capture("open"), started_at=NOON, taken_at=NOON + timedelta(seconds=1))
    found = manifest(made(one))
    assert found["schema"] == "manifest/2"
    assert {
        *("machine", "program", "browser", "resolvers", "clock", "private", "statements"),
        *("no_proxy", "fresh_context", "started_at", "steps", "vantage", "connections"),
        *("limits", "limits_fr"),
    } <= set(found)
    assert found["clock"]["said"] == "non mesuré"
    assert [(s["name"], s["started_at"], s["pictured_at"]) for s in found["steps"]] == [
        ("open", NOON.isoformat(), (NOON + timedelta(seconds=1)).isoformat())
    ]


def test_steps_point_at_their_own_pictures() -> None:
    bundle = made(capture("open"), capture("open", png=picture(50, 50)))
    shots = [step.screenshot.sha256 for step in bundle.steps if step.screenshot]
    assert shots == [bundle.files[0].sha256, bundle.files[2].sha256]
    assert shots[0] != shots[1]


def test_a_picture_that_could_not_be_taken_is_explained() -> None:
    bundle = made(Capture(step="open", failed=True, problem="the picture took too long"))
    assert bundle.steps[0].screenshot is None
    assert manifest(bundle)["not_captured"] == {"open": "the picture took too long"}


@pytest.mark.parametrize("text", ["\ud83d", "ok \udc00 end"])
def test_half_a_character_of_a_page_is_no_fault_of_ours(text: str) -> None:
    raw = replace(raw_attempt(capture(text=text)), console=(text,))
    bundle = make_bundle(raw, VERDICT, CONTEXT, never)
    assert all(b"?" in file.data for file in bundle.files if file.name in TEXTS)


def test_a_file_that_holds_a_secret_is_kept_out_and_named() -> None:
    captures = (capture("open"), capture("click", text="le secret"))
    bundle = make_bundle(raw_attempt(*captures), VERDICT, CONTEXT, lambda data: b"secret" in data)
    kept_out = ("02-click.webp", "02-click.txt")
    assert bundle.withheld == kept_out, "the picture shows what the text says"
    assert manifest(bundle)["withheld"] == list(kept_out)
    assert {"01-open.webp", "01-open.txt"} <= {file.name for file in bundle.files}
    assert not {file.name for file in bundle.files} & {*kept_out}
    assert bundle.steps[1].screenshot is None


def test_a_secret_far_down_a_long_page_is_found_though_the_end_is_not_kept() -> None:
    long = "mot " * TEXT_LIMIT_CHARACTERS + "secret"
    bundle = make_bundle(
        raw_attempt(capture(text=long)), VERDICT, CONTEXT, lambda data: b"secret" in data
    )
    assert bundle.withheld == ("01-open.webp", "01-open.txt")


def test_a_picture_that_is_kept_out_is_no_steps_screenshot() -> None:
    bundle = make_bundle(raw_attempt(capture()), VERDICT, CONTEXT, lambda data: b"WEBP" in data)
    assert bundle.steps[0].screenshot is None


def test_a_manifest_that_holds_a_secret_loses_its_free_texts() -> None:
    signal = Signal(kind=SignalKind.ERROR_TEXT, step="open", text="le secret")
    raw = replace(raw_attempt(capture()), signals=(signal,), aborted=("GET a/secret",))
    bundle = make_bundle(raw, VERDICT, CONTEXT, lambda data: b"secret" in data)
    assert b"secret" not in bundle.manifest.data
    assert "manifest details" in bundle.withheld
    assert manifest(bundle)["files"]


def test_the_kept_attempt_points_at_its_manifest() -> None:
    raw, bundle = raw_attempt(capture()), made()
    kept = bundled_attempt(raw, VERDICT, bundle)
    assert kept.manifest is not None
    assert kept.manifest.sha256 == hashlib.sha256(bundle.manifest.data).hexdigest()
    assert kept.manifest.size == len(bundle.manifest.data)
    assert (kept.steps, kept.verdict) == (bundle.steps, VERDICT)
