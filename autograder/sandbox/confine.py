"""Confinement of the process that runs student code, in layers.

Each layer is prepared once in the fork server and applied in well under a millisecond in every
child. No layer is believed: `autograder.sandbox.escape_test` tries to break out of a confined
child before the first submission is graded.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.landlock import python_folders, restrict, ruleset
from autograder.sandbox.lifetime import follow_to_death
from autograder.sandbox.limits import Limits
from autograder.sandbox.private_folder import PrivateFolders
from autograder.sandbox.seccomp import install_filter, seccomp_available

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 8, 24, 38
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAP_DAC_READ_SEARCH = 1 << 2
_NOBODY = 65534
# Users that no account has: beyond all ranges in use, and, where a container maps only 65,536
# users, those that systemd hands out for a moment. (The first, how many of them.)
_USERS = ((2_000_000_000, 1 << 22), (61_184, 4_336))


@dataclass(frozen=True)
class Confinement:
    """The layers this machine offers.

    ruleset            Landlock's file descriptor, or None
    drop_user          become a user that has no other process and owns no file
    drop_capabilities  give up the rights of root
    seccomp            filter system calls
    read_everything    Python lies in a folder of root's: keep the right to read it, so that
                       Landlock alone says what is read
    folders            where private folders are made, if they can be; without Landlock, which
                       keeps a child from writing elsewhere, there are none
    """

    ruleset: int | None
    drop_user: bool
    drop_capabilities: bool
    seccomp: bool
    read_everything: bool = False
    folders: PrivateFolders | None = None

    @property
    def private(self) -> PrivateFolders | None:
        """Where the child may write, if anywhere."""
        return self.folders if self.ruleset is not None else None

    @property
    def layers(self) -> list[str]:
        """Names of the layers, as they are written into every result."""
        named = [
            ("landlock", self.ruleset is not None),
            ("setuid", self.drop_user),
            ("capabilities", self.drop_capabilities),
            ("seccomp", self.seccomp),
        ]
        return ["session", "descriptors", "rlimits"] + [name for name, on in named if on]


def prepare(hidden: list[Path], folders: PrivateFolders | None = None) -> Confinement:
    """Find out what this machine offers. `hidden` are folders a child must not read."""
    root = os.geteuid() == 0
    rules = ruleset(hidden, folders.root if folders else None)
    needed = python_folders() + ([folders.root] if folders else [])
    open_to_all = all(_world_readable(path) for path in needed)
    drop_user = root and (open_to_all or rules is not None)
    return Confinement(
        ruleset=rules,
        drop_user=drop_user,
        drop_capabilities=root or (folders is not None and folders.mounted),
        seccomp=seccomp_available(),
        read_everything=drop_user and not open_to_all,
        folders=folders,
    )


def confine(confinement: Confinement, limits: Limits, channel: int) -> int:
    """Shut this process in. Only `channel` stays open; returns its new descriptor, 3."""
    parent = os.getppid()
    os.setsid()
    _close_descriptors(channel, confinement.ruleset)
    _be_killed_first()
    user, group = os.geteuid(), os.getegid()
    if confinement.drop_user:
        user, group = _private_user(), _NOBODY
    if confinement.private is not None:
        confinement.private.enter(limits, user, group)
    _set_limits(limits, confinement, user)
    os.umask(0o077)
    _change_user(confinement, user, group)
    follow_to_death(parent)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _move_in(confinement.private)
    if confinement.ruleset is not None:
        restrict(4)
        os.close(4)
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if confinement.seccomp:
        install_filter(may_write=confinement.private is not None)
    return 3


def _close_descriptors(channel: int, rules: int | None) -> None:
    """Leave 0-2 on /dev/null, 3 = channel, 4 = the Landlock ruleset, and nothing else."""
    null = os.open(os.devnull, os.O_RDWR)
    kept = [(channel, 3)] + ([] if rules is None else [(rules, 4)])
    copies = [(os.dup(source), target) for source, target in kept]  # 5 or more: no clash below
    for source, target in copies + [(null, 0), (null, 1), (null, 2)]:
        os.dup2(source, target, inheritable=False)
    os.closerange(4 if rules is None else 5, 1 << 16)


def _be_killed_first() -> None:
    """Where memory runs out the kernel is to end this process, not the grader."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _private_user() -> int:
    """A user of this child alone, so that the limit of threads counts its own only."""
    mapped = [tuple(map(int, line.split())) for line in _lines("/proc/self/uid_map")]
    for first, count in _USERS:
        user = first + os.getpid() % count
        if any(start <= user < start + length for start, _, length in mapped):
            return user
    return _NOBODY


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _set_limits(limits: Limits, confinement: Confinement, user: int) -> None:
    memory = _address_space() + limits.extra_memory
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, limits.file_bytes if confinement.private is not None else 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_NPROC, limits.threads + _threads_of(user)),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard < 0 else min(value, hard)
        resource.setrlimit(kind, (value, value))
    # First a signal of its own, SIGXCPU, so that this end can be told apart; then SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))


def _threads_of(user: int) -> int:
    """How many threads a user has. The kernel counts them against the limit, and ignores root's."""
    if user != os.geteuid() or user == 0:
        return 0
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == user:
                    count += Path(entry.path, "task").stat().st_nlink - 2
    return count


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _change_user(confinement: Confinement, user: int, group: int) -> None:
    """Give up being root, and every right that comes with it."""
    if confinement.drop_capabilities:
        for capability in range(64):
            _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    kept = 0
    if confinement.drop_user:
        if confinement.read_everything and confinement.ruleset is not None:
            kept = _CAP_DAC_READ_SEARCH
            _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    if confinement.drop_capabilities:
        header = struct.pack("Ii", 0x20080522, 0)
        data = struct.pack("6I", kept, kept, 0, 0, 0, 0)
        if _libc.syscall(_SYS_CAPSET[platform.machine()], header, data) != 0:
            raise OSError(ctypes.get_errno(), "the rights of root could not be given up")


def _move_in(folders: PrivateFolders | None) -> None:
    """Make the private folder the place for everything a library writes."""
    if folders is None:
        os.chdir("/")
        return
    folder = str(folders.folder)
    os.chdir(folder)
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"), folder))
    tempfile.tempdir = folder


def _world_readable(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])
