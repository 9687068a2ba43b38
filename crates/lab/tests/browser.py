"""The lesson in a real browser: JupyterLab in headless Chromium, with the kernel that `cargo lab setup` made.

usage: python crates/lab/tests/browser.py [--root DIR] [--data DIR] [--chromium FILE] [--out DIR] [--only PART] [PAGE…]

Four parts:
  pages   opens each page (or those named), runs all cells, looks for errors, figures that are not drawn, outputs that
          are cut off, formulas that are not set; saves screenshots of the whole page, light and dark
  broken  pages that are broken on purpose must be found
  stop    the figure of a training moves; the stop button during it keeps the variables, and ends an endless cell
  figures they answer a mouse and keys, in a page that is trusted and one that is not; nothing of a text is run;
          exercises, the quiz and the player are used as a learner uses them

Needs Playwright for Python (environment-dev.yml) and a Chromium. The pages are copied: the checkout stays as it is.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

TOKEN = "browser-test"
SCREEN = {"width": 1280, "height": 900}
SMALL = {"width": 800, "height": 900}
# A page whose kernel is not there after this many seconds has none (a loaded machine needs many).
START_LIMIT = 300
# A cell that is not stopped after this many seconds will not be.
STOP_LIMIT = 20

SETTINGS = {
    # every cell stays in the page, also those that are scrolled out of view
    "notebook-extension/tracker": {"windowingMode": "none"},
    # no question about news on a first start
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

# What a learner would see to be wrong. Problems fail the test, notes are only printed.
LOOK = """() => {
    const problems = [], notes = [];
    const cells = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell')];
    const shown = text => JSON.stringify(text.trim().replace(/\\s+/g, ' ').slice(0, 160));
    const cut = element =>
        element.scrollWidth > element.clientWidth + 2 && getComputedStyle(element).overflowX !== 'visible';
    let number = 0;
    for (const cell of cells) {
        if (cell.querySelector('mjx-merror')) problems.push(`a formula is not set: ${shown(cell.textContent)}`);
        if (!cell.classList.contains('jp-CodeCell')) {
            for (const table of cell.querySelectorAll('.jp-RenderedMarkdown, .jp-RenderedMarkdown *'))
                // a stretched arrow is made of parts that are cut on purpose
                if (!table.parentElement.closest('mjx-container') && cut(table)) {
                    problems.push(`text is cut off: ${shown(table.textContent)}`);
                    break;
                }
            continue;
        }
        const source = cell.querySelector('.cm-content').textContent;
        if (!source.trim()) continue;
        number += 1;
        const say = what => problems.push(`cell ${number}: ${what}`);
        const prompt = cell.querySelector('.jp-InputPrompt').textContent;
        if (!/\\d/.test(prompt)) say(`was not run: ${shown(source)}`);
        const scroller = cell.querySelector('.cm-scroller');
        const wider = scroller.scrollWidth > scroller.clientWidth + 2;
        if (wider) notes.push(`cell ${number}: its code is wider than the page`);
        for (const output of cell.querySelectorAll('.jp-OutputArea-output')) {
            const mime = output.dataset.mimeType || '';
            if (mime.endsWith('.error') || mime.endsWith('.stderr')) say(`an error: ${shown(output.textContent)}`);
            const images = [...output.querySelectorAll('img, svg')];
            const figures = images.filter(figure => !figure.parentElement.closest('svg'));
            if (mime.startsWith('image/') && !figures.length) say('a figure is not there');
            for (const figure of figures) {
                const box = figure.getBoundingClientRect();
                const drawn = figure.tagName !== 'IMG' || (figure.complete && figure.naturalWidth > 0);
                if (!drawn || box.width < 10 || box.height < 10) say('a figure is not drawn');
            }
            const wide = [output, ...output.querySelectorAll('*')].find(cut);
            const edge = cell.getBoundingClientRect().right + 2;
            if (wide || figures.some(figure => figure.getBoundingClientRect().right > edge)) {
                say(`an output is cut off: ${shown(output.textContent)}`);
            }
        }
    }
    if (number === 0 && !cells.length) problems.push('the page has no cells');
    return [problems, notes];
}"""

# The prompts of the code cells that have code: '[ ]:', '[*]:' or '[3]:'
PROMPTS = """() => [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')]
    .filter(cell => cell.querySelector('.cm-content').textContent.trim())
    .map(cell => cell.querySelector('.jp-InputPrompt').textContent)"""

KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel"

DEP = ':dep recurrent = { path = "../crates/recurrent" }\nuse recurrent::prelude::*;'

TINY = """#[derive(Module)]
struct Tiny { embedding: Embedding, linear: Linear }
impl Model for Tiny {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.linear.forward(&self.embedding.forward(&batch.input)?.mean(1)?)
    }
}"""

TRAINING = """let mut init = Init::keras(1, &Device::Cpu);
let tiny = Tiny { embedding: Embedding::new(60, 8, &mut init)?, linear: Linear::new(8, 2, &mut init)? };
let ids: Vec<Vec<u32>> = (0..2000u32).map(|i| vec![2 + i % 50, 2 + i % 7]).collect();
let labels: Vec<u32> = (0..2000).map(|i| i % 2).collect();
let loader = DataLoader::new(ids, labels, BatchConfig::default(), &Device::Cpu)?;
let mut trainer = Trainer::new(TrainerConfig { epochs: 100_000, ..Default::default() })?;"""


def shows(mime: str, content: str) -> str:
    """A cell that shows `content`, as the lesson's own values do."""
    return f'println!("EVCXR_BEGIN_CONTENT {mime}\\n{{}}\\nEVCXR_END_CONTENT", r#"{content}"#);'


SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='40'><rect width='100%' height='100%'/></svg>"

# name, cells, what must be said (None: nothing)
BROKEN = [
    ("good", ["6 * 7", shows("image/svg+xml", SVG.format(200)), shows("text/html", "<b>bold</b>")], None),
    ("does-not-compile", ['let a: i32 = "text";', "6 * 7"], "an error"),
    ("panics", ["let list = vec![1]; println!(\"{}\", list[5]);"], "an error"),
    ("ends-early", ['let a: i32 = "x".parse()?;'], "an error"),
    ("no-size", [shows("text/html", "<div>" + SVG.format(0) + "</div>")], "a figure is not drawn"),
    ("no-picture", [shows("image/svg+xml", "<svg")], "a figure is not"),
    ("too-wide", [shows("text/html", "<div style='width: 4000px'>wide</div>")], "an output is cut off"),
]


def notebook(cells: list[str]) -> str:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for n, source in enumerate(cells)
    ]
    kernel = {"name": "rust", "display_name": "Rust", "language": "rust"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells})


@contextmanager
def jupyterlab(root: Path, folder: Path, data: Path | None):
    """JupyterLab as `cargo lab open` starts it, but on copies of the pages; gives its address."""
    settings = folder / ".settings"
    for name, values in SETTINGS.items():
        path = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    environment = os.environ | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
        "JUPYTER_CONFIG_DIR": str(folder / ".config"),
        "JUPYTER_RUNTIME_DIR": str(folder / ".runtime"),
    }
    if data is not None:
        environment["RECURRENT_DATA_DIR"] = str(data)
    port = free_port()
    command = [root / ".venv/bin/python", "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command += ["--ServerApp.answer_yes=True", "--LabApp.expose_app_in_browser=True"]
    if os.geteuid() == 0:
        command.append("--allow-root")
    log = folder / ".jupyterlab.log"
    with log.open("w") as printed:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=printed, stderr=printed)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_served(f"{address}/api?token={TOKEN}", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_served(url: str, server: subprocess.Popen, log: Path) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None:
                sys.exit(f"JupyterLab did not start:\n{log.read_text()}")
            time.sleep(0.3)


@contextmanager
def opened(browser: Browser, address: str, name: str):
    """A notebook alone in a window, its kernel ready. The kernel ends with it: one at a time fits into the memory."""
    page = browser.new_page(viewport=SCREEN)
    page.goto(f"{address}/lab/tree/{name}.ipynb?reset&token={TOKEN}")
    try:
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=START_LIMIT * 1000)
        page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=START_LIMIT * 1000)
    except TimeoutError:
        state = page.evaluate(f"() => {KERNEL}?.status ?? 'none'")
        late = f"{name}: the kernel was not ready after {START_LIMIT} s (it is: {state})"
        sys.exit(f"{late}; `cargo lab doctor` says what is missing")
    try:
        yield page
    finally:
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.close()


