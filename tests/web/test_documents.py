"""The lawyer's pages over a real store: forms without script, findings, and nothing kept."""

from __future__ import annotations

import hashlib
import io
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.certificates.issue import Press
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.issued import Issued
from monitor.core.reviewed import Decision
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.app import Offered, create_app
from monitor.web.attempt_form import Form, form_of, judged, with_message_read
from monitor.web.bodies import file_in
from monitor.web.documents import PDFS_A_MINUTE, PREVIEWS_A_MINUTE, Documents
from monitor.web.language import speaking
from tests.certificates.scenes import ISSUER, at, fill
from tests.web.client import Client
from tests.web.scenes import PUBLISHER
from tests.web.test_app import read
from tests.web.test_typography import plain

NOW = at(300)
FORM = "/releves/concordance"
OUTAGE = "/releves/dysfonctionnement"
FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}
PDF = b"%PDF-1.7 made"

ROW = {"rows": "1", "territory": "metropole", "component-1": "login"}
FAILING = {**ROW, "day-1": "2026-05-11", "start-1": "09:05"}
"""9:05 in Paris, between two failing looks."""

Made = OutageReport | AttemptsReport


class Check:
    """A check of whoever verifies documents."""

    name, passed = "document_signature", True
    fr, en = "La signature est bonne.", "The signature is good."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``login`` failed from 9:00 to 9:30 in Paris on Monday 11 May; all else worked."""
    file = tmp_path_factory.mktemp("filled") / "monitor.sqlite3"
    with open_store(sqlite_url(file)) as opened:
        fill(opened, "U" * 6 + "DDD" + "U" * 191, flags=("refusal_not_excluded",))
    return file


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of it for each test."""
    copy = tmp_path / "monitor.sqlite3"
    shutil.copy(filled, copy)
    with open_store(sqlite_url(copy)) as opened:
        yield opened


def client(
    store: Store, folder: Path, make: Callable[[Made], bytes] | None = lambda _report: PDF
) -> Client:
    blobs = FolderBlobs(folder / "blobs")
    documents = Documents(
        ledger=store,
        blobs=blobs,
        issuer=ISSUER,
        rehearsal=False,
        watched=("portal", "login"),
        make=make,
    )
    offered = Offered(documents=documents, register=store, verify=lambda _data: [Check()])
    return Client(
        create_app(
            reader=store,
            figures=Figures(store),
            blobs=blobs,
            publisher=PUBLISHER,
            watched=("portal", "login"),
            clock=lambda: NOW,
            offered=offered,
        )
    )


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Client:
    return client(store, tmp_path)


def sent(desk: Client, fields: Mapping[str, str], do: str = "see", path: str = FORM) -> str:
    answer = desk.post(path, content=urlencode({**fields, "do": do}), headers=FORM_TYPE)
    assert answer.status_code == 200, answer.text
    return plain(" ".join(read(answer.text)))


def raw(desk: Client, fields: Mapping[str, str], do: str = "see") -> str:
    return desk.post(FORM, content=urlencode({**fields, "do": do}), headers=FORM_TYPE).text


def test_every_page_leads_to_the_documents(desk: Client) -> None:
    assert 'href="/releves"' in desk.get("/").text
    page = desk.get("/releves").text
    assert FORM in page
    assert OUTAGE in page
    assert "/verifier" in page


@pytest.mark.parametrize("path", ["/releves", FORM, OUTAGE, "/verifier"])
def test_forms_go_to_this_site_alone_and_leave_no_trace(desk: Client, path: str) -> None:
    answer = desk.get(path)
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["/", "/incidents", "/r/0123456789"])
def test_pages_without_a_form_have_none_go_anywhere(desk: Client, path: str) -> None:
    assert "form-action 'none'" in desk.get(path).headers["content-security-policy"]


def test_a_concordant_attempt_is_shown_with_what_was_seen(desk: Client) -> None:
    text = sent(desk, FAILING)
    assert "Concordant" in text
    assert "lundi 11 mai 2026 à 9 h 05" in text
    assert "relevé n° 7" in text
    assert "Service momentanément indisponible" in text
    assert "Blocage non exclu" in text
    assert "1 (semaine 20 de 2026)" in text


def test_a_second_finding_stands_beside_the_first(desk: Client, store: Store) -> None:
    store.add_reviews([7, 8, 9], decision=Decision.OUR_FAULT, by="A", note="B", now=NOW)
    text = sent(desk, FAILING)
    assert "Concordant après examen ultérieur : non observé" in " ".join(text.split())
    assert "Concordantes après examen ultérieur 0" in " ".join(text.split())


