"""What cuda/try.sh runs: the parts of the trial, each in a time of its own; what fails stops no other part.

OUT/results.jsonl    a line for each thing that was tried: part, name, status, seconds, and its numbers
OUT/lesson.jsonl     the bench's own lines of speed and accuracy, which `cargo lab bench table` prints
OUT/log.txt          what everything printed
OUT/table.md         the table that is printed at the end
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import trial_parts


class Trial:
    def __init__(self, pack, out, cpu):
        self.out, self.cpu = out, cpu
        self.device = "cpu" if cpu else "cuda"
        self.facts = json.loads((pack / "pack.json").read_text())
        self.folder = unpack(pack / "trial.tar.xz")
        self.link_problem = link_root(Path(self.facts["root"]), self.folder)
        self.log = open(out / "log.txt", "a", encoding="utf-8")
        self.environment = os.environ | {
            "LD_LIBRARY_PATH": ":".join(libraries(self.facts["libraries"], self.folder / "stub" if cpu else None)),
            "RECURRENT_DATA_DIR": str(self.folder / "data"),
            "RECURRENT_DEVICE": self.device,
            "CUDA_CACHE_PATH": str(self.folder / "cache"),  # what the driver makes of PTX
        }
        self.lines, self.reports, self.part, self.ends = [], [], "", 0.0
        self.running = set()
        self.gpu = None if cpu else gpu_name()

    def program(self, name):
        return str(self.folder / "programs" / name)

    def run(self, command, limit=600, typed=""):
        """(exit status or None for too long, standard output, both outputs, seconds), within the part's time."""
        limit = min(limit, self.ends - time.monotonic())
        if limit <= 0:
            return None, "", "its part's time was over before it began", 0.0
        command = [str(word) for word in command]
        files = [tempfile.TemporaryFile("w+", errors="replace") for _ in range(3)]
        files[0].write(typed)
        files[0].seek(0)
        start = time.monotonic()
        try:
            stdin, stdout, stderr = files
            pipes = {"stdin": stdin, "stdout": stdout, "stderr": stderr}
            process = subprocess.Popen(command, **pipes, cwd=self.folder, env=self.environment, start_new_session=True)
        except OSError as error:
            return 127, "", str(error), 0.0
        self.running.add(process.pid)
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            kill_group(process.pid)
            process.wait()
            self.running.discard(process.pid)
        seconds = time.monotonic() - start
        texts = []
        for file in files[1:]:
            file.seek(0)
            texts.append(file.read())
        print(f"$ {' '.join(command)}\n{texts[0]}{texts[1]}[{status}, {seconds:.1f} s]\n", file=self.log, flush=True)
        return status, texts[0], texts[0] + texts[1], seconds

    def add(self, name, status, seconds=0.0, **numbers):
        """`status`: ok, failed, too long, not measured."""
        line = {"part": self.part, "name": name, "status": status, "seconds": round(seconds, 1), **numbers}
        self.lines.append(line)
        print(f"{self.part}: {name}: {status}, {seconds:.1f} s {show(numbers)}", file=sys.stderr, flush=True)

    def run_part(self, name):
        limit = trial_parts.LIMITS[name][self.cpu]
        if limit == 0:
            return
        self.part, self.ends = name, time.monotonic() + limit
        try:
            getattr(trial_parts, name)(self)
        except Exception as error:  # whatever it is, the next part is tried
            self.add(name, "failed", problem=f"{type(error).__name__}: {error}")


def kill_group(leader):
    """Ends a program with what it has started."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def gpu_name():
    """What the driver calls the first GPU; nothing if it does not answer."""
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return next(iter(done.stdout.splitlines()), None) if done.returncode == 0 else None


def unpack(archive):
    """The folder of the pack's files: unpacked once, as long as the pack is the same."""
    with open(archive, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir(), f"recurrent-trial-{digest}")
    if not folder.exists():
        half = Path(tempfile.mkdtemp(prefix="recurrent-trial-"))
        with tarfile.open(archive) as tar:
            tar.extractall(half)
        half.rename(folder)
    return folder


def link_root(root, folder):
    """Tests and bench look for their files where they were compiled: where there is nothing, a link to ours. Gives what
    went wrong, if anything did."""
    try:
        if root.is_symlink() and "recurrent-trial-" in os.readlink(root):
            root.unlink()  # made for another pack
        if not root.exists():
            root.parent.mkdir(parents=True, exist_ok=True)
            root.symlink_to(folder)
    except OSError as error:
        return f"tests and bench do not find their files at {root}: {error}"
    return None


def libraries(compiled_with, stub):
    """Folders with CUDA's libraries: PyTorch's, which must find its own, a toolkit's, cuda/build.sh's; the stub."""
    folders = [folder for place in sys.path if place for folder in sorted(Path(place).glob("nvidia/*/lib"))]
    homes = [os.environ.get("CUDA_HOME", ""), "/usr/local/cuda", *sorted(map(str, Path("/usr/local").glob("cuda-13*")))]
    folders += [Path(home, lib) for home in homes if home for lib in ("lib64", "targets/x86_64-linux/lib")]
    folders += [Path(compiled_with)] + ([stub] if stub else [])
    inherited = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    found = [str(folder) for folder in folders if any(folder.glob("lib*.so*"))]
    return list(dict.fromkeys([*filter(None, inherited), *found]))


def show(numbers):
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in numbers.items()
    )


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write(path, lines):
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


# What each line says of where it comes from.
ORIGIN = ("date", "device", "command", "commit", "packed", "on")


def table(lines):
    named = ("part", "name", "status", "seconds")
    text = "| part | what | status | seconds | |\n| --- | --- | --- | --- | --- |\n"
    for line in lines:
        numbers = {name: value for name, value in line.items() if name not in (*named, *ORIGIN)}
        cells = [str(line[name]) for name in named] + [show(numbers).replace("|", "/")]
        text += f"| {' | '.join(cells)} |\n"
    return text


def main():
    parser = argparse.ArgumentParser(prog="cuda/try.sh", description="The trial on a GPU.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", choices=trial_parts.LIMITS, help="only this one, in place of what it gave before")
    parser.add_argument("--cpu", action="store_true", help="what runs without a GPU")
    parser.add_argument("--pack", type=Path, required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    trial = Trial(args.pack.resolve(), args.out.resolve(), args.cpu)

    def stop(*_):
        for leader in list(trial.running):
            kill_group(leader)
        sys.exit("stopped")

    signal.signal(signal.SIGTERM, stop)
    options = (["--part", args.part] if args.part else []) + (["--cpu"] if args.cpu else [])
    origin = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "device": trial.device,
        "command": " ".join(["cuda/try.sh OUT", *options]),
        "commit": trial.facts["commit"],
        "packed": trial.facts["packed"],
        "on": trial.gpu,
    }
    parts = [args.part] if args.part else list(trial_parts.LIMITS)
    results, reports = args.out / "results.jsonl", args.out / "lesson.jsonl"
    kept = [line for line in read(results) if line["part"] not in parts]
    trial.reports = [line for line in read(reports) if line["part"] not in parts]
    for part in parts:
        trial.run_part(part)
        # After each part, so that what was found stays if the whole is stopped.
        lines = kept + [{**line, **origin} for line in trial.lines]
        lines.sort(key=lambda line: list(trial_parts.LIMITS).index(line["part"]))
        write(results, lines)
        write(reports, trial.reports)
    (args.out / "table.md").write_text(table(lines))
    print(table(lines))
    bad = [line for line in lines if line["status"] != "ok"]
    print(f"{len(lines)} lines, {len(bad)} of them not ok, {time.monotonic() - start:.0f} s")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
