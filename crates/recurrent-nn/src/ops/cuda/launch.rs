//! Which kernel runs a layer, and how many threads.

use crate::ops::{Cell, Form, Nonlinearity};

/// `Sizes` of the kernels (`sizes.cuh`), field by field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    batch: i32,
    steps: i32,
    input: i32,
    hidden: i32,
    directions: i32,
    two_biases: i32,
    reverse: i32,
    initial: i32,
    shared_columns: i32,
}

#[cfg(test)]
impl Sizes {
    pub(super) fn words(&self) -> [i32; 9] {
        [
            self.batch,
            self.steps,
            self.input,
            self.hidden,
            self.directions,
            self.two_biases,
            self.reverse,
            self.initial,
            self.shared_columns,
        ]
    }
}

/// What a launch depends on of a card.
#[derive(Debug, Clone, Copy)]
pub(super) struct Card {
    /// The most shared memory that a block may have.
    pub shared_bytes: usize,
    pub multiprocessors: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Forward,
    Backward,
}

/// One launch: all steps of all sequences in all directions.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    pub kernel: String,
    /// Groups of sequences, directions.
    pub grid: (u32, u32),
    pub threads: u32,
    pub shared_bytes: u32,
    pub sizes: Sizes,
}

const NUMBER: usize = size_of::<f32>();
const WARP: usize = 32;

impl Launch {
    pub(super) fn new(form: &Form, pass: Pass, card: Card) -> Self {
        let (hidden, rows) = (form.hidden, form.rows());
        // Weights of a thread in registers. A multiprocessor has 65,536 of them for all its threads, and a thread needs some for itself.
        let near = match hidden {
            ..=16 => 16,
            17..=32 => 32,
            _ if rows <= 512 => 64,
            _ => 16,
        };
        let pitch = hidden.max(near).next_multiple_of(4);
        let vectors = |together: usize| match pass {
            Pass::Forward => together * (pitch + 2 * rows),
            Pass::Backward => together * (form.cell.gates() * pitch + rows),
        };
        let columns = |together: usize| {
            let room = (card.shared_bytes / NUMBER).saturating_sub(vectors(together));
            (room / rows).min(hidden.saturating_sub(near))
        };
        // One sequence in a block, so that none waits for a longer one, until the card is full of them several times. What comes
        // through the L2 cache is better shared by four as soon as the card is full once.
        let blocks = form.batch * form.directions;
        let on_chip = near + columns(1) >= hidden;
        let full = card.multiprocessors * if on_chip { 4 } else { 1 };
        let together = if blocks > full { 4 } else { 1 };
        let columns = columns(together);
        Self {
            kernel: format!(
                "{}_{}_{near}_{together}",
                name(form.cell),
                match pass {
                    Pass::Forward => "forward",
                    Pass::Backward => "backward",
                }
            ),
            grid: (form.batch.div_ceil(together) as u32, form.directions as u32),
            threads: rows.next_multiple_of(WARP) as u32,
            shared_bytes: (NUMBER * (vectors(together) + columns * rows)) as u32,
            sizes: Sizes {
                batch: form.batch as i32,
                steps: form.steps as i32,
                input: form.input as i32,
                hidden: hidden as i32,
                directions: form.directions as i32,
                two_biases: form.two_biases.into(),
                reverse: form.reverse.into(),
                initial: form.initial.into(),
                shared_columns: columns as i32,
            },
        }
    }
}

fn name(cell: Cell) -> &'static str {
    match cell {
        Cell::Rnn(Nonlinearity::Tanh) => "rnn_tanh",
        Cell::Rnn(Nonlinearity::Relu) => "rnn_relu",
        Cell::Lstm => "lstm",
        Cell::Gru => "gru",
    }
}
