from datetime import timedelta

import pytest

from devices import queries
from devices.actions import devices
from devices.actions.devices import (
    BadDevice,
    BadDictionary,
    BadEnd,
    BindingLent,
    BindingNotBegun,
    BindingOver,
    BindingsChanged,
    CodeTaken,
    EvidenceDoubled,
    ForeignMachine,
)
from devices.models import Binding, Channel, Device
from devices.ownership.actions import agreements
from marketplace.actions.parties import robot
from marketplace.models import AuditEntry
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.devices.machines import LATHE, NOON, lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN = NOON - 10 * DAY
SPEED = {"key": "speed", "name": "Speed", "kind": "GAUGE", "category": "energy", "retention": "EVIDENCE"}


@once.fixture
def owner():
    return make.organization()


@once.fixture
def ada(owner):
    return make.member(owner)


@once.fixture
def machine(owner):
    return make.equipment(owner)


def bind(device, machine, start=BEGAN, end=None):
    by = robot(name="tester")
    return devices.bind(device=device, equipment=machine, period=Period(start, end), by=by, at=NOON)


def add(device, *channels):
    return devices.add_channels(device=device, channels=channels, by=robot(name="tester"), at=NOON)


def span(binding):
    return Binding.objects.get(pk=binding.pk).span


class TestRegister:
    def test_refuses_every_wrong_field_at_once_and_makes_nothing(self, owner):
        wrong = {"code": "VMC 3", "zone": "Mars/Base", "silence_limit_seconds": 59, "name": " "}

        with pytest.raises(BadDevice) as refused:
            lathe(owner, commissioned_at=NOON + 400 * DAY, **wrong)

        assert [flaw.pointer for flaw in refused.value.flaws] == [
            "/code",
            "/name",
            "/zone",
            "/silence_limit_seconds",
            "/commissioned_at",
        ]
        assert "Asia/Shanghai" in refused.value.flaws[2].text
        assert not Device.objects.exists()

    def test_refuses_a_code_in_use_at_its_field(self, owner):
        lathe(owner, code="vmc-3")

        with pytest.raises(CodeTaken) as refused:
            lathe(make.organization(), code="vmc-3")

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/code"]
        assert Device.objects.count() == 1

    def test_refuses_a_code_that_another_took_in_the_same_moment(self, owner, monkeypatch):
        lathe(owner, code="vmc-3")
        monkeypatch.setattr("django.db.models.QuerySet.exists", lambda self: False)

        with pytest.raises(CodeTaken):
            lathe(owner, code="vmc-3")

        assert Device.objects.count() == 1


class TestAddChannels:
    def test_refuses_more_channels_than_a_device_may_have(self, owner):
        device = lathe(owner)
        many = [SPEED | {"key": f"speed-{place}"} for place in range(1997)]

        with pytest.raises(BadDictionary) as refused:
            add(device, *many)

        assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [("/channels", "too_many")]
        assert device.channels.count() == 4

    def test_leaves_known_channels_as_they_are(self, owner):
        device = lathe(owner)

        made = add(device, LATHE[0] | {"name": "Other"}, SPEED)

        assert [channel.key for channel in made] == ["speed"]
        assert device.channels.get(key="execution").name == "Execution"

    def test_refuses_evidence_that_another_device_gives_of_the_machine(self, owner, machine):
        bind(lathe(owner, channels=[SPEED]), machine)
        late = lathe(owner, channels=[])
        bind(late, machine)

        with pytest.raises(EvidenceDoubled) as refused:
            add(late, LATHE[2], SPEED)

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/channels/1/key"]
        assert not late.channels.exists()

    def test_takes_the_same_key_where_it_is_no_evidence(self, owner, machine):
        bind(lathe(owner, channels=[SPEED]), machine)
        late = lathe(owner, channels=[])
        bind(late, machine)

        assert len(add(late, SPEED | {"retention": "ORDINARY"})) == 1

    def test_refuses_when_the_device_was_bound_while_it_waited(self, owner, machine, monkeypatch):
        device, locked = lathe(owner), devices.Head.objects.locked

        def meanwhile():
            monkeypatch.undo()
            Binding.objects.create(device=device, equipment=machine, period=(BEGAN, None))
            return locked()

        monkeypatch.setattr(devices.Head.objects, "locked", meanwhile)

        with pytest.raises(BindingsChanged):
            add(device, SPEED)

        assert not Channel.objects.filter(key="speed").exists()


