//! The reference monorepo, this repository without the checker, is broken one fact at a time: what breaks is found
//! by the rule that is meant to find it, at its place, and by no other. `xtask/tests/mutations/` is the list.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use xtask::commands::generate::mutations::{self, Change, Kind, Mutation};
use xtask::config::{Config, KnownRules, PATH};
use xtask::diagnostic::{Diagnostic, Safety, Severity};
use xtask::engine::{self, Selection};
use xtask::facts::Facts;
use xtask::fix;
use xtask::git::Git;
use xtask::model::linked::Linked;
use xtask::report::{self, Format, Options, Report};
use xtask::rules;
use xtask::snapshot::{Disk, MemoryEntry, Mode, Snapshot};
use xtask::source::{LineIndex, RepoPath, SourceFile, Span};

/// The repository of the platform, which the configuration names.
const SIBLING: &str = "../synestra-platform";

/// Files by their paths, those of the sibling below [`SIBLING`].
#[derive(Clone, Default)]
struct Tree {
    files: BTreeMap<String, MemoryEntry>,
    /// What only the laptop has.
    disk: BTreeMap<String, (String, u64)>,
}

impl Tree {
    /// The work tree around the checker. Of the checker stay the files that `.okteto/check.yml` speaks of, of the
    /// generated pages of rules their list: the others would only take time.
    fn reference() -> Self {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut tree = Self::default();
        tree.add("", &Snapshot::worktree(&Git::discover(crate_folder).unwrap()).unwrap());
        let named = [
            "xtask/facts/src/model/secrets/",
            "xtask/rules/src/secrets/",
            "xtask/tests/mutations/secrets.txt",
            "xtask/hook.sh",
            "docs/rules/README.md",
        ];
        let stays = |path: &str| {
            let is_checker = path.starts_with("xtask/") || path.starts_with("docs/rules/");
            !is_checker || named.iter().any(|start| path.starts_with(start))
        };
        tree.files.retain(|path, _| stays(path));
        tree.add_folder(SIBLING, &crate_folder.join("tests/synestra-platform"));
        tree
    }

    fn add(&mut self, folder: &str, snapshot: &Snapshot) {
        for entry in snapshot.files() {
            let content = snapshot.read(&entry.path.into()).unwrap().to_vec();
            let content = match entry.mode {
                Mode::Executable => MemoryEntry::Executable(content),
                _ => MemoryEntry::File(content),
            };
            self.files.insert(format!("{folder}{}", entry.path), content);
        }
    }

