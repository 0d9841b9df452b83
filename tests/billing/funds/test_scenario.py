"""A fund from its first levy to what it recovers; the figures are those of docs/programmes.md."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext, override

from billing import tasks
from billing.actions import fund_claims, fund_transfers, funds, journals
from billing.models import (
    FundClaim,
    FundContribution,
    FundMembership,
    FundTransfer,
    Invoice,
    Journal,
    JournalLine,
)
from billing.queries import check_funds, fund_standing
from billing.rules import posting
from billing.rules.events import Event
from billing.rules.fund_terms import FundTerms
from billing.rules.journals import Dims
from billing.rules.posting import Head
from leasing.models import Deposit
from leasing.rules.history import first_broken
from marketplace.models import AuditEntry, Notification, User
from marketplace.rules.notification_words import sentence
from marketplace.rules.notifications_of_funds import FUNDS
from tests import once
from tests.billing.actions.test_corrections import LATER, correct, scrap
from tests.billing.funds import world
from tests.billing.funds.world import NOON, OVERDUE, TERMS

RENT, LEVY, LOSS, PAID = 217_806, 1_089, 246_121, 123_061
desk = once.fixture(world.desk)
unassessed = once.fixture(lambda: world.desk(assessed=False))
DOC = Path(__file__).parents[3] / "docs/programmes.md"


def lines(journal):
    return [(one.account.code, one.amount_minor) for one in journal.lines.order_by("pk")]


def on(book, code):
    found = JournalLine.objects.filter(account__book__code=book, account__code=code)
    return sum(found.values_list("amount_minor", flat=True))


def read(claim):
    return FundClaim.objects.with_sides().get(pk=claim.pk)


def credit(desk, rejected, at=LATER):
    """Take parts back, so that a credit note is issued; work out what it takes back of the levy."""
    scrap(desk.scene, rejected, at)
    correct(desk.scene, at=at)
    return desk.assess()


def pay(desk, minor):
    """Let the lessee have paid a part of the invoice, as finance posts it."""
    about = Dims(
        party=desk.scene.lessee.public_id,
        invoice=desk.invoice.public_id,
        lease=desk.scene.lease.public_id,
        owner=desk.scene.lessor.public_id,
    )
    head = Head("P", f"paid:{minor}", NOON.date(), "CNY")
    entry = posting.bank_received(head, settles={"1122.02": minor}, payer=about)
    journals.post(entry=entry, at=NOON, by=desk.chief)


def set_off(desk, minor):
    """Let leasing set a part of the lease's deposit off, after two have said so."""
    lease, who = desk.invoice.lease, {"person": "usr_x", "person_name": "Li", "at": OVERDUE}
    deposit, is_new = Deposit.objects.get_or_create(
        lease=lease, defaults={"amount_minor": 10**6, "currency": "CNY", "reference": "B-0"}
    )
    if is_new or not deposit.movements.exists():
        deposit.movements.create(kind="HOLD", amount_minor=deposit.amount_minor, **who)
    with connection.cursor() as cursor:  # what is agreed in a settlement is another test's
        cursor.execute("DROP TRIGGER IF EXISTS leasing_depositmovement_sets_off ON leasing_depositmovement")
    people = {"maker": "usr_x", "maker_name": "Li", "checker": "usr_y", "checker_name": "Wu"}
    times = {"made_at": OVERDUE, "checked_at": OVERDUE}
    order = deposit.orders.create(
        kind="SET_OFF", stage="DONE", amount_minor=minor, reason="Rent", **people, **times
    )
    deposit.movements.create(kind="SET_OFF", amount_minor=minor, order=order, **who)


