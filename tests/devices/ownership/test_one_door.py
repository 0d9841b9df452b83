"""
Nothing reads telemetry but the one door.

Every source is read: calls of the readers in whatever way they are imported, SQL on the tables of telemetry,
their models, and on the outside (``api``, ``web``, ``tasks``) usage windows and what is known of a device's
state. That this sees what it should is proved by sources that trespass.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("marketplace", "devices", "leasing", "billing", "config")
DOOR = "devices/ownership/actions/access.py"
ALARMS = "devices/ownership/actions/alarms.py"  # looks faults up for the door's decisions
WINGS = (DOOR, *(f"devices/ownership/actions/{name}.py" for name in ("exporting", "reducing")))
STOREKEEPERS = ("devices/queries.py", "devices/actions/", "devices/rules/")
STOREKEEPERS += ("devices/models/holdings.py", "devices/models/gathering.py")
# Who asks what is held of deliveries, not what they say:
KNOW_FORMS = ("devices/models/", "devices/management/commands/verify_log.py", "devices/ownership/queries/")
CHECKERS = {"billing/rules/proofs.py"}  # pure: decode what a bundle has handed out already
READERS = {"readings", "evidence", "last_number", "next_number", "deliveries"}
INNER = {"gather", "in_order", "backwards", "Asked"}  # for devices.queries alone
MODULES = (
    *("devices.queries", "devices.models.deliveries", "devices.models.gathering"),
    *("devices.rules.blocks", "devices.rules.archives"),
)
DECODERS = {"decode", "decode_beside", "decode_trace", "unfold"}


def calls(path: Path) -> set[str]:
    """Return the functions of ``devices.queries`` and ``devices.rules.blocks`` that a file takes."""
    modules: dict[str, str] = {}
    found: set[str] = set()
    source = path.read_text(encoding="utf-8")
    if "devices" not in source:  # as every module that is looked for is called: most sources need no parsing
        return found
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if whole in MODULES:
                    modules[name.asname or name.name] = whole
                if node.module in MODULES:
                    found.add(name.name)
        if isinstance(node, ast.Import):
            modules |= {n.asname: n.name for n in node.names if n.asname and n.name.startswith("devices.")}
            found |= {"evidence" for n in node.names if n.name == "devices.queries" and not n.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(node.attr)
    return found & (READERS | INNER | DECODERS)


def test_only_the_door_and_the_storekeepers_read_telemetry():
    round_the_door = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            taken = calls(path) - DECODERS if name in CHECKERS else calls(path)
            if name not in (*WINGS, ALARMS) and not name.startswith(STOREKEEPERS) and taken:
                round_the_door[name] = taken

    assert round_the_door == {}


def test_only_storekeepers_know_in_which_form_deliveries_are_held():
    knowing = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "Holding" in (source := path.read_text(encoding="utf-8"))
        and any(
            isinstance(node, ast.ImportFrom) and {"Holding"} & {name.name for name in node.names}
            for node in ast.walk(ast.parse(source))
        )
    }

    assert knowing
    assert {name for name in knowing if not name.startswith((*STOREKEEPERS, *KNOW_FORMS))} == set()


def test_the_door_itself_is_seen_by_this_test():
    assert calls(ROOT / DOOR) == READERS
    assert calls(ROOT / ALARMS) == {"readings"}


def test_only_the_doors_decisions_look_alarms_up():
    takers = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "devices.ownership.actions import alarms" in path.read_text(encoding="utf-8")
    }

    assert takers == {"devices/ownership/actions/deciding.py"}


# Who may write SQL on the tables of telemetry, or use their models: who stores, moves, seals and grants.
KEEPERS = ("devices/models/", "devices/actions/", "config/roles.py")
COUNTERS = ("config/demo/build.py",)  # asks whether there are any
TABLES = re.compile(
    r"\b(?:devices_(?:block|archive|holding)\w*|(?:from|join|select|lateral)\s+readings\s*\()", re.IGNORECASE
)
STORED = {"Block", "Holding", "Head"}
PACE = ("devices/api/pace.py",)  # how much a device may still deliver stands in its head
ENDS = tuple(f".{name.rpartition('.')[2]}" for name in MODULES)  # how the modules of readings are called
OUTSIDE = re.compile(r"/(?:api|web)/|/tasks\.py$")
# Where windows are shown, each behind an invoice or a lease that the reader may see:
WINDOWS = (
    "billing/api/invoices.py",
    "billing/api/usage.py",
    "billing/web/invoices.py",
    "billing/web/readings.py",
)
STATUS = {"presence", "last_received_at", "last_reading_at"}
# Where a device's state is shown: to its owner, and to who leases it now (``life_of``, ``own_times``).
STATES = (
    "devices/api/serializers.py",
    "devices/web/life.py",
    "devices/web/devices.py",
    "devices/web/fleet.py",  # one's own devices alone
)


def trespasses(name: str, source: str) -> set[str]:
    """Return what a source does that only others may do; ``name`` is its path."""
    tree = ast.parse(source)
    found = set(_hidden_ways(name, tree))
    if not name.startswith(KEEPERS):
        found |= {f"SQL: {text[:40]}" for text in _texts(tree) if TABLES.search(text)}
        if name not in COUNTERS:
            found |= {
                f"model: {one}"
                for one in _taken(tree, "devices.models") & {"Block", "Holding"} - _known_here(name)
            }
    if OUTSIDE.search(name):
        found |= set(_on_the_outside(name, tree))
        if name not in PACE:
            found |= {f"model: {one}" for one in _taken(tree, "devices.models") & {"Head"}}
    return found


def _known_here(name: str) -> set[str]:
    return STORED if name.startswith((*STOREKEEPERS, *KNOW_FORMS)) else set()


def _texts(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a source that are not there for people to read."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and _is_told(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def _is_told(node) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr) and ast.get_docstring(node) is not None


def _taken(tree: ast.Module, module: str) -> set[str]:
    """Return the names that are imported from a module or from below it."""
    return {
        one.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{module}.")
        for one in node.names
    }


def _hidden_ways(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield ways to telemetry that the look at calls would not see."""
    modules = set(MODULES)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            whole = {f"devices.{node.module or ''}.{one.name}" for one in node.names}
            if node.level and any(end in one for one in whole for end in ENDS):
                yield f"relative import of {whole}"
            if node.module in modules and any(one.name == "*" for one in node.names):
                yield f"everything of {node.module}"
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "attr", getattr(node.func, "id", ""))
        texts = {one.value for one in node.args if isinstance(one, ast.Constant)}
        if function in ("import_module", "__import__", "import_string") and texts & modules:
            yield f"{function} of {texts & modules}"
        if function == "getattr" and texts & (READERS | INNER | DECODERS):
            yield f"getattr of {texts}"
        if function == "get_model" and texts & {*STORED, *(f"devices.{one}" for one in STORED)}:
            yield f"get_model of {texts}"


