"""The data module: real formats, checksums, sequences without loss, augmentation in batches."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

from lab import files, samples
from lab import images as data
from lab import text as texts

import numpy as np
import pytest
import torch
from PIL import Image


@pytest.fixture(scope="session")
def sample() -> Path:
    return files.data_root("sample")


@pytest.fixture
def copied(sample: Path, tmp_path: Path) -> Path:
    """The sample set, to be damaged."""
    return shutil.copytree(sample, tmp_path / "data")


def resum(root: Path) -> None:
    """Checksums for the files that are there now."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(root)}\n"
        for path in root.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (root / "SHA256SUMS").write_text("".join(lines))


# --- where data is looked for ---------------------------------------------------------------------


def test_the_command_line_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_DATA", "/from/environment")
    assert files.data_root("/given") == Path("/given")
    assert files.data_root() == Path("/from/environment")
    monkeypatch.delenv("COURSE_DATA")
    assert files.data_root(None) == Path("data")


def test_samples_are_the_same_bytes_every_time(sample: Path, tmp_path: Path) -> None:
    again = samples.make(tmp_path / "again")
    assert (again / "SHA256SUMS").read_bytes() == (sample / "SHA256SUMS").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_torchvision_reads_the_samples_and_sees_the_same(sample: Path, monkeypatch: Any) -> None:
    from torchvision import datasets

    monkeypatch.setattr(datasets.CIFAR10, "_check_integrity", lambda self: True)
    monkeypatch.setattr(datasets.CIFAR10, "_load_meta", lambda self: None)
    theirs, ours = datasets.CIFAR10(sample, train=True), data.cifar10(sample, "train")
    assert np.array_equal(theirs.data.transpose(0, 3, 1, 2), ours.pixels.numpy())
    assert theirs.targets == ours.labels.tolist()


# --- images ---------------------------------------------------------------------------------------


