//! The gates of every step, as a forward pass saves them.

use crate::{Error, Result, ops::Cell};
use candle_core::Tensor;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// The gates of every step: i, f, g, o and the cell state c of an LSTM; r, z, n of a GRU.
///
/// The forward pass saves them for the backward pass anyway, in packed order. So returning them costs next to nothing;
/// each becomes a tensor when it is first read.
#[derive(Clone)]
pub struct Gates {
    saved: Arc<SavedGates>,
    time_first: bool,
}

struct SavedGates {
    symbols: Vec<&'static str>,
    /// Each gate that has been read.
    tensors: Vec<OnceLock<Tensor>>,
    compute: ComputeGate,
}

/// Returns one gate, (B, T, D·H), by its index among the symbols.
type ComputeGate = Box<dyn Fn(usize) -> Result<Tensor> + Send + Sync>;

impl Gates {
    pub(super) fn new(
        symbols: Vec<&'static str>,
        compute: impl Fn(usize) -> Result<Tensor> + Send + Sync + 'static,
    ) -> Self {
        let tensors = symbols.iter().map(|_| OnceLock::new()).collect();
        let compute = Box::new(compute);
        Self { saved: Arc::new(SavedGates { symbols, tensors, compute }), time_first: false }
    }

    /// Their symbols: the gates in the order of the weights' rows, then c.
    pub fn symbols(&self) -> &[&'static str] {
        &self.saved.symbols
    }

    /// One gate, (B, T, D·H), by its symbol; (T, B, D·H) with `time_first`. It carries no gradient.
    ///
    /// Errors: no gate has this symbol.
    pub fn get(&self, symbol: &str) -> Result<Tensor> {
        let SavedGates { symbols, tensors, compute } = &*self.saved;
        let Some(index) = symbols.iter().position(|one| *one == symbol) else {
            return Err(Error::Shape {
                operation: "Gates::get",
                expected: format!("one of {}", symbols.join(", ")),
                got: format!("{symbol:?}"),
            });
        };
        let gate = match tensors[index].get() {
            Some(gate) => gate,
            None => {
                let gate = compute(index)?;
                tensors[index].get_or_init(|| gate)
            }
        };
        Ok(if self.time_first { gate.transpose(0, 1)? } else { gate.clone() })
    }

    pub(super) fn time_first(self) -> Self {
        Self { time_first: true, ..self }
    }
}

impl fmt::Debug for Gates {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Gates").field(&self.symbols()).finish()
    }
}

/// The symbols of a cell's gates in the order of its weights' rows, then that of the cell state.
pub(super) fn symbols(cell: Cell) -> &'static [&'static str] {
    match cell {
        Cell::Rnn(_) => &[],
        Cell::Lstm => &["i", "f", "g", "o", "c"],
        Cell::Gru => &["r", "z", "n"],
    }
}
