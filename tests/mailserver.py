"""A real mailbox for tests: mail comes in over SMTP (aiosmtpd), is read over IMAP (Dovecot)."""

from __future__ import annotations

import getpass
import grp
import mailbox
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox as MaildirHandler

from probes.mailbox import Mailbox

USER, PASSWORD = "veille", "boite-de-repetition"

CONFIGURATION = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{run}/mail
first_valid_uid = 0
default_internal_user = {internal_user}
default_internal_group = {group}
default_login_user = {login_user}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={run}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail goes in and comes out."""

    smtp_port: int
    imap_port: int

    @property
    def address(self) -> str:
        """The mailbox's address."""
        return f"{USER}@exemple.test"

    def mailbox(self) -> Mailbox:
        """The mailbox as the reset probe uses it."""
        return Mailbox(
            imap_host="127.0.0.1",
            imap_port=self.imap_port,
            imap_tls=False,
            username=USER,
            password=PASSWORD,
            address=self.address,
            smtp_host="127.0.0.1",
            smtp_port=self.smtp_port,
            smtp_starttls=False,
        )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """A mailbox that works while inside."""
    server = MailServer(smtp_port=free_port(), imap_port=free_port())
    with tempfile.TemporaryDirectory() as run:
        Path(run).chmod(0o755)  # as root, Dovecot's processes run as other users
        maildir = _maildir(Path(run) / "mail")
        smtp = Controller(MaildirHandler(maildir), hostname="127.0.0.1", port=server.smtp_port)
        smtp.start()
        try:
            with _dovecot(folder, Path(run), server.imap_port):
                yield server
        finally:
            smtp.stop()


def _maildir(path: Path) -> Path:
    """An empty Maildir of whom Dovecot reads it as."""
    mailbox.Maildir(path, create=True)
    owner = _owner()
    for folder in (path, *path.iterdir()):
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return path


def _owner() -> pwd.struct_passwd:
    """Dovecot serves no mail of root's: then the mailbox is that of its own user."""
    return pwd.getpwnam("dovecot") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


@contextmanager
def _dovecot(folder: Path, run: Path, port: int) -> Iterator[None]:
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise RuntimeError("dovecot is not installed: run make setup-dev")
    configuration = folder / "dovecot.conf"
    owner = _owner()
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            run=run,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            port=port,
            password=PASSWORD,
            **_users(),
        )
    )
    process = subprocess.Popen([program, "-F", "-c", str(configuration)])
    try:
        _wait_for(port, process, folder)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _users() -> dict[str, str]:
    """Dovecot refuses to serve sign-ins as root: there its own users do; else we do."""
    if os.getuid() == 0:
        return {"internal_user": "dovecot", "group": "dovecot", "login_user": "dovenull"}
    user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    return {"internal_user": user, "group": group, "login_user": user}


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(100):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    log = folder / "dovecot.log"
    raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start")
