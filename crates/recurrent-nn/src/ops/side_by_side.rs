//! Work on several threads, of which the caller's is one.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{LazyLock, Mutex, PoisonError};

/// One thread less than rayon's pool would have (`RAYON_NUM_THREADS`, else one for each core), as the caller works too; none if that leaves
/// none. In rayon's own pool the caller would sleep while as many threads as cores wake up.
static HELPERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let asked = std::env::var("RAYON_NUM_THREADS").ok();
    let asked = asked
        .and_then(|count| count.parse().ok())
        .filter(|&count: &usize| count > 0);
    let threads = asked.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let count = threads.unwrap_or(1) - 1;
    let named = |index| format!("recurrent-{index}");
    let pool = ThreadPoolBuilder::new()
        .num_threads(count)
        .thread_name(named);
    // A system that gives no more threads leaves the work to the caller.
    (count > 0).then(|| pool.build().ok()).flatten()
});

/// What all items take on one thread, in nanoseconds, from which a second thread brings more than waking it up costs.
pub(crate) const ENOUGH: usize = 50_000;

/// Calls `work` with each item: the caller and its helpers take one after the other until none is left. The caller does all alone if that
/// takes it few `nanoseconds`, which is a rough reckoning: about 1 for each number that changes, 1 for 40 multiply-adds.
///
/// Which thread takes an item differs from run to run, so what `work` does to one may not depend on that. It may not wait for a lock either
/// that a caller could hold: a helper that waits for it would let that caller wait for the helper.
pub(crate) fn side_by_side<I: Send>(
    nanoseconds: usize,
    items: impl ExactSizeIterator<Item = I> + Send,
    work: impl Fn(I) + Sync,
) {
    let others = match nanoseconds >= ENOUGH {
        true => items.len().saturating_sub(1),
        false => 0,
    };
    if others == 0 {
        return items.for_each(work);
    }
    let items = Mutex::new(items);
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take = || {
        while let Some(item) = next() {
            work(item);
        }
    };
    match &*HELPERS {
        Some(helpers) => helpers.in_place_scope(|scope| {
            for _ in 0..others.min(helpers.current_num_threads()) {
                scope.spawn(|_| take());
            }
            take();
        }),
        None => take(),
    }
}
