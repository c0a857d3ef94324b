//! What pages say and the repository does not have: names, packages, paths, sections about nothing.
//!
//! Every mention is resolved once. What leads nowhere, and is a claim about this repository as it is now, is
//! [`Stale`]. An app that is gone leaves many of them: they share one [`Cause`].

mod causes;
mod gone;
mod names;
mod packages;
mod paths;
mod sections;
mod shown;
mod uses;

use super::known::Known;
use super::mentions::{Mention, What};
use super::voice::Voice;
use super::whereabouts::{self, Whereabouts};
use super::whose::Repositories;
use super::{Page, PageKind, Runbooks};
use crate::config::Config;
use crate::diagnostic::Cause;
use crate::model::apps::Apps;
use crate::model::argocd::ArgoCd;
use crate::model::manifest::Manifest;
use crate::model::parallel;
use crate::model::serving::Serving;
use crate::model::untracked::Untracked;
use crate::model::workspace::Workspace;
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath, Span};
use crate::syntax::markdown::BlockKind;
use causes::Causes;
use gone::Gone;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// What the pages are held against.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The tree.
    pub tree: &'a Snapshot,
    /// The configuration.
    pub config: &'a Config,
    /// The packages.
    pub workspace: &'a Workspace,
    /// The manifests.
    pub manifests: &'a [Manifest],
    /// The apps.
    pub apps: &'a Apps,
    /// Who serves them.
    pub serving: &'a Serving,
    /// What Argo CD deploys.
    pub argocd: &'a ArgoCd,
    /// The pages.
    pub runbooks: &'a Runbooks,
}

/// Everything that is stale.
#[derive(Debug, Default)]
pub struct References {
    /// The names that there are.
    pub known: Known,
    /// Whose names they are.
    pub repositories: Repositories,
    /// By page, then by place.
    pub stale: Vec<Stale>,
    /// Dev containers that are called otherwise now, and how.
    pub renamed: BTreeMap<String, String>,
    causes: Causes,
}

/// Something that a page says and the repository does not have.
#[derive(Clone, Debug)]
pub struct Stale {
    /// Position of the page among [`Runbooks::pages`].
    pub page: usize,
    /// The characters that say it.
    pub span: Span,
    /// What is missing.
    pub missing: Missing,
    /// How it came up.
    pub said: Said,
    /// What was probably meant.
    pub meant: Option<Meant>,
    /// What it comes from.
    pub cause: Arc<Cause>,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Missing {
    /// A dev container, build or test.
    Name(Kind, String),
    /// The build of `OKTETO_BUILD_<NAME>_IMAGE`.
    Variable(String),
    /// A package.
    Package(String),
    /// A script, in the package of this folder, or in all of them.
    Script(String, Option<RepoPath>),
    /// A file or folder.
    Path {
        /// As it was meant: from the top level.
        path: RepoPath,
        /// The shortest prefix of it that does not exist.
        gone: RepoPath,
    },
    /// A heading of a page.
    Fragment {
        /// The page.
        page: RepoPath,
        /// What stands behind `#`.
        fragment: String,
    },
    /// What a section, row or region is about.
    Subject(Part, String),
    /// An app or package that is gone, named on its own or as part of another name.
    Thing(String),
}

/// What a name behind a verb must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A dev container.
    Dev,
    /// A build.
    Build,
    /// A test.
    Test,
}

/// A part of a page that is about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// An `app` region.
    Region,
    /// A heading with what belongs to it.
    Section {
        /// Whether it stands among those about apps.
        of_app: bool,
    },
    /// A row of a table.
    Row,
}

/// How something came up in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// On its own.
    Plain,
    /// Behind this verb of the CLI.
    Verb(String),
    /// As a path from the top level, or from this folder.
    Path(Option<RepoPath>),
    /// As a link from the page's folder.
    Link,
    /// As a link from the top level, `/docs/a.md`.
    AbsoluteLink,
    /// As a name that may also be another thing's, outside of the repository.
    Perhaps,
    /// In a form that cannot be rewritten.
    Indirectly,
    /// As the subject of this part of the page.
    About(Span),
}

