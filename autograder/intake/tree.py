"""What lies where in a download: names, sizes and times of a folder or of a class archive."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Protocol

from autograder.intake.entries import is_ignored
from autograder.intake.names import clean_path

_MAX_ITEMS = 20_000  # of one folder


@dataclass(frozen=True)
class Item:
    """A file or folder: `key` is its path below the root, as it must be asked for."""

    key: str
    is_folder: bool
    time: float = 0.0
    is_repository: bool = False

    @property
    def name(self) -> str:
        """Its last name, clean."""
        return clean_path(PurePosixPath(self.key).name)


class Tree(Protocol):
    """A folder or an archive."""

    def items(self, folder: str = "") -> list[Item]:
        """What lies in a folder, without what programs leave behind."""


class FolderTree:
    """On disk. Links are listed as files, and never followed; `ignored` is not listed."""

    def __init__(self, root: Path, ignored: Path | None = None) -> None:
        self._root = root
        self._ignored = ignored.resolve() if ignored else None

    def items(self, folder: str = "") -> list[Item]:
        try:
            with os.scandir(self._root / folder) as found:
                listed = sorted(islice(found, _MAX_ITEMS), key=lambda item: item.name)
            wanted = [one for one in listed if not is_ignored((one.name,))]
            return [
                self._item(folder, one)
                for one in wanted
                if not self._ignored or Path(one.path).resolve() != self._ignored
            ]
        except OSError:
            return []

    def _item(self, folder: str, one: os.DirEntry[str]) -> Item:
        key = f"{folder}/{one.name}" if folder else one.name
        status = one.stat(follow_symlinks=False)
        is_folder = stat.S_ISDIR(status.st_mode)
        return Item(key, is_folder, status.st_mtime, is_folder and Path(one.path, ".git").exists())


class ArchiveTree:
    """The members of an archive: path -> time."""

    def __init__(self, members: Mapping[str, float]) -> None:
        self._folders: dict[str, dict[str, Item]] = {"": {}}
        for path, time in members.items():
            if not is_ignored(PurePosixPath(path).parts):
                self._add(path, time)

    def _add(self, path: str, time: float) -> None:
        parts = PurePosixPath(path).parts
        for depth in range(1, len(parts)):
            key, above = "/".join(parts[:depth]), "/".join(parts[: depth - 1])
            self._folders.setdefault(above, {}).setdefault(key, Item(key, True, time))
            self._folders.setdefault(key, {})
        above = "/".join(parts[:-1])
        self._folders[above].setdefault(path, Item(path, False, time))

    def items(self, folder: str = "") -> list[Item]:
        return [item for _, item in sorted(self._folders.get(folder, {}).items())]
