"""From which network address a request comes, as limits count it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"
SIX_BITS = 64  # of IPv6: one household or server


def address_of(request: HttpRequest) -> str:
    """Return the address of the browser: what the last of our own proxies (``PROXIES``) saw."""
    proxies = settings.REST_FRAMEWORK["NUM_PROXIES"]
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    told = forwarded[-min(proxies, len(forwarded))] if proxies else request.META.get("REMOTE_ADDR", "")
    try:
        found = ipaddress.ip_address(told.strip())
    except ValueError:
        return UNKNOWN
    return str(getattr(found, "ipv4_mapped", None) or found)


def network_of(request: HttpRequest) -> str:
    """Return what limits are counted by: the address, or of IPv6 the network around it."""
    address = address_of(request)
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{SIX_BITS}", strict=False))
