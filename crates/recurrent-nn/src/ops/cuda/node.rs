//! The node of candle's graph: what is launched around the kernels, forward and backward.

use super::{
    gradients::{Deltas, gradients},
    launch::{Card, Launch, Pass, rows},
};
use crate::ops::{Cell, Form, Packing};
use candle_core::{
    CpuStorage, CudaDevice, CudaStorage, CustomOp3, DType, Device, Layout, Result, Shape, Storage,
    Tensor,
    backend::{BackendDevice, BackendStorage},
    bail,
    cuda_backend::{
        WrapErr,
        cudarc::driver::{
            CudaSlice, CudaView, DeviceRepr, LaunchConfig, PushKernelArg,
            sys::{CUdevice_attribute as Attribute, CUfunction_attribute as FunctionAttribute},
        },
    },
    op::BackpropOp,
};
use std::sync::OnceLock;

// SAFETY: nine 32-bit integers, as in `sizes.cuh`.
unsafe impl DeviceRepr for super::launch::Sizes {}

/// As [`Sequence`](crate::ops::Sequence), of f32 on a card: x (B, T, E) in one piece, and the same packed weights, states and result.
pub(crate) struct CudaSequence {
    form: Form,
    packing: Packing,
    saved: OnceLock<Saved>,
}

/// What the forward pass keeps for the backward pass.
struct Saved {
    rows: CudaSlice<i32>,
    /// The gates (G, B, T, D·H), and c or W_hn h + b_hn (B, T, D·H); none where the result holds them.
    gates: Option<CudaSlice<f32>>,
    kept: Option<CudaSlice<f32>>,
}

impl CudaSequence {
    pub(crate) fn new(form: Form, packing: Packing) -> Self {
        Self {
            form,
            packing,
            saved: OnceLock::new(),
        }
    }

    /// How many numbers the gates are, and what is kept beside them. A simple RNN keeps neither; an allocation has one number at least.
    fn kept(&self) -> [usize; 2] {
        let plane = self.form.parts().output;
        match self.form.cell {
            Cell::Rnn(_) => [1, 1],
            Cell::Lstm | Cell::Gru => [self.form.cell.gates() * plane, plane],
        }
    }

    /// (D, …) from the weights of all directions: a matrix that starts at `start` of each, transposed.
    fn transposed(&self, start: usize, columns: usize) -> Layout {
        let Form { directions, .. } = self.form;
        let shape = Shape::from((directions, columns, self.form.rows()));
        Layout::new(shape, vec![self.form.weight_count(), 1, columns], start)
    }
}

/// What can be known of a card.
fn card(device: &CudaDevice) -> Result<Card> {
    let stream = device.cuda_stream();
    let attribute =
        |attribute| -> Result<usize> { Ok(stream.context().attribute(attribute).w()? as usize) };
    Ok(Card {
        shared_bytes: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?,
        multiprocessors: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
    })
}

/// Launches a kernel with its sizes and these arguments.
macro_rules! launch {
    ($device:expr, $form:expr, $pass:expr, $($argument:expr),+ $(,)?) => {{
        let launch = Launch::new($form, $pass, card($device)?);
        let (module, ptx) = match $form.cell {
            Cell::Rnn(_) => ("recurrent_rnn", recurrent_kernels::RNN),
            Cell::Lstm => ("recurrent_lstm", recurrent_kernels::LSTM),
            Cell::Gru => ("recurrent_gru", recurrent_kernels::GRU),
        };
        let kernel = $device.get_or_load_custom_func(&launch.kernel, module, ptx)?;
        // More than 48 KiB must be asked for.
        kernel
            .set_attribute(
                FunctionAttribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                launch.shared_bytes as i32,
            )
            .w()?;
        let config = LaunchConfig {
            grid_dim: (launch.grid.0, launch.grid.1, 1),
            block_dim: (launch.threads, 1, 1),
            shared_mem_bytes: launch.shared_bytes,
        };
        // SAFETY: the arguments are those of the kernel, in its order and of the sizes that its comments give.
        unsafe { kernel.builder().arg(&launch.sizes)$(.arg($argument))+.launch(config) }.w()?;
    }};
}

