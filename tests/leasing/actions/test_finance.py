"""A finance lease from the offer to its registration, and what the database refuses."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from leasing.actions import early_ends, finance, finance_licences, leases, offers, terminations
from leasing.actions.endings import FinanceBinds
from leasing.actions.finance import NoLicence, NotFinanced, RegistrationInvalid
from leasing.actions.finance_licences import LicenceInvalid
from leasing.actions.offers import OfferInvalid
from leasing.models import FinanceInstalment, FinanceLease, FinanceLicence, FinanceRegistration
from leasing.queries import expected_charges
from leasing.queries.settlements import facts_of
from leasing.rules.finance_registrations import Kind, State
from leasing.rules.leases import Status
from leasing.tasks import remind_of_registration, run_clock
from marketplace.models import AuditEntry, Claim, Notification
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.factories.leasing import hand_over
from tests.leasing.financed import FINANCE, YEAR, accepted, contracted, license_lessor, quoted
from tests.leasing.world import ASKED, DECIDED, HANDOVER, START, person

REGISTERED = date(2026, 2, 21)
GIVEN = {"number": "01234567890123456789", "on": REGISTERED, "expires_on": date(2027, 3, 31)}


def register(world, lease, kind=Kind.REGISTER, **changes):
    given = {"kind": kind, "by": world.owner, "at": DECIDED} | GIVEN | changes
    return finance.register(lease=lease, **given)


class TestOffer:
    def test_is_refused_without_a_licence(self, world):
        with pytest.raises(OfferInvalid) as refusal:
            quoted(world)

        assert [(flaw.pointer, flaw.code) for flaw in refusal.value.flaws] == [
            ("/terms/finance", "no_licence")
        ]

    def test_of_a_licensed_lessor_can_be_accepted_and_is_signed_in_writing(self, world):
        lease = accepted(world)

        assert (lease.status, lease.contract.form) == (Status.APPROVED, "WRITTEN")
        assert contracted_schedule(lease)[0] == {
            "number": 1,
            "due_on": "2026-04-01",
            "principal_minor": 972_797,
            "interest_minor": 60_000,
            "payment_minor": 1_032_797,
        }
        assert lease.contract.document["finance"]["licence"]["number"] == "融租 2020-017"

    def test_for_less_than_half_a_year_is_in_writing_too(self, world):
        license_lessor(world)
        terms = {"finance": FINANCE | {"instalments": 2}}
        lease = offers.quote(
            lease=world.ask(),
            terms=terms,
            valid_until=DECIDED + timedelta(days=3),
            by=world.owner,
            at=DECIDED,
        )
        digest = lease.offers.latest("version").digest
        lease = offers.accept(lease=lease, digest=digest, mandate="OFFICE", by=world.buyer, at=DECIDED)

        assert (lease.status, lease.contract.form) == (Status.APPROVED, "WRITTEN")

    def test_is_refused_where_it_is_paid_back_after_the_end(self, world):
        license_lessor(world)
        with pytest.raises(OfferInvalid) as refusal:
            quoted(world, instalments=13)

        assert refusal.value.flaws[0].code == "schedule_too_long"

    def test_can_be_an_operating_lease_again(self, world):
        license_lessor(world)
        lease = quoted(world)

        lease = offers.counter(lease=lease, terms={"finance": None}, by=world.buyer, at=DECIDED)

        assert lease.agreed.finance is None
        lease = offers.accept(
            lease=lease, digest=lease.offers.latest("version").digest, by=world.owner, at=DECIDED
        )
        assert "finance" not in lease.contract.document
        assert not FinanceLease.objects.exists()

    def test_cannot_be_accepted_when_the_licence_has_ended(self, world):
        license_lessor(world)
        lease = quoted(world)
        license_lessor(world, valid_until=DECIDED.date() - timedelta(days=1))
        digest = lease.offers.latest("version").digest

        with pytest.raises(NoLicence):
            offers.accept(lease=lease, digest=digest, mandate="OFFICE", by=world.buyer, at=DECIDED)

        lease.refresh_from_db()
        assert (lease.status, Claim.objects.active().count()) == (Status.QUOTED, 0)

    def test_counts_all_instalments_as_credit(self, world):
        license_lessor(world)
        asked = expected_charges(world.ask(period=YEAR)).minor

        # 123,936.66 with 13 % VAT
        assert expected_charges(quoted(world)).minor - asked == 14_004_843


def contracted_schedule(lease):
    return lease.contract.document["finance"]["schedule"]


class TestSchedule:
    def test_is_written_down_with_the_contract_as_it_says_it(self, world):
        lease = accepted(world)

        kept = FinanceLease.objects.get(lease=lease)
        assert [one.value().dump() for one in kept.instalments.all()] == contracted_schedule(lease)
        assert (kept.principal.minor, kept.nominal_price.minor, kept.end) == (12_000_000, 100, "TRANSFER")
        assert [one.payment_minor for one in kept.instalments.all()][-1] == 1_032_799
        told = Notification.objects.get(kind="finance_to_register")
        assert (told.organization, told.facts["lease"]) == (world.lessor, lease.number)

    @pytest.mark.parametrize("principal", [1, 12_000_001])
    def test_that_does_not_add_up_is_not_stored(self, world, principal):
        kept = FinanceLease.objects.get(lease=accepted(world))

        with pytest.raises(IntegrityError, match="do not add up"), transaction.atomic():
            FinanceInstalment.objects.create(
                finance=kept, number=13, due_on=START, principal_minor=principal, interest_minor=0
            )
            connection.check_constraints()

    def test_is_not_stored_without_instalments(self, world):
        license_lessor(world)
        given = {"lease": quoted(world), "licence": FinanceLicence.objects.get(), "made_at": DECIDED}

        with pytest.raises(IntegrityError, match="do not add up"), transaction.atomic():
            FinanceLease.objects.create(principal_minor=1, currency="CNY", end="RETURN", **given)
            connection.check_constraints()

    @pytest.mark.parametrize("model", [FinanceLease, FinanceInstalment, FinanceLicence])
    def test_is_never_rewritten(self, world, model):
        accepted(world)

        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.all().delete()


class TestRegistration:
    def test_is_recorded_by_the_lessor_alone(self, world):
        lease = contracted(world)
        for by in (world.buyer, world.watcher, world.outsider):
            with pytest.raises(MissingRight):
                register(world, lease, by=by)
        assert not FinanceRegistration.objects.exists()

        made = register(world, lease, number=f"  {GIVEN['number']} ")

        assert (made.position, made.number, made.made_by) == (1, GIVEN["number"], world.owner.public_id)
        assert AuditEntry.objects.get(action="finance.register").facts["kind"] == "REGISTER"
        assert FinanceLease.objects.get().state_on(REGISTERED) is State.REGISTERED

    def test_is_a_history(self, world):
        lease = contracted(world)
        register(world, lease)
        register(world, lease, Kind.AMEND, number="AMEND-1")
        register(world, lease, Kind.EXTEND, number="EXTEND-1", expires_on=date(2028, 3, 31))
        register(world, lease, Kind.CANCEL, number="CANCEL-1", expires_on=None)

        assert [one.kind for one in FinanceRegistration.objects.all()] == [
            "REGISTER",
            "AMEND",
            "EXTEND",
            "CANCEL",
        ]
        assert FinanceLease.objects.get().state_on(REGISTERED) is State.CANCELLED
        register(world, lease, number="SECOND-1")
        with pytest.raises(IntegrityError), transaction.atomic():
            FinanceRegistration.objects.all().delete()

    def test_that_has_expired_is_made_anew_and_not_extended(self, world):
        lease, short = contracted(world), REGISTERED - timedelta(days=1)
        register(world, lease, on=short - timedelta(days=9), expires_on=short)

        with pytest.raises(RegistrationInvalid) as refusal:
            register(world, lease, Kind.EXTEND, number="EXTEND-1")
        assert [(flaw.pointer, flaw.code) for flaw in refusal.value.flaws] == [("/kind", "not_registered")]
        register(world, lease, number="SECOND-1")

        assert [one.number for one in FinanceRegistration.objects.all()] == [GIVEN["number"], "SECOND-1"]
        assert FinanceLease.objects.get().state_on(REGISTERED) is State.REGISTERED

    def test_is_refused_with_every_fault_and_nothing_is_written(self, world):
        lease = contracted(world)

        with pytest.raises(RegistrationInvalid) as refusal:
            register(world, lease, Kind.CANCEL, number="-")

        assert {flaw.pointer for flaw in refusal.value.flaws} == {"/kind", "/number", "/expires_on"}
        assert not FinanceRegistration.objects.exists()

    def test_of_an_operating_lease_is_refused(self, world):
        with pytest.raises(NotFinanced):
            register(world, world.accepted())

    @pytest.mark.parametrize(
        ("kind", "position", "expires_on"),
        [("AMEND", 2, GIVEN["expires_on"]), ("REGISTER", 3, date(2028, 1, 1))],
    )
    def test_that_does_not_follow_is_refused_by_the_database(self, world, kind, position, expires_on):
        kept = FinanceLease.objects.get(lease=contracted(world))
        given = {"finance": kept, "number": "X-00001", "on": REGISTERED, "made_at": DECIDED}

        with pytest.raises(IntegrityError, match="does not follow"), transaction.atomic():
            FinanceRegistration.objects.create(kind=kind, position=position, expires_on=expires_on, **given)

    def test_that_is_missing_does_not_keep_the_machine_from_being_handed_over(self, world):
        lease = contracted(world)

        lease = hand_over(lease, owner=world.owner, buyer=world.buyer, at=HANDOVER)

        assert lease.status == Status.ACTIVE
        assert FinanceLease.objects.get().state_on(HANDOVER.date()) is State.NONE


class TestReminder:
    def remind(self, world, day):
        at = DECIDED.replace(year=day.year, month=day.month, day=day.day)
        return finance.remind(finance=FinanceLease.objects.get(), by=world.clock, at=at)

    def test_comes_once_within_thirty_days_of_the_end(self, world):
        register(world, contracted(world))

        assert self.remind(world, date(2027, 2, 28)) is False
        assert self.remind(world, date(2027, 3, 1)) is True
        assert self.remind(world, date(2027, 3, 2)) is False
        told = Notification.objects.get(kind="finance_registration_ends")
        assert (told.organization, told.facts["ends_at"][:10]) == (world.lessor, "2027-03-31")

    def test_comes_again_for_what_was_extended_and_never_for_what_was_cancelled(self, world):
        lease = contracted(world)
        register(world, lease)
        self.remind(world, date(2027, 3, 1))
        at = DECIDED.replace(year=2027, month=3)
        more = {"on": date(2027, 3, 2), "at": at}
        register(world, lease, Kind.EXTEND, number="EXTEND-1", expires_on=date(2027, 4, 30), **more)

        assert self.remind(world, date(2027, 4, 20)) is True
        register(world, lease, Kind.CANCEL, number="CANCEL-1", **(more | {"expires_on": None}))
        assert self.remind(world, date(2027, 4, 21)) is False

    def test_is_found_by_the_clock_until_somebody_was_told(self, world):
        lease = contracted(world)
        register(world, lease)
        due = FinanceLease.objects.to_remind

        assert [due(date(2027, month, 1)).count() for month in (2, 3, 4)] == [0, 1, 0]
        self.remind(world, date(2027, 3, 1))
        assert due(date(2027, 3, 1)).count() == 0

    def test_is_not_wanted_for_a_lease_that_came_to_nothing(self, world):
        lease = accepted(world)
        register(world, lease)

        leases.cancel(lease=lease, by=world.buyer, at=DECIDED)

        assert FinanceLease.objects.to_remind(date(2027, 3, 1)).count() == 0

    def test_is_sent_by_the_task(self, world, settings, monkeypatch):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        register(world, contracted(world))
        monkeypatch.setattr(
            "marketplace.shared.clock.now", lambda: DECIDED.replace(year=2027, month=3, day=21)
        )
        found = FinanceLease.objects.get()
        queued = []
        monkeypatch.setattr(remind_of_registration, "delay", lambda finance_id: queued.append(finance_id))
        monkeypatch.setattr("leasing.tasks.close_due.delay", lambda lease_id: None)

        run_clock()
        remind_of_registration(*queued)

        assert queued == [found.pk]
        assert Notification.objects.filter(kind="finance_registration_ends").count() == 1


class TestLicence:
    def test_is_recorded_by_the_platform_alone(self, world):
        made = license_lessor(world)
        given = {
            "platform": world.lessor,
            "organization": world.lessor,
            "number": "1",
            "authority": "我们自己",
            "valid_from": date(2020, 1, 1),
            "at": ASKED,
        }
        for by in (person("chief", world.lessor, Role.ADMIN), world.owner, world.outsider):
            with pytest.raises(MissingRight):
                finance_licences.record(by=by, **given)

        assert FinanceLicence.objects.get() == made
        assert AuditEntry.objects.get(action="licence.record").facts["number"] == "融租 2020-017"

    def test_is_refused_with_every_fault(self, world):
        with pytest.raises(LicenceInvalid) as refusal:
            license_lessor(world, number=" ", authority="", valid_until=date(2019, 1, 1))

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/number", "/authority", "/valid_until"]

    def test_holds_from_day_to_day_and_the_last_entry_counts(self, world):
        license_lessor(world, valid_until=date(2026, 12, 31))
        in_force = FinanceLicence.objects.in_force

        days = (date(2019, 12, 31), date(2020, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
        assert [in_force(world.lessor.pk, day) is not None for day in days] == [False, True, True, False]
        assert in_force(world.lessee.pk, date(2026, 1, 1)) is None
        license_lessor(world, valid_until=date(2025, 1, 1))
        assert in_force(world.lessor.pk, date(2026, 1, 1)) is None


class TestNobodyWalksAway:
    """120,000.00 over twelve months from 1 March: on 11 March nothing is paid back yet."""

    EARLY = HANDOVER + timedelta(days=10)

    @pytest.fixture
    def running(self, world):
        return hand_over(contracted(world), owner=world.owner, buyer=world.buyer, at=HANDOVER)

    @pytest.mark.parametrize("who", ["owner", "buyer"])
    def test_by_notice_or_by_ending_it(self, world, running, who):
        by = getattr(world, who)
        with pytest.raises(FinanceBinds) as refusal:
            early_ends.give_notice(
                lease=running, ends_at=self.EARLY + timedelta(days=40), by=by, at=self.EARLY
            )
        assert refusal.value.facts["ends_at"] == "2027-03-02 00:00"
        with pytest.raises(FinanceBinds):
            leases.end(lease=running, by=by, at=self.EARLY)
        running.refresh_from_db()
        assert running.status == Status.ACTIVE

    def test_it_ends_at_its_end(self, world, running):
        assert leases.end(lease=running, by=world.owner, at=running.ends_at).status == Status.ENDED
        assert facts_of(running) == []

    @pytest.mark.parametrize("days", [10, 45])
    def test_what_is_not_paid_back_stands_in_the_statement(self, world, running, days):
        at = HANDOVER + timedelta(days=days)
        ended = terminations.terminate(
            lease=running, ground="MISUSE", reason="Spindle run without oil", by=world.owner, at=at
        )

        paid, first = (0, "2026-04-01") if days == 10 else (972_797, "2026-05-01")
        (fact,) = facts_of(ended)
        assert (fact.kind, fact.amount_minor) == ("PRINCIPAL", 12_000_000 - paid)
        assert fact.facts == {"count": "12" if days == 10 else "11", "due_on": first}

    def test_nor_when_the_machine_is_lost(self, world, running):
        lost = terminations.lose(
            lease=running, case="NB-17", value_basis="Agreed", value_minor=5, by=world.owner, at=self.EARLY
        )
        assert [(one.kind, one.amount_minor) for one in facts_of(lost)] == [
            ("LOSS", 5),
            ("PRINCIPAL", 12_000_000),
        ]
        assert len({one.source for one in facts_of(lost)}) == 2
