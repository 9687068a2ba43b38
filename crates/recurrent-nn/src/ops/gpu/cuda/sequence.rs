//! A recurrent layer on a GPU: what is launched around the kernels, forward and backward.

use super::view;
use crate::ops::{
    Cell, ForwardPass, InputGrads, NodeResult, Packing, RnnDims,
    gpu::kernels::{
        arguments::{preactivation_sizes, products, result_sizes, rows, saved_sizes},
        gradients::{PreactivationGrads, gradients},
        launch::{GpuLimits, Launch, Pass, Sizes},
    },
};
use candle_core::{
    CudaDevice, CudaStorage, Result, Shape, Storage, Tensor, bail,
    cuda_backend::{
        WrapErr,
        cudarc::driver::{
            CudaSlice, DeviceRepr, LaunchConfig, PushKernelArg,
            sys::{CUdevice_attribute as Attribute, CUfunction_attribute as FunctionAttribute},
        },
    },
    op::BackpropOp,
};
use std::ops::Range;

// SAFETY: nine 32-bit integers, as in `sizes.cuh`.
unsafe impl DeviceRepr for Sizes {}

/// A layer in f32 after its forward pass on a GPU.
pub(super) struct CudaSequence {
    dims: RnnDims,
    device: CudaDevice,
    /// Those of the first direction, then of the second.
    weights: Tensor,
    /// h₀ and c₀ of the first direction, then of the second, (D, S, B, H); one number if there are none.
    states: Tensor,
    rows: CudaSlice<i32>,
    /// The output (B, T, D·H), then h_n and c_n, (B, D·H) each.
    result: CudaSlice<f32>,
    /// The gates, (G, B, T, D·H).
    gates: CudaSlice<f32>,
    /// c or W_hn h + b_hn, (B, T, D·H).
    kept: CudaSlice<f32>,
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

impl CudaSequence {
    /// All tensors are contiguous.
    pub(super) fn forward(
        dims: RnnDims,
        packing: &Packing,
        device: &CudaDevice,
        x: &Tensor,
        parameters: [&Tensor; 2],
    ) -> Result<Self> {
        let all = |start: usize, count: usize| {
            let own = parameters[..dims.directions].iter().map(|own| own.detach().narrow(0, start, count));
            Tensor::cat(&own.collect::<Result<Vec<_>>>()?, 0)
        };
        let weights = all(0, dims.weight_count())?;
        let states = match dims.initial {
            true => all(dims.weight_count(), dims.cell.states() * dims.batch * dims.hidden)?.contiguous()?,
            false => Tensor::zeros(1, x.dtype(), x.device())?,
        };
        let [x, w, h] = [x, &weights, &states].map(Tensor::storage_and_layout);
        let (Storage::Cuda(x_numbers), Storage::Cuda(weight_numbers)) = (&*x.0, &*w.0) else {
            bail!("sequence: expected tensors on a GPU");
        };
        let (x_start, weights_start) = (x.1.start_offset(), w.1.start_offset());
        let (projection, w_hh_t) = products(&dims, (x_numbers, x_start), (weight_numbers, weights_start))?;

        let [gate_count, kept_count] = saved_sizes(&dims);
        // Padded steps are not written: zero for whoever asks for the gates; the backward kernel does not read them.
        let saved = |count| match dims.gates {
            true => device.alloc_zeros::<f32>(count),
            // SAFETY: as above.
            false => unsafe { device.alloc::<f32>(count) },
        };
        let rows = device.clone_htod(&rows(packing))?;
        let mut result = device.alloc_zeros::<f32>(result_sizes(&dims).iter().sum())?;
        let (mut gates, mut kept) = (saved(gate_count)?, saved(kept_count)?);
        launch!(
            device,
            &dims,
            Pass::Forward,
            &rows,
            projection.as_cuda_slice::<f32>()?,
            w_hh_t.as_cuda_slice::<f32>()?,
            &view(&w)?,
            &view(&h)?,
            &mut result,
            &mut gates,
            &mut kept,
        );
        drop((x, w, h));
        Ok(Self { dims, device: device.clone(), weights, states, rows, result, gates, kept })
    }

