"""What the tests of verification share: made once, copied before anything is spoiled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.evidence.ground import Ground, honest_ground


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """An honest bundle, proof and log, with stamps of a real authority."""
    with honest_ground(tmp_path_factory.mktemp("ground")) as made:
        yield made
