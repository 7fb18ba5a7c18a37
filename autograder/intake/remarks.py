"""Reads a submission for what no check can see: ways around a ban, or into the grader.

For the instructor's eyes. A remark costs no points and proves nothing: it says in which line to
look. The reading is linear in the text, and raises nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from autograder.kit.scan import aliases_of, dotted
from autograder.kit.source import without_magics


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MOST = 20  # remarks on one submission
_LONGEST = 300_000  # characters of a piece that is read
_LONG_WORD = 400  # characters without a space: no sentence, no path, no URL
_LONG_BYTES = 120
_MANY_NUMBERS = 300

_NATIVE = "reaches native code"
_PROCESS = "reaches other processes or the system"
_FRAMES = "reaches frames, code or the memory of its callers"
_IMPORTS = "reaches the import machinery"
_THREADS = "starts threads or processes"
_BYTES = "decodes or unpacks bytes"
_SERIAL = "builds objects out of bytes"
_LATER = "runs code later, when nobody looks"
_PATCHES = "replaces parts of other modules"
_OURS = "is part of the grader"

# What a module is good for; after the colon, what of it is innocent.
_MODULES: dict[str, tuple[str, frozenset[str]]] = {
    module: (what, frozenset(innocent.split()))
    for what, lines in {
        _NATIVE: """ctypes: _ctypes: cffi: _cffi_backend: pybind11: cython: numba: mmap:
            torch.utils.cpp_extension: numpy.ctypeslib: triton:""",
        _PROCESS: """subprocess: socket: signal: pty: fcntl: resource: ptrace: psutil: asyncio:
            posix: _posixsubprocess: _socket: syslog: termios: faulthandler: pwd:
            os: environ getenv path makedirs mkdir listdir getcwd chdir sep cpu_count remove unlink
            rename replace walk scandir stat getpid name linesep rmdir fspath PathLike pathsep
            sched_getaffinity curdir pardir urandom access F_OK R_OK isatty sysconf
            get_terminal_size""",
        _FRAMES: """gc: collect enable disable
            inspect: signature isclass isfunction ismethod getmembers getdoc getsource Parameter
            dis: trace: bdb: code: codeop: opcode: tracemalloc: linecache: _testcapi:
            weakref: ref proxy WeakValueDictionary WeakKeyDictionary
            types: SimpleNamespace ModuleType MethodType GeneratorType NoneType LambdaType
            traceback: print_exc format_exc print_exception format_exception""",
        _IMPORTS: """importlib: reload metadata resources
            importlib.util: find_spec
            imp: runpy: zipimport: pkgutil: builtins: __builtin__: _imp: modulefinder:""",
        _THREADS: """threading: _thread: concurrent: sched: queue:
            multiprocessing: cpu_count freeze_support set_start_method
            torch.multiprocessing: cpu_count freeze_support set_start_method
            set_sharing_strategy""",
        _BYTES: """base64: binascii: zlib: crc32 adler32
            lzma: bz2: codecs: open BOM_UTF8
            quopri: uu:""",
        _SERIAL: """pickle: load dump dumps HIGHEST_PROTOCOL UnpicklingError PickleError
            _pickle: marshal: dill: cloudpickle: shelve: copyreg: torch.package:""",
        _LATER: "atexit:",
        _PATCHES: """unittest.mock: mock: pytest: monkeypatch: wrapt: forbiddenfruit:
            torch.library: torch.overrides: torch.utils._python_dispatch: torch.ops: torch.classes:
            torch.hub: get_dir set_dir download_url_to_file load_state_dict_from_url
            operator: add sub mul itemgetter gt lt eq truediv""",
        _OURS: "autograder: solutions:",
    }.items()
    for module, _, innocent in re.findall(r"([\w.]+)(:)((?:\s+[\w]+(?![\w.]*:))*)", lines)
}  # fmt: skip
# Names that begin with an underscore and are in everybody's code.
_INNOCENT_PRIVATE = re.compile(
    r"torch\.(optim\.lr_scheduler\._LRScheduler|nn\.modules\.utils\._(single|pair|triple|quadruple)"
    r"|nn\.init\._(calculate_\w+|no_grad_\w+)|nn\.modules\.\w+\._(BatchNorm|ConvNd|Loss|WeightedLoss)"
    r"|nn\.modules\._?\w*\._?NormBase|_dynamo(\.config(\.\w+)?)?|_assert|_six(\.\w+)?|__\w+__"
    r"|utils\.data\._utils(\.collate(\.\w+)?)?|_inductor\.config(\.\w+)?)$"
)
_SYS = _names(
    """
    _getframe _current_frames settrace setprofile meta_path path_hooks path_importer_cache
    addaudithook call_tracing displayhook excepthook unraisablehook modules monitoring
    """
)
_ATTRIBUTES = _names(
    """
    __globals__ __closure__ __code__ __builtins__ __subclasses__ __mro__ __bases__
    __loader__ __wrapped__ __defaults__ __kwdefaults__ __torch_dispatch__ __torch_function__
    __reduce__ __reduce_ex__ __import__ __getattribute__ f_locals f_globals f_back
    f_builtins f_code tb_frame tb_next gi_frame cr_frame ag_frame co_code _getframe
    cell_contents ctypes __array_interface__ __set_name__ __prepare__ __instancecheck__
    redispatch decompose __class_getitem__ _dispatch_library
    """
)
_DEFINED = _names(
    """
    __torch_dispatch__ __torch_function__ __reduce__ __reduce_ex__ __class__
    __getattribute__ __instancecheck__ __prepare__ __array_function__ __array_ufunc__
    """
)
_BUILTINS = _names(
    """
    eval exec compile __import__ __builtins__ breakpoint __loader__
    """
)
_JOINED = (ast.BinOp, ast.JoinedStr, ast.Call, ast.Subscript)
_PATCHABLE = _names(
    """
    torch builtins sys os math unittest autograder numpy inspect importlib json struct
    pickle io random einops typing types time copy operator gc warnings linecache
    """
)
_MAY_BE_SET = re.compile(
    r"(os\.environ|torch\.(backends|_dynamo\.config|_inductor\.config)\..*|sys\.(stdout|stderr|path|argv"
    r"|ps1|dont_write_bytecode|tracebacklimit)|numpy\.random\.seed|warnings\.(showwarning"
    r"|formatwarning|filters)|torch\.manual_seed_value)$"
)
_SYSTEM_PATH = re.compile(r"/(proc|sys|dev/(shm|mem|fd|tty|pts)|etc|root|run)(/|$)|/site-packages/")


def remarks(pieces: Mapping[str, str]) -> list[str]:
    """Sentences with file and line, at most 20, on what is worth a look."""
    counted: dict[tuple[str, str], list[int]] = {}  # file and what -> lines
    try:
        trees = {label: _tree(text) for label, text in pieces.items()}
        own = _own_names(tree for tree in trees.values() if isinstance(tree, ast.Module))
        for label, tree in trees.items():
            if isinstance(tree, str):
                counted.setdefault((label, tree), []).append(1)
                continue
            for line, what in _look(tree, own):
                counted.setdefault((label, what), []).append(line)
    except Exception as error:  # a remark too few is no reason to stop grading
        counted[next(iter(pieces), ""), f"could not be read ({type(error).__name__})"] = [1]
    sentences = []
    order = {label: number for number, label in enumerate(pieces)}
    in_order = sorted(counted.items(), key=lambda one: (order.get(one[0][0], 0), min(one[1])))
    for (label, what), lines in in_order[:_MOST]:
        further = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        sentences.append(f"{label[:100]}, line {min(lines)}: {what[:200]}{further}")
    return sentences


def _tree(text: str) -> ast.Module | str:
    """The parsed text, or why there is none. What is no Python never runs."""
    if len(text) > _LONGEST:
        return f"{len(text):,} characters of code, too many to be read"
    try:
        return ast.parse(without_magics(text))
    except (SyntaxError, ValueError):
        return ast.Module([], [])
    except (RecursionError, MemoryError):
        return "code nested so deeply that it cannot be read"


def _own_names(trees: Iterator[ast.Module]) -> set[str]:
    """Functions defined at the top level: `def eval(model)` is nobody's builtin."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return {node.name for tree in trees for node in tree.body if isinstance(node, kinds)}


