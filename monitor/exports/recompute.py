# ruff: noqa: T201  a script says what it finds
"""Check a folder of open data and find its figures again, with Python alone.

    python3 recompute.py [FOLDER] [--lang fr]

FOLDER, else where this file lies, is a month of open data or a citation. Python 3.9 or newer is
all it takes: nothing to install, nothing of anef-monitor, nothing asked of any server. A sentence
for everything that is not as it should be; the exit code is 1 when there is one.

Checked: every file against SHA256SUMS, and with proof.json every observation against the log's
records and these against the root of its checkpoint. Found again from the observations, for every
component at any depth and at full depth and for the whole path: the incidents and which failures
belong to one; for every day (Europe/Paris) the seconds of each kind, availability, coverage, both
bounds, observations and isolated failures; and the cited figure. Method:

- An observation holds until the next slot of its vantage, at most 2.5 of its planned intervals.
- Two failures in a row, not more than that apart, open an incident; two good runs in a row close
  it. A failure outside of incidents is isolated, and not known. Runs that know nothing are passed
  over.
- Vantages that know must agree. At full depth only full runs know anything.
- The whole path is down while any component is down, and works while all of them do; a component
  belongs to it from its first full run.
- Availability is working time over known time, and empty under 80 % of known time; without
  announced maintenance that time is left out of both, and of the window.

lead_in.csv and lead_out.csv are the few slots around the period that decide at its edges.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

GOOD, BAD = {"up", "degraded"}, {"down", "maintenance"}
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
WORDS = {"component", "vantage", "outcome", "rule", "ruleset", "depth", "flags", "via", "category",
         "kind", "day", "rulesets", "intervals_seconds", "vantages", "in_incident"}  # fmt: skip
Row = dict[str, Any]
Span = tuple[int, int, str]  # from and to in microseconds, and what is said of it
Said = tuple[str, str]  # a sentence in French and in English


class Unreadable(Exception):
    """Something cannot be read at all: nothing more can be said. Its words are a Said."""


# --- Reading --------------------------------------------------------------------------------------


def microseconds(text: str) -> int:
    """A moment as microseconds since 1970."""
    gone = datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH
    return gone // timedelta(microseconds=1)


def cell(name: str, text: str | None) -> Any:  # noqa: ANN401  text, number, or None where it is empty
    """The value of a cell, a moment in microseconds."""
    if name.endswith(("_at", "_after", "_before")) or name in ("start", "end"):
        return microseconds(text) if text else None
    if name in WORDS or not text:
        return text or None
    return int(text) if text.isdecimal() else float(text)


def read(folder: Path, name: str) -> list[Row]:
    """The rows of a table. Raises Unreadable."""
    file, rows, names = f"{name}.csv", list[Row](), columns(folder, f"{name}.csv")
    try:
        with (folder / file).open(encoding="utf-8", newline="") as text:
            found = csv.reader(text, strict=True)
            if next(found, None) != names:
                raise Unreadable(
                    f"{file} n’a pas les colonnes que décrit datapackage.json",
                    f"{file} has not the columns that datapackage.json describes",
                )
            for cells in found:
                if len(cells) != len(names):
                    raise ValueError
                rows.append({one: cell(one, said) for one, said in zip(names, cells)})  # noqa: B905
    except (ValueError, TypeError, csv.Error):
        raise Unreadable(f"{file} est illisible à la ligne {len(rows) + 2}",
                         f"{file} cannot be read at line {len(rows) + 2}") from None  # fmt: skip
    return rows


def columns(folder: Path, file: str) -> list[str]:
    """The names of a table's columns as the package describes them."""
    fields = [one["schema"]["fields"] for one in described(folder)["resources"]
              if one["path"] == file]  # fmt: skip
    return [one["name"] for one in fields[0]] if fields else []


def described(folder: Path) -> Any:  # noqa: ANN401  JSON
    """The description of the package."""
    return read_json(folder, "datapackage.json")


