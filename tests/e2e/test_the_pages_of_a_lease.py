"""A real browser over the pages of a lease that runs; those of one that is over are among all pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leasing.models import ConditionRecord
from marketplace.models.parties import Role
from tests.e2e.test_a_machine_goes_out_and_comes_back import bound
from tests.e2e.test_the_workshop_on_its_phone import chromium, faults, opened, sign_in
from tests.factories.leasing import sign
from tests.leasing import world as worlds

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]
LOOKS = [(390, "light", "zh-CN", "zh-Hans"), (1280, "dark", "en-US", "en")]


def running(world):
    """Return a lease whose machine was handed over today."""
    return sign(bound(world), owner=world.owner, buyer=world.buyer, at=timezone.now() - timedelta(hours=1))


def of_running(lease, machine):
    """Return the pages of a lease that runs, and of its machine."""
    path, of_machine = f"/leases/{lease.public_id}/", f"/equipment/{machine.public_id}/"
    kinds = ("EXTEND", "SWAP", "BUY_OUT")
    record = ConditionRecord.objects.get(lease=lease)
    return [
        "/today/",
        "/calendar/",
        "/credit-limits/",
        "/credit-limits/new/",
        "/jobs/",
        f"/records/{record.public_id}/",
        *(f"{path}changes/new/?kind={kind}" for kind in kinds),
        *(f"{path}{name}/" for name in ("changes", "changes/new", "early-end", "pause", "default", "loss")),
        *(f"{path}{name}/" for name in ("risks", "contract", "services", "finance", "settlement")),
        *(f"{of_machine}{name}/" for name in ("here", "label", "report", "maintenance")),
        *(f"{of_machine}{name}/" for name in ("records", "encumbrances")),
    ]


def both_looks(chromium, server, person, paths, looks=LOOKS):
    """Return what is wrong with pages on a phone in Chinese, and on a desk in English and dark."""
    person.set_password("secret-pass")
    person.save()
    wrong = []
    for width, theme, locale, lang in looks:
        page = opened(chromium, viewport={"width": width, "height": 12000}, color_scheme=theme, locale=locale)
        sign_in(page, server, person)
        wrong += [(width, *found) for found in faults(page, server, paths, lang)]
        page.context.close()
    return wrong


def test_every_page_of_a_lease_that_runs_is_sound(chromium, live_server):
    world = worlds.make()
    lease = running(world)

    chief = worlds.person("chief", world.lessor, Role.ADMIN)
    paths = of_running(lease, lease.units.get().equipment)
    assert both_looks(chromium, live_server, chief, paths) == []
    assert both_looks(chromium, live_server, world.buyer, [f"/leases/{lease.public_id}/energy/"]) == []
