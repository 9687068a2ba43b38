"""The scripts of the trial on a GPU, where they can go wrong quietly. Needs rustc, neither CUDA nor a GPU.

usage: python3 -m unittest -v cuda/test_scripts.py
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import page_program
import report
import trial
import trial_parts

ROOT = Path(__file__).resolve().parent.parent


def notebook(*cells):
    return {"cells": [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]}


class PageProgram(unittest.TestCase):
    def test_cells_run_in_order_and_show_their_last_expression(self):
        cells = [
            ':dep recurrent = { path = "../crates/recurrent" }',
            "let numbers = vec![1, 2]; // kept; shown later\nfn twice(x: i32) -> i32 { x * 2 }",
            'struct Opaque;\nlet url = "http://a";\ntwice(21) // a call; not a statement',
            "fn twice(x: i32) -> i32 { x * 20 }\nnumbers.iter()\n    .map(|x| twice(*x))\n    .collect::<Vec<_>>()",
            "numbers\n",
            "Opaque",
            'for _ in 0..1 {\n    "7".parse::<i32>()?;\n}',
            '"not a number".parse::<i32>()?;',
        ]
        text = page_program.program("test", notebook(*cells))
        with tempfile.TemporaryDirectory() as folder:
            source, program = Path(folder, "page.rs"), Path(folder, "page")
            source.write_text(text)
            subprocess.run(["rustc", "--edition", "2024", "-D", "missing-docs", "-o", program, source], check=True)
            done = subprocess.run([program], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, "the last cell fails, and with it the program")
        self.assertIn("ParseIntError", done.stderr)
        said = [line for line in done.stdout.splitlines() if not line.startswith("{")]
        self.assertEqual(said[:3], ["42", "[20, 40]", "[1, 2]"])
        self.assertTrue(said[3].endswith("Opaque"), said)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        self.assertEqual(lines[0], {"cells": 8})
        self.assertEqual([line["cell"] for line in lines[1:]], [0, 1, 2, 3, 4, 5, 6])

    def test_every_statement_of_the_pages_is_there(self):
        for page in sorted((ROOT / "notebooks").glob("0[246]-*.ipynb")):
            with open(page, encoding="utf-8") as file:
                cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
            text = page_program.program(page.name, {"cells": cells})
            for cell in cells:
                for line in "".join(cell["source"]).splitlines():
                    self.assertTrue(line in text or line.startswith(":dep "), line)

    def test_a_cell_that_is_not_there_cannot_be_left_out(self):
        self.assertNotIn("let second", page_program.program("test", notebook("let first = 1;", "let second = 2;"), [1]))
        with self.assertRaisesRegex(ValueError, "no code cell 7"):
            page_program.program("test", notebook("let first = 1;"), [7])


class Judged(unittest.TestCase):
    GOOD = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s\n"

    def judge(self, text, status=0, cpu=False):
        return trial_parts.judge(status, text, cpu, 1.0)[0]

    def test_a_test_that_tried_nothing_has_not_passed(self):
        self.assertEqual(self.judge(self.GOOD), "ok")
        self.assertEqual(self.judge("skipped: no memory pool\n" + self.GOOD), "failed")
        self.assertEqual(self.judge(self.GOOD.replace("0 ignored", "2 ignored")), "failed")
        self.assertEqual(self.judge(self.GOOD.replace("0 ignored", "2 ignored"), cpu=True), "ok")
        self.assertEqual(self.judge(self.GOOD.replace("3 passed", "0 passed")), "failed")
        self.assertEqual(self.judge("Segmentation fault", status=-11), "failed")
        self.assertEqual(self.judge("", status=None), "too long")

    def test_the_failed_ones_are_named(self):
        text = (
            "failures:\n    on_a_gpu::lstm\n    on_a_gpu::gru\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored;\n"
        )
        self.assertEqual(trial_parts.counts(text)["which"], ["on_a_gpu::gru", "on_a_gpu::lstm"])

    def test_every_ignored_test_says_why(self):
        """No test that needs a GPU passes without one: it is ignored, and fails where it is asked for."""
        found = 0
        for file in [
            ROOT / "crates/recurrent-nn/tests/devices.rs",
            *(ROOT / "crates/recurrent-nn/tests/engine").glob("*.rs"),
        ]:
            for called in re.finditer(r"\n((?:    )?)fn (\w+)\([^)]*\)[^{]*\{(.*?)\n\1\}", file.read_text(), re.S):
                if re.search(r"\b(gpu|check_on_a_gpu)\(", called[3]) and "check_on_a_gpu" != called[2]:
                    found += 1
                    before = file.read_text()[: called.start()].rsplit("\n\n", 1)[-1]
                    self.assertIn('#[ignore = "needs an NVIDIA GPU"]', before, f"{file.name}: {called[2]}")
        self.assertGreaterEqual(found, 8)

    def test_a_part_ends_when_its_time_is_over(self):
        with tempfile.TemporaryDirectory() as folder:
            one = trial.Trial.__new__(trial.Trial)
            one.folder, one.environment, one.log = Path(folder), {}, open(Path(folder, "log"), "w")
            one.running, one.ends = set(), time.monotonic() + 0.5
            start = time.monotonic()
            status, text, _, _ = one.run(["/bin/sh", "-c", "echo begun; sleep 60 & sleep 60"])
            self.assertEqual((status, text), (None, "begun\n"))
            self.assertLess(time.monotonic() - start, 10)
            self.assertIn("time was over", one.run(["/bin/true"])[2])
            one.log.close()

    def test_the_limits_of_all_parts_fit_into_seven_minutes(self):
        self.assertLessEqual(sum(limit for limit, _ in trial_parts.LIMITS.values()), 7 * 60)
        self.assertTrue(all(callable(getattr(trial_parts, part)) for part in trial_parts.LIMITS))


def results(device="cuda"):
    common = {
        "status": "ok",
        "seconds": 1.0,
        "date": "2026-01-02T03:04:05Z",
        "device": device,
        "command": "cuda/try.sh OUT",
        "commit": "abc",
        "on": "NVIDIA TEST",
    }
    facts = {"gpu": "NVIDIA TEST", "driver": "580.1", "commit": "abc", "torch": "2.11", "cudnn": "91000"}
    accuracies = {"cuda": 0.7, "cuda_deviation": 0.01, "cpu": 0.8, "cpu_deviation": 0.02, "standard_errors": -7.7}
    return [
        {**common, "part": "machine", "name": "facts", **facts},
        {**common, "part": "tests", "name": "engine", "passed": 12, "failed": 0, "ignored": 0},
        {**common, "part": "lesson", "name": "gru, batch 16", "ours": 1.0, "padded": 2.5, "times_padded": 2.5},
        {**common, "part": "lesson", "name": "bilstm2, batch 64", "times_padded": 1.75, "times_packed": 6.25},
        {**common, "part": "lesson", "name": "lstm_packed, batch 64", "times_packed": 4.0},
        {**common, "part": "accuracy", "name": "gru", "status": "failed", **accuracies},
    ]


class Report(unittest.TestCase):
    def refused(self, sentence, lines):
        with self.assertRaisesRegex(SystemExit, sentence):
            report.section(lines)

    def test_without_a_gpu_nothing_is_written(self):
        self.refused("not those of a GPU", results(device="cpu"))
        self.refused("not those of a GPU", results()[:2] + results(device="cpu")[2:])
        self.refused("do not say the machine's gpu", results()[1:])
        self.refused("no results", [])
        self.refused("several states: abc, def", results()[:1] + [{**results()[1], "commit": "def"}])
        self.refused("several GPUs", results()[:1] + [{**results()[1], "on": "NVIDIA OTHER"}])
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(SystemExit, "is not there"):
            report.read(Path(folder, "results.jsonl"))

    def test_every_number_was_measured(self):
        text = report.section(results())
        for part in [
            "NVIDIA TEST",
            "| gru | 2.5 | – |",
            "| bilstm2 | – | 1.8, 6.2 |",
            "| lstm_packed | – | –, 4.0 |",
            "0.700 ± 0.010 | 0.800 ± 0.020 | -7.7",
            "12 passed",
        ]:
            self.assertIn(part, text)
        self.assertIn("Not as it should be: accuracy, gru: failed", text)
        only_tests = report.section(results()[:2])
        self.assertNotIn("How many times", only_tests)
        self.assertNotIn("Accuracy", only_tests)

    def test_a_part_that_was_tried_again_replaces_what_it_gave_before(self):
        with tempfile.TemporaryDirectory() as folder:
            first, again = Path(folder, "first"), Path(folder, "again")
            for path, lines in ((first, results()), (again, [{**results()[1], "passed": 13}])):
                path.mkdir()
                trial.write(path / "results.jsonl", lines)
            both = report.merged([first, again], "results.jsonl")
        self.assertEqual([line["passed"] for line in both if line["part"] == "tests"], [13])
        self.assertEqual(len(both), len(results()))

    def test_the_rest_of_the_readme_stays(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        text = report.replaced(readme, "NEW")
        self.assertEqual(report.replaced(text, "NEW"), text)
        self.assertTrue(readme.startswith(text.split(report.BEGIN)[0]) and readme.endswith(text.split(report.END)[1]))
        with self.assertRaisesRegex(SystemExit, "once each"):
            report.replaced("no marks", "NEW")


if __name__ == "__main__":
    unittest.main()
