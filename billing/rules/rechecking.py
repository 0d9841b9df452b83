"""
Check the bundle of an invoice: proofs, then usage, price, tax and totals once more from the readings alone.

No figure of the bundle is taken for granted that can be computed. What cannot be proved is named in notes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules import bundles
from billing.rules.cutting import Cut
from billing.rules.drafting import Draft, drafts, due_on, tax_day, trimmed
from billing.rules.metering import VERSION, Day
from billing.rules.periods import share_of_full
from billing.rules.proofs import Difference, Heard, check_log, follow
from billing.rules.recounting import Counted, cut_of, recount
from devices.rules.readings import moment
from leasing.rules.terms import Terms
from marketplace.rules.pricing.charge import charge
from marketplace.rules.pricing.tax import TAX_RATES
from marketplace.rules.pricing.term import Term
from marketplace.rules.quotes import TaxedLine
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period, billing_periods

UNREADABLE = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, AssertionError)
MONEY = ("net_minor", "tax_minor", "gross_minor")


@dataclass
class Checked:
    """What came of a check: nothing differs, or what; and what the reader should know besides."""

    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check(
    documents: Mapping[str, Mapping[str, Any]],
    deliveries: Iterable[str],
    *,
    trusted: Sequence[str] = (),
    states: Sequence[str] = (),
) -> Checked:
    """
    Check a bundle: its JSON documents by file name, and the lines of its deliveries.

    ``trusted`` are the ids of keys that may sign heads; any, if there are none. ``states`` are fingerprints
    of states that other bundles proved.
    """
    result = Checked()
    found = result.differences
    heard = follow(map(json.loads, deliveries), found)
    check_log(documents[bundles.LOG], heard, trusted=trusted, found=found)
    result.notes += _proved(documents[bundles.LOG], heard)
    result.notes += _unproved(documents, heard)
    result.notes += _counted_with(documents[bundles.HANDOVERS])
    try:
        result.notes += _states(_recompute(documents, heard, found), documents, states)
        result.notes += _stated_term(documents[bundles.INVOICE])
    except DomainError as error:
        found.append(Difference("refused", f"the terms or the usage cannot be billed: {error}"))
    except UNREADABLE as error:
        found.append(Difference("refused", f"the usage or the invoice cannot be computed: {error!r}"))
    return result


def _recompute(
    documents: Mapping[str, Mapping[str, Any]], heard: Mapping[str, Heard], found: list[Difference]
) -> list[Counted]:
    terms = Terms.parse(documents[bundles.TERMS]["terms"], agreed=True)
    _check_terms(terms, documents, found)
    sets = documents[bundles.WINDOWS]["sets"]
    _check_reach(sets, heard, found)
    counted = recount(terms, documents, heard, found)
    period = _period(documents[bundles.INVOICE])
    total = _check_windows(terms, period, sets, counted, found)
    _check_invoice(terms, period, documents, total, counted, found)
    return counted


def _states(
    counted: Iterable[Counted], documents: Mapping[str, Mapping[str, Any]], known: Sequence[str]
) -> Iterator[str]:
    """Say from which states counting began and to which it came, so that bundles can follow each other."""
    whole = documents[bundles.CHECKPOINTS]["whole"]
    for one in counted:
        for state in one.begins:
            if whole:
                yield f"state of {one.device} before the period, counted from the handover: {state}"
            elif state in known:
                yield f"counting of {one.device} began from the state {state}, as --state says"
            else:
                yield (
                    f"NOT PROVED: counting of {one.device} began from the state {state}. The bundle of "
                    "the period before comes to it, or does not: check that, and name it with --state"
                )
        yield from (f"state of {one.device} behind the period: {state}" for state in one.reaches)


def _proved(log: Mapping[str, Any], heard: Mapping[str, Heard]) -> Iterator[str]:
    for device, one in heard.items():
        yield f"deliveries {one.first} to {one.last} of {device}, {len(one.readings)} readings"
    if log["head"] is not None:
        yield f"head of {log['head']['size']} deliveries, signed with {log['head']['key']}"


def _unproved(documents: Mapping[str, Mapping[str, Any]], heard: Mapping[str, Heard]) -> Iterator[str]:
    """Say of what is stated without proof why there is none, and how much of what is billed rests on it."""
    for device, one in heard.items():
        if one.stated:
            count, where = sum(one.stated.values()), ", ".join(map(str, sorted(one.stated)))
            sets = [each for each in documents[bundles.WINDOWS]["sets"] if each["device"] == device]
            yield (
                f"NOT PROVED: {count} readings of the deliveries {where} of {device} are stated only: each "
                "of these also holds what was said outside of the time of this lease with the device, and a "
                "group proves all that it holds or nothing. "
                f"{_resting(sets, one.stated)} of this period rests on them"
            )


def _counted_with(handovers: Mapping[str, Any]) -> Iterator[str]:
    devices = [device for unit in handovers["units"] for device in unit["devices"]]
    for one in sorted({one for device in devices for one in device["counted_with"]}):
        yield f"windows were counted with rules {one}"


def _stated_term(invoice: Mapping[str, Any]) -> Iterator[str]:
    """Say that what earlier periods were charged is stated, where the minimum of a term stands on it."""
    if (told := _told_term(invoice)) is not None:
        yield (
            f"NOT PROVED: the earlier periods of the lease were charged {told['rent']['minor']} of rent, and "
            f"{told['share']} of its term ran, as the invoice says. Their own bundles prove them"
        )


def _resting(sets: Iterable[Mapping[str, Any]], stated: Iterable[int]) -> str:
    """Return how much of each meter is in windows whose deliveries include some that are only stated."""
    found: dict[str, Decimal] = {}
    for each in sets:
        for window in each["windows"]:
            held = cut_of(window).held
            if not held and any(window["arrival_lo"] <= one <= window["arrival_hi"] for one in stated):
                known = found.get(each["meter"], Decimal(0))
                found[each["meter"]] = known + Decimal(window["quantity"])
    return ", ".join(f"{total} {meter}" for meter, total in sorted(found.items())) or "Nothing that is billed"


def _check_terms(terms: Terms, documents: Mapping[str, Mapping[str, Any]], found: list[Difference]) -> None:
    if terms.digest() != documents[bundles.TERMS]["digest"]:
        found.append(Difference("terms", "the terms are not those with the digest that both sides accepted"))
    if documents[bundles.TAX]["rates"] != tax_rows():
        found.append(Difference("tax", "the tax table is not that of the rules"))
    zone = documents[bundles.ZONE]
    if zone["zone"] != terms.zone.key:
        found.append(Difference("zone", f"the zone of the contract is {terms.zone.key}, not {zone['zone']}"))
    if zone["offsets"] != offsets(terms.zone, _period(documents[bundles.INVOICE])):
        found.append(Difference("zone", f"the clock of {zone['zone']} is not that of its time zone file"))


def tax_rows() -> list[dict[str, str | None]]:
    """Write the tax table of the rules."""
    return [
        {
            "category": rate.category,
            "rate": str(rate.rate),
            "valid_from": str(rate.valid_from),
            "valid_to": None if rate.valid_to is None else str(rate.valid_to),
            "legal_basis": rate.legal_basis,
        }
        for rate in TAX_RATES
    ]


def offsets(zone: ZoneInfo, period: Period) -> list[dict[str, Any]]:
    """Write how far a zone's clock is from UTC, from the start of a period on, and each change in it."""
    found: list[dict[str, Any]] = []
    for hour in period.split(_hours(period)):
        local = hour.start.astimezone(zone)
        offset = local.utcoffset()
        assert offset is not None
        told = {"seconds": int(offset / timedelta(seconds=1)), "name": local.tzname()}
        if not found or {name: found[-1][name] for name in told} != told:
            found.append({"from": hour.start.isoformat(), **told})
    return found


