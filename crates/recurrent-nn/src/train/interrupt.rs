//! Ends a long call cleanly when the user presses stop.

use crate::{Error, Result};
use signal_hook::{consts::SIGINT, flag};
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// True while a SIGINT has its default effect, the end of the process: when no long call runs, and when one has already
/// been asked to stop.
static DEFAULT: AtomicBool = AtomicBool::new(true);
static STATE: Mutex<State> = Mutex::new(State { registered: false, calls: 0 });

struct State {
    /// A handler is never removed: the signal would then be ignored for ever.
    registered: bool,
    /// Long calls that are running.
    calls: usize,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For long calls that a notebook's stop button should end cleanly, as [`Trainer::fit`](crate::Trainer::fit) does.
/// While it lives, the first SIGINT only sets [`requested`](Interrupt::requested); a second one ends the process.
///
/// ```
/// # fn main() -> recurrent_nn::Result<()> {
/// let interrupt = recurrent_nn::train::Interrupt::listen()?;
/// let done = (0..1000).take_while(|_| !interrupt.requested()).count();
/// assert_eq!(done, 1000); // nobody pressed stop
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Interrupt(());

impl Interrupt {
    /// Listens for a SIGINT until the value is dropped. Errors if the operating system refuses.
    pub fn listen() -> Result<Self> {
        let mut state = state();
        if !state.registered {
            // The order matters: a signal first sees the flag as it was, then raises it.
            flag::register_conditional_default(SIGINT, &DEFAULT).map_err(Error::Signal)?;
            flag::register(SIGINT, &DEFAULT).map_err(Error::Signal)?;
            state.registered = true;
        }
        if state.calls == 0 {
            DEFAULT.store(false, Ordering::SeqCst);
        }
        state.calls += 1;
        Ok(Self(()))
    }

    /// Whether a SIGINT has come.
    pub fn requested(&self) -> bool {
        DEFAULT.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let mut state = state();
        state.calls -= 1;
        if state.calls == 0 {
            DEFAULT.store(true, Ordering::SeqCst);
        }
    }
}
