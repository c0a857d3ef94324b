//! `secrets/committed`: a private key, an Okteto token, a kubeconfig credential or a plain SOPS document in a
//! file of the tree.
//!
//! A literal `OKTETO_TOKEN` in a pipeline belongs to `preview/credentials`, one in `ENV` or `ARG` of a
//! Dockerfile to `dockerfile/secret-in-layer`.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::secrets::{Kind, Secret, SecretFile};
use crate::source::SourceFile;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "secrets/committed",
    summary: "a tracked file holds a private key, a token or another credential",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Secrets, Model::Pipeline],
    page: include_str!("committed.md"),
    check,
};

/// So many further places of one kind are shown.
const RELATED: usize = 3;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let secrets = facts.secrets();
    for found in &secrets.files {
        let mut rest: Vec<&Secret> =
            found.secrets.iter().filter(|secret| !belongs_elsewhere(facts, &found.file, secret)).collect();
        // One finding for each kind: many values of one document have one cause.
        while let Some(first) = rest.first().copied() {
            let (same, others): (Vec<&Secret>, Vec<&Secret>) =
                rest.into_iter().partition(|secret| secret.kind == first.kind);
            sink.report(diagnostic(found, &same));
            rest = others;
        }
    }
    for (path, reason) in &secrets.skipped {
        sink.skip(path, reason.clone());
    }
}

/// Whether another rule reports the secret.
fn belongs_elsewhere(facts: &Facts, file: &SourceFile, secret: &Secret) -> bool {
    let in_pipeline = || facts.pipeline().files.iter().any(|known| known.path == file.path);
    secret.kind == Kind::OktetoToken && (in_pipeline() || is_in_layer(file, secret))
}

fn is_in_layer(file: &SourceFile, secret: &Secret) -> bool {
    let name = file.path.file_name();
    let dockerfile = name.contains("Dockerfile") || name.contains("Containerfile");
    let before = file.text.get(..secret.place.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start().to_ascii_uppercase();
    dockerfile && (line.starts_with("ENV ") || line.starts_with("ARG "))
}

fn diagnostic(found: &SecretFile, same: &[&Secret]) -> Diagnostic {
    let file = &found.file;
    let Some(first) = same.first() else { return Diagnostic::new(file.place(Default::default()), "") };
    let name = first.place.slice(&file.text);
    let (title, label, subject) = match &first.kind {
        Kind::EncryptedKey => (
            "an encrypted private key is committed".to_owned(),
            "only its passphrase protects it".to_owned(),
            "private-key".to_owned(),
        ),
        Kind::PrivateKey => (
            "a private key is committed".to_owned(),
            "whoever can read the repository can use it".to_owned(),
            "private-key".to_owned(),
        ),
        Kind::OktetoToken => (
            "an Okteto token is committed".to_owned(),
            "it gives its owner's access to every namespace".to_owned(),
            "OKTETO_TOKEN".to_owned(),
        ),
        Kind::Kubeconfig(user) => (
            format!("a credential of the cluster user `{user}` is committed"),
            format!("`{name}` lets anybody act as this user"),
            format!("users.{user}"),
        ),
        Kind::DecryptedSops => (
            "a decrypted SOPS document is committed".to_owned(),
            format!("`{name}` is plain, though the document has SOPS metadata"),
            "sops".to_owned(),
        ),
        Kind::UnencryptedSops(_) => (
            "a document that SOPS must encrypt is committed plain".to_owned(),
            format!("`{name}` is plain, and the document has no SOPS metadata"),
            "sops".to_owned(),
        ),
    };
    let mut diagnostic = Diagnostic::new(file.place(first.place), title)
        .label(label)
        .subject(subject)
        .help(help(file, &first.kind));
    for secret in same.iter().skip(1).take(RELATED) {
        diagnostic = diagnostic.related(file.place(secret.place), "and here");
    }
    if let Kind::UnencryptedSops(rule) = &first.kind {
        diagnostic = diagnostic.related(rule.clone(), "this rule covers the file");
    }
    // The reports show lines, and a secret often shares its line with its name.
    found.secrets.iter().fold(diagnostic, |diagnostic, secret| diagnostic.conceal(file.place(secret.hidden)))
}

fn help(file: &SourceFile, kind: &Kind) -> String {
    let path = &file.path;
    match kind {
        Kind::DecryptedSops | Kind::UnencryptedSops(_) => {
            format!("`sops encrypt --in-place {path}`; what has been pushed must be replaced")
        }
        Kind::OktetoToken => {
            "delete the token in Okteto, create another, and keep it in the settings of the CI project"
                .to_owned()
        }
        Kind::PrivateKey | Kind::EncryptedKey | Kind::Kubeconfig(_) => {
            format!("`git rm --cached {path}`, ignore the file, and replace the credential where it is used")
        }
    }
}
