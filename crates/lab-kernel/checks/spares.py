"""The kernel that is warm before anybody asks, on the real kernel. For Linux.

usage: python -m unittest -v spares   (in this folder, with the Python environment that set-up made)
Needs a machine with nothing else to do: a spare waits for that, and the tests for it.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from session import Session, repository

NOTEBOOKS = repository() / "notebooks"
KERNELS = repository() / ".lab" / "kernels"
DEP = ':dep recurrent = { path = "../crates/recurrent" }\nuse recurrent::prelude::*;'
FACADE = repository() / "crates" / "recurrent"
# No machine needs so many seconds for a kernel.
LONG = 60


def processes(program="lab-"):
    """The process numbers of this checkout's kernels: all that belongs to them, or one program."""
    table = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [row.split(None, 1) for row in table.splitlines()]
    return [int(pid) for pid, args in rows if args.startswith(f"{repository()}/.lab/bin/{program}")]


def spares():
    """The numbers of the spares of this checkout that nobody has taken."""
    return processes("lab-kernel --spare")


def wait_until(true, what, seconds=LONG):
    """Waits until something holds."""
    end = time.perf_counter() + seconds
    while not true():
        if time.perf_counter() > end:
            raise TimeoutError(f"not in {seconds} s: {what}")
        time.sleep(0.1)


def end_spares(but=None):
    """Ends the spares that kernels of this process have made for it."""
    for spare in set(spares()) - {but}:
        os.kill(spare, signal.SIGKILL)
    wait_until(lambda: set(spares()) <= {but}, "no spare is left")


def build_directories():
    """The kernels that have one."""
    return {path.name for path in KERNELS.iterdir() if path.name.isdigit()}


class Spare(unittest.TestCase):
    """Each test has a server of its own, which owns the spare: a process that only lives."""

    spare = None

    def setUp(self):
        end_spares()
        self.before = build_directories()
        self.server = subprocess.Popen(["sleep", "1000"])

    def tearDown(self):
        end_spares(but=self.spare and self.spare.pid)
        self.server.kill()
        self.server.wait()
        wait_until(lambda: not spares(), "the spare ends with its server")
        wait_until(lambda: build_directories() <= self.before, f"only {self.before} are left behind")

    def make(self, folder=NOTEBOOKS):
        """Makes a spare, and waits until it can be taken."""
        (KERNELS / "spare").unlink(missing_ok=True)  # of one that was killed
        template = {"RECURRENT_TEMPLATE": str(KERNELS / "template")}
        arguments = [KERNELS.parent / "bin" / "lab-kernel", "--spare", str(self.server.pid), "now"]
        self.spare = subprocess.Popen(arguments, env={**os.environ, **template}, cwd=folder, start_new_session=True)
        wait_until(lambda: (KERNELS / "spare").exists(), "a spare")

    def page(self, **variables):
        """A kernel as Jupyter starts it, that may take the spare."""
        return Session(NOTEBOOKS, env={"RECURRENT_SPARE": "1", **variables})

    def was_taken(self, session):
        """Whether the kernel of this session is the spare."""
        return session.run("std::os::unix::process::parent_id()").data["text/plain"] == str(self.spare.pid)

    def test_it_is_a_new_kernel(self):
        """A spare that is taken knows nothing of its past: no names, no dependency; counts begin at 1."""
        self.make()
        with self.page(ONLY_HERE="yes") as session:
            first = session.run('std::env::var("ONLY_HERE")')
            self.assertEqual([content for kind, content in first.messages if kind == "execute_input"][0]["execution_count"], 1)
            self.assertIn("yes", first.data["text/plain"])
            self.assertTrue(self.was_taken(session))
            self.assertIn("cannot find", session.run("Tensor::zeros(1, DType::F32, &Device::Cpu)?").error)
            self.assertIsNone(session.run(DEP).error)
            self.assertEqual(session.run("Tensor::zeros(2, DType::F32, &Device::Cpu)?.dims().len()").data["text/plain"], "1")
            # What the environment is survives the process that ran the cells.
            session.run("std::process::exit(0)")
            self.assertIn("yes", session.run('std::env::var("ONLY_HERE")').data["text/plain"])
        self.spare.wait(LONG)

    def test_stop_reaches_it(self):
        """A stop, as a message and as a signal to the program that Jupyter started."""
        self.make()
        with self.page() as session:
            for stop in (session.stop, lambda: os.kill(session.pid, signal.SIGINT)):
                message = session.send('println!("at work"); loop { std::hint::black_box(0); }')
                session.wait_for_output(message, "at work")
                stop()
                self.assertEqual(session.wait(message, timeout=LONG).error_name, "Stopped")
            self.assertTrue(self.was_taken(session))

    def test_it_ends_with_the_program_that_took_it(self):
        """A kernel whose front is killed ends, with the process that runs its cells."""
        self.make()
        session = self.page()
        self.assertTrue(self.was_taken(session))
        cells = int(session.run("std::process::id()").data["text/plain"])
        os.kill(session.pid, signal.SIGKILL)
        self.assertEqual(self.spare.wait(LONG), -signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{cells}"), "the cells' process is gone")
        session.client.stop_channels()

    def test_killed_spare(self):
        """A spare that was killed leaves a socket that nobody listens to: the kernel starts by itself."""
        self.make()
        self.spare.kill()
        self.spare.wait()
        with self.page() as session:
            self.assertEqual(session.run("1 + 1").data["text/plain"], "2")
        self.make()

    def test_it_fits_or_is_left(self):
        """A spare of another folder, or with another variable that counts, is not taken; nor with RECURRENT_SPARE=0."""
        with tempfile.TemporaryDirectory() as folder:
            self.make(folder)
            with self.page() as session:
                self.assertFalse(self.was_taken(session))
        self.spare.kill()
        self.spare.wait()
        self.make()
        for variables in ({"RECURRENT_SPARE": "0"}, {"RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup"))+"/."}):
            with Session(NOTEBOOKS, env={"RECURRENT_SPARE": "1", **variables}) as session:
                self.assertFalse(self.was_taken(session))

    def test_never_two(self):
        """A second spare ends at once."""
        self.make()
        second = subprocess.run(self.spare.args, env={**os.environ, "RECURRENT_TEMPLATE": str(KERNELS / "template")}, cwd=NOTEBOOKS, timeout=LONG)
        self.assertEqual(second.returncode, 0)
        self.assertEqual(spares(), [self.spare.pid])

    def test_template_that_has_changed(self):
        """A spare of a template that was made anew ends."""
        self.make()
        stamp = KERNELS / "template.stamp"
        text = stamp.read_text()
        try:
            stamp.write_text(text + "\n")
            self.assertEqual(self.spare.wait(LONG), 0)
        finally:
            stamp.write_text(text)

    def test_ten_at_once(self):
        """Ten pages opened at the same moment each get an answer; one of them from the spare."""
        self.make()
        sessions, failures = [], []

        def open_page(n):
            try:
                session = self.page()
                sessions.append(session)
                if session.run(f"{n} * 2").data["text/plain"] != str(n * 2):
                    failures.append(n)
            except Exception as error:
                failures.append((n, error))

        pages = [threading.Thread(target=open_page, args=(n,)) for n in range(10)]
        for page in pages:
            page.start()
        for page in pages:
            page.join()
        taken = [self.was_taken(session) for session in sessions]
        for session in sessions:
            session.__exit__()
        self.assertEqual(failures, [])
        self.assertEqual((len(taken), sum(taken)), (10, 1))


    def test_fifty_in_a_row(self):
        """Fifty pages opened and closed, one after another: each gets an answer, and nothing is left behind."""
        for n in range(50):
            with Session(NOTEBOOKS, env={"RECURRENT_SPARE": "1"}) as session:
                self.assertEqual(session.run(f"{n} * 2").data["text/plain"], str(n * 2))
        end_spares()
        wait_until(lambda: not build_directories(), "no folder is left")


