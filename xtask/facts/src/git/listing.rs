//! Lists of paths as git prints them, parsed record by record.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;

use super::discover::os_string;
use super::{Git, GitError};
use crate::source::RepoPath;

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A regular file (100644).
    File,
    /// A regular file that may be executed (100755).
    Executable,
    /// A symbolic link (120000); its content is the target.
    Symlink,
    /// Another repository: a submodule (160000), or an untracked one in the work tree.
    Submodule,
}

impl Mode {
    fn parse(octal: &[u8]) -> Option<Self> {
        match octal {
            // 100664 stands in trees that very old versions of git wrote.
            b"100644" | b"100664" => Some(Self::File),
            b"100755" => Some(Self::Executable),
            b"120000" => Some(Self::Symlink),
            b"160000" => Some(Self::Submodule),
            _ => None,
        }
    }

    /// As git writes it.
    pub(super) const fn octal(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Submodule => "160000",
        }
    }
}

/// What a commit of the index would do to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStatus {
    /// New in the index.
    Added,
    /// Other content or another permission.
    Modified,
    /// Gone from the index.
    Deleted,
    /// Another kind of thing: a link that was a file.
    TypeChanged,
    /// A conflict that is not resolved.
    Unmerged,
}

/// One difference between `HEAD` and the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedChange {
    /// The path; a name that is not UTF-8 is shown with replacement characters.
    pub path: RepoPath,
    /// What happens to it.
    pub status: ChangeStatus,
    /// Mode and object id in `HEAD`; `None` where the path is new.
    pub old: Option<(Mode, String)>,
    /// Mode and object id in the index; `None` where the path is deleted or unmerged.
    pub new: Option<(Mode, String)>,
}

/// One record of the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IndexEntry<'a> {
    /// `skip-worktree`: a sparse checkout leaves it out.
    pub skipped: bool,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub stage: u8,
    pub entry: TreeEntry<'a>,
}

/// One record of a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TreeEntry<'a> {
    pub mode: Mode,
    pub oid: &'a str,
    pub path: &'a [u8],
}

/// The object id of the empty blob, for both hash functions. An entry that `git add --intent-to-add` made
/// has it too.
const EMPTY_BLOB: [&str; 2] = [
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
];

impl TreeEntry<'_> {
    /// Whether this may be an entry that was only announced (`git add --intent-to-add`).
    pub fn is_empty_blob(&self) -> bool {
        EMPTY_BLOB.contains(&self.oid)
    }
}

/// So many paths are named on a command line.
const MANY_PATHS: usize = 200;

/// Flags without which the user's configuration (`diff.renames`, `diff.relative`, `diff.external`, ...) would
/// change what `git diff --raw` prints.
const PLAIN_DIFF: [&str; 7] = [
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-relative",
    "--ignore-submodules=none",
];

impl Git {
    /// What is staged: the differences between `HEAD` (or nothing, before the first commit) and the index.
    ///
    /// # Errors
    /// When git fails.
    pub fn staged(&self) -> Result<Vec<StagedChange>, GitError> {
        let mut changes = Vec::new();
        self.staged_records(&[], |header, path| {
            changes.extend(staged_change(header, path));
        })?;
        Ok(changes)
    }

