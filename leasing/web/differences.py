"""What one offer says otherwise than the one before, in the reader's language."""

from collections.abc import Callable
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.rules.term_words import term_words
from leasing.models import Lease, Offer
from leasing.rules import finance_words
from leasing.rules import sla as service_levels
from leasing.rules.sla import sla_of
from leasing.rules.terms import Terms
from marketplace.models.services import described
from marketplace.rules import count_words
from marketplace.rules.pricing import words
from marketplace.shared.money import format_money

Said = Callable[[Offer, Terms], list[str]]


def offer_rows(lease: Lease) -> list[dict[str, Any]]:
    """Return the offers of a lease, newest first, each with what it says otherwise than the one before."""
    made = list(lease.offers.select_related("claim").order_by("version"))
    rows = [_row(offer, before) for before, offer in zip([None, *made], made, strict=False)]
    return rows[::-1]


def _row(offer: Offer, before: Offer | None) -> dict[str, Any]:
    return {
        "offer": offer,
        "side": offer.get_side_display(),
        "changes": _changes(before, offer) if before else [],
        "is_first": before is None,
        "is_held": offer.claim is not None and offer.claim.active,
    }


def _changes(before: Offer, after: Offer) -> list[dict[str, Any]]:
    """Return label, what is gone and what came, for each part of an offer that differs."""
    old, new = before.agreed, after.agreed
    found = []
    for label, said in PARTS:
        was, says = said(before, old), said(after, new)
        if was != says:
            found.append(
                {
                    "label": label,
                    "before": [line for line in was if line not in says],
                    "after": [line for line in says if line not in was],
                }
            )
    return found


def _period(offer: Offer, terms: Terms) -> list[str]:
    start, end = offer.starts_at.astimezone(terms.zone), offer.ends_at.astimezone(terms.zone)
    shown = (f"{date_format(moment, 'DATE_FORMAT')} {moment:%H:%M}" for moment in (start, end))
    return [" – ".join(shown)]


def _price(offer: Offer, terms: Terms) -> list[str]:
    return [_(phrase.msgid).format(**phrase.facts) for phrase in words.phrases(terms.price_plan)]


def _counting(offer: Offer, terms: Terms) -> list[str]:
    return [
        _(phrase.msgid).format(**phrase.facts)
        for rule in terms.count_rules
        for phrase in count_words.phrases(rule)
    ]


def _deposit(offer: Offer, terms: Terms) -> list[str]:
    return [format_money(terms.deposit)]


def _data(offer: Offer, terms: Terms) -> list[str]:
    return list(term_words(terms.data_terms, _)) or [_("as usual")]


def _service(offer: Offer, terms: Terms) -> list[str]:
    return [_(text).format(**facts) for text, facts in service_levels.phrases(sla_of(offer.terms))]


def _billing(offer: Offer, terms: Terms) -> list[str]:
    return [
        _("billing periods begin on day {day} of a month").format(day=terms.billing_anchor_day),
        _("{hours} hours of waiting for late readings").format(hours=terms.grace_hours),
    ]


def _services(offer: Offer, terms: Terms) -> list[str]:
    rows = (described(service) for service in terms.services)
    return [f"{row['name']} · {_('; ').join(row['price'])} · {row['provider']}" for row in rows]


def _finance(offer: Offer, terms: Terms) -> list[str]:
    return finance_words.phrases(terms.finance, _) if terms.finance else [_("an operating lease")]


PARTS: tuple[tuple[Any, Said], ...] = (
    (gettext_lazy("Lease period"), _period),
    (gettext_lazy("Price"), _price),
    (gettext_lazy("Deposit"), _deposit),
    (gettext_lazy("Counting"), _counting),
    (gettext_lazy("Billing"), _billing),
    (gettext_lazy("Data"), _data),
    (gettext_lazy("Service level"), _service),
    (gettext_lazy("Services"), _services),
    (gettext_lazy("Finance lease"), _finance),
)
