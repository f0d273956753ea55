"""The command of a witness: remembers a log's checkpoint, and shouts when history was rewritten.

Anyone can run it, from cron, without the observatory's consent or knowledge.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from monitor import __version__
from monitor.cli_options import FAILED, FINE, NO_VERDICT
from monitor.cli_verify import Lang
from monitor.errors import ConfigurationError
from monitor.evidence.log_source import HttpSource, Unreachable
from monitor.evidence.reading import read_file, read_json
from monitor.evidence.report import Unsound
from monitor.evidence.trust import Trust
from monitor.evidence.witness import TIMEOUT_SECONDS, Alarm, Memory, Seen, fingerprints, pin, visit

SCHEMA = "witness/1"
USER_AGENT = f"anef-monitor-witness/{__version__}"


def witness(
    log: Annotated[str, typer.Option(help="Address of the log: https://…/log")],
    state: Annotated[Path, typer.Option(help="File in which the witness remembers.")],
    keys: Annotated[
        Path | None,
        typer.Option(help="Key file to trust; else the log's own, at the first visit only."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Say nothing while nothing is wrong (for cron).")
    ] = False,
    lang: Annotated[Lang, typer.Option(help="Language of the sentences.")] = Lang.FR,
) -> None:
    """Check that a log goes on from its last checkpoint seen, and remember the new one.

    Exit code 0: it does. 1: ALARM, both checkpoints are kept. 3: the log could not be asked.
    """
    english = lang is Lang.EN
    with httpx.Client(timeout=TIMEOUT_SECONDS, headers={"User-Agent": USER_AGENT}) as client:
        source = HttpSource(base=_address(log), client=client)
        try:
            before = _memory(state, keys, log)
            memory = before or _pinned(source, english)
            seen = visit(source, memory)
        except Alarm as alarm:
            _shout(alarm, state, log, english)
            raise typer.Exit(FAILED) from alarm
        except (Unreachable, Unsound) as error:
            typer.echo(f"{'not checked:' if english else 'non vérifié :'} {error}", err=True)
            raise typer.Exit(NO_VERDICT) from error
    _remember(state, seen.memory, log)
    if not quiet or seen.noteworthy:
        _tell(seen, english)
    raise typer.Exit(FINE)


def _address(log: str) -> str:
    if not log.startswith(("https://", "http://")):
        raise ConfigurationError(f"--log {log}: write the whole address, https://…/log")
    return log


def _memory(state: Path, keys: Path | None, log: str) -> Memory | None:
    """What was remembered, with the keys of ``--keys`` where they are named; None at the first
    visit without any."""
    named = None if keys is None else _key_file(keys)
    if not state.exists():
        return None if named is None else Memory(trust=Trust.parse(named), keys=named)
    try:
        value = read_json(read_file(state), state.name, SCHEMA)
        pinned = named or str(value["keys"]).encode()
        origins = {str(origin): str(note) for origin, note in value["origins"].items()}
        memory = Memory(trust=Trust.parse(pinned), keys=pinned, origins=origins)
        memory.latest()
    except (Unsound, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"--state {state}: this is no memory of a witness, or the keys are not those of its "
            "log; keep it, it may be evidence, and name another file"
        ) from error
    if value.get("log") != log:
        raise ConfigurationError(f"--state {state} remembers another log: {value.get('log')}")
    return memory


def _key_file(keys: Path) -> bytes:
    try:
        data = read_file(keys)
        Trust.parse(data, keys.name)
    except Unsound as error:
        raise ConfigurationError(f"--keys {keys}: {error}") from error
    return data


def _pinned(source: HttpSource, english: bool) -> Memory:
    memory = pin(source)
    for print_ in fingerprints(memory.trust):
        grouped = " ".join(print_[at : at + 8] for at in range(0, 64, 8))
        typer.echo(f"{'key pinned:' if english else 'clé retenue :'} {grouped}")
    typer.echo(
        "Compare it with the one that the observatory announces elsewhere."
        if english
        else "Comparez cette empreinte à celle que l’observatoire annonce ailleurs."
    )
    return memory


def _tell(seen: Seen, english: bool) -> None:
    origin = seen.checkpoint.origin
    typer.echo(f"{origin}: {seen.en}" if english else f"{origin} : {seen.fr}")


def _shout(alarm: Alarm, state: Path, log: str, english: bool) -> None:
    """The alarm on stderr, and both notes in a file beside the memory, which stays as it was."""
    now = datetime.now(UTC)
    proof = state.with_name(f"{state.stem}.alarm-{now:%Y%m%dT%H%M%SZ}.json")
    _write(proof, alarm.as_json(log=log, at=now))
    typer.echo(
        f"{'ALARM' if english else 'ALERTE'} : {alarm.en if english else alarm.fr}", err=True
    )
    typer.echo(
        f"Both checkpoints are kept in {proof}: do not delete it, show it to others."
        if english
        else f"Les deux points de contrôle sont conservés dans {proof} : ne l’effacez pas, "
        "montrez-le à d’autres.",
        err=True,
    )


def _remember(state: Path, memory: Memory, log: str) -> None:
    value = {
        "schema": SCHEMA,
        "log": log,
        "keys": memory.keys.decode(),
        "origins": memory.origins,
    }
    _write(state, value)


def _write(file: Path, value: dict[str, Any]) -> None:
    """Atomically: a kill leaves the old content or the new."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(value, opened, ensure_ascii=False, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).replace(file)
    except OSError as error:
        raise ConfigurationError(f"cannot write {file}: {error.strerror}") from error