def _hours(period: Period) -> Iterator[datetime]:
    at, end = period.start.replace(minute=0, second=0, microsecond=0), period.start + period.duration()
    while at < end:
        yield at
        at += timedelta(hours=1)


def _period(invoice: Mapping[str, Any]) -> Period:
    return Period(*(datetime.fromisoformat(invoice["period"][edge]) for edge in ("from", "to")))


def _check_windows(
    terms: Terms,
    period: Period,
    sets: Sequence[Mapping[str, Any]],
    counted: Sequence[Counted],
    found: list[Difference],
) -> dict[str, Decimal]:
    """Compare window sets with what was counted; return the totals of the meters, as counted."""
    first, last = (_day(at, terms.zone) for at in (period.start, _last(period)))
    known = {(one["unit"], one["device"], one["meter"], one["day"]): one for one in sets}
    totals = dict.fromkeys(terms.price_plan.meters(), Decimal(0))
    for one in counted:
        for day in one.days:
            if not first <= day.local_day <= last:
                continue
            stored = known.pop((one.unit, one.device, day.meter, str(day.local_day)), None)
            _compare_day(day, stored, found)
            if day.meter in totals:
                totals[day.meter] += day.quantity
    for key, stored in known.items():
        if stored["windows"]:
            text = f"{key[2]} of {key[3]}: the readings of {key[1]} show no use at all"
            found.append(Difference("window", text))
    return {meter: trimmed(total) for meter, total in totals.items()}


