//! A dev container for an app, written like the one of another app.
//!
//! The sibling's lines are copied; what names its app is replaced, piece by piece, at the places that the
//! model knows. The outcome is read again and must serve the app, or there is none.

use crate::dev::container::{Container, containers, replace_word, with_aliases};
use crate::diagnostic::{Edit, replace};
use crate::facts::Facts;
use crate::model::apps::App;
use crate::model::manifest::{CommandLine, Manifest, names};
use crate::model::servers::Repository;
use crate::model::serving::{Serving, apply_pattern};
use crate::source::{SourceFile, Span};
use crate::syntax::yaml::{Mapping, Node, Value, edit};

/// An entry that can be added.
pub(super) struct Entry<'a> {
    /// Its key.
    pub name: String,
    /// The dev container that it is modelled on.
    pub sibling: Container<'a>,
    /// The insertion.
    pub edit: Edit,
}

/// An entry for `app`, modelled on the first sibling that can be copied.
pub(super) fn modelled<'a>(facts: &'a Facts, app: &App) -> Option<Entry<'a>> {
    let siblings = containers(facts).filter(|container| container.session.apps.len() == 1);
    siblings.into_iter().find_map(|sibling| {
        let folder = sibling.session.apps.first()?;
        let renames = Renames::new(facts, sibling, facts.apps().at(folder)?, app)?;
        let (span, text) = renames.insertion()?;
        serves(facts, sibling.manifest, span, &text, app).then(|| Entry {
            name: renames.key.clone(),
            sibling,
            edit: replace(&sibling.manifest.file.path, span, text),
        })
    })
}

/// Whether the manifest with the insertion is sound and serves the app.
fn serves(facts: &Facts, manifest: &Manifest, span: Span, text: &str, app: &App) -> bool {
    let mut whole = manifest.file.text.to_string();
    if !whole.is_char_boundary(span.start) {
        return false;
    }
    whole.insert_str(span.start, text);
    let Some(mut changed) = Manifest::decode(SourceFile::new(manifest.file.path.clone(), whole)) else {
        return false;
    };
    if !changed.is_sound()
        || !changed.duplicates().is_empty()
        || changed.devs.len() != manifest.devs.len() + 1
    {
        return false;
    }
    // The others are known already.
    let known = |name: &str| manifest.devs.iter().any(|dev| dev.name.value == name);
    changed.devs.retain(|dev| !known(&dev.name.value));
    let changed = std::slice::from_ref(&changed);
    let serving = Serving::resolve(&facts.tree, facts.workspace(), changed, facts.apps(), &facts.config);
    serving.of(&app.folder).next().is_some()
}

struct Renames<'a> {
    facts: &'a Facts,
    sibling: Container<'a>,
    from: &'a App,
    to: &'a App,
    /// The new key.
    key: String,
}

impl<'a> Renames<'a> {
    fn new(facts: &'a Facts, sibling: Container<'a>, from: &'a App, to: &'a App) -> Option<Self> {
        let pattern = facts.config.dev_pattern.as_ref();
        let by_pattern = pattern.and_then(|pattern| apply_pattern(&pattern.value, to));
        let key = by_pattern.or_else(|| rename(sibling.name(), from, to))?;
        let taken = with_aliases(facts).any(|other| other.name() == key);
        (!taken && names::is_valid(&key)).then_some(Self { facts, sibling, from, to, key })
    }

    /// The new entry behind the last one of the sibling's mapping.
    fn insertion(&self) -> Option<(Span, String)> {
        let manifest = self.sibling.manifest;
        let section = &manifest.section("dev")?.value;
        let mapping = section.as_mapping()?;
        let entry = mapping.entry(self.sibling.name())?;
        let body = &entry.value;
        if mapping.flow || entry.merged.is_some() || body.alias.is_some() || has_anchor(body) {
            return None;
        }
        let text = &*manifest.file.text;
        let (place, _) = edit::insert_entry(text, section, &["placeholder:".to_owned()])?;
        let whole = Span::new(entry.key.span.start, line_end(text, entry.span().end));
        let copied = apply(text, whole, self.edits(whole)?)?;
        let ending = manifest.file.line_ending();
        let between = if has_blank_lines(text, mapping) { ending } else { "" };
        let indent = " ".repeat(mapping.indent?);
        Some((place, format!("{ending}{between}{indent}{copied}")))
    }

