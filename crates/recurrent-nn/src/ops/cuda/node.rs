//! The node of candle's graph: what is launched around the kernels, forward and backward.

use super::{
    arguments::{deltas, kept, products, rows},
    gradients::{Deltas, gradients},
    launch::{Card, Launch, Pass},
};
use crate::ops::{Cell, Form, Packing, view};
use candle_core::{
    CpuStorage, CudaDevice, CudaStorage, CustomOp3, Device, Layout, Result, Shape, Storage, Tensor,
    backend::BackendStorage,
    bail,
    cuda_backend::{
        WrapErr,
        cudarc::driver::{
            CudaSlice, DeviceRepr, LaunchConfig, PushKernelArg,
            sys::{CUdevice_attribute as Attribute, CUfunction_attribute as FunctionAttribute},
        },
    },
    op::BackpropOp,
};
use std::sync::OnceLock;

// SAFETY: nine 32-bit integers, as in `sizes.cuh`.
unsafe impl DeviceRepr for super::launch::Sizes {}

/// A layer in f32 on a card: x (B, T, E) in one piece, the weights and states of all directions, each in one row of numbers, to
/// [`Form::parts`].
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
        let device = x.device();
        for layout in [x_layout, weights_layout, states_layout] {
            if !layout.is_contiguous() {
                bail!("sequence: expected contiguous numbers, got {layout:?}");
            }
        }
        let start = weights_layout.start_offset();
        let (projection, w_hh_t) =
            products(&self.form, (x, x_layout.start_offset()), (weights, start))?;

        let parts = self.form.parts();
        let [gate_count, kept_count] = kept(&self.form);
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
            w_hh_t.as_cuda_slice::<f32>()?,
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
        let [d_projection, d_a, h_before] = deltas(&self.form);
        let mut d_projection = device.alloc_zeros::<f32>(d_projection)?;
        let mut d_a = device.alloc_zeros::<f32>(d_a)?;
        let mut h_before = device.alloc_zeros::<f32>(h_before)?;
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
                &mut d_projection,
                &mut d_a,
                &mut h_before,
                &mut d_states,
            );
        }
        let tensor = |numbers, shape: &Shape| {
            let storage = Storage::Cuda(CudaStorage::wrap_cuda_slice(numbers, device.clone()));
            Tensor::from_storage(storage, shape.clone(), BackpropOp::none(), false)
        };
        let d_projection = tensor(d_projection, &of_gates);
        let deltas = Deltas {
            d_a: match cell {
                Cell::Gru => tensor(d_a, &of_gates),
                Cell::Rnn(_) | Cell::Lstm => d_projection.clone(),
            },
            d_projection,
            h_before: tensor(h_before, &of_units),
        };
        let (d_x, d_weights) = gradients(&self.form, &deltas, &x.detach(), &weights.detach())?;
        let d_states = self.form.initial.then(|| tensor(d_states, states.shape()));
        Ok((Some(d_x), Some(d_weights), d_states))
    }
}
