//! A state that is carried from run to run: with its graph, which may be of any depth, or without.

use candle_core::{DType, Device, Tensor};
use recurrent_nn::{Bidirectional, ForwardOptions, Gru, Init, Lstm, Module, Recurrent, Result, SimpleRnn, State};
use std::thread;

fn layers() -> Result<Vec<Box<dyn Recurrent>>> {
    let mut init = Init::keras(0, &Device::Cpu);
    let pair = [Lstm::new(2, 3, &mut init)?, Lstm::new(2, 3, &mut init)?];
    let [forwards, backwards] = pair;
    Ok(vec![
        Box::new(SimpleRnn::new(2, 3, &mut init)?),
        Box::new(Lstm::new(2, 3, &mut init)?),
        Box::new(Gru::new(2, 3, &mut init)?),
        Box::new(Bidirectional::new(forwards, backwards)?),
    ])
}

/// One step of one sequence at a time, each from the state that the one before left.
fn carry(layer: &dyn Recurrent, steps: usize, step_by_step: bool, keep: impl Fn(State) -> State) -> Result<State> {
    let x = Tensor::ones((1, 1, 2), DType::F32, &Device::Cpu)?;
    let mut state = None;
    for _ in 0..steps {
        let options = ForwardOptions { initial: state.as_ref(), step_by_step, ..ForwardOptions::default() };
        state = Some(keep(layer.forward_with(&x, &options)?.state()));
    }
    Ok(state.expect("at least one step"))
}

/// A drop by recursion takes far more than this stack, and ends the process with SIGSEGV.
#[test]
fn the_graph_of_many_runs_is_dropped_on_a_small_stack() -> Result<()> {
    for layer in layers()? {
        for step_by_step in [false, true] {
            let state = carry(&*layer, 2_000, step_by_step, |state| state)?;
            assert!(state.h.track_op());
            let small = thread::Builder::new().stack_size(64 << 10);
            let dropped = small.spawn(move || drop(state)).unwrap().join();
            assert!(dropped.is_ok());
        }
    }
    Ok(())
}

/// The graphs of several threads do not wait for each other.
#[test]
fn graphs_are_dropped_on_several_threads_at_once() -> Result<()> {
    let layer = layers()?.swap_remove(1);
    let states = (0..4).map(|_| carry(&*layer, 1_000, false, |state| state));
    let states: Vec<State> = states.collect::<Result<_>>()?;
    thread::scope(|scope| {
        for state in states {
            let small = thread::Builder::new().stack_size(64 << 10);
            small.spawn_scoped(scope, move || drop(state)).unwrap();
        }
    });
    Ok(())
}

#[test]
fn a_detached_state_keeps_neither_graph_nor_memory() -> Result<()> {
    for layer in layers()? {
        for step_by_step in [false, true] {
            let kept = carry(&*layer, 20, step_by_step, |state| state)?;
            let detached = carry(&*layer, 20, step_by_step, |state| state.detach())?;
            assert!(kept.h.track_op() && !detached.h.track_op());
            assert_eq!(kept.h.to_vec2::<f32>()?, detached.h.to_vec2::<f32>()?);
            for c in detached.c.iter() {
                assert!(!c.track_op());
            }
        }
    }
    let lstm = layers()?.swap_remove(1);
    carry(&*lstm, 100, false, |state| state.detach())?;
    let before = resident_bytes();
    carry(&*lstm, 50_000, false, |state| state.detach())?;
    let grown = resident_bytes().saturating_sub(before);
    // With their graphs they take 600 MB; other tests of this file take some meanwhile.
    assert!(grown < 200 << 20, "{grown} bytes more after 50,000 runs");
    Ok(())
}

/// What this process holds in memory; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    4096 * pages.unwrap_or(0)
}

/// What a decoder learns reaches its encoder; detached it does not.
#[test]
fn gradients_go_back_through_a_carried_state() -> Result<()> {
    let mut init = Init::keras(0, &Device::Cpu);
    let (encoder, decoder) = (Lstm::new(2, 3, &mut init)?, Lstm::new(2, 3, &mut init)?);
    let x = Tensor::ones((2, 4, 2), DType::F32, &Device::Cpu)?;
    for detached in [false, true] {
        let state = encoder.forward(&x, None)?.state();
        let state = if detached { state.detach() } else { state };
        let options = ForwardOptions { initial: Some(&state), ..ForwardOptions::default() };
        let loss = decoder.forward_with(&x, &options)?.output.sqr()?.sum_all()?;
        let gradients = loss.backward()?;
        for (name, var) in encoder.parameters() {
            assert_eq!(gradients.get(&var).is_none(), detached, "{name}");
        }
    }
    Ok(())
}
