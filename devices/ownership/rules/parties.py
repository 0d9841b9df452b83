"""Which side an organization is on, for one stretch of time."""

from enum import StrEnum


class Party(StrEnum):
    """A side of the rights table; whoever is none of them is a stranger."""

    OWNER = "owner"
    LESSEE = "lessee"
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

THIRD_PARTIES = (Party.MAKER, Party.SERVICE_PROVIDER, Party.REGULATOR)  # never sides of an agreement


def party_of(organization: str, kind: str, *, owner: str, lessee: str | None) -> Party:
    """
    Tell which party an organization is where ``owner`` holds the machine and ``lessee`` leases it.

    The lessee of another stretch is a stranger here. A side of the agreement keeps its place whatever its
    kind: a maker that leases a machine out is its owner.
    """
    if lessee is not None and organization == lessee:
        return Party.LESSEE
    if organization == owner:
        return Party.OWNER
    return BY_KIND.get(kind, Party.STRANGER)
