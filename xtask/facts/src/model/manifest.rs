//! The Okteto manifest, typed, with the place of every value.
//!
//! The tree is *decoded*, not derived: every problem is reported at its place in one pass and whatever
//! could be read is used. The table of fields in [`fields`] drives unknown keys, forms, expansion and docs.
//!
//! Source of the behaviour: okteto/okteto at 3.14, `pkg/model` and `pkg/discovery`.

mod decode;
pub mod discovery;
pub mod fields;
mod limits;
pub mod names;

pub use limits::is_duration;

use crate::source::{Place, RepoPath, SourceFile, Span, Spanned};
use crate::syntax::SyntaxError;
use crate::syntax::shape::{Expanded, Violation};
use crate::syntax::shell::{self, OffsetMap, Script};
use crate::syntax::yaml::{DuplicateKey, Node, Scalar, Yaml};

/// One manifest file.
#[derive(Debug)]
pub struct Manifest {
    /// The file.
    pub file: SourceFile,
    /// Its tree.
    pub yaml: Yaml,
    /// The folder of the file: base of `dev.*.sync`.
    pub folder: RepoPath,
    /// Base of everything else: the folder, or its parent when the folder is called `.okteto`.
    pub base: RepoPath,
    /// How Okteto would find the file.
    pub role: Role,
    /// The generation of the format.
    pub format: Format,
    /// `name`.
    pub name: Option<Text>,
    /// `build`, in order.
    pub builds: Vec<Build>,
    /// `dev`, in order.
    pub devs: Vec<Dev>,
    /// `deploy`.
    pub deploy: Option<Run>,
    /// `destroy`.
    pub destroy: Option<Run>,
    /// `test`, in order.
    pub tests: Vec<Test>,
    /// `external`, in order.
    pub externals: Vec<External>,
    /// Differences between the tree and the table of fields.
    pub violations: Vec<Violation>,
    /// Values whose variables the CLI expands, those without `$` left out.
    pub expanded: Vec<Expanded>,
    /// Values that the table takes and the CLI refuses all the same.
    pub invalid: Vec<Invalid>,
}

/// A text with its place.
pub type Text = Spanned<String>;

/// How Okteto comes to a manifest file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Found by `okteto` on its own in the base folder.
    Discovered,
    /// Named with `-f`.
    Named,
}

/// The generation of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Sections: `build`, `deploy`, `dev`, …
    Sections,
    /// One dev container at the top level, as before CLI 2: nothing of it is decoded.
    DevOnly,
}

/// A value that the CLI refuses although its form is right.
#[derive(Clone, Debug)]
pub struct Invalid {
    /// What is wrong.
    pub message: String,
    /// Why, or what the CLI would make of it.
    pub label: String,
    /// Where.
    pub span: Span,
    /// Keys from the root, joined by dots.
    pub path: String,
    /// Text that is certainly meant, if there is one.
    pub instead: Option<String>,
}

/// An entry of `build`.
#[derive(Clone, Debug)]
pub struct Build {
    /// The key.
    pub name: Text,
    /// The value.
    pub node: Node,
    /// `context`, if written.
    pub context: Option<Text>,
    /// `dockerfile`, if written.
    pub dockerfile: Option<Text>,
    /// `target`.
    pub target: Option<Text>,
    /// `image`.
    pub image: Option<Text>,
    /// `args`: name and value.
    pub args: Vec<(Text, Option<Text>)>,
    /// `secrets`: id and path.
    pub secrets: Vec<(Text, Text)>,
    /// `depends_on`.
    pub depends_on: Vec<Text>,
}

impl Build {
    /// `context` as the CLI reads it: `.` when it is not written.
    pub fn context_text(&self) -> &str {
        self.context.as_ref().map_or(".", |context| &context.value)
    }

    /// `dockerfile` as the CLI reads it: `Dockerfile` when it is not written.
    pub fn dockerfile_text(&self) -> &str {
        self.dockerfile.as_ref().map_or("Dockerfile", |dockerfile| &dockerfile.value)
    }
}

