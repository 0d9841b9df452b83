"""A real browser opens Swagger UI, which draws itself: what our policy refuses stands in its console."""

import pytest
from django.urls import reverse

from tests.e2e.every_page import signed_in
from tests.e2e.test_the_workshop_on_its_phone import chromium

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
OPEN = "document.querySelectorAll('.opblock-summary-control')[0].click()"


def test_the_description_opens_and_nothing_of_it_is_refused(chromium, live_server):
    page = signed_in(chromium, live_server, None)
    page.goto(live_server.url + reverse("api-docs"))
    page.wait_for_selector(".opblock-summary-control", timeout=120_000)
    page.evaluate(OPEN)
    page.wait_for_selector(".opblock.is-open .responses-wrapper")

    assert page.complaints == []
    page.context.close()
