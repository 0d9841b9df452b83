"""Programmes, terms, admissions and settlements: what is refused, and that nothing happens then."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction

from billing.actions import journals, subsidies, subsidy_grants, subsidy_settlements, tax_invoices
from billing.models import (
    Journal,
    SubsidyAdmission,
    SubsidyBudget,
    SubsidyGrant,
    SubsidyItem,
    SubsidyProgramme,
    SubsidyRules,
    SubsidySettlement,
)
from billing.queries import subsidy_rules_on
from billing.queries.subsidy_lists import claim_list
from billing.rules.tax_invoices import Kind
from marketplace.models import AuditEntry, Category, Organization
from marketplace.shared.errors import DomainError
from tests import once
from tests.billing.subsidies import world
from tests.billing.subsidies.world import BASIS, BEFORE, DECEMBER, NOON, TERMS

MODELS = (SubsidyProgramme, SubsidyBudget, SubsidyRules, SubsidyAdmission, SubsidySettlement, Journal)
desk = once.fixture(lambda: world.desk(mode="PREPAID"))
unassessed = once.fixture(lambda: world.desk(assessed=False))


def counts():
    return [model.objects.count() for model in (*MODELS, AuditEntry)]


def refused(expected, act, *pointers, **given):
    """Let an action be refused with a code, and nothing be written."""
    before = counts()
    with pytest.raises(DomainError) as found, transaction.atomic():
        act(**given)
    assert found.value.code == expected
    assert [one.pointer for one in found.value.flaws] == list(pointers)
    assert counts() == before


def opening(desk, **changes):
    given = {"name": "Other", "authority": None, "authority_name": "City", "mode": "CLAIM"}
    given |= {"budget_minor": 5, "basis": BASIS, "at": BEFORE}
    return given | desk.runs() | changes


class TestProgrammes:
    def test_are_opened_once_by_the_platform(self, desk):
        made = subsidies.open_programme(**opening(desk, authority=desk.scene.lessor))
        assert (made.authority_name, made.budget_minor) == (desk.scene.lessor.name, 5)
        assert subsidies.open_programme(**opening(desk, authority=desk.scene.lessor)) == made
        refused("subsidy_name_used", subsidies.open_programme, **opening(desk))
        own = {"within": desk.scene.lessor, "by": desk.scene.owner}
        refused("subsidy_not_by_platform", subsidies.open_programme, **opening(desk, **own))
        stranger = {"within": desk.scene.platform, "by": desk.scene.owner}
        refused("missing_right", subsidies.open_programme, **opening(desk, **stranger))
        wrong = {"name": "", "authority_name": "\0", "basis": "x" * 201, "budget_minor": -1, "mode": "X"}
        pointers = ("/name", "/authority_name", "/basis", "/budget_minor", "/mode")
        refused("subsidy_invalid", subsidies.open_programme, *pointers, **opening(desk, **wrong))

    def test_have_a_budget_never_below_what_is_granted(self, desk):
        given = {"programme": desk.programme, "basis": BASIS, "at": NOON} | desk.runs()
        refused("subsidy_invalid", subsidies.set_budget, "/budget_minor", budget_minor=32_670, **given)
        made = subsidies.set_budget(budget_minor=32_671, **given)
        assert (made.number, subsidies.set_budget(budget_minor=32_671, **given)) == (2, made)
        refused("subsidy_invalid", subsidies.set_budget, "/basis", budget_minor=1, **given | {"basis": ""})
        own = {"within": desk.scene.lessor, "by": desk.scene.owner}
        refused("missing_right", subsidies.set_budget, budget_minor=1, **given | own)
        row = {"number": 3, "budget_minor": 5, "basis": BASIS, "made_by_name": "x", "made_at": NOON}
        with pytest.raises(DatabaseError), transaction.atomic():
            SubsidyBudget.objects.create(programme=desk.programme, **row)

    def test_have_terms_from_a_day_that_is_not_past(self, desk):
        given = {"programme": desk.programme, "basis": BASIS, "at": NOON} | desk.runs()
        later = replace(TERMS, valid_from=NOON.date(), valid_until=date(2026, 12, 1))
        made = subsidies.publish_rules(terms=later, **given)
        assert (made.number, subsidies.publish_rules(terms=later, **given)) == (2, made)
        assert [
            subsidy_rules_on(desk.programme, day).number
            for day in (date(2026, 11, 4), NOON.date(), date(2026, 12, 1))
        ] == [1, 2, 1]
        assert subsidy_rules_on(desk.programme, date(2027, 1, 1)) is None
        assert made.last_day == date(2026, 11, 30)
        wrong = replace(TERMS, categories=("nothing",))
        refused(
            "subsidy_invalid", subsidies.publish_rules, "/valid_from", "/categories", terms=wrong, **given
        )

    def test_admit_a_lessee_until_it_ends(self, desk):
        given = {"programme": desk.programme, "lessee": desk.scene.lessee, "basis": BASIS, "at": NOON}
        given |= desk.runs()
        past = {"admitted_on": date(2026, 11, 4)}
        refused("subsidy_invalid", subsidies.admit, "/admitted_on", **given | past)
        made = subsidies.admit(admitted_on=NOON.date(), **given)
        assert subsidies.admit(admitted_on=NOON.date(), **given) == made
        ended = subsidies.end_admission(admission=made, at=NOON, **desk.runs())
        assert ended.ended_on == NOON.date() + timedelta(days=1)
        refused("subsidy_admission_ended", subsidies.end_admission, admission=made, at=NOON, **desk.runs())
        with pytest.raises(DatabaseError), transaction.atomic():
            SubsidyAdmission.objects.update(basis="other")


class TestEligible:
    def grants(self, desk, **changes):
        """Return what another programme with such terms bears."""
        other = world.opened(desk.scene, name="Other", mode="CLAIM", **changes)
        other.assess()
        return list(
            SubsidyGrant.objects.filter(programme=other.programme).values_list("base_minor", flat=True)
        )

    def test_are_all_where_nothing_is_asked_for(self, unassessed):
        assert self.grants(unassessed, with_vat=True) == [246_121]
        assert unassessed.assess() == 0  # one programme an invoice

    @pytest.mark.parametrize(
        ("changes", "found"),
        [
            ({"regions": ("32", "33")}, 1),
            ({"regions": ("11",)}, 0),
            ({"industries": ("C34",)}, 1),
            ({"industries": ("C40",)}, 0),
            ({"kinds": ("SME",)}, 1),
            ({"kinds": ("LESSOR",)}, 0),
            ({"by_admission": True}, 0),
            ({"valid_from": date(2026, 11, 3)}, 0),
            ({"valid_until": date(2026, 11, 2)}, 0),
        ],
    )
    def test_by_what_is_known_of_them(self, unassessed, changes, found):
        facts = {"region_code": "320500", "industry_code": "C3421", "kind": "SME"}
        Organization.objects.filter(pk=unassessed.scene.lessee.pk).update(**facts)
        assert len(self.grants(unassessed, **changes)) == found

    @pytest.mark.parametrize(("level", "found"), [("own", 1), ("parent", 1), ("other", 0)])
    def test_by_the_category_of_the_machine(self, unassessed, level, found):
        own = unassessed.scene.lease.listing.category
        assert own.parent is not None
        other = Category.objects.exclude(pk__in=(own.pk, own.parent_id)).exclude(parent=own).last()
        code = {"own": own.code, "parent": own.parent.code, "other": other.code}[level]
        assert len(self.grants(unassessed, categories=(code,))) == found

    def test_by_admission_on_the_day_of_issue(self, unassessed):
        scene = unassessed.scene
        other = world.opened(scene, name="Other", by_admission=True)
        given = {"programme": other.programme, "lessee": scene.lessee, "basis": BASIS}
        subsidies.admit(admitted_on=date(2026, 11, 2), at=BEFORE, **given, **other.runs())
        assert other.assess() == 1

    def test_lines_are_those_that_the_terms_choose(self, unassessed):
        assert self.grants(unassessed, components=("base_fee",)) == [65_806]


class TestGrants:
    def test_are_kept_by_the_database(self, desk):
        made = SubsidyGrant.objects.get()
        with pytest.raises(DatabaseError), transaction.atomic():
            SubsidyGrant.objects.update(amount_minor=1)
        row = {name: getattr(made, name) for name in ("programme", "rules", "first", "lessee", "year")}
        for wrong in ({"amount_minor": 1}, {"lessee": desk.scene.lessor}):
            given = row | {"base_minor": 0, "wanted_minor": 0, "amount_minor": 0, "made_at": NOON} | wrong
            with pytest.raises(DatabaseError), transaction.atomic():
                SubsidyGrant.objects.create(invoice=made.invoice, **given)

    def test_that_the_books_refuse_wait(self, unassessed):
        other = world.opened(unassessed.scene, name="Prepaid", mode="PREPAID")
        with patch.object(journals, "write", side_effect=journals.PeriodLocked(through="2026-12-31")):
            assert other.assess() == 0
        assert other.assess() == 1

    def test_wait_for_the_versions_before(self, unassessed):
        desk = unassessed
        with patch.object(desk, "assess"):
            desk.credit(2)
        note = desk.invoice.notes.get()
        found = subsidy_grants._grant(desk.programme, note, 10**6, desk.first, NOON)
        assert found is None
        assert desk.assess(DECEMBER) == 1
        assert desk.assess(DECEMBER) == 1  # the note, once its invoice is looked at

    def test_need_the_right(self, desk):
        own = {"within": desk.scene.lessor, "by": desk.scene.owner}
        refused("missing_right", subsidy_grants.assess, programme=desk.programme, at=NOON, **own)


class TestSettlements:
    def test_are_of_a_month_that_is_over_and_once(self, desk):
        given = {"programme": desk.programme, "at": DECEMBER} | desk.runs()
        for month in (date(2026, 12, 1), date(9999, 12, 31)):
            refused("subsidy_invalid", subsidy_settlements.draft, "/month", month=month, **given)
        refused("nothing_to_settle", subsidy_settlements.draft, month=date(2026, 10, 5), **given)
        desk.drafted()
        refused("subsidy_month_settled", subsidy_settlements.draft, month=date(2026, 11, 30), **given)

    def test_are_dropped_and_drawn_up_anew(self, desk):
        made, who = desk.drafted(), {"at": DECEMBER} | desk.runs()
        refused("subsidy_invalid", subsidy_settlements.drop, "/reason", settlement=made, reason=" ", **who)
        dropped = subsidy_settlements.drop(settlement=made, reason="Typed twice", **who)
        assert (dropped.status, dropped.items.get().stands) == ("DROPPED", False)
        assert desk.drafted().items.count() == 1
        refused("subsidy_move_refused", subsidy_settlements.submit, settlement=made, **who)

    def test_are_moved_by_two_people(self, desk):
        made = desk.drafted()
        one, two = ({"at": DECEMBER} | desk.runs(by) for by in (desk.first, desk.second))
        refused("subsidy_needs_another_person", subsidy_settlements.submit, settlement=made, **one)
        subsidy_settlements.submit(settlement=made, **two)
        subsidy_settlements.confirm(settlement=made, answer="A", lower=[], **one)
        paid = {"settlement": made, "bank_reference": "B"}
        day = {"paid_on": DECEMBER.date()}
        refused("subsidy_needs_another_person", subsidy_settlements.pay, **paid | day, **one)
        for wrong in (date(2026, 12, 4), date(2026, 10, 31)):
            refused("subsidy_invalid", subsidy_settlements.pay, "/paid_on", paid_on=wrong, **paid, **two)
        subsidy_settlements.pay(**paid | day, **two)
        refused("subsidy_move_refused", subsidy_settlements.hand_on, settlement=made, **one)

    def test_answers_name_items_amounts_and_reasons(self, desk):
        made = desk.submitted()
        item = made.items.get().public_id
        given = {"settlement": made, "answer": "A", "at": DECEMBER} | desk.runs()

        def lower(*rows):
            names = ("item", "confirmed_minor", "reason")
            return [dict(zip(names, row, strict=True)) for row in rows]

        for rows, pointers in (
            (lower(("x", 1, "r")), ["/lower/0/item"]),
            (lower((item, 1, "r"), (item, 2, "r")), ["/lower/1/item"]),
            (lower((item, 32_672, "r")), ["/lower/0/confirmed_minor"]),
            (lower((item, 1, " ")), ["/lower/0/reason"]),
        ):
            refused("subsidy_invalid", subsidy_settlements.confirm, *pointers, lower=rows, **given)
        done = subsidy_settlements.confirm(lower=lower((item, 0, "r")), **given)
        assert (done.confirmed_minor, desk.on("1221.03")) == (0, 0)
        day = {"paid_on": DECEMBER.date(), "bank_reference": "B", "at": DECEMBER}
        assert subsidy_settlements.pay(settlement=done, **day, **desk.runs(desk.second)).status == "PAID"

    def test_an_answer_is_not_below_nothing(self, desk):
        desk.credit(2)
        made = desk.submitted()
        item = made.items.get(amount_minor__gt=0)
        lower = [{"item": item.public_id, "confirmed_minor": 0, "reason": "r"}]
        given = {"settlement": made, "answer": "A", "at": DECEMBER} | desk.runs()
        refused("subsidy_invalid", subsidy_settlements.confirm, "/lower", lower=lower, **given)

    def test_are_kept_by_the_database(self, desk):
        made = desk.confirmed()
        for change in ({"status": "DRAFTED"}, {"total_minor": 1}, {"paid_by": "x"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                SubsidySettlement.objects.filter(pk=made.pk).update(**change)
        for change in ({"confirmed_minor": 1}, {"stands": False}, {"amount_minor": 5}):
            with pytest.raises(DatabaseError), transaction.atomic():
                SubsidyItem.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            SubsidySettlement.objects.all().delete()

    def test_have_a_list_for_the_authority(self, desk):
        heads, rows = claim_list(desk.confirmed())
        [row] = list(rows)
        assert len(heads) == len(row)
        buyer = desk.invoice.buyer_facts
        assert row[:4] == [buyer["name"], buyer["credit_code"], str(desk.invoice), date(2026, 11, 2)]
        assert row[4:] == ["", Decimal("2178.06"), Decimal(15), Decimal("326.71"), Decimal("326.71"), ""]

    def test_name_the_official_e_invoice_where_one_is_recorded(self, desk):
        typed = {"kind": Kind.SPECIAL, "number": "26322000000012345678", "issued_on": NOON.date()}
        who = {"by": desk.scene.owner, "at": NOON}
        tax_invoices.record_typed(invoice=desk.invoice, gross_minor=246_121, **typed, **who)
        [row] = list(claim_list(desk.drafted())[1])
        assert row[4] == "26322000000012345678"
        assert row[8:] == [None, ""]
