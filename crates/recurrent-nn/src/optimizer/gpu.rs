//! The update on an NVIDIA GPU: one launch for a parameter, by `optimizer.cu`.

use super::{
    gradients::{Gradient, SparseGradient},
    rule::{Kind, Rule},
};

/// `Rule` of the kernels, field by field.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Constants {
    count: u32,
    size: u32,
    scale: f32,
    limit: f32,
    keep: f32,
    rate: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    root_scale: f32,
    epsilon: f32,
}

/// One launch: each number of a parameter, or of the rows that have a gradient.
pub(super) struct Launch {
    pub kernel: &'static str,
    pub constants: Constants,
    /// Which rows have a gradient; where the others change too, for each row the number of its gradient or −1; none if
    /// all have one.
    pub rows: Vec<i32>,
    pub blocks: u32,
}

pub(super) const THREADS: u32 = 256;

impl Launch {
    /// None if the kernels cannot count so many numbers. `dims` are those of the parameter.
    pub(super) fn new(rule: &Rule, dims: &[usize], gradient: &Gradient) -> Option<Self> {
        let size = *dims.last().unwrap_or(&1);
        let all: usize = dims.iter().product();
        let (count, rows) = match gradient {
            Gradient::Dense(_) => (all, vec![]),
            Gradient::Rows(SparseGradient { rows, .. }) if rule.lazy => {
                let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
                (rows.len() * size, rows)
            }
            Gradient::Rows(SparseGradient { rows, .. }) => {
                let mut numbers = vec![-1; all / size.max(1)];
                for (number, &row) in rows.iter().enumerate() {
                    numbers[row as usize] = number as i32;
                }
                (all, numbers)
            }
        };
        let count = u32::try_from(i32::try_from(count).ok()?).ok()?;
        let kernel = match (rule.kind, gradient.is_sparse(), rule.lazy) {
            (Kind::Sgd { momentum: 0.0, .. }, false, _) => "sgd_dense",
            (Kind::Sgd { momentum: 0.0, .. }, true, _) => "sgd_rows",
            (Kind::Sgd { .. }, false, _) => "momentum_dense",
            (Kind::Sgd { .. }, true, _) => "momentum_all",
            (Kind::Adam { .. }, false, _) => "adam_dense",
            (Kind::Adam { .. }, true, true) => "adam_rows",
            (Kind::Adam { .. }, true, false) => "adam_all",
        };
        Some(Self {
            kernel,
            constants: Constants::new(rule, count, size as u32),
            rows,
            blocks: count.div_ceil(THREADS),
        })
    }
}

impl Constants {
    /// Rounded once, from the numbers in f64, as on the CPU.
    fn new(rule: &Rule, count: u32, size: u32) -> Self {
        let (rate, beta1, beta2, root_scale, epsilon) = match rule.kind {
            Kind::Sgd { momentum, learning_rate } => (learning_rate, momentum, 0.0, 0.0, 0.0),
            Kind::Adam { beta1, beta2, epsilon, step_size, root_scale } => {
                (step_size, beta1, beta2, root_scale, epsilon)
            }
        };
        Self {
            count,
            size,
            scale: rule.scale as f32,
            limit: rule.limit as f32,
            keep: rule.keep as f32,
            rate: rate as f32,
            beta1: beta1 as f32,
            rest1: (1.0 - beta1) as f32,
            beta2: beta2 as f32,
            rest2: (1.0 - beta2) as f32,
            root_scale: root_scale as f32,
            epsilon: epsilon as f32,
        }
    }
}

#[cfg(test)]
impl Constants {
    pub(super) fn words(&self) -> Vec<u32> {
        let numbers = [
            self.scale,
            self.limit,
            self.keep,
            self.rate,
            self.beta1,
            self.rest1,
            self.beta2,
            self.rest2,
            self.root_scale,
            self.epsilon,
        ];
        let words = numbers.map(f32::to_bits);
        [self.count, self.size].into_iter().chain(words).collect()
    }
}

#[cfg(feature = "cuda")]
pub(super) use driver::launch;

#[cfg(feature = "cuda")]
mod driver {
    use super::{Constants, Launch, THREADS};
    use crate::ops::{edit_on_gpu, view};
    use candle_core::{
        CudaDevice, Result, Tensor, Var,
        cuda_backend::{
            WrapErr,
            cudarc::driver::{CudaViewMut, DeviceRepr, LaunchConfig, PushKernelArg},
        },
    };

    // SAFETY: twelve 32-bit numbers, as in `optimizer.cu`.
    unsafe impl DeviceRepr for Constants {}

    /// Changes a weight and its moments in place. `gradient`: of all weights or of some rows, contiguous.
    pub(in super::super) fn launch(
        gpu: &CudaDevice,
        launch: Launch,
        var: &Var,
        moments: &[Var],
        gradient: &Tensor,
    ) -> Result<()> {
        let Launch { kernel, constants, rows, blocks } = launch;
        if blocks == 0 {
            return Ok(());
        }
        let rows = match rows.is_empty() {
            true => None,
            false => Some(gpu.clone_htod(&rows)?),
        };
        let kernel = gpu.get_or_load_custom_func(kernel, "recurrent_optimizer", recurrent_kernels::OPTIMIZER)?;
        let numbers = gradient.storage_and_layout();
        let g = view(&numbers)?;
        let run = |mut w: CudaViewMut<f32>, moments: &mut [CudaViewMut<f32>]| -> Result<()> {
            let mut builder = kernel.builder();
            builder.arg(&constants);
            match &rows {
                Some(rows) => builder.arg(rows),
                None => builder.arg(&NOWHERE),
            };
            builder.arg(&g).arg(&mut w);
            let missing = 2 - moments.len();
            for moment in moments {
                builder.arg(moment);
            }
            for _ in 0..missing {
                builder.arg(&NOWHERE);
            }
            let config = LaunchConfig { grid_dim: (blocks, 1, 1), block_dim: (THREADS, 1, 1), shared_mem_bytes: 0 };
            // SAFETY: the arguments are those of the kernel, in its order and of the sizes that its comments give.
            unsafe { builder.launch(config) }.w()?;
            Ok(())
        };
        match moments {
            [] => edit_on_gpu(var, |w| run(w, &mut [])),
            [m] => edit_on_gpu(var, |w| edit_on_gpu(m, |m| run(w, &mut [m]))),
            [m, v, ..] => edit_on_gpu(var, |w| edit_on_gpu(m, |m| edit_on_gpu(v, |v| run(w, &mut [m, v])))),
        }
    }

    /// The address of what a kernel does not use.
    const NOWHERE: u64 = 0;
}
