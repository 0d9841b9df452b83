import pytest

from devices.actions import devices
from devices.ownership.actions import agreements
from marketplace.actions.parties import robot
from marketplace.shared.period import Period
from tests import once
from tests.devices.machines import EARLY, NOON, lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = {"from": "2024-11-20T00:00:00Z", "to": "2024-11-21T00:00:00Z", "purpose": "asset_protection"}
SAID = [
    (1, "2024-11-20T01:00:00Z", "execution", "ACTIVE"),
    (2, "2024-11-20T01:01:00Z", "load", 3),
    (3, "2024-11-20T01:20:00Z", "load", 5),
    (4, "2024-11-20T01:30:00Z", "execution", "READY"),
]


@once.fixture
def owner():
    return make.organization()


@once.fixture
def device(owner):
    found = lathe(owner)
    take(found, SAID)
    return found


@pytest.fixture
def ask(device, owner, keyed):
    client = keyed(make.member(owner), owner)

    def asked(**query):
        return client.get(f"/api/v1/devices/{device.public_id}/readings/", DAY | query)

    return asked


def lend(device):
    machine, by = make.equipment(device.owner), robot(name="tester")
    devices.bind(device=device, equipment=machine, period=Period(EARLY, None), by=by, at=NOON)
    agreements.open(
        equipment=machine,
        owner=device.owner,
        lessee=make.organization(),
        period=Period(EARLY, None),
        reference="lea_1",
        billing_channels=["execution"],
        by=by,
        at=NOON,
    )


class TestReadings:
    def test_are_single_without_an_interval(self, ask):
        (series,) = ask(channel="load").json()["series"]

        assert (series["effect"], series["interval"], series["buckets"]) == ("RAW", None, [])
        assert [point["value"] for point in series["points"]] == [3, 5]

    def test_are_figures_of_the_interval_that_was_asked_for(self, ask):
        (series,) = ask(channel="load", interval="PT60M").json()["series"]

        assert (series["effect"], series["interval"], series["points"]) == ("AGGREGATE", "PT1H", [])
        (bucket,) = series["buckets"]
        assert (bucket["from"], bucket["to"]) == ("2024-11-20T01:00:00Z", "2024-11-20T02:00:00Z")
        assert (bucket["count"], bucket["minimum"], bucket["maximum"], bucket["mean"]) == (2, 3, 5, "4")

    def test_say_which_interval_the_rights_allow_where_it_is_coarser(self, ask, device):
        lend(device)

        (series,) = ask(channel="load", interval="PT20M").json()["series"]

        assert (series["effect"], series["interval"]) == ("AGGREGATE", "PT30M")

    def test_say_what_may_not_be_read_and_why(self, ask, device):
        lend(device)

        answer = ask().json()

        (program,) = [one for one in answer["refused"] if "program" in one["channels"]]
        assert (program["code"], program["rule"]) == ("hard_prohibition", "process_parameters.owner")
        assert program["detail"]
        assert "program" not in {one["channel"] for one in answer["series"]}

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"interval": "15"}, "/interval"),
            ({"interval": "00:15:00"}, "/interval"),
            ({"interval": "PT0S"}, "/interval"),
            ({"interval": ""}, "/interval"),
            ({"interval": "PT1S"}, "/interval"),
            ({"from": "yesterday"}, "/from"),
            ({"from": "2024-11-20"}, "/from"),
            ({"from": "2024-11-22T00:00:00Z"}, "/to"),
            ({"to": ""}, "/to"),
            ({"channel": "wings"}, "/channel"),
            ({"intervall": "PT15M"}, "/intervall"),
            ({"purpose": "p" * 41}, "/purpose"),
        ],
    )
    def test_are_refused_at_the_parameter_that_is_wrong(self, ask, query, pointer):
        answer = ask(**query)

        assert answer.status_code == 400, answer.content
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