    fn add_folder(&mut self, path: &str, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let place = entry.unwrap().path();
            let path = format!("{path}/{}", place.file_name().unwrap().to_string_lossy());
            if place.is_dir() {
                self.add_folder(&path, &place);
            } else {
                self.files.insert(path, MemoryEntry::File(fs::read(place).unwrap()));
            }
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        match self.files.get(path)? {
            MemoryEntry::File(bytes) | MemoryEntry::Executable(bytes) | MemoryEntry::Untracked(bytes) => {
                String::from_utf8(bytes.clone()).ok()
            }
            MemoryEntry::Symlink(_) | MemoryEntry::Submodule => None,
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::memory_with(self.files.clone().into_iter().filter(|(path, _)| !path.starts_with("../")))
    }

    fn sibling(&self) -> Snapshot {
        let folder = format!("{SIBLING}/");
        let inner = |(path, entry): (&String, &MemoryEntry)| {
            Some((path.strip_prefix(&folder)?.to_owned(), entry.clone()))
        };
        Snapshot::memory_with(self.files.iter().filter_map(inner))
    }

    /// The tree after the changes, and the line at which the lines of each begin.
    fn mutate(&self, changes: &[Change]) -> Result<(Self, Vec<usize>), String> {
        let mut tree = self.clone();
        let mut first_lines = Vec::new();
        for change in changes {
            first_lines.push(tree.apply(change).map_err(|error| format!("{}: {error}", change.path))?);
        }
        Ok((tree, first_lines))
    }

    fn apply(&mut self, change: &Change) -> Result<usize, String> {
        let path = &change.path;
        let joined = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let file = |text: String| MemoryEntry::File(text.into_bytes());
        let is_new = |tree: &Self| match tree.files.contains_key(path) {
            true => Err("exists already".to_owned()),
            false => Ok(()),
        };
        match &change.kind {
            Kind::Edit => return self.edit(change),
            Kind::Create => {
                is_new(self)?;
                self.files.insert(path.clone(), file(joined(&change.after)));
            }
            Kind::Copy(original) => {
                is_new(self)?;
                let copy =
                    self.files.get(original).ok_or_else(|| format!("{original} is not there"))?.clone();
                self.files.insert(path.clone(), copy);
            }
            Kind::Link(target) => {
                is_new(self)?;
                self.files.insert(path.clone(), MemoryEntry::Symlink(target.clone()));
            }
            Kind::Untracked => {
                is_new(self)?;
                let content = joined(&change.after).into_bytes();
                self.files.insert(path.clone(), MemoryEntry::Untracked(content));
            }
            Kind::Disk(megabytes) => {
                self.disk.insert(path.clone(), (joined(&change.after), megabytes * 1_000_000));
            }
            Kind::Delete => {
                if self.take(path).is_empty() {
                    return Err("is not there".to_owned());
                }
            }
            Kind::Rename(old) => {
                is_new(self)?;
                let moved = self.take(old);
                if moved.is_empty() {
                    return Err(format!("{old} is not there"));
                }
                self.files.extend(moved.into_iter().map(|(inner, entry)| (format!("{path}{inner}"), entry)));
                if !change.after.is_empty() {
                    return self.edit(change);
                }
            }
        }
        Ok(1)
    }

    /// Removes a file, or all that lies below a folder; what comes back of the paths is their rest.
    fn take(&mut self, path: &str) -> Vec<(String, MemoryEntry)> {
        let below = |other: &str| {
            other
                .strip_prefix(path)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
                .map(str::to_owned)
        };
        let taken = self.files.iter().filter_map(|(other, entry)| Some((below(other)?, entry.clone())));
        let taken: Vec<_> = taken.collect();
        self.files.retain(|other, _| below(other).is_none());
        taken
    }

    fn edit(&mut self, change: &Change) -> Result<usize, String> {
        let text = self.text(&change.path).ok_or("is not there or no text")?;
        if change.before.is_empty() && change.after.is_empty() {
            return Ok(1);
        }
        let lines: Vec<&str> = text.lines().collect();
        let mut places = lines.windows(change.before.len().max(1)).enumerate();
        let at = if change.before.is_empty() {
            Some(0)
        } else {
            let mut matching = places.by_ref().filter(|(_, window)| *window == change.before);
            let found = matching.next().map(|(at, _)| at);
            if matching.next().is_some() {
                return Err(format!("these lines stand there more than once:\n{}", change.before.join("\n")));
            }
            found
        };
        let at =
            at.ok_or_else(|| format!("these lines do not stand there:\n{}", change.before.join("\n")))?;
        let mut changed: Vec<&str> = lines[..at].to_vec();
        changed.extend(change.after.iter().map(String::as_str));
        changed.extend(&lines[at + change.before.len()..]);
        let text: String = changed.iter().flat_map(|line| [*line, "\n"]).collect();
        if let Some(MemoryEntry::File(bytes) | MemoryEntry::Executable(bytes)) =
            self.files.get_mut(&change.path)
        {
            *bytes = text.into_bytes();
        }
        Ok(at + 1)
    }
}

/// A tree with the laptop on which it is checked out.
struct Checkout<'a> {
    tree: &'a Tree,
    snapshot: Arc<Snapshot>,
    laptop: tempfile::TempDir,
}

impl<'a> Checkout<'a> {
    fn of(tree: &'a Tree) -> Self {
        let laptop = tempfile::tempdir().unwrap();
        let mut folders = BTreeSet::new();
        let committed = tree.files.iter().filter_map(|(path, entry)| match entry {
            MemoryEntry::File(bytes) | MemoryEntry::Executable(bytes) | MemoryEntry::Untracked(bytes) => {
                Some((path, bytes.as_slice()))
            }
            MemoryEntry::Symlink(_) | MemoryEntry::Submodule => None,
        });
        let committed = committed.map(|(path, bytes)| (path, bytes, 0));
        let ignored = tree.disk.iter().map(|(path, (text, size))| (path, text.as_bytes(), *size));
        for (path, bytes, size) in committed.chain(ignored).filter(|(path, ..)| !path.starts_with("../")) {
            let place = laptop.path().join(path);
            let folder = place.parent().unwrap();
            if folders.insert(folder.to_owned()) {
                fs::create_dir_all(folder).unwrap();
            }
            fs::write(&place, bytes).unwrap();
            if size > 0 {
                // A hole: it takes no room.
                fs::File::options().write(true).open(place).unwrap().set_len(size).unwrap();
            }
        }
        Self { tree, snapshot: Arc::new(tree.snapshot()), laptop }
    }