def _look(tree: ast.Module, own: set[str]) -> Iterator[tuple[int, str]]:
    aliases = aliases_of(tree)
    harmless = {id(node) for node in _asked_for_membership(tree)}
    for node in ast.walk(tree):  # from the outside in
        if id(node) in harmless:
            continue
        if isinstance(node, ast.Attribute) and dotted(node, aliases):
            harmless.add(id(node.value))  # `torch.ops` in `torch.ops.aten`: one remark will do
        line = getattr(node, "lineno", 0)
        for what in _of_node(node, aliases, own):
            yield line, what


def _asked_for_membership(tree: ast.Module) -> Iterator[ast.AST]:
    """`"google.colab" in sys.modules` only asks; `sys.modules[f.__module__]` is one's own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and getattr(node.slice, "attr", "") == "__module__":
            yield node.value
        if isinstance(node, ast.Compare):
            for operator, one in zip(node.ops, node.comparators, strict=True):
                if isinstance(operator, ast.In | ast.NotIn):
                    yield one


def _of_node(node: ast.AST, aliases: Mapping[str, str], own: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for item in node.names:
            yield from _of_import(item.name, whole=True)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for item in node.names:
            yield from _of_import(f"{node.module}.{item.name}", whole=False)
    elif isinstance(node, ast.Attribute):
        yield from _of_attribute(node, aliases)
    elif isinstance(node, ast.Name):
        if node.id in _BUILTINS - own:
            yield f"`{node.id}` runs or imports code made from text"
    elif isinstance(node, ast.Call):
        yield from _of_call(node, aliases, own)
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node.value)
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        if len(node.elts) > _MANY_NUMBERS and all(map(_is_number, node.elts[:_MANY_NUMBERS])):
            yield f"a table of {len(node.elts):,} numbers"
    elif isinstance(node, ast.FunctionDef):
        if node.name in _DEFINED:
            yield f"`{node.name}` is defined: it answers for what is done with the object"
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        yield from _of_assignment(node, aliases)


def _of_import(name: str, whole: bool) -> Iterator[str]:
    """`whole`: an `import x`; what of it is used is seen where it is used."""
    for depth in range(name.count(".") + 1, 0, -1):
        module = ".".join(name.split(".")[:depth])
        if module in _MODULES:
            what, innocent = _MODULES[module]
            member = name[len(module) + 1 :].partition(".")[0]
            if not (whole and not member and innocent) and member not in innocent:
                yield f"`{name}` {what}"
            return
    yield from _private(name)


def _private(name: str) -> Iterator[str]:
    parts = name.split(".")
    if parts[0] == "torch" and not _INNOCENT_PRIVATE.match(name):
        for depth, part in enumerate(parts):
            if part.startswith("_") and not (part.startswith("__") and part.endswith("__")):
                yield f"`{'.'.join(parts[: depth + 1])}` is a private part of torch"
                return
            if part == "CompilationUnit":
                yield f"`{name}` runs or imports code made from text"


def _of_attribute(node: ast.Attribute, aliases: Mapping[str, str]) -> Iterator[str]:
    full = dotted(node, aliases)
    if full is None:
        if node.attr in _ATTRIBUTES:
            yield f"`.{node.attr}` {_FRAMES}"
        return
    if full.startswith("sys."):
        name = full.split(".")[1]
        if name in _SYS:
            yield f"`sys.{name}` {_FRAMES if name != 'modules' else _IMPORTS}"
    elif node.attr in _ATTRIBUTES or node.attr in ("__file__", "__path__", "__dict__"):
        yield f"`{full}` {_FRAMES}"
    else:
        yield from _of_import(full, whole=full in _MODULES)


def _of_call(node: ast.Call, aliases: Mapping[str, str], own: set[str]) -> Iterator[str]:
    if not isinstance(node.func, ast.Name) or node.func.id in own or not node.args:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("fromhex", "from_bytes"):
            yield f"`.{node.func.attr}` {_BYTES}"
        if node.args and dotted(node.func, aliases) == "importlib.reload":
            again = dotted(node.args[0], aliases) or ""
            if again.partition(".")[0] in _PATCHABLE:
                yield f"`{again}` is loaded anew"
        return
    base = dotted(node.args[0], aliases)
    called = node.func.id
    if called in ("getattr", "setattr", "delattr", "vars", "dir") and base:
        root = base.partition(".")[0]
        if called == "getattr" and len(node.args) > 1:
            if root in _PATCHABLE and isinstance(node.args[1], _JOINED):
                yield f"`getattr` on `{base}` with a name that is put together"
            full = dotted(node, aliases)
            if full:
                yield from _of_import(full, whole=False)
        elif called in ("setattr", "delattr") and root in _PATCHABLE:
            if not _MAY_BE_SET.match(f"{base}.x"):
                yield f"`{called}` on `{base}` {_PATCHES}"
        elif called == "vars" and root in _PATCHABLE:
            yield f"`vars` of `{base}` {_FRAMES}"
    elif called == "open" and isinstance(node.args[0], ast.Constant):
        if type(node.args[0].value) is int:
            yield f"`open` of a descriptor {_PROCESS}"
    elif called in ("map", "reduce", "partial"):
        passed = getattr(node.args[0], "id", "")
        if passed in ("getattr", "setattr"):
            yield f"`{passed}` is passed on, with names that are put together"


def _of_constant(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value in _ATTRIBUTES - {"ctypes", "decompose"}:
            yield f'the text "{value}" {_FRAMES}'
        if len(value) < 500 and _SYSTEM_PATH.match(value):
            yield f'the path "{value[:60]}"'
        longest = max(map(len, value[:_LONGEST].split()), default=0)
        if longest > _LONG_WORD:
            yield f"a text with a run of {longest:,} characters without a space"
    elif isinstance(value, bytes) and len(value) > _LONG_BYTES:
        yield f"a literal of {len(value):,} bytes"
    elif isinstance(value, int) and value.bit_length() > 256:
        yield f"a number of {value.bit_length():,} bits"


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        node = node.elts[0]
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _of_assignment(
    node: ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete, aliases: Mapping[str, str]
) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
    for target in targets:
        if isinstance(target, ast.Name) and target.id in _BUILTINS and target.id not in aliases:
            yield f"`{target.id}` is assigned"
        if isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Attribute):
            full = dotted(target, aliases)
            if full and full.partition(".")[0] in _PATCHABLE and not _MAY_BE_SET.match(full):
                yield f"`{full}` is assigned: it {_PATCHES}"
