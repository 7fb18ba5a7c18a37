"""The system-call filter of a child: what is not in `system_calls` is refused.

A filter is a list of classic BPF instructions over (system call number, architecture,
arguments). libseccomp would write it for us, but it is a C library that students' machines and
Gradescope's image do not have, and the filter is a page long. Jumps in BPF reach 255
instructions: here they only skip one short block, the rule of one system call.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable

from autograder.sandbox.system_calls import (
    ALWAYS,
    BY_ARGUMENT,
    CHANGING,
    FCNTL,
    IOCTL,
    PRCTL,
    UNIMPLEMENTED,
)

_libc = ctypes.CDLL(None, use_errno=True)
_PR_GET_SECCOMP, _PR_SET_SECCOMP, _MODE_FILTER = 21, 22, 2

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE_THREAD = 0x00010000
# The same on both.
_O_ACCMODE, _O_CREAT, _O_TRUNC, _O_TMPFILE = 0o3, 0o100, 0o1000, 0o20000000

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_SET, _JUMP_AT_LEAST = 0x15, 0x45, 0x35
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


_ALLOW = _instruction(_RETURN, 0x7FFF0000)
_KILL = _instruction(_RETURN, 0x80000000)
_REFUSE = _instruction(_RETURN, 0x00050000 | errno.EPERM)
_MISSING = _instruction(_RETURN, 0x00050000 | errno.ENOSYS)


def seccomp_available() -> bool:
    """Whether this kernel takes filters and we know the system-call numbers of its processor."""
    known = platform.machine() in ARCHITECTURES
    return known and _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) == 0


def install_filter(may_write: bool) -> None:
    """Apply the filter to this process for good. Needs no_new_privs (or root) before.

    `may_write` says whether there is a private folder, in which files may be made and removed.
    """
    program = _PROGRAMS[may_write]
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    if _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the system-call filter was refused")


def filter_program(machine: str, may_write: bool) -> bytes:
    """The instructions for a processor, eight bytes each."""
    column = list(ARCHITECTURES).index(machine)
    lines = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_JUMP_EQUAL, ARCHITECTURES[machine], 1, 0),
        _KILL,
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_AT_LEAST, 0x40000000, 0, 1),  # x32: another numbering, same kernel
        _KILL,
    ]
    always = ALWAYS | CHANGING if may_write else ALWAYS
    rules = {name: [_ALLOW] for name in always} | _rules_by_argument(may_write)
    rules |= {name: [_MISSING] for name in UNIMPLEMENTED}
    for name, numbers in (always | BY_ARGUMENT | UNIMPLEMENTED).items():
        number, rule = numbers[column], rules[name]
        if number is not None:
            lines += [_instruction(_JUMP_EQUAL, number, 0, len(rule)), *rule]
    return b"".join([*lines, _REFUSE])


def _rules_by_argument(may_write: bool) -> dict[str, list[bytes]]:
    """What follows on a call whose arguments decide; each rule ends by allowing or refusing."""
    return {
        "open": _opening(1, may_write),
        "openat": _opening(2, may_write),
        "fcntl": _one_of(1, FCNTL),
        "ioctl": _one_of(1, IOCTL),
        "prctl": _one_of(0, PRCTL),
        # Reading a limit of its own, with no new value to set.
        "prlimit64": [
            *_zero(_argument(0)),
            *_zero(_argument(2)),
            *_zero(_argument(2) + 4),
            _ALLOW,
        ],
        # A thread, not a process.
        "clone": [
            _instruction(_LOAD, _argument(0)),
            _instruction(_JUMP_SET, _CLONE_THREAD, 0, 1),
            _ALLOW,
            _REFUSE,
        ],
    }


def _argument(index: int) -> int:
    """Where the lower half of an argument lies."""
    return _ARGUMENTS + 8 * index


def _one_of(argument: int, values: Iterable[int]) -> list[bytes]:
    """Allowed if an argument, of 32 bits, has one of these values."""
    rule = [_instruction(_LOAD, _argument(argument))]
    for value in values:
        rule += [_instruction(_JUMP_EQUAL, value, 0, 1), _ALLOW]
    return [*rule, _REFUSE]


def _zero(offset: int) -> list[bytes]:
    """Refused unless half an argument is zero."""
    return [_instruction(_LOAD, offset), _instruction(_JUMP_EQUAL, 0, 1, 0), _REFUSE]


def _opening(argument: int, may_write: bool) -> list[bytes]:
    """Opening a file, as far as Landlock sees all that it does.

    Older kernels let a file be emptied by opening it for reading. A file without a name could
    not be counted where the private folder is a plain one; tempfile does without.
    """
    never = _O_TMPFILE if may_write else _O_TMPFILE | _O_CREAT
    return [
        _instruction(_LOAD, _argument(argument)),
        _instruction(_JUMP_SET, never, 0, 1),
        _REFUSE,
        _instruction(_JUMP_SET, _O_TRUNC, 1, 0),
        _ALLOW,
        _instruction(_AND, _O_ACCMODE),
        _instruction(_JUMP_EQUAL, 0, 0, 1),
        _REFUSE,
        _ALLOW,
    ]


_PROGRAMS = {
    may_write: filter_program(platform.machine(), may_write)
    for may_write in (True, False)
    if platform.machine() in ARCHITECTURES
}
