"""Compiled functions go to workers of joblib and multiprocessing, from a script as people write it."""

from pathlib import Path

from processes import run_file

import autograd

SCRIPT = """
import multiprocessing
import sys
import warnings

import autograd as ag
from joblib import Parallel, delayed

@ag.compile(in_axes=0)
def squares(x):
    return x * x

@ag.compile
def bent(x):
    return x.sin() if x > 0 else x * scale

scale = 3.0

def cube(x):
    return x**3

slope = ag.compile(ag.grad(cube))

if __name__ == "__main__":
    factor = 10.0
    closure = ag.compile(ag.value_and_grad(lambda x: factor * x * x), threads=1)
    bent(1.0), squares([1.0])
    tasks = [delayed(f)(x) for f, x in [(squares, [2.0, 3.0]), (bent, -1.0), (bent, 0.0), (slope, 2.0), (closure, 2.0)]]
    warnings.simplefilter("ignore")  # of loky, whose workers start as this process has threads
    print([f if isinstance(f, (float, tuple)) else f.tolist() for f in Parallel(n_jobs=2)(tasks)])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(bent, [1.0, -1.0]), pool.map(slope, [2.0]), pool.map(squares, [[2.0, 3.0]])[0].tolist())
"""


def test_joblib_and_spawn(tmp_path: Path) -> None:
    """Decorated functions, closures and transforms; by loky, which sends them whole, and by spawn, which sends names."""
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    one = autograd.sin(1.0)
    by_joblib, by_spawn = run_file(autograd, file).splitlines()
    assert eval(by_joblib) == [[4.0, 9.0], -3.0, 0.0, 12.0, (40.0, 40.0)]
    assert by_spawn == f"{[one, -3.0]} {[12.0]} {[4.0, 9.0]}"
