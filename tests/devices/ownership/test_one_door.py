"""Nothing reads telemetry but the one door."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("marketplace", "devices", "leasing", "billing", "config")
DOOR = "devices/ownership/actions/access.py"
WINGS = (DOOR, *(f"devices/ownership/actions/{name}.py" for name in ("exporting", "reducing")))
STOREKEEPERS = ("devices/queries.py", "devices/actions/", "devices/rules/")
STOREKEEPERS += ("devices/models/holdings.py", "devices/models/gathering.py")
# Who asks what is held of deliveries, not what they say:
KNOW_FORMS = ("devices/models/", "devices/management/commands/verify_log.py", "devices/ownership/queries.py")
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
    tree = ast.parse(path.read_text(encoding="utf-8"))
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
            if name not in WINGS and not name.startswith(STOREKEEPERS) and taken:
                round_the_door[name] = taken

    assert round_the_door == {}


def test_only_storekeepers_know_in_which_form_deliveries_are_held():
    knowing = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if any(
            isinstance(node, ast.ImportFrom) and {"Holding"} & {name.name for name in node.names}
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    }

    assert knowing
    assert {name for name in knowing if not name.startswith((*STOREKEEPERS, *KNOW_FORMS))} == set()


def test_the_door_itself_is_seen_by_this_test():
    assert calls(ROOT / DOOR) == READERS
