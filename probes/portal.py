"""Does the front page of the site work, and is its back end alive?"""

from __future__ import annotations

from monitor.core.model import Depth, SignalKind
from probes import journeys
from probes.base import Means, Run
from probes.site import Site


class PortalProbe:
    """Needs no account: the page, its scripts, and a sign of life of the API."""

    component = "portal"

    def missing(self, _site: Site, _means: Means) -> str | None:
        """Nothing is needed."""
        return None

    def depth(self, _site: Site, _means: Means) -> Depth:
        """Showing itself is all that a front page is for."""
        return Depth.FULL

    async def run(self, run: Run) -> None:
        """Open the front page, find the way in, ask the back end."""
        async with run.step("open_portal"):
            await journeys.open_page(run, run.site.pages.home)
            await journeys.wait_for(run, "portal_ready")
        async with run.step("find_entry"):
            await journeys.dismiss_cookies(run)
            await journeys.wait_for(run, "open_sign_in")
        async with run.step("ask_api", on_page=False):
            answer = await journeys.call_api(run, run.site.api.sign_of_life)
            self._check(run, answer["status"], is_json=answer["value"] is not None)

    @staticmethod
    def _check(run: Run, status: int, *, is_json: bool) -> None:
        alive = run.site.api.alive_statuses
        if status in alive or (status == 200 and is_json):
            return
        if status == 200:
            raise run.fail(SignalKind.API_NOT_JSON, "sign_of_life")
        if status >= 500 or status in (403, 429):
            raise run.fail(SignalKind.API_STATUS, "sign_of_life", status)
        raise run.fail(SignalKind.ELEMENT_ABSENT, f"sign_of_life: HTTP {status}")