class TestContributions:
    def test_are_booked_once_of_the_net_rent(self, desk):
        given = FundContribution.objects.get()
        assert (given.net_minor, given.owner_minor, given.platform_minor) == (RENT, LEVY, LEVY)
        assert lines(given.journal) == [("2241.00", LEVY), ("6602.01", LEVY), ("2241.03", -2 * LEVY)]
        assert (given.journal.source_type, given.journal.source_id) == ("fund", desk.fund.public_id)

        assert desk.assess() == 0
        tasks.assess_funds()
        assert FundContribution.objects.count() == 1
        assert fund_standing(desk.fund).due_minor == 2 * LEVY

    def test_are_taken_back_by_notes_to_the_fen(self, desk):
        assert credit(desk, 2) == 1
        note = FundContribution.objects.get(invoice__kind="CREDIT_NOTE")
        assert note.net_minor < 0
        assert credit(desk, 4, LATER + timedelta(days=1)) == 1
        rows = FundContribution.objects.all()
        net = sum(one.net_minor for one in rows)
        assert net == sum(one.net_minor for one in Invoice.objects.filter(seller=desk.scene.lessor))
        owner, platform = sum(one.owner_minor for one in rows), sum(one.platform_minor for one in rows)
        assert owner + platform == -on("P", "2241.03") == fund_standing(desk.fund).due_minor
        assert (owner, platform) == world.shares(net, TERMS)
        assert on("P", "6602.01") == platform

    def test_of_rent_that_is_collected_come_off_what_is_payable(self, unassessed):
        desk, scene = unassessed, unassessed.scene
        pay(desk, LOSS)
        whose = Dims(party=scene.lessor.public_id)
        head = Head("P", "collected", NOON.date(), "CNY")
        entry = posting.move(Event.OWNER_COLLECTED, head, LOSS, debit=whose, credit=whose)
        journals.post(entry=entry, at=NOON, by=desk.chief)
        assert desk.assess() == 1
        assert lines(FundContribution.objects.get().journal)[0] == ("2241.01", LEVY)
        assert credit(desk, 2) == 1
        note = FundContribution.objects.get(invoice__kind="CREDIT_NOTE")
        assert lines(note.journal)[0] == ("2241.01", note.owner_minor)
        assert note.owner_minor < 0

    def test_of_an_entry_that_is_refused_wait(self, unassessed):
        with patch.object(journals, "write", side_effect=journals.PeriodLocked(through="2026-12-31")):
            assert unassessed.assess() == 0
        assert not FundContribution.objects.exists()
        assert unassessed.assess() == 1

    def test_follow_the_rules_of_the_fund(self, unassessed):
        scene, who = unassessed.scene, {"within": unassessed.scene.platform, "by": unassessed.chief}
        FundMembership.objects.update(left_at=world.BEFORE)
        free = world.opened(scene, "F2", levy_per_mille=Decimal(0))
        later = funds.open_fund(code="F3", name="Later", at=world.BEFORE, **who)
        given = {"valid_from": OVERDUE.date(), "basis": "B", "at": world.BEFORE}
        funds.publish_rules(fund=later, terms=TERMS, **given, **who)
        member = {"owner": scene.lessor, "joined_at": world.BEFORE, "joined_by_name": "x"}
        FundMembership.objects.create(fund=later, left_at=OVERDUE, **member)
        FundMembership.objects.create(fund=free.fund, **member)
        assert world.Desk(scene, later, unassessed.chief, free.first, free.second).assess() == 0
        assert free.assess() == 1
        made = FundContribution.objects.get()
        assert (made.owner_minor, made.platform_minor, made.journal) == (0, 0, None)

    def test_need_rules_and_an_owner_that_takes_part(self, desk):
        other = world.opened(desk.scene, "F2")
        assert other.assess() == 0
        assert fund_standing(other.fund).due_minor == 0


