"""What happens in the oracle's child: the reference, plain or with one mistake put in, is probed.

Runs in a child of the zygote that never sees student code.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import types
import warnings
from collections.abc import Mapping
from typing import Any

from autograder.course import find_assignment
from autograder.kit.mistake import Misconception, load_misconceptions
from autograder.grading.reference import reference_modules
from autograder.kit.values import Observation, Run
from autograder.kit.check import Check
from autograder.kit.modules import SourceFinder, load
from autograder.kit.run import observe_run
from autograder.sandbox.child import sender
from autograder.kit.source import Modules, labels


def main(work: bytes, checks: Mapping[str, Check], out: int) -> None:
    """The oracle's child: load the reference, run the probes, send what was seen."""
    request: dict[str, Any] = json.loads(work)
    gc.disable()
    warnings.simplefilter("ignore")  # a mistake put in may well deserve one
    modules = reference_modules(find_assignment(request["assignment"]))
    patches = load_misconceptions(request["assignment"])
    send = sender(out)
    told = [{"name": m.name, "target": m.target, "hint": m.hint} for m in patches.values()]
    send("mistakes", Observation(), {"mistakes": told})
    sys.meta_path.insert(0, SourceFinder(modules))
    plain: dict[str, types.ModuleType] = {}
    for asked in request["runs"]:
        run = Run(**asked)
        check = checks[run.check]
        with contextlib.redirect_stdout(None):
            if run.variant:
                module = patched_reference(check.file, modules, patches[run.variant])
            else:
                module = plain.setdefault(check.file, fresh(check.file, modules))
            observation = observe_run(check, run.mode, module, request["seed"], labels(modules))
        send(run.check, observation)


def fresh(name: str, modules: Modules) -> types.ModuleType:
    """A newly executed copy of a reference module."""
    for module in modules:
        sys.modules.pop(module, None)
    return load(name)


def patched_reference(name: str, modules: Modules, mistake: Misconception) -> types.ModuleType:
    """A reference module with one mistake put in."""
    module = fresh(name, modules)
    mistake.patch(module)
    return module
