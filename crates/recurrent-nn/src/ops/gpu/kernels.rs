//! How the kernels of `recurrent-kernels` are launched for a recurrent layer: one launch for all steps and both
//! directions, forward and backward.
//!
//! Around it candle multiplies: x W_ihᵀ of all steps before, one product for each gradient of a weight after
//! (`gradients`). A sequence of T steps is T dependent products of a vector with W_hh, so what counts is how fast W_hh
//! is read: for H up to 64 it is in registers, up to 128 in registers and shared memory (`Launch`) on a GPU that gives
//! a block 163 KiB or more of it (A100, H100: an LSTM's takes 133 KiB). Up to 256, and from 65 on GPUs with less, part
//! of it comes through the L2 cache at each step. Beyond that, and in f64, a layer runs step by step with candle's
//! operations.
//!
//! The kernels have been compiled for GPUs and compared on the CPU (`cpu_emulation`), which finds each barrier removed
//! in turn and 20 other mistakes; they have not run on a GPU. The limits in `Launch` are therefore estimates, not
//! measured.
//!
//! A padded step costs its part of the products around the launch and none inside it; its gradient is exactly zero. x
//! must be finite there: the product for d_W_ih multiplies it by those zeros, and 0 · NaN is NaN, where the CPU's
//! operation never reads it.

pub(super) mod arguments;
#[cfg(test)]
mod cpu_emulation;
pub(super) mod gradients;
pub(super) mod launch;
pub(super) mod sum_rows;
