"""What we depend on is justified, pinned and checked by hash."""

import re
import subprocess
import sys

import pytest

from config.up.places import ROOT

PAIRS = (("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt"))
PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==\S+( ; .+)? \\")


def named(source: str) -> list[str]:
    """The packages that an .in file names itself."""
    lines = (ROOT / source).read_text().splitlines()
    return [re.split(r"[^\w.-]", line)[0] for line in lines if line and not line.startswith(("#", "-"))]


def locked(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+)", (ROOT / lock).read_text(), re.M))


class TestJustification:
    def test_every_direct_dependency_has_one_and_nothing_else_has(self):
        text = (ROOT / "docs" / "dependencies.md").read_text()
        justified = re.findall(r"^\| ([a-z0-9._-]+) \| \S.+ \|$", text, re.M)
        assert justified.pop(0) == justified.pop(len(named("requirements.in"))) == "package"
        assert justified == [name for source, _ in PAIRS for name in named(source)]


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.M))


@pytest.mark.parametrize(("source", "lock"), PAIRS)
class TestLock:
    def test_holds_every_direct_dependency(self, source, lock):
        assert set(named(source)) <= locked(lock)

    def test_pins_every_package_with_hashes_and_names_no_place(self, source, lock):
        content = (ROOT / lock).read_text()
        assert "://" not in content
        assert "--index" not in content
        assert "--find-links" not in content
        for block in re.split(r"\n(?=[a-z0-9])", content.strip()):
            first, *rest = block.splitlines()
            assert PINNED.fullmatch(first), first
            hashes = [line for line in rest if not line.lstrip().startswith("#")]
            assert hashes, first
            assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes), first

    def test_agrees_with_the_other_lock(self, source, lock):
        ours, other = (pins(name) for _, name in PAIRS)
        common = ours.keys() & other.keys()
        assert {name: ours[name] for name in common} == {name: other[name] for name in common}


class TestCompleteness:
    def test_nothing_that_a_package_asks_for_is_left_out_of_the_locks(self):
        """The installer takes the locks as they stand and resolves nothing, so a hole would stay one."""
        checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
        assert (checked.returncode, checked.stdout) == (0, "No broken requirements found.\n")
