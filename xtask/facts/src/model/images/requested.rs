//! What a build asks of its context. BuildKit sends no more than the sources of `COPY`, `ADD` and bind mounts, and what
//! lies below them (moby/buildkit `frontend/dockerfile/dockerfile2llb/convert.go`: `filterPaths`, `llb.FollowPaths`).

use super::ImageFile;
use crate::syntax::dockerfile::{Arguments, Keyword};
use globset::{GlobBuilder, GlobMatcher};

/// The part of a context that is sent, before an ignore file takes anything away.
#[derive(Clone, Debug)]
pub enum Requested {
    /// All of it, or it is not known to be less.
    All,
    /// What these paths match, and what lies below.
    Paths(Vec<Path>),
}

/// A source in the context.
#[derive(Clone, Debug)]
pub struct Path {
    text: String,
    /// The number of its components.
    depth: usize,
    glob: Option<GlobMatcher>,
}

impl Path {
    fn new(text: &str, has_glob: bool) -> Option<Self> {
        let glob = match has_glob {
            true => Some(GlobBuilder::new(text).literal_separator(true).build().ok()?.compile_matcher()),
            false => None,
        };
        Some(Self { text: text.to_owned(), depth: text.split('/').count(), glob })
    }

    /// Whether a path from the context's top is this one, or lies below it.
    fn holds(&self, path: &str) -> bool {
        let end = path.match_indices('/').nth(self.depth - 1).map_or(path.len(), |(at, _)| at);
        let head = path.get(..end).unwrap_or(path);
        match &self.glob {
            Some(glob) => head.split('/').count() == self.depth && glob.is_match(head),
            None => head == self.text,
        }
    }
}

impl Requested {
    /// Whether a path from the context's top is sent, if no ignore file keeps it back.
    pub fn holds(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Paths(paths) => paths.iter().any(|one| one.holds(path)),
        }
    }
}

impl ImageFile {
    /// What a build of the file asks of its context. A file that asks for nothing is taken for the beginning of one
    /// that will.
    pub fn requested(&self) -> &Requested {
        self.requested.get_or_init(|| self.find_requested())
    }

    fn find_requested(&self) -> Requested {
        let own_syntax =
            |value: &str| value.contains("docker/dockerfile") || value.contains("dockerfile-upstream");
        let mut directives = self.dockerfile.directives.iter().filter(|one| one.name.value == "syntax");
        if directives.any(|directive| !own_syntax(&directive.value.value)) {
            return Requested::All;
        }
        let mut paths = Vec::new();
        for source in self.context_sources() {
            // Up to a variable everything may be meant.
            let text = source.split('$').next().unwrap_or_default();
            let text = if text.len() < source.len() {
                text.rsplit_once('/').map_or("", |(folder, _)| folder)
            } else {
                text
            };
            let path = crate::model::image::environment::join("/", text);
            let path = path.trim_start_matches('/');
            let has_glob = path.contains(['*', '?', '[']);
            match Path::new(path, has_glob).filter(|_| !path.is_empty() && path != "*") {
                Some(path) => paths.push(path),
                None => return Requested::All,
            }
        }
        if paths.is_empty() { Requested::All } else { Requested::Paths(paths) }
    }

    /// The sources from the context as they are written, `ONBUILD` left out: `/` for all of it.
    fn context_sources(&self) -> Vec<String> {
        let mut sources = Vec::new();
        for instruction in &self.dockerfile.instructions {
            let is_copy = matches!(instruction.keyword, Some(Keyword::Copy | Keyword::Add));
            let from = instruction.flags.iter().any(|flag| flag.name.value == "from");
            if let Arguments::Copy(copy) = &instruction.arguments
                && is_copy
                && !from
            {
                let here = copy.sources.iter().map(|source| source.value.trim_matches(['"', '\'']));
                let here =
                    here.filter(|source| !super::copies::is_remote(source) && !source.starts_with("<<"));
                sources.extend(here.map(str::to_owned));
            }
            sources.extend(self.bind_sources(instruction));
        }
        sources
    }
}
