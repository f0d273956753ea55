"""Pictures hold the page and none of its personal zones, wherever those are."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.async_api import Page

from probes.capture import TEXT_LIMIT_CHARACTERS, Camera
from probes.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

RED, BLACK = (255, 0, 0), (0, 0, 0)
BOX = "position:absolute; left:100px; top:60px; width:200px; height:80px; margin:0; background:red"
ZONE = f"<p class=donnee-personnelle style='{BOX}'>Marie Exemple</p>"

PAGES: dict[str, tuple[str, str]] = {
    "plainly": (ZONE, ""),
    "in a modal dialog": (
        f"<dialog style='position:fixed; inset:0; margin:0; border:0; padding:0'>{ZONE}</dialog>",
        "document.querySelector('dialog').showModal()",
    ),
    "in a shadow tree": (
        "<div id=host></div>",
        "document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML = `" + ZONE + "`",
    ),
    "around an element without a box of its own": (
        f"<div class=donnee-personnelle style='display:contents'><p style='{BOX}'>Marie</p></div>",
        "",
    ),
    "over everything else": (
        ZONE.replace("background", "z-index:2147483647; background"),
        "",
    ),
    "with a style that insists": (ZONE.replace("red", "red !important"), ""),
    "beside a long page": (ZONE + "<div style='height:3000px'></div>", ""),
    "on a scrolled page": (ZONE + "<div style='height:3000px'></div>", "scrollTo(0, 900)"),
    "turning without end": (
        "<style>@keyframes turn { to { left: 600px } } p { animation: turn 1s infinite }</style>"
        + ZONE,
        "",
    ),
}


def colours(png: bytes) -> set[tuple[int, ...]]:
    """Every colour of a picture."""
    with Image.open(io.BytesIO(png)) as picture:
        found = picture.convert("RGB").getcolors(1 << 24) or []
    return {colour for _, colour in found if isinstance(colour, tuple)}


@pytest.mark.parametrize("where", PAGES)
async def test_a_personal_zone_is_masked(where: str, page: Page, site: Site) -> None:
    body, script = PAGES[where]
    await page.set_content(body)
    await page.evaluate(f"() => {{ {script} }}")
    taken = await Camera(page, site).take("open", failed=False)
    assert taken.png is not None
    seen = colours(taken.png)
    assert BLACK in seen
    assert RED not in seen
    assert "Marie" not in taken.text


async def test_a_zone_that_never_rests_is_not_pictured(page: Page, site: Site) -> None:
    await page.set_content(ZONE)
    await page.evaluate(
        """() => { const zone = document.querySelector('p'); setInterval(
             () => { zone.style.left = 900 * Math.random() + 'px'; }, 2); }"""
    )
    taken = await Camera(page, site).take("open", failed=False)
    assert taken.png is None
    assert taken.problem == "personal zones moved while the picture was taken"


async def test_the_whole_of_a_long_page_is_pictured(page: Page, site: Site) -> None:
    await page.set_content("<body style='margin:0'><div style='height:3000px'></div></body>")
    taken = await Camera(page, site).take("open", failed=False)
    assert taken.png is not None
    with Image.open(io.BytesIO(taken.png)) as picture:
        assert picture.size == (1280, 3000)


async def test_what_fades_in_is_pictured_as_it_will_be(page: Page, site: Site) -> None:
    await page.set_content(
        "<style>@keyframes show { from { opacity: 0 } } div { animation: show 60s; height: 50px;"
        " background: red }</style><div></div>"
    )
    taken = await Camera(page, site).take("open", failed=False)
    assert taken.png is not None
    assert RED in colours(taken.png)


async def test_the_page_is_left_as_it_was(page: Page, site: Site) -> None:
    body, _ = PAGES["turning without end"]
    await page.set_content(body + "<input autofocus>")
    await page.locator("input").focus()
    before = await page.content()
    await Camera(page, site).take("open", failed=False)
    assert await page.content() == before
    assert await page.evaluate("document.getAnimations().map((a) => a.playState)") == ["running"]


async def test_a_personal_text_at_the_end_of_what_is_kept_leaves_no_beginning(
    page: Page, site: Site
) -> None:
    filling = "mot " * (TEXT_LIMIT_CHARACTERS // 4 - 1)
    zone = "<span class=donnee-personnelle>Marie Exemple</span>"
    await page.set_content(f"<body>{filling}{zone}</body>")
    taken = await Camera(page, site).take("open", failed=False)
    assert taken.text.startswith("mot mot")
    assert "Mar" not in taken.text
