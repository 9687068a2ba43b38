"""What a learner relies on, tried on the real kernel through a real Jupyter client.

usage: python -m unittest -v test_kernel   (in this folder, with the Python environment that set-up made)
"""

import os
import signal
import tempfile
import time
import unittest
from pathlib import Path

from session import Session, repository

# No cell that was stopped needs so many seconds on any machine. How long a stop takes is measured by interrupts.py.
STOPPED = 20

NOTEBOOKS = repository() / "notebooks"
KERNELS = repository() / ".lab" / "kernels"
DEP = ':dep recurrent = { path = "../crates/recurrent" }\nuse recurrent::prelude::*;'


def open_session():
    """A kernel in which the crate and its prelude are there."""
    session = Session(NOTEBOOKS)
    session.run(DEP)
    return session


class Kernel(unittest.TestCase):
    """One kernel for all tests that leave it usable."""

    @classmethod
    def setUpClass(cls):
        cls.session = open_session()

    @classmethod
    def tearDownClass(cls):
        cls.session.__exit__()

    def ok(self, code):
        """Runs a cell that must not fail."""
        cell = self.session.run(code)
        self.assertIsNone(cell.error, code)
        self.assertEqual(cell.stderr, "", code)
        return cell

    def test_gradients_across_cells(self):
        """z = sum(exp(a * b) + a): with one copy of candle per cell, backward() mixes up the tensors."""
        self.ok("let a = Var::new(&[1f64, 2.], &Device::Cpu)?;")
        self.ok("let b = Var::new(&[3f64, 4.], &Device::Cpu)?;")
        self.ok("let y = a.mul(&b)?.exp()?;")
        self.ok("let z = (&y + a.as_tensor())?.sum_all()?;")
        self.ok("let grads = z.backward()?;")
        shown = self.ok(
            'println!("{:.3?} {:.3?}", grads.get(&a).unwrap().to_vec1::<f64>()?, '
            "grads.get(&b).unwrap().to_vec1::<f64>()?);"
        )
        self.assertEqual(shown.stdout.strip(), "[61.257, 11924.832] [20.086, 5961.916]")

    def test_error_keeps_variables(self):
        """An error through `?` ends the cell with its message; what was there before stays."""
        self.ok("let kept = 41;")
        failed = self.session.run('let lost = "x".parse::<i32>()?;')
        self.assertIn("invalid digit", failed.error)
        self.assertEqual(self.ok("kept + 1").data["text/plain"], "42")

    def test_panic_keeps_variables(self):
        """A panic ends the cell; what was there before stays."""
        self.ok("let before = vec![1, 2, 3];")
        failed = self.session.run("let empty: Vec<i32> = Vec::new(); println!(\"{}\", empty[5]);")
        self.assertIn("index out of bounds", failed.stderr + str(failed.error))
        self.assertEqual(self.ok("before.len()").data["text/plain"], "3")

    def test_moved_variable_is_gone_and_said(self):
        """A variable that a cell gave away is not there in the next one, and the compiler says so."""
        self.ok('let gift = String::from("cat");')
        self.ok("let boxed = Box::new(gift);")
        self.assertIn("gift", self.session.run("gift.len()").error)

    def test_struct_with_another_field(self):
        """A struct's cell may run again with another field; variables of the old type are gone, others stay."""
        self.ok("let other = 7;")
        self.ok("struct Point { x: f32 }")
        self.ok("let point = Point { x: 1.0 };")
        self.session.run("struct Point { x: f32, y: f32 }")
        again = "let point = Point { x: 1.0, y: 2.0 };"
        self.assertIn("redefined", self.session.run(again).stderr)
        self.ok(again)
        self.assertEqual(self.ok("point.x + point.y").data["text/plain"], "3.0")
        self.assertEqual(self.ok("other").data["text/plain"], "7")

    def test_stop_during_compilation(self):
        """A stop while a cell is compiled ends that cell only."""
        self.ok("let safe = 5;")
        message = self.session.send("let heavy = (0..10).map(|i| i * 2).collect::<Vec<i32>>();")
        time.sleep(0.15)
        self.session.stop()
        self.session.wait(message)
        self.assertEqual(self.ok("safe").data["text/plain"], "5")

    def test_stop_during_training(self):
        """A stop ends the training, keeps model, history and variables, and fit goes on afterwards."""
        self.ok("let untouched = 8;")
        self.ok(
            "#[derive(Module)]\n"
            "struct Tiny { embedding: Embedding, linear: Linear }\n"
            "impl Model for Tiny {\n"
            "    fn forward(&self, batch: &Batch) -> Result<Tensor> {\n"
            "        self.linear.forward(&self.embedding.forward(&batch.input)?.mean(1)?)\n"
            "    }\n"
            "}"
        )
        self.ok("let mut init = Init::keras(1, &Device::Cpu);")
        self.ok(
            "let tiny = Tiny {\n"
            "    embedding: Embedding::new(60, 8, &mut init)?,\n"
            "    linear: Linear::new(8, 2, &mut init)?,\n"
            "};"
        )
        self.ok("let ids: Vec<Vec<u32>> = (0..2000u32).map(|i| vec![2 + i % 50, 2 + i % 7]).collect();")
        self.ok("let labels: Vec<u32> = (0..2000).map(|i| i % 2).collect();")
        self.ok("let loader = DataLoader::new(ids, labels, BatchConfig::default(), &Device::Cpu)?;")
        self.ok("let mut trainer = Trainer::new(TrainerConfig { epochs: 100_000, progress: false, ..Default::default() })?;")
        message = self.session.send("trainer.fit(&tiny, &loader, None)?;")
        time.sleep(5)
        self.session.stop()
        self.assertIsNone(self.session.wait(message, timeout=STOPPED).error)
        self.assertEqual(self.ok("untouched").data["text/plain"], "8")
        steps = int(self.ok("trainer.history().steps.len()").data["text/plain"])
        self.assertGreater(steps, 0)
        message = self.session.send("trainer.fit(&tiny, &loader, None)?;")
        time.sleep(3)
        self.session.stop()
        self.session.wait(message, timeout=STOPPED)
        self.assertGreater(int(self.ok("trainer.history().steps.len()").data["text/plain"]), steps)


