//! Committed pages: makes their outputs again, and checks that code and outputs belong together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::args::{CheckArgs, RefreshArgs};
use crate::environment::Environment;
use crate::layout::Layout;
use crate::news_text::NewsText;
use crate::notebook::Notebook;
use crate::run::{self, Execution};
use crate::setup::setup;

/// Executes pages on AG News and writes their outputs into them, each page whole or not at all.
pub fn refresh(layout: &Layout, args: &RefreshArgs) -> Result<ExitCode> {
    let pages = run::pages(layout, &args.notebooks)?;
    let data = run::checked_data(&chosen_data(layout, args.data.as_deref()))?;
    let news = NewsText::read(&data)?;
    let environment = setup(layout)?;
    let out = layout.root().join("out/refresh");
    let mut kept = Vec::new();
    for path in &pages {
        if let Err(error) = refresh_page(layout, &environment, &data, &news, path, &out, args.timeout.get()) {
            eprintln!("{error:#}\n");
            kept.push(path);
        }
    }
    if kept.is_empty() {
        println!("{} pages have outputs of {}.", pages.len(), news.name());
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<_> = kept.iter().map(|path| path.display().to_string()).collect();
    bail!("not refreshed: {}", names.join(", "));
}

fn refresh_page(
    layout: &Layout,
    environment: &Environment,
    data: &Path,
    news: &NewsText,
    path: &Path,
    out: &Path,
    timeout: u32,
) -> Result<()> {
    let mut page = Notebook::read(path)?;
    if !page.has_code() {
        return Ok(());
    }
    let executed = out.join(page.name());
    if executed.exists() {
        fs::remove_file(&executed).with_context(|| format!("cannot remove {}", executed.display()))?;
    }
    let execution = Execution { notebooks: &[path.to_path_buf()], out, timeout, data: Some(data) };
    let status = execution.command(environment).status().context("cannot start Python")?;
    if !status.success() {
        bail!("{}: it did not run to its end, so its outputs stay as they were", page.name());
    }
    let shown_as = [(data.display().to_string(), "data"), (layout.root().display().to_string(), ".")];
    page.take_outputs(&Notebook::read(&executed)?, &news.name(), &shown_as)?;
    if let Some(problem) = page.problem().or_else(|| quoted(&page, news)) {
        bail!("{}: {problem}; its outputs stay as they were", page.name());
    }
    page.write()
}

/// Says for each committed page whether its outputs are those of its code.
pub fn check(layout: &Layout, args: &CheckArgs) -> Result<ExitCode> {
    let pages = run::pages(layout, &args.notebooks)?;
    let data = args.data.as_deref().map(run::checked_data).transpose()?;
    let news = data.as_deref().map(NewsText::read).transpose()?;
    let mut stale = Vec::new();
    for path in &pages {
        let page = Notebook::read(path)?;
        let problem = page.problem().or_else(|| quoted(&page, news.as_ref()?));
        match problem {
            None => println!("ok     {}", page.name()),
            Some(problem) => {
                println!("STALE  {}: {problem}", page.name());
                stale.push(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
            }
        }
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "Make them again: cargo lab refresh --data DIR {}\n(DIR holds ag_news/; then commit the pages)",
        stale.join(" ")
    );
    Ok(ExitCode::FAILURE)
}

/// A text of AG News in an output.
fn quoted(page: &Notebook, news: &NewsText) -> Option<String> {
    page.output_texts().into_iter().find_map(|(cell, shown)| {
        let quote = news.find(&shown)?;
        Some(format!(
            "cell {cell} shows a text of AG News, {quote}: show counts and lengths, or a sentence of your \
            own"
        ))
    })
}

/// Where the pages look for AG News.
fn chosen_data(layout: &Layout, named: Option<&Path>) -> PathBuf {
    let named = named.map(Path::to_path_buf);
    let variable = || std::env::var_os("RECURRENT_DATA_DIR").map(PathBuf::from);
    named.or_else(variable).unwrap_or_else(|| layout.data())
}
