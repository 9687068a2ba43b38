//! Writes `data/mini_news/train.csv` and `test.csv`: `cargo run -p recurrent-data --example mini_news [FOLDER]`.
//!
//! The same program writes the same bytes on every machine; a test compares them with what is shipped.

mod generator;
mod words;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/mini_news"));
    let folder = std::env::args_os().nth(1).map_or(shipped, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let (train, test) = generator::corpus();
    std::fs::write(folder.join("train.csv"), generator::csv(&train))?;
    std::fs::write(folder.join("test.csv"), generator::csv(&test))?;
    println!("{} and {} stories in {}", train.len(), test.len(), folder.display());
    Ok(())
}
