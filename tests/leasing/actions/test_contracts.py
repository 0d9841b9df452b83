"""From the acceptance to the contract: who approves, who signs, and that a signature cannot be bent."""

import base64
import dataclasses
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction

from devices.actions import countersigning
from leasing.actions import approvals, contracts, leases, limits, mandates, moves, offers, templates
from leasing.actions.moves import LeaseMoveRefused
from leasing.gateway.signers import BuiltIn, OwnSignatureWrong
from leasing.models import Contract, CreditLimit, Signature, TermsTemplate
from leasing.queries import expected_charges
from leasing.rules.leases import Move, Status
from leasing.rules.months import reaches
from leasing.rules.templates import Kind
from marketplace.models import AuditEntry, Claim, Notification, Organization
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared import signing
from marketplace.shared.period import Period
from tests import once
from tests.leasing.world import ASKED, CODES, DECIDED, START, person

DAY = timedelta(days=1)
HALF_A_YEAR = Period(START, START + 184 * DAY)  # 1 March to 1 September
SEED = b"s" * 32


@once.fixture
def chief(world):
    return person("chief", world.lessor, Role.ADMIN)


def limit(world, by, amount_minor, **more):
    given = {"lessee": world.lessee, "currency": "CNY", "reason": "Rated B", "by": by, "at": ASKED}
    return limits.grant(lessor=world.lessor, amount_minor=amount_minor, **(given | more))


def untouched(lease, status, claims=1):
    lease.refresh_from_db()
    return lease.status == status and Claim.objects.active().count() == claims


def written(world):
    """Return a lease of half a year that waits for both signatures."""
    return world.accepted(period=HALF_A_YEAR)


def sign(world, lease, side="lessor", **more):
    given = {
        "digest": lease.contract.digest,
        "mandate": "OFFICE",
        "within": getattr(world, side),
        "by": world.owner if side == "lessor" else world.buyer,
        "at": DECIDED,
    }
    return contracts.sign(lease=lease, **(given | more))


def test_a_request_from_before_there_were_offers_binds_by_itself(world):
    true = moves.write_down

    def as_it_was(**given):
        return true(
            **(given | {"facts": {name: one for name, one in given["facts"].items() if name != "offer"}})
        )

    with patch.object(moves, "write_down", as_it_was):
        asked = world.ask()
    lease = offers.accept(lease=asked, by=world.owner, at=DECIDED)

    assert lease.status == Status.CONTRACTED
    assert {one.side for one in lease.contract.signatures.all()} == {"lessor", "lessee"}
    assert contracts.verify(contract=lease.contract).holds


