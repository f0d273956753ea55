"""The commands about the log's keys: make the first one, make the next one, show what is public."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from monitor.app import site_of, utc_now
from monitor.cli_options import AsJson, SettingsFile, settings_from
from monitor.errors import ConfigurationError
from monitor.evidence.keys import KEYS_FILE, KeyMissing, KeyRing, init_keys, load_keys, rotate_keys
from monitor.logkeeping import authorities_of, keys_folder, log_name_of, published_authorities
from monitor.printing import require_document_key
from monitor.settings import Settings
from monitor.store.migrate import SchemaStatus
from monitor.store.migrate import check as schema_status
from monitor.store.store import open_store

keys = typer.Typer(no_args_is_help=True, help="The keys that sign the transparency log.")


@keys.command()
def init(settings: SettingsFile = None) -> None:
    """Make the first key. One that is there is never replaced."""
    chosen = settings_from(settings)
    folder = keys_folder(chosen)
    if load_keys(folder) is None and _is_signed(chosen):
        raise KeyMissing(
            f"the log has been signed already: put your copy of {folder} back; a new first key "
            "would make what was published unverifiable"
        )
    ring = init_keys(folder, log_name_of(chosen, site_of(chosen)), utc_now())
    ring = ring.with_authorities(published_authorities(authorities_of(chosen)))
    typer.echo(f"the log {ring.name} has its first key: {ring.private_file}")
    _say_public(ring)
    typer.echo("copy the private file to a safe place off this machine: backups leave it out")


@keys.command()
def rotate(
    settings: SettingsFile = None,
    stolen: Annotated[
        bool, typer.Option("--stolen", help="The key before is good for nothing from now on.")
    ] = False,
) -> None:
    """Make the next key; the one before stays published, and good for what waits for its stamp."""
    ring = rotate_keys(keys_folder(settings_from(settings)), utc_now(), stolen=stolen)
    typer.echo(f"the log {ring.name} has {len(ring.keys)} keys, the new one: {ring.private_file}")
    _say_public(ring)
    typer.echo("a monitor that is running signs with it from its next checkpoint on")


@keys.command()
def document(settings: SettingsFile = None) -> None:
    """Make the key that signs documents in the operator's name, or take that of
    documents.pkcs12, and publish its certificate. A key that is there is never replaced."""
    chosen = settings_from(settings)
    folder = keys_folder(chosen)
    ring = load_keys(folder)
    if ring is None:
        raise ConfigurationError(f"there is no {folder / KEYS_FILE}: run `anef-monitor keys init`")
    key = require_document_key(chosen)
    ring.with_document_signer(key.published)
    typer.echo(f"documents are signed by {key.name}; certificate (SHA-256): {key.fingerprint}")
    typer.echo("the signature is not a qualified one (eIDAS), and documents say so")
    typer.echo(f"its certificate is published in {ring.folder / KEYS_FILE}")
    typer.echo("restart a monitor that is running; copy the key to a safe place off this machine")


@keys.command()
def show(
    settings: SettingsFile = None,
    as_json: AsJson = False,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Print the fingerprint alone.")
    ] = False,
) -> None:
    """Show the public keys, or with --json the key file to publish. Never anything private."""
    folder = keys_folder(settings_from(settings))
    ring = load_keys(folder)
    if ring is None:
        raise ConfigurationError(f"there is no {folder / KEYS_FILE}: run `anef-monitor keys init`")
    if as_json:
        typer.echo(json.dumps(ring.published(), ensure_ascii=False, indent=1))
    elif fingerprint:
        typer.echo(ring.current.key.fingerprint)
    else:
        for one in ring.keys:
            until = f"until {one.until:%Y-%m-%d %H:%M} UTC" if one.until else "in use"
            typer.echo(f"{one.key.vkey}\n  since {one.since:%Y-%m-%d %H:%M} UTC, {until}")
        _say_public(ring)


def _say_public(ring: KeyRing) -> None:
    typer.echo(f"fingerprint (SHA-256): {ring.current.key.fingerprint}")
    typer.echo(f"published key file: {ring.folder / KEYS_FILE} (served as /keys.json)")


def _is_signed(settings: Settings) -> bool:
    if schema_status(settings.store_url) is not SchemaStatus.CURRENT:
        return False
    with open_store(settings.store_url, migrate=False) as store:
        return store.last_checkpoint() is not None
