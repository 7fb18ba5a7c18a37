"""Starts a fork server: `python -m autograder.sandbox PARENT`.

What must happen before torch is imported, which takes seconds, happens here.
"""

from __future__ import annotations

import os
import sys

from autograder.sandbox.lifetime import follow_to_death
from autograder.sandbox.private_folder import open_private_folders


def main() -> None:
    """End with the grader from the first moment on; mount while there is only one thread."""
    follow_to_death(int(sys.argv[1]))
    folders = open_private_folders() if sys.platform == "linux" else None

    from autograder.sandbox.fork_server import serve_grader

    serve_grader(folders)
    os._exit(0)  # Python would take half a second to take torch apart


if __name__ == "__main__":
    main()
