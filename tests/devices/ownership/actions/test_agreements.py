"""Opening and closing agreements."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from devices.ownership.actions import agreements
from devices.ownership.models import Agreement
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests.factories.marketplace import equipment, member, organization

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def sides():
    owner, lessee = organization(), organization()
    return {"equipment": equipment(owner), "owner": owner, "lessee": lessee, "by": member(owner)}


def opened(sides, period=None, **more):
    given = {"period": period or Period(START, START + 9 * DAY), "reference": "lea_1"}
    return agreements.open(**(sides | given | {"billing_channels": ["b", "a", "b"], "at": START} | more))


class TestOpen:
    def test_gives_the_data_to_the_lessee_and_writes_it_down(self, sides):
        agreement = opened(sides)

        assert (agreement.version, agreement.billing_channels) == (1, ["a", "b"])
        assert AuditEntry.objects.get(action="agreement.open").subject == agreement.public_id
        assert str(agreement).endswith(str(sides["lessee"]))

    def test_refuses_a_second_lessee_at_the_same_time(self, sides):
        opened(sides)

        with pytest.raises(agreements.DataHeldByAnother):
            opened(sides, Period(START + 8 * DAY, None), lessee=organization())

        assert Agreement.objects.count() == 1

    def test_takes_a_successor_from_the_same_moment_on(self, sides):
        opened(sides)

        opened(sides, Period(START + 9 * DAY, None), lessee=organization())

        assert Agreement.objects.count() == 2

    def test_is_held_by_the_database_too(self, sides):
        first = opened(sides)
        first.pk, first.public_id = None, "agr_other"
        first.period = (START, START + DAY)

        with pytest.raises(IntegrityError), transaction.atomic():
            first.save(force_insert=True)

    def test_refuses_one_side_alone(self, sides):
        with pytest.raises(agreements.OwnerIsLessee):
            opened(sides, lessee=sides["owner"])

    def test_refuses_others_than_the_owners_people(self, sides):
        with pytest.raises(MissingRight):
            opened(sides, by=member(sides["lessee"]))

        assert not Agreement.objects.exists()


class TestClose:
    def close(self, by, end):
        return agreements.close(reference="lea_1", ends_at=end, by=by, at=START + 5 * DAY)

    def test_ends_it_in_a_new_version(self, sides):
        opened(sides)

        (closed,) = self.close(sides["by"], START + 4 * DAY)

        assert (closed.version, closed.span.end) == (2, START + 4 * DAY)

    def test_never_makes_it_longer(self, sides):
        opened(sides)

        (closed,) = self.close(member(sides["lessee"]), START + 40 * DAY)

        assert closed.span.end == START + 9 * DAY

    def test_ends_an_open_one(self, sides):
        opened(sides, Period(START, None))

        assert self.close(sides["by"], START + 4 * DAY)[0].span.end == START + 4 * DAY

    def test_does_nothing_twice(self, sides):
        opened(sides)
        self.close(sides["by"], START + 4 * DAY)

        assert self.close(sides["by"], START + 3 * DAY) == []

    def test_refuses_an_end_before_the_beginning(self, sides):
        opened(sides)

        with pytest.raises(agreements.ClosedBeforeOpened):
            self.close(sides["by"], START)

    def test_refuses_strangers(self, sides):
        opened(sides)

        with pytest.raises(MissingRight):
            self.close(member(organization()), START + DAY)

        assert Agreement.objects.get().closed_at is None
