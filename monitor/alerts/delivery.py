"""Sending one message to one target, through Apprise, within a time limit."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.attachment.memory import AttachMemory
from apprise.plugins import NotifyBase
from PIL import Image, UnidentifiedImageError

from monitor.alerts.words import Text
from monitor.errors import ConfigurationError

# What goes wrong is in the outbox and in our own log, in our words.
logging.getLogger("apprise").propagate = False

GRACE_SECONDS = 5.0
"""Over the limits of connection and answer: what Apprise itself may take."""

ID_HEADERS = ("X-Alert-Id", "Idempotency-Key")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A file that goes with a message."""

    name: str
    data: bytes
    media_type: str


def as_png(data: bytes, name: str) -> Picture | None:
    """A picture that every mail program shows; None when these bytes are none."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            out = io.BytesIO()
            image.save(out, "PNG", optimize=True)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    return Picture(name=f"{name}.png", data=out.getvalue(), media_type="image/png")


def fault_of(url: str) -> str | None:
    """Why this address cannot be a target; None when it can. The address is not in it."""
    service = _service(url)
    if service is None:
        scheme = url.partition("://")[0][:20]
        return (
            f"is no address that Apprise can use (it begins with {scheme!r}; see docs/settings.md)"
        )
    return None


def recipients_of(url: str) -> int:
    """How many messages one alert becomes at this target; 0 when it is no target."""
    service = _service(url)
    return len(service) if service else 0


def _service(url: str) -> NotifyBase | None:
    asset = AppriseAsset(app_id="anef-monitor", app_desc="Observatoire d’ANEF", app_url="")
    found = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    return found if isinstance(found, NotifyBase) else None


def send(
    url: str,
    text: Text,
    *,
    reference: str,
    picture: Picture | None,
    timeout_seconds: float,
) -> str | None:
    """Send it now. None when the target took it, else why not, in a few words.

    The reference goes along as a header where the service has headers, so that a receiver can
    tell a second copy. Raises ConfigurationError for an address that is none.
    """
    service = _service(url)
    if service is None:
        raise ConfigurationError(f"an alert target {fault_of(url)}")
    service.socket_connect_timeout = service.socket_read_timeout = timeout_seconds
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):
        headers.update(dict.fromkeys(ID_HEADERS, reference))
    sender = Apprise()
    sender.add(service)
    result = sender.notify(
        body=text.body,
        title=text.title,
        body_format=NotifyFormat.TEXT,
        attach=_attached(picture) if service.attachment_support else None,
        timeout=timeout_seconds + GRACE_SECONDS,
    )
    if result:
        return None
    said = [entry.message for entry in result.logs()]
    return said[-1][:300] if said else result.status.name.lower()


def _attached(picture: Picture | None) -> AttachMemory | None:
    if picture is None:
        return None
    return AttachMemory(  # type: ignore[no-untyped-call]  # Apprise types all but this
        content=picture.data, name=picture.name, mimetype=picture.media_type
    )
