//! Which kernel computes a layer, and with how many threads.

use crate::ops::{Cell, Nonlinearity, RnnDims};

/// `Sizes` of the kernels (`sizes.cuh`), field by field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(in crate::ops::gpu) struct Sizes {
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
    pub(in crate::ops::gpu) fn words(&self) -> [i32; 9] {
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

/// The largest H for which there are kernels.
pub(in crate::ops::gpu) const LARGEST_HIDDEN: usize = 256;

/// The properties of a GPU that a launch depends on.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops::gpu) struct GpuLimits {
    /// The largest shared memory of a block.
    pub shared_bytes: usize,
    pub multiprocessors: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops::gpu) enum Pass {
    Forward,
    Backward,
}

/// One launch: all steps of all sequences in all directions.
#[derive(Debug, Clone)]
pub(in crate::ops::gpu) struct Launch {
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
    pub(in crate::ops::gpu) fn new(dims: &RnnDims, pass: Pass, limits: GpuLimits) -> Self {
        let (hidden, rows) = (dims.hidden, dims.gate_rows());
        // Weights of a thread in registers. A multiprocessor has 65,536 registers for all its threads, and a thread
        // needs some for other values.
        let in_registers = match hidden {
            ..=16 => 16,
            17..=32 => 32,
            _ if rows <= 512 => 64,
            _ => 16,
        };
        let pitch = hidden.max(in_registers).next_multiple_of(4);
        let vectors = |sequences: usize| match pass {
            Pass::Forward => sequences * (pitch + 2 * rows),
            Pass::Backward => sequences * (dims.cell.gates() * pitch + rows),
        };
        let columns = |sequences: usize| {
            let room = (limits.shared_bytes / NUMBER).saturating_sub(vectors(sequences));
            (room / rows).min(hidden.saturating_sub(in_registers))
        };
        // One sequence in a block, so that none waits for a longer one, until there are several times as many blocks as
        // multiprocessors. Weights that come through the L2 cache are better shared by four as soon as there are as
        // many.
        let blocks = dims.batch * dims.directions;
        let on_chip = in_registers + columns(1) >= hidden;
        let full = limits.multiprocessors * if on_chip { 4 } else { 1 };
        let sequences = if blocks > full { 4 } else { 1 };
        let columns = columns(sequences);
        Self {
            kernel: format!(
                "{}_{}_{in_registers}_{sequences}",
                name(dims.cell),
                match pass {
                    Pass::Forward => "forward",
                    Pass::Backward => "backward",
                }
            ),
            grid: (dims.batch.div_ceil(sequences) as u32, dims.directions as u32),
            threads: rows.next_multiple_of(WARP) as u32,
            shared_bytes: (NUMBER * (vectors(sequences) + columns * rows)) as u32,
            sizes: Sizes {
                batch: dims.batch as i32,
                steps: dims.steps as i32,
                input: dims.input as i32,
                hidden: hidden as i32,
                directions: dims.directions as i32,
                two_biases: dims.two_biases.into(),
                reverse: dims.reverse.into(),
                initial: dims.initial.into(),
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
