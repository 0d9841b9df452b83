"""A change beyond the lessor's limit waits for a second person of the lessor, as the lease did."""

import pytest
from django.db import DatabaseError, connection, transaction

from leasing.actions import annex_approvals, annexes, limits
from leasing.actions.annex_credit import AnnexNeedsApproval
from leasing.actions.approvals import OwnDecision
from leasing.models import Annex, AnnexApproval
from leasing.queries import expected_charges
from leasing.rules.annexes import State
from marketplace.models import AuditEntry, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, EARLY_END, LATER, NEW_END, NOW, Changes
from tests.leasing.world import END

world = once.fixture(lambda: worlds.make(machines=3))
changes = once.fixture(lambda world: Changes(world))


@pytest.fixture
def chief(world):
    return worlds.person("chief", world.lessor, Role.ADMIN)


def limit(changes, chief, minor=None, **given):
    given = {"currency": "CNY", "reason": "Rated B", "by": chief, "at": NOW} | given
    minor = expected_charges(changes.now()).minor if minor is None else minor
    return limits.grant(lessor=changes.world.lessor, lessee=changes.world.lessee, amount_minor=minor, **given)


def approve(changes, annex, by, **given):
    return annex_approvals.approve(annex=changes.loaded(annex), by=by, **({"at": NOW} | given))


class TestLimit:
    @pytest.mark.parametrize("kind", ["EXTEND", "ADD"])
    def test_what_the_lessee_proposes_waits_for_two_of_the_lessor(self, changes, world, chief, kind):
        limit(changes, chief)
        given = {"ends_at": NEW_END} if kind == "EXTEND" else {"add": [changes.second.public_id]}
        annex = changes.propose(kind, by=world.buyer, **given)
        if annex.notice is not None:
            digest = annex.notice.digest
            annexes.accept_notice(annex=changes.loaded(annex), digest=digest, by=world.buyer, at=NOW)
        told = Notification.objects.get(kind="lease_to_approve")
        assert told.organization == world.lessor
        assert told.link.endswith("/changes/1/")

        for person in (world.owner, chief):
            with pytest.raises(AnnexNeedsApproval) as refusal:
                changes.accept(annex, by=person)
        assert refusal.value.facts == {"lessor": world.lessor.name}
        assert changes.now().ends_at == END
        made = approve(changes, annex, chief, note=" ok ")
        assert (made.person, made.note, str(made)) == (chief.public_id, "ok", f"{annex} · chief")
        assert approve(changes, annex, chief) == made
        assert AnnexApproval.objects.count() == 1
        entry = AuditEntry.objects.get(action="annex.approve")
        assert entry.facts["checks"][0]["code"] == "over_limit"
        with pytest.raises(AnnexNeedsApproval):
            changes.accept(annex, by=chief)
        changes.accept(annex)

        assert Annex.objects.get().state == State.IN_EFFECT

    def test_what_the_lessor_proposes_is_not_approved_by_its_proposer(self, changes, world, chief):
        limit(changes, chief)
        annex = changes.propose("EXTEND", ends_at=NEW_END)

        with pytest.raises(AnnexNeedsApproval):
            changes.accept(annex)
        with pytest.raises(OwnDecision):
            approve(changes, annex, world.owner)
        with pytest.raises(DatabaseError), transaction.atomic():
            AnnexApproval.objects.create(annex=annex, person=world.owner.public_id, at=NOW, decision="0")
        approve(changes, annex, chief)
        changes.accept(annex)
        assert changes.now().ends_at == NEW_END

    def test_within_the_limit_nobody_is_asked(self, changes, chief):
        limit(changes, chief, 10**12)

        changes.extended()

        assert changes.now().ends_at == NEW_END
        assert not Notification.objects.filter(kind="lease_to_approve").exists()

    def test_what_was_added_before_counts_with_what_is_added_now(self, changes, world, chief):
        """Two machines are within the limit, three are not, though each is one more only."""
        limit(changes, chief, expected_charges(changes.now()).minor * 2)

        changes.agreed("ADD", add=[changes.second.public_id])
        third = changes.propose("ADD", add=[changes.third.public_id])

        with pytest.raises(AnnexNeedsApproval):
            changes.accept(third)

    def test_of_time_as_of_money(self, changes, chief):
        limit(changes, chief, 10**12, longest_months=2)

        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(AnnexNeedsApproval):
            changes.accept(annex)

    def test_what_makes_a_lease_no_larger_is_not_looked_at(self, changes, world, chief):
        limit(changes, chief, 0)

        changes.agreed("SWAP", swap=[(changes.first.public_id, changes.second.public_id)])
        changes.agreed("SHORTEN", ends_at=EARLY_END, at=LATER)
        annex = changes.propose("SHORTEN", ends_at=EARLY_END - DAY, at=LATER, by=world.buyer)
        assert approve(changes, annex, chief, at=LATER).note == ""

        assert changes.now().ends_at == EARLY_END


class TestApprove:
    def test_is_for_those_who_decide_and_while_it_is_open(self, changes, world, chief):
        annex = changes.propose("EXTEND", ends_at=NEW_END)

        for person in (world.watcher, world.buyer, world.outsider):
            with pytest.raises(MissingRight):
                approve(changes, annex, person)
        with pytest.raises(annexes.AnnexDecided):
            approve(changes, annex, chief, at=NOW + 3 * DAY)
        annexes.withdraw(annex=changes.loaded(annex), by=world.owner, at=NOW)
        with pytest.raises(annexes.AnnexDecided):
            approve(changes, annex, chief)
        assert not AnnexApproval.objects.exists()

    @pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    def test_stays_as_it_was_given(self, changes, chief, change):
        approve(changes, changes.propose("EXTEND", ends_at=NEW_END), chief)

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format("leasing_annexapproval"))
        assert AnnexApproval.objects.count() == 1