class TestApproval:
    def test_is_automatic_where_no_limit_is_asked_for(self, world):
        lease = world.accepted()

        facts = AuditEntry.objects.get(action="lease.check", subject=lease.public_id).facts
        assert (facts["limit"], facts["automatic"], facts["checks"][0]["code"]) == ("NONE", True, "no_limit")
        assert facts["exposure_minor"] == expected_charges(lease).minor > 0

    def test_tells_both_sides_that_it_is_approved_and_the_lessor_alone_by_which_limit(self, world):
        lease = world.accepted()

        facts = lease.transitions.get(move=Move.APPROVE).facts
        assert set(facts) == {"decision", "automatic", "maker"}
        assert facts["maker"] == world.owner.public_id

    def test_is_automatic_up_to_the_limit_and_not_a_fen_beyond(self, world, chief):
        cost = expected_charges(world.ask()).minor
        limit(world, chief, cost)
        assert world.accepted().status == Status.CONTRACTED

        second = world.accepted()

        assert second.status == Status.ACCEPTED
        told = Notification.objects.get(kind="lease_to_approve")
        assert (told.organization, told.facts["number"]) == (world.lessor, second.number)
        limit(world, chief, 2 * cost)
        assert approvals.approve(lease=second, by=world.owner, at=DECIDED).status == Status.CONTRACTED

    def test_needs_a_person_who_did_not_bind_the_lessor(self, world, chief):
        limit(world, chief, 0)
        lease = world.accepted()

        for by, refusal in (
            (world.owner, approvals.OwnDecision),
            (world.buyer, MissingRight),
            (world.clerk, MissingRight),
            (world.clock, MissingRight),
        ):
            with pytest.raises(refusal):
                approvals.approve(lease=lease, by=by, at=DECIDED)
        assert untouched(lease, Status.ACCEPTED)
        assert not Contract.objects.exists()

        lease = approvals.approve(lease=lease, by=chief, at=DECIDED, note="Pays on time")
        assert lease.status == Status.CONTRACTED
        step = lease.transitions.get(move=Move.APPROVE)
        assert (step.actor, step.facts["maker"], step.reason) == (
            chief.public_id,
            world.owner.public_id,
            "Pays on time",
        )

    def test_asks_whoever_quoted_for_another_person_as_well(self, world, chief):
        limit(world, chief, 0)
        lease = world.quoted()
        digest = lease.offers.last().digest
        lease = offers.accept(lease=lease, digest=digest, mandate="OFFICE", by=world.buyer, at=DECIDED)

        with pytest.raises(approvals.OwnDecision):
            approvals.approve(lease=lease, by=world.owner, at=DECIDED)

        assert untouched(lease, Status.ACCEPTED)

    def test_can_be_refused_and_frees_the_machine(self, world, chief):
        limit(world, chief, 0)
        lease = leases.refuse(lease=world.accepted(), reason="Too much at once", by=chief, at=DECIDED)

        assert untouched(lease, Status.REFUSED, claims=0)
        assert Notification.objects.get(kind="lease_refuse").organization == world.lessee
        with pytest.raises(LeaseMoveRefused):
            approvals.approve(lease=lease, by=chief, at=DECIDED)

    def test_does_not_wait_for_ever(self, world, chief):
        limit(world, chief, 0)
        lease = leases.close_due(lease=world.accepted(), by=world.clock, at=START + 2 * DAY)

        assert untouched(lease, Status.EXPIRED, claims=0)

    def test_looks_at_length_and_currency(self, world, chief):
        limit(world, chief, None, longest_months=1)
        assert world.accepted().status == Status.ACCEPTED
        limit(world, chief, None, longest_months=2)
        assert world.accepted().status == Status.CONTRACTED
        limit(world, chief, 10**12, currency="USD")
        facts = world.listing.leases.first()
        assert approvals.credit_decision(facts, DECIDED).checks[0].code == "other_currency"


class TestLimits:
    def test_the_newest_for_the_lessee_goes_before_that_for_all(self, world, chief):
        limit(world, chief, 5, lessee=None)
        mine = limit(world, world.clerk, 7)
        limit(world, chief, 9, lessee=None)

        found = CreditLimit.objects.in_force(world.lessor.pk, world.lessee.pk, DECIDED)
        assert found == mine
        later = CreditLimit.objects.in_force(world.lessor.pk, world.stranger.pk, DECIDED)
        assert later.amount_minor == 9

    def test_are_refused_with_every_fault_and_nothing_is_set(self, world, chief):
        wrong = {
            "lessee": world.lessor,
            "currency": "XXX",
            "longest_months": -1,
            "valid_from": ASKED - DAY,
            "valid_until": ASKED - DAY,
            "reason": " ",
        }
        with pytest.raises(limits.CreditLimitInvalid) as refusal:
            limit(world, chief, -1, **wrong)
        with pytest.raises(limits.CreditLimitInvalid):
            limit(world, chief, 1, reason="x" * 2001)
        with pytest.raises(MissingRight):
            limit(world, world.owner, 1)

        assert {flaw.pointer for flaw in refusal.value.flaws} == {
            "/lessee",
            "/amount_minor",
            "/currency",
            "/longest_months",
            "/valid_from",
            "/valid_until",
            "/reason",
        }
        assert not CreditLimit.objects.exists()


