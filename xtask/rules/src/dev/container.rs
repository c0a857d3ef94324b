//! What the rules of this group share: a dev container with all that is known of it, and what it means for
//! a path to be missing.

use crate::dev::{sync_base, unknown_app, workdir};
use crate::diagnostic::{Edit, replace};
use crate::facts::Facts;
use crate::model::apps::App;
use crate::model::local_files::is_git_ignored;
use crate::model::manifest::{CommandLine, Dev, Manifest};
use crate::model::serving::{Session, instance};
use crate::model::sync::{Local, SyncRoot};
use crate::source::{Place, RepoPath, Span};
use crate::suggest::closest;
use crate::syntax::yaml::edit::TextEdit;

/// A dev container.
#[derive(Clone, Copy)]
pub(super) struct Container<'a> {
    pub manifest: &'a Manifest,
    pub dev: &'a Dev,
    pub session: &'a Session,
}

/// The dev containers, aliases left out: what is wrong with one is wrong with its group.
pub(super) fn containers(facts: &Facts) -> impl Iterator<Item = Container<'_>> {
    with_aliases(facts).filter(|container| container.session.alias_of.is_none())
}

/// All dev containers.
pub(super) fn with_aliases(facts: &Facts) -> impl Iterator<Item = Container<'_>> {
    facts.serving().sessions.iter().filter_map(|session| {
        // What a template makes of its text is not known.
        let manifest =
            facts.manifests().get(session.manifest).filter(|manifest| manifest.yaml.template.is_none())?;
        Some(Container { manifest, dev: manifest.devs.get(session.dev)?, session })
    })
}

impl<'a> Container<'a> {
    /// The key.
    pub fn name(&self) -> &'a str {
        &self.dev.name.value
    }

    /// Where the key stands.
    pub fn place(&self) -> Place {
        self.manifest.place(self.dev.name.span)
    }

    /// A place in its manifest.
    pub fn at(&self, span: Span) -> Place {
        self.manifest.place(span)
    }

    /// The subject of findings about it as a whole, or about one of its keys.
    pub fn subject(&self, key: &str) -> String {
        if key.is_empty() { format!("dev.{}", self.name()) } else { format!("dev.{}.{key}", self.name()) }
    }

    /// An edit of its manifest.
    pub fn edit(&self, (span, text): TextEdit) -> Edit {
        replace(&self.manifest.file.path, span, text)
    }

    /// Whether `dev/sync-base` speaks about this root, so that nothing else should.
    pub fn is_misplaced(&self, facts: &Facts, root: &SyncRoot) -> bool {
        self.manifest.folder != self.manifest.base && sync_base::meant(facts, self.manifest, root).is_some()
    }

    /// Whether another rule says what is wrong with the paths and filters that would tell what it serves.
    pub fn is_broken(&self, facts: &Facts) -> bool {
        let broken = |root: &SyncRoot| {
            let lost = |path: &RepoPath| is_missing(facts, path) || facts.tree.is_file(path);
            root.local == Local::Unknown
                || (root.entry.is_some() && root.remote.is_none())
                || root.local.inside().is_some_and(lost)
        };
        let workdir = self.dev.workdir.as_ref();
        self.session.roots.iter().any(broken)
            || self.has_misplaced_root(facts)
            || workdir.is_some_and(|workdir| workdir.value.contains('$'))
            || workdir::judge(facts, *self).is_some()
            || unknown_app::dead_filters(facts, *self).next().is_some()
    }

    /// Whether its texts name an app, by its folder or as a word of its names. That proves nothing.
    pub fn mentions(&self, app: &App) -> bool {
        let text = &self.manifest.file.text;
        let spans = [self.dev.workdir.as_ref().map(|workdir| workdir.span)];
        let sync = self.dev.sync.iter().flatten().map(|entry| Some(entry.text.span));
        let command = [self.dev.command.as_ref().map(CommandLine::span)];
        let mut texts = spans.into_iter().chain(sync).chain(command).flatten().map(|span| span.slice(text));
        let folder = app.folder.as_str();
        let word = |name: &str| name.split(['-', '_', '.']).any(|word| word == app.name());
        let instance = instance(self.dev).is_some_and(|name| word(&name.value) || name.value == app.name());
        word(self.name()) || instance || texts.any(|text| replace_word(text, folder, "") != text)
    }

    /// Whether some root of it is misplaced: what is mapped through it means something else.
    pub fn has_misplaced_root(&self, facts: &Facts) -> bool {
        self.session.roots.iter().any(|root| self.is_misplaced(facts, root))
    }
}