    /// What every rule says at every level about the tree with these changes.
    fn check(&self, overlay: &fix::Overlay) -> Report {
        let texts = overlay.iter().map(|(path, text)| (path.clone(), text.cloned()));
        let tree = Snapshot::overlaid(&self.snapshot, texts);
        let ids: Vec<&str> = rules::all().map(|rule| rule.id).collect();
        let file = tree.source(&PATH.into()).unwrap_or_else(|_| SourceFile::new(PATH.into(), ""));
        let (config, errors) = Config::parse(file.clone(), KnownRules { ids: &ids });
        if !errors.is_empty() {
            // All that a run with a broken configuration reports.
            let sources = [(file.path.clone(), file)].into();
            return Report { diagnostics: errors, sources, ..Report::default() };
        }
        let mut facts = Facts::new(tree, Some(Disk::at(self.laptop.path())), config);
        let folder = RepoPath::new(SIBLING);
        let named = facts.config.repositories.iter().find(|(_, path)| path.value == SIBLING);
        let name = named.map(|(name, _)| name.clone());
        facts.linked.extend(name.map(|name| Linked { name, folder, tree: self.tree.sibling() }));
        let rules = rules::all().collect();
        let selection = Selection { rules, level: Severity::Note, named: false, paths: Vec::new() };
        let report = engine::run(&facts, &selection).report;
        assert!(report.errors.is_empty(), "{:?}", report.errors);
        report
    }
}

/// `path:line:column+length rule`; line 0 for something that is missing from the file.
fn places(report: &Report) -> BTreeSet<String> {
    report.diagnostics.iter().map(|diagnostic| place(report, diagnostic)).collect()
}

fn place(report: &Report, diagnostic: &Diagnostic) -> String {
    let (path, span) = (&diagnostic.place.path, diagnostic.place.span);
    let rule = diagnostic.rule;
    let Some(file) = report.sources.get(path).filter(|_| span != Span::at(0)) else {
        return format!("{path}:0:1+1 {rule}");
    };
    let start = LineIndex::new(&file.text).position(&file.text, span.start);
    let length = span.slice(&file.text).lines().next().unwrap_or("").chars().count().max(1);
    format!("{path}:{}:{}+{length} {rule}", start.line, start.column)
}

fn expected(mutation: &Mutation, first_lines: &[usize]) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for (change, first) in mutation.changes.iter().zip(first_lines) {
        for mark in &change.marks {
            let line = if mark.line == 0 { 0 } else { first + mark.line - 1 };
            let rule = &mutation.rule;
            places.insert(format!("{}:{line}:{}+{} {rule}", change.path, mark.column, mark.length));
        }
    }
    places
}

fn shown(report: &Report) -> String {
    report::render(report, Format::Human, &Options { verbose: true, ..Options::default() })
}

/// What is not as the list says.
fn prove(reference: &Tree, mutation: &Mutation) -> Result<String, String> {
    let (tree, first_lines) = reference.mutate(&mutation.changes)?;
    let checkout = Checkout::of(&tree);
    let mut report = checkout.check(&fix::Overlay::default());
    report.fold();
    let (found, expected) = (places(&report), expected(mutation, &first_lines));
    // Without a mark nothing would be proved.
    if expected.is_empty() || found != expected || report.diagnostics.len() != expected.len() {
        let mut text = String::new();
        for place in expected.difference(&found) {
            let _ = writeln!(text, "not found:  {place}");
        }
        for place in found.difference(&expected) {
            let _ = writeln!(text, "unexpected: {place}");
        }
        return Err(text + &shown(&report));
    }
    if let Some(unclear) = report.diagnostics.iter().find_map(unclear) {
        return Err(format!("{unclear}\n{}", shown(&report)));
    }
    let repaired = repaired(reference, &checkout, &report);
    if repaired.as_ref().ok() != Some(&mutation.fix) {
        return Err(format!("after `fix`: {repaired:?}\n{}", shown(&report)));
    }
    Ok(shown(&report))
}

