"""Unsaved rows made without a model's constructor are what the constructor makes."""

import pytest

from billing.models import Invoice, JournalLine
from marketplace.gateway.rows import new_row
from marketplace.models import AuditEntry


@pytest.mark.parametrize("model", [AuditEntry, Invoice, JournalLine])
def test_are_what_the_constructor_makes(model):
    made, usual = vars(new_row(model)), vars(model())

    assert made.keys() == usual.keys()
    assert [name for name in made if made[name] != usual[name] and name != "_state"] == (
        ["public_id"] if "public_id" in made else []
    )
    assert made["_state"].adding and made["_state"].db is None


def test_say_what_is_given_and_share_no_default():
    one, other = new_row(AuditEntry, subject="inv_1"), new_row(AuditEntry, facts={"a": 1})
    one.facts["b"] = 2

    assert (one.subject, other.facts, new_row(AuditEntry).facts) == ("inv_1", {"a": 1}, {})


def test_refuse_a_column_that_is_not_there():
    with pytest.raises(TypeError, match="AuditEntry has no whose"):
        new_row(AuditEntry, whose="nobody's")
