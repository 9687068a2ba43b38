//! The next batches are made while a model learns from this one.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;

/// Runs `items` on a thread of its own, at most `ahead` items waiting and one more in the making before they are asked
/// for. The order stays, and so do the items.
///
/// It pays where an item takes longer to make than to hand over to another thread, some microseconds: rows that are
/// read from a file and turned into ids, and not batches of ids that are in memory.
///
/// Plain ids are the best items. candle's tensors may be items too: on the CPU always, on an NVIDIA GPU if recurrent-nn
/// made their device, whose work is one queue for all threads. They take memory on the GPU while they wait.
///
/// ```
/// use recurrent_data::prefetch;
/// assert_eq!(prefetch(0..5, 2).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
/// ```
pub fn prefetch<I>(items: I, ahead: usize) -> Prefetch<I::Item>
where
    I: Iterator + Send + 'static,
    I::Item: Send,
{
    let (sender, receiver) = sync_channel(ahead);
    // When the receiver is dropped, the thread ends at its next item.
    let thread = std::thread::spawn(move || {
        for item in items {
            if sender.send(item).is_err() {
                break;
            }
        }
    });
    Prefetch { receiver, thread: Some(thread) }
}

/// Items that another thread makes; see [`prefetch`].
#[derive(Debug)]
pub struct Prefetch<T> {
    receiver: Receiver<T>,
    thread: Option<JoinHandle<()>>,
}

impl<T> Iterator for Prefetch<T> {
    type Item = T;

    /// # Panics
    /// With the panic of the thread, if there was one.
    fn next(&mut self) -> Option<T> {
        if let Ok(item) = self.receiver.recv() {
            return Some(item);
        }
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
        None
    }
}
