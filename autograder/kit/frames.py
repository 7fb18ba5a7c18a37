"""How observations travel: frames of a JSON header and raw bytes, read with every length capped.

A frame is  header length (4 bytes) | body length (8 bytes) | header | body.  The header lists
the values of one observation; tensors point into the body. Nothing is unpickled, and a reader
that meets anything unexpected raises `BadFrame`. The format is our own because no library reads
frames from a sender that wants to do harm: what a reader keeps is bounded by `Bounds`.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.kit.values import Failure, Observation, Value

_PREFIX = struct.Struct("<IQ")
_MAX_HEADER = 1 << 18  # of one frame; JSON takes up to forty times its bytes when it is read
_MAX_VALUES = 2_000  # in one frame
_MAX_AXES = 16
_DTYPES = {
    name: np.dtype(name)
    for name in (
        "float64",
        "float32",
        "float16",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
        "bool",
    )
}
_ARRAYS = ("tensor", "sample")
_SCALARS = (bool, int, float, str, type(None))


class BadFrame(Exception):
    """The other side sent something that is not a frame."""


def encode(tag: str, observation: Observation, extra: dict[str, Any] | None = None) -> bytes:
    """One frame. `tag` says which run it answers; `extra` is free JSON."""
    body: list[bytes] = []
    items = []
    offset = 0
    for name, value in observation.values.items():
        item: dict[str, Any] = {"name": name, "kind": value.kind, "dtype": value.dtype}
        if value.kind in _ARRAYS:
            item["of"] = list(value.shape)
            raw = np.ascontiguousarray(value.data).tobytes()
            item |= {"shape": list(value.data.shape), "store": value.data.dtype.name}
            item |= {"start": offset, "size": len(raw)}
            body.append(raw)
            offset += len(raw)
        elif value.kind == "scalar":
            item["data"] = value.data
        items.append(item)
    failure = observation.failure
    header = {
        "tag": tag,
        "values": items,
        "failure": vars(failure) if failure else None,
        "seconds": observation.seconds,
        "note": observation.note,
        "extra": extra or {},
    }
    text = json.dumps(header).encode()
    return _PREFIX.pack(len(text), offset) + text + b"".join(body)


Sender = Callable[..., None]


def sender(out: int) -> Sender:
    """A function that writes observations to the descriptor `out` as frames."""

    def send(tag: str, observation: Observation, extra: dict[str, Any] | None = None) -> None:
        data = memoryview(encode(tag, observation, extra))
        while data:
            data = data[os.write(out, data) :]

    return send


@dataclass(frozen=True)
class Frame:
    """One decoded frame."""

    tag: str
    observation: Observation
    extra: dict[str, Any]


@dataclass(frozen=True)
class Bounds:
    """How much one sender may send in all."""

    data_bytes: int
    frames: int = 5_000
    header_bytes: int = 2 << 20


class FrameReader:
    """Puts together the frames of one sender."""

    def __init__(self, bounds: Bounds) -> None:
        self._left = bounds
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes. A sender that breaks a bound is not read on."""
        self._left = _less(self._left, data_bytes=len(data))
        self._buffer += data
        while len(self._buffer) >= _PREFIX.size:
            header_size, body_size = _PREFIX.unpack_from(self._buffer)
            if header_size > _MAX_HEADER or body_size > self._left.data_bytes + len(self._buffer):
                raise BadFrame("a frame is too large")
            start = _PREFIX.size + header_size
            end = start + body_size
            if len(self._buffer) < end:
                return
            header, body = bytes(self._buffer[_PREFIX.size : start]), bytes(self._buffer[start:end])
            del self._buffer[:end]
            self._left = _less(self._left, frames=1, header_bytes=header_size)
            yield _decode(header, body)


def _less(bounds: Bounds, **used: int) -> Bounds:
    """What is left of the bounds."""
    left = replace(bounds, **{name: getattr(bounds, name) - size for name, size in used.items()})
    if min(left.data_bytes, left.frames, left.header_bytes) < 0:
        raise BadFrame("it sent more than a check may")
    return left


def _decode(header: bytes, body: bytes) -> Frame:
    try:
        content = json.loads(header)
        if len(content["values"]) > _MAX_VALUES:
            raise BadFrame("a frame has too many values")
        values = {_text(item["name"], 500): _value(item, body) for item in content["values"]}
        if sum(value.data.nbytes for value in values.values() if value.kind in _ARRAYS) > len(body):
            raise BadFrame("the tensors of a frame share their bytes")
        failure = _failure(content["failure"]) if content["failure"] else None
        seconds = float(content["seconds"])
        if not math.isfinite(seconds) or not isinstance(content["extra"], dict):
            raise BadFrame("a frame's header is not in order")
        seen = Observation(values, failure, seconds, _text(content.get("note", ""), 300))
        return Frame(_text(content["tag"], 200), seen, content["extra"])
    except BadFrame:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as e:
        raise BadFrame(f"a frame cannot be read ({type(e).__name__})") from None


def _value(item: dict[str, Any], body: bytes) -> Value:
    kind, dtype, data = item["kind"], _text(item["dtype"], 80), item.get("data")
    if kind == "scalar":
        if not isinstance(data, _SCALARS):
            raise BadFrame("a scalar is not a scalar")
        return Value("scalar", _text(data, _MAX_HEADER) if isinstance(data, str) else data, dtype)
    if kind == "other":
        return Value("other", None, dtype)
    shape, start, size = item["shape"], item["start"], item["size"]
    store = _DTYPES[item["store"]]
    of = item["of"]
    whole = [*shape, *of, start, size]
    if (
        kind not in _ARRAYS
        or len(of) > _MAX_AXES
        or not all(type(n) is int and n >= 0 for n in whole)
        or len(shape) > _MAX_AXES
    ):
        raise BadFrame("a tensor's description is not in order")
    if math.prod(shape) * store.itemsize != size or start + size > len(body):
        raise BadFrame("a tensor's size does not fit its shape")
    array = np.frombuffer(body, dtype=store, count=math.prod(shape), offset=start)
    return Value(kind, array.reshape(shape), dtype, tuple(of))


def _failure(item: dict[str, Any]) -> Failure:
    return Failure(
        kind=_text(item["kind"], 100),
        text=_text(item["text"], 2000),
        file=_text(item["file"], 200),
        line=int(item["line"]),
        function=_text(item["function"], 200),
        source=_text(item["source"], 300),
    )


def _text(value: Any, limit: int) -> str:
    """Text that can be written to a file: no halves of characters."""
    return str(value)[:limit].encode("utf-8", "replace").decode("utf-8")
