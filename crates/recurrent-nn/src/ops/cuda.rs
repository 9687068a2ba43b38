//! A recurrent layer on an NVIDIA card: one launch for all steps and both directions, forward and backward.
//!
//! Around it candle multiplies: x W_ihᵀ of all steps before, one product for each gradient of a weight after (`gradients`). The kernels
//! are in `recurrent-kernels`. A sequence of T steps is T dependent products of a vector with W_hh, so what counts is how fast W_hh is
//! read: for H up to 64 it lies in registers, to 128 in registers and shared memory (`Launch`) on a card that gives a block 163 KiB or more of
//! it (A100, H100: an LSTM's takes 133 KiB). Up to 256, and from 65 on cards with less, part of it comes through the L2 cache at each step.
//! Beyond that, and in f64, a layer runs step by step with candle's operations.
//!
//! The kernels have been compiled for cards and compared on the processor (`on_host`), which finds each barrier removed in turn and 20 other
//! mistakes made; what they have not done is run on a card. The limits in `Launch` are therefore reckoned, not measured.
//!
//! A padded step costs its part of the products around the launch and none inside it; its gradient is exactly zero. x must be finite there:
//! the product for d_W_ih multiplies it with those zeros, and 0 · NaN is NaN, where the CPU's operation never reads it.

mod arguments;
mod gradients;
mod launch;
#[cfg(feature = "cuda")]
mod node;
#[cfg(test)]
mod on_host;
#[cfg(feature = "cuda")]
mod part;
#[cfg(feature = "cuda")]
mod sequence;

#[cfg(feature = "cuda")]
pub(crate) use sequence::cuda_sequence;
