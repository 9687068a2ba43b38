//! The node of candle's graph: what is launched around the kernels, forward and backward.

use super::view;
use crate::ops::{
    Cell, Packing, RnnDims,
    gpu::kernels::{
        arguments::{preactivation_sizes, products, rows, saved_sizes},
        gradients::{PreactivationGrads, gradients},
        launch::{GpuLimits, Launch, Pass, Sizes},
        parts::Parts,
    },
};
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
unsafe impl DeviceRepr for Sizes {}

/// A layer in f32 on a GPU: from x (B, T, E) and the packed weights and states of all directions to [`Parts`].
pub(crate) struct CudaSequence {
    dims: RnnDims,
    packing: Packing,
    saved: OnceLock<SavedForBackward>,
}

/// What the forward pass keeps for the backward pass.
struct SavedForBackward {
    rows: CudaSlice<i32>,
    /// The gates (G, B, T, D·H), and c or W_hn h + b_hn (B, T, D·H); none if they are in the result.
    gates: Option<CudaSlice<f32>>,
    kept: Option<CudaSlice<f32>>,
}

impl CudaSequence {
    pub(crate) fn new(dims: RnnDims, packing: Packing) -> Self {
        Self { dims, packing, saved: OnceLock::new() }
    }
}

fn limits(device: &CudaDevice) -> Result<GpuLimits> {
    let stream = device.cuda_stream();
    let attribute = |attribute| -> Result<usize> { Ok(stream.context().attribute(attribute).w()? as usize) };
    Ok(GpuLimits {
        shared_bytes: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?,
        multiprocessors: attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?,
    })
}

/// Launches a kernel with its sizes and these arguments.
macro_rules! launch {
    ($device:expr, $dims:expr, $pass:expr, $($argument:expr),+ $(,)?) => {{
        let launch = Launch::new($dims, $pass, limits($device)?);
        let (module, ptx) = match $dims.cell {
            Cell::Rnn(_) => ("recurrent_rnn", recurrent_kernels::RNN),
            Cell::Lstm => ("recurrent_lstm", recurrent_kernels::LSTM),
            Cell::Gru => ("recurrent_gru", recurrent_kernels::GRU),
        };
        let kernel = $device.get_or_load_custom_func(&launch.kernel, module, ptx)?;
        // More than 48 KiB must be requested.
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
        bail!("sequence: expected tensors on a GPU")
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
                bail!("sequence: expected contiguous tensors, got {layout:?}");
            }
        }
        let start = weights_layout.start_offset();
        let (projection, w_hh_t) = products(&self.dims, (x, x_layout.start_offset()), (weights, start))?;

        let parts = Parts::of(&self.dims);
        let [gate_count, saved_count] = saved_sizes(&self.dims);
        // SAFETY: padded steps are not written, and are never read by the backward kernel.
        let own = |wanted: bool, count| wanted.then(|| unsafe { device.alloc(count) }).transpose();
        let mut saved = SavedForBackward {
            rows: device.clone_htod(&rows(&self.packing))?,
            gates: own(parts.gates == 0, gate_count)?,
            kept: own(parts.cells == 0, saved_count)?,
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
            &self.dims,
            Pass::Forward,
            &saved.rows,
            projection.as_cuda_slice::<f32>()?,
            w_hh_t.as_cuda_slice::<f32>()?,
            &weights.as_cuda_slice::<f32>()?.slice(start..),
            &states.as_cuda_slice::<f32>()?.slice(states_layout.start_offset()..),
            &mut outer,
            &mut gates,
            &mut kept,
        );
        if self.saved.set(saved).is_err() {
            bail!("sequence: a node has one forward pass");
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
        let RnnDims { cell, batch, steps, hidden, directions, .. } = self.dims;
        let (gate_rows, positions) = (self.dims.gate_rows(), batch * steps);
        let gate_shape = Shape::from((directions, positions, gate_rows));
        let state_shape = Shape::from((directions, positions, hidden));
        let [d_projection, d_a, h_before] = preactivation_sizes(&self.dims);
        let mut d_projection = device.alloc_zeros::<f32>(d_projection)?;
        let mut d_a = device.alloc_zeros::<f32>(d_a)?;
        let mut h_before = device.alloc_zeros::<f32>(h_before)?;
        let mut d_states = device.alloc_zeros::<f32>(states.elem_count())?;
        {
            let parts = Parts::of(&self.dims);
            let d_result = d_result.contiguous()?;
            let [weights, states, result, d_result] =
                [weights, states, result, &d_result].map(Tensor::storage_and_layout);
            let result_numbers = view(&result)?;
            let (outer, inner) = result_numbers.split_at(parts.output + parts.states);
            let (gates_inside, kept_inside) = inner.split_at(parts.gates);
            launch!(
                device,
                &self.dims,
                Pass::Backward,
                &saved.rows,
                &view(&weights)?,
                &view(&states)?,
                &outer,
                &saved.gates.as_ref().map_or(gates_inside, CudaSlice::as_view),
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
        let d_projection = tensor(d_projection, &gate_shape);
        let grads = PreactivationGrads {
            d_a: match cell {
                Cell::Gru => tensor(d_a, &gate_shape),
                Cell::Rnn(_) | Cell::Lstm => d_projection.clone(),
            },
            d_projection,
            h_before: tensor(h_before, &state_shape),
        };
        let (d_x, d_weights) = gradients(&self.dims, &grads, &x.detach(), &weights.detach())?;
        let d_states = self.dims.initial.then(|| tensor(d_states, states.shape()));
        Ok((Some(d_x), Some(d_weights), d_states))
    }
}
