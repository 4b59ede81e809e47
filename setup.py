"""Compiles the engine's Python files with Cython where there is a C compiler; without one they run as they are.

`autograd/_native.py` decides which at import, from the record this build leaves beside the extensions.
"""

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).parent / "autograd"))
import _native  # the list of modules and the record of a build are written once, there

# The vectors of `_lanes.pxd` go from inlined function to inlined function: how others would take them (psabi) is of no matter.
flags = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno", "-Wno-psabi"]
# gcc clears a new node with `rep stos`, whose start-up costs a fifth of making the node; stores in a row cost nothing.
UNROLLED_MEMSET = "-mmemset-strategy=unrolled_loop:256:noalign,libcall:-1:noalign"
# A comparison with NaN may raise a flag that nobody reads, and a loop may then compare several numbers at once.
LOOPS = [] if sys.platform == "win32" else ["-fno-trapping-math"]


def extension(name, source, options=()):
    return Extension(f"autograd.{name}", [source], extra_compile_args=[*flags, *options])


def for_instruction_set(name, instructions):
    """The same source under another name: an extension's name is in its C code."""
    copied = f"{name}_{instructions}"
    source = Path("build", "sources", _native.source_of(copied))
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(Path("autograd", _native.source_of(name)).read_bytes())
    return extension(copied, str(source), [*LOOPS, *_native.INSTRUCTION_SETS[instructions]])


wide = [
    for_instruction_set(name, instructions)
    for name in _native.BY_INSTRUCTION_SET
    for instructions in _native.INSTRUCTION_SETS
    if sys.platform != "win32" and platform.machine() in ("x86_64", "AMD64")
]
extensions = cythonize(
    [
        *[
            extension(name, f"autograd/{_native.source_of(name)}", LOOPS * (name in _native.BY_INSTRUCTION_SET))
            for name in _native.MODULES
        ],
        *wide,
    ],
    compiler_directives={"language_level": 3, "cdivision": True},
    build_dir="build/cython",
)
for built in extensions:
    built.optional = True  # cythonize drops it; without a C compiler the pure files serve


class BuildAndRecord(build_ext):
    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # a minute instead of two, for who waits for the first demo

    def build_extensions(self):
        if self.accepts(UNROLLED_MEMSET):
            for extension in self.extensions:
                extension.extra_compile_args = [*extension.extra_compile_args, UNROLLED_MEMSET]
        super().build_extensions()

    def accepts(self, flag):
        """Whether the compiler takes a flag: it is gcc's, and x86's, alone."""
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


setup(ext_modules=extensions, cmdclass={"build_ext": BuildAndRecord})
