//! How far a compilation is, and how long it still takes at this machine's own pace.

use std::time::Duration;

/// cargo's count of what it compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub done: usize,
    pub all: usize,
    /// The packages at work, as cargo names them.
    pub at_work: String,
}

impl Count {
    /// Reads cargo's progress bar: `Building [==>  ] 12/140: syn, quote...`.
    pub fn read(line: &str) -> Option<Self> {
        let (_, after) = line.split_once("Building [")?;
        let (_, counts) = after.split_once("] ")?;
        let (counts, at_work) = counts.trim_end().split_once(": ").unwrap_or((counts.trim_end(), ""));
        let (done, all) = counts.split_once('/')?;
        let at_work = at_work.trim_end_matches("...").trim_end_matches([' ', ',']).into();
        Some(Self { done: done.trim().parse().ok()?, all: all.trim().parse().ok()?, at_work })
    }
}

/// Which share of a compilation's time is over when 0 %, 10 %, … 100 % of its packages are done: the big ones come
/// last. Each program's is measured.
pub type TimeShares = [f64; 11];

/// What was compiled by an earlier set-up is counted by cargo within this time, and is no measure of the pace.
const RECOUNTED: Duration = Duration::from_secs(2);

/// Nothing is promised before this share of the time is over.
const FIRST_PROMISE: f64 = 0.1;

/// Estimates the time left of one compilation.
#[derive(Debug)]
pub struct Pace {
    shares: &'static TimeShares,
    /// How many packages there are, and when the first one was counted.
    begun: Option<(usize, Duration)>,
    /// Over already when the compilation began.
    share_before: f64,
    /// Seconds that the whole takes, as estimated so far.
    total: Option<f64>,
}

impl Pace {
    pub fn new(shares: &'static TimeShares) -> Self {
        Self { shares, begun: None, share_before: 0.0, total: None }
    }

    /// The time left after `elapsed`; none as long as it is not known.
    ///
    /// The share of the time that is over lies between those of the packages done and of one package more. The last
    /// estimate stays as long as it agrees with that: it neither jumps at each small package nor runs out in a big one.
    pub fn left(&mut self, count: &Count, elapsed: Duration) -> Option<Duration> {
        if self.begun.is_none_or(|(all, _)| all != count.all) {
            // cargo was called again, for something else.
            *self = Self { begun: Some((count.all, elapsed)), ..Self::new(self.shares) };
        }
        let begun = self.begun.map_or(elapsed, |(_, begun)| begun);
        let share = |done: usize| self.share(done as f64 / count.all.max(1) as f64);
        let (done, next) = (share(count.done), share((count.done + 1).min(count.all)));
        let since = elapsed.saturating_sub(begun);
        if since <= RECOUNTED {
            self.share_before = done;
            return None;
        }
        let of_the_rest = |share: f64| (share - self.share_before) / (1.0 - self.share_before);
        let (done, next) = (of_the_rest(done), of_the_rest(next));
        if done.is_nan() || done < FIRST_PROMISE {
            return None;
        }
        let since = since.as_secs_f64();
        let total = self.total.unwrap_or(since / done).clamp(since / next, since / done);
        self.total = Some(total);
        Some(Duration::from_secs_f64(total - since))
    }

    /// Between the measured shares, on a line.
    fn share(&self, of_packages: f64) -> f64 {
        let position = of_packages.clamp(0.0, 1.0) * 10.0;
        let before = (position as usize).min(9);
        let (low, high) = (self.shares[before], self.shares[before + 1]);
        low + (high - low) * (position - before as f64)
    }
}

/// A time left in words that do not claim more than is known.
pub fn in_words(left: Duration) -> String {
    match left.as_secs() {
        0..10 => "nearly done".into(),
        seconds @ 10..90 => format!("about {} s left", seconds.div_ceil(10) * 10),
        seconds => format!("about {} min left", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVEN: TimeShares = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    /// The last tenth of the packages takes half of the time.
    const LATE: TimeShares = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 1.0];

    fn count(done: usize) -> Count {
        Count { done, all: 100, at_work: String::new() }
    }

    fn seconds(left: Option<Duration>) -> Option<u64> {
        left.map(|left| left.as_secs_f64().round() as u64)
    }

    #[test]
    fn cargos_bar_is_read() {
        let bar = "    Building [====>      ] 212/356: hir-ty, syn(build)...   ";
        let count = Count { done: 212, all: 356, at_work: "hir-ty, syn(build)".into() };
        assert_eq!(Count::read(bar), Some(count));
        assert_eq!(Count::read("    Building [=>  ] 3/9").map(|count| count.at_work), Some(String::new()));
        for line in ["   Compiling syn v3", "    Building [=>", "   Building [ ] many/9: a"] {
            assert_eq!(Count::read(line), None, "{line}");
        }
    }

    #[test]
    fn the_pace_is_this_machines_and_big_packages_count_for_more() {
        let after = |shares, done, elapsed| {
            let mut pace = Pace::new(shares);
            assert_eq!(pace.left(&count(0), Duration::ZERO), None);
            seconds(pace.left(&count(done), Duration::from_secs(elapsed)))
        };
        assert_eq!(after(&EVEN, 5, 10), None, "nothing is promised so early");
        assert_eq!(after(&EVEN, 50, 60), Some(60));
        assert_eq!(after(&EVEN, 50, 240), Some(240), "on a slower machine");
        assert_eq!(after(&LATE, 90, 60), Some(60));
        assert_eq!(after(&EVEN, 100, 60), Some(0));
    }

    #[test]
    fn what_an_earlier_setup_compiled_is_no_measure() {
        let mut pace = Pace::new(&EVEN);
        assert_eq!(pace.left(&count(0), Duration::ZERO), None);
        assert_eq!(pace.left(&count(80), Duration::from_secs(1)), None);
        assert_eq!(pace.left(&count(81), Duration::from_secs(50)), None);
        assert_eq!(seconds(pace.left(&count(90), Duration::from_secs(60))), Some(60));
    }

    #[test]
    fn another_call_of_cargo_begins_anew() {
        let mut pace = Pace::new(&EVEN);
        pace.left(&Count { done: 0, all: 1, at_work: String::new() }, Duration::ZERO);
        assert_eq!(pace.left(&count(0), Duration::from_secs(10)), None);
        assert_eq!(pace.left(&count(80), Duration::from_secs(11)), None);
        assert_eq!(seconds(pace.left(&count(90), Duration::from_secs(70))), Some(60));
    }

    #[test]
    fn a_big_package_makes_the_estimate_grow_and_never_ends_it() {
        let mut pace = Pace::new(&EVEN);
        pace.left(&count(0), Duration::ZERO);
        assert_eq!(seconds(pace.left(&count(90), Duration::from_secs(90))), Some(10));
        // One package for nine minutes more.
        let left = seconds(pace.left(&count(90), Duration::from_secs(630))).unwrap();
        assert!((60..70).contains(&left), "{left}");
        // The rest is as quick as ever: what was learned of the whole stays.
        let left = seconds(pace.left(&count(91), Duration::from_secs(631))).unwrap();
        assert!((60..70).contains(&left), "{left}");
    }

    #[test]
    fn words_do_not_claim_more_than_is_known() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(words(2), "nearly done");
        assert_eq!(words(31), "about 40 s left");
        assert_eq!(words(95), "about 2 min left");
        assert_eq!(words(320), "about 5 min left");
    }
}
