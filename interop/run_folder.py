"""A run folder that the Rust side wrote: read here, and written again with other weights. Needs numpy and safetensors only.

Weights do not say what a network does with them: whether padding takes part, which state is read. So run.json holds a probe, rows of
ids with the logits that the Rust model made of them as one padded batch. `RunFolder.reading` finds the way to read a batch that gives
the same logits; a network that none of them fits is refused.
"""

import itertools
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save

TOLERANCE = 1e-4
UNKNOWN = 1
CELLS = {1: "RNN", 3: "GRU", 4: "LSTM"}


@dataclass(frozen=True)
class Reading:
    """What a network does that its weights do not say."""

    masked: bool  # padding takes no part
    state: str  # what is classified: "final", "mean" over all T steps, "mean of length" over a row's own
    nonlinearity: str  # of a simple RNN


READINGS = [Reading(*choice) for choice in itertools.product((True, False), ("final", "mean", "mean of length"), ("tanh", "relu"))]


@dataclass(frozen=True)
class Level:
    """One recurrent layer of a stack: its parameters are named `{layer}.weight_ih_l{number}{direction}`."""

    layer: str
    number: int
    cell: str
    hidden: int
    directions: tuple  # "" and "_reverse"

    def name(self, parameter, direction):
        return f"{self.layer}.{parameter}_l{self.number}{direction}"


