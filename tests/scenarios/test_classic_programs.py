"""Programs as people write them for minimal scalar engines run unmodified, and published worked examples come out right."""

import functools
import math
from itertools import pairwise
from pathlib import Path

import pytest
from builds import BUILDS
from processes import run_file

HERE = Path(__file__).parents[1]


@functools.cache
def printed_by(program: str, build: str) -> list[list[str]]:
    arguments = {"classic_mlp.py": [], "scalar_gpt.py": [HERE / "data" / "names.txt", 48]}[program]
    output = run_file(BUILDS[build], HERE / "programs" / program, *arguments)
    return [line.split() for line in output.splitlines()]


def losses(lines: list[list[str]]) -> list[float]:
    return [float(words[3]) for words in lines if words[0] == "step"]


def test_classic_perceptron_learns(ag):
    lines = printed_by("classic_mlp.py", ag.build)
    assert lines[0] == ["105", "parameters"]
    found = losses(lines)
    assert len(found) == 40
    assert 0.6 < found[0] < 3.0 and min(found[-5:]) < 0.5 * found[0] and found[-1] < found[5]
    accuracy = [float(words[5]) for words in lines[1:]]
    assert accuracy[-1] >= 0.8 and accuracy[-1] > accuracy[0]


def test_scalar_transformer_learns(ag):
    lines = printed_by("scalar_gpt.py", ag.build)
    assert lines[0][:2] == ["16", "names,"] and lines[0][3] == "tokens,"
    tokens = int(lines[0][2])
    found = losses(lines)
    assert len(found) == 48
    assert found[0] == pytest.approx(math.log(tokens), rel=0.05)  # it starts out knowing nothing
    first, last = sum(found[:16]) / 16, sum(found[-16:]) / 16  # over the same names, on the first and on the third visit
    assert last < 0.9 * first
    names = [words[1:] for words in lines if words[0] == "name"]
    assert len(names) == 3 and all("".join(name).isalpha() for name in names if name)


@pytest.mark.parametrize("program", ["classic_mlp.py", "scalar_gpt.py"])
def test_both_builds_print_the_same_numbers(program):
    first, *others = [printed_by(program, build) for build in BUILDS]
    assert len(first) > 30
    assert all(other == first for other in others)


TO_COMPILE = {
    "from autograd import Value\n": "from autograd import Value, compile, take, value_and_grad\n",
    'weights["letter"][token]': '[take(column, token) for column in zip(*weights["letter"])]',
    "probabilities[tokens[place + 1]]": "take(probabilities, tokens[place + 1])",
    "\nfirst = [0.0]": "\nvalue_and_slopes = compile(value_and_grad(loss_of, wrt=parameters))\nfirst = [0.0]",
    "loss = loss_of(tokens_of(names[step % len(names)]))\n    loss.backward()\n": (
        "loss, slopes = value_and_slopes(tokens_of(names[step % len(names)]))\n"
    ),
    "for i, p in enumerate(parameters):": "for i, (p, p.grad) in enumerate(zip(parameters, slopes)):",
    "{loss.data}": "{loss}",
}
"""What compiles the loss of the scalar transformer: the line with `compile`; tokens are data, and slopes are given."""


def test_scalar_transformer_compiled_prints_what_it_printed(tmp_path):
    build, ag = next(iter(BUILDS.items()))
    text = (HERE / "programs" / "scalar_gpt.py").read_text()
    for plain, compiled in TO_COMPILE.items():
        assert text.count(plain) == 1, plain
        text = text.replace(plain, compiled)
    program = tmp_path / "compiled_gpt.py"
    program.write_text(text)
    lines = [line.split() for line in run_file(ag, program, HERE / "data" / "names.txt", 48).splitlines()]
    plain = printed_by("scalar_gpt.py", build)
    assert losses(lines) == pytest.approx(losses(plain), rel=1e-10)
    assert [words for words in lines if words[0] != "step"] == [words for words in plain if words[0] != "step"]


# ------------------------------------------------------------------------------------------------ the classic scalar engine


def close(found, expected, rel=1e-14):
    assert found == pytest.approx(expected, rel=rel, abs=1e-15)


def test_readme_expression(ag):
    a, b = ag.Value(-4.0), ag.Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    close(g.data, 24.70408163265306)
    close(a.grad, 138.83381924198252)
    close(b.grad, 645.5772594752186)
    close([s.data for s in ag.gradients(g, [a, b])], [138.83381924198252, 645.5772594752186])


def test_sanity_expression(ag):
    x = ag.Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_diamond(ag):
    a = ag.Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (c.data, b.grad, a.grad) == (4.0, 2.0, 4.0)


def test_neuron(ag):
    x1, x2, w1, w2 = ag.Value(2.0), ag.Value(0.0), ag.Value(-3.0), ag.Value(1.0)
    b = ag.Value(6.8813735870195432)
    n = x1 * w1 + x2 * w2 + b
    o = n.tanh()
    o.backward()
    close(n.data, 0.8813735870195432)
    close(o.data, 0.7071067811865476)
    close([x1.grad, w1.grad, x2.grad, w2.grad], [-1.5, 1.0, 0.5, 0.0])
    a = ag.Value(n.data)  # the same from parts
    e = (2 * a).exp()
    t = (e - 1) / (e + 1)
    t.backward()
    close([t.data, a.grad], [0.7071067811865476, 0.5])


