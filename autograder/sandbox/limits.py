"""What one child may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one child may use. The defaults suit a container of 768 MB.

    Field             Default  What it bounds                               What happens beyond it
    cpu_seconds       10       processor time                               SIGXCPU, then SIGKILL
    wall_seconds      40       time on the clock, asleep or waiting         killed: timed out
    extra_memory      2 GiB    address space beyond what torch has taken    MemoryError
    threads           64       threads at a time                            no new thread
    output_bytes      16 MiB   what it sends back                           the rest is not read
    output_frames     5,000    answers it sends back                        the rest is not read
    output_headers    2 MiB    what describes the answers                   the rest is not read
    file_bytes        16 MiB   one file in its private folder               OSError
    folder_bytes      32 MiB   all files in its private folder              OSError, or killed
    folder_files      1,000    their number                                 OSError, or killed

    Address space is not memory: every thread reserves some, and most of it is never touched. Where
    memory itself runs out the kernel ends the child before any other process, because every child
    asks for that. A child that sleeps costs `wall_seconds` and no processor time.
    """

    cpu_seconds: int = 10
    wall_seconds: float = 40.0
    extra_memory: int = 2 << 30
    threads: int = 64
    output_bytes: int = 16 << 20
    output_frames: int = 5_000
    output_headers: int = 2 << 20
    file_bytes: int = 16 << 20
    folder_bytes: int = 32 << 20
    folder_files: int = 1_000


# A program of ours that reads what a student submitted, and sends back what it is made of.
READER = Limits(wall_seconds=20.0, extra_memory=1 << 30, output_bytes=160 << 20)
# The oracle runs our own code on the whole assignment.
ORACLE = Limits(600, 600.0, output_bytes=1 << 30, output_frames=1 << 20, output_headers=1 << 30)
