"""Works in several threads at once, which switch all the time; and between them children are forked, which work too.

python tests/stress/threads.py SECONDS SEED
"""

import faulthandler
import os
import random
import signal
import sys
import threading
import time
import warnings

from works import WORKS, check_surroundings

THREADS = 4
CHILD_MAY_TAKE = 120  # seconds
SIZES = (30, 300, 1000)


def work_until(end: float, seed: int, made: dict, expected: dict, failures: list, counts: list) -> None:
    """Works in any order: those that are shared on what all threads share, others on something of this thread's own."""
    rng = random.Random(seed)
    own = {key: WORKS[key[0]].make(key[1]) for key in made if not WORKS[key[0]].shared}
    while time.monotonic() < end and not failures:
        key = rng.choice(list(made))
        try:
            found = repr(WORKS[key[0]].go(made[key] if WORKS[key[0]].shared else own[key]))
            check_surroundings()
            if found != expected[key]:
                failures.append(f"{key} gave other numbers in a thread")
        except BaseException as problem:
            failures.append(f"{key}: {problem!r}")
        counts.append(key)


def forked(rng: random.Random, made: dict, expected: dict) -> str:
    """What went wrong with works in a child of this process; "" if nothing did."""
    read, write = os.pipe()
    keys = rng.sample(list(made), 4)
    child = os.fork()
    if child == 0:
        said = "it failed"
        try:
            faulthandler.register(signal.SIGALRM, all_threads=False, chain=True)
            signal.alarm(CHILD_MAY_TAKE)  # says where it is, and ends it
            wrong = [key for key in keys if repr(WORKS[key[0]].go(WORKS[key[0]].make(key[1]))) != expected[key]]
            wrong += [key for key in keys if WORKS[key[0]].shared and repr(WORKS[key[0]].go(made[key])) != expected[key]]
            check_surroundings()
            said = f"other numbers for {wrong}" if wrong else ""
        except BaseException as problem:
            said = repr(problem)
        finally:
            os.write(write, said.encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return said or (f"{keys}: it never came to an end" if status == -signal.SIGALRM else f"{status}" if status else "")


def main(seconds: float, seed: int) -> None:
    warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)  # newer Pythons warn of what is tried here
    rng = random.Random(seed)
    made = {(name, size): work.make(size) for name, work in WORKS.items() for size in SIZES[: 2 if seconds < 5 else 3]}
    expected = {(name, size): repr(WORKS[name].go(WORKS[name].make(size))) for name, size in made}
    failures: list[str] = []
    counts: list[tuple[str, int]] = []
    sys.setswitchinterval(1e-6)
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=work_until, args=(end, rng.random(), made, expected, failures, counts), daemon=True)
        for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    children = 0
    while (time.monotonic() < end or children < 3) and not failures:
        time.sleep(rng.uniform(0.0, 0.05))
        said = forked(rng, made, expected)
        children += 1
        if said:
            failures.append(f"child {children}: {said}")
    for thread in threads:
        thread.join(CHILD_MAY_TAKE)
    assert not any(thread.is_alive() for thread in threads), "a thread never came back"
    assert not failures, failures
    print(f"threads: {len(counts)} works in {THREADS} threads, {children} children forked between them")


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