class Life(unittest.TestCase):
    """Kernels come and go, and leave nothing."""

    def left(self, *kernels):
        """What these kernels left, after the sweepers had a moment."""
        names = {str(kernel.pid) for kernel in kernels}
        for _ in range(100):
            files = sorted(path.name for path in KERNELS.iterdir() if path.stem in names)
            if not files:
                break
            time.sleep(0.1)
        return files

    def test_two_at_once(self):
        """Two kernels do not see each other's cells."""
        with open_session() as one, open_session() as two:
            one.run("let mine = 1;")
            two.run("let mine = 2;")
            self.assertEqual(one.run("mine").data["text/plain"], "1")
            self.assertEqual(two.run("mine").data["text/plain"], "2")
        self.assertEqual(self.left(one, two), [])

    def test_many_starts_leave_no_files(self):
        """20 kernels in a row."""
        sessions = []
        for _ in range(20):
            with Session(NOTEBOOKS) as session:
                self.assertEqual(session.run("1 + 1").data["text/plain"], "2")
            sessions.append(session)
        self.assertEqual(self.left(*sessions), [])

    def test_descriptions_of_other_kernels_stay(self):
        """Starting a kernel rewrites no description, neither the user's nor one in JUPYTER_PATH, which cells see as it was."""
        for variable, below in (("XDG_DATA_HOME", "jupyter/kernels/rust"), ("JUPYTER_PATH", "kernels/rust")):
            with self.subTest(variable), tempfile.TemporaryDirectory() as place:
                description = Path(place, below)
                description.mkdir(parents=True)
                theirs = {"kernel.json": '{"argv": ["/opt/bin/evcxr_jupyter"]}', "version.txt": "0.1"}
                for name, text in theirs.items():
                    (description / name).write_text(text)
                with Session(NOTEBOOKS, env={variable: place}) as session:
                    seen = session.run('std::env::var("JUPYTER_PATH").unwrap_or_default()').data["text/plain"]
                self.assertEqual({path.name: path.read_text() for path in description.iterdir()}, theirs)
                expected = place if variable == "JUPYTER_PATH" else os.environ.get("JUPYTER_PATH", "")
                self.assertEqual(seen, f'"{expected}"')

    def test_killed_kernel_leaves_no_files(self):
        """A kernel that is killed is cleaned up behind."""
        with Session(NOTEBOOKS) as session:
            os.kill(session.pid, signal.SIGKILL)
            time.sleep(0.5)
        self.assertEqual(self.left(session), [])

    def test_stop_while_idle_ends_an_endless_cell(self):
        """Outside of training a stop ends the cell, and the kernel goes on with a fresh process."""
        with Session(NOTEBOOKS) as session:
            message = session.send("loop { std::hint::black_box(0); }")
            time.sleep(4)
            session.stop()
            self.assertIsNotNone(session.wait(message, timeout=STOPPED).error)
            self.assertEqual(session.run("1 + 1").data["text/plain"], "2")

    def test_second_stop_ends_a_fit_that_does_not_hear_the_first(self):
        """A first stop is heard between two batches; when a batch does not end, a second one ends the process."""
        with open_session() as session:
            for code in (
                "#[derive(Module)] struct Stuck { linear: Linear }",
                "impl Model for Stuck {\n"
                "    fn forward(&self, _: &Batch) -> Result<Tensor> {\n"
                '        println!("at work");\n'
                "        loop { std::thread::sleep(std::time::Duration::from_millis(20)); }\n"
                "    }\n"
                "}",
                "let stuck = Stuck { linear: Linear::new(2, 2, &mut Init::keras(1, &Device::Cpu))? };",
                "let loader = DataLoader::new(vec![vec![2u32]], vec![0], BatchConfig::default(), &Device::Cpu)?;",
                "let mut trainer = Trainer::new(TrainerConfig { progress: false, ..Default::default() })?;",
            ):
                cell = session.run(code)
                self.assertEqual((cell.error, cell.stderr), (None, ""), code)
            before = session.run("std::process::id()").data["text/plain"]
            message = session.send("trainer.fit(&stuck, &loader, None)?;")
            session.wait_for_output(message, "at work")
            session.stop()
            with self.assertRaises(TimeoutError, msg="one stop only asks the training to end"):
                session.wait(message, timeout=2)
            session.stop()
            self.assertIsNotNone(session.wait(message, timeout=STOPPED).error)
            self.assertEqual(session.run("1 + 1").data["text/plain"], "2")
            self.assertNotEqual(session.run("std::process::id()").data["text/plain"], before)
            self.assertIsNotNone(session.run("trainer.history()").error)


if __name__ == "__main__":
    unittest.main()
