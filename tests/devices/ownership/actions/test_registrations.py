"""Registration certificates: applied for, granted, refused, transferred, changed, renewed and cancelled."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from devices.actions import erasing
from devices.models import LogKey
from devices.ownership.actions import (
    amendments,
    gradings,
    holds,
    registering,
    registrar,
    registrations,
    sealing,
)
from devices.ownership.actions.registrar import GroundMissing, GroundsStand, OwnCase
from devices.ownership.models import (
    Agreement,
    EventHead,
    Hold,
    Registration,
    RegistrationEntry,
    RegistrationSignature,
)
from devices.ownership.rules import registrations as rules
from devices.ownership.rules.registrations import State
from devices.ownership.tasks import sign_registrations
from devices.permissions import SealerOnly
from marketplace.actions.parties import add_member
from marketplace.models import AuditEntry, User
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared import ed25519
from marketplace.shared.period import Period
from tests.devices.ownership.actions.test_access import DAY, START
from tests.devices.ownership.registered import AT, MINUTE, OF_A, Registered
from tests.devices.ownership.terms import terms
from tests.factories.marketplace import member, organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return Registered()


def state(registration, at=AT):
    return rules.state([one.told for one in registration.entries.all()], at=at)


def grounds(entry):
    return [(one["pointer"], one["ground"]) for one in entry.grounds]


def stands(world, entry, at=AT):
    """Return what the registrar is told stands against an application."""
    with pytest.raises(GroundsStand) as told:
        world.grant(entry, at=at)
    assert RegistrationEntry.objects.filter(registration=entry.registration).latest("pk") == entry
    return [(flaw.pointer, flaw.code) for flaw in told.value.flaws]


class TestApplying:
    def test_writes_down_subject_right_and_evidence(self, world):
        entry = world.apply()

        agreement = Agreement.objects.get(reference="lea_A")
        said = json.loads(entry.text.splitlines()[1])
        assert (entry.position, entry.kind, entry.step, grounds(entry)) == (0, "FIRST", "APPLIED", [])
        assert (said["holder"], said["right"], said["number"]) == (world.a.public_id, "hold", None)
        assert [one["channel"] for one in said["evidence"]["assets"]] == ["load", "program"]
        digests = list(agreement.versions.values_list("digest", flat=True))
        assert said["evidence"]["agreements"] == [{"id": agreement.public_id, "versions": digests}]
        assert said["evidence"]["log"] is None
        assert rules.digest(entry.text.encode()) == entry.digest
        assert state(entry.registration) is State.APPLIED
        assert AuditEntry.objects.get(action="registration.applied").facts["digest"] == entry.digest
        assert world.people[world.a].public_id not in entry.text

    @pytest.mark.parametrize(
        ("changes", "flaws"),
        [
            ({"assets": []}, [("/assets", "assets_count")]),
            ({"assets": ["dat_no"] * 101}, [("/assets", "assets_count")]),
            ({"right": "read"}, [("/right", "unknown_right")]),
            ({"years": 0}, [("/years", "term_too_long")]),
            ({"years": 6}, [("/years", "term_too_long")]),
            ({"right": "process", "years": 4}, [("/years", "term_too_long")]),
            ({"period": Period(OF_A.start, None)}, [("/period", "period_open")]),
        ],
    )
    def test_refuses_what_cannot_be_registered(self, world, changes, flaws):
        with pytest.raises(registrations.BadRegistration) as told:
            world.apply(**changes)

        assert [(one.pointer, one.code) for one in told.value.flaws] == flaws
        assert Registration.objects.count() == 0

    def test_names_assets_that_the_applicant_does_not_know_as_if_there_were_none(self, world):
        stranger = organization()
        world.people[stranger] = member(stranger)
        load = world.asset("load").public_id
        with pytest.raises(registrations.BadRegistration) as foreign:
            world.apply(who=stranger, assets=[load])
        with pytest.raises(registrations.BadRegistration) as mine:
            world.apply(assets=[load, "dat_no", load])

        assert [(one.pointer, one.code) for one in foreign.value.flaws] == [("/assets/0", "unknown_asset")]
        assert [(one.pointer, one.code) for one in mine.value.flaws] == [
            ("/assets/1", "unknown_asset"), ("/assets/2", "asset_repeated"),
        ]  # fmt: skip

    def test_is_not_for_whoever_only_looks(self, world):
        with pytest.raises(MissingRight):
            registrations.apply(wanted=world.wanted(), by=member(world.a, Role.VIEWER), within=world.a, at=AT)


class TestGranting:
    def test_gives_number_and_term(self, world):
        asked = world.apply()
        entry = world.grant(asked)

        assert (entry.position, entry.step, entry.previous) == (1, "GRANTED", asked.digest)
        assert (entry.valid_from, entry.valid_until) == (AT, AT.replace(year=AT.year + 3))
        assert (str(entry.registration), entry.content) == ("DPR-2026-000001", asked.content)
        assert json.loads(entry.text.splitlines()[1])["number"] == "DPR-2026-000001"
        assert state(entry.registration) is State.IN_FORCE
        assert state(entry.registration, entry.valid_until) is State.EXPIRED

    def test_numbers_run_in_the_years_of_china(self, world):
        late = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
        first, second = world.granted("load"), world.grant(world.apply("program"), at=late).registration
        third = world.grant(world.apply("parts", right="process"), at=late + MINUTE).registration

        numbers = ["DPR-2026-000001", "DPR-2026-000002", "DPR-2027-000001"]
        assert [one.number for one in (first, second, third)] == numbers

    def test_is_the_platforms_by_the_digest_that_it_saw(self, world):
        entry = world.apply()
        with pytest.raises(registrar.RegistrarOnly):
            world.grant(entry, **world.who(world.a))
        with pytest.raises(MissingRight):
            world.grant(entry, by=member(world.platform, Role.VIEWER))
        with pytest.raises(registering.RegistrationChanged):
            world.grant(entry, digest="0" * 64)
        world.grant(entry)
        with pytest.raises(registering.RegistrationChanged):
            world.grant(entry)
        with pytest.raises(registering.NothingToDecide):
            world.grant(entry.registration.entries.last())

    def test_is_for_the_owner_of_what_was_made_outside_leases(self, world):
        free = Period(START, START + DAY)

        assert state(world.granted("load", who=world.owner, period=free)) is State.IN_FORCE


class TestGrounds:
    @pytest.mark.parametrize(
        ("who", "changes"),
        [
            ("owner", {}),  # leased then
            ("a", {"period": Period(OF_A.start - timedelta(microseconds=1), OF_A.end)}),
            ("a", {"period": Period(OF_A.start, OF_A.end + timedelta(microseconds=1))}),
            ("b", {}),  # another lessee's time
            ("a", {"right": "operate"}),  # not in the table
        ],
    )
    def test_missing_authorization(self, world, who, changes):
        entry = world.apply("load", who=getattr(world, who), **changes)

        assert grounds(entry) == [("/assets/0", "missing_authorization")]
        assert stands(world, entry) == [("/assets/0", "missing_authorization")]

    def test_missing_authorization_by_the_agreements_own_table(self, world):
        entry = world.apply("load", right="process")
        held = Agreement.objects.get(reference="lea_A")
        change = {"party": "lessee", "category": "machine_condition", "removes": ["process"]}
        who = {"by": world.people[world.a], "at": START + 1.5 * DAY}
        told = {"terms": terms(change), "within": world.a}
        proposal = amendments.propose(agreement=held, **told, **who)
        who["by"] = world.people[world.owner]
        amendments.accept(proposal=proposal, digest=proposal.digest, **who)

        assert stands(world, entry) == [("/assets/0", "missing_authorization")]
        assert world.grant(world.apply("load", right="hold")).step == "GRANTED"

    def test_core_data(self, world):
        entry = world.apply()
        who = {"by": world.people[world.platform], "within": world.platform, "at": AT}
        gradings.regrade(asset=world.asset("program"), grade="L6", reason="x", reference="MIIT 1", **who)

        assert stands(world, entry) == [("/assets/1", "core_data")]

    def test_dispute_open(self, world):
        entry = world.apply()
        agreement = Agreement.objects.get(reference="lea_A")
        who = world.who(world.platform)
        hold = holds.place(agreement=agreement, retentions=["ORDINARY"], reason="dispute", **who)

        assert stands(world, entry) == [("/assets/0", "dispute_open"), ("/assets/1", "dispute_open")]
        holds.lift(hold=Hold.objects.get(pk=hold.pk), **who)
        assert world.grant(entry).step == "GRANTED"

    def test_duplicate(self, world):
        again, more = world.apply(), world.apply("load", "parts")
        part = world.apply("load", period=Period(OF_A.start, OF_A.start + MINUTE))
        other = world.apply("load", right="process")
        first = world.granted()

        assert stands(world, again) == [("/assets/0", "duplicate"), ("/assets/1", "duplicate")]
        assert stands(world, more) == [("/assets/0", "duplicate")]
        assert stands(world, part) == [("/assets/0", "duplicate")]
        assert world.grant(other).step == "GRANTED"
        registrations.cancel(registration=first, **world.who(world.a))
        assert world.grant(again).step == "GRANTED"

    def test_duplicate_no_longer_once_the_first_has_expired(self, world):
        again = world.apply()
        first = world.granted(years=1)
        until = first.entries.last().valid_until

        assert stands(world, again, at=until - MINUTE) != []
        assert world.grant(again, at=until).step == "GRANTED"

    def test_period_not_over(self, world):
        entry = world.apply("load", who=world.owner, period=Period(START, START + DAY), at=START)

        assert grounds(entry) == [("/period", "period_not_over")]
        assert stands(world, entry, at=START + DAY - MINUTE) == [("/period", "period_not_over")]
        assert world.grant(entry, at=START + DAY).step == "GRANTED"


class TestRefusing:
    def test_says_what_was_found_and_what_was_named(self, world):
        entry = world.apply(who=world.owner)
        named = [{"pointer": "/assets/1", "ground": "dispute_open"}]
        refused = world.refuse(entry, grounds=named, reason=" court file 7 ")

        assert grounds(refused) == [
            ("/assets/0", "missing_authorization"),
            ("/assets/1", "missing_authorization"),
            ("/assets/1", "dispute_open"),
        ]
        assert (refused.step, refused.reason, state(refused.registration)) == (
            "REFUSED", "court file 7", State.REFUSED,
        )  # fmt: skip
        assert refused.registration.number is None

    @pytest.mark.parametrize(
        "named",
        [
            [],
            [{"pointer": "/assets/2", "ground": "dispute_open"}],
            [{"pointer": "/assets/00", "ground": "dispute_open"}],
            [{"pointer": "/right", "ground": "dispute_open"}],
            [{"pointer": "/assets/0", "ground": "we do not like it"}],
            [{}],
        ],
    )
    def test_needs_a_ground_of_the_list_at_an_item(self, world, named):
        entry = world.apply()
        with pytest.raises(GroundMissing):
            world.refuse(entry, grounds=named)

        assert state(entry.registration) is State.APPLIED

    def test_is_the_platforms(self, world):
        with pytest.raises(registrar.RegistrarOnly):
            world.refuse(world.apply(), **world.who(world.a))

    def test_leaves_a_certificate_as_it_was(self, world):
        registration = world.granted()
        asked = registrations.renew(registration=registration, years=1, **world.who(world.a))
        world.refuse(asked, grounds=[{"pointer": "/assets/0", "ground": "dispute_open"}])

        assert state(registration) is State.IN_FORCE


class TestTransferring:
    def test_needs_both_sides_and_the_registrar(self, world):
        registration = world.granted()
        offer = world.offer(registration, world.b)
        with pytest.raises(registrar.RecipientHasNotAgreed):
            world.grant(offer)
        agreed = registrations.agree(registration=registration, digest=offer.digest, **world.who(world.b))
        made = world.grant(agreed, at=AT + DAY)

        first = registration.entries.get(position=1)
        assert (made.holder, made.kind, made.step) == (world.b, "TRANSFER", "GRANTED")
        assert (made.valid_from, made.valid_until) == (AT + DAY, first.valid_until)
        assert (made.content, made.registration.number) == (first.content, "DPR-2026-000001")
        told = [one.told for one in registration.entries.all()]
        assert rules.version_state(told, 1, at=AT + DAY) is State.SUPERSEDED

    def test_leaves_the_old_holder_nothing(self, world):
        registration = world.granted()
        world.grant(world.agreed(registration, world.b))
        with pytest.raises(registrations.NotTheHolder):
            registrations.cancel(registration=registration, **world.who(world.a))
        again = world.apply("load", period=Period(OF_A.start + MINUTE, OF_A.end))

        assert stands(world, again) == [("/assets/0", "duplicate")]

    def test_can_be_renewed_and_passed_on_but_not_changed_by_who_got_it(self, world):
        registration = world.granted()
        world.grant(world.agreed(registration, world.b))
        renewed = registrations.renew(registration=registration, years=2, **world.who(world.b))
        assert world.grant(renewed).valid_until == AT.replace(year=AT.year + 2)
        changed = registrations.change(
            registration=registration, wanted=world.wanted("load"), **world.who(world.b)
        )
        assert stands(world, changed) == [("/assets/0", "missing_authorization")]
        registrations.withdraw(registration=registration, **world.who(world.b))
        back = world.grant(world.agreed(registration, world.a, world.b))
        assert (back.holder, back.step) == (world.a, "GRANTED")

    def test_is_refused_to_others(self, world):
        registration = world.granted()
        with pytest.raises(registrations.NotTheHolder):
            world.offer(registration, world.a, world.b)
        with pytest.raises(registrations.TransferToItself):
            world.offer(registration, world.a)
        offer = world.offer(registration, world.b)
        with pytest.raises(registrations.NotOffered):
            registrations.agree(registration=registration, digest=offer.digest, **world.who(world.owner))
        with pytest.raises(registering.RegistrationChanged):
            registrations.agree(registration=registration, digest="0" * 64, **world.who(world.b))
        agreed = registrations.agree(registration=registration, digest=offer.digest, **world.who(world.b))
        with pytest.raises(registering.NothingToDecide):
            registrations.agree(registration=registration, digest=agreed.digest, **world.who(world.b))

    def test_is_declined_by_the_recipient(self, world):
        registration = world.granted()
        world.offer(registration, world.b)
        with pytest.raises(registrations.NotTheHolder):
            registrations.withdraw(registration=registration, **world.who(world.owner))
        registrations.withdraw(registration=registration, **world.who(world.b))

        assert (state(registration), registration.entries.last().step) == (State.IN_FORCE, "WITHDRAWN")
        with pytest.raises(registering.NothingToDecide):
            registrations.withdraw(registration=registration, **world.who(world.a))


class TestChangingAndRenewing:
    def test_a_change_is_decided_as_anew_and_keeps_its_number(self, world):
        registration = world.granted()
        wanted = world.wanted("load", right="process", years=1)
        asked = registrations.change(registration=registration, wanted=wanted, **world.who(world.a))
        made = world.grant(asked, at=AT + DAY)

        assert (made.kind, made.right, made.assets) == ("CHANGE", "process", world.ids("load"))
        assert (made.valid_until, made.registration.number) == (
            (AT + DAY).replace(year=AT.year + 1), "DPR-2026-000001",
        )  # fmt: skip
        assert made.content != asked.registration.entries.get(position=0).content

    def test_a_renewal_begins_with_the_decision_even_if_that_comes_late(self, world):
        registration = world.granted(years=1)
        until = registration.entries.last().valid_until
        who = world.who(world.a, until - MINUTE)
        asked = registrations.renew(registration=registration, years=5, **who)
        made = world.grant(asked, at=until + DAY)

        assert (made.valid_from, made.valid_until.year) == (until + DAY, until.year + 5)
        assert state(registration, until + DAY) is State.IN_FORCE

    def test_are_for_what_is_in_force_one_at_a_time(self, world):
        waiting = world.apply("parts").registration
        with pytest.raises(registrations.RegistrationNotInForce):
            registrations.renew(registration=waiting, years=1, **world.who(world.a))
        registration = world.granted(years=1)
        with pytest.raises(registrations.BadRegistration):
            registrations.renew(registration=registration, years=6, **world.who(world.a))
        registrations.renew(registration=registration, years=1, **world.who(world.a))
        with pytest.raises(registrations.ApplicationWaits):
            world.offer(registration, world.b)
        late = registration.entries.get(position=1).valid_until
        registrations.withdraw(registration=registration, **world.who(world.a))
        with pytest.raises(registrations.RegistrationNotInForce):
            registrations.renew(registration=registration, years=1, **world.who(world.a, late))


class TestCancelling:
    def test_ends_it_at_once_with_what_waits(self, world):
        registration = world.granted()
        agreed = world.agreed(registration, world.b)
        ended = registrations.cancel(registration=registration, **world.who(world.a))

        assert (state(registration), ended.valid_until) == (State.CANCELLED, None)
        with pytest.raises(registering.RegistrationChanged):
            world.grant(agreed)
        with pytest.raises(registrations.RegistrationNotInForce):
            registrations.cancel(registration=registration, **world.who(world.a))

    def test_is_the_platforms_too_with_a_reason(self, world):
        registration = world.granted()
        who = world.who(world.platform)
        with pytest.raises(registrations.ReasonMissing):
            registrations.cancel(registration=registration, reason=" ", **who)
        with pytest.raises(registrations.NotTheHolder):
            registrations.cancel(registration=registration, reason="x", **world.who(world.b))
        ended = registrations.cancel(registration=registration, reason="judgment 9", **who)

        assert (ended.reason, state(registration)) == ("judgment 9", State.CANCELLED)


class TestKeeping:
    @pytest.mark.parametrize(
        ("model", "field"), [(RegistrationEntry, "at"), (RegistrationSignature, "signed_at")]
    )
    def test_nothing_is_rewritten(self, world, model, field):
        world.granted()
        registrar.sign(by=world.clock, at=AT)
        found = model.objects.all()
        for write in (lambda: found.update(**{field: AT}), lambda: found._raw_delete("default")):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                write()
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM ownership_registration")

    def test_a_refusal_without_a_ground_is_none_for_the_database(self, world):
        entry = world.apply()
        entry.pk, entry.position, entry.step = None, 1, "REFUSED"
        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save(force_insert=True)

    def test_entries_name_the_one_before(self, world):
        registration = world.granted()
        world.grant(world.agreed(registration, world.b))

        chain = list(registration.entries.all())
        assert [one.previous for one in chain] == ["", *[one.digest for one in chain[:-1]]]
        assert [one.position for one in chain] == list(range(5))
        assert str(chain[-1]) == "DPR-2026-000001 #4: TRANSFER GRANTED"

    def test_lists_say_the_state_that_the_rule_says(self, world):
        registration = world.granted(years=1)
        until = registration.entries.last().valid_until
        ended = world.granted("parts")
        registrations.cancel(registration=ended, **world.who(world.a))
        waiting = world.apply("execution").registration
        world.offer(registration, world.b)

        for at in (AT, until):
            found = {one: one for one in Registration.objects.shown(at)}
            assert set(found) == {registration, ended, waiting}
            for one in found.values():
                told = [entry.told for entry in one.entries.all()]
                assert one.is_in_force is (rules.state(told, at=at) is State.IN_FORCE)
                assert one.is_pending is (rules.pending(told) is not None)
                assert one.holder_now == world.a.pk

    def test_is_seen_by_holders_recipients_and_the_platform(self, world):
        registration = world.granted()

        def seen(who):
            return list(Registration.objects.visible_in(who)) == [registration]

        assert [seen(one) for one in (world.a, world.b, world.owner, world.platform)] == [
            True, False, False, True,
        ]  # fmt: skip
        world.offer(registration, world.b)
        assert seen(world.b)


class TestSigning:
    def test_signs_each_grant_once(self, world):
        registration = world.granted()
        with pytest.raises(SealerOnly):
            registrar.sign(by=world.people[world.platform], at=AT)

        assert [registrar.sign(by=world.clock, at=AT) for _ in range(2)] == [1, 0]
        signed = RegistrationSignature.objects.get()
        entry = registration.entries.get(step="GRANTED")
        key = LogKey.objects.get()
        assert (signed.entry, signed.key, str(signed)) == (entry, key, str(entry.pk))
        assert state(registration) is State.IN_FORCE
        assert ed25519.verify(bytes(key.public_key), entry.text.encode(), bytes(signed.signature))

    def test_is_the_clocks_work(self, world):
        world.granted()
        sign_registrations()

        assert RegistrationSignature.objects.count() == 1

    def test_the_text_names_the_log_of_reads_as_it_was(self, world):
        world.read(world.a)
        head = sealing.seal(by=world.clock, at=AT)
        entry = world.grant(world.apply())

        assert entry.evidence["log"] == {"size": head.size, "root": bytes(head.root).hex()}
        assert EventHead.objects.count() == 1


def beside(act):
    """Begin an act in another connection; return the thread and where its outcome comes."""
    outcome = []

    def run():
        try:
            outcome.append(act())
        except Exception as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def raced(self, first, second):
        """Let ``second`` come while ``first`` has written and not committed; return the outcome of second."""
        with transaction.atomic():
            first()
            thread, outcome = beside(second)
            time.sleep(1)
            waited = not outcome
        thread.join()
        assert waited
        return outcome[0]

    def test_one_subject_is_registered_once(self, world):
        one, other = world.apply(), world.apply()

        outcome = self.raced(lambda: world.grant(one), lambda: world.grant(other))

        assert isinstance(outcome, GroundsStand)
        assert {flaw.code for flaw in outcome.flaws} == {"duplicate"}
        assert RegistrationEntry.objects.in_force(AT).count() == 1

    def test_two_decisions_have_two_numbers(self, world):
        free = Period(START, START + DAY)
        one, other = world.apply("load"), world.apply("program", who=world.owner, period=free)

        outcome = self.raced(lambda: world.grant(one), lambda: world.grant(other))

        assert outcome.registration.number == "DPR-2026-000002"

    def test_a_transfer_and_a_cancellation_come_one_after_the_other(self, world):
        registration = world.granted()
        agreed = world.agreed(registration, world.b)

        outcome = self.raced(
            lambda: world.grant(agreed),
            lambda: registrations.cancel(registration=registration, **world.who(world.a)),
        )

        assert isinstance(outcome, registrations.NotTheHolder)
        assert state(registration) is State.IN_FORCE
        ended = self.raced(
            lambda: registrations.cancel(registration=registration, **world.who(world.b)),
            lambda: world.offer(registration, world.a, world.b),
        )
        assert isinstance(ended, registrations.RegistrationNotInForce)

    def test_the_database_keeps_a_chain_from_forking(self, world):
        entry = world.apply()
        world.grant(entry)
        entry.pk, entry.position, entry.step = None, 1, "WITHDRAWN"
        with pytest.raises(IntegrityError):
            entry.save(force_insert=True)

    def test_a_hold_waits_for_the_decision(self, world):
        entry = world.apply()
        agreement = Agreement.objects.get(reference="lea_A")
        who = world.who(world.platform)

        outcome = self.raced(
            lambda: world.grant(entry),
            lambda: holds.place(agreement=agreement, retentions=["ORDINARY"], reason="d", **who),
        )

        assert isinstance(outcome, Hold)


class TestErasedData:
    def erase(self, world, key="program", first=OF_A.start, last=OF_A.end):
        retention = world.asset(key).channel.retention
        order = {"device": world.device, "retention": retention, "reference": "dut_1", "by": world.clock}
        erasing.order(period=Period(first, last), channels=[], at=AT, **order)

    def test_are_registered_for_nobody(self, world):
        self.erase(world, last=OF_A.start + MINUTE)

        entry = world.apply("load", "program")

        assert grounds(entry) == [("/assets/1", "erased_data")]
        assert stands(world, entry) == [("/assets/1", "erased_data")]
        assert world.grant(world.apply("load")).step == "GRANTED"

    def test_next_to_the_period_do_not_matter(self, world):
        self.erase(world, first=OF_A.start - MINUTE, last=OF_A.start)
        assert grounds(world.apply("program")) == []

    def test_erased_while_it_waited_are_not_granted(self, world):
        entry = world.apply("program")
        self.erase(world)
        assert stands(world, entry) == [("/assets/0", "erased_data")]

    def test_stand_beside_a_certificate_that_was_granted_before(self, world, keyed, client):
        registration = world.granted("program", "load")
        sign_registrations()
        api = keyed(world.people[world.a], world.a)
        url = f"/api/v1/data-registrations/{registration.public_id}/"
        assert (api.get(url).json()["erased"], api.get(f"{url}statement/").json()["erased"]) == ([], [])
        self.erase(world, last=OF_A.start + MINUTE)

        (gone,) = api.get(url).json()["erased"]

        assert gone["asset"] == world.asset("program").public_id
        assert datetime.fromisoformat(gone["ends_at"]) == OF_A.start + MINUTE
        assert api.get(f"{url}statement/").json()["erased"] == [gone]
        client.force_login(world.people[world.a])
        page = client.get(f"/data/registrations/{registration.public_id}/").content.decode()
        assert "现已删除" in page
        with pytest.raises(GroundsStand):
            world.grant(registrations.renew(registration=registration, years=3, **world.who(world.a)))


class TestOwnCase:
    def test_the_platform_grants_nothing_to_itself_but_may_refuse(self, world):
        offered = world.granted("load")
        entry = world.agreed(offered, world.platform)

        with pytest.raises(OwnCase):
            world.grant(entry)
        assert state(offered) == State.IN_FORCE
        assert offered.entries.latest("pk") == entry

        assert (
            world.refuse(entry, grounds=[{"pointer": "/period", "ground": "dispute_open"}]).step == "REFUSED"
        )

    @pytest.mark.parametrize("act", ["grant", "refuse"])
    def test_a_person_decides_nothing_of_an_organization_it_belongs_to(self, world, act):
        entry = world.apply("load")
        person = world.people[world.platform]
        add_member(organization=world.a, user=person, role="VIEWER", by=world.people[world.a], at=AT)
        world.people[world.platform] = User.objects.get(pk=person.pk)

        with pytest.raises(OwnCase):
            getattr(world, act)(entry)

        assert entry.registration.entries.count() == 1
        world.people[world.platform] = member(world.platform)
        assert world.grant(entry).step == "GRANTED"
