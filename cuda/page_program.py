"""Turns a page's code cells into one Rust program, an example of the crate `recurrent`.

usage: python3 cuda/page_program.py NOTEBOOK [--leave-out CELL,CELL] >PROGRAM.rs

CELL is a cell's place in the notebook, from 0, all kinds counted. Each cell opens a block that lasts to the end of the
program: it sees what the cells before it have made and may define an item again, as in a notebook. A cell's last
expression is computed and shown as `Debug` shows it. The program prints JSON lines: how many cells there are, and after
each cell its seconds.
"""

import argparse
import json
import re
import sys

HEAD = """\
//! Made from {page} by cuda/page_program.py: changes here are lost.
#![allow(unused, non_local_definitions)]

use std::{{fmt::Debug, time::Instant}};

/// What a cell shows: its type need not say what it holds.
struct Shown_<'a, T>(&'a T);

trait Known_ {{
    fn show_(&self);
}}

impl<T: Debug> Known_ for Shown_<'_, T> {{
    fn show_(&self) {{
        println!("{{}}", format!("{{:?}}", self.0).chars().take(200).collect::<String>());
    }}
}}

trait Unknown_ {{
    fn show_(&self);
}}

impl<T> Unknown_ for &Shown_<'_, T> {{
    fn show_(&self) {{
        println!("{{}}", std::any::type_name::<T>());
    }}
}}

/// The cell at work, and when it began.
struct Clock_(Option<(usize, Instant)>);

impl Clock_ {{
    fn next(&mut self, cell: Option<usize>) {{
        if let Some((cell, start)) = self.0.take() {{
            println!("{{{{\\"cell\\":{{cell}},\\"seconds\\":{{:.3}}}}}}", start.elapsed().as_secs_f64());
        }}
        self.0 = cell.map(|cell| (cell, Instant::now()));
    }}
}}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {{
let mut clock_ = Clock_(None);
println!("{{{{\\"cells\\":{count}}}}}");
"""


def split(source):
    """A cell's statements, and its last expression or nothing. Statements start in the first column."""
    lines = source.rstrip().split("\n")
    code = [re.sub(r"(^|\s)//(\s.*)?$", "", line).rstrip() for line in lines]
    last = max((number for number, line in enumerate(code) if line), default=None)
    if last is None or code[last].endswith((";", "}")):
        return source, ""
    first = max(number for number in range(last + 1) if re.match(r"[^\s)\]}.?]", code[number]))
    return "\n".join(lines[:first]), "\n".join(lines[first:])


def program(page, notebook, left_out=()):
    """The text of the program."""
    cells = [(number, cell) for number, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"]
    unknown = set(left_out) - {number for number, _ in cells}
    if unknown:
        raise ValueError(f"{page}: no code cell {', '.join(map(str, sorted(unknown)))}")
    cells = [(number, "".join(cell["source"])) for number, cell in cells if number not in left_out]
    text = [HEAD.format(page=page, count=len(cells))]
    for number, source in cells:
        statements, shown = split(re.sub(r"(?m)^:dep .*$", "", source))
        text.append(f"{{ // cell {number}\nclock_.next(Some({number}));\n{statements}\n")
        if shown:
            text.append(f"(&Shown_(&({shown}\n))).show_();\n")
    text.append("clock_.next(None);\n" + "}\n" * len(cells) + "Ok(())\n}\n")
    return "".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebook")
    parser.add_argument("--leave-out", default="", metavar="CELL,CELL", help="cells that take too long")
    args = parser.parse_args()
    with open(args.notebook, encoding="utf-8") as file:
        notebook = json.load(file)
    left_out = [int(cell) for cell in args.leave_out.split(",") if cell]
    try:
        sys.stdout.write(program(args.notebook, notebook, left_out))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
