//! Random numbers from a seed: the same on every machine. candle's own CPU generator cannot be seeded.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// The generator of one seed. Streams of one seed are independent of each other.
pub(crate) fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// A uniform number in 0..1, with 53 random bits.
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// Puts items into an order of a seed and a stream, each order as likely (Fisher and Yates).
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64, stream_of: u64) {
    let mut rng = stream(seed, stream_of);
    for last in (1..items.len()).rev() {
        let other = (unit(&mut rng) * (last + 1) as f64) as usize;
        items.swap(last, other);
    }
}
