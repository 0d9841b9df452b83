"""Both sides are told what happens to data rights; whoever did it is not."""

from datetime import timedelta

import pytest
from django.test import override_settings

from devices.actions import carrying_out
from devices.ownership.actions import gradings, grants, payments, suspensions, telling
from devices.ownership.models import Agreement, DataAsset
from marketplace.models import Notification
from marketplace.shared.money import Money
from tests.devices.ownership.actions.test_access import DAY, NOW, World
from tests.devices.ownership.actions.test_duties import DUE, Leased
from tests.devices.ownership.actions.test_grants import Granting
from tests.devices.ownership.logged import logged
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


def told(kind=None):
    """Return who was told of what, in order."""
    found = Notification.objects.order_by("pk").select_related("organization")
    found = found.filter(kind=kind) if kind else found
    return [(one.kind, one.organization) for one in found]


class TestGrants:
    def test_asked_given_withdrawn(self):
        world = Granting()
        who = {"within": world.a, "by": world.people[world.a], "at": NOW}
        grant = world.asked()
        assert told() == [("grant_asked", world.a), ("grant_asked", world.owner)]

        grants.give(grant=grant, digest=grant.digest, **who)
        grants.withdraw(grant=grant, **who)

        for kind in ("grant_given", "grant_withdrawn"):
            assert told(kind) == [(kind, world.provider), (kind, world.owner)]

    def test_refused(self):
        world = Granting()
        grant = world.asked(world.job(kind="LESSEE_CONSENT", reference=""))
        assert told() == [("grant_asked", world.a)]
        grants.refuse(grant=grant, reason="No", within=world.a, by=world.people[world.a], at=NOW)
        assert told("grant_refused") == [("grant_refused", world.provider)]

    def test_what_is_refused_tells_nobody(self):
        world = Granting()
        with pytest.raises(grants.InvalidGrant):
            world.asked(world.job(reference=""))
        assert told() == []


class TestAgreements:
    def test_suspended_and_resumed(self):
        world = World()
        agreement = Agreement.objects.get(reference="lea_A")
        for act in (suspensions.suspend, suspensions.resume, suspensions.resume):
            act(agreement=agreement, by=world.people[world.a], at=NOW)
        assert told() == [("agreement_suspended", world.owner), ("agreement_resumed", world.owner)]

    def test_regraded(self):
        world = World()
        asset = DataAsset.objects.get(device=world.device, channel__key="load")
        platform = make.platform()
        gradings.regrade(
            asset=asset, grade="L4", reason="Map", by=make.member(platform), within=platform, at=NOW
        )
        assert ("data_regraded", world.owner) in told()


class TestDuties:
    def test_soon_due_erased(self):
        world = Leased()
        world.until(DUE + DAY)
        for kind in ("duty_soon", "duty_due"):  # of two classes; the owner of two agreements
            assert [who for _, who in told(kind)].count(world.a) == 2
            assert {who for _, who in told(kind)} <= {world.a, world.b, world.owner}
        world.at(DUE + 2 * DAY)
        assert [who for _, who in told("data_erased")].count(world.a) == 2

    def test_a_payment_step_by_step(self):
        debtor, creditor, platform = make.organization(), make.organization(), make.platform()
        clock = World().clock
        facts = {"source": "product", "subject": "lic_1", "by": clock, "at": NOW}
        payments.owe(debtor=debtor, creditor=creditor, money=Money(1, "CNY"), due_at=NOW + 30 * DAY, **facts)
        for _ in range(2):
            carrying_out.run(by=clock, at=NOW + 60 * DAY)
        found = [one for one in told() if one[0].startswith("payment")]
        kinds = ["payment_soon", "payment_due", "payment_overdue", "payment_escalated"]
        assert found == [
            (kind, who)
            for kind in kinds
            for who in (debtor, creditor, *([platform] if kind == kinds[-1] else []))
        ]


class TestSpikes:
    def refuse(self, reader, side, times, at=NOW):
        for number in range(times):
            logged(
                at=at + timedelta(seconds=number),
                organization=reader.public_id,
                organization_name=reader.name,
                device="dev_1",
                device_name="Mill",
                purpose="maintenance",
                outcome="DENY",
                concerns=[side.public_id, reader.public_id],
            )

    @override_settings(DENIALS_AN_HOUR=5)
    def test_are_told_once_an_hour_above_the_limit(self):
        reader, side = make.organization(), make.organization()
        soon = NOW + timedelta(minutes=1)
        self.refuse(reader, side, 5)
        assert telling.spikes(at=soon) == 0

        self.refuse(reader, side, 1, NOW + timedelta(seconds=30))

        assert (telling.spikes(at=soon), telling.spikes(at=soon)) == (1, 0)
        assert told() == [("denial_spike", side)]
        assert Notification.objects.get().facts == {"who": reader.name, "count": "6", "device": "Mill"}
        assert telling.spikes(at=NOW + timedelta(hours=2)) == 0
