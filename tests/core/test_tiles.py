"""Tiles: the same tree, cut into files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.merkle import (
    inclusion_path,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    root_hash,
)
from monitor.core.tiles import Grower, Tile, TileTree, entries, tile_path, tiles_of
from monitor.evidence.full_tiles import FullTiles
from tests.core.test_merkle import numbered, tree

HASHES = numbered(66_000)
"""More than 256 full tiles: three levels."""


class Shelf:
    """Tiles by their place, as a store keeps them: a larger partial one replaces a smaller."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], Tile] = {}

    def put(self, tile: Tile) -> None:
        kept = self.tiles.get((tile.level, tile.number))
        assert kept is None or tile.hashes.startswith(kept.hashes)
        self.tiles[tile.level, tile.number] = tile

    def read(self, level: int, number: int) -> bytes:
        return self.tiles[level, number].hashes


def grown(*sizes: int) -> Shelf:
    """The tiles of a tree that grew in these steps."""
    shelf = Shelf()
    size = 0
    for wanted in sizes:
        grower = Grower(size, shelf.read)
        for found in HASHES[size:wanted]:
            for tile in grower.append(found):
                shelf.put(tile)
        for tile in grower.partial():
            shelf.put(tile)
        size = grower.size
    return shelf


LARGE = grown(66_000)
LARGE_TREE = TileTree(LARGE.read)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 700])
def test_nodes_of_tiles_are_those_of_the_tree(size: int) -> None:
    node, plain = TileTree(grown(size).read).node, tree(HASHES[:size])
    for level in range(10):
        for index in range(size >> level):
            assert node(level, index) == plain(level, index)


def test_a_large_tree_has_the_root_of_its_leaves() -> None:
    level = HASHES[:65_536]
    while len(level) > 1:
        level = [node_hash(*level[at : at + 2]) for at in range(0, len(level), 2)]
    assert root_hash(65_536, LARGE_TREE.node) == level[0]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 1400), min_size=1, max_size=5).map(sorted))
def test_tiles_do_not_depend_on_the_steps_in_which_the_tree_grew(sizes: list[int]) -> None:
    assert grown(*sizes).tiles == grown(sizes[-1]).tiles


@settings(max_examples=50)
@given(st.integers(1, 66_000), st.data())
def test_older_sizes_are_found_in_the_tiles_of_a_later_one(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, LARGE_TREE.node)
    assert len(path) <= 17
    root = root_hash(size, LARGE_TREE.node)
    assert root_from_inclusion(index, size, HASHES[index], path) == root


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_536, 65_999])
def test_the_tree_that_grows_knows_its_root_before_its_tiles_are_kept(size: int) -> None:
    shelf = Shelf()
    grower = Grower(0, shelf.read)
    for found in HASHES[:size]:
        for tile in grower.append(found):
            shelf.put(tile)
    node = grower.node(TileTree(shelf.read).node)
    assert root_hash(size, node) == root_hash(size, LARGE_TREE.node)


def test_tiles_are_listed_with_their_widths() -> None:
    assert list(tiles_of(0)) == []
    assert list(tiles_of(3)) == [(0, 0, 3)]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(600)) == [(0, 0, 256), (0, 1, 256), (0, 2, 88), (1, 0, 2)]
    listed = {(level, number): width for level, number, width in tiles_of(66_000)}
    assert listed == {place: tile.width for place, tile in LARGE.tiles.items()}


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ((0, 0, 256), "tile/0/000"),
        ((0, 67, 256), "tile/0/067"),
        ((1, 999, 12), "tile/1/999.p/12"),
        ((0, 1000, 256), "tile/0/x001/000"),
        ((0, 1234067, 1), "tile/0/x001/x234/067.p/1"),
        (("entries", 1067, 256), "tile/entries/x001/067"),
    ],
)
def test_paths_are_those_of_the_specification(place: tuple[int | str, int, int], path: str) -> None:
    assert tile_path(*place) == path


def test_a_bundle_of_entries_gives_every_length_in_two_bytes() -> None:
    assert entries([b"", b"ab", b"c" * 300]) == b"\0\0\0\x02ab\x01\x2c" + b"c" * 300


def test_a_tile_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="tile 0/1 is not there"):
        Grower(300, lambda _level, _number: b"")
    with pytest.raises(KeyError):
        TileTree(grown(300).read).node(0, 300)
    with pytest.raises(KeyError):
        TileTree(grown(300).read).node(8, 1)
    with pytest.raises(KeyError):
        TileTree(grown(200).read).node(8, 0)


def test_memory_does_not_grow_with_the_number_of_proofs() -> None:
    found = TileTree(LARGE.read, keep=4)
    for index in range(0, 66_000, 97):
        found.node(0, index)
    assert len(found._kept) == 4
    assert found.node(0, 65_999) == leaf_hash(b"65999")


def test_trees_that_share_full_tiles_read_each_of_them_once_and_open_ones_again() -> None:
    shared, reads = FullTiles(), list[tuple[int, int]]()
    for size in (300, 400):
        shelf = grown(size)

        def read(level: int, number: int, shelf: Shelf = shelf) -> bytes:
            reads.append((level, number))
            return shelf.read(level, number)

        path = inclusion_path(10, size, TileTree(read, shared=shared).node)
        root = root_hash(size, tree(HASHES[:size]))
        assert root_from_inclusion(10, size, HASHES[10], path) == root
    assert reads.count((0, 0)) == 1, "full at 300 already"
    assert reads.count((0, 1)) == 2, "open at 300: what was read then is not believed at 400"
