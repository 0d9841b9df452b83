"""A real browser over the pages of bills, reminders, budgets, the risk fund and payments, for all of them."""

import pytest

from tests import doors
from tests.e2e.test_the_pages_of_a_lease import LOOKS, both_looks
from tests.e2e.test_the_workshop_on_its_phone import chromium

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]


def of_seller(ids):
    """Return what who sells looks at in the morning."""
    return [
        f"/leases/{ids['lease']['public_id']}/provisional-bill/",
        "/provisional-bills/",
        "/dunning/",
        "/dunning/policy/",
        "/dunning/terms/",
        f"/dunning/letters/{ids['letter']['public_id']}/",
        f"/invoices/{ids['invoice']['public_id']}/interest/",
        "/vat-status/",
        "/budgets/new/",
    ]


def of_buyer(ids):
    """Return what who pays looks at."""
    return [
        "/payments-made/",
        f"/leases/{ids['lease']['public_id']}/provisional-bill/",
        f"/dunning/letters/{ids['letter']['public_id']}/",
        "/dunning/terms/",
        "/budgets/",
        f"/budgets/{ids['budget']['public_id']}/",
        "/subsidies/",
        f"/invoices/{ids['invoice']['public_id']}/",
    ]


def of_platform(ids):
    """Return what the people of the fund look at."""
    return [
        "/funds/",
        f"/funds/{ids['fund']['public_id']}/",
        f"/funds/claims/{ids['fund-claim']['public_id']}/",
        "/checks/",
        "/subsidies/",
        f"/subsidies/{ids['subsidy']['public_id']}/",
        f"/subsidies/settlements/{ids['subsidy-settlement']['public_id']}/",
    ]


def of_desk(ids):
    """Return what finance of the platform looks at in the morning."""
    return [
        "/finance/",
        "/finance/months/2026-10/",
        "/matching/",
        "/matching/exceptions/",
        "/receipts/",
        f"/receipts/{ids['receipt']['public_id']}/",
        "/payer-accounts/",
        "/bank/accounts/",
        "/bank/statements/",
        f"/bank/statements/{ids['statement-file']['public_id']}/",
        "/bank/lines/",
        "/payouts/",
        f"/payouts/{ids['payment-order']['public_id']}/",
        f"/payouts/owners/{ids['payable']['public_id']}/",
        f"/invoices/{ids['invoice']['public_id']}/give-back/",
        "/payees/",
    ]


def test_every_page_of_bills_reminders_budgets_and_funds_is_sound(chromium, live_server):
    world = doors.build()
    people = world.scene.owner, world.scene.buyer, world.people["platform"]

    for person, pages in zip(people, (of_seller, of_buyer, of_platform), strict=True):
        assert both_looks(chromium, live_server, person, pages(world.ids)) == []
    assert both_looks(chromium, live_server, people[-1], of_desk(world.ids), LOOKS[:1]) == []
