"""The pages on which both sides negotiate."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.rules.leases import Status
from tests import once
from tests.leasing.api.test_leases import PERIOD

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


@once.fixture
def lease(world):
    return world.ask(period=PERIOD, at=timezone.now())


def text(answer):
    return answer.content.decode()


def filled(client, url, **changes):
    """Return what a browser would post: the form as it stands, with some fields changed."""
    form = client.get(url).context["form"]
    fields = {bound.name: bound.value() for bound in form}
    fields |= {
        name: value.strftime("%Y-%m-%dT%H:%M" if name == "valid_until" else "%Y-%m-%d")
        for name, value in fields.items()
        if hasattr(value, "strftime")
    }
    posted = {name: value for name, value in (fields | changes).items() if value not in (None, False)}
    return posted | {"version": client.get(url).context["lease"].version}


def test_lead_from_a_request_to_an_accepted_quote(world, lease, client):
    page, form = f"/leases/{lease.public_id}/", f"/leases/{lease.public_id}/offer/"
    client.force_login(world.owner)
    assert f'href="{form}"' in text(client.get(page))

    typed = filled(client, form, price_0="2500", deposit="10000.00", hold="on", note="Come")
    sent = client.post(form, typed, follow=True)
    assert "Your quote is with" in text(sent)
    lease.refresh_from_db()
    assert (lease.status, lease.deposit.minor) == (Status.QUOTED, 1_000_000)
    assert lease.offers.last().claim.active

    client.force_login(world.buyer)
    shown = text(client.get(page))
    assert "made you a quote" in shown
    assert "<del" in shown
    assert "Come" in shown
    digest = lease.offers.last().digest
    given = {"version": lease.version, "digest": digest, "mandate": "POWER_OF_ATTORNEY"}
    assert "Name the power of attorney" in text(client.post(f"{page}accept/", given, follow=True))
    done = client.post(f"{page}accept/", given | {"mandate_reference": "No. 7"}, follow=True)
    assert "The machine is kept for the lessee" in text(done)
    lease.refresh_from_db()
    assert lease.status == Status.CONTRACTED


def test_let_the_lessee_answer(world, lease, client):
    page, form = f"/leases/{lease.public_id}/", f"/leases/{lease.public_id}/offer/"
    client.force_login(world.owner)
    client.post(form, filled(client, form, price_0="2900"))

    client.force_login(world.buyer)
    same = client.post(form, filled(client, form))
    assert same.status_code == 400
    assert "This is the same as the last offer" in text(same)
    assert "Your counter-offer is with" in text(
        client.post(form, filled(client, form, price_1="80"), follow=True)
    )

    client.force_login(world.owner)
    shown = text(client.get(page))
    assert "answers your quote with another offer" in shown
    assert "Accept the counter-offer" in shown


def test_say_at_the_field_what_is_wrong_and_keep_what_was_typed(world, lease, client):
    form = f"/leases/{lease.public_id}/offer/"
    client.force_login(world.owner)
    first = lease.starts_at.date()

    backwards = client.post(form, filled(client, form, last_day=(first - 9 * DAY).isoformat(), note="Kept"))
    assert backwards.status_code == 400
    assert "The last day must not lie before the first." in text(backwards)
    assert "Kept" in text(backwards)

    late = (timezone.now() + 60 * DAY).strftime("%Y-%m-%dT%H:%M")
    too_late = client.post(form, filled(client, form, valid_until=late))
    assert "an offer cannot stand for longer" in text(too_late)
    negative = client.post(form, filled(client, form, price_0="-1"))
    assert negative.status_code == 400
    lease.refresh_from_db()
    assert (lease.status, lease.offers.count()) == (Status.REQUESTED, 1)


def test_say_that_somebody_else_was_faster(world, lease, client):
    form = f"/leases/{lease.public_id}/offer/"
    client.force_login(world.owner)
    typed = filled(client, form, price_0="2500")

    stale = client.post(form, typed | {"version": 7})

    assert stale.status_code == 400
    assert "Somebody has changed this lease" in text(stale)


def test_show_the_offers_alone_to_who_may_not_offer(world, lease, client):
    form = f"/leases/{lease.public_id}/offer/"

    for person in (world.watcher, world.guest, world.buyer):
        client.force_login(person)
        shown = client.get(form)
        assert (shown.status_code, "Send the" in text(shown)) == (200, False)
    client.force_login(world.outsider)
    assert client.get(form).status_code == 404


def test_let_the_price_of_a_package_and_the_minimum_of_the_lease_be_negotiated(world, client):
    package = {"id": "use", "kind": "package", "meter": "run_time", "unit": "h", "size": "10", "price": "500"}
    rent = {"id": "base", "kind": "base_fee", "amount": "3000", "discount": {"percent": "10"}}
    plan = {"version": 1, "currency": "CNY", "components": [rent, package]}
    world.listing.price_plan = plan | {"term_minimum": {"amount": "20000", "per": "year"}}
    world.listing.save(update_fields=["price_plan"])
    lease = world.ask(period=PERIOD, at=timezone.now())
    page, form = f"/leases/{lease.public_id}/", f"/leases/{lease.public_id}/offer/"
    client.force_login(world.owner)
    shown = text(client.get(page))
    assert "Use, in packages" in shown and "Discount" in shown
    assert "Minimum of the whole lease" in text(client.get(form))

    client.post(form, filled(client, form, price_1="450", term_minimum="18000"), follow=True)

    lease.refresh_from_db()
    agreed = lease.terms["price_plan"]
    assert (agreed["components"][1]["price"], agreed["term_minimum"]["amount"]) == ("450", "18000")
    assert agreed["components"][0]["discount"] == {"percent": "10"}
