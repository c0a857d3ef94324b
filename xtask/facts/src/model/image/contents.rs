//! What a build needs of the files in an image, by path: what a new mount would hide or take away.
//!
//! Everything is looked up in sorted maps, so that a file of many instructions takes no more than its share.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::environment::{Environment, join};
use super::{Image, OptOut, Run, ShellKind, Tool, mounts, scripts};
use crate::syntax::dockerfile::{self, Arguments, Dockerfile, Instruction, Keyword};
use crate::syntax::shell::{self, Command, Word};

/// So many stages are looked at for one answer; where there are more, it is taken for yes.
const MAX_STAGES: usize = 64;

/// Paths that instructions name. A path of `COPY` ends in a slash: it may stand for the folder itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// The stages of each name, in order.
    names: HashMap<String, Vec<usize>>,
    /// What `COPY` or a command puts there: the stages that do, each with its first instruction.
    placed: BTreeMap<String, BTreeMap<usize, usize>>,
    /// What `COPY --from` takes: the stages that it is taken from.
    taken: BTreeMap<String, BTreeSet<usize>>,
    /// Stages and tools: the last instruction that reads the tool's cache without a mount. It is told to stay
    /// offline, or nobody knows what it runs.
    readers: BTreeMap<(usize, &'static str), usize>,
    /// The same for the stages that others with such an instruction stand on.
    readers_above: BTreeSet<(usize, &'static str)>,
}

impl Contents {
    /// Nothing is copied yet.
    pub fn new(file: &Dockerfile) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, stage) in file.stages.iter().enumerate() {
            let name = stage.name.iter().map(|name| name.value.to_ascii_lowercase());
            name.for_each(|name| names.entry(name).or_default().push(index));
        }
        Self { names, ..Self::default() }
    }

    /// The stage that `--from` names: by name in any case, the last one of a name, or by number.
    pub fn from(&self, instruction: &Instruction, stage: usize) -> Option<usize> {
        let flag = instruction.flags.iter().find(|flag| flag.name.value == "from")?;
        let name = flag.value.as_ref()?.text();
        let named = self.names.get(&name.to_ascii_lowercase()).and_then(|stages| {
            let earlier = stages.partition_point(|known| *known < stage);
            stages.get(earlier.checked_sub(1)?).copied()
        });
        named.or_else(|| name.parse().ok().filter(|number| *number < stage))
    }

    /// Notes a `COPY` or `ADD`; other instructions are nothing to it.
    pub fn copy(&mut self, file: &Dockerfile, index: usize, stage: usize, environment: &Environment) {
        let Some(instruction) = file.instructions.get(index) else { return };
        let Arguments::Copy(copy) = &instruction.arguments else { return };
        let Some(destination) = &copy.destination else { return };
        if !matches!(instruction.keyword, Some(Keyword::Copy | Keyword::Add)) {
            return;
        }
        let expanded = |word: &str| environment.expand(word).unwrap_or_else(|_| word.to_owned());
        self.place(format!("{}/", environment.absolute(&expanded(&destination.value))), stage, index);
        if let Some(from) = self.from(instruction, stage) {
            for source in &copy.sources {
                let path = join("/", &expanded(&source.value));
                self.taken.entry(format!("{path}/")).or_default().insert(from);
            }
        }
    }

    /// Notes what the commands of a `RUN` name, and which caches they read.
    pub fn run(&mut self, run: &Run) {
        let commands = run.script.iter().flat_map(|script| &script.commands);
        commands.for_each(|command| self.command(run, command));
        self.opted_out(run);
        self.unread(run);
    }

    /// The absolute paths of a command, other than those that it removes.
    fn command(&mut self, run: &Run, command: &Command) {
        if command.words.first().is_some_and(|word| word.text == "rm") {
            return;
        }
        let targets = command.redirections.iter().filter_map(|found| found.target.as_ref());
        for word in command.words.iter().chain(targets) {
            if let Some(path) = absolute(run, word) {
                self.place(path, run.stage, run.instruction);
            }
        }
    }

    fn place(&mut self, path: String, stage: usize, instruction: usize) {
        self.placed.entry(path).or_default().entry(stage).or_insert(instruction);
    }

    fn opted_out(&mut self, run: &Run) {
        for used in run.opted_out.iter().filter(|used| used.served_by.is_none()) {
            // pip finds what it needs in folders; the store of pnpm has a rule of its own, `offline-store`.
            let is_reader = matches!(used.opt_out, Some(OptOut::Offline(_)));
            if is_reader && !matches!(used.tool.name, "pip" | "pnpm") {
                self.note_reader(run, used.tool.name);
            }
        }
    }

    fn unread(&mut self, run: &Run) {
        let is_unread = match &run.script {
            Some(script) => script.invocations().any(|invocation| scripts::is_unread(&invocation)),
            None => run.shell != ShellKind::Windows,
        };
        if !is_unread {
            return;
        }
        for tool in scripts::READERS.iter().filter_map(|name| Tool::named(name)) {
            if !run.mounts.iter().any(|mount| mounts::holds_downloads(mount, tool)) {
                self.note_reader(run, tool.name);
            }
        }
    }

    /// Notes what a `CMD` or `ENTRYPOINT` reads, wherever in the stage it stands: `go run .`.
    pub fn start(&mut self, instruction: &Instruction, stage: usize) {
        let Arguments::Command(command) = &instruction.arguments else { return };
        if !matches!(instruction.keyword, Some(Keyword::Cmd | Keyword::Entrypoint)) {
            return;
        }
        let script = match command {
            dockerfile::Command::Exec(words) => {
                shell::exec_form(words.iter().map(|word| Word::literal(&word.value, word.span)).collect())
            }
            dockerfile::Command::Shell => shell::parse(instruction.text.slice(instruction.rest)),
        };
        for tool in scripts::READERS.iter().filter_map(|name| Tool::named(name)) {
            if script.invocations().any(|invocation| scripts::reads_at_run_time(&invocation, tool)) {
                self.readers.insert((stage, tool.name), usize::MAX);
            }
        }
    }

    fn note_reader(&mut self, run: &Run, tool: &'static str) {
        let last = self.readers.entry((run.stage, tool)).or_default();
        *last = run.instruction.max(*last);
    }
}

