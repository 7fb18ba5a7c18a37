"""Code that attacks the grader earns nothing by it and harms nobody."""

from __future__ import annotations

import time

import pytest

from tests.conftest import Workspace

WRONG_NORM = "class LayerNorm:\n    def forward(self, inputs):\n        return inputs * 0\n"

# Ways to cheat or to harm, each run at import in front of a file whose LayerNorm is wrong.
ATTACKS = {
    "forged frames": """
import os, json, struct
def frame(tag):
    header = {"tag": tag, "values": [], "failure": None, "seconds": 0, "extra": {}}
    text = json.dumps(header).encode()
    return struct.pack("<IQ", len(text), 0) + text
for tag in ("load", "layer_norm_values", "layer_norm_gradients", "layer_norm_eps", "verdict"):
    os.write(3, frame(tag))
""",
    "a claim that the sandbox is broken": """
import os, json, struct
failure = {"kind": "x", "text": "y", "file": "", "line": 0, "function": "", "source": ""}
header = {"tag": "broken", "values": [], "failure": failure, "seconds": 0, "extra": {}}
text = json.dumps(header).encode()
os.write(3, struct.pack("<IQ", len(text), 0) + text)
os._exit(0)
""",
    "garbage on the channel": "import os\nos.write(3, b'\\xff' * 5000)\n",
    "a frame that claims to be huge": (
        "import os, struct\nos.write(3, struct.pack('<IQ', 10, 1 << 62))\n"
    ),
    "endless data": "import os\nwhile True: os.write(3, b'{' * 65536)\n",
    "a closed channel": "import os\nos.close(3)\n",
    "patched comparing": """
import torch, math
torch.allclose = torch.equal = lambda *a, **k: True
torch.Tensor.__eq__ = lambda *a: True
math.isclose = lambda *a, **k: True
""",
    "patched grader": """
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("autograder"):
        for key, value in list(vars(module).items()):
            if callable(value) and not isinstance(value, type):
                setattr(module, key, lambda *a, **k: None)
""",
    "patched probes": """
import sys
from autograder.kit.checks import check
for module in list(sys.modules.values()):
    for value in list(vars(module).values()) if hasattr(module, "__dict__") else []:
        if type(value) is check.Check:
            object.__setattr__(value, "points", 1000.0)
            object.__setattr__(value, "probe", lambda student, draw: {})
""",
    "zeros for random inputs": """
import torch
from autograder.kit.draw import Draw
Draw.normal = lambda self, *shape, **k: torch.zeros(shape, dtype=self.dtype)
""",
    "a fork bomb": "import os\ntry:\n    while True: os.fork()\nexcept OSError: pass\n",
    "a thread bomb": """
import threading, time
try:
    while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError: pass
""",
    "killing everybody": """
import os, signal
for pid in (os.getppid(), 1, 0, -1):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
""",
    "a network": """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family); raise SystemError("a socket")
    except OSError: pass
""",
    "written files": """
import os
for path in ("/tmp/hostile", "/dev/shm/hostile", "../hostile", "/var/tmp/hostile"):
    try:
        open(path, "w").write("x"); raise SystemError("a file")
    except OSError: pass
""",
    "another program": """
import os, subprocess
for run in (lambda: os.execv("/bin/sh", ["sh"]), lambda: subprocess.run(["true"])):
    try:
        run(); raise SystemError("a program")
    except OSError: pass
""",
    "more time": """
import resource
for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
    try:
        resource.setrlimit(kind, (-1, -1)); raise SystemError("a limit")
    except (OSError, ValueError): pass
""",
    "stopping itself": """
import os, signal
try: os.kill(os.getpid(), signal.SIGSTOP)
except OSError: pass
""",
    "exit handlers": "import atexit, os\natexit.register(lambda: os.write(3, b'x'))\n",
    "an import hook": "import sys\nsys.meta_path.clear(); sys.modules.pop('torch', None)\n",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_earns_nothing_and_the_next_one_is_graded_right(
    attack: str, workspace: Workspace
) -> None:
    right = (workspace.folder / "vit_solution.py").read_text()
    workspace.change(WRONG_NORM, head=ATTACKS[attack])
    result = workspace.grade()
    earned = sum(c.points for c in result.checks if c.target == "vit_solution:LayerNorm.forward")
    assert earned == 0
    assert not [c.message for c in result.checks if "SystemError" in c.message]
    assert sum(c.points for c in result.checks if c.target.startswith("lstm")) == 9
    assert sum(c.max_points for c in result.checks) == 37
    workspace.write("vit_solution.py", right)
    assert workspace.grade().score == 37


TRICKS = {
    "an exception that never ends": """
class Endless(Exception):
    def __str__(self):
        while True: pass
class LayerNorm:
    def forward(self, inputs): raise Endless
""",
    "an exception with a huge text": """
class LayerNorm:
    def forward(self, inputs): raise ValueError("x" * 10**8)
""",
    "recursion": "class LayerNorm:\n    def forward(self, inputs): return self.forward(inputs)\n",
    "a result with properties that raise": """
class Odd:
    @property
    def __class__(self): raise RuntimeError
    def __eq__(self, other): return True
    def __getattr__(self, name): raise RuntimeError
class LayerNorm:
    def forward(self, inputs): return Odd()
""",
    "a tensor that says yes to everything": """
class Yes(Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return True
class LayerNorm:
    def forward(self, inputs): return inputs.as_subclass(Yes)
""",
    "a string that is a megabyte long": """
class LayerNorm:
    def forward(self, inputs): return "x" * 2_000_000
""",
    "a tensor that is too large to send": """
class LayerNorm:
    def forward(self, inputs): return torch.zeros(1, dtype=inputs.dtype).expand(2**26)
""",
    "a crash in C": """
import ctypes
class LayerNorm:
    def forward(self, inputs): ctypes.string_at(0)
""",
    "an operation brought back": """
import gc, weakref
def revive():
    for thing in gc.get_objects():
        try:
            if isinstance(thing, torch.library.Library): thing._destroy()
        except Exception: pass
    for finalizer in list(weakref.finalize._registry):
        try: finalizer()
        except Exception: pass
class LayerNorm:
    def forward(self, inputs):
        revive()
        shape = [inputs.shape[-1]]
        return torch.native_layer_norm(inputs, shape, self.weight, self.bias, self.eps)[0]
""",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_in_one_function_costs_that_function_and_no_other(
    trick: str, workspace: Workspace
) -> None:
    started = time.monotonic()
    workspace.change(TRICKS[trick])
    result = workspace.grade()
    assert {c.target for c in result.checks if c.status != "passed"} == {
        "vit_solution:LayerNorm.forward"
    }
    assert result.score == 32
    assert all(len(check.message) < 5000 for check in result.checks)
    assert time.monotonic() - started < 90
