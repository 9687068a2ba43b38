"""Goes on elsewhere with the run that tests/interop.rs made, by the scripts of interop/, and compares; tests/interop.rs loads what comes back.

usage: interop.py FOLDER ROWS.csv COLUMNS [OPTIONS of continue_in_pytorch_ddp.py]

FOLDER has run/, and expected.json: {"texts": [...], "probabilities": [[...]]} as Rust predicts them.
It gets model.onnx, continued/ (a run folder), and continued.json: the probabilities that PyTorch gives with continued/.
"""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np

INTEROP = Path(__file__).resolve().parents[3] / "interop"
sys.path.insert(0, str(INTEROP))

import onnxruntime
import torch
from tokenizers import Tokenizer

import classifier
from run_folder import RunFolder, encode, padded, without_padding

CLOSE = 1e-5
folder, rows_csv, columns, options = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
expected = json.loads((folder / "expected.json").read_text())
texts, ours = expected["texts"], np.array(expected["probabilities"])


def script(name, *arguments):
    subprocess.run([sys.executable, INTEROP / name, *map(str, arguments)], check=True)


def close(what, theirs, than=ours):
    apart = np.abs(np.asarray(theirs) - than).max()
    print(f"{what}: {apart:.1e} apart")
    assert apart <= CLOSE, f"{what}: {apart} apart, expected at most {CLOSE}"


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def alone(predict, ids):
    """Probabilities of rows that meet no padding."""
    found = np.empty((len(ids), len(run.classes)))
    for places, *batch in without_padding(ids):
        found[places] = predict(*batch)
    return found


# The same ids and the same probabilities in PyTorch.
run = RunFolder(folder / "run")
ids = encode(Tokenizer.from_file(str(run.path / "tokenizer.json")), texts)
model = classifier.load(run)
print(f"{run.path}: {model.reading}")
probe_ids, probe_lengths, probe_logits = run.probe()
close("PyTorch, logits of a padded batch", model.logits(probe_ids, probe_lengths), probe_logits)
close(f"PyTorch, {len(texts)} texts", alone(lambda *batch: softmax(model.logits(*batch)), ids))

# Dropout where the run lists it and between the layers of a stack: in training only, so the logits of the probe stay the same.
run.run["layers"].insert(1, {"name": "dropout", "kind": "Dropout", "parameters": []})
for name in ["dropout"] + ["rnn"] * (len(run.levels) > 1):
    run.trainer["dropout"] = {name: [{"p": 0.5, "seed": 0}]}
    dropped = classifier.load(run).eval()
    batch = torch.from_numpy(probe_ids), torch.from_numpy(probe_lengths)
    assert torch.equal(dropped(*batch), dropped(*batch)) and not torch.equal(dropped.train()(*batch), dropped(*batch)), name
run = RunFolder(folder / "run")

# ONNX, one by one and, where padding takes no part, all in one padded batch.
script("to_onnx.py", run.path, folder / "model.onnx")
session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])


def onnx(ids, lengths, output="probabilities"):
    return session.run([output], {"ids": ids, "lengths": lengths})[0]


close("ONNX Runtime, logits of a padded batch", onnx(probe_ids, probe_lengths, "logits"), probe_logits)
close(f"ONNX Runtime, {len(texts)} texts", alone(onnx, ids))
if model.reading.masked and model.reading.state == "final":
    close(f"ONNX Runtime, {len(texts)} texts padded to the longest", onnx(*padded(ids)))

# Over HTTP.
server = subprocess.Popen([sys.executable, INTEROP / "serve_onnx.py", folder / "model.onnx", run.path, "--port", "0"], stdout=subprocess.PIPE, text=True)
try:
    address = server.stdout.readline().strip()

    def post(body):
        try:
            return json.loads(urllib.request.urlopen(urllib.request.Request(address, data=body)).read())
        except urllib.error.HTTPError as error:
            return error.code

    served = post(json.dumps({"texts": texts}).encode())["probabilities"]
    close(f"served, {len(texts)} texts", [[row[name] for name in run.classes] for row in served])
    for body in (b"", b"{", b"[]", b'{"texts": "a"}', b'{"texts": [1]}', b"[" * 100_000):
        assert post(body) == 400, body
    assert post(b" " * (2 << 20)) == 413
    assert post(b'{"texts": []}') == {"probabilities": []}
finally:
    server.terminate()

# On in two processes, and back.
script("continue_in_pytorch_ddp.py", run.path, folder / "continued", rows_csv, "--columns", columns, "--rows", 640, *options)
continued = RunFolder(folder / "continued")
moved = max(np.abs(continued.weights[name] - weight).max() for name, weight in run.weights.items())
assert moved > 1e-4, "training changed nothing"
batches, accumulate = 640 // (2 * 32), run.trainer["config"]["accumulate"]
taken = -(-batches // accumulate)
steps = {name: (run.optimizer()[name] + taken, step) for name, step in continued.optimizer().items() if name.endswith(".step")}
assert steps and all(expected == step for expected, step in steps.values()), f"the optimizer did not go on from its step: {steps}"
frozen = set(run.weights) - set(run.trained())
assert all(not continued.weights[name].any() for name in frozen), "a bias that is not trained moved"
probabilities = alone(lambda *batch: softmax(classifier.load(continued).logits(*batch)), ids)
(folder / "continued.json").write_text(json.dumps(probabilities.tolist()))
