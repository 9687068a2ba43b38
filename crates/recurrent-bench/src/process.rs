//! What the operating system knows of this process and its processor.

use nix::sys::resource::{UsageWho, getrusage};
use sysinfo::{CpuRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

/// The largest resident memory of this process so far, in MB of 2^20 bytes.
pub fn peak_rss_mb() -> anyhow::Result<f64> {
    let unit = if cfg!(target_os = "macos") {
        1.0
    } else {
        1024.0
    }; // bytes there, KiB on Linux
    Ok(tenths(
        getrusage(UsageWho::RUSAGE_SELF)?.max_rss() as f64 * unit / (1 << 20) as f64,
    ))
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
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let name = system
        .cpus()
        .first()
        .map_or("unknown", |cpu| cpu.brand().trim());
    format!("{name}, {} cores", system.cpus().len())
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
