//! What the operating system knows of this process and its processor.

use nix::sys::resource::{UsageWho, getrusage};
use sysinfo::{CpuRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

/// The largest resident memory of this process so far, in MB of 2^20 bytes.
pub fn peak_rss_mb() -> anyhow::Result<f64> {
    let bytes = match high_water_mark() {
        Some(bytes) => bytes,
        None => {
            getrusage(UsageWho::RUSAGE_SELF)?.max_rss() as f64 * if cfg!(target_os = "macos") { 1.0 } else { 1024.0 }
        }
    };
    Ok(tenths(bytes / (1 << 20) as f64))
}

/// `VmHWM` of Linux. Its `getrusage` also counts the process that started this one.
fn high_water_mark() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0)
}

/// The resident memory of this process now, in MB of 2^20 bytes.
pub fn rss_mb() -> anyhow::Result<f64> {
    let pid = sysinfo::get_current_pid().map_err(anyhow::Error::msg)?;
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        false,
        ProcessRefreshKind::nothing().with_memory(),
    );
    let bytes = system.process(pid).map_or(0, |process| process.memory());
    Ok(tenths(bytes as f64 / (1 << 20) as f64))
}

/// The processor as it names itself, e.g. `AMD EPYC, 2 cores`.
pub fn processor() -> String {
    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let name = system.cpus().first().map_or("unknown", |cpu| cpu.brand().trim());
    format!("{name}, {} cores", system.cpus().len())
}

/// Bytes in MB of 2^20 bytes.
pub fn mb(bytes: u64) -> f64 {
    tenths(bytes as f64 / (1 << 20) as f64)
}

/// The version of NVIDIA's driver, e.g. `580.95.05`.
pub fn nvidia_driver() -> Option<String> {
    let output = std::process::Command::new("nvidia-smi")
        .args(["--query-gpu=driver_version", "--format=csv,noheader"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
