"""Can a user sign in? Without an account: does the sign-in form come up?"""

from __future__ import annotations

from monitor.core.model import Depth
from probes import journeys
from probes.base import Means, Run
from probes.site import Site


class LoginProbe:
    """The sign-in form; with an account, the sign-in itself."""

    component = "login"

    def missing(self, _site: Site, _means: Means) -> str | None:
        """Nothing is needed; an account makes it look deeper."""
        return None

    def depth(self, _site: Site, means: Means) -> Depth:
        """Full with an account, else as far as the form."""
        return Depth.FULL if means.account else Depth.FORM

    async def run(self, run: Run) -> None:
        """Open the form; sign in when there is an account."""
        if run.means.account:
            await journeys.sign_in(run)
            return
        await journeys.open_form(run)
        async with run.step("check_form"):
            await journeys.wait_for(run, "password")
            await journeys.wait_for(run, "submit_sign_in")
