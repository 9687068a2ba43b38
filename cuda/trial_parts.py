"""The parts of the trial on a GPU, in their order: each runs programs and adds lines to the results."""

import csv
import json
import os
import re
import shutil
import statistics
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MODELS = ["gru", "lstm_packed", "bilstm2", "rnn_title", "rnn_mask", "lstm8", "rnn_mean"]
PACKED = ["rnn_mask", "lstm_packed", "bilstm2"]  # or padded; the others read padding, as the lesson does
BATCHES = "16,64,256,1024"
SEEDS = 3
PAGES = ["page_02", "page_04", "page_06"]
# Seconds on a GPU and on a CPU, where nothing counts but that it works.
LIMITS = {
    "machine": (40, 60),
    "tests": (65, 300),
    "sanitizer": (45, 0),
    "lesson": (150, 900),
    "accuracy": (35, 300),
    "gates": (10, 60),
    "memory": (10, 0),
    "pages": (35, 600),
    "kernels": (15, 0),
}


def verdict(status):
    return "too long" if status is None else "ok" if status == 0 else "failed"


def cores():
    """That this process may use, at most as many as a trial was thought out for."""
    return min(16, len(os.sched_getaffinity(0)))


def last_line(text):
    """What a program said at last; of a panic its message."""
    if panicked := re.search(r"panicked at .*\n(.*)", text):
        return panicked[1].strip()[:300]
    return next((line.strip()[:300] for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def machine(trial):
    if trial.link_problem:
        trial.add("files", "failed", problem=trial.link_problem)
    status, _, all_text, seconds = trial.run([trial.program("recurrent-bench"), "--version"])
    trial.add(
        "the programs start", verdict(status), seconds, **({} if status == 0 else {"problem": last_line(all_text)})
    )
    facts = {"packed": trial.facts["packed"], "commit": trial.facts["commit"], "cores": cores()}
    if cpu := re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()):
        facts["processor"] = cpu[1]
    if not trial.cpu:
        query = ["nvidia-smi", "--query-gpu=name,driver_version,compute_cap,memory.total", "--format=csv,noheader"]
        status, text, all_text, seconds = trial.run(query)
        if status == 0:
            facts |= dict(
                zip(
                    ("gpu", "driver", "compute_capability", "gpu_memory"),
                    map(str.strip, text.splitlines()[0].split(",")),
                )
            )
        trial.add("nvidia-smi", verdict(status), seconds, **({} if status == 0 else {"problem": last_line(all_text)}))
        for tool in ("nvcc", "compute-sanitizer", "ncu"):
            _, text, _, _ = trial.run([find(tool), "--version"])
            if version := re.search(r"(?:release|[Vv]ersion) ([\d.]+)", text):
                facts[tool] = version[1]
    code = "import torch; cudnn, cuda = torch.backends.cudnn.version(), torch.cuda.is_available()"
    code += "; print(torch.__version__, torch.version.cuda, cudnn, cuda)"
    status, text, all_text, seconds = trial.run([sys.executable, "-c", code])
    if status == 0:
        facts |= dict(zip(("torch", "torch_cuda", "cudnn", "torch_finds_gpu"), text.split()))
    trial.add("PyTorch", verdict(status), seconds, **({} if status == 0 else {"problem": last_line(all_text)}))
    trial.add("facts", "ok", **facts)


def find(tool):
    """A tool of CUDA, which need not be in PATH."""
    places = [Path(home, "bin", tool) for home in (os.environ.get("CUDA_HOME", ""), "/usr/local/cuda") if home]
    return shutil.which(tool) or next((str(place) for place in places if place.exists()), tool)


def tests(trial):
    """On a GPU those that need one, which are ignored elsewhere; the part memory has one of them."""
    flags = (
        ["--nocapture"]
        if trial.cpu
        else ["--ignored", "--nocapture", "--test-threads", "1", "--skip", "memory_on_a_gpu"]
    )
    for name in ("devices", "engine"):
        status, _, text, seconds = trial.run([trial.program(name), *flags])
        trial.add(name, *judge(status, text, trial.cpu, seconds))
        trial.lines[-1] |= counts(text)


def judge(status, text, cpu, seconds):
    """A test that was ignored, or says that it skipped something, has tried nothing on a GPU."""
    tried = counts(text)
    nothing = tried.get("passed", 0) == 0 or (not cpu and (tried["ignored"] > 0 or "skipped" in text))
    return ("failed" if status == 0 and nothing else verdict(status)), seconds


def counts(text):
    """Passed, failed and ignored, and which failed, as the test program says."""
    result = re.search(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", text)
    if not result:
        return {"problem": last_line(text)}
    numbers = dict(zip(("passed", "failed", "ignored"), map(int, result.groups())))
    failed = sorted(set(re.findall(r"^    ([\w:]+)$", text, re.M)))
    return numbers | ({"which": failed, "problem": last_line(text)} if failed else {})


def sanitizer(trial):
    """The smallest tests that launch every kernel."""
    step, layers = "pytorch_training::on_a_gpu::", "agreement::wide_layers_on_a_gpu"
    for tool, limit, test in [
        ("memcheck", 15, step + "three_steps_of_every_optimizer_give_pytorchs_weights"),
        ("racecheck", 15, step + "the_first_step_has_pytorchs_logits_loss_and_gradients"),
        ("memcheck", 15, layers),
        ("racecheck", 15, layers),
        ("racecheck", 15, step + "three_steps_of_every_optimizer_give_pytorchs_weights"),
    ]:
        flags = f"--tool {tool} --error-exitcode 9 --print-limit 20".split()
        command = [find("compute-sanitizer"), *flags, trial.program("engine")]
        status, _, text, seconds = trial.run([*command, "--ignored", "--exact", "--test-threads", "1", test], limit)
        summary = re.search(r"(?:ERROR|RACECHECK) SUMMARY: (.*)", text)
        found = {"summary": summary[1]} if summary else {} if status is None else {"problem": last_line(text)}
        judged = verdict(status) if status is None or (summary and " 1 passed" in text) else "failed"
        trial.add(f"{tool}: {test}", judged, seconds, **found)


def lesson(trial):
    """Each model against PyTorch with its fused Adam, packed and padded, epoch by epoch in turn."""
    for model in MODELS:
        peers = "recurrent,torch-fused" + (",torch-fused-padded" if model in PACKED else "")
        size = f"--batch {BATCHES} --epochs 3" if not trial.cpu else "--batch 16 --epochs 1 --rows 320 --threads 1"
        words = f"lesson --model {model} --device {trial.device} --peers {peers} --valid-rows 0 --json {size}".split()
        command = [trial.program("recurrent-bench"), *words, "--python", sys.executable]
        status, text, all_text, seconds = trial.run(command, 60)
        reports = bench_lines(trial, text)
        left_out = re.findall(r"^(\S+ is left out of .*)", all_text, re.M)
        problem = left_out or ([last_line(all_text)] if status else [])
        trial.add(
            model,
            "failed" if status == 0 and (left_out or not reports) else verdict(status),
            seconds,
            **({"problem": problem} if problem else {}),
        )
        for batch, of_batch in grouped(reports, "batch").items():
            numbers = {}
            for report in of_batch:
                numbers[kind(report["peer"])] = round(min(report["epoch_s"]), 4)
            ours = numbers.get("ours")
            for peer in ("packed", "padded"):
                if ours and peer in numbers:
                    numbers[f"times_{peer}"] = round(numbers[peer] / ours, 2)
            if model not in PACKED and "packed" in numbers:  # both read the padding
                numbers["padded"], numbers["times_padded"] = numbers.pop("packed"), numbers.pop("times_packed", None)
            trial.add(f"{model}, batch {batch}", "ok", **numbers)


def kind(peer):
    return "ours" if peer.startswith("recurrent") else "padded" if peer.endswith("padded") else "packed"


def bench_lines(trial, text):
    """The reports among the lines that the bench printed; all lines are kept."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    for line in lines:  # not where Python lay on that machine
        if "command" in line:
            line["command"] = line["command"].replace(sys.executable, "PYTHON")
    trial.reports += [{"part": trial.part, **line} for line in lines]
    return [line for line in lines if "epoch_s" in line]


def grouped(reports, key):
    groups = defaultdict(list)
    for report in reports:
        groups[report[key]].append(report)
    return groups


def accuracy(trial):
    """After one epoch, beside the CPU's: the same seeds, rows and batches. Not timed, so everyone runs at once."""
    devices = ["cpu"] if trial.cpu else ["cuda", "cpu"]
    size = f"--seeds {SEEDS} --epochs 1 --threads {max(2, cores() // 4)}" + (" --rows 640" if trial.cpu else "")

    def one(task):
        model, device = task
        words = f"accuracy --model {model} --device {device} {size} --peers recurrent --json".split()
        return trial.run([trial.program("recurrent-bench"), *words])

    tasks = [(model, device) for model in MODELS for device in devices]
    with ThreadPoolExecutor(max(1, cores() // 2)) as pool:
        done = dict(zip(tasks, pool.map(one, tasks)))
    for model in MODELS:
        numbers, seconds, status, problem = {}, 0.0, "ok", []
        for device in devices:
            ended, text, all_text, took = done[model, device]
            found = [report["val_acc"][0] for report in bench_lines(trial, text)]
            seconds = max(seconds, took)
            if ended != 0 or len(found) != SEEDS:
                status = "too long" if ended is None else "failed"
                problem.append(f"{device}: {last_line(all_text)}")
                continue
            numbers[device] = round(statistics.mean(found), 4)
            numbers[f"{device}_deviation"] = round(statistics.stdev(found), 4)
        if status == "ok" and not trial.cpu:
            error = ((numbers["cuda_deviation"] ** 2 + numbers["cpu_deviation"] ** 2) / SEEDS) ** 0.5
            numbers["standard_errors"] = round((numbers["cuda"] - numbers["cpu"]) / error, 2) if error else 0.0
            if abs(numbers["cuda"] - numbers["cpu"]) > 2 * error + 1e-9:
                status = "failed"
        trial.add(model, status, seconds, **numbers, **({"problem": problem} if problem else {}))


def gates(trial):
    """What recording every gate adds to a forward pass."""
    status, text, all_text, seconds = trial.run([trial.program("view_times")])
    found = re.search(r": ([\d.]+) ms\nwith every gate recorded: ([\d.]+) ms, ([-+][\d.]+) %", text)
    if status != 0 or not found:
        return trial.add(
            "LSTM(64), forward",
            verdict(status or 1) if status is not None else "too long",
            seconds,
            problem=last_line(all_text),
        )
    plain, recorded, more = map(float, found.groups())
    if not on_device(trial, text):
        return trial.add("LSTM(64), forward", "failed", seconds, problem="it computed on the CPU")
    trial.add("LSTM(64), forward", "ok", seconds, plain_ms=plain, recorded_ms=recorded, more_percent=more)


def on_device(trial, text):
    """Whether it computed where it was asked to: without a GPU that can be used the CPU takes its place.

    It says so in words, or a page's cell shows the device, as `Debug` does.
    """
    return trial.cpu or re.search(r"Device: cuda|^Cuda\(", text, re.M) is not None


def memory(trial):
    """Bytes that tensors hold after 52 and 1,092 steps, and after 20 trainings."""
    test = "memory_on_a_gpu_does_not_grow"
    status, _, text, seconds = trial.run([trial.program("devices"), "--ignored", "--exact", test, "--nocapture"])
    numbers = [int(number) for number in re.findall(r"(\d+) (?:before|after)", text)]
    found = dict(zip(("before", "after_52_steps", "after_1092_steps", "after_20_trainings"), numbers))
    trial.add("held by tensors, bytes", *judge(status, text, False, seconds), **(found or {"problem": last_line(text)}))


def pages(trial):
    """Code cells of three pages. Not to be timed: where there are cores for it they run at once."""
    with ThreadPoolExecutor(max(1, cores() // 4)) as pool:
        done = list(pool.map(lambda page: trial.run([trial.program(page)]), PAGES))
    for page, (status, text, all_text, seconds) in zip(PAGES, done):
        lines = [json.loads(line) for line in text.splitlines() if line.startswith('{"cell')]
        cells = [line for line in lines if "cell" in line]
        expected = lines[0]["cells"] if lines else None
        slowest = sorted(cells, key=lambda cell: -cell["seconds"])[:3]
        whole = status == 0 and len(cells) == expected and on_device(trial, text)
        numbers = {
            "cells": len(cells),
            "of": expected,
            "slowest": [[cell["cell"], cell["seconds"]] for cell in slowest],
        }
        judged = "ok" if whole else "failed" if status is not None else "too long"
        problem = last_line(all_text) if status != 0 or on_device(trial, text) else "it computed on the CPU"
        trial.add(page, judged, seconds, **numbers, **({} if whole else {"problem": problem}))


def kernels(trial):
    """Ten steps of the model whose epoch takes longest, kernel by kernel."""
    ours = [
        report
        for report in trial.reports
        if report.get("peer", "").startswith("recurrent") and report["part"] == "lesson" and report.get("epoch_s")
    ]
    model = max(ours, key=lambda report: min(report["epoch_s"]) / report["rows"])["model"] if ours else "bilstm2"
    steps = f"run --library recurrent --model {model} --rows 160 --valid-rows 0 --threads 1 --seed 0 --batch 16"
    steps += " --device cuda --optimizer adam --init keras"
    ncu = "--csv --page raw --clock-control none --metrics gpu__time_duration.sum --launch-skip 100 --launch-count 400".split()
    command = [find("ncu"), *ncu, trial.program("recurrent-bench"), *steps.split()]
    status, text, all_text, seconds = trial.run(command, typed="\n")
    times = defaultdict(list)
    rows = list(csv.reader(line for line in text.splitlines() if line.startswith('"')))
    if rows and "Kernel Name" in rows[0] and "gpu__time_duration.sum" in rows[0]:
        name, duration = rows[0].index("Kernel Name"), rows[0].index("gpu__time_duration.sum")
        microseconds = {"ns": 1e-3, "nsecond": 1e-3, "us": 1, "usecond": 1, "ms": 1e3, "msecond": 1e3}[
            rows[1][duration]
        ]
        for row in rows[2:]:
            times[row[name].split("(")[0]].append(float(row[duration].replace(",", "")) * microseconds)
    if not times:
        reason = next(
            (line for line in all_text.splitlines() if "ERR_NVGPU" in line or "==ERROR==" in line), last_line(all_text)
        )
        return trial.add(f"{model}, batch 16", "not measured", seconds, problem=f"ncu: {reason}")
    for kernel, found in sorted(times.items(), key=lambda item: -sum(item[1])):
        times_us = {"total_us": round(sum(found), 1), "mean_us": round(statistics.mean(found), 2)}
        trial.add(f"{model}: {kernel}", "ok", launches=len(found), **times_us)
