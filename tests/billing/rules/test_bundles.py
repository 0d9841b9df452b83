"""The rules that go with a bundle need nothing but the standard library, and no others go with it."""

import ast
import sys
from pathlib import Path

from billing.actions import bundle_files
from billing.rules import bundles
from billing.rules import verify as program

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {
    "a": "",
    "a.b": "import json\nimport a.c\n",
    "a.c": "from a import d\nfrom . import z\n",
    "a.d": "from a.b import X\n",
    "a.e": "",
}


def test_the_closure_is_what_is_imported_and_the_packages_around_it():
    assert bundles.closure(["a.b"], SOURCES.get) == ["a", "a.b", "a.c", "a.d"]


def test_all_files_are_unchanged_and_import_the_standard_library_or_each_other():
    files = dict(bundle_files.rules())
    rooms = {"billing", "leasing", "devices", "marketplace"}
    for name, content in files.items():
        source = ROOT / name.removeprefix("rules/") if name != "verify.py" else Path(program.__file__)
        assert content == source.read_bytes()
        for node in ast.walk(ast.parse(content)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for top in {one.split(".")[0] for one in names}:
                assert top in rooms or top in sys.stdlib_module_names, (name, top)
                assert name != "verify.py" or top not in rooms


def test_all_files_are_rules_or_shared_words():
    folders = {name.split("/")[2] for name, _ in bundle_files.rules() if name.count("/") > 2}

    assert folders == {"rules", "shared"}


def test_the_program_and_the_project_speak_of_the_same_files():
    same = ("FORMAT", "MANIFEST", "DELIVERIES", "RULES", "ZONES", "ENTRANCE")
    files = {"rules/b.py": "1", "rules/a.py": "2", "invoice.json": "3"}

    assert [getattr(program, name) for name in same] == [getattr(bundles, name) for name in same]
    assert program.fingerprint(files) == bundles.fingerprint(files) == bundles.manifest(files)["rules"]


def test_the_zone_is_found_where_the_process_has_it(monkeypatch, tmp_path):
    name, content = next(bundle_files.zone(key="Asia/Shanghai"))
    assert (name, content[:4]) == ("tz/Asia/Shanghai", b"TZif")

    (tmp_path / "+VERSION").write_text("2031c\n")
    monkeypatch.setattr("zoneinfo.TZPATH", (str(tmp_path),))
    assert bundle_files.zone_version() == "2031c"


def test_the_zone_is_taken_from_a_package_where_the_machine_has_none(monkeypatch, tmp_path):
    place = tmp_path / "tzdata" / "zoneinfo" / "Asia"
    place.mkdir(parents=True)
    (tmp_path / "tzdata" / "__init__.py").write_text('IANA_VERSION = "2031d"')
    (place / "Shanghai").write_bytes(b"TZif2")
    monkeypatch.setattr("zoneinfo.TZPATH", (str(tmp_path / "nowhere"),))
    monkeypatch.syspath_prepend(tmp_path)

    assert list(bundle_files.zone(key="Asia/Shanghai")) == [("tz/Asia/Shanghai", b"TZif2")]
    assert bundle_files.zone_version() == "2031d"
    sys.modules.pop("tzdata", None)


def test_the_version_of_the_zones_is_unknown_where_nothing_tells_it(monkeypatch, tmp_path):
    monkeypatch.setattr("zoneinfo.TZPATH", (str(tmp_path),))
    monkeypatch.setitem(sys.modules, "tzdata", None)

    assert bundle_files.zone_version() == "unknown"
