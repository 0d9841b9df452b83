import pytest

from devices.models import MeterChange
from marketplace.actions.parties import robot
from marketplace.models.parties import Role
from tests.devices.actions.test_silences import lend
from tests.devices.machines import lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
FORM = {
    "channel": "parts",
    "at": "2026-11-20T11:30",
    "final": "1841",
    "first": "0.5",
    "reason": "RESET",
    "note": "after <service>",
}
BODY = FORM | {"at": "2026-11-20T11:30:00+08:00"}


@pytest.fixture
def device():
    return lathe()


def record(client, device, person, **form):
    client.force_login(person)
    return client.post(
        f"/devices/{device.public_id}/meter-changes/record/",
        FORM | form,
        HTTP_ACCEPT_LANGUAGE="en",
        follow=True,
    )


class TestThePage:
    def test_takes_a_record_at_the_machines_local_time_and_shows_it(self, client, device):
        text = record(client, device, make.member(device.owner)).content.decode()

        assert MeterChange.objects.get().at.isoformat() == "2026-11-20T03:30:00+00:00"
        assert (
            '<span class="num">1,841</span> → <span class="num">0.5</span>' in text
            and "Reset during maintenance" in text
        )
        assert "after &lt;service&gt;" in text

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [({"at": "2999-01-01T00:00"}, "lies in the future"), ({"final": "-1"}, "from 0 on")],
    )
    def test_says_what_is_wrong(self, client, device, wrong, told):
        assert told in record(client, device, make.member(device.owner), **wrong).content.decode()
        assert not MeterChange.objects.exists()

    @pytest.mark.parametrize("wrong", [{"final": "many"}, {"channel": "execution"}, {"reason": "BECAUSE"}])
    def test_says_which_field_is_no_field(self, client, device, wrong):
        answer = record(client, device, make.member(device.owner), **wrong)

        assert answer.status_code == 400
        assert "errorlist" in answer.content.decode()
        assert not MeterChange.objects.exists()

    def test_shows_a_lessee_the_records_and_no_form(self, client, device):
        lessee = make.organization()
        lend(device, lessee, robot(name="clock"))
        record(client, device, make.member(device.owner))
        client.force_login(make.member(lessee))

        text = client.get(f"/devices/{device.public_id}/meter-changes/").content.decode()

        assert "1,841" in text
        assert "/record/" not in text

    def test_is_not_written_by_a_viewer_or_a_stranger(self, client, device):
        assert record(client, device, make.member(device.owner, Role.VIEWER)).status_code == 403
        assert record(client, device, make.member(make.organization())).status_code == 404
        assert not MeterChange.objects.exists()


class TestRest:
    def test_records_and_corrects(self, device, keyed):
        url = f"/api/v1/devices/{device.public_id}/meter-changes/"
        client = keyed(make.member(device.owner), device.owner)

        wrong = client.post(url, BODY, format="json").json()
        right = client.post(url, BODY | {"final": "1840", "corrects": wrong["id"]}, format="json").json()

        rows = client.get(url).json()["data"]
        assert (wrong["final"], wrong["first"], wrong["reason"]) == ("1841", "0.5", "RESET")
        assert [(row["id"], row["corrects"], row["corrected_by"]) for row in rows] == [
            (right["id"], wrong["id"], None),
            (wrong["id"], None, right["id"]),
        ]

    def test_refuses_with_the_field(self, device, keyed):
        url = f"/api/v1/devices/{device.public_id}/meter-changes/"
        client = keyed(make.member(device.owner), device.owner)

        answer = client.post(url, BODY | {"channel": "load"}, format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_meter_change")
        assert answer.json()["errors"][0]["pointer"] == "/channel"
        assert client.post(url, BODY | {"corrects": "mch_0"}, format="json").status_code == 404

    def test_is_not_there_for_a_stranger(self, device, keyed):
        stranger = make.organization()
        client = keyed(make.member(stranger), stranger)
        url = f"/api/v1/devices/{device.public_id}/meter-changes/"

        assert (client.get(url).status_code, client.post(url, BODY, format="json").status_code) == (404, 404)
