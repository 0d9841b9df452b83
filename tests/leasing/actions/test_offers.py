"""Quotes, counter-offers, and acceptance by digest."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import holds, leases, mandates, moves, offers
from leasing.models import Offer
from leasing.rules.leases import Status
from marketplace.actions import claims, nameplates
from marketplace.models import AuditEntry, Claim, Equipment
from marketplace.permissions import MissingRight
from marketplace.queries import free_units
from marketplace.shared.period import Period
from tests.factories.leasing import hand_over
from tests.leasing.world import CHEAPER, DECIDED, END, HANDOVER, PERIOD, PLAN, START

DAY = timedelta(days=1)
UNTIL = DECIDED + 3 * DAY


def state(lease):
    lease.refresh_from_db()
    return lease.status, lease.version, lease.offers.count(), lease.transitions.count()


def pointers(refusal):
    return [(flaw.pointer, flaw.code) for flaw in refusal.value.flaws]


def take(world, lease, **changes):
    given = {"digest": lease.offers.last().digest, "mandate": "OFFICE", "by": world.buyer, "at": DECIDED}
    return offers.accept(lease=lease, **(given | changes))


class TestTheRequest:
    def test_of_a_machine_whose_nameplate_was_found_wrong_is_not_accepted(self, world):
        lease = world.ask()
        Equipment.objects.filter(pk__in=[one.pk for one in world.machines]).update(is_disproved=True)
        before = state(lease)

        with pytest.raises(nameplates.MachineHeld):
            offers.accept(lease=lease, by=world.owner, at=DECIDED)

        assert state(lease) == before
        assert not Claim.objects.exists()

    def test_is_the_first_offer(self, world):
        lease = world.ask()

        first = lease.offers.get()
        assert (first.version, first.side, first.period, first.terms) == (1, "lessee", PERIOD, lease.terms)
        assert (first.made_by_name, first.valid_until, first.claim) == ("buyer", None, None)
        assert first.digest == first.value().digest() == lease.transitions.get().facts["offer"]

    def test_can_be_accepted_without_its_digest_but_not_by_another(self, world):
        lease = world.ask()
        with pytest.raises(offers.OfferOutdated):
            offers.accept(lease=lease, digest="0" * 64, by=world.owner, at=DECIDED)
        assert state(lease) == (Status.REQUESTED, 1, 1, 1)

        assert offers.accept(lease=lease, by=world.owner, at=DECIDED).status == Status.CONTRACTED


class TestQuote:
    def test_offers_other_terms_for_a_time(self, world):
        lease = world.quoted(note="For three days")

        assert state(lease) == (Status.QUOTED, 2, 2, 2)
        quote = lease.offers.last()
        assert (quote.side, quote.valid_until, quote.note) == ("lessor", UNTIL, "For three days")
        assert lease.quote_ends_at == UNTIL
        assert lease.terms["price_plan"]["components"][0]["amount"] == "2500.00"
        assert lease.terms_digest == lease.agreed.digest() == quote.terms_digest
        assert lease.transitions.last().facts["differences"] == [
            {
                "pointer": "/terms/price_plan/components/0/amount",
                "before": "3000.00",
                "after": "2500.00",
            }
        ]
        assert AuditEntry.objects.get(action="lease.quote").subject == lease.public_id
        assert not Claim.objects.exists()

    def test_may_stay_with_what_was_asked_for(self, world):
        lease = world.quoted(terms={})

        assert lease.transitions.last().facts["differences"] == []

    def test_may_name_other_days_even_fewer_than_the_listing_asks_for(self, world):
        days = Period(START + DAY, START + 4 * DAY)

        lease = world.quoted(period=days)

        assert (lease.period, lease.offers.last().period) == (days, days)

    def test_is_replaced_by_the_next(self, world):
        lease = world.quoted(hold=True)
        held = lease.offers.last().claim

        lease = offers.quote(
            lease=lease, valid_until=UNTIL + DAY, hold=True, by=world.owner, at=DECIDED + DAY
        )

        held.refresh_from_db()
        assert (held.active, Claim.objects.active().get().held_until) == (False, UNTIL + DAY)
        assert [offer.version for offer in lease.offers.all()] == [1, 2, 3]
        assert lease.quote_ends_at == UNTIL + DAY

    def test_keeps_a_machine_free_while_it_stands(self, world):
        lease = world.quoted(hold=True, equipment=world.machines[1])

        claim = Claim.objects.active().get()
        assert (claim.equipment, claim.held_until, claim.reference) == (
            world.machines[1],
            UNTIL,
            lease.public_id,
        )
        assert lease.transitions.last().facts["claim"] == claim.public_id

    def test_does_not_keep_a_machine_that_is_taken(self, world):
        world.accepted()
        world.accepted()
        lease = world.ask()

        with pytest.raises(claims.MachineBusy):
            offers.quote(lease=lease, valid_until=UNTIL, hold=True, by=world.owner, at=DECIDED)

        assert state(lease) == (Status.REQUESTED, 1, 1, 1)

    def test_is_refused_with_every_fault_at_its_pointer(self, world):
        lease = world.ask()

        with pytest.raises(offers.OfferInvalid) as refusal:
            offers.quote(
                lease=lease,
                terms={
                    "zone": "UTC",
                    "deposit_minor": -1,
                    "price_plan": PLAN | {"currency": "EUR"},
                    "data_terms": {"template": "default_rights", "version": 1, "changes": "all"},
                },
                valid_until=DECIDED,
                note="x" * 2001,
                by=world.owner,
                at=DECIDED,
            )

        found = {pointer for pointer, _code in pointers(refusal)}
        assert {"/terms/zone", "/note", "/terms/deposit_minor", "/terms/currency", "/valid_until"} <= found
        assert any(pointer.startswith("/terms/data_terms") for pointer in found)
        assert state(lease) == (Status.REQUESTED, 1, 1, 1)

    def test_refuses_a_meter_that_nobody_counts(self, world):
        lease = world.ask()
        plan = {
            "version": 1,
            "currency": "CNY",
            "components": [
                {"id": "p", "kind": "per_unit", "meter": "parts", "unit": "piece", "price": "1.00"}
            ],
        }

        with pytest.raises(offers.OfferInvalid):
            offers.quote(
                lease=lease, terms={"price_plan": plan}, valid_until=UNTIL, by=world.owner, at=DECIDED
            )

        assert state(lease) == (Status.REQUESTED, 1, 1, 1)

    def test_forgets_the_expected_use_of_what_it_no_longer_bills(self, world):
        flat = PLAN | {"components": [PLAN["components"][0], PLAN["components"][2]]}

        lease = world.quoted(terms={"price_plan": flat, "count_rules": []})

        assert lease.usage_expected == {}

    def test_is_the_lessors(self, world):
        lease = world.ask()

        for person in (world.buyer, world.clerk, world.outsider):
            with pytest.raises(MissingRight):
                offers.quote(lease=lease, valid_until=UNTIL, by=person, at=DECIDED)

        assert state(lease) == (Status.REQUESTED, 1, 1, 1)


class TestCounter:
    def test_answers_a_quote(self, world):
        lease = world.countered(note="Less deposit, please")

        assert state(lease) == (Status.COUNTERED, 3, 3, 3)
        assert (lease.quote_ends_at, lease.deposit.minor) == (None, 1_000_000)
        assert lease.terms["price_plan"]["components"][0]["amount"] == "2500.00"
        assert lease.transitions.last().facts["differences"] == [
            {"pointer": "/terms/deposit_minor", "before": 2_000_000, "after": 1_000_000}
        ]

    def test_must_change_something(self, world):
        lease = world.quoted()

        with pytest.raises(offers.OfferInvalid) as refusal:
            offers.counter(lease=lease, terms={"price_plan": CHEAPER}, by=world.buyer, at=DECIDED)

        assert pointers(refusal) == [("", "nothing_changed")]
        assert state(lease) == (Status.QUOTED, 2, 2, 2)

    def test_keeps_to_the_days_that_the_listing_asks_for(self, world):
        lease = world.quoted()

        with pytest.raises(offers.OfferInvalid) as refusal:
            offers.counter(lease=lease, period=Period(START, START + 2 * DAY), by=world.buyer, at=DECIDED)

        assert pointers(refusal) == [("/ends_at", "too_short")]

    def test_can_be_mended_by_another(self, world):
        lease = offers.counter(
            lease=world.countered(), terms={"deposit_minor": 1}, by=world.buyer, at=DECIDED
        )

        assert (lease.status, lease.offers.count(), lease.deposit.minor) == (Status.COUNTERED, 4, 1)

    def test_is_the_lessees(self, world):
        lease = world.quoted()

        for person in (world.owner, world.guest, world.outsider):
            with pytest.raises(MissingRight):
                offers.counter(lease=lease, terms={"deposit_minor": 1}, by=person, at=DECIDED)

    def test_answers_no_request(self, world):
        with pytest.raises(moves.LeaseMoveRefused):
            offers.counter(lease=world.ask(), terms={"deposit_minor": 1}, by=world.buyer, at=DECIDED)


class TestAcceptAQuote:
    def test_binds_both_by_exactly_what_was_offered(self, world):
        lease = take(world, world.quoted(), mandate="POWER_OF_ATTORNEY", mandate_reference=" 2026-7 ")

        assert (lease.status, lease.decided_at, lease.quote_ends_at) == (Status.CONTRACTED, DECIDED, None)
        step = lease.transitions.get(move="accept")
        assert step.facts["offer"] == lease.offers.last().digest
        assert (step.facts["mandate"], step.facts["mandate_reference"]) == ("POWER_OF_ATTORNEY", "2026-7")
        assert lease.units.get().claim.held_until is None
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            type(lease).objects.update(terms_digest="0" * 64)

    def test_takes_the_machine_that_was_kept(self, world):
        lease = world.quoted(hold=True, equipment=world.machines[1])

        lease = take(world, lease)

        claim = Claim.objects.get()
        assert (lease.units.get().claim, claim.equipment, claim.held_until) == (
            claim,
            world.machines[1],
            None,
        )
        assert AuditEntry.objects.filter(action="claim.commit", subject=claim.public_id).exists()

    def test_needs_the_digest_of_the_last_offer(self, world):
        lease = world.quoted()
        first = lease.offers.first().digest

        with pytest.raises(offers.OfferNotRead) as missing:
            take(world, lease, digest="")
        with pytest.raises(offers.OfferOutdated) as outdated:
            take(world, lease, digest=first)

        assert missing.value.facts == outdated.value.facts == {"digest": lease.offers.last().digest}
        assert state(lease) == (Status.QUOTED, 2, 2, 2)

    @pytest.mark.parametrize(
        ("given", "pointer"),
        [
            ({"mandate": ""}, "/mandate"),
            ({"mandate": "KING"}, "/mandate"),
            ({"mandate": "POWER_OF_ATTORNEY", "mandate_reference": " "}, "/mandate_reference"),
        ],
    )
    def test_needs_to_know_by_what_the_person_may(self, world, given, pointer):
        lease = world.quoted()

        with pytest.raises(mandates.MandateInvalid) as refusal:
            take(world, lease, **given)

        assert [flaw.pointer for flaw in refusal.value.flaws] == [pointer]
        assert state(lease) == (Status.QUOTED, 2, 2, 2)
        assert not Claim.objects.exists()

    def test_comes_too_late_when_the_quote_has_run_out(self, world):
        lease = world.quoted()

        with pytest.raises(offers.TooLateToAccept):
            take(world, lease, at=UNTIL)

        assert state(lease) == (Status.QUOTED, 2, 2, 2)

    def test_is_the_lessees(self, world):
        lease = world.quoted()

        for person in (world.owner, world.guest, world.outsider):
            with pytest.raises(MissingRight):
                take(world, lease, by=person)

    def test_leads_to_a_handover_with_both_sides_acceptance_of_the_data_terms(self, world):
        lease = take(world, world.quoted())
        lease = hand_over(lease, owner=world.owner, buyer=world.buyer, at=HANDOVER)

        assert lease.status == Status.ACTIVE


class TestAcceptACounterOffer:
    def test_is_the_lessors_by_the_digest(self, world):
        lease = world.countered()

        with pytest.raises(MissingRight):
            take(world, lease)
        with pytest.raises(offers.OfferNotRead):
            offers.accept(lease=lease, by=world.owner, at=DECIDED)
        lease = take(world, lease, by=world.owner, mandate="")

        assert (lease.status, lease.deposit.minor) == (Status.CONTRACTED, 1_000_000)

    def test_takes_the_hold_of_the_quote_if_it_still_stands(self, world):
        quoted = world.quoted(hold=True)
        lease = offers.counter(lease=quoted, terms={"deposit_minor": 1}, by=world.buyer, at=DECIDED)

        lease = take(world, lease, by=world.owner)

        assert Claim.objects.get().held_until is None

    def test_takes_another_claim_for_other_days(self, world):
        quoted = world.quoted(hold=True)
        days = Period(START + DAY, END)
        lease = offers.counter(lease=quoted, period=days, by=world.buyer, at=DECIDED)

        lease = take(world, lease, by=world.owner)

        held, taken = Claim.objects.order_by("pk")
        assert (held.active, taken.active, taken.core.lower) == (False, True, days.start)

    def test_takes_the_machine_that_the_lessor_chooses_now(self, world):
        quoted = world.quoted(hold=True, equipment=world.machines[0])
        lease = offers.counter(lease=quoted, terms={"deposit_minor": 1}, by=world.buyer, at=DECIDED)

        lease = take(world, lease, by=world.owner, equipment=world.machines[1])

        assert Claim.objects.active().get().equipment == world.machines[1]


class TestAHold:
    def test_gives_way_when_its_time_is_over(self, world):
        first, second = world.quoted(hold=True), world.quoted(hold=True)
        third = world.ask()

        with pytest.raises(claims.MachineBusy):
            offers.accept(lease=third, by=world.owner, at=UNTIL - timedelta(seconds=1))
        lease = offers.accept(lease=third, by=world.owner, at=UNTIL)

        assert lease.units.get().equipment == world.machines[0]
        assert Claim.objects.active().count() == 1
        assert not first.offers.last().claim.active
        assert not second.offers.last().claim.active

    @pytest.mark.parametrize("end", ["refuse", "cancel", "expire"])
    def test_ends_with_the_negotiation(self, world, end):
        lease = world.quoted(hold=True)
        by = {"refuse": world.owner, "cancel": world.buyer, "expire": world.clock}[end]
        reason = {"reason": "Sold"} if end == "refuse" else {}

        lease = getattr(leases, end)(lease=lease, by=by, at=DECIDED, **reason)

        assert not Claim.objects.active().exists()
        assert lease.quote_ends_at is None

    def test_lapses_by_the_clock_while_the_lessee_still_negotiates(self, world):
        quoted = world.quoted(hold=True)
        claim = quoted.offers.last().claim
        lease = offers.counter(lease=quoted, terms={"deposit_minor": 1}, by=world.buyer, at=DECIDED)

        assert not claims.lapse(claim=claim, by=world.clock, at=UNTIL - timedelta(seconds=1))
        assert free_units(lease.period).count() == 1
        assert claims.lapse(claim=claim, by=world.clock, at=UNTIL)
        assert free_units(lease.period).count() == 2
        lease.refresh_from_db()
        assert lease.status == Status.COUNTERED

    def test_that_was_kept_for_good_does_not_lapse(self, world):
        lease = world.quoted(hold=True)
        stale = lease.offers.last().claim
        take(world, lease)

        assert not claims.lapse(claim=stale, by=world.clock, at=UNTIL)
        assert Claim.objects.active().get().held_until is None

    def test_is_committed_once(self, world):
        claim = world.quoted(hold=True).offers.last().claim

        with pytest.raises(claims.HoldRunOut):
            claims.commit(claim=claim, by=world.owner, at=UNTIL)
        claims.commit(claim=claim, by=world.owner, at=DECIDED)
        claims.release(claim=claim, by=world.owner, at=DECIDED)
        with pytest.raises(claims.HoldRunOut):
            claims.commit(claim=claim, by=world.owner, at=DECIDED)


class TestTheClock:
    def test_lets_a_quote_run_out_at_its_moment(self, world):
        lease = world.quoted(hold=True)

        assert leases.close_due(lease=lease, by=world.clock, at=UNTIL - DAY).status == Status.QUOTED
        assert leases.close_due(lease=lease, by=world.clock, at=UNTIL).status == Status.EXPIRED
        assert not Claim.objects.active().exists()

    def test_lets_a_counter_offer_run_out_a_day_after_its_start(self, world):
        lease = world.countered()

        assert leases.close_due(lease=lease, by=world.clock, at=START).status == Status.COUNTERED
        assert leases.close_due(lease=lease, by=world.clock, at=START + DAY).status == Status.EXPIRED


class TestTheTable:
    def test_keeps_offers_as_they_were_made(self, world):
        world.quoted()

        for change in (lambda: Offer.objects.update(note="x"), lambda: Offer.objects.all().delete()):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                change()

    def test_knows_no_quote_without_an_end(self, world):
        lease = world.quoted()

        with pytest.raises(IntegrityError, match="quoted_until"), transaction.atomic():
            type(lease).objects.update(quote_ends_at=None)
        with pytest.raises(IntegrityError, match="only_quotes_run_out"), transaction.atomic():
            Offer.objects.create(**copy_of(lease.offers.last(), version=9, valid_until=None, claim=None))
        with pytest.raises(IntegrityError, match="once"), transaction.atomic():
            Offer.objects.create(**copy_of(lease.offers.last()))

    def test_says_what_it_is(self, world):
        lease = world.ask()

        assert str(lease.offers.get()) == f"{lease.number} · 1"


def copy_of(offer, **changes):
    """Return the fields of an offer."""
    names = [field.name for field in Offer._meta.concrete_fields if field.name != "id"]
    return {name: getattr(offer, name) for name in names} | changes


def test_nobody_else_can_be_chosen(world):
    with pytest.raises(holds.NoMachineLeft):
        stranger = world.machines[0]
        stranger.listing_unit.delete()
        world.quoted(hold=True, equipment=stranger)
