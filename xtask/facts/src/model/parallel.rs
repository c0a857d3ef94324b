//! Work on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What `make` makes of each item, in their order. A thread takes `batch` items at a time: so many are worth
/// the handing out.
pub fn map<I: Sync, O: Send>(items: &[I], batch: usize, make: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let batch = batch.max(1);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<O>)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let start = next.fetch_add(batch, Ordering::Relaxed);
            let rest = items.get(start..).filter(|rest| !rest.is_empty());
            let Some(taken) = rest.map(|rest| rest.get(..batch).unwrap_or(rest)) else { break };
            let made = taken.iter().map(&make).collect();
            done.lock().unwrap_or_else(PoisonError::into_inner).push((start, made));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len().div_ceil(batch)) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(start, _)| *start);
    done.into_iter().flat_map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn order_is_kept_whatever_the_batch() {
        let numbers: Vec<usize> = (0..1000).collect();
        for batch in [0, 1, 7, 5000] {
            assert_eq!(super::map(&numbers, batch, |number| number * 2).iter().sum::<usize>(), 999_000);
            assert_eq!(super::map(&numbers, batch, |number| *number), numbers);
        }
        assert!(super::map(&[] as &[u8], 4, |byte| *byte).is_empty());
    }
}
