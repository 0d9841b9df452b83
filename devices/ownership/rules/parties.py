"""Which side an organization is on, for one stretch of time."""

from collections.abc import Collection
from enum import StrEnum


class Party(StrEnum):
    """A side of the rights table; whoever is none of them is a stranger."""

    OWNER = "owner"
    LESSEE = "lessee"  # while the machine is sub-let, the sub-lessee: whoever uses it
    ABOVE = "lessee_above"  # a lessee that has sub-let it
    MAKER = "maker"
    SERVICE_PROVIDER = "service_provider"
    PLATFORM = "platform"
    REGULATOR = "regulator"
    STRANGER = "stranger"


BY_KIND = {
    "PLATFORM": Party.PLATFORM,
    "MAKER": Party.MAKER,
    "SERVICE_PROVIDER": Party.SERVICE_PROVIDER,
    "REGULATOR": Party.REGULATOR,
}

OF_TABLE = frozenset(Party) - {Party.STRANGER, Party.ABOVE}  # those of which data terms may speak
THIRD_PARTIES = (Party.MAKER, Party.SERVICE_PROVIDER, Party.REGULATOR)  # never sides of an agreement


def party_of(
    organization: str, kind: str, *, owner: str, lessee: str | None, above: Collection[str] = ()
) -> Party:
    """
    Tell which party an organization is where ``owner`` holds the machine and ``lessee`` leases it.

    ``above`` are those that sub-let it down to that lessee.

    The lessee of another stretch is a stranger here. A side of the agreement keeps its place whatever its
    kind: a maker that leases a machine out is its owner.
    """
    if lessee is not None and organization == lessee:
        return Party.LESSEE
    if organization == owner:
        return Party.OWNER
    if organization in above:
        return Party.ABOVE
    return BY_KIND.get(kind, Party.STRANGER)
