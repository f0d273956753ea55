#!/usr/bin/env python3
"""verify.py - checks what an anef-monitor hands out, offline and without anef-monitor.

    python3 verify.py FOLDER_OR_FILE --keys keys.json [--lang en]

It reads a bundle (folder with manifest.json and proof.json), a proof (a .json file) or a whole log
(folder with checkpoint and tile/). keys.json is the published key file: get it from somewhere else
than what you check. Needs Python 3.11, the package cryptography, and the program openssl for the
time stamps. Exit code 0: every check passed; 1: one failed; 2: nothing that can be checked.

How it hangs together: the SHA-256 of every file is in the manifest; that of the manifest is in a
record; the records are the leaves of a Merkle tree (RFC 6962); root and size of the tree are in a
checkpoint signed with Ed25519 (C2SP signed note); an independent authority stamped the bytes of the
checkpoint (RFC 3161). So: unaltered, in the log, and there no later than the stamp says. That what
was seen is true is not proven by any of this.
"""

# ruff: noqa: T201, ANN401  it prints, and a check may give anything

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LATE = timedelta(hours=24)  # stamped later than that after its end, a record may be back-dated
CLOCKS = timedelta(minutes=2)  # by so much clocks may differ
BEHIND = timedelta(hours=1)  # nor may it be that much older than a stamp that did not cover it
Leaf = dict[str, Any]
Stamp = tuple[str, bytes, bytes]  # authority, request, reply
Spans = dict[tuple[int, int], bytes]  # hashes of subtrees: (first line, line after the last)


Said = tuple[str, str]  # what is printed: in French, in English
LABELS = {  # names of checks, and what they are in English
    **{"OK": "OK", "ÉCHEC": "FAILED", "preuve": "proof", "horodatage": "stamps", "suite": "row"},
    **{"fichiers": "files", "manifeste": "manifest", "lignes": "lines", "tuiles": "tiles"},
    **{"lecture": "reading", "histoire": "history"},
}
FALSE = ("la signature du point de contrôle est fausse", "the checkpoint's signature is wrong")
UNSIGNED = ("le point de contrôle n’est signé par aucune clé publiée", "signed by no published key")
APART = ("la preuve et son point de contrôle ne vont pas ensemble", "not the proof's checkpoint")
NOT_IN = ("ces lignes ne sont pas dans le journal signé", "these lines are not in the signed log")
NO_STAMP = ("aucun horodatage : rien ne prouve la date", "no time stamp: nothing proves the date")
NO_EPOCH = ("une époque du journal n’est pas déclarée", "an epoch of the log is not declared")


