//! Secrets in the text files of a tree: private keys, Okteto tokens, credentials of kubeconfigs, SOPS
//! documents that are not encrypted.
//!
//! Every text file is looked at once, for a handful of words that each of these must contain; only files
//! with one of them are read again. How random a text looks decides nothing.

mod base64;
mod kubeconfig;
mod pem;
mod sops;
pub mod token;

use crate::model::staged;
use crate::snapshot::{Mode, ReadError, Snapshot};
use crate::source::{Place, RepoPath, SourceFile, Span};
use crate::syntax::yaml::Yaml;
use regex::bytes::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What was found.
#[derive(Debug, Default)]
pub struct Secrets {
    /// The secrets, by file, sorted by path.
    pub files: Vec<SecretFile>,
    /// Files that could not be looked into, and why.
    pub skipped: Vec<(RepoPath, String)>,
}

/// The secrets of one file.
#[derive(Debug)]
pub struct SecretFile {
    /// The file.
    pub file: SourceFile,
    /// At least one, in the order of the file.
    pub secrets: Vec<Secret>,
}

/// One secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is.
    pub kind: Kind,
    /// What may be shown: the `BEGIN` line, the key, the variable.
    pub place: Span,
    /// What must not be shown.
    pub hidden: Span,
}

/// What a secret is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A private key that nothing guards.
    PrivateKey,
    /// A private key behind a passphrase.
    EncryptedKey,
    /// A literal for `OKTETO_TOKEN`.
    OktetoToken,
    /// A credential of this user of a kubeconfig.
    Kubeconfig(String),
    /// A plain value in a document with SOPS metadata.
    DecryptedSops,
    /// A plain value in a document that this rule of `.sops.yaml` wants encrypted.
    UnencryptedSops(Place),
}

/// Words without which a file holds no secret of ours. SOPS rules add files by their path.
const NEEDLES: &str = r"-----BEGIN |LS0tLS1CRUdJTi|OKTETO_TOKEN|okteto context|okteto ctx|clusters|sops";
/// So many files are handed to a thread at a time.
const BATCH: usize = 256;
/// Larger YAML files are not parsed for SOPS and kubeconfigs (2 MB).
const LARGEST_YAML: usize = 2_000_000;

impl Secrets {
    /// Looks through the tree, or through the files among `only`.
    pub fn find(tree: &Snapshot, only: Option<&BTreeSet<RepoPath>>) -> Self {
        let rules = sops_rules(tree);
        let paths: Vec<RepoPath> = match only {
            Some(only) => {
                tree.prefetch(only.iter().cloned());
                only.iter()
                    .filter(|path| tree.get(path).is_some_and(|entry| is_regular(entry.mode)))
                    .cloned()
                    .collect()
            }
            None => tree
                .files()
                .filter(|entry| is_regular(entry.mode))
                .map(|entry| RepoPath::new(entry.path))
                .collect(),
        };
        let mut secrets = Self::default();
        for (path, candidate) in candidates(tree, &paths, &rules) {
            let read = candidate.and_then(|()| tree.source(&path));
            match read {
                Ok(file) => secrets.look_into(file, &rules),
                Err(ReadError::Binary | ReadError::NotFound | ReadError::NotAFile) => {}
                Err(error) => secrets.skipped.push((path, error.to_string())),
            }
        }
        secrets
    }

    fn look_into(&mut self, file: SourceFile, rules: &[sops::CreationRule]) {
        if is_example(&file.path) {
            return;
        }
        let secrets = of_file(&file, rules);
        if secrets.is_empty() {
            return;
        }
        if staged::is_in_staged_folder(&file.path) || is_test(&file.path) {
            self.skipped.push((file.path, "holds a secret of tests or examples".to_owned()));
        } else {
            self.files.push(SecretFile { file, secrets });
        }
    }
}

const fn is_regular(mode: Mode) -> bool {
    matches!(mode, Mode::File | Mode::Executable)
}

/// Extensions of programs and of files that hold keys: what is called a test among them is one. A name of a
/// configuration (`test.yaml`) may be that of an environment.
const NAMED_AFTER_USE: &[&str] = &[
    "go", "ts", "tsx", "mts", "js", "jsx", "mjs", "cjs", "py", "rb", "java", "kt", "scala", "groovy", "rs",
    "c", "cc", "cpp", "cxx", "h", "hpp", "m", "swift", "cs", "fs", "php", "ex", "exs", "erl", "dart", "lua",
    "pl", "t", "key", "pem", "p8", "pk8", "priv", "crt",
];

/// Whether the file is made for tests by its name: `keys_test.go`, `test_jwt.py`, `auth.spec.ts`, `SignerTest.java`,
/// `cosign-test.key`.
fn is_test(path: &RepoPath) -> bool {
    let name = path.file_name();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_spec = stem.split(['.', '-', '_']).any(|word| word.eq_ignore_ascii_case("spec"));
    NAMED_AFTER_USE.contains(&extension)
        && (staged::names_tests(stem) || is_spec || stem.ends_with("Spec") || stem.ends_with("TestCase"))
}

/// Whether a key is the value of a variable that says so: `testKeyPEMBlock := []byte(`-----BEGIN …`. The name stands
/// on the same line, or at the end of the one before.
fn is_of_tests(text: &str, key: Span) -> bool {
    let before = text.get(..key.start).unwrap_or_default();
    let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let binds = |line: &str| line.contains(['=', ':', '(']) || line.trim_start().starts_with("#define ");
    let opens = |line: &str| binds(line) && line.split(|c| !is_name(c)).any(staged::is_made_up);
    let above = above.rsplit('\n').next().unwrap_or_default();
    let alone = !line.contains(is_name);
    opens(line)
        || alone
            && above.trim_end().ends_with(['=', '(', '`', '"', '\'', '\\', '+', '{', ','])
            && opens(above)
}

