"""Messages of providers: each stored once as it came, then looked at by asking for what it is about."""

from collections.abc import Callable
from datetime import datetime

from billing.payments.actions import provider_accounts, provider_facts, settlements
from billing.payments.models import ProviderEvent
from billing.payments.rules.events import HANDLED, fault_of_version, storable
from billing.payments.rules.providers import EventRef, OnlineProvider, ProviderObject
from billing.payments.rules.stripe_facts import KINDS, facts_of
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.shared.later import later

ACCOUNT = "v2.core.account"
State = ProviderEvent.State


@atomic
def receive(*, event: EventRef, provider: str, at: datetime) -> bool:
    """
    Store a message whose signature was checked, and have it looked at; return whether it is a new one.

    One of a version of objects that we do not read is parked, and what it tells of comes with the nightly
    list of movements.
    """
    why = fault_of_version(event.api_version)
    row = ProviderEvent(
        provider=provider,
        event_id=event.id,
        type=event.type,
        api_version=event.api_version[:40],
        payload=storable(dict(event.payload)) | {"about": {"kind": event.kind, "ref": event.ref}},
        received_at=at,
        state=State.PARKED if why else State.RECEIVED,
        reason=why,
    )
    before = ProviderEvent.objects.filter(provider=provider, event_id=event.id).exists()
    ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
    if before:
        return False
    if not why:
        later("billing.payments.tasks.look_at_event", provider=provider, event_id=event.id)
    return True


def look_at(*, event: ProviderEvent, provider: OnlineProvider, at: datetime, by: User) -> ProviderEvent:
    """
    Ask for what a message is about as it is now, and book what follows; again it changes nothing.

    Nothing is asked inside a transaction. A message that waits is looked at again later.

    :raises ProviderSilent: if the provider does not answer; the message stays as it was
    """
    if event.state in {State.DONE, State.IGNORED} or fault_of_version(event.api_version):
        return event
    about = event.payload["about"]
    if event.type not in HANDLED or about["kind"] not in {*KINDS, ACCOUNT}:
        return _note(event, State.IGNORED, "", at)
    found = provider.fetch(about["kind"], about["ref"])
    if found is None:
        return _note(event, State.PARKED, f"the provider knows no {about['ref']}"[:200], at)
    waiting = _derived(about["kind"], found, provider, at, by)
    return _note(event, State.PARKED if waiting else State.DONE, "; ".join(waiting)[:200], at)


def _derived(
    kind: str, found: ProviderObject, provider: OnlineProvider, at: datetime, by: User
) -> tuple[str, ...]:
    if kind == ACCOUNT:
        provider_accounts.note(provider=provider, reference=str(found["id"]), at=at, by=by)
        return ()
    taken = provider_facts.take(facts=facts_of(kind, found), provider=provider.code, at=at, by=by)
    if kind in _NOTED:
        _NOTED[kind](str(found["id"]), provider, at, by)
    return taken.waiting


def _settled(ref: str, provider: OnlineProvider, at: datetime, by: User) -> None:
    settlements.note(provider=provider, reference=ref, at=at, by=by)


_NOTED: dict[str, Callable[[str, OnlineProvider, datetime, User], None]] = {"payout": _settled}


@atomic
def _note(event: ProviderEvent, state: str, reason: str, at: datetime) -> ProviderEvent:
    """Write down what became of a message; what was done meanwhile stays done."""
    open_ones = ProviderEvent.objects.filter(pk=event.pk).exclude(state__in=(State.DONE, State.IGNORED))
    open_ones.update(state=state, reason=reason, looked_at=at)
    event.refresh_from_db()
    return event
