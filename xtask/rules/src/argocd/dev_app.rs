//! `argocd/dev-app`: an Application that takes back what `okteto up` does, or takes its namespace from Okteto.
//!
//! `namespace/owner` speaks about namespaces in which no dev container of this repository works.

use crate::config::NamespaceOwner;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::argocd::Application;
use crate::model::patches::Patch;
use crate::source::Place;
use crate::syntax::yaml::{Node, edit};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "argocd/dev-app",
    summary: "an Application undoes `okteto up`, or creates a namespace that Okteto owns",
    severity: Severity::Error,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Patches],
    page: include_str!("dev_app.md"),
    check,
};

/// The option by which Argo CD creates a namespace.
pub const CREATE_NAMESPACE: &str = "CreateNamespace=true";

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (path, reason) in &facts.argocd().skipped {
        sink.skip(path, reason.clone());
    }
    // The Applications of a set share one policy, which is one cause.
    let mut seen: BTreeSet<Place> = BTreeSet::new();
    for application in &facts.argocd().applications {
        let Some(patch) = facts.patches().of(application) else { continue };
        if let Some(flag) =
            heals(application, patch).filter(|flag| seen.insert(application.place(flag.site())))
        {
            sink.report(self_heal(application, patch, flag));
        }
        let owned = facts.config.namespace_owner.unwrap_or_default() == NamespaceOwner::Okteto;
        let option = application.sync_option(CREATE_NAMESPACE).filter(|_| owned);
        if let Some(option) = option.filter(|option| seen.insert(application.place(option.site()))) {
            sink.report(create_namespace(application, patch, option));
        }
    }
}

/// `selfHeal: true`, unless the field that Okteto changes in the workload is ignored.
fn heals<'a>(application: &'a Application, patch: &Patch) -> Option<&'a Node> {
    let flag = application.automated_flag("selfHeal")?;
    let spared = application.ignored().iter().any(|ignored| {
        let name = patch.workload.as_deref();
        let workload =
            ignored.is_about("apps", "Deployment", name) || ignored.is_about("apps", "StatefulSet", name);
        workload
            && (ignored.covers("/spec/replicas")
                || ignored.managers.iter().any(|manager| manager == "okteto"))
    });
    (!spared).then_some(flag)
}

fn self_heal(application: &Application, patch: &Patch, flag: &Node) -> Diagnostic {
    let name = application.label();
    let diagnostic = Diagnostic::new(application.place(flag.site()), format!("`{name}` heals itself over `okteto up`"))
        .label("Argo CD takes the dev container for drift and removes it in mid-session")
        .related(patch.place.clone(), format!("`{}` patches a workload of this Application", patch.dev))
        .why(
            "`okteto up` scales the Deployment down and runs a copy of it with your code. With `selfHeal: true` Argo CD \
             restores the Deployment seconds later: two versions compete for the traffic or the session ends, and \
             nothing in the terminal says why. `automated` without it still deploys every commit.",
        )
        .subject(format!("{name}.selfHeal"));
    let edit = (flag.alias.is_none()).then(|| edit::replace_scalar(flag, "false")).flatten();
    // `false` is a word that quoting would protect from being one.
    let edit = edit.map(|(span, _)| replace(&application.file.path, span, "false"));
    with_fix(diagnostic, application, "set `selfHeal: false`", edit)
}

fn create_namespace(application: &Application, patch: &Patch, option: &Node) -> Diagnostic {
    let name = application.label();
    let namespace = application.namespace.as_ref().map_or("it", |namespace| &namespace.value);
    let diagnostic = Diagnostic::new(
        application.place(option.site()),
        format!("`{name}` creates the namespace that Okteto owns"),
    )
    .label("recreated by Argo CD it lacks Okteto's labels: Okteto no longer sees it")
    .related(patch.place.clone(), format!("`{}` works in this namespace", patch.dev))
    .why(
        "An Okteto namespace carries labels, members, quotas and secrets that only Okteto sets. The first sync that \
         finds none makes a bare one: `okteto up` cannot use it, nobody has access, and the namespace has to be \
         deleted and rebuilt with everything in it.",
    )
    .subject(format!("{name}.CreateNamespace"));
    let action =
        format!("take `{CREATE_NAMESPACE}` back; create it with `okteto namespace create {namespace}`");
    with_fix(diagnostic, application, &action, remove(application, option))
}

/// Removes the option. The last one of a list cannot go without the list, so it is switched off instead.
fn remove(application: &Application, option: &Node) -> Option<Edit> {
    let list = application.spec.at(&["syncPolicy", "syncOptions"])?;
    let text = &application.file.text;
    let (span, text) = edit::remove_item(text, list, option).or_else(|| {
        (option.alias.is_none()).then(|| edit::replace_scalar(option, "CreateNamespace=false")).flatten()
    })?;
    Some(replace(&application.file.path, span, text))
}

/// The action, and the fix where the file belongs to this repository.
fn with_fix(
    diagnostic: Diagnostic,
    application: &Application,
    action: &str,
    edit: Option<Edit>,
) -> Diagnostic {
    match edit.filter(|_| !application.file.path.is_outside()) {
        Some(edit) => diagnostic.help(format!("{action} (safe fix)")).fix(Fix::safe(action, vec![edit])),
        None => diagnostic.help(action),
    }
}
