"""Ctrl-C at random moments of every work: each is answered soon, and leaves nothing half-done.

    python tests/stress/interrupts.py SECONDS SEED [AT_MOST]

Once interrupted, the same work on the same things gives the bits it gave before. A timer asks for the interrupt. The answer is
measured in time on the processor, from when the timer was to go off until the KeyboardInterrupt has come out of the work: what
other programs take of the machine does not count. AT_MOST is the longest that is allowed, in seconds.
"""

import random
import signal
import sys
import time
from typing import Any

from works import WORKS, check_surroundings

SIZES = {"compiled": (300, 30_000), "pure": (300, 3000)}


def interrupted(work: Any, after: float) -> float | None:
    """How late a KeyboardInterrupt is that is asked for after so much time on the processor; None if the work ended before."""
    asked: list[float] = []

    def ask(number: int, frame: Any) -> None:
        asked.append(time.process_time())
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGPROF, ask)
    start = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, after)
        work()
        signal.setitimer(signal.ITIMER_PROF, 0.0)
    except KeyboardInterrupt:
        return time.process_time() - (start + after)
    assert not asked, "a KeyboardInterrupt was swallowed"
    return None


def main(seconds: float, seed: int, at_most: float) -> None:
    import autograd

    rng = random.Random(seed)
    worst: dict[str, float] = {}
    made = {
        (name, size): work.make(size)
        for name, work in WORKS.items()
        for size in SIZES[autograd.build][: 1 if seconds < 5 else 2]
    }
    expected = {key: repr(WORKS[key[0]].go(made[key])) for key in made}
    took = {}
    for key in made:
        start = time.process_time()
        assert repr(WORKS[key[0]].go(made[key])) == expected[key], key
        took[key] = time.process_time() - start
    answered = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or answered < 10:
        name, _ = key = rng.choice(list(made))
        late = interrupted(lambda key=key: WORKS[key[0]].go(made[key]), max(1e-6, took[key] * rng.uniform(0.0, 1.1)))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, f"{key}: Ctrl-C is not what it was"
        check_surroundings()
        if late is not None:
            answered += 1
            worst[name] = max(worst.get(name, 0.0), late)
            assert late < at_most, f"{key}: an interrupt was answered after {late:.3f} s"
        assert repr(WORKS[name].go(made[key])) == expected[key], f"{key}: other numbers after an interrupt"
    print(
        f"interrupts: {answered} answered, each at most {max(worst.values()) * 1e3:.0f} ms late:",
        ", ".join(f"{name} {late * 1e3:.0f}" for name, late in sorted(worst.items(), key=lambda pair: -pair[1])),
    )


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.2)
