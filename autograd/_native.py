"""Which build of the engine runs: the compiled extensions, or the same files as plain Python.

Compiled, unless `SCALAR_AUTOGRAD_PURE=1` is set (to step through with a debugger), or no extension was built, or a source
file is not the one its extension was made from: then the source runs, and a warning says so.
"""

import hashlib
import os
import sys
import warnings
from importlib import import_module, machinery, util
from pathlib import Path

MODULES = (
    "engine.reductions",
    "engine.primitives",
    "engine.value",
    "engine.functions",
    "engine.backward",
    "engine.forward",
    "runtime.elementary",
    "runtime.loops",
    "runtime.executor",
    "compiler.fast_calls",
    "compiler.passes",
    "compiler.from_graph",
    "compiler.plan_shared",
)
"""The compiled modules, by folder, each after those it needs."""

BY_INSTRUCTION_SET = ("runtime.elementary", "runtime.loops")
"""The modules that are also compiled for wider registers than every processor has."""

INSTRUCTION_SETS = {
    "avx2": ("-mavx2",),
    "avx512": ("-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mprefer-vector-width=512"),
}
"""The compiler's options for each. Their modules are named loops_avx2, ...; which ones run is chosen at import."""

RECORD = f"_native.{sys.implementation.cache_tag}.sha256"
"""Beside the extensions: the fingerprint of what they were made from. One for each Python, as the extensions are."""


def source_of(module: str) -> str:
    """The file of a module, from the package's folder on."""
    return module.replace(".", "/") + ".py"


def _fingerprint(folder: Path) -> str:
    """Of every file the extensions are made from."""
    digest = hashlib.sha256()
    for file in sorted([*folder.rglob("*.pxd"), *(folder / source_of(name) for name in MODULES)]):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _extensions(folder: Path) -> list[Path]:
    wide = [f"{name}_{instructions}" for name in BY_INSTRUCTION_SET for instructions in INSTRUCTION_SETS]
    stems = [folder.joinpath(*name.split(".")) for name in (*MODULES, *wide)]
    files = [stem.with_name(stem.name + suffix) for stem in stems for suffix in machinery.EXTENSION_SUFFIXES]
    return [file for file in files if file.exists()]


def forget(target: Path) -> None:
    """Called before a build: takes away what an earlier one left in `target`, in case this one fails."""
    for file in [*_extensions(target), target / RECORD]:
        file.unlink(missing_ok=True)


def record(target: Path) -> None:
    """Called after a build: notes what the extensions in `target` were made from."""
    built = {f"{file.parent.name}.{file.name.partition('.')[0]}" for file in _extensions(target)}
    file = target / RECORD
    if built >= set(MODULES):
        file.write_text(_fingerprint(Path(__file__).parent) + "\n")
    else:
        file.unlink(missing_ok=True)


def _chosen_build(folder: Path) -> str:
    if os.environ.get("SCALAR_AUTOGRAD_PURE", "") not in ("", "0"):
        return "pure"
    if not _extensions(folder):
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


def load(package: str) -> str:
    """Imports the engine's modules in the build that was chosen and returns its name, "compiled" or "pure"."""
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
