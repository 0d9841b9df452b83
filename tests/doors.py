"""A small world with one of everything, and the addresses in it."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from billing.actions import (
    books,
    budgets,
    disputes,
    dunning,
    dunning_stops,
    funds,
    invoices,
    journals,
    loan_licences,
    loan_offers,
    loans,
    mediations,
    metering,
    periods,
    subsidies,
    tapes,
    tax_invoices,
)
from billing.models import (
    Book,
    Correction,
    Invoice,
    InvoiceRun,
    PeriodUnlock,
    ReviewItem,
    RunItem,
    RunPart,
    SubsidyGrant,
    UsageWindow,
)
from billing.payments.actions import banks, bills, matching, order_files, payees, payers, payouts, statements
from billing.payments.actions import orders as payment_orders
from billing.payments.models import (
    Allocation,
    BankLine,
    Classification,
    Movement,
    Rebooking,
    ReconException,
    Suggestion,
    TakeBack,
)
from billing.payments.rules.bill_facts import BillFacts
from billing.rules.budgets import Wanted as Budgeted
from billing.rules.dunning import Level
from billing.rules.journals import Dims, Entry, Line
from billing.rules.locks import Level as Lock
from billing.rules.tax_invoices import Kind as TaxKind
from devices.actions import carrying_out, countersigning, day_signatures, devices, sealing
from devices.models import Quarantined
from devices.ownership.actions import (
    borders,
    grants,
    holds,
    licences,
    payments,
    products,
    registrar,
    registrations,
    sharing,
    sharing_answers,
)
from devices.ownership.actions.offering import Wanted
from devices.ownership.actions.sealing import seal as seal_reads
from devices.ownership.models import (
    AccessEvent,
    Agreement,
    Certificate,
    Duty,
    Grant,
    ProductVersion,
    Proposal,
    RegistrationEntry,
    SharingRequest,
)
from devices.ownership.queries import Wish
from devices.ownership.rules.products import Share
from leasing.actions import (
    annexes,
    commission,
    damage,
    feeds,
    leases,
    maintenance,
    orders,
    photos,
    slots,
    subleases,
    templates,
    terminations,
    tickets,
)
from leasing.models import (
    AtRisk,
    CommissionRate,
    ConditionRecord,
    DamageClaim,
    Deposit,
    DepositOrder,
    Lease,
    Photo,
    PlanAcceptance,
    Rating,
    RatingRound,
    ServiceOrder,
    Settlement,
    SlotBooking,
    Sublease,
    Ticket,
)
from leasing.rules.canonical import digest
from leasing.rules.damage import Cause, Item
from leasing.rules.maintenance import Basis
from leasing.rules.settlements import Held, statement
from leasing.rules.templates import Kind as TemplateKind
from leasing.rules.tickets import Severity
from marketplace.actions import (
    announcements,
    api_keys,
    background_jobs,
    chains,
    content_cases,
    equipment_documents,
    imports,
    invitations,
    joining,
    listing_photos,
    messages,
    nameplates,
    needs,
    own_data,
    saved_searches,
    services,
    sign_ins,
    verifications,
    webhooks,
)
from marketplace.actions import slots as schedules
from marketplace.actions.verifications import Upload
from marketplace.models import (
    AskedIn,
    Chain,
    Conversation,
    JoinRequest,
    Listing,
    ListingService,
    Need,
    Organization,
    SavedFilter,
    User,
)
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from marketplace.rules.announcements import Audience as AnnouncedTo
from marketplace.rules.announcements import Kind as AnnouncementKind
from marketplace.rules.announcements import Wanted as Announced
from marketplace.rules.equipment_documents import Audience
from marketplace.rules.equipment_documents import Kind as DocumentKind
from marketplace.rules.proofs import Paper, Proof
from marketplace.rules.saved_searches import Telling
from marketplace.rules.search import wanted as searched
from marketplace.shared.money import Money
from marketplace.shared.period import Period
from tests.billing import world
from tests.billing.funds.world import Desk, opened
from tests.billing.loans.world import publish
from tests.billing.subsidies import world as subsidised
from tests.factories import marketplace as make
from tests.factories.leasing import picture

PUBLIC_KEY = base64.b64encode(b"p" * 32).decode()
SECRET = "O-GEHEIM-4711"  # a program name that nobody but the lessee may ever see
AFTER = datetime.fromisoformat("2026-11-05T12:00:00+08:00")


@dataclass
class World:
    """The Okuma lease with telemetry, one private reading, usage, invoices, and everybody around it."""

    scene: world.Scene
    people: dict[str, User]
    ids: dict[str, dict[str, Any]]
    texts: dict[str, str]


def build() -> World:
    """Build the world through the actions that people use."""
    scene = world.build("okuma")
    scene.replay()
    start = scene.unit.active_from
    assert start is not None
    private = scene.device.channels.filter(category="process_parameters", kind="TEXT").earliest("number").key
    scene.say(
        (1, start + timedelta(hours=60), private, SECRET), (2, start + timedelta(hours=61), "nobody", "?")
    )
    metering.meter_unit(unit=scene.unit, at=AFTER, by=scene.clock)
    sublease = _sublet(scene, start)
    ticket = _broken(scene, start)
    lent = _joining(scene) | _lent(scene, start) | _budgeted(scene, start) | _hooked(scene, start)
    changed = _changed(scene, start)
    insured = opened(scene, "F", at=start)
    funds.join(fund=insured.fund, at=start, **insured.owns)
    borne = subsidised.opened(scene, at=start, mode="PREPAID")
    leases.close_due(lease=scene.lease, by=scene.clock, at=scene.lease.ends_at)
    invoices.bill(lease=Lease.objects.get(pk=scene.lease.pk), at=AFTER, by=scene.clock)
    key, _ = api_keys.create(
        organization=scene.lessor, name="door", scopes=Scope.values, by=scene.owner, at=AFTER
    )
    device_key, device_text = devices.issue_key(device=scene.device, by=scene.owner, at=AFTER)
    rent = Invoice.objects.get(lease=scene.lease, seller=scene.lessor)
    line = rent.lines.exclude(meter="").earliest("position")
    window = UsageWindow.objects.filter(set__in=line.usage.values("window_set")).earliest("pk")
    listing = scene.lease.listing
    item = Quarantined.objects.filter(device=scene.device).earliest("pk").public_id
    agreement = Agreement.objects.get(reference=scene.lease.public_id)
    by_noun = {
        "listing": listing.public_id,
        "equipment": scene.unit.equipment.public_id,
        "device": scene.device.public_id,
        "lease": scene.lease.public_id,
        "claim": scene.unit.claim.public_id,
        "sublease": sublease.public_id,
        "ticket": ticket.public_id,
        "service": _service(scene).public_id,
        "invoice": rent.public_id,
        "agreement": agreement.public_id,
        "asset": scene.device.assets.earliest("pk").public_id,
        "api-key": key.public_id,
        "organization": scene.lessee.public_id,
    }
    by_noun["slot"] = _slot(scene).public_id
    chain = _chain(scene)
    by_noun["chain"], by_noun["need"] = chain.public_id, _need(scene, chain).public_id
    by_noun["need-draft"] = _need(scene, chain, posted=False).public_id
    by_noun["job"] = _job(scene).public_id
    ids = {noun: {"public_id": public_id} for noun, public_id in by_noun.items()}
    ids |= _claimed(insured, rent) | _subsidised(borne) | _tariffed(scene)
    ids["access-log"] = {"reference": scene.lease.public_id}
    ids["line"] = {"public_id": rent.public_id, "position": line.position}
    ids["tax-invoice"] = ids["invoice"] | {"item": _official(scene, rent)}
    ids["tax-document"] = ids["tax-invoice"] | {"form": "PDF"}
    ids |= _previewed(scene, rent)
    ids["red-letter"] = ids["invoice"] | {"item": "red_none", "act": "confirm"}
    ids["category"] = {"code": "M1-MC"}
    ids["api-tag"] = {"tag": "leases"}
    ids["api-operation"] = ids["api-tag"] | {"operation": "leases_retrieve"}
    ids["book"] = {"code": "P"}
    ids["indicator"] = {"code": "penetration"}
    ids["book-unlock"] = ids["book"] | {"item": _locked(scene).public_id}
    ids["tape"] = ids["book"] | {"item": _taped(scene)}
    ids |= _reminded(scene)
    ids["waiver"] = ids["invoice"] | {"item": "wai_none"}
    ids["book-account"] = ids["book"] | {"account": "1122.02", "currency": "CNY"}
    ids["dispute"] = ids["line"] | {"act": "raise"}
    ids["objection"] = ids["lease"] | {"item": "bob_none", "act": "withdraw"}
    ids["correction"] = ids["lease"] | {"item": _corrected(rent).public_id}
    ids["readings"] = ids["line"] | {"window": window.pk}
    ids["item"] = ids["device"] | {"item": item}
    ids["binding"] = ids["device"] | {"item": scene.device.bindings.get().public_id}
    ids["proposal"] = ids["agreement"] | {"item": _proposed(agreement).public_id}
    ids["annex"] = ids["lease"] | {"number": 1}
    ids["default"] = ids["lease"] | {"item": changed}
    ids["template"] = {"public_id": _terms(scene)}
    ids |= _announced(scene)
    ids["announcement-act"] = ids["announcement"] | {"verb": "withdraw"}
    ids["annex-answer"] = ids["annex"] | {"verb": "accept"}
    ids["answer"] = ids["proposal"] | {"verb": "accept"}
    ids["review"] = ids["lease"] | {"item": _held(scene)}
    ids["device-key"] = ids["device"] | {"item": device_key.public_id}
    record = ConditionRecord.objects.get(lease=scene.lease)
    ids["record"] = {"public_id": record.public_id}
    ids["record-act"] = ids["record"] | {"act": "refer"}
    ids["lease-record"] = ids["lease"] | {"item": record.public_id}
    ids["photo"] = {"public_id": _photo(scene).public_id}
    ids["damage"] = ids["lease"] | {"item": _damaged(scene).public_id}
    ids["damage-act"] = ids["damage"] | {"act": "withdraw"}
    settlement, order = _settling(scene)
    ids["settlement"] = ids["lease"] | {"item": settlement.public_id}
    ids["settlement-act"] = ids["lease"] | {"act": "agree"}
    ids["deposit-order"] = ids["lease"] | {"item": order.public_id}
    ids["deposit-order-act"] = ids["deposit-order"] | {"verb": "drop"}
    ids["grant"] = {"public_id": _asked(agreement).public_id}
    ids["sharing"] = {"public_id": _shared(scene, agreement).public_id}
    ids["sharing-step"] = ids["sharing"] | {"verb": "withdraw"}
    ids |= _log(scene, ids["device"])
    ids |= _duties(scene, agreement)
    ids["registration"] = {"public_id": _registered(scene, agreement)}
    ids["application"] = {"public_id": _applied(scene, agreement).registration.public_id}
    ids["border"] = {"public_id": _checked(scene)}
    ids |= _traded(scene, agreement)
    ids |= _imported(scene)
    ids["conversation"] = {"public_id": _asked_the_owner(scene).public_id}
    ids["saved-search"] = {"public_id": _saved(scene).public_id}
    ids |= _planned(scene)
    ids["risk"] = {"public_id": _risked(scene).public_id}
    feed, token = feeds.create(
        organization=scene.lessor, name="door", shows="MACHINES", language="en", by=scene.owner, at=AFTER
    )
    ids |= {"feed": {"public_id": feed.public_id}, "feed-token": {"token": token}}
    ids["risk-step"] = ids["lease"] | {"item": ids["risk"]["public_id"]}
    ids |= _maintained(scene) | _shown(scene, listing)
    ids["registration-step"] = ids["registration"] | {"verb": "cancel"}
    ids |= lent | _paid_out(scene)
    case = _mediated(scene, rent)
    ids |= {"mediation": case, "mediation-act": case | {"act": "write"}}
    return World(scene, _people(scene), ids, {"device": device_text})


def _mediated(scene: world.Scene, rent: Invoice) -> dict[str, Any]:
    """Let the lessee dispute a line, and ask the platform to mediate."""
    who: dict[str, Any] = {"within": scene.lessee, "by": scene.buyer, "at": AFTER}
    line = rent.lines.filter(net_minor__gt=0).latest("position")
    made = disputes.dispute(line=line, reason="Too much", **who)
    return {"public_id": mediations.ask(dispute=made, text="Please look", **who).public_id}


def _paid_out(scene: world.Scene) -> dict[str, dict[str, Any]]:
    """Let the platform have sent the owner what was collected for it."""
    book = books.platform_book(at=AFTER)
    assert book is not None
    one, two = ({"within": scene.platform, "by": make.member(scene.platform), "at": AFTER} for _ in range(2))
    account = banks.open_account(
        book=book, ledger_code="1002.02", holder="P", number="31050001", bank_name="ICBC", **one
    )
    about = {"holder": "O", "bank_name": "ICBC", "by": scene.owner, "at": AFTER}
    first = payees.name(organization=scene.lessor, number="33009", **about)
    payees.approve(payee=first, book=book, **two)
    whose = Dims(party=scene.lessor.public_id)
    lines = (Line("1002.02", 500, "CNY"), Line("2241.01", -500, "CNY", whose))
    entry = Entry("P", "OWNER_COLLECTED", "doors", AFTER.date(), lines)
    journals.post(entry=entry, at=AFTER, by=one["by"])
    order = payouts.propose(book=book, owner=scene.lessor, **one)
    payment_orders.approve(order=order, **two)
    file = order_files.make(bank_account=account, chosen=[order], format="TABLE", **two)
    said = {"reason": "too much", "maker": one["by"].public_id, "made_at": AFTER}
    taken = TakeBack.objects.create(order=order, amount_minor=1, **said)
    waiting = payees.name(organization=scene.lessor, number="33010", **about)
    text = b":20:A\n:25:31050001\n:60F:C261101CNY10,00\n:61:2611021102C3,00NTRFX1\n:62F:C261102CNY13,00\n"
    given, _ = statements.take(bank_account=account, name="november.sta", content=text, **one)
    line = account.lines.get()
    anew = Rebooking.objects.create(bank_line=line, number=1, kind="FEE", **said)
    moved = {"gross_minor": -250, "fee_minor": 0, "net_minor": -250, "currency": "CNY"}
    odd = Movement.objects.create(
        provider="stripe", reference="txn_1", kind="odd", occurred_at=AFTER, seen_at=AFTER, **moved
    )
    meant = Classification.objects.create(movement=odd, means="FEE", **said)
    movement = {"key": odd.known_as}
    found = {
        "month": {"month": "2026-10"},
        "month-lock": {"month": "2026-10", "level": "soft"},
        "month-vouchers": {"month": "2026-10", "program": "yonyou"},
        "statement-file": {"public_id": given.public_id},
        "bank-statement": {"public_id": given.statements.get().public_id},
        "bank-line": {"public_id": line.public_id},
        "rebooking": {"public_id": line.public_id, "item": anew.public_id},
        "rebooking-act": {"public_id": line.public_id, "item": anew.public_id, "verb": "drop"},
        "movement": movement,
        "classification": movement | {"item": meant.public_id},
        "classification-act": movement | {"item": meant.public_id, "verb": "drop"},
        "payment-order": {"public_id": order.public_id},
        "payment-order-act": {"public_id": order.public_id, "verb": "drop"},
        "take-back": {"public_id": order.public_id, "item": taken.public_id},
        "take-back-act": {"public_id": order.public_id, "item": taken.public_id, "verb": "drop"},
        "order-file": {"public_id": file.public_id},
        "payee": {"public_id": waiting.public_id},
        "payee-act": {"public_id": waiting.public_id, "verb": "approve"},
    }
    return found | _matched(scene, account, book, one)


def _matched(scene: world.Scene, account: Any, book: Any, who: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Let three lines come to the bank: one that pays, one that nearly names an invoice, one of nobody."""
    invoice = Invoice.objects.issued().filter(gross_minor__gt=2).order_by("pk").first()
    assert invoice is not None and invoice.number
    near = invoice.number[:-1] + str((int(invoice.number[-1]) + 5) % 10)
    kept = payers.propose(organization=scene.lessee, number="32001", holder="L", book=book, **who)
    payers.approve(account=kept, book=book, **who | {"by": make.member(scene.platform)})
    for place, memo in enumerate((invoice.number, near, "?"), start=1):
        BankLine.objects.create(
            bank_account=account,
            identity=f"{place:064d}",
            booked_on=AFTER.date(),
            amount_minor=place,
            currency="CNY",
            counterparty_account="32001" if place < 3 else "6222",
            memo=memo,
            taken_at=AFTER,
        )
    said = BillFacts("5" * 30, "D", "B", 7, AFTER.date(), AFTER.date(), AFTER.date() + timedelta(days=30))
    bill = bills.record(book=book, payer=scene.lessee, kind="BANK", facts=said, **who)
    bills.confirm(bill=bill, **who | {"by": make.member(scene.platform)})
    matching.run(book=book, **who)
    paid = Allocation.objects.get()
    assert paid.receipt is not None
    suggestion, unmatched = Suggestion.objects.get(), ReconException.objects.order_by("pk").last()
    assert unmatched is not None
    return {
        "acceptance-bill": {"public_id": bill.public_id},
        "acceptance-bill-act": {"public_id": bill.public_id, "verb": "present"},
        "receipt": {"public_id": paid.receipt.public_id},
        "allocation": {"public_id": paid.public_id},
        "suggestion": {"public_id": suggestion.public_id},
        "suggestion-act": {"public_id": suggestion.public_id, "verb": "drop"},
        "recon-exception": {"public_id": unmatched.public_id},
        "recon-exception-act": {"public_id": unmatched.public_id, "verb": "hold"},
        "payer-account": {"public_id": kept.public_id},
        "payer-account-act": {"public_id": kept.public_id, "verb": "drop"},
        "payable": {"public_id": scene.lessor.public_id},
        "match-line": {"public_id": suggestion.bank_line.public_id},
    }


