"""A real browser: every page there is on a phone, in Chinese and light, to everybody who may see it."""

import pytest

from tests import doors
from tests.e2e.every_page import walk
from tests.e2e.test_the_workshop_on_its_phone import chromium

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["chromium"]


def test_every_page_on_the_phone_is_sound(chromium, live_server):
    world = doors.build()

    found = walk(
        chromium,
        live_server,
        world,
        lang="zh-Hans",
        viewport={"width": 390, "height": 844},
        color_scheme="light",
        locale="zh-CN",
    )

    assert found == [], "\n".join(map(str, found))
