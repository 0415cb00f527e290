"""scikit-learn: peer_sklearn.py NAME prints the time of a partial_fit on one batch, a step."""

import sys
import warnings

from sklearn.neural_network import MLPClassifier, MLPRegressor

from workloads import LEARNING_RATE, STEPS, cannot, emit, median_microseconds, random_batch


def main():
    step = STEPS.get(sys.argv[1])
    # It has cross-entropies behind sigmoid and softmax, and half the squared error behind nothing.
    if step is None or (step.output, step.loss) not in [
        ("sigmoid", "binary-cross-entropy"), ("softmax", "cross-entropy"), ("identity", "mse"),
    ]:
        cannot(sys.argv[1])
    classifies = step.output != "identity"
    network = (MLPClassifier if classifies else MLPRegressor)(
        hidden_layer_sizes=step.sizes[1:-1], activation=step.hidden, solver=step.optimizer,
        alpha=0, batch_size=step.batch, learning_rate_init=LEARNING_RATE[step.optimizer],
        momentum=0, random_state=0)
    x, targets, labels = random_batch(step)
    if classifies:
        classes = list(range(max(2, step.sizes[-1])))
        once = lambda: network.partial_fit(x, labels, classes=classes)
    else:
        y = targets if step.sizes[-1] > 1 else targets.ravel()
        once = lambda: network.partial_fit(x, y)

    def run(count):
        for _ in range(count):
            once()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        emit(sys.argv[1], microseconds=median_microseconds(run))


main()
