"""Calls to Stripe: bounded in time, refusals told apart from silence, answers as plain values."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Any

import stripe

from billing.payments.rules.providers import Outcome, ProviderObject, ProviderSilent, Result

CONNECT, READ = 5.0, 20.0
RETRIES = 2
PAGE = 100
# Refusals that Stripe repeats for their key; what it refuses before it begins does not take the key.
KEPT = frozenset({"balance_insufficient"})
# How often the call that is under way was sent.
_tries: ContextVar[int] = ContextVar("tries", default=0)


class Counting(stripe.RequestsClient):
    """Counts how often a call is sent: its library sends again by itself what was not answered."""

    def request(self, *given: Any, **more: Any) -> Any:
        """Send a call once."""
        _tries.set(_tries.get() + 1)
        return super().request(*given, **more)


def client(key: str, address: str = "", *, read: float = READ) -> stripe.StripeClient:
    """Return a client of version pinned by the SDK; ``address`` other than Stripe's own is a stand-in's."""
    addresses: Any = {"api": address} if address else None
    return stripe.StripeClient(
        key,
        max_network_retries=RETRIES,
        base_addresses=addresses,
        http_client=Counting(timeout=(CONNECT, read)),
    )


def plain(found: Any) -> dict[str, Any]:
    """Return an answer as plain values, as it was sent; exchange rates stay the text they were."""
    body: dict[str, Any] = json.loads(found.last_response.body, parse_float=str)
    return body


def asked(call: Callable[[], Any]) -> Result:
    """
    Make a call that may move money, and say what became of it.

    Only a refusal of what was asked is REJECTED. That the key is wrong, that there were too many calls, that
    the key of the call is in use or nothing came back says nothing about an earlier call under the same key:
    all that is UNKNOWN. So is a refusal that does not take its key (``KEPT``) of what the library had sent
    before: that may still arrive, and be done then.
    """
    _tries.set(0)
    try:
        answer = plain(call())
    except stripe.CardError as error:
        return Result(Outcome.REJECTED, code=_decline(error))
    except stripe.RateLimitError:
        return Result(Outcome.UNKNOWN, code="rate_limit")
    except stripe.InvalidRequestError as error:
        code = str(error.code or "invalid_request")[:80]
        if code not in KEPT and _tries.get() > 1:
            return Result(Outcome.UNKNOWN, code=code)
        return Result(Outcome.REJECTED, code=code, is_kept=code in KEPT)
    except (stripe.StripeError, ValueError) as error:
        return Result(Outcome.UNKNOWN, code=str(getattr(error, "code", None) or type(error).__name__)[:80])
    return Result(Outcome.DONE, reference=str(answer.get("id", "")), answer=answer)


def read(call: Callable[[], Any]) -> ProviderObject | None:
    """
    Ask for something; ``None`` if there is no such thing.

    :raises ProviderSilent: if no answer came
    """
    try:
        return plain(call())
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            return None
        raise ProviderSilent from error
    except (stripe.StripeError, ValueError) as error:
        raise ProviderSilent from error


def paged(call: Callable[[dict[str, Any]], Any], params: Mapping[str, Any]) -> Iterator[ProviderObject]:
    """
    Yield everything of a list, page by page.

    :raises ProviderSilent: if a page does not come
    """
    wanted = {**params, "limit": PAGE}
    while True:
        page = read(partial(call, wanted)) or {"data": [], "has_more": False}
        yield from page["data"]
        if not page["has_more"] or not page["data"]:
            return
        wanted = {**wanted, "starting_after": page["data"][-1]["id"]}


def moment(seconds: Any) -> datetime:
    """Return a time that Stripe gives in whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC)


def seconds(at: datetime | None) -> dict[str, Any]:
    """Return the bound of a list that goes back to a moment."""
    return {"created": {"gte": int(at.timestamp())}} if at else {}


def _decline(error: stripe.CardError) -> str:
    found = error.json_body if isinstance(error.json_body, dict) else {}
    told = found.get("error", {})
    return str(told.get("decline_code") or error.code or "card_declined")[:80]
