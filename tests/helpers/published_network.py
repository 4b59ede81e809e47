"""The published step-by-step example of a 2-2-2 network: its weights, inputs and targets."""

import nn

INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]


def two_two_two():
    model = nn.MLP(2, [2, 2], activation=["sigmoid", "sigmoid"], rng=0)
    weights = iter([0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55])
    for layer, bias in zip(model.layers, (0.35, 0.60), strict=True):
        for neuron in layer.neurons:
            neuron.bias.data = bias
            for weight in neuron.weights:
                weight.data = next(weights)
    return model, [w for layer in model.layers for neuron in layer.neurons for w in neuron.weights]
