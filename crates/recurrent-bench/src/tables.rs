//! Markdown tables of reports.

use crate::{
    ops::{self, OpReport},
    ratio::Epochs,
    report::{Report, mean_and_deviation},
    results::{Bench, Entry, Line},
};
use std::fmt::Write;

/// The tables of all results, each under the command that measured it. Of two measurements of the same the later one
/// is shown.
pub fn all(entries: &[Entry]) -> String {
    let (mut reports, mut ops) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Report(line) => reports.push(&**line),
            Entry::Op(line) => ops.push(&**line),
            Entry::Ratio(_) => {} // the tables compute it
        }
    }
    let same_run = |report: &Report| {
        (
            report.model,
            report.peer.clone(),
            report.rows,
            report.threads,
            (report.batch, report.device.clone()),
            report.steps,
            report.seed,
        )
    };
    let same_op = |op: &OpReport| {
        let OpReport { op, pass, size, threads, .. } = op;
        (op.clone(), pass.clone(), size.clone(), *threads)
    };
    by_command(&latest(&reports, same_run), table) + &by_command(&latest(&ops, same_op), |_, ops| ops::table(ops))
}

fn by_command<T: Clone, B: Copy + PartialEq>(lines: &[&Line<T, B>], table: impl Fn(B, &[T]) -> String) -> String {
    let mut text = String::new();
    for (position, line) in lines.iter().enumerate() {
        let same = |other: &&&Line<T, B>| other.bench == line.bench && other.origin == line.origin;
        if lines[..position].iter().any(|other| same(&other)) {
            continue;
        }
        let reports: Vec<T> = lines.iter().filter(same).map(|line| line.report.clone()).collect();
        let _ = writeln!(text, "`{}` on {}, {}:\n", line.origin.command, line.origin.processor, line.origin.date);
        text += &table(line.bench, &reports);
        text.push('\n');
    }
    text
}

/// The table of one call.
pub fn table(bench: Bench, reports: &[Report]) -> String {
    match bench {
        Bench::Lesson => lesson(reports),
        Bench::Scaling => scaling(reports),
        Bench::Threads => threads(reports),
        Bench::Accuracy => accuracy(reports),
    }
}

/// Without the lines that a later call has measured again.
fn latest<'a, T, B: Copy + PartialEq, K: PartialEq>(
    lines: &[&'a Line<T, B>],
    what: impl Fn(&T) -> K,
) -> Vec<&'a Line<T, B>> {
    let key = |line: &Line<T, B>| (line.bench, what(&line.report));
    let again = |position: usize| {
        lines[position + 1..]
            .iter()
            .any(|later| key(later) == key(lines[position]) && later.origin != lines[position].origin)
    };
    (0..lines.len()).filter(|&position| !again(position)).map(|position| lines[position]).collect()
}

/// Those that trained the same model in the same batches on the same device.
fn models(reports: &[Report]) -> Vec<Vec<&Report>> {
    let mut groups: Vec<Vec<&Report>> = Vec::new();
    for report in reports {
        match groups.iter_mut().find(|group| group[0].name() == report.name()) {
            Some(group) => group.push(report),
            None => groups.push(vec![report]),
        }
    }
    groups
}

fn lesson(reports: &[Report]) -> String {
    let mut text = String::from(
        "| model | library | first epoch | fastest | median | rows/s | accuracy after each epoch \
         | peak memory (the library alone) |",
    );
    let ours: Vec<&str> = reports.iter().filter(|report| report.is_ours()).map(|report| report.peer.as_str()).fold(
        Vec::new(),
        |mut names, name| {
            if !names.contains(&name) {
                names.push(name);
            }
            names
        },
    );
    let with_peers = reports.iter().any(|report| !report.is_ours());
    if with_peers {
        ours.iter().for_each(|name| text += &format!(" ÷ {name}, fastest (median) |"));
    }
    text += "\n|";
    text += &" --- |".repeat(8 + if with_peers { ours.len() } else { 0 });
    text.push('\n');
    for group in models(reports) {
        for report in &group {
            let accuracy: Vec<String> = report.val_acc.iter().map(|accuracy| format!("{accuracy:.3}")).collect();
            let _ = write!(
                text,
                "| {} | {} | {} | {} | {} | {:.0} | {} | {:.0} ({:.0}) MB |",
                report.name(),
                report.peer,
                seconds(report.epoch_s.first().copied().unwrap_or(f64::NAN)),
                seconds(report.fastest()),
                seconds(report.median()),
                report.rows_per_s,
                accuracy.join(", "),
                report.peak_rss_mb,
                report.start_rss_mb
            );
            for name in ours.iter().filter(|_| with_peers) {
                match group.iter().find(|other| other.peer == *name) {
                    Some(other) => {
                        let ratio = Epochs::of(report, other);
                        let _ = write!(text, " {:.1} ({:.1}) |", ratio.fastest, ratio.median);
                    }
                    None => text += " |",
                }
            }
            text.push('\n');
        }
    }
    for group in models(reports) {
        for report in group.iter().filter(|report| report.is_ours()) {
            text += &best_peer(report, &group);
            text += &arithmetic(report);
        }
    }
    text
}

