"""
Places as tokens: squares of five sizes, so that what lies near can be looked up, and the distance itself.

A square is a step of longitude and latitude; a finer one is a quarter of the side of the next.
"""

from dataclasses import dataclass
from math import asin, ceil, cos, floor, radians, sin, sqrt

SIDES: tuple[float, ...] = tuple(8 / 4**size for size in range(5))  # degrees
EARTH_KM = 6_371_009 / 1000  # mean radius (IUGG)
KM_OF_A_DEGREE = EARTH_KM * radians(1)
MOST = 64  # squares of a question: of the finest size that needs no more
POLES = 85


@dataclass(frozen=True)
class Point:
    """A place in degrees; WGS 84, as devices give it."""

    latitude: float
    longitude: float


def cells_of(point: Point) -> list[str]:
    """Return the squares of all sizes in which a place lies."""
    return [_name(size, *_square(size, point)) for size in range(len(SIDES))]


def cells_around(point: Point, km: float) -> list[str]:
    """Return squares that together hold everything within a distance: none if that is nearly everywhere."""
    for size in reversed(range(len(SIDES))):
        south, north = (_step(size, point.latitude + way * km / KM_OF_A_DEGREE) for way in (-1, 1))
        widest = min(max(abs(point.latitude) + km / KM_OF_A_DEGREE, 0), POLES)
        reach = km / (KM_OF_A_DEGREE * cos(radians(widest)))
        west, east = (_step(size, point.longitude + way * reach) for way in (-1, 1))
        if (north - south + 1) * (east - west + 1) <= MOST:
            return [_name(size, x, y) for x in _turned(size, west, east) for y in range(south, north + 1)]
    return []


def _turned(size: int, west: int, east: int) -> list[int]:
    """Return the columns between two, counted on beyond the date line."""
    around = ceil(360 / SIDES[size])
    half = around // 2
    return sorted({(x + half) % around - half for x in range(west, east + 1)})


def _square(size: int, point: Point) -> tuple[int, int]:
    return _turned(size, *[_step(size, point.longitude)] * 2)[0], _step(size, point.latitude)


def _step(size: int, degrees: float) -> int:
    return floor(degrees / SIDES[size])


def _name(size: int, x: int, y: int) -> str:
    return f"g:{size}:{x}:{y}"


def distance_km(one: Point, other: Point) -> float:
    """Return the distance on the ground in kilometres (haversine on the mean sphere, within 0.6 %)."""
    up, along = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    level = cos(radians(one.latitude)) * cos(radians(other.latitude))
    return 2 * EARTH_KM * asin(min(1, sqrt(sin(up / 2) ** 2 + level * sin(along / 2) ** 2)))
