//! Which files and folders the commands of a manifest name: charts, `-f` files, scripts, `cd`; and which of them
//! an earlier command makes.

mod flags;
mod programs;

pub use self::flags::{HELM_VALUES, KUBECTL_VALUES};

use crate::model::calls;
use crate::source::Span;
use crate::syntax::shell::{ConnectorKind, Directory, Script, Word};

/// A path that a command needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathUse {
    /// The path as the program gets it.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// What it is to the program.
    pub role: Role,
    /// The folder that it starts at.
    pub directory: Directory,
}

/// What a path is to the program that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A chart of Helm, written in a way that could be a reference to a repository too.
    ChartReference,
    /// A chart of Helm that can only be a path.
    Chart,
    /// A file or folder that is read.
    Input,
    /// A program, or a file for an interpreter.
    Script,
    /// The target of `cd`.
    Folder,
}

/// What one command text needs and makes, in the order of its commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Needs a path.
    Use(PathUse),
    /// Makes a path: a file, or a folder with whatever in it.
    Make(Directory, String),
    /// Runs a script, which may make whatever its own commands make.
    Run(Directory, String),
    /// May make anything: archives, builds, programs whose text nobody reads here.
    MakeAnything,
    /// Adds a repository of charts.
    ChartRepository(String),
    /// Asks whether a path is there: what follows is meant to cope.
    Ask(String),
}

/// The steps of a script.
pub fn steps(script: &Script) -> Vec<Step> {
    let directories = script.directories();
    let mut steps = Vec::new();
    for (command, directory) in script.commands.iter().zip(directories) {
        let mut walk = Walk { steps: &mut steps, directory: directory.clone(), tolerated: false };
        walk.tolerated =
            script.connectors(command).1.is_some_and(|connector| connector.kind == ConnectorKind::Or);
        let invocation = script.invocation(command);
        if let Some(invocation) = &invocation {
            if let Some(word) = &invocation.directory {
                walk.directory = word.as_literal().map_or(Directory::Unknown, |text| directory.join(text));
            }
            walk.program(invocation);
        }
        for redirection in &command.redirections {
            let Some(target) = &redirection.target else { continue };
            match redirection.operator.trim_start_matches(|character: char| character.is_ascii_digit()) {
                "<" => walk.need(target, Role::Input),
                ">" | ">>" | ">|" | "&>" | "&>>" | "<>" => walk.make(target),
                _ => {}
            }
        }
    }
    let runs_a_program = |call: &calls::Call| {
        call.script.is_some()
            || !call.tasks.is_empty()
            || matches!(call.verb.as_str(), "exec" | "dlx" | "x" | "create")
    };
    let built = calls::calls(script).iter().any(runs_a_program);
    if built {
        steps.push(Step::MakeAnything);
    }
    steps
}

struct Walk<'s> {
    steps: &'s mut Vec<Step>,
    directory: Directory,
    /// `|| true` stands behind the command: a missing path is no failure.
    tolerated: bool,
}

impl Walk<'_> {
    fn need(&mut self, word: &Word, role: Role) {
        self.need_part(word, 0, word.text.len(), role);
    }

    /// A part of a word: one of `a.yaml,b.yaml`, or what follows `key=`.
    fn need_part(&mut self, word: &Word, start: usize, end: usize, role: Role) {
        let Some(text) = word.text.get(start..end) else { return };
        if self.tolerated || !word.is_literal() || !is_local(text) {
            return;
        }
        let whole = start == 0 && end == word.text.len();
        let span = if whole && !word.quoted { word.span } else { word.source_span(start..end) };
        self.steps.push(Step::Use(PathUse {
            text: text.to_owned(),
            span,
            role,
            directory: self.directory.clone(),
        }));
    }

    /// Each of `a,b,c`, as Helm and kubectl split them.
    fn need_list(&mut self, word: &Word, role: Role) {
        let mut start = 0;
        for part in word.text.split(',') {
            self.need_part(word, start, start + part.len(), role);
            start += part.len() + 1;
        }
    }

    fn make(&mut self, word: &Word) {
        match word.as_literal() {
            Some(text) => self.steps.push(Step::Make(self.directory.clone(), text.to_owned())),
            None if word.text.starts_with("/tmp/") || word.text.contains("OKTETO_ENV") => {}
            None => self.steps.push(Step::MakeAnything),
        }
    }

    /// A script is needed, and then runs.
    fn run(&mut self, word: &Word) {
        self.need(word, Role::Script);
        self.steps.push(match word.as_literal() {
            Some(text) => Step::Run(self.directory.clone(), text.to_owned()),
            None => Step::MakeAnything,
        });
    }
}

