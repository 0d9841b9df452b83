"""A real browser: every page there is at a desk, in English and dark, to everybody who may see it."""

import pytest

from tests import doors
from tests.e2e.every_page import walk
from tests.e2e.test_the_workshop_on_its_phone import chromium

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]


def test_every_page_at_the_desk_is_sound(chromium, live_server):
    world = doors.build()

    found = walk(
        chromium,
        live_server,
        world,
        lang="en",
        viewport={"width": 1280, "height": 900},
        color_scheme="dark",
        locale="en-US",
    )

    assert found == [], "\n".join(map(str, found))
