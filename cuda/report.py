"""Writes what cuda/try.sh found on a GPU: bench/results/gpu.jsonl and gpu-lesson.jsonl, and README's numbers from them.

usage: python3 cuda/report.py OUT [OUT …]

OUT is a folder that cuda/try.sh was given; of a part that was tried in several the last one counts. Without results of
a GPU nothing is written.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- cuda/report.py writes from here -->", "<!-- to here -->"
MISSING = "–"


def refuse(sentence):
    raise SystemExit(f"nothing is written: {sentence}")


def read(path):
    if not path.exists():
        refuse(f"{path} is not there; cuda/try.sh OUT makes it")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def merged(folders, name):
    """The lines of all folders, without those of a part that a later folder has again."""
    lines = []
    for folder in folders:
        new = read(folder / name)
        parts = {line["part"] for line in new}
        lines = [line for line in lines if line["part"] not in parts] + new
    return lines


def machine_of(results):
    """The machine's facts, if every line is of a GPU and they name one."""
    if not results:
        refuse("there are no results")
    if elsewhere := sorted({line["part"] for line in results if line.get("device") != "cuda"}):
        refuse(f"the results of {', '.join(elsewhere)} are not those of a GPU")
    for what, key in (("states", "commit"), ("GPUs", "on")):
        if len(several := sorted({str(line.get(key)) for line in results})) > 1:
            refuse(f"the results are of several {what}: {', '.join(several)}")
    facts = next((line for line in results if line["part"] == "machine" and line["name"] == "facts"), {})
    if missing := [name for name in ("gpu", "driver", "commit", "date") if not facts.get(name)]:
        refuse(f"the results do not say the machine's {', '.join(missing)}; run the part machine again")
    return facts


def row(cells):
    return f"| {' | '.join(cells)} |\n"


def speed(results):
    lines = [
        line for line in results if line["part"] == "lesson" and ", batch " in line["name"] and line["status"] == "ok"
    ]
    models = list(dict.fromkeys(line["name"].split(", batch ")[0] for line in lines))
    batches = sorted({int(line["name"].split(", batch ")[1]) for line in lines})
    if not lines:
        return ""
    text = row(["model", *(f"batch {batch}" for batch in batches)]) + row(["---"] * (len(batches) + 1))
    for model in models:
        cells = []
        for batch in batches:
            line = next((line for line in lines if line["name"] == f"{model}, batch {batch}"), {})
            times = [line.get(f"times_{kind}") for kind in ("padded", "packed")]
            if times[1] is None:
                times.pop()  # a model that reads its padding
            cells.append(", ".join(MISSING if time is None else f"{time:.1f}" for time in times))
        text += row([model, *cells])
    return (
        "How many times as fast as PyTorch with cuDNN and its fused Adam, both in f32, epoch by epoch in turn on the "
        f"same rows: padded, then packed where the model can be.\n\n{text}"
    )


def accuracy(results):
    lines = [line for line in results if line["part"] == "accuracy" and "cuda" in line and "cpu" in line]
    if not lines:
        return ""
    text = row(["model", "GPU", "CPU", "difference, standard errors"]) + row(["---"] * 4)
    for line in lines:
        both = [f"{line[device]:.3f} ± {line[f'{device}_deviation']:.3f}" for device in ("cuda", "cpu")]
        text += row([line["name"], *both, f"{line['standard_errors']:+.1f}"])
    return f"Accuracy after one epoch, mean ± standard deviation of three seeds:\n\n{text}"


def rest(results):
    text = ""
    tests = [line for line in results if line["part"] == "tests" and "passed" in line]
    if tests:
        passed, failed = (sum(line[name] for line in tests) for name in ("passed", "failed"))
        text += f"- Device tests: {passed} passed, {failed} failed.\n"
    for line in results:
        if line["part"] == "sanitizer" and "summary" in line:
            tool, test = line["name"].split(": ")
            text += f"- compute-sanitizer's {tool} on `{test.split('::')[-1]}`: {line['summary']}.\n"
        if line["part"] == "gates" and "more_percent" in line:
            text += f"- To record every gate makes the forward pass of an LSTM {line['more_percent']:+.1f} % longer.\n"
        if line["part"] == "memory" and "after_20_trainings" in line:
            held = ", ".join(
                f"{line[name]:,} {name.replace('_', ' ')}" for name in line if name.startswith(("before", "after_"))
            )
            text += f"- Bytes that tensors hold: {held}.\n"
        if line["part"] == "pages" and line.get("of") is not None:
            name = line["name"].replace("_", " ").capitalize()
            text += f"- {name}: {line['cells']} of {line['of']} cells ran, in {line['seconds']:.0f} s.\n"
    bad = [line for line in results if line["status"] != "ok"]
    if bad:
        text += (
            "\nNot as it should be: "
            + "; ".join(f"{line['part']}, {line['name']}: {line['status']}" for line in bad)
            + ".\n"
        )
    return text


def section(results):
    """README's text. Only numbers that are in the results."""
    facts = machine_of(results)
    title = (
        f"**Measured** on one {facts['gpu']}, driver {facts['driver']}, {facts['date'][:10]}, state {facts['commit']}"
    )
    if "torch" in facts:
        title += f", against PyTorch {facts['torch']} with cuDNN {facts.get('cudnn', MISSING)}"
    parts = [speed(results), accuracy(results), rest(results)]
    commands = ", ".join(f"`{command}`" for command in dict.fromkeys(line["command"] for line in results))
    return "\n\n".join(
        [f"{title} ({commands}; all numbers in `bench/results/gpu.jsonl`).", *(part.strip() for part in parts if part)]
    )


def replaced(readme, text):
    """The README with this text between the marks."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        refuse(f"README.md needs {BEGIN} and then {END}, once each")
    head, after = readme.split(BEGIN)
    return f"{head}{BEGIN}\n{text}\n{END}{after.split(END)[1]}"


def main():
    if len(sys.argv) < 2:
        raise SystemExit("usage: python3 cuda/report.py OUT [OUT …]")
    folders = list(map(Path, sys.argv[1:]))
    results, bench = merged(folders, "results.jsonl"), merged(folders, "lesson.jsonl")
    facts = machine_of(results)
    readme = ROOT / "README.md"
    text = replaced(readme.read_text(encoding="utf-8"), section(results))
    origin = {"gpu": facts["gpu"], "driver": facts["driver"], "commit": facts["commit"]}
    for name, lines in (("gpu.jsonl", [{**origin, **line} for line in results]), ("gpu-lesson.jsonl", bench)):
        kept = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (ROOT / "bench/results" / name).write_text(kept, encoding="utf-8")
    readme.write_text(text, encoding="utf-8")
    print(text.split(BEGIN)[1].split(END)[0].strip())


if __name__ == "__main__":
    main()
