"""PyTorch: peer_pytorch.py NAME [--compile] prints the time of a step or a call."""

import sys

import torch
from torch import nn

from workloads import (
    LEARNING_RATE, STEPS, cannot, cores, emit, inference, median_microseconds, random_batch,
)


def network(sizes, hidden=nn.ReLU, output=None):
    layers = []
    for place, (inputs, units) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(inputs, units))
        if place < len(sizes) - 2:
            layers.append(hidden())
    return nn.Sequential(*layers, *([output()] if output else []))


def time_step(step, compiled):
    # Losses that know the sigmoid or the softmax take the logits: faster, and more exact.
    output = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}.get(step.output)
    if step.loss == "binary-cross-entropy":
        output = None
    model = network(step.sizes, nn.Tanh if step.hidden == "tanh" else nn.ReLU, output)
    inputs, targets, labels = random_batch(step)
    x, t = torch.from_numpy(inputs), torch.from_numpy(targets)
    if step.loss == "cross-entropy":
        t = torch.from_numpy(labels)
        loss = nn.functional.cross_entropy
    elif step.loss == "binary-cross-entropy":
        loss = nn.functional.binary_cross_entropy_with_logits
    elif step.loss == "half-squared-error":
        rows = step.batch
        loss = lambda a, b: nn.functional.mse_loss(a, b, reduction="sum") / (2 * rows)
    else:
        loss = nn.functional.mse_loss
    kind = torch.optim.SGD if step.optimizer == "sgd" else torch.optim.Adam
    # One kernel for the whole update where each operation is called by itself.
    optimizer = kind(
        model.parameters(), lr=LEARNING_RATE[step.optimizer], fused=None if compiled else True)

    def once():
        optimizer.zero_grad()
        loss(model(x), t).backward()
        optimizer.step()

    once_compiled = torch.compile(once) if compiled else once

    def run(count):
        for _ in range(count):
            once_compiled()

    run(3)
    return median_microseconds(run)


def time_call(sizes, rows, compiled):
    model = network(sizes)
    x = torch.randn(rows, sizes[0])
    if compiled:
        model = torch.compile(model)
    with torch.inference_mode():

        def run(count):
            for _ in range(count):
                model(x)

        run(3)
        return median_microseconds(run)


def main():
    name, compiled = sys.argv[1], "--compile" in sys.argv
    torch.set_num_threads(cores())
    if name in STEPS:
        emit(name, microseconds=time_step(STEPS[name], compiled))
    elif inference(name):
        emit(name, microseconds=time_call(*inference(name), compiled))
    else:
        cannot(name)


main()
