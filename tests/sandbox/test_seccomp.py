"""The system-call filter lets through what is listed, on both processors, and nothing else."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct

import pytest

from autograder.sandbox.seccomp import ARCHITECTURES, filter_program
from autograder.sandbox.system_calls import ALWAYS, BY_ARGUMENT, CHANGING, UNIMPLEMENTED

MACHINES = pytest.mark.parametrize("machine", ARCHITECTURES)
LISTED = ALWAYS | CHANGING | BY_ARGUMENT | UNIMPLEMENTED
REFUSED, MISSING, ALLOWED, KILLED = (
    0x50000 | errno.EPERM,
    0x50000 | errno.ENOSYS,
    0x7FFF0000,
    1 << 31,
)


def verdict(machine: str, number: int, *arguments: int, may_write: bool = True) -> int:
    """What the kernel would do: an interpreter of the few BPF instructions that occur."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, ARCHITECTURES[machine], 0, *words)
    program = list(struct.iter_unpack("HBBI", filter_program(machine, may_write)))
    at = value = 0
    while True:
        code, if_true, if_false, operand = program[at]
        if code == 0x06:
            return operand
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
            taken = 0
        elif code == 0x54:
            value, taken = value & operand, 0
        else:
            holds = {0x15: value == operand, 0x45: value & operand != 0, 0x35: value >= operand}
            taken = if_true if holds[code] else if_false
        at += 1 + taken


def call(name: str, machine: str, *arguments: int, may_write: bool = True) -> int:
    """The verdict on a call by its name."""
    number = LISTED[name][list(ARCHITECTURES).index(machine)]
    assert number is not None
    return verdict(machine, number, *arguments, may_write=may_write)


@MACHINES
def test_only_what_is_listed_reaches_the_kernel(machine: str) -> None:
    column = list(ARCHITECTURES).index(machine)
    listed = {numbers[column] for numbers in LISTED.values()}
    for number in range(1_000):
        if number not in listed:
            assert verdict(machine, number) == REFUSED, number
    always = {numbers[column] for numbers in (ALWAYS | CHANGING).values()} - {None}
    assert all(verdict(machine, number) == ALLOWED for number in always if number is not None)


@MACHINES
def test_another_numbering_of_the_same_kernel_is_the_end(machine: str) -> None:
    assert verdict(machine, 0x40000000) == KILLED


@MACHINES
def test_a_thread_is_allowed_and_a_process_is_not(machine: str) -> None:
    assert call("clone", machine, 0x10F00) == ALLOWED
    assert call("clone", machine, signal.SIGCHLD) == REFUSED
    assert call("clone3", machine) == MISSING  # the C library then falls back to clone


@MACHINES
def test_fcntl_ioctl_and_prctl_are_allowed_by_command(machine: str) -> None:
    assert call("fcntl", machine, 3, fcntl.F_GETFL) == ALLOWED
    for command in (fcntl.F_SETLEASE, fcntl.F_SETOWN, 10, fcntl.F_NOTIFY, fcntl.F_SETLK, 1033):
        assert call("fcntl", machine, 3, command) == REFUSED
    assert call("ioctl", machine, 3, 0x5401) == ALLOWED  # isatty
    for command in (0x80086601, 0x40086602, 0x5412):  # inode flags, pushing into a terminal
        assert call("ioctl", machine, 3, command) == REFUSED
    assert call("prctl", machine, 15) == ALLOWED  # a thread's name
    for option in (1, 4, 8, 22, 0x59616D61):  # death signal, dumpable, rights, filter, tracer
        assert call("prctl", machine, option) == REFUSED


@MACHINES
def test_limits_are_read_and_not_set(machine: str) -> None:
    assert call("prlimit64", machine, 0, 7, 0, 4096) == ALLOWED
    assert call("prlimit64", machine, 0, 7, 4096, 0) == REFUSED
    assert call("prlimit64", machine, 0, 7, 1 << 32, 0) == REFUSED
    assert call("prlimit64", machine, 1, 7, 0, 4096) == REFUSED  # another process


@MACHINES
def test_a_file_is_not_emptied_by_opening_it_for_reading(machine: str) -> None:
    def opened(flags: int, may_write: bool = True) -> int:
        return call("openat", machine, 0, 0, flags, may_write=may_write)

    assert opened(os.O_RDONLY | os.O_CLOEXEC) == ALLOWED
    assert opened(os.O_WRONLY | os.O_CREAT | os.O_TRUNC) == ALLOWED  # Landlock decides
    assert opened(os.O_RDONLY | os.O_TRUNC) == REFUSED
    assert opened(os.O_RDWR | 0o20000000) == REFUSED  # a file without a name
    assert opened(os.O_WRONLY | os.O_CREAT, may_write=False) == REFUSED


@MACHINES
def test_without_a_private_folder_nothing_is_made_renamed_or_removed(machine: str) -> None:
    for name in ("unlinkat", "mkdirat", "renameat2"):
        assert call(name, machine) == ALLOWED
        assert call(name, machine, may_write=False) == REFUSED
