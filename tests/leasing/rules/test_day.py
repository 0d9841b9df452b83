"""What a hand-over lacks."""

from leasing.rules.day import Lack, lacks
from leasing.rules.handovers import SITE

READY = {"site_ready": dict.fromkeys(SITE, True)}


def found(**given):
    whole = {"deposit_due": 100, "deposit_held": True, "notice_accepted": True, "plan": READY}
    return lacks(**(whole | given))


def test_nothing_when_all_is_there():
    assert found() == found(plan=None) == found(deposit_due=0, deposit_held=False) == ()


def test_each_thing_that_is_not():
    assert found(deposit_held=False) == (Lack.DEPOSIT,)
    assert found(notice_accepted=False) == (Lack.NOTICE,)
    assert found(plan={"site_ready": READY["site_ready"] | {"power": False}}) == (Lack.PLACE,)
    assert found(plan={}, deposit_held=False, notice_accepted=False) == tuple(Lack)