def read_json(folder: Path, name: str) -> Any:  # noqa: ANN401  JSON
    """A file's value. Raises Unreadable."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except ValueError:
        raise Unreadable(f"{name} est illisible", f"{name} cannot be read") from None


def changed_files(folder: Path) -> Iterator[Said]:
    """A sentence for every file that is not the one that was published."""
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if not (folder / name).is_file():
            yield f"{name} manque", f"{name} is missing"
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            yield (f"{name} n’est pas le fichier que nomme SHA256SUMS",
                   f"{name} is not the file that SHA256SUMS names")  # fmt: skip


def slots(folder: Path) -> list[Row]:
    """Every slot in order of time, with how long it holds. Raises Unreadable."""
    found = [row for name in ("lead_in", "observations", "lead_out") for row in read(folder, name)]
    for one in found:
        one["start"] = one["started_at"] or one["scheduled_at"]
        one["longest"] = int(one["interval_seconds"] * 2_500_000)
        one["failed_until"] = one["first_finished_at"] or one["finished_at"] or one["start"]
    found.sort(key=lambda one: (one["start"], one["sequence"]))
    following: dict[tuple[str, str], int] = {}
    for one in reversed(found):
        of, longest = (one["component"], one["vantage"]), one["start"] + one["longest"]
        one["end"] = min(following.get(of, longest), longest)
        following[of] = one["start"]
    return found


# --- Method ---------------------------------------------------------------------------------------


def incidents(runs: Iterable[Row]) -> Iterator[Row]:
    """The incidents of one vantage's runs, with their failures. What follows an end that is not
    among the runs is not known: ``closed`` is False then."""
    failures: list[Row] = []
    good, holes = 0, 0
    before = last = recovered = None
    for run in runs:
        silent = last is not None and run["start"] - last["start"] > last["longest"]
        if run["outcome"] in GOOD:
            good += 1
            if len(failures) > 1 and good == 1:
                recovered, holes = run, holes + silent
            elif len(failures) > 1:
                yield incident(failures, before, recovered, holes)
            if good == 2 or len(failures) == 1:
                failures = []
            before = before if failures else run
        else:
            if len(failures) == 1 and silent:
                failures = []
            holes = holes + silent if failures else 0
            good, failures, recovered = 0, [*failures, run], None
        last = run
    if len(failures) > 1:
        yield incident(failures, before, None, holes)


def incident(failures: list[Row], before: Row | None, after: Row | None, holes: int) -> Row:
    """What is published of an incident, under the names of its columns."""
    first = next((one for one in failures if one["outcome"] == "down"), failures[0])
    last, works = failures[-1], 0
    if after:  # runs that overlap: it can be over before the last attempt that failed began
        works = after["finished_at"] or after["start"]
    return {
        **{name: first[name] for name in ("component", "vantage", "rule", "via")},
        "kind": first["outcome"],
        "opened_sequence": failures[1]["sequence"],
        "started_after": before["start"] if before else None,
        "started_before": failures[0]["failed_until"],
        "ended_after": min(last["last_started_at"] or last["start"], works) if after else None,
        "ended_before": works if after else None,
        "failing_slots": len(failures),
        "holes": holes,
        "failures": {one["sequence"] for one in failures},
        "closed": after is not None,
    }


def sweep(voices: Iterable[tuple[str, Span]], judge: Callable[[set[str]], str]) -> Iterator[Span]:
    """What all voices that speak at a moment say together; "" is not known."""
    edges = [(at, begins, who, said) for who, (a, b, said) in voices if a < b
             for at, begins in ((a, True), (b, False))]  # fmt: skip
    saying: dict[str, str] = {}
    reached = 0
    for at, begins, who, said in sorted(edges):
        if saying and at > reached:
            yield reached, at, judge(set(saying.values()))
        reached = at
        if begins:
            saying[who] = said
        else:
            del saying[who]


def vantages_agree(said: set[str]) -> str:
    """Where some say that it works and others that it does not, it is not known; what only some
    say against the site (slow, or down without an announcement) is not said of it."""
    for kind, mildest in ((GOOD, "up"), (BAD, "maintenance")):
        if said <= kind:
            return mildest if mildest in said else said.pop()
    return ""


def way_is_open(said: set[str]) -> str:
    """For the whole path: one that is down is enough, and all must work."""
    if said & BAD:
        return "down" if "down" in said else "maintenance"
    return ("degraded" if "degraded" in said else "up") if said <= GOOD else ""


def with_gaps(known: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """The spans within [start, end), what lies between them as not known."""
    for a, b, said in known:
        if b > start < end:
            if a > start:
                yield start, a, ""
            yield max(a, start), b, said
            start = b
    if start < end:
        yield start, end, ""


class Watched:
    """The runs of one component that count at a depth, and what they say."""

    def __init__(self, rows: list[Row], depth: str) -> None:
        self.runs = [one for one in rows if one["outcome"] not in ("missed", "skipped")
                     and depth in ("any", one["depth"])]  # fmt: skip
        known = [one for one in self.runs if one["outcome"] in GOOD | BAD]
        by_vantage = groupby(
            sorted(known, key=lambda one: one["vantage"]), lambda one: one["vantage"]
        )
        self.incidents = [one for _vantage, runs in by_vantage for one in incidents(runs)]
        self.joined = {number for one in self.incidents for number in one["failures"]}
        self.isolated = {one["sequence"] for one in known if one["outcome"] in BAD} - self.joined
        voices = [(one["vantage"], (one["start"], one["end"], one["outcome"]))
                  for one in known if one["sequence"] not in self.isolated]  # fmt: skip
        self.spans = list(sweep(voices, vantages_agree))


class WholePath:
    """All components together, each from its first full run on."""

    def __init__(self, full: dict[str, Watched], since: dict[str, int], end: int) -> None:
        self.runs = [run for name in since for run in full[name].runs]
        self.isolated = {one for name in since for one in full[name].isolated}
        voices = [(name, span) for name, begin in since.items()
                  for span in with_gaps(full[name].spans, begin, end)]  # fmt: skip
        self.spans = list(sweep(voices, way_is_open))


def figure(of: Watched | WholePath, start: int, end: int) -> Row:
    """What is published of [start, end), under the names of its columns."""
    spent: Counter[str] = Counter()
    for a, b, said in of.spans:
        spent[said] += max(min(b, end) - max(a, start), 0)
    works, fails = spent["up"] + spent["degraded"], spent["down"] + spent["maintenance"]
    window, up, known = (end - start) / 1e6, works / 1e6, (works + fails) / 1e6
    enough = window > 0 and known / window >= 0.8
    announced = spent["maintenance"] / 1e6
    apart = window > announced and (known - announced) / (window - announced) >= 0.8
    here = [one for one in of.runs if start <= one["start"] < end]
    return {
        "available_seconds": up,
        "degraded_seconds": spent["degraded"] / 1e6,
        "unavailable_seconds": fails / 1e6,
        "maintenance_seconds": announced,
        "unknown_seconds": (end - start - works - fails) / 1e6,
        "known_seconds": known,
        "availability": up / known if enough else None,
        "availability_without_maintenance": (
            up / (known - announced) if enough and apart else None
        ),
        "coverage": known / window if window else 0.0,
        "lower_bound": up / window if window else 0.0,
        "upper_bound": max((window - (known - up)) / window, up / known if known else 0.0)
        if window
        else 1.0,
        "observations": len(here),
        "isolated_failures": sum(one["sequence"] in of.isolated for one in here),
    }


def days_of(start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The days of Europe/Paris of [start, end), cut at its edges: 23 or 25 hours now and then.
    Raises Unreadable where Python has no table of time zones."""
    try:
        paris = ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        raise Unreadable("ce Python n’a pas les fuseaux horaires : pip install tzdata",
                         "this Python has no time zones: pip install tzdata") from None  # fmt: skip

    def midnight(day: date) -> int:
        return (datetime.combine(day, time(), tzinfo=paris) - EPOCH) // timedelta(microseconds=1)

    day = (EPOCH + timedelta(microseconds=start)).astimezone(paris).date()
    while start < end:
        following = day + timedelta(days=1)
        yield str(day), max(midnight(day), start), min(midnight(following), end)
        day, start = following, midnight(following)


