//! Where tensors live: on the CPU, or on an NVIDIA GPU.

use crate::{Error, Model, Result};
use candle_core::{DType, Device, Tensor};

/// The device of a name: `cpu`, `cuda` (the first GPU) or `cuda:1` (the second, and so on).
///
/// Call it once and clone the device: tensors of two devices made for one GPU cannot be combined.
///
/// Threads may share it, and tensors may go from one thread to another: the work on a GPU is one queue (a CUDA stream),
/// done in order. With candle's own `Device::new_cuda` each thread has a queue of its own, and a tensor of another
/// thread may be read before it is computed.
///
/// Errors: [`Error::DeviceName`] for another name; [`Error::Device`] with the reason if this build, machine or GPU
/// cannot compute there.
///
/// ```
/// # use recurrent_nn::device;
/// assert!(device::parse("cpu")?.is_cpu());
/// let error = device::parse("gpu").unwrap_err().to_string();
/// assert_eq!(error, "the device is named \"gpu\", expected cpu, cuda or cuda:N with the number of a GPU, from 0");
/// # Ok::<(), recurrent_nn::Error>(())
/// ```
pub fn parse(name: &str) -> Result<Device> {
    let ordinal = match name.split_once(':') {
        None if name == "cpu" => return Ok(Device::Cpu),
        None if name == "cuda" => Some(0),
        Some(("cuda", digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<u16>().ok().map(usize::from)
        }
        _ => None,
    };
    let Some(ordinal) = ordinal else {
        return Err(Error::DeviceName { name: name.into() });
    };
    gpu(ordinal).map_err(|error| Error::Device { device: format!("cuda:{ordinal}"), problem: problem(&error) })
}

/// A GPU is tried with one small computation, so that a build for another kind of GPU fails here and not in a training.
fn gpu(ordinal: usize) -> candle_core::Result<Device> {
    let device = Device::new_cuda_with_stream(ordinal)?;
    #[cfg(feature = "cuda")]
    if let Device::Cuda(gpu) = &device {
        // SAFETY: all work goes to one stream, which keeps the order itself; events would do the same more slowly.
        unsafe { gpu.disable_event_tracking() };
    }
    Tensor::zeros(1, DType::F32, &device)?.affine(1.0, 1.0)?.to_vec1::<f32>()?;
    Ok(device)
}

/// Why a GPU cannot be used, and what to do, by the driver's names of its errors.
fn problem(error: &candle_core::Error) -> String {
    let text = error.to_string();
    let contains = |names: &[&str]| names.iter().any(|name| text.contains(name));
    if matches!(error, candle_core::Error::NotCompiledWithCudaSupport) || contains(&["not been compiled with cuda"]) {
        "this build has no CUDA".into()
    } else if contains(&["NO_DEVICE", "STUB_LIBRARY"]) {
        "no NVIDIA GPU is found; `nvidia-smi` must list one".into()
    } else if contains(&["INVALID_DEVICE"]) {
        "there is no GPU of this number; `nvidia-smi` lists them".into()
    } else if contains(&["NO_BINARY_FOR_GPU", "INVALID_PTX", "INVALID_IMAGE"]) {
        "this build is for another kind of GPU; build it again with the GPU in the machine, or with \
         CUDA_COMPUTE_CAP set to its compute capability"
            .into()
    } else if contains(&[
        "UNSUPPORTED_PTX_VERSION",
        "DRIVER_MISMATCH",
        "COMPAT_NOT_SUPPORTED",
        "CALL_REQUIRES_NEWER_DRIVER",
    ]) {
        "the NVIDIA driver is older than the CUDA of this build; update the driver".into()
    } else if is_out_of_memory(&text) {
        "its memory is full; `nvidia-smi` lists the programs that hold it".into()
    } else {
        first_line(&text)
    }
}

/// Whether candle's error says that the GPU's memory is full.
pub(crate) fn is_out_of_memory(text: &str) -> bool {
    text.contains("CUDA_ERROR_OUT_OF_MEMORY") || text.contains("CUBLAS_STATUS_ALLOC_FAILED")
}

/// candle's message, without the backtrace that may follow.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().into()
}

/// The device of a model's parameters; the CPU for a model without any.
pub fn of_model(model: &dyn Model) -> Device {
    let parameters = model.parameters();
    parameters.first().map_or(Device::Cpu, |(_, var)| var.device().clone())
}