def _shown(scene: world.Scene, listing: Listing) -> dict[str, dict[str, Any]]:
    """Let the listing have a picture, its machine a doubtful nameplate, and the lease a published rating."""
    who: dict[str, Any] = {"by": scene.owner, "at": AFTER}
    (shot,) = listing_photos.add(listing=listing, shots=[listing_photos.Shot(picture())], **who)
    plate = {"maker_name": "X", "serial_number": "Y"}
    case = nameplates.claimed(first=scene.unit.equipment, claimant=scene.lessee, at=AFTER, **plate)
    assert case is not None
    until = AFTER + timedelta(days=14)
    found = RatingRound.objects.create(lease=scene.lease, opened_at=AFTER, closes_at=until)
    sides = {"side": "lessee", "rated_by": scene.lessee, "about": scene.lessor}
    sides |= {"made_by": "x", "made_at": AFTER}
    scores = {"as_agreed": 5, "machine": 5, "punctual": 5, "contact": 5}
    rating = Rating.objects.create(round=found, **sides, **scores)
    RatingRound.objects.update(published_at=until)
    mine, lease = {"public_id": listing.public_id}, {"public_id": scene.lease.public_id}
    machine = {"public_id": scene.unit.equipment.public_id}
    said = equipment_documents.Given(DocumentKind.MANUAL, "说明书", Audience.EVERYBODY)
    sheet = {"data": picture(), "given": said, "on": AFTER.date()}
    paper = equipment_documents.add(equipment=scene.unit.equipment, **sheet, **who)
    clerk = Organization.objects.get(kind="PLATFORM")
    look = {"within": clerk, "by": scene.clock, "at": AFTER, "reason": "x"}
    other = listing_photos.add(listing=listing, shots=[listing_photos.Shot(picture((640, 320)))], **who)[0]
    hidden = content_cases.hide(thing=content_cases.Thing(listing, photo=other), **look)
    return {
        "document": {"public_id": paper.public_id},
        "document-item": machine | {"item": paper.public_id},
        "document-act": machine | {"item": paper.public_id, "verb": "remove"},
        "life-act": machine | {"verb": "aside"},
        "content-case": {"public_id": hidden.public_id},
        "listing-photo": {"public_id": shot.public_id, "size": "card"},
        "listing-photo-item": mine | {"item": shot.public_id},
        "listing-photo-act": mine | {"item": shot.public_id, "verb": "remove"},
        "nameplate-case": {"public_id": case.public_id},
        "rating": {"public_id": rating.public_id},
        "rating-act": lease | {"item": rating.public_id, "verb": "answer"},
    }


