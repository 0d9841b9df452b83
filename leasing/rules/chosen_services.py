"""Which services an offer may name: what their providers agreed to, word for word, and the lessor's own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leasing.rules.leases import Side
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.services import Service, by_id
from marketplace.shared.errors import Flaw

TEXTS = {
    "service_not_agreed": gettext_noop(
        "{provider} has not agreed to this service as it stands here. Take it from the listing unchanged."
    ),
    "service_required": gettext_noop(
        "“{service}” comes with every lease of this machine. Only the lessor can leave it out."
    ),
}
ITS_OWN = ("price", "lead_hours", "description_zh", "description_en")  # what a lessor may say otherwise


def flaws(
    proposed: Sequence[Service],
    *,
    known: Iterable[Service],
    before: Sequence[Service],
    side: Side,
    lessor: str,
) -> list[Flaw]:
    """
    Return what is wrong with the services of an offer, each at its pointer below ``/terms/services``.

    ``known`` are those offered with the listing, ``before`` those of the last offer: neither side can let a
    third do what it did not agree to. Price and words of the lessor's own are negotiated like its rent.
    """
    agreed = by_id([*before, *known])
    found = [
        _flaw(f"/terms/services/{index}", "service_not_agreed", provider=service.provider_name)
        for index, service in enumerate(proposed)
        if not _stands(service, agreed, lessor)
    ]
    if side is Side.LESSEE:
        kept = by_id(proposed)
        missing = [one for one in before if one.required and one.id not in kept]
        found += [_flaw("/terms/services", "service_required", service=one.id) for one in missing]
    return found


def _stands(service: Service, agreed: Mapping[str, Service], lessor: str) -> bool:
    original = agreed.get(service.id)
    if original is None or service == original:
        return original is not None
    free = ITS_OWN if service.provider == lessor else ()
    return all(value == getattr(original, name) for name, value in vars(service).items() if name not in free)


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
