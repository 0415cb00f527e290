"""Runs ours and the peers by turns and prints the table of ratios. `compare`, a folder above, starts
it with the environment it needs."""

import argparse
import fnmatch
import importlib.metadata
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

from workloads import STEPS

FOLDER = os.path.dirname(os.path.abspath(__file__))
INFERENCE = [
    "infer-2-2-2-1", "infer-32-64-64-1", "infer-784-128-10", "infer-784-512-512-10",
    "infer-784-512-512-10-b256", "infer-32-64-64-1-b4096",
]
TAKEN = ["taken-core-tabular", "taken-core-mnist-small", "taken-core-mnist-wide"]

# What each peer is asked: its script, and the workloads.
PEERS = {
    "PyTorch": (["peer_pytorch.py"], [*STEPS, *INFERENCE]),
    "PyTorch compiled": (["peer_pytorch.py", "--compile"], [*STEPS]),
    "JAX": (["peer_jax.py"], [*STEPS, *INFERENCE, "mnist-98"]),
    "ONNX Runtime": (["peer_onnxruntime.py"], INFERENCE),
    "scikit-learn": (
        ["peer_sklearn.py"],
        ["seed001", "seed003", "seed004", "tabular", "mnist-small", "mnist-wide"]),
    "pandas": (["peer_pandas.py"], ["csv-read"]),
}
PACKAGES = ["torch", "jax", "optax", "onnxruntime", "scikit-learn", "pandas", "numpy"]


def records(command):
    """The JSON objects a command prints, or None when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    except subprocess.TimeoutExpired:
        print(f"  {' '.join(command)}: no end after 900 s", file=sys.stderr)
        return None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        print(f"  {' '.join(command)}: {last[0]}", file=sys.stderr)
        return None
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def value(record):
    """Microseconds of whatever was timed; None for a record without a time."""
    for key in ("microseconds", "microseconds_per_step", "microseconds_per_call"):
        if record.get(key) is not None:
            return record[key]
    return record["seconds"] * 1e6 if record.get("seconds") is not None else None


class Comparison:
    def __init__(self, options):
        self.options = options
        self.csv = options.csv or os.path.join(tempfile.gettempdir(), "perceptron-bench.csv")
        self.machine = None
        # name → side → a record for every round
        self.found = {}

    def ours(self, name, turn=0):
        command = [
            self.options.bench, "--json", "--threads", "auto", "--filter", name, "--csv", self.csv,
            "--seed", str(turn)]
        if self.options.mnist:
            command += ["--mnist", self.options.mnist]
        found = records(command)
        if not found:
            return None
        self.machine = self.machine or found[0]
        return found[1]

    def peer(self, side, name, turn):
        script, names = PEERS[side]
        if name not in names:
            return None
        extra = {"csv-read": [self.csv], "mnist-98": [self.options.mnist, str(turn)]}.get(name, [])
        found = records(
            [sys.executable, os.path.join(FOLDER, script[0]), name, *script[1:], *extra])
        return found[-1] if found else None

    def run(self, names):
        for name in names:
            if name == "csv-read" and not os.path.exists(self.csv):
                # Written, and not measured.
                self.ours(name)
            sides = self.found.setdefault(name, {})
            for turn in range(self.options.rounds):
                for side in ["ours", *PEERS]:
                    record = (
                        self.ours(name, turn) if side == "ours" else self.peer(side, name, turn))
                    if record and (value(record) is not None or name == "floor"):
                        sides.setdefault(side, []).append(dict(record, turn=turn))
                times = ", ".join(
                    f"{side} {shown(value(all[-1]))}" for side, all in sides.items()
                    if all[-1]["turn"] == turn and value(all[-1]) is not None)
                print(f"{name} {turn + 1}/{self.options.rounds}: {times}", file=sys.stderr)

    def median(self, name, side, key=None):
        """Of a key, or of the time; None where there is none."""
        all = self.found.get(name, {}).get(side, [])
        values = [record.get(key) if key else value(record) for record in all]
        values = [one for one in values if one is not None]
        return statistics.median(values) if values else None

    def ratios(self, name):
        """The peer with the lowest median, and in every round its time over ours."""
        sides = [side for side in PEERS if self.median(name, side) is not None]
        if not sides or self.median(name, "ours") is None:
            return None
        best = min(sides, key=lambda side: self.median(name, side))
        ours = {record["turn"]: value(record) for record in self.found[name]["ours"]}
        ratios = [
            value(record) / ours[record["turn"]] for record in self.found[name][best]
            if record["turn"] in ours]
        return (best, ratios) if ratios else None


def shown(number):
    """Three digits or so."""
    if number is None:
        return "–"
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def spread(numbers, unit=""):
    """Median, smallest and largest."""
    if not numbers:
        return "–"
    low, high = min(numbers), max(numbers)
    return f"{shown(statistics.median(numbers))}{unit} ({shown(low)}–{shown(high)})"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def times_table(comparison, names, heading, scale, share=None):
    """Ours and the peers that took part; medians, and the best peer's ratio."""
    names = [name for name in names if comparison.median(name, "ours") is not None]
    if not names:
        return ""
    sides = [
        side for side in PEERS if any(comparison.median(name, side) is not None for name in names)]
    rows = []
    for name in names:
        row = [f"`{name}`"]
        for side in ["ours", *sides]:
            time = comparison.median(name, side)
            row.append(shown(time / scale if time is not None else None))
        found = comparison.ratios(name)
        row.append(f"**{spread(found[1])}** {found[0]}" if found else "–")
        if share:
            part = comparison.median(name, "ours", share)
            row.append(f"{part:.0%}" if part is not None else "–")
        rows.append(row)
    heads = [heading, "ours", *sides, "best peer ÷ ours"]
    return table(heads + (["of the machine's limit"] if share else []), rows)