def run_all(page: Page, timeout: float) -> None:
    """Unfolds the solutions, runs every cell, and waits until nothing is left to run."""
    page.evaluate("() => jupyterapp.commands.execute('notebook:show-all-cell-code')")
    # the command's promise ends with the last cell: not waited for here, so that time is ours
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    ended = time.monotonic() + timeout
    quiet = 0
    while quiet < 3:
        if time.monotonic() > ended:
            return  # cells that did not run are found
        time.sleep(0.5)
        running = any("*" in prompt for prompt in page.evaluate(PROMPTS))
        busy = running or page.evaluate(f"() => {KERNEL}?.status !== 'idle'")
        quiet = 0 if busy else quiet + 1


def screenshots(page: Page, folder: Path, name: str) -> int:
    """The whole page in tiles, as a learner scrolls through it."""
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")
    top = tile = 0
    while True:
        panel.evaluate("(panel, top) => { panel.scrollTop = top; }", top)
        page.wait_for_timeout(250)
        tile += 1
        page.screenshot(path=folder / f"{name}-{tile:02}.png")
        height, end = panel.evaluate("panel => [panel.clientHeight, panel.scrollHeight]")
        top += height - 60
        if top + 60 >= end:
            return tile


def look_at_pages(browser: Browser, address: str, names: list[str], out: Path, timeout: float) -> list[str]:
    failures = []
    for name in names:
        started = time.monotonic()
        with opened(browser, address, name) as page:
            run_all(page, timeout)
            seconds = time.monotonic() - started
            problems, notes = page.evaluate(LOOK)
            tiles = 0
            for theme in ("Light", "Dark"):
                change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
                page.evaluate(change, f"JupyterLab {theme}")
                page.wait_for_timeout(1000)
                tiles += screenshots(page, out, f"{name}-{theme.lower()}")
            # A small window, without the list of files.
            page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
            page.set_viewport_size(SMALL)
            page.wait_for_timeout(1000)
            for problem in page.evaluate(LOOK)[0]:
                # There a wide table or formula is moved sideways.
                place = notes if "is cut off" in problem else problems
                place.append(f"{SMALL['width']} px: {problem}")
            tiles += screenshots(page, out, f"{name}-small")
        report(name, problems, f"{seconds:.0f} s, {tiles} screenshots", notes)
        failures += [f"{name}: {problem}" for problem in problems]
    return failures


def look_at_broken_pages(browser: Browser, address: str, folder: Path, out: Path) -> list[str]:
    failures = []
    for name, cells, expected in BROKEN:
        (folder / f"{name}.ipynb").write_text(notebook(cells))
        with opened(browser, address, name) as page:
            run_all(page, 120)
            problems, _ = page.evaluate(LOOK)
            if expected is None:
                wrong = problems
            else:
                found = any(expected in problem for problem in problems)
                wrong = [] if found else [f"expected {expected!r}, found {problems}"]
            if wrong:
                page.screenshot(path=out / f"broken-{name}.png")
        report(f"broken: {name}", wrong, "as expected")
        failures += [f"broken page {name}: {what}" for what in wrong]
    return failures


# The pictures that the last cell but one shows, as text.
FIGURES = """() => [...[...document.querySelectorAll('.jp-CodeCell')].at(-2)
    .querySelectorAll('.jp-OutputArea-output :is(img, svg)')].map(figure => figure.src ?? figure.outerHTML)"""
FIGURE = f"() => ({FIGURES})()[0] ?? ''"
# The figure of a training is watched for so many seconds, and must change as often at least.
WATCHED = 3