class RunFolder:
    def __init__(self, path):
        self.path = Path(path)
        self.run = json.loads((self.path / "run.json").read_text())
        if self.run["format"] != 1:
            raise SystemExit(f"{path}: run.json has format {self.run['format']}, this script reads format 1")
        self.trainer = json.loads((self.path / "trainer.json").read_text())
        if self.trainer["format"] != 4:
            raise SystemExit(f"{path}: trainer.json has format {self.trainer['format']}, this script reads format 4")
        self.classes = self.run["classes"]
        self.weights = load_file(self.path / "model.safetensors")
        self.layers = [layer for layer in self.run["layers"] if layer["kind"] != "Dropout"]
        first, *middle, last = self.layers
        if first["kind"] != "Embedding" or last["kind"] != "Linear" or not middle:
            kinds = ", ".join(layer["kind"] for layer in self.layers)
            raise SystemExit(f"{path}: expected an Embedding, recurrent layers and a Linear, found {kinds}")
        self.embedding, self.linear = first["name"], last["name"]
        self.levels = [level for layer in middle for level in self._levels(layer)]

    def _levels(self, layer):
        name, parameters = layer["name"], layer["parameters"]
        numbers = sorted({int(p.removeprefix("weight_hh_l")) for p in parameters if p.startswith("weight_hh_l") and not p.endswith("_reverse")})
        if not numbers:
            raise SystemExit(f"{self.path}: {name} is a {layer['kind']}, which these scripts do not know")
        for number in numbers:
            rows, hidden = self.weights[f"{name}.weight_hh_l{number}"].shape
            directions = ("", "_reverse") if f"weight_hh_l{number}_reverse" in parameters else ("",)
            yield Level(name, number, CELLS[rows // hidden], hidden, directions)

    def dropout(self, layer):
        """The probability with which a layer drops numbers while it learns; between the layers of a stack it is everywhere the same."""
        masks = self.trainer["dropout"].get(layer)
        return masks[0]["p"] if masks else 0.0

    def trained(self):
        """The names of the parameters that are trained. A bias_hh that is not among them is zeros, and stays so; a frozen table that the
        optimizer has never moved stays too."""
        names = [f"{layer['name']}.{parameter}" for layer in self.layers for parameter in layer["parameters"]]
        state = self.optimizer()
        return [name for name in names if not state or f"{name}.step" in state]

    def probe(self):
        """The probe's batch and logits: ids (B, T), lengths (B,), logits (B, C)."""
        return *padded([row["ids"] for row in self.run["probe"]]), np.array([row["logits"] for row in self.run["probe"]])

    def reading(self, logits_of):
        """The first reading with which `logits_of(reading, ids, lengths)` gives the logits that the Rust model gave."""
        ids, lengths, expected = self.probe()
        for reading in READINGS:
            if np.all(np.abs(logits_of(reading, ids, lengths) - expected) <= TOLERANCE * (1 + np.abs(expected))):
                return reading
        raise SystemExit(
            f"{self.path}: the model computes something else than an embedding, recurrent layers and a linear layer on their final or mean "
            "state, so this script cannot go on with it; write its forward in classifier.py"
        )

    def optimizer(self):
        """What the optimizer remembers: NAME.step, NAME.exp_avg, NAME.exp_avg_sq.

        Of an embedding the folder may hold the moments of each row as they were after its last step with a gradient, the number of which is
        in NAME.row_step (-1: never). Since then they have only shrunk. NAME.row and NAME.learning_rates tell a Rust training where the rows
        are; model.safetensors has them.
        """
        state = load_file(self.path / "optimizer.safetensors")
        ((_, settings),) = self.trainer["config"]["optimizer"]["method"].items()
        decays = {"exp_avg": settings.get("beta1", settings.get("momentum")), "exp_avg_sq": settings.get("beta2")}
        for name in [key.removesuffix(".row_step") for key in state if key.endswith(".row_step")]:
            last = state.pop(f"{name}.row_step")
            idle = np.where(last < 0, 0, state[f"{name}.step"] - last)[:, None]
            for part in decays.keys() & {key.removeprefix(f"{name}.") for key in state}:
                moment = state[f"{name}.{part}"]
                state[f"{name}.{part}"] = (moment * decays[part] ** idle).astype(moment.dtype)
            del state[f"{name}.row"], state[f"{name}.learning_rates"]
        return state

    def history(self):
        """The record of the training as lists of numbers: "steps.*" with one for each step, "epochs.*" with one for each epoch."""
        return {name: column.tolist() for name, column in load_file(self.path / "history.safetensors").items()}

    def write(self, path, weights, optimizer, logits, history, epoch_range):
        """Writes this run with other weights, optimizer state, logits of the probe and record as a new folder: beside, synced, renamed.
        `epoch_range` are the first epoch of the last fit and the one after its last."""
        path = Path(path)
        writing = path.with_name(f".{path.name}.writing")
        shutil.rmtree(writing, ignore_errors=True)
        shutil.copytree(self.path, writing)
        run = {**self.run, "probe": [{"ids": row["ids"], "logits": row_logits.tolist()} for row, row_logits in zip(self.run["probe"], logits)]}
        files = {
            "model.safetensors": save(weights, metadata={"format": "pt"}),
            "optimizer.safetensors": save(optimizer),
            "history.safetensors": save({name: np.array(column, dtype=np.float64) for name, column in history.items()}),
            "run.json": json.dumps(run, indent=2).encode(),
        }
        sizes = {**self.trainer["files"], **{name: len(content) for name, content in files.items()}}
        files["trainer.json"] = json.dumps({**self.trainer, "epoch_range": epoch_range, "files": sizes}, indent=2).encode()
        for name, content in files.items():
            with open(writing / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        os.rename(writing, path)


def padded(rows):
    """Rows of ids as one batch, filled up with 0 on the right: ids (B, T), lengths (B,)."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    ids = np.zeros((len(rows), lengths.max()), dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return ids, lengths


def encode(tokenizer, texts):
    """The ids of each text; a text without a token is one unknown token, as in training."""
    return [encoding.ids or [UNKNOWN] for encoding in tokenizer.encode_batch(list(texts))]


def without_padding(rows, batch_size=256):
    """Batches of rows of one length, and where they stand: each row gets what it would get alone, masked or not."""
    by_length = {}
    for place, row in enumerate(rows):
        by_length.setdefault(len(row), []).append(place)
    for places in by_length.values():
        for start in range(0, len(places), batch_size):
            chosen = places[start : start + batch_size]
            yield chosen, *padded([rows[place] for place in chosen])