class TestTheWholeWay:
    def test_ends_with_both_books_as_in_the_documentation(self, desk):
        desk.move("CONTRIBUTION", 2 * LEVY, "B-1")
        desk.endow(500_000)
        made = desk.approved()
        assert (made.status, made.loss_minor, made.amount_minor) == ("APPROVED", LOSS, PAID)
        assert fund_standing(desk.fund).free_minor == 500_000 + 2 * LEVY - PAID

        desk.move("CLAIM_PAID", PAID, "B-2", claim=read(made))
        desk.move("OWNER_PAID", PAID, "B-3", claim=read(made))
        desk.move("RECOVERY", 100_001, "B-4", claim=read(made))
        fund_part, owner_part = 50_001, 50_000
        desk.move("OWNER_SHARE", owner_part, "B-5", claim=read(made))
        done = read(made)

        assert done.status == "SETTLED"
        assert (done.fund_recovered_minor, done.owner_recovered_minor) == (fund_part, owner_part)
        assert done.taken_over_minor == PAID - fund_part
        assert [on("P", code) for code in ("2241.03", "1221.02", "2241.01", "1002.02")] == [0, 0, 0, 0]
        assert on("P", "1002.01") == -2 * LEVY
        assert on("F", "1002.09") == 500_000 + 2 * LEVY - PAID + fund_part
        assert [on("F", code) for code in ("4001", "6602.02", "6301", "2241.01")] == [
            *(-500_000 - 2 * LEVY, PAID, -fund_part, 0)
        ]
        standing = fund_standing(desk.fund)
        assert (standing.claims_minor, standing.recovered_minor) == (PAID, fund_part)
        assert [one.move for one in done.steps.all()] == ["claim", "review", "approve", "pay", "settle"]
        assert first_broken([one.link() for one in done.steps.all()]) is None
        assert AuditEntry.objects.filter(action="fund_transfer.confirm").count() == 5

    def test_a_loss_that_is_recovered_whole_gives_each_what_it_bore(self, desk):
        desk.endow(500_000)
        made = desk.approved()
        desk.move("CLAIM_PAID", PAID, "B-2", claim=read(made))
        for number, minor in enumerate((1, 1, 3, LOSS - 5)):
            desk.move("RECOVERY", minor, f"R-{number}", claim=read(made))
        assert (read(made).fund_recovered_minor, read(made).owner_recovered_minor) == (PAID, LOSS - PAID)
        assert read(made).taken_over_minor == 0

    def test_what_was_paid_and_a_deposit_are_no_loss(self, desk):
        desk.endow(500_000)
        pay(desk, 46_121)
        made = desk.approved(deposit_minor=50_000)
        assert (made.loss_minor, made.amount_minor) == (150_000, 75_000)

    def test_figures_are_in_the_documentation(self):
        text = DOC.read_text()
        for figure in ("2,178.06", "10.89", "2,461.21", "1,230.61", "500.01", "730.60"):
            assert figure in text


def refused(expected, act, *args, **given):
    """Let an action be refused with a code, and nothing be written."""
    before = [Model.objects.count() for Model in (FundClaim, FundTransfer, Journal, AuditEntry)]
    with pytest.raises(world.DomainError) as found, transaction.atomic():
        act(*args, **given)
    assert found.value.code == expected
    assert before == [Model.objects.count() for Model in (FundClaim, FundTransfer, Journal, AuditEntry)]
    return found.value


class TestChecks:
    def test_claims_are_booked_as_they_stand(self, desk):
        desk.endow(500_000)
        made = desk.approved()
        assert check_funds.claims_as_booked(OVERDUE) == []
        desk.move("CLAIM_PAID", PAID, "B-2", claim=read(made))
        assert check_funds.claims_as_booked(OVERDUE) == []
        owner, lessor = Dims(owner=made.owner.public_id), made.owner.public_id
        head = Head("P", "by-hand", OVERDUE.date(), "CNY", "", "fund_claim", made.public_id)
        entry = posting.move(Event.CLAIM_APPROVED, head, 100, credit=Dims(party=lessor, owner=owner.owner))
        journals.write(entries=[entry], at=OVERDUE, by=desk.scene.clock)

        [found] = check_funds.claims_as_booked(OVERDUE)
        assert (found.subject, found.expected, found.found) == (made.public_id, 0, 100)
        assert found.facts["claim"] == made.public_id

    def test_a_deposit_that_a_claim_takes_off_was_set_off(self, desk):
        desk.endow(500_000)
        made = desk.approved(deposit_minor=50_000)

        [found] = check_funds.deposits_set_off(OVERDUE)
        assert (found.expected, found.found, found.lease) == (0, 50_000, made.invoice.lease_id)
        for minor, count in ((30_000, 1), (20_000, 0)):
            set_off(desk, minor)
            assert len(check_funds.deposits_set_off(OVERDUE)) == count


