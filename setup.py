"""Compiles the engine's Python files with Cython where there is a C compiler; without one they run as they are.

`autograd/_native.py` decides which at import, from the record this build leaves beside the extensions.
"""

import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

sys.path.insert(0, str(Path(__file__).parent / "autograd"))
import _native  # noqa: E402  (the list of modules and the record are written once, there)

flags = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno"]
extensions = cythonize(
    [Extension(f"autograd.{name}", [f"autograd/{name}.py"], extra_compile_args=flags) for name in _native.MODULES],
    compiler_directives={"language_level": 3, "cdivision": True},
    build_dir="build/cython",
)
for extension in extensions:
    extension.optional = True  # cythonize drops it; without a C compiler the pure files serve


class BuildAndRecord(build_ext):
    def run(self):
        super().run()
        target = Path("autograd") if self.inplace else Path(self.build_lib) / "autograd"
        _native.record(target)


setup(ext_modules=extensions, cmdclass={"build_ext": BuildAndRecord})
