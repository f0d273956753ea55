"""``python -m monitor.front_process``: the public pages, started by ``monitor.front`` alone."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import pickle
import signal
import socket
import sys
import time
from contextlib import suppress

import httpx
from fastapi import FastAPI

from monitor.app import open_data_of, publisher_of, utc_now
from monitor.errors import MonitorError, StoreError
from monitor.evidence.keys import load_keys
from monitor.evidence.log import TransparencyLog
from monitor.evidence.log_files import LogFiles
from monitor.front import Given
from monitor.logkeeping import open_log
from monitor.printing import offered_of
from monitor.serving import serving
from monitor.store.blobs import open_blobs
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.app import create_app

KEYS_SECONDS = 5.0

HOT = ("/", "/en", "/statistiques", "/incidents", "/badge.svg", "/incidents.atom")
LOOK_SECONDS, HOT_SECONDS = 1.0, 15.0
"""What most visitors ask for is asked for by ourselves once the ledger has gone on, and every so
often: no visitor comes first after a new slot and waits while the page is made."""


def pages(given: Given, store: Store, log: TransparencyLog) -> FastAPI:
    """The public application over an open store. Raises ConfigurationError."""
    settings, site = given.settings, given.site
    blobs = open_blobs(settings.blobs_url)
    return create_app(
        reader=store,
        blobs=blobs,
        publisher=publisher_of(settings, site),
        watched=settings.schedule.probes,
        clock=utc_now,
        offered=offered_of(settings, site, store, blobs, log),
        exports=open_data_of(settings),
        log=LogFiles(log, store),
        figures=Figures(store),
        register=store,
        proof=log.proof_of_range,
        month_proof=log.proof_of_month,
    )


async def serve(given: Given) -> None:
    """Answer until standard input ends: it does with the monitor, however that ends."""
    with open_store(given.settings.store_url, migrate=False) as store:
        log = open_log(given.settings, given.site, store, clock=utc_now)
        over = asyncio.create_task(_input_ended())
        keys = asyncio.create_task(_follow_keys(log))
        app = pages(given, store, log)
        async with serving(app, socket.socket(fileno=given.listener)):
            _say("")
            first = asyncio.create_task(_come_first(app, store))
            await over
            first.cancel()
        keys.cancel()


async def _come_first(app: FastAPI, store: Store) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    seen, asked = None, -math.inf
    async with httpx.AsyncClient(transport=transport, base_url="http://pages") as client:
        while True:
            with suppress(StoreError):  # whoever asks for a page is told
                place = await asyncio.to_thread(store.place)
                if place != seen or time.monotonic() - asked >= HOT_SECONDS:
                    seen, asked = place, time.monotonic()
                    for path in HOT:
                        await client.get(path)
            await asyncio.sleep(LOOK_SECONDS)


async def _input_ended() -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()
    loop.remove_reader(sys.stdin)


async def _follow_keys(log: TransparencyLog) -> None:
    """Keys are rotated by a command, in another process."""
    while True:
        await asyncio.sleep(KEYS_SECONDS)
        try:
            found = await asyncio.to_thread(load_keys, log.ring.folder)
        except MonitorError as error:
            logging.getLogger(__name__).warning("%s", error)
        else:
            log.ring = log.ring if found is None else found


def _say(error: str) -> None:
    """To the monitor: the sentence about what went wrong, or none."""
    print(json.dumps({"error": error}), flush=True)  # noqa: T201  what the monitor reads


def main() -> None:
    """Wait for what to serve, and serve it."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a terminal sends them to both processes
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as told:
            given = pickle.load(told)  # from our own monitor
    except EOFError:
        return  # the monitor did not get so far
    try:
        asyncio.run(serve(given))
    except MonitorError as error:
        _say(str(error))


if __name__ == "__main__":
    main()
