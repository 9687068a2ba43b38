//! What is shown of a program that set-up runs.
//!
//! On a terminal each program is a line that moves: time so far, and how far it is. Elsewhere it is a plain line at the
//! start, one every 20 seconds, and one at the end.

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::pace::{self, Count, Pace};

/// How often a line is printed where no line can be rewritten.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// How often the time left is estimated again on a terminal.
const LOOK: Duration = Duration::from_secs(1);

/// Two programs run side by side, so the lines that move are kept together.
static LINES: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// One program's line on the terminal, or its few plain lines elsewhere.
pub struct ProgressLine {
    title: String,
    started: Instant,
    next_look: Instant,
    bar: Option<ProgressBar>,
    pace: Option<Pace>,
    /// How far it is: cargo's count, or the last line that the program printed.
    count: Option<Count>,
    last: String,
}

impl ProgressLine {
    /// `pace` of a program that counts what it compiles, if it is known.
    pub fn start(title: &str, pace: Option<Pace>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed:>4}  {wide_msg:.dim}");
            let bar = LINES.add(ProgressBar::new_spinner());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.set_prefix(title.to_string());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("{title} …");
        }
        let started = Instant::now();
        let mut line =
            Self { title: title.into(), started, next_look: started, bar, pace, count: None, last: String::new() };
        line.plan();
        line
    }

    /// When [`ProgressLine::look`] wants to be called.
    pub fn next_look(&self) -> Instant {
        self.next_look
    }

    /// Shows the state when nothing was printed for a while.
    pub fn look(&mut self) {
        self.plan();
        let text = self.text(self.started.elapsed());
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None => eprintln!("{} … {} s: {text}", self.title, self.started.elapsed().as_secs()),
        }
    }

    /// Takes a line that the program printed. Says whether it was no more than a bar of progress.
    pub fn take(&mut self, line: &str) -> bool {
        self.take_after(self.started.elapsed(), line)
    }

    fn take_after(&mut self, elapsed: Duration, line: &str) -> bool {
        let count = Count::read(line);
        let is_bar = count.is_some();
        match count {
            Some(count) => self.count = Some(count),
            None => self.last = line.trim().into(),
        }
        let text = self.text(elapsed); // the pace is to see each count
        if let Some(bar) = &self.bar {
            bar.set_message(text);
        }
        is_bar
    }

    pub fn end(&self, outcome: &str) {
        let text = format!("{} {outcome} after {:.0} s", self.title, self.started.elapsed().as_secs_f64());
        match &self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                LINES.suspend(|| eprintln!("{text}"));
            }
            None => eprintln!("{text}"),
        }
    }

    fn plan(&mut self) {
        self.next_look += if self.bar.is_some() { LOOK } else { HEARTBEAT };
    }

    fn text(&mut self, elapsed: Duration) -> String {
        let Some(count) = &self.count else { return self.last.clone() };
        let left = self.pace.as_mut().and_then(|pace| pace.left(count, elapsed));
        let left = left.map(|left| format!(", {}", pace::in_words(left)));
        let at_work = if count.at_work.is_empty() { String::new() } else { format!(" ({})", count.at_work) };
        format!("{} of {} packages{}{at_work}", count.done, count.all, left.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::TimeShares;

    const EVEN: TimeShares = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

    #[test]
    fn a_compilation_shows_its_packages_and_the_time_left() {
        let mut line = ProgressLine::start("Kernel", Some(Pace::new(&EVEN)));
        let mut shown = |seconds, printed: &str| {
            let is_bar = line.take_after(Duration::from_secs(seconds), printed);
            (is_bar, line.text(Duration::from_secs(seconds)))
        };
        assert_eq!(shown(0, "   Compiling syn v3"), (false, "Compiling syn v3".into()));
        assert_eq!(shown(0, "    Building [>   ] 0/100: syn"), (true, "0 of 100 packages (syn)".into()));
        assert_eq!(
            shown(120, "    Building [==>  ] 50/100: polars, candle..."),
            (true, "50 of 100 packages, about 2 min left (polars, candle)".into())
        );
        assert!(shown(121, "   Compiling polars v0.55").1.starts_with("50 of 100"), "the bar says more");
    }

    #[test]
    fn another_program_shows_its_last_line() {
        let mut line = ProgressLine::start("Packages", None);
        assert!(!line.take("  Installing jupyterlab"));
        assert_eq!(line.text(Duration::from_secs(5)), "Installing jupyterlab");
        assert!(line.take("    Building [==>  ] 9/12: syn"));
        assert_eq!(line.text(Duration::from_secs(500)), "9 of 12 packages (syn)", "of no known pace");
    }
}
