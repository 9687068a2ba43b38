//! Work shared between threads, of which the caller's is one.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{
    LazyLock, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// One thread fewer than rayon's pool would have (`RAYON_NUM_THREADS`, else one for each core), as the caller works
/// too; none if that leaves none. In rayon's own pool the caller would sleep while as many threads as cores wake up.
static WORKERS: LazyLock<Option<Workers>> = LazyLock::new(|| {
    let requested = std::env::var("RAYON_NUM_THREADS").ok();
    let requested = requested.and_then(|count| count.parse().ok()).filter(|&count: &usize| count > 0);
    let threads = requested.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    Workers::new(threads.unwrap_or(1) - 1)
});

/// Single-threaded time, in nanoseconds, from which a second thread saves more than waking it costs.
pub(crate) const PAR_THRESHOLD: usize = 50_000;

/// Calls `work` with each item: the caller and idle worker threads take one after the other until none is left. The
/// caller does everything alone if that takes less than [`PAR_THRESHOLD`]; `nanoseconds` is a rough estimate: about 1
/// for each number that is written, 1 for 40 multiply-adds.
///
/// Which thread takes an item differs from run to run, so the result for an item must not depend on it. `work` must not
/// wait for a lock that a caller could hold: that caller may be waiting for this thread.
pub(crate) fn par_for_each<I: Send>(
    nanoseconds: usize,
    items: impl ExactSizeIterator<Item = I> + Send,
    work: impl Fn(I) + Sync,
) {
    match &*WORKERS {
        Some(workers) if nanoseconds >= PAR_THRESHOLD => workers.for_each(items, work),
        _ => items.for_each(work),
    }
}

/// Threads that help a caller. All callers share them.
struct Workers {
    pool: ThreadPool,
    /// How many have nothing to do. A caller starts only as many jobs as there are idle workers: a job that queued
    /// behind another caller's work would make its caller wait for that work.
    idle: AtomicUsize,
}

impl Workers {
    /// None for a count of 0, or on a system that starts no more threads.
    fn new(count: usize) -> Option<Self> {
        let pool = ThreadPoolBuilder::new().num_threads(count).thread_name(|index| format!("recurrent-{index}"));
        let pool = (count > 0).then(|| pool.build().ok()).flatten()?;
        let idle = AtomicUsize::new(pool.current_num_threads());
        Some(Self { pool, idle })
    }

    fn for_each<I: Send>(&self, items: impl ExactSizeIterator<Item = I> + Send, work: impl Fn(I) + Sync) {
        let wanted = items.len().saturating_sub(1);
        let items = Mutex::new(items);
        let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take_items = || {
            while let Some(item) = next() {
                work(item);
            }
        };
        self.pool.in_place_scope(|scope| {
            for busy in self.reserve(wanted) {
                scope.spawn(|_| {
                    let _busy = busy;
                    take_items();
                });
            }
            take_items();
        });
    }

    /// Marks up to this many idle workers as busy, each until its value is dropped.
    fn reserve(&self, wanted: usize) -> Vec<Busy<'_>> {
        let taken = |idle: usize| Some(idle - idle.min(wanted));
        let idle = self.idle.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        let idle = idle.unwrap_or(0);
        (0..idle.min(wanted)).map(|_| Busy(&self.idle)).collect()
    }
}

/// A worker that is not idle.
struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc::channel, thread, time::Duration};

    #[test]
    fn every_item_is_done_once() {
        let workers = Workers::new(2).unwrap();
        for count in [0, 1, 2, 100] {
            let mut items = vec![0; count];
            workers.for_each(items.iter_mut(), |item| *item += 1);
            assert_eq!(items, vec![1; count]);
            assert_eq!(workers.idle.load(Ordering::Relaxed), 2);
        }
    }

    #[test]
    fn a_caller_does_not_wait_for_the_work_of_another() {
        let workers = Workers::new(1).unwrap();
        let (started, starts) = channel();
        let (release, released) = channel::<()>();
        let released = Mutex::new(released);
        let (finished, finish) = channel();
        // Two items that hold the first caller and the only worker.
        let hold = |_| {
            started.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
        };
        thread::scope(|scope| {
            scope.spawn(|| workers.for_each(0..2, hold));
            (0..2).for_each(|_| starts.recv().unwrap());
            scope.spawn(|| {
                workers.for_each(0..2, |_| ());
                finished.send(()).unwrap();
            });
            let result = finish.recv_timeout(Duration::from_secs(10));
            (0..2).for_each(|_| release.send(()).unwrap());
            assert_eq!(result, Ok(()));
        });
    }
}
