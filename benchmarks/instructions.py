"""Instructions an operation: what making, passing and freeing a node cost, free of the noise of a clock.

    python benchmarks/instructions.py

needs valgrind. Each figure is a difference of two runs, of a graph of N nodes and of one of 2 N, so that starting Python and
importing autograd are not in it.
"""

import os
import re
import shutil
import subprocess
import sys

N = 4_000

FORWARD = """
def build(n):
    y = x
    for _ in range(n // 4):
        y = (y * 1.0001 + w).tanh() - w
    return y
"""

WORK = {
    "forward": "kept = build(N)",
    "forward, backward": "kept = build(N); kept.backward()",
    "forward, free": "kept = build(N); del kept",
    "forward, gradients": "kept = build(N); more = gradients(kept, [x, w])",
    "leaky_relu": "kept = [leaky_relu(x) for _ in range(N)]",
}

PROGRAM = """
import gc, os, sys
gc.disable()
from autograd import Value, gradients, leaky_relu
N = int(sys.argv[1])
x, w = Value(0.5), Value(0.25)
{forward}
{work}
os._exit(0)
"""


def run(work, n, *tool):
    program = PROGRAM.format(forward=FORWARD, work=work)
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run([*tool, sys.executable, "-c", program, str(n)], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done


def instructions(work, n):
    done = run(work, n, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def main():
    if not shutil.which("valgrind"):
        sys.exit("this counts with valgrind, which is not installed here")
    count = {name: (instructions(work, 2 * N) - instructions(work, N)) / N for name, work in WORK.items()}
    forward = count["forward"]
    print(f"forward    {forward:8.1f} instructions a node")
    print(f"backward   {count['forward, backward'] - forward:8.1f}")
    print(f"free       {count['forward, free'] - forward:8.1f}")
    print(f"gradients  {count['forward, gradients'] - forward:8.1f}  of a node of the graph that is differentiated, in Values")
    print(f"leaky_relu {count['leaky_relu']:8.1f}")


if __name__ == "__main__":
    main()
