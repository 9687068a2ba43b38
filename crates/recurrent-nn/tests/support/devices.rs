//! The devices that a test runs on.

use candle_core::Device;
use recurrent_nn::device;
use std::sync::OnceLock;

/// The first GPU. The tests that need it are ignored unless they are asked for, and then fail where there is none:
///
/// ```sh
/// cargo test --features cuda --test devices --test engine -- --ignored --test-threads 1
/// ```
///
/// All tests get the same one: tensors of two answers do not go together.
pub fn gpu() -> Device {
    static GPU: OnceLock<Device> = OnceLock::new();
    let find = || device::named("cuda").unwrap_or_else(|error| panic!("no test on a GPU: {error}"));
    GPU.get_or_init(find).clone()
}