    /// Paths of the index that are only announced, so that a commit would leave them out.
    pub(crate) fn intended_to_add(&self) -> Result<BTreeSet<Vec<u8>>, GitError> {
        // An announced entry is the only one for which the two answers differ: it is part of the tree for the
        // one, absent for the other. That also holds before the first commit, and when the file is gone.
        let records = |visibility: &'static str| {
            let mut records = BTreeSet::new();
            self.staged_records(&[visibility], |header, path| {
                records.insert((path.to_vec(), header.to_vec()));
            })?;
            Ok(records)
        };
        let (visible, invisible): (Result<_, GitError>, Result<_, GitError>) = std::thread::scope(|scope| {
            let visible = scope.spawn(|| records("--ita-visible-in-index"));
            let invisible = records("--ita-invisible-in-index");
            (visible.join().unwrap_or_else(|_| Ok(BTreeSet::new())), invisible)
        });
        let (visible, invisible) = (visible?, invisible?);
        Ok(visible.symmetric_difference(&invisible).map(|(path, _)| path.clone()).collect())
    }

    /// Hands over header and path of each record of `git diff --cached --raw -z`.
    fn staged_records(&self, flags: &[&str], mut take: impl FnMut(&[u8], &[u8])) -> Result<(), GitError> {
        let mut header: Option<Vec<u8>> = None;
        let args = ["diff", "--cached"].iter().chain(&PLAIN_DIFF).chain(flags);
        let read = self.runner.records(args, |record| {
            match header.take() {
                Some(header) => take(&header, record),
                None => header = Some(record.to_vec()),
            }
            Ok(())
        });
        read.map_err(|error| self.reading_trees(error))
    }

    /// Hands over every entry of the index, sorted by path, a conflicted one once for each side.
    pub(crate) fn index_entries(
        &self,
        mut take: impl FnMut(IndexEntry<'_>) -> Result<(), GitError>,
    ) -> Result<(), GitError> {
        let mut each = |record: &[u8]| {
            if let Some((tree, folder)) = sparse_folder(record) {
                return self.tree_entries(tree, |entry| {
                    let path = &[folder, entry.path].concat();
                    take(IndexEntry { skipped: true, stage: 0, entry: TreeEntry { path, ..entry } })
                });
            }
            index_entry(record).map_or(Ok(()), &mut take)
        };
        self.list_sparsely(&["ls-files", "-s", "-t", "-z"], &mut each)
    }

    /// Hands over every path of the index, sorted; a folder of a sparse index once, with its slash, a conflicted path
    /// once for each side.
    pub fn tracked(&self, mut take: impl FnMut(&[u8])) -> Result<(), GitError> {
        let mut each = |record: &[u8]| {
            take(record);
            Ok(())
        };
        self.list_sparsely(&["ls-files", "-z"], &mut each)
    }

    /// The paths that a sparse checkout leaves out of the work tree, sorted. Git takes longer to tell than the names
    /// alone.
    pub fn left_out(&self) -> Result<Vec<Vec<u8>>, GitError> {
        let mut paths = Vec::new();
        let mut each = |record: &[u8]| {
            // `TAG PATH`
            paths.extend(record.strip_prefix(b"S ").map(<[u8]>::to_vec));
            Ok(())
        };
        self.list_sparsely(&["ls-files", "-t", "-z"], &mut each)?;
        Ok(paths)
    }

    /// Runs a `git ls-files` on the index as it is. Without `--sparse` git expands the folders of a sparse index
    /// itself, and in passing writes tree objects. Before 2.35 it does so in any case, and refuses the option.
    fn list_sparsely(
        &self,
        list: &[&str],
        take: &mut impl FnMut(&[u8]) -> Result<(), GitError>,
    ) -> Result<(), GitError> {
        match self.runner.records(list.iter().chain(&["--sparse"]), &mut *take) {
            Err(GitError::Failed { stderr, .. }) if stderr.contains("unknown option `sparse'") => {
                self.runner.records(list, take)
            }
            done => done,
        }
    }

    /// Hands over every entry of a tree or of the tree of a commit, sorted by path.
    pub(crate) fn tree_entries(
        &self,
        tree: &str,
        mut take: impl FnMut(TreeEntry<'_>) -> Result<(), GitError>,
    ) -> Result<(), GitError> {
        let read = self.runner.records(["ls-tree", "-r", "-z", "--full-tree", tree], |record| {
            tree_entry(record).map_or(Ok(()), &mut take)
        });
        read.map_err(|error| self.reading_trees(error))
    }

    /// Whether git writes names outside of ASCII as escapes: so unless `core.quotePath` is off.
    pub(crate) fn quotes_paths(&self) -> bool {
        let setting = self.output(&["config", "--type=bool", "--get", "core.quotePath"]);
        !setting.is_ok_and(|setting| setting.starts_with(b"false"))
    }

    /// Those of `paths` that no pattern ignores, whether git tracks them or not.
    pub(crate) fn not_ignored(&self, mut paths: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, GitError> {
        if paths.is_empty() {
            return Ok(paths);
        }
        // A leading `./` keeps a name that begins with `:` from being read as a pattern. With the index, git
        // would compare each path with all entries.
        let question: Vec<u8> =
            paths.iter().flat_map(|path| [b"./", path.as_slice(), b"\0"].concat()).collect();
        let answer = self.runner.answer(["check-ignore", "-z", "--stdin", "--no-index"], &question)?;
        let ignored: HashSet<&[u8]> =
            answer.split(|byte| *byte == 0).filter_map(|path| path.strip_prefix(b"./")).collect();
        paths.retain(|path| !ignored.contains(path.as_slice()));
        Ok(paths)
    }

    /// Whether `git add` refuses one of `paths`, which git does not track, without `-f`.
    pub fn ignores_any(&self, paths: &[RepoPath]) -> bool {
        let asked = paths.iter().map(|path| path.as_str().as_bytes().to_vec()).collect();
        // What git cannot tell is not ignored: nothing but a word of a help depends on it.
        self.not_ignored(asked).is_ok_and(|kept| kept.len() < paths.len())
    }

    /// Hands over every untracked path that is not ignored, of `paths` and below them; another repository
    /// once, with a trailing `/`.
    pub(crate) fn untracked(&self, paths: &[Vec<u8>], mut take: impl FnMut(&[u8])) -> Result<(), GitError> {
        // Each path costs a comparison for each entry of each folder on the way: above some number a look
        // at everything is cheaper, and the command line has a limit.
        let whole = [Vec::new()];
        let paths = if paths.len() > MANY_PATHS { &whole } else { paths };
        let args = ["ls-files", "-o", "--exclude-standard", "-z", "--"].map(OsString::from);
        let paths = paths.iter().filter(|path| !path.is_empty()).map(|path| os_string(path.clone()));
        self.runner.records(args.into_iter().chain(paths), |record| {
            take(record);
            Ok(())
        })
    }
}

/// Cuts a record at its tab: fields in front of it, the path behind.
fn fields_and_path(record: &[u8]) -> Option<(&str, &[u8])> {
    let (fields, path) = record.split_at_checked(memchr::memchr(b'\t', record)?)?;
    Some((std::str::from_utf8(fields).ok()?, path.get(1..)?))
}

/// `TAG MODE OID STAGE<tab>PATH`. Of these a large repository has a hundred thousand, and tag, mode and stage have a
/// fixed width: they are cut, not searched.
fn index_entry(record: &[u8]) -> Option<IndexEntry<'_>> {
    let (fields, path) = record.split_at_checked(memchr::memchr(b'\t', record)?)?;
    let ([tag, b' ', mode @ .., b' ', stage @ b'0'..=b'3'], [b'\t', path @ ..]) = (fields, path) else {
        return None;
    };
    let (mode, oid) = mode.split_at_checked("100644 ".len())?;
    let mode = Mode::parse(mode.strip_suffix(b" ")?)?;
    let oid = std::str::from_utf8(oid).ok()?;
    Some(IndexEntry { skipped: *tag == b'S', stage: stage - b'0', entry: TreeEntry { mode, oid, path } })
}

/// `S 040000 OID 0<tab>FOLDER/`: a folder of a sparse index, of which only the tree is recorded. Returns the
/// object id of the tree, and the folder with its slash.
fn sparse_folder(record: &[u8]) -> Option<(&str, &[u8])> {
    let fields = record.strip_prefix(b"S 040000 ")?;
    let (fields, folder) = fields_and_path(fields)?;
    Some((fields.split(' ').next()?, folder))
}

/// `MODE TYPE OID<tab>PATH`
fn tree_entry(record: &[u8]) -> Option<TreeEntry<'_>> {
    let (fields, path) = fields_and_path(record)?;
    let mut fields = fields.split(' ');
    let mode = Mode::parse(fields.next()?.as_bytes())?;
    let oid = fields.nth(1)?;
    Some(TreeEntry { mode, oid, path })
}

