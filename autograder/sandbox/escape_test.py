"""A child of our own that tries to break out, before any student's does.

The layers of `confine` are only a plan. What counts is what a confined process can still do on
this machine, and this is where it is tried.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.sandbox.confine import Confinement, confine
from autograder.sandbox.limits import Limits
from autograder.sandbox.seccomp import ARCHITECTURES
from autograder.sandbox.supervise import supervise

_libc = ctypes.CDLL(None, use_errno=True)
_F_SETSIG, _GET_INODE_FLAGS, _PR_SET_DUMPABLE = 10, 0x80086601, 4
_NO_SUCH_CALL = 1_000  # no kernel has so many

# Calls that must not even reach the kernel; with arguments of zero it would refuse them itself,
# in another way: (number on x86_64, number on aarch64).
_REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138), "tkill": (200, 130), "tgkill": (234, 131),
    "memfd_create": (319, 279), "io_uring_setup": (425, 425), "userfaultfd": (323, 282),
    "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "shmget": (29, 194),
    "mq_open": (240, 180), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "chroot": (161, 51), "personality": (135, 92), "execve": (59, 221),
    "sched_setaffinity": (203, 122), "setpriority": (141, 140), "inotify_init1": (294, 26),
    "open_by_handle_at": (304, 265), "truncate": (76, 45), "fchmodat": (268, 53),
    "fchownat": (260, 54), "utimensat": (280, 88), "linkat": (265, 37), "symlinkat": (266, 36),
    "mknodat": (259, 33), "fallocate": (285, 47), "flock": (73, 32), "getxattr": (191, 8),
    "setxattr": (188, 5), "listxattr": (194, 11), "removexattr": (197, 14), "setresuid": (117, 147),
}  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What the escape test found: the layers that hold, and what could be done all the same."""

    layers: list[str]
    breaches: list[str]


@dataclass(frozen=True)
class _Scene:
    """What the attempts are directed at."""

    secret: Path  # a file of the reference
    fork_server: int
    witness: Path  # a file outside the private folder
    mark: Path  # what does not exist yet, in a folder that is open to all
    own: Path  # a file that the process can read, in the private folder if there is one
    limits: Limits


def run(confinement: Confinement | None, limits: Limits, secret: Path) -> Report:
    """Try to break out of a confined child. No breaches is what one wants to see."""
    if confinement is None:
        return Report([], ["this is not Linux: none of the layers of confinement exists here"])
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="autograder-escape-") as folder:
        Path(folder).chmod(0o711)
        witness = Path(folder) / "witness"
        witness.write_text("here")
        mark = Path(f"{folder}-mark")

        def start(out: int) -> None:
            channel = confine(confinement, limits, out)
            own = Path("own").resolve() if confinement.private else Path(os.__file__)
            if confinement.private:
                own.write_text("x")
            scene = _Scene(secret, os.getppid(), witness, mark, own, limits)
            # What holds is asked first: some attempts, when they succeed, change it.
            layers = [name for name in confinement.layers if _HOLDS[name](scene)]
            found = [name for name, attempt in _attempts(scene) if _works(attempt)]
            os.write(channel, json.dumps([layers, found]).encode())

        supervise(start, limits, write, confinement.private)
        os.close(write)
        with os.fdopen(read, "rb") as answer:
            text = answer.read()
        mark.unlink(missing_ok=True)
    if not text:
        return Report([], ["not even start: a confined process ends at once here"])
    return Report(*json.loads(text))


