"""compose.yaml: what may be reached, what it may take, what is pinned."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.settings import TABLE

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").splitlines()
MACHINE_MEMORY_MB = 4096
LEFT_FOR_THE_SYSTEM_MB = 768


@pytest.mark.parametrize("name", ["monitor", "prometheus", "grafana"])
def test_a_service_is_there(name: str) -> None:
    assert name in SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_published_on_this_machine_only(name: str) -> None:
    ports = SERVICES[name]["ports"]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_metrics_are_not_published() -> None:
    assert not any(":9600" in port for port in SERVICES["monitor"]["ports"])


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_to_a_full_version(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+$", SERVICES[name]["image"])


def test_the_limits_fit_the_machine() -> None:
    limits = [service["deploy"]["resources"]["limits"] for service in SERVICES.values()]
    memory = sum(int(limit["memory"].removesuffix("M")) for limit in limits)
    assert memory <= MACHINE_MEMORY_MB - LEFT_FOR_THE_SYSTEM_MB
    assert all(float(limit["cpus"]) <= 2 for limit in limits)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gains_no_rights(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_comes_back_and_its_log_is_bounded(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["logging"]["options"]["max-size"]


def test_what_is_kept_lies_in_named_volumes() -> None:
    mounted = {v.partition(":")[0] for s in SERVICES.values() for v in s["volumes"]}
    assert {v for v in mounted if not v.startswith("./")} == set(COMPOSE["volumes"])


def test_mounted_files_exist() -> None:
    mounted = [v.partition(":")[0] for s in SERVICES.values() for v in s["volumes"]]
    assert [v for v in mounted if v.startswith("./") and not (ROOT / v).exists()] == []


def test_no_secret_is_written_in_the_environment() -> None:
    given = {k: v for s in SERVICES.values() for k, v in s.get("environment", {}).items()}
    assert [k for k in given if "PASSWORD" in k and not k.endswith("_FILE")] == []


def test_used_secrets_are_declared_as_files() -> None:
    used = {name for s in SERVICES.values() for name in s.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())


def test_secrets_and_settings_stay_out_of_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/secrets/", "/monitor.toml"} <= set(ignored)


def test_the_variables_of_the_monitor_are_settings() -> None:
    text = (ROOT / "compose.yaml").read_text() + (ROOT / "Dockerfile").read_text()
    known = {n for row in TABLE for n in (row.environment, row.environment_file)}
    assert set(re.findall(r"\bANEF_[A-Z_]+", text)) - known == {"ANEF_SETTINGS"}


def test_grafana_reads_the_prometheus_of_this_file() -> None:
    folder = ROOT / "grafana" / "provisioning" / "datasources"
    (source,) = yaml.safe_load((folder / "prometheus.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert source["uid"] == "prometheus"


def test_prometheus_scrapes_the_private_port() -> None:
    scraped = yaml.safe_load((ROOT / "grafana" / "prometheus.yml").read_text())["scrape_configs"]
    assert scraped[0]["static_configs"] == [{"targets": ["monitor:9600"]}]


@pytest.mark.parametrize("name", SERVICES)
def test_the_limits_are_written_down(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    (row,) = (line for line in OPERATING if line.lower().startswith(f"| {name}"))
    assert f"{limits['memory'].removesuffix('M')} MB" in row
    assert f"| {limits['cpus']} |" in row


def test_how_long_prometheus_keeps_is_written_down() -> None:
    command = " ".join(SERVICES["prometheus"]["command"])
    (days, size) = re.findall(r"retention\.\w+=(\d+)", command)
    (row,) = (line for line in OPERATING if line.startswith("| Prometheus"))
    assert f"{days} days, at most {size} GB" in row