# --- What is published ----------------------------------------------------------------------------


def differences(fr: str, en: str, found: Row, published: Row) -> Iterator[Said]:
    """What is published otherwise than it was found."""
    for name in found:
        if name in published and found[name] != published[name]:
            here, there = found[name], published[name]
            yield (f"{fr} : {name} vaut {here}, {there} est publié",
                   f"{en}: {name} is {here}, published {there}")  # fmt: skip


def wrong_beginnings(
    known: list[Row], seen: dict[str, list[Row]], column: str, start: int, end: int
) -> Iterator[Said]:
    """Components that are said to begin at another moment than their first row tells."""
    for one in known:
        name, said = one["component"], one[column]
        first = next((row["start"] for row in seen[name] if row["start"] < end), None)
        if first is not None and (said is None or said > first or start <= said != first):
            yield f"{name} : {column} n’est pas {said}", f"{name}: {column} is not {said}"


def wrong_incidents(folder: Path, of: dict[str, Watched], start: int, end: int) -> Iterator[Said]:
    """Incidents of the period that are not those of the observations. How one ended, and what it
    was by then, is compared where the observations go so far."""
    published = {one["opened_sequence"]: one for one in read(folder, "incidents")}
    for one in (one for watched in of.values() for one in watched.incidents):
        if one["started_before"] >= end or (one["closed"] and one["ended_before"] <= start):
            continue
        number = one["opened_sequence"]
        said = published.pop(number, None)
        if said is None:
            yield f"l’incident {number} n’est pas publié", f"incident {number} is not published"
            continue
        known = ("component", "vantage", "started_after", "started_before")
        found = one if one["closed"] else {name: one[name] for name in known}
        yield from differences(f"incident {number}", f"incident {number}", found, said)
    for number in published:
        yield (f"l’incident {number} n’est pas dans les relevés",
               f"incident {number} is not in the observations")  # fmt: skip


