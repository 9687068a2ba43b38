"""A Jupyter client's view of one kernel: start it, run cells, keep what came back."""

import os
import time
from collections import defaultdict
from pathlib import Path
from queue import Empty

from jupyter_client.manager import KernelManager


# What a cell prints may come after the kernel's word that the cell has ended, by at most this many seconds.
LATE = 0.1


class Cell:
    """What one executed cell gave."""

    def __init__(self):
        self.stdout, self.stderr, self.error, self.data = "", "", None, {}
        # Type and content of each message; what the reply says; the name of the error.
        self.messages, self.status, self.error_name = [], None, None
        # How long it was waited for, and the moment (of time.perf_counter) at which the kernel was idle again.
        self.seconds, self.ended = 0.0, 0.0


class Session:
    """A running kernel. Use it as a context manager: it shuts the kernel down."""

    def __init__(self, folder, kernel="rust", env=None):
        self.manager = KernelManager(kernel_name=kernel)
        started = time.perf_counter()
        # No spare, unless a test wants one: it would be there when another test begins.
        self.manager.start_kernel(cwd=str(folder), env={"RECURRENT_SPARE": "0", **os.environ, **(env or {})})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.start_seconds = time.perf_counter() - started
        self.pid = self.manager.provisioner.process.pid
        self.replies, self.heard = {}, defaultdict(list)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def send(self, code):
        """Starts a cell and returns the id of its message."""
        return self.client.execute(code, allow_stdin=False)

    def hear(self, message, timeout):
        """The next word about the cell with this message id; None if none comes in time. Words about others are kept."""
        end = time.perf_counter() + timeout
        while not self.heard[message]:
            left = end - time.perf_counter()
            if left < 0:
                return None
            try:
                word = self.client.get_iopub_msg(timeout=left)
            except Empty:
                return None
            self.heard[word["parent_header"].get("msg_id")].append(word)
        return self.heard[message].pop(0)

    def wait(self, message, timeout=600):
        """Collects what the cell with this message id gives until the kernel is idle again."""
        cell, started, ended = Cell(), time.perf_counter(), False
        printed = {"stdout": [], "stderr": []}
        while True:
            left = LATE if ended else max(timeout - (time.perf_counter() - started), 0.1)
            reply = self.hear(message, left)
            if not ended and (reply is None or time.perf_counter() - started > timeout):
                raise TimeoutError(f"a cell ran for more than {timeout} s")
            if reply is None:
                while message not in self.replies:
                    answer = self.client.get_shell_msg(timeout=timeout)
                    self.replies[answer["parent_header"]["msg_id"]] = answer["content"]["status"]
                cell.status = self.replies.pop(message)
                cell.stdout, cell.stderr = "".join(printed["stdout"]), "".join(printed["stderr"])
                return cell
            kind, content = reply["msg_type"], reply["content"]
            cell.messages.append((kind, content))
            if kind == "stream":
                printed[content["name"]].append(content["text"])
            elif kind in ("execute_result", "display_data"):
                cell.data.update(content["data"])
            elif kind == "error":
                cell.error_name = content["ename"]
                cell.error = "\n".join([content.get("evalue", "")] + content.get("traceback", []))
            elif kind == "status" and content["execution_state"] == "idle":
                cell.ended, ended = time.perf_counter(), True
                cell.seconds = cell.ended - started

    def wait_for_output(self, message, text, timeout=120):
        """Waits until the cell with this message id has printed this text: then it is compiled and at work."""
        end, last = time.perf_counter() + timeout, ""
        while text not in last:
            reply = self.hear(message, max(end - time.perf_counter(), 0.1))
            if reply is None:
                raise TimeoutError(f"no {text!r} in {timeout} s")
            if reply["msg_type"] == "stream":
                last = last[-len(text) :] + reply["content"]["text"]

    def run(self, code, timeout=600):
        """Runs a cell to its end."""
        return self.wait(self.send(code), timeout)

    def stop(self):
        """Presses stop."""
        self.manager.interrupt_kernel()


def repository():
    """The root of the checkout."""
    return Path(__file__).resolve().parents[3]
