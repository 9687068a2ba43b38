"""Text vectorisation in one run: this crate, Keras and tokenizers on 2 threads, the same texts, vocabulary and ids.
Prints JSON lines: date, machine and versions, then million tokens per second and ratios (how many times as fast as each
this crate is).

usage: RECURRENT_DATA_DIR=DIR speed.py VECTORIZE [>> bench/results/vectorize.jsonl]
VECTORIZE is the example that `cargo build --release --example vectorize` made; DIR holds ag_news. Keras and tokenizers:
environment-dev.yml.
"""
import csv
import datetime
import json
import os
import platform
import subprocess
import sys
import time

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", RAYON_NUM_THREADS="2", TOKENIZERS_PARALLELISM="true")
import keras
import tensorflow as tf
import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, Regex

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)

texts = []
for part in ("train.csv", "test.csv"):
    with open(os.path.join(os.environ["RECURRENT_DATA_DIR"], "ag_news", part), newline="", encoding="utf-8") as file:
        texts += [title + " " + description for _, title, description in csv.reader(file)]


def best(call, times=5):
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - started)
    return min(seconds), answer


ours = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout.splitlines()[-1])
results = [ours]

layer = keras.layers.TextVectorization(max_tokens=20000, ragged=True)
adapt_s, _ = best(lambda: layer.adapt(tf.constant(texts)), 1)
data = tf.constant(texts)
encode_s, ids = best(lambda: layer(data))
tokens = int(ids.flat_values.shape[0])
assert tokens == ours["tokens"], (tokens, ours["tokens"])
results.append({"who": "keras", "adapt_mtokens_s": tokens / adapt_s / 1e6, "encode_mtokens_s": tokens / encode_s / 1e6})

vocabulary = {token: id for id, token in enumerate(layer.get_vocabulary())}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
punctuation = normalizers.Replace(Regex(r"[!-/:-@\[-`{-~]"), "")
tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), punctuation])
tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
encode_s, encoded = best(lambda: tokenizer.encode_batch_fast(texts))
tokens = sum(len(e.ids) for e in encoded)
assert tokens == ours["tokens"], (tokens, ours["tokens"])
results.append({"who": "tokenizers", "encode_mtokens_s": tokens / encode_s / 1e6})

def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


origin = {
    "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "machine": f"{os.cpu_count()} cores, {processor()}, {platform.system()} {platform.machine()}",
    "command": "crates/recurrent-data/tests/speed.py VECTORIZE",
    "versions": {
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "tokenizers": tokenizers.__version__,
        "python": platform.python_version(),
    },
}
print(json.dumps(origin))
for result in results:
    result["encode_ratio"] = ours["encode_mtokens_s"] / result["encode_mtokens_s"]
    print(json.dumps({key: round(value, 2) if isinstance(value, float) else value for key, value in result.items()}))
