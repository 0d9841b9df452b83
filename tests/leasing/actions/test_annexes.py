"""Changes of a running lease: by digest, in one transaction, with claims, machines and data."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from devices.ownership.actions.notices import DataNoticeNotAccepted
from devices.ownership.models import Agreement, Notice
from leasing.actions import annex_effects, annexes, endings, leases, moves
from leasing.models import Annex, LeaseUnit
from leasing.rules.annexes import Change, Kind
from leasing.rules.history import first_broken
from marketplace.actions import calendar
from marketplace.actions.claims import MachineBusy
from marketplace.models import AuditEntry, Claim, Equipment, Notification
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import bring_back
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, EARLY_END, LATER, NEW_END, NOW, Changes
from tests.leasing.sublet import Sublet
from tests.leasing.world import END, HANDOVER, START

world = once.fixture(lambda: worlds.make(machines=3))
changes = once.fixture(lambda world: Changes(world))


def block(changes, machine, start, days=3):
    """Let the owner need a machine for itself."""
    core = Period(start, start + days * DAY)
    return calendar.block(
        equipment=machine, reason="MAINTENANCE", core=core, by=changes.world.owner, at=HANDOVER
    )


def flaws_of(changes, kind, **given):
    with pytest.raises(annexes.AnnexInvalid) as refusal:
        changes.propose(kind, **given)
    assert not Annex.objects.exists()
    return {(flaw.pointer, flaw.code) for flaw in refusal.value.flaws}


class TestPropose:
    def test_changes_nothing_and_tells_the_other_side(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END, note="更多订单")

        assert (annex.number, annex.side, annex.state, annex.kind) == (1, "lessor", "PROPOSED", "EXTEND")
        assert changes.now().ends_at == END
        assert changes.taken(changes.first) == [(START, END)]
        told = Notification.objects.get(kind="change_proposed")
        assert (told.organization, told.facts["lease"]) == (changes.world.lessee, changes.lease.number)
        assert AuditEntry.objects.filter(action="annex.propose", subject=annex.public_id).exists()

    def test_asks_for_the_right_on_one_of_the_sides(self, changes):
        for who in (changes.world.outsider, changes.world.guest, changes.world.clerk):
            with pytest.raises(MissingRight):
                changes.propose("EXTEND", ends_at=NEW_END, by=who)
        with pytest.raises(MissingRight):
            changes.propose("EXTEND", ends_at=NEW_END, within=changes.world.lessee)
        with pytest.raises(MissingRight):
            changes.propose("EXTEND", ends_at=NEW_END, within=changes.world.stranger)
        assert not Annex.objects.exists()

    def test_needs_a_running_lease_as_it_was_seen(self, world, changes):
        with pytest.raises(moves.LeaseChanged):
            changes.propose("EXTEND", ends_at=NEW_END, expected=1)
        changes.lease = world.ask()
        with pytest.raises(moves.LeaseMoveRefused):
            changes.propose("EXTEND", ends_at=NEW_END)

    @pytest.mark.parametrize(
        ("kind", "given", "flaw"),
        [
            ("EXTEND", {}, ("/ends_at", "required")),
            ("EXTEND", {"ends_at": END}, ("/ends_at", "ends_later")),
            ("EXTEND", {"ends_at": END + 21 * 366 * DAY}, ("/ends_at", "too_long")),
            ("EXTEND", {"ends_at": NEW_END, "add": ["eqp_1"]}, ("/add", "not_of_this_kind")),
            (
                "EXTEND",
                {"ends_at": NEW_END, "effective_from": LATER},
                ("/effective_from", "not_of_this_kind"),
            ),
            ("EXTEND", {"ends_at": NEW_END, "valid_until": NOW}, ("/valid_until", "already_over")),
            ("EXTEND", {"ends_at": NEW_END, "valid_until": NOW + 91 * DAY}, ("/valid_until", "too_far")),
            ("EXTEND", {"ends_at": NEW_END, "valid_until": END + DAY}, ("/valid_until", "after_the_end")),
            ("EXTEND", {"ends_at": NEW_END, "note": "x" * 2001}, ("/note", "too_long_text")),
            ("SHORTEN", {"ends_at": NOW}, ("/ends_at", "ends_earlier")),
            ("SHORTEN", {"ends_at": END}, ("/ends_at", "ends_earlier")),
            ("ADD", {}, ("/add", "required")),
            ("ADD", {"add": ["eqp_nothing"]}, ("/add", "not_offered")),
            ("RELEASE", {"release": ["eqp_nothing"]}, ("/release", "unknown_machine")),
            ("SWAP", {"swap": [("eqp_1", "eqp_2")]}, ("/swap", "unknown_machine")),
            ("BUY_OUT", {"price_minor": 5}, ("/title", "required")),
            ("BUY_OUT", {"price_minor": 5, "title": "x" * 201}, ("/title", "too_long_text")),
        ],
    )
    def test_names_each_fault_at_its_field(self, changes, kind, given, flaw):
        assert flaw in flaws_of(changes, kind, **given)

    def test_names_faults_of_machines(self, changes):
        first, second = changes.first.public_id, changes.second.public_id
        assert ("/add", "already_leased") in flaws_of(changes, "ADD", add=[first])
        assert ("/add", "twice") in flaws_of(changes, "ADD", add=[second, second])
        assert ("/add", "too_many") in flaws_of(changes, "ADD", add=[f"eqp_{n}" for n in range(21)])
        assert ("/release", "last_machine") in flaws_of(changes, "RELEASE", release=[first])
        late = {"add": [second], "effective_from": END}
        assert ("/effective_from", "outside_lease") in flaws_of(changes, "ADD", **late)

    def test_a_lease_of_twenty_years_may_begin_on_a_leap_day(self):
        from leasing.rules.annexes import _years_after

        leap = START.replace(year=2028, month=2, day=29)
        assert _years_after(leap, 1).strftime("%m-%d") == "02-28"
        assert _years_after(leap, 20).strftime("%Y-%m-%d") == "2048-02-29"

    def test_a_change_is_the_same_when_it_is_read_again(self):
        change = Change(Kind.SWAP, swap=(("a", "b"),), effective_from=NOW)
        assert Change.read(change.dump()) == change

    def test_what_it_says_cannot_be_changed_nor_deleted(self, changes):
        annex = changes.extended()
        for statement in (
            "UPDATE leasing_annex SET digest = 'x'",
            "UPDATE leasing_annex SET state = 'PROPOSED', decided_at = NULL",
            "DELETE FROM leasing_annex",
        ):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        annex.refresh_from_db()
        assert annex.state == "IN_EFFECT"


class TestExtend:
    def test_moves_claim_lease_and_data_together(self, changes):
        annex = changes.extended()

        lease = changes.now()
        assert (lease.ends_at, lease.status, annex.state) == (NEW_END, "ACTIVE", "IN_EFFECT")
        assert changes.taken(changes.first) == [(START, NEW_END)]
        assert changes.data(changes.first) == [(HANDOVER, NEW_END)]
        step = lease.transitions.last()
        assert (step.move, step.reason_code, step.facts["annex"]) == ("change", "EXTEND", annex.digest)
        assert step.facts["differences"][0]["pointer"] == "/ends_at"
        assert first_broken([one.link() for one in lease.transitions.all()]) is None
        assert Notification.objects.get(kind="change_accepted").organization == changes.world.lessor

    def test_leaves_the_terms_as_they_were_agreed(self, changes):
        before = changes.now().terms_digest
        changes.extended()
        assert changes.now().terms_digest == before

    def test_the_clock_ends_it_at_the_new_end(self, changes):
        changes.extended()
        lease = leases.close_due(lease=changes.now(), by=changes.world.clock, at=END + DAY)
        assert lease.status == "ACTIVE"
        lease = leases.close_due(lease=changes.now(), by=changes.world.clock, at=NEW_END + DAY)
        assert (lease.status, lease.active_to) == ("ENDED", NEW_END)

    def test_names_the_period_in_the_way_and_leaves_nothing_half_done(self, changes):
        block(changes, changes.first, END + 5 * DAY)
        annex = changes.propose("EXTEND", ends_at=NEW_END)

        with pytest.raises(MachineBusy) as refusal:
            changes.accept(annex)

        assert refusal.value.facts["taken_from"] == "2026-05-06 00:00"
        assert (changes.now().ends_at, changes.loaded(annex).state) == (END, "PROPOSED")
        assert changes.taken(changes.first)[0] == (START, END)
        assert changes.data(changes.first) == [(HANDOVER, END)]

    def test_of_two_machines_extends_both_or_none(self, changes):
        changes.added()
        blocked = block(changes, changes.second, END + 5 * DAY)
        annex = changes.propose("EXTEND", ends_at=NEW_END, at=LATER)
        with pytest.raises(MachineBusy):
            changes.accept(annex, at=LATER)
        assert changes.taken(changes.first) == [(START, END)]

        calendar.lift(claim=blocked, by=changes.world.owner, at=LATER)
        changes.accept(annex, at=LATER)
        assert changes.taken(changes.second) == [(NOW, NEW_END)]
        assert changes.data(changes.second) == [(NOW, NEW_END)]

    def test_goes_on_while_a_sub_lease_runs(self, world):
        sublet = Sublet(world)
        made = sublet.running()
        changes = Changes.__new__(Changes)
        changes.world, changes.lease = world, sublet.lease
        at = made.active_from + DAY

        changes.accept(changes.propose("EXTEND", ends_at=NEW_END, at=at), at=at)

        made.refresh_from_db()
        assert made.status == "RUNNING"
        assert sorted(one.span.end for one in Agreement.objects.all()) == [made.ends_at, NEW_END]


class TestShorten:
    def test_frees_the_machine_behind_the_new_end(self, changes):
        changes.agreed("SHORTEN", ends_at=EARLY_END, by=changes.world.owner)

        assert changes.now().ends_at == EARLY_END
        assert changes.taken(changes.first) == [(START, EARLY_END)]
        assert changes.data(changes.first) == [(HANDOVER, EARLY_END)]

    def test_is_refused_below_the_end_of_a_sub_lease(self, world):
        sublet = Sublet(world)
        made = sublet.agreed()
        changes = Changes.__new__(Changes)
        changes.world, changes.lease = world, sublet.lease
        annex = changes.propose("SHORTEN", ends_at=made.ends_at - DAY)

        with pytest.raises(annex_effects.SubletLonger) as refusal:
            changes.accept(annex)

        assert refusal.value.facts["sublessee"] == "小作坊"
        assert changes.now().ends_at == END

    def test_is_refused_before_another_change_takes_effect(self, changes):
        annex = changes.propose("SHORTEN", ends_at=LATER - DAY)
        add = changes.propose("ADD", add=[changes.second.public_id], effective_from=LATER)
        changes.accept(add)

        with pytest.raises(annex_effects.ChangeWaits):
            changes.accept(annex)
        assert changes.now().ends_at == END


class TestSwap:
    def test_changes_machine_claim_and_data_at_one_moment(self, changes):
        changes.swapped()

        assert changes.times() == {"VMC-1": (HANDOVER, NOW), "VMC-2": (NOW, None)}
        assert changes.taken(changes.first) == [(START, NOW)]
        assert changes.taken(changes.second) == [(NOW, END)]
        assert changes.data(changes.first) == [(HANDOVER, NOW)]
        assert changes.data(changes.second) == [(NOW, END)]
        states = dict(changes.lease.units.values_list("equipment__name", "state"))
        assert states == {"VMC-1": "STOPPED", "VMC-2": "RUNNING"}

    def test_waits_for_its_moment_with_the_machines_taken(self, changes):
        annex = changes.swapped(effective_from=LATER)

        assert annex.state == "AGREED"
        assert changes.times() == {"VMC-1": (HANDOVER, None), "VMC-2": (None, None)}
        assert changes.taken(changes.first) == [(START, LATER)]
        assert changes.taken(changes.second) == [(LATER, END)]
        assert changes.data(changes.second) == []
        assert changes.tick(annex, LATER - DAY).state == "AGREED"

        assert changes.tick(annex, LATER + timedelta(minutes=1)).state == "IN_EFFECT"
        assert changes.times() == {"VMC-1": (HANDOVER, LATER), "VMC-2": (None, None)}
        assert changes.data(changes.first) == [(HANDOVER, LATER)]
        assert changes.data(changes.second) == []
        moved = [step.move for step in changes.now().transitions.all()]
        assert moved[-2:] == ["change", "change"]
        assert changes.tick(annex, LATER + DAY).state == "IN_EFFECT"

    def test_is_in_effect_when_the_lease_ends_before_the_clock_came(self, changes):
        annex = changes.swapped(effective_from=LATER)

        leases.end(lease=changes.now(), by=changes.world.owner, at=LATER + DAY)

        assert changes.loaded(annex).state == "IN_EFFECT"
        assert changes.times() == {"VMC-1": (HANDOVER, LATER), "VMC-2": (None, None)}

    def test_never_happens_when_the_lease_ends_before(self, changes):
        annex = changes.swapped(effective_from=LATER)

        leases.end(lease=changes.now(), by=changes.world.owner, at=LATER - DAY)

        assert changes.loaded(annex).state == "LAPSED"
        assert changes.times() == {"VMC-1": (HANDOVER, LATER - DAY), "VMC-2": (None, None)}
        assert changes.taken(changes.second) == []

    def test_needs_a_machine_that_is_free(self, changes):
        block(changes, changes.second, LATER)
        with pytest.raises(MachineBusy) as refusal:
            changes.swapped()
        assert refusal.value.facts["machine"] == "VMC-2"
        assert changes.taken(changes.first) == [(START, END)]
        assert changes.times() == {"VMC-1": (HANDOVER, None)}

    def test_is_refused_while_the_machine_is_sub_let(self, world):
        sublet = Sublet(world)
        sublet.running()
        changes = Changes.__new__(Changes)
        changes.world, changes.lease = world, sublet.lease
        other = Equipment.objects.exclude(pk=sublet.unit.equipment_id).first()
        at = HANDOVER + 12 * DAY
        pair = (sublet.unit.equipment.public_id, other.public_id)

        with pytest.raises(annex_effects.SubletLonger):
            changes.accept(changes.propose("SWAP", swap=[pair], at=at), at=at)

    def test_the_machine_that_left_stays_as_it_is_when_the_lease_ends(self, changes):
        changes.swapped()
        leases.end(lease=changes.now(), by=changes.world.owner, at=LATER)
        assert changes.times() == {"VMC-1": (HANDOVER, NOW), "VMC-2": (NOW, LATER)}

    def test_nobody_ends_the_lease_before_its_newest_machine_came(self, changes):
        changes.swapped()
        with pytest.raises(endings.EndBeforeStart):
            leases.end(lease=changes.now(), by=changes.world.owner, at=NOW)


class TestAddAndRelease:
    def test_a_machine_comes_with_its_data(self, changes):
        changes.added()

        assert changes.times() == {"VMC-1": (HANDOVER, None), "VMC-2": (NOW, None)}
        assert changes.data(changes.second) == [(NOW, END)]

    def test_a_machine_goes_and_the_other_stays(self, changes):
        changes.added()
        changes.agreed("RELEASE", release=[changes.first.public_id], at=LATER, effective_from=LATER + DAY)
        assert changes.data(changes.first) == [(HANDOVER, END)]

        changes.tick(Annex.objects.last(), LATER + DAY)

        assert changes.times() == {"VMC-1": (HANDOVER, LATER + DAY), "VMC-2": (NOW, None)}
        assert changes.data(changes.first) == [(HANDOVER, LATER + DAY)]
        assert changes.taken(changes.first) == [(START, LATER + DAY)]

    def test_what_leaves_already_cannot_leave_again_nor_be_extended(self, changes):
        changes.added()
        changes.agreed("RELEASE", release=[changes.first.public_id], at=LATER, effective_from=LATER + DAY)

        with pytest.raises(annexes.AnnexInvalid) as refusal:
            changes.propose("RELEASE", release=[changes.first.public_id], at=LATER)
        assert refusal.value.flaws[0].code == "unknown_machine"

        changes.accept(changes.propose("EXTEND", ends_at=NEW_END, at=LATER), at=LATER)
        assert changes.taken(changes.first) == [(START, LATER + DAY)]
        assert changes.taken(changes.second) == [(NOW, NEW_END)]

    def test_a_lessee_that_asks_for_a_machine_accepts_the_notice_first(self, changes):
        annex = changes.propose("ADD", add=[changes.second.public_id], by=changes.world.buyer)
        with pytest.raises(DataNoticeNotAccepted):
            changes.accept(annex)
        assert changes.times() == {"VMC-1": (HANDOVER, None)}

        notice = Notice.objects.latest_for(annex.public_id)
        with pytest.raises(MissingRight):
            annexes.accept_notice(
                annex=changes.loaded(annex), digest=notice.digest, by=changes.world.owner, at=NOW
            )
        annexes.accept_notice(
            annex=changes.loaded(annex), digest=notice.digest, by=changes.world.buyer, at=NOW
        )
        changes.accept(annex)
        assert changes.taken(changes.second) == [(NOW, END)]
        changes.handed(changes.second)
        assert changes.lease.transitions.last().facts["data_notice"] == notice.digest

    def test_there_is_no_notice_where_no_machine_comes(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(annexes.AnnexDecided):
            annexes.accept_notice(annex=changes.loaded(annex), digest="", by=changes.world.buyer, at=NOW)

    def test_a_machine_may_come_back(self, changes):
        changes.swapped()
        back = [(changes.second.public_id, changes.first.public_id)]
        annex = changes.propose("SWAP", swap=back, at=LATER)
        changes.accept(annex, at=LATER)
        bring_back(changes.now(), owner=changes.world.owner, at=LATER, equipment=changes.first, active_to=NOW)
        changes.handed(changes.first, LATER)
        assert changes.data(changes.first) == [(HANDOVER, NOW), (LATER, END)]


class TestAnswers:
    def test_only_the_other_side_accepts_exactly_what_was_proposed(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(MissingRight):
            changes.accept(annex, by=changes.world.owner)
        with pytest.raises(annexes.AnnexDiffers):
            changes.accept(annex, digest="0" * 64)
        assert changes.now().ends_at == END

    def test_it_is_answered_once(self, changes):
        annex = changes.extended()
        for act in (
            lambda: changes.accept(annex),
            lambda: annexes.decline(annex=changes.loaded(annex), by=changes.world.buyer, at=NOW),
            lambda: annexes.withdraw(annex=changes.loaded(annex), by=changes.world.owner, at=NOW),
        ):
            with pytest.raises(annexes.AnnexDecided):
                act()

    def test_can_be_declined_with_a_reason(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(MissingRight):
            annexes.decline(annex=changes.loaded(annex), by=changes.world.owner, at=NOW)
        annex = annexes.decline(
            annex=changes.loaded(annex), by=changes.world.buyer, at=NOW, reason=" too dear "
        )
        assert (annex.state, annex.reason) == ("DECLINED", "too dear")
        assert Notification.objects.get(kind="change_declined").organization == changes.world.lessor

    def test_can_be_withdrawn_by_who_proposed_it(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(MissingRight):
            annexes.withdraw(annex=changes.loaded(annex), by=changes.world.buyer, at=NOW)
        assert (
            annexes.withdraw(annex=changes.loaded(annex), by=changes.world.owner, at=NOW).state == "WITHDRAWN"
        )

    def test_runs_out(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(annexes.AnnexDecided):
            changes.accept(annex, at=annex.valid_until)
        assert changes.tick(annex, annex.valid_until - DAY).state == "PROPOSED"
        with pytest.raises(MissingRight):
            annexes.close_due(annex=changes.loaded(annex), by=changes.world.owner, at=annex.valid_until)
        assert changes.tick(annex, annex.valid_until).state == "LAPSED"

    def test_a_proposal_on_another_end_is_outdated(self, changes):
        first = changes.propose("EXTEND", ends_at=NEW_END)
        second = changes.propose("EXTEND", ends_at=NEW_END + DAY)
        changes.accept(first)
        with pytest.raises(annexes.AnnexOutdated):
            changes.accept(second)
        assert changes.now().ends_at == NEW_END

    def test_its_moment_may_be_over(self, changes):
        annex = changes.propose("ADD", add=[changes.second.public_id], effective_from=NOW + DAY)
        with pytest.raises(annexes.AnnexOutdated):
            changes.accept(annex, at=NOW + 2 * DAY)
        assert changes.times() == {"VMC-1": (HANDOVER, None)}

    def test_what_nobody_answered_lapses_with_the_lease(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        leases.end(lease=changes.now(), by=changes.world.owner, at=LATER)
        assert changes.loaded(annex).state == "LAPSED"
        with pytest.raises(moves.LeaseMoveRefused):
            changes.accept(annex)

    def test_the_lease_as_it_was_seen(self, changes):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(moves.LeaseChanged):
            changes.accept(annex, expected=1)


class TestBuyOut:
    def test_the_lessee_keeps_the_machine_and_the_lease_is_over(self, changes):
        annex = changes.agreed("BUY_OUT", price_minor=12_000_000, title="发票与转让协议 2026-17")

        lease = changes.now()
        assert (lease.status, lease.active_to, annex.state) == ("BOUGHT_OUT", NOW, "IN_EFFECT")
        assert changes.taken(changes.first) == [(START, NOW)]
        assert changes.data(changes.first) == [(HANDOVER, NOW)]
        changes.first.refresh_from_db()
        unit = LeaseUnit.objects.get(lease=lease)
        assert (changes.first.status, unit.state, unit.active_to) == ("RETIRED", "GONE", NOW)
        facts = lease.transitions.last().facts
        assert (facts["price_minor"], facts["currency"]) == (12_000_000, "CNY")
        assert not Claim.objects.active().filter(core__contains=LATER).exists()
