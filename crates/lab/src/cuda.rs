//! What this machine has for CUDA.

use anyhow::{Result, bail};

use crate::ask::ask;

/// What compiles and what runs, each as it names itself, or what is missing of it and what mends that.
pub struct Cuda {
    /// Name, memory, compute capability and driver of the first card.
    pub card: Result<String, &'static str>,
    /// CUDA's compiler.
    pub nvcc: Result<String, &'static str>,
}

const NO_CARD: &str =
    "no NVIDIA card answers: `nvidia-smi` must list one (install NVIDIA's driver)";
const NO_LIBRARY: &str = "a card is there, but the driver's library libcuda.so.1 is not found: install NVIDIA's driver for programs, not only for the screen";
const NO_NVCC: &str = "no program `nvcc` is found: install the CUDA toolkit (https://developer.nvidia.com/cuda-downloads) and put its bin folder on PATH, \
    or start with `cuda/build.sh cargo lab --features cuda`, which fetches the compiler from PyPI";

impl Cuda {
    pub fn find() -> Self {
        Self {
            card: card(),
            nvcc: nvcc(),
        }
    }

    /// An error with what is missing, unless the lesson's crates can be compiled for the card here and run.
    pub fn expect(&self) -> Result<()> {
        for part in [&self.card, &self.nvcc] {
            if let Err(missing) = part {
                bail!(
                    "`--features cuda`: {missing}. Without that option the lesson runs on the processor."
                );
            }
        }
        Ok(())
    }
}

fn card() -> Result<String, &'static str> {
    let query = "--query-gpu=name,memory.total,compute_cap,driver_version";
    let answer = ask("nvidia-smi", &[query, "--format=csv,noheader"]).ok_or(NO_CARD)?;
    let first = answer.lines().next().ok_or(NO_CARD)?;
    let [name, memory, capability, driver] = first.split(", ").collect::<Vec<_>>()[..] else {
        return Err(NO_CARD);
    };
    if !has_driver_library() {
        return Err(NO_LIBRARY);
    }
    Ok(format!(
        "{name}, {memory}, compute capability {capability}, driver {driver}"
    ))
}

/// Programs with CUDA are linked to it: without it they do not even start.
fn has_driver_library() -> bool {
    const NAME: &str = "libcuda.so.1";
    let in_folders = std::env::var_os("LD_LIBRARY_PATH").is_some_and(|folders| {
        std::env::split_paths(&folders).any(|folder| folder.join(NAME).exists())
    });
    // /sbin is not on every user's PATH.
    in_folders
        || ["ldconfig", "/sbin/ldconfig"]
            .iter()
            .any(|ldconfig| ask(ldconfig, &["-p"]).is_some_and(|list| list.contains(NAME)))
}

fn nvcc() -> Result<String, &'static str> {
    let answer = ask("nvcc", &["--version"]).ok_or(NO_NVCC)?;
    let release = answer.lines().find(|line| line.contains("release"));
    Ok(release.unwrap_or("nvcc").trim().to_owned())
}
