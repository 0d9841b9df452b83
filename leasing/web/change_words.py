"""What a change of a lease says, in the reader's language: kinds, differences, states, consequences."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from leasing.actions.rehearsals import Rehearsal, Taken
from leasing.models import Annex, Lease
from leasing.rules.annexes import Change, Kind, State
from leasing.rules.repricing import changed_numbers
from leasing.web.words import in_words
from marketplace.models import Equipment, Organization
from marketplace.rules.pricing.plan_numbers import numbers
from marketplace.shared.money import Money, format_money

TITLES: Mapping[Kind, str | Promise] = {
    Kind.EXTEND: gettext_lazy("Extend the lease"),
    Kind.SHORTEN: gettext_lazy("Shorten the lease"),
    Kind.SWAP: gettext_lazy("Swap a machine"),
    Kind.ADD: gettext_lazy("Add a machine"),
    Kind.RELEASE: gettext_lazy("Give a machine back"),
    Kind.BUY_OUT: gettext_lazy("Sell the machine to the lessee"),
    Kind.REPRICE: gettext_lazy("Change the price"),
}
EXPLAINED: Mapping[Kind, str | Promise] = {
    Kind.EXTEND: gettext_lazy("The same machines for longer, at the agreed price."),
    Kind.SHORTEN: gettext_lazy(
        "An earlier end that both sides agree on; nothing is owed for it. Without agreement, give notice."
    ),
    Kind.SWAP: gettext_lazy("Another machine of the same listing takes the place of one of yours."),
    Kind.ADD: gettext_lazy("One or several more machines of the same listing, until the end of the lease."),
    Kind.RELEASE: gettext_lazy("Fewer machines; the lease goes on with the others."),
    Kind.BUY_OUT: gettext_lazy("The lessee buys what it leases; the lease is over when that is agreed."),
    Kind.REPRICE: gettext_lazy(
        "Other numbers in the agreed price, from a billing period on, also a past one."
    ),
}
KINDS: Mapping[State, str] = {
    State.PROPOSED: "idle",
    State.AGREED: "info",
    State.IN_EFFECT: "run",
    State.DECLINED: "fault",
    State.WITHDRAWN: "off",
    State.LAPSED: "off",
}
WAITS = {
    State.AGREED: gettext_noop("Agreed. It takes effect at {effective_from}."),
    State.IN_EFFECT: gettext_noop("In effect since {effective_from}."),
    State.DECLINED: gettext_noop("{answers} declined it."),
    State.WITHDRAWN: gettext_noop("{proposes} took it back."),
    State.LAPSED: gettext_noop("Nobody answered in time, or the lease ended before."),
}
PRICED = gettext_noop("Agreed. Billing periods are priced like this from {effective_from} on.")


def names_of(annexes: Iterable[Annex]) -> dict[str, str]:
    """Return the names of all machines that changes speak of, in one query."""
    return machine_names(annex.change for annex in annexes)


def machine_names(changes: Iterable[Change]) -> dict[str, str]:
    """Return the names of the machines that come or go, by public id."""
    named = {one for change in changes for one in (*change.coming, *change.leaving)}
    if not named:
        return {}
    return dict(Equipment.objects.filter(public_id__in=named).values_list("public_id", "name"))


def row(annex: Annex, lease: Lease, reader: Organization, names: Mapping[str, str], at: datetime) -> Any:
    """Return what a list says of one change."""
    return {
        "annex": annex,
        "title": title(annex),
        "state": State.LAPSED if is_late(annex, at) else annex.state,
        "label": Annex.Stage.LAPSED.label if is_late(annex, at) else annex.get_state_display(),
        "kind": KINDS[State.LAPSED if is_late(annex, at) else State(annex.state)],
        "sentence": sentence(annex, lease, reader, at),
        "rows": differences(annex.change, lease, before_of(annex), names, annex.price_before),
    }


def title(annex: Annex) -> str:
    """Name a change by its number and kind."""
    return _("Change {number}: {kind}").format(number=annex.number, kind=annex.get_kind_display())


def is_late(annex: Annex, at: datetime) -> bool:
    """Tell whether a proposal has run out though the clock has not written that down yet."""
    return annex.state == State.PROPOSED and annex.valid_until <= at


def sentence(annex: Annex, lease: Lease, reader: Organization, at: datetime) -> str:
    """Say how a change stands, and who waits for whom."""
    zone = lease.agreed.zone
    if annex.state == State.PROPOSED and not is_late(annex, at):
        until = in_words(annex.valid_until, zone)
        if reader == annex.answers:
            return _("It waits for you: accept or decline it until {until}.").format(until=until)
        return _("{answers} may accept it until {until}.").format(answers=annex.answers.name, until=until)
    state = State.LAPSED if is_late(annex, at) else State(annex.state)
    text = PRICED if state == State.IN_EFFECT and annex.kind == Kind.REPRICE else WAITS[state]
    return _(text).format(
        answers=annex.answers.name,
        proposes=annex.proposes.name,
        effective_from=in_words(annex.effective_from, zone) if annex.effective_from else "",
    )


def before_of(annex: Annex) -> datetime:
    """Return the end of the lease that a change found."""
    return datetime.fromisoformat(annex.document["before"]["ends_at"])


def differences(
    change: Change,
    lease: Lease,
    ended_at: datetime,
    names: Mapping[str, str],
    price: Mapping[str, Any] | None = None,
) -> list[dict[str, str]]:
    """Return what a change makes otherwise: label, before, after; ``price`` is the plan before."""
    zone, nothing = lease.agreed.zone, "–"
    rows = []
    if change.ends_at is not None:
        rows.append(_row(_("End of the lease"), in_words(ended_at, zone), in_words(change.ends_at, zone)))
    rows += [_row(_("Machine"), names.get(gone, gone), names.get(come, come)) for gone, come in change.swap]
    rows += [_row(_("Machine"), nothing, names.get(come, come)) for come in change.add]
    rows += [_row(_("Machine"), names.get(gone, gone), nothing) for gone in change.release]
    if change.price_plan is not None and price is not None:
        rows += _numbers(price, change.price_plan)
        begins = "" if change.effective_from is None else in_words(change.effective_from, zone)
        rows.append(_row(_("For billing periods from"), nothing, begins))
    if change.kind == Kind.BUY_OUT:
        rows.append(_row(_("Owner of the machine"), lease.lessor.name, lease.lessee.name))
        sold_for = Money(change.price_minor or 0, lease.deposit.currency)
        rows.append(_row(_("Price before tax"), nothing, format_money(sold_for)))
        rows.append(_row(_("What passes the title"), nothing, change.title))
    return rows


def _numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the numbers of a price that change; one that no field names stands under its place."""
    names = {one.pointer: one.of for one in numbers(before, _)}
    return [
        _row(names.get(pointer, pointer), str(old), str(new))
        for pointer, old, new in changed_numbers(before, after, "/price_plan")
    ]


