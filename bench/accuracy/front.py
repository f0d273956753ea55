"""A real nginx in front of the stand-in, with faults that switch on at the very next request.

Each fault is a file in the folder of switches: nginx looks for it at every request, so that the
moment of a change is known without a reload.
"""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

NGINX = "/usr/sbin/nginx"

SWITCHES = (
    "dead_backend",
    "sso_dead_backend",
    "overload",
    "rate_limit",
    "refuse_403",
    "refuse_scripts_403",
    "refuse_scripts_429",
    "refuse_503",
    "refuse_reset",
    "reset_all",
)
"""What the configuration below can do. ``refuse_…`` concerns the monitor's address only."""

CONFIGURATION = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  reset_timedout_connection on;
  client_max_body_size 20m;
  geo $monitor {{ default 0; {monitor} 1; }}
  map $host $paper {{ default {folder}/site.pem; }}
  map $monitor $limited {{ default ""; 1 all; }}
  limit_req_zone $limited zone=few:64k rate=1r/m;
  limit_req_zone $server_name zone=none:64k rate=1r/m;
{servers}
}}
"""

SERVER = """
  server {{
    listen {listen}{ssl};
    server_name {name};
    {papers}
    proxy_connect_timeout 800ms;
    proxy_read_timeout {patience_ms}ms;
    proxy_set_header Host $http_host;
    proxy_http_version 1.1;
    error_page 591 = @overload;
    error_page 592 = @rate;
    set $backend 127.0.0.1:{backend};
    if (-f {switches}/{prefix}dead_backend) {{ set $backend 127.0.0.1:{dead}; }}
    set $refuse "";
    if ($monitor) {{ set $refuse m; }}
    if (-f {switches}/refuse_403) {{ set $refuse "${{refuse}}403"; }}
    if (-f {switches}/refuse_503) {{ set $refuse "${{refuse}}503"; }}
    if (-f {switches}/refuse_reset) {{ set $refuse "${{refuse}}444"; }}
    if ($refuse = m403) {{ return 403; }}
    if ($refuse = m503) {{ return 503; }}
    if ($refuse = m444) {{ return 444; }}
    set $script "";
    if ($uri ~ [.]js$) {{ set $script "${{monitor}}s"; }}
    if (-f {switches}/refuse_scripts_403) {{ set $script "${{script}}403"; }}
    if (-f {switches}/refuse_scripts_429) {{ set $script "${{script}}429"; }}
    if ($script = 1s403) {{ return 403; }}
    if ($script = 1s429) {{ return 429; }}
    if (-f {switches}/reset_all) {{ return 444; }}
    if (-f {switches}/overload) {{ return 591; }}
    if (-f {switches}/rate_limit) {{ return 592; }}
    location / {{ proxy_pass http://$backend; }}
    location @overload {{
      limit_req zone=none; limit_req_status 503; proxy_pass http://$backend;
    }}
    location @rate {{ limit_req zone=few; limit_req_status 429; proxy_pass http://$backend; }}
  }}
"""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One origin of the site: where nginx listens, and the stand-in's port behind it."""

    name: str
    address: str
    port: int
    backend_port: int


@dataclass(frozen=True, kw_only=True)
class FrontPlan:
    """``monitor`` is the address from which the monitor comes: that of the ``refuse_…`` rules."""

    folder: Path
    listeners: tuple[Listener, ...]
    monitor: str
    tls: bool
    patience_seconds: float


class Front:
    """nginx from ``start`` to ``stop``. ``set`` and ``lift`` work a switch."""

    def __init__(self, plan: FrontPlan) -> None:
        self.plan = plan
        self.switches = plan.folder / "switches"
        self.paper = plan.folder / "site.pem"
        self.switches.mkdir(parents=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when every listener answers. Raises OSError when nginx does not come up."""
        configuration = self.plan.folder / "nginx.conf"
        configuration.write_text(self._configuration())
        self._process = subprocess.Popen(
            [NGINX, "-p", str(self.plan.folder), "-c", str(configuration)],
            stderr=(self.plan.folder / "nginx.stderr").open("wb"),
        )
        for listener in self.plan.listeners:
            _wait_for_port(listener.address, listener.port)

    def stop(self) -> None:
        """End nginx and every connection it holds."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def set(self, name: str) -> None:
        """Switch a fault on for every following request."""
        if name not in SWITCHES:
            raise ValueError(f"nginx has no switch {name!r}")
        (self.switches / name).touch()

    def lift(self, name: str) -> None:
        """Switch it off again."""
        (self.switches / name).unlink(missing_ok=True)

    def _configuration(self) -> str:
        dead = _unused_port()
        servers = "".join(self._server(listener, dead) for listener in self.plan.listeners)
        return CONFIGURATION.format(
            folder=self.plan.folder, monitor=self.plan.monitor, servers=servers
        )

    def _server(self, listener: Listener, dead: int) -> str:
        papers = "ssl_certificate $paper; ssl_certificate_key $paper;" if self.plan.tls else ""
        return SERVER.format(
            listen=f"{listener.address}:{listener.port}",
            ssl=" ssl" if self.plan.tls else "",
            name=listener.name,
            papers=papers,
            patience_ms=round(self.plan.patience_seconds * 1000),
            switches=self.switches,
            prefix="sso_" if listener.name == "sso" else "",
            backend=listener.backend_port,
            dead=dead,
        )


def unused_ports(count: int) -> tuple[int, ...]:
    """Free ports of this machine, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return tuple(one.getsockname()[1] for one in sockets)
    finally:
        for one in sockets:
            one.close()


def _unused_port() -> int:
    return unused_ports(1)[0]


def _wait_for_port(address: str, port: int, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