class TestShortLeases:
    def test_are_contracted_by_offer_and_acceptance(self, world):
        lease = world.accepted()

        contract, verdict = lease.contract, contracts.verify(contract=lease.contract)
        assert (contract.form, verdict.holds) == ("ACCEPTANCES", True)
        signed = {one.side: (one.basis, one.signer, one.at) for one, _holds in verdict.signatures}
        assert signed == {
            "lessee": ("OFFER", world.buyer.public_id, ASKED),
            "lessor": ("ACCEPTANCE", world.owner.public_id, DECIDED),
        }
        step = lease.transitions.get(move=Move.CONTRACT)
        assert step.facts["document"] == contract.digest
        assert contract.digest in step.evidence
        assert contract.document["lessee"]["credit_code"] == CODES[1]

    def test_name_the_mandate_of_who_accepts_a_quote(self, world):
        lease = world.quoted()
        digest = lease.offers.last().digest
        given = {"mandate": "POWER_OF_ATTORNEY", "mandate_reference": "No. 7", "by": world.buyer}
        lease = offers.accept(lease=lease, digest=digest, at=DECIDED, **given)

        accepted = lease.contract.signatures.get(side="lessee")
        assert (accepted.mandate, accepted.mandate_reference) == ("POWER_OF_ATTORNEY", "No. 7")
        assert lease.contract.signatures.get(side="lessor").basis == "OFFER"


class TestWrittenForm:
    def test_begins_at_six_months_to_the_day(self, world):
        zone = world.ask().agreed.zone
        assert reaches(HALF_A_YEAR, 6, zone)
        assert not reaches(Period(START, HALF_A_YEAR.end - DAY), 6, zone)
        assert world.accepted(period=Period(START, HALF_A_YEAR.end - DAY)).status == Status.CONTRACTED

    def test_waits_for_both_to_sign(self, world):
        lease = written(world)
        assert lease.status == Status.APPROVED
        assert Notification.objects.filter(kind="contract_to_sign").count() == 2
        with pytest.raises(LeaseMoveRefused):
            leases.activate(lease=lease, by=world.owner, at=START)

        lease = sign(world, lease)
        assert lease.status == Status.APPROVED
        assert Notification.objects.get(kind="contract_signed").organization == world.lessee
        assert not contracts.verify(contract=lease.contract).is_complete

        lease = sign(world, lease, "lessee", mandate="LEGAL_REPRESENTATIVE")
        assert lease.status == Status.CONTRACTED
        assert contracts.verify(contract=lease.contract).holds
        assert lease.transitions.get(move=Move.CONTRACT).actor == world.buyer.public_id

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"digest": "0" * 64}, contracts.ContractDiffers),
            ({"mandate": ""}, mandates.MandateInvalid),
            ({"mandate": "POWER_OF_ATTORNEY"}, mandates.MandateInvalid),
            ({"signature": base64.b64encode(b"x" * 64).decode()}, OwnSignatureWrong),
            ({"signature": "nonsense"}, OwnSignatureWrong),
        ],
    )
    def test_is_refused_with_a_reason_and_nobody_has_signed(self, world, change, refusal):
        lease = written(world)

        with pytest.raises(refusal):
            sign(world, lease, **change)

        assert untouched(lease, Status.APPROVED)
        assert not Signature.objects.exists()

    def test_is_signed_once_by_each_and_by_nobody_else(self, world):
        lease = sign(world, written(world))

        with pytest.raises(contracts.SignedAlready):
            sign(world, lease)
        with pytest.raises(MissingRight):
            sign(world, lease, within=world.stranger, by=world.outsider)
        with pytest.raises(MissingRight):
            sign(world, lease, "lessee", by=world.guest)

        assert Signature.objects.count() == 1

    def test_keeps_the_organizations_own_signature_beside_the_platforms(self, world, chief):
        lease = written(world)
        public = signing.written(signing.public_key(SEED))
        countersigning.register_key(
            organization=world.lessor, name="ERP", public_key=public, by=chief, at=ASKED
        )
        digest, mine = lease.contract.digest, world.lessor.public_id
        text = f"jijian contract signature v1\n{digest}\n{mine}\n".encode()

        sign(world, lease, signature=signing.written(signing.sign(SEED, text)))

        ((signature, holds),) = contracts.verify(contract=lease.contract).signatures
        assert (holds, signature.seal["own_key"]) == (True, public)
        bent = signature.seal | {"own_signature": signature.seal["signature"]}
        assert not BuiltIn().holds(signature.statement(), bent)

    def test_cannot_be_bent(self, world):
        lease = sign(world, written(world))
        signature = lease.contract.signatures.get()
        said = signature.statement()

        assert BuiltIn().holds(said, signature.seal)
        for change in ({"mandate": "LEGAL_REPRESENTATIVE"}, {"at": DECIDED + DAY}, {"signer_name": "x"}):
            assert not BuiltIn().holds(dataclasses.replace(said, **change), signature.seal)
        assert not BuiltIn().holds(said, {})
        lease.contract.document["terms"]["deposit_minor"] = 1
        assert not contracts.verify(contract=lease.contract).document

    def test_is_in_the_database_too(self, world):
        lease = sign(world, written(world))

        with pytest.raises(IntegrityError), transaction.atomic():
            Signature.objects.update(signer_name="x")
        with pytest.raises(IntegrityError), transaction.atomic():
            Contract.objects.update(digest="0" * 64)
        step = lease.transitions.last()
        step.pk, step.position, step.move = None, 9, Move.CONTRACT
        with pytest.raises(IntegrityError), transaction.atomic():
            step.save()
        assert connection.needs_rollback is False


