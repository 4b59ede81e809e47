"""What `make stress` runs for as long as one likes, and `make test` for a moment. Each program begins with what it does.

make stress SECONDS=600 SEED=7      so long for each program; by default 60 s, and a seed that is drawn and said
"""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from processes import environment

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("STRESS_SECONDS", "0"))  # 0 in `make test`
SEED = os.environ.get("STRESS_SEED") or (str(random.SystemRandom().randrange(10**6)) if SECONDS else "1")
pytestmark = pytest.mark.timeout(300 + 30 * SECONDS)
GRAPHS = {"compiled": 1_000_000, "pure": 20_000} if SECONDS else {"compiled": 1000, "pure": 300}


def stressed(ag, program, *arguments, **variables):
    """Runs one of the programs, with the time it has by itself and a lot on top."""
    command = [sys.executable, str(HERE / program), str(SECONDS or 0.5), SEED, *map(str, arguments)]
    done = subprocess.run(command, env=environment(ag, **variables), capture_output=True, text=True, timeout=280 + 20 * SECONDS)
    assert done.returncode == 0, f"seed {SEED}, exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    print(f"\nseed {SEED}, {ag.build}, {done.stdout.strip()}")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_threads_and_forks(ag):
    stressed(ag, "threads.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no timers of this kind here")
def test_interrupts(ag):
    if ag.build == "pure":
        pytest.skip(
            "uncompiled, Ctrl-C may come at the first line of a block's __exit__, before anything was undone and after which "
            "Python calls nothing else; and inside a __del__, where Python swallows it"
        )
    stressed(ag, "interrupts.py", 0.2 if SECONDS else 5.0)  # a machine that is busy otherwise fails no test


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the pages of a process are counted by /proc")
def test_memory_stays_flat(ag):
    stressed(ag, "memory.py", GRAPHS[ag.build])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is killed here")
def test_killed_while_writing(ag):
    if ag.build == "pure":
        pytest.skip("files are written by the same code in both builds")
    stressed(ag, "kills.py")


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is asked in the way of Linux")
def test_refused_allocations(ag, tmp_path):
    if ag.build == "pure":
        pytest.skip("all memory is Python's there")
    shim = tmp_path / "failing.so"
    compiled = subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", shim, HERE / "failing.c", "-ldl"], capture_output=True, text=True
    )
    assert compiled.returncode == 0, compiled.stderr  # there was a compiler for the extensions
    stressed(ag, "allocations.py", shim, LD_PRELOAD=str(shim))
