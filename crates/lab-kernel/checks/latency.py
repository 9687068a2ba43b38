"""Times what a learner waits for, in the kernel of one checkout or of two in turn, and says how much memory it uses.

usage: latency.py [--runs N] [--json FILE] [CHECKOUT...]   (default: 3 runs of this checkout; each must be set up)

Prints the medians as a table, and appends them to FILE as JSON lines. Needs a machine with nothing else to do.
"""

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from session import Session, repository

DEP = ':dep recurrent = { path = "../crates/recurrent" }\nuse recurrent::prelude::*;'
FIRST = "let a = Tensor::new(&[1f32, 2., 3.], &Device::Cpu)?;"
WARM = ["let b = &a + &a;", "a.sum_all()?.to_scalar::<f32>()?", "let c = (&a * 2.0)?;", "a.dims().len()", "let d = a.sqr()?;"]
FLOOD = 'let mut i = 0u64; loop { println!("line {i}"); i += 1; }'
MISTAKE = "let x = undefined_function(1);"
# No machine needs so many seconds for a first mistake; a stop, or much output, that takes so many has failed.
LONG, PATIENCE = 600, 60


class Checkout:
    """One checkout whose kernel is measured."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.kernels = self.folder / ".lab" / "kernels"

    def open(self, spare):
        """A kernel of this checkout, as Jupyter starts it there."""
        os.environ["JUPYTER_PATH"] = str(self.folder / ".venv" / "share" / "jupyter")
        return Session(self.folder / "notebooks", env={"RECURRENT_SPARE": "1" if spare else "0"})

    def has_spare(self):
        """Waits for a spare that is warm; false where none is made."""
        for _ in range(300):
            if (self.kernels / "spare").exists():
                time.sleep(15)  # it can be taken before it is warm
                return True
            time.sleep(0.1)
        return False


def page(checkout, spare):
    """Seconds from the start of a kernel to the first variable."""
    begun = time.perf_counter()
    with checkout.open(spare) as session:
        for code in (DEP, FIRST):
            cell = session.run(code)
            if cell.error:
                sys.exit(cell.error)
        return cell.ended - begun


def resident(pid):
    """Resident memory, MB, of a process and all below it."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in table.splitlines()]
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent, _ in rows if parent in family} - family
        family, grown = family | more, bool(more)
    return sum(rss for one, _, rss in rows if one in family) / 1024


def limited(work):
    """What it returns; infinity if it takes longer than PATIENCE, whatever it waits for."""

    def end(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)
    try:
        return work()
    except TimeoutError:
        return math.inf
    finally:
        signal.alarm(0)


def stop_flood(session):
    """Seconds from a stop during endless output to the answer of the next cell."""
    message = session.send(FLOOD)
    session.wait_for_output(message, "line 1\n")
    time.sleep(2)
    begun = time.perf_counter()
    session.stop()
    session.wait(message, LONG)
    session.run("1 + 1", LONG)
    return time.perf_counter() - begun


def in_one_kernel(checkout):
    """Warm cells, memory, mistakes and stops, in a kernel that has a variable."""
    found = {}
    with checkout.open(False) as session:
        session.run(DEP)
        session.run(FIRST)
        found["first mistake in a fresh kernel, s"] = session.run(MISTAKE, LONG).seconds
        found["next mistake, s"] = session.run(MISTAKE).seconds
        found["warm cell, s"] = statistics.median(session.run(code).seconds for code in WARM)
        found["memory of a kernel, MB"] = resident(session.pid)
        found["20,000 lines, s"] = limited(lambda: session.run('for i in 0..20000 { println!("line {i}"); }', LONG).seconds)
        found["stop during endless output, to the next answer, s"] = limited(lambda: stop_flood(session))
        if math.inf in found.values():
            os.kill(session.pid, signal.SIGKILL)  # it would not end by itself
    return found


def warm_page(checkout):
    """The same as `page`, where a kernel has made a spare before; none where none is made. And the front's memory."""
    with checkout.open(True) as first:
        first.run("1")
        if not checkout.has_spare():
            return None, None
        begun = time.perf_counter()
        with checkout.open(True) as session:
            session.run(DEP)
            ended = session.run(FIRST).ended
            return ended - begun, resident(session.pid)


def main():
    """Measures and prints."""
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--json")
    options.add_argument("checkouts", nargs="*", default=[repository()])
    options = options.parse_args()
    found = {str(folder): [] for folder in options.checkouts}
    for run in range(options.runs):
        for folder in options.checkouts:
            checkout = Checkout(folder)
            row = {"opening a page to its first variable, without a spare, s": page(checkout, False)}
            seconds, memory = warm_page(checkout)
            row["the same with a spare, s"], row["memory of the front, MB"] = seconds, memory
            row |= in_one_kernel(checkout)
            found[str(folder)].append(row)
            print(json.dumps({"checkout": str(folder), "run": run + 1, **row}), file=sys.stderr, flush=True)
    tables = []
    for folder, rows in found.items():
        medians = {}
        for name in rows[0]:
            values = [row[name] for row in rows if row[name] is not None]
            medians[name] = statistics.median(values) if values else None
        tables.append(medians)
        if options.json:
            head = {"date": time.strftime("%Y-%m-%d"), "runs": options.runs}
            commit = subprocess.run(["git", "-C", folder, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
            with open(options.json, "a", encoding="utf-8") as file:
                rounded = {name: f"over {PATIENCE}" if value == math.inf else value and round(value, 3) for name, value in medians.items()}
                file.write(json.dumps({**head, "commit": commit.stdout.strip(), **rounded}) + "\n")
    shown = lambda value: "" if value is None else f"over {PATIENCE}" if value == math.inf else f"{value:.2f}"
    print("| measure |" + "".join(f" {Path(folder).name} |" for folder in found))
    print("| --- |" + " ---: |" * len(found))
    for name in tables[0]:
        print(f"| {name} |" + "".join(f" {shown(table[name])} |" for table in tables))


if __name__ == "__main__":
    main()
