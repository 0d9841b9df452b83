from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from devices.actions import limits
from devices.actions.limits import Limits
from devices.models import Channel
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from tests.devices.machines import NOON, lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
LIMITS = Limits("load", Decimal("5.5"), Decimal(80), " maker's manual p. 12 ")


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def owner(device):
    return make.member(device.owner)


def load(device):
    return device.channels.get(key="load")


def url(device):
    return f"/devices/{device.public_id}/limits/"


class TestWrite:
    def test_keeps_limits_and_source_and_what_was_before(self, device, owner):
        limits.write(device=device, limits=LIMITS, by=owner, at=NOON)
        limits.write(device=device, limits=Limits("load", None, Decimal(70), "p. 13"), by=owner, at=NOON)

        now = load(device)
        assert (now.warn_low, now.warn_high, now.limits_source) == (None, 70, "p. 13")
        entry = AuditEntry.objects.latest("pk")
        assert (entry.action, entry.facts["before"][0][:3]) == ("device.limit", "5.5")
        assert entry.facts["before"][2] == "maker's manual p. 12"

    def test_none_takes_them_away(self, device, owner):
        limits.write(device=device, limits=LIMITS, by=owner, at=NOON)
        limits.write(device=device, limits=Limits("load"), by=owner, at=NOON)

        assert (load(device).warn_low, load(device).warn_high, load(device).limits_source) == (None, None, "")

    @pytest.mark.parametrize("channel", ["parts", "execution", "nothing"])
    def test_is_of_a_measured_value_alone(self, channel, device, owner):
        with pytest.raises(limits.BadLimits) as refused:
            limits.write(device=device, limits=Limits(channel, None, Decimal(1), "x"), by=owner, at=NOON)

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/channel"]
        assert not Channel.objects.exclude(warn_high=None).exists()

    def test_is_not_for_viewers_or_strangers(self, device):
        for person in (make.member(device.owner, Role.VIEWER), make.member(make.organization())):
            with pytest.raises(MissingRight):
                limits.write(device=device, limits=LIMITS, by=person, at=NOON)

        assert load(device).warn_high is None

    @pytest.mark.parametrize(
        ("key", "wrong"),
        [
            ("parts", {"warn_high": 1, "limits_source": "x"}),
            ("load", {"warn_high": 1}),
            ("load", {"limits_source": "x"}),
            ("load", {"warn_low": 2, "warn_high": 2, "limits_source": "x"}),
        ],
    )
    def test_the_database_keeps_the_same(self, key, wrong, device):
        with pytest.raises(IntegrityError), transaction.atomic():
            device.channels.filter(key=key).update(**wrong)


class TestThePage:
    FORM = {"channel": "load", "warn_low": "", "warn_high": "80", "limits_source": "manual p. 12"}

    def test_writes_and_shows_them(self, client, device, owner):
        client.force_login(owner)
        client.post(url(device), self.FORM)
        text = client.get(url(device), headers={"accept-language": "en"}).content.decode()

        assert load(device).warn_high == 80
        assert '<span class="num">80</span>' in text
        assert "manual p. 12" in text
        chosen = client.get(url(device) + "?channel=load").content.decode()
        assert 'value="80"' in chosen
        assert 'value="manual p. 12"' in chosen
        assert 'value="80"' not in client.get(url(device) + "?channel=nothing").content.decode()
        device_page = client.get(f"/devices/{device.public_id}/").content.decode()
        assert url(device) in device_page

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"limits_source": ""}, "Say where the limit comes from"),
            ({"warn_low": "90"}, "above the lower one, 90"),
            ({"channel": "parts"}, "Select a valid choice"),
        ],
    )
    def test_says_what_is_wrong_at_its_field(self, wrong, told, client, device, owner):
        client.force_login(owner)
        answer = client.post(url(device), self.FORM | wrong, headers={"accept-language": "en"})

        assert answer.status_code == 400
        assert told in answer.content.decode()
        assert load(device).warn_high is None

    def test_is_written_by_no_viewer_and_seen_by_no_stranger(self, client, device):
        client.force_login(make.member(device.owner, Role.VIEWER))
        assert (client.get(url(device)).status_code, client.post(url(device), self.FORM).status_code) == (
            200,
            403,
        )
        client.force_login(make.member(make.organization()))
        assert (client.get(url(device)).status_code, client.post(url(device), self.FORM).status_code) == (
            404,
            404,
        )

    def test_of_a_device_that_measures_nothing(self, client):
        channels = [
            {"key": "x", "name": "X", "kind": "STATE", "category": "location", "retention": "ORDINARY"}
        ]
        device = lathe(channels=channels)
        client.force_login(make.member(device.owner))

        text = client.get(url(device), headers={"accept-language": "en"}).content.decode()

        assert "measures nothing" in text
        assert "Write the limits" not in text


class TestRest:
    def test_writes_and_the_dictionary_shows_them(self, device, owner, keyed):
        client = keyed(owner, device.owner)
        body = {"channel": "load", "warn_low": "5.50", "warn_high": "80", "limits_source": "manual p. 12"}

        written = client.post(f"/api/v1{url(device)}", body, format="json").json()

        assert (written["warn_low"], written["warn_high"]) == ("5.5", "80")
        shown = client.get(f"/api/v1/devices/{device.public_id}/").json()["channels"]
        (row,) = [one for one in shown if one["key"] == "load"]
        assert row == written
        assert {one["warn_high"] for one in shown if one["key"] != "load"} == {None}

    def test_refuses_with_the_field(self, device, owner, keyed):
        client = keyed(owner, device.owner)
        body = {"channel": "load", "warn_high": "80"}

        answer = client.post(f"/api/v1{url(device)}", body, format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_limits")
        assert answer.json()["errors"][0]["pointer"] == "/limits_source"