class TestBind:
    def test_refuses_a_second_device_with_the_same_evidence(self, owner, machine):
        bind(lathe(owner, name="Gateway"), machine)

        with pytest.raises(EvidenceDoubled) as refused:
            bind(lathe(owner), machine)

        assert refused.value.facts["channels"] == "execution, parts"
        assert refused.value.facts["other"] == "Gateway"
        assert [flaw.pointer for flaw in refused.value.flaws] == ["/equipment"]
        assert Binding.objects.count() == 1

    def test_refuses_a_machine_of_somebody_else_at_its_field(self, owner):
        with pytest.raises(ForeignMachine) as refused:
            bind(lathe(owner), make.equipment(make.organization()))

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/equipment"]
        assert not Binding.objects.exists()

    def test_lets_one_device_follow_another(self, owner, machine):
        bind(lathe(owner), machine, BEGAN, NOON)

        assert bind(lathe(owner), machine, NOON)

    def test_lets_a_second_device_give_other_evidence(self, owner, machine):
        bind(lathe(owner), machine)
        meter = lathe(owner, channels=[SPEED, *LATHE[2:]])

        assert bind(meter, machine)
        assert queries.evidence_of_others(meter, machine, Period(BEGAN, None), keys=["speed"]) == []


class TestUnbind:
    def unbind(self, binding, **given):
        return devices.unbind(binding=binding, **({"by": robot(name="tester"), "at": NOON} | given))

    def test_ends_now_or_at_a_moment_before_and_writes_it_down(self, owner, ada, machine):
        first, second = bind(lathe(owner), machine), bind(lathe(owner), make.equipment(owner, machine.site))

        ended = self.unbind(first, by=ada)
        self.unbind(second, ends_at=NOON - DAY)

        assert ended.span == span(first) == Period(BEGAN, NOON)
        assert span(second) == Period(BEGAN, NOON - DAY)
        entry = AuditEntry.objects.filter(action="device.unbind").earliest("pk")
        assert (entry.subject, entry.actor) == (first.device.public_id, ada.public_id)
        assert entry.facts["binding"] == first.public_id

    def test_frees_device_and_machine_from_that_moment_on(self, owner, machine):
        device = lathe(owner)
        self.unbind(bind(device, machine))

        assert bind(lathe(owner), machine, NOON)
        assert bind(device, make.equipment(owner, machine.site), NOON)

    def test_shortens_a_binding_whose_end_lies_ahead(self, owner, machine):
        binding = bind(lathe(owner), machine, BEGAN, NOON + DAY)

        self.unbind(binding)

        assert span(binding) == Period(BEGAN, NOON)

    @pytest.mark.parametrize("end", [BEGAN, BEGAN - DAY, NOON + timedelta(seconds=1)])
    def test_refuses_an_end_outside_and_changes_nothing(self, owner, machine, end):
        binding = bind(lathe(owner), machine)

        with pytest.raises(BadEnd) as refused:
            self.unbind(binding, ends_at=end)

        assert [flaw.pointer for flaw in refused.value.flaws] == ["/ends_at"]
        assert span(binding) == Period(BEGAN, None)

    def test_refuses_what_has_ended(self, owner, machine):
        binding = self.unbind(bind(lathe(owner), machine))

        with pytest.raises(BindingOver) as refused:
            self.unbind(binding, at=NOON + DAY)

        assert refused.value.facts["end"] == "2026-11-20 12:00:00"
        assert span(binding) == Period(BEGAN, NOON)
        assert AuditEntry.objects.filter(action="device.unbind").count() == 1

    def test_refuses_what_begins_later(self, owner, machine):
        binding = bind(lathe(owner), machine, NOON + DAY)

        with pytest.raises(BindingNotBegun):
            self.unbind(binding)

        assert span(binding) == Period(NOON + DAY, None)

    def test_takes_nothing_from_a_lease(self, owner, machine):
        """Else the owner could call the lessee's readings its own, after the fact."""
        binding = bind(lathe(owner), machine)
        agreements.open(
            equipment=machine,
            owner=owner,
            lessee=make.organization(),
            period=Period(NOON - 2 * DAY, None),
            reference="lea_1",
            billing_channels=["execution"],
            by=robot(name="tester"),
            at=NOON - 2 * DAY,
        )

        with pytest.raises(BindingLent):
            self.unbind(binding, ends_at=NOON - DAY)

        assert span(binding) == Period(BEGAN, None)
        assert self.unbind(binding).span == Period(BEGAN, NOON)

    def test_refuses_a_viewer_and_changes_nothing(self, owner, machine):
        binding = bind(lathe(owner), machine)

        with pytest.raises(MissingRight):
            self.unbind(binding, by=make.member(owner, Role.VIEWER))

        assert span(binding) == Period(BEGAN, None)


def test_a_key_is_revoked_once(owner, ada):
    key, _ = devices.issue_key(device=lathe(owner), by=ada, at=NOON)

    for later in range(2):
        devices.revoke_key(key=key, by=ada, at=NOON + later * DAY)

    assert key.revoked_at == NOON
    assert AuditEntry.objects.filter(action="device.revoke_key").count() == 1
