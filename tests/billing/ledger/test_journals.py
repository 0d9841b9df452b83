"""Posting and taking back: once, in balance, on an open day, above every floor."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.actions import journals, periods, sealing
from billing.actions.journals import (
    AlreadyReversed,
    BalanceTooLow,
    IsAReversal,
    KeyUsedOtherwise,
    NoSuchBook,
    PeriodLocked,
)
from billing.models import Account, AccountBalance, Journal, JournalLine
from billing.queries.journals import entry_of
from billing.queries.ledger import trial_balance
from billing.rules.journals import Dims, EntryInvalid, Line, balances
from billing.rules.locks import Level
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from tests.billing import world
from tests.billing.ledger import worked
from tests.billing.ledger.world import DAY, LATER, NOON, entry, nothing_posted, payable
from tests.billing.world import member
from tests.factories import marketplace as factory
from tests.marketplace.vectors import FINANCE
from tests.rounds import tries

OCTOBER = date(2026, 10, 31)


def post(office, given=None, by=None, at=NOON, **how):
    return journals.post(entry=given or entry(), at=at, by=by or office.clerk, **how)


class TestPost:
    def test_writes_journal_lines_and_audit_and_opens_accounts(self, office):
        made = post(office, entry(memo="fee", source_type="note", source_id="n-1"))

        assert (made.effective_date, made.occurred_on, made.posted_at) == (DAY, DAY, NOON)
        assert (made.actor, made.memo, made.source_id) == (office.clerk.public_id, "fee", "n-1")
        rows = made.lines.order_by("pk").values_list("account__code", "amount_minor", "currency")
        assert list(rows) == [("1002.01", 100, "CNY"), ("6001.02", -100, "CNY")]
        account = Account.objects.get(code="6001.02")
        assert (account.kind, account.normal_side, account.has_floor) == ("INCOME", "CREDIT", False)
        assert AuditEntry.objects.get(action="journal.post").subject == made.public_id

    def test_the_same_again_is_the_same_journal(self, office):
        first = post(office)

        assert post(office, at=LATER, by=office.chief) == first
        assert JournalLine.objects.count() == 2

    def test_other_content_under_the_key_is_refused(self, office):
        case = next(c for c in FINANCE["ledger_rejections"] if "second" in c)
        amounts = [case[name][0][2] for name in ("first", "second")]
        first = post(office, entry(minor=amounts[0]))

        with pytest.raises(KeyUsedOtherwise):
            post(office, entry(minor=amounts[1]))
        assert list(Journal.objects.all()) == [first]
        assert sorted(JournalLine.objects.values_list("amount_minor", flat=True)) == [-100, 100]

    def test_of_one_key_twice_in_one_go_is_once(self, office):
        made = journals.write(entries=[entry(), entry()], at=NOON, by=office.clock)

        assert made[0] == made[1]
        assert JournalLine.objects.count() == 2

    def test_needs_the_right_in_the_book_s_organization(self, office):
        stranger = member(office.owner)

        with pytest.raises(MissingRight):
            post(office, by=stranger)
        assert nothing_posted()

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            (replace(entry(), book="X"), NoSuchBook),
            (entry(lines=(Line("1002.01", 1, "CNY"), Line("6001.02", -2, "CNY"))), EntryInvalid),
            (entry(reverses="jrn_none"), EntryInvalid),
            (
                entry(lines=(Line("1002.01", 1, "CNY", Dims(lease="lea_none")), Line("6001.02", -1, "CNY"))),
                EntryInvalid,
            ),
        ],
    )
    def test_refuses_what_it_cannot_book(self, office, given, error):
        with pytest.raises(error):
            post(office, given)
        assert nothing_posted()

    def test_of_many_refuses_all_if_one_has_no_book(self, office):
        with pytest.raises(NoSuchBook):
            journals.write(entries=[entry(), replace(entry("k2"), book="X")], at=NOON, by=office.clock)
        assert nothing_posted()

    def test_is_always_after_the_last_sealing(self, office):
        post(office, at=LATER)
        sealing.seal(book=office.book, at=LATER, by=office.clock)

        assert post(office, entry("k2"), at=NOON).posted_at == LATER + timedelta(microseconds=1)


class TestFloors:
    def test_hold_for_each_owner(self, office):
        other = factory.organization("Other")
        post(office, payable(office, 500, "in"))
        post(
            office,
            entry(
                "in2", lines=(Line("1002.02", 9, "CNY"), Line("2241.01", -9, "CNY", Dims(other.public_id)))
            ),
        )

        with pytest.raises(BalanceTooLow) as refused:
            post(office, payable(office, -501, "out"))

        assert refused.value.facts == {
            "account": "P 2241.01 CNY",
            "balance": "CNY 5.00",
            "wanted": "CNY 5.01",
        }
        assert sorted(AccountBalance.objects.values_list("balance_minor", flat=True)) == [9, 500]
        assert not Journal.objects.filter(idempotency_key="out").exists()

    def test_are_reached_exactly(self, office):
        post(office, payable(office, 500, "in"))
        post(office, payable(office, -500, "out"))

        assert AccountBalance.objects.get().balance_minor == 0


class TestLockedPeriods:
    @pytest.fixture
    def locked(self, office):
        def lock(level, through=OCTOBER):
            periods.lock(book=office.book, through=through, level=level, at=NOON, by=office.chief)
            return office

        return lock

    @pytest.mark.parametrize("level", Level)
    def test_take_a_late_fact_on_the_first_open_day_with_its_own_kept(self, locked, level):
        office = locked(level)

        made = post(office, entry(on=date(2026, 10, 15)))

        assert (made.effective_date, made.occurred_on) == (DAY, date(2026, 10, 15))
        assert set(made.lines.values_list("effective_date", flat=True)) == {DAY}

    def test_do_not_keep_a_repetition_from_being_one(self, locked, office):
        first = post(office, entry(on=OCTOBER))
        locked(Level.HARD)

        assert post(office, entry(on=OCTOBER)) == first
        assert first.effective_date == OCTOBER

    def test_locked_hard_keep_no_day(self, locked):
        office = locked(Level.HARD)

        with pytest.raises(PeriodLocked):
            post(office, entry(on=OCTOBER), by=office.chief, keep_date=True)
        assert nothing_posted()

    def test_locked_softly_keep_the_day_for_whoever_may_lock(self, locked):
        office = locked(Level.SOFT)

        with pytest.raises(MissingRight):
            post(office, entry(on=OCTOBER), keep_date=True)
        assert nothing_posted()
        assert post(office, entry(on=OCTOBER), by=office.chief, keep_date=True).effective_date == OCTOBER

    def test_leave_open_days_alone(self, locked):
        office = locked(Level.SOFT)

        assert post(office, entry(on=DAY), keep_date=True).effective_date == DAY


class TestReverse:
    def back(self, office, journal, key="r1", by=None):
        return journals.reverse(
            journal=journal, key=key, on=DAY, reason="wrong", at=LATER, by=by or office.clerk
        )

    def test_mirrors_every_line(self, office):
        first = post(office)

        made = self.back(office, first)

        assert made.reverses == first
        rows = trial_balance(office.book, DAY)
        assert [(row.account, row.debit, row.credit) for row in rows] == [
            ("1002.01", 100, 100),
            ("6001.02", 100, 100),
        ]
        assert AuditEntry.objects.get(action="journal.reverse").facts["reversal"] == made.public_id

    def test_again_under_its_key_is_the_same(self, office):
        first = post(office)

        assert self.back(office, first) == self.back(office, first)

    def test_twice_is_refused(self, office):
        first = post(office)
        made = self.back(office, first)

        with pytest.raises(AlreadyReversed):
            self.back(office, first, key="r2")
        assert list(Journal.objects.exclude(pk=first.pk)) == [made]

    def test_of_a_reversal_is_refused(self, office):
        made = self.back(office, post(office))

        with pytest.raises(IsAReversal):
            self.back(office, made, key="r2")
        assert Journal.objects.count() == 2

    def test_needs_the_right(self, office):
        first = post(office)

        with pytest.raises(MissingRight):
            self.back(office, first, by=member(office.owner))
        assert Journal.objects.count() == 1


class TestWorkedBooks:
    @pytest.fixture
    def who(self, office):
        scene = world.build("mazak01")
        lease = scene.lease.public_id
        return {
            "owner": Dims(party=scene.lessor.public_id, lease=lease),
            "buyer": Dims(party=scene.lessee.public_id, lease=lease),
            "deposit": Dims(party=scene.lessee.public_id, lease=lease),
        }

    def test_close_as_published(self, office, who):
        journals.write(entries=worked.entries(who), at=LATER, by=office.clock)

        rows = trial_balance(office.book, date(2027, 12, 31))
        closed = {row.account: row.balance for row in rows if row.balance}
        assert closed == {worked.PATHS[path]: minor for path, minor in worked.CLOSING.items() if minor}
        assert sum(row.debit for row in rows) == sum(row.credit for row in rows)

    def test_are_read_back_as_they_were_posted(self, office, who):
        given = worked.entries(who)
        made = journals.write(entries=given, at=LATER, by=office.clock)

        assert [entry_of(journal) for journal in made] == given
        assert [journal.content_hash for journal in made] == [entry.content_hash() for entry in given]


AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)


class TestAnyOrder:
    @settings(max_examples=tries(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_of_posting_gives_the_same_trial_balance(self, office, data):
        amounts = data.draw(AMOUNTS)
        made = [
            entry(f"k{number}", minor, DAY + timedelta(days=number)) for number, minor in enumerate(amounts)
        ]
        order = data.draw(st.permutations(made))
        expected = {account: minor for (account, _), minor in balances(made).items()}

        with transaction.atomic():
            for one in order:
                journals.write(entries=[one, made[0]], at=NOON, by=office.clock)
            found = {row.account: row.balance for row in trial_balance(office.book, date(2027, 1, 1))}
            transaction.set_rollback(True)

        assert found == expected