# A server: it starts a kernel, which makes a spare.
SERVER = """
from session import Session, repository
import time
with Session(repository() / "notebooks", env={"RECURRENT_SPARE": "1"}) as session:
    session.run("1 + 1")
    print(session.pid, flush=True)
    time.sleep(600)
"""


@unittest.skipUnless(sys.platform == "linux", "looks into /proc")
class Kills(unittest.TestCase):
    """Server, kernel and spare killed at random moments."""

    def test_nothing_is_left(self):
        """Whoever is killed, at whatever moment: the others end with their server, their files go, the next page works."""
        end_spares()
        chance = random.Random(16)
        for victim in ["server", "kernel", "spare"] * 5:
            here = Path(__file__).resolve().parent
            server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=here, stdout=subprocess.PIPE)
            kernel = None
            if victim != "server" or chance.random() < 0.5:
                kernel = int(server.stdout.readline())
            time.sleep(chance.uniform(0, 6))
            killed = {"server": [server.pid], "kernel": [kernel], "spare": spares()}[victim]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            server.kill()
            server.wait()
            server.stdout.close()
            wait_until(lambda: not processes(), f"no process is left after the {victim} was killed")
            wait_until(lambda: not build_directories(), f"no folder is left after the {victim} was killed")
            with Session(NOTEBOOKS) as session:
                self.assertEqual(session.run("6 * 7").data["text/plain"], "42", victim)


@unittest.skipUnless(sys.platform == "linux", "looks into /proc")
class NextSpare(unittest.TestCase):
    """A kernel makes the next spare, for the server that started it."""

    def test_the_next_page_is_warm(self):
        """The second page of a server takes what the first one made; with the server it is gone."""
        end_spares()
        (KERNELS / "spare").unlink(missing_ok=True)  # of one that was killed
        script = (
            "from session import Session, repository\n"
            "import time\n"
            "folder = repository() / 'notebooks'\n"
            "parent = 'std::os::unix::process::parent_id()'\n"
            "with Session(folder, env={'RECURRENT_SPARE': '1'}) as one:\n"
            "    one.run('1')\n"
            "    socket = repository() / '.lab/kernels/spare'\n"
            "    for _ in range(1200):\n"
            "        if socket.exists(): break\n"
            "        time.sleep(0.1)\n"
            "    with Session(folder, env={'RECURRENT_SPARE': '1'}) as two:\n"
            "        print(two.run(parent).data['text/plain'] != str(two.pid))\n"
        )
        here = Path(__file__).resolve().parent
        output = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=8 * LONG, cwd=here, check=False
        )
        self.assertEqual(output.stdout.split(), ["True"], output.stderr)
        wait_until(lambda: not spares(), "the spare ends with its server")


if __name__ == "__main__":
    unittest.main()
