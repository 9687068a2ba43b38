//! The devices that a test runs on.

use candle_core::Device;
use recurrent_nn::device;
use std::sync::OnceLock;

/// The CPU, and the first card if this build has CUDA (`cargo test --features cuda -- --test-threads 1`: a card belongs
/// to one test at a time) and there is one. Says why there is none.
pub fn devices() -> Vec<Device> {
    [Device::Cpu].into_iter().chain(card()).collect()
}

/// The same card for all tests: tensors of two answers do not go together.
pub fn card() -> Option<Device> {
    static CARD: OnceLock<Option<Device>> = OnceLock::new();
    let find = || match device::parse("cuda") {
        Ok(card) => Some(card),
        Err(error) => {
            eprintln!("not tested on a card: {error}");
            None
        }
    };
    CARD.get_or_init(find).clone()
}
