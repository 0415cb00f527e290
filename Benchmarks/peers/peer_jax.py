"""JAX: peer_jax.py NAME [FOLDER [SEED]] prints the time of a step or a call, or of MNIST to 98 %.

Steps are the body of one compiled lax.scan, the fastest way JAX has.
"""

import gzip
import os
import statistics
import struct
import sys
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy
import optax

from workloads import (
    LEARNING_RATE, STEPS, cannot, emit, inference, median_microseconds, random_batch,
)


def parameters(sizes, seed=0):
    key = jax.random.PRNGKey(seed)
    result = []
    for inputs, units in zip(sizes, sizes[1:]):
        key, own = jax.random.split(key)
        weights = jax.random.normal(own, (inputs, units)) * (2 / inputs) ** 0.5
        result.append((weights, jnp.zeros(units)))
    return result


def logits(parameters, x, activation=jax.nn.relu):
    for weights, bias in parameters[:-1]:
        x = activation(x @ weights + bias)
    weights, bias = parameters[-1]
    return x @ weights + bias


def loss_of(step):
    activation = jnp.tanh if step.hidden == "tanh" else jax.nn.relu

    def loss(parameters, x, t):
        z = logits(parameters, x, activation)
        if step.loss == "cross-entropy":
            return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(z), -1))
        if step.loss == "binary-cross-entropy":
            return jnp.mean(jnp.maximum(z, 0) - z * t + jnp.log1p(jnp.exp(-jnp.abs(z))))
        a = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}.get(step.output, lambda z: z)(z)
        if step.loss == "half-squared-error":
            return 0.5 * jnp.sum((a - t) ** 2) / step.batch
        return jnp.mean((a - t) ** 2)

    return loss


def time_step(step):
    x, t = (jnp.array(values) for values in random_batch(step)[:2])
    make = optax.sgd if step.optimizer == "sgd" else optax.adam
    optimizer = make(LEARNING_RATE[step.optimizer])
    gradient = jax.grad(loss_of(step))

    @partial(jax.jit, static_argnums=4)
    def many(parameters, state, x, t, count):
        def body(carry, _):
            parameters, state = carry
            updates, state = optimizer.update(gradient(parameters, x, t), state)
            return (optax.apply_updates(parameters, updates), state), None

        return jax.lax.scan(body, (parameters, state), None, length=count)[0]

    start = parameters(step.sizes)
    state = optimizer.init(start)

    def block(count):
        begin = time.perf_counter()
        jax.block_until_ready(many(start, state, x, t, count))
        return time.perf_counter() - begin

    # Blocks of about 50 ms: starting one must not count. A block's length is compiled in.
    block(2)
    count = 3
    guess = max(block(2) / 2, 1e-7)
    for _ in range(3):
        count = max(3, min(100_000, int(0.05 / guess)))
        block(count)
        guess = block(count) / count
        if guess * count > 0.02:
            break
    samples = max(5, min(50, int(0.5 / (guess * count))))
    return statistics.median(block(count) / count for _ in range(samples)) * 1e6


def time_call(sizes, rows):
    weights = parameters(sizes)
    x = jnp.array(numpy.random.default_rng(1).standard_normal((rows, sizes[0]), dtype="f4"))
    call = jax.jit(logits)

    def run(count):
        for _ in range(count):
            call(weights, x).block_until_ready()

    return median_microseconds(run)


def read_idx(folder, name):
    path = os.path.join(folder, name)
    with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
        data = file.read()
    shape = struct.unpack(">" + "I" * data[3], data[4 : 4 + 4 * data[3]])
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(shape)


def mnist(folder, seed, width=256, batch=256, rate=0.004, epochs=6):
    """Seconds until 98 % of the test images are right: 784-256-256-10, Adam, one cycle of rates."""
    x = read_idx(folder, "train-images-idx3-ubyte").reshape(-1, 784).astype("f4")
    y = read_idx(folder, "train-labels-idx1-ubyte").astype("i4")
    x_test = read_idx(folder, "t10k-images-idx3-ubyte").reshape(-1, 784).astype("f4")
    y_test = read_idx(folder, "t10k-labels-idx1-ubyte").astype("i4")
    mean, deviation = x.mean(), x.std()
    x, x_test = (x - mean) / deviation, (x_test - mean) / deviation
    start = parameters((784, width, width, 10), seed)
    rows = len(x) // batch * batch
    schedule = optax.cosine_onecycle_schedule(epochs * (rows // batch), rate, 0.2)
    optimizer = optax.adam(schedule)

    def loss(parameters, x, y):
        z = logits(parameters, x)
        return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()

    @jax.jit
    def epoch(parameters, state, x, y):
        def body(carry, rows):
            parameters, state = carry
            updates, state = optimizer.update(jax.grad(loss)(parameters, *rows), state)
            return (optax.apply_updates(parameters, updates), state), None

        return jax.lax.scan(body, (parameters, state), (x, y))[0]

    judge = jax.jit(lambda weights, x, y: (logits(weights, x).argmax(-1) == y).mean())
    state, random = optimizer.init(start), numpy.random.default_rng(seed)
    count = rows // batch
    # Compiling and reading are left out.
    run = epoch.lower(
        start, state, jnp.zeros((count, batch, 784)), jnp.zeros((count, batch), "i4")).compile()
    judge(start, x_test, y_test)
    begin = time.perf_counter()
    for number in range(1, epochs + 1):
        order = random.permutation(len(x))[:rows]
        start, state = run(
            start, state, jnp.array(x[order].reshape(count, batch, 784)),
            jnp.array(y[order].reshape(count, batch)))
        accuracy = float(judge(start, x_test, y_test))
        if accuracy >= 0.98:
            return emit("mnist-98", seconds=time.perf_counter() - begin, epochs=number,
                        accuracy=accuracy)
    sys.exit(f"98 % not reached: {accuracy}")


def main():
    name = sys.argv[1]
    if name in STEPS:
        emit(name, microseconds=time_step(STEPS[name]))
    elif inference(name):
        emit(name, microseconds=time_call(*inference(name)))
    elif name == "mnist-98":
        mnist(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    else:
        cannot(name)


main()
