"""detect_anomaly(): the first NaN or infinity, forward, in a local derivative or backward, is an error that says where."""

import itertools
import math
import re
import threading

import pytest
from anomalies import anomaly_of, line_of_caller
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import BUILDS, NAMES, PURE, call, row_of

INF, NAN = math.inf, math.nan
HERE = __file__


def is_finite(v):
    return math.isfinite(v.data) and all(map(math.isfinite, v.local_derivatives))


# ------------------------------------------------------------------------------------------------ forward

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 2.0, -2.0, 5e-324, 1e-200, 400.0, 710.0, -710.0, 1030.0, 1e200, -1e308, 1.7e308]
NEVER_FROM_FINITE = {
    "sin", "cos", "tan", "arctan", "tanh", "arcsinh", "erf", "erfc", "sigmoid", "logsigmoid", "softplus", "relu", "elu", "gelu",
    "silu", "mish", "abs", "neg", "maximum", "minimum", "copysign", "floor", "ceil", "trunc", "rint", "sign", "max", "min",
    "clip", "where", "take", "softmax", "logsumexp", "logaddexp",
}  # fmt: skip
"""Primitives that stay finite, in value and slope, at all the points above."""


def special_operands(name):
    arity = row_of(PURE, name).arity
    count = arity if arity is not None else {"clip": 3, "where": 2, "dot": 4}.get(name, 2)
    few = SPECIAL if count < 3 else [0.0, -2.5, 5e-324, 1e200, 1.7e308]
    return list(itertools.product(few, repeat=count))


@pytest.mark.parametrize("name", NAMES)
def test_every_primitive_is_reported_exactly_where_it_is_not_finite(ag, name):
    reported = 0
    for numbers in special_operands(name):
        operands = [ag.Value(x, label=f"x{i}") for i, x in enumerate(numbers)]
        plain = call(ag, name, operands)
        message = anomaly_of(ag, lambda operands=operands: call(ag, name, operands))
        assert (message is None) == is_finite(plain), (name, numbers, message)
        if message is None:
            continue
        reported += 1
        assert message.startswith(f"{name} gave {plain.data!r}"), message
        assert "rows.py line " in message
        assert all(f"{x!r} (label 'x{i}')" in message for i, x in enumerate(numbers)), message
        if math.isfinite(plain.data):
            assert re.search(r"but its local derivative( with respect to operand \d)? is (nan|-?inf):", message)
    assert (reported == 0) == (name in NEVER_FROM_FINITE)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("copysign", "pow", "hypot", "max", "min", "softmax")])
def test_every_primitive_reports_a_nan_that_came_in_with_a_leaf(ag, name):
    operands = [ag.Value(NAN, label="bad"), *[ag.Value(1.0) for _ in special_operands(name)[0][1:]]]
    message = anomaly_of(ag, lambda: call(ag, name, operands))
    assert message.startswith(f"{name} gave nan: ") and "nan (label 'bad')" in message
    assert "The nan came in with an operand: it is a leaf" in message


def test_the_message_of_the_issue(ag):
    p = ag.Value(0.0, label="p")
    with pytest.raises(ArithmeticError) as caught, ag.detect_anomaly():
        line = line_of_caller() + 1
        loss = -p.log()
        loss.backward()
    assert type(caught.value) is ag.AnomalyError
    first, advice = str(caught.value).split("\n")
    assert first == f"log gave -inf: its operand is 0.0 (label 'p'), at {HERE} line {line}: loss = -p.log()"
    assert "1e-12" in advice and "log_softmax" in advice