/// How many times faster than the fastest other library.
fn best_peer(ours: &Report, group: &[&Report]) -> String {
    let others = || group.iter().filter(|report| !report.is_ours());
    let by_fastest = others().min_by(|a, b| a.fastest().total_cmp(&b.fastest()));
    let by_median = others().min_by(|a, b| a.median().total_cmp(&b.median()));
    match (by_fastest, by_median) {
        (Some(fastest), Some(median)) => format!(
            "\n{}, {}: {:.1} times the best peer by the fastest epochs ({}), {:.1} times by the medians ({}).",
            ours.name(),
            ours.peer,
            fastest.fastest() / ours.fastest(),
            fastest.peer,
            median.median() / ours.median(),
            median.peer
        ),
        _ => String::new(),
    }
}

/// GFLOP/s of the fastest epoch, with how it is found, against the matrix product of the same call.
fn arithmetic(report: &Report) -> String {
    let (Some(tokens), Some(sgemm)) = (report.tokens, report.sgemm_gflops) else {
        return String::new();
    };
    let flop = report.model.spec().flop_per_token();
    let gflop = (flop * tokens) as f64 / 1e9;
    let rate = gflop / report.fastest();
    format!(
        "\n{}, {}: {flop} flop per token × {tokens} tokens = {gflop:.1} GFLOP; \
         / {} = {rate:.1} GFLOP/s, {:.0} % of sgemm's {sgemm:.0} GFLOP/s.\n",
        report.name(),
        report.peer,
        seconds(report.fastest()),
        100.0 * rate / sgemm
    )
}

fn scaling(reports: &[Report]) -> String {
    let mut text = String::from(
        "| model | library | rows | T | tokens | epoch, fastest | per token | peak memory | memory after each epoch |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for report in reports {
        let tokens = report.tokens.unwrap_or_default();
        let memory: Vec<String> = report.rss_mb.iter().map(|mb| format!("{mb:.0}")).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {tokens} | {} | {:.2} µs | {:.0} MB | {} MB |",
            report.name(),
            report.peer,
            report.rows,
            report.steps.map_or("AG News".to_string(), |steps| steps.to_string()),
            seconds(report.fastest()),
            report.fastest() / tokens as f64 * 1e6,
            report.peak_rss_mb,
            memory.join(", ")
        );
    }
    text
}

fn threads(reports: &[Report]) -> String {
    let mut text = String::from(
        "| model | library | threads | epoch, fastest | median | against 1 thread, fastest (median) |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for group in models(reports) {
        for report in &group {
            let one = group.iter().find(|other| other.peer == report.peer && other.threads == 1);
            let ratio = one.map_or(String::new(), |one| {
                format!("{:.2} ({:.2})", one.fastest() / report.fastest(), one.median() / report.median())
            });
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {ratio} |",
                report.name(),
                report.peer,
                report.threads,
                seconds(report.fastest()),
                seconds(report.median())
            );
        }
    }
    text
}

