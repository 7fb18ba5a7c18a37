"""Held-out accuracy: knowing the published images one by one earns nothing; learning does."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from autograder.kit.accuracy import HeldOut, Measured, held_out_for_run, measure
from autograder.kit.values import Observation, Value

SCALE = [(0.8, 1.0), (0.5, 0.5)]
COUNT = 3000
Model = Callable[[np.ndarray], np.ndarray]


@pytest.fixture(scope="module")
def published() -> HeldOut:
    """Images whose brighter half says their class, as a trained model would see it."""
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, COUNT)
    images = generator.integers(60, 120, (COUNT, 3, 8, 8))
    images[np.arange(COUNT), :, labels * 4] += 100
    buffer = io.BytesIO()
    np.save(buffer, images.astype(np.uint8))
    return HeldOut.of(buffer.getvalue(), labels)


def images_of(held_out: HeldOut) -> np.ndarray:
    images: np.ndarray = np.load(io.BytesIO(held_out.images))
    return images


def measured(model: Model, shown: HeldOut) -> Measured:
    predictions = model(images_of(shown)).astype(np.int64)
    seen = Observation({"predictions#0": Value("tensor", predictions, "int64")})
    found = measure(seen, shown, SCALE)
    assert isinstance(found, Measured)
    return found


def learnt(images: np.ndarray) -> np.ndarray:
    """Right for nine images of ten, by what is in them."""
    rows = images.astype(int).sum(axis=(1, 3))
    wrong = images[:, 0, 7, 7] // 6 % 10 == 0
    return (rows[:, 4] > rows[:, 0]).astype(int) ^ wrong * (images[:, 0, 7, 7] < 66)


def test_a_model_that_has_learnt_earns_the_same_with_every_seed(published: HeldOut) -> None:
    plain = measured(learnt, published)
    assert plain.accuracy > 0.8
    for seed in range(20):
        found = measured(learnt, held_out_for_run(published, seed))
        assert (found.accuracy, found.points, found.count, found.remark) == (
            plain.accuracy, 1.0, COUNT, "",
        )  # fmt: skip


def test_labels_by_position_are_worth_a_guess(published: HeldOut) -> None:
    def by_position(images: np.ndarray) -> np.ndarray:
        return np.resize(published.labels, len(images))

    assert measured(by_position, published).accuracy == 1.0
    assert measured(by_position, held_out_for_run(published, 1)).points <= 0.5


def test_labels_by_a_hash_of_the_image_earn_what_the_changed_images_give(
    published: HeldOut,
) -> None:
    table = {
        image.tobytes(): label
        for image, label in zip(images_of(published), published.labels, strict=True)
    }

    def by_hash(images: np.ndarray) -> np.ndarray:
        return np.array([table.get(image.tobytes(), 7) for image in images])

    assert measured(by_hash, published).accuracy == 1.0
    found = measured(by_hash, held_out_for_run(published, 1))
    assert found.points == 0 and found.accuracy < 0.01
    assert "right on 100.00% of 2,000 published images" in found.remark


def test_the_order_and_the_change_depend_on_the_seed_alone(published: HeldOut) -> None:
    one, same, other = (held_out_for_run(published, seed) for seed in (1, 1, 2))
    assert one.images == same.images and (one.labels == same.labels).all()
    assert one.images != other.images
    assert one.perturbed.sum() == 2000 and len(one.labels) == COUNT + 2000


def test_the_change_is_slight_and_leaves_no_image_as_it_was(published: HeldOut) -> None:
    shown = held_out_for_run(published, 3)
    images = images_of(shown)
    known = {image.tobytes() for image in images_of(published)}
    assert not any(image.tobytes() in known for image in images[shown.perturbed])
    assert images.dtype == np.uint8
    changed = images[shown.perturbed].astype(int).mean()
    assert abs(changed - images[~shown.perturbed].astype(int).mean()) < 2


def test_a_table_that_fills_the_gaps_of_an_honest_model_is_seen(published: HeldOut) -> None:
    def helped(images: np.ndarray) -> np.ndarray:
        table = {i.tobytes() for i in images_of(published)}
        known = np.array([image.tobytes() in table for image in images])
        rows = images.astype(int).sum(axis=(1, 3))
        return np.where(known, (rows[:, 4] > rows[:, 0]).astype(int), learnt(images))

    found = measured(helped, held_out_for_run(published, 1))
    assert found.remark and found.accuracy < 0.95