    /// Where a node's result stands among those of the kernel.
    fn place(&self, result: NodeResult) -> Range<usize> {
        let [output, states] = result_sizes(&self.dims);
        match result {
            NodeResult::Output => 0..output,
            NodeResult::States => output..output + states,
        }
    }

    fn copy(&self, from: &CudaSlice<f32>, range: Range<usize>) -> Result<Storage> {
        // SAFETY: the copy fills it.
        let mut copy = unsafe { self.device.alloc::<f32>(range.len())? };
        self.device.memcpy_dtod(&from.slice(range), &mut copy)?;
        Ok(Storage::Cuda(CudaStorage::wrap_cuda_slice(copy, self.device.clone())))
    }
}

fn tensor(storage: Storage, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_storage(storage, shape, BackpropOp::none(), false)
}

impl ForwardPass for CudaSequence {
    fn result(&self, result: NodeResult) -> Result<Storage> {
        self.copy(&self.result, self.place(result))
    }

    fn gate(&self, index: usize) -> Result<Tensor> {
        let [output, _] = result_sizes(&self.dims);
        let gate = match index < self.dims.cell.gates() {
            true => self.copy(&self.gates, index * output..(index + 1) * output)?,
            false => self.copy(&self.kept, 0..output)?,
        };
        Ok(tensor(gate, (self.dims.batch, self.dims.steps, self.dims.output_width())))
    }

    fn backward(&self, x: &Tensor, _: [&Tensor; 2], result: NodeResult, gradient: &Tensor) -> Result<InputGrads> {
        let Self { device, weights, states, .. } = self;
        let RnnDims { cell, batch, steps, hidden, directions, .. } = self.dims;
        let (gate_rows, positions) = (self.dims.gate_rows(), batch * steps);
        let [d_projection, d_a, h_before] = preactivation_sizes(&self.dims);
        let mut d_projection = device.alloc_zeros::<f32>(d_projection)?;
        let mut d_a = device.alloc_zeros::<f32>(d_a)?;
        let mut h_before = device.alloc_zeros::<f32>(h_before)?;
        let mut d_states = device.alloc_zeros::<f32>(states.elem_count())?;
        let mut d_result = device.alloc_zeros::<f32>(result_sizes(&self.dims).iter().sum())?;
        {
            let [weights, states, gradient] = [weights, states, gradient].map(Tensor::storage_and_layout);
            device.memcpy_dtod(&view(&gradient)?, &mut d_result.slice_mut(self.place(result)))?;
            launch!(
                device,
                &self.dims,
                Pass::Backward,
                &self.rows,
                &view(&weights)?,
                &view(&states)?,
                &self.result,
                &self.gates,
                &self.kept,
                &d_result,
                &mut d_projection,
                &mut d_a,
                &mut h_before,
                &mut d_states,
            );
        }
        let own =
            |numbers, shape: Shape| tensor(Storage::Cuda(CudaStorage::wrap_cuda_slice(numbers, device.clone())), shape);
        let gate_shape = Shape::from((directions, positions, gate_rows));
        let d_projection = own(d_projection, gate_shape.clone());
        let grads = PreactivationGrads {
            d_a: match cell {
                Cell::Gru => own(d_a, gate_shape),
                Cell::Rnn(_) | Cell::Lstm => d_projection.clone(),
            },
            d_projection,
            h_before: own(h_before, Shape::from((directions, positions, hidden))),
        };
        let (d_x, d_weights) = gradients(&self.dims, &grads, &x.detach(), weights)?;
        let d_states = self.dims.initial.then(|| own(d_states, states.shape().clone()));
        let of_one = |direction: usize| {
            let part = |all: &Tensor| {
                let count = all.elem_count() / directions;
                all.narrow(0, direction * count, count)
            };
            match &d_states {
                Some(d_states) => Tensor::cat(&[part(&d_weights)?, part(d_states)?], 0),
                None => part(&d_weights),
            }
        };
        let second = (directions == 2).then(|| of_one(1)).transpose()?;
        Ok((Some(d_x), Some(of_one(0)?), second))
    }
}
