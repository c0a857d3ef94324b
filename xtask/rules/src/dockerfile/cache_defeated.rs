//! `dockerfile/cache-defeated`: a RUN that deletes or disables the cache that it mounts.

use super::removal::{self, Hit};
use super::{edit, files};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheMount, OptOut, Run, Tool, ToolUse, is_within, names_tool};
use crate::model::images::{ImageFile, ids};
use crate::source::Span;
use crate::syntax::shell::{Invocation, Script, Word};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/cache-defeated",
    summary: "a RUN deletes or disables the cache that it mounts",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("cache_defeated.md"),
    check,
};

/// Commands that empty a tool's cache: programs, words, the tool.
const CLEANERS: &[(&[&str], &str, &str)] = &[
    (&["apt", "apt-get", "aptitude"], "clean", "apt"),
    (&["npm"], "cache clean", "npm"),
    (&["npm"], "cache rm", "npm"),
    (&["npm"], "cache clear", "npm"),
    // Its copies on another file system look unused to it.
    (&["pnpm"], "store prune", "pnpm"),
    (&["yarn", "yarnpkg"], "cache clean", "yarn"),
    (&["bun"], "pm cache rm", "bun"),
    (&["pip", "pip3"], "cache purge", "pip"),
    (&["uv"], "cache clean", "uv"),
    (&["poetry"], "cache clear", "poetry"),
    (&["go"], "clean -modcache", "go"),
    (&["go"], "clean -cache", "go"),
    (&["dnf", "dnf5", "microdnf"], "clean all", "dnf"),
    (&["yum"], "clean all", "yum"),
    (&["composer"], "clear-cache", "composer"),
    (&["composer"], "clearcache", "composer"),
    (&["dotnet"], "nuget locals all --clear", "dotnet"),
];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        for run in file.image.runs.iter().filter(|run| !run.mounts.is_empty()) {
            for used in &run.opted_out {
                if let Some(diagnostic) = disabled(file, run, used) {
                    sink.report(diagnostic);
                }
            }
            let Some(script) = &run.script else { continue };
            for invocation in script.invocations() {
                let found = match invocation.program {
                    "rm" => deleted(file, run, script, &invocation),
                    _ => cleaned(file, run, script, &invocation),
                };
                if let Some(diagnostic) = found {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

/// A command that was told not to use the cache that is mounted for it.
fn disabled(file: &ImageFile, run: &Run, used: &ToolUse) -> Option<Diagnostic> {
    let serves = |mount: &&CacheMount| used.directories.iter().any(|folder| folder.is_at(&mount.target));
    let mount = run.mounts.iter().find(serves)?;
    let (span, fix) = match used.opt_out? {
        OptOut::Flag(span) => {
            let text = file.slice(span);
            if !text.starts_with("--no-cache") && text != "-n" {
                return None;
            }
            let fix = Fix::safe(
                format!("remove `{text}`"),
                vec![edit(file, (with_blank(file, span)?, String::new()))],
            );
            (span, Some(fix))
        }
        OptOut::Variable(span) => (span?, None),
        OptOut::Offline(_) => return None,
    };
    let text = file.slice(span);
    let diagnostic =
        Diagnostic::new(file.place(span), format!("`{text}` keeps {} from its cache mount", used.tool.name))
            .label("nothing is read from the cache, and nothing is kept in it")
            .related(file.place(mount.target_span), "mounted here")
            .subject(file.subject(run.stage, used.tool.name));
    Some(match fix {
        Some(fix) => diagnostic.help(super::help(&format!("remove `{text}`"), &fix)).fix(fix),
        None => diagnostic.help("remove the variable, or the mount"),
    })
}

/// `rm` of what is mounted.
fn deleted(file: &ImageFile, run: &Run, script: &Script, invocation: &Invocation<'_>) -> Option<Diagnostic> {
    let (paths, recursive) = removal::paths(invocation);
    let hit = |word| {
        run.mounts.iter().find_map(|mount| Some((mount, removal::hit(run, word, recursive, &mount.target)?)))
    };
    let hits: Vec<(&Word, &CacheMount, Hit)> =
        paths.iter().filter_map(|word| hit(word).map(|(mount, hit)| (*word, mount, hit))).collect();
    let (word, mount, first) = hits.first()?;
    let label = match first {
        Hit::Inside => "the next build finds it empty; the image never had it",
        Hit::Itself | Hit::Around => "empties it, and then fails: a mounted folder cannot be removed",
    };
    let mut diagnostic = Diagnostic::new(
        file.place(word.span),
        format!("`rm` deletes what the cache mount at `{}` keeps", mount.target),
    )
    .label(label)
    .related(file.place(mount.target_span), "mounted here")
    .subject(file.subject(run.stage, &ids::end_of(&mount.target)));
    for (other, _, _) in hits.iter().skip(1) {
        diagnostic = diagnostic.related(file.place(other.span), "this one too");
    }
    let fix = if hits.len() == paths.len() {
        removal_of(file, script, invocation)
    } else {
        let spans: Option<Vec<Span>> = hits.iter().map(|(word, _, _)| with_blank(file, word.span)).collect();
        let edits = spans?.into_iter().map(|span| edit(file, (span, String::new()))).collect();
        Some(Fix::safe("delete the rest only", edits))
    };
    // What lies beside the mount would stay in the image.
    let takes_more = hits.iter().any(|(_, _, hit)| *hit == Hit::Around);
    let fix = fix.map(|fix| if takes_more { Fix::needs_review(fix.title, fix.edits) } else { fix });
    Some(finish(diagnostic, fix))
}

/// A command that empties the cache of a tool.
fn cleaned(file: &ImageFile, run: &Run, script: &Script, invocation: &Invocation<'_>) -> Option<Diagnostic> {
    let words: Vec<&str> = invocation.args.iter().map(|word| word.text.as_str()).collect();
    let is_said = |command: &str| {
        // Flags may stand anywhere: `dnf -y clean all`.
        let wanted = || command.split(' ');
        let told = words.iter().filter(|word| !word.starts_with('-') || wanted().any(|own| own == **word));
        wanted().eq(told.copied().take(wanted().count()))
    };
    let (_, command, tool) = CLEANERS
        .iter()
        .find(|(programs, command, _)| programs.contains(&invocation.program) && is_said(command))?;
    let tool = Tool::named(tool)?;
    let mount = run.mounts.iter().find(|mount| is_cache_of(run, mount, tool))?;
    let diagnostic = Diagnostic::new(
        file.place(invocation.span),
        format!("`{} {command}` empties the cache mount at `{}`", invocation.program, mount.target),
    )
    .label(if removal::cleans_modules(invocation) {
        "empties it, and then fails: a mounted folder cannot be removed"
    } else {
        "the next build finds it empty; the image never had it"
    })
    .related(file.place(mount.target_span), "mounted here")
    .subject(file.subject(run.stage, tool.name));
    Some(finish(diagnostic, removal_of(file, script, invocation)))
}

/// Whether a mount holds what the tool's cleaner deletes.
fn is_cache_of(run: &Run, mount: &CacheMount, tool: &Tool) -> bool {
    if tool.name == "apt" {
        // The lists below /var/lib/apt stay.
        return is_within(&mount.target, "/var/cache/apt") || is_within("/var/cache/apt", &mount.target);
    }
    let needs = run.needs.iter().filter(|need| need.tool.name == tool.name);
    let mut folders = needs.flat_map(|need| &need.uses).flat_map(|used| &used.directories);
    // Yarn 2 and later know nothing of the folder that is called after Yarn 1.
    let is_of_yarn_1 = || mount.target.contains("/.cache/yarn");
    let runs_berry = run.needs.iter().flat_map(|need| &need.uses).any(|used| used.is_berry);
    folders.any(|folder| folder.is_at(&mount.target))
        || names_tool(mount, tool) && !(runs_berry && is_of_yarn_1())
}

/// Takes the command out of its and-list.
fn removal_of(file: &ImageFile, script: &Script, invocation: &Invocation<'_>) -> Option<Fix> {
    if !invocation.through.is_empty() {
        return None;
    }
    let span = script.removal(invocation.command)?;
    let edits = vec![edit(file, (span, String::new()))];
    let title = "remove the command";
    // A comment between the lines goes with it.
    let comment = file.slice(span).lines().skip(1).any(|line| line.trim_start().starts_with('#'));
    Some(if comment { Fix::needs_review(title, edits) } else { Fix::safe(title, edits) })
}

fn finish(diagnostic: Diagnostic, fix: Option<Fix>) -> Diagnostic {
    match fix {
        Some(fix) => diagnostic.help(super::help("remove it", &fix)).fix(fix),
        None => diagnostic.help("remove it"),
    }
}

/// A word and the blanks in front of it, continued lines included.
fn with_blank(file: &ImageFile, span: Span) -> Option<Span> {
    let before = file.source.text.get(..span.start)?;
    let kept = before.trim_end_matches([' ', '\t', '\r', '\n', file.dockerfile.escape]);
    (kept.len() < before.len()).then(|| Span::new(kept.len(), span.end))
}
