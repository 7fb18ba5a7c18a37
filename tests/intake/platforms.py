"""Downloads of a class, laid out as each platform documents them: relative path -> bytes."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

Files = dict[str, bytes]
NAMES = ("vit_solution.py", "lstm_solution.py")


def of(who: str, names: tuple[str, ...] = NAMES) -> Files:
    """What one student submits: every file says whose it is."""
    return {name: f"# {who}\nOWNER = {who!r}\n".encode() for name in names}


def under(prefix: str, files: Files) -> Files:
    """Files with something in front of their names: a folder, or a platform's marks."""
    return {f"{prefix}{name}": data for name, data in files.items()}


def canvas() -> Files:
    """Submissions of `Download Submissions`: flat, the second late, the third resubmitted."""
    again = {"vit_solution-1.py": of("carl")["vit_solution.py"],
             "lstm_solution-1.py": of("carl")["lstm_solution.py"]}  # fmt: skip
    files = {f"adamsanna_101_90{n}_{k}": v for n, (k, v) in enumerate(of("anna").items())}
    files |= {f"brownben_LATE_102_91{n}_{k}": v for n, (k, v) in enumerate(of("ben").items())}
    return files | {f"clarkcarl_103_92{n}_{k}": v for n, (k, v) in enumerate(again.items())}


def moodle() -> Files:
    """`Download all submissions` in folders; two students of one name."""
    return {
        **under("Anna Adams_4711_assignsubmission_file_/", of("anna")),
        **under("Anna Adams_4712_assignsubmission_file_/", of("ben")),
        **under("Carl Clark_4713_assignsubmission_file_/", of("carl")),
        "Carl Clark_4713_assignsubmission_onlinetext_/onlinetext.html": b"<p>Enjoy</p>",
    }


def moodle_flat() -> Files:
    """The same with `Download submissions in folders` off."""
    return {
        **under("Anna Adams_4711_assignsubmission_file_", of("anna")),
        **under("Ben Brown_4712_assignsubmission_file_", of("ben")),
        **under("Carl Clark_4713_assignsubmission_file_", of("carl")),
    }


def gradescope() -> Files:
    """`Export Submissions`: the second is a group's."""
    metadata = """---
submission_201:
  :submitters:
  - :name: Anna Adams
    :sid: '101'
    :email: anna@example.org
  :created_at: 2026-10-01 10:00:00.000000000 Z
  :score: 0.0
submission_202:
  :submitters:
  - :name: Ben Brown
    :sid: '102'
    :email: ben@example.org
  - :name: Dora Davis
    :sid: '104'
    :email: dora@example.org
submission_203:
  :submitters:
  - :name: Carl Clark
    :sid: '103'
    :email: carl@example.org
"""
    return {
        "assignment_55_export/submission_metadata.yml": metadata.encode(),
        **under("assignment_55_export/submission_201/", of("anna")),
        **under("assignment_55_export/submission_202/", of("ben")),
        **under("assignment_55_export/submission_203/", of("carl")),
    }


def blackboard() -> Files:
    """`Assignment File Download`, also what nbgrader's zip_collect takes; Carl has tried twice."""
    files: Files = {}
    for user, date, who in (
        ("aadams", "2026-10-01-10-00-00", "anna"),
        ("b_brown", "2026-10-01-11-00-00", "ben"),
        ("cclark", "2026-10-01-12-00-00", "nobody"),
        ("cclark", "2026-10-02-12-00-00", "carl"),
    ):
        start = f"HW 2_{user}_attempt_{date}"
        files |= under(f"{start}_", of(who)) | {f"{start}.txt": b"Name: ..."}
    return files


def brightspace() -> Files:
    """`Download all files`: a folder for each attempt, and a page that lists them."""
    return {
        "index.html": b"<html></html>",
        **under("301-9 - Anna Adams - Oct 1, 2026 905 AM/", of("anna")),
        **under("302-9 - Ben Brown - Oct 1, 2026 1105 AM/", of("ben")),
        **under("303-9 - Carl Clark - Oct 1, 2026 905 PM/", of("nobody")),
        **under("303-9 - Carl Clark - Oct 2, 2026 1205 AM/", of("carl")),
    }


def nbgrader_exchange() -> Files:
    """The inbound folder of the exchange."""
    start = "a2_lstm_and_vit+2026-10-0"
    return {
        **under(f"aadams+{start}1 10:00:00 UTC+abc/", of("anna")),
        **under(f"bbrown+{start}1 10:00:00 UTC+def/", of("ben")),
        **under(f"cclark+{start}1 10:00:00 UTC+ghi/", of("nobody")),
        **under(f"cclark+{start}2 10:00:00 UTC+jkl/", of("carl")),
    }


def nbgrader_submitted() -> Files:
    """What `nbgrader collect` makes of it: student, then assignment."""
    return {
        **under("aadams/a2_lstm_and_vit/", of("anna")),
        **under("bbrown/a2_lstm_and_vit/", of("ben")),
        **under("bbrown/a1_sequence_modeling/", of("nobody")),
        **under("cclark/a2_lstm_and_vit/", of("carl")),
    }


def github_classroom() -> Files:
    """Clones that `gh classroom clone` makes."""
    files: Files = {}
    for user, who in (("aadams", "anna"), ("b-brown", "ben"), ("cclark", "carl")):
        start = f"homework-2-submissions/homework-2-{user}"
        files |= under(f"{start}/", of(who)) | {f"{start}/.git/HEAD": b"ref: refs/heads/main"}
    return files


def folder_each() -> Files:
    """A folder for each student."""
    return {**under("anna/", of("anna")), **under("ben/one/deeper/", of("ben")),
            **under("carl/", of("carl"))}  # fmt: skip


def archive_each() -> Files:
    """An archive for each student, of three kinds."""
    return {"anna.zip": zipped(of("anna")), "ben.tar.gz": tarred(of("ben"), "w:gz"),
            "carl.7z": seven_zipped(of("carl"))}  # fmt: skip


def prefixed() -> Files:
    """Files of everybody side by side, with names in front."""
    return {**under("anna_", of("anna")), **under("ben_", of("ben")), **under("carl_", of("carl"))}


LAYOUTS = {
    make.__name__: make
    for make in (canvas, moodle, moodle_flat, gradescope, blackboard, brightspace,
                 nbgrader_exchange, nbgrader_submitted, github_classroom, folder_each,
                 archive_each, prefixed)
}  # fmt: skip


def write(files: Files, folder: Path) -> Path:
    """The files on disk."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Files, mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_790_000_000
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def seven_zipped(files: Files) -> bytes:
    import py7zr

    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return buffer.getvalue()
