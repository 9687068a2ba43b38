"""Counts what compiling a notebook's libraries costs, crate by crate, in one checkout or in several in turn.

usage: set_up.py [--least SECONDS] [--json FILE] [CHECKOUT...]   (default: this checkout; each must be set up)

Builds the template of each checkout from nothing, beside the one that is there, as `cargo lab setup` does, and removes
it. Prints processor time (user and system) and size, in all, by family and for each crate that took SECONDS
(default 3) somewhere; and appends them to FILE as JSON lines. Takes minutes, on a machine with nothing else to do.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from session import repository

# Stands in place of rustc: calls it, and notes the crate's name and the processor time that this took.
RUSTC = """#!{python} -S
import os, resource, sys
arguments = sys.argv[1:]
pid = os.fork()
if pid == 0:
    os.execv({rustc!r}, [{rustc!r}, *arguments])
_, status = os.waitpid(pid, 0)
if "--crate-name" in arguments:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    name = arguments[arguments.index("--crate-name") + 1]
    with open({notes!r}, "a") as file:
        file.write(f"{{name}} {{used.ru_utime + used.ru_stime:.3f}}\\n")
sys.exit(os.waitstatus_to_exitcode(status))
"""

# Stands in place of rustup, for one question.
RUSTUP = """#!/bin/sh
[ "$*" = "which cargo" ] && exec echo "{cargo}"
exec "{rustup}" "$@"
"""

# The families whose crates are named alike; what only they need stands under its own name.
FAMILIES = ("recurrent", "polars", "candle", "plotters", "gemm", "arrow")


def processor_time():
    """Seconds of processor time of all that this process has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tool(name, checkout):
    """The program of this name of the checkout's toolchain, past rustup's stand-in."""
    asked = subprocess.run(["rustup", "which", name], cwd=checkout, capture_output=True, text=True, check=True)
    return asked.stdout.strip()


def program(path, text):
    """Writes a script that can be run."""
    path.write_text(text)
    path.chmod(0o755)


def family(name):
    """The family of a crate, or the crate itself."""
    return next((family for family in FAMILIES if name.startswith(family)), name)


def size(folder):
    """Bytes of the files below a folder, each once."""
    files = {(stat.st_dev, stat.st_ino): stat.st_size for stat in (path.lstat() for path in folder.rglob("*"))}
    return sum(files.values())


def build(checkout):
    """The cost of one template, from nothing."""
    # Below the folder that says how libraries are compiled, beside the one that the kernels work in.
    measured = checkout / ".lab" / "measured"
    making = measured / "template"
    shutil.rmtree(measured, ignore_errors=True)
    making.mkdir(parents=True)
    shutil.copy(checkout / "Cargo.lock", making)
    with tempfile.TemporaryDirectory() as scratch:
        notes, rustup, cargo = (Path(scratch) / name for name in ("notes", "rustup", "cargo"))
        # The kernel asks rustup where cargo is, and takes the rustc beside it.
        program(cargo.with_name("rustc"), RUSTC.format(python=sys.executable, rustc=tool("rustc", checkout), notes=str(notes)))
        program(rustup, RUSTUP.format(cargo=cargo, rustup=shutil.which("rustup")))
        cargo.symlink_to(tool("cargo", checkout))
        path = f"{scratch}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "RECURRENT_TEMPLATE": str(making)}
        command = [checkout / ".lab/bin/lab-kernel", "--build-template", making, checkout / "crates/recurrent"]
        begun, used = time.perf_counter(), processor_time()
        done = subprocess.run(command, cwd=checkout / "notebooks", env=environment, capture_output=True, text=True, check=False)
        cost = {"wall, s": time.perf_counter() - begun, "processor time, s": processor_time() - used}
        if done.returncode:
            sys.exit(f"the template of {checkout} could not be built:\n{done.stderr[-4000:]}")
        crates, calls = Counter(), Counter()
        for line in notes.read_text().splitlines():
            name, seconds = line.rsplit(" ", 1)
            crates[name] += float(seconds)
            calls[name] += 1
    cost["of this in rustc, s"] = sum(crates.values())
    cost["crates"] = len([name for name in crates if not name.startswith("build_script") and name != "ctx"])
    cost["size, MB"] = size(making) / 1e6
    shutil.rmtree(measured)
    return cost, crates


def table(title, names, columns, heads):
    """One Markdown table."""
    print(f"\n| {title} |" + "".join(f" {head} |" for head in heads))
    print("| --- |" + " ---: |" * len(heads))
    for name in names:
        print(f"| {name} |" + "".join(f" {column.get(name, 0):.1f} |" for column in columns))


def main():
    """Builds, prints and notes."""
    options = argparse.ArgumentParser()
    options.add_argument("--least", type=float, default=3)
    options.add_argument("--json")
    options.add_argument("checkouts", nargs="*", type=Path, default=[repository()])
    options = options.parse_args()
    heads, costs, families, crates = [], [], [], []
    for folder in options.checkouts:
        commit = subprocess.run(["git", "-C", folder, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        cost, by_crate = build(folder.resolve())
        by_family = Counter()
        for name, seconds in by_crate.items():
            by_family[family(name)] += seconds
        heads.append(commit.stdout.strip() or folder.name)
        costs.append(cost)
        families.append(by_family)
        crates.append(by_crate)
        print(f"{heads[-1]}: {cost['processor time, s']:.0f} s", file=sys.stderr, flush=True)
        if options.json:
            with open(options.json, "a", encoding="utf-8") as file:
                row = {"date": time.strftime("%Y-%m-%d"), "commit": heads[-1], **{name: round(value, 1) for name, value in cost.items()}}
                file.write(json.dumps({**row, "families, s": {name: round(by_family[name], 1) for name in FAMILIES}}) + "\n")
    table("template from nothing", costs[0], costs, heads)
    table("processor time of a family, s", FAMILIES, families, heads)
    slow = {name for found in crates for name, seconds in found.items() if seconds >= options.least}
    table("processor time of a crate, s", sorted(slow, key=lambda name: -max(found[name] for found in crates)), crates, heads)


if __name__ == "__main__":
    main()