/// An entry of `dev`.
#[derive(Clone, Debug)]
pub struct Dev {
    /// The key.
    pub name: Text,
    /// The value.
    pub node: Node,
    /// `selector`: label and value.
    pub selector: Vec<(Text, Text)>,
    /// `image`.
    pub image: Option<Text>,
    /// `workdir`.
    pub workdir: Option<Text>,
    /// `command`.
    pub command: Option<CommandLine>,
    /// `mode: hybrid`: the process runs on the laptop, nothing is synced.
    pub hybrid: bool,
    /// `autocreate: true`.
    pub autocreate: bool,
    /// `sync` as written; `None` when the key is missing.
    pub sync: Option<Vec<Sync>>,
    /// The list under `sync` (or `sync.folders`).
    pub sync_node: Option<Node>,
    /// `forward`.
    pub forwards: Vec<Forward>,
    /// `reverse`.
    pub reverses: Vec<Reverse>,
    /// `volumes` of one part: folders kept in the volume.
    pub volumes: Vec<Text>,
    /// `externalVolumes`: the mount paths.
    pub external_volumes: Vec<Text>,
    /// `environment`: name and value.
    pub environment: Vec<(Text, Option<Text>)>,
    /// `envFiles`.
    pub env_files: Vec<Text>,
    /// `secrets`: local path and remote path.
    pub secrets: Vec<(Text, Text)>,
    /// `services`.
    pub services: Vec<Service>,
}

/// An entry of `dev.*.services`.
#[derive(Clone, Debug)]
pub struct Service {
    /// The value.
    pub node: Node,
    /// `sync`.
    pub sync: Vec<Sync>,
}

/// One `LOCAL:REMOTE` of `sync`.
#[derive(Clone, Debug)]
pub struct Sync {
    /// The whole entry.
    pub text: Text,
    /// The part before the colon, as written.
    pub local: Text,
    /// The part behind it, as written.
    pub remote: Text,
    /// How many parts the text has between its colons.
    pub parts: usize,
}

/// An entry of `forward` with literal ports.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The whole entry.
    pub span: Span,
    /// Port on the laptop.
    pub local: Spanned<u16>,
    /// Port in the pod.
    pub remote: Spanned<u16>,
    /// Another service instead of the dev container itself.
    pub service: Option<String>,
}

/// An entry of `reverse` with literal ports.
#[derive(Clone, Debug)]
pub struct Reverse {
    /// The whole entry.
    pub span: Span,
    /// Port in the pod.
    pub remote: Spanned<u16>,
    /// Port on the laptop.
    pub local: Spanned<u16>,
}

/// A command as the shell gets it, or its argv.
#[derive(Clone, Debug)]
pub enum CommandLine {
    /// A string, which Okteto hands to `sh -c`.
    Shell(CommandText),
    /// A list: program and arguments, without a shell.
    Argv(Vec<CommandText>),
}

impl CommandLine {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Shell(text) => text.span,
            Self::Argv(words) => words.iter().map(|word| word.span).reduce(Span::join).unwrap_or_default(),
        }
    }

    /// The programs that it runs; all spans are places in the file.
    pub fn script(&self) -> Script {
        match self {
            Self::Shell(text) => text.script(),
            Self::Argv(words) => {
                let words = words.iter().map(|word| {
                    let whole = Span::new(0, word.text().len());
                    shell::Word::literal(word.text(), word.locate(whole))
                });
                shell::exec_form(words.collect())
            }
        }
    }
}

/// A scalar that holds (a part of) a command.
#[derive(Clone, Debug)]
pub struct CommandText {
    /// The scalar with its map into the file.
    pub scalar: Scalar,
    /// Its place.
    pub span: Span,
}

impl CommandText {
    /// The text.
    pub fn text(&self) -> &str {
        &self.scalar.text
    }

    /// The commands in it; all spans are places in the file.
    pub fn script(&self) -> Script {
        shell::parse_mapped(&self.scalar.text, &self.map())
    }

    /// Leads from offsets in the text to the file.
    pub fn map(&self) -> OffsetMap {
        OffsetMap::of_scalar(&self.scalar, self.span)
    }