def test_a_contrary_attempt_is_shown_as_plainly(desk: Client) -> None:
    text = sent(desk, {**FAILING, "start-1": "15:05"})
    assert "Contraire" in text
    assert "fonctionnait (acte complet)" in text


def test_the_hour_is_that_of_the_territory(desk: Client) -> None:
    text = sent(desk, {**FAILING, "territory": "guyane", "start-1": "04:05"})
    assert "Concordant" in text
    assert "lundi 11 mai 2026 à 4 h 05 (à Paris : lundi 11 mai 2026 à 9 h 05)" in text


def test_the_note_on_435594(store: Store, tmp_path: Path) -> None:
    """Friday 13 and Wednesday 18: here 15 and 18 May 2026, a Friday and a Monday."""
    fill(store, "DD" + "U" * 400 + "DD", first=680)
    fields = {
        **ROW,
        "rows": "2",
        "component-2": "login",
        **{"day-1": "2026-05-16", "start-1": "01:25", "day-2": "2026-05-18", "start-2": "20:25"},
    }
    blobs = FolderBlobs(tmp_path / "blobs")
    documents = Documents(
        ledger=store, blobs=blobs, issuer=ISSUER, rehearsal=False, watched=("login",)
    )
    app = create_app(
        reader=store,
        figures=Figures(store),
        blobs=blobs,
        publisher=PUBLISHER,
        watched=("login",),
        clock=lambda: at(2000),
        offered=Offered(documents=documents, register=store),
    )
    text = sent(Client(app), fields)
    assert "2 (semaine 20 de 2026, semaine 21 de 2026)" in text
    assert "n° 435594" in text
    assert "non (écart le plus long : 2 j 19 h)" in text
    assert "notre lecture prudente" in text


@pytest.mark.parametrize(
    ("changes", "id_", "words"),
    [
        ({"start-1": ""}, "start-1", "Indiquez une heure"),
        ({"day-1": "2026-02-31"}, "day-1", "n’est pas une date"),
        ({"end-1": "08:00"}, "end-1", "doit suivre son début"),
        ({"component-1": "rien"}, "component-1", "n’existe pas"),
        ({"day-1": "", "start-1": ""}, "day-1", "Indiquez une date"),
        ({"territory": "Mars"}, "territory", "n’est pas connu"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    desk: Client, changes: dict[str, str], id_: str, words: str
) -> None:
    page = raw(desk, {**FAILING, **changes})
    assert f'id="{id_}-wrong"' in page
    found = re.search(rf'id="{id_}-wrong">([^<]*)<', page)
    assert found is not None
    assert words in found[1]
    assert 'aria-invalid="true"' in page
    assert "Ce que l’observatoire a vu" not in page


def test_rows_are_added_and_taken_away_without_losing_what_was_typed(desk: Client) -> None:
    fields = {**FAILING, "words-1": "« rien »"}
    page = raw(desk, fields, "add")
    assert 'name="day-2"' in page
    assert 'value="2026-05-11"' in page
    assert "« rien »" in page
    two = {**fields, "rows": "2", "day-2": "2026-05-12", "component-2": "login"}
    page = raw(desk, two, "remove-1")
    assert 'name="day-2"' not in page
    assert 'value="2026-05-12"' in page
    assert 'value="2026-05-11"' not in page


def test_a_pasted_message_fills_the_rows(desk: Client) -> None:
    message = "Lundi 11 mai vers 9h15 puis à 15h, et le 12 mai de 9h à 10h"
    page = raw(desk, {**ROW, "message": message}, "read")
    assert "3 tentatives ont été lues" in page
    assert re.findall(r'name="day-\d" type="date" value="([^"]*)"', page) == [
        "2026-05-11",
        "2026-05-11",
        "2026-05-12",
    ]
    assert re.findall(r'name="start-\d" type="time" value="([^"]*)"', page) == [
        "09:00",
        "15:00",
        "09:00",
    ]
    assert "année déduite" in page
    assert "Aucune date" in raw(desk, {**ROW, "message": "bonjour"}, "read")


def test_what_is_odd_about_a_date_is_said_in_english_too() -> None:
    message = "mardi 11 mai 2026 vers 9h, puis le 12 mai à 10h"
    with speaking("en"):
        form, found = with_message_read(Form(message=message), date(2026, 5, 20))
    assert found == 2
    assert [row.doubt for row in form.rows] == [
        "this day is a Monday, not a Tuesday",
        "the year was inferred",
    ]


def test_the_form_speaks_english(desk: Client) -> None:
    page = plain(" ".join(read(desk.get("/en" + FORM).text)))
    assert "Attempt 1" in page
    text = sent(desk, FAILING, path="/en" + FORM)
    assert "Monday 11 May 2026 at 9:05" in text
    assert "The step failed at the record before and at the record after" in text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"rows": "-1"},
        {"rows": "99999999999999999999"},
        {"rows": "50"},
        {"rows": "x", "do": "remove-99"},
        {"do": "remove-0"},
        {"do": "\0"},
        {"do": "autre", "day-1": "\ud83d\ude00"},
    ],
)
def test_odd_forms_get_a_page(desk: Client, fields: dict[str, str]) -> None:
    body = urlencode(fields, errors="surrogatepass")
    assert desk.post(FORM, content=body, headers=FORM_TYPE).status_code == 200


