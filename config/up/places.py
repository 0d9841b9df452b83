"""Where the local services keep what they know."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.up.say import CannotStart

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET_PATH = 107  # bytes; the kernel's limit for unix sockets
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")


@dataclass(frozen=True)
class Places:
    """Everything of one folder: state under ``var``, sockets in a short directory elsewhere."""

    var: Path
    root: Path = ROOT

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def cluster(self) -> Path:
        return self.var / "pg18"

    @property
    def redis(self) -> Path:
        return self.var / "redis"

    @property
    def lock(self) -> Path:
        return self.var / "up.lock"

    @property
    def running(self) -> Path:
        return self.var / "up.json"

    @property
    def prepared(self) -> Path:
        return self.var / "prepared.json"

    @property
    def demo(self) -> Path:
        return self.var / "demo.json"

    @property
    def secret(self) -> Path:
        return self.var / "secret_key"

    @property
    def signing_key(self) -> Path:
        return self.var / "log_signing_key"

    @property
    def sockets(self) -> Path:
        """A short path: a unix socket's address holds at most 107 bytes, a project's path may be longer."""
        name = f"jijian-{os.getuid()}-{hashlib.sha256(os.fsencode(self.var)).hexdigest()[:8]}"
        for base in (Path(tempfile.gettempdir()), Path("/tmp")):
            if len(os.fsencode(base / name)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH:
                break
        return base / name

    def make(self) -> None:
        """Create the directories. ``var`` may be entered by all, so that its parts can belong to others."""
        self.var.mkdir(parents=True, exist_ok=True, mode=0o711)
        for private in (self.log, self.run, self.redis, self.var / "static"):
            private.mkdir(exist_ok=True, mode=0o700)

    def make_sockets(self, owner: int) -> Path:
        """Create the socket directory for one uid; a directory of somebody else's is refused."""
        path = self.sockets
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if path.is_symlink() or found.st_uid not in (owner, os.geteuid()) or found.st_mode & 0o077:
            raise CannotStart(
                f"{path} exists and is not ours alone: remove it, or set TMPDIR to a private folder"
            )
        if found.st_uid != owner:
            os.chown(path, owner, -1)
        return path

    def forget(self) -> None:
        """Remove all state except the lock that we hold."""
        for path in self.var.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != self.lock:
                path.unlink()
        self.make()


def here(*, test_mode: bool = False) -> Places:
    """The places of this checkout, apart for test mode; ``JIJIAN_VAR`` puts the state somewhere else."""
    own = ROOT / ("var-test" if test_mode else "var")
    return Places(var=Path(os.environ.get("JIJIAN_VAR") or own).resolve())
