"""
What REST can do about data rights, a person can do on a page.

The doors are found by walking the addresses of the room; a new one fails here until its page is named. Each
page is shown to post to the same action: the names stand in the sources of both.
"""

import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

ROOT = Path(__file__).resolve().parents[3]
WRITING = {"post", "put", "patch", "delete"}
# REST door and method: (the page's address by name, the action that both call).
PAGES = {
    "api-data-agreement-suspend": [
        ("data-suspend", "suspensions.suspend"),
        ("data-holds", "suspensions.hold"),
    ],
    "api-data-agreement-resume": [
        ("data-resume", "suspensions.resume"),
        ("data-release", "suspensions.release"),
    ],
    "api-data-agreement-proposals": [("data-propose", "amendments.propose")],
    "api-data-agreement-accept-proposal": [("data-proposal", "amendments.accept")],
    "api-data-agreement-refuse-proposal": [("data-proposal", "amendments.refuse")],
    "api-data-agreement-withdraw-proposal": [("data-proposal", "amendments.withdraw")],
    "api-data-erasures": [("data-erase", "duties.ask"), ("data-erase", "duties.ask_personal")],
    "api-data-asset-gradings": [("data-asset-grade", "gradings.regrade")],
    "api-data-competitor-list": [("data-competitors", "competitors.declare")],
    "api-data-grant-list": [("data-grant-ask", "grants.ask")],
    "api-data-grant-offer": [("data-grant-offer", "grants.offer")],
    "api-data-grant-give": [("data-grant-give", "grants.give")],
    "api-data-grant-refuse": [("data-grant-refuse", "grants.refuse")],
    "api-data-grant-withdraw": [("data-grant-withdraw", "grants.withdraw")],
    "api-data-grant-close-job": [("data-grant-close", "grants.close_job")],
    "api-border-check-list": [("data-border-ask", "borders.check")],
    "api-data-duty-postpone": [("data-duty-postpone", "duties.postpone")],
    "api-data-duty-waive": [("data-duty-waive", "duties.waive")],
    "api-data-hold-list": [("data-holds", "holds.place")],
    "api-data-hold-lift": [("data-hold-lift", "holds.lift")],
    "api-data-registration-list": [("data-registration-apply", "registrations.apply")],
    "api-data-registration-change": [("data-registration-change", "registrations.change")],
    "api-data-registration-renew": [("data-registration-step", "registrations.renew")],
    "api-data-registration-transfer": [("data-registration-transfer", "registrations.transfer")],
    "api-data-registration-agree": [("data-registration-step", "registrations.agree")],
    "api-data-registration-withdraw": [("data-registration-step", "registrations.withdraw")],
    "api-data-registration-cancel": [("data-registration-step", "registrations.cancel")],
    "api-data-registration-grant": [("data-registration-decide", "registrar.grant")],
    "api-data-registration-refuse": [("data-registration-decide", "registrar.refuse")],
    "api-data-product-list": [("data-product-offer", "products.offer")],
    "api-data-product-consent": [("data-product-step", "products.consent")],
    "api-data-product-publish": [("data-product-step", "products.publish")],
    "api-data-product-withdraw": [("data-product-step", "products.withdraw")],
    "api-data-licence-list": [("data-product-step", "licences.buy")],
    "api-data-licence-payment": [("data-licence-step", "licences.record_payment")],
    "api-data-licence-terminate": [("data-licence-step", "licences.terminate")],
    "api-data-sharing-list": [("data-share", "sharing.ask")],
    "api-data-sharing-screening": [("data-share", "queries.screened")],
    "api-data-sharing-price": [("data-sharing-step", "sharing_answers.price")],
    "api-data-sharing-object-to": [("data-sharing-step", "sharing_answers.object_to")],
    "api-data-sharing-overrule": [("data-sharing-step", "sharing_answers.overrule")],
    "api-data-sharing-agree": [("data-sharing-step", "sharing_answers.agree")],
    "api-data-sharing-decline": [("data-sharing-step", "sharing_answers.decline")],
    "api-data-sharing-withdraw": [("data-sharing-step", "sharing.withdraw")],
    "api-data-sharing-confirm-erasure": [("data-sharing-step", "sharing_answers.confirm_erasure")],
    "api-data-payment-settle": [("data-payment", "payments.settle")],
    "api-data-payment-waive": [("data-payment", "payments.waive")],
    "api-logged-person-erase": [("data-persons-erase", "persons.ask")],
    "api-lease-data-notice": [("lease-notice-deliver", "notices.deliver")],
    "api-lease-accept-data-notice": [("lease-notice-accept", "told.accept")],
}
# What a program alone does, and why.
ONLY_REST = {
    "api-logged-person-reveal": "no page shows a withheld name: the auditor of the platform asks with a key",
    "api-data-gatekeeper-list": "the list of gatekeepers comes from an authority, and is entered as it comes",
    "api-data-product-versions": "a further version names every series again, as the program has them",
}
ELSEWHERE = {"api-lease-data-notice", "api-lease-accept-data-notice"}  # of leasing, about data rights


def patterns():
    """Yield every named pattern of the house."""

    def walk(resolver):
        for entry in resolver.url_patterns:
            if isinstance(entry, URLPattern):
                yield entry
            elif isinstance(entry, URLResolver):
                yield from walk(entry)

    return walk(get_resolver())


def methods(callback):
    """Return the methods of HTTP that a door takes."""
    if hasattr(callback, "actions"):
        return set(callback.actions)
    return {name for name in WRITING if hasattr(callback.view_class, name)}


def write_doors():
    """Return the names of this room's REST addresses to which something can be written."""
    found = set()
    for one in patterns():
        at = getattr(one.callback, "cls", None) or getattr(one.callback, "view_class", None)
        if (
            at is not None
            and at.__module__.startswith("devices.ownership.api")
            and methods(one.callback) & WRITING
        ):
            found.add(one.name)
    return found


def module_of(name):
    """Return the module of the page that an address leads to."""
    return {one.callback.__module__ for one in patterns() if one.name == name}


def source(module):
    """Return the sources of the drawer in which a page stands."""
    drawer = (ROOT / f"{module.replace('.', '/')}.py").parent
    return "\n".join(path.read_text(encoding="utf-8") for path in drawer.glob("*.py"))


def test_every_door_of_rest_has_its_pages():
    found = write_doors()

    assert found - set(PAGES) == set(ONLY_REST)
    assert set(PAGES) - found == ELSEWHERE


@pytest.mark.parametrize("door", PAGES)
def test_page_and_door_do_the_same(door):
    interfaces = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*(ROOT / "devices/ownership/api").glob("*.py"), *(ROOT / "leasing/api").glob("*.py")]
    )
    for page, action in PAGES[door]:
        (module,) = module_of(page)
        called = re.compile(rf"\b{re.escape(action)}\b")
        assert ".web." in module, page
        assert called.search(source(module)), (page, action)
        assert called.search(interfaces), (door, action)


def test_a_door_without_a_page_would_be_seen():
    assert {"api-data-grant-offer", "api-data-erasures", "api-border-check-list"} <= write_doors()
    assert "api-data-duty-detail" not in write_doors()
    assert reverse("data-borders") == "/data/borders/"