/// What was probably meant instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// The name, or the path from the top level.
    pub text: String,
    /// Where it is defined, if it is a name.
    pub place: Option<Place>,
    /// Whether nothing else can be meant.
    pub certain: bool,
}

/// A stale mention before anything is known of its fellows.
struct Found {
    span: Span,
    missing: Missing,
    said: Said,
}

impl Found {
    const fn plain(missing: Missing, span: Span) -> Self {
        Self { span, missing, said: Said::Plain }
    }
}

/// So many pages a core resolves at a time.
const BATCH: usize = 4;

impl References {
    /// Resolves everything that the pages say.
    pub fn find(inputs: &Inputs<'_>) -> Self {
        let known = Known::collect(inputs.tree, inputs.manifests, inputs.workspace, inputs.apps);
        let repositories = Repositories::of(inputs.tree, inputs.config, inputs.workspace, inputs.manifests);
        let finder = Finder {
            inputs,
            known: &known,
            repositories: &repositories,
            scopes: packages::own_scopes(inputs.workspace),
            untracked: Untracked::of(inputs.tree),
            holders: OnceLock::new(),
            tasks: OnceLock::new(),
        };
        let pages = &inputs.runbooks.pages;
        let mut found = parallel::map(pages, BATCH, |page| finder.page(page));
        let gone = Gone::of(inputs, &known, &found);
        let names = uses::Names::of(inputs, &known, &gone);
        if !names.is_empty() {
            let asked: Vec<(&Page, &[Found])> = pages.iter().zip(found.iter().map(Vec::as_slice)).collect();
            let uses = parallel::map(&asked, BATCH, |(page, found)| names.uses(page, &repositories, found));
            for (found, uses) in found.iter_mut().zip(uses) {
                found.extend(uses);
                found.sort_by_key(|found| found.span);
            }
        }
        let mut causes = Causes::of(inputs, &gone);
        let mut meanings = Meanings::new(inputs, &known, &gone);
        let mut stale = Vec::new();
        for (page, found) in found.into_iter().enumerate() {
            for Found { span, missing, said } in found {
                // What is gone with an app is called like its neighbours, and none of them is meant.
                let meant = if causes.is_of_thing(&missing) { None } else { meanings.of(&missing) };
                let cause = causes.of_missing(&missing, meant.as_ref());
                stale.push(Stale { page, span, missing, said, meant, cause });
            }
        }
        let renamed = gone.devs.into_iter().filter_map(|(name, new)| Some((name, new?))).collect();
        Self { known, repositories, stale, renamed, causes }
    }

    /// What is stale in a page: `page` is its position among the pages.
    pub fn of_page(&self, page: usize) -> &[Stale] {
        let from = self.stale.partition_point(|stale| stale.page < page);
        let rest = self.stale.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|stale| stale.page == page)).unwrap_or_default()
    }

    /// The cause that the words of a text name, if they name something that is gone.
    pub fn cause_named_in(&self, text: &str) -> Option<Arc<Cause>> {
        self.causes.named_in(text)
    }

    /// Why no manifest has a name, if that has come up.
    pub fn cause_of(&self, kind: Kind, name: &str) -> Option<Arc<Cause>> {
        self.causes.of_name(kind, name)
    }
}

/// What each page is asked with.
struct Finder<'a> {
    inputs: &'a Inputs<'a>,
    known: &'a Known,
    repositories: &'a Repositories,
    /// Scopes that only members of the workspace use.
    scopes: Vec<String>,
    untracked: Untracked,
    /// Made when some path is missed.
    holders: OnceLock<paths::Holders>,
    /// Read when some page calls turbo.
    tasks: OnceLock<Option<packages::Tasks>>,
}

