"""Defects that were found once, each with the smallest program that showed it."""

import copy
import math
import pickle
import random
import threading
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from builds import BUILDS

from autograd import _native


def test_floor_division_is_pythons(ag):
    """x - x % y overflowed, and quotients near 1e16 were one off."""
    rng = random.Random(0)
    pairs = [(-1.7e308, 1.5e308), (-0.6, -7.0), (0.6, 7.0), (-0.0, 3.0), (7.0, math.inf), (-7.0, math.inf), (1e300, 3.0)]
    pairs += [
        (rng.uniform(-1, 1) * 10.0 ** rng.randint(-5, 20), rng.uniform(-1, 1) * 10.0 ** rng.randint(-3, 3)) for _ in range(2000)
    ]
    for x, y in pairs:
        quotient = (ag.Value(x) // y).data
        assert quotient == x // y
        assert math.copysign(1.0, quotient) == math.copysign(1.0, x // y)
        assert (ag.Value(x) % y).data == x % y
    assert math.isnan((ag.Value(math.inf) // 1.0).data)
    with np.errstate(divide="ignore"):
        assert (ag.Value(1.0) // 0.0).data == np.floor_divide(1.0, 0.0)


def test_slope_of_the_remainder_of_huge_numbers(ag):
    y = ag.Value(1.5e308)
    (ag.Value(-1.7e308) % y).backward()
    assert y.grad == 2.0


@pytest.mark.parametrize(("x", "y"), [(0.1, -700.123), (-300.7, 12.3), (1e-9, -40.1)])
def test_tails_feel_the_rounding_of_a_difference(ag, x, y):
    """exp(x - y) is off by as many ulps as x - y is large, if the rounding of x - y is forgotten."""
    with mpmath.workdps(50):
        true = float(1 / (1 + mpmath.exp(mpmath.mpf(max(x, y)) - mpmath.mpf(min(x, y)))))
    for function in (ag.logaddexp, lambda a, b: ag.logsumexp([a, b]), lambda a, b: ag.log_softmax([a, b], int(x < y))):
        a, b = ag.Value(x), ag.Value(y)
        function(a, b).backward()
        smaller = min(abs(a.grad), abs(b.grad))
        assert abs(smaller - true) <= 4 * math.ulp(true)


def test_second_derivative_of_mish_far_out(ag):
    x = ag.Value(40.0)
    (second,) = ag.gradients(ag.gradients(x.mish(), [x])[0], [x])
    with mpmath.workdps(60):
        true = mpmath.diff(lambda t: t * mpmath.tanh(mpmath.log(1 + mpmath.exp(t))), 40, 2)
    assert abs(second.data - float(true)) <= 1e-10 * abs(float(true))


@pytest.mark.parametrize("name", ["log", "log2", "log10", "log1p", "arctanh"])
def test_outside_the_domain_every_derivative_is_nan(ag, name):
    x = ag.Value(-2.0)
    (first,) = ag.gradients(getattr(ag, name)(x), [x])
    (second,) = ag.gradients(first, [x])
    assert math.isnan(first.data)
    assert math.isnan(second.data)


def test_clip_between_bounds_that_are_nan(ag):
    x = ag.Value(1.0)
    y = ag.clip(x, math.nan, 2.0)
    y.backward()
    assert math.isnan(y.data)
    assert math.isnan(x.grad)


def test_fsum_where_partial_sums_overflow(ag):
    assert ag.fsum([1e308, 1e308, -1e308, -1e308, 5e-324]) == 5e-324
    assert ag.fsum([1e308, 1e308]) == math.inf
    assert ag.fsum([-1e308, -1e308]) == -math.inf


def test_power_at_zero_to_a_zero_that_is_a_value(ag):
    x, y = ag.Value(0.0), ag.Value(0.0)
    (slope,) = ag.gradients(x**y, [x])
    assert slope.data == 0.0


def test_rounding_beyond_the_largest_float(ag):
    assert round(ag.Value(1.797e308), -308).data == math.inf
    assert round(ag.Value(-1.797e308), -308).data == -math.inf


def test_gradients_takes_any_iterable_and_says_so_of_one_value(ag):
    x = ag.Value(3.0)
    assert [g.data for g in ag.gradients(x * x, (v for v in [x]))] == [6.0]
    with pytest.raises(TypeError, match=r"give \[x\]"):
        ag.gradients(x * x, x)


def test_threads_may_pickle_one_graph_at_once(ag):
    x = ag.Value(2.0)
    inner = x * 3.0
    root = inner + x
    errors = []

    def work():
        try:
            for _ in range(200):
                a, b, c = pickle.loads(pickle.dumps([inner, root, x]))
                assert b.parents[0] is a
                assert b.parents[1] is c
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert pickle.loads(pickle.dumps(root)).data == root.data


def test_dead_recordings_count_as_none_and_the_last_leaves_nothing(ag):
    """An interrupt could keep a dead recording's nodes listed; all later pickles of them failed."""
    here, recording = ag.engine.copying._here, ag.engine.copying.Recording
    node, other = ag.Value(2.0) * 3.0, ag.Value(1.0) + 2.0
    first, second = recording(node), recording(other)
    assert here.holding(node) is first and here.holding(other) is second
    del first
    assert here.holding(node) is None and here.holding(other) is second
    assert pickle.loads(pickle.dumps(node)).parents[0].data == 2.0
    third = recording(node)
    assert here.holding(node) is third
    del second, third
    assert here.holding(node) is None and here.of_nodes() is None
    assert pickle.loads(pickle.dumps(node)).parents[0].data == 2.0


def test_copying_nodes_in_the_order_they_were_made_is_linear(ag):
    """Counted, not timed: how many nodes are looked at for a list of all the nodes of a chain."""
    chain = [ag.Value(1.0)]
    for _ in range(300):
        chain.append(chain[-1] + 1.0)
    looked_at = []
    module = ag.engine.copying
    known = module.ancestors
    module.ancestors = lambda roots, what: looked_at.extend(found := known(roots, what)) or found
    try:
        copied = copy.deepcopy(chain)
        loaded = pickle.loads(pickle.dumps(chain))
    finally:
        module.ancestors = known
    assert len(looked_at) <= 2 * len(chain)
    for twin in (copied, loaded):
        assert all(b.parents[0] is a for a, b in pairwise(twin))


def test_no_grad_left_open_by_a_dead_thread_pauses_no_other(ag):
    def suspended():
        with ag.no_grad():
            yield

    kept = []

    def enter():
        generator = suspended()
        next(generator)
        kept.append(generator)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    recorded = []
    for _ in range(5):
        thread = threading.Thread(target=lambda: recorded.append((ag.Value(1.0) + 1.0).op))
        thread.start()
        thread.join()
    kept[0].close()
    assert recorded == ["add"] * 5
    assert ag.is_grad_enabled()


@pytest.mark.parametrize(("x", "slope"), [(-1e308, 0.0), (1e308, 1.0), (-1e299, 0.0), (1e299, 1.0)])
def test_the_slope_of_mish_at_huge_numbers(ag, x, slope):
    """4 * x overflowed, and 0 * inf made it NaN."""
    assert ag.Value(x).mish().local_derivatives == (slope,)


def test_a_copy_keeps_the_rule_its_primitive_had(ag):
    first = ag.primitive("redefined_later", lambda x: 2 * x, lambda x, out: 2.0)
    x = ag.Value(1.0)
    y = first(x)
    ag.primitive("redefined_later", lambda x: 3 * x, lambda x, out: 3.0)
    (slope,) = ag.gradients(copy.copy(y), [x])
    assert slope.data == 2.0


def test_a_failed_build_leaves_no_extension_that_looks_current(tmp_path):
    suffix = _native.machinery.EXTENSION_SUFFIXES[0]
    for name in (*_native.MODULES, *_native.NATIVE_ONLY):
        extension = tmp_path / f"{name.replace('.', '/')}{suffix}"
        extension.parent.mkdir(exist_ok=True)
        extension.write_text("from an older source")
    _native.record(tmp_path)
    assert (tmp_path / _native.RECORD).exists()
    _native.forget(tmp_path)
    _native.record(tmp_path)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("build", BUILDS)
def test_value_cannot_be_subclassed(build):
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Mine", (BUILDS[build].Value,), {})
