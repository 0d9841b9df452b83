"""The navigation marks where somebody is: a place of its own, or that of what a page is part of."""

import pytest

from config.shell import _place

FINANCE = ["today", "catalogue", "leases", "equipment", "invoices", "finance", "api-keys"]
LENDER = ["today", "catalogue", "leases", "equipment", "invoices", "loans", "api-keys"]
LESSEE = ["today", "catalogue", "leases", "equipment", "invoices", "api-keys"]


@pytest.mark.parametrize(
    ("path", "names", "place"),
    [
        ("/", LESSEE, "catalogue"),
        ("/", ["catalogue"], "catalogue"),
        ("/login/", ["catalogue"], None),
        ("/loans/", LENDER, "loans"),
        ("/loans/", LESSEE, "leases"),
        ("/acceptance-bills/new/", FINANCE, "finance"),
        ("/acceptance-bills/", LESSEE, "invoices"),
        ("/payouts/", FINANCE, "finance"),
        ("/payouts/", LESSEE, "invoices"),
        ("/invoices/red-letters/", FINANCE, "invoices"),
        ("/records/rec_1/", LESSEE, "leases"),
        ("/webhooks/", LESSEE, "api-keys"),
        ("/webhooks/", ["catalogue"], None),
    ],
)
def test_a_page_stands_under_one_place(path, names, place):
    assert _place(path, names) == place
