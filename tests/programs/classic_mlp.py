"""A perceptron for two crossing half-circles, as one writes it for a hundred-line scalar engine: it brings its own layers."""

# ruff: noqa: B905, RUF005 (written as such programs are)
import math
import random

from autograd import Value

random.seed(2024)


class Neuron:
    def __init__(self, inputs, bent=True):
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.bias = Value(0)
        self.bent = bent

    def __call__(self, xs):
        total = sum((w * x for w, x in zip(self.weights, xs)), self.bias)
        return total.relu() if self.bent else total

    def parameters(self):
        return self.weights + [self.bias]


class Layer:
    def __init__(self, inputs, outputs, **options):
        self.neurons = [Neuron(inputs, **options) for _ in range(outputs)]

    def __call__(self, xs):
        results = [neuron(xs) for neuron in self.neurons]
        return results[0] if len(results) == 1 else results

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    def __init__(self, inputs, sizes):
        widths = [inputs] + sizes
        self.layers = [Layer(widths[i], widths[i + 1], bent=i < len(sizes) - 1) for i in range(len(sizes))]

    def __call__(self, xs):
        for layer in self.layers:
            xs = layer(xs)
        return xs

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0


def half_circles(count, noise):
    points, signs = [], []
    for i in range(count):
        angle = math.pi * i / (count - 1)
        points.append([math.cos(angle) + random.gauss(0, noise), math.sin(angle) + random.gauss(0, noise)])
        signs.append(1)
        points.append([1 - math.cos(angle) + random.gauss(0, noise), 0.5 - math.sin(angle) + random.gauss(0, noise)])
        signs.append(-1)
    return points, signs


points, signs = half_circles(20, 0.05)
model = MLP(2, [8, 8, 1])
print(len(model.parameters()), "parameters")


def evaluate():
    scores = [model(list(map(Value, point))) for point in points]
    margins = [(1 + -sign * score).relu() for sign, score in zip(signs, scores)]
    data_loss = sum(margins) * (1.0 / len(margins))
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    right = [(sign > 0) == (score.data > 0) for sign, score in zip(signs, scores)]
    return data_loss + penalty, sum(right) / len(right)


steps = 40
for step in range(steps):
    loss, accuracy = evaluate()
    model.zero_grad()
    loss.backward()
    rate = 0.5 - 0.45 * step / steps
    for p in model.parameters():
        p.data -= rate * p.grad
    print(f"step {step} loss {loss.data} accuracy {accuracy}")
