"""Confinement of the process that runs student code, in layers.

Each layer is prepared once in the zygote and applied in a few microseconds in every child.
No layer is believed: `autograder.sandbox.escape_test` tries to break out of a confined child
before the first submission is graded.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.seccomp import install_filter, seccomp_available

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
_SYS_LANDLOCK = (444, 445, 446)  # create_ruleset, add_rule, restrict_self: the same on both
_NOBODY = 65534

# Landlock: rights that are refused unless a rule grants them, by the kernel's ABI version.
_FS_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_NET_RIGHTS, _SCOPES = 0b11, 0b11  # bind + connect over TCP; abstract sockets + signals


@dataclass(frozen=True)
class Limits:
    """What one child may use. Seconds are CPU seconds; a sleeping child meets `wall_seconds`."""

    cpu_seconds: int = 10
    wall_seconds: float = 40.0
    extra_memory: int = 2 << 30  # bytes of address space beyond what the zygote has
    output_bytes: int = 64 << 20  # what a child may send back
    threads: int = 64


@dataclass(frozen=True)
class Confinement:
    """The layers this machine offers. `ruleset` is Landlock's file descriptor, or None."""

    ruleset: int | None
    drop_user: bool
    drop_capabilities: bool
    seccomp: bool

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


def prepare(hidden: list[Path]) -> Confinement:
    """Find out what this machine offers. `hidden` are folders a child must not read."""
    root = os.geteuid() == 0
    readable_by_anyone = all(_world_readable(path) for path in _python_folders())
    return Confinement(
        ruleset=_landlock_ruleset(hidden),
        drop_user=root and readable_by_anyone,
        drop_capabilities=root,
        seccomp=seccomp_available(),
    )


def confine(confinement: Confinement, limits: Limits, channel: int) -> int:
    """Shut this process in. Only `channel` stays open; returns its new descriptor, 3."""
    _libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
    os.setsid()
    _close_descriptors(channel, confinement.ruleset)
    _set_limits(limits)
    os.umask(0o077)
    os.chdir("/")
    if confinement.drop_capabilities:
        for capability in range(64):
            _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if confinement.drop_user:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    elif confinement.drop_capabilities:
        _drop_capabilities()
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if confinement.ruleset is not None:
        if _libc.syscall(_SYS_LANDLOCK[2], 4, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self failed")
        os.close(4)
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if confinement.seccomp:
        install_filter()
    return 3


def _close_descriptors(channel: int, ruleset: int | None) -> None:
    """Leave 0-2 on /dev/null, 3 = channel, 4 = the Landlock ruleset, and nothing else."""
    null = os.open(os.devnull, os.O_RDWR)
    kept = [(channel, 3)] + ([] if ruleset is None else [(ruleset, 4)])
    copies = [(os.dup(source), target) for source, target in kept]  # 5 or more: no clash below
    for source, target in copies + [(null, 0), (null, 1), (null, 2)]:
        os.dup2(source, target, inheritable=False)
    os.closerange(4 if ruleset is None else 5, 1 << 16)


def _set_limits(limits: Limits) -> None:
    memory = _address_space() + limits.extra_memory
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (value, value))
    # First a signal of its own, SIGXCPU, so that this end is told from others; then SIGKILL.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    if os.geteuid() != 0:  # for root the kernel ignores it
        used = int(resource.getrlimit(resource.RLIMIT_NPROC)[1])
        wanted = 4096 if used < 0 else min(used, 4096)
        resource.setrlimit(resource.RLIMIT_NPROC, (wanted, wanted))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _drop_capabilities() -> None:
    header = struct.pack("Ii", 0x20080522, 0)
    _libc.syscall(_SYS_CAPSET[platform.machine()], header, bytes(24))


# --- Landlock: which files a child may read ---------------------------------------------------


def _python_folders() -> list[Path]:
    """What Python and torch need at run time: their own folders and the shared libraries."""
    wanted = [sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib")]
    wanted += sysconfig.get_paths().values()
    modules = [sys.modules.get(name) for name in ("torch", "numpy")]  # wherever they came from
    wanted += [
        str(Path(module.__file__).parents[1]) for module in modules if module and module.__file__
    ]
    return sorted({Path(path).resolve() for path in wanted if Path(path).is_dir()})


def _readable_paths(hidden: list[Path]) -> list[Path]:
    """Folders and files open to the child: Python, system libraries, a few devices."""
    hidden = [path.resolve() for path in hidden]
    system = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo"]
    system += ["/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom"]
    paths: list[Path] = []
    for path in [*_python_folders(), *map(Path, system)]:
        paths += _without(path.resolve(), hidden)
    return paths


def _without(path: Path, hidden: list[Path]) -> list[Path]:
    """`path`, or, where something hidden lies below it, those of its entries that are not."""
    if not path.exists() or any(path == h or h in path.parents for h in hidden):
        return []
    if not any(path in h.parents for h in hidden):
        return [path]
    return [kept for entry in sorted(path.iterdir()) for kept in _without(entry, hidden)]


def _landlock_ruleset(hidden: list[Path]) -> int | None:
    version = _libc.syscall(_SYS_LANDLOCK[0], None, 0, 1)
    if version < 1:
        return None
    rights = _FS_RIGHTS[max(known for known in _FS_RIGHTS if known <= version)]
    fields = [rights] + [_NET_RIGHTS] * (version >= 4) + [_SCOPES] * (version >= 6)
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = int(_libc.syscall(_SYS_LANDLOCK[0], attributes, len(attributes), 0))
    if ruleset < 0:
        return None
    for path in _readable_paths(hidden):
        allowed = _READ_FILE | (_READ_DIR if path.is_dir() else 0)
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", allowed, handle)
        failed = _libc.syscall(_SYS_LANDLOCK[1], ruleset, 1, rule, 0)
        os.close(handle)
        if failed:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule failed for {path}")
    return ruleset


def _world_readable(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])
