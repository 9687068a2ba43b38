//! What this machine has for CUDA.

use anyhow::{Result, bail};

use crate::command_output::command_output;

/// The GPU and the compiler: how each describes itself, or what is missing and how to install it.
pub struct Cuda {
    /// Name, memory, compute capability and driver of the first GPU.
    pub gpu: Result<String, &'static str>,
    /// CUDA's compiler.
    pub nvcc: Result<String, &'static str>,
    /// What is wrong if the driver is too old for what the compiler makes.
    pub old_driver: Option<String>,
}

const NO_GPU: &str = "no NVIDIA GPU answers: `nvidia-smi` must list one (install NVIDIA's driver)";
const NO_LIBRARY: &str = "a GPU is there, but the driver's library libcuda.so.1 is not found: install NVIDIA's driver \
    for programs, not only for the screen";
const NO_NVCC: &str = "no program `nvcc` is found: install the CUDA toolkit \
    (https://developer.nvidia.com/cuda-downloads) and put its bin folder on PATH, \
    or start with `cuda/build.sh cargo lab --features cuda`, which fetches the compiler from PyPI";

impl Cuda {
    pub fn find() -> Self {
        let (gpu, nvcc) = (gpu(), nvcc());
        let old_driver = match &nvcc {
            Ok(nvcc) if gpu.is_ok() => command_output("nvidia-smi", &[]).and_then(|driver| old_driver(&driver, nvcc)),
            _ => None,
        };
        Self { gpu, nvcc, old_driver }
    }

    /// An error with what is missing, unless the lesson's crates can be compiled for the GPU here and run.
    pub fn expect(&self) -> Result<()> {
        for part in [&self.gpu, &self.nvcc] {
            if let Err(missing) = part {
                bail!("`--features cuda`: {missing}. Without that option the lesson runs on the processor.");
            }
        }
        if let Some(problem) = &self.old_driver {
            bail!("`--features cuda`: {problem}. Without that option the lesson runs on the processor.");
        }
        Ok(())
    }
}

fn gpu() -> Result<String, &'static str> {
    let query = "--query-gpu=name,memory.total,compute_cap,driver_version";
    let answer = command_output("nvidia-smi", &[query, "--format=csv,noheader"]).ok_or(NO_GPU)?;
    let first = answer.lines().next().ok_or(NO_GPU)?;
    let [name, memory, capability, driver] = first.split(", ").collect::<Vec<_>>()[..] else {
        return Err(NO_GPU);
    };
    if !has_driver_library() {
        return Err(NO_LIBRARY);
    }
    Ok(format!("{name}, {memory}, compute capability {capability}, driver {driver}"))
}

/// Programs with CUDA are linked to it: without it they do not even start.
fn has_driver_library() -> bool {
    const NAME: &str = "libcuda.so.1";
    let in_folders = std::env::var_os("LD_LIBRARY_PATH")
        .is_some_and(|folders| std::env::split_paths(&folders).any(|folder| folder.join(NAME).exists()));
    // /sbin is not on every user's PATH.
    in_folders
        || ["ldconfig", "/sbin/ldconfig"]
            .iter()
            .any(|ldconfig| command_output(ldconfig, &["-p"]).is_some_and(|list| list.contains(NAME)))
}

fn nvcc() -> Result<String, &'static str> {
    let answer = command_output("nvcc", &["--version"]).ok_or(NO_NVCC)?;
    let release = answer.lines().find(|line| line.contains("release"));
    Ok(release.unwrap_or("nvcc").trim().to_owned())
}

/// Compares the newest CUDA that the driver knows, as `nvidia-smi` names it, with the compiler's: kernels are kept as
/// text (PTX) that the driver must understand. None if all is well, or if one of the two is not found.
fn old_driver(driver: &str, nvcc: &str) -> Option<String> {
    let driver = version(driver, "CUDA Version: ")?;
    let compiler = version(nvcc, "release ")?;
    let name = |(major, minor)| format!("CUDA {major}.{minor}");
    (driver < compiler).then(|| {
        format!(
            "the driver knows {} at most, but nvcc compiles for {}: update NVIDIA's driver, or put an nvcc of {} \
             first on PATH",
            name(driver),
            name(compiler),
            name(driver)
        )
    })
}

/// The numbers behind `label`, as in `12.4`.
fn version(text: &str, label: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.split_once(label)?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (major, minor) = rest[..end.unwrap_or(rest.len())].split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NVCC: &str = "Cuda compilation tools, release 13.0, V13.0.88";

    #[test]
    fn a_driver_older_than_the_compiler_is_reported() {
        let smi = |version: &str| {
            format!(
                "Tue Jun  4 10:12:01 2024\n| NVIDIA-SMI 550.54.15   Driver Version: 550.54.15   CUDA Version: \
                 {version}     |\n"
            )
        };
        assert_eq!(
            old_driver(&smi("12.4"), NVCC).as_deref(),
            Some(
                "the driver knows CUDA 12.4 at most, but nvcc compiles for CUDA 13.0: update NVIDIA's driver, or put \
                 an nvcc of CUDA 12.4 first on PATH"
            )
        );
        for enough in ["13.0", "13.1", "14.0", "N/A"] {
            assert_eq!(old_driver(&smi(enough), NVCC), None, "{enough}");
        }
        assert_eq!(old_driver("", NVCC), None);
        assert_eq!(old_driver(&smi("9.2"), "nvcc"), None);
    }
}
