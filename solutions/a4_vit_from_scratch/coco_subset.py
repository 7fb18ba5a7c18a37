"""Makes the data set of this assignment from COCO: five classes, 64 x 64 pixels.

    python coco_subset.py --annotations instances_train2017.json --images train2017 --out data

Takes images with one dominant object: an object of one of the five classes whose box covers at
least `--least-area` of the image, while no other object of these classes is in it. Writes
OUT/{train,validation}/CLASS/IMAGE_ID.png. An image is in one of the two parts only, and in the
same one whenever the command is run with the same seed.

Needs pycocotools and Pillow:  pip install pycocotools pillow
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

CLASSES = ("airplane", "bus", "cat", "dog", "pizza")
SIZE = 64


class CocoError(Exception):
    """What is wrong with the files that were given, in a sentence."""


@dataclass(frozen=True)
class Pick:
    """One image that is taken."""

    image_id: int
    file_name: str
    label: str


def open_annotations(path: Path) -> Any:
    """COCO's index of an annotation file; `CocoError` if it cannot be read."""
    try:
        from pycocotools.coco import COCO
    except ImportError:
        raise CocoError("pycocotools is missing: pip install pycocotools") from None
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it reports its progress
            coco = COCO(str(path))
        for part in ("images", "annotations", "categories"):
            coco.dataset[part]
        return coco
    except (OSError, ValueError, KeyError, AssertionError) as error:
        raise CocoError(f"{path} is not a COCO annotation file ({error!r}).") from None


def pick_images(coco: Any, least_area: float) -> list[Pick]:
    """The images with one dominant object of the classes, ordered by their id."""
    names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
    wanted = [number for number, name in names.items() if name in CLASSES]
    missing = set(CLASSES) - set(names.values())
    if missing:
        raise CocoError(f"The annotations have no class {', '.join(sorted(missing))}.")
    picks = []
    for image in coco.loadImgs(sorted(coco.getImgIds())):
        objects = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]], catIds=wanted))
        if len(objects) != 1 or objects[0].get("iscrowd"):
            continue
        _, _, width, height = objects[0]["bbox"]
        if width * height >= least_area * image["width"] * image["height"]:
            label = names[objects[0]["category_id"]]
            picks.append(Pick(image["id"], image["file_name"], label))
    return picks


def split(picks: list[Pick], validation: int, train: int, seed: int) -> dict[str, list[Pick]]:
    """At most this many images per class for training and for validation, without common images."""
    parts: dict[str, list[Pick]] = {"train": [], "validation": []}
    for label in CLASSES:
        ours = [pick for pick in picks if pick.label == label]
        random.Random(f"{seed} {label}").shuffle(ours)
        held_out = min(validation, len(ours) // 5)  # a fifth where there are few
        parts["validation"] += ours[:held_out]
        parts["train"] += ours[held_out : held_out + train]
    return parts


def write(parts: dict[str, list[Pick]], images: Path, out: Path) -> int:
    """Write the resized images and their checksums; returns how many were not found or read."""
    failed, sums = 0, []
    for part, picks in parts.items():
        for pick in picks:
            target = out / part / pick.label / f"{pick.image_id:012}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with Image.open(images / pick.file_name) as image:
                    image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(target)
            except OSError:
                failed += 1
                continue
            digest = hashlib.sha256(target.read_bytes()).hexdigest()
            sums.append(f"{digest}  ./{target.relative_to(out).as_posix()}\n")
    out.mkdir(parents=True, exist_ok=True)
    (out / "SHA256SUMS").write_text("".join(sums), "utf-8")
    return failed


def main(arguments: list[str] | None = None) -> str:
    """Run the command; returns the problem, if any."""
    parser = argparse.ArgumentParser(description="Make the five-class subset of COCO.")
    parser.add_argument("--annotations", type=Path, required=True, help="instances_*.json")
    parser.add_argument("--images", type=Path, required=True, help="folder with COCO's images")
    parser.add_argument("--out", type=Path, default=Path("data"), help="folder to write to")
    parser.add_argument("--train", type=int, default=1500, help="most training images of a class")
    parser.add_argument("--validation", type=int, default=500, help="most validation images")
    parser.add_argument("--least-area", type=float, default=0.1, help="of the image, for the box")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        picks = pick_images(open_annotations(options.annotations), options.least_area)
    except CocoError as error:
        return str(error)
    if not picks:
        return f"No image in {options.annotations} has one dominant object of {', '.join(CLASSES)}."
    parts = split(picks, options.validation, options.train, options.seed)
    failed = write(parts, options.images, options.out)
    for part, chosen in parts.items():
        counts = ", ".join(f"{name} {sum(p.label == name for p in chosen)}" for name in CLASSES)
        print(f"{options.out / part}: {counts}")
    return f"{failed} images were not found or not readable in {options.images}." if failed else ""


if __name__ == "__main__":
    sys.exit(main() or 0)
