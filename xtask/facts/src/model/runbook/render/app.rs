//! Regions that hold commands: one app, or all of them.

use super::tables::{local_address, sync_pair};
use super::{FactKind, Rendered, Renderer, Words, code, list};
use crate::model::apps::App;
use crate::model::graph::{Entry, Sourced};
use crate::model::manifest::Role;
use crate::source::Place;

impl Renderer<'_> {
    /// The section of an app.
    pub(super) fn app(&self, app: &App, level: usize, words: &Words) -> Rendered {
        let mut out = Rendered::default();
        out.push(&"#".repeat(level));
        out.push(" ");
        out.append(&code(app.name(), Some(app.place.clone())));
        out.push("\n");
        let entries: Vec<&Entry<'_>> = self.landscape.of_app(app).collect();
        if entries.is_empty() {
            out.push(&format!("\n{}\n", words.no_dev_container));
        }
        for entry in &entries {
            out.push("\n```bash\n");
            self.session(&mut out, entry, true);
            out.push("```\n");
        }
        let mut points: Vec<Rendered> = Vec::new();
        let ports: Vec<Rendered> = entries
            .iter()
            .flat_map(|entry| entry.dev.forwards.iter().map(|forward| port(entry, forward, words)))
            .collect();
        point(&mut points, words.ports, list(ports));
        let roots = entries
            .iter()
            .flat_map(|entry| entry.session.roots.iter().map(|root| sync_pair(entry.manifest, root)));
        point(&mut points, words.synced, list(roots));
        for (manifest, build) in self.landscape.builds_of(app) {
            let mut text = code(&build.name.value, Some(manifest.place(build.name.span)));
            let place = build.dockerfile.as_ref().map(|path| manifest.place(path.span));
            text.push(", ");
            text.append(&code(self.dockerfile(manifest, build).as_str(), place));
            if let Some(target) = &build.target {
                text.push(", stage ");
                text.append(&code(&target.value, Some(manifest.place(target.span))));
            }
            point(&mut points, words.build, text);
        }
        let values = self.landscape.values_of(app);
        point(
            &mut points,
            "Values",
            list(values.into_iter().map(|(path, place)| code(path.as_str(), place))),
        );
        let applications = self.landscape.applications_of(app);
        let files = applications.into_iter().map(|application| {
            code(application.file.path.as_str(), Some(Place::top(&application.file.path)))
        });
        point(&mut points, "Applications", list(files));
        if !points.is_empty() {
            out.push("\n");
        }
        points.iter().for_each(|point| out.append(point));
        out
    }

    /// The commands of every app, in one fence.
    pub(super) fn commands(&self, _: &Words) -> Rendered {
        let mut out = Rendered::default();
        out.push("```bash\n");
        command(&mut out, "okteto context use ", self.landscape.context());
        for (index, entry) in self.landscape.entries.iter().enumerate() {
            if index > 0 || self.landscape.context().is_some() {
                out.push("\n");
            }
            let name = entry.apps.first().map_or(entry.dev.name.value.as_str(), |app| app.name());
            out.push(&format!("# {name}\n"));
            self.session(&mut out, entry, false);
        }
        out.push("```\n");
        out
    }

    /// The commands of one session as plain text.
    pub fn session_of(&self, entry: &Entry<'_>) -> String {
        let mut out = Rendered::default();
        self.session(&mut out, entry, false);
        out.text
    }

    /// From the context to the end of a session.
    fn session(&self, out: &mut Rendered, entry: &Entry<'_>, with_context: bool) {
        if with_context {
            command(out, "okteto context use ", self.landscape.context());
        }
        command(out, "okteto namespace use ", self.landscape.namespace(entry));
        let name = &entry.dev.name.value;
        let place = Some(entry.manifest.place(entry.dev.name.span));
        // A manifest that the CLI does not find on its own is named.
        let file = match entry.manifest.role {
            Role::Named => format!(" -f {}", entry.manifest.file.path),
            Role::Discovered if !entry.manifest.base.is_root() => format!(" -f {}", entry.manifest.file.path),
            Role::Discovered => String::new(),
        };
        for (before, after) in [("okteto up ", ""), ("okteto exec ", " -- sh"), ("okteto down ", "")] {
            out.push(before);
            out.fact(name, place.clone(), FactKind::Other);
            out.push(&format!("{file}{after}\n"));
        }
    }
}

fn port(entry: &Entry<'_>, forward: &crate::model::manifest::Forward, words: &Words) -> Rendered {
    let mut text = local_address(entry.manifest, forward);
    text.push(" → ");
    let place = Some(entry.manifest.place(forward.remote.span));
    text.fact(&forward.remote.value.to_string(), place, FactKind::RemotePort);
    text.push(" ");
    text.push(words.in_container_port);
    text
}

fn command(out: &mut Rendered, words: &str, operand: Option<Sourced>) {
    if let Some((operand, place)) = operand {
        out.push(words);
        out.fact(&operand, place, FactKind::Other);
        out.push("\n");
    }
}

/// `- Label: text.`
fn point(points: &mut Vec<Rendered>, label: &str, text: Rendered) {
    if text.text.is_empty() {
        return;
    }
    let mut point = Rendered::default();
    point.push(&format!("- {label}: "));
    point.append(&text);
    point.push(".\n");
    points.push(point);
}
