"""The COCO subset builder, on a tiny set in COCO's format that is made here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autograder.course import find_assignment

FOLDER = find_assignment("a4_vit_from_scratch").reference
CLASSES = ("airplane", "bus", "cat", "dog", "pizza")


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """50 images with one large object each, and some that must not be taken."""
    images, annotations = [], []
    (tmp_path / "images").mkdir()

    def add(boxes: list[tuple[int, float]], crowd: int = 0) -> None:
        number = len(images) + 1
        name = f"{number:012}.jpg"
        colour = np.full((90, 120, 3), number * 4 % 256, dtype=np.uint8)
        Image.fromarray(colour).save(tmp_path / "images" / name)
        images.append({"id": number, "file_name": name, "width": 120, "height": 90})
        for category, share in boxes:
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": category,
                 "bbox": [0, 0, 120, 90 * share], "iscrowd": crowd, "area": 1}
            )  # fmt: skip

    for index in range(50):
        add([(index % 5 + 1, 0.5)])
    add([(1, 0.05)])  # too small
    add([(2, 0.5), (3, 0.5)])  # two objects
    add([(6, 0.9)])  # another class
    add([(3, 0.5)], crowd=1)
    categories = [{"id": i + 1, "name": name} for i, name in enumerate((*CLASSES, "chair"))]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "instances.json").write_text(json.dumps(content))
    return tmp_path


def run(folder: Path, out: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FOLDER / "coco_subset.py", "--annotations", folder / "instances.json",
         "--images", folder / "images", "--out", folder / out, *more],
        capture_output=True, text=True,
    )  # fmt: skip


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.png")}


def test_images_with_one_dominant_object_split_without_overlap(coco: Path) -> None:
    done = run(coco, "out")
    assert done.returncode == 0, done.stderr
    assert "airplane 8" in done.stdout and "pizza 2" in done.stdout
    train, validation = ({Path(p).name for p in written(coco / "out" / part)}
                         for part in ("train", "validation"))  # fmt: skip
    assert len(train) == 40 and len(validation) == 10 and not train & validation
    assert max(int(name.removesuffix(".png")) for name in train | validation) <= 50
    with Image.open(next((coco / "out").rglob("*.png"))) as image:
        assert image.size == (64, 64) and image.mode == "RGB"


def test_the_same_seed_gives_the_same_split(coco: Path) -> None:
    for out, seed in (("one", "1"), ("again", "1"), ("other", "2")):
        run(coco, out, "--seed", seed)
    assert written(coco / "one") == written(coco / "again") != written(coco / "other")


def test_images_that_are_missing_are_counted_not_fatal(coco: Path) -> None:
    (coco / "images" / f"{1:012}.jpg").unlink()
    (coco / "images" / f"{2:012}.jpg").write_bytes(b"no image")
    done = run(coco, "out")
    assert done.returncode == 1 and "2 images were not found or not readable" in done.stderr
    assert len(written(coco / "out")) == 48


@pytest.mark.parametrize("text", ["", "{}", '{"images": []}'])
def test_a_file_that_is_no_annotation_file(text: str, coco: Path) -> None:
    (coco / "instances.json").write_text(text)
    done = run(coco, "out")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "annotation" in done.stderr


def train(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FOLDER / "run_coco_vit.py", *words], capture_output=True, text=True
    )


def test_training_reads_what_was_built(coco: Path) -> None:
    run(coco, "data")
    done = train("--exp", "all", "--data", coco / "data", "--logs", coco / "logs", "--epochs", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("valid_acc") == 4
    vit, cnn = (
        {path.name for path in (coco / "logs" / name).iterdir()} for name in ("exp1", "exp2")
    )
    assert vit - cnn == {"vit.safetensors"} and {"log.jsonl", "result.json"} <= cnn
    found = json.loads((coco / "logs" / "exp1" / "result.json").read_text())
    assert sum(map(sum, found["valid_confusion"])) == 10 and "test_acc" not in found


def test_a_changed_image_is_noticed(coco: Path) -> None:
    run(coco, "data")
    path = next((coco / "data" / "validation").rglob("*.png"))
    path.write_bytes(path.read_bytes()[:-20])
    done = train("--exp", "1", "--data", coco / "data", "--logs", coco / "logs")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"{path} is damaged" in done.stderr and "coco_subset.py" in done.stderr
    path.unlink()
    assert f"{path} is missing" in train("--exp", "1", "--data", coco / "data").stderr
    assert "there are no images" in train("--exp", "1", "--data", coco / "images").stderr


def test_a_smoke_run_learns_and_repeats_itself(tmp_path: Path) -> None:
    logs = []
    for name in ("one", "two"):
        done = train("--smoke", "--exp", "1", "--logs", tmp_path / name)
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / name / "exp1" / "log.jsonl").read_text().splitlines()
        logs.append([json.loads(line)["train_loss"] for line in lines])
    assert logs[0] == logs[1]
    assert logs[0][-1] < 0.9 * logs[0][0]
