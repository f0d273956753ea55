"""The tree: vectors of Certificate Transparency, an independent library, properties."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from monitor.core.merkle import (
    EMPTY_ROOT,
    BadProof,
    Node,
    RangePath,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    node_hash,
    range_path,
    root_from_inclusion,
    root_from_range,
    root_hash,
    subtrees,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The eight leaves of the reference implementation of Certificate Transparency."""

ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

_A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
_B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
_C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
_D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
_E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
_F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


def tree(hashes: list[bytes]) -> Node:
    """Every complete subtree of some leaves, by definition and slowly."""

    def node(level: int, index: int) -> bytes:
        if (index + 1) << level > len(hashes):
            raise KeyError((level, index))
        if level == 0:
            return hashes[index]
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def numbered(size: int, salt: str = "") -> list[bytes]:
    """Hashes of made-up leaves."""
    return [leaf_hash(f"{salt}{number}".encode()) for number in range(size)]


VECTORS = tree([leaf_hash(data) for data in LEAVES])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    assert root_hash(size, VECTORS).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [_A, _B, _C]),
        (5, 8, [_D, _E, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (1, 5, [ROOTS[1], _B, _D]),
    ],
)
def test_inclusion_paths_are_those_of_the_reference(index: int, size: int, path: list[str]) -> None:
    found = inclusion_path(index, size, VECTORS)
    assert [one.hex() for one in found] == path
    root = root_from_inclusion(index, size, leaf_hash(LEAVES[index]), found)
    assert root.hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (1, 1, []),
        (1, 8, [_A, _B, _C]),
        (6, 8, [_F, _E, ROOTS[4]]),
        (2, 5, [_B, _D]),
    ],
)
def test_consistency_paths_are_those_of_the_reference(old: int, new: int, path: list[str]) -> None:
    found = consistency_path(old, new, VECTORS)
    assert [one.hex() for one in found] == path
    roots = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    assert is_consistent(old, roots[0], new, roots[1], found)


def test_an_independent_library_finds_the_same_roots_and_paths() -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for number in range(70):
        oracle.append_entry(str(number).encode())
    node = tree(numbered(70))
    for size in range(1, 71):
        assert root_hash(size, node) == oracle.get_state(size)
        for index in range(size):
            path = oracle.prove_inclusion(index + 1, size).path[1:]  # the leaf is its first
            assert inclusion_path(index, size, node) == tuple(path)


def test_histories_of_an_independent_library_are_consistent_for_ours() -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for number in range(40):
        oracle.append_entry(str(number).encode())
    node = tree(numbered(40))
    for new in range(1, 41):
        for old in range(1, new):
            roots = oracle.get_state(old), oracle.get_state(new)
            verify_consistency(*roots, oracle.prove_consistency(old, new))
            assert (root_hash(old, node), root_hash(new, node)) == roots
            assert is_consistent(old, roots[0], new, roots[1], consistency_path(old, new, node))


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_is_proven_and_at_no_other_place(size: int) -> None:
    hashes = numbered(size)
    node = tree(hashes)
    root = root_hash(size, node)
    for index in range(size):
        path = inclusion_path(index, size, node)
        assert root_from_inclusion(index, size, hashes[index], path) == root
        for other in range(size):
            if other != index:
                assert _inclusion_or_none(other, size, hashes[index], path) != root


def _inclusion_or_none(index: int, size: int, leaf: bytes, path: tuple[bytes, ...]) -> bytes | None:
    try:
        return root_from_inclusion(index, size, leaf, path)
    except BadProof:
        return None


@pytest.mark.parametrize("new", range(34))
def test_every_two_sizes_are_consistent_and_another_history_is_not(new: int) -> None:
    node, other = tree(numbered(new)), tree(numbered(new, "x"))
    for old in range(new + 1):
        path = consistency_path(old, new, node)
        roots = root_hash(old, node), root_hash(new, node)
        assert is_consistent(old, roots[0], new, roots[1], path)
        if old:
            assert not is_consistent(old, root_hash(old, other), new, roots[1], path)
            assert not is_consistent(old, roots[0], new, root_hash(new, other), path)


@pytest.mark.parametrize("size", range(1, 18))
def test_every_range_is_proven(size: int) -> None:
    hashes = numbered(size)
    node = tree(hashes)
    for first in range(size):
        for end in range(first + 1, size + 1):
            path = range_path(first, end, size, node)
            assert root_from_range(first, size, hashes[first:end], path) == root_hash(size, node)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[int, int, int]:
    size = draw(st.integers(1, 600))
    first = draw(st.integers(0, size - 1))
    return first, draw(st.integers(first + 1, size)), size


