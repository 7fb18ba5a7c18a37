"""Leaves shared memory."""

from multiprocessing import shared_memory

try:
    shared_memory.SharedMemory(name="hostile", create=True, size=100)
except OSError:
    pass