class Bad(Exception):
    """A check that failed: the sentence that is printed, in French and in English."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(fr)
        self.said = (fr, en)


def missing(name: object) -> Bad:
    return Bad(f"{name} manque", f"{name} is missing")


def unreadable(name: str) -> Bad:
    return Bad(f"{name} est illisible", f"{name} cannot be read")


def not_in_use(time: datetime) -> Bad:
    return Bad(f"la clé n’était pas en usage le {shown(time)}", f"key not in use at {stated(time)}")


class Key(NamedTuple):
    name: str
    id: bytes
    public: bytes
    since: datetime
    until: datetime | None


class Keys(NamedTuple):
    """The published key file: name of the log, its keys, the root certificates by authority."""

    name: str
    keys: list[Key]
    roots: dict[str, str]


class Checkpoint(NamedTuple):
    """A checkpoint whose signature was right."""

    note: bytes
    origin: str
    size: int
    root: bytes
    key: Key


class Report:
    """Runs checks, prints each, and remembers whether all passed."""

    def __init__(self, lang: str = "fr") -> None:
        self.lang = lang
        self.results: list[tuple[str, bool, str]] = []

    def say(self, fr: str, en: str) -> str:
        return en if self.lang == "en" else fr

    def run(self, name: str, check: Callable[..., tuple[Said, Any]], *arguments: Any) -> Any:
        """The value of a check, which returns (what to print, value); None when it failed."""
        try:
            (said, value), passed = check(*arguments), True
        except Bad as bad:
            said, value, passed = bad.said, None, False
        self.results.append((name, passed, self.say(*said)))
        words = ("OK" if passed else "ÉCHEC", name)
        mark, label = (self.say(one, LABELS.get(one, one)) for one in words)
        print(f"{mark:<6} {label:<11} {self.say(*said)}")
        return value


# --- Reading. Whatever cannot be read is a failed check. ------------------------------------------


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise missing(file.name) from None


def read_json(data: bytes, name: str, schema: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not str(value.get("schema")).startswith(schema):
        raise unreadable(name)
    return value


def unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        raise unreadable("base64") from None


def moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise unreadable("date") from None


def shown(time: datetime) -> str:
    return f"{time:%d/%m/%Y %H:%M:%S} UTC"


def stated(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


# --- The Merkle tree of RFC 6962 ------------------------------------------------------------------


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def split(start: int, end: int) -> int:
    """Where a tree is cut in two: after the largest power of two that is less than its size."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def root(start: int, end: int, known: Spans) -> bytes:
    """The hash over the lines [start, end), from the hashes that are known; keeps what it finds."""
    if (start, end) not in known:
        middle = split(start, end)
        both = root(start, middle, known) + root(middle, end, known)
        known[start, end] = hashlib.sha256(b"\x01" + both).digest()
    return known[start, end]


