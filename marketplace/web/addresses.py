"""From which network address a request comes, as limits count it and keys are bound to it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from marketplace.rules import networks
from marketplace.rules.networks import UNKNOWN as UNKNOWN

SIX_BITS = 64  # of IPv6: one household or server


def address_of(request: HttpRequest) -> str:
    """Return the caller's address: what the last of our proxies saw (``TRUSTED_PROXIES``, ``PROXIES``)."""
    return networks.caller(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        trusted=settings.TRUSTED_PROXIES,
        proxies=settings.REST_FRAMEWORK["NUM_PROXIES"],
    )


def network_of(request: HttpRequest) -> str:
    """Return what limits are counted by: the address, or of IPv6 the network around it."""
    address = address_of(request)
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{SIX_BITS}", strict=False))
