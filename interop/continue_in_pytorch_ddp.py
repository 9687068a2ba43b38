"""Goes on with a run folder in PyTorch DistributedDataParallel, and writes a run folder that Rust loads.

usage: continue_in_pytorch_ddp.py RUN_FOLDER NEW_RUN_FOLDER ROWS.csv [--columns 1,2] [--rows N] [--batch-size 32] [--processes 2]

It does what the next `fit` in Rust would do by trainer.json: it takes the rest of a fit that was stopped, or the epochs of a new one,
and goes on with optimizer, schedule and record where they stopped. What it cannot follow, it refuses. ROWS.csv has the rows that Rust
trained on: a class from 1 and texts in each, as AG News; --columns says which columns are the text.

Each process takes batches of --batch-size rows. A step learns from processes · batch size · `accumulate` rows, weighted by their classes
as if they were one batch. Their order is that of PyTorch's DistributedSampler, which gives some rows twice where the processes would not
get equally many; in an epoch that was stopped it leaves out as many rows as are done.

Dropout is that of the run, with PyTorch's own random numbers; a Dropout stands in the network where the run lists it. There is no validation, so neither early stopping nor a Plateau on the validation loss.

The processes talk through gloo, so two of them run on any machine; on several machines start it with torchrun's addresses.
"""

import argparse
import contextlib
import csv
import itertools
import math
import os
import tempfile

import numpy as np
import torch
import torch.distributed as dist
from tokenizers import Tokenizer
from torch.nn.parallel import DistributedDataParallel

import classifier
from run_folder import RunFolder, encode, padded

FOLLOWED = {"epochs", "learning_rate", "schedule", "optimizer", "accumulate", "loss", "progress"}


def check(run):
    """Stops at what cannot be followed."""
    config = run.trainer["config"]
    for name in config.keys() - FOLLOWED:
        if config[name] is not None:
            raise SystemExit(f"{run.path}: this script does not follow {name}; to go on without it, set it to null in trainer.json")
    if "Plateau" in config["schedule"] and any(run.history()["epochs.validated"][run.trainer["epoch_range"][0] :]):
        raise SystemExit(f"{run.path}: its Plateau follows the loss on validation rows, which this script does not have")
    loss = config["loss"]
    if "CrossEntropy" not in loss or loss["CrossEntropy"]["ignore_index"] is not None:
        raise SystemExit(f"{run.path}: this script knows the cross-entropy of all classes, not the loss {loss}")
    weights = loss["CrossEntropy"]["class_weights"]
    if weights and len(weights) != len(run.classes):
        raise SystemExit(f"{run.path}: {len(weights)} class weights for {len(run.classes)} classes")
    classifier.load(run)


def check_rows(run, count, path):
    """Stops without rows, and at other rows than those that an epoch at work began with, as Rust does."""
    if count == 0:
        raise SystemExit(f"{path}: it has no rows")
    history, batches = run.history(), run.trainer.get("batches") or ""
    begun = batches.split(" ")[0]
    at_work = max(history["steps.epoch"], default=-1) >= len(history["epochs.loss"])
    if at_work and begun.isdigit() and int(begun) != count:
        raise SystemExit(f"{run.path}: its epoch at work began with {begun} rows, {path} gives {count}; give the same rows, or see --rows")


def learning_rate(config, done, epochs, losses):
    """The rate after `done` of `epochs` epochs, counted in epochs and parts of one; `losses` are those of the epochs done."""
    rate, share = config["learning_rate"], min(done / epochs, 1.0)

    def wave(start, end, share):
        return end + (start - end) * (1 + math.cos(math.pi * share)) / 2

    match config["schedule"]:
        case "Constant":
            return rate
        case {"Step": s}:
            return rate * s["gamma"] ** int(done / s["step_size"])
        case {"Cosine": s}:
            return wave(rate, s["eta_min"], share)
        case {"OneCycle": s}:
            low, top = rate / s["div_factor"], s["pct_start"]
            return wave(low, rate, share / top) if share < top else wave(rate, low / s["final_div_factor"], (share - top) / (1 - top))
        case {"Plateau": s}:
            lowest, waited = math.inf, 0
            for loss in losses:
                lowest, waited = (loss, 0) if loss < lowest * (1 - 1e-4) else (lowest, waited + 1)
                if waited > s["patience"]:
                    rate, waited = rate * s["factor"], 0
            return rate
    raise SystemExit(f"this script does not know the schedule {config['schedule']}")


