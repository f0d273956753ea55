"""The Merkle tree of RFC 6962 (section 2.1): roots, inclusion, consistency and range proofs.

A tree is never in memory here. What makes a proof is given a ``Node``: a function that returns the
hash of the complete subtree at (level, index), which covers the leaves from ``index << level`` up
to ``(index + 1) << level``; level 0 are the leaf hashes. What checks a proof needs hashes only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32

Node = Callable[[int, int], bytes]
Place = tuple[int, int]
"""Level and index of a complete subtree."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


class BadProof(ValueError):
    """The proof does not have the form that a tree of this size asks for."""


@dataclass(frozen=True, kw_only=True)
class RangePath:
    """The hashes that lead from consecutive leaves to the root: those of the largest complete
    subtrees left of them and right of them, both from left to right."""

    left: tuple[bytes, ...]
    right: tuple[bytes, ...]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def subtrees(first: int, end: int) -> Iterator[Place]:
    """The largest complete subtrees that cover the leaves from ``first`` up to ``end``, from left
    to right; the subtrees of a tree of ``n`` leaves are those from 0 to ``n``."""
    while first < end:
        level = (end - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        yield level, first >> level
        first += 1 << level


def root_hash(size: int, node: Node) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return _hash_of(0, size, node) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """RFC 6962, 2.1.1: the siblings from the leaf up to the root. Raises BadProof for a leaf that
    is not in the tree."""
    if not 0 <= index < size:
        raise BadProof(f"there is no leaf {index} among {size}")
    return _path(index, 0, size, node)


def consistency_path(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """RFC 6962, 2.1.2: what shows that the tree of ``new`` leaves begins with that of ``old``.

    Empty when one of both is empty or they are one. Raises BadProof when ``old`` is larger.
    """
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} leaves does not begin with {old}")
    return _subproof(old, 0, new, True, node) if old else ()


def range_path(first: int, end: int, size: int, node: Node) -> RangePath:
    """What leads from the leaves from ``first`` up to ``end`` to the root. Raises BadProof for an
    empty range, or one outside the tree."""
    _require_range(first, end, size)
    return RangePath(
        left=tuple(node(*place) for place in subtrees(0, first)),
        right=tuple(node(*place) for place in subtrees(end, size)),
    )


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a tree of ``size`` leaves has if ``leaf`` is the hash of leaf ``index``.

    Raises BadProof when the path has another length than such a tree asks for.
    """
    if not 0 <= index < size:
        raise BadProof(f"there is no leaf {index} among {size}")
    inner = (index ^ (size - 1)).bit_length()
    _require_hashes(path, inner + (index >> inner).bit_count())
    found = leaf
    for level, sibling in enumerate(path):
        is_left = level < inner and not index >> level & 1
        found = node_hash(found, sibling) if is_left else node_hash(sibling, found)
    return found


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """True when the path shows that the new tree begins with the old one (RFC 9162, 2.1.4.2).

    Raises BadProof when the path has another length than two such trees ask for.
    """
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} leaves does not begin with {old}")
    if old in (0, new):
        _require_hashes(path, 0)
        return old_root == (new_root if old else EMPTY_ROOT)
    shared = (old & -old).bit_length() - 1  # the levels of the last subtree of the old tree
    last, end = (old - 1) >> shared, (new - 1) >> shared
    rest = path if last else (old_root, *path)  # an old tree of one subtree is not in the path
    inner = (last ^ end).bit_length()
    _require_hashes(rest, 1 + inner + (last >> inner).bit_count())
    found_old = found_new = rest[0]
    for level, sibling in enumerate(rest[1:]):
        if level >= inner or last >> level & 1:
            found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new)
        else:
            found_new = node_hash(found_new, sibling)
    return (found_old, found_new) == (old_root, new_root)


def root_from_range(first: int, size: int, leaves: Sequence[bytes], path: RangePath) -> bytes:
    """The root that a tree of ``size`` leaves has if ``leaves`` are the hashes of the leaves from
    ``first`` on.

    Raises BadProof for no leaves at all, leaves outside the tree, or a path of another length.
    """
    end = first + len(leaves)
    _require_range(first, end, size)
    before, after = list(subtrees(0, first)), list(subtrees(end, size))
    _require_hashes(path.left, len(before))
    _require_hashes(path.right, len(after))
    places = (*before, *((0, index) for index in range(first, end)), *after)
    return _joined(zip(places, (*path.left, *leaves, *path.right), strict=True))


def _joined(parts: Iterable[tuple[Place, bytes]]) -> bytes:
    """The root above subtrees that cover the whole tree from left to right."""
    stack: list[bytes] = []
    for (_, index), found in parts:
        while index & 1:  # a right child: its sibling is what was put down last
            index, found = index >> 1, node_hash(stack.pop(), found)
        stack.append(found)
    return _folded(stack)


def _hash_of(first: int, end: int, node: Node) -> bytes:
    """The hash of the subtree over some leaves, complete or not; ``first`` begins one."""
    return _folded([node(*place) for place in subtrees(first, end)])


def _folded(hashes: list[bytes]) -> bytes:
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def _split(first: int, end: int) -> int:
    """Where the left child ends: the largest power of two that is smaller than the number."""
    return first + (1 << ((end - first - 1).bit_length() - 1))


def _path(index: int, first: int, end: int, node: Node) -> tuple[bytes, ...]:
    if end - first == 1:
        return ()
    middle = _split(first, end)
    if index < middle:
        return (*_path(index, first, middle, node), _hash_of(middle, end, node))
    return (*_path(index, middle, end, node), _hash_of(first, middle, node))


def _subproof(old: int, first: int, end: int, whole: bool, node: Node) -> tuple[bytes, ...]:
    """SUBPROOF of the RFC over the leaves from ``first`` up to ``end``; ``whole`` while the old
    tree's own root, which the reader has, would be the first hash."""
    if old == end:
        return () if whole else (_hash_of(first, end, node),)
    middle = _split(first, end)
    if old <= middle:
        return (*_subproof(old, first, middle, whole, node), _hash_of(middle, end, node))
    return (*_subproof(old, middle, end, False, node), _hash_of(first, middle, node))


def _require_range(first: int, end: int, size: int) -> None:
    if not 0 <= first < end <= size:
        raise BadProof(f"there are no leaves from {first} up to {end} among {size}")


def _require_hashes(path: Sequence[bytes], wanted: int) -> None:
    if len(path) != wanted or any(len(one) != HASH_BYTES for one in path):
        raise BadProof(f"the path has {len(path)} hashes, it should have {wanted} of 32 bytes")
