//! What happened to a path that is gone.

use std::time::Duration;

use super::Git;
use crate::source::RepoPath;

/// The commit in which a path disappeared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Full object id.
    pub commit: String,
    /// Abbreviated object id, as `git log` would show it.
    pub short: String,
    /// Date of the commit, `YYYY-MM-DD`.
    pub date: String,
    /// First line of the message.
    pub subject: String,
    /// Where the content went, if the commit moved it.
    pub moved_to: Option<RepoPath>,
}

/// The history of a large repository may take minutes to walk; the answer is a hint, worth this much at most.
const PATIENCE: Duration = Duration::from_secs(2);

impl Git {
    /// The last commit that deleted or moved `path` (a file or a folder), seen from `HEAD`. `None` when there
    /// is none, or when two seconds were not enough to find it.
    pub fn deleted_in(&self, path: &RepoPath) -> Option<Deletion> {
        let format = "--format=%H%x00%h%x00%cs%x00%s";
        let args = ["-c", "log.follow=false", "log", "-1", "--no-show-signature", "--no-renames"];
        let filter = ["--diff-filter=D", "--no-patch", "--no-color", format, "--", path.as_str()];
        let answer = self.runner.read_within(PATIENCE, args.iter().chain(&filter))?;
        let answer = String::from_utf8_lossy(&answer);
        let mut fields = answer.trim_end_matches('\n').split('\0').map(str::to_owned);
        let deletion = Deletion {
            commit: fields.next().filter(|commit| !commit.is_empty())?,
            short: fields.next()?,
            date: fields.next()?,
            subject: fields.next()?,
            moved_to: None,
        };
        let moved_to = self.moved_to(&deletion.commit, path);
        Some(Deletion { moved_to, ..deletion })
    }

    /// Where `commit` moved `path`: a folder went where all its files went.
    fn moved_to(&self, commit: &str, path: &RepoPath) -> Option<RepoPath> {
        // Without a pathspec, or git would not see the other side of the move.
        let args =
            ["diff-tree", "-r", "-z", "-M", "--root", "--no-commit-id", "--name-status", "--diff-filter=R"];
        let answer = self.runner.read_within(PATIENCE, args.iter().chain(&[commit]))?;
        let answer = String::from_utf8_lossy(&answer);
        let mut fields = answer.split('\0');
        let mut target: Option<RepoPath> = None;
        while let (Some(_), Some(old), Some(new)) = (fields.next(), fields.next(), fields.next()) {
            let Some(rest) = RepoPath::new(old).strip_prefix(path).map(str::to_owned) else { continue };
            let folder = match new.strip_suffix(&rest)? {
                whole if rest.is_empty() => whole,
                folder => folder.strip_suffix('/')?,
            };
            let folder = RepoPath::new(folder);
            if target.as_ref().is_some_and(|target| *target != folder) {
                return None;
            }
            target = Some(folder);
        }
        target
    }
}
