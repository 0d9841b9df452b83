"""Where messages to others may go: https, by name or address, and to nothing inside of any house."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from marketplace.rules.msgids import gettext_noop

LONGEST = 500
_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
_INSIDE = ("localhost", ".localhost", ".local", ".internal", ".home.arpa", ".lan")
# What ``is_global`` of some Python lets pass: shared and translated addresses, which lead to any other one.
_REFUSED = [
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_HTTPS = gettext_noop("The address begins with https://.")
NO_ADDRESS = gettext_noop("This is no web address. Write it like https://example.com/hooks.")
WITH_SECRET = gettext_noop("Leave name and password out of the address: messages are signed.")
TOO_LONG = gettext_noop("An address has at most 500 characters.")
INSIDE = gettext_noop("Messages go to addresses of the internet only, not to those of an inner network.")


def is_public(text: str) -> bool:
    """
    Tell whether an IP address is one of the internet: not this machine, an inner network, a link, a group.

        >>> is_public("93.184.216.34"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
        (True, False, False)
    """
    try:
        found: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    found = found if mapped is None else mapped
    if any(found.version == net.version and found in net for net in _REFUSED):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def all_public(addresses: Iterable[str]) -> bool:
    """Tell whether a name leads to the internet alone: one inner address among them is enough to say no."""
    found = list(addresses)
    return bool(found) and all(is_public(each) for each in found)


def flaw_of(url: str, *, is_local_fine: bool = False) -> str | None:
    """
    Return why messages cannot go to an address (an English msgid), or nothing if they can.

    What its name leads to is looked at when a message goes, and not here. ``is_local_fine`` is for tests:
    this machine and plain http are taken, too.
    """
    if len(url) > LONGEST:
        return TOO_LONG
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return NO_ADDRESS
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return NO_ADDRESS
    if parts.scheme != "https" and not (is_local_fine and parts.scheme == "http"):
        return NOT_HTTPS
    if "@" in parts.netloc:
        return WITH_SECRET
    if port == 0 or parts.fragment:
        return NO_ADDRESS
    return _flaw_of_host(host, is_local_fine)


def _flaw_of_host(host: str, is_local_fine: bool) -> str | None:
    if _is_numeric(host):
        return None if is_local_fine or is_public(host) else INSIDE
    if _HOST.fullmatch(host) is None:
        return NO_ADDRESS
    if is_local_fine:
        return None
    if f".{host}".endswith(_INSIDE) or "." not in host or host.rsplit(".", 1)[1].isdigit():
        return INSIDE
    return None


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
