"""The lesson as a static book: Sphinx with MyST-NB, which reads the committed pages and executes nothing.

`cargo lab book` builds it. All that a reader needs lies in the book's folder: it can be read from a disk, offline.
"""

import json
from importlib.util import find_spec
from pathlib import Path

project = "Recurrent neural networks in Rust"
author = "the recurrent project"
language = "en"

extensions = ["myst_nb"]
root_doc = "README"
exclude_patterns = [".ipynb_checkpoints"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the solution"
nb_code_prompt_hide = "Hide the solution"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# `:dep …` is evcxr's, not Rust's: such a cell is shown without colours
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "sphinx_book_theme"
html_title = project
html_show_sourcelink = False
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
html_theme_options = {
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "use_download_button": False,
    "show_toc_level": 2,
}

# One file that draws formulas as SVG and needs no fonts beside it.
mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax/tex-svg.js"
html_static_path = [str(mathjax), "book.css"]
html_css_files = ["book.css"]
mathjax_path = mathjax.name

# The map lists the pages for a reader of the repository; the book's side bar takes them from here.
CONTENTS = """

```{toctree}
:hidden:
:glob:

*
```
"""


def add_contents(app, name, source):
    if name == root_doc:
        source[0] += CONTENTS


def fold_solutions(app, name, source):
    """JupyterLab folds a solution, and the result of what is to be predicted, by the cell's metadata, MyST-NB by tags of
    its own: set in what Sphinx reads."""
    if Path(app.env.doc2path(name)).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        if "solution" in tags:
            cell["metadata"]["tags"] = [*tags, "hide-cell"]
        elif cell["metadata"].get("jupyter", {}).get("outputs_hidden"):
            cell["metadata"]["tags"] = [*tags, "hide-output"]
    source[0] = json.dumps(notebook)


def write_index(app, error):
    """The book opens at its map also where a server looks for index.html."""
    if error is None:
        target = f"{root_doc}.html"
        page = (
            f'<!DOCTYPE html><meta charset="utf-8"><title>{project}</title>'
            f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">{project}</a>\n'
        )
        (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app):
    app.connect("source-read", add_contents)
    app.connect("source-read", fold_solutions)
    app.connect("build-finished", write_index)
