//! What the moving figure of a training costs: the model of page 02, trained without progress, with lines, and with the
//! figure, in turns.
//!
//! ```sh
//! cargo run --release --example live_times
//! ```

use recurrent::{
    plot::{CurvePoint, ProgressBar, ProgressCurves, TrainingRun, WorkProgress, work_progress},
    prelude::*,
};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

const ROWS: usize = 12_000;
const EPOCHS: usize = 10;
const ROUNDS: usize = 7;
const MARK: &str = "RECURRENT_DISPLAY_MARK";

#[derive(Module)]
struct NewsRnn {
    embedding: Embedding,
    rnn: SimpleRnn,
    linear: Linear,
}

impl Model for NewsRnn {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.rnn.forward(&x, None)?.h_n)
    }
}

/// Trains on made-up titles, ten words each, as frequent as words are.
fn train(progress: bool) -> Result<(), Error> {
    let device = Device::Cpu;
    let mut state = 1u64;
    let mut word = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        19_998f64.powf((state >> 11) as f64 / (1u64 << 53) as f64) as u32 + 1
    };
    let ids: Vec<Vec<u32>> = (0..ROWS).map(|_| (0..10).map(|_| word()).collect()).collect();
    let labels = ids.iter().map(|ids| ids[0] % 4).collect();
    let batching = BatchConfig { batch_size: 16, shuffle: Some(1), ..Default::default() };
    let rows = DataLoader::new(ids, labels, batching, &device)?;
    let mut init = Init::keras(0, &device);
    let model = NewsRnn {
        embedding: Embedding::new(20_000, 64, &mut init)?,
        rnn: SimpleRnn::new(64, 16, &mut init)?,
        linear: Linear::new(16, 4, &mut init)?,
    };
    let mut trainer = Trainer::new(TrainerConfig { epochs: EPOCHS, progress, ..Default::default() })?;
    let began = Instant::now();
    trainer.fit(&model, &rows, None)?;
    println!("seconds {}", began.elapsed().as_secs_f64());
    if !progress {
        println!("drawing {}", drawing(trainer.history())?);
    }
    Ok(())
}

/// The milliseconds for one figure of this history.
fn drawing(history: &History) -> Result<f64, Error> {
    let steps = history.steps.iter();
    let points = steps.map(|step| CurvePoint { step: step.step as f64, loss: step.loss, accuracy: step.accuracy() });
    let run = TrainingRun { name: "training steps".into(), steps: points.collect(), ..Default::default() };
    let bar = ProgressBar { name: "all epochs".into(), share: 0.5, note: "0:04 left".into() };
    let now = WorkProgress {
        title: "Training: epoch 5 of 10".into(),
        notes: vec!["epoch 5: loss 0.1234 · accuracy 0.9876".into(), "12,345 rows/s · gradient norm 0.1234".into()],
        bars: vec![bar.clone(), bar],
        curves: ProgressCurves::Training { run, errors: None },
    };
    let times = (0..101).map(|_| {
        let began = Instant::now();
        let figure = work_progress(&now)?;
        let seconds = began.elapsed().as_secs_f64();
        assert!(!figure.svg().is_empty());
        Ok(1000.0 * seconds)
    });
    Ok(median(times.collect::<Result<_, Error>>()?))
}

/// The seconds of a training in a process of its own, its other lines, and the bytes of them.
fn run(argument: &str, mark: Option<&str>, drawing: &mut f64) -> std::io::Result<(f64, usize, usize)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(argument).stdout(Stdio::piped()).env_remove(MARK);
    if let Some(mark) = mark {
        command.env(MARK, mark);
    }
    let mut child = command.spawn()?;
    let (mut seconds, mut lines, mut bytes) = (0.0, 0, 0);
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("seconds", found)) => seconds = found.parse().expect("a number"),
            Some(("drawing", found)) => *drawing = found.parse().expect("a number"),
            _ => (lines, bytes) = (lines + 1, bytes + line.len()),
        }
    }
    child.wait()?;
    Ok((seconds, lines, bytes))
}

fn least(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(argument) = std::env::args().nth(1) {
        return Ok(train(argument == "told")?);
    }
    let ways =
        [("without progress", "quiet", None), ("with lines", "told", None), ("with the figure", "told", Some("m"))];
    let mut seconds = [const { Vec::new() }; 3];
    let (mut last, mut drawing) = ([(0.0, 0, 0); 3], 0.0);
    // In turns, so that a busy moment of the machine meets all of them.
    for _ in 0..ROUNDS {
        for (way, (_, argument, mark)) in ways.iter().enumerate() {
            last[way] = run(argument, *mark, &mut drawing)?;
            seconds[way].push(last[way].0);
        }
    }
    let without = least(&seconds[0]);
    for (way, (name, ..)) in ways.iter().enumerate() {
        let (best, (_, lines, bytes)) = (least(&seconds[way]), last[way]);
        let more = 100.0 * (best / without - 1.0);
        let typical = median(seconds[way].clone());
        println!("{name:<17} {best:.3} s {more:+.1} %, median {typical:.3} s  {lines} lines, {bytes} bytes");
    }
    println!("the least and the median of {ROUNDS}; one figure takes {drawing:.2} ms to draw");
    Ok(())
}
