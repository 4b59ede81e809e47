# %% [markdown]
# # Learning to throw
#
# A throw with drag is simulated step by step, and differentiated by its angle and its speed. A few steps of least
# squares hit the basket.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd.optimize import least_squares

basket = (9.0, 2.0)


def flight(aim, steps=60):
    angle, speed, time = aim
    x, y = 0.0, 1.5
    vx, vy = speed * np.cos(angle), speed * np.sin(angle)
    dt = time / steps
    course = [(x, y)]
    for _ in range(steps):
        v = (vx * vx + vy * vy) ** 0.5
        vx, vy = vx - dt * 0.05 * v * vx, vy - dt * (9.81 + 0.05 * v * vy)
        x, y = x + dt * vx, y + dt * vy
        course.append((x, y))
    return course


def miss(aim):
    x, y = flight(aim)[-1]
    return [x - basket[0], y - basket[1], 0.05 * (aim[1] - 11.0)]  # and not thrown too hard


best = least_squares(miss, [0.4, 8.0, 1.0])
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(*np.array(flight([0.4, 8.0, 1.0])).T, color="lightgrey", label="the first throw")
axes.plot(*np.array(flight(best.x)).T, label=f"after {best.nfev} more: {np.degrees(best.x[0]):.1f}°, {best.x[1]:.2f} m/s")
axes.plot(*basket, "o", markersize=14, markerfacecolor="none", color="tab:orange")
axes.legend()
figure.savefig("19_hit_the_target.svg")
