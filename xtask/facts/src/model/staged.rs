//! What is made for tests, demonstrations and documentation, told by names: one answer for all rules.

use crate::source::RepoPath;

/// Words of folder names: `integration-tests`, `test_creds`, `e2eTests`.
const WORDS: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "testfile",
    "testfiles",
    "testsuite",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "example",
    "examples",
    "sample",
    "samples",
    "e2e",
    "fuzz",
    "fuzzing",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
    "specs",
];

/// Whole names of folders: their words mean other things elsewhere.
const NAMES: &[&str] = &["t", "spec"];

/// Words of variables that hold what tests, and nobody else, know.
const OF_VARIABLES: &[&str] =
    &["test", "tests", "testing", "fake", "dummy", "mock", "fixture", "example", "sample", "demo"];

/// Whether a file lies in a folder of tests, fixtures or examples.
pub fn is_in_staged_folder(path: &RepoPath) -> bool {
    let is_staged =
        |name: &str| NAMES.contains(&name) || words(name).any(|word| WORDS.contains(&word.as_str()));
    path.parent().is_some_and(|folder| folder.components().any(is_staged))
}

/// Whether a name has a word for tests: `cosign-test`, `TestSigner`.
pub fn names_tests(name: &str) -> bool {
    // `test.example.org.key` is the key of a host.
    let host = name.strip_prefix("test.").filter(|rest| rest.matches('.').count() >= 2);
    words(host.unwrap_or(name)).any(|word| matches!(word.as_str(), "test" | "tests" | "testing"))
}

/// Whether a variable says that its value is made up: `testKeyPEMBlock`, `FAKE_CA_KEY`.
pub fn is_made_up(variable: &str) -> bool {
    words(variable).any(|word| OF_VARIABLES.contains(&word.as_str()))
}

/// The words of a name in lower case: `testKey` and `test-key` have the same two. Digits behind a letter go with it.
fn words(name: &str) -> impl Iterator<Item = String> {
    let parts = name.split(|character: char| !character.is_ascii_alphanumeric());
    parts.flat_map(humps).map(|word| word.to_ascii_lowercase())
}

/// `testKeyPEM` → `test`, `Key`, `PEM`.
fn humps(part: &str) -> Vec<&str> {
    let bytes = part.as_bytes();
    let mut cuts: Vec<usize> = Vec::new();
    for (at, trio) in bytes.windows(2).enumerate() {
        let &[before, here] = trio else { continue };
        let next_is_lower = bytes.get(at + 2).is_some_and(u8::is_ascii_lowercase);
        let begins = here.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || before.is_ascii_digit() || next_is_lower);
        if begins {
            cuts.push(at + 1);
        }
    }
    cuts.push(part.len());
    let mut start = 0;
    let mut found = Vec::new();
    for cut in cuts {
        found.extend(part.get(start..cut));
        start = cut;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_by_their_words() {
        for path in [
            "integration-tests/a.key",
            "x/test_creds/a.key",
            "test-ca/a.key",
            "t/a.key",
            "src/E2ETests/a.key",
            "src/e2e/a.key",
            "testfiles-negative/Dockerfile",
            "demo/a.key",
            "__tests__/a.key",
        ] {
            assert!(is_in_staged_folder(&path.into()), "{path}");
        }
        for path in ["deploy/a.key", "latest/a.key", "contest/a.key", "attestation/a.key", "tests.key"] {
            assert!(!is_in_staged_folder(&path.into()), "{path}");
        }
    }

    #[test]
    fn names_are_told_by_their_words() {
        assert!(names_tests("cosign-test") && names_tests("key-test-1") && names_tests("SignerTest"));
        assert!(!names_tests("latest") && !names_tests("attest") && !names_tests("server"));
        assert!(is_made_up("testKeyPEMBlock") && is_made_up("FAKE_CA_KEY") && !is_made_up("signingKey"));
    }
}