class TestNotices:
    """Who is told of what; amounts are on the pages alone."""

    def told(self, organization):
        kinds = Notification.objects.filter(kind__startswith="fund_", organization=organization)
        return list(kinds.order_by("pk").values_list("kind", flat=True))

    def test_of_levy_claim_payments_and_what_is_recovered(self, desk):
        owner, administrator = desk.scene.lessor, desk.fund.administrator
        assert self.told(owner) == ["fund_levy_due"]
        desk.endow(500_000)
        made = desk.approved()
        for kind, minor in (
            ("CLAIM_PAID", PAID),
            ("OWNER_PAID", PAID),
            ("RECOVERY", 101),
            ("OWNER_SHARE", 50),
        ):
            desk.move(kind, minor, f"N-{kind}", claim=read(made))

        assert self.told(administrator) == ["fund_claim_made"]
        assert self.told(owner) == [
            "fund_levy_due",
            "fund_claim_approved",
            "fund_claim_paid",
            "fund_owner_paid",
            "fund_recovered",
            "fund_owner_paid",
        ]
        assert not self.told(desk.scene.lessee)
        page = Notification.objects.get(kind="fund_claim_approved")
        assert page.link == f"/funds/claims/{made.public_id}/"
        assert page.facts["invoice"] == str(made.invoice)

    def test_of_what_is_rejected_or_withdrawn(self, desk):
        fund_claims.reject(claim=desk.claim(), reason="Papers", at=OVERDUE, **desk.runs())
        fund_claims.withdraw(claim=desk.claim(), at=OVERDUE, **desk.owns)

        assert self.told(desk.scene.lessor)[1:] == ["fund_claim_rejected"]
        assert self.told(desk.fund.administrator) == [
            "fund_claim_made",
            "fund_claim_made",
            "fund_claim_withdrawn",
        ]

    def test_of_a_levy_come_once_a_day_and_not_of_what_is_given_back(self, desk):
        credit(desk, 1)

        assert self.told(desk.scene.lessor) == ["fund_levy_due"]

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_are_sentences(self, desk, language):
        facts = dict.fromkeys(("who", "fund", "invoice", "day"), "«x»")
        with override(language):
            said = [sentence(kind, facts, gettext, str) for kind in FUNDS]

        assert len(set(said)) == len(FUNDS)
        assert all("«x»" in one for one in said)


