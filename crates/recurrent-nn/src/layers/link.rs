//! A graph of any number of runs, each of which goes on from the state of the one before, can be dropped.
//!
//! In candle a tensor owns the tensors that it was computed from, so dropping the last of a long chain drops the one
//! before inside it, and so on: some ten thousand levels overflow the stack. A layer therefore reads an initial state
//! through a node of its own that owns that state as well. The node goes last, and puts the state on a list that the
//! outermost of them empties one by one.
//!
//! Only a chain through such states is cut into levels. One of candle's own operations alone stays as deep as it is,
//! and so does a backward pass, which candle walks by recursion: a long chain that is to be learned from has to be
//! [detached](super::State::detach) now and then.

use candle_core::{CpuStorage, CudaStorage, CustomOp1, Layout, Result, Shape, Tensor, backend::BackendStorage};
use std::cell::RefCell;

/// The same numbers, as a node that lets go of `tensor` without recursion; the tensor itself where it has no graph.
pub(super) fn link(tensor: &Tensor) -> Result<Tensor> {
    match tensor.track_op() {
        true => tensor.apply_op1(Link(Some(tensor.clone()))),
        false => Ok(tensor.clone()),
    }
}

/// Owns what it was computed from; none once it is dropped.
struct Link(Option<Tensor>);

thread_local! {
    /// What is to be dropped by the outermost drop at work; none if there is none.
    static DROPPING: RefCell<Option<Vec<Tensor>>> = const { RefCell::new(None) };
}

impl Drop for Link {
    fn drop(&mut self) {
        let Some(tensor) = self.0.take() else { return };
        // The queue of a thread that ends is gone: then the tensor goes here and now.
        let outermost = DROPPING.try_with(|dropping| match &mut *dropping.borrow_mut() {
            Some(queue) => {
                queue.push(tensor);
                false
            }
            none => {
                *none = Some(vec![tensor]);
                true
            }
        });
        let next = || DROPPING.try_with(|dropping| dropping.borrow_mut().as_mut()?.pop());
        if let Ok(true) = outermost {
            while let Ok(Some(tensor)) = next() {
                drop(tensor);
            }
            let _ = DROPPING.try_with(|dropping| dropping.borrow_mut().take());
        }
    }
}

impl CustomOp1 for Link {
    fn name(&self) -> &'static str {
        "initial state"
    }

    fn cpu_fwd(&self, state: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        copy(state, layout)
    }

    fn cuda_fwd(&self, state: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        copy(state, layout)
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(gradient.clone()))
    }
}

/// Times 1, plus −0: the same numbers, −0 too.
fn copy<S: BackendStorage>(state: &S, layout: &Layout) -> Result<(S, Shape)> {
    Ok((state.affine(layout, 1.0, -0.0)?, layout.shape().clone()))
}
