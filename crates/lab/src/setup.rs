//! Makes whatever is missing, in the order in which it is needed.
//!
//! Each step finds out for itself whether it is done, leaves nothing half-made that a later run would trust, and can be
//! killed at any point.

use std::panic::resume_unwind;
use std::thread;

use anyhow::{Result, anyhow};

use crate::cuda::Cuda;
use crate::environment::{self, Environment};
use crate::kernel;
use crate::kernelspec;
use crate::layout::Layout;
use crate::lock::Lock;
use crate::overwritten_kernel;
use crate::pins;
use crate::template;
use crate::toolchain;

/// Sets up, says what is there, and returns the Python environment to start.
pub fn setup(layout: &Layout) -> Result<Environment> {
    if layout.cuda() {
        Cuda::find().expect()?; // without the driver's library no cell would run
    }
    let pins = pins::read(&layout.environment_yml())?;
    let environment = environment::choose(layout);
    if !environment::is_ready(&environment, &pins) {
        environment::find_python(layout, &pins)?; // said at once, not after minutes of building
    }
    let lock = Lock::acquire(layout)?;
    toolchain::ensure_rust_src(layout, &lock)?;

    // pip needs the network, cargo the processor: side by side.
    let (packages, kernel) = thread::scope(|scope| {
        let packages = scope.spawn(|| environment::ensure(layout, &lock, &environment, &pins));
        let kernel = kernel_and_template(layout, &lock);
        let packages = packages.join();
        (packages.unwrap_or_else(|panic| resume_unwind(panic)), kernel)
    });
    let (packages, kernel) = match (packages, kernel) {
        (Err(packages), Err(kernel)) => return Err(anyhow!("{packages:#}\n{kernel:#}")),
        (packages, kernel) => (packages?, kernel?),
    };
    println!("{packages}");
    for line in kernel {
        println!("{line}");
    }
    println!("{}", kernelspec::install(layout, &environment.prefix)?);
    for line in overwritten_kernel::give_back(layout) {
        println!("{line}");
    }
    Ok(environment)
}

/// The kernel program, then its template. Says one line of each.
fn kernel_and_template(layout: &Layout, lock: &Lock) -> Result<[String; 2]> {
    Ok([kernel::ensure(layout, lock)?, template::ensure(layout, lock)?])
}