class TestRefusals:
    def test_of_opening_and_ruling(self, desk):
        scene = desk.scene
        opens = {"code": "F3", "name": "X", "at": NOON}
        refused("missing_right", funds.open_fund, **opens, within=scene.platform, by=desk.first)
        refused("fund_not_by_platform", funds.open_fund, **opens, **desk.owns)
        rules = {"fund": desk.fund, "valid_from": NOON.date(), "basis": "", "at": NOON}
        refused("missing_right", funds.publish_rules, terms=TERMS, **rules, **desk.owns)
        found = refused(
            "fund_invalid", funds.publish_rules, terms=TERMS, **rules, within=scene.platform, by=desk.chief
        )
        assert [one.pointer for one in found.flaws] == ["/basis"]

    def test_the_same_again_is_the_same(self, desk):
        who = {"within": desk.scene.platform, "by": desk.chief, "at": NOON}
        assert funds.open_fund(code="F", name="租赁风险补偿基金", **who) == desk.fund
        new = {"fund": desk.fund, "valid_from": NOON.date(), "basis": "B", **who}
        terms = FundTerms(**vars(TERMS) | {"waiting_days": 30})
        made = funds.publish_rules(terms=terms, **new)
        assert made.number == 2
        assert funds.publish_rules(terms=terms, **new) == made
        assert funds.join(fund=desk.fund, at=NOON, **desk.owns) == FundMembership.objects.get()

    def test_of_taking_part(self, desk):
        who = {"within": desk.scene.platform, "by": desk.chief, "at": NOON}
        refused("own_fund", funds.join, fund=desk.fund, **who)
        refused("owner_not_in_fund", funds.leave, fund=desk.fund, **who)
        empty = funds.open_fund(code="F9", name="Empty", **who)
        refused("fund_without_rules", funds.join, fund=empty, at=NOON, **desk.owns)
        other = world.opened(desk.scene, "F2")
        refused("owner_in_a_fund", funds.join, fund=other.fund, at=NOON, **desk.owns)
        assert funds.leave(fund=desk.fund, at=NOON, **desk.owns).left_at == NOON
        assert funds.join(fund=other.fund, at=NOON, **desk.owns).fund == other.fund

    def test_of_claiming(self, desk):
        buys = {"within": desk.scene.lessee, "by": desk.scene.buyer}
        refused("not_the_owner_of_claim", desk.claim, **buys)
        refused("missing_right", desk.claim, by=desk.first)
        refused("invoice_not_claimable", desk.claim, at=OVERDUE - timedelta(days=20))
        found = refused("fund_invalid", desk.claim, collection=(), deposit_minor=10**12, note="x" * 501)
        assert [one.pointer for one in found.flaws] == ["/collection", "/deposit_minor", "/note"]
        refused("nothing_to_claim", desk.claim, deposit_minor=LOSS)
        desk.claim(note="Two letters came back")
        refused("invoice_already_claimed", desk.claim)

    def test_of_what_bore_no_levy(self, desk):
        credit(desk, 2)
        note = Invoice.objects.get(kind="CREDIT_NOTE", seller=desk.scene.lessor)
        refused("invoice_not_covered", desk.claim, invoice=note)

    def test_of_deciding(self, desk):
        desk.endow(500_000)
        made, run = desk.claim(), {"at": OVERDUE}
        refused("missing_right", fund_claims.review, claim=made, **run, **desk.owns)
        refused("missing_right", fund_claims.withdraw, claim=made, **run, **desk.runs())
        refused("fund_claim_move_refused", fund_claims.approve, claim=made, **run, **desk.runs())
        reviewed = fund_claims.review(claim=made, **run, **desk.runs())
        refused("fund_needs_another_person", fund_claims.approve, claim=reviewed, **run, **desk.runs())
        refused("fund_invalid", fund_claims.reject, claim=made, reason=" ", **run, **desk.runs())
        pay(desk, 1_000)
        refused("fund_claim_changed", fund_claims.approve, claim=made, **run, **desk.runs(desk.second))
        again = fund_claims.review(claim=made, **run, **desk.runs(desk.second))
        assert fund_claims.approve(claim=again, **run, **desk.runs()).status == "APPROVED"
        refused("fund_claim_move_refused", fund_claims.reject, claim=made, reason="x", **run, **desk.runs())

    def test_who_claims_decides_nothing(self, desk):
        both = desk.first
        world.join_as(both, desk.scene.lessor)
        made = desk.claim(by=User.objects.get(pk=both.pk))
        refused("fund_needs_another_person", fund_claims.review, claim=made, at=OVERDUE, **desk.runs())

    def test_an_empty_fund_promises_nothing(self, desk):
        made = desk.reviewed()
        found = refused(
            "fund_pays_nothing", fund_claims.approve, claim=made, at=OVERDUE, **desk.runs(desk.second)
        )
        assert found.facts["rung"] == "BALANCE"

    def test_rejected_or_withdrawn_it_may_be_claimed_anew(self, desk):
        first = fund_claims.reject(claim=desk.claim(), reason="Papers", at=OVERDUE, **desk.runs())
        assert first.steps.last().reason == "Papers"
        second = fund_claims.withdraw(claim=desk.claim(), at=OVERDUE, **desk.owns)
        assert [first.status, second.status, desk.claim().status] == ["REJECTED", "WITHDRAWN", "CLAIMED"]

    def test_of_payments(self, desk):
        desk.endow(500_000)
        made = desk.approved()
        refused("missing_right", desk.propose, "CONTRIBUTION", 1, "B", **desk.owns)
        found = refused(
            "fund_invalid",
            desk.propose,
            "CONTRIBUTION",
            1,
            "",
            moved_on=OVERDUE.date() + world.DAY,
            claim=made,
        )
        assert [one.pointer for one in found.flaws] == ["/reference", "/moved_on", "/claim"]
        refused("fund_invalid", desk.propose, "CONTRIBUTION", 2 * LEVY + 1, "B")
        refused("fund_invalid", desk.propose, "CLAIM_PAID", PAID - 1, "B", claim=made)
        early = refused(
            "fund_invalid", desk.propose, "CLAIM_PAID", PAID, "B", claim=made, moved_on=date(1, 1, 1)
        )
        assert [one.code for one in early.flaws] == ["fund_day_too_early"]
        refused("fund_claim_move_refused", desk.propose, "RECOVERY", 1, "B", claim=made)
        first = desk.propose("CONTRIBUTION", LEVY, "B")
        assert desk.propose("CONTRIBUTION", LEVY, " B ") == first
        refused("fund_reference_used", desk.propose, "CONTRIBUTION", 1, "B")
        refused("fund_invalid", desk.propose, "CONTRIBUTION", LEVY + 1, "C")
        run = {"transfer": first, "at": OVERDUE}
        refused("fund_needs_another_person", fund_transfers.confirm, **run, **desk.runs())
        refused("fund_invalid", fund_transfers.drop, **run, reason="", **desk.runs())
        fund_transfers.drop(**run, reason="Typed twice", **desk.runs())
        refused("fund_payment_decided", fund_transfers.confirm, **run, **desk.runs(desk.second))
        desk.move("CLAIM_PAID", PAID, "B", claim=read(made))
        refused("fund_invalid", desk.propose, "OWNER_SHARE", 1, "D", claim=read(made))


