//! What stays of the program that Jupyter started once a spare does its work: a small process that lives as long as the
//! kernel, and passes a stop on that Jupyter sends as a signal.

use std::io::{Read, Result, Write, stdin};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

fn main() -> Result<()> {
    // The way to the spare.
    let mut kernel = UnixStream::from(stdin().as_fd().try_clone_to_owned()?);
    let mut stops = kernel.try_clone()?;
    let mut signals = Signals::new([SIGINT])?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let _ = stops.write_all(b"s"); // a kernel that has ended cannot be stopped
        }
    });
    // Says nothing and ends with its kernel.
    kernel.read_to_end(&mut Vec::new())?;
    Ok(())
}