def _maintained(scene: world.Scene) -> dict[str, dict[str, Any]]:
    """Make a rule of maintenance after the lease, and let it come due."""
    machine = scene.unit.equipment
    rhythm = maintenance.Rhythm(Basis.DAYS, Decimal(30), Decimal(5))
    wanted = maintenance.Wanted(what="Oil", rhythm=rhythm, duration_minutes=60, equipment=machine)
    rule = maintenance.make_rule(wanted=wanted, within=scene.lessor, by=scene.owner, at=AFTER)
    later = AFTER + timedelta(days=30)
    ticket = maintenance.attend(rule=rule, equipment=machine, by=scene.clock, at=later)
    assert ticket is not None
    return {
        "maintenance": {"public_id": ticket.public_id},
        "maintenance-rule": {"public_id": rule.public_id},
    }


def _claimed(desk: Desk, rent: Invoice) -> dict[str, dict[str, Any]]:
    """Let the owner have claimed for its overdue invoice, and the platform have paid contributions over."""
    desk.assess()
    claim, paid = desk.claim(invoice=rent), desk.propose("CONTRIBUTION", 1, "B-1")
    return {
        "fund": {"public_id": desk.fund.public_id},
        "fund-act": {"public_id": desk.fund.public_id, "act": "assess"},
        "fund-claim": {"public_id": claim.public_id},
        "fund-transfer": {"public_id": paid.public_id},
        "fund-transfer-decide": {"public_id": paid.public_id, "verb": "confirm"},
    }


