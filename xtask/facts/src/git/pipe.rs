//! Reading what git prints without getting in its way.

use std::io::{self, Read};
use std::process::ChildStdout;
use std::time::Duration;

/// Bytes that the pipe may hold: what git prints in several milliseconds, and the most that Linux grants everybody.
#[cfg(target_os = "linux")]
const ROOMY: usize = 1 << 20;

/// What prints more bytes than this prints a long list.
const LONG: usize = 1 << 18;

/// How long git is left alone by a reader who has taken all that was there.
const REST: Duration = Duration::from_millis(1);

/// The output of git, of a long list now and then instead of at once.
///
/// A reader who waits is woken by every few kilobytes that git writes, and Linux likes to put the woken one on the
/// processor of who woke it: on a small machine the two take turns on one processor while another one is idle.
#[derive(Debug)]
pub(super) struct Unhurried {
    stdout: ChildStdout,
    /// Whether git can go on for a while when nobody reads.
    is_roomy: bool,
    taken: usize,
    /// Whether the last look took all that was there.
    has_all: bool,
}

impl Unhurried {
    pub(super) fn new(stdout: ChildStdout) -> Self {
        let is_roomy = widen(&stdout);
        Self { stdout, is_roomy, taken: 0, has_all: false }
    }
}

#[cfg(target_os = "linux")]
fn widen(stdout: &ChildStdout) -> bool {
    rustix::pipe::fcntl_setpipe_size(stdout, ROOMY).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn widen(_: &ChildStdout) -> bool {
    false
}

impl Read for Unhurried {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_roomy && self.has_all && self.taken > LONG {
            std::thread::sleep(REST);
        }
        let length = self.stdout.read(buffer)?;
        self.taken += length;
        self.has_all = length < buffer.len();
        Ok(length)
    }
}
