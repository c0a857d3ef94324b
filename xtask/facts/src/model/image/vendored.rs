//! Go's modules in the folder `vendor` of a repository.

use super::commands::Install;
use super::directories::View;

/// Whether a command of go takes modules from a `vendor` folder: it is told to, or the folder is there and it is told
/// nothing else.
pub(super) fn takes_vendored(view: &View<'_>, install: &Install<'_>, is_vendored: bool) -> bool {
    let takes_part = matches!(install.command, "build" | "test" | "run" | "install");
    if install.tool.name != "go" || !takes_part {
        return false;
    }
    // `go install example.com/tool@latest` looks into no module.
    if install.invocation.args.iter().any(|word| word.text.contains('@')) {
        return false;
    }
    let mut modes = install.flags.iter().filter(|flag| matches!(flag.name, "-mod" | "--mod"));
    let flag = modes.next_back().and_then(|flag| flag.value.as_ref()).map(|value| value.text.as_str());
    let flags = view.lookup("GOFLAGS").unwrap_or_default();
    let of_variable = || flags.split_whitespace().find_map(|flag| flag.strip_prefix("-mod="));
    match flag.or_else(of_variable) {
        Some(mode) => mode == "vendor",
        None => is_vendored,
    }
}
