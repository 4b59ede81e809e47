"""Run by gradients.py where HIPS autograd is installed: the median time of its gradient of Rosenbrock, and the gradient."""

import json
import statistics
import sys
import time

import autograd.numpy as np
from autograd import grad


def rosenbrock(x):
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


n = int(sys.argv[1])
x = np.array([0.1 * (i % 7) - 0.3 for i in range(n)])
gradient = grad(rosenbrock)
gradient(x)
seconds = []
for _ in range(3 if n > 100 else 11):
    begin = time.perf_counter()
    found = gradient(x)
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"seconds": statistics.median(seconds), "gradient": found.tolist()}))
