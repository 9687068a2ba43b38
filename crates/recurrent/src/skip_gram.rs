//! Word vectors from a corpus of your own: skip-gram with negative sampling.
//!
//! Words that stand among the same words get similar vectors. Each word `w` has an input vector `v_w` (what is kept)
//! and an output vector `u_w`. For a word `w`, a word `c` in its window, and `k` words `n` drawn at random, the loss is
//!
//! ```text
//! J = −ln σ(u_c·v_w) − Σ_n ln σ(−u_n·v_w)        σ(x) = 1 / (1 + e^−x)
//! ∂J/∂u = (σ(u·v_w) − label) v_w                 label: 1 for c, 0 for each n
//! ∂J/∂v_w = Σ_u (σ(u·v_w) − label) u
//! ```
//!
//! Source: Mikolov, Sutskever, Chen, Corrado and Dean, 2013, [Distributed Representations of Words and Phrases and
//! their Compositionality](https://arxiv.org/abs/1310.4546); what the paper leaves open (windows of random width, the
//! falling learning rate, the first vectors) is as in the authors' program word2vec.

use crate::error::{Error, Result};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, weighted::WeightedAliasIndex};
use recurrent_data::{PAD, PretrainedEmbeddings, UNK, Vocabulary};
use recurrent_nn::{
    Metrics, Stop,
    train::{self, Interrupt, ProgressCurve, ProgressEnd, ProgressOutput, print_line},
};
use std::time::{Duration, Instant};

/// More would overflow the product of [`SkipGramVectors::update`]; 5 to 20 are usual.
const MAX_NEGATIVES: usize = 1000;

/// How [`skip_gram`] learns. The default suits some ten thousand short texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkipGramConfig {
    /// E, the length of a vector. Default: 64.
    pub dimension: usize,
    /// How far to the left and right a word sees at most; each time the reach is drawn from 1 to this. Default: 5.
    pub window: usize,
    /// k, how many words are drawn for each pair, in proportion to count^0.75; at most 1,000. Default: 5.
    pub negatives: usize,
    /// How often the texts are read. Default: 10.
    pub epochs: usize,
    /// The learning rate at the start; it falls in a straight line to a ten-thousandth of it. Default: 0.05.
    pub learning_rate: f32,
    /// t: a word of frequency f is left out with probability 1 − √(t/f), so that "the" does not drown the rest. None:
    /// no word is left out. Default: 1e-3.
    pub subsample: Option<f64>,
    /// The same seed gives the same bits. Default: 0.
    pub seed: u64,
    /// Whether to tell how far it is: by lines, at least one in a second, or in the lesson's notebooks by a figure that
    /// moves. Default: true.
    pub progress: bool,
}

impl Default for SkipGramConfig {
    fn default() -> Self {
        Self {
            dimension: 64,
            window: 5,
            negatives: 5,
            epochs: 10,
            learning_rate: 0.05,
            subsample: Some(1e-3),
            seed: 0,
            progress: true,
        }
    }
}

