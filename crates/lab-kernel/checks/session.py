"""A Jupyter client's view of one kernel: start it, run cells, keep what came back."""

import os
import time
from pathlib import Path
from queue import Empty

from jupyter_client.manager import KernelManager


# What a cell prints may come after the kernel's word that the cell has ended, by at most this many seconds.
LATE = 1.0


class Cell:
    """What one executed cell gave."""

    def __init__(self):
        self.stdout, self.stderr, self.error, self.data = "", "", None, {}
        # How long it was waited for, and the moment (of time.perf_counter) at which the kernel was idle again.
        self.seconds, self.ended = 0.0, 0.0


class Session:
    """A running kernel. Use it as a context manager: it shuts the kernel down."""

    def __init__(self, folder, kernel="rust", env=None):
        self.manager = KernelManager(kernel_name=kernel)
        started = time.perf_counter()
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **(env or {})})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.start_seconds = time.perf_counter() - started
        self.pid = self.manager.provisioner.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def send(self, code):
        """Starts a cell and returns the id of its message."""
        return self.client.execute(code)

    def wait(self, message, timeout=600):
        """Collects what the cell with this message id gives until the kernel is idle again."""
        cell, started, ended = Cell(), time.perf_counter(), False
        while True:
            left = LATE if ended else max(timeout - (time.perf_counter() - started), 0.1)
            try:
                reply = self.client.get_iopub_msg(timeout=left)
            except Empty:
                if ended:
                    return cell
                raise TimeoutError(f"a cell ran for more than {timeout} s") from None
            if reply["parent_header"].get("msg_id") != message:
                continue
            kind, content = reply["msg_type"], reply["content"]
            if kind == "stream":
                setattr(cell, content["name"], getattr(cell, content["name"]) + content["text"])
            elif kind in ("execute_result", "display_data"):
                cell.data.update(content["data"])
            elif kind == "error":
                cell.error = "\n".join([content.get("evalue", "")] + content.get("traceback", []))
            elif kind == "status" and content["execution_state"] == "idle":
                cell.ended, ended = time.perf_counter(), True
                cell.seconds = cell.ended - started

    def wait_for_output(self, message, text, timeout=120):
        """Waits until the cell with this message id has printed this text: then it is compiled and at work."""
        end, printed = time.perf_counter() + timeout, ""
        while text not in printed:
            reply = self.client.get_iopub_msg(timeout=max(end - time.perf_counter(), 0.1))
            if reply["parent_header"].get("msg_id") == message and reply["msg_type"] == "stream":
                printed += reply["content"]["text"]

    def run(self, code, timeout=600):
        """Runs a cell to its end."""
        return self.wait(self.send(code), timeout)

    def stop(self):
        """Presses stop."""
        self.manager.interrupt_kernel()


def repository():
    """The root of the checkout."""
    return Path(__file__).resolve().parents[3]