/// What is wrong with the words of a finding: a title is one short line, a label gives the reason and repeats
/// nothing, and something tells what to do.
fn unclear(diagnostic: &Diagnostic) -> Option<String> {
    let Diagnostic { message, label, help, fix, .. } = diagnostic;
    if message.chars().count() > 100 || message.contains('\n') {
        return Some(format!("a title of {} columns", message.chars().count()));
    }
    if label.is_empty() || label == message {
        return Some("no label of its own".to_owned());
    }
    (help.is_none() && fix.is_none() && !label.starts_with("did you mean"))
        .then(|| "nothing says what to do".to_owned())
}

/// What `fix` makes of it: nothing, a tree without findings, or the reference again.
fn repaired(
    reference: &Tree,
    checkout: &Checkout<'_>,
    report: &Report,
) -> Result<Option<mutations::Fix>, String> {
    let fixes: Vec<_> = report.diagnostics.iter().map(|diagnostic| diagnostic.fix.as_ref()).collect();
    if fixes.iter().all(Option::is_none) {
        return Ok(None);
    }
    let safe = fixes.iter().all(|fix| fix.is_some_and(|fix| fix.safety == Safety::Safe));
    let read = |path: &RepoPath| checkout.tree.text(path.as_str()).map(Arc::from);
    let outcome = fix::repair(&read, !safe, &|_| true, |overlay| checkout.check(overlay).diagnostics);
    if !outcome.left.is_empty() || !outcome.settled {
        let left = checkout.check(&outcome.overlay);
        return Err(format!("{:?}\n{}", outcome.left, shown(&left)));
    }
    let mut files = checkout.tree.files.clone();
    for (path, text) in outcome.overlay.iter() {
        match text {
            Some(text) => files.insert(path.to_string(), MemoryEntry::File(text.as_bytes().to_vec())),
            None => files.remove(path.as_str()),
        };
    }
    Ok(Some(mutations::Fix { safe, as_before: files == reference.files }))
}

/// All mutations, in the order of the groups of rules.
fn list() -> Vec<Mutation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutations");
    let mut groups: Vec<&str> = rules::all().map(rules::Rule::group).collect();
    groups.dedup();
    let texts = groups
        .iter()
        .map(|group| fs::read_to_string(folder.join(format!("{group}.txt"))).unwrap_or_default());
    texts.flat_map(|text| mutations::parse(&text).unwrap()).collect()
}

#[test]
fn the_reference_is_in_order() {
    let tree = Tree::reference();
    let report = Checkout::of(&tree).check(&fix::Overlay::default());
    assert!(report.diagnostics.is_empty(), "{}", shown(&report));
}

#[test]
fn every_rule_has_its_mutation() {
    let listed: BTreeSet<String> = list().into_iter().map(|mutation| mutation.rule).collect();
    let rules: BTreeSet<String> = rules::all().map(|rule| rule.id.to_owned()).collect();
    let (missing, unknown) = (rules.difference(&listed), listed.difference(&rules));
    assert!(
        listed == rules,
        "rules without a mutation in xtask/tests/mutations/<group>.txt: {:?}\nmutations of no rule: {:?}",
        missing.collect::<Vec<_>>(),
        unknown.collect::<Vec<_>>()
    );
}

#[test]
fn every_mutation_is_found_by_its_rule_alone() {
    let reference = Tree::reference();
    let mutations = list();
    let only = std::env::var("MUTATION").unwrap_or_default();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(mutation) = mutations.get(number)
                {
                    if !mutation.rule.contains(&only) {
                        continue;
                    }
                    let head = format!("\n# {}\n{}\n", mutation.rule, mutation.fact);
                    let result = prove(&reference, mutation);
                    match result {
                        Ok(text) if !only.is_empty() => println!("{head}{text}{:?}", mutation.fix),
                        Ok(_) => {}
                        Err(text) => {
                            failures.lock().unwrap().insert(number, head + &text);
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let texts: String = failures.values().map(String::as_str).collect();
    assert!(failures.is_empty(), "{} of {}:\n{texts}", failures.len(), mutations.len());
}
