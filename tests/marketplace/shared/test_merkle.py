"""The tree of RFC 9162 against published figures, against its definition, and against forgers."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shared import merkle
from marketplace.shared.merkle import Frontier, Node, Span

VECTORS = json.loads((Path(__file__).parents[2] / "data/vectors/merkle.json").read_text())
LEAVES = [merkle.leaf_hash(bytes.fromhex(text)) for text in VECTORS["leaves_hex"]]
ROOTS = [bytes.fromhex(text) for text in VECTORS["roots_by_size"]]
SIZES = st.integers(1, 200)


def numbered(count):
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def by_definition(leaves):
    """MTH of RFC 9162, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def reader(leaves, asked=None):
    """Read any perfect subtree of some leaves; ``asked`` collects which."""

    def read(node):
        if asked is not None:
            asked.append(node)
        start = node.place << node.level
        return merkle.combined(leaves[start : start + (1 << node.level)])

    return read


def path_of(case):
    return [bytes.fromhex(text) for text in case["path"]]


class TestPublishedFigures:
    @pytest.mark.parametrize("size", range(len(ROOTS)))
    def test_roots(self, size):
        frontier = Frontier()
        for leaf in LEAVES[:size]:
            frontier.append(leaf)

        assert frontier.root() == merkle.root(size, reader(LEAVES)) == ROOTS[size]

    @pytest.mark.parametrize(
        "case", VECTORS["inclusion"], ids=lambda case: f"{case['index']}of{case['size']}"
    )
    def test_inclusion(self, case):
        index, size = case["index"], case["size"]

        assert merkle.inclusion_proof(index, size, reader(LEAVES)) == path_of(case)
        assert merkle.verify_inclusion(
            leaf=LEAVES[index], index=index, size=size, proof=path_of(case), root=ROOTS[size]
        )

    @pytest.mark.parametrize(
        "case", VECTORS["consistency"], ids=lambda case: f"{case['first']}to{case['second']}"
    )
    def test_consistency(self, case):
        first, second = case["first"], case["second"]

        assert merkle.consistency_proof(first, second, reader(LEAVES)) == path_of(case)
        assert merkle.verify_consistency(
            first=first,
            second=second,
            first_root=ROOTS[first],
            second_root=ROOTS[second],
            proof=path_of(case),
        )


class TestFrontier:
    @given(st.integers(0, 300))
    def test_is_the_definition_with_one_hash_per_set_bit(self, size):
        frontier = Frontier()
        for leaf in numbered(size):
            frontier.append(leaf)

        assert frontier.root() == by_definition(numbered(size))
        assert len(frontier.peaks) == size.bit_count()

    @given(SIZES, SIZES)
    def test_goes_on_from_the_peaks_it_left(self, before, more):
        leaves, frontier = numbered(before + more), Frontier()
        for leaf in leaves[:before]:
            frontier.append(leaf)
        peaks = [reader(leaves)(node) for node in merkle.subtrees(Span(0, before))]
        assert peaks == frontier.peaks

        again = Frontier(before, peaks)
        for leaf in leaves[before:]:
            again.append(leaf)

        assert again.root() == by_definition(leaves)

    @given(SIZES)
    def test_completes_every_perfect_subtree_once(self, size):
        leaves, frontier = numbered(size), Frontier()
        found = dict(pair for leaf in leaves for pair in frontier.append(leaf))

        wanted = {Node(level, index) for level in range(9) for index in range(size >> level)}
        assert set(found) == wanted
        assert all(found[node] == reader(leaves)(node) for node in wanted)

    @pytest.mark.parametrize(("size", "peaks"), [(-1, []), (3, [b""]), (0, [b""])])
    def test_is_refused_with_other_peaks_than_its_size_has(self, size, peaks):
        with pytest.raises(ValueError, match="one hash per set bit"):
            Frontier(size, peaks)


@st.composite
def place_and_size(draw):
    size = draw(SIZES)
    return draw(st.integers(0, size - 1)), size


