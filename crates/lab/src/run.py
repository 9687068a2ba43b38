"""Executes notebooks without a browser: one line per cell, a summary, the executed notebook and an HTML page.

`cargo lab run` starts it with the environment's Python: run.py --kernel NAME --out DIR --timeout S NOTEBOOK…
"""

import argparse
import asyncio
import atexit
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

TERMINAL = sys.stdout.isatty()
COLOUR = TERMINAL and "NO_COLOR" not in os.environ
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

class Stopped(Exception):
    """Ctrl-C, or SIGTERM."""


@dataclass
class Outcome:
    """What became of one notebook."""

    name: str
    cells: int = 0
    done: int = 0
    seconds: float = 0.0
    problem: str = ""


@dataclass
class Progress:
    """One line per code cell: rewritten each half second on a terminal, else printed when the cell ends."""

    total: int
    number: int = 0
    first_line: str = ""
    started: float = 0.0
    ticker: asyncio.Task | None = None

    def start(self, number: int, source: str) -> None:
        self.number = number
        self.first_line = next((line for line in source.splitlines() if line.strip()), "")
        self.started = time.monotonic()
        self.ticker = asyncio.create_task(self._tick())

    def end(self) -> None:
        if self.ticker is None:
            return
        self.ticker.cancel()
        self.ticker = None
        print(("\r\x1b[K" if TERMINAL else "") + self._line(), flush=True)

    def _line(self) -> str:
        line = f"  [{self.number:>2}/{self.total}] {time.monotonic() - self.started:7.1f} s  {self.first_line}"
        return line[: shutil.get_terminal_size((100, 24)).columns - 1]

    async def _tick(self) -> None:
        while True:
            if TERMINAL:
                print("\r\x1b[K" + self._line(), end="", flush=True)
                await asyncio.sleep(0.5)
            else:
                await asyncio.sleep(20)
                print(self._line() + " … still running", flush=True)


def plain(text: str) -> str:
    return text if COLOUR else ANSI.sub("", text)


def framed(text: str) -> str:
    return "\n".join("    | " + line for line in text.rstrip("\n").splitlines())


def stream(cell: nbformat.NotebookNode, name: str) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == name)


def printed_errors(cell: nbformat.NotebookNode) -> str:
    """The compiler's or the program's own words."""
    errors = ["\n".join(output.traceback) or output.evalue for output in cell.outputs if output.output_type == "error"]
    return "\n".join(errors) or stream(cell, "stderr")


def join_streams(cell: nbformat.NotebookNode) -> None:
    """Lines that follow each other become one output, as JupyterLab shows them; the kernel may send each by itself."""
    joined: list[nbformat.NotebookNode] = []
    for output in cell.outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    cell.outputs = joined