/// The absolute path that a word is, `~/` included. `None` for all others.
fn absolute(run: &Run, word: &Word) -> Option<String> {
    match word.text.strip_prefix("~/") {
        Some(rest) if word.has_tilde && run.is_root() => Some(join("/root", rest)),
        None if word.text.starts_with('/') => Some(join("/", &word.text)),
        _ => None,
    }
}

/// The entries of a map whose paths begin so.
fn below<'a, T>(map: &'a BTreeMap<String, T>, prefix: &'a str) -> impl Iterator<Item = &'a T> {
    let from = map.range(prefix.to_owned()..);
    from.take_while(move |(path, _)| path.starts_with(prefix)).map(|(_, value)| value)
}

impl Image {
    /// Notes of every stage whether one that stands on it reads the cache of a tool.
    pub(super) fn spread_readers(&mut self) {
        let last: Vec<(usize, &'static str)> = self.contents.readers.keys().copied().collect();
        for (stage, tool) in last {
            // What is noted of a stage is noted of those that it stands on.
            let known = &self.contents.readers_above;
            let parents = self.lineage(stage).skip(1).take_while(|parent| !known.contains(&(*parent, tool)));
            let new: Vec<usize> = parents.collect();
            self.contents.readers_above.extend(new.into_iter().map(|parent| (parent, tool)));
        }
    }

    /// Whether a mount for `tool` at `folder` would hide or take away what the build needs: an earlier instruction put
    /// something into the folder, `COPY --from` takes it along, or a later command reads the cache and has no mount.
    pub fn needs_contents(&self, run: &Run, tool: &Tool, folder: &str) -> bool {
        let key = (run.stage, tool.name);
        let is_read = self.contents.readers_above.contains(&key)
            || self.contents.readers.get(&key).is_some_and(|last| *last > run.instruction);
        // What pnpm installs is copied out of its store: only `pnpm fetch` leaves it for others.
        let fetches = || {
            let needs = run.needs.iter().filter(|need| need.tool.name == "pnpm");
            needs.flat_map(|need| &need.uses).any(|used| used.command == "fetch")
        };
        is_read && (tool.name != "pnpm" || fetches())
            || self.is_placed(run, folder)
            || self.is_taken(run, folder)
    }

    fn is_placed(&self, run: &Run, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let mut stages = below(&self.contents.placed, &prefix).flatten();
        let mut looked = 0;
        stages.any(|(stage, first)| {
            looked += 1;
            looked > MAX_STAGES || *first < run.instruction && self.stands_on(run.stage, *stage)
        })
    }

    fn is_taken(&self, run: &Run, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        // Folders around it; all of the file system may as well come without the cache.
        let around = prefix.match_indices('/').skip(1).filter_map(|(at, _)| prefix.get(..=at));
        let around = around.filter_map(|path| self.contents.taken.get(path)).flatten();
        let mut stages = below(&self.contents.taken, &prefix).flatten().chain(around);
        let mut looked = 0;
        stages.any(|stage| {
            looked += 1;
            looked > MAX_STAGES || self.stands_on(*stage, run.stage)
        })
    }
}