def _attempts(scene: _Scene) -> Iterator[tuple[str, Callable[[], object]]]:
    """What a student's process must not be able to do, and how it is tried."""
    other = Path(f"/proc/{scene.fork_server}")
    yield "read the reference solution", lambda: scene.secret.read_bytes()
    yield "list the reference solution's folder", lambda: list(scene.secret.parent.iterdir())
    for part in ("maps", "environ", "mem"):
        yield f"read another process's {part}", partial(_read, other / part)
    families = ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK")
    for family in families:
        yield f"open a socket ({family})", partial(socket.socket, getattr(socket, family))
    yield "open a pair of sockets", socket.socketpair
    yield "start another process", _fork
    yield "start another program", lambda: os.posix_spawn("/bin/true", ["true"], {})
    yield "signal another process", lambda: os.kill(scene.fork_server, 0)
    yield "signal its own process group", lambda: os.killpg(0, 0)
    for number in (fcntl.F_SETLEASE, fcntl.F_SETOWN, _F_SETSIG, fcntl.F_NOTIFY, fcntl.F_SETLK):
        yield f"use fcntl command {number}", partial(_fcntl, scene.own, number)
    yield "read inode flags", lambda: _inode_flags(scene.own)
    yield "list extended attributes", lambda: os.listxattr(scene.own)
    yield "write an extended attribute", lambda: os.setxattr(scene.own, "user.escape", b"x")
    yield "change a file's mode", lambda: scene.own.chmod(0o700)
    yield "write outside its folder", lambda: scene.witness.write_text("x")
    yield "make a file outside its folder", lambda: scene.witness.with_name("new").touch()
    yield "make a file in a folder that is open to all", scene.mark.touch
    yield "make a folder outside its folder", lambda: scene.witness.with_name("deep").mkdir()
    yield "remove a file outside its folder", scene.witness.unlink
    yield "use more disk than it may", lambda: _fill(scene.limits)
    yield "start more threads than it may", lambda: _threads(scene.limits.threads)
    yield "raise a limit", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    yield "be looked at by other processes", _be_dumpable
    yield "make an unknown system call", lambda: _reach_kernel(_NO_SUCH_CALL)
    column = list(ARCHITECTURES).index(platform.machine())
    for name, numbers in _REFUSED.items():
        yield f"make the system call {name}", partial(_reach_kernel, numbers[column])


# How a layer shows that it is there, in the process that it confines.
_HOLDS: dict[str, Callable[[_Scene], bool]] = {
    "session": lambda _: os.getsid(0) == os.getpid(),
    "descriptors": lambda _: not any(_is_open(number) for number in range(4, 64)),
    "rlimits": lambda _: resource.getrlimit(resource.RLIMIT_CORE) == (0, 0),
    "landlock": lambda _: not _works(lambda: list(Path("/").iterdir())),
    "setuid": lambda scene: os.geteuid() != scene.witness.stat().st_uid,
    "capabilities": lambda _: not any(_libc.prctl(23, number, 0, 0, 0) > 0 for number in range(41)),
    "seccomp": lambda _: not _works(lambda: _reach_kernel(_NO_SUCH_CALL)),
}


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, ValueError, MemoryError):
        return False
    return True


def _reach_kernel(number: int) -> None:
    """Make a system call with arguments of zero; an OSError if the filter refuses it."""
    ctypes.set_errno(0)
    if _libc.syscall(number, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.EPERM:
        raise OSError(errno.EPERM, "refused")


def _read(path: Path) -> None:
    with path.open("rb") as file:
        file.read(1)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _fcntl(path: Path, command: int) -> None:
    argument: int | bytes = 0
    if command == fcntl.F_SETOWN:
        argument = os.getpid()
    if command == fcntl.F_SETLK:
        argument = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0)
    with path.open("rb") as file:
        fcntl.fcntl(file, command, argument)


def _inode_flags(path: Path) -> None:
    with path.open("rb") as file:
        fcntl.ioctl(file, _GET_INODE_FLAGS, bytes(8))


def _fill(limits: Limits) -> None:
    """Write twice what the private folder may hold; the files are left for who removes it."""
    with Path("large").open("wb") as file:
        for _ in range(0, 2 * limits.file_bytes, 1 << 20):
            file.write(bytes(1 << 20))


def _threads(limit: int) -> None:
    """Start more threads than allowed; an OSError if that fails."""
    done = threading.Event()
    started = []
    before = threading.stack_size(64 << 10)
    try:
        for _ in range(limit + 64 + 1):
            started.append(threading.Thread(target=done.wait))
            started[-1].start()
    except RuntimeError:
        raise OSError(errno.EAGAIN, "no more threads") from None
    finally:
        done.set()
        threading.stack_size(before)
        for thread in started:
            if thread.ident is not None:
                thread.join()


def _be_dumpable() -> None:
    if _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0) != 0:
        raise OSError(errno.EPERM, "refused")


def _is_open(descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        os.fstat(descriptor)
        return True
    return False