def _compare_day(day: Day, stored: Mapping[str, Any] | None, found: list[Difference]) -> None:
    what = f"{day.meter} of {day.local_day}"
    if stored is None:
        found.append(Difference("window", f"{what}: {day.quantity} were counted, the bundle has no windows"))
        return
    if stored["rules"] != VERSION:
        text = f"{what}: counted by version {stored['rules']} of the rules; these are version {VERSION}"
        found.append(Difference("rules", text))
    told = {(cut.start, cut.reason): cut for cut in map(cut_of, stored["windows"])}
    counted = {(cut.start, cut.reason): cut for cut in day.cuts}
    for key in sorted(told.keys() | counted.keys()):
        if told.get(key) != counted.get(key):
            text = f"{what}, window of {moment(key[0]):%H:%M} UTC: {_said(told.get(key))} in the bundle, "
            found.append(Difference("window", text + f"{_said(counted.get(key))} by the readings"))
    for name, figure in (("quantity", day.quantity), ("held", day.held)):
        if Decimal(stored[name]) != figure:
            text = f"{what}: {name} is {stored[name]} in the bundle, {figure} by the readings"
            found.append(Difference("window", text))
    if stored["digest"] != day.digest():
        found.append(Difference("window", f"{what}: the digest of the windows is another"))


def _said(cut: Cut | None) -> str:
    if cut is None:
        return "nothing"
    proof = f"orders {cut.first_sequence} to {cut.last_sequence}"
    return (
        f"{cut.quantity} (flags {int(cut.flags)}, {proof}, deliveries {cut.arrival_lo} to {cut.arrival_hi})"
    )


def _check_reach(
    sets: Sequence[Mapping[str, Any]], heard: Mapping[str, Heard], found: list[Difference]
) -> None:
    """The deliveries must reach as far as the windows say they know."""
    for device in sorted({one["device"] for one in sets}):
        upto = max(one["arrival"] for one in sets if one["device"] == device)
        last = heard[device].last if device in heard else 0
        if last != upto:
            text = f"the deliveries of {device} end at {last}, its windows know {upto}"
            found.append(Difference("arrival", text))


