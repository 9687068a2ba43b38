"""Trains the writer and the listener of pages 8 and 8c here and in PyTorch, in turn, on the same rows.

usage: writer_and_vowels.py [--seeds N] [--table FILE | --save FILE]

Run it with a Python that has torch. It prints result (bits for each letter of the test; accuracy in percent) as mean and
standard error of the seeds, whether ours is as good within two standard errors, and how many times as fast it is by the
medians of the trainings' seconds. --save adds the measurements to FILE; --table only prints those of a file.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
TASKS = {"writer": "bits for each letter", "vowels": "% right"}


def run(command):
    """The JSON line that a training prints."""
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(seeds):
    ours = ["cargo", "run", "--quiet", "--release", "--package", "recurrent-bench", "--example", "writer_and_vowels", "--"]
    theirs = [sys.executable, HERE / "torch_writer_and_vowels.py"]
    for task in TASKS:
        for seed in range(seeds):
            for command in ([*ours, task, str(seed)], [*theirs, task, str(seed), CHECKOUT / "data"]):
                line = run(command)
                print(json.dumps(line), file=sys.stderr)
                yield line


def table(lines):
    print("| training | ours | PyTorch | as good | times as fast |\n| --- | --- | --- | --- | --- |")
    for task, unit in TASKS.items():
        of = {ours: [line for line in lines if line["task"] == task and (line["library"] == "recurrent") == ours] for ours in (True, False)}
        if not all(of.values()):
            continue
        mean, error, seconds = {}, {}, {}
        for ours, some in of.items():
            results = [line["result"] for line in some]
            mean[ours] = statistics.mean(results)
            error[ours] = statistics.stdev(results) / math.sqrt(len(results)) if len(results) > 1 else math.nan
            seconds[ours] = statistics.median(line["seconds"] for line in some)
        behind = mean[True] - mean[False] if task == "writer" else mean[False] - mean[True]
        good = "yes" if behind <= 2 * math.hypot(error[True], error[False]) else "no"
        cells = [f"{mean[ours]:.3f} ± {error[ours]:.3f} {unit}, {seconds[ours]:.1f} s" for ours in (True, False)]
        print(f"| {task} | {cells[0]} | {cells[1]} | {good} | {seconds[False] / seconds[True]:.1f} |")


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--seeds", type=int, default=3)
choice = parser.add_mutually_exclusive_group()
choice.add_argument("--table", type=Path, metavar="FILE")
choice.add_argument("--save", type=Path, metavar="FILE")
args = parser.parse_args()
if args.table:
    table([json.loads(line) for line in args.table.read_text().splitlines()])
else:
    measured = list(measure(args.seeds))
    if args.save:
        with open(args.save, "a") as file:
            file.writelines(json.dumps(line) + "\n" for line in measured)
    table(measured)