def _subsidised(desk: subsidised.Desk) -> dict[str, dict[str, Any]]:
    """Let a programme bear a part of the invoice, and have it drawn up; the lessee is admitted to it."""
    desk.assess()
    later = subsidised.JANUARY
    made = desk.drafted(month=AFTER.date(), at=later)
    given = {"programme": desk.programme, "lessee": desk.scene.lessee, "admitted_on": later.date()}
    admitted = subsidies.admit(basis=subsidised.BASIS, at=later, **given, **desk.runs())
    return {
        "subsidy": {"public_id": desk.programme.public_id},
        "subsidy-act": {"public_id": desk.programme.public_id, "act": "assess"},
        "subsidy-grant": {"public_id": SubsidyGrant.objects.earliest("pk").public_id},
        "subsidy-settlement": {"public_id": made.public_id},
        "subsidy-admission": {"public_id": admitted.public_id},
    }


def _lent(scene: world.Scene, start: datetime) -> dict[str, dict[str, Any]]:
    """Let a bank have offered the lessee a loan while its lease runs; it has not answered."""
    lender, at = make.organization("Bank", "FINANCIAL"), start + timedelta(hours=2)
    days = {"valid_from": at.date(), "valid_until": date(2999, 12, 31)}
    entry = {"number": "B-1", "authority": "NFRA", "by": make.member(scene.platform), "at": at}
    loan_licences.record(platform=scene.platform, organization=lender, **days, **entry)
    banker = make.member(lender)
    product = publish(lender, banker, **days, at=at)
    given = {"product": product, "amount_minor": 10_000_000, "months": 12, "wanted_for": "Rent", "at": at}
    who = {"lease": scene.lease, "within": scene.lessee, "by": scene.buyer}
    loan = loans.apply(consents=["CONTRACT", "INVOICES", "PAYMENTS", "USAGE"], **given, **who)
    terms = {"amount_minor": 10_000_000, "months": 12, "yearly_percent": Decimal(6), "at": at}
    days = {"starts_on": date(2026, 11, 30), "stands_until": date(2026, 11, 30)}
    loan_offers.offer(loan=loan, within=lender, by=banker, **terms, **days)
    return {"loan-product": {"public_id": product.public_id}, "loan": {"public_id": loan.public_id}}


def _hooked(scene: world.Scene, start: datetime) -> dict[str, dict[str, Any]]:
    """Let the lessee have a webhook, which was tested."""
    given: dict[str, Any] = {"by": scene.buyer, "at": start}
    made, _secret = webhooks.create(organization=scene.lessee, url="https://example.com/", types=[], **given)
    tested = webhooks.test(endpoint=made, **given)
    hook, sent = {"public_id": made.public_id}, {"public_id": tested.public_id}
    acts = {"webhook-act": hook | {"verb": "test"}, "webhook-delivery-act": sent | {"verb": "resend"}}
    return {"webhook": hook, "webhook-delivery": sent, **acts}


def _exported(scene: world.Scene) -> str:
    """Let the owner have a file of its data made."""
    made = own_data.of_organization(organization=scene.lessor, by=scene.owner, at=timezone.now())
    assert made.job is not None
    while background_jobs.advance(job=made.job.pk, at=timezone.now()):
        continue
    return made.public_id


