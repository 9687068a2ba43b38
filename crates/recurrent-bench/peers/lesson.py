"""What the peer scripts share: the models' sizes, the arguments, the rows, the loop over epochs and the JSON they print.

A script prints one JSON object when it has trained `--epochs` epochs. With `--stepwise` it prints the object when it is ready, then trains
one epoch for each line it reads and prints the object again: so that several peers take turns in one measurement.
"""

import argparse
import csv
import json
import re
import resource
import sys
import time
from collections import Counter

VOCABULARY_SIZE = 20_000
VOCABULARY_ROWS = 2_000  # the vocabulary is made from the titles of the first rows
CLASSES = 4
LEARNING_RATE = 1e-3

# text: the title alone, or title + " " + description. padding: whether it takes part.
MODELS = {
    "rnn_title": dict(text="title", batch=16, embedding=64, hidden=16, padding=True),
    "rnn_mask": dict(text="both", batch=16, embedding=64, hidden=16, padding=False),
    "lstm8": dict(text="both", batch=8, embedding=64, hidden=8, padding=True),
    "gru": dict(text="title", batch=16, embedding=64, hidden=16, padding=True),
    "rnn_mean": dict(text="both", batch=16, embedding=64, hidden=32, padding=True),
    "lstm_packed": dict(text="both", batch=16, embedding=64, hidden=32, padding=False),
    "bilstm2": dict(text="both", batch=16, embedding=128, hidden=64, padding=False),
}


def peak_rss_mb():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024), 1)


def arguments(description, *flags):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--train", required=True, help="a CSV file of class (1 to 4), title, description")
    parser.add_argument("--test", required=True, help="the same, to measure accuracy on")
    parser.add_argument("--rows", type=int, help="train on the first ROWS rows")
    parser.add_argument("--valid-rows", type=int, help="measure accuracy on the first rows of the test file; 0: not at all")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, help="default: as in the lesson, 16 (lstm8: 8)")
    parser.add_argument("--device", default="cpu", help="cpu, or where the library can: cuda, cuda:1")
    parser.add_argument("--stepwise", action="store_true", help="train one epoch for each line on standard input")
    for name, config in flags:
        parser.add_argument(name, **config)
    args = parser.parse_args()
    args.start_rss_mb = peak_rss_mb()  # the libraries are loaded, nothing else
    args.batch = args.batch or MODELS[args.model]["batch"]
    return args


def read(path, limit):
    """(class from 0, title, description) of the first rows."""
    rows = []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            if row[0].isdigit():  # not a heading
                rows.append((int(row[0]) - 1, row[1], row[2]))
    return rows if limit is None else rows[:limit]


def text(model, row):
    return row[1] if MODELS[model]["text"] == "title" else row[1] + " " + row[2]


PUNCTUATION = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']")  # what Keras' TextVectorization strips


def words(string):
    return PUNCTUATION.sub("", string.lower()).split()


def vocabulary(rows):
    """The ids of the most frequent words of the first rows' titles, from 2: 0 is padding, 1 any other word."""
    counts = Counter(word for row in rows[:VOCABULARY_ROWS] for word in words(row[1]))
    return {word: id for id, (word, _) in enumerate(counts.most_common(VOCABULARY_SIZE - 2), 2)}


def ids(vocabulary, model, row):
    return [vocabulary.get(word, 1) for word in words(text(model, row))] or [1]


def run(args, facts, train_epoch, accuracy, gpu_mb=None):
    """Trains epoch after epoch. `train_epoch()` is timed, `accuracy()` and, on a GPU, `gpu_mb()` are not."""
    report = dict(facts, model=args.model, threads=args.threads, batch=args.batch, seed=args.seed, start_rss_mb=args.start_rss_mb)
    report |= dict(epoch_s=[], rows_per_s=0.0, val_acc=[])

    def show():
        report["peak_rss_mb"] = peak_rss_mb()
        print(json.dumps(report), flush=True)

    def epoch():
        start = time.perf_counter()
        train_epoch()
        report["epoch_s"].append(round(time.perf_counter() - start, 4))
        report["rows_per_s"] = round(report["rows"] / min(report["epoch_s"]), 1)
        if gpu_mb:
            report.setdefault("gpu_mb", []).append(gpu_mb())
        if args.valid_rows != 0:
            report["val_acc"].append(round(accuracy(), 5))

    if args.stepwise:
        show()
        for _ in sys.stdin:
            epoch()
            show()
    else:
        for _ in range(args.epochs):
            epoch()
        show()
