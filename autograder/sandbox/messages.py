"""Messages between the grader and its fork server, both trusted: length-prefixed JSON."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("<I")


def send(
    channel: socket.socket, message: dict[str, Any], descriptors: list[int] | None = None
) -> None:
    """One JSON message, with descriptors if any."""
    text = json.dumps(message).encode()
    socket.send_fds(channel, [_LENGTH.pack(len(text))], descriptors or [])
    channel.sendall(text)


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The next message and its descriptors; EOFError when the other side is gone."""
    prefix, descriptors, _, _ = socket.recv_fds(channel, _LENGTH.size, 4)
    if len(prefix) < _LENGTH.size:
        raise EOFError
    size = _LENGTH.unpack(prefix)[0]
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(1 << 20, size - len(parts)))
        if not part:
            raise EOFError
        parts += part
    message: dict[str, Any] = json.loads(parts)
    return message, descriptors
