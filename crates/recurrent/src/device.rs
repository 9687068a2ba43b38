//! Where a page trains.

use candle_core::Device;
use recurrent_nn::{Error, device};
use std::sync::OnceLock;

/// The device to train on: the one that the variable `RECURRENT_DEVICE` names (`cpu`, `cuda`, `cuda:1`), else the
/// first NVIDIA GPU if this build has CUDA and the GPU can be used, else the CPU.
///
/// Every call returns the same one. A device that cannot be used is not an error: the CPU takes its place, and
/// [`describe`] says what is wrong. [`device::parse`] has the error.
///
/// On a GPU, matrix products run in f32; with `RECURRENT_TF32=1` in TF32, see [`device::allow_tf32`].
pub fn best_device() -> Device {
    chosen().0.clone()
}

/// A device in a line, e.g. `Device: cuda:0, NVIDIA H200, 138.2 GiB free of 139.8`; for that of [`best_device`] also
/// why it was chosen. A cell that ends with a device shows it.
pub fn describe(device: &Device) -> String {
    let (best, line) = chosen();
    let line = match best.same_device(device) {
        true => line.clone(),
        false => device::describe(device).unwrap_or_else(|error| error.to_string()),
    };
    format!("Device: {line}")
}

/// The device of [`best_device`], and the line that says why.
fn chosen() -> &'static (Device, String) {
    static CHOSEN: OnceLock<(Device, String)> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let wanted = std::env::var_os("RECURRENT_DEVICE");
        let (device, mut line) = choose(wanted.as_deref().map(|name| name.to_string_lossy()).as_deref());
        if device.is_cuda() && std::env::var_os("RECURRENT_TF32").is_some_and(|value| value == "1") {
            device::allow_tf32(true);
            line += ", products in TF32 (RECURRENT_TF32=1)";
        }
        (device, line)
    })
}

/// What a build without CUDA adds to the problem.
const ADVICE: &str =
    if cfg!(feature = "cuda") { "" } else { "; for an NVIDIA GPU start with `cargo lab --features cuda`" };

/// A device and the line that describes it.
fn choose(wanted: Option<&str>) -> (Device, String) {
    let found = device::parse(wanted.unwrap_or("cuda")).and_then(|device| Ok((device::describe(&device)?, device)));
    let why = match (found, wanted) {
        (Ok((line, device)), None) => return (device, line),
        (Ok((line, device)), Some(name)) => {
            return (device, format!("{line} (RECURRENT_DEVICE={name})"));
        }
        (Err(Error::Device { problem, .. }), None) => format!("{problem}{ADVICE}"),
        (Err(Error::Device { device, problem }), Some(_)) => {
            format!("RECURRENT_DEVICE asks for {device}, but {problem}{ADVICE}")
        }
        (Err(error @ Error::DeviceName { .. }), _) => {
            format!("RECURRENT_DEVICE is not understood: {error}")
        }
        (Err(error), _) => error.to_string(),
    };
    (Device::Cpu, format!("CPU ({why})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_used_when_asked_for() {
        let (device, line) = choose(Some("cpu"));
        assert!(device.is_cpu());
        assert_eq!(line, "CPU (RECURRENT_DEVICE=cpu)");
    }

    #[test]
    fn an_unknown_name_is_reported() {
        let (device, line) = choose(Some("gpu"));
        assert!(device.is_cpu());
        assert!(line.contains("\"gpu\"") && line.contains("cpu, cuda or cuda:N"), "{line}");
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_build_without_cuda_says_how_to_get_one() {
        let (device, line) = choose(None);
        assert!(device.is_cpu());
        assert!(line.contains("cargo lab --features cuda"), "{line}");
        let (_, line) = choose(Some("cuda:1"));
        assert!(line.contains("RECURRENT_DEVICE asks for cuda:1, but this build has no CUDA"), "{line}");
    }
}