def test_images_are_bytes_and_labels_are_integers(sample: Path) -> None:
    for read, shape in ((data.cifar10, (3, 32, 32)), (data.fashion_mnist, (1, 28, 28))):
        for split, count in (("train", 300), ("test", 60)):
            images = read(sample, split)
            assert images.pixels.shape == (count, *shape) and images.pixels.dtype == torch.uint8
            assert images.labels.dtype == torch.int64 and len(images.classes) == 10
            assert images.labels.bincount().tolist() == [count // 10] * 10
            assert "sample" in images.origin


def test_the_coco_subset_is_read_class_after_class(sample: Path) -> None:
    for split, count in (("train", 100), ("validation", 40)):
        images = data.coco_subset(sample, split)
        assert images.pixels.shape == (count, 3, 64, 64) and images.pixels.dtype == torch.uint8
        assert images.labels.tolist() == sorted(count // 5 * [0, 1, 2, 3, 4])
        assert "sample" in images.origin
    with Image.open(sample / "coco_subset" / "train" / "airplane" / f"{5:012}.png") as second:
        assert np.array_equal(
            np.asarray(second), data.coco_subset(sample, "train").pixels[1].permute(1, 2, 0)
        )


def test_a_file_without_a_checksum_that_is_no_image_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train" / "bus" / "1.png"
    path.parent.mkdir(parents=True)
    for content in (b"", b"no image"):
        path.write_bytes(content)
        with pytest.raises(files.DataError, match="1.png is no image; to get it: "):
            data.coco_subset(tmp_path, "train")


def test_the_jpeg_copy_is_read_and_called_lossy(tmp_path: Path) -> None:
    files = []
    for shade in (10, 200, 90):
        packed = io.BytesIO()
        Image.fromarray(np.full((32, 32, 3), shade, np.uint8)).save(packed, "JPEG", quality=75)
        files.append(packed.getvalue())
    head = 100  # bytes that all of them have in common: here, only the start is left out
    assert len({file[:head] for file in files}) == 1
    tails = [file[head:] for file in files]
    stored = {
        "header": np.frombuffer(files[0][:head], np.uint8),
        "tails": np.frombuffer(b"".join(tails), np.uint8),
        "offsets": np.cumsum([0, *map(len, tails)]),
        "labels": np.array([3, 1, 2], np.uint8),
    }
    (tmp_path / "cifar10").mkdir()
    content: dict[str, Any] = {f"test_{name}": part for name, part in stored.items()}
    np.savez(tmp_path / "cifar10" / "cifar10_jpegq75.npz", **content)
    resum(tmp_path)
    images = data.cifar10(tmp_path, "test")
    assert images.labels.tolist() == [3, 1, 2] and "lossy" in images.origin
    means = images.pixels.float().mean(dim=(1, 2, 3))
    assert torch.allclose(means, torch.tensor([10.0, 200.0, 90.0]), atol=2)


def test_a_split_off_part_depends_on_the_seed_alone(sample: Path) -> None:
    images = data.cifar10(sample, "train")
    torch.manual_seed(1)
    train, valid = data.split_off(images, 30)
    torch.manual_seed(2)
    assert torch.equal(data.split_off(images, 30)[1].pixels, valid.pixels)
    assert not torch.equal(data.split_off(images, 30, seed=1)[1].pixels, valid.pixels)
    both = torch.cat([train.pixels, valid.pixels]).flatten(1)
    assert len(train) == 270 and len(both.unique(dim=0)) == len(
        images.pixels.flatten(1).unique(dim=0)
    )


def test_scaled_images_have_mean_zero_and_deviation_one() -> None:
    pixels = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8)
    shares = pixels.float() / 255
    stats = tuple(tuple(f(dim=(0, 2, 3)).tolist()) for f in (shares.mean, shares.std))
    scaled = data.scaled(pixels, stats)
    torch.testing.assert_close(scaled.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(scaled.std(dim=(0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_each_augmented_image_is_a_mirrored_or_plain_crop(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    images = torch.randint(1, 256, (300, 2, 5, 6)).to(dtype)
    padded = torch.nn.functional.pad(images, [2, 2, 2, 2])
    seen = set()
    for index, result in enumerate(data.augment(images, padding=2)):
        ways = [
            (top, left, mirrored)
            for top in range(5)
            for left in range(5)
            for mirrored in (False, True)
            if torch.equal(
                result.flip(2) if mirrored else result,
                padded[index, :, top : top + 5, left : left + 6],
            )
        ]
        assert len(ways) == 1
        seen.update(ways)
    assert len(seen) == 50  # every crop, mirrored and not


def test_augmentation_follows_the_seed_and_leaves_its_input_alone() -> None:
    images = torch.randint(0, 256, (20, 3, 32, 32), dtype=torch.uint8)
    kept = images.clone()
    results = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        results.append(data.augment(images))
    assert torch.equal(images, kept) and torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
    assert torch.equal(data.augment(images, padding=0, mirror=False), images)


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_pair_of_a_line_occurs_once_and_none_crosses_lines(sample: Path, split: str) -> None:
    with np.load(sample / "wikitext2" / f"wiki.{split}.npz") as stored:
        ends = np.cumsum(stored["sizes"])
        lines = np.split(stored["tokens"].astype(int), ends[:-1])
    right = []  # by hand: 256 pairs at a time
    for line in lines:
        pairs = list(zip(line.tolist(), line.tolist()[1:], strict=False))
        right += [pairs[i : i + 256] for i in range(0, len(pairs), 256)]
    tokens = texts.wikitext2(sample, split)
    assert len(tokens) == len(right) and tokens.source.shape == (len(right), 256)
    for row, pairs in enumerate(right):
        count = len(pairs)
        assert tokens.mask[row].tolist() == [True] * count + [False] * (256 - count)
        assert tokens.source[row].tolist() == [a for a, _ in pairs] + [0] * (256 - count)
        assert tokens.target[row].tolist() == [b for _, b in pairs] + [0] * (256 - count)


def test_a_batch_has_no_column_of_padding_alone(sample: Path) -> None:
    tokens = texts.wikitext2(sample, "train")
    lengths = tokens.mask.sum(dim=1)
    short = lengths.argsort()[:4]
    batch = tokens.batch(short)
    assert set(batch) == {"source", "target", "mask"}
    assert all(part.dtype == torch.int64 for part in batch.values())
    assert batch["source"].shape == (4, int(lengths[short].max()))
    assert int(batch["mask"].sum()) == int(lengths[short].sum())


def test_reviews_come_with_their_labels_from_either_form(copied: Path) -> None:
    folder = texts.imdb(copied, "test")
    assert len(folder) == 40 and folder.labels.tolist() == [0] * 20 + [1] * 20
    telling = {0: ("dull", "a mess", "tiresome"), 1: ("superb", "moving", "a delight")}
    for text, label in zip(folder.texts, folder.labels.tolist(), strict=True):
        assert any(word in text for word in telling[label])

    shutil.rmtree(copied / "aclImdb")
    rows = [{"id": i, "label": i % 2, "text": f"line\u0085 {i}"} for i in range(4)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (copied / "imdb").mkdir()
    path = copied / "imdb" / "imdb_test_full25k.jsonl.gz"
    path.write_bytes(gzip.compress(lines.encode()))
    resum(copied)
    stored = texts.imdb(copied, "test")
    assert stored.texts == [row["text"] for row in rows] and stored.labels.tolist() == [0, 1, 0, 1]


# --- what goes wrong ------------------------------------------------------------------------------

FILES = {
    "cifar10": "cifar-10-batches-py/test_batch",
    "fashion_mnist": "FashionMNIST/raw/t10k-images-idx3-ubyte.gz",
    "wikitext2": "wikitext2/wiki.test.npz",
}


def read(name: str) -> Any:
    return {**data.READERS, **texts.READERS}[name]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_with_checksum_and_command(name: str, tmp_path: Path) -> None:
    path = tmp_path / FILES[name]
    with pytest.raises(files.DataError) as caught:
        read(name)(tmp_path, "test")
    text = str(caught.value)
    assert f"{path} is missing" in text and files.CHECKSUMS[path.name] in text
    assert "to get it: " in text and (name in text or "copy" in text) and "\n" not in text


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("change", [lambda b: b[:-9], lambda b: b"", lambda b: b[::-1]])
def test_a_damaged_file_is_named_and_not_read(name: str, change: Any, copied: Path) -> None:
    path = copied / FILES[name]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(files.DataError, match="is damaged or another file") as caught:
        read(name)(copied, "test")
    assert str(path) in str(caught.value) and "expected sha256" in str(caught.value)


def test_without_sums_only_the_published_files_are_taken(copied: Path) -> None:
    (copied / "SHA256SUMS").unlink()
    for name in FILES:
        with pytest.raises(files.DataError, match="expected (md5|sha256)"):
            read(name)(copied, "test")


def test_a_lost_review_is_noticed(copied: Path) -> None:
    next((copied / "aclImdb" / "test" / "pos").iterdir()).unlink()
    with pytest.raises(files.DataError, match="holds 19 reviews instead of 20"):
        texts.imdb(copied, "test")
    with pytest.raises(files.DataError, match="holds 0 reviews instead of 12,500"):
        texts.imdb(copied / "nowhere", "test")


def test_a_pickle_that_runs_code_is_refused(copied: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (copied / "sprung",))

    (copied / FILES["cifar10"]).write_bytes(pickle.dumps({"data": Trap()}, protocol=2))
    resum(copied)
    with pytest.raises(pickle.UnpicklingError, match="may not hold"):
        data.cifar10(copied, "test")
    assert not (copied / "sprung").exists()


def test_an_unknown_split_is_a_programming_error(sample: Path) -> None:
    with pytest.raises(ValueError, match="train, test"):
        data.cifar10(sample, "valid")


def test_the_command_line_shows_what_there_is(sample: Path, capsys: Any, tmp_path: Path) -> None:
    assert files.main(texts.READERS, texts.DOWNLOADS, ["wikitext2", "--data", "sample"]) == ""
    assert "wikitext2 train: 42" in capsys.readouterr().out
    assert "is missing" in files.main(texts.READERS, {}, ["wikitext2", "--data", str(tmp_path)])
