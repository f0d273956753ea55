"""Stamps of a real authority on loopback, the good ones and every bad one."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.evidence.stamp_check import BadStamp, check_stamp
from monitor.evidence.timestamp import PLAUSIBLE, Authority, Stamp, StampRefused, ask
from tests.authority import (
    Fault,
    RehearsalAuthority,
    cross_signed,
    openssl_accepts,
    rehearsal_authority,
    utc_now,
)

NOTE = b"example.org\n3\nq1w2\n\n\xe2\x80\x94 example.org AAAA\n"


@pytest.fixture(scope="module", params=["ec", "rsa"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RehearsalAuthority]:
    with rehearsal_authority(tmp_path_factory.mktemp("tsa"), request.param) as authority:
        yield authority


@pytest.fixture
def authority(served: RehearsalAuthority) -> Iterator[RehearsalAuthority]:
    yield served
    served.fault, served.embed_chain = Fault.NONE, False
    served.digest = served.identifier_digest = "sha256"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as opened:
        yield opened


def _ask(authority: RehearsalAuthority, client: httpx.Client, seconds: float = 10) -> Stamp:
    return ask(authority.authority(), NOTE, client, utc_now, timeout_seconds=seconds)


@pytest.mark.parametrize("embed_chain", [False, True])
def test_a_stamp_is_accepted_here_and_by_openssl(
    authority: RehearsalAuthority, client: httpx.Client, tmp_path: Path, embed_chain: bool
) -> None:
    authority.embed_chain = embed_chain
    before = utc_now().replace(microsecond=0)
    stamp = _ask(authority, client)
    roots = authority.authority().roots_pem
    assert stamp.authority == "repetition"
    assert before <= stamp.generated_at <= utc_now()
    assert check_stamp(NOTE, stamp.request, stamp.response, roots) == stamp.generated_at
    assert openssl_accepts(
        tmp_path, data=NOTE, request=stamp.request, response=stamp.response, roots_pem=roots
    )


@pytest.mark.parametrize(
    ("digest", "identifier"), [("sha512", "sha256"), ("sha256", "sha1"), ("sha384", "sha512")]
)
def test_what_public_authorities_sign_with_is_accepted(
    authority: RehearsalAuthority,
    client: httpx.Client,
    tmp_path: Path,
    digest: str,
    identifier: str,
) -> None:
    """As seen of public ones: SHA-512 signatures, a SHA-1 identifier, and the whole chain."""
    authority.digest, authority.identifier_digest = digest, identifier
    authority.embed_chain = True
    stamp = _ask(authority, client)
    assert openssl_accepts(
        tmp_path,
        data=NOTE,
        request=stamp.request,
        response=stamp.response,
        roots_pem=authority.authority().roots_pem,
    )


def test_a_second_way_to_another_root_does_not_matter(
    authority: RehearsalAuthority, client: httpx.Client
) -> None:
    """Some replies carry their root cross-signed by an older one that nobody here trusts."""
    chain = authority.hierarchy.chain
    kept = chain.read_bytes()
    chain.write_bytes(kept + cross_signed(authority.hierarchy, utc_now()))
    try:
        authority.embed_chain = True
        assert _ask(authority, client).authority == "repetition"
    finally:
        chain.write_bytes(kept)


def test_openssl_refuses_other_bytes(
    authority: RehearsalAuthority, client: httpx.Client, tmp_path: Path
) -> None:
    stamp = _ask(authority, client)
    roots = authority.authority().roots_pem
    assert not openssl_accepts(
        tmp_path, data=NOTE + b" ", request=stamp.request, response=stamp.response, roots_pem=roots
    )


REFUSALS = {
    Fault.WRONG_NONCE: "the nonce of the reply is not that of the request",
    Fault.OTHER_HASH: "the stamp is over other bytes than these",
    Fault.EXPIRED: "the authority's certificate was not valid at the time of the stamp",
    Fault.WRONG_PURPOSE: "the authority's certificate is not for time stamps alone",
    Fault.TWO_PURPOSES: "the authority's certificate is not for time stamps alone",
    Fault.STRANGER: "the authority's certificate does not lead to a published root",
    Fault.CLOCK_WRONG: "one of the two clocks is wrong",
    Fault.REJECTION: "the authority refused to stamp (rejection)",
    Fault.HTTP_ERROR: "the authority answered HTTP 503",
    Fault.REDIRECT: "the authority answered HTTP 302",
    Fault.GARBAGE: "the authority's reply is no stamp that can be read",
    Fault.HTML: "the authority's reply is no stamp that can be read",
    Fault.ENDLESS: "the answer is longer than 65536 bytes",
    Fault.HANGS: "no answer within 0.5 seconds",
    Fault.DRIPS: "no whole answer within 0.5 seconds",
    Fault.CLOSES: "the authority cannot be reached: ",
}


def test_every_fault_has_its_sentence() -> None:
    assert set(REFUSALS) == set(Fault) - {Fault.NONE}


@pytest.mark.parametrize("fault", REFUSALS)
@pytest.mark.parametrize("embed_chain", [False, True])
def test_a_bad_answer_is_refused_in_words(
    authority: RehearsalAuthority, client: httpx.Client, fault: Fault, embed_chain: bool
) -> None:
    authority.fault, authority.embed_chain = fault, embed_chain
    short = fault in (Fault.HANGS, Fault.DRIPS)
    with pytest.raises(StampRefused) as refused:
        _ask(authority, client, 0.5 if short else 10)
    assert REFUSALS[fault] in refused.value.reason


def test_nobody_listening_is_a_refusal(client: httpx.Client) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = Authority(
            id="x", url=f"http://127.0.0.1:{free.getsockname()[1]}/", roots_pem=("",)
        )
        with pytest.raises(StampRefused, match="cannot be reached"):
            ask(nobody, NOTE, client, utc_now)


def test_an_address_that_is_none_is_a_refusal(client: httpx.Client) -> None:
    with pytest.raises(StampRefused, match="cannot be reached"):
        ask(Authority(id="x", url="nonsense", roots_pem=("",)), NOTE, client, utc_now)


def test_our_own_wrong_clock_is_noticed(
    authority: RehearsalAuthority, client: httpx.Client
) -> None:
    def late() -> datetime:
        return utc_now() + PLAUSIBLE + timedelta(seconds=30)

    with pytest.raises(StampRefused, match="one of the two clocks is wrong"):
        ask(authority.authority(), NOTE, client, late)


@pytest.mark.parametrize(
    ("roots", "sentence"),
    [
        (("",), "aucune racine"),
        ((), "aucune racine"),
        (("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",), "illisibles"),
        (("not a certificate",), "illisibles"),
    ],
)
def test_roots_that_are_none(
    authority: RehearsalAuthority, client: httpx.Client, roots: tuple[str, ...], sentence: str
) -> None:
    stamp = _ask(authority, client)
    with pytest.raises(BadStamp) as bad:
        check_stamp(NOTE, stamp.request, stamp.response, roots)
    assert sentence in bad.value.sentence_fr


def test_a_request_of_another_stamp_is_refused(
    authority: RehearsalAuthority, client: httpx.Client
) -> None:
    first, second = _ask(authority, client), _ask(authority, client)
    roots = authority.authority().roots_pem
    with pytest.raises(BadStamp, match="nonce"):
        check_stamp(NOTE, first.request, second.response, roots)
    with pytest.raises(BadStamp, match="kept request"):
        check_stamp(NOTE, b"", second.response, roots)


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, client: httpx.Client
) -> tuple[Stamp, tuple[str, ...]]:
    with rehearsal_authority(tmp_path_factory.mktemp("kept")) as authority:
        authority.embed_chain = True
        return _ask(authority, client), authority.authority().roots_pem


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_stamp_is_never_more_than_a_bad_stamp(
    kept: tuple[Stamp, tuple[str, ...]], data: st.DataObject
) -> None:
    """A changed byte may leave the stamp good only where nothing of its meaning lies."""
    stamp, roots = kept
    reply = bytearray(stamp.response)
    place = data.draw(st.integers(0, len(reply) - 1))
    reply[place] ^= data.draw(st.integers(1, 255))
    shorter = bytes(reply)[: data.draw(st.integers(place + 1, len(reply)))]
    with contextlib.suppress(BadStamp):
        assert check_stamp(NOTE, stamp.request, shorter, roots) == stamp.generated_at
