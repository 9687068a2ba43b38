"""Writes the classifier of a run folder as an ONNX file. Needs onnx and onnxruntime, no PyTorch.

usage: to_onnx.py RUN_FOLDER MODEL.onnx

ONNX has the layers themselves: RNN, LSTM and GRU with the length of each sequence. So the graph is written node by node, a dozen of
them, instead of being traced through another framework, whose tracer would have to take packed sequences apart.

inputs    ids (B, T) int64, padded with 0 on the right; lengths (B,) int64
outputs   logits (B, C) and probabilities (B, C), float
The class names are in the metadata as `classes`, and whether padding takes part as `masked`.
"""

import argparse
import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from run_folder import RunFolder

OPSET = 17
# Where each of ONNX's gates is in our weights: LSTM i, o, f, c of i, f, g, o; GRU z, r, h of r, z, n.
GATES = {"RNN": [0], "LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2]}


class Graph:
    """Nodes in order; each call adds one and gives the name of what it computes."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator, inputs, name, outputs=1, **attributes):
        names = [name] if outputs == 1 else [f"{name}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, **attributes))
        return names[0] if outputs == 1 else names


def stacked(run, level, parameter):
    """One parameter of all directions, its gates in ONNX's order: (directions, gates · H, …)."""

    def of(direction):
        weight = run.weights[level.name(parameter, direction)]
        gates = weight.reshape(-1, level.hidden, *weight.shape[1:])
        return gates[GATES[level.cell]].reshape(weight.shape)

    return np.stack([of(direction) for direction in level.directions])


def mean_of_length(graph, x):
    """The mean of x (T, B, D · H) over each row's own steps."""
    count = graph.add("Squeeze", [graph.add("Shape", [x], "steps", end=1)], "step_count")
    t = graph.add("Range", [graph.constant("zero", np.array(0)), count, graph.constant("one", np.array(1))], "t")
    last, units, time = (graph.constant(name, np.array([axis])) for name, axis in (("last", 1), ("units", 2), ("time", 0)))
    inside = graph.add("Less", [graph.add("Unsqueeze", [t, last], "t_column"), "lengths"], "inside")  # (T, B)
    mask = graph.add("Unsqueeze", [graph.add("Cast", [inside], "mask", to=TensorProto.FLOAT), units], "mask_of_units")
    total = graph.add("ReduceSum", [graph.add("Mul", [x, mask], "own"), time], "total", keepdims=0)
    lengths = graph.add("Cast", ["lengths"], "lengths_float", to=TensorProto.FLOAT)
    return graph.add("Div", [total, graph.add("Unsqueeze", [lengths, last], "divisor")], "state")


def build(run, reading):
    """The graph of the run's network."""
    graph = Graph()
    lengths = graph.add("Cast", ["lengths"], "lengths_int32", to=TensorProto.INT32) if reading.masked else ""
    table = graph.constant(f"{run.embedding}.weight", run.weights[f"{run.embedding}.weight"])
    x = graph.add("Transpose", [graph.add("Gather", [table, "ids"], "embedded")], "time_first", perm=[1, 0, 2])  # (T, B, E)
    side_by_side = graph.constant("side_by_side", np.array([0, 0, -1]))
    for level in run.levels:
        name = f"{level.layer}.l{level.number}"
        w, r = (graph.constant(f"{name}.{p}", stacked(run, level, p)) for p in ("weight_ih", "weight_hh"))
        b = graph.constant(f"{name}.bias", np.concatenate([stacked(run, level, p) for p in ("bias_ih", "bias_hh")], 1))
        attributes = {"hidden_size": level.hidden, "direction": "bidirectional" if len(level.directions) == 2 else "forward"}
        if level.cell == "RNN":
            attributes["activations"] = [reading.nonlinearity.capitalize()] * len(level.directions)
        if level.cell == "GRU":
            attributes["linear_before_reset"] = 1
        output, h_n = graph.add(level.cell, [x, w, r, b, lengths], name, outputs=2, **attributes)  # (T, D, B, H), (D, B, H)
        output = graph.add("Transpose", [output], f"{name}.rows", perm=[0, 2, 1, 3])
        x = graph.add("Reshape", [output, side_by_side], f"{name}.output")  # (T, B, D · H)
    if reading.state == "final":
        rows = graph.add("Transpose", [h_n], "final", perm=[1, 0, 2])
        state = graph.add("Reshape", [rows, graph.constant("flat", np.array([0, -1]))], "state")
    elif reading.state == "mean":
        state = graph.add("ReduceMean", [x], "state", axes=[0], keepdims=0)
    else:
        state = mean_of_length(graph, x)
    w, b = (graph.constant(f"{run.linear}.{p}", run.weights[f"{run.linear}.{p}"]) for p in ("weight", "bias"))
    logits = graph.add("Gemm", [state, w, b], "logits", transB=1)
    graph.add("Softmax", [logits], "probabilities", axis=1)

    ids, of_rows = helper.make_tensor_value_info("ids", TensorProto.INT64, ["B", "T"]), ["B", len(run.classes)]
    lengths = helper.make_tensor_value_info("lengths", TensorProto.INT64, ["B"])
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, of_rows) for name in ("logits", "probabilities")]
    graph = helper.make_graph(graph.nodes, "classifier", [ids, lengths], outputs, graph.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="recurrent")
    helper.set_model_props(model, {"classes": json.dumps(run.classes), "masked": json.dumps(reading.masked)})
    onnx.checker.check_model(model, full_check=True)
    return model


def export(run):
    """The ONNX model that computes the logits that the Rust model gave."""

    def logits(reading, ids, lengths):
        session = onnxruntime.InferenceSession(build(run, reading).SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(["logits"], {"ids": ids, "lengths": lengths})[0]

    return build(run, run.reading(logits))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_folder")
    parser.add_argument("onnx_file")
    args = parser.parse_args()
    writing = f"{args.onnx_file}.writing"
    with open(writing, "wb") as file:
        file.write(export(RunFolder(args.run_folder)).SerializeToString())
        file.flush()
        os.fsync(file.fileno())
    os.rename(writing, args.onnx_file)
    print(f"wrote {args.onnx_file}")


if __name__ == "__main__":
    main()
