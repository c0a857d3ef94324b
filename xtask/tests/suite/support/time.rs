//! Growth of the time that something takes.

use std::time::{Duration, Instant};

/// So often something is timed anew that seemed too slow: other processes only ever add time, and what is slow
/// stays slow.
const ATTEMPTS: usize = 6;

/// Asserts that `work` on `large` takes no more than four times what the same rate of `small`, a `factor` shorter,
/// would take, and a short while.
pub fn assert_linear(small: &str, large: &str, factor: u32, work: impl Fn(&str)) {
    let time = |text: &str| {
        let start = Instant::now();
        work(text);
        start.elapsed()
    };
    let (mut least, mut most) = (Duration::MAX, Duration::MAX);
    for _ in 0..ATTEMPTS {
        least = least.min(time(small));
        most = most.min(time(large));
        if most < least * factor * 4 + Duration::from_millis(200) {
            return;
        }
    }
    let begin: String = large.chars().take(90).collect();
    panic!("{begin:?}: {least:?}, {factor} times as much {most:?}");
}
