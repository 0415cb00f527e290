"""What Scripts/check-interchange compares; run by it, in the environment it makes.

    python check-interchange.py COMMAND FOLDER
"""

import csv
import glob
import json
import os
import random
import subprocess
import sys
import warnings

import numpy
import onnx
import onnxruntime

command, folder = sys.argv[1:]
os.chdir(folder)
onnxruntime.set_default_logger_severity(3)
ROWS = 60
checks = 0


def run(*arguments):
    """The command's standard output; its failure ends the check."""
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"check-interchange: {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def fail(name, message):
    sys.exit(f"check-interchange: {name}: {message}")


def write_table():
    """Numbers and texts, some missing, and targets of every kind that depend on them.

    The numbers are sixteenths, which floats hold exactly: what differs is the arithmetic alone.
    """
    draw = random.Random(1)
    with open("data.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["x", "wide column", "colour", "class", "side", "price", "count", "also"])
        for i in range(ROWS):
            x = draw.randrange(-64, 64) / 16
            y = 2000 + draw.randrange(320) / 16
            colour = draw.choice(["red", "green", "dark blue", 'a "quoted" one'])
            score = x + (y - 2010) / 5 + len(colour) / 8
            row = ["" if i % 11 == 3 else x, "" if i % 13 == 5 else y, "" if i % 7 == 2 else colour]
            row += [["low", "middle", "high"][(score > 1) + (score > 2)], "yes" if score > 1 else "no"]
            row += [100 + 40 * score, max(0, round(2 + score)), "on" if x > 0 else "off"]
            out.writerow(row)


def columns():
    with open("data.csv", newline="") as file:
        return list(csv.DictReader(file))


def predictions(model):
    """The command's predictions: the texts of the column and the numbers beside it."""
    rows = list(csv.reader(run("predict", model, "data.csv").splitlines()))
    return rows[0], rows[1:]


def inputs(session, table):
    feed = {}
    for value in session.get_inputs():
        cells = [row[value.name] for row in table]
        if value.type == "tensor(string)":
            feed[value.name] = numpy.array(cells, dtype=object).reshape(-1, 1)
        else:
            kind = numpy.float32 if value.type == "tensor(float)" else numpy.float64
            numbers = [float(cell) if cell else float("nan") for cell in cells]
            feed[value.name] = numpy.array(numbers, dtype=kind).reshape(-1, 1)
    return feed


def close(name, got, wanted, double):
    """Equal to 1e-6 of the size of the numbers; in double precision to 1e-10, for attributes are floats."""
    global checks
    scale = max(1, numpy.abs(wanted).max())
    difference = numpy.abs(got - wanted).max() / scale
    if not difference <= (1e-10 if double else 1e-6):
        fail(name, f"differs by {difference}")
    checks += 1


def check(name, target, options, opsets=(17,)):
    targets = [word for one in target for word in ("--target", one)]
    drop = ["class", "side", "price", "count", "also"]
    dropped = [word for one in drop if one not in target for word in ("--drop", one)]
    run("train", "data.csv", *targets, *dropped, "--epochs", "3", "--quiet", "--out", "m", *options)
    header, rows = predictions("m")
    table = columns()
    double = "double" in options
    for opset in opsets:
        where = f"{name}, opset {opset}"
        run("export", "m", "--format", "onnx", "--opset", str(opset), "--out", "m.onnx")
        onnx.checker.check_model(onnx.load("m.onnx"), full_check=True)
        session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
        feed = inputs(session, table)
        result = dict(zip([o.name for o in session.get_outputs()], session.run(None, feed)))
        if "label" in result:
            places = [i for i, title in enumerate(header) if title.startswith("prediction")]
            wanted = numpy.array([[row[i] for i in places] for row in rows], dtype=object)
            if not (result["label"].reshape(wanted.shape) == wanted).all():
                fail(where, "other labels")
        places = [
            i
            for i, title in enumerate(header)
            if title.startswith(("probability", "score") if "label" in result else "prediction")
        ]
        wanted = numpy.array([[float(row[i]) for i in places] for row in rows])
        got = next(v for k, v in result.items() if k != "label")
        close(where, got.reshape(wanted.shape), wanted, double)
        # One row, and none, are batches too.
        for count in (0, 1):
            few = session.run(None, {key: value[:count] for key, value in feed.items()})
            if any(len(output) != count for output in few):
                fail(where, f"a batch of {count} rows gives another number")
        run("export", "m", "--format", "onnx", "--opset", str(opset), "--network-only",
            "--out", "n.onnx")
        onnx.checker.check_model(onnx.load("n.onnx"), full_check=True)
        onnxruntime.InferenceSession("n.onnx", providers=["CPUExecutionProvider"])
    print(f"{name}: equal")


def check_events():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for target in ("class", "price"):
        run("train", "data.csv", "--target", target, "--epochs", "7", "--quiet", "--out", "m",
            "--training-metrics", "--log-dir", f"logs-{target}", "--history", f"{target}.jsonl")
        history = [json.loads(line) for line in open(f"{target}.jsonl")]
        for part, prefix in (("train", ""), ("validation", "validation_")):
            (place,) = glob.glob(f"logs-{target}/*/{part}")
            events = EventAccumulator(place)
            events.Reload()
            tags = events.Tags()["scalars"]
            if not {"loss"} <= set(tags) or (part == "train" and "learning_rate" not in tags):
                fail(place, f"tags {tags}")
            for tag in tags:
                name = prefix + tag
                if part == "train" and tag not in ("loss", "learning_rate"):
                    name = "training_" + tag.removeprefix("measured_")
                got = [(event.step, event.value) for event in events.Scalars(tag)]
                wanted = [(line["epoch"], float(numpy.float32(line[name]))) for line in history]
                if got != wanted:
                    fail(place, f"{tag}: {got} instead of {wanted}")
    lines = list(csv.DictReader(run("log", "logs-class", "--csv").splitlines()))
    if len([line for line in lines if line["tag"] == "loss"]) != 14:
        fail("log", "reads another number of losses")
    print("TensorBoard: reads every scalar")


def check_scikit_learn():
    """The README's snippet, on estimators that scikit-learn itself has trained."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore")
    draw = numpy.random.default_rng(3)
    x = draw.normal(size=(80, 4))
    score = x[:, 0] * x[:, 1] + x[:, 2]
    classes = numpy.array(["low", "middle", "high"])[(score > -0.5).astype(int) + (score > 0.5)]
    numpy.save("x.npy", x)
    for activation in ("relu", "tanh", "logistic", "identity"):
        for name, kind, y in (
            ("three classes", MLPClassifier, classes),
            ("two classes", MLPClassifier, numpy.where(score > 0, "yes", "no")),
            ("a number", MLPRegressor, score),
            ("two numbers", MLPRegressor, numpy.stack([score, x[:, 3]], axis=1)),
        ):
            model = kind(hidden_layer_sizes=(7, 5), activation=activation, max_iter=20, random_state=0).fit(x, y)
            weights = {f"coefs_{i}": w for i, w in enumerate(model.coefs_)}
            biases = {f"intercepts_{i}": b for i, b in enumerate(model.intercepts_)}
            names, options = {}, ["--task", "regression"]
            if kind is MLPClassifier:
                names, options = {"classes": model.classes_.astype(str)}, []
            numpy.savez("mlp.npz", **names, **weights, **biases)
            run("import", "mlp.npz", "--activation", activation, "--out", "m", *options)
            rows = list(csv.DictReader(run("predict", "m", "x.npy").splitlines()))
            where = f"scikit-learn, {activation}, {name}"
            if kind is MLPClassifier:
                if [row["prediction"] for row in rows] != list(model.predict(x)):
                    fail(where, "other classes")
                got = [[float(row[f"probability_{c}"]) for c in model.classes_] for row in rows]
                close(where, numpy.array(got), model.predict_proba(x), True)
            else:
                got = numpy.array([[float(v) for k, v in row.items()
                                    if k.startswith("prediction")] for row in rows])
                close(where, got, model.predict(x).reshape(got.shape), True)
    print("scikit-learn: equal")


def check_safetensors():
    """Half precisions as the format's own library reads them, and a state_dict with names of its own."""
    from safetensors import deserialize
    from safetensors.numpy import load_file, save_file

    run("train", "data.csv", "--target", "class", "--epochs", "3", "--quiet", "--out", "m",
        "--hidden", "9:relu,batch-norm,7:tanh")
    whole = load_file("m")
    for kind, dtype in (("f16", "F16"), ("bf16", "BF16"), ("f64", "F64")):
        run("export", "m", "--format", "safetensors", "--dtype", kind, "--out", "small.safetensors")
        with open("small.safetensors", "rb") as file:
            tensors = dict(deserialize(file.read()))
        if set(tensors) != set(whole):
            fail(kind, "other tensors")
        for name, tensor in tensors.items():
            if tensor["dtype"] != dtype:
                fail(kind, f"{name} is {tensor['dtype']}")
            data = bytes(tensor["data"])
            if kind == "bf16":
                bits = whole[name].astype(numpy.float32).view(numpy.uint32).astype(numpy.uint64)
                wanted = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
            else:
                wanted = whole[name].astype("<f2" if kind == "f16" else "<f8")
            if data != wanted.tobytes():
                fail(kind, f"{name} is not rounded to nearest, ties to even")
    draw = numpy.random.default_rng(4)
    x = draw.normal(size=(20, 4)).astype(numpy.float32)
    numpy.save("x.npy", x)
    for kind in (numpy.float16, numpy.float32, numpy.float64):
        weights = [draw.normal(size=size).astype(kind) for size in ((6, 4), (6,), (2, 6), (2,))]
        names = ("net.body.fc1.weight", "net.body.fc1.bias", "net.head.weight", "net.head.bias")
        save_file(dict(zip(names, weights)), "state.safetensors")
        run("import", "state.safetensors", "--activations", "tanh,identity", "--out", "n",
            "--task", "regression")
        rows = csv.DictReader(run("predict", "n", "x.npy").splitlines())
        got = numpy.array([[float(v) for v in row.values()] for row in rows])
        a, b, c, d = (w.astype(numpy.float64) for w in weights)
        close(f"state_dict, {kind.__name__}", got, numpy.tanh(x @ a.T + b) @ c.T + d, False)
    print("safetensors: equal")


def check_arrays():
    """Predictions as arrays, which NumPy reads, and arrays that NumPy wrote in each of its forms."""
    draw = numpy.random.default_rng(5)
    x = draw.normal(size=(30, 3))
    numpy.save("x.npy", x)
    numpy.save("y.npy", x @ [1.0, -2.0, 0.5])
    run("train", "--inputs", "x.npy", "--targets", "y.npy", "--precision", "double", "--epochs", "3",
        "--quiet", "--out", "m")
    run("predict", "m", "x.npy", "--out", "p.npy")
    wanted = numpy.load("p.npy")
    if wanted.shape[0] != 30:
        fail("arrays", f"{wanted.shape} predictions of 30 rows")
    for name, array in (("Fortran", numpy.asfortranarray(x)), ("big-endian", x.astype(">f8"))):
        numpy.save("other.npy", array)
        run("predict", "m", "other.npy", "--out", "q.npy")
        if not (numpy.load("q.npy") == wanted).all():
            fail("arrays", f"{name} predicts otherwise")
    for save in (numpy.savez, numpy.savez_compressed):
        save("z.npz", X=x)
        run("predict", "m", "z.npz", "--out", "q.npy")
        if not (numpy.load("q.npy") == wanted).all():
            fail("arrays", "an archive predicts otherwise")
    print("NumPy: equal")


write_table()
check_scikit_learn()
check_safetensors()
check_arrays()
ALL = range(13, 21)
check("classes", ["class"], ["--hidden", "9:relu,dropout:0.2,7:tanh"], ALL)
check("two classes", ["side"], ["--hidden", "8:relu"], (13, 17, 20))
check("two classes, two outputs", ["side"], ["--layers", "5:sigmoid,2:softmax", "--scale", "minmax"])
check("hinge", ["side"], ["--layers", "5:relu,1:identity", "--loss", "hinge"])
check("a number", ["price"], ["--hidden", "64:relu,64:relu", "--learning-rate", "0.05"])
check("a number, unscaled", ["price"], ["--scale", "none", "--no-bias"])
check("counts", ["count"], ["--layers", "6:tanh,1:identity", "--loss", "poisson", "--task", "regression"])
check("two numbers", ["price", "count"], ["--hidden", "6:relu", "--task", "regression"])
check("labels", ["side", "also"], ["--hidden", "6:relu"])
check(
    "normalisations", ["class"],
    ["--hidden", "8,batch-norm,relu,6,layer-norm,tanh,5,prelu,batch-norm,prelu"], ALL)
ACTIVATIONS = (
    "relu sigmoid tanh softmax leaky-relu:0.2 elu:0.5 selu gelu gelu-tanh silu mish softplus "
    "softsign hard-sigmoid hard-tanh hard-swish relu6 exponential identity"
).split()
for activation in ACTIVATIONS:
    check(activation, ["price"], ["--hidden", f"6:{activation}"], (13, 17, 20))
    if activation != "gelu":
        check(
            f"{activation}, double", ["class"],
            ["--hidden", f"6:{activation}", "--precision", "double"], (13, 20))
check(
    "normalisations, double", ["side"],
    ["--hidden", "8,batch-norm,relu,6,layer-norm,tanh,5,prelu", "--precision", "double"], (13, 17))
check_events()
print(f"check-interchange: {checks} comparisons, all equal")
