"""What cuda/pack.sh does when all is compiled: packs the programs and what they read into cuda/pack/."""

import argparse
import csv
import json
import lzma
import shutil
import subprocess
import tarfile
from datetime import datetime, timezone
from pathlib import Path

LIMIT_MB = 54  # small enough to copy along with a checkout
ROWS = {"train.csv": 12_000, "test.csv": 2_000}
READ = ["crates/recurrent-nn/tests/fixtures/*.safetensors", "crates/recurrent-bench/peers/*.py"]
# Programs hold the same kernels of candle, tens of MB each: the window has to reach from one program to the next.
XZ = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 1 << 29}]


def programs(messages):
    """The executables that cargo names, by the name of their target."""
    found = {}
    for line in messages:
        message = json.loads(line)
        if message.get("executable"):
            found[message["target"]["name"]] = Path(message["executable"])
    return found


def first_rows(source, destination, count):
    destination.parent.mkdir(parents=True, exist_ok=True)
    with (
        open(source, newline="", encoding="utf-8") as rows,
        open(destination, "w", newline="", encoding="utf-8") as taken,
    ):
        reader, writer = csv.reader(rows), csv.writer(taken, quoting=csv.QUOTE_ALL, lineterminator="\n")
        written = 0
        for row in reader:
            if written == count:
                break
            writer.writerow(row)
            written += row[0].isdigit()  # not a heading
    if written < count:
        raise SystemExit(f"{source}: expected at least {count} rows, got {written}")


def size_mb(path):
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("messages", "data", "stage", "libraries", "stub"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    root, stage, pack = Path.cwd(), args.stage, Path("cuda/pack")

    (stage / "programs").mkdir(parents=True)
    with open(args.messages, encoding="utf-8") as messages:
        for name, executable in programs(messages).items():
            subprocess.run(["strip", "-o", stage / "programs" / name, executable], check=True)
    for name, count in ROWS.items():
        first_rows(args.data / "ag_news" / name, stage / "data/ag_news" / name, count)
    for file in (file for pattern in READ for file in root.glob(pattern)):
        copy = stage / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    (stage / "stub").mkdir()
    shutil.copy(args.stub, stage / "stub")

    with (
        lzma.open(pack / "trial.tar.xz", "wb", filters=XZ, check=lzma.CHECK_SHA256) as xz,
        tarfile.open(fileobj=xz, mode="w") as tar,
    ):
        tar.add(stage, arcname=".")
    for script in ("try.sh", "trial.py", "trial_parts.py"):
        shutil.copy(Path("cuda", script), pack)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    facts = {
        "packed": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit,
        "root": str(root),  # tests and bench read their files there: the path is compiled in
        "libraries": str(args.libraries.resolve()),
    }
    (pack / "pack.json").write_text(json.dumps(facts, indent=1) + "\n")

    for part in sorted(
        [*(stage / "programs").iterdir(), *(path for path in stage.iterdir() if path.name != "programs")]
    ):
        print(f"{size_mb(part):8.1f} MB  {part.relative_to(stage)}")
    packed = size_mb(pack)
    print(f"{size_mb(stage):8.1f} MB  all of it\n{packed:8.1f} MB  packed, in {pack}")
    if packed > LIMIT_MB:
        raise SystemExit(f"{pack} is larger than {LIMIT_MB} MB")


if __name__ == "__main__":
    main()
