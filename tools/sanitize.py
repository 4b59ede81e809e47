"""Runs tests on extensions built with gcc's sanitizers of addresses and of undefined behaviour: `make sanitize`.

    python tools/sanitize.py [TESTS ...]     by default those of the executor, calls, plans, compile, files and graphs

A copy of the sources is built in build/sanitize, so the work tree keeps its own extensions. A finding ends the process that it
is made in, and with it a test or all of them: then this exits with an error. Nothing is suppressed.

PYTHONMALLOC=malloc lets the sanitizer see each object of Python's as memory of its own. Leaks are not looked for: CPython does
not free all it has when it ends, and tests/stress/memory.py sees what grows.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HOME = Path(__file__).parents[1]
PLACE = HOME / "build" / "sanitize"
SANITIZED = "-fsanitize=address,undefined"
# After the flags of setup.py, so that these have the last word. With -fno-sanitize-recover a finding is the end.
FLAGS = f"{SANITIZED} -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g1"
TESTS = (
    "tests/engine/test_nodes_over_lists.py",
    "tests/runtime",
    "tests/compiler/test_compile_calls.py",
    "tests/compiler/test_fast_calls.py",
    "tests/compiler/test_fast_structures.py",
    "tests/compiler/test_plan.py",
    "tests/compiler/test_plan_shared.py",
    "tests/compiler/test_program_files.py",
    "tests/corners/test_hostile_program_files.py",
    "tests/corners/test_reading_what_python_passes.py",
    "tests/scenarios/test_graphs.py",
    "tests/scenarios/test_copies_threads.py",
    "tests/scenarios/test_ctrl_c.py",
    "tests/nn/test_damaged_files.py",
    "tests/nn/test_storage.py",
)
# The build without extensions; and tests of how much memory there is, of which the sanitizer takes some for itself: what is
# freed it keeps for a while, 256 MB of it.
LEFT_OUT = "not pure and not flat_memory and not memory_behind"

LIMITS = ("-o", "timeout=3000", "-o", "faulthandler_timeout=3600")
"""Ten times those of pyproject.toml, as much longer as tests take here."""


def copy_sources() -> None:
    """Only what differs is written, so that only that is built again."""
    names = ("autograd", "nn", "tests", "setup.py", "pyproject.toml", "README.md", "LICENSE")
    for source in [file for name in names for file in [HOME / name, *(HOME / name).rglob("*")] if file.is_file()]:
        target = PLACE / source.relative_to(HOME)
        if source.suffix in (".pyc", ".so", ".sha256") or (target.exists() and target.read_bytes() == source.read_bytes()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def library(name: str) -> str:
    found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def main(tests: list[str]) -> int:
    copy_sources()
    requires = tomllib.loads((PLACE / "pyproject.toml").read_text())["build-system"]["requires"]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *requires], check=True)
    build = {"CC": os.environ.get("CC", "gcc"), "SCALAR_AUTOGRAD_CFLAGS": FLAGS, "LDFLAGS": SANITIZED}
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    subprocess.run(command, cwd=PLACE, env={**os.environ, **build}, check=True)
    run = {
        "LD_PRELOAD": " ".join(map(library, ("libasan.so", "libubsan.so", "libstdc++.so.6"))),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(PLACE),
    }
    # Standard error is not captured, or a finding would end the tests without a word; and tests are named before they run.
    how = ["-v", "--capture=sys", "-p", "no:cacheprovider", "-k", LEFT_OUT, *LIMITS]
    pytest = [sys.executable, "-m", "pytest", *how, *tests]
    return subprocess.run(pytest, cwd=PLACE, env={**os.environ, **run}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(TESTS)))