def memory_table(comparison, names):
    rows = []
    sides = ["ours", *PEERS]
    found = [name for name in names if comparison.median(name, "ours", "peak_megabytes")]
    sides = [
        side for side in sides
        if any(comparison.median(name, side, "peak_megabytes") for name in found)]
    for name in found:
        rows.append([f"`{name}`"] + [
            shown(comparison.median(name, side, "peak_megabytes")) for side in sides])
    return table(["memory at the peak, MB", *sides], rows) if rows else ""


def taken_table(comparison):
    rows = []
    for name in TAKEN:
        found = comparison.found.get(name, {}).get("ours", [])
        if found:
            rows.append([
                f"`{name}`", shown(comparison.median(name, "ours", "microseconds_on_one_thread")),
                shown(comparison.median(name, "ours")),
                spread([record["ratio"] for record in found])])
    heads = ["another process on a core, µs a step", "one thread", "automatic", "ratio"]
    return table(heads, rows) if rows else ""


def floor_table(comparison):
    found = comparison.found.get("floor", {}).get("ours", [])
    if not found:
        return ""
    cores = found[0]["cores"]

    def of(key):
        return spread([record[key] for record in found])

    return table(["the machine's limit", "one core", f"{cores} cores"], [
        ["fused multiply-adds, GFLOP/s", of("gflops_one_core"), of("gflops_all_cores")],
        ["reading memory, GB/s", of("read_gigabytes_per_second_memory"),
         of("read_gigabytes_per_second_memory_all_cores")],
        ["copying memory, GB/s", of("copy_gigabytes_per_second"),
         of("copy_gigabytes_per_second_all_cores")],
    ])


def versions():
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def markdown(comparison, load):
    machine = comparison.machine or {}
    lines = [
        f"{machine.get('processor')}, {machine.get('cores')} cores, "
        f"{machine.get('instruction_set')}; {machine.get('caches')}; {machine.get('memory')}; "
        f"{machine.get('system')}; {machine.get('compiler')}.",
        ", ".join(f"{name} {version}" for name, version in versions().items())
        + f", Python {sys.version.split()[0]}; all sides may use all cores.",
        f"Medians by turns, rounds: {comparison.options.rounds}; in brackets the smallest and the "
        f"largest. Load before and after: {load[0]:.1f}, {load[1]:.1f}.",
    ]
    if load[0] > 0.5:
        lines.append("The machine was busy before the start: not a result.")
    if comparison.options.rounds < 5:
        lines.append("Fewer than five rounds: a trial, not a result.")
    parts = [
        "\n".join(lines) + "\n",
        times_table(comparison, STEPS, "training step, µs", 1, "share_of_peak"),
        times_table(
            comparison, [name for name in INFERENCE if "-b" not in name], "one row, µs a call", 1,
            "share_of_read_rate"),
        times_table(
            comparison, [name for name in INFERENCE if "-b" in name], "a batch, µs a call", 1,
            "share_of_peak"),
        times_table(comparison, ["mnist-98", "csv-read"], "s", 1e6),
        memory_table(comparison, ["tabular", "mnist-wide", "wide", "mnist-98", "csv-read"]),
        taken_table(comparison), floor_table(comparison),
    ]
    return "\n".join(part for part in parts if part)


def chosen(names, patterns):
    """As perceptron-bench chooses: the name itself, else what fits `*`, else what begins so."""

    def fits(name, pattern):
        if pattern in names:
            return name == pattern
        return fnmatch.fnmatchcase(name, pattern if "*" in pattern else pattern + "*")

    return [name for name in names if any(fits(name, pattern) for pattern in patterns)]


def main():
    parser = argparse.ArgumentParser(prog="compare")
    parser.add_argument("--bench", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--filter", nargs="+", default=[])
    parser.add_argument("--peers", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--mnist")
    parser.add_argument("--csv")
    parser.add_argument("--json")
    options = parser.parse_args()
    for side in [side for side in PEERS if side not in options.peers]:
        del PEERS[side]
    names = ["floor", *STEPS, *INFERENCE, *TAKEN, "csv-read"]
    if options.mnist:
        names.append("mnist-98")
    if options.filter:
        wanted = chosen(names, options.filter)
        if not wanted:
            parser.error(f"no workload fits; there are {', '.join(names)}")
        names = wanted
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    # Either way the process that is being timed is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    before = os.getloadavg()[0]
    comparison = Comparison(options)
    try:
        comparison.run(names)
    except KeyboardInterrupt:
        print("interrupted: what there is so far", file=sys.stderr)
    load = (before, os.getloadavg()[0])
    print(markdown(comparison, load))
    if options.json:
        rows = {}
        for name, sides in comparison.found.items():
            found = comparison.ratios(name)
            rows[name] = {"sides": sides}
            if found:
                rows[name].update(
                    best_peer=found[0], ratio=statistics.median(found[1]),
                    ratio_min=min(found[1]), ratio_max=max(found[1]))
        with open(options.json, "w") as file:
            json.dump(
                {"machine": comparison.machine, "versions": versions(), "load": load,
                 "rounds": options.rounds, "workloads": rows}, file, indent=1)


main()
