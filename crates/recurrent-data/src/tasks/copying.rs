//! The copy problem: some symbols, a long pause, then the same symbols (Hochreiter and Schmidhuber 1997; in this form
//! Arjovsky, Shah and Bengio 2016, arXiv 1511.06464).

use crate::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many symbols there are.
pub const SYMBOLS: u32 = 8;
/// The id of a step without a symbol.
pub const BLANK: u32 = 0;
/// The id that asks for the symbols, which are 1 to 8.
pub const GO: u32 = SYMBOLS + 1;

/// Sequences to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copying {
    /// B*T ids below 10: the symbols, `pause` - 1 blanks, [`GO`], blanks.
    pub inputs: Vec<u32>,
    /// B*T ids below 9: blanks, then the symbols. A model without memory has a cross-entropy of `symbols * ln(8) / T`.
    pub targets: Vec<u32>,
    /// T = `pause` + 2 * `symbols`.
    pub steps: usize,
}

/// `rows` sequences of `symbols` symbols with `pause` steps between the last of them and the answer.
///
/// # Errors
/// If `symbols` or `pause` is 0.
pub fn copying(rows: usize, symbols: usize, pause: usize, seed: u64) -> Result<Copying> {
    if symbols == 0 || pause == 0 {
        return Err(Error::argument(
            "copying",
            "symbols and a pause of 1 or more",
            format!("symbols {symbols}, pause {pause}"),
        ));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let steps = pause + 2 * symbols;
    let mut task = Copying { inputs: vec![BLANK; rows * steps], targets: vec![BLANK; rows * steps], steps };
    for (inputs, targets) in task.inputs.chunks_mut(steps).zip(task.targets.chunks_mut(steps)) {
        inputs[..symbols].iter_mut().for_each(|id| *id = rng.random_range(1..=SYMBOLS));
        inputs[symbols + pause - 1] = GO;
        targets[symbols + pause..].copy_from_slice(&inputs[..symbols]);
    }
    Ok(task)
}
