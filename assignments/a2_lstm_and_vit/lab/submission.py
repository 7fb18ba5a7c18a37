"""Makes the archive that you submit, and lists what is missing from it.

    python -m lab.submission [--out submission.zip]

Run it in the folder of the assignment. The archive holds your solution files, the notebook, the
records of your training runs (logs/, without weights and without smoke runs) and the trained model
that the assignment asks for: the one that lies beside the notebook, else that of the run with the
best validation accuracy.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

NOTEBOOK = "main.ipynb"
LOGS = (".json", ".jsonl", ".txt")


def solutions(folder: Path) -> list[Path]:
    """The solution files: NAME_solution.py, or NAME_solution_template.py where that is missing."""
    found = {path.stem.removesuffix("_template"): path
             for path in sorted(folder.glob("*_solution_template.py"))}  # fmt: skip
    return sorted((found | {path.stem: path for path in folder.glob("*_solution.py")}).values())


def logs(folder: Path) -> list[Path]:
    """The records of all training runs."""
    found = sorted(path for path in (folder / "logs").rglob("*") if path.suffix in LOGS)
    return [path for path in found if path.relative_to(folder).parts[1] != "smoke"]


def wanted_model(folder: Path) -> str:
    """The name of the trained model that this assignment's code writes; empty if there is none."""
    for path in [*sorted(folder.glob("run_*.py")), folder / NOTEBOOK]:
        text = path.read_text("utf-8") if path.exists() else ""
        if name := re.search(r'"(\w+\.safetensors)', text.replace("\\", "")):
            return name[1]
    return ""


def find_model(folder: Path, name: str) -> Path | None:
    """The trained model beside the notebook, else that of the run that validated best."""
    for path in (folder / name, folder / f"{Path(name).stem}.pt"):
        if path.exists():
            return path
    runs = [path for path in sorted((folder / "logs").rglob(name)) if "smoke" not in path.parts]
    return max(runs, key=_accuracy, default=None)


def _accuracy(model: Path) -> float:
    try:
        return float(json.loads((model.parent / "result.json").read_text("utf-8"))["valid_acc"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1.0


def collect(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The files to submit by their name in the archive, and what is missing, in sentences."""
    files = {path.name: path for path in solutions(folder)}
    missing = [f"{name} still has parts to do" for name, path in files.items()
               if "raise NotImplementedError(\"TODO" in path.read_text("utf-8")]  # fmt: skip
    if not files:
        missing.append("there is no *_solution.py or *_solution_template.py")
    if (folder / NOTEBOOK).exists():
        files[NOTEBOOK] = folder / NOTEBOOK
    else:
        missing.append(f"there is no {NOTEBOOK}")
    records = {path.relative_to(folder).as_posix(): path for path in logs(folder)}
    if not records:
        missing.append("there are no records of training runs in logs/ (smoke runs do not count)")
    if name := wanted_model(folder):
        model = find_model(folder, name)
        if model is None:
            missing.append(f"there is no trained model, {name}")
        else:
            files[model.name] = model
    return files | records, missing


def main(arguments: Sequence[str] | None = None) -> str:
    """Run the command; returns the problem, if any."""
    parser = argparse.ArgumentParser(description="Make the archive that you submit.")
    parser.add_argument("--out", type=Path, default=Path("submission.zip"))
    options = parser.parse_args(arguments)
    files, missing = collect(Path())
    if not solutions(Path()) and NOTEBOOK not in files:
        return f"{Path.cwd()} is not the folder of an assignment: change into it first."
    with zipfile.ZipFile(options.out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, name)
            if not name.startswith("logs/"):
                print(f"  {name}" if name == path.name == str(path) else f"  {name}, from {path}")
    records = sum(name.startswith("logs/") for name in files)
    print(f"  {records} files in logs/")
    size = options.out.stat().st_size / 1e6
    print(f"{options.out}: {len(files)} files, {size:.1f} MB. Submit this file.")
    for sentence in missing:
        print(f"Missing: {sentence}.")
    return ""


if __name__ == "__main__":
    sys.exit(main() or 0)
