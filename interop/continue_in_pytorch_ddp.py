"""Goes on with a run folder in PyTorch DistributedDataParallel, and writes a run folder that Rust loads.

usage: continue_in_pytorch_ddp.py RUN_FOLDER NEW_RUN_FOLDER ROWS.csv [--columns 1,2] [--rows N] [--epochs 1] [--batch-size 32] [--processes 2]

ROWS.csv has a class from 1 and texts in each row, as AG News; --columns says which columns are the text. The optimizer goes on where
Rust's stopped, at the learning rate of the configuration. history.safetensors stays the record of what Rust trained.
The processes talk through gloo, so two of them run on any machine; on several machines start it with torchrun's addresses.
"""

import argparse
import csv
import itertools
import os
import tempfile

import numpy as np
import torch
import torch.distributed as dist
from tokenizers import Tokenizer
from torch.nn.parallel import DistributedDataParallel

import classifier
from run_folder import RunFolder, encode, padded


def optimizer_of(run, parameters):
    """The optimizer of the run's configuration, with what it remembers of each parameter."""
    config = run.trainer["config"]
    (method, settings), = config["optimizer"]["method"].items()
    rate = config["learning_rate"]
    if method == "Sgd":
        optimizer = torch.optim.SGD(parameters.values(), rate, momentum=settings["momentum"])
        names = {"exp_avg": "momentum_buffer"}
    else:
        make = torch.optim.AdamW if method == "AdamW" else torch.optim.Adam  # LazyAdam goes on as Adam
        betas, decay = (settings["beta1"], settings["beta2"]), settings.get("weight_decay", 0.0)
        optimizer = make(parameters.values(), rate, betas, settings["epsilon"], decay)
        names = {"step": "step", "exp_avg": "exp_avg", "exp_avg_sq": "exp_avg_sq"}
    for key, value in run.optimizer().items():
        name, part = key.rsplit(".", 1)
        if part in names:
            optimizer.state[parameters[name]][names[part]] = torch.from_numpy(value.astype(np.float32) if part == "step" else value)
    return optimizer, names


def clip(run, parameters):
    match run.trainer["config"]["optimizer"]["clip"]:
        case {"Norm": limit}:
            torch.nn.utils.clip_grad_norm_(parameters.values(), limit)
        case {"Value": limit}:
            torch.nn.utils.clip_grad_value_(parameters.values(), limit)


def read(path, columns, limit):
    with open(path, newline="", encoding="utf-8") as file:
        for row in itertools.islice(csv.reader(file), limit):
            yield int(row[0]) - 1, " ".join(row[column] for column in columns)


def train(rank, args, meeting):
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=args.processes)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // args.processes))
    run = RunFolder(args.run_folder)
    model = classifier.load(run)
    parameters = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    optimizer, names = optimizer_of(run, parameters)
    steps = {key: float(value) for key, value in run.optimizer().items() if key.endswith(".step")}
    parallel = DistributedDataParallel(model)

    labels, texts = zip(*read(args.rows_csv, [int(column) for column in args.columns.split(",")], args.rows))
    rows, labels = encode(Tokenizer.from_file(str(run.path / "tokenizer.json")), texts), torch.tensor(labels)
    sampler = torch.utils.data.DistributedSampler(rows)
    taken = 0
    for epoch in range(args.epochs):
        parallel.train()
        sampler.set_epoch(epoch)
        order, loss_sum = list(sampler), 0.0
        for start in range(0, len(order), args.batch_size):
            chosen = order[start : start + args.batch_size]
            ids, lengths = map(torch.from_numpy, padded([rows[i] for i in chosen]))
            loss = torch.nn.functional.cross_entropy(parallel(ids, lengths), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            clip(run, parameters)
            optimizer.step()
            taken, loss_sum = taken + 1, loss_sum + loss.item() * len(chosen)
        print(f"process {rank}: epoch {epoch + 1}, {taken} steps, loss {loss_sum / len(order):.4f}", flush=True)

    if rank == 0:
        back = {ours: theirs for ours, theirs in names.items() if ours != "step"}
        state = {f"{name}.{ours}": optimizer.state[p][theirs].numpy() for name, p in parameters.items() for ours, theirs in back.items()}
        state |= {f"{name}.step": np.array(steps.get(f"{name}.step", 0.0) + taken) for name in parameters}
        weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
        run.write(args.new_run_folder, weights, state, model.logits(*run.probe()[:2]))
        print(f"wrote {args.new_run_folder}")
    dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("run_folder", "new_run_folder", "rows_csv"):
        parser.add_argument(name)
    parser.add_argument("--columns", default="1,2")
    for name, default in (("--rows", None), ("--epochs", 1), ("--batch-size", 32), ("--processes", 2)):
        parser.add_argument(name, type=int, default=default)
    args = parser.parse_args()
    if os.path.exists(args.new_run_folder):
        raise SystemExit(f"{args.new_run_folder} is there already; name another folder")
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (args, os.path.join(folder, "meeting")), args.processes)


if __name__ == "__main__":
    main()