    /// What is written differently in the copy. `None` when something that must change stands elsewhere.
    fn edits(&self, whole: Span) -> Option<Vec<(Span, String)>> {
        let dev = self.sibling.dev;
        let manifest = self.sibling.manifest;
        let text = &*manifest.file.text;
        let mut edits = vec![(dev.name.span, edit::quote(&self.key))];
        for (label, value) in &dev.selector {
            if let Some(new) = self.selector_value(&label.value, &value.value) {
                edits.push((value.span, value.span.slice(text).replace(&value.value, &new)));
            }
        }
        let paths = dev.workdir.iter().map(|workdir| workdir.span);
        let syncs = dev.sync.iter().flatten().map(|entry| entry.text.span);
        let secrets = dev.secrets.iter().flat_map(|(local, remote)| [local.span, remote.span]);
        let files = dev.env_files.iter().chain(&dev.volumes).map(|file| file.span);
        for span in paths.chain(syncs).chain(secrets).chain(files) {
            edits.push((span, self.repath(span.slice(text))));
        }
        edits.extend(self.image_edit());
        edits.extend(self.command_edits());
        edits.extend(self.forward_edits());
        edits.extend(comment_edits(manifest, whole));
        edits.retain(|(span, new)| span.slice(text) != new);
        edits.iter().all(|(span, _)| whole.contains(*span)).then_some(edits)
    }

    /// The app's name is replaced in values that name a workload, not in those that name a chart.
    fn selector_value(&self, label: &str, value: &str) -> Option<String> {
        if value == self.sibling.name() {
            return Some(self.key.clone());
        }
        let names_release = label.ends_with("/instance") || label == "release";
        let is_app = value == self.from.name() || Some(value) == self.from.package.as_deref();
        (names_release || is_app).then(|| rename(value, self.from, self.to)).flatten()
    }

    fn repath(&self, text: &str) -> String {
        replace_word(text, self.from.folder.as_str(), self.to.folder.as_str())
    }

    /// `${OKTETO_BUILD_<APP>_IMAGE}`, when the other app has a build too.
    fn image_edit(&self) -> Option<(Span, String)> {
        let image = self.sibling.dev.image.as_ref()?;
        let written = image.span.slice(&self.sibling.manifest.file.text);
        let builds = &self.sibling.manifest.builds;
        let old = builds.iter().find(|build| is_build_of(&build.name.value, self.from))?;
        let new = builds.iter().find(|build| is_build_of(&build.name.value, self.to))?;
        let variable = |name: &str| format!("OKTETO_BUILD_{}_", names::build_variable(name));
        Some((image.span, written.replace(&variable(&old.name.value), &variable(&new.name.value))))
    }

    /// Package, folder and port in the command.
    fn command_edits(&self) -> Vec<(Span, String)> {
        let words: Vec<Span> = match &self.sibling.dev.command {
            Some(CommandLine::Shell(text)) => vec![text.span],
            Some(CommandLine::Argv(words)) => words.iter().map(|word| word.span).collect(),
            None => Vec::new(),
        };
        let text = &*self.sibling.manifest.file.text;
        let package = |app: &App| {
            let package = self.facts.workspace().at(&app.folder)?;
            package.name.as_ref().map(|name| name.value.clone())
        };
        let port = self.command_port();
        words
            .into_iter()
            .map(|span| {
                let mut new = span.slice(text).to_owned();
                // The port first, while offsets hold.
                if let Some((place, number)) = port.as_ref().filter(|(place, _)| span.contains(*place))
                    && let (Some(before), Some(after)) =
                        (text.get(span.start..place.start), text.get(place.end..span.end))
                {
                    new = format!("{before}{number}{after}");
                }
                let mut new = self.repath(&new);
                if let (Some(from), Some(to)) = (package(self.from), package(self.to)) {
                    new = replace_word(&new, &from, &to);
                }
                (span, new)
            })
            .collect()
    }

    /// Where the sibling's command sets a port, and the one to set instead.
    fn command_port(&self) -> Option<(Span, u16)> {
        let repository = self.repository();
        let (dev, manifest) = (self.sibling.dev, self.sibling.manifest);
        let port = repository.server_of(manifest, dev, self.sibling.session)?.port?;
        let here = port.place.path == manifest.file.path && !port.default;
        here.then_some((port.place.span, self.remote_port()?))
    }

