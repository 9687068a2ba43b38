//! An exercise, and how an answer to it is judged.

use super::{
    Outcome,
    attempt::{Answer, Attempt, Failure, Function},
    value::{Value, difference, short},
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// One exercise of a page.
pub(super) struct Exercise {
    /// Page and number: "04.2".
    pub(super) id: &'static str,
    /// What is asked for, in a few words.
    pub(super) title: &'static str,
    /// At most three, each a step further.
    pub(super) hints: &'static [&'static str],
    /// Why the right answer matters.
    pub(super) why: &'static str,
    pub(super) task: Task,
}

/// What a right answer is.
pub(super) enum Task {
    /// A function, tried on random inputs.
    Code(Code),
    /// One of the answers that the page offers, each with what is said of it; nothing is said of the right one but `why`.
    Choice { right: &'static str, wrong: &'static [(&'static str, &'static str)] },
    /// A number, and the numbers that typical mistakes give.
    Number { right: f64, wrong: &'static [(f64, &'static str)] },
}

/// A function to write.
pub(super) struct Code {
    /// What a learner would have written.
    pub(super) source: &'static str,
    /// Draws the arguments of one call.
    inputs: fn(&mut ChaCha8Rng) -> Vec<Value>,
    solution: Function,
    /// Typical mistakes, each with what is said of it.
    mistakes: Vec<(Function, &'static str)>,
}

impl Code {
    /// A function whose right answer is `solution`, with this source.
    pub(super) fn new<K>(
        source: &'static str,
        solution: impl Attempt<K>,
        inputs: fn(&mut ChaCha8Rng) -> Vec<Value>,
    ) -> Self {
        Self { source, inputs, solution: function(solution), mistakes: Vec::new() }
    }

    /// An answer like `mistaken` gets `word`.
    pub(super) fn mistake<K>(mut self, word: &'static str, mistaken: impl Attempt<K>) -> Self {
        self.mistakes.push((function(mistaken), word));
        self
    }

    fn calls(&self) -> Vec<Vec<Value>> {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        (0..CALLS).map(|_| (self.inputs)(&mut rng)).collect()
    }
}

/// Random inputs on which an answer is tried.
const CALLS: usize = 8;

fn function<K>(attempt: impl Attempt<K>) -> Function {
    match attempt.into_answer() {
        Answer::Function(function) => function,
        // The catalogue gives functions only; a test tries each.
        _ => Box::new(|_| Ok(Vec::new())),
    }
}

impl Exercise {
    /// The number of its page, as it is written: "04".
    pub(super) fn page(&self) -> &'static str {
        self.id.split('.').next().unwrap_or_default()
    }

    /// Whether it is asked before a cell shows its result: "04.P2".
    pub(super) fn is_prediction(&self) -> bool {
        self.id.contains('P')
    }

    /// What it is called.
    pub(super) fn kind(&self) -> &'static str {
        if self.is_prediction() { "Prediction" } else { "Exercise" }
    }

    /// What is said of an answer.
    pub(super) fn judge(&self, answer: &Answer) -> (Outcome, String) {
        let right = || (Outcome::Right, self.why.to_owned());
        let wrong = |word: &str| (Outcome::Wrong, word.to_owned());
        match (&self.task, answer) {
            (Task::Code(code), Answer::Function(function)) => match try_out(code, function) {
                Err(Failure::Gap) => (Outcome::NotAttempted, "Replace `gap()` by your lines.".into()),
                Err(Failure::Error(text)) => (Outcome::Failed, text),
                Ok(None) => right(),
                Ok(Some(word)) => (Outcome::Wrong, word),
            },
            (Task::Choice { .. }, Answer::Choice(chosen)) if chosen.is_empty() => {
                (Outcome::NotAttempted, "Write the letter of your answer between the quotation marks.".into())
            }
            (Task::Choice { right: letter, wrong: others }, Answer::Choice(chosen)) => {
                if chosen == letter {
                    return right();
                }
                match others.iter().find(|(other, _)| chosen == other) {
                    Some((_, word)) => wrong(word),
                    None => {
                        let mut letters: Vec<&str> = others.iter().map(|(other, _)| *other).collect();
                        letters.push(letter);
                        letters.sort_unstable();
                        (Outcome::Failed, format!("{chosen:?} is none of the answers {}.", letters.join(", ")))
                    }
                }
            }
            (Task::Number { .. }, Answer::Number(number)) if number.is_nan() => {
                (Outcome::NotAttempted, "Write your number in place of f64::NAN.".into())
            }
            (Task::Number { right: expected, wrong: others }, Answer::Number(number)) => {
                // A count is exact.
                let near = |other: f64| match other.fract() == 0.0 {
                    true => *number == other,
                    false => (number - other).abs() <= 1e-3 * other.abs(),
                };
                if near(*expected) {
                    return right();
                }
                match others.iter().find(|(other, _)| near(*other)) {
                    Some((_, word)) => wrong(word),
                    None => wrong(&format!("{} is not the number.", short(*number))),
                }
            }
            (task, _) => (Outcome::Failed, format!("this exercise asks for {}.", task.name())),
        }
    }

    /// The right answer, as a learner would write it.
    pub(super) fn solution(&self) -> String {
        match &self.task {
            Task::Code(code) => code.source.trim_end().to_owned(),
            Task::Choice { right, .. } => format!("{right:?}"),
            Task::Number { right, .. } => format!("{right:?}"),
        }
    }
}

impl Task {
    fn name(&self) -> &'static str {
        match self {
            Self::Code(_) => "a function",
            Self::Choice { .. } => "a letter in quotation marks",
            Self::Number { .. } => "a number",
        }
    }
}

/// What is wrong with a function; nothing where it is right.
fn try_out(code: &Code, function: &Function) -> Result<Option<String>, Failure> {
    let calls = code.calls();
    let answers = calls.iter().map(|call| function(call)).collect::<Result<Vec<_>, _>>()?;
    let like = |other: &Function| -> Result<Option<(usize, String)>, Failure> {
        for (place, (call, answer)) in calls.iter().zip(&answers).enumerate() {
            let different = difference(&other(call)?, answer).map_err(|error| Failure::Error(error.to_string()))?;
            if let Some(difference) = different {
                return Ok(Some((place, difference)));
            }
        }
        Ok(None)
    };
    let Some((place, difference)) = like(&code.solution)? else { return Ok(None) };
    for (mistake, word) in &code.mistakes {
        if like(mistake)?.is_none() {
            return Ok(Some((*word).to_owned()));
        }
    }
    let arguments: Vec<String> = calls[place].iter().map(Value::text).collect();
    Ok(Some(format!("For {}: {difference}.", arguments.join(", "))))
}

#[cfg(test)]
impl Task {
    /// The answers that must be right, open, and wrong with these words.
    pub(super) fn typical(self) -> (Answer, Answer, Vec<(Answer, &'static str)>) {
        match self {
            Self::Choice { right, wrong } => (
                Answer::Choice(right.into()),
                Answer::Choice(String::new()),
                wrong.iter().map(|(letter, word)| (Answer::Choice((*letter).into()), *word)).collect(),
            ),
            Self::Number { right, wrong } => (
                Answer::Number(right),
                Answer::Number(f64::NAN),
                wrong.iter().map(|(number, word)| (Answer::Number(*number), *word)).collect(),
            ),
            Self::Code(code) => (
                Answer::Function(code.solution),
                Answer::Function(Box::new(|_| Err(Failure::Gap))),
                code.mistakes.into_iter().map(|(mistake, word)| (Answer::Function(mistake), word)).collect(),
            ),
        }
    }
}
