"""
As whom PostgreSQL runs: it refuses root, and ``initdb`` refuses a uid without a passwd entry.

Neither a new user nor a changed permission is needed: inside a user namespace the same process is
"nobody" to PostgreSQL and still ourselves to the file system. Where namespaces are forbidden, root may
drop to the uid of nobody, if every directory on the way can be entered by it.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from config.up.say import CannotStart

LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None
NEW_USER_NAMESPACE, PARENT_DEATH_SIGNAL = 0x10000000, 1
NOBODY = 65534


class Isolation(Enum):
    """How a child leaves our identity before it becomes PostgreSQL."""

    OURSELVES = "as the current user"
    NAMESPACE = "in a user namespace"
    NOBODY = "as nobody"

    @property
    def owner(self) -> int:
        """The uid that owns the files which the child makes."""
        return NOBODY if self is Isolation.NOBODY else os.geteuid()


def before_exec(signal: int, isolation: Isolation = Isolation.OURSELVES) -> Callable[[], None]:
    """
    What a child does between fork and exec: change identity, then bind its life to ours.

    The kernel sends ``signal`` when the parent dies, however it dies. The order matters: a change of
    identity clears that wish. A parent that died before the wish was made is noticed as well.
    """
    parent, uid, gid = os.getpid(), os.geteuid(), os.getegid()

    def setup() -> None:
        if isolation is Isolation.NAMESPACE:
            _enter_namespace(uid, gid)
        elif isolation is Isolation.NOBODY:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        if LIBC:
            LIBC.prctl(PARENT_DEATH_SIGNAL, signal)
            if os.getppid() != parent:
                os._exit(125)

    return setup


def _enter_namespace(uid: int, gid: int) -> None:
    if LIBC is None or LIBC.unshare(NEW_USER_NAMESPACE):
        os._exit(126)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - between fork and exec, the plainest call
            file.write(text)


def namespaces_work() -> bool:
    """Try it: kernels, containers and security modules each have their own way to forbid it."""
    return LINUX and _child_starts(Isolation.NAMESPACE)


def dropping_works() -> bool:
    """Whether root here may really become nobody (a container without capabilities may not)."""
    return os.geteuid() == 0 and _child_starts(Isolation.NOBODY)


def _child_starts(isolation: Isolation) -> bool:
    try:
        return (
            subprocess.run(["/bin/sh", "-c", ":"], cwd="/", preexec_fn=before_exec(9, isolation)).returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False


def first_closed(path: Path) -> Path | None:
    """The first directory on the way to ``path`` that strangers cannot enter, or None."""
    for place in [*reversed(path.parents), path]:
        if not place.stat().st_mode & 0o001:
            return place
    return None


def choose(*, programs: Path, cluster: Path) -> Isolation:
    """
    Decide as whom PostgreSQL runs here.

    :raises CannotStart: if there is no way, with the two ways out: a normal user, or ``DATABASE_URL``
    """
    if os.geteuid() != 0 and has_passwd_entry():
        return Isolation.OURSELVES
    if namespaces_work():
        return Isolation.NAMESPACE
    reason = "user namespaces are forbidden here"
    if dropping_works():
        closed = first_closed(programs / "postgres") or first_closed(cluster.parent)
        if closed is None:
            return Isolation.NOBODY
        reason += f" and another user cannot enter {closed}"
    who = "root" if os.geteuid() == 0 else "a user without a passwd entry"
    raise CannotStart(
        f"PostgreSQL does not run as {who}, and {reason}.\n"
        "Start as a normal user, or set DATABASE_URL to a server of yours."
    )


def has_passwd_entry() -> bool:
    try:
        return bool(pwd.getpwuid(os.getuid()))
    except KeyError:
        return False
