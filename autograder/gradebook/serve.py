"""Shows a results folder in the browser: its report and its pages, on this machine only."""

from __future__ import annotations

import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

_HOST = "127.0.0.1"
_PAGE = re.compile(r"(?:report|(?:feedback|similar)/[A-Za-z0-9][A-Za-z0-9._-]*)\.html")
_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",  # the pages bring the rest of it
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def open_server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server for the pages of this folder, bound to loopback; port 0 takes a free one."""
    home = folder.resolve()

    class Handler(_Pages):
        root = home

    return ThreadingHTTPServer((_HOST, port), Handler)


class _Pages(BaseHTTPRequestHandler):
    root: Path
    timeout = 10

    def do_GET(self) -> None:  # noqa: N802
        """One of the pages, and nothing else of the folder."""
        body = self._page()
        if body is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def _page(self) -> bytes | None:
        if not self._asked_by_name():
            return None
        name = unquote(urlsplit(self.path).path).lstrip("/") or "report.html"
        if not _PAGE.fullmatch(name):
            return None
        path = self.root / name
        try:
            inside = path.resolve().is_relative_to(self.root)  # a link may lead elsewhere
            return path.read_bytes() if inside else None
        except OSError:
            return None

    def _asked_by_name(self) -> bool:
        """Whether the browser asked for this machine: a foreign name may point here as well."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        return host in (_HOST, "localhost")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal shows the address, and that is enough."""
