"""A bundle may begin at its period: from a state that the bundle of the period before proves."""

import re
from datetime import timedelta
from itertools import islice

from billing.actions import bundles, invoices, metering
from billing.models import Invoice
from tests import once
from tests.billing import world
from tests.billing.bundles import papers
from tests.billing.bundles.papers import Papers

NINE = world.midnight("2026-07-20") + timedelta(hours=9)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LATER = world.midnight("2026-10-05")
STATE = re.compile(r"state of \S+ behind the period: (\w{64})")
BEFORE = re.compile(r"state of \S+ before the period, counted from the handover: (\w{64})")
BEGAN = re.compile(r"began from the state (\w{64})")


@once.fixture
def scene():
    """A lease of four months; the machine counts and runs over midnights and borders of months."""
    scene = world.build("hurco01")
    rule = scene.lease.agreed.count_rules[0]
    numbers = iter(range(60))
    for month, days in (("2026-08-02", 14), ("2026-09-02", 31), ("2026-10-02", 15)):
        for number in islice(numbers, days):
            say(scene, number * 10 + 1, NINE + number * DAY, number, rule)
        invoices.bill(lease=scene.lease, at=world.midnight(month) + 12 * HOUR, by=scene.clock)
    papers.seal(scene)
    return scene


def say(scene, first, at, number, rule):
    """Say what an execution and a counter do on a day: it goes on running over the night."""
    said = [(first, at, rule.channel, "READY"), (first + 1, at + 3 * MINUTE, rule.channel, "ACTIVE")]
    said += [(first + 2, at + 9 * MINUTE, rule.channel, "ACTIVE")]
    if rule.counter:
        said.append((first + 3, at + 10 * MINUTE, rule.counter, number * 3))
    scene.say(*said)


def owners(scene):
    """Return the owner's invoices, month by month."""
    return list(Invoice.objects.issued().filter(seller=scene.lessor).order_by("period_start"))


def made(scene, invoice, to, **given):
    to.write_bytes(papers.packed(invoice, scene, **given))
    return Papers(to.read_bytes())


def test_the_bundles_of_a_lease_follow_each_other(scene, tmp_path):
    to, known, sizes = tmp_path / "bundle.zip", [], []
    months = owners(scene)
    assert len(months) == 3
    for place, invoice in enumerate(months):
        short = made(scene, invoice, to, from_handover=False)
        sizes.append(len(short.rows()))
        given = [part for state in known for part in ("--state", state)]
        code, said = papers.verify(to, "--strict", *given)
        assert (code, said.splitlines()[-1]) == (0, "OK: the invoice follows from the readings."), said
        assert short.document("checkpoints.json")["whole"] is False
        assert len(BEGAN.findall(said)) == (place > 0)
        known = STATE.findall(said)
        whole = made(scene, invoice, to)
        code, said = papers.verify(to, "--strict")
        assert code == 0, said
        assert STATE.findall(said) == known
        assert len(BEFORE.findall(said)) == (place > 0)
        assert len(whole.rows()) == max(row["arrival"] for row in short.rows())

    assert sizes == [14, 33, 17]


def test_a_state_that_no_other_bundle_came_to_is_not_proved(scene, tmp_path):
    to = tmp_path / "bundle.zip"
    found = made(scene, owners(scene)[1], to, from_handover=False)

    code, said = papers.verify(to)
    assert code == 0
    assert "NOT PROVED: counting of" in said
    assert papers.verify(to, "--strict", "--state", "0" * 64)[0] == 1

    found.change("checkpoints.json", lambda told: told["states"][0].update(heard=0))
    _, forged = papers.verify(found.close(to))
    assert BEGAN.findall(forged) != BEGAN.findall(said)


def test_with_all_deliveries_the_state_is_counted_too(scene, tmp_path):
    found = made(scene, owners(scene)[1], tmp_path / "bundle.zip")
    found.change("checkpoints.json", lambda told: told["states"][0].update(heard=0))

    [line] = found.recheck()

    assert "DIFFERS checkpoint" in line
    assert "before the period is not the one that the deliveries lead to" in line


def test_after_late_readings_a_bundle_is_whole_and_shows_no_state(scene, tmp_path):
    rule = scene.lease.agreed.count_rules[0]
    scene.say((8, NINE + 30 * MINUTE, rule.channel, "READY"))
    metering.meter_unit(unit=scene.unit, at=LATER + DAY, by=scene.clock)
    papers.seal(scene)
    to = tmp_path / "bundle.zip"

    found = made(scene, owners(scene)[1], to, from_handover=False)

    assert found.document("checkpoints.json") == {"whole": True, "states": []}
    code, said = papers.verify(to, "--strict")
    assert code == 0, said


def test_where_bad_parts_reach_back_before_the_period_a_bundle_is_whole(scene, tmp_path, monkeypatch):
    """Late verdicts of the period take from days before it, which a short bundle would not hold."""
    monkeypatch.setattr(bundles, "reach_of", lambda rules: 7)

    shown = made(scene, owners(scene)[1], tmp_path / "bundle.zip", from_handover=False)

    assert shown.document("checkpoints.json")["whole"] is True
    assert shown.rows()[0]["arrival"] == 1
