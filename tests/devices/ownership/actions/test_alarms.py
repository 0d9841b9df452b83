"""The owner's raw window around severe alarms."""

from datetime import timedelta

import pytest

from devices import queries as telemetry
from devices.actions import deliveries
from devices.ownership.actions import alarms
from devices.ownership.models import AccessEvent, Agreement, AgreementVersion
from devices.ownership.rules import alarms as rules
from devices.ownership.rules import data_terms
from devices.rules.admission import Item
from marketplace.shared.period import Period
from tests import once
from tests.devices.ownership.actions.test_access import DAY, NOW, START, World
from tests.devices.ownership.terms import NOTHING, terms

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOON = START + 2 * DAY  # A leases from day 1 to day 3
DAY_TWO = Period(NOON - 60 * MINUTE, NOON + 60 * MINUTE)


class Alarmed(World):
    """A says a load every minute around noon, and a fault at noon."""

    def __init__(self):
        super().__init__()
        self.sequence = 0
        self.say("load", [(NOON + n * MINUTE, str(n)) for n in range(-60, 60)])
        self.say("alarm", [(NOON, "FAULT|454A|2||O1000 stopped")])

    def say(self, channel, said):
        items = []
        for at, value in said:
            self.sequence += 1
            items.append(Item(self.sequence, at.isoformat(), channel, value))
        delivery = deliveries.Delivery(epoch="e2", items=items)
        receipt = deliveries.take(device=self.device, delivery=delivery, by=self.clock, at=NOW)
        assert receipt.refusals == []

    def raw(self, channel="load", who=None, **more):
        """Return the minutes from noon of the single readings, and their values."""
        given = {"period": DAY_TWO, "channels": [channel]} | more
        answer = self.read(who or self.owner, given.pop("purpose", "asset_protection"), **given)
        noon = int(NOON.timestamp()) * 1_000_000
        return [((at - noon) / 60_000_000, v) for one in answer.series for at, v in one.points]


world = once.fixture(Alarmed)


def never(*args, **kwargs):
    raise AssertionError("alarms were looked up")


class TestOwnTerms:
    """The agreement's table says for which purposes the owner reads around alarms, if at all."""

    def agree(self, world, *changes):
        document = terms(*changes)
        agreement = Agreement.objects.order_by("pk").first()
        AgreementVersion.objects.create(
            agreement=agreement,
            number=2,
            terms=document,
            digest=data_terms.digest(document),
            valid_from=agreement.span.start,
        )

    def test_open_for_a_purpose_that_they_add(self, world):
        assert world.raw(purpose="maintenance") == []
        self.agree(world, {"party": "owner", "category": "machine_condition", "purposes": ["maintenance"]})

        assert world.raw(purpose="maintenance") != []
        assert world.raw() == []

    def test_open_nothing_where_they_give_nothing(self, world, monkeypatch):
        self.agree(world, NOTHING)
        monkeypatch.setattr(telemetry, "readings", never)

        assert world.raw() == []

    def test_nor_while_the_agreement_is_suspended(self, world, monkeypatch):
        Agreement.objects.update(suspended_at=NOW)
        monkeypatch.setattr(telemetry, "readings", never)

        assert world.raw() == []


class TestWindow:
    def test_opens_ten_minutes_before_and_after(self, world):
        found = [minute for minute, _ in world.raw()]

        # the world of twelve-hourly readings says one more load at noon
        assert sorted(set(found)) == list(range(-10, 10))

    def test_gives_figures_everywhere_else(self, world):
        answer = world.read(world.owner, "asset_protection", period=DAY_TWO, channels=["load"])

        rules_used = [ruling.decision.rule for ruling in answer.rulings]
        assert rules_used == ["machine_condition.owner", "alarm_window", "machine_condition.owner"]
        assert [one.effect for one in answer.series] == ["AGGREGATE", "RAW", "AGGREGATE"]
        assert len(AccessEvent.objects.get(kind="DECISION").decisions) == 3

    def test_shows_no_text_of_the_alarm(self, world):
        assert ("FAULT|454A|2") in [value for _, value in world.raw("alarm")]

    def test_gives_the_lessee_the_whole_text(self, world):
        found = world.raw("alarm", world.a, purpose="operation")

        assert "FAULT|454A|2||O1000 stopped" in [value for _, value in found]

    def test_gives_a_wish_below_a_quarter_hour_there_alone(self, world):
        answer = world.read(
            world.owner, "asset_protection", period=DAY_TWO, channels=["load"], interval=5 * MINUTE
        )

        assert [one.interval // 60_000_000 for one in answer.series] == [15, 5, 15]

    @pytest.mark.parametrize(
        "more",
        [
            {"purpose": "billing"},
            {"interval": 15 * MINUTE},
            {"period": Period(NOON + 10 * MINUTE, NOON + 60 * MINUTE)},
            {"period": Period(NOON - 60 * MINUTE, NOON - 10 * MINUTE)},
        ],
        ids=["other purpose", "figures", "after", "before"],
    )
    def test_is_closed(self, world, more):
        assert world.raw(**more) == []

    def test_gives_no_channel_of_another_category(self, world):
        assert world.raw("program") == []

    def test_is_closed_for_a_competitor(self, world, monkeypatch):
        Agreement.objects.update(competitor=True)
        monkeypatch.setattr(telemetry, "readings", never)

        assert (
            alarms.cut(
                segments=[],
                device=world.device,
                wanted={one.key: one for one in world.device.channels.all()},
                purpose="asset_protection",
                within=world.owner,
                interval=None,
            )
            == []
        )
        monkeypatch.undo()
        assert world.raw() == []

    def test_is_the_owners_alone(self, world, monkeypatch):
        monkeypatch.setattr(alarms, "_windows", never)

        assert world.raw(who=world.b, purpose="asset_protection") == []
        assert len(world.raw(who=world.a, purpose="asset_protection")) == 121

    def test_never_crosses_the_border_of_a_lease(self, world):
        world.say(
            "alarm", [(START + 3 * DAY - MINUTE, "FAULT|9|1||"), (START + 4 * DAY - MINUTE, "FAULT|9|1||")]
        )
        world.say("load", [(START + 4 * DAY + 2 * MINUTE, "99")])

        answer = world.read(world.owner, "asset_protection", channels=["load"])

        opened = [one.segment.period for one in answer.rulings if one.decision.rule == "alarm_window"]
        # the fault after A's lease and before B's opens nothing of B
        assert opened == [
            Period(NOON - 10 * MINUTE, NOON + 10 * MINUTE),
            Period(START + 3 * DAY - 11 * MINUTE, START + 3 * DAY),
        ]

    def test_is_not_held_open_by_saying_a_fault_again_and_again(self, world):
        world.say("alarm", [(NOON + n * MINUTE, "FAULT|454A|2||") for n in range(1, 59)])

        assert max(minute for minute, _ in world.raw()) == 9
        narrow = Period(NOON + 30 * MINUTE, NOON + 40 * MINUTE)
        assert world.raw(period=narrow) == []

    def test_refuses_more_alarms_than_can_be_cut_and_logs_it(self, world, monkeypatch):
        monkeypatch.setattr(rules, "MOST", 0)

        with pytest.raises(alarms.TooManyAlarms):
            world.raw()

        assert AccessEvent.objects.get().outcome == "DENY"

    def test_refuses_more_faults_than_can_be_held(self, world, monkeypatch):
        monkeypatch.setattr(alarms, "MOST_SAID", 0)

        with pytest.raises(alarms.TooManyAlarms):
            world.raw()