class TestTheDatabase:
    def test_keeps_claims_to_their_table_and_balance(self, desk):
        made = desk.reviewed()
        done = {"approved_by": desk.second.public_id, "approved_on": OVERDUE.date(), "amount_minor": 5}
        for change in (
            {"status": "SETTLED"},
            {"status": "APPROVED", **done},  # the account is empty
            {"status": "APPROVED", **done, "approved_by": desk.first.public_id},
            {"owner": desk.scene.lessee},
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                FundClaim.objects.filter(pk=made.pk).update(**change)

    def test_keeps_payments_to_what_is_owed(self, desk):
        made = desk.propose("CONTRIBUTION", 2 * LEVY, "B")
        sure = {"stage": "CONFIRMED", "checker": desk.second.public_id}
        for change in ({"amount_minor": 1}, {**sure, "checker": desk.first.public_id}):
            with pytest.raises(DatabaseError), transaction.atomic():
                FundTransfer.objects.filter(pk=made.pk).update(**change)
        more = FundTransfer.objects.create(
            fund=desk.fund,
            kind="CONTRIBUTION",
            amount_minor=2 * LEVY + 1,
            moved_on=OVERDUE.date(),
            reference="C",
            maker="x",
            maker_name="x",
            made_at=OVERDUE,
        )
        with pytest.raises(DatabaseError), transaction.atomic():
            FundTransfer.objects.filter(pk=more.pk).update(**sure)

    def test_keeps_rules_members_and_contributions(self, desk):
        for rows, change in (
            (desk.fund.rules.all(), {"waiting_days": 1}),
            (desk.fund.contributions.all(), {"owner_minor": 1}),
            (desk.fund.memberships.all(), {"owner": desk.scene.lessee}),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)
            with pytest.raises(DatabaseError), transaction.atomic():
                rows._raw_delete(rows.db)