class Stops:
    """One notebook whose cells are run one by one."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def start(self, code: str) -> None:
        """Types code into the last cell and runs it."""
        self.page.evaluate(
            """code => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = notebook.widgets.length - 1;
                notebook.activeCell.model.sharedModel.setSource(code);
                jupyterapp.commands.execute('notebook:run-cell-and-insert-below');
            }""",
            code,
        )
        self.page.wait_for_timeout(300)

    def start_and_see(self, code: str, text: str) -> bool:
        """Runs a cell until it shows this text: then it is compiled and at work. False when it ended without."""
        self.start(code)
        output = self.page.locator(".jp-CodeCell").nth(-2).locator(".jp-OutputArea-output")
        while self.runs():
            if any(text in shown for shown in output.all_inner_texts()):
                return self.runs()
            time.sleep(0.1)
        return False

    def start_and_watch(self, code: str, screenshot: Path) -> int:
        """Runs a cell until its figure is there; how often that changes in WATCHED seconds then. 0: the cell ended."""
        self.start(code)
        while self.runs() and not self.page.evaluate(FIGURE):
            time.sleep(0.05)
        seen: set[str] = set()
        ended = time.monotonic() + WATCHED
        while time.monotonic() < ended:
            seen.add(self.page.evaluate(FIGURE))
            time.sleep(0.05)
        self.page.screenshot(path=screenshot)
        return len(seen) - 1 if self.runs() else 0

    def runs(self) -> bool:
        return any("*" in prompt for prompt in self.page.evaluate(PROMPTS))

    def wait(self, timeout: float) -> bool:
        """Until the cell has ended; False when it did not."""
        ended = time.monotonic() + timeout
        while self.runs():
            if time.monotonic() > ended:
                return False
            time.sleep(0.05)
        self.page.wait_for_timeout(600)  # output may come after the kernel's word that the cell has ended
        return True

    def run(self, code: str) -> str:
        """Runs a cell to its end; gives what it shows."""
        self.start(code)
        self.wait(600)
        outputs = self.page.locator(".jp-CodeCell").nth(-2).locator(".jp-OutputArea-output").all_inner_texts()
        return "\n".join(outputs).strip()

    def press_stop(self) -> float:
        """Presses the button; seconds until the cell has ended, or the limit."""
        started = time.monotonic()
        self.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').first.click()
        while self.runs() and time.monotonic() - started < STOP_LIMIT:
            time.sleep(0.02)
        return time.monotonic() - started


def try_the_stop_button(browser: Browser, address: str, folder: Path, out: Path) -> list[str]:
    (folder / "stop.ipynb").write_text(notebook(["// the test types here"]))
    with opened(browser, address, "stop") as page:
        wrong, fine = press_stop_in(page, out)
    report("stop", wrong, fine)
    return [f"stop: {what}" for what in wrong]


def press_stop_in(page: Page, out: Path) -> tuple[list[str], str]:
    wrong = []

    def must(condition: bool, what: str) -> None:
        if not condition:
            wrong.append(what)

    notebook = Stops(page)
    for code in (DEP, "let kept = 41;", TINY, TRAINING):
        shown = notebook.run(code)
        must("error" not in shown.lower(), f"{code.splitlines()[0]}: {shown}")
    steps, seconds, changes = [], [], []
    for name in ("first", "again"):
        changes.append(notebook.start_and_watch("trainer.fit(&tiny, &loader, None)?;", out / f"fit-{name}.png"))
        must(changes[-1] >= WATCHED, f"the figure of fit changed {changes[-1]} times in {WATCHED} s")
        seconds.append(notebook.press_stop())
        must(seconds[-1] < STOP_LIMIT, "stop did not end fit")
        kept = len(page.evaluate(FIGURES))
        must(kept == 1, f"{kept} figures of fit are left after a stop, not 1")
        shown = notebook.run("println!(\"{}\", trainer.history().steps.len());")
        must(shown.isdigit(), f"the history after a stop: {shown!r}")
        steps.append(int(shown) if shown.isdigit() else 0)
        shown = notebook.run("kept + 1")
        must(shown == "42", f"a variable after a stop: {shown!r}")
    must(0 < steps[0] < steps[1], f"fit goes on: {steps} steps")
    endless_cell = 'println!("at work"); loop { std::hint::black_box(0); }'
    must(notebook.start_and_see(endless_cell, "at work"), "the endless cell ended by itself")
    presses = 1
    endless = notebook.press_stop()
    if notebook.runs():
        presses = 2
        endless = notebook.press_stop()
    must(not notebook.runs(), "two stops did not end an endless cell")
    shown = notebook.run("6 * 7")
    must(shown.endswith("42"), f"a cell after the endless one: {shown!r}")
    times = ", ".join(f"{second:.1f}" for second in seconds)
    ended = f"the endless cell after {endless:.1f} s, {presses} stop(s)"
    moved = f"the figure of fit changed {changes} times in {WATCHED} s"
    return wrong, f"{moved}; fit ended after {times} s with {steps} steps; {ended}"


# A word that would be run if it were not escaped.
HOSTILE = "<img src=x onerror=document.body.dataset.hostile=1>"

INTERACTIVE = [
    DEP + "\nuse recurrent::{exercises::{check, gap}, plot::*};",
    f'''let words = ["dogs", {json.dumps(HOSTILE)}, "bark"].map(String::from);
let values = vec![vec![0.1, 0.9], vec![0.2, 0.8], vec![0.3, 0.7]];
let map = GateMap {{ name: "forget gate".into(), values, scale: GateScale::Sigmoid }};
gate_heatmaps("Gates", &words, &[map])?''',
    '''fn line(name: &str, up: f64) -> StepLine {
    StepLine { name: name.into(), points: vec![(0.0, up), (10.0, 2.0 * up)] }
}
let panel = StepPanel { name: "loss".into(), log_scale: false, lines: vec![line("RNN", 1.0), line("LSTM", 2.0)] };
step_lines("Lines", &[panel])?''',
    f'''bar_chart("Bars", "", &[{json.dumps(HOSTILE)}.to_string()], &[0.25])?''',
]

# Of the figure in a cell: the words beside the pointer, and whether the series of a name can be seen.
WORD = """cell => [...cell.querySelectorAll('[role=status]')].map(word => word.style.display === 'none' ? '' : word.innerText)[0]"""
SEEN = """(cell, name) => [...cell.querySelectorAll('[data-series]')]
    .filter(series => series.dataset.series === name).every(series => series.style.display !== 'none')"""


def try_figures(browser: Browser, address: str, folder: Path, out: Path) -> list[str]:
    (folder / "interactive.ipynb").write_text(notebook(INTERACTIVE))
    wrong = []

    def must(condition: bool, what: str) -> None:
        if not condition:
            wrong.append(what)

    with opened(browser, address, "interactive") as page:
        run_all(page, 300)
        problems, _ = page.evaluate(LOOK)
        if problems:
            report("figures", problems, "")
            return [f"figures: {what}" for what in problems]
        cells = page.locator(".jp-CodeCell")
        for theme in ("Light", "Dark"):
            page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", f"JupyterLab {theme}")
            for width in (1280, 800):
                page.set_viewport_size({"width": width, "height": 900})
                page.wait_for_timeout(600)
                at = f"{theme}, {width} px"
                word = point(page, cells.nth(1), "[data-map]", 0.5, 0.25)
                must(word == f"forget gate\nword 2: {HOSTILE}\nunit 0: 0.2", f"{at}: a cell of a map says {word!r}")
                page.screenshot(path=out / f"figure-map-{theme.lower()}-{width}.png")
                word = point(page, cells.nth(2), "[data-chart] path[data-series]", 0.98, 0.5)
                must(word == "training step: 10\nLSTM: 4\nRNN: 2", f"{at}: a line says {word!r}")
                page.screenshot(path=out / f"figure-lines-{theme.lower()}-{width}.png")
                word = point(page, cells.nth(3), "[data-note]", 0.5, 0.5)
                must(word == f"{HOSTILE}: +0.25", f"{at}: a bar says {word!r}")
        page.set_viewport_size(SCREEN)
        cells.nth(1).locator("[role=group]").focus()
        for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
            page.keyboard.press(key)
        word = cells.nth(1).evaluate(WORD)
        must(word == f"forget gate\nword 2: {HOSTILE}\nunit 1: 0.8", f"the arrow keys say {word!r}")
        page.keyboard.press("Escape")
        must(cells.nth(1).evaluate(WORD) == "", "Escape leaves the words there")
        entry = cells.nth(2).locator('[data-switch="RNN"]')
        entry.click()
        must(not cells.nth(2).evaluate(SEEN, "RNN"), "a click on the legend leaves the line there")
        word = point(page, cells.nth(2), 'path[data-series="LSTM"]', 0.98, 0.5)
        must(word == "training step: 10\nLSTM: 4", f"a line that is hidden speaks: {word!r}")
        entry.focus()
        page.keyboard.press("Enter")
        must(cells.nth(2).evaluate(SEEN, "RNN"), "Enter on the legend does not bring the line back")
        must(not page.evaluate("document.body.dataset.hostile"), "a word was run")
        page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        page.wait_for_timeout(1500)
    # What somebody else has run is not trusted: the pictures stand there, at rest.
    saved = json.loads((folder / "interactive.ipynb").read_text())
    saved["cells"][0]["source"] = "// another page, that nobody has signed"
    (folder / "untrusted.ipynb").write_text(json.dumps(saved))
    with opened(browser, address, "untrusted") as page:
        page.wait_for_timeout(1500)
        pictures = page.locator(".jp-CodeCell .jp-OutputArea-output img")
        sizes = pictures.evaluate_all("images => images.map(image => image.complete && image.naturalWidth)")
        must(len(sizes) == 3 and all(sizes), f"pictures of a page that is not trusted: {sizes}")
        must(not page.locator("[role=status]").count(), "a script of a page that is not trusted has run")
        page.screenshot(path=out / "figure-untrusted.png")
    report("figures", wrong, "maps, lines, bars, keys, legends, not trusted")
    return [f"figures: {what}" for what in wrong]


LEARNER = DEP + """
use recurrent::{exercises::{check, gap, hint, solution}, quiz};
#[derive(Module)]
struct Net { embedding: Embedding, lstm: Lstm, linear: Linear }
impl Model for Net {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.linear.forward(&self.lstm.forward(&self.embedding.forward(&batch.input)?, None)?.h_n)
    }
}
let mut init = Init::keras(0, &Device::Cpu);
let vectorizer = TextVectorizer::adapt(&["dogs <b>chase</b> cats"], VectorizerConfig::default())?;
let (embedding, lstm) = (Embedding::new(6, 4, &mut init)?, Lstm::new(4, 3, &mut init)?);
let net = Net { embedding, lstm, linear: Linear::new(3, 2, &mut init)? };"""

ATTEMPT = """fn gradient_left(f: Vec<f64>) -> Result<f64> {{
    {}
}}
check("04.5", gradient_left)?"""

# What is typed in the gap, and what is said of it.
ATTEMPTS = [
    ("gap()", ": not attempted"),
    ("Ok(f.iter().sum())", "not added"),
    ("Ok(f[0] + 7.0)", ": not right yet"),
    ("Ok(f[99])", "panicked"),
    ("Ok(Tensor::zeros(3, DType::F32, &Device::Cpu)?.get(7)?.to_scalar::<f32>()?.into())", ": failed"),
    ("Ok(f.iter().product())", ": right"),
]


def try_learning(browser: Browser, address: str, folder: Path, out: Path) -> list[str]:
    """Exercises, the quiz and the player, as a learner uses them."""
    (folder / "learn.ipynb").write_text(notebook(["// the test types here"]))
    wrong = []

    def must(condition: bool, what: str) -> None:
        if not condition:
            wrong.append(what)

    with opened(browser, address, "learn") as page:
        cells = Stops(page)
        shown = cells.run(LEARNER)
        must("error" not in shown.lower(), shown)
        for code, word in ATTEMPTS:
            shown = cells.run(ATTEMPT.format(code))
            must(word in shown, f"{code}: expected {word!r} in {shown!r}")
        for word in ("Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"):
            shown = cells.run('hint("04.5")')
            must(word in shown, f"expected {word!r} in {shown!r}")
        must("f.iter().product()" in cells.run('solution("04.5")'), "the solution is not shown")
        must("1 of" in cells.run("recurrent::exercises::board()?"), "the board does not count what was solved")
        page.screenshot(path=out / "learn-exercises.png")
        cells.run("quiz::before()")
        quiz = page.locator("form[data-quiz=before]").last
        quiz.locator("button").click()
        must("not answered" in quiz.locator("[role=status]").inner_text(), "an open quiz is scored")
        fields = quiz.locator("fieldset")
        for field in fields.all():
            # With the keyboard: to the first answer, then down to the right one.
            field.locator("input").first.focus()
            page.keyboard.press("Space")
            for _ in range(int(field.get_attribute("data-right"))):
                page.keyboard.press("ArrowDown")
        quiz.locator("button").focus()
        page.keyboard.press("Enter")
        count = fields.count()
        said = quiz.locator("[role=status]").inner_text()
        must(said == f"{count} of {count} right.", f"the quiz says {said!r}")
        page.screenshot(path=out / "learn-quiz.png")
        cells.run("quiz::after()")
        after = page.locator("form[data-quiz=after]").last
        for field in after.locator("fieldset").all():
            field.locator("input").nth((int(field.get_attribute("data-right")) + 1) % 3).check()
        after.locator("button").click()
        said = after.locator("[role=status]").inner_text()
        must(f"before the lesson {count}. Difference: \u2212" in said, f"the quiz after the lesson says {said!r}")
        shown = cells.run('views::player(&net, &vectorizer, "dogs <b>chase</b> cats", "lstm")?')
        must("error" not in shown.lower(), shown)
        player = page.locator("[role=group][aria-label^=Player]").last
        status = player.locator("[role=status]")
        must(status.inner_text().startswith("Word 1 of"), f"the player says {status.inner_text()!r}")
        player.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowUp")
        must("Word 2 of" in status.inner_text() and "unit 1:" in status.inner_text(), f"keys: {status.inner_text()!r}")
        player.locator("input[type=range]").fill("0")
        must(status.inner_text().startswith("Word 1 of"), f"the slider: {status.inner_text()!r}")
        player.locator("button").click()
        page.wait_for_timeout(2500)
        must(not status.inner_text().startswith("Word 1 of"), "the player does not play")
        player.scroll_into_view_if_needed()
        page.screenshot(path=out / "learn-player.png")
    report("learn", wrong, "exercises, quiz, player")
    return [f"learn: {what}" for what in wrong]


def point(page: Page, cell: Locator, part: str, x: float, y: float) -> str:
    """Moves the mouse to a place in a part of a cell's figure, from outside; gives the words that show there."""
    target = cell.locator(part).first
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    page.mouse.move(2, 2)
    page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.wait_for_timeout(100)
    return cell.evaluate(WORD)