@given(ranges(), st.data())
def test_a_range_proof_with_one_thing_changed_gives_another_root(
    span: tuple[int, int, int], data: st.DataObject
) -> None:
    first, end, size = span
    hashes = numbered(size)
    node = tree(hashes)
    root = root_hash(size, node)
    path, leaves = range_path(first, end, size, node), hashes[first:end]
    assert root_from_range(first, size, leaves, path) == root
    every = [*path.left, *leaves, *path.right]
    at = data.draw(st.integers(0, len(every) - 1))
    every[at] = _flipped(every[at], data.draw(st.integers(0, 255)))
    n, m = len(path.left), len(path.left) + len(leaves)
    changed = RangePath(left=tuple(every[:n]), right=tuple(every[m:]))
    assert root_from_range(first, size, every[n:m], changed) != root


@given(ranges(), st.integers(-3, 3))
def test_a_range_proof_at_another_place_is_refused(span: tuple[int, int, int], moved: int) -> None:
    """Of the tree's size it is the signature that speaks: two sizes can ask for the same path."""
    first, end, size = span
    hashes = numbered(size)
    node = tree(hashes)
    path, leaves = range_path(first, end, size, node), hashes[first:end]
    try:
        found = root_from_range(first + moved, size, leaves, path)
    except BadProof:
        assert moved
    else:
        assert (found == root_hash(size, node)) == (moved == 0)


def test_a_range_proof_without_one_of_its_leaves_is_refused() -> None:
    hashes = numbered(50)
    node = tree(hashes)
    path = range_path(10, 20, 50, node)
    without = hashes[10:14] + hashes[15:20]
    with pytest.raises(BadProof):
        root_from_range(10, 50, without, path)
    swapped = [*hashes[10:14], hashes[15], hashes[14], *hashes[16:20]]
    assert root_from_range(10, 50, swapped, path) != root_hash(50, node)


def _flipped(found: bytes, bit: int) -> bytes:
    return (int.from_bytes(found, "big") ^ (1 << bit)).to_bytes(32, "big")


@given(st.integers(1, 600), st.data())
def test_every_flipped_bit_of_a_path_is_seen(size: int, data: st.DataObject) -> None:
    hashes = numbered(size)
    node = tree(hashes)
    root = root_hash(size, node)
    index = data.draw(st.integers(0, size - 1))
    path = list(inclusion_path(index, size, node))
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = _flipped(path[at], data.draw(st.integers(0, 255)))
        assert root_from_inclusion(index, size, hashes[index], path) != root
    old = data.draw(st.integers(1, size))
    proof = list(consistency_path(old, size, node))
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = _flipped(proof[at], data.draw(st.integers(0, 255)))
        assert not is_consistent(old, root_hash(old, node), size, root, proof)


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_subtrees_cover_every_leaf_once_in_order(first: int, number: int) -> None:
    reached = first
    for level, index in subtrees(first, first + number):
        assert index << level == reached
        reached += 1 << level
    assert reached == first + number


def test_what_has_the_wrong_form_is_refused() -> None:
    node = tree(numbered(8))
    path = inclusion_path(3, 8, node)
    for wrong in (path[:-1], (*path, path[0]), (*path[:-1], path[-1][:31])):
        with pytest.raises(BadProof):
            root_from_inclusion(3, 8, path[0], wrong)
    with pytest.raises(BadProof, match="no leaf 8 among 8"):
        inclusion_path(8, 8, node)
    with pytest.raises(BadProof):
        root_from_inclusion(-1, 8, path[0], path)
    with pytest.raises(BadProof):
        consistency_path(9, 8, node)
    with pytest.raises(BadProof):
        is_consistent(8, EMPTY_ROOT, 7, EMPTY_ROOT, ())
    with pytest.raises(BadProof):
        is_consistent(3, EMPTY_ROOT, 8, EMPTY_ROOT, ())
    with pytest.raises(BadProof, match="from 4 up to 4"):
        range_path(4, 4, 8, node)
    found = range_path(2, 4, 8, node)
    with pytest.raises(BadProof):
        root_from_range(2, 8, [path[0]] * 2, replace(found, right=()))
    with pytest.raises(BadProof):
        root_from_range(2, 8, [], found)


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert root_hash(0, VECTORS) == EMPTY_ROOT == sha256().digest()
    assert is_consistent(0, EMPTY_ROOT, 8, root_hash(8, VECTORS), ())
    assert not is_consistent(0, b"\0" * 32, 8, root_hash(8, VECTORS), ())
