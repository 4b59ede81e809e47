"""Compiles the engine with Cython where there is a C compiler; without one its Python files run as they are.

`autograd/_native.py` decides which at import, from the record this build leaves beside the extensions.
"""

import ast
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

os.environ["SCALAR_AUTOGRAD_PURE"] = "1"  # the kernels are written from the engine's rules, which are Python's functions then
sys.path.insert(0, str(Path(__file__).parent))
from autograd import _native  # it has the list of modules, and keeps the record of a build
from autograd.runtime import native_sources

# Without debug symbols (-g0), which are four fifths of a wheel. The vectors of `_lanes.pxd` go from inlined function to inlined
# function, so how others would pass them (psabi) does not matter.
FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-g0", "-ffp-contract=off", "-fno-math-errno", "-Wno-psabi"]
FLAGS += os.environ.get("SCALAR_AUTOGRAD_CFLAGS", "").split()  # the last word: tools/sanitize.py has other wishes
# A comparison with NaN may raise a flag that nobody reads: without it a loop may compare several numbers at once.
LOOPS = [] if sys.platform == "win32" else ["-fno-trapping-math"]
# gcc clears a new node with `rep stos`, whose start-up costs a fifth of making the node; stores in a row cost nothing.
UNROLLED_MEMSET = "-mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign"
# gcc puts the making of a node into each of Value's operators only if a file may grow so much by that: 30 instructions a node.
INLINED_NODES = "--param=inline-unit-growth=200"


def declare_rules(source=Path("autograd/engine/primitives.py")):
    """Writes the C declarations of the rules in primitives.py, primitives.pxd: so a rule is plain Python, in one place."""
    kinds = {"Number": "Number", "cython.double": "double", "None": "object"}
    lines = ["# Written by setup.py from primitives.py.", "", "from autograd.engine._libm cimport Number", ""]
    for rule in ast.parse(source.read_text()).body:
        if isinstance(rule, ast.FunctionDef):
            operands = ", ".join(f"{kinds[ast.unparse(a.annotation)]} {a.arg}" for a in rule.args.args)
            lines.append(f"cdef {kinds[ast.unparse(rule.returns)]} {rule.name}({operands}) noexcept")
    text, declarations = "\n".join(lines) + "\n", source.with_suffix(".pxd")
    if not declarations.exists() or declarations.read_text() != text:  # an unchanged file is not compiled again
        declarations.write_text(text)


declare_rules()


def extension(name, source, options=()):
    return Extension(f"autograd.{name}", [source], extra_compile_args=[*FLAGS, *options])


def from_template(name, suffix="", options=()):
    """A module for one instruction set. Each has a source of its own, since an extension's name is in its C code."""
    source = Path("build", "sources", f"{name}{suffix}".replace(".", "/") + ".pyx")
    native_sources.write(name.rpartition(".")[2], source)
    return extension(name + suffix, str(source), [*LOOPS, *options])


wide = _native.INSTRUCTION_SETS if sys.platform != "win32" and platform.machine() in ("x86_64", "AMD64") else {}
extensions = cythonize(
    [
        *[
            extension(name, f"autograd/{_native.source_of(name)}")
            for name in (*_native.MODULES, *_native.NATIVE_ONLY)
            if name not in _native.TEMPLATES
        ],
        *[from_template(name) for name in _native.TEMPLATES],
        *[from_template(name, f"_{each}", options) for name in _native.TEMPLATES for each, options in wide.items()],
    ],
    # The engine counts on Python's lock, so a free-threaded Python switches it on when it imports this, and says so.
    compiler_directives={"language_level": 3, "cdivision": True, "freethreading_compatible": False},
    build_dir="build/cython",
)
for built in extensions:
    built.optional = True  # cythonize drops it; without a C compiler the pure files serve


class BuildAndRecord(build_ext):
    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # a minute instead of two until the first demo

    def build_extensions(self):
        if self.accepts(UNROLLED_MEMSET):
            for extension in self.extensions:
                extension.extra_compile_args = [*extension.extra_compile_args, UNROLLED_MEMSET]
        if self.accepts(INLINED_NODES):
            for extension in self.extensions:
                if extension.name == "autograd.engine.value":
                    extension.extra_compile_args = [*extension.extra_compile_args, INLINED_NODES]
        super().build_extensions()

    def accepts(self, flag):
        """Whether the compiler takes a flag: only gcc on x86 has it."""
        if sys.platform == "win32":
            return False
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "flag.c")
            source.write_text("int flag;\n")
            command = [*self.compiler.compiler_so, "-Werror", flag, "-c", str(source), "-o", str(source.with_suffix(".o"))]
            try:
                return subprocess.run(command, capture_output=True).returncode == 0
            except OSError:  # no compiler at all
                return False

    def run(self):
        built, target = Path(self.build_lib, "autograd"), Path("autograd") if self.inplace else Path(self.build_lib, "autograd")
        for folder in {built, target}:
            _native.forget(folder)
        super().run()
        _native.record(target)


class TaggedAsBuilt(bdist_wheel):
    """A wheel without extensions, for want of a compiler, is for every machine and every Python 3."""

    def run(self):
        self.run_command("build")
        self.skip_build = True
        built = Path(self.get_finalized_command("build").build_lib, "autograd")
        self.root_is_pure = not _native.extensions(built)
        super().run()


setup(ext_modules=extensions, cmdclass={"build_ext": BuildAndRecord, "bdist_wheel": TaggedAsBuilt})