def wrong_days(
    folder: Path, scopes: dict[tuple[str, str], Any], begins: dict[str, int], start: int, end: int
) -> Iterator[Said]:
    """Daily figures that do not follow from the observations."""
    daily = {(one["component"], one["depth"], one["day"]): one for one in read(folder, "daily")}
    for (name, depth), of in scopes.items():
        for day, low, high in days_of(max(start, begins[name]), end):
            found, published = figure(of, low, high), daily.pop((name, depth, day), None)
            what = f"{day} {name} {depth}"
            if published is not None:
                found.update(start=low, end=high)
                yield from differences(what, what, found, published)
            elif depth == "any" or found["observations"]:
                yield f"{what} : n’est pas publié", f"{what}: is not published"
    for name, depth, day in daily:
        what = f"{day} {name} {depth}"
        yield f"{what} : publié, sans relevés", f"{what}: is published without observations"


def wrong_figures(folder: Path) -> Iterator[Said]:
    """Everything published that does not follow from the observations."""
    edges = described(folder)["temporal"]
    start, end = microseconds(edges["start"]), microseconds(edges["end"])
    rows, known = slots(folder), read(folder, "components")
    repeated = Counter(one["sequence"] for one in rows)
    for number in (number for number, times in repeated.items() if times > 1):
        yield f"le relevé {number} est là plusieurs fois", f"slot {number} is there more than once"
    names = {
        one["component"]: [row for row in rows if row["component"] == one["component"]]
        for one in known
    }
    for name in sorted({one["component"] for one in rows} - names.keys()):
        yield f"{name} n’est pas dans components.csv", f"{name} is not in components.csv"
    of_any = {name: Watched(mine, "any") for name, mine in names.items()}
    full = {name: Watched(mine, "full") for name, mine in names.items()}
    scopes: dict[tuple[str, str], Any] = {(name, "any"): one for name, one in of_any.items()}
    scopes.update({(name, "full"): one for name, one in full.items()})
    since = {one["component"]: one["first_full_at"] for one in known if one["first_full_at"]}
    cited = read_json(folder, "citation.json") if (folder / "citation.json").exists() else None
    if cited is None or cited["component"] == "whole_path":
        scopes["whole_path", "full"] = WholePath(full, since, end)
    yield from wrong_beginnings(known, names, "first_slot_at", start, end)
    runs = {name: one.runs for name, one in full.items()}
    yield from wrong_beginnings(known, runs, "first_full_at", start, end)
    for row in (one for mine in names.values() for one in mine):
        joined = row["sequence"] in of_any[row["component"]].joined
        if start <= row["start"] < end and joined != (row["in_incident"] == "true"):
            number = row["sequence"]
            yield (f"relevé {number} : in_incident vaut {str(joined).lower()}",
                   f"slot {number}: in_incident is {str(joined).lower()}")  # fmt: skip
    begins = {one["component"]: one["first_slot_at"] for one in known}
    begins["whole_path"] = min(since.values(), default=end)
    yield from wrong_incidents(folder, of_any, start, end)
    yield from wrong_days(folder, scopes, begins, start, end)
    if cited is not None:
        said = dict(cited["figure"])
        said["lower_bound"], said["upper_bound"] = said.pop("bounds")
        said["start"], said["end"] = microseconds(said["start"]), microseconds(said["end"])
        depth = "full" if cited["component"] == "whole_path" else cited["depth"] or "any"
        found = figure(scopes[cited["component"], depth], start, end)
        found.update(start=start, end=end)
        yield from differences("la citation", "the citation", found, said)


# --- The log --------------------------------------------------------------------------------------


