//! `dev/port-mismatch`: the forward leads past the port that the app binds, or the app binds the loopback.

use super::container::{Container, containers};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::manifest::Forward;
use crate::model::servers::{Loopback, Repository, Server};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/port-mismatch",
    summary: "a forward leads to a port that the app does not bind",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("port_mismatch.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let repository = Repository { tree: &facts.tree, workspace: facts.workspace() };
    for container in containers(facts) {
        let server = repository.server_of(container.manifest, container.dev, container.session);
        let Some(server) = server else { continue };
        if let Some(diagnostic) = mismatch(container, &server) {
            sink.report(diagnostic);
        }
        if let Some(loopback) = &server.loopback {
            sink.report(on_loopback(container, &server, loopback));
        }
    }
}

/// No forward of the dev container itself leads to the server's port.
fn mismatch(container: Container<'_>, server: &Server) -> Option<Diagnostic> {
    let port = server.port.as_ref()?;
    let own: Vec<&Forward> =
        container.dev.forwards.iter().filter(|forward| forward.service.is_none()).collect();
    // With several forwards, which one is the app's cannot be told.
    let [forward] = own.as_slice() else { return None };
    // A debugger alone.
    if forward.remote.value == port.number || (9220..=9240).contains(&forward.remote.value) {
        return None;
    }
    let program = &server.program;
    let how = if port.default {
        format!("`{program}` takes {} by default", port.number)
    } else {
        "binds this one".to_owned()
    };
    Some(
        Diagnostic::new(
            container.at(forward.remote.span),
            format!(
                "`{}` forwards to {}, but `{program}` binds {}",
                container.name(),
                forward.remote.value,
                port.number
            ),
        )
        .label("nothing listens there")
        .related(port.place.clone(), how)
        .help(format!(
            "forward `{}:{}`, or start on port {}",
            forward.local.value, port.number, forward.remote.value
        ))
        .subject(container.subject("forward")),
    )
}

fn on_loopback(container: Container<'_>, server: &Server, loopback: &Loopback) -> Diagnostic {
    let program = &server.program;
    let label =
        if loopback.default { "its default; no flag says otherwise" } else { "the pod's own loopback" };
    let flag = if program == "next" { "--hostname 0.0.0.0" } else { "--host 0.0.0.0" };
    let diagnostic =
        Diagnostic::new(loopback.place.clone(), format!("`{program}` listens on localhost only"))
            .label(label)
            .why("the Service and the endpoint of the app reach the pod from outside")
            .help(format!("start it with `{flag}`"))
            .subject(container.subject("host"));
    if loopback.place.path == container.manifest.file.path {
        return diagnostic;
    }
    diagnostic.related(container.place(), "starts it in the cluster")
}
