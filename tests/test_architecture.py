"""
The conventions of the house as checks that fail.

Import directions are import-linter's (``pyproject.toml``); this file keeps what an import graph cannot see.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("marketplace", "devices", "leasing", "billing", "config")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
CLOCKS = {
    ("clock", "now"),
    ("clock", "machine_now"),
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("timezone", "localtime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
NO_CLOCK = ("actions", "rules", "models")


def sources() -> list[Path]:
    """Return every source file of the rooms, migrations left out."""
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def in_drawer(*drawers: str) -> list[Path]:
    return [path for path in sources() if set(drawers) & set(path.relative_to(ROOT).parts[:-1])]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", sources(), ids=named)
class TestEveryFile:
    def test_is_at_most_400_lines_long(self, path):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE

    def test_has_functions_of_at_most_60_lines(self, path):
        long = [f.name for f in functions(path) if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION]

        assert long == []


@pytest.mark.parametrize("path", in_drawer("actions"), ids=named)
class TestActions:
    def test_are_keyword_only_and_say_what_they_guarantee(self, path):
        public = [
            node for node in tree(path).body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"
        ]

        for function in public:
            assert not function.args.args, f"{function.name} takes positional arguments"
            assert ast.get_docstring(function), f"{function.name} has no docstring"

    def test_never_call_the_network_or_a_task_directly(self, path):
        calls = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}

        assert calls & {"delay", "apply_async", "urlopen"} == set()


@pytest.mark.parametrize("path", in_drawer(*NO_CLOCK), ids=named)
def test_rules_models_and_actions_never_read_a_clock(path):
    reads = {
        (node.value.id, node.attr)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }

    assert reads & CLOCKS == set()


@pytest.mark.parametrize("path", [one for one in sources() if "config" not in one.parts], ids=named)
def test_the_time_is_asked_of_one_clock(path):
    asked = {
        ast.unparse(node)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {".".join(one) for one in CLOCKS} - {"clock.now", "clock.machine_now"}
        and (not node.args or ast.unparse(node.func) == "datetime.now")
    }

    assert asked == set() or path.name in {"clock.py", "ids.py"}


@pytest.mark.parametrize("path", in_drawer("rules"), ids=named)
def test_rules_use_no_float_literal(path):
    floats = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]

    assert floats == []


def test_foreign_keys_by_name_point_down_the_staircase():
    floor = {"marketplace": 0, "devices": 1, "ownership": 1, "leasing": 2, "billing": 3, "payments": 4}
    climbing = []
    for path in in_drawer("models"):
        room = path.relative_to(ROOT).parts[0]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.count(".") == 1:
                app = node.value.split(".")[0].lower()
                if app in floor and floor[app] > floor[room] + (room in {"devices", "billing"}):
                    climbing.append((named(path), node.value))

    assert climbing == []


def test_tasks_are_queued_only_of_the_own_room():
    foreign = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "later" and node.args:
                task = getattr(node.args[0], "value", "")
                if not str(task).startswith(path.relative_to(ROOT).parts[0]):
                    foreign.append((named(path), task))

    assert foreign == []


def test_no_file_of_the_project_reaches_outside_of_it():
    outside = [
        named(path)
        for path in sources() + sorted((ROOT / "tests").rglob("*.py"))
        if path != Path(__file__) and "../shared" in path.read_text(encoding="utf-8")
    ]

    assert outside == []
