"""Which build of the engine runs: the compiled extensions, or the same files as plain Python.

The compiled one runs, unless `SCALAR_AUTOGRAD_PURE=1` is set (to step through with a debugger), or no extension was built, or a
source file has changed since the extensions were made: then the plain files run, with a warning.
"""

import hashlib
import os
import sys
import warnings
from importlib import import_module, machinery, util
from pathlib import Path

MODULES = (
    "engine.reductions",
    "engine.table",
    "engine.primitives",
    "engine.modes",
    "engine.origins",
    "engine.value",
    "engine.value_type",
    "engine.over_lists",
    "engine.functions",
    "engine.backward",
    "engine.gradients",
    "engine.forward",
    "compiler.passes",
    "compiler.from_graph",
    "compiler.plan_operations",
    "compiler.plan_shared",
    "compiler.unchanged",
    "pictures.columns",
)
"""The modules that run compiled or as plain Python, by folder, each after those it needs."""

TEMPLATES = ("runtime.kernels", "runtime.loops")
"""Compiled only, once for each instruction set, from files that runtime/native_sources.py fills in."""

NATIVE_ONLY = (
    *TEMPLATES,
    "runtime.executor",
    "runtime.looping",
    "runtime.descent",
    "runtime.partial_sums",
    "compiler.fast_results",
    "compiler.fast_calls",
)
"""The modules that have no plain form. Where they are missing, compiler/numpy_executor.py runs programs."""

INSTRUCTION_SETS = {
    "avx2": ("-mavx2",),
    "avx512": ("-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mprefer-vector-width=512"),
}
"""The compiler's options for registers wider than every processor has. The modules are named loops_avx2, kernels_avx2, ...;
runtime/instruction_sets.py chooses at import which of them run."""

MADE_WITH = ("runtime/kernel_table.py", "runtime/instruction_kinds.py", "runtime/native_sources.py", "engine/_libm.py")
"""What the templates are filled in with, besides the modules and the .pxd files."""

RECORD = f"_native.{sys.implementation.cache_tag}.sha256"
"""Beside the extensions: the fingerprint of what they were made from. One for each Python, as the extensions are."""


def source_of(module: str) -> str:
    """The file of a module, from the package's folder on."""
    suffix = ".pyx.tp" if module in TEMPLATES else ".pyx" if module in NATIVE_ONLY else ".py"
    return module.replace(".", "/") + suffix


def _fingerprint(folder: Path) -> str:
    """Of every file the extensions are made from."""
    digest = hashlib.sha256()
    sources = (*MADE_WITH, *map(source_of, (*MODULES, *NATIVE_ONLY)))
    for file in sorted([*folder.rglob("*.pxd"), *(folder / source for source in sources)]):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def extensions(folder: Path) -> list[Path]:
    """The compiled modules that there are."""
    wide = [f"{name}_{instructions}" for name in TEMPLATES for instructions in INSTRUCTION_SETS]
    stems = [folder.joinpath(*name.split(".")) for name in (*MODULES, *NATIVE_ONLY, *wide)]
    files = [stem.with_name(stem.name + suffix) for stem in stems for suffix in machinery.EXTENSION_SUFFIXES]
    return [file for file in files if file.exists()]


def forget(target: Path) -> None:
    """Called before a build: takes away what an earlier one left in `target`, in case this one fails."""
    for file in [*extensions(target), target / RECORD]:
        file.unlink(missing_ok=True)


def record(target: Path) -> None:
    """Called after a build: notes what the extensions in `target` were made from."""
    built = {f"{file.parent.name}.{file.name.partition('.')[0]}" for file in extensions(target)}
    file = target / RECORD
    if built.issuperset((*MODULES, *NATIVE_ONLY)):
        file.write_text(_fingerprint(Path(__file__).parent) + "\n")
    else:
        file.unlink(missing_ok=True)


def _chosen_build(folder: Path) -> str:
    if os.environ.get("SCALAR_AUTOGRAD_PURE", "") not in ("", "0"):
        return "pure"
    if not extensions(folder):
        return "pure"
    record = folder / RECORD
    if record.exists() and record.read_text().strip() == _fingerprint(folder):
        return "compiled"
    warnings.warn(
        "autograd's source files have changed since its extensions were compiled, so the plain Python files run, slowly: "
        "build again with `make build`",
        RuntimeWarning,
        stacklevel=4,
    )
    return "pure"


build = ""
"""What `load` chose: "compiled" or "pure"."""


def load(package: str) -> str:
    """Imports the engine's modules in the build that was chosen and returns its name, "compiled" or "pure"."""
    global build
    folder = Path(__file__).parent
    build = _chosen_build(folder)
    if build == "pure":
        for name in MODULES:
            import_module(f"{package}.{name.partition('.')[0]}")
            _load_source(f"{package}.{name}", folder / source_of(name))
    return build


def _load_source(name: str, file: Path) -> None:
    from . import _cython

    if name in sys.modules:
        return
    spec = util.spec_from_file_location(name, file, loader=machinery.SourceFileLoader(name, str(file)))
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    installed = sys.modules.get("cython")
    sys.modules["cython"] = _cython  # for the `import cython` of the sources: they need no Cython to run uncompiled
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        if installed is None:
            del sys.modules["cython"]
        else:
            sys.modules["cython"] = installed
    package, _, short = name.rpartition(".")
    setattr(sys.modules[package], short, module)
