//! Helm releases that a manifest's `deploy` installs.

use crate::model::manifest::Manifest;
use crate::source::{RepoPath, Span, Spanned};
use crate::syntax::shell;

/// A release that a manifest's `deploy` installs with Helm.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// The values files, from the top level.
    pub values: Vec<Spanned<RepoPath>>,
}

/// The releases of a manifest's `deploy`.
pub fn releases(manifest: &Manifest) -> Vec<Release> {
    const VALUES: [&str; 12] = [
        "-n",
        "--namespace",
        "-f",
        "--values",
        "--set",
        "--set-string",
        "--set-file",
        "--set-json",
        "--timeout",
        "--version",
        "--repo",
        "--kube-context",
    ];
    let mut found = Vec::new();
    for command in manifest.deploy.iter().flat_map(|run| &run.commands) {
        let script = command.script();
        for invocation in script.invocations().filter(|invocation| invocation.program == "helm") {
            let arguments = shell::arguments(invocation.args, &VALUES);
            let mut operands = arguments.operands.iter().filter_map(|word| word.as_literal());
            let Some("upgrade" | "install") = operands.next() else { continue };
            let Some(name) = operands.next() else { continue };
            let files = arguments.flags.iter().filter(|flag| matches!(flag.name, "-f" | "--values"));
            let values = files
                .filter_map(|flag| flag.value.as_ref())
                .filter_map(|word| Some((word.as_literal()?, word.span)))
                .map(|(path, span): (&str, Span)| Spanned::new(manifest.base.join(path), span))
                .collect();
            found.push(Release { name: name.to_owned(), values });
        }
    }
    found
}
