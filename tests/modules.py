"""Modules of the reference, for tests that run it in their own process."""

from __future__ import annotations

import sys
import types

from autograder.course import find_assignment
from autograder.grading.reference import reference_modules
from autograder.kit.modules import SourceFinder, load


def load_reference(assignment: str, name: str) -> types.ModuleType:
    """A newly executed module of an assignment's reference."""
    modules = reference_modules(find_assignment(assignment))
    finder = SourceFinder(modules)
    for module in modules:
        sys.modules.pop(module, None)
    sys.meta_path.insert(0, finder)
    try:
        loaded = load(name)
        assert not finder.failures, finder.failures
        return loaded
    finally:
        sys.meta_path.remove(finder)
        for module in modules:
            sys.modules.pop(module, None)
