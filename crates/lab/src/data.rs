//! Downloads the corpora that the project does not ship.

mod bar;
mod corpora;
mod sentence_pairs;

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::args::DataArgs;
use crate::download::{RetryPolicy, download};
use crate::layout::Layout;
use crate::sha256;
use bar::Bar;
#[cfg(test)]
pub use corpora::AG_NEWS;
pub use corpora::Name;

/// Other addresses, separated by spaces: a mirror of your own, or a test's server.
const ADDRESSES_VARIABLE: &str = "RECURRENT_DATA_URLS";

pub fn fetch(layout: &Layout, args: &DataArgs) -> Result<()> {
    let corpus = args.name.corpus();
    let folder = args.dir.clone().unwrap_or_else(|| layout.data()).join(corpus.folder);
    let bases = match std::env::var(ADDRESSES_VARIABLE) {
        Ok(list) => list.split_whitespace().map(String::from).collect(),
        Err(_) => corpus.addresses.iter().copied().map(String::from).collect::<Vec<_>>(),
    };
    for file in corpus.files {
        let path = folder.join(file.name);
        if !is_there(&path, file.sha256)? {
            let addresses: Vec<String> =
                bases.iter().map(|base| format!("{}/{}", base.trim_end_matches('/'), file.name)).collect();
            let mut bar = Bar::new(file.name);
            let result =
                download(&addresses, &path, file.sha256, RetryPolicy::default(), &mut |event| bar.show(&event));
            bar.end();
            result.context(corpus.without)?;
        }
        println!("{}: {}, checked", path.display(), file.holds);
        if let Some(pairs) = &file.pairs {
            let table = folder.join(pairs.table);
            sentence_pairs::write(&path, pairs, &table)?;
            println!("{}: {}, English and German", table.display(), file.holds);
        }
    }
    println!("{}", corpus.licence);
    Ok(())
}

/// True when the official file is there.
fn is_there(path: &Path, sha256: &str) -> Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let found = File::open(path)
        .and_then(|mut file| sha256::of_file(&mut file))
        .with_context(|| format!("cannot read {}", path.display()))?;
    if found != sha256 {
        bail!(
            "{} is there but is not the official file (sha256 {found}, expected {sha256}): it is left as it is; move \
             it away to download the official one.",
            path.display()
        );
    }
    Ok(true)
}
