"""
Check the bundle of an invoice: proofs, then usage, price, tax and totals once more from the readings alone.

No figure of the bundle is taken for granted that can be computed. What cannot be proved is named in notes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules import bundles
from billing.rules.cutting import Cut
from billing.rules.facts import read_all
from billing.rules.metering import VERSION, Day
from billing.rules.note_checks import told_of
from billing.rules.proofs import Difference, Heard, check_log, follow
from billing.rules.rechecked_invoice import check_invoice, day_of, last_of, told_term
from billing.rules.recounting import Counted, cut_of, recount
from billing.rules.uses import Use
from devices.rules.readings import moment
from leasing.rules.terms import Terms
from marketplace.rules.pricing.sellers import USUAL
from marketplace.rules.pricing.tax import TAX_RATES
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period

UNREADABLE = (LookupError, ValueError, TypeError, ArithmeticError, AttributeError, AssertionError)


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
    result.notes += _recorded(documents[bundles.INVOICE])
    result.notes += _taxed_as(documents[bundles.INVOICE])
    if documents[bundles.INVOICE]["kind"] != "INVOICE":
        result.notes.append(told_of(documents[bundles.INVOICE]))
    result.notes += _remembered(documents[bundles.WINDOWS])
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
    use = _check_windows(terms, period, sets, counted, found)
    check_invoice(terms, period, documents, use, counted, found)
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


def _recorded(invoice: Mapping[str, Any]) -> Iterator[str]:
    """Say which facts come from the records of the lease: readings prove none of them."""
    for one in read_all(invoice["recorded"]):
        yield f"NOT PROVED: {one.component} is stated as the lease recorded it ({one.source})"


def _taxed_as(invoice: Mapping[str, Any]) -> Iterator[str]:
    """Say by what a seller is taxed that is not taxed as usual: nothing here proves how it is registered."""
    told = invoice.get("vat", {})
    if told and told != USUAL.dump():
        yield (
            f"NOT PROVED: the seller is taxed as {told.get('status')}, its tax rounded by "
            f"{told.get('rounding')}, as "
            "it stated; the register of taxpayers proves that"
        )


def _remembered(windows: Mapping[str, Any]) -> Iterator[str]:
    """Say which totals of earlier periods the price rests on: they are proved by their own bundles."""
    for meter, totals in sorted(windows.get("earlier", {}).items()):
        yield (
            f"NOT PROVED: the price takes what earlier periods used of {meter}, {', '.join(totals)}, as "
            "stated. The bundles of these periods prove it: compare their totals"
        )


def _stated_term(invoice: Mapping[str, Any]) -> Iterator[str]:
    """Say that what earlier periods were charged is stated, where the minimum of a term stands on it."""
    if (told := told_term(invoice)) is not None:
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
) -> Use:
    """Compare window sets with what was counted; return what the meters of the plan counted."""
    first, last = (day_of(at, terms.zone) for at in (period.start, last_of(period)))
    known = {(one["unit"], one["device"], one["meter"], one["day"]): one for one in sets}
    use = Use.of(terms.price_plan.meters())
    for one in counted:
        for day in one.days:
            if not first <= day.local_day <= last:
                continue
            stored = known.pop((one.unit, one.device, day.meter, str(day.local_day)), None)
            _compare_day(day, stored, found)
            use.add(day)
    for key, stored in known.items():
        if stored["windows"]:
            text = f"{key[2]} of {key[3]}: the readings of {key[1]} show no use at all"
            found.append(Difference("window", text))
    return use


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
