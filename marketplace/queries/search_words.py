"""What the market's own words are: cities in which machines stand, by their names and first letters."""

from collections.abc import Iterable
from contextlib import suppress

from django.core.cache import cache
from django.db.models import Avg
from redis.exceptions import RedisError

from marketplace.models import Site
from marketplace.rules.search import spoken
from marketplace.rules.search.cells import Point
from marketplace.rules.search.questions import Known
from marketplace.rules.search.words import plain

KEPT_S = 300
KEY = "search:cities"


def cities() -> list[str]:
    """Return the names of cities in which something is offered, in one form; kept for some minutes."""
    try:
        found: list[str] | None = cache.get(KEY)
    except RedisError:
        return _cities()
    if found is None:
        found = _cities()
        with suppress(RedisError):
            cache.set(KEY, found, KEPT_S)
    return found


def _cities() -> list[str]:
    named = Site.objects.values_list("city", "city_en").distinct()
    return sorted({plain(name).text for pair in named for name in pair if name})


def known_words() -> Known:
    """Return what questions are read with."""
    names = cities()
    return Known(frozenset(names), Hearing(names))


class Hearing:
    """Hears letters as words of the dictionary and cities; spells the cities only when it must."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)

    def __call__(self, word: str) -> list[tuple[str, ...]]:
        """Return what the letters may stand for."""
        places = spoken.spellings((name, f"p:{name}") for name in self.names)
        return spoken.heard(word, spoken.of_concepts(), places)


def middle_of(city: str) -> Point | None:
    """Return the middle of the sites of a city, by either of its names, or nothing."""
    name = city.strip().removesuffix("市").replace("\0", "")
    places = Site.objects.filter(latitude__isnull=False, longitude__isnull=False)
    for field in ("city", "city_en__iexact"):
        middle = places.filter(**{field: name}).aggregate(up=Avg("latitude"), along=Avg("longitude"))
        if name and middle["up"] is not None:
            return Point(float(middle["up"]), float(middle["along"]))
    return None
