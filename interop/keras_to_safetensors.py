"""Writes the weights of a Keras classifier as safetensors with our names, for `load_weights`. Needs keras.

usage: keras_to_safetensors.py MODEL.keras WEIGHTS.safetensors [--names embedding rnn linear]

Takes Embedding, SimpleRNN, LSTM, GRU, Bidirectional around them, and Dense at the end. Recurrent layers on top of each other become
rnn.*_l0, rnn.*_l1, … as in `Stacked` and in PyTorch. What differs from Keras: matrices are transposed; gates are i, f, g, o (Keras: i, f, c,
o) and r, z, n (Keras: z, r, h); a GRU's two biases are apart; a layer with one bias has a second one of zeros.
(Keras writes HDF5. Where such a file is, Keras has been, so Keras reads it.)
"""

import argparse
import os
import sys

import numpy as np
from safetensors.numpy import save_file

# Where each of our gates is in the Keras weights.
GATES = {"SimpleRNN": [0], "LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2]}
WITHOUT_WEIGHTS = ("InputLayer", "TextVectorization", "Dropout", "SpatialDropout1D", "GlobalAveragePooling1D")


def kind(layer):
    return type(layer).__name__


def refuse(layer, problem):
    raise SystemExit(f"{layer.name} ({kind(layer)}): {problem}")


def cell(layer):
    """The parameters of one direction."""
    names = kind(layer)
    config = layer.get_config()
    ours = {"SimpleRNN": ("tanh", "relu"), "LSTM": ("tanh",), "GRU": ("tanh",)}[names]
    if config["activation"] not in ours or config.get("recurrent_activation", "sigmoid") != "sigmoid":
        refuse(layer, f"activation {config['activation']}, {config.get('recurrent_activation')}; ours are tanh and sigmoid")
    if not config.get("reset_after", True):
        refuse(layer, "reset_after=False; our GRU resets after the product, as PyTorch's")
    order, units = GATES[names], layer.units

    def rows(weight):  # (G · H, …), the gates in our order
        return weight.reshape(len(order), units, *weight.shape[1:])[order].reshape(weight.shape)

    kernel, recurrent, *bias = layer.get_weights()
    bias = bias[0] if bias else np.zeros(len(order) * units, kernel.dtype)
    bias_ih, bias_hh = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    return {"weight_ih": rows(kernel.T), "weight_hh": rows(recurrent.T), "bias_ih": rows(bias_ih), "bias_hh": rows(bias_hh)}


def directions(layer):
    """Each direction's layer with the ending of its names."""
    if kind(layer) != "Bidirectional":
        if layer.go_backwards:
            refuse(layer, "go_backwards without Bidirectional")
        return [("", layer)]
    if layer.merge_mode != "concat" or kind(layer.forward_layer) != kind(layer.backward_layer):
        refuse(layer, "expected two layers of one kind and merge_mode concat")
    return [("", layer.forward_layer), ("_reverse", layer.backward_layer)]


def convert(model, names=("embedding", "rnn", "linear")):
    """The model's weights under our names."""
    embedding, rnn, linear = names
    weights, level = {}, 0
    for layer in model.layers:
        match kind(layer):
            case "Embedding":
                weights[f"{embedding}.weight"] = layer.get_weights()[0]
            case "SimpleRNN" | "LSTM" | "GRU" | "Bidirectional":
                for ending, one in directions(layer):
                    if kind(one) not in GATES:
                        refuse(layer, f"a {kind(one)} inside")
                    weights |= {f"{rnn}.{name}_l{level}{ending}": weight for name, weight in cell(one).items()}
                level += 1
            case "Dense":
                if f"{linear}.weight" in weights:
                    refuse(layer, "a second Dense; give each its own name by hand")
                kernel, *bias = layer.get_weights()
                weights[f"{linear}.weight"] = kernel.T
                weights[f"{linear}.bias"] = bias[0] if bias else np.zeros(kernel.shape[1], kernel.dtype)
            case other if other not in WITHOUT_WEIGHTS:
                refuse(layer, "not one of the layers that this script knows")
    return {name: np.ascontiguousarray(weight) for name, weight in weights.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keras_file")
    parser.add_argument("weights_file")
    parser.add_argument("--names", nargs=3, default=("embedding", "rnn", "linear"))
    args = parser.parse_args()
    import keras

    model = keras.saving.load_model(args.keras_file, compile=False)
    weights = convert(model, args.names)
    save_file(weights, f"{args.weights_file}.writing", metadata={"format": "pt"})
    os.rename(f"{args.weights_file}.writing", args.weights_file)
    for name, weight in weights.items():
        print(f"{name}  {list(weight.shape)}")
    masked = any(getattr(layer, "mask_zero", False) for layer in model.layers)
    print("padding takes no part: call the layer with Some(&batch.lengths)" if masked else "padding takes part: call the layer with None", file=sys.stderr)


if __name__ == "__main__":
    main()
