"""Which band holds at which quarter-hour of a local day; each kind of day is worked out once."""

from collections.abc import Sequence
from datetime import date, timedelta

from marketplace.rules.pricing.schedule import DAY_LENGTH, HOLIDAY, STEP, WEEKDAYS, Schedule

A_DAY = timedelta(days=1)
QUARTERS = DAY_LENGTH // STEP
MOST_KINDS = 1000
Places = tuple[int, ...]


class BandsOfDays:
    """
    The bands of a schedule by their places in ``bands_of``; what is outside of them has the last place.

    It says what ``Schedule.band_at`` says. Two days are of one kind if the same bands begin on them and on
    the days before them: a calendar has few kinds, and only so many are kept.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._by_word = {
            word: [(place, band) for place, band in enumerate(schedule.bands) if word in band.days]
            for word in (*WEEKDAYS, HOLIDAY)
        }
        self._kinds: dict[tuple[Places, Places], Places] = {}

    def on(self, day: date) -> Places:
        """Return the place of the band of each quarter-hour of a day; of days of one kind the same object."""
        kind = self._beginning(day), self._beginning(day - A_DAY)
        known = self._kinds.get(kind)
        if known is None:
            if len(self._kinds) == MOST_KINDS:
                self._kinds.clear()
            known = self._kinds[kind] = self._laid_out(*kind)
        return known

    def _beginning(self, day: date) -> Places:
        word = HOLIDAY if day in self._schedule.holidays else WEEKDAYS[day.weekday()]
        return tuple(place for place, band in self._by_word[word] if band.is_valid_on(day))

    def _laid_out(self, today: Sequence[int], before: Sequence[int]) -> Places:
        """Lay bands over a day: what runs over from the day before, then its own; the first one holds."""
        bands = self._schedule.bands
        places = [len(bands)] * QUARTERS
        for place in reversed(before):
            if bands[place].is_overnight:
                end = bands[place].end // STEP
                places[:end] = [place] * end
        for place in reversed(today):
            band = bands[place]
            start, end = band.start // STEP, QUARTERS if band.is_overnight else band.end // STEP
            places[start:end] = [place] * (end - start)
        return tuple(places)
