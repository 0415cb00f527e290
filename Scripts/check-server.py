"""What Scripts/check-server runs: python check-server.py COMMAND SERVER FOLDER [PART…]."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import tritonclient.http as triton
from check_server_support import (
    Load, Server, check, command, failed, folder, infer, mass, other, passed, penguins, post, read_all,
    read_answer, row, rows, server, species, status_of, wide)


def predicted(model):
    with open(f"{folder}/rows.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    out = subprocess.run(
        [command, "predict", model, f"{folder}/rows.csv"], check=True, capture_output=True, text=True)
    return list(csv.DictReader(out.stdout.splitlines()))


# --- a client of the protocol ---


def check_client(running):
    client = triton.InferenceServerClient(f"127.0.0.1:{running.port}")
    check("live", client.is_server_live())
    check("ready", client.is_server_ready())
    for name, model in [("species", species), ("mass", mass)]:
        check(f"{name} is ready", client.is_model_ready(name) and client.is_model_ready(name, "1"))
        metadata = client.get_model_metadata(name)
        wanted = predicted(model)
        for binary in [True, False]:
            inputs = []
            for column in metadata["inputs"]:
                texts = [r[column["name"]] for r in rows]
                # In 64 bits, so that nothing is rounded before the model sees it.
                kind = "BYTES" if column["datatype"] == "BYTES" else "FP64"
                values = np.array(texts, dtype=object if kind == "BYTES" else np.float64)
                tensor = triton.InferInput(column["name"], [len(rows), 1], kind)
                tensor.set_data_from_numpy(values.reshape(-1, 1), binary_data=binary)
                inputs.append(tensor)
            outputs = [
                triton.InferRequestedOutput(o["name"], binary_data=binary)
                for o in metadata["outputs"]]
            result = client.infer(name, inputs, outputs=outputs, request_id="mine")
            what = f"{name}, {'binary' if binary else 'JSON'}"
            check(f"{what}: the id", result.get_response()["id"] == "mine")
            if name == "mass":
                answers = result.as_numpy("prediction").reshape(-1)
                check(f"{what}: prediction",
                      answers.tolist() == [float(w["prediction"]) for w in wanted])
                continue
            labels = [v if isinstance(v, str) else v.decode() for v in result.as_numpy("label")]
            check(f"{what}: label", labels == [w["prediction"] for w in wanted])
            probabilities = np.float32(
                [[w[k] for k in w if k.startswith("probability_")] for w in wanted])
            check(f"{what}: probabilities",
                  np.array_equal(result.as_numpy("probabilities"), probabilities))
    try:
        client.get_model_metadata("none")
        check("an unknown model", False)
    except triton.InferenceServerException as error:
        check("an unknown model", "there is no model" in str(error), error)
    client.close()


def check_description(running):
    done = subprocess.run(
        [shutil.which("schemathesis", path=os.path.dirname(sys.executable)) or "schemathesis", "run",
         f"http://127.0.0.1:{running.port}/openapi.json", "--max-examples", "40", "--seed", "1",
         "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
         "response_schema_conformance,unsupported_method", "--no-color"],
        capture_output=True, text=True, cwd=folder)
    check("schemathesis", done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:])
    tested = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    print(f"schemathesis: {tested.group(0) if tested else done.stdout[-300:]}")


# --- what it must withstand ---


def check_hostile(running):
    host = b"Host: localhost\r\n"
    for what, data, status in [
        ("no HTTP", b"hello\r\n\r\n", 400),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), 400),
        ("no host", b"GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("a foreign host", b"GET /v2 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421),
        ("a negative length", b"POST /v2 HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n", 400),
        ("an endless length",
         b"POST /predict/wide HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999999\r\n\r\n", 413),
        ("both lengths",
         b"POST /v2 HTTP/1.1\r\n" + host
         + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("a broken chunk",
         b"POST /predict/wide HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", None),
        ("huge headers", b"GET /v2 HTTP/1.1\r\n" + host + b"X: " + b"a" * 200_000 + b"\r\n\r\n", 400),
        ("a compressed body",
         b"POST /v2/models/wide/infer HTTP/1.1\r\n" + host
         + b"Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx", 415),
        ("a body cut short",
         b"POST /v2/models/wide/infer HTTP/1.1\r\n" + host + b"Content-Length: 100\r\n\r\n{", None),
    ]:
        answer = running.send(data, half_close=True)
        check(what, status is None or status_of(answer) == status, answer[:300])
        running.works(what)
    for path in ["/v2/models/../../etc/passwd", "/v2/models/%2e%2e/infer", "/v2/models/wide%00/infer",
                 "/v2/models/" + "a" * 5000, "//", "/v2/models/wide/versions/-1/infer",
                 "/predict/..%2f..%2fetc%2fpasswd", "/v2/models/wide/versions/9"]:
        for body in [None, b"{}"]:
            status, text = running.ask(path, body)
            check(path[:40], status in (400, 404, 405) or path == "//", (status, text[:200]))
    for value in ["NaN", "Infinity", "1e999", "\"x\"", "[1]", "{}"]:
        text = infer(row).replace(b"[" + str(float(row[0])).encode(), b"[" + value.encode())
        status, answer = running.ask("/v2/models/wide/infer", text)
        check(f"the value {value}", status == 400 and b"error" in answer, answer)
    deep = b'{"inputs":' + b"[" * 100_000
    check("deep nesting", running.ask("/v2/models/wide/infer", deep)[0] == 400)
    check("deep parameters", running.ask("/predict/wide", b'{"a":' + b"[" * 100_000)[0] == 400)
    answer = running.send(
        post("/v2/models/wide/infer", infer(row)).replace(b"Host", b"Connection: close\r\nHost"),
        half_close=True)
    check("a half-closed connection gets its answer", status_of(answer) == 200, answer)
    check_large(running)
    running.works("everything hostile")


def check_large(running):
    before = running.memory("VmHWM")
    for how in ["Content-Length: 104857600\r\n", "Transfer-Encoding: chunked\r\n"]:
        with running.connect() as connection:
            connection.sendall(
                f"POST /v2/models/wide/infer HTTP/1.1\r\nHost: localhost\r\n{how}\r\n".encode())
            block = bytes(1 << 16)
            chunk = b"10000\r\n" + block + b"\r\n" if "chunked" in how else block
            try:
                for _ in range(1600):
                    connection.sendall(chunk)
            except OSError:
                pass
            answer = read_all(connection)
        # Who goes on sending after the answer may lose it, as TCP has it.
        check("100 MB", status_of(answer) in (413, 0), answer[:200])
    after = running.memory("VmHWM")
    check("100 MB are not kept", after - before < 40, f"{before:.0f} MB, then {after:.0f} MB")
    status, _ = running.ask("/v2/models/wide/infer", b"[" * (9 << 20))
    check("9 MB", status in (413, 0), status)


def check_slow():
    running = Server(wide, "--request-timeout", "1", "--idle-timeout", "3")
    data = post("/v2/models/wide/infer", infer(row))
    slow = running.connect()
    silent = running.connect()
    start = time.time()
    answer = b""
    try:
        for byte in data[:-1]:
            slow.sendall(bytes([byte]))
            time.sleep(0.02)
            if time.time() - start > 10:
                break
    except OSError:
        pass
    answer = read_all(slow)
    check("a client that dribbles is cut off", time.time() - start < 9, f"{time.time() - start:.1f} s")
    check("a silent one too", read_all(silent) == b"")
    # A client that asks and asks and never reads is not buffered for without end.
    greedy = running.connect(timeout=5)
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    before = running.memory()
    sent = 0
    try:
        while sent < 200 << 20:
            sent += greedy.send(data * 50)
    except OSError:
        pass
    grown = running.memory() - before
    check("answers that nobody takes are not piled up", grown < 60, f"{grown:.0f} MB for {sent} bytes")
    running.works("slow clients")
    running.stop()


def check_idle(running):
    connections = [running.connect() for _ in range(1000)]
    running.works("1,000 idle connections")
    for connection in connections[::100]:
        connection.sendall(post("/v2/models/wide/infer", infer(row)))
        check("an idle connection is served", status_of(read_answer(connection)) == 200)
    text = running.ask("/metrics")[1].decode()
    count = int(re.search(r"perceptron_connections (\d+)", text).group(1))
    check("they are counted", count >= 1000, count)
    for connection in connections:
        connection.close()


def check_reload():
    path = f"{folder}/changing.safetensors"
    shutil.copy(wide, path)
    running = Server(f"wide={path}")
    load = Load(running)
    for turn in range(6):
        if turn == 3:
            # Neither a broken file nor one that is gone for a while is taken.
            open(path, "w").write("broken")
            time.sleep(1.3)
            os.remove(path)
        shutil.copy([other, wide][turn % 2], path + ".new")
        os.replace(path + ".new", path)
        time.sleep(1.3)
    load.end()
    check("no request is lost over reloads", not load.lost, load.lost[:3])
    check("both models have answered", len(load.values) == 2, load.values)
    check("a model reloaded under load answers", load.answered > 100, load.answered)
    running.works("reloads")
    text = running.ask("/metrics")[1].decode()
    taken = re.search(r'reloads_total{.*result="taken"} (\d+)', text).group(1)
    refused = re.search(r'reloads_total{.*result="refused"} (\d+)', text).group(1)
    check("reloads are counted", taken == "6" and refused == "1", (taken, refused))
    print(f"reloads: {load.answered} requests answered meanwhile")
    running.stop()


def check_stop():
    answered = 0
    for turn in range(5):
        running = Server(wide, species)
        by_name = json.dumps({f"x{i}": float(v) for i, v in enumerate(row)}).encode()
        loads = [Load(running), Load(running, 4, post("/predict/wide", by_name))]
        time.sleep(0.4 + 0.1 * turn)
        # A request that is half sent when the signal comes is one that has come in.
        late = running.connect()
        data = post("/v2/models/wide/infer", infer(row))
        late.sendall(data[:100])
        time.sleep(0.05)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        late.sendall(data[100:])
        check("a request half sent is answered", status_of(read_answer(late)) == 200)
        running.stop()
        for load in loads:
            load.end()
            answered += load.answered
            check("no request is lost over SIGTERM", not load.lost, load.lost[:3])
    print(f"SIGTERM: {answered} requests answered in 5 runs")


def check_start():
    def refused(what, *arguments, environment=None):
        done = subprocess.run(
            [server, "serve", *arguments], capture_output=True, text=True, timeout=20,
            env={**os.environ, **(environment or {})})
        check(what, done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1,
              (done.returncode, done.stderr))

    refused("no model", f"{folder}/none.safetensors")
    refused("a table as a model", penguins)
    refused("the world without a token", wide, "--host", "0.0.0.0")
    refused("a short token", wide, environment={"PERCEPTRON_TOKEN": "short"})
    refused("two of one name", wide, wide)
    token = "a-token-of-some-length"
    running = Server(wide, "--host", "0.0.0.0", environment={"PERCEPTRON_TOKEN": token})
    check("without the token", running.ask("/v2/models/wide/infer", infer(row))[0] == 401)
    status, _ = running.ask(
        "/v2/models/wide/infer", infer(row), headers=f"Authorization: Bearer {token}\r\n")
    check("with the token", status == 200, status)
    refused("a port that is taken", wide, "--port", str(running.port))
    running.stop()
    open(f"{folder}/token", "w").write(token + "\n")
    running = Server(wide, "--token-file", f"{folder}/token")
    check("a token from a file", running.ask("/v2")[0] == 401)
    running.stop()


def check_limit():
    """More requests than may be under way get 503, at once."""
    running = Server(wide, "--max-requests", "2")
    data = post("/v2/models/wide/infer", infer(row))
    held = [running.connect() for _ in range(2)]
    for connection in held:
        connection.sendall(data[:-5])
    time.sleep(0.3)
    answer = running.send(data.replace(b"Host", b"Connection: close\r\nHost"))
    check("503 beyond the limit", status_of(answer) == 503 and b"retry-after" in answer.lower(), answer)
    for connection in held:
        connection.sendall(data[-5:])
        check("who was let in is answered", status_of(read_answer(connection)) == 200)
        connection.close()
    running.works("the limit")
    running.stop()


def wanted(*parts):
    for part in parts:
        name = part.__name__[6:]
        if not sys.argv[4:] or name in sys.argv[4:]:
            yield name, part


main = None
for name, part in wanted(check_client, check_hostile, check_idle, check_description):
    main = main or Server(species, mass, wide)
    part(main)
    print(f"{name}: done", flush=True)
if main:
    main.stop()
for name, part in wanted(check_start, check_limit, check_slow, check_reload, check_stop):
    part()
    print(f"{name}: done", flush=True)
print(f"{len(passed)} passed, {len(failed)} failed")
sys.exit(bool(failed))