@given(body=st.binary(max_size=300))
def test_any_body_gets_a_page(body: bytes) -> None:
    fields = dict(pair.partition("=")[::2] for pair in body.decode("latin-1").split("&") if pair)
    form, attempts = judged(form_of(fields))
    assert form.is_wrong or attempts


def test_a_document_is_a_download_whose_name_tells_nothing(desk: Client) -> None:
    answer = desk.post(FORM, content=urlencode({**FAILING, "do": "pdf"}), headers=FORM_TYPE)
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="releve-de-concordance.pdf"'
    )
    assert answer.headers["cache-control"] == "no-store"


def test_findings_are_shown_while_signing_is_off(store: Store, tmp_path: Path) -> None:
    off = client(store, tmp_path, make=None)
    assert "n’est pas activée" in raw(off, FAILING)
    assert 'value="pdf"' not in raw(off, FAILING)
    answer = off.post(FORM, content=urlencode({**FAILING, "do": "pdf"}), headers=FORM_TYPE)
    assert answer.status_code == 403
    assert "n’est pas activée" in answer.text


def test_too_much_is_refused_in_one_sentence(desk: Client) -> None:
    answer = desk.post(FORM, content=b"a=" + b"x" * 400_000, headers=FORM_TYPE)
    assert answer.status_code == 413
    assert "trop grand" in answer.text
    many = urlencode({f"f{n}": "" for n in range(2000)})
    assert desk.post(FORM, content=many, headers=FORM_TYPE).status_code == 413


def test_too_often_is_refused_for_a_minute(desk: Client) -> None:
    for _ in range(PREVIEWS_A_MINUTE):
        assert desk.post(FORM, content=urlencode(ROW), headers=FORM_TYPE).status_code == 200
    answer = desk.post(FORM, content=urlencode(ROW), headers=FORM_TYPE)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "attendez une minute" in answer.text
    assert desk.get("/").status_code == 200


def test_documents_are_rarer_than_previews(desk: Client) -> None:
    body = urlencode({**FAILING, "do": "pdf"})
    codes = [
        desk.post(FORM, content=body, headers=FORM_TYPE).status_code
        for _ in range(PDFS_A_MINUTE + 1)
    ]
    assert codes == [200] * PDFS_A_MINUTE + [429]


QUERY = {"step-login": "1", "first": "2026-05-11", "last": "2026-05-12"}


def test_a_period_is_shown_before_the_document(desk: Client) -> None:
    page = desk.get(f"{OUTAGE}?{urlencode(QUERY)}").text
    text = plain(" ".join(read(page)))
    assert "Hors service" in text
    assert "/incidents/login-" in page
    assert "Blocage non exclu" in text
    answer = desk.post(OUTAGE, content=urlencode(QUERY), headers=FORM_TYPE)
    assert answer.content == PDF


def test_a_period_without_outage_says_so(desk: Client) -> None:
    page = desk.get(f"{OUTAGE}?{urlencode({**QUERY, 'first': '2026-05-12'})}").text
    assert "Aucune panne n’a été constatée" in page


def test_a_period_with_too_little_known_says_so(store: Store, tmp_path: Path) -> None:
    fill(store, "U" + "." * 60, component="portal")
    query = {"step-portal": "1", "first": "2026-05-11", "last": "2026-05-11"}
    page = client(store, tmp_path).get(f"{OUTAGE}?{urlencode(query)}").text
    assert "Données insuffisantes" in page


