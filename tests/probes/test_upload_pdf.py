"""The synthetic document, and the sizes that pages print."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from probes.upload import same_size, synthetic_pdf


def test_the_document_is_a_pdf_whose_table_points_at_its_objects() -> None:
    data = synthetic_pdf()
    assert data.startswith(b"%PDF-1.4\n")
    assert data.endswith(b"%%EOF\n")
    table = int(data.split(b"startxref\n")[1].split()[0])
    assert data[table:].startswith(b"xref\n")
    for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", data), start=1):
        assert data[int(offset) :].startswith(b"%d 0 obj" % number)


def test_the_stream_is_as_long_as_it_says() -> None:
    found = re.search(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", synthetic_pdf(), re.DOTALL)
    assert found is not None
    assert int(found.group(1)) == len(found.group(2))


def test_another_program_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "essai.pdf"
    file.write_bytes(synthetic_pdf())
    checked = subprocess.run(["qpdf", "--check", file], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_is_the_same_every_time_and_tiny() -> None:
    assert synthetic_pdf() == synthetic_pdf()
    assert len(synthetic_pdf()) < 2000


@pytest.mark.parametrize(
    ("said", "size", "same"),
    [
        ("741", 741, True),
        ("741 octets", 741, True),
        ("1 234 octets", 1234, True),
        ("1\u202f234 octets", 1234, True),
        ("1\u00a0234", 1234, True),
        ("1,2 Ko", 1234, True),
        ("1.2 kB", 1234, True),
        ("1 Ko", 741, True),
        ("0 octets", 741, False),
        ("742 octets", 741, False),
        ("3 Ko", 741, False),
        ("1 Mo", 741, True),
        ("2 Mo", 741, False),
        ("2,1 Mo", 2_200_000, True),
        ("", 741, False),
        ("inconnu", 741, False),
    ],
)
def test_a_printed_size_stands_for_the_bytes_that_were_sent(
    said: str, size: int, same: bool
) -> None:
    assert same_size(said, size) is same