/// Whether a word is a path and nothing else: no URL, no standard input, no chart of a registry.
fn is_local(text: &str) -> bool {
    let elsewhere = text.contains("://")
        || text.contains("?ref=")
        || text.contains("//")
        || text.starts_with("github.com/")
        || text.starts_with("git@");
    !elsewhere
        && !text.is_empty()
        && !matches!(text, "-" | "." | "/dev/stdin" | "/dev/null")
        && !text.starts_with('~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::shell::parse;

    /// The needs (`path`, with its folder if it is not the start), and what is made (`+path`, `+` for anything).
    fn read(text: &str) -> Vec<String> {
        let shown = |directory: &Directory, path: &str| match directory {
            Directory::Start => path.to_owned(),
            Directory::Path(folder) => format!("{folder}|{path}"),
            Directory::Unknown => format!("?|{path}"),
        };
        let step = |step| match step {
            Step::Use(used) => {
                assert!(used.span.slice(text).contains(&used.text), "{used:?}");
                Some(shown(&used.directory, &used.text))
            }
            Step::Make(directory, path) => Some(format!("+{}", shown(&directory, &path))),
            Step::MakeAnything => Some("+".to_owned()),
            Step::Run(..) | Step::ChartRepository(_) | Step::Ask(_) => None,
        };
        steps(&parse(text)).into_iter().filter_map(step).collect()
    }

    #[test]
    fn helm_charts_and_values_are_paths() {
        assert_eq!(
            read("helm upgrade --install web ./chart -f a.yaml,b.yaml"),
            ["a.yaml", "b.yaml", "./chart"]
        );
        assert_eq!(read("helm -n x install --set a=b web charts/web --wait"), ["charts/web"]);
        assert_eq!(
            read("helm template charts/web --values=v.yaml --set-file k=f.pem"),
            ["v.yaml", "f.pem", "charts/web"]
        );
        assert_eq!(read("helm secrets upgrade web ./chart -f 's.yaml'"), ["s.yaml", "./chart"]);
        assert_eq!(read("helm upgrade web chart --repo https://x"), [""; 0]);
        assert_eq!(read("helm upgrade web oci://x/y -f https://x/v.yaml"), [""; 0]);
        assert_eq!(read("helm upgrade web x/y --version 1.2"), [""; 0]);
        assert_eq!(read("helm uninstall web"), [""; 0]);
    }

    #[test]
    fn flags_of_other_tools_are_paths() {
        assert_eq!(read("kubectl -n x apply -f a.yml -k ./overlay"), ["a.yml", "./overlay"]);
        assert_eq!(read("kubectl logs -f web; kubectl apply -f -"), [""; 0]);
        assert_eq!(read("kubectl create cm c --from-file=k=a.conf"), ["a.conf"]);
        assert_eq!(
            read("docker compose -f c.yml up; docker-compose --file d.yml up"),
            ["c.yml", "+", "d.yml"]
        );
        assert_eq!(read("okteto deploy -f x/okteto.yml; envsubst < a > b"), ["x/okteto.yml", "a", "+b"]);
    }

    #[test]
    fn folders_and_scripts_follow_cd() {
        assert_eq!(read("cd deploy && ./run.sh && sh b.sh"), ["deploy", "deploy|./run.sh", "deploy|b.sh"]);
        assert_eq!(read("(cd a; cat x); ./b.sh"), ["a", "./b.sh"]);
        assert_eq!(read("cd \"$X\" && kubectl apply -f a"), ["?|a"]);
        assert_eq!(read("bash -c 'cd a && ./x.sh' && python3 -m http.server"), ["a", "a|./x.sh", "+"]);
    }

    #[test]
    fn what_is_made_is_told() {
        assert_eq!(
            read("mkdir -p out; cp a.yml out; git clone https://x/y/z.git"),
            ["+out", "+out", "+out/a.yml", "+z"]
        );
        assert_eq!(read("cmd > \"$F\""), ["+"]);
        assert_eq!(read("kubectl delete -f gone.yml || true"), [""; 0]);
        assert_eq!(read("pnpm run render"), ["+"]);
    }
}
