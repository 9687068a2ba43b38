//! The gates of every step, as a forward pass keeps them.

use crate::{Error, Result, ops::Cell};
use candle_core::Tensor;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// The gates of every step: i, f, g, o and the cell state c of an LSTM; r, z, n of a GRU.
///
/// The forward pass computes them anyway and keeps them for the way back, in an order of its own. So asking for gates costs next to nothing;
/// each is laid out as a tensor when it is first looked at.
#[derive(Clone)]
pub struct Gates {
    kept: Arc<Kept>,
    time_first: bool,
}

struct Kept {
    symbols: Vec<&'static str>,
    /// Where a gate lies once it has been looked at.
    laid_out: Vec<OnceLock<Tensor>>,
    lay_out: LayOut,
}

/// Gives one gate, (B, T, D·H), by its place among the symbols.
type LayOut = Box<dyn Fn(usize) -> Result<Tensor> + Send + Sync>;

impl Gates {
    pub(super) fn new(
        symbols: Vec<&'static str>,
        lay_out: impl Fn(usize) -> Result<Tensor> + Send + Sync + 'static,
    ) -> Self {
        let laid_out = symbols.iter().map(|_| OnceLock::new()).collect();
        let lay_out = Box::new(lay_out);
        Self {
            kept: Arc::new(Kept {
                symbols,
                laid_out,
                lay_out,
            }),
            time_first: false,
        }
    }

    /// Their symbols: the gates in the order of the weights' rows, then c.
    pub fn symbols(&self) -> &[&'static str] {
        &self.kept.symbols
    }

    /// One gate, (B, T, D·H), by its symbol; (T, B, D·H) of a run with `time_first`. It carries no gradient.
    ///
    /// Errors: no gate has this symbol.
    pub fn get(&self, symbol: &str) -> Result<Tensor> {
        let Kept {
            symbols,
            laid_out,
            lay_out,
        } = &*self.kept;
        let Some(index) = symbols.iter().position(|one| *one == symbol) else {
            return Err(Error::Shape {
                operation: "Gates::get",
                expected: format!("one of {}", symbols.join(", ")),
                got: format!("{symbol:?}"),
            });
        };
        let gate = match laid_out[index].get() {
            Some(gate) => gate,
            None => {
                let gate = lay_out(index)?;
                laid_out[index].get_or_init(|| gate)
            }
        };
        Ok(if self.time_first {
            gate.transpose(0, 1)?
        } else {
            gate.clone()
        })
    }

    pub(super) fn time_first(self) -> Self {
        Self {
            time_first: true,
            ..self
        }
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
