//! A forward pass through candle's own operations, one step after the other, on any device.

use super::{
    cell::{CellOutput, RnnCell},
    recurrent::{ForwardOptions, Gates, Hidden, State, saved_symbols},
};
use crate::{Error, Result, ops::Packing, trace::Probe};
use candle_core::{D, Tensor};

pub(super) fn forward(
    cells: &[&dyn RnnCell],
    x: &Tensor,
    options: &ForwardOptions,
    packing: &Packing,
    mut probes: Option<&mut Vec<Vec<Probe>>>,
) -> Result<Hidden> {
    let mut one = |index: usize| {
        let probes = probes.as_deref_mut().map(|all| &mut all[index]);
        one_direction(cells[index], x, options, packing, index, probes)
    };
    let forwards = one(0)?;
    if cells.len() == 1 {
        return Ok(forwards);
    }
    concat_directions(&forwards, &one(1)?)
}

fn one_direction(
    cell: &dyn RnnCell,
    x: &Tensor,
    options: &ForwardOptions,
    packing: &Packing,
    direction: usize,
    mut probes: Option<&mut Vec<Probe>>,
) -> Result<Hidden> {
    let (batch, steps, _) = x.dims3()?;
    let order = ReadingOrder::new(packing, x, options.reverse || direction == 1)?;
    let x = order.apply(x)?;
    let projected = cell.project(&x)?;
    let mut state = initial(cell, &x, options, direction)?;
    let (mut outputs, mut gates_of_steps) = (Vec::new(), Vec::new());
    for step in 0..steps {
        let a = projected.narrow(1, step, 1)?.squeeze(1)?;
        let mut new = cell.step(&a, &state)?;
        check(cell, &new, batch)?;
        if let Some(probes) = &mut probes {
            probes.push(Probe::on(&mut new.state)?);
        }
        // A sequence that has ended keeps its state.
        let mask = order.mask.narrow(1, step, 1)?.broadcast_as((batch, cell.hidden_size()))?;
        let keep = |new: &Tensor, old: &Tensor| mask.where_cond(new, old);
        state = State {
            h: keep(&new.state.h, &state.h)?,
            c: match (&new.state.c, &state.c) {
                (Some(new), Some(old)) => Some(keep(new, old)?),
                _ => None,
            },
        };
        outputs.push(new.state.h);
        gates_of_steps.push(new.gates.into_iter().chain(new.state.c).collect::<Vec<_>>());
    }
    let symbols = saved_symbols(cell);
    Ok(Hidden {
        output: order.restore(&outputs.iter().collect::<Vec<_>>())?,
        h_n: state.h,
        c_n: state.c,
        gates: (options.gates && !symbols.is_empty()).then(|| {
            Gates::new(symbols, move |index| {
                let steps: Vec<&Tensor> = gates_of_steps.iter().map(|step| &step[index]).collect();
                Ok(order.restore(&steps)?.detach())
            })
        }),
    })
}

/// A step gives what its cell says: a state and gates (B, H).
fn check(cell: &dyn RnnCell, new: &CellOutput, batch: usize) -> Result<()> {
    let shape = |expected: String, got: String| Err(Error::Shape { operation: "RnnCell::step", expected, got });
    if new.gates.len() != cell.gate_symbols().len() {
        return shape(format!("the gates {:?}", cell.gate_symbols()), format!("{} gates", new.gates.len()));
    }
    if new.state.c.is_some() != cell.has_cell_state() {
        let (has, got) = if cell.has_cell_state() { ("a", "none") } else { ("no", "one") };
        return shape(format!("{has} cell state c, as `has_cell_state` says"), got.into());
    }
    let sizes = [batch, cell.hidden_size()];
    let all = [&new.state.h].into_iter().chain(&new.state.c).chain(&new.gates);
    match all.into_iter().find(|tensor| tensor.dims() != sizes) {
        None => Ok(()),
        Some(other) => shape(format!("states and gates {sizes:?}"), format!("shape {:?}", other.dims())),
    }
}

/// The state before the first step of one direction.
fn initial(cell: &dyn RnnCell, x: &Tensor, options: &ForwardOptions, direction: usize) -> Result<State> {
    let own = |state: &Tensor| {
        let own = state.narrow(1, direction * cell.hidden_size(), cell.hidden_size())?;
        own.contiguous()
    };
    Ok(match options.initial {
        Some(state) => State { h: own(&state.h)?, c: state.c.as_ref().map(own).transpose()? },
        None => {
            let zeros = Tensor::zeros((x.dims()[0], cell.hidden_size()), x.dtype(), x.device())?;
            let c = cell.has_cell_state().then(|| zeros.clone());
            State { h: zeros, c }
        }
    })
}

/// The outputs of two directions, concatenated along H.
fn concat_directions(a: &Hidden, b: &Hidden) -> Result<Hidden> {
    let join = |a: &Tensor, b: &Tensor| -> Result<Tensor> { Ok(Tensor::cat(&[a, b], D::Minus1)?) };
    let both = |a: &Option<Tensor>, b: &Option<Tensor>| match (a, b) {
        (Some(a), Some(b)) => join(a, b).map(Some),
        _ => Ok(None),
    };
    let gates = a.gates.clone().zip(b.gates.clone());
    let gates = gates.map(|(a, b)| {
        let symbols = a.symbols().to_vec();
        Gates::new(symbols.clone(), move |index| join(&a.get(symbols[index])?, &b.get(symbols[index])?))
    });
    Ok(Hidden { output: join(&a.output, &b.output)?, h_n: join(&a.h_n, &b.h_n)?, c_n: both(&a.c_n, &b.c_n)?, gates })
}

/// The order in which one direction reads each sequence.
struct ReadingOrder {
    /// (B, T), u8: 1 where a sequence has not ended.
    mask: Tensor,
    /// (B, T): the time that is read at each step; its own inverse within a sequence. None if that is the step itself.
    times: Option<Tensor>,
}

impl ReadingOrder {
    fn new(packing: &Packing, x: &Tensor, backwards: bool) -> Result<Self> {
        let (batch, steps, _) = x.dims3()?;
        let mut mask = vec![0u8; batch * steps];
        let mut times = vec![0u32; batch * steps];
        for (from, to) in packing.padded_index(backwards).into_iter().zip(packing.padded_index(false)) {
            mask[to] = 1;
            times[to] = (from % steps) as u32;
        }
        let times = Tensor::from_vec(times, (batch, steps), x.device())?;
        Ok(Self { mask: Tensor::from_vec(mask, (batch, steps), x.device())?, times: backwards.then_some(times) })
    }

    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let Some(times) = &self.times else {
            return Ok(x.clone());
        };
        let index = times.unsqueeze(2)?.broadcast_as(x.shape())?.contiguous()?;
        Ok(x.contiguous()?.gather(&index, 1)?)
    }

    /// From steps (B, H) to (B, T, H) in the sequences' own order, zero after their ends.
    fn restore(&self, steps: &[&Tensor]) -> Result<Tensor> {
        let all = self.apply(&Tensor::stack(steps, 1)?)?;
        let mask = self.mask.unsqueeze(2)?.broadcast_as(all.shape())?;
        Ok(mask.where_cond(&all, &all.zeros_like()?)?)
    }
}
