"""How an organization is taxed: stated by itself, corrected by the platform, each for good."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from marketplace.actions import vat_statements
from marketplace.actions.vat_statements import NotItsTaxpayer, RoundingIsSet, VatStatementInvalid
from marketplace.models import AuditEntry, VatStatement
from marketplace.models.parties import OrganizationKind, Role
from marketplace.permissions import MissingRight
from marketplace.rules.pricing.sellers import Rounding, SellerTax, VatStatus, tax_on
from marketplace.rules.vat_statements import Statement
from tests import once
from tests.factories import marketplace as factory

AT = datetime(2026, 11, 1, 4, tzinfo=UTC)
SMALL = Statement(VatStatus.SMALL_SCALE, date(2026, 10, 1), "税务事项通知书 2026-118")


@once.fixture
def own():
    return factory.organization()


@once.fixture
def finance(own):
    return factory.member(own, Role.FINANCE)


@once.fixture
def platform():
    return factory.organization(kind=OrganizationKind.PLATFORM)


def state(own, by, given=SMALL, within=None, at=AT):
    return vat_statements.state(organization=own, given=given, within=within or own, by=by, at=at)


def test_keeps_who_said_what_and_why(own, finance):
    made = state(own, finance)

    assert (made.status, made.rounding, made.valid_from) == ("SMALL_SCALE", "LINE", date(2026, 10, 1))
    assert (made.source, made.made_for, made.recorded_by) == (SMALL.source, own, finance.public_id)
    assert AuditEntry.objects.filter(action="vat.state", subject=own.public_id).count() == 1
    said = VatStatement.objects.said_of([own.pk])[own.pk]
    assert tax_on(said, date(2026, 10, 31)) == SellerTax(VatStatus.SMALL_SCALE)


def test_said_twice_is_said_once(own, finance):
    assert state(own, finance) == state(own, finance)
    assert VatStatement.objects.count() == 1


def test_is_corrected_by_the_platform(own, finance, platform):
    state(own, finance)
    right = Statement(VatStatus.GENERAL, SMALL.valid_from, "登记信息核对", Rounding.GROUP)

    made = state(own, factory.member(platform, Role.FINANCE), right, platform)
    later = state(own, finance, Statement(VatStatus.SMALL_SCALE, date(2026, 11, 1), "通知书"))

    assert (made.status, made.made_for) == ("GENERAL", platform)
    assert later.rounding == "GROUP"
    assert VatStatement.objects.newest_first().first() == later


def test_never_changes(own, finance):
    made = state(own, finance)

    with pytest.raises(DatabaseError), transaction.atomic():
        VatStatement.objects.filter(pk=made.pk).update(status="GENERAL")
    with pytest.raises(DatabaseError), transaction.atomic():
        made.delete()


@pytest.mark.parametrize(
    "given, pointer",
    [
        (Statement(VatStatus.GENERAL, date(2026, 1, 1), "  "), "/source"),
        (Statement(VatStatus.GENERAL, date(2026, 1, 1), "a\0b"), "/source"),
        (Statement(VatStatus.GENERAL, date(2026, 1, 1), "x" * 201), "/source"),
        (Statement(VatStatus.GENERAL, date(1, 1, 1), "x"), "/valid_from"),
        (Statement(VatStatus.GENERAL, date(9999, 12, 31), "x"), "/valid_from"),
        (Statement(VatStatus.SMALL_SCALE, date(2022, 12, 31), "x"), "/valid_from"),
    ],
)
def test_refuses_what_says_nothing(own, finance, given, pointer):
    with pytest.raises(VatStatementInvalid) as refused:
        state(own, finance, given)

    assert [flaw.pointer for flaw in refused.value.flaws] == [pointer]
    assert not VatStatement.objects.exists()


def test_is_nobody_elses_affair(own, finance):
    other = factory.organization()
    viewer = factory.member(own, Role.VIEWER)

    with pytest.raises(NotItsTaxpayer):
        state(own, factory.member(other, Role.ADMIN), within=other)
    with pytest.raises(MissingRight):
        state(own, viewer)
    with pytest.raises(RoundingIsSet):
        state(own, finance, Statement(VatStatus.GENERAL, date(2026, 1, 1), "x", Rounding.GROUP))
    assert not VatStatement.objects.exists()
