"""Networks in CIDR notation: from which addresses a key may come, and whose word about an address counts."""

import ipaddress
from collections.abc import Iterable, Sequence

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

MOST = 20  # networks of a key
UNKNOWN = "unknown"
NO_NETWORK = gettext_noop(
    "This is no address or network. Write it like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
)
TOO_MANY = gettext_noop("A key has at most {most} networks.")
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")  # IPv4 inside of IPv6
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def network(text: str) -> str | None:
    """
    Return a network as it is stored, or nothing for what is none. Bits behind the prefix have to be 0.

    A zone (``fe80::1%eth0``) is a matter of one machine: with one it is none. IPv4 inside of IPv6 is that of
    IPv4, as addresses are.

        >>> network(" 203.0.113.7 "), network("203.0.113.7/24"), network("2001:DB8::/32")
        ('203.0.113.7/32', None, '2001:db8::/32')
        >>> network("fe80::1%eth0"), network("::ffff:10.0.0.0/104")
        (None, '10.0.0.0/8')
    """
    if "%" in text:
        return None
    try:
        found = ipaddress.ip_network(text.strip())
    except ValueError:
        return None
    if found.version == 6 and found.subnet_of(MAPPED):
        plain = int(found.network_address) & 0xFFFF_FFFF
        return str(ipaddress.IPv4Network((plain, found.prefixlen - MAPPED.prefixlen)))
    return str(found)


def flaws_of(networks: Sequence[str]) -> list[Flaw]:
    """Return what is wrong with a list of networks, each at its place."""
    if len(networks) > MOST:
        return [Flaw("/networks", "too_many", TOO_MANY, {"most": MOST})]
    wrong = [place for place, text in enumerate(networks) if network(text) is None]
    return [Flaw(f"/networks/{place}", "no_network", NO_NETWORK) for place in wrong]


def tidy(networks: Iterable[str]) -> list[str]:
    """Return networks as they are stored, each once, in the order given."""
    return list(dict.fromkeys(found for text in networks if (found := network(text)) is not None))


def address(text: str) -> str:
    """
    Return an address in its usual form, one of IPv4 inside of IPv6 as that; ``unknown`` for none.

    The port that some proxies write behind it is left out, and so is a zone.

        >>> address("203.0.113.7:4711"), address("[2001:DB8::1]:443"), address("fe80::1%eth0"), address("::1")
        ('203.0.113.7', '2001:db8::1', 'fe80::1', '::1')
    """
    try:
        found = ipaddress.ip_address(_bare(text.strip()))
    except ValueError:
        return UNKNOWN
    return str(getattr(found, "ipv4_mapped", None) or found)


def holds(networks: Iterable[str], text: str) -> bool:
    """Tell whether an address lies in one of the networks; one that is not known lies in none."""
    try:
        found = ipaddress.ip_address(address(text))
    except ValueError:
        return False
    return any(found in each for each in map(ipaddress.ip_network, networks) if each.version == found.version)


def covers(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """
    Tell whether all that comes from ``inner`` might come from ``outer`` as well; none at all is everywhere.

        >>> covers(["10.0.0.0/8"], ["10.1.0.0/16"]), covers(["10.0.0.0/8"], []), covers([], ["10.0.0.0/8"])
        (True, False, True)
    """
    if not outer:
        return True
    wide = [ipaddress.ip_network(each) for each in outer]
    narrow = [ipaddress.ip_network(each) for each in inner]
    return bool(narrow) and all(any(_within(one, each) for each in wide) for one in narrow)


def caller(peer: str, forwarded: str, *, trusted: Sequence[str], proxies: int = 0) -> str:
    """
    Return the address of who calls: the nearest one that is no trusted proxy.

    ``peer`` is who is connected, ``forwarded`` what ``X-Forwarded-For`` says: each proxy adds whom it saw at
    its end, so it is read from there, and only as far as those who wrote it are ``trusted``. Without trusted
    networks the number of ``proxies`` is believed.

        >>> caller("10.0.0.2", "1.1.1.1, 203.0.113.9", trusted=["10.0.0.0/8"])
        '203.0.113.9'
        >>> caller("198.51.100.1", "1.1.1.1", trusted=["10.0.0.0/8"])
        '198.51.100.1'
    """
    hops = [*(each for each in forwarded.split(",") if each.strip()), peer]
    if trusted:
        while len(hops) > 1 and holds(trusted, hops[-1]):
            hops.pop()
        return address(hops[-1])
    told = hops[:-1]
    return address(told[-min(proxies, len(told))] if proxies and told else peer)


def _bare(text: str) -> str:
    """Return an address without port and zone: ``1.2.3.4:5``, ``[::1]:5``, ``[::1]``, ``fe80::1%eth0``."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    return text.partition("%")[0]


def _within(one: Network, other: Network) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and one.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and one.subnet_of(other)
