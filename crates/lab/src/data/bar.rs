//! How a download shows how far it is.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::download::Event;

/// A progress bar on a terminal, else a line every five seconds.
pub(super) struct Bar {
    name: &'static str,
    bar: Option<ProgressBar>,
    next_line: Instant,
}

impl Bar {
    const PAUSE: Duration = Duration::from_secs(5);

    pub(super) fn new(name: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
            let bar = ProgressBar::no_length().with_prefix(name);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { name, bar, next_line: Instant::now() + Self::PAUSE }
    }

    pub(super) fn show(&mut self, event: &Event) {
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

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
