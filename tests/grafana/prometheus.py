"""A real Prometheus for tests and pictures, on loopback, with the rules of the project."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from grafana.boards.__main__ import HOME

CONFIGURATION = HOME / "prometheus.yml"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def quickened(target: str) -> dict[str, Any]:
    """The project's own configuration, on another target and every second."""
    found: dict[str, Any] = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    found["global"] |= often
    found["rule_files"] = [str(HOME / name) for name in found["rule_files"]]
    (job,) = found["scrape_configs"]
    job["static_configs"] = [{"targets": [target]}]
    return found


class Prometheus:
    """The address of a running one, and what it answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def close(self) -> None:
        """Ask nothing more."""
        self._client.close()

    def is_ready(self) -> bool:
        """True once it answers queries."""
        try:
            return self._client.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def instant(self, expr: str, *, at: float | None = None) -> list[dict[str, Any]]:
        """The series of now, or of a moment. Raises AssertionError with what it says when it
        cannot."""
        moment = {} if at is None else {"time": at}
        return self._ask("/api/v1/query", {"query": expr, **moment})

    def ranged(
        self, expr: str, *, seconds: float, step: float, end: float | None = None
    ) -> list[dict[str, Any]]:
        """The series of the last seconds."""
        until = end or time.time()
        return self._ask(
            "/api/v1/query_range",
            {"query": expr, "start": until - seconds, "end": until, "step": step},
        )

    def _ask(self, path: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self._client.get(path, params=parameters).json()
        assert answer["status"] == "success", f"{parameters['query']}: {answer.get('error')}"
        assert not answer.get("warnings"), f"{parameters['query']}: {answer['warnings']}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


@contextmanager
def scraping(metrics_url: str, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes this address; ended and forgotten on leaving."""
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(yaml.safe_dump(quickened(metrics_url.removeprefix("http://"))))
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={file}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    found = Prometheus(f"http://127.0.0.1:{port}")
    try:
        until = time.monotonic() + 20
        while not found.is_ready():
            assert process.poll() is None, (folder / "prometheus.log").read_text()
            assert time.monotonic() < until, "Prometheus does not answer"
            time.sleep(0.1)
        yield found
    finally:
        found.close()
        process.terminate()
        process.wait(20)