class Stamp:
    """A provider that accepts one code and keeps it."""

    def seal(self, statement, brought):
        return {"stamped": f"{statement.contract}:{brought.signature}"}

    def holds(self, statement, seal):
        return seal["stamped"].startswith(statement.contract)


class TestAnotherSigner:
    def test_is_chosen_by_a_setting_and_the_old_ones_are_still_checked(self, world, settings):
        lease = sign(world, written(world))
        settings.CONTRACT_SIGNERS = settings.CONTRACT_SIGNERS | {"stamp": f"{__name__}.Stamp"}
        settings.CONTRACT_SIGNER = "stamp"

        sign(world, lease, "lessee", signature="4711")

        verdict = contracts.verify(contract=lease.contract)
        assert [one.adapter for one, _holds in verdict.signatures] == ["builtin", "stamp"]
        assert verdict.holds


class TestTwentyYears:
    @pytest.mark.parametrize("act", ["request", "quote"])
    def test_are_the_most(self, world, act):
        longer = Period(START, START + (20 * 365 + 6) * DAY)
        with pytest.raises((leases.RequestInvalid, offers.OfferInvalid)) as refusal:
            world.ask(period=longer) if act == "request" else world.quoted(period=longer)

        assert [flaw.code for flaw in refusal.value.flaws] == ["too_long"]


class TestGeneralTerms:
    @pytest.fixture
    def publish(self, world):
        platform = Organization.objects.create(
            name="平台", kind="PLATFORM", credit_code=CODES[3], region_code="110108"
        )
        admin = person("admin", platform, Role.ADMIN)

        def act(**changes):
            given = {"kind": Kind.TERMS, "text_zh": "一", "text_en": "One", "by": admin, "at": ASKED}
            effective = changes.pop("effective_at", given["at"] + 7 * DAY)
            return templates.publish(**({"platform": platform, "effective_at": effective} | given | changes))

        return act

    def test_are_named_by_contracts_that_were_offered_when_they_were_in_force(self, world, publish):
        first = publish()
        before = world.accepted()
        late = ASKED + 7 * DAY
        after = offers.accept(lease=world.ask(at=late), by=world.owner, at=late)

        assert before.contract.document["templates"] == []
        assert after.contract.document["templates"] == [
            {"kind": "TERMS", "version": 1, "digest": first.digest}
        ]
        assert Notification.objects.filter(kind="template_published").count() == 3

    def test_are_published_seven_days_before(self, world, publish):
        for change in (
            {"effective_at": ASKED + 7 * DAY - timedelta(seconds=1)},
            {"text_zh": " "},
            {"text_en": "x" * 50_001},
        ):
            with pytest.raises(templates.TemplateInvalid):
                publish(**change)
        for other in ({"platform": world.lessor}, {"platform": world.lessor, "by": world.clock}):
            with pytest.raises(MissingRight):
                publish(**other)
        assert not TermsTemplate.objects.exists()
        publish(effective_at=ASKED + 9 * DAY)
        with pytest.raises(templates.TemplateInvalid):
            publish(effective_at=ASKED + 8 * DAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            TermsTemplate.objects.create(
                kind="TERMS", version=2, published_at=ASKED, effective_at=ASKED + 6 * DAY
            )
        assert TermsTemplate.objects.count() == 1