/// Whether nothing is at `path` for anybody: not what git ignores, what lies in a submodule, or a file that this
/// disk has. A folder on the disk proves nothing: a deleted app leaves its `node_modules` behind.
pub(super) fn is_missing(facts: &Facts, path: &RepoPath) -> bool {
    !path.is_outside()
        && facts.tree.kind(path).is_none()
        && !facts.tree.is_opaque(path)
        && !is_git_ignored(&facts.tree, path)
        && facts.disk.as_ref().is_none_or(|disk| disk.size(path).is_none())
}

/// The path that was probably meant: a neighbour with a similar name, at the first component that is missing.
pub(super) fn similar(facts: &Facts, path: &RepoPath, folders_only: bool) -> Option<RepoPath> {
    let components: Vec<&str> = path.components().collect();
    let mut parent = RepoPath::root();
    for (index, component) in components.iter().enumerate() {
        let next = parent.join(component);
        if facts.tree.kind(&next).is_some() {
            parent = next;
            continue;
        }
        let last = index + 1 == components.len();
        let children = facts.tree.children(&parent);
        let names = children.iter().filter(|(_, is_dir)| *is_dir || (last && !folders_only));
        let meant = closest(component, names.map(|(name, _)| name.as_str()))?;
        let rest = components.iter().skip(index + 1);
        let candidate = rest.fold(parent.join(meant), |path, rest| path.join(rest));
        return facts.tree.kind(&candidate).is_some().then_some(candidate);
    }
    None
}

/// `apps/web` as it is written from `folder`: `../apps/web`.
pub(super) fn relative(folder: &RepoPath, path: &RepoPath) -> String {
    let from: Vec<&str> = folder.components().collect();
    let to: Vec<&str> = path.components().collect();
    let common = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
    let up = from.len() - common;
    let parts: Vec<&str> = std::iter::repeat_n("..", up).chain(to.into_iter().skip(common)).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Replaces `from` where it is no part of a longer word; `-` and `/` end a word.
pub(super) fn replace_word(text: &str, from: &str, to: &str) -> String {
    if from.is_empty() {
        return text.to_owned();
    }
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    // A path or package goes on behind a dash or a dot: `apps/web` is not in `apps/web-admin`, but `@acme/web`
    // is in `@acme/web...`.
    let goes_on = |rest: &str| {
        let mut characters = rest.chars();
        match characters.next() {
            Some('-') => from.contains('/'),
            Some('.') => from.contains('/') && characters.next().is_some_and(is_word),
            next => next.is_some_and(is_word),
        }
    };
    let mut out = String::new();
    let mut at = 0;
    for (start, _) in text.match_indices(from) {
        let before = text.get(..start).unwrap_or("").chars().next_back();
        let after = text.get(start + from.len()..).unwrap_or("");
        if start < at || before.is_some_and(is_word) || goes_on(after) {
            continue;
        }
        out.push_str(text.get(at..start).unwrap_or(""));
        out.push_str(to);
        at = start + from.len();
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_from_the_folder_of_the_manifest() {
        for (folder, path, written) in [
            (".okteto", "apps/web", "../apps/web"),
            ("", "apps", "apps"),
            ("a/b", "a", ".."),
            ("a", "a", "."),
        ] {
            assert_eq!(relative(&folder.into(), &path.into()), written);
        }
    }

    #[test]
    fn names_are_replaced_as_words() {
        assert_eq!(replace_word("web-dev-shop", "shop", "site"), "web-dev-site");
        assert_eq!(replace_word("workshop", "shop", "site"), "workshop");
        assert_eq!(replace_word("../apps/web:/app/apps/web", "apps/web", "apps/b"), "../apps/b:/app/apps/b");
        assert_eq!(replace_word("-F '@s/web...'", "@s/web", "@s/b"), "-F '@s/b...'");
        assert_eq!(replace_word("apps/web-admin", "apps/web", "apps/b"), "apps/web-admin");
    }
}
