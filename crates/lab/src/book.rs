//! The lesson as a static HTML book. Sphinx builds it, configured by `crates/lab/book/conf.py`.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::BookArgs;
use crate::environment::{self, Environment};
use crate::layout::Layout;
use crate::lock::Lock;
use crate::output_dir::output_dir;
use crate::pins;

pub fn book(layout: &Layout, args: &BookArgs) -> Result<()> {
    let out = output_dir(layout, args.out.as_deref(), "out/book")?;
    if out == layout.notebooks() {
        bail!("--out {} holds the pages themselves: name another folder.", out.display());
    }
    let environment = environment_with_sphinx(layout)?;
    let tools = layout.root().join("crates/lab/book");

    let mut sphinx = environment.command();
    // a broken link is a warning, and a warning is a failure
    sphinx.args(["-m", "sphinx", "--builder", "html", "--quiet", "--fail-on-warning", "--keep-going", "--conf-dir"]);
    sphinx.arg(&tools).arg("--doctree-dir").arg(layout.lab().join("book"));
    sphinx.arg(layout.notebooks()).arg(&out);
    must_succeed(sphinx, "the book has errors (listed above)")?;

    let mut links = environment.command();
    links.arg(tools.join("links.py")).arg(&out);
    must_succeed(links, "the book has broken links")?;
    println!("The book: {}", out.join("index.html").display());
    Ok(())
}

/// The Python environment, with the pins of `environment-book.yml` in it.
fn environment_with_sphinx(layout: &Layout) -> Result<Environment> {
    let pins = pins::read(&layout.environment_yml())?;
    let more = pins::read(&layout.environment_book_yml())?;
    let environment = environment::choose(layout);
    let lock = Lock::acquire(layout)?;
    environment::ensure(layout, &lock, &environment, &pins)?;
    environment::ensure_more(layout, &lock, &environment, &more, "book")?;
    Ok(environment)
}

fn must_succeed(mut command: Command, otherwise: &str) -> Result<()> {
    let status = command.status().context("cannot start Python")?;
    if !status.success() {
        bail!("{otherwise}");
    }
    Ok(())
}