def optimizers_of(run, parameters):
    """For each parameter the optimizer of the configuration, with what it remembers; lazy Adam is another one for the table of vectors."""
    (method, settings), = run.trainer["config"]["optimizer"]["method"].items()
    lazy = {f"{run.embedding}.weight"} & parameters.keys() if method == "LazyAdam" else set()
    dense = [parameter for name, parameter in parameters.items() if name not in lazy]
    if method == "Sgd":
        optimizer = torch.optim.SGD(dense, momentum=settings["momentum"])
    else:
        adam = {"betas": (settings["beta1"], settings["beta2"]), "eps": settings["epsilon"]}
        decay = {"weight_decay": settings["weight_decay"]} if method == "AdamW" else {}
        optimizer = (torch.optim.AdamW if decay else torch.optim.Adam)(dense, **adam, **decay)
    optimizers = dict.fromkeys(parameters, optimizer)
    optimizers |= {name: torch.optim.SparseAdam([parameters[name]], **adam) for name in lazy}
    for key, value in run.optimizer().items():
        name, part = key.rsplit(".", 1)
        state = optimizers[name].state[parameters[name]]
        if part != "step":
            state[moments_of(optimizers[name])[part]] = torch.from_numpy(value)
        elif method != "Sgd":
            state["step"] = int(value) if name in lazy else torch.tensor(float(value))
    return optimizers


def moments_of(optimizer):
    """What it remembers of a parameter: our name and PyTorch's."""
    if isinstance(optimizer, torch.optim.SGD):
        return {"exp_avg": "momentum_buffer"}
    return {"exp_avg": "exp_avg", "exp_avg_sq": "exp_avg_sq"}


def update(clip, parameters, optimizers, rate):
    """One step of the optimizers after clipping; the norm of the gradients before it."""
    norm = torch.nn.utils.get_total_norm([parameter.grad for parameter in parameters.values()], error_if_nonfinite=True)
    match clip:
        case {"Norm": limit}:
            torch.nn.utils.clip_grads_with_norm_(parameters.values(), limit, norm)
        case {"Value": limit}:
            torch.nn.utils.clip_grad_value_(parameters.values(), limit)
    for name, parameter in parameters.items():
        if isinstance(optimizers[name], torch.optim.SparseAdam):
            parameter.grad = parameter.grad.to_sparse(1)  # the rows of the words that the batches had
    for optimizer in set(optimizers.values()):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()
    return norm.item()


def read(path, columns, limit):
    with open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(itertools.islice(csv.reader(file), limit), 1):
            try:
                yield int(row[0]) - 1, " ".join(row[column] for column in columns)
            except (ValueError, IndexError):
                raise SystemExit(f"{path}: row {number}: expected a class from 1 and texts in the columns {columns}, got {row}") from None


