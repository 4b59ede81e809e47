"""Scenario 7 of an engine's list: Ctrl-C in the middle of a pass, whenever it arrives."""

import math
import signal
import time
from contextlib import contextmanager

import pytest
from processes import run


@contextmanager
def after_cpu_time(seconds, handler):
    """Runs `handler` once this process has used that much more time on the processor."""
    before = signal.signal(signal.SIGPROF, handler)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def long_sum(ag, terms):
    leaves = [ag.Value(float(i)) for i in range(100)]
    y = ag.Value(0.0)
    for i in range(terms):
        y = y + leaves[i % 100] * 2.0
    return leaves, y, [2.0 * (terms // 100)] * 100


def terms_for(ag):
    return 2_000_000 if ag.build == "compiled" else 60_000


def test_7_ctrl_c_in_the_middle_of_backward(ag):
    leaves, y, one_pass = long_sum(ag, terms_for(ag))
    arrived, whole = [], math.inf
    for _ in range(2):  # the first has memory to ask for
        start = time.process_time()
        y.backward()
        whole = min(whole, time.process_time() - start)

    def ctrl_c(number, frame):
        arrived.append(time.process_time())
        raise KeyboardInterrupt

    interrupted = 0
    for fraction in (0.1, 0.25, 0.4, 0.6):
        for i, leaf in enumerate(leaves):
            leaf.grad = float(i)
        start = time.process_time()
        with pytest.raises(KeyboardInterrupt), after_cpu_time(whole * fraction, ctrl_c):
            y.backward()
            while True:  # the pass ended first: wait
                pass
        assert arrived[-1] - (start + whole * fraction) < 0.2
        grads = [leaf.grad for leaf in leaves]
        untouched, all_of_it = [float(i) for i in range(100)], [i + g for i, g in enumerate(one_pass)]
        assert grads in (untouched, all_of_it)
        interrupted += grads == untouched
    assert interrupted >= 2, "the interrupt did not arrive before the pass would have ended"

    for leaf in leaves:
        leaf.grad = 0
    y.backward()
    assert [leaf.grad for leaf in leaves] == one_pass
    assert len(ag.topological_order(y)) == 101 + 2 * terms_for(ag)


@pytest.mark.timeout(method="thread")  # the other way takes the alarm that this test takes
def test_7_leaf_gradients_are_all_or_nothing_whenever_it_arrives(ag):
    n = 150_000 if ag.build == "compiled" else 2_000
    leaves = [ag.Value(1.0) for _ in range(n)]
    y = ag.fsum([leaf * 2.0 for leaf in leaves])
    y.backward()
    start = time.perf_counter()
    y.backward()
    delay = time.perf_counter() - start

    def ctrl_c(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ctrl_c)
    seen = set()
    try:
        # Later after one that came too soon, sooner after one that came too late: so most come while the gradients are written,
        # however long that takes where other programs run, too.
        for k in range(40):
            for leaf in leaves:
                leaf.grad = 0
            with pytest.raises(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, delay)
                y.backward()
                while True:
                    pass
            grads = frozenset(leaf.grad for leaf in leaves)
            assert len(grads) == 1, f"some leaves were changed and some were not: {sorted(grads)}"
            seen |= grads
            by = 1.5 if k < 10 else 1.04
            delay *= by if grads == {0.0} else 1.0 / by
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert seen == {0.0, 2.0}, "the interrupts did not arrive both during and after the pass"


def test_7_engine_works_after_any_of_many_interrupts(ag):
    code = """
        import signal, time
        from autograd import Value

        class Stuck(Exception):
            pass

        def ctrl_c(number, frame):
            raise KeyboardInterrupt

        def stuck(number, frame):
            raise Stuck

        x = Value(2.0)
        z = x * x
        end = time.perf_counter() + 2.0
        while time.perf_counter() < end:
            try:
                signal.signal(signal.SIGALRM, ctrl_c)
                signal.setitimer(signal.ITIMER_REAL, 3e-5)
                while True:
                    z.backward()
            except KeyboardInterrupt:
                pass
            signal.signal(signal.SIGALRM, stuck)
            signal.setitimer(signal.ITIMER_REAL, 5.0)
            x.grad = 0
            z.backward()
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            assert x.grad == 4.0
        print("done")
    """
    assert run(ag, code) == "done\n"


def test_7_exception_from_another_signal_handler(ag):
    leaves, y, one_pass = long_sum(ag, terms_for(ag))

    def give_up(number, frame):
        raise TimeoutError("too long")

    with pytest.raises(TimeoutError, match="too long"), after_cpu_time(0.02, give_up):
        y.backward()
    assert [leaf.grad for leaf in leaves] == [0.0] * 100
    with pytest.raises(TimeoutError, match="too long"), after_cpu_time(0.02, give_up):
        ag.topological_order(y)
    y.backward()
    assert [leaf.grad for leaf in leaves] == one_pass


def test_7_backward_inside_a_signal_handler_is_refused(ag):
    leaves, y, one_pass = long_sum(ag, terms_for(ag))
    a = ag.Value(3.0)
    other = a * a
    refusals = []

    def reenter(number, frame):
        for action in (other.backward, y.backward, lambda: ag.topological_order(other), lambda: ag.gradients(other, [a])):
            try:
                action()
            except RuntimeError as error:
                refusals.append(str(error))

    with after_cpu_time(0.02, reenter):
        y.backward()
    assert len(refusals) == 4 and all("already in one" in refusal for refusal in refusals)
    assert [leaf.grad for leaf in leaves] == one_pass  # the pass itself went on
    assert a.grad == 0.0
    other.backward()
    assert a.grad == 6.0

    with pytest.raises(RuntimeError, match="signal handler"), after_cpu_time(0.02, lambda number, frame: other.backward()):
        y.backward()
    assert [leaf.grad for leaf in leaves] == one_pass