impl SkipGramConfig {
    fn check(&self) -> Result<()> {
        let wrong = |field, expected: &str, got: String| {
            Err(Error::Network(recurrent_nn::Error::Config {
                operation: "skip_gram",
                field,
                expected: expected.into(),
                got,
            }))
        };
        let counts = [
            ("dimension", self.dimension),
            ("window", self.window),
            ("negatives", self.negatives),
            ("epochs", self.epochs),
        ];
        if let Some((field, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return wrong(field, "at least 1", "0".into());
        }
        if self.negatives > MAX_NEGATIVES {
            let expected = format!("at most {MAX_NEGATIVES}");
            return wrong("negatives", &expected, self.negatives.to_string());
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            let got = self.learning_rate.to_string();
            return wrong("learning_rate", "a number above 0", got);
        }
        match self.subsample {
            Some(t) if !(t.is_finite() && t > 0.0) => wrong("subsample", "a number above 0, or None", t.to_string()),
            _ => Ok(()),
        }
    }
}

/// Learns a vector for each word of `vocabulary` that `sequences` of ids hold. A text is a sequence; windows end with
/// it.
///
/// Padding and unknown words are passed over, as if they were not there. Tokens that do not occur keep the small random
/// numbers that they began with. Runs on one thread of the CPU: the result is the same to the last bit each time.
/// A stop (SIGINT, the notebook's stop button) ends it gently, with the vectors as they are by then.
///
/// # Errors
/// A number of the configuration out of its range, an id that is not in the vocabulary, no two known words in one text,
/// [`Error::Diverged`] if the learning rate was too large.
///
/// ```
/// use recurrent::prelude::*;
/// let texts = ["rain falls on the hill", "snow falls on the hill", "the team wins the cup", "the club wins the cup"];
/// let vectorizer = TextVectorizer::adapt(&texts, VectorizerConfig::default())?;
/// let config = SkipGramConfig { dimension: 8, epochs: 400, subsample: None, ..Default::default() };
/// let vectors = skip_gram(&vectorizer.encode_all(&texts), vectorizer.vocabulary(), config)?;
/// assert_eq!(vectors.nearest("rain", 1)?.words[0].0, "snow");
/// # Ok::<(), recurrent::error::Error>(())
/// ```
pub fn skip_gram(
    sequences: &[Vec<u32>],
    vocabulary: &Vocabulary,
    config: SkipGramConfig,
) -> Result<PretrainedEmbeddings> {
    config.check()?;
    let counts = count(sequences, vocabulary.len())?;
    let interrupt = Interrupt::listen()?;
    let mut corpus = Corpus::new(sequences, &counts, config)?;
    let mut weights = SkipGramVectors::new(vocabulary.len(), config.dimension, &mut corpus.rng);
    let mut progress = Progress::new(config, corpus.words);
    let (mut text, mut targets) = (Vec::new(), Vec::new());

    'training: for epoch in 0..config.epochs {
        progress.begin_epoch(epoch);
        for index in corpus.order() {
            if interrupt.requested() {
                progress.stopped();
                break 'training;
            }
            let learning_rate = config.learning_rate * (1.0 - progress.share()).max(1e-4);
            corpus.read(index, &mut text);
            for (place, &word) in text.iter().enumerate() {
                for neighbor in corpus.window(place, text.len()) {
                    corpus.draw_targets(text[neighbor], &mut targets);
                    let loss = weights.update(word, &targets, learning_rate);
                    progress.pair(loss);
                }
            }
            progress.read(known(&sequences[index]).count())?;
        }
        progress.end_epoch();
    }
    progress.end();
    let found = |id: u32| counts[id as usize] > 0;
    let vectors = PretrainedEmbeddings::new(vocabulary.clone(), weights.input, found, progress.summary())?;
    Ok(vectors)
}

/// The ids of a sequence that stand for words.
fn known(sequence: &[u32]) -> impl Iterator<Item = u32> + '_ {
    sequence.iter().copied().filter(|&id| id > UNK)
}

/// How often each id comes; nothing for padding and unknown.
fn count(sequences: &[Vec<u32>], vocabulary: usize) -> Result<Vec<u64>> {
    let wrong = |expected: String, got: String| {
        Err(Error::Data(recurrent_data::Error::Argument { function: "skip_gram", expected, got }))
    };
    let mut counts = vec![0; vocabulary];
    for (index, sequence) in sequences.iter().enumerate() {
        for id in known(sequence) {
            match counts.get_mut(id as usize) {
                Some(count) => *count += 1,
                None => {
                    let got = format!("{id} in sequence {index}");
                    return wrong(format!("ids below {vocabulary}, the vocabulary's size"), got);
                }
            }
        }
    }
    if !sequences.iter().any(|sequence| known(sequence).nth(1).is_some()) {
        let got = format!("{} texts without", sequences.len());
        return wrong("a text with at least two known words".into(), got);
    }
    Ok(counts)
}

/// The texts, and all that is drawn at random.
struct Corpus<'a> {
    sequences: &'a [Vec<u32>],
    config: SkipGramConfig,
    /// Known words in all texts.
    words: u64,
    /// With which probability a word is read, by id.
    kept: Vec<f32>,
    negatives: WeightedAliasIndex<f32>,
    rng: ChaCha8Rng,
}

impl<'a> Corpus<'a> {
    fn new(sequences: &'a [Vec<u32>], counts: &[u64], config: SkipGramConfig) -> Result<Self> {
        let words: u64 = counts.iter().sum();
        let kept = |&count: &u64| match config.subsample {
            Some(t) => (t * words as f64 / count as f64).sqrt() as f32,
            None => 1.0,
        };
        // Square roots are the same on every machine, which powf(0.75) is not.
        let weight = |&count: &u64| ((count as f64).sqrt() * (count as f64).sqrt().sqrt()) as f32;
        let negatives = WeightedAliasIndex::new(counts.iter().map(weight).collect());
        Ok(Self {
            sequences,
            config,
            words,
            kept: counts.iter().map(kept).collect(),
            negatives: negatives.map_err(|error| recurrent_data::Error::Argument {
                function: "skip_gram",
                expected: "counts to draw words by".into(),
                got: error.to_string(),
            })?,
            rng: ChaCha8Rng::seed_from_u64(config.seed),
        })
    }