impl CustomOp3 for CudaSequence {
    fn name(&self) -> &'static str {
        "sequence"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        bail!("sequence: expected numbers on a card")
    }

    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        x_layout: &Layout,
        weights: &CudaStorage,
        weights_layout: &Layout,
        states: &CudaStorage,
        states_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let Form {
            batch,
            steps,
            input,
            hidden,
            directions,
            ..
        } = self.form;
        let (device, gates, places) = (x.device(), self.form.rows(), batch * steps);
        for layout in [x_layout, weights_layout, states_layout] {
            if !layout.is_contiguous() {
                bail!("sequence: expected contiguous numbers, got {layout:?}");
            }
        }
        let start = weights_layout.start_offset();
        // x W_ihᵀ, of all steps and directions at once
        let every = Shape::from((directions, places, input));
        let every = Layout::new(every, vec![0, input, 1], x_layout.start_offset());
        let projection = x.matmul(
            weights,
            (directions, places, gates, input),
            &every,
            &self.transposed(start, input),
        )?;
        // W_hhᵀ, so that neighbouring threads read neighbouring numbers
        let w_hh_t = self.transposed(start + gates * input, hidden);
        // SAFETY: the copy fills it.
        let mut w_hh_t_copy = unsafe { device.alloc_uninit(w_hh_t.shape(), DType::F32)? };
        weights.copy_strided_src(&mut w_hh_t_copy, 0, &w_hh_t)?;

        let parts = self.form.parts();
        let [gate_count, kept_count] = self.kept();
        // SAFETY: padded steps are not written, and are never read by the backward kernel.
        let own = |wanted: bool, count| wanted.then(|| unsafe { device.alloc(count) }).transpose();
        let mut saved = Saved {
            rows: device.clone_htod(&rows(&self.packing))?,
            gates: own(parts.gates == 0, gate_count)?,
            kept: own(parts.cells == 0, kept_count)?,
        };
        let mut result = device.alloc_zeros::<f32>(parts.total())?;
        let (mut outer, mut inner) = result.split_at_mut(parts.output + parts.states);
        let (gates_inside, kept_inside) = inner.split_at_mut(parts.gates);
        let mut gates = match &mut saved.gates {
            Some(own) => own.as_view_mut(),
            None => gates_inside,
        };
        let mut kept = match &mut saved.kept {
            Some(own) => own.as_view_mut(),
            None => kept_inside,
        };
        launch!(
            device,
            &self.form,
            Pass::Forward,
            &saved.rows,
            projection.as_cuda_slice::<f32>()?,
            w_hh_t_copy.as_cuda_slice::<f32>()?,
            &weights.as_cuda_slice::<f32>()?.slice(start..),
            &states
                .as_cuda_slice::<f32>()?
                .slice(states_layout.start_offset()..),
            &mut outer,
            &mut gates,
            &mut kept,
        );
        if self.saved.set(saved).is_err() {
            bail!("sequence: a node runs forward once");
        }
        let result = CudaStorage::wrap_cuda_slice(result, device.clone());
        Ok((result, Shape::from(parts.total())))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        states: &Tensor,
        result: &Tensor,
        d_result: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (Some(saved), Device::Cuda(device)) = (self.saved.get(), x.device()) else {
            bail!("sequence: backward before forward");
        };
        let Form {
            cell,
            batch,
            steps,
            hidden,
            directions,
            ..
        } = self.form;
        let (gates, places) = (self.form.rows(), batch * steps);
        let of_gates = Shape::from((directions, places, gates));
        let of_units = Shape::from((directions, places, hidden));
        let mut d_x = device.alloc_zeros::<f32>(of_gates.elem_count())?;
        // Only a GRU's differs.
        let own_d_a = if cell == Cell::Gru {
            of_gates.elem_count()
        } else {
            1
        };
        let mut d_a = device.alloc_zeros::<f32>(own_d_a)?;
        let mut h_before = device.alloc_zeros::<f32>(of_units.elem_count())?;
        let mut d_states = device.alloc_zeros::<f32>(states.elem_count())?;
        {
            let parts = self.form.parts();
            let d_result = d_result.contiguous()?;
            let [weights, states, result, d_result] =
                [weights, states, result, &d_result].map(Tensor::storage_and_layout);
            let result_numbers = view(&result)?;
            let (outer, inner) = result_numbers.split_at(parts.output + parts.states);
            let (gates_inside, kept_inside) = inner.split_at(parts.gates);
            launch!(
                device,
                &self.form,
                Pass::Backward,
                &saved.rows,
                &view(&weights)?,
                &view(&states)?,
                &outer,
                &saved
                    .gates
                    .as_ref()
                    .map_or(gates_inside, CudaSlice::as_view),
                &saved.kept.as_ref().map_or(kept_inside, CudaSlice::as_view),
                &view(&d_result)?,
                &mut d_x,
                &mut d_a,
                &mut h_before,
                &mut d_states,
            );
        }
        let tensor = |numbers, shape: &Shape| {
            let storage = Storage::Cuda(CudaStorage::wrap_cuda_slice(numbers, device.clone()));
            Tensor::from_storage(storage, shape.clone(), BackpropOp::none(), false)
        };
        let d_x = tensor(d_x, &of_gates);
        let deltas = Deltas {
            a: match cell {
                Cell::Gru => tensor(d_a, &of_gates),
                Cell::Rnn(_) | Cell::Lstm => d_x.clone(),
            },
            x: d_x,
            h_before: tensor(h_before, &of_units),
        };
        let (d_x, d_weights) = gradients(&self.form, &deltas, &x.detach(), &weights.detach())?;
        let d_states = self.form.initial.then(|| tensor(d_states, states.shape()));
        Ok((Some(d_x), Some(d_weights), d_states))
    }
}

/// The numbers of a contiguous tensor on a card.
fn view<'a>(
    (storage, layout): &'a (impl std::ops::Deref<Target = Storage>, &Layout),
) -> Result<CudaView<'a, f32>> {
    match (&**storage, layout.contiguous_offsets()) {
        (Storage::Cuda(storage), Some((start, end))) => {
            Ok(storage.as_cuda_slice::<f32>()?.slice(start..end))
        }
        _ => bail!("sequence: expected a contiguous tensor on a card, got {layout:?}"),
    }
}
