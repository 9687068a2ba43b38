//! Which processes are measured alternately, in each kind of measurement.

use crate::{
    args::MeasureArgs,
    data,
    peer_process::PeerProcess,
    peers::{Peer, Setting},
    process, ratio,
    report::Report,
    results::{self, Bench, Line, Origin},
    sgemm,
    spec::ModelName,
    tables,
};
use anyhow::{Error, Result, anyhow, bail};
use clap::ValueEnum;
use recurrent_nn::device;
use std::{
    io::{Write, stderr, stdout},
    path::PathBuf,
    thread::ScopedJoinHandle,
};

/// Tokens of each measurement against the number of steps.
const SCALING_TOKENS: usize = 1 << 16;
const SCALING_STEPS: [usize; 7] = [16, 32, 64, 128, 256, 512, 1024];
/// With T = 64.
const SCALING_LAYERS: [usize; 4] = [1, 2, 4, 8];
const SCALING_BATCHES: [usize; 4] = [16, 32, 64, 128];

/// Measures, prints and saves.
pub fn measure(bench: Bench, args: &MeasureArgs) -> Result<()> {
    device::parse(&args.device)?; // reported once, not by each process
    let driver = (args.device != "cpu").then(process::nvidia_driver).flatten();
    let origin = Origin { driver, ..Origin::now() };
    let mut reports = Vec::new();
    for turn in turns(bench, args)? {
        let done = alternate(&turn, args.epochs)?;
        let lines = Line::all(bench, &origin, &done);
        // Saved first: printing ends the program where nobody reads any more.
        if let Some(file) = &args.save {
            results::append(file, &lines)?;
        }
        if args.json {
            results::print(&lines)?;
        }
        if args.json && bench == Bench::Lesson {
            results::print(&Line::all(bench, &origin, &ratio::ratios(&done)))?;
        }
        reports.extend(done);
    }
    if reports.is_empty() {
        bail!("no library could be measured.");
    }
    if !args.json {
        write!(stdout(), "{}", tables::table(bench, &reports))?;
    }
    Ok(())
}

/// The libraries that train one model alternately.
type Alternating = Vec<(Peer, Setting)>;

fn turns(bench: Bench, args: &MeasureArgs) -> Result<Vec<Alternating>> {
    let models = match (&args.models[..], bench) {
        ([], Bench::Scaling | Bench::Threads) => vec![ModelName::Bilstm2],
        ([], _) => ModelName::value_variants().to_vec(),
        (models, _) => models.to_vec(),
    };
    let peers = match (&args.peers, bench) {
        (Some(list), _) if list.is_empty() => {
            let others = match &*args.device {
                "cpu" => &Peer::OTHERS[..],
                _ => &Peer::OTHERS_ON_CUDA[..],
            };
            [&[Peer::Recurrent, Peer::RecurrentLazy], others].concat()
        }
        (Some(list), _) => list.clone(),
        (None, Bench::Accuracy) => vec![Peer::Recurrent, Peer::RecurrentLazy, Peer::Keras],
        (None, _) => vec![Peer::Recurrent],
    };
    let data = data::folder(args.data.clone())?;
    let cores = std::thread::available_parallelism()?.get();
    let setting = |(model, batch): (ModelName, usize)| Setting {
        model,
        data: data.clone(),
        rows: args.rows,
        valid_rows: args.valid_rows.or(matches!(bench, Bench::Scaling | Bench::Threads).then_some(0)),
        steps: None,
        layers: None,
        threads: args.threads.unwrap_or(cores),
        seed: args.seed,
        batch,
        device: args.device.clone(),
        init: args.init,
        python: python(args),
    };
    let everyone = |setting: Setting| -> Alternating { peers.iter().map(|&peer| (peer, setting.clone())).collect() };
    let mut turns = Vec::new();
    let in_batches = |model: ModelName| -> Vec<(ModelName, usize)> {
        match &args.batches[..] {
            [] => vec![(model, model.spec().batch)],
            batches => batches.iter().map(|&batch| (model, batch)).collect(),
        }
    };
    for setting in models.into_iter().flat_map(in_batches).map(setting) {
        match bench {
            // On a GPU all batch sizes of a model are one turn: everyone loads CUDA at once, which takes longer than
            // an epoch.
            Bench::Lesson => match turns.last_mut() {
                Some(turn) if args.device != "cpu" && is_of(turn, setting.model) => {
                    turn.extend(everyone(setting));
                }
                _ => turns.push(everyone(setting)),
            },
            Bench::Accuracy => turns.extend((0..args.seeds).map(|seed| everyone(Setting { seed, ..setting.clone() }))),
            Bench::Threads => {
                let one = everyone(Setting { threads: 1, ..setting.clone() });
                turns.push([one, everyone(setting)].concat());
            }
            Bench::Scaling => {
                let rows = setting.rows.unwrap_or(12_000);
                turns.extend(
                    [rows / 4, rows / 2, rows].map(|rows| everyone(Setting { rows: Some(rows), ..setting.clone() })),
                );
                let ours: Vec<Peer> = peers.iter().copied().filter(|peer| peer.is_ours()).collect();
                let random = |steps: usize| Setting {
                    rows: Some(SCALING_TOKENS / steps),
                    steps: Some(steps),
                    ..setting.clone()
                };
                let mut settings: Vec<Setting> = SCALING_STEPS.map(random).into();
                settings.extend(SCALING_BATCHES.map(|batch| Setting { batch, ..random(64) }));
                if setting.model == ModelName::Bilstm2 {
                    settings.extend(SCALING_LAYERS.map(|layers| Setting { layers: Some(layers), ..random(64) }));
                }
                turns.extend(
                    settings
                        .into_iter()
                        .map(|setting| -> Alternating { ours.iter().map(|&peer| (peer, setting.clone())).collect() }),
                );
            }
        }
    }
    Ok(turns)
}

