//! Each operation of the layers against a large matrix product of the same call.

mod cases;

use crate::{
    args::OpsArgs,
    results::{self, Line, OpsBench, Origin},
    sgemm,
};
use anyhow::{Context, Result, bail};
use cases::{Case, Work};
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write,
    io::{Write as _, stdout},
    os::unix::process::CommandExt,
    process::Command,
    time::{Duration, Instant},
};

/// How long each operation runs in a round.
const TURN: Duration = Duration::from_millis(30);

/// The fastest run of one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpReport {
    pub op: String,
    /// Forward, or forward and backward.
    pub pass: String,
    /// E.g. `B 16 T 42 E 128 H 64`.
    pub size: String,
    pub threads: usize,
    pub fastest_s: f64,
    /// Of its matrix products: a multiplication and an addition are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flop: Option<u64>,
    /// Of an operation without a matrix product: the numbers that are looked up, or those of the table that a step
    /// updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gflops: Option<f64>,
    /// The rate of a large f32 matrix product, the fastest of all rounds of the same call.
    pub sgemm_gflops: f64,
    /// `gflops` / `sgemm_gflops`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_sgemm: Option<f64>,
}

impl OpReport {
    fn new(case: &Case, threads: usize, fastest: Duration, sgemm_gflops: f64) -> Self {
        let fastest_s = fastest.as_secs_f64();
        let (flop, numbers) = match case.work {
            Work::Flop(flop) => (Some(flop), None),
            Work::Numbers(numbers) => (None, Some(numbers)),
        };
        let gflops = flop.map(|flop| flop as f64 / fastest_s / 1e9);
        Self {
            op: case.op.to_string(),
            pass: case.pass.to_string(),
            size: case.size.clone(),
            threads,
            fastest_s,
            flop,
            numbers,
            gflops,
            sgemm_gflops,
            of_sgemm: gflops.map(|gflops| gflops / sgemm_gflops),
        }
    }
}

/// Measures, prints and saves.
pub fn measure(args: &OpsArgs) -> Result<()> {
    let threads = match args.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism()?.get(),
    };
    with_threads(threads)?;
    let chosen = |case: &Case| args.ops.is_empty() || args.ops.iter().any(|op| case.op == op);
    let mut cases = cases::all(threads)?;
    if let Some(unknown) = args.ops.iter().find(|op| cases.iter().all(|case| case.op != **op)) {
        let mut names: Vec<&str> = cases.iter().map(|case| case.op).collect();
        names.dedup();
        bail!("there is no operation {unknown:?}; there are {}.", names.join(", "));
    }
    cases.retain(chosen);

    let reports = alternate(&mut cases, threads, args.rounds)?;
    let lines = Line::all(OpsBench::Ops, &Origin::now(), &reports);
    if let Some(file) = &args.save {
        results::append(file, &lines)?;
    }
    if args.json { results::print(&lines) } else { Ok(write!(stdout(), "{}", table(&reports))?) }
}

/// The number of threads is set by the environment, so a program without it starts itself again with it. candle
/// has none of its own, as in a notebook.
fn with_threads(threads: usize) -> Result<()> {
    let wanted = [("RAYON_NUM_THREADS", threads.to_string()), ("CANDLE_NUM_THREADS", "1".to_string())];
    if wanted.iter().all(|(name, value)| std::env::var(name).as_ref() == Ok(value)) {
        return Ok(());
    }
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let error = Command::new(program).args(std::env::args_os().skip(1)).envs(wanted).exec();
    Err(error).context("cannot start again with another number of threads")
}

/// Rounds of a large matrix product and a moment of each operation, so that noise of the machine affects all alike.
fn alternate(cases: &mut [Case], threads: usize, rounds: usize) -> Result<Vec<OpReport>> {
    let mut sgemm_gflops = 0f64;
    let mut fastest = vec![Duration::MAX; cases.len()];
    for _ in 0..rounds {
        sgemm_gflops = sgemm_gflops.max(sgemm::gflops(threads));
        for (case, fastest) in cases.iter_mut().zip(&mut fastest) {
            let began = Instant::now();
            while began.elapsed() < TURN {
                *fastest = (*fastest).min((case.run)()?);
            }
        }
    }
    let report = |(case, fastest): (&Case, Duration)| OpReport::new(case, threads, fastest, sgemm_gflops);
    Ok(cases.iter().zip(fastest).map(report).collect())
}

/// The table of one call.
pub fn table(reports: &[OpReport]) -> String {
    let mut text = String::new();
    if let Some(report) = reports.first() {
        let _ = writeln!(
            text,
            "sgemm of 1024 × 1024, threads: {}, in the same call: {:.1} GFLOP/s.\n",
            report.threads, report.sgemm_gflops
        );
    }
    text += "| operation | pass | size | fastest | rate | of sgemm |\n| --- | --- | --- | --- | --- | --- |\n";
    for report in reports {
        let rate = match (report.gflops, report.numbers) {
            (Some(gflops), _) => format!("{gflops:.1} GFLOP/s"),
            (None, Some(numbers)) => format!("{:.0} million numbers/s", numbers as f64 / report.fastest_s / 1e6),
            (None, None) => String::new(),
        };
        let share = report.of_sgemm.map_or(String::new(), |share| format!("{:.0} %", 100.0 * share));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} µs | {rate} | {share} |",
            report.op,
            report.pass,
            report.size,
            report.fastest_s * 1e6
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_runs_and_has_a_rate() -> Result<()> {
        for mut case in cases::all(1)? {
            let took = (case.run)()?;
            let report = OpReport::new(&case, 1, took, 50.0);
            assert!(report.gflops.is_some() != report.numbers.is_some(), "{report:?}");
        }
        Ok(())
    }

    #[test]
    fn an_lstm_does_a_product_for_w_ih_and_one_for_w_hh() -> Result<()> {
        let cases = cases::all(1)?;
        let flop = |pass| {
            cases.iter().find_map(|case| {
                let this = (case.op, case.pass, &*case.size);
                (this == ("lstm", pass, "B 16 T 42 E 128 H 64")).then_some(case.work)
            })
        };
        let forward = 2 * 16 * 42 * (4 * 64) * (128 + 64);
        assert_eq!(flop("forward"), Some(Work::Flop(forward)));
        assert_eq!(flop("forward and backward"), Some(Work::Flop(3 * forward)));
        Ok(())
    }

    #[test]
    fn the_table_gives_the_share_of_sgemm() {
        let case = |op, work| Case {
            op,
            pass: "forward",
            size: "H 4".to_string(),
            work,
            run: Box::new(|| Ok(Duration::ZERO)),
        };
        let report = |case: Case| OpReport::new(&case, 2, Duration::from_micros(250), 80.0);
        let text =
            table(&[report(case("lstm", Work::Flop(10_000_000))), report(case("embedding", Work::Numbers(500_000)))]);
        assert!(text.starts_with("sgemm of 1024 × 1024, threads: 2, in the same call: 80.0 GFLOP/s."), "{text}");
        assert!(text.contains("| lstm | forward | H 4 | 250.0 µs | 40.0 GFLOP/s | 50 % |"), "{text}");
        assert!(text.contains("| embedding | forward | H 4 | 250.0 µs | 2000 million numbers/s |  |"), "{text}");
    }
}
