//! Where tensors live.

use candle_core::Device;

/// The device to train on: the first GPU if this build has one to offer, else the CPU.
pub fn best_device() -> Device {
    Device::cuda_if_available(0).unwrap_or(Device::Cpu)
}
