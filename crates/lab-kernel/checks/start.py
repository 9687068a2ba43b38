"""Times what a learner waits for: the kernel, the `:dep` cell, the first variable, a warm cell; and memory at rest.

usage: start.py [RUNS] [KERNEL]   (a kernelspec's name; default: 3 runs of `rust`)
Prints one JSON line per run, seconds and MB, then the medians.
"""

import json
import statistics
import subprocess
import sys

from session import Session, repository

WARM = [
    "let b = &a + &a;",
    "a.sum_all()?.to_scalar::<f32>()?",
    "let c = (&a * 2.0)?;",
    "a.dims().len()",
    "let d = a.sqr()?;",
]


def resident_mb(pid):
    """Resident memory of a process and all below it."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in table.splitlines()]
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent, _ in rows if parent in family} - family
        family, grown = family | more, bool(more)
    return sum(rss for one, _, rss in rows if one in family) / 1024


def measure(kernel):
    """One kernel from its start to its end."""
    with Session(repository() / "notebooks", kernel) as session:
        dep = session.run(':dep recurrent = { path = "../crates/recurrent" }\nuse recurrent::prelude::*;')
        first = session.run("let a = Tensor::new(&[1f32, 2., 3.], &Device::Cpu)?;")
        for cell in (dep, first):
            if cell.error:
                sys.exit(cell.error)
        memory = resident_mb(session.pid)
        warm = []
        for code in WARM:
            cell = session.run(code)
            if cell.error:
                sys.exit(cell.error)
            warm.append(cell.seconds)
    return {
        "kernel_start_s": session.start_seconds,
        "dep_s": dep.seconds,
        "first_variable_s": first.seconds,
        "total_s": session.start_seconds + dep.seconds + first.seconds,
        "warm_cell_s": statistics.median(warm),
        "resident_mb": memory,
    }


def main():
    """Measures and prints."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    kernel = sys.argv[2] if len(sys.argv) > 2 else "rust"
    rows = []
    for _ in range(runs):
        rows.append({key: round(value, 2) for key, value in measure(kernel).items()})
        print(json.dumps(rows[-1]), flush=True)
    print("median", json.dumps({key: statistics.median(row[key] for row in rows) for key in rows[0]}))


if __name__ == "__main__":
    main()