class TestInclusion:
    @given(place_and_size(), st.data())
    def test_is_proved_and_nothing_else_is(self, place, data):
        (index, size), leaves = place, numbered(place[1])
        top = by_definition(leaves)
        proof = merkle.inclusion_proof(index, size, reader(leaves))
        facts = {"leaf": leaves[index], "index": index, "size": size, "proof": proof, "root": top}
        assert merkle.verify_inclusion(**facts)
        assert len(proof) <= (size - 1).bit_length()

        other = data.draw(st.integers(-2, size + 2).filter(lambda number: number != index))
        wrong = {
            "leaf": merkle.leaf_hash(b"another"),
            "index": other,
            "proof": [*proof, top],
            "root": merkle.leaf_hash(b"root"),
        }
        for name, value in wrong.items():
            assert not merkle.verify_inclusion(**facts | {name: value}), name
        if proof:
            assert not merkle.verify_inclusion(**facts | {"proof": proof[:-1]})
            assert not merkle.verify_inclusion(**facts | {"proof": [bytes(32), *proof[1:]]})

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
    def test_of_a_leaf_that_is_not_there_cannot_be_asked(self, index, size):
        with pytest.raises(ValueError, match="no such leaf"):
            merkle.inclusion_proof(index, size, reader(LEAVES))


@st.composite
def two_sizes(draw):
    second = draw(SIZES)
    return draw(st.integers(1, second)), second


class TestConsistency:
    @given(two_sizes())
    def test_is_proved_and_nothing_else_is(self, sizes):
        (first, second), leaves = sizes, numbered(sizes[1])
        proof = merkle.consistency_proof(first, second, reader(leaves))
        facts = {
            "first": first,
            "second": second,
            "first_root": by_definition(leaves[:first]),
            "second_root": by_definition(leaves),
            "proof": proof,
        }
        assert merkle.verify_consistency(**facts)

        wrong = {
            "first_root": merkle.leaf_hash(b"root"),
            "second_root": merkle.leaf_hash(b"root"),
            "proof": [*proof, bytes(32)],
            "first": 0,
            "second": first - 1,
        }
        for name, value in wrong.items():
            assert not merkle.verify_consistency(**facts | {name: value}), name
        if proof:
            assert not merkle.verify_consistency(**facts | {"proof": []})
            assert not merkle.verify_consistency(**facts | {"proof": proof[:-1]})
            assert not merkle.verify_consistency(**facts | {"proof": [bytes(32), *proof[1:]]})

    @given(two_sizes(), st.data())
    def test_is_never_shown_for_a_history_that_was_rewritten(self, sizes, data):
        (first, second), leaves = sizes, numbered(sizes[1])
        changed = data.draw(st.integers(0, first - 1))
        forged = [*leaves[:changed], merkle.leaf_hash(b"forged"), *leaves[changed + 1 :]]

        assert not merkle.verify_consistency(
            first=first,
            second=second,
            first_root=by_definition(leaves[:first]),
            second_root=by_definition(forged),
            proof=merkle.consistency_proof(first, second, reader(forged)),
        )

    @pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 3)])
    def test_of_sizes_that_do_not_follow_cannot_be_asked(self, first, second):
        with pytest.raises(ValueError, match="continues"):
            merkle.consistency_proof(first, second, reader(LEAVES))


class TestStoredSubtrees:
    @given(place_and_size(), st.integers(1, 5))
    def test_answer_for_every_node_of_a_proof(self, place, stride):
        (index, size), leaves = place, numbered(place[1])
        stored, frontier = {}, Frontier()
        for leaf in leaves:
            stored |= {node: total for node, total in frontier.append(leaf) if node.level % stride == 0}

        def read(node):
            return merkle.combined([stored[one] for one in merkle.stored_for(node, stride)])

        assert merkle.inclusion_proof(index, size, read) == merkle.inclusion_proof(
            index, size, reader(leaves)
        )

    def test_keep_a_proof_over_a_million_leaves_small(self):
        asked = set()
        for node in merkle.needed(merkle.inclusion_path(777_777, 1_000_003)):
            asked |= set(merkle.stored_for(node, 4))

        assert len(asked) <= 150
