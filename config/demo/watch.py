"""What people keep an eye on: budgets and their alerts, how sellers are taxed, and a tape of receivables."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.actions import books, budgets, tapes
from billing.models import Budget, Tape
from billing.queries.budgets import figures_of
from billing.rules.budgets import Wanted
from config.demo import shop
from config.demo.late import finance_of_platform
from config.demo.live import ZONE
from config.demo.parties import People
from leasing.models import Lease
from leasing.rules.leases import Side, Status
from marketplace.actions import vat_statements
from marketplace.models import VatStatement
from marketplace.rules.pricing.sellers import VatStatus
from marketplace.rules.vat_statements import Statement

LESSEE, OWNER, SMALL = "hengli", "yuanlan", "xiaotiejiang"
SALT = "demonstration-of-a-tape-of-rents"
HUNDRED_YUAN = 10_000


def begin(people: People, now: datetime) -> None:
    """Set budgets, state how sellers are taxed, and make a tape; what is there stays."""
    if not VatStatement.objects.exists():
        tax(people, now)
    if not Budget.objects.exists():
        budget(people, now)
    if not Tape.objects.exists():
        book = books.platform_book(at=now)
        assert book is not None, "the platform is registered"
        by = finance_of_platform(people)
        tapes.make(book=book, through=now.astimezone(ZONE).date() - shop.A_DAY, salt=SALT, by=by, at=now)


def tax(people: People, now: datetime) -> None:
    """State that platform and owner are general taxpayers, and the smith a small-scale one."""
    for key, status, source in (
        ("platform", VatStatus.GENERAL, "增值税一般纳税人登记表，浦税登字〔2022〕0087 号，2022-01-10"),
        (OWNER, VatStatus.GENERAL, "增值税一般纳税人登记表，苏园税登字〔2019〕0312 号，2019-03-01"),
        (SMALL, VatStatus.SMALL_SCALE, "小规模纳税人，锡税惠登字〔2021〕1108 号，2021-05-18"),
    ):
        own = people.organizations[key]
        given = Statement(status=status, valid_from=date(now.year, 1, 1), source=source)
        vat_statements.state(organization=own, given=given, within=own, by=people.admins[key], at=now)


def budget(people: People, now: datetime) -> None:
    """Let a lessee watch its running leases: one budget is nearly used up, of the other parts are watched."""
    own = people.organizations[LESSEE]
    running = Lease.objects.filter(lessee=own, status=Status.ACTIVE).order_by("-active_from")
    live, steady = running[0], running.get(listing__title=shop.TITLE)
    side: dict[str, Any] = {"organization": own, "by": people.admins[LESSEE], "at": now}
    for lease, wanted in (
        (live, Wanted(amount_minor=_nearly(own, live, None, now), idle_days=3)),
        (steady, Wanted(amount_minor=4_500_000, quantities={"parts": Decimal(10_000)})),
        (None, Wanted(amount_minor=_nearly(own, None, Side.LESSEE, now), percents=(50, 80, 100))),
    ):
        made = budgets.set_up(lease=lease, side=None if lease else Side.LESSEE, wanted=wanted, **side)
        budgets.look(budget=made, by=side["by"], at=now)
    owner = people.organizations[OWNER]
    by = people.admins[OWNER]
    made = budgets.set_up(
        organization=owner, lease=live, side=None, wanted=Wanted(idle_days=2, at_cap=True), by=by, at=now
    )
    budgets.look(budget=made, by=by, at=now)


def _nearly(own: Any, lease: Lease | None, side: Side | None, now: datetime) -> int:
    """Return an amount of whole hundreds of yuan of which the cost so far is about seven eighths."""
    given = Budget(organization=own, lease=lease, side=side or Side.LESSEE)
    figures = figures_of(given, now)
    cost = figures.net_minor if figures else 0
    return max(cost * 8 // 7 // HUNDRED_YUAN, 5) * HUNDRED_YUAN
