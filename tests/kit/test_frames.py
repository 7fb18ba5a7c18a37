"""Frames: what is sent arrives, and no sender makes their reader fail, stall or grow."""

from __future__ import annotations

import contextlib
import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.kit.frames import BadFrame, Bounds, Frame, FrameReader, encode
from autograder.kit.values import Failure, Observation, Value

WIDE = Bounds(64 << 20)


def pack(header: object, body: bytes = b"") -> bytes:
    """A frame made by hand."""
    text = json.dumps(header).encode()
    return struct.pack("<IQ", len(text), len(body)) + text + body


def tensor(start: int = 0, size: int = 8, name: str = "x") -> dict[str, object]:
    """The description of a tensor of eight bytes."""
    return {"name": name, "kind": "tensor", "dtype": "uint8", "store": "uint8", "shape": [size],
            "of": [size], "start": start, "size": size}  # fmt: skip


def header(*values: object, **changes: object) -> dict[str, object]:
    """A header that is in order."""
    return {"tag": "t", "values": list(values), "failure": None, "seconds": 0.0, "note": "",
            "extra": {}} | changes  # fmt: skip


def read(data: bytes, bounds: Bounds = WIDE) -> list[Frame]:
    return list(FrameReader(bounds).feed(data))


FAILURE = Failure("ValueError", "text", "a.py", 3, "f", "f()")
OBSERVATION = Observation(
    {
        "y": Value("tensor", np.arange(6.0).reshape(2, 3), "float64", (2, 3)),
        "loss": Value("scalar", 1.5, "float"),
        "odd": Value("other", None, "set"),
    },
    FAILURE,
    0.25,
    "a note",
)


@given(st.lists(st.integers(1, 200), max_size=30))
def test_what_is_sent_arrives_in_whatever_pieces(sizes: list[int]) -> None:
    data = encode("one", OBSERVATION, {"k": 1}) + encode("two", Observation())
    reader, found = FrameReader(WIDE), []
    for size in [*sizes, len(data)]:
        piece, data = data[:size], data[size:]
        found += reader.feed(piece)
    one, two = found
    assert (one.tag, one.extra, two.tag) == ("one", {"k": 1}, "two")
    assert one.observation.failure == FAILURE
    assert (one.observation.seconds, one.observation.note) == (0.25, "a note")
    assert one.observation.values["y"].data.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert one.observation.values["loss"].data == 1.5
    assert one.observation.values["odd"].dtype == "set"


@pytest.mark.parametrize(
    ("data", "bounds", "because"),
    [
        (pack(header()) * 11, Bounds(1 << 20, frames=10), "more than a check may"),
        (pack(header()) * 9, Bounds(1 << 20, header_bytes=500), "more than a check may"),
        (pack(header(tensor()), bytes(8)), Bounds(50), "more than a check may"),
        (struct.pack("<IQ", 10, 1 << 62), WIDE, "too large"),
        (struct.pack("<IQ", 1 << 30, 0), WIDE, "too large"),
        (pack(header(*[{"name": str(n), "kind": "other", "dtype": ""} for n in range(2_001)])),
         WIDE, "too many values"),
        (pack(header(tensor(name="a"), tensor(name="b")), bytes(8)), WIDE, "share their bytes"),
        (pack(header(tensor(start=1)), bytes(8)), WIDE, "does not fit"),
        (pack(header(seconds=float("nan"))), WIDE, "not in order"),
    ],
)  # fmt: skip
def test_a_sender_that_breaks_a_bound_is_not_read_on(
    data: bytes, bounds: Bounds, because: str
) -> None:
    with pytest.raises(BadFrame, match=because):
        read(data, bounds)


def test_the_bounds_hold_for_all_frames_together_however_they_arrive() -> None:
    reader, frame = FrameReader(Bounds(1 << 20, frames=10)), pack(header())
    for _ in range(10):
        assert len(list(reader.feed(frame))) == 1
    with pytest.raises(BadFrame):
        list(reader.feed(frame))


@pytest.mark.parametrize(
    "piece",
    [
        pack(header()),
        pack(header(extra={"a": [[] for _ in range(30_000)]})),
        pack(header(extra={"a": [{"": 0} for _ in range(20_000)]})),
        pack(header(*[{"name": str(n), "kind": "other", "dtype": ""} for n in range(2_000)])),
    ],
    ids=["tiny frames", "lists", "dictionaries", "values"],
)
def test_64_megabytes_of_frames_take_little_memory(piece: bytes) -> None:
    reader, found, sent = FrameReader(WIDE), [], 0
    tracemalloc.start()
    try:
        with contextlib.suppress(BadFrame):
            while sent < 64 << 20:
                found += reader.feed(piece)
                sent += len(piece)
        assert sent < 64 << 20  # it was stopped
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()
    assert found


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise_anything_but_bad_frame(data: bytes) -> None:
    read_all(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {"tag": JSON, "values": JSON | st.lists(st.fixed_dictionaries(
            {"name": JSON, "kind": st.sampled_from(["tensor", "scalar", "other", "x"]) | JSON,
             "dtype": JSON, "data": JSON, "shape": JSON, "of": JSON, "start": JSON, "size": JSON,
             "store": st.sampled_from(["float64", "object", "int8"]) | JSON}), max_size=2),
         "failure": JSON, "seconds": JSON, "extra": JSON}
    )
)  # fmt: skip
def test_no_header_makes_the_reader_raise_anything_but_bad_frame(header: object) -> None:
    text = json.dumps(header).encode()
    read_all(struct.pack("<IQ", len(text), 16) + text + bytes(16))


def test_a_header_that_is_nested_a_hundred_thousand_deep_is_a_bad_frame() -> None:
    text = b"[" * 100_000
    read_all(struct.pack("<IQ", len(text), 0) + text)


def read_all(data: bytes) -> None:
    with contextlib.suppress(BadFrame):
        read(data, Bounds(1 << 20))
