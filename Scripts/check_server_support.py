"""A server to be checked, clients that load it, and models for it: used by check-server.py."""

import csv
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np

command, server, folder = sys.argv[1:4]
penguins = "Examples/penguins.csv"
passed, failed = [], []

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))


def check(what, holds, detail=""):
    (passed if holds else failed).append(what)
    if not holds:
        print(f"FAILED: {what} {detail}", flush=True)


def train(name, *arguments):
    path = f"{folder}/{name}.safetensors"
    subprocess.run(
        [command, "train", *arguments, "--quiet", "--epochs", "5", "--out", path],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


class Server:
    """A server, from its start to its end."""

    def __init__(self, *arguments, environment=None):
        self.log = open(f"{folder}/log", "w+")
        self.process = subprocess.Popen(
            [server, "serve", *arguments, "--port", "0"], stderr=self.log,
            env={**os.environ, **(environment or {})})
        for _ in range(200):
            found = re.search(r"address=\S+?:(\d+) ", open(f"{folder}/log").read())
            if found:
                self.port = int(found.group(1))
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"the server does not start: {open(f'{folder}/log').read()}")

    def memory(self, what="VmRSS"):
        """In MB."""
        text = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(rf"{what}:\s+(\d+)", text).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(40)
        check("the server ends with 0", status == 0, f"{status}: {open(f'{folder}/log').read()[-500:]}")

    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def send(self, data, half_close=False):
        """Sends bytes on a connection of its own, and returns all that comes back."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            return read_all(connection)

    def ask(self, path, body=None, headers=""):
        method = "GET" if body is None else "POST"
        body = body or b""
        answer = self.send(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return status_of(answer), answer.partition(b"\r\n\r\n")[2]

    def works(self, after):
        status, body = self.ask("/v2/models/wide/infer", infer(row))
        check(f"still answers after {after}", status == 200, body)


def read_all(connection):
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except OSError:
        pass
    return data


def read_answer(connection):
    """One answer on a connection that stays; b"" where it was closed before the first byte."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            return b"cut short: " + data
        body += part
    return head + b"\r\n\r\n" + body


def status_of(answer):
    found = re.match(rb"HTTP/1.1 (\d+)", answer)
    return int(found.group(1)) if found else 0


def infer(values, **members):
    return json.dumps({
        **members,
        "inputs": [{
            "name": "features", "shape": [1, len(values)], "datatype": "FP32",
            "data": [float(v) for v in values]}]}).encode()


def post(path, body):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            .encode() + body)


# --- models ---

random = np.random.default_rng(1)
with open(f"{folder}/wide.csv", "w") as file:
    print(",".join(f"x{i}" for i in range(32)) + ",y", file=file)
    for values in random.normal(size=(300, 32)):
        print(",".join(f"{v:.6g}" for v in values) + f",{values[:4].sum():.6g}", file=file)
row = random.normal(size=32).astype(np.float32)
species = train("species", penguins, "--target", "species")
mass = train("mass", penguins, "--target", "body_mass_g", "--precision", "double")
wide = train("wide", f"{folder}/wide.csv", "--target", "y", "--layers", "64:relu,64:relu,1")
other = train(
    "other", f"{folder}/wide.csv", "--target", "y", "--layers", "64:relu,64:relu,1", "--seed", "7")
rows = [r for r in csv.DictReader(open(penguins)) if all(v not in ("", "NA") for v in r.values())][:50]


class Load:
    """Clients that ask for ever, each on a connection of its own that stays."""

    def __init__(self, running, clients=8, data=None):
        self.running, self.data = running, data or post("/v2/models/wide/infer", infer(row))
        self.answered, self.lost, self.values = 0, [], set()
        self.stopping = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stopping:
            try:
                connection = self.running.connect()
            except OSError:
                return  # Nobody listens any more: nothing was asked.
            with connection:
                if not self.talk(connection, self.data):
                    return

    def talk(self, connection, data):
        while not self.stopping:
            try:
                connection.sendall(data)
                answer = read_answer(connection)
            except OSError as error:
                answer = f"broken: {error}".encode()
            with self.lock:
                if status_of(answer) != 200:
                    self.lost.append(answer[:200])
                    return False
                self.answered += 1
                self.values.add(answer.partition(b"\r\n\r\n")[2])
            if b"connection: close" in answer.lower():
                return True
        return False

    def end(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(30)
