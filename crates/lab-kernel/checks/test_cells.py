"""What a learner does that once went wrong, on the real kernel.

usage: python -m unittest -v test_cells   (in this folder, with the Python environment that set-up made)
"""

import json
import os
import time
import unittest

from session import Session, repository

NOTEBOOKS = repository() / "notebooks"
KERNELS = repository() / ".lab" / "kernels"
DEP = ':dep recurrent = { path = "../crates/recurrent" }\nuse recurrent::prelude::*;'
# A stop, an answer: no machine needs so many seconds for one.
SOON = 20


class Cells(unittest.TestCase):
    """One kernel for all."""

    @classmethod
    def setUpClass(cls):
        cls.session = Session(NOTEBOOKS)

    @classmethod
    def tearDownClass(cls):
        cls.session.__exit__()

    def ok(self, code, **options):
        """Runs a cell that must not fail."""
        cell = self.session.run(code, **options)
        self.assertIsNone(cell.error, code)
        self.assertEqual(cell.status, "ok", code)
        return cell

    def fails(self, code, *words, name=None):
        """Runs a cell that must fail, with these words in its error."""
        cell = self.session.run(code)
        self.assertEqual(cell.status, "error", code)
        for word in words:
            self.assertIn(word, cell.error or "", code)
        if name:
            self.assertEqual(cell.error_name, name)
        return cell

    # mistakes

    def test_first_mistake(self):
        """A mistake in a fresh kernel that has a variable is answered by the compiler, not by building everything."""
        with Session(NOTEBOOKS) as session:
            session.run(DEP + "\nlet one = 1;")
            metadata = lambda: sorted(path.name for path in (KERNELS / str(session.pid)).rglob("*.rmeta"))
            before = metadata()
            cell = session.run("let x = undefined_function(one);")
            self.assertIn("cannot find function `undefined_function`", cell.error)
            # `cargo check` would have left one file for each of 200 crates.
            self.assertLess(len(metadata()), len(before) + 5)

    def test_error_replies(self):
        """An error through `?`, a panic, a compiler's error: the reply says so, with name and value."""
        self.fails('let lost = "x".parse::<i32>()?;', "invalid digit found in string", name="ParseIntError")
        cell = self.fails("let v: Vec<i32> = vec![];\nlet n = 7;\nv[n]", "index out of bounds", name="Panic")
        self.assertIn("line 3", cell.error)
        self.fails("let a: i32 = true;", "mismatched types", name="CompileError")
        self.fails("Err::<(), _>(std::io::Error::other(\"no such thing\"))?;", "no such thing", name="Error")

    def test_queue_is_dropped(self):
        """After a cell that fails, those that were sent with it do not run."""
        messages = [self.session.send(code) for code in ('"x".parse::<i32>()?;', 'println!("went on")', "1 + 1")]
        cells = [self.session.wait(message) for message in messages]
        self.assertEqual([cell.status for cell in cells], ["error", "aborted", "aborted"])
        self.assertEqual(cells[1].stdout, "")
        self.ok("1 + 1")

    def test_brackets_have_a_place(self):
        """A missing bracket is named with its line, before anything is compiled."""
        self.fails("fn f() {\n    g(1;\n}", "`}`", "cell:3:1", name="SyntaxError")
        self.fails("let x = vec![1, 2;", "`[`", "cell:1:13")
        self.fails("// é\nlet s = \"open;", "cell:2:9")

    def test_what_cannot_be_kept(self):
        """A closure, a reference, an iterator: what to write instead."""
        self.fails("let f = |x: i32| x + 1;", "`f` is a closure", "Box<dyn Fn")
        self.ok("let words = vec![String::from(\"a\")];")
        self.fails("let first = &words[0];", "`first` refers to something")
        self.fails("let it = words.clone().into_iter().map(|word| word.len());", "`it`", "braces")
        self.assertEqual(self.ok("words.len()").data["text/plain"], "1")

    def test_impl_runs_twice(self):
        """An `impl` in a cell of its own may run again, changed; errors keep their columns."""
        self.ok("struct Cat; trait Legs { fn n(&self) -> i32; }")
        for legs in (4, 3):
            self.ok(f"impl Legs for Cat {{ fn n(&self) -> i32 {{ {legs} }} }}")
        self.assertEqual(self.ok("Cat.n()").data["text/plain"], "3")
        self.ok("impl Cat { fn name(&self) -> i32 { 1 } }")
        self.ok("impl Cat { fn name(&self) -> i32 { 2 } }")
        self.assertEqual(self.ok("Cat.name()").data["text/plain"], "2")
        self.ok("impl Cat { fn age(&self) -> i32 { 9 } }")
        self.assertEqual(self.ok("(Cat.name(), Cat.age())").data["text/plain"], "(2, 9)")
        self.fails("impl Legs for Cat { fn n(&self) -> i32 { true } }", "cell:1:42")

    def test_ended_process(self):
        """A cell that ends its process: what happened, what is gone, how to go on."""
        self.ok("let gone = 1; fn kept() -> i32 { 5 }")
        self.fails("std::process::exit(3)", "exit status: 3", "variables are gone", name="ProcessEnded")
        self.assertEqual(self.ok("kept()").data["text/plain"], "5")
        self.fails("gone", "cannot find value")
        deep = "fn deep(v: &[u64; 64]) -> u64 { let a = std::hint::black_box([v[0]; 64]); deep(&a) + a[1] }"
        self.fails(deep + "\ndeep(&[1; 64])", "stack overflow", "variables are gone")
        self.fails("unsafe { std::ptr::null::<i32>().read_volatile() }", "SIGSEGV")
        self.ok("1 + 1")

    # output

    def test_order(self):
        """Text and values come in the order in which they were made; several values in a cell."""
        html = 'println!("EVCXR_BEGIN_CONTENT text/html\\n<b>{}</b>\\nEVCXR_END_CONTENT", {});'
        cell = self.ok("\n".join(f'print!("before {n} ");\n{html.replace("{}</b>", "{}</b>").replace(", {})", f", {n})")}' for n in (1, 2)) + "\n7")
        kinds = [(kind, content.get("text") or content["data"].get("text/html") or content["data"]["text/plain"])
                 for kind, content in cell.messages if kind in ("stream", "display_data", "execute_result")]
        self.assertEqual(kinds, [
            ("stream", "before 1 "), ("display_data", "<b>1</b>"),
            ("stream", "before 2 "), ("display_data", "<b>2</b>"), ("execute_result", "7"),
        ])

    def test_text_without_end(self):
        """Text without a line's end is its cell's, and the next cell's value is whole."""
        self.assertEqual(self.ok('print!("no end")').stdout, "no end")
        self.assertEqual(self.ok("8").data["text/plain"], "8")
        self.assertEqual(self.ok('eprint!("no end")').stderr, "no end")

    def test_any_bytes(self):
        """Bytes that are no text, and those of a child process, belong to their cell."""
        cell = self.ok("use std::io::Write;\nstd::io::stdout().write_all(b\"a\\xff\\xfeb\\n\").unwrap();")
        self.assertEqual(cell.stdout, "a\ufffd\ufffdb\n")
        cell = self.ok('std::process::Command::new("sh").args(["-c", "printf child; printf wrong >&2"]).status().unwrap();')
        self.assertEqual((cell.stdout, cell.stderr), ("child", "wrong"))
        self.assertEqual(self.ok("9").data["text/plain"], "9")
        # One that lives on does not keep the cell, nor the kernel.
        self.ok('std::process::Command::new("sleep").arg("30").spawn().unwrap();')
        self.fails("std::process::exit(1)", "variables are gone")

    def test_much_text(self):
        """20,000 lines come whole; a flood is cut, and says so."""
        cell = self.ok('for i in 0..20000 { println!("line {i}"); }')
        self.assertEqual(cell.stdout.splitlines(), [f"line {i}" for i in range(20000)])
        cell = self.ok('for i in 0..3_000_000u32 { println!("line {i}"); }')
        self.assertLess(len(cell.stdout), 1_100_000)
        self.assertIn("more lines", cell.stderr)
        self.assertEqual(self.ok("1 + 1").data["text/plain"], "2")

    def test_figures_move(self):
        """A marked line shows a figure, the next one with its name replaces it, another cell has its own."""
        line = 'println!("{} {}", std::env::var("RECURRENT_DISPLAY_MARK")?, r#"%s"#);'
        figure = lambda text: line % json.dumps({"live": "loss", "data": {"text/html": text}})
        cells = [self.ok("\n".join(figure(text) for text in "abc")) for _ in range(2)]
        ids = []
        for cell in cells:
            moved = [(kind, content["data"]["text/html"]) for kind, content in cell.messages if "display" in kind]
            self.assertEqual(moved, [("display_data", "a"), ("update_display_data", "b"), ("update_display_data", "c")])
            ids += {content["transient"]["display_id"] for kind, content in cell.messages if "display" in kind}
        self.assertEqual(len(set(ids)), 2)

    def test_panic_behind_much_text(self):
        """A panic after a flood of text is an error all the same."""
        for _ in range(3):
            self.fails('for i in 0..60000 { println!("{i}"); }\npanic!("in the end");', "in the end", name="Panic")

    def test_caught_panics_and_stop(self):
        """A process that is ended in the middle of saying its panics leaves a kernel that goes on."""
        for _ in range(3):
            message = self.session.send('println!("at work"); loop { let _ = std::panic::catch_unwind(|| panic!("x")); }')
            self.session.wait_for_output(message, "at work")
            time.sleep(0.2)
            self.session.stop()
            self.assertEqual(self.session.wait(message, timeout=SOON).error_name, "Stopped")
            self.assertEqual(self.session.run("1 + 1", timeout=SOON).data["text/plain"], "2")

    def test_own_messages_stay(self):
        """A learner's own `eprintln!("{}", error)` is not touched."""
        self.ok('fn tell(error: &str) { eprintln!("{}", error); }')
        self.ok('let n: i32 = "1".parse()?;')
        self.assertEqual(self.ok('tell("mine");').stderr, "mine\n")

    def test_odd_output(self):
        """A cell that closes its output, or begins a value and does not end it, ends."""
        self.ok('println!("EVCXR_BEGIN_CONTENT text/html\\nhalf");', timeout=SOON)
        self.ok('print!("EVCXR_INPUT_REQUEST:");', timeout=SOON)
        self.assertEqual(self.ok("5", timeout=SOON).data["text/plain"], "5")

    def test_writing_in_the_background(self):
        """Output of a thread, or of a child, that never ends holds up neither a mistake nor a stop."""
        with Session(NOTEBOOKS) as session:
            session.run("std::thread::spawn(|| loop { println!(\"tick\"); });", timeout=SOON)
            self.assertEqual(session.run("let a: i32 = true;", timeout=SOON).status, "error")
            session.run("std::process::exit(0)", timeout=SOON)
            message = session.send('std::process::Command::new("yes").status()?;')
            session.wait_for_output(message, "y\ny\n")
            session.stop()
            self.assertEqual(session.wait(message, timeout=SOON).error_name, "Stopped")
            self.assertEqual(session.run("1 + 1", timeout=SOON).data["text/plain"], "2")

    # input

    def test_input_box(self):
        """A cell that reads from standard input gets what was typed."""
        code = ('let mut name = String::new();\nprint!("Who? ");\nuse std::io::Write; std::io::stdout().flush()?;\n'
                'std::io::stdin().read_line(&mut name)?;\nprintln!("hello {}", name.trim());')
        message = self.session.client.execute(code, allow_stdin=True)
        asked = self.session.client.get_stdin_msg(timeout=SOON)
        self.assertEqual(asked["msg_type"], "input_request")
        self.session.client.input("Ada")
        self.assertEqual(self.session.wait(message, timeout=SOON).stdout, "Who? hello Ada\n")

    def test_nobody_to_ask(self):
        """Where nobody can be asked the cell gets the end of the input, and a sentence; the next cell may ask again."""
        for _ in range(2):
            cell = self.ok("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?", timeout=SOON)
            self.assertEqual(cell.data["text/plain"], "0")
            self.assertIn("nobody can be asked", cell.stderr)

    def test_stop_while_it_waits_for_input(self):
        """A cell that waits for input can be stopped."""
        message = self.session.client.execute("let mut s = String::new();\nstd::io::stdin().read_line(&mut s)?;", allow_stdin=True)
        self.session.client.get_stdin_msg(timeout=SOON)
        self.session.stop()
        self.assertEqual(self.session.wait(message, timeout=SOON).error_name, "Stopped")
        self.ok("1 + 1")

    # stop

    def test_stop_endless_output(self):
        """Endless output ends with the stop, and the next cell is answered at once."""
        message = self.session.send('let mut i = 0u64; loop { println!("line {i}"); i += 1; }')
        self.session.wait_for_output(message, "line 1\n")
        time.sleep(1)
        self.session.stop()
        self.assertEqual(self.session.wait(message, timeout=SOON).error_name, "Stopped")
        self.assertEqual(self.session.run("1 + 1", timeout=SOON).data["text/plain"], "2")

    def test_stop_while_idle(self):
        """A stop between two cells costs nothing."""
        self.ok("let stays = 6;")
        self.session.stop()
        time.sleep(0.5)
        self.assertEqual(self.ok("stays").data["text/plain"], "6")

    def test_stop_while_compiling(self):
        """A stop during a compilation says that nothing ran and that all variables are kept."""
        self.ok("let before = 3;")
        many = "\n".join(f"fn many_{i}(x: &[f64]) -> Vec<f64> {{ let mut v = x.to_vec(); v.sort_by(f64::total_cmp); v }}" for i in range(3000))
        message = self.session.send(many + "\nbefore + 1")
        time.sleep(0.4)
        self.session.stop()
        cell = self.session.wait(message, timeout=SOON)
        self.assertIn("while it was compiled; all variables are kept", cell.error)
        self.assertEqual(self.ok("before").data["text/plain"], "3")

    def test_stop_while_starting(self):
        """Cells that were sent and stopped while the kernel starts do not run; the next one does."""
        with Session(NOTEBOOKS) as session:
            message = session.send("1 + 1")
            session.stop()
            self.assertEqual(session.wait(message, timeout=120).status, "aborted")
            self.assertEqual(session.run("2 + 2").data["text/plain"], "4")

    def test_client_that_listens_late(self):
        """VS Code asks first and listens then: what was published meanwhile is not lost."""
        from jupyter_client.blocking.client import BlockingKernelClient
        from jupyter_client.manager import KernelManager

        manager = KernelManager(kernel_name="rust")
        manager.start_kernel(cwd=str(NOTEBOOKS), env={**os.environ, "RECURRENT_SPARE": "0"})
        client = BlockingKernelClient(parent=manager)
        client.load_connection_info(manager.get_connection_info())
        try:
            client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
            message = client.execute('println!("early")')
            self.assertEqual(client.get_shell_msg(timeout=60)["content"]["status"], "ok")
            client.iopub_channel.start()
            heard = []
            while not heard or heard[-1] != "idle":
                word = client.get_iopub_msg(timeout=SOON)
                if word["parent_header"].get("msg_id") == message:
                    heard.append(word["content"].get("text") or word["content"].get("execution_state"))
            self.assertIn("early\n", heard)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    # the first question mark, dependencies

    def test_a_value_that_took_a_variable_keeps_its_picture(self):
        """The last expression of a cell may consume what the cell has made, and still shows as a table."""
        show = 'fn evcxr_display(&self) { println!("EVCXR_BEGIN_CONTENT text/html\\n<b/>\\nEVCXR_END_CONTENT"); }'
        self.ok(f"#[derive(Debug)]\nstruct Holder(Vec<i32>);\nimpl Holder {{ {show} }}")
        self.assertEqual(self.ok("let taken = vec![1];\nHolder(taken)").data["text/html"], "<b/>")
        self.fails("taken.len()", "cannot find value `taken`")

    def test_first_question_mark_keeps_its_picture(self):
        """The value of the first cell with `?` is shown as any other."""
        show = 'struct Show;\nimpl Show { fn evcxr_display(&self) { println!("EVCXR_BEGIN_CONTENT text/html\\n<i/>\\nEVCXR_END_CONTENT"); } }'
        with Session(NOTEBOOKS) as session:
            session.run(show)
            cell = session.run('let n: i32 = "1".parse()?;\nShow')
            self.assertEqual(cell.data.get("text/html"), "<i/>")

    def test_dependency_that_would_cost_all_variables(self):
        """A `:dep` that has the crates in use compiled again is refused while there are variables."""
        with Session(NOTEBOOKS) as session:
            session.run(DEP + "\nlet safe = Tensor::zeros(2, DType::F32, &Device::Cpu)?;")
            cell = session.run(':dep rand = { version = "0.9", features = ["serde"] }\nlet r: f64 = rand::random();')
            self.assertEqual(cell.status, "error")
            self.assertIn("every variable of this notebook would be lost", cell.error)
            self.assertEqual(session.run("safe.dims()").data["text/plain"], "[2]")

    def test_dependency_shows_its_progress(self):
        """A `:dep` that is compiled says how far it is; variables stay."""
        with Session(NOTEBOOKS) as session:
            session.run("let stays = 1;")
            cell = session.run(':dep regex = "1"\nlet r = regex::Regex::new("a+")?;')
            self.assertEqual(cell.status, "ok", cell.error)
            shown = [content["data"]["text/plain"] for kind, content in cell.messages if "display" in kind]
            self.assertRegex(shown[-1], "Compiled in [0-9]+ s")
            self.assertEqual(session.run("stays").data["text/plain"], "1")


if __name__ == "__main__":
    unittest.main()
