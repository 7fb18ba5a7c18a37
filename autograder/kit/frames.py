"""How observations travel: frames of a JSON header and raw bytes, read with every length capped.

A frame is  header length (4 bytes) | body length (8 bytes) | header | body.  The header lists
the values of one observation; tensors point into the body. Nothing is unpickled, and a reader
that meets anything unexpected raises `BadFrame`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.kit.values import Failure, Observation, Value

_PREFIX = struct.Struct("<IQ")
_MAX_HEADER = 1 << 20
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


@dataclass(frozen=True)
class Frame:
    """One decoded frame."""

    tag: str
    observation: Observation
    extra: dict[str, Any]


def frames(buffer: bytearray, max_bytes: int) -> Iterator[Frame]:
    """Take the complete frames off the front of `buffer`."""
    while len(buffer) >= _PREFIX.size:
        header_size, body_size = _PREFIX.unpack_from(buffer)
        if header_size > _MAX_HEADER or body_size > max_bytes:
            raise BadFrame("a frame is too large")
        end = _PREFIX.size + header_size + body_size
        if len(buffer) < end:
            return
        header = bytes(buffer[_PREFIX.size : _PREFIX.size + header_size])
        body = bytes(buffer[_PREFIX.size + header_size : end])
        del buffer[:end]
        yield _decode(header, body)


def _decode(header: bytes, body: bytes) -> Frame:
    try:
        content = json.loads(header)
        values = {_text(item["name"], 500): _value(item, body) for item in content["values"]}
        told = content["failure"]
        failure = _failure(told) if told else None
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
        or len(of) > 16
        or not all(type(n) is int and n >= 0 for n in whole)
        or len(shape) > 16
    ):
        raise BadFrame("a tensor's description is not in order")
    if math.prod(shape) * store.itemsize != size or start + size > len(body):
        raise BadFrame("a tensor's size does not fit its shape")
    array = np.frombuffer(body, dtype=store, count=math.prod(shape), offset=start)
    return Value(kind, array.reshape(shape), dtype, tuple(of))


def _failure(told: dict[str, Any]) -> Failure:
    return Failure(
        kind=_text(told["kind"], 100),
        text=_text(told["text"], 2000),
        file=_text(told["file"], 200),
        line=int(told["line"]),
        function=_text(told["function"], 200),
        source=_text(told["source"], 300),
    )


def _text(told: Any, limit: int) -> str:
    """Text that can be written to a file: no halves of characters."""
    return str(told)[:limit].encode("utf-8", "replace").decode("utf-8")