    /// The order of the texts in an epoch.
    fn order(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.sequences.len()).collect();
        order.shuffle(&mut self.rng);
        order
    }

    /// The words of one text, frequent ones not always.
    fn read(&mut self, index: usize, text: &mut Vec<u32>) {
        text.clear();
        let sequence = &self.sequences[index];
        text.extend(known(sequence).filter(|&id| self.rng.random::<f32>() < self.kept[id as usize]));
    }

    /// The places around `place` that it sees this time.
    fn window(&mut self, place: usize, length: usize) -> impl Iterator<Item = usize> + use<> {
        let reach = self.rng.random_range(1..=self.config.window);
        let end = length.min(place + reach + 1);
        (place.saturating_sub(reach)..end).filter(move |&other| other != place)
    }

    /// The word to be told, then words drawn at random; it is not its own counterexample.
    fn draw_targets(&mut self, word: u32, targets: &mut Vec<u32>) {
        targets.clear();
        targets.push(word);
        for _ in 0..self.config.negatives {
            let drawn = self.negatives.sample(&mut self.rng) as u32;
            if drawn != word {
                targets.push(drawn);
            }
        }
    }
}

/// Two vectors for each id, V*E numbers each.
struct SkipGramVectors {
    dimension: usize,
    /// v: from U(−0.5/E, 0.5/E); zeros for padding.
    input: Vec<f32>,
    /// u: from zeros.
    output: Vec<f32>,
    /// ∂J/∂v of the pair at work, E numbers.
    d_input: Vec<f32>,
}

impl SkipGramVectors {
    fn new(vocabulary: usize, dimension: usize, rng: &mut ChaCha8Rng) -> Self {
        let bound = 0.5 / dimension as f32;
        let draw = (0..vocabulary * dimension).map(|_| rng.random_range(-bound..bound));
        let mut input: Vec<f32> = draw.collect();
        input[PAD as usize * dimension..][..dimension].fill(0.0);
        Self { dimension, input, output: vec![0.0; vocabulary * dimension], d_input: vec![0.0; dimension] }
    }

    /// One step down the gradient of J for a word and its targets, of which the first is to be told and the others are
    /// not. Gives J before the step.
    fn update(&mut self, word: u32, targets: &[u32], learning_rate: f32) -> f32 {
        let size = self.dimension;
        let v = &mut self.input[word as usize * size..][..size];
        let d_v = &mut self.d_input[..size];
        d_v.fill(0.0);
        // J, but for the sum of ln(1 + e^−|x|): one logarithm of their product is quicker.
        let (mut loss, mut product) = (0.0, 1.0);
        for (place, &target) in targets.iter().enumerate() {
            let u = &mut self.output[target as usize * size..][..size];
            let x = dot(u, v);
            // σ(x) and −ln σ(±x) = max(∓x, 0) + ln(1 + e^−|x|), without overflow.
            let e = (-x.abs()).exp();
            let sigmoid = if x >= 0.0 { 1.0 } else { e } / (1.0 + e);
            let (error, wrong) = if place == 0 { (sigmoid - 1.0, -x) } else { (sigmoid, x) };
            loss += wrong.max(0.0);
            product *= 1.0 + f64::from(e);
            for i in 0..size {
                d_v[i] += error * u[i];
                u[i] -= learning_rate * error * v[i];
            }
        }
        for i in 0..size {
            v[i] -= learning_rate * d_v[i];
        }
        loss + product.ln() as f32
    }
}

/// Eight sums side by side, which the compiler turns into vector instructions; always in the same order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// How far it is, and the lines that say so, or the numbers for a figure.
struct Progress {
    config: SkipGramConfig,
    output: ProgressOutput,
    /// Words in all epochs, and how many of them are read.
    goal: u64,
    done: u64,
    epoch: usize,
    /// Of this epoch.
    loss: f64,
    pairs: u64,
    /// Epochs that are done, a fraction of one too, and the mean loss of the pairs since the point before.
    points: Vec<(f64, f64)>,
    /// `done`, `loss` and `pairs` at the last point.
    point: (u64, f64, u64),
    stopped: bool,
    began: Instant,
    last: Instant,
}

