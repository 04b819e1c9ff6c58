"""How the server is not root, which PostgreSQL refuses: as an ordinary user nothing is to do; as root the child enters
a user namespace in which it is an ordinary user that owns the same files, or becomes a system user.

What runs between fork and exec is only system calls: the node has threads, and a lock that one of them holds at the
fork would never be released in the child.
"""

import ctypes
import os
import platform
import pwd
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from quanyu.core.errors import Unavailable

Become = Callable[[], None]

_ON_LINUX = platform.system() == "Linux"
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_NAMESPACE_USER = "daemon"
_FALLBACK_USERS = ("quanyu", "postgres", "pgserver", "nobody")


def ordinary_user(*folders: Path) -> Become:
    """What the child does before exec so that it is not root; `folders` are those that it must own."""
    if os.geteuid() != 0:
        return lambda: None
    enter = _namespace_entry()
    return enter if _works(enter) else _system_user(folders)


def dying_with_parent(how: signal.Signals) -> Become:
    """What the child does before exec so that it gets this signal when this process dies. After `ordinary_user`, which undoes it."""
    if not _ON_LINUX:
        return lambda: None
    parent, libc = os.getpid(), ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:  # it died before we asked to be told
            os._exit(1)

    return tie


def _namespace_entry() -> Become:
    user = _user(_NAMESPACE_USER)
    libc = ctypes.CDLL(None, use_errno=True)

    def enter() -> None:
        if user is None or libc.unshare(_CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), "unshare")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user.pw_uid} 0 1")
        _write("/proc/self/gid_map", f"{user.pw_gid} 0 1")

    return enter


def _works(enter: Become) -> bool:
    if not _ON_LINUX:
        return False

    def attempt() -> None:
        try:
            enter()
        except OSError:
            os._exit(1)

    return subprocess.run([sys.executable, "-S", "-c", ""], preexec_fn=attempt, check=False).returncode == 0


def _system_user(folders: tuple[Path, ...]) -> Become:
    user = next((found for name in _FALLBACK_USERS if (found := _user(name))), None)
    if user is None:
        raise Unavailable("store.embedded.no_user", users=", ".join(_FALLBACK_USERS))
    for folder in folders:
        _check_reach(folder, user)
        os.chown(folder, user.pw_uid, user.pw_gid)

    def become() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become


def _check_reach(folder: Path, user: pwd.struct_passwd) -> None:
    closed = [str(parent) for parent in folder.absolute().parents if not parent.stat().st_mode & stat.S_IXOTH]
    if closed:
        raise Unavailable("store.embedded.unreachable", user=user.pw_name, folders=" ".join(reversed(closed)))


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
