"""What Scripts/check-interchange --pytorch compares; run by it, in the environment it makes.

    python check-pytorch.py COMMAND FOLDER
"""

import csv
import os
import random
import subprocess
import sys

import numpy
import torch
from safetensors.torch import load_file, save_file
from torch import nn

command, folder = sys.argv[1:]
os.chdir(folder)
torch.manual_seed(1)
checks = 0


def run(*arguments):
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check-pytorch: {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def close(name, got, wanted):
    """Equal to 1e-6 of the size of the numbers."""
    global checks
    got, wanted = numpy.asarray(got, float), numpy.asarray(wanted, float)
    difference = numpy.abs(got - wanted).max() / max(1, numpy.abs(wanted).max())
    if got.shape != wanted.shape or not difference <= 1e-6:
        sys.exit(f"check-pytorch: {name}: differs by {difference}")
    checks += 1
    print(f"{name}: equal")


def numbers(model, path, title):
    rows = csv.DictReader(run("predict", model, path).splitlines())
    return [[float(v) for k, v in row.items() if k.startswith(title)] for row in rows]


MODULES = {
    "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "gelu": nn.GELU, "silu": nn.SiLU,
    "gelu-tanh": lambda: nn.GELU("tanh"), "mish": nn.Mish, "softplus": nn.Softplus, "elu": nn.ELU,
    "selu": nn.SELU, "softsign": nn.Softsign, "leaky-relu": lambda: nn.LeakyReLU(0.01),
    "hard-sigmoid": nn.Hardsigmoid, "hard-tanh": nn.Hardtanh, "hard-swish": nn.Hardswish,
    "relu6": nn.ReLU6, "softmax": lambda: nn.Softmax(dim=1),
}
draw = random.Random(1)
with open("data.csv", "w") as file:
    file.write("a,b,c,class\n")
    for _ in range(60):
        a, b, c = (draw.randrange(-64, 64) / 16 for _ in range(3))
        file.write(f"{a},{b},{c},{['low', 'middle', 'high'][(a > b) + (c > 0)]}\n")
table = numpy.loadtxt("data.csv", delimiter=",", skiprows=1, usecols=(0, 1, 2), dtype=numpy.float32)
x = torch.from_numpy(table)
numpy.save("x.npy", table)

# A model of ours, as the README loads it.
for name, module in MODULES.items():
    run("train", "data.csv", "--target", "class", "--scale", "none", "--epochs", "3", "--quiet",
        "--hidden", f"6:{name},5:tanh", "--out", "m.safetensors")
    network = nn.Sequential(
        nn.Linear(3, 6), module(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(dim=1))
    network.load_state_dict(load_file("m.safetensors"))
    with torch.no_grad():
        wanted = network(x).numpy()
    close(f"to PyTorch, {name}", numbers("m.safetensors", "data.csv", "probability"), wanted)

# Normalisations, with their running statistics.
run("train", "data.csv", "--target", "class", "--scale", "none", "--epochs", "3", "--quiet",
    "--hidden", "6,batch-norm,relu,5,layer-norm,tanh", "--out", "m.safetensors")
network = nn.Sequential(
    nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 5), nn.LayerNorm(5), nn.Tanh(),
    nn.Linear(5, 3), nn.Softmax(dim=1))
network.load_state_dict(load_file("m.safetensors"), strict=False)
network.eval()
with torch.no_grad():
    wanted = network(x).numpy()
close("to PyTorch, normalisations", numbers("m.safetensors", "data.csv", "probability"), wanted)


# A module of PyTorch's, with names and number types of its own.
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleList([nn.Linear(3, 8), nn.Linear(8, 6)])
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        for layer in self.encoder:
            x = torch.relu(layer(x))
        return self.head(x)


for kind in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
    net = Net().to(kind)
    save_file(net.state_dict(), "state.safetensors")
    run("import", "state.safetensors", "--activations", "relu,relu,identity", "--task",
        "regression", "--out", "n.safetensors")
    with torch.no_grad():
        wanted = net.double()(x.double()).numpy()
    close(f"from PyTorch, {kind}", numbers("n.safetensors", "x.npy", "prediction"), wanted)
print(f"check-pytorch: {checks} comparisons, all equal")
