"""
The contract of a lease as a paper: everything that its document says, in sentences, and who signed it.

It depends on the document, its digest and the signatures alone, so that the same contract gives the same
file. Whoever prints it gives the function that translates; the Chinese text is the one that counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devices.ownership.rules.sentences import Translate
from devices.ownership.rules.term_words import term_words
from leasing.rules import finance_words, sla
from leasing.rules.contracts import Basis, Form
from leasing.rules.leases import Side
from leasing.rules.offers import Mandate
from leasing.rules.signing import Statement
from leasing.rules.templates import Kind
from leasing.rules.terms import Terms
from marketplace.rules import count_words, services
from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.rules.papers import LACKS, Paper, Section, moment_said
from marketplace.rules.pricing import words
from marketplace.rules.quotes import billed_unit
from marketplace.rules.services import Service
from marketplace.shared.money import format_money

TITLE = gettext_noop("Lease contract")
FORMS = {
    Form.WRITTEN: gettext_noop("In writing: both sides sign this document (Civil Code, Article 707)."),
    Form.ACCEPTANCES: gettext_noop(
        "For less than six months, the offer and its acceptance by fingerprint are the signatures."
    ),
}
FINGERPRINT = gettext_noop("SHA-256 fingerprint of this contract: {digest}")
CHANGES = gettext_noop("What both sides change after this stands in annexes of their own.")
SIDES = {Side.LESSOR: gettext_noop("Lessor"), Side.LESSEE: gettext_noop("Lessee")}
HEADINGS = {
    "sides": gettext_noop("The sides"),
    "what": gettext_noop("What is leased"),
    "price": gettext_noop("What it costs, before tax"),
    "finance": gettext_noop("Finance lease"),
    "counting": gettext_noop("What counts"),
    "level": gettext_noop("Service level"),
    "services": gettext_noop("Services beside the lease"),
    "data": gettext_noop("Terms on data"),
    "texts": gettext_noop("General terms and fingerprints"),
    "signatures": gettext_noop("Signatures"),
}
LABELS = {
    "period": gettext_noop("Lease period"),
    "place": gettext_noop("Place"),
    "machine": gettext_noop("Machine"),
    "deposit": gettext_noop("Deposit"),
    "expected": gettext_noop("Expected use"),
    "billing": gettext_noop("Settlement"),
    "terms": gettext_noop("Terms"),
    "offer": gettext_noop("Last offer"),
    "notice": gettext_noop("Data notice"),
}
PARTY = gettext_noop("{name}; credit code {credit_code}")
SPAN = gettext_noop("{start} to {end} ({zone})")
MACHINE = gettext_noop("{name}; maker and model {maker} {model}; serial number {serial_number}")
ANOTHER = gettext_noop("or another one of the same listing")
PERIODS = gettext_noop("billing periods begin on day {day} of a month")
GRACE = gettext_noop("{hours} hours of waiting for late readings")
SERVICE = gettext_noop("{name} by {provider}: {price}; {description}")
LEAD = gettext_noop("ordered {hours} hours ahead")
REQUIRED = gettext_noop("comes with every lease")
LICENCE = gettext_noop("The lessor's licence for finance leases: {number}, {authority}")
NO_SERVICES = gettext_noop("None is agreed.")
USUAL_DATA = gettext_noop("The default table of rights holds unchanged (version {version}).")
CHANGED_DATA = gettext_noop("The default table of rights holds (version {version}), but:")
VERSION = gettext_noop("version {version}, fingerprint {digest}")
NOBODY = gettext_noop("Nobody has signed yet.")
SERVICE_KINDS = {
    services.Kind.MAINTENANCE: gettext_noop("Maintenance"),
    services.Kind.TRAINING: gettext_noop("Training"),
    services.Kind.INSTALLATION: gettext_noop("Installation"),
    services.Kind.OPERATOR: gettext_noop("Operator"),
    services.Kind.ENERGY_MANAGEMENT: gettext_noop("Energy management"),
}
TEMPLATES = {
    Kind.TERMS: gettext_noop("General terms of lease"),
    Kind.COUNT_RULE: gettext_noop("Rules of counting"),
    Kind.DATA_TERMS: gettext_noop("Terms on data"),
}
BASES = {
    Basis.OFFER: gettext_noop("by its offer"),
    Basis.ACCEPTANCE: gettext_noop("by accepting the fingerprint"),
    Basis.SIGNATURE: gettext_noop("by a signature under this document"),
}
MANDATES = {
    Mandate.OFFICE: gettext_noop("By office in the organization"),
    Mandate.LEGAL_REPRESENTATIVE: gettext_noop("As legal representative"),
    Mandate.POWER_OF_ATTORNEY: gettext_noop("By power of attorney"),
}
JOINT = "；"  # a contract is printed in Chinese
KEY = gettext_noop("key of the platform {key}")
OWN_KEY = gettext_noop("key of its own {key}")


@dataclass(frozen=True)
class Signed:
    """A signature: what was said, and the evidence of it (``rules.signing``)."""

    statement: Statement
    seal: Mapping[str, Any]


def paper(
    document: Mapping[str, Any],
    *,
    digest: str,
    made_at: datetime,
    signed: Sequence[Signed],
    translate: Translate,
) -> Paper:
    """Say a contract; times stand in the zone of the lease."""
    terms = Terms.parse(document["terms"], agreed=True)
    return Paper(
        title=translate(TITLE),
        number=document["number"],
        lead=f"{translate(FORMS[Form(document['form'])])}{translate(CHANGES)}",
        made_at=made_at,
        sections=[
            _sides(document, translate),
            _what(document, terms, translate),
            Section(
                translate(HEADINGS["price"]), sentences=_said(words.phrases(terms.price_plan), translate)
            ),
            *_finance(document, terms, translate),
            Section(translate(HEADINGS["counting"]), sentences=_counting(terms, translate)),
            Section(translate(HEADINGS["level"]), sentences=_level(document, translate)),
            Section(translate(HEADINGS["services"]), sentences=_services(terms, translate)),
            Section(translate(HEADINGS["data"]), sentences=_data(terms, translate)),
            _texts(document, terms, translate),
            _signatures(signed, terms, translate),
        ],
        footer=translate(FINGERPRINT).format(digest=digest),
        lacks=translate(LACKS),
    )


def _sides(document: Mapping[str, Any], translate: Translate) -> Section:
    facts = [(translate(label), translate(PARTY).format(**document[side])) for side, label in SIDES.items()]
    return Section(translate(HEADINGS["sides"]), facts)


def _what(document: Mapping[str, Any], terms: Terms, translate: Translate) -> Section:
    ends = (_moment(datetime.fromisoformat(document[name]), terms) for name in ("starts_at", "ends_at"))
    place = document["place"]
    facts = [
        (
            "period",
            translate(SPAN).format(**dict(zip(("start", "end"), ends, strict=True)), zone=terms.zone.key),
        ),
        ("place", f"{place['city']} {place['name']}"),
        *(("machine", _machine(one, translate)) for one in document["machines"]),
        ("deposit", format_money(terms.deposit)),
        *(("expected", one) for one in _expected(document, terms, translate)),
        (
            "billing",
            JOINT.join(
                [
                    translate(PERIODS).format(day=terms.billing_anchor_day),
                    translate(GRACE).format(hours=terms.grace_hours),
                ]
            ),
        ),
    ]
    return Section(translate(HEADINGS["what"]), [(translate(LABELS[name]), text) for name, text in facts])


def _machine(machine: Mapping[str, str], translate: Translate) -> str:
    text = translate(MACHINE).format(**machine)
    return JOINT.join([text, translate(ANOTHER)]) if "or_another_of" in machine else text


def _expected(document: Mapping[str, Any], terms: Terms, translate: Translate) -> Iterator[str]:
    for meter, quantity in document["expected_usage"].items():
        unit = words.UNITS[billed_unit(terms.price_plan, meter)]
        yield f"{translate(words.METERS[meter])} {quantity} {translate(unit)}"


def _finance(document: Mapping[str, Any], terms: Terms, translate: Translate) -> Iterator[Section]:
    """Say licence, instalments and end of a finance lease; an operating lease has no such section."""
    if "finance" not in document or terms.finance is None:
        return
    licence = translate(LICENCE).format(**document["finance"]["licence"])
    currency = terms.finance.principal.currency
    table = finance_words.table(document["finance"]["schedule"], currency, translate)
    said = [licence, *finance_words.phrases(terms.finance, translate)]
    yield Section(translate(HEADINGS["finance"]), sentences=said, table=table)


def _counting(terms: Terms, translate: Translate) -> list[str]:
    return [JOINT.join(_said(count_words.phrases(rule), translate)) for rule in terms.count_rules]


def _level(document: Mapping[str, Any], translate: Translate) -> list[str]:
    return [translate(text).format(**facts) for text, facts in sla.phrases(sla.sla_of(document["terms"]))]


def _services(terms: Terms, translate: Translate) -> list[str]:
    return [_service(one, translate) for one in terms.services] or [translate(NO_SERVICES)]


def _service(service: Service, translate: Translate) -> str:
    said = translate(SERVICE).format(
        name=translate(SERVICE_KINDS[service.kind]),
        provider=service.provider_name,
        price=JOINT.join(_said(service.price_phrases(), translate)),
        description=service.description_zh,
    )
    more = [translate(REQUIRED)] if service.required else []
    more += [translate(LEAD).format(hours=service.lead_hours)] if service.lead_hours else []
    return JOINT.join([said, *more])


def _data(terms: Terms, translate: Translate) -> list[str]:
    changed = term_words(terms.data_terms, translate)
    text = CHANGED_DATA if changed else USUAL_DATA
    return [translate(text).format(version=terms.data_terms.get("version", 1)), *changed]


def _texts(document: Mapping[str, Any], terms: Terms, translate: Translate) -> Section:
    general = [
        (
            translate(TEMPLATES[Kind(one["kind"])]),
            translate(VERSION).format(version=one["version"], digest=one["digest"]),
        )
        for one in document["templates"]
    ]
    offered = _moment(datetime.fromisoformat(document["offered_at"]), terms)
    facts = [
        ("terms", document["terms_digest"]),
        ("offer", f"{offered} {document['offer']}"),
        ("notice", document["data_notice"]),
    ]
    own = [(translate(LABELS[name]), text) for name, text in facts]
    return Section(translate(HEADINGS["texts"]), general + own)


def _signatures(signed: Sequence[Signed], terms: Terms, translate: Translate) -> Section:
    heading = translate(HEADINGS["signatures"])
    if not signed:
        return Section(heading, sentences=[translate(NOBODY)])
    facts = [
        (translate(SIDES[Side(one.statement.side)]), _signature(one, terms, translate)) for one in signed
    ]
    return Section(heading, facts)


def _signature(one: Signed, terms: Terms, translate: Translate) -> str:
    said = one.statement
    mandate = translate(MANDATES[Mandate(said.mandate)]) if said.mandate else ""
    parts = [
        f"{said.organization_name} {said.signer_name}",
        translate(BASES[Basis(said.basis)]),
        f"{mandate} {said.mandate_reference}".strip(),
        _moment(said.at, terms),
        *(
            translate(text).format(key=one.seal[name])
            for name, text in (("key", KEY), ("own_key", OWN_KEY))
            if name in one.seal
        ),
    ]
    return JOINT.join(part for part in parts if part)


def _said(phrases: Sequence[Phrase], translate: Translate) -> list[str]:
    return [translate(phrase.msgid).format(**phrase.facts) for phrase in phrases]


def _moment(moment: datetime, terms: Terms) -> str:
    return moment_said(moment, terms.zone)