class Runner:
    """Executes one notebook and reports each cell."""

    def __init__(self, path: Path, kernel: str, timeout: int) -> None:
        self.notebook = nbformat.read(path, as_version=4)
        self.code_cells = [cell for cell in self.notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        self.progress = Progress(len(self.code_cells))
        self.done = 0
        self.failed_cell: nbformat.NotebookNode | None = None
        self.kernel_log = tempfile.TemporaryFile()
        self.client = NotebookClient(
            self.notebook,
            kernel_name=kernel,
            timeout=timeout,
            startup_timeout=300,
            resources={"metadata": {"path": str(path.parent)}},
            on_notebook_start=self.kernel_ready,
            on_cell_execute=self.before_cell,
            on_cell_executed=self.after_cell,
        )

    async def execute(self) -> None:
        self.started = time.monotonic()
        loop, task, stopped = asyncio.get_running_loop(), asyncio.current_task(), []

        def stop() -> None:
            stopped.append(True)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        # nbclient would replace them by its own, which end one kernel and go on with the next notebook
        loop.add_signal_handler = lambda *_: None
        try:
            await self.client.async_execute(stdout=self.kernel_log, stderr=self.kernel_log)
        except BaseException:
            if stopped:
                raise Stopped from None
            raise
        finally:
            self.progress.end()

    def kernel_ready(self, notebook: nbformat.NotebookNode) -> None:
        print(f"  kernel  {time.monotonic() - self.started:7.1f} s", flush=True)

    def before_cell(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        self.failed_cell = cell
        self.progress.start(self.progress.number + 1, cell.source)

    def after_cell(self, cell: nbformat.NotebookNode, cell_index: int, execute_reply: dict) -> None:
        may_fail = "raises-exception" in cell.metadata.get("tags", [])
        if execute_reply["content"]["status"] != "ok" and not may_fail:
            return  # nbclient raises
        join_streams(cell)
        self.progress.end()
        self.failed_cell = None
        self.done += 1

    def kernel_said(self) -> str:
        """What the kernel's own process printed; evcxr's greeting is not worth showing."""
        self.kernel_log.seek(0)
        lines = self.kernel_log.read().decode(errors="replace").splitlines()
        return "\n".join(line for line in lines[-20:] if not line.startswith("No configuration file found"))


async def execute(path: Path, kernel: str, timeout: int, out: Path) -> Outcome:
    # Before and after the runner listens, SIGTERM would end this process without a word.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    outcome = Outcome(path.name)
    started = time.monotonic()
    try:
        runner = Runner(path, kernel, timeout)
    except Exception as error:  # nbformat raises many kinds for a file that is no notebook
        outcome.problem = "no notebook"
        print(f"{path.name}: this file is not a Jupyter notebook: {str(error).splitlines()[0]}", flush=True)
        return outcome
    outcome.cells = len(runner.code_cells)
    print(f"{path.name}: {outcome.cells} cells", flush=True)
    reason = explanation = ""
    try:
        if runner.code_cells:
            await runner.execute()
    except CellTimeoutError:
        reason = f"ran longer than {timeout} s (--timeout sets another limit)"
    except DeadKernelError:
        reason = "ended the kernel"
        explanation = runner.kernel_said()
    except CellExecutionError:
        reason = "failed"
    except (NoSuchKernel, RuntimeError) as error:
        reason = "the kernel did not start"
        explanation = f"{error}\n{runner.kernel_said()}"
        atexit.unregister(runner.client._cleanup_kernel)  # nbclient leaves it behind when a kernel does not start
    outcome.seconds = time.monotonic() - started
    outcome.done = runner.done
    if reason and runner.failed_cell is not None:
        report_failure(runner, reason, explanation)
        outcome.problem = f"cell {runner.progress.number} {reason}"
    elif reason:
        print(f"  {reason}; `cargo lab doctor` says what is missing.\n{framed(explanation)}\n", flush=True)
        outcome.problem = reason
    save(runner.notebook, out, path.stem)
    return outcome


def report_failure(runner: Runner, reason: str, explanation: str) -> None:
    cell = runner.failed_cell
    join_streams(cell)
    print(f"\n  cell {runner.progress.number} {reason}:\n{framed(cell.source)}")
    errors = plain(printed_errors(cell) or explanation)
    if errors:
        print(f"  it printed:\n{framed(errors)}")
    print(flush=True)


def save(notebook: nbformat.NotebookNode, out: Path, stem: str) -> None:
    page, _ = HTMLExporter().from_notebook_node(notebook)
    write(out / f"{stem}.ipynb", nbformat.writes(notebook) + "\n")
    write(out / f"{stem}.html", page)


def write(path: Path, text: str) -> None:
    """Whole or not at all, also when another run writes the same file."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def summary(outcomes: list[Outcome]) -> str:
    width = max(len("notebook"), *(len(outcome.name) for outcome in outcomes))
    lines = [f"{'notebook':<{width}}  cells  seconds  result"]
    for outcome in outcomes:
        cells = f"{outcome.done}/{outcome.cells}"
        result = f"FAILED: {outcome.problem}" if outcome.problem else "ok"
        lines.append(f"{outcome.name:<{width}}  {cells:>5}  {outcome.seconds:7.1f}  {result}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--timeout", type=int, required=True)
    parser.add_argument("notebooks", type=Path, nargs="+")
    arguments = parser.parse_args()
    outcomes = []
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for path in arguments.notebooks:
            outcomes.append(asyncio.run(execute(path, arguments.kernel, arguments.timeout, arguments.out)))
    except (KeyboardInterrupt, Stopped):
        print("\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of these lines has closed the pipe, as `| head` does. Python would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"cargo lab: cannot write the result: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    print(f"\n{summary(outcomes)}\nExecuted notebooks and HTML pages: {arguments.out}")
    return 1 if any(outcome.problem for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