def _check_invoice(
    terms: Terms,
    period: Period,
    documents: Mapping[str, Mapping[str, Any]],
    totals: Mapping[str, Decimal],
    counted: Sequence[Counted],
    found: list[Difference],
) -> None:
    invoice = documents[bundles.INVOICE]
    if not _is_billed(terms, period, documents[bundles.HANDOVERS]):
        found.append(Difference("period", "the period is none in which this lease is billed"))
    share = share_of_full(period, zone=terms.zone, anchor_day=terms.billing_anchor_day)
    term = _term(terms, period, documents, found)
    asked = charge(terms.price_plan, totals, share_of_period=share, final=True, term=term)
    parts = drafts(asked, on=tax_day(period, terms.zone))
    draft = next((part for part in parts if part.seller == invoice["seller"]), None)
    if draft is None:
        found.append(Difference("invoice", f"the price plan has nothing that the {invoice['seller']} sells"))
        return
    _compare_lines(draft, invoice["lines"], found)
    figures: dict[str, Any] = dict(
        zip(MONEY, (draft.net.minor, draft.tax.minor, draft.gross.minor), strict=True)
    )
    due = due_on(datetime.fromisoformat(invoice["issued_at"]), terms.zone)
    first, last = (_day(at, terms.zone) for at in (period.start, _last(period)))
    usage = [day.digest() for one in counted for day in one.days if first <= day.local_day <= last]
    empty = [_empty(one) for one in documents[bundles.WINDOWS]["sets"] if not one["windows"]]
    figures |= {"currency": draft.currency, "due_on": str(due), "digest": draft.digest(usage + empty)}
    for name, figure in figures.items():
        if invoice[name] != figure:
            text = f"the invoice says {name} {invoice[name]}, computed is {figure}"
            found.append(Difference("invoice", text))


def _term(
    terms: Terms, period: Period, documents: Mapping[str, Mapping[str, Any]], found: list[Difference]
) -> Term | None:
    """Return what the last invoice of a lease with a minimum of its term says about the earlier periods."""
    told = _told_term(documents[bundles.INVOICE])
    end = documents[bundles.HANDOVERS]["ran"]["to"]
    is_last = end is not None and datetime.fromisoformat(end) == period.end
    if (told is not None) != (is_last and terms.price_plan.has_term()):
        text = "the minimum of the term is settled with the last period of a lease, and only there"
        found.append(Difference("term", text))
    return None if told is None else Term.parse(told)


def _told_term(invoice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((line["facts"].get("term") for line in invoice["lines"]), None)


def _empty(stored: Mapping[str, Any]) -> str:
    """Return the digest of a day that had use once, and has none any more."""
    return Day(stored["meter"], date.fromisoformat(stored["day"]), ()).digest()


def _is_billed(terms: Terms, period: Period, handovers: Mapping[str, Any]) -> bool:
    ran = handovers["ran"]
    start, end = (ran[edge] and datetime.fromisoformat(ran[edge]) for edge in ("from", "to"))
    for one in billing_periods(start, end, terms.zone, terms.billing_anchor_day):
        if one.start >= period.start:
            return one.start == period.start and (one.end == period.end)
    return False


def _compare_lines(draft: Draft, lines: Sequence[Mapping[str, Any]], found: list[Difference]) -> None:
    if len(lines) != len(draft.lines):
        text = f"the invoice has {len(lines)} lines, computed are {len(draft.lines)}"
        found.append(Difference("line", text))
    for position, (told, taxed) in enumerate(zip(lines, draft.lines, strict=False), start=1):
        for name, figure in line_facts(position, taxed).items():
            if told[name] != figure:
                text = (
                    f"line {position} ({taxed.line.component}): {name} is {told[name]}, computed is {figure}"
                )
                found.append(Difference("line", text))


def line_facts(position: int, taxed: TaxedLine) -> dict[str, Any]:
    """Write a line of an invoice; ``facts`` is the line as the pricing rule wrote it, with all its steps."""
    line = taxed.line
    return {
        "position": position,
        "component": line.component,
        "kind": line.kind,
        "meter": line.meter or "",
        "unit": line.unit or "",
        "quantity": plain(line.quantity),
        "unit_price": plain(line.unit_price),
        "amount": plain(line.amount),
        "net_minor": line.net.minor,
        "tax_minor": taxed.tax.minor,
        "gross_minor": taxed.gross.minor,
        "tax_category": line.tax_category,
        "tax_rate": plain(taxed.rate.rate),
        "legal_basis": taxed.rate.legal_basis,
        "facts": json.loads(json.dumps(line.dump())),
    }


def plain(value: Decimal | None) -> str | None:
    """Write a number in its one form, without zeros behind it."""
    if value is None:
        return None
    return format(trimmed(value), "f") if value else "0"


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(UTC).astimezone(zone).date()


def _last(period: Period) -> datetime:
    assert period.end is not None, "a billed period is closed"
    return period.end - timedelta(microseconds=1)
