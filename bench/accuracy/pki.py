"""Certificates for a rehearsal, made when it starts: one authority, and a site with right and
wrong papers. The browser trusts the authority through a database of its own home folder, so
that no TLS error is ever ignored."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CERTIFICATES = ("good", "expired", "self_signed", "wrong_name")
CERTUTIL = "certutil"


@dataclass(frozen=True, kw_only=True)
class Papers:
    """A folder with ``<name>.pem`` (certificate and key) for each of CERTIFICATES.

    ``authority`` is the certificate to trust, ``home`` a home folder in which it is trusted.
    """

    folder: Path
    authority: Path
    home: Path

    def present(self, name: str, place: Path) -> None:
        """Put a certificate where the server looks, at once and whole."""
        fresh = place.with_suffix(".new")
        shutil.copyfile(self.folder / f"{name}.pem", fresh)
        os.replace(fresh, place)  # noqa: PTH105  atomic, also across an open handshake


def can_be_trusted() -> bool:
    """True when this machine has the program that puts an authority into a trust database."""
    return shutil.which(CERTUTIL) is not None


def make_papers(folder: Path, hosts: Iterable[str]) -> Papers:
    """An authority and its certificates for these host names and addresses."""
    folder.mkdir(parents=True)
    names = ",".join(_alternative(host) for host in hosts)
    authority = folder / "authority.pem"
    _openssl(
        folder,
        *("req", "-x509", *_NEW_KEY, "-keyout", "authority.key", "-out", "authority.pem"),
        *("-days", "30", "-subj", "/CN=Autorite de repetition"),
    )
    _signed(folder, "good", names, ("-days", "20"))
    _signed(folder, "expired", names, ("-not_before", "20200101000000Z", *_ENDED))
    _signed(folder, "wrong_name", "DNS:autre.invalid", ("-days", "20"))
    _openssl(
        folder,
        *("req", "-x509", *_NEW_KEY, "-keyout", "self_signed.key", "-out", "self_signed.crt"),
        *("-days", "20", "-subj", "/CN=self-signed", "-addext", f"subjectAltName={names}"),
    )
    for name in CERTIFICATES:
        both = (folder / f"{name}.crt").read_bytes() + (folder / f"{name}.key").read_bytes()
        (folder / f"{name}.pem").write_bytes(both)
    return Papers(folder=folder, authority=authority, home=_trusting_home(folder, authority))


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_ENDED = ("-not_after", "20200201000000Z")


def _alternative(host: str) -> str:
    return f"IP:{host}" if host.replace(".", "").isdigit() else f"DNS:{host}"


def _signed(folder: Path, name: str, alternatives: str, validity: tuple[str, ...]) -> None:
    _openssl(
        folder,
        *("req", *_NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=site"),
    )
    (folder / "extensions").write_text(f"[site]\nsubjectAltName={alternatives}\n")
    if "-days" in validity:
        _openssl(
            folder,
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "authority.pem"),
            *("-CAkey", "authority.key", "-CAcreateserial", "-out", f"{name}.crt"),
            *("-extfile", "extensions", "-extensions", "site", *validity),
        )
        return
    _dated(folder, name, validity)


def _dated(folder: Path, name: str, validity: tuple[str, ...]) -> None:
    """``openssl x509`` gives no date in the past, ``openssl ca`` does."""
    (folder / "index").write_text("")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=one\n[one]\nnew_certs_dir=.\ndatabase=index\nserial=ca.srl\n"
        "default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n"
    )
    (folder / "ca.srl").write_text("1000\n")
    _openssl(
        folder,
        *("ca", "-batch", "-config", "ca.conf", "-in", f"{name}.csr", "-cert", "authority.pem"),
        *("-keyfile", "authority.key", "-out", f"{name}.crt", "-notext"),
        *("-startdate", validity[1], "-enddate", validity[3]),
        *("-extfile", "extensions", "-extensions", "site"),
    )


def _trusting_home(folder: Path, authority: Path) -> Path:
    home = folder / "home"
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    if can_be_trusted():
        where = ("-d", f"sql:{database}")
        _run(CERTUTIL, "-N", *where, "--empty-password", folder=folder)
        _run(CERTUTIL, "-A", *where, "-t", "C,,", "-n", "r", "-i", str(authority), folder=folder)
    return home


def _openssl(folder: Path, *arguments: str) -> None:
    _run("openssl", *arguments, folder=folder)


def _run(*command: str, folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