@pytest.mark.parametrize(
    ("changes", "id_", "words"),
    [
        ({"first": "2026-05-12", "last": "2026-05-11"}, "last", "précède son début"),
        ({"first": "2020-05-12"}, "last", "trop longue"),
        ({"first": "hier"}, "first", "n’est pas une date"),
        ({"first": "2027-01-01", "last": "2027-01-02"}, "first", "pas encore commencé"),
        ({"step-login": ""}, "step", "au moins une étape"),
        ({"step-login": "", "step-upload": "1"}, "first", "Aucun relevé"),
    ],
)
def test_a_wrong_period_is_said_beside_its_field(
    desk: Client, changes: dict[str, str], id_: str, words: str
) -> None:
    page = desk.get(f"{OUTAGE}?{urlencode({**QUERY, **changes})}").text
    found = re.search(rf'id="{id_}-wrong">([^<]*)<', page)
    assert found is not None
    assert words in found[1]


def issued(store: Store, kind: str = "attempts") -> Issued:
    reserved = store.reserve_certificate(
        kind=kind,
        components=("login",),
        period=(at(-12), at(200)),
        sequences=(1, 200),
        specimen=False,
        now=NOW,
    )
    return store.complete_certificate(reserved.number, hashlib.sha256(PDF).hexdigest())


def uploaded(desk: Client, data: bytes) -> str:
    answer = desk.post("/verifier", files={"file": ("x.pdf", data, "application/pdf")})
    assert answer.status_code == 200
    return plain(" ".join(read(answer.text)))


def test_a_document_is_recognised_byte_by_byte_and_leads_to_its_record(
    desk: Client, store: Store
) -> None:
    found = issued(store)
    text = uploaded(desk, PDF)
    assert f"le document n° {found.serial} émis par cet observatoire" in text
    assert re.search(r"signature du document\s?:\s+La signature est bonne", text), text
    assert "est en règle" in text
    assert "Numéros des relevés" in text
    altered = uploaded(desk, PDF + b"\n")
    assert "n’a pas été émis par cet observatoire" in altered
    assert "Une vérification a échoué" in altered
    assert "Numéros des relevés" not in altered


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04" + b"\0" * 5000])
def test_what_is_no_document_is_said(desk: Client, data: bytes) -> None:
    text = uploaded(desk, data)
    assert "n’est pas un PDF" in text or "Aucun fichier" in text


def test_a_form_without_file_and_a_broken_one_are_said(desk: Client) -> None:
    kinds = ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""]
    for kind in kinds:
        answer = desk.post("/verifier", content=b"--x\r\nhello", headers={"content-type": kind})
        assert answer.status_code == 200
        assert "Aucun fichier" in answer.text


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_upload_is_read_or_none(body: bytes, boundary: str) -> None:
    found = file_in(body, f"multipart/form-data; boundary={boundary}", "file")
    assert found is None or isinstance(found, bytes)