def _on_the_outside(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        of = getattr(node.value, "id", "")
        if (of in ("UsageWindow", "WindowSet") and node.attr == "objects") and name not in WINDOWS:
            yield f"windows: {of}.objects"
        if node.attr in STATUS and name not in STATES and of != "life":
            yield f"status: {node.attr}"


SOURCES = [
    path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts
]


def test_no_source_takes_a_hidden_way():
    found = {
        str(path.relative_to(ROOT)): taken
        for path in SOURCES
        if (taken := trespasses(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
    }

    assert found == {}


def test_those_who_may_do_it_do_it_still():
    """A list of exceptions that nobody needs would hide the next one who does."""
    for name in WINDOWS:
        assert set(_on_the_outside("billing/api/other.py", ast.parse((ROOT / name).read_text())))
    for name in STATES[1:]:
        assert set(_on_the_outside("devices/api/other.py", ast.parse((ROOT / name).read_text())))
    assert all(calls(ROOT / name) for name in WINGS)


TRESPASSING = {
    "a reader": ("billing/web/x.py", "from devices.queries import readings\nreadings(d)"),
    "a reader by another name": ("billing/web/x.py", "from devices.queries import evidence as e\ne(d)"),
    "a reader of the module": ("leasing/web/x.py", "from devices import queries as q\nq.readings(d)"),
    "a whole module": ("config/views.py", "import devices.queries\ndevices.queries.readings(d)"),
    "a module under a name": ("config/views.py", "import devices.queries as q\nq.last_number(d)"),
    "deliveries": ("billing/actions/x.py", "from devices.models.deliveries import deliveries\ndeliveries(d)"),
    "a decoder": ("devices/api/x.py", "from devices.rules import blocks\nblocks.decode(b)"),
    "what is within": ("devices/web/x.py", "from devices.models.gathering import gather\ngather(a, b)"),
    "SQL on blocks": ("billing/queries.py", "q.execute('SELECT evidence FROM devices_block')"),
    "SQL on archives": ("devices/ownership/queries/seen.py", "q.raw('select * from devices_archive a')"),
    "the view": ("leasing/queries.py", "X.objects.raw('SELECT 1 FROM devices_holding')"),
    "the function for people": (
        "config/views.py",
        "q.execute('SELECT * FROM readings(%s, %s, now(), now())')",
    ),
    "the function within": ("devices/web/x.py", "q.execute('SELECT devices_block_readings(x, 1)')"),
    "SQL in pieces": ("devices/web/x.py", "table = 'devices_block'\nq.execute(f'SELECT 1 FROM {table}')"),
    "a model": ("devices/api/x.py", "from devices.models import Block\nBlock.objects.all()"),
    "a model of its file": ("billing/web/x.py", "from devices.models.holdings import Holding"),
    "a head": ("leasing/web/x.py", "from devices.models import Head\nHead.objects.get()"),
    "a model by name": ("billing/tasks.py", "apps.get_model('devices', 'Holding').objects.all()"),
    "getattr": ("billing/web/x.py", "from devices import queries as q\ngetattr(q, 'readings')(d)"),
    "import by name": ("billing/web/x.py", "import_module('devices.queries').readings(d)"),
    "everything": ("devices/web/x.py", "from devices.queries import *\nreadings(d)"),
    "a relative import": ("devices/web/x.py", "from ..queries import readings\nreadings(d)"),
    "windows on a page": ("billing/web/x.py", "UsageWindow.objects.filter(pk=1)"),
    "windows over REST": ("billing/api/x.py", "WindowSet.objects.all()"),
    "windows in a task": ("billing/tasks.py", "UsageWindow.objects.all()"),
    "when a device spoke": ("leasing/web/x.py", "at = device.head.last_reading_at"),
    "whether a device is there": ("leasing/api/x.py", "device.presence(at)"),
}


@pytest.mark.parametrize("way", TRESPASSING)
def test_a_source_that_trespasses_is_found(way, tmp_path):
    name, source = TRESPASSING[way]
    file = tmp_path / "x.py"
    file.write_text(source)

    assert calls(file) or trespasses(name, source)


@pytest.mark.parametrize(
    "source",
    [
        '"""SELECT * FROM readings(…) shows a person what devices_block holds."""',
        "answer = access.read(device=device)\nreadings = answer.series",
        "def readings(request):\n    return 1",
        "url = '/api/v1/devices/x/readings/'",
    ],
)
def test_a_source_that_does_not_is_left_in_peace(source, tmp_path):
    file = tmp_path / "x.py"
    file.write_text(source)

    assert not calls(file)
    assert trespasses("billing/web/x.py", source) == set()
