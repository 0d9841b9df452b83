"""
The conventions of the house as checks that fail.

Import directions are import-linter's (``pyproject.toml``); this file keeps what an import graph cannot see.
"""

import ast
from collections.abc import Iterator
from functools import cache
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
ASKED = CLOCKS - {("clock", "now"), ("clock", "machine_now")}
NO_CLOCK = ("actions", "rules", "models")
QUEUES = {"delay", "apply_async", "urlopen"}


@cache
def sources() -> list[Path]:
    """Return every source file of the rooms, migrations left out."""
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def in_drawer(*drawers: str) -> list[Path]:
    found = [path for path in sources() if set(drawers) & set(path.relative_to(ROOT).parts[:-1])]
    assert found
    return found


def named(path: Path, line: int | None = None) -> str:
    """Return the file, and where in it, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def nodes(paths: list[Path], kind: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    """Yield each part of some files that is of a kind, with its file."""
    return ((path, node) for path in paths for node in of_kind(path).get(kind, ()))


@cache
def of_kind(path: Path) -> dict[type[ast.AST], list[ast.AST]]:
    """Return the parts of a file by their kind: it is walked through once for all rules."""
    found: dict[type[ast.AST], list[ast.AST]] = {}
    for node in ast.walk(tree(path)):
        found.setdefault(type(node), []).append(node)
    return found


def pair(node: ast.AST) -> tuple[str, str] | None:
    """Return ``("clock", "now")`` of ``clock.now``."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.attr
    return None


@pytest.fixture(scope="module", autouse=True)
def forgotten():
    """Let go of all sources, which would stay in memory for the other tests to be slow with."""
    yield
    of_kind.cache_clear()
    tree.cache_clear()


class TestEveryFile:
    def test_is_at_most_400_lines_long(self):
        long = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}

        assert long
        assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}

    def test_has_functions_of_at_most_60_lines(self):
        functions = [*nodes(sources(), ast.FunctionDef)]
        long = [
            f"{named(path, f.lineno)} {f.name}"
            for path, f in functions
            if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION
        ]

        assert functions
        assert not long, "\n".join(map(str, long))


class TestActions:
    def test_are_keyword_only_and_say_what_they_guarantee(self):
        public = [
            (f"{named(path, node.lineno)} {node.name}", node)
            for path in in_drawer("actions")
            for node in tree(path).body
            if isinstance(node, ast.FunctionDef) and node.name[0] != "_"
        ]

        assert public
        assert [name for name, one in public if one.args.args] == [], "takes positional arguments"
        assert [name for name, one in public if not ast.get_docstring(one)] == [], "has no docstring"

    def test_never_call_the_network_or_a_task_directly(self):
        calls = [
            named(path, node.lineno)
            for path, node in nodes(in_drawer("actions"), ast.Attribute)
            if node.attr in QUEUES
        ]

        assert not calls, "\n".join(map(str, calls))


def test_rules_models_and_actions_never_read_a_clock():
    reads = [
        named(path, node.lineno)
        for path, node in nodes(in_drawer(*NO_CLOCK), ast.Attribute)
        if pair(node) in CLOCKS
    ]

    assert not reads, "\n".join(map(str, reads))


def test_the_time_is_asked_of_one_clock():
    asking = [path for path in sources() if "config" not in path.parts]
    asked = [
        named(path, node.lineno)
        for path, node in nodes(asking, ast.Call)
        if pair(node.func) in ASKED
        and (not node.args or pair(node.func) == ("datetime", "now"))
        and path.name not in {"clock.py", "ids.py"}
    ]

    assert not asked, "\n".join(map(str, asked))


def test_rules_use_no_float_literal():
    floats = [
        named(path, node.lineno)
        for path, node in nodes(in_drawer("rules"), ast.Constant)
        if isinstance(node.value, float)
    ]

    assert not floats, "\n".join(map(str, floats))


def test_foreign_keys_by_name_point_down_the_staircase():
    floor = {"marketplace": 0, "devices": 1, "ownership": 1, "leasing": 2, "billing": 3, "payments": 4}
    climbing = []
    for path, node in nodes(in_drawer("models"), ast.Constant):
        room = path.relative_to(ROOT).parts[0]
        if isinstance(node.value, str) and node.value.count(".") == 1:
            app = node.value.split(".")[0].lower()
            if app in floor and floor[app] > floor[room] + (room in {"devices", "billing"}):
                climbing.append((named(path, node.lineno), node.value))

    assert not climbing, "\n".join(map(str, climbing))


def test_tasks_are_queued_only_of_the_own_room():
    foreign = []
    for path, node in nodes(sources(), ast.Call):
        if getattr(node.func, "id", "") == "later" and node.args:
            task = getattr(node.args[0], "value", "")
            if not str(task).startswith(path.relative_to(ROOT).parts[0]):
                foreign.append((named(path, node.lineno), task))

    assert not foreign, "\n".join(map(str, foreign))


def test_no_file_of_the_project_reaches_outside_of_it():
    outside = [
        named(path)
        for path in sources() + sorted((ROOT / "tests").rglob("*.py"))
        if path != Path(__file__) and "../shared" in path.read_text(encoding="utf-8")
    ]

    assert not outside, "\n".join(map(str, outside))
