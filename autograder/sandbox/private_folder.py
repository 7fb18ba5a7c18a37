"""The private folder of a child: small, seen by nobody else, gone when the child is.

As root, or as a user who may make a user namespace, every child mounts a file system in memory
in a mount namespace of its own. The kernel counts its bytes and files, and frees it with the
last process that sees it. Elsewhere, in most containers, it is a plain folder: one file is
bounded by the kernel, the number of files and their sum by `overfull`, which the supervisor asks
every few milliseconds, and `clear` removes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import itertools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.limits import Limits

_libc = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_PROGRAMS, _REMOUNT = 1, 2, 4, 8, 32
_RECURSIVE, _PRIVATE = 1 << 14, 1 << 18
# It is there on every Linux, and nothing that a fork server needs lies in it.
_SHARED_MEMORY = Path("/dev/shm")
_PREFIX = "autograder-private-"
_SPARE = 512 << 20  # what else may be written to the disk while a child runs


@dataclass(frozen=True)
class PrivateFolders:
    """Where private folders are made, one at a time. `lock` says that somebody uses it."""

    root: Path
    lock: int | None  # None where it is mounted

    @property
    def folder(self) -> Path:
        """The folder of the child that runs now."""
        return self.root / "private"

    @property
    def mounted(self) -> bool:
        """Whether children mount their folders: then the kernel counts and removes."""
        return self.lock is None

    def enter(self, limits: Limits, user: int, group: int) -> None:
        """Make the folder of this child. Called in the child, while it still has all rights."""
        if self.mounted:
            _check(_libc.unshare(_NEW_MOUNTS))
            options = (
                f"size={limits.folder_bytes},nr_inodes={limits.folder_files},"
                f"mode=0700,uid={user},gid={group}"
            )
            _mount(self.folder, _NO_SUID | _NO_DEVICES | _NO_PROGRAMS, options)
        else:
            self.folder.mkdir(0o700)
            os.chown(self.folder, user, group)

    def overfull(self, limits: Limits, free_before: int) -> bool:
        """Whether a plain folder holds more than it may, or hides what it holds."""
        size, files, pending = 0, 0, [str(self.folder)]
        while pending:
            try:
                with os.scandir(pending.pop()) as entries:
                    for entry in entries:
                        size += _bytes_on_disk(entry)
                        files += 1
                        if size > limits.folder_bytes or files > limits.folder_files:
                            return True
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(entry.path)
            except FileNotFoundError:
                continue  # not made yet, or removed since
            except OSError:  # no rights, or a path that is too long
                return True
        # A file that has been removed while it is open is seen nowhere else.
        return free_before - self.free() > limits.folder_bytes + _SPARE

    def free(self) -> int:
        """Bytes that are free on the disk it lies on."""
        disk = os.statvfs(self.root)
        return disk.f_bavail * disk.f_frsize

    def clear(self) -> None:
        """Remove what a child has left in a plain folder."""
        if not self.mounted:
            _remove(os.fsencode(self.folder))

    def close(self) -> None:
        """Remove everything."""
        if not self.mounted:
            self.clear()
            with contextlib.suppress(OSError):
                self.root.rmdir()


def open_private_folders() -> PrivateFolders | None:
    """The best place this machine offers. Call it while there is only one thread."""
    try:
        _check(_libc.unshare(_NEW_MOUNTS) if os.geteuid() == 0 else _new_user_namespace())
        _check(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None))
        _mount(_SHARED_MEMORY, _NO_SUID | _NO_DEVICES, "size=64k,mode=0711")
        (_SHARED_MEMORY / "private").mkdir()
        _mount(_SHARED_MEMORY, _REMOUNT | _READ_ONLY, "")
        return PrivateFolders(_SHARED_MEMORY, None)
    except OSError:
        return open_plain_folders()


def open_plain_folders() -> PrivateFolders | None:
    """A folder on the disk; None where none can be made."""
    try:
        _sweep()
        root = Path(tempfile.mkdtemp(prefix=_PREFIX))
        root.chmod(0o711)
        lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return PrivateFolders(root, lock)
    except OSError:
        return None


def _bytes_on_disk(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * 512
    except FileNotFoundError:  # removed since: no reason to stop counting
        return 0


def _new_user_namespace() -> int:
    """In it an ordinary user may mount; the user stays the same."""
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(_NEW_USER | _NEW_MOUNTS) != 0:
        return -1
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return 0


def _mount(path: Path, flags: int, options: str) -> None:
    _check(_libc.mount(b"tmpfs", os.fsencode(path), b"tmpfs", flags, options.encode()))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _sweep() -> None:
    """Remove the folders of fork servers that were killed."""
    for root in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                PrivateFolders(root, handle).close()
            finally:
                os.close(handle)


def _remove(folder: bytes) -> None:
    """Remove a folder in which somebody may have nested folders to any depth, by any names.

    What lies in a subfolder is moved up before the subfolder is removed: no path gets long, and
    every entry is touched twice.
    """
    if not os.path.isdir(folder):  # noqa: PTH112, bytes: names need not be text
        return
    names = (b"%s/%d-up" % (folder, number) for number in itertools.count())
    os.chmod(folder, 0o700)  # noqa: PTH101
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108
                continue
            os.chmod(entry.path, 0o700)  # noqa: PTH101
            for inner in list(os.scandir(entry.path)):
                if not inner.is_dir(follow_symlinks=False):
                    os.unlink(inner.path)  # noqa: PTH108
                    continue
                os.chmod(inner.path, 0o700)  # noqa: PTH101
                os.rename(inner.path, _unused(names))  # noqa: PTH104
            os.rmdir(entry.path)  # noqa: PTH106
    os.rmdir(folder)  # noqa: PTH106


def _unused(names: Iterator[bytes]) -> bytes:
    return next(name for name in names if not os.path.lexists(name))