fn is_of(turn: &Alternating, model: ModelName) -> bool {
    turn.first().is_some_and(|(_, setting)| setting.model == model)
}

/// Starts everyone, on a GPU at once.
fn start(turn: &[(Peer, Setting)], on_cpu: bool) -> Vec<Result<PeerProcess>> {
    let start = |(peer, setting): &(Peer, Setting)| setting.command(*peer).and_then(PeerProcess::start);
    if on_cpu {
        return turn.iter().map(start).collect();
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = turn.iter().map(|one| scope.spawn(move || start(one))).collect();
        let join = |thread: ScopedJoinHandle<Result<PeerProcess>>| match thread.join() {
            Ok(runner) => runner,
            Err(_) => Err(anyhow!("the thread that started it panicked")),
        };
        threads.into_iter().map(join).collect()
    })
}

/// Starts all, then lets them train alternately, one epoch each. A library that cannot take part is named and left out.
fn alternate(turn: &[(Peer, Setting)], epochs: usize) -> Result<Vec<Report>> {
    let on_cpu = turn.iter().all(|(_, setting)| setting.device == "cpu");
    let mut runners = Vec::new();
    for ((peer, setting), started) in turn.iter().zip(start(turn, on_cpu)) {
        match started {
            Ok(runner) => runners.push((*peer, setting.model, runner)),
            Err(error) => leave_out(*peer, setting.model, error)?,
        }
    }
    let threads = turn.iter().map(|(_, setting)| setting.threads).max().unwrap_or(1);
    let mut sgemm_gflops = 0f64;
    for epoch in 1..=epochs {
        if on_cpu {
            sgemm_gflops = sgemm_gflops.max(sgemm::gflops(threads));
        }
        let mut still = Vec::new();
        for (peer, model, mut runner) in runners {
            match runner.epoch() {
                Ok(report) => {
                    let seconds = report.epoch_s.last().copied().unwrap_or_default();
                    // Progress that nobody reads is no reason to stop.
                    let _ = writeln!(stderr(), "{}, {}, epoch {epoch}: {seconds:.3} s", report.name(), report.peer);
                    still.push((peer, model, runner));
                }
                Err(error) => leave_out(peer, model, error)?,
            }
        }
        runners = still;
    }
    let with_sgemm = |(_, _, runner): (Peer, ModelName, PeerProcess)| Report {
        sgemm_gflops: on_cpu.then_some(sgemm_gflops),
        ..runner.report.clone()
    };
    Ok(runners.into_iter().map(with_sgemm).collect())
}

/// Another library that cannot take part is named; without this project there is nothing to measure.
fn leave_out(peer: Peer, model: ModelName, error: Error) -> Result<()> {
    if peer.is_ours() {
        return Err(error.context(format!("{}, {}", peer.name(), model.name())));
    }
    let _ = writeln!(stderr(), "{} is left out of {}: {error:#}", peer.name(), model.name());
    Ok(())
}

fn python(args: &MeasureArgs) -> PathBuf {
    let environment = || std::env::var_os("RECURRENT_PYTHON").map(PathBuf::from);
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.venv/bin/python");
    args.python.clone().or_else(environment).unwrap_or_else(|| checkout.into())
}