/// Whether the name says that the values are made up.
fn is_example(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|part| matches!(part, "example" | "sample" | "template" | "tpl" | "dist"))
}

/// The files that may hold a secret, sorted by path; the error of those that could not be read.
fn candidates(
    tree: &Snapshot,
    paths: &[RepoPath],
    rules: &[sops::CreationRule],
) -> BTreeMap<RepoPath, Result<(), ReadError>> {
    let needles = Regex::new(NEEDLES).ok();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(batch) =
                paths.get(start..paths.len().min(start + BATCH)).filter(|batch| !batch.is_empty())
            else {
                break;
            };
            for path in batch {
                let verdict = match tree.read(path) {
                    _ if sops::covering(rules, path).is_some() => Ok(()),
                    Ok(bytes) if needles.as_ref().is_some_and(|needles| !needles.is_match(&bytes)) => {
                        continue;
                    }
                    Ok(_) => Ok(()),
                    Err(error) => Err(error),
                };
                found.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), verdict);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.min(paths.len().div_ceil(BATCH)) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn sops_rules(tree: &Snapshot) -> Vec<sops::CreationRule> {
    let files = tree.notable().filter(|entry| entry.name() == ".sops.yaml");
    files
        .filter_map(|entry| {
            let file = tree.source(&RepoPath::new(entry.path)).ok()?;
            Some(sops::creation_rules(&file.path, &Yaml::parse(&file.text)))
        })
        .flatten()
        .collect()
}

/// The secrets in one file.
fn of_file(file: &SourceFile, rules: &[sops::CreationRule]) -> Vec<Secret> {
    let text = &*file.text;
    let mut secrets: Vec<Secret> = Vec::new();
    let mut add = |secret: Secret| {
        // A key in a kubeconfig or in a plain SOPS document is one secret.
        if !secrets
            .iter()
            .any(|known| known.hidden.contains(secret.hidden) || secret.hidden.contains(known.hidden))
        {
            secrets.push(secret);
        }
    };
    structured(file, rules).into_iter().for_each(&mut add);
    for key in pem::keys(text).into_iter().filter(|key| !is_of_tests(text, key.head)) {
        let place = if text.get(key.head.start..).is_some_and(|rest| rest.starts_with(pem::BEGIN)) {
            key.head
        } else {
            name_before(text, key.head)
        };
        let kind = if key.has_passphrase { Kind::EncryptedKey } else { Kind::PrivateKey };
        add(Secret { kind, place, hidden: key.content });
    }
    for token in token::tokens(text) {
        add(Secret { kind: Kind::OktetoToken, place: token.name, hidden: token.value });
    }
    secrets.sort_by_key(|secret| secret.place);
    secrets
}

/// What only a parser can tell.
fn structured(file: &SourceFile, rules: &[sops::CreationRule]) -> Vec<Secret> {
    let text = &*file.text;
    let rule = sops::covering(rules, &file.path);
    let extension = file.path.extension().unwrap_or_else(|| file.path.file_name());
    let is_tree = matches!(extension, "yaml" | "yml" | "json" | "conf" | "kubeconfig" | "config")
        || file.path.file_name().contains("kubeconfig");
    if text.len() > LARGEST_YAML || file.path.file_name() == ".sops.yaml" {
        return Vec::new();
    }
    let marks = ["sops_mac=", "lastmodified", "[sops]", "mac:", "\"mac\""];
    let encrypted = text.contains("sops") && marks.iter().any(|mark| text.contains(mark));
    let mut secrets = Vec::new();
    let plain = match extension {
        "env" | ".env" | "ini" => sops::plain_lines(text, rule),
        // Parsing is slow, and most files only mention one of the words.
        _ if is_tree
            && (rule.is_some() || encrypted || text.contains("clusters") && text.contains("users")) =>
        {
            let yaml = Yaml::parse(text);
            if yaml.template.is_some() {
                return Vec::new();
            }
            secrets.extend(kubeconfig::credentials(&yaml).into_iter().map(|credential| Secret {
                kind: Kind::Kubeconfig(credential.user),
                place: credential.key,
                hidden: credential.value,
            }));
            sops::plain_values(&yaml, rule)
        }
        _ => sops::Plain::default(),
    };
    let kind = match rule.filter(|_| !encrypted) {
        Some(rule) => Kind::UnencryptedSops(rule.place.clone()),
        None => Kind::DecryptedSops,
    };
    secrets.extend(plain.values.into_iter().map(|(place, hidden)| Secret {
        kind: kind.clone(),
        place,
        hidden,
    }));
    secrets
}

/// The key in front of a value on the same line, or the beginning of the value itself.
fn name_before(text: &str, value: Span) -> Span {
    let start = text.get(..value.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let before = text.get(start..value.start).unwrap_or_default();
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    let end = before.rfind(is_name).map_or(0, |at| at + 1);
    let name = before.get(..end).unwrap_or_default();
    let from = name.rfind(|character| !is_name(character)).map_or(0, |at| at + 1);
    if from == end { value } else { Span::new(start + from, start + end) }
}

#[cfg(test)]
mod tests;
