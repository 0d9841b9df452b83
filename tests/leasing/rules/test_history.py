"""The chain of steps."""

import pytest

from leasing.rules.canonical import canonical
from leasing.rules.history import FIRST, Link, first_broken, link_hash


def chain(*facts):
    links, previous = [], FIRST
    for fact in facts:
        hashed = link_hash(previous, fact)
        links.append(Link(fact, previous, hashed))
        previous = hashed
    return links


class TestCanonical:
    def test_sorts_names_and_keeps_characters(self):
        assert canonical({"b": [1, None], "a": "计件"}) == '{"a":"计件","b":[1,null]}'.encode()

    def test_refuses_what_is_not_json(self):
        with pytest.raises(TypeError):
            canonical({"at": object()})


class TestFirstBroken:
    def test_finds_nothing_in_an_untouched_history(self):
        assert first_broken(chain({"n": 1}, {"n": 2}, {"n": 3})) is None
        assert first_broken([]) is None

    def test_finds_a_changed_entry(self):
        links = chain({"n": 1}, {"n": 2}, {"n": 3})
        links[1] = Link({"n": 9}, links[1].previous_hash, links[1].hash)

        assert first_broken(links) == 1

    def test_finds_a_lost_entry(self):
        links = chain({"n": 1}, {"n": 2}, {"n": 3})

        assert first_broken([links[0], links[2]]) == 1
        assert first_broken(links[1:]) == 0
