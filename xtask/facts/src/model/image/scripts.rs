//! Commands behind which others run that the Dockerfile does not show.

use super::tools::Tool;
use crate::syntax::shell::Invocation;

/// Tools whose downloads stay in their cache, where later commands read them. Those of other tools are copied out of it.
pub(super) const READERS: &[&str] = &["go", "maven", "gradle", "pnpm"];

/// Programs that run the commands of a file, or other tools.
#[rustfmt::skip]
const RUNNERS: &[&str] = &[
    "make", "gmake", "bmake", "ninja", "bazel", "bazelisk", "buck2", "pants", "please", "plz", "task", "go-task",
    "just", "mage", "rake", "invoke", "tox", "nox", "earthly", "dagger", "goreleaser", "ko", "gox", "xcaddy", "wails",
    "tinygo", "air", "mise", "scons", "sbt", "ant",
];

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh", "ksh"];

/// Whether a container that runs the command reads what a tool downloaded into the image.
pub(super) fn reads_at_run_time(invocation: &Invocation<'_>, tool: &Tool) -> bool {
    let own = Tool::of_program(invocation.program).is_some_and(|known| known.name == tool.name);
    tool.name != "pnpm" && (own || RUNNERS.contains(&invocation.program))
}

/// Whether nobody can tell from the Dockerfile what a command runs: a runner, or a script of the repository.
pub(super) fn is_unread(invocation: &Invocation<'_>) -> bool {
    let program = invocation.program;
    if RUNNERS.contains(&program) || program.ends_with(".sh") {
        return true;
    }
    if SHELLS.contains(&program) {
        // What stands behind `-c` is read.
        let is_command = |text: &str| text.starts_with('-') && !text.starts_with("--") && text.contains('c');
        let mut args = invocation.args.iter().map(|word| word.text.as_str());
        return !invocation.args.iter().any(|word| is_command(&word.text))
            && args.any(|text| !text.starts_with(['-', '+']));
    }
    let path = invocation.word.text.as_str();
    let is_installed = path.contains("bin/") || path.starts_with("/opt/") || path.starts_with("/usr/");
    path.contains('/') && !is_installed && Tool::of_program(program).is_none()
}
