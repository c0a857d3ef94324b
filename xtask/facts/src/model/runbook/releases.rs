//! Helm releases that a manifest's `deploy` installs.

use crate::model::manifest::Manifest;
use crate::source::{RepoPath, Span, Spanned};
use crate::syntax::shell::{self, Invocation};

/// A release that a manifest's `deploy` installs with Helm.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its name.
    pub name: Spanned<String>,
    /// The values files, from the top level.
    pub values: Vec<Spanned<RepoPath>>,
}

/// Flags of `helm upgrade` that take a value as their next word.
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

/// The releases of a manifest's `deploy`.
pub fn releases(manifest: &Manifest) -> Vec<Release> {
    let commands = manifest.deploy.iter().flat_map(|run| &run.commands);
    let scripts: Vec<_> = commands.map(|command| command.script()).collect();
    let invocations = scripts.iter().flat_map(|script| script.invocations());
    invocations.filter_map(|invocation| release(manifest, &invocation)).collect()
}

/// The release that a command installs; `None` for every other command.
pub fn release(manifest: &Manifest, invocation: &Invocation<'_>) -> Option<Release> {
    if invocation.program != "helm" {
        return None;
    }
    let arguments = shell::arguments(invocation.args, &VALUES);
    let mut operands = arguments.operands.iter().filter_map(|word| Some((word.as_literal()?, word.span)));
    let ("upgrade" | "install", _) = operands.next()? else { return None };
    let (name, span) = operands.next()?;
    let files = arguments.flags.iter().filter(|flag| matches!(flag.name, "-f" | "--values"));
    let values = files
        .filter_map(|flag| flag.value.as_ref())
        .filter_map(|word| Some((word.as_literal()?, word.span)))
        .map(|(path, span): (&str, Span)| Spanned::new(manifest.base.join(path), span))
        .collect();
    Some(Release { name: Spanned::new(name.to_owned(), span), values })
}