def report(name: str, problems: list[str], fine: str, notes: list[str] = ()) -> None:
    print(f"{'FAILED' if problems else 'ok':<7} {name}: {fine if not problems else ''}")
    for line in [*problems, *(f"(note) {note}" for note in notes)]:
        print(f"        {line}")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    checkout = Path(__file__).resolve().parents[3]
    parser.add_argument("--root", type=Path, default=checkout, help="the checkout that was set up")
    parser.add_argument("--data", type=Path, help="folder that holds ag_news/ (sets RECURRENT_DATA_DIR)")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    parser.add_argument("--chromium", default=chromium, help="the browser's program")
    parser.add_argument("--out", type=Path, help="folder for the screenshots [default: out/browser in the checkout]")
    parser.add_argument("--only", choices=("pages", "broken", "stop", "figures"), action="append", help="only this part")
    parser.add_argument("--timeout", type=float, default=1200, help="longest time for one page, in seconds")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="names in notebooks/ [default: all]")
    arguments = parser.parse_args()
    if arguments.chromium is None:
        sys.exit("there is no chromium in PATH: install it (Debian: apt install chromium) or name it with --chromium")
    root = arguments.root.resolve()
    lesson = sorted(path.stem for path in (root / "notebooks").glob("*.ipynb"))
    names = [Path(name).stem for name in arguments.pages] or lesson
    if unknown := set(names) - set(lesson):
        sys.exit(f"not in notebooks/: {', '.join(sorted(unknown))}; there are {', '.join(lesson)}")
    parts = arguments.only or ["pages", "broken", "stop", "figures"]
    out = arguments.out or root / "out/browser"
    out.mkdir(parents=True, exist_ok=True)
    data = arguments.data.resolve() if arguments.data else None

    failures = []
    # beside notebooks/, because a page names the crate by `../crates/recurrent`
    with tempfile.TemporaryDirectory(dir=root, prefix=".browser-") as folder, sync_playwright() as playwright:
        folder = Path(folder)
        for page in (root / "notebooks").glob("*.ipynb"):
            shutil.copy(page, folder)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=sandbox)
        with jupyterlab(root, folder, data) as address:
            if "pages" in parts:
                failures += look_at_pages(browser, address, names, out, arguments.timeout)
            if "broken" in parts:
                failures += look_at_broken_pages(browser, address, folder, out)
            if "stop" in parts:
                failures += try_the_stop_button(browser, address, folder, out)
            if "figures" in parts:
                failures += try_figures(browser, address, folder, out)
                failures += try_learning(browser, address, folder, out)
        browser.close()
    print(f"\n{len(failures)} problem(s). Screenshots: {out}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