def siblings(index: int, start: int, end: int) -> list[tuple[int, int]]:
    """What an inclusion path holds the hashes of, from the line upwards."""
    if end - start == 1:
        return []
    middle = split(start, end)
    if index < middle:
        return [*siblings(index, start, middle), (middle, end)]
    return [*siblings(index, middle, end), (start, middle)]


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, end) cut into the largest complete, aligned subtrees, from left to right."""
    while start < end:
        width = 1 << ((end - start).bit_length() - 1)
        width = min(width, start & -start) if start else width
        yield start, start + width
        start += width


# --- Keys, checkpoints, stamps --------------------------------------------------------------------


def read_keys(file: Path) -> Keys:
    value = read_json(read(file), file.name, "keys/1")
    try:
        roots = {one["id"]: "\n".join(one["roots_pem"]) for one in value["authorities"]}
        return Keys(value["name"], [read_key(one) for one in value["keys"]], roots)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise unreadable(file.name) from None


def read_key(one: dict[str, str]) -> Key:
    name, identifier, text = one["vkey"].split("+", 2)
    raw = unbase64(text)
    number = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != 1 or number.hex() != identifier:
        raise ValueError
    until = moment(one["until"]) if one["until"] else None
    return Key(name, number, raw[1:], moment(one["since"]), until)


def open_note(note: bytes, keys: Keys) -> Checkpoint:
    """A checkpoint: origin, size and root, an empty line, signatures."""
    body, _, signatures = note.rpartition(b"\n\n")
    lines = re.fullmatch(rb"([^\n]+)\n(0|[1-9]\d{0,15})\n([\w+/=]+)", body)
    if not lines:
        raise Bad("le point de contrôle est illisible", "the checkpoint cannot be read")
    origin = lines[1].decode(errors="replace")
    for line in signatures.decode(errors="replace").splitlines():
        name, _, value = line.removeprefix("— ").partition(" ")
        raw = unbase64(value)
        for key in keys.keys:
            if (name, raw[:4]) == (key.name, key.id):
                try:
                    Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], body + b"\n")
                except InvalidSignature:
                    raise Bad(*FALSE) from None
                if not re.fullmatch(re.escape(keys.name) + r"(/epoch-[1-9]\d{0,8})?", origin):
                    raise Bad(
                        f"point de contrôle d’un autre journal : {origin}",
                        f"a checkpoint of another log: {origin}",
                    )
                return Checkpoint(note, origin, int(lines[2]), unbase64(lines[3].decode()), key)
    raise Bad(*UNSIGNED)


def openssl(folder: str, *arguments: str) -> str:
    """What `openssl ts` prints; nothing when it refuses."""
    command = ["openssl", "ts", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    except OSError:
        raise Bad("le programme openssl manque", "the program openssl is missing") from None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def check_stamp(signed: Checkpoint, stamp: Stamp, keys: Keys) -> datetime:
    """The time stamped. openssl verifies imprint, nonce, purpose, signature and chain."""
    authority, request, reply = stamp
    wrong = Bad(f"l’horodatage de {authority} est faux", f"the stamp of {authority} is wrong")
    if authority not in keys.roots:
        raise Bad(
            f"l’autorité {authority} n’est pas dans le fichier de clés",
            f"authority {authority} is not in the key file",
        )
    files = {"note": signed.note, "it.tsq": request, "it.tsr": reply}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in {**files, "roots.pem": keys.roots[authority].encode()}.items():
            Path(folder, name).write_bytes(data)
        text = openssl(folder, "-reply", "-in", "it.tsr", "-text")
        time = re.search(r"^Time stamp: (\w+ +\d+ [\d:]+)(?:\.\d+)? (\d+) GMT$", text, re.MULTILINE)
        if not time or "\nNonce: 0x" not in openssl(folder, "-query", "-in", "it.tsq", "-text"):
            raise wrong
        at = datetime.strptime(f"{time[1]} {time[2]} +0000", "%b %d %H:%M:%S %Y %z")
        # the certificates have to be valid at that time, not today
        at_time = str(int(at.timestamp()))
        verify = ["-verify", "-in", "it.tsr", "-CAfile", "roots.pem", "-attime", at_time]
        for against in (("-data", "note"), ("-queryfile", "it.tsq")):
            if "Verification: OK" not in openssl(folder, *verify, *against):
                raise wrong
    return at


def check_stamps(signed: Checkpoint, stamps: list[Stamp], keys: Keys) -> tuple[Said, datetime]:
    """The earliest time stamped. Every stamp has to be right, and the key in use then."""
    if not stamps:
        raise Bad(*NO_STAMP)
    at = min(check_stamp(signed, stamp, keys) for stamp in stamps)
    key = signed.key
    if at < key.since - CLOCKS or (key.until and at > key.until + CLOCKS):
        raise not_in_use(at)
    by = ", ".join(stamp[0] for stamp in stamps)
    return (f"{shown(at)} ({by})", f"{stated(at)} ({by})"), at


# --- A proof --------------------------------------------------------------------------------------


def read_leaf(line: bytes) -> Leaf:
    leaf = read_json(line, "une ligne du journal", "leaf/1")
    if leaf.get("kind") == "slot" and type(leaf.get("sequence")) is not int:
        raise Bad("une ligne du journal est illisible", "a line of the log cannot be read")
    return leaf


def ended_at(leaf: Leaf) -> datetime | None:
    """When an observation ended; None for other lines and for looks that did not take place."""
    if leaf.get("kind") != "slot" or leaf.get("outcome") in ("missed", "skipped"):
        return None
    return moment(leaf.get("finished_at", ""))


def check_dates(leaves: list[Leaf], stamped_at: datetime) -> tuple[Said, None]:
    last = max((time for time in map(ended_at, leaves) if time), default=stamped_at)
    fr, en = f"le relevé se dit du {shown(last)}", f"the record says {stated(last)}"
    at, time = shown(stamped_at), stated(stamped_at)
    if last > stamped_at + CLOCKS:
        raise Bad(f"{fr}, après son horodatage du {at}", f"{en}, later than its stamp of {time}")
    if stamped_at - last > LATE:
        fr, en = f"{fr}, mais n’est horodaté que le {at}", f"{en}, but was stamped at {time} only"
        raise Bad(f"{fr} : peut-être antidaté", f"{en}: it may be back-dated")
    return (f"existait au plus tard le {at}", f"existed no later than {time}"), None


def check_sequence(leaves: list[Leaf]) -> tuple[Said, None]:
    """The planned looks are numbered without a hole: none left out, none moved."""
    numbers = [leaf["sequence"] for leaf in leaves if leaf.get("kind") == "slot"]
    for before, after in pairwise(numbers):
        if after != before + 1:
            raise Bad(
                f"après le relevé {before} vient le relevé {after} : la suite est rompue",
                f"{before} is followed by {after}: records are missing",
            )
    return (f"{len(numbers)} relevé(s) sans lacune", f"{len(numbers)} record(s), no hole"), None


class Proof(NamedTuple):
    lines: list[bytes]
    leaves: list[Leaf]
    first: int
    path: dict[str, list[bytes]]
    stamps: list[Stamp]
    value: dict[str, Any]


def read_proof(file: Path) -> tuple[Said, Proof]:
    value = read_json(read(file), file.name, "proof/1")
    try:
        texts = value["leaves"]
        if texts == "leaves.jsonl":  # in a certificate they lie beside it
            texts = read(file.parent / texts).decode(errors="replace").rstrip("\n").split("\n")
        lines = [text.encode() for text in texts]
        parts = [(one["authority"], one["request"], one["response"]) for one in value["stamps"]]
        stamps = [(str(name), unbase64(asked), unbase64(got)) for name, asked, got in parts]
        path = {side: [unbase64(one) for one in value["path"][side]] for side in value["path"]}
        value["checkpoint"].encode()
        if type(value["first"]) is not int:
            raise TypeError
    except (KeyError, TypeError, AttributeError, UnicodeError):
        raise unreadable(file.name) from None
    proof = Proof(lines, [read_leaf(line) for line in lines], value["first"], path, stamps, value)
    return (f"{len(lines)} ligne(s) du journal", f"{len(lines)} line(s) of the log"), proof


def check_checkpoint(proof: Proof, keys: Keys) -> tuple[Said, Checkpoint]:
    signed = open_note(proof.value["checkpoint"].encode(), keys)
    if [signed.origin, signed.size] != [proof.value.get("origin"), proof.value.get("size")]:
        raise Bad(*APART)
    return opened(signed), signed


def opened(signed: Checkpoint) -> Said:
    where, size, key = signed.origin, signed.size, signed.key.id.hex()
    return f"{where}, {size} lignes, clé {key}", f"{where}, {size} lines, key {key}"


def check_inclusion(proof: Proof, signed: Checkpoint) -> tuple[Said, None]:
    """The lines and the hashes of the path give the signed root."""
    first, size, end = proof.first, signed.size, proof.first + len(proof.lines)
    spans, hashes = None, [one for side in proof.path.values() for one in side]
    if proof.lines and 0 <= first < end <= size:
        if list(proof.path) == ["inclusion"] and len(proof.lines) == 1:
            spans = siblings(first, 0, size)
        elif list(proof.path) == ["left", "right"]:
            spans = [*subtrees(0, first), *subtrees(end, size)]
    if spans is None or len(spans) != len(hashes):
        raise Bad(*NOT_IN)
    known = dict(zip(spans, hashes, strict=True))
    known |= {(first + i, first + i + 1): leaf_hash(line) for i, line in enumerate(proof.lines)}
    if root(0, size, known) != signed.root:
        raise Bad(*NOT_IN)
    return (f"à partir de la ligne {first}", f"from line {first} on"), None


def verify_proof(report: Report, file: Path, keys: Keys) -> Proof | None:
    """Every check of a proof. Gives the proof back, or None when it cannot be read."""
    proof: Proof | None = report.run("preuve", read_proof, file)
    if proof:
        signed = report.run("signature", check_checkpoint, proof, keys)
        if signed:
            report.run("inclusion", check_inclusion, proof, signed)
            at = report.run("horodatage", check_stamps, signed, proof.stamps, keys)
            if at:
                report.run("dates", check_dates, proof.leaves, at)
        report.run("suite", check_sequence, proof.leaves)
    return proof


# --- A bundle -------------------------------------------------------------------------------------


def check_files(folder: Path) -> tuple[Said, None]:
    """Every file of the manifest is there, unaltered, and no other one."""
    data = read(folder / "manifest.json")
    retired, gone, named = set(), 0, {"manifest.json", "proof.json", "retired.json"}
    try:
        if (folder / "retired.json").exists():
            said = read_json(read(folder / "retired.json"), "retired.json", "retired/1")
            retired = {one["sha256"] for one in said["files"]}
        for one in read_json(data, "manifest.json", "manifest/")["files"]:
            name, file = one["name"], folder / one["name"]
            if not re.fullmatch(r"\w[\w.-]{0,200}", name) or name in named:
                raise Bad(f"nom de fichier interdit : {name}", f"forbidden file name: {name}")
            named.add(name)
            if one["sha256"] in retired and not file.exists():
                gone += 1
            elif hashlib.sha256(read(file)).hexdigest() != one["sha256"]:
                raise Bad(f"{name} a été modifié", f"{name} was altered")
    except (KeyError, TypeError):
        raise unreadable("manifest.json") from None
    for file in sorted(folder.iterdir()):
        if file.name not in named:
            raise Bad(f"{file.name} n’est pas dans le manifeste", f"{file.name} is not listed")
    whole = len(named) - 3 - gone
    return (f"{whole} intacts, {gone} retirés", f"{whole} unaltered, {gone} retired"), None


def check_manifest(folder: Path, proof: Proof) -> tuple[Said, None]:
    """The manifest is the one that the record names, and says the same."""
    data = read(folder / "manifest.json")
    said = read_json(data, "manifest.json", "manifest/")
    leaf = proof.leaves[0] if len(proof.leaves) == 1 else {}
    manifests = leaf.get("manifests") or [None]
    if hashlib.sha256(data).hexdigest() not in manifests:
        raise Bad("le manifeste n’est pas celui du relevé signé", "another record's manifest")
    vantage = said.get("vantage")
    said["vantage"] = vantage.get("id") if isinstance(vantage, dict) else vantage
    same = ["component", "vantage", "scheduled_at", *["outcome"] * (len(manifests) == 1)]
    for name in same:
        if said.get(name) != leaf.get(name):
            raise Bad(f"le manifeste et le relevé diffèrent : {name}", f"not the record's {name}")
    what = f"{leaf['sequence']}, {leaf['component']}, {leaf['outcome']}"
    return (f"relevé {what}", f"record {what}"), None


def verify_bundle(report: Report, folder: Path, keys: Keys) -> None:
    report.run("fichiers", check_files, folder)
    proof = verify_proof(report, folder / "proof.json", keys)
    if proof:
        report.run("manifeste", check_manifest, folder, proof)


# --- A whole log ----------------------------------------------------------------------------------


def tile_file(folder: Path, level: str, number: int, width: int) -> Path:
    """Where C2SP tlog-tiles keeps a tile: groups of three digits, and the width if not whole."""
    name = f"{number % 1000:03}"
    while number := number // 1000:
        name = f"x{number % 1000:03}/{name}"
    whole = folder / "tile" / level / name
    return (
        whole if width == 256 or whole.exists() else whole.with_name(f"{whole.name}.p") / str(width)
    )


def check_lines(folder: Path, signed: Checkpoint) -> tuple[Said, list[bytes]]:
    """All lines of the log, in their order."""
    lines: list[bytes] = []
    for number in range((signed.size + 255) // 256):
        width = min(256, signed.size - number * 256)
        file, wanted = tile_file(folder, "entries", number, width), len(lines) + width
        data = read(file) if file.is_file() else b""
        while data and len(lines) < wanted:
            length = int.from_bytes(data[:2])
            lines.append(data[2 : 2 + length])
            data = data[2 + length :]
        if len(lines) < wanted:
            raise Bad(
                f"le journal signé a {signed.size} lignes, il n’en reste que {len(lines)}",
                f"the signed log has {signed.size} lines, only {len(lines)} are left",
            )
    return (f"{len(lines)} lignes", f"{len(lines)} lines"), lines


def check_tiles(folder: Path, known: Spans, size: int) -> tuple[Said, None]:
    """The tiles hold the hashes that follow from the lines."""
    level, count = 0, size
    while count:
        for number in range((count + 255) // 256):
            places = range(number * 256, min(number * 256 + 256, count))
            hashes = [root(i << 8 * level, (i + 1) << 8 * level, known) for i in places]
            file = tile_file(folder, str(level), number, len(places))
            name = file.relative_to(folder)
            if not file.is_file():
                raise missing(name)
            if read(file)[: 32 * len(places)] != b"".join(hashes):
                raise Bad(f"{name} ne correspond pas aux lignes", f"{name} does not fit the lines")
        level, count = level + 1, count >> 8
    return ("conformes aux lignes", "as the lines give them"), None


def epoch_of(signed: Checkpoint) -> int:
    return int(f"{signed.origin}/epoch-1".split("/epoch-")[1])


def check_history(
    folder: Path, signed: Checkpoint, leaves: list[Leaf], known: Spans, keys: Keys
) -> tuple[Said, list[Checkpoint]]:
    """Every checkpoint ever published still fits the lines, and each epoch was declared."""
    epochs = [(i, leaf) for i, leaf in enumerate(leaves) if leaf.get("kind") == "epoch"]
    numbers = [leaf.get("number") for _, leaf in epochs]
    if any(type(one) is not int for one in numbers) or not epochs or epochs[0][0] != 0:
        raise Bad(*NO_EPOCH)
    if numbers[0] != 1 or numbers != sorted({*numbers, epoch_of(signed)}):
        raise Bad(*NO_EPOCH)
    before = {i: open_note(str(leaf.get("previous")).encode(), keys) for i, leaf in epochs[1:]}
    fitting, lost = [], 0
    for one in [signed, *notes(folder, keys)]:
        number = epoch_of(one)
        end = next((i for i, leaf in epochs if leaf["number"] > number), signed.size)
        if one.size <= end and root(0, one.size, known) == one.root:
            fitting.append(one)
        elif end < signed.size and (number, one.size) <= (epoch_of(before[end]), before[end].size):
            lost += 1  # lines that a restored backup did not have: the new epoch says so
        else:
            name = f"{number}-{one.size}"
            raise Bad(
                f"le point de contrôle {name} ne correspond plus aux lignes : réécrit",
                f"checkpoint {name} no longer fits the lines: rewritten",
            )
    fr = f"{len(fitting)} points de contrôle, {len(epochs)} époque(s)"
    en = f"{len(fitting)} checkpoints, {len(epochs)} epoch(s)"
    if lost:
        fr, en = f"{fr}, {lost} d’avant une restauration", f"{en}, {lost} from before a restore"
    return (fr, en), fitting


def notes(folder: Path, keys: Keys) -> list[Checkpoint]:
    try:
        return [open_note(read(file), keys) for file in sorted((folder / "checkpoints").iterdir())]
    except OSError:
        raise missing("checkpoints/") from None


def check_log_stamps(folder: Path, kept: list[Checkpoint], keys: Keys) -> tuple[Said, list[Any]]:
    """The stamps of the published checkpoints, as (size, time)."""
    found: list[tuple[int, datetime]] = []
    for one in kept[1:]:
        replies = sorted((folder / f"stamps/{epoch_of(one)}-{one.size}").glob("*.tsr"))
        stamps = [(file.stem, read(file.with_suffix(".tsq")), read(file)) for file in replies]
        if stamps:
            found.append((one.size, check_stamps(one, stamps, keys)[1]))
    check_listed(folder)
    if not found:
        raise Bad(*NO_STAMP)
    count, last = len(found), max(found)[1]
    fr = f"{count} points de contrôle, le dernier du {shown(last)}"
    return (fr, f"{count} checkpoints, the last of {stated(last)}"), sorted(found)


def check_listed(folder: Path) -> None:
    """What the log's own list names is there."""
    for text in read(folder / "checkpoints.jsonl").splitlines():
        try:
            line = json.loads(text)
            label = f"{line['epoch']:d}-{line['size']:d}"
            names = [f"stamps/{label}/{one['authority']}.tsr" for one in line["stamps"]]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise unreadable("checkpoints.jsonl") from None
        for name in [f"checkpoints/{label}", *names]:
            if not (folder / name).is_file():
                raise missing(name)


