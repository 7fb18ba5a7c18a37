"""`autograder serve`: pages of one folder, on loopback, and nothing else."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.gradebook.serve import open_server
from tests.gradebook.samples import published, result


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A running server over a results folder with a secret beside its pages."""
    folder = published(tmp_path / "results", result("s001"))
    (tmp_path / "secret.html").write_text("secret")
    (folder / "feedback" / "link.html").symlink_to(tmp_path / "secret.html")
    server = open_server(folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def get(port: int, path: str, host: str = "", method: str = "GET") -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.getheader("Content-Security-Policy", "")


def test_the_report_and_the_feedback_are_served(port: int) -> None:
    status, body, policy = get(port, "/")
    assert status == 200 and b"Class report" in body and "frame-ancestors 'none'" in policy
    assert get(port, "/report.html")[1] == body
    assert b"s001" in get(port, "/feedback/s001.html")[1]
    assert get(port, "/", method="HEAD")[:2] == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/results.json",
        "/submissions/s001.json",
        "/../secret.html",
        "/feedback/../../secret.html",
        "/feedback/%2e%2e/%2e%2e/secret.html",
        "/feedback/link.html",
        "/feedback/",
        "/feedback/.html",
        "//etc/passwd",
        "/feedback/s001.html%00",
        "/course.toml",
    ],
)
def test_nothing_else_is(port: int, path: str) -> None:
    status, body, _ = get(port, path)
    assert status == 404 and b"secret" not in body and b"987654" not in body


def test_a_foreign_name_for_this_machine_gets_nothing(port: int) -> None:
    assert get(port, "/", host=f"evil.example:{port}")[0] == 404
    assert get(port, "/", host=f"localhost:{port}")[0] == 200


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    server = open_server(tmp_path)
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()
