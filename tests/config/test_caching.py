"""The cache while Redis takes connections and says nothing, and when it is back."""

import socket
from copy import deepcopy

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings
from redis.exceptions import RedisError

from config import caching
from marketplace.queries import announcements as kept
from marketplace.queries import search_words


@pytest.fixture
def silent():
    """Give a server that takes connections and answers nothing, with the cache that asks it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        caches = deepcopy(settings.CACHES)
        caches["default"]["LOCATION"] = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with override_settings(CACHES=caches):
            yield server
    caching._until.clear()


def asked(server):
    """Return how many have connected since."""
    found = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


def test_a_silent_server_is_asked_once_and_then_left_alone(silent):
    assert (kept.current(), asked(silent)) == ([], 1)
    assert (kept.current(), asked(silent)) == ([], 0)
    with pytest.raises(RedisError):
        cache.set("x", 1)
    assert asked(silent) == 0

    caching._until.clear()  # as after some seconds
    assert (kept.current(), asked(silent)) == ([], 1)


@pytest.mark.django_db
def test_a_page_asks_a_silent_server_once(silent):
    assert Client().get("/help/").status_code == 200
    assert asked(silent) == 1


def test_what_answers_is_asked_each_time():
    cache.set("test_caching", 1)

    assert (cache.get("test_caching"), cache.incr("test_caching")) == (1, 2)
    cache.delete("test_caching")


@pytest.mark.django_db
def test_searches_know_their_cities_without_it(silent):
    assert search_words.cities() == []