def _joining(scene: world.Scene) -> dict[str, dict[str, Any]]:
    """Let somebody be about to join; the lessee is checked, and has an invitation and a session."""
    now, lessee = timezone.now(), scene.lessee
    held = JoinRequest.objects.create(
        email="new@example.test", given={"name": "New"}, made_at=now, expires_at=now + timedelta(days=2)
    )
    made = invitations.invite(
        organization=lessee, email="invited@example.test", role=Role.VIEWER, by=scene.buyer, at=now
    )
    asked = AskedIn.objects.create(organization=lessee, name="A", email="a@example.test", asked_at=now)
    proof = Proof(b"%PDF-1 %%EOF", "application/pdf", "0" * 64)
    papers = [Upload(Paper.LICENCE, "licence.pdf", proof)]
    case = verifications.submit(organization=lessee, given={}, papers=papers, by=scene.buyer, at=now)
    session = sign_ins.began(user=scene.buyer, session_key="doors", agent="", address="", at=now)
    forgetful = make.user()
    member = {"public_id": make.member(lessee, Role.VIEWER).public_id}
    return {
        "join-token": {"token": signing.dumps(held.public_id, salt=joining.SALT)},
        "invitation-token": {"token": invitations.path_of(invitation=made).split("/")[2]},
        "password-token": {
            "key": urlsafe_base64_encode(force_bytes(forgetful.pk)),
            "token": default_token_generator.make_token(forgetful),
        },
        "invitation": {"public_id": made.public_id},
        "asked": {"public_id": asked.public_id},
        "verification": {"public_id": case.public_id},
        "paper": {"public_id": case.papers.get().public_id},
        "session": {"public_id": session.public_id},
        "second-factor-verb": {"verb": "codes"},
        "member": member,
        "organization": {"public_id": scene.lessor.public_id},
        "help-topic": {"name": "data"},
        "data-export": {"public_id": _exported(scene)},
        "member-verb": member | {"verb": "remove"},
    }


def _budgeted(scene: world.Scene, start: datetime) -> dict[str, dict[str, Any]]:
    """Let the lessee have set a budget of its lease."""
    given: dict[str, Any] = {"organization": scene.lessee, "by": scene.buyer, "at": start}
    made = budgets.set_up(lease=scene.lease, side=None, wanted=Budgeted(100_000), **given)
    return {"budget": {"public_id": made.public_id}}


def _photo(scene: world.Scene) -> Photo:
    """Let the lessor take a photo of the machine."""
    return photos.take(lease=scene.lease, data=picture(), by=scene.owner, within=scene.lessor, at=AFTER)


def _previewed(scene: world.Scene, rent: Invoice) -> dict[str, dict[str, Any]]:
    """Let the lessor have looked at its next run."""
    run = InvoiceRun.objects.create(
        organization=scene.lessor, cut_off=AFTER, total=1, maker=scene.owner, made_at=AFTER
    )
    period = {"period_start": rent.period_start, "period_end": rent.period_end}
    item = RunItem.objects.create(run=run, lease=scene.lease, **period)
    sums = {name: getattr(rent, name) for name in ("net_minor", "tax_minor", "gross_minor", "currency")}
    RunPart.objects.create(item=item, seller=scene.lessor, digest=rent.digest, **sums)
    run.state, run.digest, run.looked = "PREVIEWED", "0" * 64, 1
    run.save()
    of_run = {"public_id": run.public_id}
    of_item = of_run | {"item": item.public_id}
    return {
        "run": of_run,
        "run-act": of_run | {"verb": "approve"},
        "run-item": of_item,
        "run-item-act": of_item | {"verb": "leave-out"},
    }


def _corrected(rent: Invoice) -> Correction:
    """Let the period of the invoice have been looked at once more."""
    return Correction.objects.create(
        lease=rent.lease,
        period_start=rent.period_start,
        event_limit=rent.period_end,
        digest="",
        reasons=["LATE"],
        outcome=Correction.Outcome.NOTHING,
        made_at=AFTER,
    )


def _risked(scene: world.Scene) -> AtRisk:
    """Let the machine of the lease be late with another one."""
    return AtRisk.objects.create(claim=scene.unit.claim, unit=scene.unit, cause="LATE", since=AFTER)


def _damaged(scene: world.Scene) -> DamageClaim:
    """Let the lessor claim for a dent that a photo shows."""
    unit = scene.lease.units.select_related("equipment", "lease__lessor", "lease__lessee").earliest("pk")
    dent = Item(Cause.BROKEN, "Dent in the door", 400_000, 75, (_photo(scene).public_id,))
    given: dict[str, Any] = {"by": scene.owner, "within": scene.lessor, "at": AFTER}
    return damage.claim(unit=unit, items=[dent], reply_until=AFTER + timedelta(days=7), **given)


def _settling(scene: world.Scene) -> tuple[Settlement, DepositOrder]:
    """Write down a statement that nobody answered, and an order of a deposit that waits."""
    document = statement(lease=scene.lease.public_id, currency="CNY", facts=[], held=Held())
    settlement = Settlement.objects.create(
        lease=scene.lease,
        number=1,
        side="lessor",
        document=document,
        digest=digest(document),
        currency="CNY",
        set_off_minor=0,
        balance_minor=0,
        made_by_name="owner",
        made_at=AFTER,
        answer_by=AFTER,
    )
    deposit, _new = Deposit.objects.get_or_create(
        lease=scene.lease, defaults={"amount_minor": 100_000, "currency": "CNY", "reference": "BANK-1"}
    )
    order = DepositOrder.objects.create(
        deposit=deposit, kind="RELEASE", amount_minor=1, reason="x", maker="a", made_at=AFTER
    )
    return settlement, order


