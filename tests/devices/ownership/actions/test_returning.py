"""What the lessee took along is given back; what nobody took is not owed for ever."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ownership.actions import duties, exporting
from devices.ownership.models import Duty, TakenCopy
from devices.ownership.rules.coverage import covers
from marketplace.models import AuditEntry
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.actions.test_duties import DUE, END, Leased

FROM = START + DAY  # A's time is from here to END


@once.fixture
def world():
    return Leased()


def export(world, who, first=FROM, last=END, at=END + DAY, channels=None, stop=False):
    found = exporting.start(
        device=world.device,
        channels=channels,
        period=Period(first, last),
        purpose="operation",
        by=world.people[who],
        within=who,
        at=at,
    )
    if stop:
        next(found)
        found.close()
        return found
    assert sum(len(portion) for portion in found) > 0
    return found


def owed(world):
    found = Duty.objects.filter(agreement=world.agreement, kind="RETURN").order_by("pk")
    return [(one.fulfilled_at, one.waived_because) for one in found]


@pytest.mark.django_db
class TestReturn:
    def test_is_owed_by_class_until_it_goes(self, world):
        found = Duty.objects.filter(agreement=world.agreement, kind="RETURN")
        assert {(*one.retentions, one.due_at) for one in found} == {("PRIVATE", DUE), ("ORDINARY", DUE)}

    def test_is_fulfilled_by_a_whole_copy(self, world):
        taken = export(world, world.a)

        assert owed(world) == [(END + DAY, "")] * 2
        copy = TakenCopy.objects.get()
        assert (copy.event, copy.agreement) == (taken.event.public_id, world.agreement)
        assert Duty.objects.filter(evidence=taken.event.public_id).count() == 2
        erase = Duty.objects.filter(kind="ERASE", agreement=world.agreement).shown()
        assert {one.exported_at for one in erase} == {END + DAY}

    def test_by_copies_that_cover_it_together(self, world):
        export(world, world.a, last=FROM + DAY)
        assert owed(world) == [(None, "")] * 2
        export(world, world.a, first=FROM + DAY)
        assert owed(world) == [(END + DAY, "")] * 2

    @pytest.mark.parametrize("how", [{"channels": ["load"]}, {"stop": True}, {"last": END - DAY}])
    def test_by_no_part_of_it(self, world, how):
        export(world, world.a, **how)
        assert owed(world) == [(None, "")] * 2

    def test_nor_by_a_copy_that_was_taken_before_the_end(self, world):
        export(world, world.a, at=END - DAY)
        assert owed(world) == [(None, "")] * 2

    def test_nor_by_what_the_owner_took(self, world):
        found = exporting.start(
            device=world.device,
            channels=None,
            period=Period(START, END),
            purpose="billing",
            by=world.people[world.owner],
            within=world.owner,
            at=END + DAY,
        )
        list(found)
        assert owed(world) == [(None, "")] * 2

    def test_can_be_waived(self, world):
        for duty in Duty.objects.filter(agreement=world.agreement, kind="RETURN"):
            world.act(duties.waive, duty, because="We have our own")
            with pytest.raises(duties.OnlyLesseeAsks):
                world.act(duties.waive, duty, world.owner, because="?")
        assert owed(world) == [(None, "We have our own")] * 2

    def test_lapses_when_it_is_erased(self, world):
        world.until(DUE)
        assert owed(world) == [(None, "not_taken")] * 2

    def test_class_by_class_when_the_lessee_has_one_erased(self, world):
        world.ask(world.a, ["PRIVATE"])
        world.at(END + DAY)
        waived = {
            (*one.retentions, one.waived_because)
            for one in Duty.objects.filter(agreement=world.agreement, kind="RETURN")
        }
        assert waived == {("PRIVATE", "not_taken"), ("ORDINARY", "")}

    def test_is_put_off_and_needless_with_the_erasing(self, world):
        erase = world.duty("PRIVATE")
        world.act(duties.postpone, erase)
        assert world.duty("PRIVATE", "RETURN").due_at == DUE + 30 * DAY
        world.act(duties.waive, erase, because="Needed")
        assert world.duty("PRIVATE", "RETURN").waived_because == "data_stay"

    def test_a_lessee_without_a_copy_is_warned_on_its_page(self, world, client):
        client.force_login(world.people[world.a])
        assert "尚未导出任何数据" in client.get("/data/duties/").content.decode()
        export(world, world.a)
        assert "尚未导出任何数据" not in client.get("/data/duties/").content.decode()


@pytest.mark.django_db
class TestSteps:
    def verbs(self, world, duty):
        found = AuditEntry.objects.filter(subject=duty.public_id).order_by("pk")
        return [one.action.removeprefix("duty.") for one in found]

    def test_soon_and_due_are_noted_once(self, world):
        erase = world.duty("PRIVATE")
        for at, steps in (
            (DUE - 8 * DAY, []),
            (DUE - 7 * DAY, ["soon"]),
            (DUE - DAY, ["soon"]),
        ):
            world.at(at)
            assert self.verbs(world, erase) == steps
        world.at(DUE)
        assert self.verbs(world, erase)[:2] == ["soon", "due"]
        world.at(DUE + DAY)
        assert self.verbs(world, erase).count("due") == 1

    def test_what_is_suspended_is_not_noted(self, world):
        world.hold(["ORDINARY"])
        world.until(DUE + 9 * DAY)
        assert self.verbs(world, world.duty("ORDINARY")) == []
        assert "overdue" not in self.verbs(world, world.duty("ORDINARY", "RETURN"))

    def test_what_is_put_off_is_noted_anew(self, world):
        erase = world.duty("PRIVATE")
        world.at(DUE - 7 * DAY)
        world.act(duties.postpone, erase, at=DUE - 7 * DAY)
        world.at(DUE)
        assert self.verbs(world, erase) == ["soon", "postpone"]
        world.at(DUE + 23 * DAY)
        assert self.verbs(world, erase) == ["soon", "postpone", "soon"]


HOURS = st.integers(0, 30)


@given(copies=st.lists(st.tuples(HOURS, HOURS), max_size=6), start=HOURS, length=st.integers(1, 10))
def test_copies_cover_a_time_if_each_hour_of_it_is_in_one(copies, start, length):
    hour = timedelta(hours=1)
    spans = [Period(START + min(one) * hour, START + (max(one) + 1) * hour) for one in copies]
    time = Period(START + start * hour, START + (start + length) * hour)

    hours = [START + n * hour for n in range(start, start + length)]
    said = all(any(one.contains(moment) for one in spans) for moment in hours)
    assert covers(spans, time) is said
