//! The sums on an NVIDIA card, by `sum_rows.cu`.

/// One launch: sum number s is over the rows `places[starts[s]..starts[s + 1]]`.
pub(super) struct Launch {
    pub starts: Vec<i32>,
    pub places: Vec<i32>,
}

/// A block adds one row after the other, so what has many rows (padding, frequent words) is cut into pieces of at most this.
pub(super) const PIECE: usize = 64;

/// The launches one after the other, each over the sums of the one before: pieces, pieces of pieces, at last the `count` sums.
pub(super) fn launches(index: &[u32], count: usize) -> Vec<Launch> {
    // The places of each row, in their order.
    let mut starts = vec![0; count + 1];
    for &row in index {
        starts[row as usize + 1] += 1;
    }
    for row in 0..count {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut places = vec![0; index.len()];
    for (place, &row) in index.iter().enumerate() {
        let next = &mut next[row as usize];
        places[*next as usize] = place as i32;
        *next += 1;
    }

    let mut launches = Vec::new();
    let piece = PIECE as i32;
    while starts.windows(2).any(|ends| ends[1] - ends[0] > piece) {
        let (mut pieces, mut starts_of_pieces) = (vec![0], vec![0]);
        for ends in starts.windows(2) {
            let cuts = (ends[0]..ends[1]).step_by(PIECE);
            pieces.extend(cuts.map(|start| ends[1].min(start + piece)));
            starts_of_pieces.push(pieces.len() as i32 - 1);
        }
        let all = (0..pieces.len() as i32 - 1).collect();
        launches.push(Launch {
            starts: pieces,
            places: std::mem::replace(&mut places, all),
        });
        starts = starts_of_pieces;
    }
    launches.push(Launch { starts, places });
    launches
}

/// The threads of a block for E columns.
pub(super) fn threads(size: usize) -> u32 {
    size.next_multiple_of(32).min(256) as u32
}

#[cfg(feature = "cuda")]
pub(super) use card::on_card;

#[cfg(feature = "cuda")]
mod card {
    use super::{Launch, launches, threads};
    use crate::ops::view;
    use candle_core::{
        CudaDevice, CudaStorage, Result, Storage, Tensor,
        cuda_backend::{
            WrapErr,
            cudarc::driver::{LaunchConfig, PushKernelArg},
        },
        op::BackpropOp,
    };

    /// See [`sum_rows`](crate::ops::sum_rows); at least one row is asked for.
    pub(in super::super) fn on_card(
        card: &CudaDevice,
        values: &Tensor,
        index: &[u32],
        count: usize,
    ) -> Result<Tensor> {
        let mut launches = launches(index, count).into_iter();
        let first = launches.next().map(|first| launch(card, values, first));
        let first = first.unwrap_or_else(|| values.zeros_like())?;
        launches.try_fold(first, |sums, next| launch(card, &sums, next))
    }

    fn launch(
        card: &CudaDevice,
        values: &Tensor,
        Launch { starts, mut places }: Launch,
    ) -> Result<Tensor> {
        let (_, size) = values.dims2()?;
        let count = starts.len() - 1;
        places.push(0); // a copy of nothing is an error
        let (starts, places) = (card.clone_htod(&starts)?, card.clone_htod(&places)?);
        // SAFETY: the kernel fills it.
        let mut sums = unsafe { card.alloc::<f32>(count * size)? };
        {
            let numbers = values.storage_and_layout();
            let (columns, values) = (size as i32, view(&numbers)?);
            let module = ("recurrent_sum_rows", recurrent_kernels::SUM_ROWS);
            let kernel = card.get_or_load_custom_func("sum_rows", module.0, module.1)?;
            let mut builder = kernel.builder();
            builder.arg(&columns).arg(&starts).arg(&places);
            builder.arg(&values).arg(&mut sums);
            let config = LaunchConfig {
                grid_dim: (count as u32, 1, 1),
                block_dim: (threads(size), 1, 1),
                shared_mem_bytes: 0,
            };
            // SAFETY: the arguments are those of the kernel, in its order and of the sizes that its comments give.
            unsafe { builder.launch(config) }.w()?;
        }
        let sums = Storage::Cuda(CudaStorage::wrap_cuda_slice(sums, card.clone()));
        let shape = (count, size);
        Ok(Tensor::from_storage(sums, shape, BackpropOp::none(), false))
    }
}