def _log(scene: world.Scene, device: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Seal the deliveries, and register a key of the owner and one of the device."""
    head = sealing.seal(by=scene.clock, at=AFTER)
    reads = seal_reads(by=scene.clock, at=AFTER)
    assert head is not None
    assert reads is not None
    event = AccessEvent.objects.filter(reference=scene.lease.public_id).earliest("pk")
    key = countersigning.register_key(
        organization=scene.lessor, name="door", public_key=PUBLIC_KEY, by=scene.owner, at=AFTER
    )
    mine = day_signatures.register_key(device=scene.device, public_key=PUBLIC_KEY, by=scene.owner, at=AFTER)
    day = {"day": world.LATER.date().isoformat()}
    return {
        "head": {"size": head.size},
        "read-head": {"size": reads.size},
        "event": {"public_id": event.public_id},
        "person": {"public_id": event.person_id},
        "signing-key": {"public_id": key.public_id},
        "device-signing-key": device | {"item": mine.public_id},
        "arrival": device | {"arrival": 1},
        "day": device | day,
        "own-day": day,
    }


def _sublet(scene: world.Scene, start: datetime) -> Sublease:
    """Propose a sub-lease that nobody accepts."""
    return subleases.propose(
        lease=scene.lease,
        unit=scene.unit,
        sublessee=make.organization("Sub-lessee"),
        period=Period(start, start + timedelta(days=1)),
        place="苏州",
        by=scene.buyer,
        at=start,
    )


def _broken(scene: world.Scene, start: datetime) -> Ticket:
    """Let the lessee report that the machine stands; nobody answers."""
    return tickets.report(
        unit=scene.unit,
        severity=Severity.DOWN,
        text="Spindle hums",
        since=start,
        within=scene.lessee,
        by=scene.buyer,
        at=start + timedelta(hours=1),
    )


def _changed(scene: world.Scene, start: datetime) -> str:
    """Propose a change that nobody answers, and give a notice of default."""
    soon = start + timedelta(days=4)
    ends_at = scene.lease.ends_at + timedelta(days=1)
    given: dict[str, Any] = {"lease": scene.lease, "by": scene.owner, "at": start + timedelta(hours=1)}
    annexes.propose(kind="EXTEND", ends_at=ends_at, valid_until=soon, **given)
    return terminations.note_default(text="Unpaid", cure_until=soon, **given).public_id


def _locked(scene: world.Scene) -> PeriodUnlock:
    """Lock a month that is over, and order to open it again."""
    book, chief = Book.objects.get(code="P"), world.member(scene.platform)
    through = datetime(2026, 9, 30).date()
    periods.lock(book=book, through=through, level=Lock.HARD, at=AFTER, by=chief)
    return periods.order_unlock(book=book, through=None, reason="late", at=AFTER, by=chief)


def _taped(scene: world.Scene) -> str:
    """Let the platform have made a tape of its receivables."""
    book, by = Book.objects.get(code="P"), world.member(scene.platform)
    return tapes.make(book=book, through=AFTER.date(), salt="5" * 32, by=by, at=AFTER).public_id


def _reminded(scene: world.Scene) -> dict[str, dict[str, str]]:
    """Let the lessor have reminded of what is overdue, and pause."""
    late, by = AFTER + timedelta(days=30), scene.owner
    dunning.set_policy(seller=scene.lessor, levels=[Level(3, "请付款", "Please pay")], by=by, at=AFTER)
    [letter] = dunning.run(seller=scene.lessor, by=scene.clock, at=late)
    pause = {"seller": scene.lessor, "buyer": scene.lessee, "through": late.date(), "reason": "Talks"}
    hold = dunning_stops.hold(**pause, by=by, at=late)
    return {
        "letter": {"public_id": letter.public_id},
        "dunning-hold": {"public_id": hold.public_id},
    }


def _terms(scene: world.Scene) -> str:
    """Let the platform publish general terms."""
    return templates.publish(
        platform=scene.platform,
        kind=TemplateKind.TERMS,
        text_zh="一、",
        text_en="1.",
        effective_at=AFTER + timedelta(days=8),
        by=make.member(scene.platform),
        at=AFTER,
    ).public_id


def _announced(scene: world.Scene) -> dict[str, dict[str, Any]]:
    """Let the platform announce something to owners, and draft the next announcement."""
    who: dict[str, Any] = {"within": scene.platform, "by": make.member(scene.platform), "at": AFTER}
    wanted = Announced(
        kind=AnnouncementKind.GENERAL,
        title_zh="数据接入服务升级",
        title_en="Upgrade",
        text_zh="一、见 https://jijian.example/。",
        text_en="1.",
        audience=AnnouncedTo.OWNERS,
        shown_from=AFTER,
        shown_until=AFTER + timedelta(days=8),
    )
    made, draft = (announcements.draft(wanted=wanted, **who) for _ in range(2))
    announcements.publish(announcement=made, **who)
    return {
        "announcement": {"public_id": made.public_id},
        "announcement-draft": {"public_id": draft.public_id},
    }


def _service(scene: world.Scene) -> ListingService:
    """Let the owner invite the lessee to train others; it has not answered."""
    return services.offer(
        listing=scene.lease.listing,
        provider=scene.lessee,
        by=scene.owner,
        at=AFTER,
        kind="TRAINING",
        basis="HOUR",
        price_minor=30_000,
        description_zh="操作培训",
    )


def _chain(scene: world.Scene) -> Chain:
    """Let the lessee lead a chain in which the owner is."""
    made = Chain.objects.create(leader=scene.lessee, name="Pumps", made_at=AFTER)
    chains.invite(chain=made, member=scene.lessor, by=scene.buyer, at=AFTER)
    chains.accept(chain=made, within=scene.lessor, by=scene.owner, at=AFTER)
    return made


def _need(scene: world.Scene, chain: Chain, *, posted: bool = True) -> Need:
    """Let the lessee need something of its chain."""
    now = timezone.now()
    made = needs.create(
        poster=scene.lessee,
        chain=chain,
        title="Housings",
        category=scene.lease.listing.category,
        starts_on=now.date() + timedelta(days=20),
        ends_on=now.date() + timedelta(days=30),
        expires_at=now + timedelta(days=5),
        by=scene.buyer,
        at=now,
    )
    return needs.post(need=made, by=scene.buyer, at=now) if posted else made


def _job(scene: world.Scene) -> ServiceOrder:
    """Let a workshop have something to maintain for the lease, as if its terms held that."""
    workshop = make.organization("Workshop", "SERVICE_PROVIDER")
    make.member(workshop)
    service = services.offer(
        listing=scene.lease.listing,
        provider=workshop,
        by=scene.owner,
        at=AFTER,
        kind="MAINTENANCE",
        basis="ORDER",
        price_minor=120_000,
        description_zh="主轴保养",
    )
    return ServiceOrder.objects.create(
        lease=scene.lease,
        provider=workshop,
        service_id=service.public_id,
        service=service.value.dump(),
        kind=service.kind,
        basis=service.basis,
        number=1,
        ordered_at=AFTER,
        not_before=AFTER,
    )


def _official(scene: world.Scene, rent: Invoice) -> str:
    """Let the tax bureau have issued the official e-invoice for the rent, with its PDF."""
    typed = {"kind": TaxKind.SPECIAL, "number": "26322000000012345678", "issued_on": AFTER.date()}
    who = {"by": scene.owner, "at": AFTER}
    made = tax_invoices.record_typed(invoice=rent, gross_minor=rent.gross_minor, **typed, **who)
    tax_invoices.attach(tax_invoice=made, data=b"%PDF-1.7", **who)
    return made.public_id


def _slot(scene: world.Scene) -> SlotBooking:
    """Let the machine by the hour, and let the lessee book one, long after its lease."""
    listing = scene.lease.listing
    document = {"hours": {"mon": "09:00-17:00"}, "slot_minutes": 60, "price_minor": 10_000}
    schedules.set_schedule(listing=listing, document=document, by=scene.owner, at=AFTER)
    return slots.book(
        listing=listing,
        lessee=scene.lessee,
        starts_at=datetime.fromisoformat("2026-11-16T09:00:00+08:00"),
        slots=1,
        by=scene.buyer,
        at=AFTER,
    )


def _proposed(agreement: Agreement) -> Proposal:
    """Leave a proposal of the owner that nobody answered in time."""
    return Proposal.objects.create(
        agreement=agreement,
        number=2,
        terms={},
        digest="0" * 64,
        side=Proposal.Side.OWNER,
        proposed_at=AFTER,
        state=Proposal.State.EXPIRED,
    )


def _asked(agreement: Agreement) -> Grant:
    """Let a service provider ask for the machine's condition during a job."""
    provider = make.organization("Repair", "SERVICE_PROVIDER")
    wanted = grants.Wanted(
        kind=Grant.Kind.SERVICE_JOB,
        equipment=agreement.equipment,
        agreement=agreement,
        recipient=provider,
        categories=["machine_condition"],
        right="read",
        purpose="maintenance",
        generated=agreement.span,
        readable=Period(AFTER, AFTER + timedelta(days=300)),
        reference="JOB-7",
    )
    return grants.ask(wanted=wanted, reason="Spindle hums", by=make.member(provider), at=AFTER)


def _shared(scene: world.Scene, agreement: Agreement) -> SharingRequest:
    """Let the lessee ask that an insurer may read the machine's condition, and the owner ask for nothing."""
    insurer = make.organization("Insurer", "FINANCIAL")
    wish = Wish(
        agreement=agreement,
        recipient=insurer,
        categories=("machine_condition",),
        right="read",
        purpose="insurance",
        generated=agreement.span,
        readable=Period(AFTER, AFTER + timedelta(days=300)),
    )
    asked = sharing.ask(wish=wish, reason="Cover", by=scene.buyer, within=scene.lessee, at=AFTER)
    return sharing_answers.price(request=asked, amount=0, by=scene.owner, within=scene.lessor, at=AFTER)


def _duties(scene: world.Scene, agreement: Agreement) -> dict[str, dict[str, Any]]:
    """Suspend a duty of the agreement, and carry out one over a second in which nothing was said."""
    duty = Duty.objects.get(agreement=agreement, kind="ERASE", retentions=["PRIVATE"])
    hold = holds.place(
        agreement=agreement,
        retentions=["ORDINARY"],
        reason="Dispute",
        by=make.member(scene.platform),
        within=scene.platform,
        at=AFTER,
    )
    start = agreement.span.start
    done = Duty.objects.create(
        agreement=agreement,
        kind="ERASE",
        retentions=["ORDINARY"],
        period=(start, start + timedelta(seconds=1)),
        source="on_request",
        due_at=AFTER,
        incurred_at=AFTER,
        asked_at=AFTER,
    )
    holds.lift(hold=hold, by=make.member(scene.platform), within=scene.platform, at=AFTER)
    for turn in range(2):
        at = AFTER + timedelta(minutes=turn)
        carrying_out.erase(duty=Duty.objects.shown().get(pk=done.pk), by=scene.clock, at=at)
        seal_reads(by=scene.clock, at=at)
    owed = payments.owe(
        debtor=scene.lessee,
        creditor=scene.lessor,
        money=Money(30000, "CNY"),
        due_at=AFTER,
        source="product",
        subject="lic_1",
        by=scene.clock,
        at=AFTER,
    )
    found = {"duty": duty, "hold": hold, "payment": owed, "certificate": Certificate.objects.get(duty=done)}
    return {name: {"public_id": one.public_id} for name, one in found.items()}


def _registered(scene: world.Scene, agreement: Agreement) -> str:
    """Register what the lessee's machine said of its condition in the last hour of the lease, and sign it."""
    end = agreement.span.end
    assert end is not None
    asset = scene.device.assets.filter(category="machine_condition").earliest("pk")
    wanted = registrations.Wanted([asset.public_id], Period(end - timedelta(hours=1), end), "hold", 5)
    asked = registrations.apply(wanted=wanted, by=scene.buyer, within=scene.lessee, at=AFTER)
    made = registrar.grant(
        registration=asked.registration,
        digest=asked.digest,
        by=make.member(scene.platform),
        within=scene.platform,
        at=AFTER,
    )
    registrar.sign(by=scene.clock, at=AFTER)
    return made.registration.public_id


def _applied(scene: world.Scene, agreement: Agreement) -> RegistrationEntry:
    """Let the lessee apply for the registration of another right over the same; it waits."""
    end = agreement.span.end
    assert end is not None
    asset = scene.device.assets.filter(category="machine_condition").earliest("pk")
    wanted = registrations.Wanted([asset.public_id], Period(end - timedelta(hours=1), end), "process", 1)
    return registrations.apply(wanted=wanted, by=scene.buyer, within=scene.lessee, at=AFTER)


def _planned(scene: world.Scene) -> dict[str, dict[str, Any]]:
    """Let the lessee write an order into its book, and let a plan have been accepted."""
    who = {"organization": scene.lessee, "by": scene.buyer, "at": AFTER}
    node = {"reference": "A-1", "part": "Housing", "quantity": "10", "cycle_seconds": "60"}
    order, _ = orders.put(node=node | {"due_before": "2026-12-24", "category": "M1-MC"}, **who)
    accepted = PlanAcceptance.objects.create(
        organization=scene.lessee,
        turn=0,
        digest="0" * 64,
        inputs={},
        proposals=[],
        accepted_by=scene.buyer.public_id,
        accepted_by_name=scene.buyer.name,
        accepted_at=AFTER,
    )
    return {"order": {"public_id": order.public_id}, "acceptance": {"public_id": accepted.public_id}}


def _checked(scene: world.Scene) -> str:
    """Let the owner ask whether what its machine says of its condition may leave the country."""
    made = borders.check(
        assets=list(scene.device.assets.filter(category="machine_condition")),
        destination="DE",
        recipient="Mutterhaus GmbH",
        by=scene.owner,
        within=scene.lessor,
        at=AFTER,
    )
    return made.public_id


def _traded(scene: world.Scene, agreement: Agreement) -> dict[str, dict[str, Any]]:
    """Let the lessee offer figures of the last hour, and sell and be paid for those of the hour before."""
    buyer, end = make.organization("Buyer"), agreement.span.end
    assert end is not None
    Organization.objects.update(verified_at=AFTER)
    for one in (buyer, scene.lessee):
        one.refresh_from_db()
    hour = timedelta(hours=1)
    last = _offered(scene, agreement, Period(end - hour, end))
    sold = _offered(scene, agreement, Period(end - 2 * hour, end - hour))
    named = {"product": sold.product, "digest": sold.digest, "at": AFTER}
    products.consent(by=scene.owner, within=scene.lessor, **named)
    products.publish(by=scene.buyer, within=scene.lessee, **named)
    licence = licences.buy(by=make.member(buyer), within=buyer, **named)
    platform = {"by": make.member(scene.platform), "within": scene.platform, "at": AFTER}
    licences.record_payment(licence=licence, reference="BANK-1", amount=licence.price, **platform)
    ids = {"product": {"public_id": last.product.public_id}, "licence": {"public_id": licence.public_id}}
    ids["product-step"] = ids["product"] | {"verb": "withdraw"}
    ids["licence-step"] = ids["licence"] | {"verb": "terminate"}
    return ids


def _offered(scene: world.Scene, agreement: Agreement, period: Period) -> ProductVersion:
    asset = scene.device.assets.filter(category="machine_condition").earliest("pk")
    shares = [
        Share(scene.lessee.public_id, "lessee", 8_000),
        Share(scene.lessor.public_id, "owner", 1_500),
        Share(scene.platform.public_id, "platform", 500),
    ]
    wanted = Wanted(
        title="Hours of the spindle",
        assets=[asset.public_id],
        period=period,
        interval="PT1H",
        purposes=["operation"],
        days=30,
        most_licences=2,
        price=10_001,
        shares=shares,
        source="The machine's own gateway",
        basis="Lease terms",
    )
    return products.offer(wanted=wanted, by=scene.buyer, within=scene.lessee, at=AFTER)


def _saved(scene: world.Scene) -> SavedFilter:
    """Let the lessee save a search of its own."""
    given: dict[str, Any] = {"within": scene.lessee, "by": scene.buyer, "at": AFTER}
    given |= {"name": "centres", "query": "q=5", "telling": Telling.DAILY}
    return saved_searches.save(wanted=searched.Wanted(), **given)


def _imported(scene: world.Scene) -> dict[str, dict[str, str]]:
    """Let the owner send a file of machines that nobody has worked on yet."""
    row = {"site": "Hall 9", "category": "M1-MC", "maker": "Mazak", "model": "V", "serial": "JJ-9"}
    found = imports.take(
        organization=scene.lessor,
        content=None,
        rows=[row],
        mode="reject_all",
        is_trial=True,
        by=scene.owner,
        at=AFTER,
    )
    assert found.job is not None
    return {"import": {"public_id": found.public_id}, "background-job": {"public_id": found.job.public_id}}


def _tariffed(scene: world.Scene) -> dict[str, dict[str, Any]]:
    """Set a rate of commission for the lessor alone, and propose another one for all."""
    first, second = make.member(scene.platform, Role.FINANCE), make.member(scene.platform)
    day = AFTER.date() + timedelta(days=30)
    said = {"within": scene.platform, "at": AFTER}
    given = {"rate": Decimal("0.05"), "starts_on": day, "reason": "Board", "by": first} | said
    own = commission.propose(scope="OWNER", owner=scene.lessor, **given)
    commission.approve(proposal=own, by=second, **said)
    waiting = {"public_id": commission.propose(scope="DEFAULT", **given).public_id}
    rate = CommissionRate.objects.get(proposal=own)
    return {
        "commission-rate": {"public_id": rate.public_id},
        "commission-proposal": waiting,
        "commission-act": waiting | {"verb": "withdraw"},
    }


def _asked_the_owner(scene: world.Scene) -> Conversation:
    """Let the lessee ask the owner about its listing."""
    asked = messages.ask(
        listing=scene.lease.listing,
        asker=scene.lessee,
        kind="QUESTION",
        text="Which controller?",
        by=scene.buyer,
        at=AFTER,
    )
    return asked.conversation


def _held(scene: world.Scene) -> str:
    """Let a reading before the lease make the growth up to the first one inside something to decide."""
    start = scene.unit.active_from
    assert start is not None
    scene.say((0, start - timedelta(hours=1), "ppartcount", -1), epoch="recording")
    metering.meter_unit(unit=scene.unit, at=AFTER, by=scene.clock)
    return ReviewItem.objects.get(unit=scene.unit).public_id


def _people(scene: world.Scene) -> dict[str, User]:
    return {
        "stranger": make.member(make.organization("Stranger")),
        "lessee": scene.buyer,
        "lessee viewer": make.member(scene.lessee, Role.VIEWER),
        "lessor": scene.owner,
        "lessor viewer": make.member(scene.lessor, Role.VIEWER),
        "lessor finance": make.member(scene.lessor, Role.FINANCE),
        "platform": make.member(scene.platform),
    }


def names() -> dict[str, str]:
    """Return every named address of the house with its route; Django's own back office apart."""
    return {str(entry.name): path for entry, path in _entries(get_resolver(), "")}


def patterns() -> list[tuple[str, URLPattern]]:
    """Return every named address of the house with what leads to its view."""
    return [(str(entry.name), entry) for entry, _path in _entries(get_resolver(), "")]


def pattern(name: str) -> URLPattern:
    """Return what leads from a named address to its view."""
    return next(entry for entry, _path in _entries(get_resolver(), "") if entry.name == name)


def _entries(resolver: URLResolver, route: str) -> Iterator[tuple[URLPattern, str]]:
    for entry in resolver.url_patterns:
        path = route + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield entry, path
        elif not path.startswith("admin/"):
            yield from _entries(entry, path)
