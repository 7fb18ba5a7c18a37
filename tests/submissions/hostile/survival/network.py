"""Opens sockets."""

import socket

for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family)
        raise SystemError("a socket")
    except OSError:
        pass