def check_log_dates(
    leaves: list[Leaf], stamps: list[tuple[int, datetime]], key: Key
) -> tuple[Said, None]:
    """No record is much older than the last stamp that did not cover it; the key had not ended."""
    latest = max((time for time in map(ended_at, leaves) if time), default=None)
    if latest and key.until and latest > key.until + CLOCKS:
        raise not_in_use(latest)
    before, waiting = None, [*stamps]
    for index, leaf in enumerate(leaves):
        while waiting and waiting[0][0] <= index:
            before = waiting.pop(0)[1]
        ended = ended_at(leaf)
        if before and ended and before - ended > BEHIND:
            fr = f"le relevé {leaf['sequence']} se dit du {shown(ended)}, mais n’était pas au"
            en = f"record {leaf['sequence']} says {stated(ended)}, but was not in the log of"
            fr = f"{fr} journal horodaté le {shown(before)} : antidaté"
            raise Bad(fr, f"{en} {stated(before)}: back-dated")
    return ("aucun relevé antidaté", "no record is back-dated"), None


def verify_log(report: Report, folder: Path, keys: Keys) -> None:
    signed = report.run("signature", check_latest, folder, keys)
    lines = report.run("lignes", check_lines, folder, signed) if signed else None
    if not lines:
        return
    known = {(i, i + 1): leaf_hash(line) for i, line in enumerate(lines)}
    report.run("tuiles", check_tiles, folder, known, signed.size)
    leaves = report.run("lecture", lambda: (("", ""), [read_leaf(line) for line in lines]))
    if leaves:
        report.run("suite", check_sequence, leaves)
        kept = report.run("histoire", check_history, folder, signed, leaves, known, keys)
        stamps = report.run("horodatage", check_log_stamps, folder, kept, keys) if kept else None
        if stamps:
            report.run("dates", check_log_dates, leaves, stamps, signed.key)