impl Progress {
    /// A little less than a second, so that at least one line comes in each second.
    const INTERVAL: Duration = Duration::from_millis(900);
    /// Points of the whole curve.
    const POINTS: u64 = 300;

    fn new(config: SkipGramConfig, words: u64) -> Self {
        let now = Instant::now();
        Self {
            config,
            output: ProgressOutput::open(config.progress),
            goal: words * config.epochs as u64,
            done: 0,
            epoch: 0,
            loss: 0.0,
            pairs: 0,
            points: Vec::new(),
            point: (0, 0.0, 0),
            stopped: false,
            began: now,
            last: now,
        }
    }

    /// From 0 to 1.
    fn share(&self) -> f32 {
        (self.done as f64 / self.goal as f64) as f32
    }

    fn begin_epoch(&mut self, epoch: usize) {
        (self.epoch, self.loss, self.pairs) = (epoch, 0.0, 0);
        self.point = (self.done, 0.0, 0);
    }

    fn pair(&mut self, loss: f32) {
        self.loss += f64::from(loss);
        self.pairs += 1;
    }

    /// Counts the words of one text, and says how it goes if a line is due.
    fn read(&mut self, words: usize) -> Result<()> {
        self.done += words as u64;
        if !self.loss.is_finite() {
            self.draw(Some(ProgressEnd::Failed));
            return Err(Error::Diverged { operation: "skip_gram", epoch: self.epoch + 1, loss: self.loss });
        }
        self.add_point();
        self.draw(None);
        if self.output.prints() && self.last.elapsed() >= Self::INTERVAL {
            let seconds = self.began.elapsed().as_secs_f64();
            let left = seconds * (self.goal - self.done) as f64 / self.done as f64;
            print_line(format_args!(
                "{}  {:>3} %  loss {:.4}  {:.0} words/s  {left:.0} s left",
                self.name(),
                100 * self.done / self.goal,
                self.mean_loss(),
                self.done as f64 / seconds,
            ));
            self.last = Instant::now();
        }
        Ok(())
    }

    fn end_epoch(&mut self) {
        if self.output.prints() {
            let seconds = self.began.elapsed().as_secs_f64();
            print_line(format_args!("{}  done   loss {:.4}  {seconds:.1} s", self.name(), self.mean_loss()));
            self.last = Instant::now();
        }
    }

    fn stopped(&mut self) {
        self.stopped = true;
        if self.output.prints() {
            print_line(format_args!("{}  stopped", self.name()));
        }
    }

    /// The end of all epochs, or of those before a stop.
    fn end(&mut self) {
        let stop = if self.stopped { Stop::Interrupted } else { Stop::Finished };
        self.draw(Some(ProgressEnd::Stop(stop)));
    }

    /// A point of the curve after each part of the goal.
    fn add_point(&mut self) {
        let (done, loss, pairs) = self.point;
        if (self.done - done) * Self::POINTS >= self.goal && self.pairs > pairs {
            let epochs = (self.done * self.config.epochs as u64) as f64 / self.goal as f64;
            self.points.push((epochs, (self.loss - loss) / (self.pairs - pairs) as f64));
            self.point = (self.done, self.loss, self.pairs);
        }
    }

    /// Tells the numbers to what draws them.
    fn draw(&mut self, end: Option<ProgressEnd>) {
        let words = self.goal / self.config.epochs as u64;
        let elapsed = self.began.elapsed();
        self.output.draw(&train::Progress {
            work: "Skip-gram",
            epoch: self.epoch,
            epochs: self.config.epochs,
            done: (self.done - self.epoch as u64 * words) as usize,
            total: words as usize,
            unit: "words",
            rate: (self.done > 0).then(|| self.done as f64 / elapsed.as_secs_f64()),
            elapsed,
            metrics: Some(Metrics { loss: self.mean_loss(), ..Metrics::default() }),
            curve: ProgressCurve::Losses(&self.points),
            end,
            ..train::Progress::default()
        });
    }

    fn name(&self) -> String {
        format!("skip-gram, epoch {}/{}", self.epoch + 1, self.config.epochs)
    }

    fn mean_loss(&self) -> f64 {
        self.loss / self.pairs.max(1) as f64
    }

    /// Where the vectors are from, in words.
    fn summary(&self) -> String {
        let words = self.goal / self.config.epochs as u64;
        if self.stopped {
            return format!("{} over {words} words, stopped", self.name());
        }
        format!("skip-gram, {} epochs over {words} words", self.config.epochs)
    }
}

#[cfg(test)]
mod tests;
