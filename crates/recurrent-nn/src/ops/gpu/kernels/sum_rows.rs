//! The launches of the kernel `sum_rows.cu`.

#[cfg(test)]
mod cpu_emulation;

/// One launch: sum number s is over the rows `rows[starts[s]..starts[s + 1]]`.
pub(in crate::ops::gpu) struct SumLaunch {
    pub starts: Vec<i32>,
    pub rows: Vec<i32>,
}

/// A block adds one row after the other, so a sum of many rows (padding, frequent words) is split into chunks of at
/// most this many.
const CHUNK: usize = 64;

/// The launches in order, each over the sums of the previous one: chunks, chunks of chunks, at last the `count` sums.
pub(in crate::ops::gpu) fn launches(index: &[u32], count: usize) -> Vec<SumLaunch> {
    // The rows of each sum, in their order.
    let mut starts = vec![0; count + 1];
    for &sum in index {
        starts[sum as usize + 1] += 1;
    }
    for sum in 0..count {
        starts[sum + 1] += starts[sum];
    }
    let mut next = starts.clone();
    let mut rows = vec![0; index.len()];
    for (row, &sum) in index.iter().enumerate() {
        let next = &mut next[sum as usize];
        rows[*next as usize] = row as i32;
        *next += 1;
    }

    let mut launches = Vec::new();
    let chunk = CHUNK as i32;
    while starts.windows(2).any(|ends| ends[1] - ends[0] > chunk) {
        let (mut chunks, mut starts_of_chunks) = (vec![0], vec![0]);
        for ends in starts.windows(2) {
            let chunk_starts = (ends[0]..ends[1]).step_by(CHUNK);
            chunks.extend(chunk_starts.map(|start| ends[1].min(start + chunk)));
            starts_of_chunks.push(chunks.len() as i32 - 1);
        }
        let all = (0..chunks.len() as i32 - 1).collect();
        launches.push(SumLaunch { starts: chunks, rows: std::mem::replace(&mut rows, all) });
        starts = starts_of_chunks;
    }
    launches.push(SumLaunch { starts, rows });
    launches
}

/// The threads of a block for E columns.
pub(in crate::ops::gpu) fn threads(size: usize) -> u32 {
    size.next_multiple_of(32).min(256) as u32
}