def parts(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def add(history, table, numbers):
    """One more entry of "steps" or "epochs"; a column without a number gets 0, a metric that was not measured -1."""
    for name in history:
        if name.startswith(f"{table}."):
            missing = -1 if name.endswith(("accuracy", "macro_f1", "mean_absolute_error")) else 0
            history[name].append(float(numbers.get(name.removeprefix(f"{table}."), missing)))


def steps_of(history, epoch):
    """The columns of the steps of an epoch."""
    mine = np.array(history["steps.epoch"]) == epoch
    return {name.removeprefix("steps."): np.array(column)[mine] for name, column in history.items() if name.startswith("steps.")}


def train(rank, args, meeting):
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=args.processes)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // args.processes))
    run = RunFolder(args.run_folder)
    config, history = run.trainer["config"], run.history()
    model = classifier.load(run)
    parameters = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    optimizers = optimizers_of(run, parameters)
    parallel = DistributedDataParallel(model)
    loss = config["loss"]["CrossEntropy"]
    weights, smoothing = torch.tensor(loss["class_weights"] or [1.0] * len(run.classes)), loss["label_smoothing"]

    labels, texts = zip(*read(args.rows_csv, args.columns, args.rows))
    rows, labels = encode(Tokenizer.from_file(str(run.path / "tokenizer.json")), texts), torch.tensor(labels)
    sampler = torch.utils.data.DistributedSampler(rows)
    (start, end), done, taken = run.trainer["epoch_range"], len(history["epochs.loss"]), 0
    torch.manual_seed(len(history["steps.loss"]) * args.processes + rank)  # of dropout
    if done >= end:
        start, end = done, done + config["epochs"]
    for epoch in range(done, end):
        parallel.train()
        sampler.set_epoch(epoch)
        order = list(sampler)
        before = steps_of(history, epoch)  # of an epoch that was stopped
        passed, batch = before["rows"].sum(), max(before["batch"], default=0)
        for group in parts(order[-(-int(passed) // args.processes) :], args.batch_size * config["accumulate"]):
            rate = learning_rate(config, epoch - start + min(passed / len(rows), 1.0), end - start, history["epochs.loss"][start:])
            batches, total = parts(group, args.batch_size), torch.zeros(4, dtype=torch.float64)
            for number, chosen in enumerate(batches, 1):
                # The processes exchange gradients at the last batch of a step.
                with contextlib.nullcontext() if number == len(batches) else parallel.no_sync():
                    ids, lengths = map(torch.from_numpy, padded([rows[i] for i in chosen]))
                    logits, y = parallel(ids, lengths), labels[chosen]
                    loss = torch.nn.functional.cross_entropy(logits, y, weights, reduction="sum", label_smoothing=smoothing)
                    loss.backward()
                total += torch.tensor([loss.item(), weights[y].sum(), len(chosen), (logits.argmax(1) == y).sum()])
            dist.all_reduce(total)
            loss, weight, count, correct = total.tolist()
            # Of the sums over its rows each process got the mean: this makes it the weighted mean over the rows of all.
            for parameter in parameters.values():
                parameter.grad *= args.processes / weight
            norm = update(config["optimizer"]["clip"], parameters, optimizers, rate)
            passed, batch, taken = passed + count, batch + len(batches), taken + 1
            step = {"epoch": epoch, "batch": batch, "rows": count, "answers": count, "correct": correct, "loss": loss / weight}
            add(history, "steps", step | {"learning_rate": rate, "gradient_norm": norm})
        steps = steps_of(history, epoch)
        count = steps["rows"].sum()
        record = {"steps": len(steps["rows"]), "rows": count, "answers": count, "learning_rate": steps["learning_rate"][-1]}
        record |= {"loss": (steps["loss"] * steps["rows"]).sum() / count, "accuracy": steps["correct"].sum() / count}
        add(history, "epochs", record | {"gradient_norm": steps["gradient_norm"].mean()})
        if rank == 0:
            print(f"epoch {epoch + 1} of {end}: {len(steps['rows'])} steps in {args.processes} processes, loss {record['loss']:.4f}", flush=True)

    if rank == 0:
        state = {}
        for name, parameter in parameters.items():
            state[f"{name}.step"] = np.array(run.optimizer().get(f"{name}.step", 0.0) + taken)
            for ours, theirs in moments_of(optimizers[name]).items():
                moment = optimizers[name].state[parameter].get(theirs)
                if moment is not None:
                    state[f"{name}.{ours}"] = moment.numpy()
        trained = {name: weight.numpy() for name, weight in model.state_dict().items()}
        run.write(args.new_run_folder, trained, state, model.logits(*run.probe()[:2]), history, (start, end))
        print(f"wrote {args.new_run_folder}")
    dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("run_folder", "new_run_folder", "rows_csv"):
        parser.add_argument(name)
    parser.add_argument("--columns", type=lambda text: [int(column) for column in text.split(",")], default="1,2")
    for name, default in (("--rows", None), ("--batch-size", 32), ("--processes", 2)):
        parser.add_argument(name, type=int, default=default)
    args = parser.parse_args()
    if os.path.exists(args.new_run_folder):
        raise SystemExit(f"{args.new_run_folder} is there already; name another folder")
    run = RunFolder(args.run_folder)
    check(run)
    check_rows(run, sum(1 for _ in read(args.rows_csv, args.columns, args.rows)), args.rows_csv)
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (args, os.path.join(folder, "meeting")), args.processes)


if __name__ == "__main__":
    main()
