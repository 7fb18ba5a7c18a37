"""The system calls a confined process may make, with their numbers; every other is refused.

The list was made by tracing torch, the probes, matplotlib, tempfile and torch.save. Which files
a process may open is Landlock's business, so calls on paths are here as far as Landlock sees
them; those that it does not see (modes, owners, times, extended attributes, path-wise truncate)
are not.
"""

from __future__ import annotations

Numbers = tuple[int | None, int | None]  # on x86_64, on aarch64; None where it does not exist

ALWAYS: dict[str, Numbers] = {
    # reading and writing what is open
    "read": (0, 63), "write": (1, 64), "lseek": (8, 62), "newfstatat": (262, 79),
    "fstat": (5, 80), "close": (3, 57), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "pwrite64": (18, 68), "preadv": (295, 69), "pwritev": (296, 70),
    "close_range": (436, 436), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "pipe": (22, None), "pipe2": (293, 59), "sendfile": (40, 71), "fadvise64": (221, 223),
    "ftruncate": (77, 46), "fsync": (74, 82), "fdatasync": (75, 83), "poll": (7, None),
    "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    # looking at paths
    "stat": (4, None), "lstat": (6, None), "statx": (332, 291), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17), "chdir": (80, 49),
    "fchdir": (81, 50), "statfs": (137, 43), "fstatfs": (138, 44), "umask": (95, 166),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226),
    "madvise": (28, 233), "brk": (12, 214), "mincore": (27, 232), "msync": (26, 227),
    "membarrier": (324, 283),
    # threads; `clone` itself is below
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293),
    "set_tid_address": (218, 96), "gettid": (186, 178), "getpid": (39, 172), "exit": (60, 93),
    "exit_group": (231, 94), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126),
    "getcpu": (309, 168),
    # its own signals
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136), "sigaltstack": (131, 132), "restart_syscall": (219, 128),
    "getitimer": (36, 102), "setitimer": (38, 103),
    # the time
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101), "gettimeofday": (96, 169), "time": (201, None), "times": (100, 153),
    # who and where it is
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getppid": (110, 173), "getpgrp": (111, None), "getpgid": (121, 155), "getsid": (124, 156),
    "getgroups": (115, 158), "getresuid": (118, 148), "getresgid": (120, 150),
    "uname": (63, 160), "sysinfo": (99, 179), "getrusage": (98, 165), "getrlimit": (97, 163),
    "getpriority": (140, 141), "getrandom": (318, 278),
}  # fmt: skip

# Changing folders: Landlock allows it in the private folder, and nowhere else.
CHANGING: dict[str, Numbers] = {
    "unlink": (87, None), "unlinkat": (263, 35), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
}  # fmt: skip

# Allowed with certain arguments only: see `seccomp`.
BY_ARGUMENT: dict[str, Numbers] = {
    "open": (2, None), "openat": (257, 56), "fcntl": (72, 25), "ioctl": (16, 29),
    "prctl": (157, 167), "prlimit64": (302, 261), "clone": (56, 220),
}  # fmt: skip

# The C library tries these first and falls back to a call that a filter can see through, but
# only if they seem not to exist.
UNIMPLEMENTED: dict[str, Numbers] = {"clone3": (435, 435), "openat2": (437, 437)}

FCNTL = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
IOCTL = (
    0x5401, 0x802C542A,  # TCGETS, TCGETS2: isatty
    0x5413,  # TIOCGWINSZ: the width of a progress bar
    0x5450, 0x5451,  # FIONCLEX, FIOCLEX
)  # fmt: skip
PRCTL = (
    3, 15, 16, 23,  # PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_CAPBSET_READ
    0x53564D41,  # PR_SET_VMA: names for mappings
)  # fmt: skip
