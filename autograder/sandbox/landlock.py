"""Landlock: which files a child may read, and the one folder in which it may write."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import sysconfig
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on all processors

# Rights that are refused unless a rule grants them, by the kernel's ABI version.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NET_RIGHTS, _SCOPES = 0b11, 0b11  # bind + connect over TCP; abstract sockets + signals
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_MOVE, _TRUNCATE = 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_CHANGE = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MOVE | _TRUNCATE


def ruleset(hidden: list[Path], writable: Path | None) -> int | None:
    """A descriptor of the rules for this machine's children; None where the kernel has none.

    `hidden` are folders of ours that they must not read; what lies in `writable` they may change.
    """
    version = _libc.syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return None
    rights = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    fields = [rights] + [_NET_RIGHTS] * (version >= 4) + [_SCOPES] * (version >= 6)
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    rules = int(_libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    if rules < 0:
        return None
    for path in readable_paths(hidden):
        _allow(rules, path, _READ if path.is_dir() else _READ_FILE)
    _allow(rules, Path(os.devnull), _READ_FILE | _WRITE_FILE)
    if writable is not None:
        _allow(rules, writable, (_READ | _CHANGE) & rights)
    return rules


def restrict(rules: int) -> None:
    """Apply the rules to this process for good. Needs no_new_privs before."""
    if _libc.syscall(_RESTRICT_SELF, rules, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self failed")


def _allow(rules: int, path: Path, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    failed = _libc.syscall(_ADD_RULE, rules, 1, struct.pack("=Qi", rights, handle), 0)
    os.close(handle)
    if failed:
        raise OSError(ctypes.get_errno(), f"landlock_add_rule failed for {path}")


def python_folders() -> list[Path]:
    """What Python and torch need at run time: their own folders."""
    wanted = [sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib")]
    wanted += sysconfig.get_paths().values()
    modules = [sys.modules.get(name) for name in ("torch", "numpy")]  # wherever they are
    wanted += [
        str(Path(module.__file__).parents[1]) for module in modules if module and module.__file__
    ]
    return sorted({Path(path).resolve() for path in wanted if Path(path).is_dir()})


def readable_paths(hidden: list[Path]) -> list[Path]:
    """Folders and files open to the child: Python, system libraries, fonts, a few devices."""
    hidden = [path.resolve() for path in hidden]
    system = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo"]
    system += ["/usr/share/fonts", "/etc/ld.so.cache", "/etc/localtime"]
    system += ["/dev/null", "/dev/zero", "/dev/urandom"]
    paths: list[Path] = []
    for path in [*python_folders(), *map(Path, system)]:
        paths += _without(path.resolve(), hidden)
    return paths


def _without(path: Path, hidden: list[Path]) -> list[Path]:
    """`path`, or, where something hidden lies below it, those of its entries that are not."""
    if not path.exists() or any(path == h or h in path.parents for h in hidden):
        return []
    if not any(path in h.parents for h in hidden):
        return [path]
    return [kept for entry in sorted(path.iterdir()) for kept in _without(entry, hidden)]