def wrong_records(folder: Path) -> Iterator[Said]:
    """Observations that are not those of the log, and records that are not under its root."""
    proof, edges = read_json(folder, "proof.json"), described(folder)["temporal"]
    start, end = microseconds(edges["start"]), microseconds(edges["end"])
    leaves = [json.loads(one) for one in proof["leaves"]]
    watched = {one["component"] for one in read(folder, "components")}
    kept = {one["sequence"]: one for one in leaves
            if one["kind"] == "slot" and one["component"] in watched}  # fmt: skip
    seen = {one["sequence"]: one for one in read(folder, "observations")}
    sums = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    if any(one["kind"] == "export" and one["sha256"] != sums for one in leaves if not kept):
        yield ("SHA256SUMS n’est pas celui que le journal a enregistré",
               "SHA256SUMS is not the one that the log recorded")  # fmt: skip
    for number, leaf in kept.items():
        wanted = {
            name: cell(name, value) if name.endswith("_at") or value == "" else value
            for name, value in {**leaf, "flags": " ".join(leaf["flags"])}.items()
        }
        row = seen.get(number)
        if row is not None:
            fr, en = f"relevé {number} (journal)", f"slot {number} (log)"
            yield from differences(fr, en, wanted, row)
        elif start <= (wanted["started_at"] or wanted["scheduled_at"]) < end:
            yield (f"le relevé {number} du journal manque dans observations.csv",
                   f"slot {number} of the log is missing in observations.csv")  # fmt: skip
    if log_root(proof) != base64.b64decode(proof["checkpoint"].split("\n")[2]):
        yield ("les lignes de proof.json ne mènent pas à la racine de son point de contrôle",
               "the lines of proof.json do not lead to the root of its checkpoint")  # fmt: skip


def log_root(proof: Row) -> bytes:
    """The root of the tree (RFC 6962) that the proof's lines and hashes make; b"" for none."""
    first, size = proof["first"], int(proof["checkpoint"].split("\n")[1])
    end, path = first + len(proof["leaves"]), proof["path"]
    spans = [*subtrees(0, first), *subtrees(end, size)]
    hashes = [base64.b64decode(one) for side in ("left", "right") for one in path.get(side, ())]
    if not 0 <= first < end <= size or len(spans) != len(hashes):
        return b""
    known = dict(zip(spans, hashes))  # noqa: B905  Python 3.9 has no strict
    for number, text in enumerate(proof["leaves"], first):
        known[number, number + 1] = hashlib.sha256(b"\x00" + text.encode()).digest()
    return node(0, size, known)


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, end) cut into the largest complete, aligned subtrees, from left to right."""
    while start < end:
        width = 1 << ((end - start).bit_length() - 1)
        width = min(width, start & -start) if start else width
        yield start, start + width
        start += width


def node(start: int, end: int, known: dict[tuple[int, int], bytes]) -> bytes:
    """The hash over the lines [start, end)."""
    if (start, end) in known:
        return known[start, end]
    middle = start + (1 << ((end - start - 1).bit_length() - 1))
    both = node(start, middle, known) + node(middle, end, known)
    return hashlib.sha256(b"\x01" + both).digest()


# --- What is said ---------------------------------------------------------------------------------


def all_wrong(folder: Path) -> Iterator[Said]:
    """A sentence for everything that is not as it should be."""
    try:
        yield from changed_files(folder)
        yield from wrong_figures(folder)
        if (folder / "proof.json").exists():
            yield from wrong_records(folder)
    except Unreadable as error:
        fr, en = error.args
        yield fr, en
    except FileNotFoundError as error:
        name = Path(error.filename).name
        yield f"{name} manque", f"{name} is missing"
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        yield (f"les fichiers ne vont pas ensemble ({error!r})",
               f"the files do not belong together ({error!r})")  # fmt: skip


def wrong_in(folder: Path, lang: str = "en") -> Iterator[str]:
    """The same in one language, each once."""
    for said in dict.fromkeys(all_wrong(folder)):
        yield said[lang == "en"]


def main(folder: Path, lang: str = "en") -> int:
    """Print what differs; 0 when nothing does."""
    if not (folder / "SHA256SUMS").is_file():
        nothing = {
            "fr": f"{folder} n’a pas de SHA256SUMS : ce n’est ni un mois ni une citation",
            "en": f"{folder} has no SHA256SUMS: it is no month and no citation",
        }
        print(nothing[lang])
        return 2
    wrong = list(wrong_in(folder, lang))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    sums = hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    daily = folder / "daily.csv"
    days = max(daily.read_bytes().count(b"\n") - 1, 0) if daily.is_file() else 0
    many = "s" if len(wrong) > 1 else ""
    print({"fr": f"empreinte SHA-256 de SHA256SUMS : {sums}\n{days} chiffres quotidiens recalculés,"
                 f" {len(wrong)} différence{many}",
           "en": f"SHA-256 of SHA256SUMS: {sums}\n{days} daily figures recomputed, "
                 f"{len(wrong)} difference{'' if len(wrong) == 1 else 's'}"}[lang])  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Check a folder and find its figures again.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--lang", choices=("fr", "en"), default="en")
    asked = parser.parse_args()
    sys.exit(main(asked.folder, asked.lang))
