"""Presses stop at random moments of a training in the real kernel: every variable must stay, and a stop take 1 s.

usage: interrupts.py [STOPS]   (default: 20; with the Python environment that set-up made)
A stop may come while the cell is compiled; then that cell does not run. Prints each stop, then a summary. Fails if a
variable is lost, or if the median of the stops in training is above 1 s. (A few may be: a machine is busy now and then.
The unit tests time nothing.)
"""

import random
import statistics
import sys
import time

from session import Session, repository
from test_kernel import DEP

CELLS = [
    DEP,
    """#[derive(Module)]
struct Tiny { embedding: Embedding, rnn: SimpleRnn, linear: Linear }
impl Model for Tiny {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        self.linear.forward(&self.rnn.forward(&self.embedding.forward(&batch.input)?, None)?.h_n)
    }
}""",
    "let mut init = Init::keras(1, &Device::Cpu);",
    """let tiny = Tiny {
    embedding: Embedding::new(60, 8, &mut init)?,
    rnn: SimpleRnn::new(8, 16, &mut init)?,
    linear: Linear::new(16, 2, &mut init)?,
};""",
    "let ids: Vec<Vec<u32>> = (0..2000u32).map(|i| vec![2 + i % 50, 2 + i % 7, 2 + i % 11]).collect();",
    "let labels: Vec<u32> = (0..2000).map(|i| i % 2).collect();",
    "let loader = DataLoader::new(ids.clone(), labels.clone(), BatchConfig::default(), &Device::Cpu)?;",
    "let mut trainer = Trainer::new(TrainerConfig { epochs: 100_000, progress: false, ..Default::default() })?;",
    'let words = vec![String::from("cat"), String::from("dog")];',
    "let tensor = Tensor::arange(0f32, 6., &Device::Cpu)?;",
    "let number = 41;",
]
# Every variable above, in one value.
ALIVE = """let fresh = Linear::new(2, 2, &mut init)?;
println!(
    "{:?} {}",
    (tiny.parameters().len(), ids.len(), labels.len(), loader.rows(), words.join(" "),
     tensor.sum_all()?.to_scalar::<f32>()?, number),
    trainer.history().steps.len()
);"""
EXPECTED = '(6, 2000, 2000, 2000, "cat dog", 15.0, 41)'

# A stop during a training gives the cell back within this many seconds.
PROMPT = 1.0


def main():
    stops = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    moment, steps, in_training = random.Random(1), 0, []
    with Session(repository() / "notebooks") as session:
        for code in CELLS:
            cell = session.run(code)
            if cell.error or cell.stderr:
                sys.exit(f"{code}\n{cell.error or cell.stderr}")
        for number in range(1, stops + 1):
            message = session.send("trainer.fit(&tiny, &loader, None)?;")
            after = moment.uniform(0.0, 4.0)
            time.sleep(after)
            pressed = time.perf_counter()
            session.stop()
            returned = session.wait(message, timeout=60).ended - pressed
            shown = session.run(ALIVE)
            variables, _, count = shown.stdout.strip().rpartition(" ")
            if shown.error or variables != EXPECTED or int(count) < steps:
                printed = f"{shown.stdout}{shown.stderr}{shown.error or ''}"
                sys.exit(f"stop {number} after {after:.2f} s lost a variable: {printed}")
            while_training = int(count) > steps
            steps = int(count)
            if while_training:
                in_training.append(returned)
            phase = "training" if while_training else "compilation"
            place = f"stop {number} after {after:.2f} s, in {phase}"
            print(f"{place}: back after {returned:.2f} s, {steps} steps", flush=True)
    late = sum(seconds > PROMPT for seconds in in_training)
    print(f"{stops} stops, {len(in_training)} of them in training, 0 variables lost")
    print("back from training after", ", ".join(f"{seconds:.2f}" for seconds in sorted(in_training)), "s")
    if 2 * len(in_training) < stops:
        sys.exit("fewer than half of the stops came in training: nothing shown")
    median = statistics.median(in_training)
    print(f"median {median:.2f} s; {late} of {len(in_training)} took over {PROMPT:.0f} s")
    if median > PROMPT:
        sys.exit(f"a stop takes {median:.2f} s: a training must end within {PROMPT:.0f} s")


if __name__ == "__main__":
    main()