/// `:OLDMODE NEWMODE OLDOID NEWOID STATUS`, and the path of the following record
fn staged_change(header: &[u8], path: &[u8]) -> Option<StagedChange> {
    let mut fields = std::str::from_utf8(header).ok()?.strip_prefix(':')?.split(' ');
    let (old_mode, new_mode) =
        (Mode::parse(fields.next()?.as_bytes()), Mode::parse(fields.next()?.as_bytes()));
    let (old_oid, new_oid) = (fields.next()?, fields.next()?);
    let status = match fields.next()?.bytes().next()? {
        b'A' => ChangeStatus::Added,
        b'M' => ChangeStatus::Modified,
        b'D' => ChangeStatus::Deleted,
        b'T' => ChangeStatus::TypeChanged,
        b'U' => ChangeStatus::Unmerged,
        _ => return None,
    };
    Some(StagedChange {
        path: RepoPath::new(&String::from_utf8_lossy(path)),
        status,
        old: old_mode.map(|mode| (mode, old_oid.to_owned())),
        new: new_mode.map(|mode| (mode, new_oid.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_hold_tabs_and_newlines() {
        let oid = EMPTY_BLOB[0];
        let record = format!("S 100755 {oid} 0\ta\tb\nc");
        let parsed = index_entry(record.as_bytes()).unwrap();
        assert!(parsed.skipped && parsed.stage == 0 && parsed.entry.is_empty_blob());
        assert_eq!((parsed.entry.mode, parsed.entry.path), (Mode::Executable, &b"a\tb\nc"[..]));
        let record = format!("160000 commit {oid}\tvendor/lib");
        let parsed = tree_entry(record.as_bytes()).unwrap();
        assert_eq!((parsed.mode, parsed.oid), (Mode::Submodule, oid));
    }

    #[test]
    fn a_raw_record_knows_both_sides() {
        let (old, new) = ("1".repeat(40), "2".repeat(40));
        let header = format!(":120000 100644 {old} {new} T");
        let change = staged_change(header.as_bytes(), "ссылка".as_bytes()).unwrap();
        assert_eq!(change.status, ChangeStatus::TypeChanged);
        assert_eq!(change.old, Some((Mode::Symlink, old)));
        assert_eq!(change.new, Some((Mode::File, new)));
        let header = format!(":100644 000000 {} {} D", "1".repeat(40), "0".repeat(40));
        assert_eq!(staged_change(header.as_bytes(), b"gone").unwrap().new, None);
    }

    #[test]
    fn records_that_make_no_sense_are_dropped() {
        for record in [&b""[..], b"\t", b"H 100644", b"H 999999 x 0\tp", b"H 100644 x y\tp", b"\xff \tp"] {
            assert!(index_entry(record).is_none(), "{record:?}");
            assert!(staged_change(record, b"p").is_none(), "{record:?}");
        }
    }
}
