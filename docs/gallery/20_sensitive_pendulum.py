# %% [markdown]
# # How fast a double pendulum forgets
#
# The derivative of where it is by where it began grows by the same factor again and again: that is what chaos means.

# %%
import matplotlib.pyplot as plt

import autograd
from autograd import cos, sin


def slopes(s):
    a, b, va, vb = s
    d = a - b
    den = 3.0 - cos(2.0 * d)
    fa = (-29.43 * sin(a) - 9.81 * sin(a - 2 * b) - 2 * sin(d) * (vb * vb + va * va * cos(d))) / den
    fb = 2 * sin(d) * (2 * va * va + 19.62 * cos(a) + vb * vb * cos(d)) / den
    return va, vb, fa, fb


def course(angle):
    def step(s, _):
        h = 0.01
        middle = [x + h / 2 * dx for x, dx in zip(s, slopes(s), strict=True)]
        s = tuple(x + h * dx for x, dx in zip(s, slopes(middle), strict=True))
        return s, s[1]

    _, second = autograd.scan(step, (angle, 2.0, 0.0, 0.0), 2000)
    return second[::20]


times = [0.2 * i for i in range(100)]
angles = course(2.0)
growth = [abs(slope) for slope in autograd.jvp(course, (2.0,), (1.0,))[1]]
figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained")
above.plot(times, angles, label="begun at 2 rad")
above.plot(times, course(2.0 + 1e-6), "--", label="begun a millionth further")
above.set_ylabel("angle of the second arm")
above.legend()
below.semilogy(times, growth)
below.set_ylabel("its derivative by the start")
below.set_xlabel("seconds")
figure.savefig("20_sensitive_pendulum.svg")
