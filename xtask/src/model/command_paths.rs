//! Which files and folders the commands of a manifest name: charts, `-f` files, scripts, `cd`; and which of them
//! an earlier command makes.

use crate::model::calls;
use crate::source::Span;
use crate::syntax::shell::{
    Arguments, ConnectorKind, Directory, Invocation, Script, Subcommand, Word, arguments, subcommand,
};

/// Flags of Helm that take the next word.
pub const HELM_VALUES: &[&str] = &[
    "-f",
    "--values",
    "--set",
    "--set-string",
    "--set-file",
    "--set-json",
    "--set-literal",
    "-n",
    "--namespace",
    "--kube-context",
    "--kubeconfig",
    "--version",
    "--timeout",
    "--repo",
    "--username",
    "--password",
    "--ca-file",
    "--cert-file",
    "--key-file",
    "--keyring",
    "--description",
    "--post-renderer",
    "--post-renderer-args",
    "--history-max",
    "-o",
    "--output",
    "--registry-config",
    "--repository-cache",
    "--repository-config",
    "--name-template",
    "-l",
    "--labels",
    "-a",
    "--api-versions",
    "--kube-version",
    "-s",
    "--show-only",
    "--output-dir",
    "--kube-apiserver",
    "--kube-token",
    "--kube-as-user",
    "--kube-as-group",
    "--kube-ca-file",
    "--burst-limit",
    "--qps",
    "-d",
    "--destination",
    "--untardir",
];

/// Flags of kubectl that take the next word.
pub const KUBECTL_VALUES: &[&str] = &[
    "-f",
    "--filename",
    "-k",
    "--kustomize",
    "-n",
    "--namespace",
    "--context",
    "--kubeconfig",
    "--cluster",
    "--user",
    "-o",
    "--output",
    "-l",
    "--selector",
    "--from-file",
    "--from-literal",
    "--from-env-file",
    "--type",
    "--image",
    "--timeout",
    "--field-manager",
    "--token",
    "-s",
    "--server",
    "--as",
    "--request-timeout",
    "-p",
    "--patch",
    "--patch-file",
    "--docker-server",
    "--docker-username",
    "--docker-password",
    "--docker-email",
    "--cert",
    "--key",
    "--from",
    "--class",
    "--rule",
    "--port",
    "-c",
    "--container",
    "--replicas",
    "--field-selector",
    "--for",
];

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