    fn repository(&self) -> Repository<'a> {
        Repository { tree: &self.facts.tree, workspace: self.facts.workspace() }
    }

    /// The port that the new app binds, as far as its `dev` script tells.
    fn remote_port(&self) -> Option<u16> {
        let package = self.facts.workspace().at(&self.to.folder)?;
        Some(self.repository().server_of_script(package, "dev")?.port?.number)
    }

    fn forward_edits(&self) -> Vec<(Span, String)> {
        let text = &*self.sibling.manifest.file.text;
        let everywhere = containers(self.facts).flat_map(|container| container.dev.forwards.iter());
        let mut taken: Vec<u16> = everywhere.map(|forward| forward.local.value).collect();
        let mut edits = Vec::new();
        let own = self.sibling.dev.forwards.iter();
        for (number, forward) in own.enumerate() {
            let is_app = number == 0 && forward.service.is_none();
            let remote = self.remote_port().filter(|_| is_app).unwrap_or(forward.remote.value);
            let wanted = if is_app { remote } else { forward.local.value };
            let Some(local) = (wanted..=u16::MAX).find(|port| !taken.contains(port)) else { continue };
            taken.push(local);
            for (port, new) in [(&forward.local, local), (&forward.remote, remote)] {
                // Only ports that stand there as they are.
                if port.span.slice(text) == port.value.to_string() {
                    edits.push((port.span, new.to_string()));
                }
            }
        }
        edits
    }
}

fn is_build_of(build: &str, app: &App) -> bool {
    build == app.name() || Some(build) == app.package.as_deref()
}

/// `value` with the name of one app replaced by that of another; `None` when it does not name the app.
fn rename(value: &str, from: &App, to: &App) -> Option<String> {
    let by_folder = replace_word(value, from.name(), to.name());
    if by_folder != value {
        return Some(by_folder);
    }
    let renamed = replace_word(value, from.package.as_deref()?, to.package.as_deref()?);
    (renamed != value).then_some(renamed)
}

fn has_anchor(node: &Node) -> bool {
    // Beyond a shared value nothing is written here.
    if node.alias.is_some() {
        return false;
    }
    node.anchor.is_some()
        || match &node.value {
            Value::Sequence(sequence) => sequence.items.iter().any(has_anchor),
            Value::Mapping(mapping) => mapping.own().any(|entry| has_anchor(&entry.value)),
            _ => false,
        }
}

/// The comments of the sibling speak of the sibling.
fn comment_edits(manifest: &Manifest, whole: Span) -> Vec<(Span, String)> {
    let text = &*manifest.file.text;
    let inside = manifest.yaml.comments.iter().filter(|comment| whole.contains(comment.span));
    inside
        .map(|comment| {
            let before = text.get(..comment.span.start).unwrap_or("");
            let kept = before.trim_end_matches([' ', '\t']);
            // With its line break, when it has the line for itself.
            let kept = if comment.own_line { kept.strip_suffix('\n').unwrap_or(kept) } else { kept };
            let kept = if comment.own_line { kept.strip_suffix('\r').unwrap_or(kept) } else { kept };
            (Span::new(kept.len(), comment.span.end), String::new())
        })
        .filter(|(span, _)| whole.contains(*span))
        .collect()
}

/// The piece `whole` of `text` with edits that do not overlap.
fn apply(text: &str, whole: Span, mut edits: Vec<(Span, String)>) -> Option<String> {
    edits.sort_by_key(|(span, _)| *span);
    let mut out = String::new();
    let mut at = whole.start;
    for (span, new) in &edits {
        out.push_str(text.get(at..span.start)?);
        out.push_str(new);
        at = span.end;
    }
    out.push_str(text.get(at..whole.end)?);
    Some(out)
}

fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    offset + line.trim_end().len()
}

/// Whether the entries of the mapping stand apart.
fn has_blank_lines(text: &str, mapping: &Mapping) -> bool {
    let entries: Vec<_> = mapping.own().collect();
    entries.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        let between = text.get(first.span().end..second.key.span.start).unwrap_or("");
        // The first piece ends the line of the value, the last one indents the key.
        let lines = between.split('\n').count();
        between.split('\n').take(lines.saturating_sub(1)).skip(1).any(|line| line.trim().is_empty())
    })
}
