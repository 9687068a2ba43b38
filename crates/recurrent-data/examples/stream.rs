//! A file larger than memory, vectorised in bounded memory: `cargo run --release -p recurrent-data --example stream
//! [ROWS] [FOLDER]`.
//!
//! Writes a file of that many rows (10 million if not said; about 2.2 GB), learns a vocabulary from it, encodes every
//! row, and prints rows per second and the peak memory.

use recurrent_data::rows::{RowFormat, Rows};
use recurrent_data::{MiniNews, Result, TextVectorizer, TokenCounter, VectorizerConfig};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

const FORMAT: RowFormat = RowFormat { separator: b',', header: false };

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: usize = arguments.next().map_or(Ok(10_000_000), |rows| rows.parse())?;
    let file = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from)
        .join(format!("recurrent-stream-{}.csv", std::process::id()));
    let measured = measure(&file, rows);
    std::fs::remove_file(&file)?;
    measured
}

fn measure(file: &Path, rows: usize) -> std::result::Result<(), Box<dyn std::error::Error>> {
    write(file, rows)?;
    println!("{} rows, {} MB", rows, file.metadata()?.len() / 1_000_000);

    let started = Instant::now();
    let vectorizer = learn(file)?;
    let seconds = started.elapsed().as_secs_f64();
    println!("adapt:  {:.0} rows/s, {} tokens in the vocabulary", rows as f64 / seconds, vectorizer.vocabulary().len());

    let started = Instant::now();
    let tokens = encode(file, &vectorizer)?;
    let seconds = started.elapsed().as_secs_f64();
    println!("encode: {:.0} rows/s, {:.1} million tokens/s", rows as f64 / seconds, tokens as f64 / seconds / 1e6);
    println!("peak memory: {}", peak_memory().unwrap_or_else(|| "not known on this system".into()));
    Ok(())
}

fn write(file: &Path, rows: usize) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let news = MiniNews::load()?.train;
    let texts = news.text(&["title", "description"])?;
    let mut out = BufWriter::new(File::create(file)?);
    for row in 0..rows {
        let text = &texts[row % texts.len()].replace('"', "\"\"");
        writeln!(out, "{},\"{text}\"", 1 + news.labels()[row % texts.len()])?;
    }
    Ok(out.flush()?)
}

fn learn(file: &Path) -> Result<TextVectorizer> {
    let mut counter = TokenCounter::new(VectorizerConfig { max_tokens: Some(20_000), ..Default::default() })?;
    let mut rows = Rows::open(file, FORMAT)?;
    while let Some(row) = rows.next_row()? {
        counter.add(&row.fields[1]);
    }
    counter.finish()
}

/// All tokens of the file.
fn encode(file: &Path, vectorizer: &TextVectorizer) -> Result<usize> {
    let (mut rows, mut tokens) = (Rows::open(file, FORMAT)?, 0);
    while let Some(row) = rows.next_row()? {
        tokens += vectorizer.encode(&row.fields[1]).len();
    }
    Ok(tokens)
}

/// Linux says it in /proc/self/status.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_string())
}
