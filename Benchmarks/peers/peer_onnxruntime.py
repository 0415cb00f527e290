"""ONNX Runtime: peer_onnxruntime.py NAME prints the time of a call."""

import sys

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from workloads import cannot, cores, emit, inference, median_microseconds


def model(sizes):
    random = numpy.random.default_rng(0)
    nodes, values, current = [], [], "x"
    for place, (inputs, units) in enumerate(zip(sizes, sizes[1:])):
        weights = (random.standard_normal((inputs, units)) * (2 / inputs) ** 0.5).astype("f4")
        values.append(numpy_helper.from_array(weights, f"w{place}"))
        values.append(numpy_helper.from_array(numpy.zeros(units, "f4"), f"b{place}"))
        nodes.append(helper.make_node("Gemm", [current, f"w{place}", f"b{place}"], [f"z{place}"]))
        current = f"z{place}"
        if place < len(sizes) - 2:
            nodes.append(helper.make_node("Relu", [current], [f"a{place}"]))
            current = f"a{place}"
    graph = helper.make_graph(
        nodes, "mlp", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, sizes[0]])],
        [helper.make_tensor_value_info(current, TensorProto.FLOAT, [None, sizes[-1]])], values)
    result = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    result.ir_version = 9
    return result


def main():
    name = sys.argv[1]
    if not inference(name):
        cannot(name)
    sizes, rows = inference(name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(
        model(sizes).SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = numpy.random.default_rng(1).standard_normal((rows, sizes[0]), dtype="f4")

    def run(count):
        for _ in range(count):
            session.run(None, {"x": x})

    emit(name, microseconds=median_microseconds(run))


main()
