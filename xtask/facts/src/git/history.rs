//! What happened to paths that are gone.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
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
    /// Where the content went, if the commit moved it: of a folder, most files.
    pub moved_to: Option<RepoPath>,
    /// How many files it deleted there.
    files: usize,
}

/// The history of a large repository may take minutes to walk; the answer is a hint, worth this much at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Stands before the id of each commit in what `git log` prints: no path begins with it.
const MARK: u8 = 1;

impl Git {
    /// For each path (a file or a folder) the last commit that deleted or moved it, seen from `HEAD`: one walk
    /// through the history, and one look at the commits that it found. What is not found within two seconds, or
    /// lies behind the end of a shallow clone, is not there.
    pub fn deletions(&self, paths: &[RepoPath]) -> BTreeMap<RepoPath, Deletion> {
        let mut walk = Walk { asked: paths, found: BTreeMap::new(), commit: Vec::new() };
        if paths.is_empty() {
            return walk.found;
        }
        let format = format!("--format=%x{MARK:02x}%H%x00%h%x00%cs%x00%s");
        let args =
            ["-c", "log.follow=false", "log", "-z", "--no-show-signature", "--no-renames", "--no-color"];
        let args = args.into_iter().chain(["--name-only", "--diff-filter=D", &format, "--"]);
        let args = args.chain(paths.iter().map(RepoPath::as_str));
        self.runner.records_within(PATIENCE, args, b"", |record| walk.take(record));
        let mut found = walk.found;
        self.add_moves(&mut found);
        found
    }

    /// Where the commits moved what they deleted: a folder went where most of its files went.
    fn add_moves(&self, found: &mut BTreeMap<RepoPath, Deletion>) {
        let mut commits: Vec<&str> = found.values().map(|deletion| deletion.commit.as_str()).collect();
        commits.sort_unstable();
        commits.dedup();
        if commits.is_empty() {
            return;
        }
        let question = commits.join("\n") + "\n";
        // Without a pathspec, or git would not see the other side of the move.
        let args = ["diff-tree", "--stdin", "-r", "-z", "-M", "--root", "--name-status", "--diff-filter=R"];
        let mut moves: Vec<(String, RepoPath, String)> = Vec::new();
        let (mut commit, mut old) = (String::new(), None::<String>);
        let mut in_status = false;
        self.runner.records_within(PATIENCE, args, question.as_bytes(), |record| {
            let text = String::from_utf8_lossy(record);
            match (in_status, old.take()) {
                (false, _) if text.starts_with('R') => in_status = true,
                (false, _) => commit = text.into_owned(),
                (true, None) => old = Some(text.into_owned()),
                (true, Some(old)) => {
                    moves.push((commit.clone(), RepoPath::new(&old), text.into_owned()));
                    in_status = false;
                }
            }
            ControlFlow::Continue(())
        });
        for (path, deletion) in found {
            let own = moves.iter().filter(|(commit, ..)| *commit == deletion.commit);
            let targets: Vec<RepoPath> = own.filter_map(|(_, old, new)| target(path, old, new)).collect();
            let count = |target: &RepoPath| targets.iter().filter(|other| *other == target).count();
            deletion.moved_to = targets.iter().find(|target| count(target) * 2 > deletion.files).cloned();
        }
    }
}

/// Where `path` went when its file `old` went to `new`.
fn target(path: &RepoPath, old: &RepoPath, new: &str) -> Option<RepoPath> {
    match old.strip_prefix(path)? {
        "" => Some(RepoPath::new(new)),
        rest => Some(RepoPath::new(new.strip_suffix(rest)?.strip_suffix('/')?)),
    }
}

/// Reads what `git log` prints: a commit in four records, then the paths that it deleted.
struct Walk<'a> {
    asked: &'a [RepoPath],
    found: BTreeMap<RepoPath, Deletion>,
    /// Id, short id, date and subject of the commit, as far as they were read.
    commit: Vec<String>,
}

impl Walk<'_> {
    fn take(&mut self, record: &[u8]) -> ControlFlow<()> {
        let text = String::from_utf8_lossy(record);
        match record.split_first() {
            Some((&MARK, id)) => self.commit = vec![String::from_utf8_lossy(id).into_owned()],
            _ if self.commit.len() < 4 => self.commit.push(text.into_owned()),
            // A line feed stands between the subject and the paths.
            _ => self.deleted(&RepoPath::new(text.trim_start_matches('\n'))),
        }
        // The last commit that is needed is read to its end: it tells how many files were there.
        let is_next = self.commit.len() == 1;
        if is_next && self.found.len() == self.asked.len() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn deleted(&mut self, path: &RepoPath) {
        let [commit, short, date, subject] = self.commit.as_slice() else { return };
        for asked in self.asked.iter().filter(|asked| path.starts_with(asked)) {
            let deletion = self.found.entry(asked.clone()).or_insert_with(|| Deletion {
                commit: commit.clone(),
                short: short.clone(),
                date: date.clone(),
                subject: subject.clone(),
                moved_to: None,
                files: 0,
            });
            deletion.files += usize::from(deletion.commit == *commit);
        }
    }
}
