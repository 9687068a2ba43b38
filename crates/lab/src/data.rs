//! Downloads AG News: 120,000 training and 7,600 test articles of four classes.
//!
//! The corpus is the one of Zhang, Zhao and LeCun (2015), "Character-level Convolutional Networks for Text
//! Classification", in the files that torchtext uses. It is for research use only, so the project does not ship it.

use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::DataArgs;
use crate::download::{Event, RetryPolicy, download};
use crate::layout::Layout;
use crate::sha256;

/// torchtext's address, then OneFlow's copy of the same files.
const ADDRESSES: [&str; 2] = [
    "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv",
    "https://oneflow-public.oss-cn-beijing.aliyuncs.com/datasets/FlowText/AG_NEWS",
];

/// Other addresses, separated by spaces: a mirror of your own, or a test's server.
const ADDRESSES_VARIABLE: &str = "RECURRENT_AG_NEWS_URLS";

/// Name, rows, SHA-256 (torchtext's md5 of the same bytes: b1a00f826fdfbd249f79597b59e1dc12 and
/// d52ea96a97a2d943681189a97654912d).
pub const FILES: [(&str, &str, &str); 2] = [
    ("train.csv", "120,000 rows", "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e"),
    ("test.csv", "7,600 rows", "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699"),
];

pub fn fetch(layout: &Layout, args: &DataArgs) -> Result<()> {
    let folder = args.dir.clone().unwrap_or_else(|| layout.data()).join("ag_news");
    let bases = match std::env::var(ADDRESSES_VARIABLE) {
        Ok(list) => list.split_whitespace().map(String::from).collect(),
        Err(_) => Vec::from(ADDRESSES.map(String::from)),
    };
    for (name, rows, sha256) in FILES {
        let path = folder.join(name);
        if is_there(&path, sha256)? {
            println!("{} is there: {rows}, checked", path.display());
            continue;
        }
        let addresses: Vec<String> =
            bases.iter().map(|base| format!("{}/{name}", base.trim_end_matches('/'))).collect();
        let mut bar = Bar::new(name);
        let result = download(&addresses, &path, sha256, RetryPolicy::default(), &mut |event| bar.show(&event));
        bar.end();
        result.context("AG News was not downloaded, so the notebooks go on with MiniNews (data/mini_news)")?;
        println!("{}: {rows}, checked", path.display());
    }
    println!("AG News is for research and other non-commercial use; data/README.md names its source.");
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

/// A progress bar on a terminal, else a line every five seconds.
struct Bar {
    name: &'static str,
    bar: Option<ProgressBar>,
    next_line: Instant,
}

impl Bar {
    const PAUSE: Duration = Duration::from_secs(5);

    fn new(name: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
            let bar = ProgressBar::no_length().with_prefix(name);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { name, bar, next_line: Instant::now() + Self::PAUSE }
    }

    fn show(&mut self, event: &Event) {
        match (event, &self.bar) {
            (Event::Progress(got, total), Some(bar)) => {
                if let Some(total) = total {
                    bar.set_length(*total);
                }
                bar.set_position(*got);
            }
            (Event::Progress(got, total), None) => {
                if Instant::now() >= self.next_line {
                    let of = total.map_or(String::new(), |total| format!(" of {:.1}", total as f64 / 1e6));
                    eprintln!("{}: {:.1}{of} MB", self.name, *got as f64 / 1e6);
                    self.next_line = Instant::now() + Self::PAUSE;
                }
            }
            (Event::Note(note), Some(bar)) => bar.suspend(|| eprintln!("{}: {note}", self.name)),
            (Event::Note(note), None) => eprintln!("{}: {note}", self.name),
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
