from math import cos, radians

from hypothesis import assume, example, given
from hypothesis import strategies as st

from marketplace.rules.search.cells import KM_OF_A_DEGREE, MOST, Point, cells_around, cells_of, distance_km

places = st.builds(Point, st.floats(-80, 80), st.floats(-180, 180))


class TestDistance:
    def test_suzhou_to_shanghai(self):
        assert 80 < distance_km(Point(31.30, 120.62), Point(31.23, 121.47)) < 82

    @given(places, places)
    def test_is_the_same_both_ways_and_nothing_to_oneself(self, one, other):
        assert distance_km(one, other) == distance_km(other, one)
        assert distance_km(one, one) == 0


class TestCells:
    @given(places, st.floats(0.1, 4000), st.floats(0, 6.28), st.floats(0, 1))
    @example(Point(31.3, 179.99), 50, 0.0, 0.9)
    @example(Point(31.3, -179.99), 50, 3.14, 0.9)
    def test_hold_everything_within_the_distance(self, here, km, way, share):
        up = share * km / KM_OF_A_DEGREE
        latitude = here.latitude + up * cos(way)
        assume(abs(latitude) < 84)
        along = here.longitude + up * cos(way + 1.57) / cos(radians(latitude))
        there = Point(latitude, (along + 180) % 360 - 180)
        assume(distance_km(here, there) <= km)
        around = cells_around(here, km)
        assert not around or set(cells_of(there)) & set(around)

    @given(places, st.floats(0.1, 20_000))
    def test_are_never_too_many(self, here, km):
        assert len(cells_around(here, km)) <= MOST

    def test_a_small_circle_has_small_squares(self):
        assert {cell.split(":")[1] for cell in cells_around(Point(31.3, 120.6), 5)} == {"4"}
