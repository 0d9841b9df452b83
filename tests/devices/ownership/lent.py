"""A machine, its owner, two lessees back to back, and everybody else: a world for tests of rights."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from rest_framework.test import APIClient

from devices.actions import devices
from devices.models import Device
from devices.ownership.actions import agreements
from devices.ownership.models import AccessEvent, Agreement
from marketplace.actions import api_keys
from marketplace.actions.parties import robot
from marketplace.models import Equipment, Organization, User
from marketplace.models.apikeys import Scope
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, NOON, take
from tests.factories import marketplace as make

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=7)
# Whose each hour is: two of the owner, four of A, four of B at once after it, two of the owner.
EDGES = {"before": 0, "A": 2, "B": 6, "after": 10, "end": 12}
SECRETS = {"before": "O-OWN-1", "A": "O-A-4711", "B": "O-B-0815", "after": "O-OWN-2"}
CHANNELS = [
    ("execution", "STATE", "billing_counters", "EVIDENCE"),
    ("running", "STATE", "machine_condition", "EVIDENCE"),
    ("parts", "COUNTER", "billing_counters", "EVIDENCE"),
    ("load", "GAUGE", "machine_condition", "ORDINARY"),
    ("power", "GAUGE", "energy", "ORDINARY"),
    ("program", "TEXT", "process_parameters", "PRIVATE"),
    ("operator", "TEXT", "operator_data", "PRIVATE"),
]


def hour(number: float) -> datetime:
    """Return a moment of the story."""
    return START + number * HOUR


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def span(first: float, last: float) -> dict[str, str]:
    """Return the query of a time."""
    return {"from": stamp(hour(first)), "to": stamp(hour(last))}


def whose(moment: datetime) -> str:
    """Return whose a moment is: before, A, B or after."""
    return [name for name, start in EDGES.items() if hour(start) <= moment][-1]


@dataclass
class World:
    """Everybody with a key, and the device."""

    device: Device
    machine: Equipment
    parties: dict[str, Organization]
    people: dict[str, User]
    clients: dict[str, APIClient]
    held: dict[str, Agreement]
    clock: User
    said: list[tuple[datetime, str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"/api/v1/devices/{self.device.public_id}/"

    def read(self, who: str, **query: Any) -> Any:
        """Ask for readings over REST."""
        given = span(0, 12) | {"purpose": "operation"} | query
        return self.clients[who].get(f"{self.url}readings/", given)

    def export(self, who: str, **query: Any) -> Any:
        """Ask for a copy over REST."""
        return self.clients[who].get(f"{self.url}export/", span(0, 12) | query)


def lend(
    machine: Equipment,
    lessee: Organization,
    period: Period,
    reference: str,
    by: User,
    under: Agreement | None = None,
) -> Agreement:
    return agreements.open(
        equipment=machine,
        owner=machine.owner,
        lessee=lessee,
        period=period,
        reference=reference,
        billing_channels=["execution", "parts"],
        by=by,
        at=NOON,
        under=under,
    )


def build() -> World:
    """Build it through the actions that people use."""
    parties = {name: make.organization(name) for name in ("owner", "A", "B", "stranger")}
    kinds = {"maker": "MAKER", "provider": "SERVICE_PROVIDER", "regulator": "REGULATOR"}
    parties |= {name: make.organization(name, kind=kind) for name, kind in kinds.items()}
    parties["platform"] = make.platform()
    people = {name: make.member(one) for name, one in parties.items()}
    clock, machine = robot(name="tester"), make.equipment(parties["owner"])
    device = devices.register(
        owner=parties["owner"],
        code="m-1",
        name="Mill",
        channels=[
            {"key": key, "name": key, "kind": kind, "category": category, "retention": retention}
            for key, kind, category, retention in CHANNELS
        ],
        commissioned_at=EARLY,
        by=clock,
        at=NOON,
    )
    devices.bind(device=device, equipment=machine, period=Period(EARLY, None), by=clock, at=NOON)
    held = {
        "A": lend(machine, parties["A"], Period(hour(2), hour(6)), "lea_A", clock),
        "B": lend(machine, parties["B"], Period(hour(6), hour(10)), "lea_B", clock),
    }
    clients = {name: keyed(people[name], parties[name]) for name in parties}
    world = World(device, machine, parties, people, clients, held, clock)
    report(world)
    return world


def keyed(person: User, organization: Organization, *scopes: str) -> APIClient:
    """Return a client with a key."""
    _, text = api_keys.create(
        organization=organization, name="t", scopes=scopes or Scope.values, by=person, at=NOON
    )
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def report(world: World) -> None:
    """Let the device say something in every channel each seven minutes, and at each edge of rights."""
    moments = {START + n * STEP for n in range(int(12 * HOUR / STEP))}
    for edge in (2, 6, 10):
        moments |= {hour(edge) - timedelta(microseconds=1), hour(edge)}
    items = []
    for number, moment in enumerate(sorted(moments)):
        values = {
            "execution": ("ACTIVE", "READY")[number % 2],
            "running": ("ACTIVE", "READY", "STOPPED")[number % 3],
            "parts": number,
            "load": number * 10 + 1,
            "power": number * 10 + 2,
            "program": SECRETS[whose(moment)],
            "operator": f"Li {SECRETS[whose(moment)]}",
        }
        for key, value in values.items():
            items.append((len(items) + 1, stamp(moment), key, value))
            world.said.append((moment, key, value))
    assert take(world.device, items).refusals == []


def worlds(unblocker: Any, build: Any = build) -> Any:
    """Yield one world for a whole module; it is put away at the end by a rollback."""
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own test cases do: what must be durable may run inside
    with unblocker.unblock(), block:
        yield build()
        transaction.set_rollback(True)


def latest() -> AccessEvent:
    """Return the last decision in the log."""
    return AccessEvent.objects.filter(kind="DECISION").latest("pk")


def points(answer: Any) -> list[tuple[str, str, Any]]:
    """Return the single readings of an answer."""
    assert answer.status_code == 200, answer.content
    return sorted(
        (point["at"], one["channel"], point["value"])
        for one in answer.json()["series"]
        for point in one["points"]
    )
