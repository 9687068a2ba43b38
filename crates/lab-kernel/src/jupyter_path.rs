//! Keeps `evcxr_jupyter::main` from writing a kernel description.
//!
//! It "updates" the one in `$JUPYTER_PATH/kernels/rust`, or else in the user's data folder, whenever that is of another
//! version of evcxr: the description of an evcxr that the user installed would then name this program, without its
//! variables. It leaves a folder alone in which there is no description.

use std::path::Path;

const VARIABLE: &str = "JUPYTER_PATH";

/// What the variable was; absent if it was not set.
const BEFORE: &str = "RECURRENT_JUPYTER_PATH";

/// Lets `JUPYTER_PATH` name a folder that has no `kernels/rust`. Called while there is one thread only.
pub fn hide(without_kernels: &Path) {
    // SAFETY: no other thread runs yet.
    unsafe {
        match std::env::var_os(VARIABLE) {
            Some(before) => std::env::set_var(BEFORE, before),
            None => std::env::remove_var(BEFORE),
        }
        std::env::set_var(VARIABLE, without_kernels);
    }
}

/// Cells see the variable as the kernel found it. Called while there is one thread only.
pub fn restore() {
    // SAFETY: no other thread runs yet.
    unsafe {
        match std::env::var_os(BEFORE) {
            Some(before) => std::env::set_var(VARIABLE, before),
            None => std::env::remove_var(VARIABLE),
        }
        std::env::remove_var(BEFORE);
    }
}