    /// The place in the file of some bytes of the text.
    pub fn locate(&self, span: Span) -> Span {
        self.scalar.locate(span, self.span)
    }
}

/// `deploy` or `destroy`.
#[derive(Clone, Debug)]
pub struct Run {
    /// The key.
    pub key: Span,
    /// The value.
    pub node: Node,
    /// The commands, in order.
    pub commands: Vec<CommandText>,
    /// `remote`, if written.
    pub remote: Option<Spanned<bool>>,
    /// `image`; setting it makes the run remote.
    pub image: Option<Text>,
    /// `context`: the folder that is copied to a remote run.
    pub context: Option<Text>,
    /// `endpoints` in list form: path, service.
    pub endpoints: Vec<Text>,
    /// `compose`: the files.
    pub compose: Vec<Text>,
}

impl Run {
    /// Whether the commands run in the cluster, on a copy of the context.
    pub fn is_remote(&self) -> bool {
        match &self.remote {
            Some(remote) => remote.value,
            None => self.image.is_some(),
        }
    }
}

/// An entry of `test`: always a remote run.
#[derive(Clone, Debug)]
pub struct Test {
    /// The key.
    pub name: Text,
    /// The value.
    pub node: Node,
    /// The commands, in order.
    pub commands: Vec<CommandText>,
    /// `image`.
    pub image: Option<Text>,
    /// `context`.
    pub context: Option<Text>,
    /// `depends_on`.
    pub depends_on: Vec<Text>,
    /// `caches`.
    pub caches: Vec<Text>,
    /// `artifacts`.
    pub artifacts: Vec<Text>,
}

/// An entry of `external`.
#[derive(Clone, Debug)]
pub struct External {
    /// The key.
    pub name: Text,
    /// Names and URLs of the endpoints.
    pub endpoints: Vec<(Text, Option<Text>)>,
}

impl Manifest {
    /// Decodes a file. `None` when the text is no Okteto manifest at all (a Compose file, a workflow).
    pub fn decode(file: SourceFile) -> Option<Self> {
        decode::decode(file)
    }

    /// A place in this manifest.
    pub fn place(&self, span: Span) -> Place {
        self.file.place(span)
    }

    /// Whether the file could be read as a whole. Rules about absence stay silent otherwise.
    pub fn is_sound(&self) -> bool {
        self.yaml.errors.is_empty() && self.yaml.template.is_none()
    }

    /// Errors of the YAML itself.
    pub fn syntax_errors(&self) -> &[SyntaxError] {
        &self.yaml.errors
    }

    /// Keys that stand twice.
    pub fn duplicates(&self) -> &[DuplicateKey] {
        &self.yaml.duplicates
    }

    /// The value of a top-level key with the key's place.
    pub fn section(&self, key: &str) -> Option<&crate::syntax::yaml::Entry> {
        self.yaml.root()?.as_mapping()?.entry(key)
    }

    /// Whether other repositories are deployed first: their builds and variables are there as well.
    pub fn has_dependencies(&self) -> bool {
        let dependencies = self.section("dependencies").map(|entry| &entry.value);
        dependencies.is_some_and(|node| !node.items().is_empty() || !node.entries().is_empty())
    }

    /// A build by its name as written or as the CLI sanitises it.
    pub fn build(&self, name: &str) -> Option<&Build> {
        let wanted = names::sanitise(name);
        self.builds.iter().find(|build| names::sanitise(&build.name.value) == wanted)
    }

    /// All commands that a shell runs: deploy, destroy, tests, then dev containers.
    pub fn shell_commands(&self) -> impl Iterator<Item = &CommandText> {
        let runs = self.deploy.iter().chain(&self.destroy).flat_map(|run| &run.commands);
        let tests = self.tests.iter().flat_map(|test| &test.commands);
        let devs = self.devs.iter().filter_map(|dev| match &dev.command {
            Some(CommandLine::Shell(text)) => Some(text),
            _ => None,
        });
        runs.chain(tests).chain(devs)
    }
}