/// Whether products on a GPU may round their factors from f32 to TF32, which has 10 bits after the point instead of 23.
/// It holds for the whole process; unless it is called, they run in f32, as in PyTorch
/// ([`torch.backends.cuda.matmul.allow_tf32`](https://docs.pytorch.org/docs/stable/notes/cuda.html)).
///
/// It reaches what cuBLAS multiplies: linear layers, the input projection of a recurrent layer and the gradients of its
/// weights. The steps of a sequence, the optimizer and the CPU stay in f32.
pub fn allow_tf32(allowed: bool) {
    candle_core::cuda::set_gemm_reduced_precision_f32(allowed);
}

/// The memory of a GPU, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What the tensors of this process take; none where the GPU has no memory pool.
    pub held: Option<u64>,
    /// What is free.
    pub free: u64,
    /// What the GPU has.
    pub total: u64,
}

/// The memory of a GPU once all its queued work is done; none for the CPU.
///
/// Errors: [`Error::Candle`] if the driver does not answer, or reports that earlier work has failed.
pub fn memory(device: &Device) -> Result<Option<Memory>> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(gpu) => Ok(Some(gpu_memory(gpu)?)),
        _ => Ok(None),
    }
}

/// Tensors come from the GPU's memory pool if it has one, so the pool knows what they take.
#[cfg(feature = "cuda")]
fn gpu_memory(gpu: &candle_core::CudaDevice) -> candle_core::Result<Memory> {
    use candle_core::cuda_backend::{
        WrapErr,
        cudarc::driver::{result, sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_USED_MEM_CURRENT},
    };
    let stream = gpu.cuda_stream();
    stream.synchronize().w()?;
    let context = stream.context();
    let (free, total) = context.mem_get_info().w()?;
    let held = || {
        let mut held = 0u64;
        // SAFETY: the device is that of a live context, its default pool lives as long, and this attribute is a u64.
        unsafe {
            let pool = result::device::get_default_mem_pool(context.cu_device()).w()?;
            let held = (&raw mut held).cast();
            result::mem_pool::get_attribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, held).w()?;
        }
        candle_core::Result::Ok(held)
    };
    Ok(Memory { held: context.has_async_alloc().then(held).transpose()?, free: free as u64, total: total as u64 })
}

/// The device by its name: `CPU`, or `cuda:0, NVIDIA H200`.
///
/// Errors: [`Error::Candle`] if the driver does not answer.
pub fn name(device: &Device) -> Result<String> {
    match device {
        #[cfg(feature = "cuda")]
        Device::Cuda(gpu) => {
            use candle_core::cuda_backend::WrapErr;
            let stream = gpu.cuda_stream();
            let context = stream.context();
            let name = context.name().w()?;
            Ok(format!("cuda:{}, {name}", context.ordinal()))
        }
        Device::Cpu => Ok("CPU".into()),
        device => Ok(format!("{:?}", device.location())),
    }
}

/// A device in words: its [`name`], and of a GPU the memory, as `cuda:0, NVIDIA H200, 138.2 GiB free of 139.8`.
///
/// Errors: those of [`name`] and [`memory`].
pub fn describe(device: &Device) -> Result<String> {
    let gib = |bytes: u64| bytes as f64 / (1u64 << 30) as f64;
    let name = name(device)?;
    Ok(match memory(device)? {
        Some(Memory { free, total, .. }) => {
            format!("{name}, {:.1} GiB free of {:.1}", gib(free), gib(total))
        }
        None => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_refused() {
        for name in ["", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:+1", "cuda:65536", "cuda:one", "cpu:0"] {
            let error = parse(name).unwrap_err();
            assert!(matches!(error, Error::DeviceName { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn errors_of_the_driver_become_sentences() {
        let sentence = |text: &str| problem(&candle_core::Error::Msg(text.into()));
        for (text, word) in [
            (r#"DriverError(CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected")"#, "no NVIDIA GPU is found"),
            (r#"DriverError(CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal")"#, "no GPU of this number"),
            (r#"DriverError(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "…") when loading affine"#, "update the driver"),
            (r#"DriverError(CUDA_ERROR_NO_BINARY_FOR_GPU, "…") when loading affine"#, "another kind of GPU"),
            (r#"DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")"#, "its memory is full"),
            ("something new\n   0: a backtrace", "something new"),
        ] {
            let sentence = sentence(text);
            assert!(sentence.contains(word), "{sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
    }

    #[test]
    fn the_cpu_has_no_gpu_memory() -> Result<()> {
        assert_eq!(describe(&Device::Cpu)?, "CPU");
        assert_eq!(memory(&Device::Cpu)?, None);
        Ok(())
    }
}