def test_an_upload_that_is_too_large_is_refused(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.web.verifying.LARGEST_PDF_BYTES", 1000)
    answer = desk.post("/verifier", files={"file": ("x.pdf", b"%PDF" + b"x" * 2000)})
    assert answer.status_code == 413


def test_the_public_record_of_a_code_as_it_is_typed(desk: Client, store: Store) -> None:
    found = issued(store)
    typed = f"{found.code[:5]}-{found.code[5:]}".lower()
    assert desk.get(f"/r?code={typed}").headers["location"] == f"/r/{found.code}"
    text = plain(" ".join(read(desk.get(f"/r/{typed}").text)))
    assert "Relevé de concordance" in text
    assert "semaines entières" in text
    assert "1 – 200" in text
    assert "Hors service" in text
    assert "rien : aucun relevé de la période" in text


def test_the_record_says_where_the_document_stands_in_the_log(desk: Client, store: Store) -> None:
    store.begin_log({"schema": "leaf/1", "kind": "epoch", "number": 1})
    found = issued(store)
    number = store.leaf_number("certificate", found.number)
    assert f"<dd>{number} " in desk.get(f"/r/{found.code}").text


def test_the_record_tells_what_was_judged_again_since(desk: Client, store: Store) -> None:
    store.add_reviews([8], decision=Decision.OUR_FAULT, by="A", note="avant", now=NOW)
    found = issued(store)
    later = NOW + timedelta(hours=1)
    store.add_reviews([7], decision=Decision.OUR_FAULT, by="CANARI", note="CANARI", now=later)
    page = desk.get(f"/r/{found.code}").text
    assert "relevé n°\u00a07&nbsp;: examiné par une personne" in page
    assert "n°\u00a08&nbsp;: examiné" not in page
    assert "CANARI" not in page


def test_the_record_tells_what_was_corrected_and_answered_since(desk: Client, store: Store) -> None:
    """About the document, however its code was written, or about an incident that is in it."""
    found = issued(store)
    incident = store.incidents(component="login")[0]
    about = {
        "La fiche donnait une mauvaise semaine.": f"{found.code[:5]}-{found.code[5:]}".lower(),
        "La panne a fini plus tôt.": f"login-{incident.opened_sequence}",
        "Ailleurs, autre chose.": "0123456789",
    }
    for text, subject in about.items():
        said = PublicStatement(
            number=0, kind=StatementKind.CORRECTION, about=subject, text=text, made_at=NOW
        )
        store.add_statement(said)
    for page in (desk.get(f"/r/{found.code}").text, uploaded(desk, PDF)):
        assert "La fiche donnait une mauvaise semaine." in page
        assert "La panne a fini plus tôt." in page
        assert "Ailleurs, autre chose." not in page


def test_the_verifier_is_offered_where_documents_are_verified(desk: Client) -> None:
    for path in ("/verifier", "/en/verifier", "/methode", "/en/methode"):
        assert 'href="/verify.py"' in desk.get(path).text
    assert desk.get("/verify.py").status_code == 200


def test_unknown_codes_are_not_there(desk: Client, store: Store) -> None:
    unknown = desk.get("/r/0123456789")
    assert unknown.status_code == 404
    assert "Aucun document ne porte ce code." in unknown.text
    assert desk.get("/r/..%2f..").status_code == 404
    assert desk.get("/r?code=<script>").headers["location"] == "/r/inconnu"
    unfinished = store.reserve_certificate(
        kind="outage", components=("login",), period=(at(0), at(1)), specimen=False, now=NOW
    )
    assert desk.get(f"/r/{unfinished.code}").status_code == 404


CANARY = "CANARI7c1f"


def test_the_clients_words_are_in_the_answer_and_nowhere_else(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    spool = tmp_path / "tmp"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    seen: list[AttemptsReport] = []

    def make(report: Made) -> bytes:
        assert isinstance(report, AttemptsReport)
        seen.append(report)
        return PDF + report.attempts[0].corroboration.attempt.words.encode()

    desk = client(store, tmp_path, make)
    fields = {
        **FAILING,
        "words-1": f"{CANARY} mots",
        "message": f"{CANARY} message du 11 mai à 9h",
        "category": f"{CANARY} titre",
    }
    for do in ("see", "add", "read", "remove-1"):
        assert CANARY in raw(desk, fields, do)
    wrong = raw(desk, {**fields, "start-1": f"{CANARY} heure"})
    assert CANARY in wrong
    answer = desk.post(FORM, content=urlencode({**fields, "do": "pdf"}), headers=FORM_TYPE)
    assert CANARY.encode() in answer.content
    assert CANARY not in str(answer.headers)
    big = b"%PDF-1.7 " + CANARY.encode() * 200_000
    desk.post("/verifier", files={"file": (f"{CANARY}.pdf", big)})

    assert seen
    assert CANARY not in repr(seen)
    assert CANARY not in caplog.text
    store.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "monitor.sqlite3" for path in files)
    for path in files:
        assert CANARY not in path.name
        assert CANARY.encode() not in path.read_bytes(), path


def test_the_real_document_passes_the_clients_words_through_memory_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder in which the document is laid out is kept, to be looked through."""
    spool = tmp_path / "layout"

    @contextmanager
    def kept(**_options: str) -> Iterator[str]:
        spool.mkdir()
        yield str(spool)

    monkeypatch.setattr(tempfile, "TemporaryDirectory", kept)
    press = Press(store, FolderBlobs(tmp_path / "blobs"))
    desk = client(store, tmp_path, lambda report: press.issue(report)[0])
    body = urlencode({**FAILING, "words-1": f"{CANARY} mots", "do": "pdf"})

    pdf = desk.post(FORM, content=body, headers=FORM_TYPE).content

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        figures = opened.attachments["releve.json"].get_file().read_bytes()
    assert CANARY.encode() in figures
    store.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.is_relative_to(spool) for path in files)
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path
