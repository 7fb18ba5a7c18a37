"""What the instructor is told of a submission's text: the suspicious, and nothing innocent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autograder.intake.remarks import remarks

INNOCENT = sorted((Path(__file__).parent / "innocent").glob("*.py"))
STUDENTS = sorted((Path(__file__).parents[1] / "submissions").glob("*/correct/*/*.py"))


def content(text: str) -> list[str]:
    return remarks({"x.py": text})


@pytest.mark.parametrize("path", INNOCENT, ids=lambda path: path.stem)
def test_what_students_write_is_not_marked(path: Path) -> None:
    assert len(INNOCENT) >= 40
    assert content(path.read_text("utf-8")) == []


def test_no_right_submission_is_marked() -> None:
    assert len(STUDENTS) > 30
    marked = {str(path): content(path.read_text("utf-8")) for path in STUDENTS}
    assert {path: found for path, found in marked.items() if found} == {}


SUSPICIOUS = {
    "import torch\ntorch._C._jit_to_static_module": "`torch._C` is a private part of torch",
    "from torch import _refs": "`torch._refs` is a private part of torch",
    "import torch\ntorch.ops.aten.gru_cell(1)": "`torch.ops.aten.gru_cell` replaces parts",
    "import torch as t\nx = t._VF": "`torch._VF` is a private part of torch",
    "import torch.nn.functional as F\nF._in_projection_packed": "is a private part of torch",
    "from torch.library import Library": "`torch.library.Library` replaces parts",
    "import torch\ntorch.utils._python_dispatch.TorchDispatchMode": "replaces parts",
    "import ctypes": "`ctypes` reaches native code",
    "from cffi import FFI": "`cffi.FFI` reaches native code",
    "import gc\ngc.get_objects()": "`gc.get_objects` reaches frames",
    "import sys\nsys._getframe(1)": "`sys._getframe` reaches frames",
    "import sys\nsys.settrace(print)": "`sys.settrace` reaches frames",
    "import sys\nsys.modules['torch']": "`sys.modules` reaches the import machinery",
    "import inspect\ninspect.stack()": "`inspect.stack` reaches frames",
    "f.__globals__": "`.__globals__` reaches frames",
    "f.__closure__[0].cell_contents": "`.__closure__` reaches frames",
    "f.__code__ = g.__code__": "`.__code__` reaches frames",
    "e.__traceback__.tb_frame.f_locals": "`.f_locals` reaches frames",
    "().__class__.__base__.__subclasses__()": "`.__subclasses__` reaches frames",
    "eval('1 + 1')": "`eval` runs or imports code made from text",
    "run = exec\nrun('x = 1')": "`exec` runs or imports code made from text",
    "def f():\n    def eval(): pass\neval('1')": "`eval` runs or imports code made from text",
    "__import__('torch')": "`__import__` runs or imports code made from text",
    "import importlib\nimportlib.import_module('tor' + 'ch')": "`importlib.import_module` reaches",
    "import importlib, torch\nimportlib.reload(torch.nn)": "`torch.nn` is loaded anew",
    "import os\nos.fork()": "`os.fork` reaches other processes",
    "from os import write": "`os.write` reaches other processes",
    "import subprocess": "`subprocess` reaches other processes",
    "import socket": "`socket` reaches other processes",
    "import signal": "`signal` reaches other processes",
    "open('/proc/self/maps')": 'the path "/proc/self/maps"',
    "open(3, 'wb')": "`open` of a descriptor",
    "import pickle\npickle.loads(b'')": "`pickle.loads` builds objects",
    "import marshal": "`marshal` builds objects",
    "class A:\n    def __reduce__(self): return print, ()": "`__reduce__` is defined",
    "import builtins": "`builtins` reaches the import machinery",
    "import torch\ntorch.allclose = print": "`torch.allclose` is assigned",
    "import torch.nn as nn\nnn.Module.__call__ = print": "`torch.nn.Module.__call__` is assigned",
    "import torch\nsetattr(torch, 'equal', print)": "`setattr` on `torch`",
    "from unittest.mock import patch": "`unittest.mock.patch` replaces parts",
    "import torch\ngetattr(torch, 'layer' + '_norm')": "a name that is put together",
    "import torch\ngetattr(torch, '_C')": "`torch._C` is a private part of torch",
    "import torch\nvars(torch)['layer_norm']": "`vars` of `torch`",
    "import torch\ntorch.__dict__['layer_norm']": "`torch.__dict__` reaches frames",
    "from functools import reduce\nreduce(getattr, names, obj)": "`getattr` is passed on",
    "import base64\nbase64.b64decode(x)": "`base64` decodes",
    "bytes.fromhex('00')": "`.fromhex` decodes",
    "import zlib\nzlib.decompress(x)": "`zlib.decompress` decodes",
    f"blob = '{'a1' * 300}'": "a text with a run of 600 characters",
    f"blob = {b'x' * 300!r}": "a literal of 300 bytes",
    f"blob = {list(range(500))}": "a table of 500 numbers",
    f"blob = {2**600}": "a number of 601 bits",
    "import atexit": "`atexit` runs code later",
    "import threading": "`threading` starts threads",
    "from concurrent.futures import ThreadPoolExecutor": "starts threads",
    "class T:\n    @classmethod\n    def __torch_function__(cls, *a): ...": "`__torch_function__`",
    "from autograder.kit.draw import Draw": "is part of the grader",
    "getattr(f, '__globals__')": 'the text "__globals__"',
    "import torch\ntorch.jit.CompilationUnit('')": "`torch.jit.CompilationUnit`",
    "import torch\nopen(torch.__file__)": "`torch.__file__`",
}


@pytest.mark.parametrize("text", SUSPICIOUS)
def test_what_is_suspicious_is_named_with_its_line(text: str) -> None:
    found = content(text)
    assert any(SUSPICIOUS[text] in one for one in found), found
    assert all(one.startswith("x.py, line ") for one in found)


def test_the_line_is_the_first_of_several() -> None:
    assert content("\nimport os\nos.fork()\nos.fork()") == [
        "x.py, line 3: `os.fork` reaches other processes or the system (and 1 more)"
    ]


def test_there_are_at_most_twenty() -> None:
    assert len(content("import os\n" + "\n".join(f"os.call_{i}()" for i in range(100)))) == 20


@pytest.mark.parametrize(
    "text",
    ["def f(:", "\0", "\ud800", "(" * 100_000, "a" + ".b" * 1500, "-" * 5000 + "1",
     "[" * 3000 + "]" * 3000, "x" * 1_000_000, "", "%%javascript\nalert(1)"],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_nothing_is_raised_whatever_the_text(text: str) -> None:
    assert len(content(text)) <= 1


@pytest.mark.parametrize(
    "line",
    ["a.b.c.d = f(x)[0]\n", "torch.ops.aten.x\n", "a" + ".b" * 200 + "\n", "x = 'ab ' * 9\n"],
)
def test_the_time_grows_with_the_length_of_the_text(line: str) -> None:
    def seconds(size: int) -> float:
        text = line * (size // len(line))
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            content(text)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(80_000) < 4 * 3 * seconds(20_000) + 0.1