def test_expression_of_three_variables(ag):
    a, b, c = ag.Value(2.0), ag.Value(3.0), ag.Value(4.0)
    y = -(a**3) + ag.sin(3 * b) - 1.0 / c + b**2.5 - a**0.5
    y.backward()
    close(y.data, 6.336362190988558)
    close([a.grad, b.grad, c.grad], [-12.353553390593273, 10.25699027111255, 0.0625])


def test_softmax_likelihood(ag):
    expected = [0.041772570515350445, 0.8390245074625319, 0.005653302662216329, -0.8864503806400986]
    logits = [ag.Value(x) for x in (0.0, 3.0, -2.0, 1.0)]
    raised = [x.exp() for x in logits]
    total = sum(raised)
    loss = -(raised[3] / total).log()
    loss.backward()
    close(loss.data, 2.1755153626167147)
    close([x.grad for x in logits], expected)
    for same in (-ag.log_softmax(logits, 3), ag.logsumexp(logits) - logits[3], -ag.softmax(logits)[3].log()):
        close(same.data, 2.1755153626167147)
        close([s.data for s in ag.gradients(same, logits)], expected)


# ------------------------------------------------------------------------------------------------ computational graphs


def test_sum_times_successor(ag):
    a, b = ag.Value(2.0), ag.Value(1.0)
    c, d = a + b, b + 1
    e = c * d
    e.backward()
    assert (c.data, d.data, e.data, a.grad, b.grad) == (3.0, 2.0, 6.0, 2.0, 5.0)
    assert (c.grad, d.grad) == (2.0, 3.0)


def test_logarithm_product_sine(ag):
    x1, x2 = ag.Value(2.0), ag.Value(5.0)
    f = ag.log(x1) + x1 * x2 - ag.sin(x2)
    f.backward()
    close([f.data, x1.grad, x2.grad], [11.652071455223084, 5.5, 1.7163378145367738])


def test_shared_quotient(ag):
    x1, x2 = ag.Value(1.5), ag.Value(0.5)
    y = (ag.sin(x1 / x2) + x1 / x2 - ag.exp(x2)) * (x1 / x2 - ag.exp(x2))
    y.backward()
    close([y.data, x1.grad, x2.grad], [2.016646669428201, 3.011843327673907, -13.723961509314076])


@pytest.mark.parametrize("form", ["parts", "one node"])
def test_sigmoid_neuron(ag, form):
    w, x = [ag.Value(v) for v in (2.0, -3.0, -3.0)], [ag.Value(v) for v in (-1.0, -2.0)]
    n = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1.0 + (-n).exp()) if form == "parts" else n.sigmoid()
    f.backward()
    assert n.data == 1.0
    close([f.data, n.grad], [0.7310585786, 0.1966119332], rel=1e-9)
    close([v.grad for v in x], [0.3932238665, -0.5898357997], rel=1e-9)
    close([v.grad for v in w], [-0.1966119332, -0.3932238665, 0.1966119332], rel=1e-9)


def test_sum_times_number(ag):
    x, y, z = ag.Value(-2.0), ag.Value(5.0), ag.Value(-4.0)
    f = (x + y) * z
    f.backward()
    assert (f.data, x.grad, y.grad, z.grad) == (-12.0, -4.0, -4.0, 3.0)


def test_derivatives_of_tanh(ag):
    x = ag.Value(1.0)
    x.tanh().backward()
    close(x.grad, 0.41997434161402603)
    x = ag.Value(2.0)
    (first,) = ag.gradients(x.tanh(), [x])
    (second,) = ag.gradients(first, [x])
    (third,) = ag.gradients(second, [x])
    close([first.data, second.data, third.data], [0.07065082485, -0.13621868743, 0.25265406510], rel=1e-9)
    assert x.grad == 0.0


def rosenbrock(xs):
    return sum(100.0 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs))


def test_rosenbrock(ag):
    xs = [ag.Value(-1.2), ag.Value(1.0)]
    y = rosenbrock(xs)
    slopes = ag.gradients(y, xs)
    close(y.data, 24.2)
    close([s.data for s in slopes], [-215.6, -88.0], rel=1e-13)
    hessian = [[h.data for h in ag.gradients(s, xs)] for s in slopes]
    close(hessian[0], [1330.0, 480.0], rel=1e-13)
    close(hessian[1], [480.0, 200.0], rel=1e-13)
    slopes[0].backward()
    close([x.grad for x in xs], [1330.0, 480.0], rel=1e-13)


def test_rosenbrock_of_five(ag):
    xs = [ag.Value(x) for x in (1.3, 0.7, 0.8, 1.9, 1.2)]
    y = rosenbrock(xs)
    y.backward()
    close(y.data, 848.22)
    close([x.grad for x in xs], [515.4, -285.4, -341.6, 2085.4, -482.0], rel=1e-13)