REMEDIES = [
    (lambda x: x.log(), "logarithm"),
    (lambda x: (x - 1).log1p(), "log1p"),
    (lambda x: 1 / x, "divisor"),
    (lambda x: x.reciprocal(), "divisor"),
    (lambda x: (x + 3) // x, "divisor"),
    (lambda x: x % 0, "divisor"),
    (lambda x: x.sqrt(), "infinite slope at 0"),
    (lambda x: (x + 1000).exp(), "709.8"),
    (lambda x: (x + 1).arctanh(), "clip"),
    (lambda x: (x + 1).arccosh(), "from 1 on"),
    (lambda x: (x - 1) ** 0.5, "fractional exponent"),
    (lambda x: x**-1, "negative one"),
    (lambda x: (x + 1e200) * 1e200, "largest float"),
    (lambda x: (x + 1e200).square(), "largest float"),
]


@pytest.mark.parametrize(("action", "advice"), REMEDIES, ids=[advice for _, advice in REMEDIES])
def test_the_usual_remedy_is_named(ag, action, advice):
    message = anomaly_of(ag, lambda: action(ag.Value(0.0)))
    assert advice in message.split("\n")[1]


def test_every_built_in_primitive_that_can_fail_has_its_advice(ag):
    advised = {name for name in NAMES if row_of(ag, name).advice}
    assert advised == {*NAMES} - NEVER_FROM_FINITE - {"arctan2", "log_softmax"}


def test_a_value_whose_slope_alone_is_not_finite(ag):
    x, y = ag.Value(0.0, label="x"), ag.Value(-2.0, label="y")
    message = anomaly_of(ag, lambda: (x * 3).sqrt())
    assert message.startswith("sqrt gave 0.0, but its local derivative is inf: its operand is 0.0 (made by mul on line ")
    message = anomaly_of(ag, lambda: y ** ag.Value(2.0))
    assert message.startswith("pow gave 4.0, but its local derivative with respect to operand 2 is nan: its operands are -2.0")
    assert anomaly_of(ag, lambda: y**2) is None


def test_infinite_leaves_and_constants_are_reported_only_by_what_comes_of_them(ag):
    inf = ag.Value(INF, label="big")
    masked = ag.Value(-INF)
    assert anomaly_of(ag, lambda: [inf.tanh(), 1 / inf, ag.softmax([masked, ag.Value(1.0)]), ag.Value(2.0).clip(0)]) is None
    assert "constant" in anomaly_of(ag, lambda: ag.Value(1.0) + INF)
    assert "leaf" in anomaly_of(ag, lambda: 1.0 + inf)
    assert "nan came in with an operand: it is a leaf" in anomaly_of(ag, lambda: ag.fsum([INF, ag.Value(NAN)]))
    assert "nan came in with an operand: it is a constant" in anomaly_of(ag, lambda: ag.Value(1.0).clip(-INF, NAN))


def test_an_operand_that_was_bad_before_the_block(ag):
    bad = ag.Value(0.0).log()
    message = anomaly_of(ag, lambda: bad + 1)
    assert "-inf (made by log)" in message and "made outside detect_anomaly()" in message
    with ag.detect_anomaly():
        fine = ag.Value(1.0) * 2
        fine.data = NAN
    assert ".data was changed" in anomaly_of(ag, lambda: fine + 1)


def test_piecewise_constant_operations_are_reported_too(ag):
    x, inf = ag.Value(3.0, label="x"), ag.Value(INF)
    for action, start in [
        (lambda: x // 0, "// gave inf: its operands are 3.0 (label 'x') and 0, at "),
        (lambda: -1 // (x * 0), "// gave -inf: "),
        (lambda: divmod(x, 0), "// gave inf"),
        (lambda: round(ag.Value(1.7e308), -308), "round gave inf"),
        (lambda: round(inf), "round gave inf"),
        (lambda: inf.floor(), "floor gave inf"),
        (lambda: math.ceil(inf), "ceil gave inf"),
        (lambda: ag.where(False, x, NAN), "where gave nan"),
        (lambda: ag.where(True, inf, x), "where gave inf"),
    ]:
        message = anomaly_of(ag, action)
        assert message.startswith(start) and f"{HERE} line " in message
    assert anomaly_of(ag, lambda: [x // 2, round(x), x.floor(), ag.where(False, x, 2.0), round(x, 1)]) is None


def test_of_many_operands_the_telling_ones_are_shown(ag):
    xs = [ag.Value(1.0, label=f"x{i}") for i in range(100)]
    xs[41].data = 1e308
    xs[17].data = 1.5e308
    message = anomaly_of(ag, lambda: ag.fsum(xs))
    assert "of its 100 operands these are the largest: " in message
    assert "operand 18 is 1.5e+308 (label 'x17')" in message and "operand 42 is 1e+308 (label 'x41')" in message
    assert message.count("operand ") < 10
    xs[60].data = NAN
    message = anomaly_of(ag, lambda: ag.dot(xs, [2.0] * 100))
    assert "of its 200 operands" in message and "operand 61 is nan (label 'x60')" in message and "leaf" in message


def test_custom_primitives(ag):
    before = dict(ag.engine.primitives.BY_NAME)
    try:
        pole = ag.primitive("pole", lambda x: 1 / x if x else INF, lambda x, out: -out * out)
        edge = ag.primitive("edge", lambda xs: sum(xs), lambda xs, out: [1.0, INF], over_list=True)
        message = anomaly_of(ag, lambda: pole(ag.Value(0.0, label="x")))
        assert message.startswith(f"pole gave inf: its operand is 0.0 (label 'x'), at {HERE} line ") and "\n" not in message
        message = anomaly_of(ag, lambda: edge([ag.Value(1.0), ag.Value(2.0)]))
        assert message.startswith("edge gave 3.0, but its local derivative with respect to operand 2 is inf: ")
        with ag.detect_anomaly():
            assert pole(ag.Value(2.0)).origin == (HERE, line_of_caller())
    finally:
        ag.engine.primitives.BY_NAME.clear()
        ag.engine.primitives.BY_NAME.update(before)


# ------------------------------------------------------------------------------------------------ backward


def test_adjoints_that_overflow(ag):
    x = ag.Value(1e-200, label="x")
    with ag.detect_anomaly():
        inner = x * 1e200
        line, middle = line_of_caller(), inner * 1e-250
        middle.label = "middle"
        outer = middle * 1e200 * 1e200
        with pytest.raises(ag.AnomalyError) as caught:
            outer.backward()
    first, second, advice = str(caught.value).split("\n")
    assert first == (
        f"backward() met inf: the adjoint of operand 1 of mul, 1e-250 (label 'middle', made by mul on line {line}), "
        "became 1e+200 (the adjoint of mul) × 1e+200 (the local derivative)"
    )
    assert second.startswith("mul gave 1e-50: its operands are 1e-250 (label 'middle', made by mul on line ")
    assert second.endswith(f"at {HERE} line {line + 2}: outer = middle * 1e200 * 1e200") and "scale" in advice


@pytest.mark.parametrize("differentiate", ["backward", "gradients"])
def test_nothing_is_changed_when_a_pass_is_refused(ag, differentiate):
    x, other = ag.Value(1e-200, label="x"), ag.Value(3.0, label="other")
    z = (x * 1e200 * 1e200 + x) * other
    z.backward()
    assert x.grad == INF
    x.grad, other.grad = 1.5, -2.5
    grads = [v.grad for v in ag.topological_order(z)]
    message = anomaly_of(ag, z.backward if differentiate == "backward" else lambda: ag.gradients(z, [x, other]))
    assert re.match(rf"{differentiate}\(\) met inf: .*label 'x'.*\n.*made outside", message)
    assert [v.grad for v in ag.topological_order(z)] == grads and (x.grad, other.grad) == (1.5, -2.5)
    x.grad = other.grad = 0.0
    z.backward()
    assert x.grad == INF and math.isfinite(other.grad)


def test_an_adjoint_that_overflows_as_a_sum(ag):
    x = ag.Value(0.5, label="x")
    y = 0.5e308 * x + 0.6e308 * x + 1e308 * x
    assert math.isfinite(y.data)
    message = anomaly_of(ag, y.backward)
    assert "became 1.0 (the adjoint of mul) × " in message and ", added to 1." in message
    assert "gradients() met inf" in anomaly_of(ag, lambda: ag.gradients(y, [x]))


def test_a_slope_that_was_bad_before_the_block(ag):
    x = ag.Value(0.0, label="x")
    y = x.sqrt() * 2
    for action in (y.backward, lambda: ag.gradients(y, [x])):
        message = anomaly_of(ag, action)
        assert "met inf: the adjoint of the operand of sqrt, 0.0 (label 'x'), became 2.0 (the adjoint of sqrt) × inf" in message
        assert "made outside detect_anomaly()" in message and "A root has an infinite slope at 0" in message
    unused = x.sqrt() * 0
    assert "met nan" in anomaly_of(ag, unused.backward) and "met nan" in anomaly_of(ag, lambda: ag.gradients(unused, [x]))
    z = ag.Value(1.0)
    assert anomaly_of(ag, lambda: ag.gradients(y + z, [z])) is None


def test_gradients_that_a_leaf_had_before(ag):
    x = ag.Value(1.0, label="x")
    y = x * 1e308
    x.grad = 1e308
    message = anomaly_of(ag, y.backward)
    assert (
        "the leaf 1.0 (label 'x') inf: it is 1e+308 from before, and this pass adds 1e+308" in message
        and "zero_grad" in message
    )
    assert x.grad == 1e308
    x.grad = NAN
    assert "it is nan from before" in anomaly_of(ag, y.backward)
    x.grad = 0.0
    assert anomaly_of(ag, y.backward) is None
    assert x.grad == 1e308


def test_rules_may_pass_through_infinities_on_the_way_to_a_finite_derivative(ag):
    before = dict(ag.engine.primitives.BY_NAME)
    try:
        detour = ag.primitive("detour", lambda x: x, lambda x, out: 2.0 + 1.0 / ag.exp(1000.0 * x))
        x = ag.Value(2.0)
        with ag.detect_anomaly():
            (slope,) = ag.gradients(detour(x) * 2, [x])
            assert slope.data == 4.0
            with pytest.raises(ag.AnomalyError, match="exp gave inf"):
                ag.exp(1000.0 * x)
    finally:
        ag.engine.primitives.BY_NAME.clear()
        ag.engine.primitives.BY_NAME.update(before)


def test_finite_graphs_get_the_same_gradients_inside(ag):
    def loss(xs):
        return ag.dot(xs, [x.tanh() for x in xs]) + ag.logsumexp(xs) / ag.where(xs[0] > 0, xs[0], xs[1]) ** 2

    outside, inside = ([ag.Value(0.3 * i - 0.7) for i in range(5)] for _ in range(2))
    loss(outside).backward()
    with ag.detect_anomaly():
        y = loss(inside)
        y.backward()
        second = ag.gradients(ag.gradients(y, inside)[0], inside)
    assert [x.grad for x in inside] == [x.grad for x in outside]
    assert [g.data for g in second] == [g.data for g in ag.gradients(ag.gradients(loss(outside), outside)[0], outside)]


numbers = st.sampled_from([0.0, 1.0, -2.0, 1e-160, 1e160, -1e160, 1e300])
steps = st.lists(st.tuples(st.sampled_from(["add", "mul", "div", "dot"]), st.integers(0, 99), st.integers(0, 99)), max_size=12)


@settings(max_examples=300)
@given(st.sampled_from(list(BUILDS.values())), st.lists(numbers, min_size=1, max_size=3), steps)
def test_a_pass_is_refused_exactly_when_some_adjoint_would_not_be_finite(ag, leaves, program):
    nodes = [ag.Value(x) for x in leaves]
    for name, i, j in program:
        x, y = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append(call(ag, name, [x, y] if name != "dot" else [x, y, y, 2.0]))
    root, order = nodes[-1], ag.topological_order(nodes[-1])
    refused = anomaly_of(ag, root.backward) is not None
    assert all(v.grad == 0.0 for v in order) or not refused
    for v in order:
        v.grad = 0.0
    root.backward()
    assert refused == (not all(math.isfinite(v.grad) for v in order))
    leaves_of_root = [v for v in order if not v.op]
    assert refused == (anomaly_of(ag, lambda: ag.gradients(root, leaves_of_root)) is not None)


# ------------------------------------------------------------------------------------------------ forward mode


def test_tangents_that_overflow(ag):
    def f(x):
        inner = 1e200 * x
        outer = inner * 1e200
        outer.label = "outer"
        return outer

    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as caught:
        ag.jvp(f, (1e-200,), (1.0,))
    first, second, advice = str(caught.value).split("\n")
    assert re.fullmatch(
        r"forward mode met inf: the tangent of mul \(label 'outer'\) became 1e\+200 "
        r"\(the tangent of operand 1 of mul, 1\.0 \(made by mul on line \d+\)\) × 1e\+200 \(the local derivative\)",
        first,
    )
    assert second.startswith("mul gave 1e+200 (label 'outer'): its operands are") and second.endswith(": outer = inner * 1e200")
    assert "scale" in advice


def test_every_transform_that_sweeps_forward_is_anomaly_enabled(ag):
    def both(x):
        return [1e200 * (1e200 * x[0]), 1e200 * (1e200 * x[0]), x[0]]

    for action in (
        lambda: ag.jacobian(both)([1e-200]),
        lambda: ag.jacobian(both, mode="forward")([1e-200]),
        lambda: ag.jacobian(both, mode="reverse")([1e-200]),
        lambda: ag.jacobian(both, sparse=True)([1e-200]),
        lambda: ag.jvp(both, ([1e-200],), ([-1.0],)),
    ):
        assert re.match(r"(forward mode|backward\(\)) met -?inf", anomaly_of(ag, action))


def test_tangents_that_do_not_move_or_lead_nowhere_raise_nothing(ag):
    with ag.detect_anomaly():
        assert ag.jvp(lambda x, y: x * 1e200 * 1e200 + y, (1e-200, 1.0), (0.0, 1.0))[1] == 1.0
        x = ag.Value(1e-200)
        y = x * 3.0
        order = ag.topological_order(y * 1e200 * 1e200)
        assert ag.engine.forward.pushforward(order, [x], [1.0], [y]) == [3.0]
        middle = x * 1e200 * 1e200
        z = middle + 1.0
        assert ag.engine.forward.pushforward(ag.topological_order(z), [x, middle], [1.0, 2.0], [z]) == [2.0]


def test_the_sum_that_a_pass_starts_from_is_not_looked_at(ag):
    """Of results near the largest float it overflows, and their derivatives do not."""
    with ag.detect_anomaly():
        assert ag.jacobian(lambda x: [x * 1e308, x * 1.7e308], mode="forward")(1.0) == [1e308, 1.7e308]
        assert ag.jacobian(lambda x: [x[0] * 1e308, x[1] * 1.7e308], sparse=True)([1.0, 1.0]).nnz == 2
        assert ag.hvp(lambda x: 1e160 * x[0] + x[1] ** 2, [1.0, 1.0], [1e160, 1e160]) == [0.0, 2e160]
        assert ag.vjp(lambda x: [x * 10, x], 1e300)[1]([1e100, 1.0]) == (1e101,)


@settings(max_examples=300)
@given(st.sampled_from(list(BUILDS.values())), st.lists(numbers, min_size=1, max_size=3), steps, st.lists(numbers, min_size=3))
def test_a_sweep_is_refused_exactly_when_some_tangent_would_not_be_finite(ag, leaves, program, seeds):
    nodes = [ag.Value(x) for x in leaves]
    for name, i, j in program:
        x, y = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append(call(ag, name, [x, y] if name != "dot" else [x, y, y, 2.0]))
    order = ag.topological_order(nodes[-1])

    def tangents():
        return ag.engine.forward.pushforward(order, nodes[: len(leaves)], seeds[: len(leaves)], order)

    refused = anomaly_of(ag, tangents) is not None
    assert refused == (not all(math.isfinite(t) for v, t in zip(order, tangents(), strict=True) if v.op))


# ------------------------------------------------------------------------------------------------ where and when it holds


def test_it_ends_with_its_block_however_that_ends(ag):
    zero = ag.Value(0.0)
    uncompiled = ag.build == "pure"
    blocks = ag.engine.modes.blocks_anywhere if uncompiled else None
    with ag.detect_anomaly():
        assert not uncompiled or ag.engine.modes.blocks_anywhere == blocks + 1
    assert not uncompiled or ag.engine.modes.blocks_anywhere == blocks
    assert zero.log().data == -INF
    with pytest.raises(ZeroDivisionError), ag.detect_anomaly():
        raise ZeroDivisionError
    assert zero.log().data == -INF
    assert anomaly_of(ag, zero.log)
    assert (1 / zero).data == INF and (zero + 1).origin is None


def test_it_nests(ag):
    zero = ag.Value(0.0)
    both = ag.detect_anomaly()
    with both, ag.detect_anomaly():
        with both:
            pass
        with pytest.raises(ag.AnomalyError):
            zero.log()
    zero.log()


def test_it_decorates(ag):
    @ag.detect_anomaly()
    def loss(x):
        """Its docstring."""
        return loss(x - 1) if x > 0 else x.log()

    assert loss.__name__ == "loss" and loss.__doc__ == "Its docstring."
    for _ in range(2):
        with pytest.raises(ag.AnomalyError, match="log gave -inf"):
            loss(ag.Value(2.0))
    assert ag.Value(0.0).log().data == -INF


def test_another_thread_is_not_affected(ag):
    seen = []

    def work():
        y = ag.Value(0.0).log()
        y.backward()
        seen.append((y.data, y.origin, y.op))
        with ag.no_grad():
            seen.append((ag.Value(0.0) / 0).parents)

    with ag.detect_anomaly():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen[0] == (-INF, None, "log") and seen[1] == ()

    inside, done = threading.Event(), threading.Event()

    def hold():
        with ag.detect_anomaly():
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(30)
    y = ag.Value(0.0).log() * 2
    done.set()
    thread.join()
    assert (y.data, y.origin) == (-INF, None)


def test_a_generator_closed_by_another_thread_leaves_no_trace_there(ag):
    def numbers():
        with ag.detect_anomaly():
            yield ag.Value(1.0) * 2
            yield ag.Value(0.0).log()

    kept = []

    def start():
        kept.append(numbers())
        next(kept[0])

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    kept.pop().close()
    assert ag.Value(0.0).log().data == -INF and not ag.is_anomaly_enabled()
    assert anomaly_of(ag, ag.Value(0.0).log)
    generator = numbers()
    assert next(generator).origin is not None
    with pytest.raises(ag.AnomalyError):
        next(generator)
    assert ag.Value(0.0).log().data == -INF


def test_together_with_no_grad(ag):
    x = ag.Value(2.0)
    with ag.detect_anomaly(), ag.no_grad():
        y = x * 3
        many = ag.dot([x, x], [1.0, 2.0])
        assert [(v.data, v.parents, v.op, v.origin, v.label) for v in (y, many)] == [(d, (), "", None, "") for d in (6.0, 6.0)]
        with pytest.raises(ag.AnomalyError, match=r"log gave -inf: its operand is 0.0 \(label 'z'\), at .* line \d+: "):
            ag.Value(0.0, label="z").log()
        y.backward()
    assert y.grad == 1.0 and x.grad == 0.0
