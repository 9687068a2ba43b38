//! Where lines of progress go: to standard output, or where a caller wants them.

use std::{cell::RefCell, fmt::Display, io::Write};

type Sink = Box<dyn FnMut(&str)>;

thread_local! {
    /// None: standard output.
    static SINK: RefCell<Option<Sink>> = const { RefCell::new(None) };
}

/// Gives the lines of progress of all that `work` does on this thread to `sink`, and not to standard output: to a log,
/// to a window, to a test.
///
/// ```
/// use recurrent_nn::train::{print_line, with_progress};
/// let (sender, lines) = std::sync::mpsc::channel();
/// let sum = with_progress(
///     move |line| sender.send(line.to_owned()).unwrap_or_default(),
///     || {
///         print_line("half of it is done"); // as `Trainer::fit` does
///         1 + 1
///     },
/// );
/// assert_eq!((sum, lines.recv()), (2, Ok("half of it is done".into())));
/// ```
pub fn with_progress<T>(sink: impl FnMut(&str) + 'static, work: impl FnOnce() -> T) -> T {
    /// Puts back what was there before, also if `work` panics.
    struct Before(Option<Sink>);
    impl Drop for Before {
        fn drop(&mut self) {
            SINK.set(self.0.take());
        }
    }
    let _before = Before(SINK.replace(Some(Box::new(sink))));
    work()
}

/// Whether the lines of this thread go to a sink of a caller.
pub(super) fn is_caught() -> bool {
    SINK.with_borrow(|sink| sink.is_some())
}

/// Gives out a line of progress of work that takes long. On standard output, that nobody reads it any more (a closed
/// pipe) is no error and no panic: the work goes on.
pub fn print_line(line: impl Display) {
    // Taken out while it runs: what it calls may have progress of its own.
    let Some(mut sink) = SINK.take() else {
        let _ = writeln!(std::io::stdout(), "{line}");
        return;
    };
    sink(&line.to_string());
    SINK.set(Some(sink));
}
