//! Work on several patients at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does the work on all patients, so many at a time.
pub(super) fn side_by_side<P: Sync>(
    left: &[&P],
    jobs: usize,
    work: &(dyn Fn(&P) -> anyhow::Result<()> + Sync),
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(left.len()) {
            scope.spawn(|| {
                while let Some(patient) = left.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = work(patient) {
                        // The first failure is the one that is told; the others stop.
                        next.store(left.len(), Ordering::Relaxed);
                        if let Ok(mut failure) = failure.lock() {
                            failure.get_or_insert(error);
                        }
                    }
                }
            });
        }
    });
    match failure.into_inner().ok().flatten() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