/// Programs that may make any file.
const MAKERS: &[&str] = &[
    "make",
    "just",
    "task",
    "tar",
    "unzip",
    "node",
    "python",
    "python3",
    "ruby",
    "perl",
    "deno",
    "tsx",
    "ts-node",
    "go",
    "terraform",
    "tofu",
    "cdk8s",
    "jsonnet",
    "jb",
    "kompose",
    "rsync",
    "scp",
    "aws",
    "gsutil",
    "gcloud",
    "az",
    "vault",
    "helmfile",
    "skaffold",
    "ansible-playbook",
    "gomplate",
    "ytt",
    "vendir",
    "turbo",
    "cargo",
    "docker",
    "gh",
    "glab",
];

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

    fn program(&mut self, invocation: &Invocation<'_>) {
        let word = invocation.word;
        if word.text.contains('/') && !word.text.starts_with('/') {
            self.run(word);
        }
        let args = invocation.args;
        match invocation.program.as_str() {
            "helm" => self.helm(&subcommand(args, HELM_VALUES)),
            "kubectl" | "oc" => self.kubectl(&subcommand(args, KUBECTL_VALUES)),
            "kustomize" => self.kustomize(&subcommand(args, &[])),
            "docker-compose" => self.flags(&subcommand(args, COMPOSE_VALUES).flags, &["-f", "--file"]),
            "docker" => self.docker(&subcommand(args, &["--context", "-H", "--host", "--config"])),
            "okteto" => self.okteto(&subcommand(args, &["-n", "--namespace", "-c", "--context"])),
            "sh" | "bash" | "dash" | "ksh" | "zsh" | "ash" => {
                let arguments = arguments(args, &["-o", "+o"]);
                match arguments.operands.first() {
                    Some(script) => self.run(script),
                    None => self.steps.push(Step::MakeAnything),
                }
            }
            "source" | "." => match args.first().filter(|script| script.text.contains('/')) {
                Some(script) => self.run(script),
                None => self.steps.push(Step::MakeAnything),
            },
            "cd" | "pushd" => {
                let target =
                    args.iter().find(|word| !matches!(word.text.as_str(), "--" | "-P" | "-L" | "-e"));
                if let Some(target) = target {
                    self.need(target, Role::Folder);
                }
            }
            "test" | "[" | "[[" => {
                self.steps.extend(args.iter().map(|word| Step::Ask(word.text.clone())));
            }
            program => self.file_tools(program, args),
        }
        if MAKERS.contains(&invocation.program.as_str()) {
            self.steps.push(Step::MakeAnything);
        }
    }

    fn file_tools(&mut self, program: &str, args: &[Word]) {
        match program {
            "make" => {
                let found = arguments(args, &["-C", "--directory", "-f", "--file", "-j", "-o", "-W"]);
                self.flags(&found.flags, &["-C", "--directory", "-f", "--file"]);
            }
            "node" | "python" | "python3" | "ruby" | "perl" | "deno" | "tsx" | "ts-node" => {
                let found = arguments(args, &["-r", "--require", "--import", "--loader"]);
                let inline =
                    found.flags.iter().any(|flag| matches!(flag.name, "-c" | "-e" | "-m" | "-p" | "--eval"));
                let script = found.operands.first().filter(|word| {
                    let known = [".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl"];
                    known.iter().any(|extension| word.text.ends_with(extension))
                });
                if let Some(script) = script.filter(|_| !inline) {
                    self.need(script, Role::Script);
                }
            }
            "mkdir" | "touch" | "tee" => {
                arguments(args, &["-m", "--mode"]).operands.into_iter().for_each(|word| self.make(word));
            }
            "cp" | "mv" | "ln" | "install" => {
                self.copy(&arguments(args, &["-m", "-t", "--target-directory"]))
            }
            "git" => self.git(&subcommand(args, &["-C", "-c", "--git-dir", "--work-tree"])),
            "curl" | "wget" => {
                let found =
                    arguments(args, &["-o", "--output", "-O", "--output-document", "-H", "-d", "-X", "-u"]);
                let target = ["-o", "--output", "-O", "--output-document"];
                let values = found.flags.iter().filter(|flag| target.contains(&flag.name));
                values.filter_map(|flag| flag.value.as_ref()).for_each(|word| self.make(word));
                // `curl -O URL` takes the name from the URL.
                let last = |word: &Word| word.text.rsplit('/').next().unwrap_or("").to_owned();
                let names: Vec<String> =
                    args.iter().filter(|word| word.text.contains("://")).map(last).collect();
                self.steps.extend(names.into_iter().map(|name| Step::Make(self.directory.clone(), name)));
            }
            _ => {}
        }
    }

    fn copy(&mut self, arguments: &Arguments<'_>) {
        let Some((target, sources)) = arguments.operands.split_last() else { return };
        self.make(target);
        for source in sources {
            if let (Some(folder), Some(source)) = (target.as_literal(), source.as_literal()) {
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                self.steps.push(Step::Make(self.directory.clone(), format!("{folder}/{name}")));
            }
        }
    }

    fn git(&mut self, found: &Subcommand<'_>) {
        if found.name() != "clone" {
            if matches!(
                found.name(),
                "checkout" | "pull" | "submodule" | "worktree" | "restore" | "apply" | "archive"
            ) {
                self.steps.push(Step::MakeAnything);
            }
            return;
        }
        let values = ["-b", "--branch", "--depth", "-o", "--origin", "--reference", "-c", "--config"];
        let arguments = arguments(found.rest, &values);
        match arguments.operands.as_slice() {
            [_, folder, ..] if folder.is_literal() => self.make(folder),
            [url] if url.is_literal() => {
                let name = url.text.trim_end_matches('/').trim_end_matches(".git");
                let name = name.rsplit(['/', ':']).next().unwrap_or("").to_owned();
                self.steps.push(Step::Make(self.directory.clone(), name));
            }
            _ => self.steps.push(Step::MakeAnything),
        }
    }

    /// The values of some flags, each a path.
    fn flags(&mut self, flags: &[crate::syntax::shell::Flag<'_>], names: &[&str]) {
        for flag in flags.iter().filter(|flag| names.contains(&flag.name)) {
            if let Some(value) = &flag.value {
                self.need_list(value, Role::Input);
            }
        }
    }

    fn helm(&mut self, found: &Subcommand<'_>) {
        let values = arguments(found.rest, HELM_VALUES);
        let has = |name: &str| values.flags.iter().chain(&found.flags).any(|flag| flag.name == name);
        let chart = match found.name() {
            "secrets" | "diff" => return self.helm(&subcommand(found.rest, HELM_VALUES)),
            "repo" if values.operands.first().is_some_and(|word| word.text == "add") => {
                self.steps
                    .extend(values.operands.get(1).map(|name| Step::ChartRepository(name.text.clone())));
                return;
            }
            "pull" | "fetch" | "create" => return self.steps.push(Step::MakeAnything),
            "upgrade" => values.operands.get(1),
            "install" | "template" => values.operands.get(1).or(values.operands.first()),
            "lint" | "package" => values.operands.first(),
            "dependency" | "dep" | "dependencies" => values.operands.get(1),
            _ => return,
        };
        self.flags(&values.flags, &["-f", "--values"]);
        for flag in values.flags.iter().filter(|flag| flag.name == "--set-file") {
            self.after_key(flag.value.as_ref());
        }
        let Some(chart) = chart.filter(|_| !has("--repo")) else { return };
        let relative = chart.text.starts_with("./") || chart.text.starts_with("../");
        let one_word = !chart.text.contains('/') && !has("--version");
        let never_remote = matches!(found.name(), "lint" | "package" | "dependency" | "dep" | "dependencies");
        let role = if relative || one_word || never_remote { Role::Chart } else { Role::ChartReference };
        if !has("--version") || role == Role::Chart {
            self.need(chart, role);
        }
        if found.name().starts_with("dep") {
            self.steps.push(Step::Make(self.directory.clone(), format!("{}/charts", chart.text)));
        }
    }

    fn kubectl(&mut self, found: &Subcommand<'_>) {
        let values = arguments(found.rest, KUBECTL_VALUES);
        match found.name() {
            // `-f` of `logs` and `exec` is another flag.
            "apply" | "create" | "replace" | "delete" | "diff" | "label" | "annotate" | "wait" | "get"
            | "patch" => {
                self.flags(
                    &values.flags,
                    &["-f", "--filename", "-k", "--kustomize", "--from-env-file", "--patch-file"],
                );
                for flag in values.flags.iter().filter(|flag| flag.name == "--from-file") {
                    self.after_key(flag.value.as_ref());
                }
            }
            "kustomize" => {
                if let Some(folder) = values.operands.first() {
                    self.need(folder, Role::Input);
                }
            }
            "cp" => self.steps.push(Step::MakeAnything),
            _ => {}
        }
    }

    /// `key=path`, or the path alone.
    fn after_key(&mut self, value: Option<&Word>) {
        if let Some(value) = value {
            let start = value.text.find('=').map_or(0, |at| at + 1);
            self.need_part(value, start, value.text.len(), Role::Input);
        }
    }

    fn kustomize(&mut self, found: &Subcommand<'_>) {
        let operands = arguments(found.rest, &["-o", "--output", "--load-restrictor"]).operands;
        if let Some(folder) = operands.first().filter(|_| found.name() == "build") {
            self.need(folder, Role::Input);
        }
    }

    fn docker(&mut self, found: &Subcommand<'_>) {
        match found.name() {
            "compose" => self.flags(&subcommand(found.rest, COMPOSE_VALUES).flags, &["-f", "--file"]),
            "build" | "buildx" => {
                let values =
                    arguments(found.rest, &["-f", "--file", "-t", "--tag", "--build-arg", "--target"]);
                self.flags(&values.flags, &["-f", "--file"]);
            }
            _ => {}
        }
    }

    fn okteto(&mut self, found: &Subcommand<'_>) {
        if matches!(found.name(), "build" | "deploy" | "destroy" | "test" | "up" | "down" | "validate") {
            let values =
                ["-f", "--file", "-n", "--namespace", "-c", "--context", "-v", "--var", "--image", "--name"];
            self.flags(&arguments(found.rest, &values).flags, &["-f", "--file"]);
        }
    }
}

const COMPOSE_VALUES: &[&str] =
    &["-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory", "--ansi"];

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