def check_latest(folder: Path, keys: Keys) -> tuple[Said, Checkpoint]:
    signed = open_note(read(folder / "checkpoint"), keys)
    return opened(signed), signed


# --------------------------------------------------------------------------------------------------


def verify(report: Report, path: Path, keys: Keys) -> None:
    """Every check of what lies at the path; none when that is nothing we know."""
    if (path / "manifest.json").is_file():
        verify_bundle(report, path, keys)
    elif (path / "checkpoint").is_file():
        verify_log(report, path, keys)
    elif path.is_file():
        verify_proof(report, path, keys)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Vérifie une preuve, une liasse ou un journal.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--keys", type=Path, required=True, help="le fichier de clés publié")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr")
    chosen = parser.parse_args(arguments)
    report = Report(chosen.lang)
    try:
        verify(report, chosen.path, read_keys(chosen.keys))
    except Bad as bad:
        parser.error(report.say(*bad.said))
    if not report.results:
        fr, en = "ni preuve, ni liasse, ni journal", "neither proof, nor bundle, nor log"
        parser.error(f"{chosen.path} : {report.say(fr, en)}")
    passed = all(passed for _, passed, _ in report.results)
    fr, en = ("VÉRIFIÉ", "VERIFIED") if passed else ("NON VÉRIFIÉ", "NOT VERIFIED")
    print(report.say(fr, en))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
