"""An owner's share follows what an authority paid of an invoice, as it follows what its lessee paid."""

from datetime import date
from decimal import Decimal

import pytest

from billing.actions import books, invoices, subsidy_settlements
from billing.payments.actions import allocations, payouts
from billing.payments.models import Allocation, OwnerRelease
from billing.payments.queries.account_statements import account_of, payout_of
from billing.payments.rules.account_papers import What
from billing.rules import accounts as chart
from marketplace.models.parties import Role
from tests import once
from tests.billing import world as scenes
from tests.billing.actions.test_corrections import DUE, say
from tests.billing.payments import world
from tests.billing.payments.world import AT
from tests.billing.subsidies import world as subsidies
from tests.billing.subsidies.world import DECEMBER
from tests.billing.world import member

GROSS, BORNE, REST = 246_121, 32_671, 213_450
COMMISSION = 23_088  # 10 % of 2,178.06 is 217.81, with 6 % of VAT 230.88
SHARE = GROSS - COMMISSION


def begin(mode="PREPAID"):
    scene = scenes.build("okuma")
    made = subsidies.opened(scene, mode=mode)
    desk = world.desk()
    books.agree(lease=scene.lease, commission_rate=Decimal("0.10"), at=AT, by=desk.office.chief)
    say(scene, 0, 4)
    invoices.bill(lease=scene.lease, at=DUE, by=scene.clock)
    made.assess()
    return made, desk


both = once.fixture(begin)
claimed = once.fixture(lambda: begin("CLAIM"))


@pytest.fixture
def authority(both):
    return both[0]


@pytest.fixture
def desk(both):
    return both[1]


def pays(authority, desk, minor, key):
    """The lessee pays a part of its invoice."""
    receipt = desk.receipt(minor, key, payer=authority.scene.lessee)
    allocations.allocate(receipt=receipt, shares=[(authority.invoice, minor)], **desk.acts())


def releases():
    return list(OwnerRelease.objects.order_by("pk").values_list("amount_minor", flat=True))


def answered(authority, desk, minor):
    """The authority confirms so much of the only invoice."""
    made = authority.submitted()
    lower = [{"item": made.items.get().public_id, "confirmed_minor": minor, "reason": "封顶"}]
    given = {"answer": "批复 7", "lower": lower, "at": DECEMBER}
    return subsidy_settlements.confirm(settlement=made, **given, **authority.runs())


def settles(authority, settlement):
    said = {"paid_on": date(2026, 12, 2), "bank_reference": "B-1", "at": DECEMBER}
    return subsidy_settlements.pay(settlement=settlement, **said, **authority.runs(authority.second))


def test_the_table_of_the_paper(authority, desk):
    assert authority.invoice.gross_minor == GROSS
    pays(authority, desk, REST, "rest")
    assert releases() == [193_427]
    settlement = answered(authority, desk, 30_000)
    assert releases() == [193_427]

    settles(authority, settlement)

    assert releases() == [193_427, 27_186]
    assert OwnerRelease.objects.latest("pk").paid_minor == REST + 30_000
    pays(authority, desk, BORNE - 30_000, "refused")
    assert releases() == [193_427, 27_186, 2_420]
    assert sum(releases()) == SHARE == -desk.on(chart.OWNER_PAYABLE)
    assert desk.on(chart.OWNER_UNCOLLECTED) == 0


def test_the_statement_of_account_names_the_subsidy(authority, desk):
    answered(authority, desk, 30_000)

    months = [account_of(authority.scene.lessee, date(2026, month, 1)) for month in (10, 11, 12)]
    rows = [row for one in months for part in one.parts for row in part.rows]
    mine = [row for row in rows if row.invoice == authority.invoice.public_id]

    assert [(row.what, row.amount.minor) for row in mine] == [
        (What.INVOICE, GROSS),
        (What.SUBSIDY, -BORNE),
        (What.SUBSIDY_REFUSED, BORNE - 30_000),
    ]


def test_the_payout_statement_counts_it_as_paid(authority, desk):
    """The last two rows of the table of docs/payments.md."""
    owner = authority.scene.lessor
    desk.pays(owner, member(owner, Role.FINANCE))
    pays(authority, desk, REST, "rest")
    settles(authority, answered(authority, desk, 30_000))

    made = payout_of(payouts.propose(book=desk.book, owner=owner, **desk.acts() | {"at": DECEMBER}))

    assert [(row.gross.minor, row.commission.minor, row.net.minor) for row in made.rows] == [
        (213_450, 20_023, 193_427),
        (30_000, 2_814, 27_186),
    ]


def test_what_is_paid_by_the_authority_before_the_lessee_pays_is_freed_at_once(authority, desk):
    settles(authority, answered(authority, desk, 30_000))

    assert releases() == [round(SHARE * 30_000 / GROSS)]
    made = OwnerRelease.objects.get().journal
    assert (made.effective_date, made.kind) == (date(2026, 12, 2), "OWNER_COLLECTED")


def test_an_undo_of_what_the_lessee_paid_leaves_what_the_authority_paid(authority, desk):
    pays(authority, desk, REST, "rest")
    settles(authority, answered(authority, desk, BORNE - 1))
    [allocation] = Allocation.objects.all()

    allocations.undo(allocation=allocation, comment="wrong", **desk.acts())

    assert sum(releases()) == round(SHARE * (BORNE - 1) / GROSS)


def test_a_payment_that_is_refused_frees_nothing(authority, desk):
    settlement = answered(authority, desk, 30_000)
    with pytest.raises(subsidy_settlements.SubsidyNeedsAnother):
        said = {"paid_on": date(2026, 12, 2), "bank_reference": "B-1", "at": DECEMBER}
        subsidy_settlements.pay(settlement=settlement, **said, **authority.runs())

    assert releases() == []


def test_what_the_lessee_claims_is_no_part_of_what_is_paid(claimed):
    authority, desk = claimed
    pays(authority, desk, GROSS, "all")
    before = releases()

    settles(authority, authority.confirmed())

    assert releases() == before == [SHARE]