impl Finder<'_> {
    /// What is stale in a page, in order.
    fn page(&self, page: &Page) -> Vec<Found> {
        let mut voice = Voice::of(page, self.repositories);
        let mut found = Vec::new();
        for mention in &page.mentions {
            let missing = self.mention(page, mention);
            if !missing.is_empty() && !voice.is_silent(mention.block, mention.span) {
                found.extend(missing);
            }
        }
        if page.is_bound() && self.known.is_complete() {
            found.extend(sections::orphans(page, self.known, &mut voice));
        }
        found.sort_by_key(|found| found.span);
        found
    }

    fn tasks(&self) -> Option<&packages::Tasks> {
        let read = || packages::Tasks::of(self.inputs.tree, self.inputs.workspace);
        self.tasks.get_or_init(read).as_ref()
    }

    /// Whether it is a whole app that is missing: then the path led into it, whatever the words around it say.
    fn is_app(&self, missing: &Missing) -> bool {
        matches!(missing, Missing::Path { gone, .. } if self.inputs.config.app_globs.matches(gone))
    }

    fn mention(&self, page: &Page, mention: &Mention) -> Vec<Found> {
        let is_page = page.kind != PageKind::Notes;
        match &mention.what {
            What::Okteto(call) => {
                let block = mention.block.and_then(|block| page.markdown.blocks.get(block));
                let is_fenced = block.is_some_and(|block| block.kind == BlockKind::Code);
                names::unknown(call, self.known, is_fenced)
            }
            What::Variable(name) => names::unknown_variable(name, mention.span, self.known),
            What::Call(call) => {
                let mut missing = packages::missing(self.inputs.workspace, page, call);
                if !call.tasks.is_empty() {
                    missing.extend(packages::missing_tasks(self.inputs.workspace, call, self.tasks()));
                }
                missing
            }
            What::Package(name) if is_page => {
                let workspace = self.inputs.workspace;
                let mut missing = packages::unknown(workspace, name, &self.scopes, mention.span);
                missing.retain(|_| !whereabouts::names_team(page, mention.block, mention.span));
                missing
            }
            What::Path { path, base } if is_page => {
                let missing = self.path(page, mention.span, &path.path, base.as_ref());
                let is_meant = |found: &Found| match whereabouts::told(page, mention.block, mention.span) {
                    Some(Whereabouts::Branch) => false,
                    Some(Whereabouts::PerhapsBranch | Whereabouts::Elsewhere) => self.is_app(&found.missing),
                    None => true,
                };
                missing.filter(is_meant).into_iter().collect()
            }
            What::Link(target) if is_page => self.link(page, mention.span, target).into_iter().collect(),
            What::Namespace(_) | What::Package(_) | What::Path { .. } | What::Link(_) | What::Host(_) => {
                Vec::new()
            }
        }
    }
}

/// What was probably meant by each missing thing, found out once.
struct Meanings<'a> {
    inputs: &'a Inputs<'a>,
    known: &'a Known,
    gone: &'a Gone,
    paths: paths::Moves<'a>,
    told: HashMap<Missing, Option<Meant>>,
}

impl<'a> Meanings<'a> {
    fn new(inputs: &'a Inputs<'a>, known: &'a Known, gone: &'a Gone) -> Self {
        Self { inputs, known, gone, paths: paths::Moves::new(inputs), told: HashMap::new() }
    }

    fn of(&mut self, missing: &Missing) -> Option<Meant> {
        if let Some(told) = self.told.get(missing) {
            return told.clone();
        }
        let meant = match missing {
            Missing::Name(Kind::Dev, name) | Missing::Subject(_, name) if self.renamed(name).is_some() => {
                self.renamed(name)
            }
            Missing::Name(kind, name) => names::meant(self.inputs, self.known, *kind, name),
            Missing::Variable(name) => names::meant_variable(self.known, name),
            Missing::Package(name) => packages::meant(self.inputs.workspace, name),
            Missing::Script(name, folder) => {
                packages::meant_script(self.inputs.workspace, name, folder.as_ref())
            }
            Missing::Path { path, gone } => self.paths.meant(path, gone),
            Missing::Subject(_, name) => names::meant_subject(self.known, name),
            Missing::Fragment { .. } | Missing::Thing(_) => None,
        };
        self.told.insert(missing.clone(), meant.clone());
        meant
    }

    /// What a dev container is called now that regions still show.
    fn renamed(&self, name: &str) -> Option<Meant> {
        let new = self.gone.devs.get(name)?.as_ref()?;
        Some(Meant { text: new.clone(), place: self.known.devs.get(new).cloned(), certain: true })
    }
}
