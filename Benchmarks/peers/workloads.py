"""The workloads of perceptron-bench under the same names, and how every peer is timed."""

import json
import re
import statistics
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A training step: forward, loss, backward, update; data resident."""

    sizes: tuple
    hidden: str  # relu or tanh
    output: str  # what the loss compares: identity, relu, sigmoid, softmax
    batch: int
    loss: str
    optimizer: str

    @property
    def operations(self):
        """Floating-point operations; there is no gradient for the inputs."""
        pairs = list(zip(self.sizes, self.sizes[1:]))
        return self.batch * (6 * sum(a * b for a, b in pairs) - 2 * pairs[0][0] * pairs[0][1])


STEPS = {
    "seed000": Step((2, 2, 2, 1), "relu", "sigmoid", 4, "half-squared-error", "sgd"),
    "seed001": Step((3, 4, 2), "relu", "identity", 2, "mse", "sgd"),
    "seed003": Step((2, 4, 1), "tanh", "sigmoid", 400, "binary-cross-entropy", "sgd"),
    "seed004": Step((1, 8, 8, 1), "relu", "identity", 100, "mse", "adam"),
    "tabular": Step((32, 64, 64, 1), "relu", "sigmoid", 256, "binary-cross-entropy", "adam"),
    "mnist-small": Step((784, 128, 10), "relu", "softmax", 64, "cross-entropy", "sgd"),
    "mnist-wide": Step((784, 512, 512, 10), "relu", "softmax", 128, "cross-entropy", "adam"),
    "wide": Step((2048,) * 5, "relu", "relu", 512, "mse", "sgd"),
}

# The library's defaults, so that every side computes the same update.
LEARNING_RATE = {"sgd": 0.01, "adam": 0.001}


def inference(name):
    """Sizes and rows of `infer-784-512-512-10-b256`; None for another name."""
    match = re.fullmatch(r"infer-(\d+(?:-\d+)*?)(?:-b(\d+))?", name)
    if not match:
        return None
    return [int(size) for size in match[1].split("-")], int(match[2] or 1)


def median_microseconds(call, seconds=0.5):
    """Median of at least five blocks of calls, about `seconds` of them, the first ones left out.

    `call(n)` makes n calls and waits until they are done.
    """

    def timed(count):
        start = time.perf_counter()
        call(count)
        return (time.perf_counter() - start) * 1e6

    call(1)
    first = timed(1)
    count = max(1, int(2000 / max(first, 0.05)))
    block = timed(count)
    samples = max(5, min(1000, int(seconds * 1e6 / max(block, 1))))
    return statistics.median(timed(count) / count for _ in range(samples))


def peak_megabytes():
    """The most memory this process has had."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def emit(name, **values):
    """Prints what compare reads: a JSON object on a line."""
    values.setdefault("peak_megabytes", peak_megabytes())
    print(json.dumps({"name": name, **values}), flush=True)


def cores():
    """The cores this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def random_batch(step):
    """Inputs, targets and classes as NumPy arrays: as ours a single 1 in every row, and of one
    output 0 and 1 by turns."""
    import numpy

    random = numpy.random.default_rng(1)
    x = random.standard_normal((step.batch, step.sizes[0]), dtype="f4")
    if step.sizes[-1] == 1:
        labels = numpy.arange(step.batch) % 2
        return x, labels.reshape(-1, 1).astype("f4"), labels
    labels = random.integers(0, step.sizes[-1], step.batch)
    return x, numpy.eye(step.sizes[-1], dtype="f4")[labels], labels


def cannot(name):
    """Ends with the status that says: not a workload of this peer."""
    print(f"{name} is not for this peer", file=sys.stderr)
    sys.exit(3)
