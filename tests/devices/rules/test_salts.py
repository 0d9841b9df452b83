"""A salt that went takes no other with it, and cannot be made again from what is left."""

from itertools import permutations

import pytest

from devices.rules import digests, salts
from devices.rules.vocabularies import CLASSES

ROOT = bytes(range(16))


@pytest.mark.parametrize("order", list(permutations(CLASSES)))
def test_classes_go_one_by_one_in_any_order(order):
    salt = ROOT
    for count, name in enumerate(order, start=1):
        salt = salts.without(salt, name)
        assert salts.without(salt, name) == salt
        assert set(salts.erased(salt)) == set(order[:count])
        assert ROOT not in salt
        for gone in order[:count]:
            assert digests.class_salt(ROOT, gone) not in salt
            with pytest.raises(LookupError):
                salts.of_class(salt, gone)
        for left in order[count:]:
            assert salts.of_class(salt, left) == digests.class_salt(ROOT, left)
    assert len(salt) == 1


def test_a_root_is_whole():
    assert salts.erased(ROOT) == ()
    assert salts.of_class(ROOT, "PRIVATE") == digests.class_salt(ROOT, "PRIVATE")
