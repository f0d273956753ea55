"""The request guard: what the browser may ask for, decided before anything leaves the machine.

Every request of every page and worker passes through Chromium's own interception at browser
level (CDP ``Fetch`` on the browser target), where redirects and dedicated workers cannot slip
by. A request that the site file does not list is failed and recorded; whoever reads the record
knows that the attempt was interfered with. The browser's resolver also knows no other host.
Service workers and the WebSockets of pages are refused by the context (``browser``); a WebSocket
that a page's worker opens is not seen here, and reaches a listed host or none.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.async_api import CDPSession, Error

from monitor.errors import ConfigurationError
from probes.site import GuardRule, Site

NEVER = re.compile(
    r"soumettre|soumission|submit|valider[-_]?demande|finaliser|paiement|payer|payment|checkout"
    r"|timbre|supprimer[-_]?compte|delete[-_]?account|update[-_](?:password|profile|email)"
    r"|required-action"
    r"|changer?[-_]?(?:mot-de-passe|adresse|email)|mot-de-passe/modifier",
    re.IGNORECASE,
)
"""Paths that submit a request, pay, or change an account. No site file can list them."""

OPEN_ENDED = re.compile(r"(?<!\\)(?:\.|\\[SWD]|\[\^[^\]]*\])[*+{]")
"""A pattern that goes on over anything; no state-changing request may be listed by one."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL_SCHEMES = frozenset({"data", "blob", "about"})


@dataclass(frozen=True, kw_only=True)
class AllowList:
    """The compiled rules of one site."""

    rules: tuple[tuple[frozenset[str], str, re.Pattern[str]], ...]

    def allows(self, method: str, url: str) -> bool:
        """True when the request may leave the machine."""
        parts = urlsplit(url)
        if parts.scheme in LOCAL_SCHEMES:
            return True
        if method not in SAFE_METHODS and NEVER.search(_decoded(parts.path)):
            return False
        origin = f"{parts.scheme}://{parts.netloc}"
        path = parts.path or "/"
        return any(
            method in methods and origin == allowed and pattern.fullmatch(path)
            for methods, allowed, pattern in self.rules
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names of the rules, for the browser's resolver."""
        return tuple(sorted({urlsplit(origin).hostname or "" for _, origin, _ in self.rules}))


def compile_allow_list(site: Site) -> AllowList:
    """The allow-list of a site file.

    Raises ConfigurationError for a rule that is not a regular expression, that lists a
    state-changing request too widely, or that would let one through that must never leave.
    """
    return AllowList(rules=tuple(_compile(rule, site) for rule in site.guard))


def _compile(rule: GuardRule, site: Site) -> tuple[frozenset[str], str, re.Pattern[str]]:
    methods = frozenset(method.upper() for method in rule.methods)
    if rule.origin not in {origin.rstrip("/") for origin in site.origins.values()}:
        raise ConfigurationError(f"guard: {rule.origin} is not an origin of the site file")
    try:
        pattern = re.compile(rule.path)
    except re.error as error:
        raise ConfigurationError(f"guard: {rule.path!r} is not a pattern: {error}") from error
    if methods - SAFE_METHODS and _is_too_wide(rule.path, pattern):
        raise ConfigurationError(
            f"guard: {rule.path!r} would let the browser submit, pay or change an account; "
            "list the exact path of each harmless POST instead"
        )
    return methods, rule.origin, pattern


def _is_too_wide(path: str, pattern: re.Pattern[str]) -> bool:
    harmful = NEVER.search(_decoded(path)) is not None
    return harmful or OPEN_ENDED.search(path) is not None or bool(pattern.fullmatch("/any/path"))


def _decoded(path: str) -> str:
    """A path without percent signs, however often it was encoded."""
    while (bare := unquote(path)) != path:
        path = bare
    return path


def describe(method: str, url: str) -> str:
    """A request as it is recorded: method, host and path, without user, query or fragment."""
    parts = urlsplit(url)
    return f"{method} {parts.netloc.rpartition('@')[2]}{parts.path}"


class Guard:
    """The guard of one browser. ``aborted`` holds what was stopped since ``begin``."""

    def __init__(self, allow_list: AllowList) -> None:
        self._allow_list = allow_list
        self._session: CDPSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.aborted: list[str] = []

    async def attach(self, session: CDPSession) -> None:
        """Begin to decide over every request of the browser behind ``session``."""
        self._session = session
        session.on("Fetch.requestPaused", self._on_paused)
        await session.send(
            "Fetch.enable", {"patterns": [{"urlPattern": "*", "requestStage": "Request"}]}
        )

    def begin(self) -> None:
        """Forget what was stopped before."""
        self.aborted = []

    def _on_paused(self, event: dict[str, Any]) -> None:
        task = asyncio.ensure_future(self._decide(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _decide(self, event: dict[str, Any]) -> None:
        assert self._session is not None
        request, request_id = event["request"], event["requestId"]
        method, url = request["method"], request["url"]
        try:
            if self._allow_list.allows(method, url):
                await self._session.send("Fetch.continueRequest", {"requestId": request_id})
                return
            self.aborted.append(describe(method, url))
            await self._session.send(
                "Fetch.failRequest", {"requestId": request_id, "errorReason": "BlockedByClient"}
            )
        except Error:
            return  # the page or the browser is gone, and the request with it

    def take(self) -> tuple[str, ...]:
        """What was stopped since ``begin``, each once."""
        return tuple(dict.fromkeys(self.aborted))


def resolver_rules(hosts: Iterable[str]) -> str:
    """Chromium's ``--host-resolver-rules``: no host but these exists."""
    return ",".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in hosts)])