def consequences(change: Change) -> list[str]:
    """Say what follows when a change is accepted, beside what it says itself."""
    if change.kind == Kind.REPRICE:
        return [
            _("Billing periods that begin then or later are billed at the new price, others as before."),
            _("Periods that are billed already are settled by credit or debit notes over their invoices."),
            _("Counting, meters, deposit and the platform's part stay as they were agreed."),
        ]
    if change.kind == Kind.BUY_OUT:
        return [
            _("The lease is over at the moment of the acceptance; what was used until then is billed."),
            _("The machine leaves the lessor's fleet, and the data agreement of the lease is closed."),
        ]
    if change.kind == Kind.EXTEND:
        return [
            _("Price, counting and deposit stay as they were agreed."),
            _("The machines are kept for the lessee until the new end, with the time for the way back."),
        ]
    if change.kind == Kind.SHORTEN:
        return [
            _("No fee is owed. The minimum of the price is charged for the days that were leased."),
            _("The machines are free for others behind the new end."),
        ]
    found = []
    if change.coming:
        found.append(_("The lessee accepts a notice on the data of the machine that comes."))
        found.append(_("What it does from its moment on is billed at the agreed price."))
    if change.leaving:
        found.append(_("The machine that goes is billed until then, and its data are closed for the lessee."))
    return found


def calendar_rows(seen: Rehearsal, lease: Lease) -> list[dict[str, str]]:
    """Return for each machine how long it is taken without the change, and with it."""
    before, after = _by_machine(seen.before), _by_machine(seen.after)
    return [
        _row(name, _span(before.get(name), lease), _span(after.get(name), lease))
        for name in dict.fromkeys([*before, *after])
    ]


def _by_machine(taken: Iterable[Taken]) -> dict[str, Taken]:
    return {one.machine: one for one in taken}


def _span(taken: Taken | None, lease: Lease) -> str:
    if taken is None:
        return _("free")
    zone = lease.agreed.zone
    said = f"{in_words(taken.starts_at, zone)} – {in_words(taken.ends_at, zone)}"
    if taken.free_from == taken.ends_at:
        return said
    return _("{span}, free for others from {free_from}").format(
        span=said, free_from=in_words(taken.free_from, zone)
    )


def _row(label: str, before: str, after: str) -> dict[str, str]:
    return {"label": label, "before": before, "after": after}
