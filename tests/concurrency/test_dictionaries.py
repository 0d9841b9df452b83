"""A machine is specified while the platform makes a newer dictionary, on real transactions."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from marketplace.actions import background_jobs, dictionaries, equipment, imports, specifications
from marketplace.models import Category, Equipment
from marketplace.models.parties import Role
from marketplace.queries.dictionaries import newest
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)
BARE = make.CENTRE | {"travel_x": "650"}
BEFORE = NOON - timedelta(minutes=1)  # when the version was begun, which stands after the file was sent


class Race:
    def __init__(self):
        self.platform = make.platform()
        self.clerk = make.member(self.platform, Role.OPERATOR)
        self.machine = make.equipment(make.organization())
        self.owner = make.member(self.machine.owner)
        self.state("699 mm")

    def state(self, travel="700 mm"):
        who = {"by": self.owner, "at": NOON}
        return specifications.specify(equipment=self.machine, specs={"travel_x": travel}, sources={}, **who)

    def next(self):
        category = Category.objects.get(pk=self.machine.category_id)
        metres = {"unit": "m", "minimum": None, "maximum": None}  # nothing but its unit tells 650 from 0.65
        fields = [
            replace(one, **(metres if one.code == "travel_x" else {})) for one in newest(category).fields
        ]
        who = {"within": self.platform, "by": self.clerk, "at": BEFORE, "reason": "SI", "expected": None}
        return dictionaries.make(category=category, fields=fields, renamed={}, **who)

    def send(self):
        """Send a file of two machines, the first of which is refused: what it did is undone."""
        site = make.site(self.machine.owner, name="Hall 1")
        row = {
            "site": site.name,
            "category": "M1-MC",
            "maker": "M",
            "model": "X",
            "specifications": BARE,
        }
        bad = {"specifications": BARE | {"axes": "no number"}}
        rows = [row | {"serial": "R1"} | bad, row | {"serial": "R2"}]
        who = {"organization": self.machine.owner, "by": self.owner, "at": NOON}
        given = {"name": "", "content": None, "is_trial": False, "mode": "reject_failed_rows"}
        return imports.take(rows=rows, **who, **given)

    def fits(self):
        """Whether what was taken in is said in the unit of the newest version."""
        unit = next(one.unit for one in newest(self.machine.category).fields if one.code == "travel_x")
        taken = Equipment.objects.filter(serial_number="R2").first()
        return taken is None or taken.specs["travel_x"] == ("0.65" if unit == "m" else "650")

    def is_in_metres(self):
        return Equipment.objects.get(pk=self.machine.pk).specs["travel_x"] == "0.7"


def test_whichever_is_first_the_value_is_in_the_new_unit():
    race = Race()
    results = at_once(race.state, race.next)
    assert not [one for one in results if isinstance(one, Exception)]
    assert race.is_in_metres()


def test_whichever_is_first_a_file_is_taken_in_as_it_was_meant():
    race = Race()
    found = race.send()
    results = at_once(lambda: background_jobs.advance(job=found.job_id, at=NOON), race.next)
    assert not [one for one in results if isinstance(one, Exception)]
    assert newest(race.machine.category).number == 2
    assert race.fits()


def test_without_holding_the_dictionary_a_file_is_taken_in_in_the_old_unit():
    race = Race()
    found = race.send()
    meeting, _ = in_between(equipment.nameplates, "look", race.next)
    with patch.object(dictionaries, "HOLD", "SELECT %s"), meeting:
        background_jobs.advance(job=found.job_id, at=NOON)
    assert not race.fits()


def test_without_the_locks_a_value_in_the_old_unit_stays():
    race = Race()
    free = {"locked": lambda found: found.order_by("pk")}
    meeting, _ = in_between(specifications, "_state", race.next)
    unlocked = patch.multiple("marketplace.models.equipment.EquipmentQuerySet", **free)
    with unlocked, patch.object(dictionaries, "HOLD", "SELECT %s"), meeting:
        race.state()
    assert not race.is_in_metres()