/// Mean ± sample standard deviation over the seeds after each epoch.
fn accuracy(reports: &[Report]) -> String {
    let epochs = reports.iter().map(|report| report.val_acc.len()).max().unwrap_or(0);
    let mut text = String::from("| model | library | seeds |");
    (1..=epochs).for_each(|epoch| text += &format!(" after {epoch} |"));
    text += "\n|";
    text += &" --- |".repeat(3 + epochs);
    text.push('\n');
    for group in models(reports) {
        let mut peers: Vec<&str> = Vec::new();
        for report in &group {
            if !peers.contains(&report.peer.as_str()) {
                peers.push(&report.peer);
            }
        }
        for peer in &peers {
            let runs: Vec<&&Report> = group.iter().filter(|report| report.peer == *peer).collect();
            let _ = write!(text, "| {} | {peer} | {} |", group[0].model.name(), runs.len());
            for epoch in 0..epochs {
                let numbers: Vec<f64> = runs.iter().filter_map(|report| report.val_acc.get(epoch).copied()).collect();
                let (mean, deviation) = mean_and_deviation(&numbers);
                let _ = write!(text, " {mean:.4} ± {deviation:.4} |");
            }
            text.push('\n');
        }
        text += &against_keras(&group, &peers, epochs);
    }
    text
}

/// The difference of two means in standard errors of that difference.
fn against_keras(group: &[&Report], peers: &[&str], epochs: usize) -> String {
    let numbers = |peer: &str, epoch: usize| -> Vec<f64> {
        group
            .iter()
            .filter(|report| report.peer == peer)
            .filter_map(|report| report.val_acc.get(epoch).copied())
            .collect()
    };
    let mut text = String::new();
    let Some(keras) = peers.iter().find(|peer| peer.starts_with("keras")) else {
        return text;
    };
    for ours in peers.iter().filter(|peer| peer.starts_with("recurrent ")) {
        for epoch in 0..epochs {
            let (a, b) = (numbers(ours, epoch), numbers(keras, epoch));
            let ((mean_a, deviation_a), (mean_b, deviation_b)) = (mean_and_deviation(&a), mean_and_deviation(&b));
            let error = (deviation_a.powi(2) / a.len() as f64 + deviation_b.powi(2) / b.len() as f64).sqrt();
            let _ = writeln!(
                text,
                "| {} | {ours} − Keras, after {} | | {:+.4} = {:+.1} standard errors |",
                group[0].model.name(),
                epoch + 1,
                mean_a - mean_b,
                (mean_a - mean_b) / error
            );
        }
    }
    text
}

fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.3} s") } else { format!("{seconds:.1} s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::example, results::Origin};

    #[test]
    fn ours_is_compared_with_the_fastest_other() {
        let reports = [
            example("recurrent 0.1.0", &[2.0, 2.5, 4.0]),
            example("keras 3", &[8.0, 9.0, 10.0]),
            example("torch 2", &[6.0, 12.0, 20.0]),
        ];
        let text = table(Bench::Lesson, &reports);
        assert!(
            text.contains("| keras 3 | 8.000 s | 8.000 s | 9.000 s | 1 | 0.500 | 20 (10) MB | 4.0 (3.6) |"),
            "{text}"
        );
        let best = "3.0 times the best peer by the fastest epochs (torch 2), 3.6 times by the medians (keras 3).";
        assert!(text.contains(best), "{text}");
        // 1,179,648 flop per token, 10^6 tokens, 2 s
        assert!(text.contains("= 1179.6 GFLOP; / 2.000 s = 589.8 GFLOP/s, 59 % of sgemm's 1000 GFLOP/s."), "{text}");
    }

    #[test]
    fn a_later_measurement_replaces_an_earlier_one() {
        let line = |date: &str, seconds: f64| Line {
            bench: Bench::Threads,
            origin: Origin {
                date: date.to_string(),
                processor: "p".to_string(),
                driver: None,
                command: "c".to_string(),
            },
            report: example("recurrent 0.1.0", &[seconds]),
        };
        let lines = [line("2026-01-01", 5.0), line("2026-01-02", 3.0)];
        let text = all(&lines.map(|line| Entry::Report(Box::new(line))));
        assert!(text.contains("3.000 s") && !text.contains("5.000 s"), "{text}");
    }

    #[test]
    fn a_difference_is_given_in_standard_errors() {
        let with = |peer: &str, accuracy: f64| Report { val_acc: vec![accuracy], ..example(peer, &[1.0]) };
        let reports =
            [with("recurrent 0.1.0", 0.7), with("recurrent 0.1.0", 0.9), with("keras 3", 0.5), with("keras 3", 0.7)];
        let text = table(Bench::Accuracy, &reports);
        assert!(text.contains("| recurrent 0.1.0 | 2 | 0.8000 ± 0.1414 |"), "{text}");
        assert!(text.contains("+0.2000 = +1.4 standard errors"), "{text}");
    }
}
