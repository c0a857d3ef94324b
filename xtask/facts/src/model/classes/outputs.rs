//! Where the `build` script of a package writes, and its tests, as far as the programs in them tell.

use crate::model::verdict::Files;
use crate::model::workspace::Package;
use crate::syntax::json;
use crate::syntax::shell::{self, Invocation};
use crate::syntax::yaml::Node;

/// A program with its subcommand, and the folder that it writes into unless it is configured otherwise.
struct Writer {
    program: &'static [&'static str],
    /// `None`: only folders that have kinds of their own, or those of other packages.
    folder: Option<&'static str>,
    /// Flags that move the folder.
    flags: &'static [&'static str],
    /// Beginnings of the names of its configuration files, and the keys in them that move the folder.
    config: (&'static [&'static str], &'static [&'static str]),
}

const fn elsewhere(program: &'static [&'static str]) -> Writer {
    Writer { program, folder: None, flags: &[], config: (&[], &[]) }
}

/// Builds whose folder is known. What only calls the builds of other packages writes nothing here.
#[rustfmt::skip]
const WRITERS: &[Writer] = &[
    elsewhere(&["nuxt", "build"]),
    elsewhere(&["nuxi", "build"]),
    elsewhere(&["nitro", "build"]),
    elsewhere(&["nitropack", "build"]),
    elsewhere(&["turbo", "build"]),
    elsewhere(&["turbo", "run"]),
    elsewhere(&["nx", "run-many"]),
    elsewhere(&["lerna", "run"]),
    elsewhere(&["pnpm", "-r"]),
    elsewhere(&["pnpm", "--recursive"]),
    elsewhere(&["yarn", "workspaces"]),
    elsewhere(&["gatsby", "build"]),
    Writer { program: &["react-scripts", "build"], folder: Some("build"), flags: &[], config: (&[], &[]) },
    Writer { program: &["docusaurus", "build"], folder: Some("build"), flags: &["--out-dir"], config: (&[], &[]) },
    Writer { program: &["vue-cli-service", "build"], folder: Some("dist"), flags: &["--dest"], config: (&["vue.config."], &["outputDir"]) },
    Writer { program: &["astro", "build"], folder: Some("dist"), flags: &["--outDir"], config: (&["astro.config."], &["outDir"]) },
    Writer { program: &["vite", "build"], folder: Some("dist"), flags: &["--outDir"], config: (&["vite.config."], &["outDir"]) },
    Writer { program: &["tsup"], folder: Some("dist"), flags: &["-d", "--out-dir"], config: (&["tsup.config."], &["outDir"]) },
    Writer { program: &["unbuild"], folder: Some("dist"), flags: &[], config: (&["build.config."], &["outDir"]) },
    Writer { program: &["nest", "build"], folder: Some("dist"), flags: &[], config: (&["nest-cli.", "tsconfig."], &["outDir", "entryFile"]) },
];

/// Programs of build scripts that write nothing that matters here.
const SILENT: &[&str] = &[
    "rm",
    "rimraf",
    "echo",
    "cd",
    "mkdir",
    "cross-env",
    "prisma",
    "true",
    "export",
    "eslint",
    "prettier",
    "vue-tsc",
    "svelte-check",
    "svelte-kit",
    "test",
    "[",
];

/// The folders that a build may write into and that say nothing by their names.
const FOLDERS: [&str; 3] = ["dist", "build", "out"];

/// How far scripts that call scripts are followed.
const MAX_DEPTH: usize = 4;

/// What a command writes.
enum Output {
    /// Nothing, or folders that have kinds of their own.
    Nothing,
    /// Below this folder of the package.
    Folder(String),
    /// Nobody knows.
    Unknown,
}

/// Whether the `build` script makes the folder `name`, which git ignores. A known tool of the script tells; what else
/// is in it may write there as long as git ignores none of the other folders: lines of a template for all kinds of
/// projects prove nothing.
pub(super) fn may_write(
    package: &Package,
    files: Files<'_>,
    name: &str,
    is_ignored: &dyn Fn(&str) -> bool,
) -> bool {
    let mut outputs = Vec::new();
    if package.script("build").is_none() {
        return false;
    }
    collect(package, files, "build", 0, &mut outputs);
    let first = |folder: &str| folder.split('/').next().unwrap_or("").to_owned();
    let folders: Vec<String> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Folder(folder) => Some(first(folder)),
            Output::Nothing | Output::Unknown => None,
        })
        .collect();
    if !folders.is_empty() {
        return folders.iter().any(|folder| folder == name);
    }
    let is_unknown = outputs.iter().any(|output| matches!(output, Output::Unknown));
    is_unknown && FOLDERS.iter().all(|other| *other == name || !is_ignored(other))
}

/// What the commands of a script write; scripts of the package that it runs are followed.
fn collect(package: &Package, files: Files<'_>, script: &str, depth: usize, outputs: &mut Vec<Output>) {
    let Some(script) = package.script(script).filter(|_| depth < MAX_DEPTH) else {
        outputs.push(Output::Unknown);
        return;
    };
    let commands = shell::parse(script.command.text());
    let before = outputs.len();
    for invocation in commands.invocations() {
        match called(package, &invocation) {
            Some(other) => collect(package, files, other, depth + 1, outputs),
            None => outputs.push(output(&invocation, package, files)),
        }
    }
    if outputs.len() == before {
        outputs.push(Output::Unknown);
    }
}

/// The script of the package that a command runs: `npm run x`, `yarn x`.
fn called<'p>(package: &'p Package, invocation: &Invocation<'_>) -> Option<&'p str> {
    if !matches!(invocation.program, "npm" | "pnpm" | "yarn" | "bun") {
        return None;
    }
    let mut words = invocation.args.iter().filter_map(|word| word.as_literal());
    let name = match words.next()? {
        "run" | "run-script" => words.next()?,
        name if invocation.program != "npm" => name,
        _ => return None,
    };
    package.script(name).map(|script| script.name.value.as_str())
}

fn output(invocation: &Invocation<'_>, package: &Package, files: Files<'_>) -> Output {
    let arguments = invocation.args.iter().map(|word| word.as_literal().unwrap_or(""));
    let words: Vec<&str> = std::iter::once(invocation.program).chain(arguments).map(program_of).collect();
    let has = |program: &[&str]| words.windows(program.len()).any(|some| some == program);
    if has(&["next", "build"]) {
        return if exports(package, files) { Output::Folder("out".to_owned()) } else { Output::Nothing };
    }
    if has(&["tsc"]) {
        return compiled(&words, package, files);
    }
    let Some(writer) = WRITERS.iter().find(|writer| has(writer.program)) else {
        return if SILENT.contains(&invocation.program) { Output::Nothing } else { Output::Unknown };
    };
    let Some(default) = writer.folder else { return Output::Nothing };
    if has(&["vite", "build"]) && package.depends_on("@sveltejs/kit") {
        return adapted(package, files);
    }
    let flag = words.iter().position(|word| {
        writer
            .flags
            .iter()
            .any(|flag| word == flag || word.split_once('=').is_some_and(|(name, _)| name == *flag))
    });
    if let Some(at) = flag {
        let value = words.get(at).and_then(|word| word.split_once('=')).map(|(_, value)| value);
        return value.or(words.get(at + 1).copied()).map_or(Output::Unknown, folder);
    }
    let (names, keys) = writer.config;
    configured(package, files, names, keys).unwrap_or_else(|| Output::Folder(default.to_owned()))
}

/// A program that node is told to run from where it is installed: `node_modules/vite/bin/vite.js`.
fn program_of(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    let bare = [".js", ".mjs", ".cjs"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    if word.contains("node_modules/") { bare } else { word }
}

/// A folder of the package as it is written: `./docs/out`.
fn folder(written: &str) -> Output {
    let path = written.trim_start_matches("./").trim_end_matches('/');
    if path.is_empty() || path.contains(['$', '{']) || path.starts_with(['/', '.']) {
        return Output::Unknown;
    }
    Output::Folder(path.to_owned())
}

/// The folder that a configuration file names. `None` if none does.
fn configured(package: &Package, files: Files<'_>, names: &[&str], keys: &[&str]) -> Option<Output> {
    configs(package, files, names)
        .into_iter()
        .find_map(|text| keys.iter().find_map(|key| value_of(&text, key)))
}

/// The texts of the configuration files that begin with one of these names.
fn configs(package: &Package, files: Files<'_>, names: &[&str]) -> Vec<String> {
    let extensions = ["js", "mjs", "cjs", "ts", "mts", "cts", "json"];
    let paths =
        names.iter().flat_map(|name| extensions.iter().map(move |extension| format!("{name}{extension}")));
    paths
        .filter_map(|name| files.text(&package.folder.join(&name)).ok().flatten())
        .map(|file| file.text.to_string())
        .collect()
}

/// The literal that a program sets a key to; what it computes is unknown.
fn value_of(text: &str, key: &str) -> Option<Output> {
    let mut places = text.match_indices(key).filter_map(|(at, _)| text.get(at + key.len()..));
    let value = places.find_map(|rest| {
        let rest = rest.trim_start_matches(['"', '\'']).trim_start();
        rest.strip_prefix(':').map(str::trim_start)
    })?;
    let literal =
        value.chars().next().filter(|quote| matches!(quote, '"' | '\'')).and_then(|quote| {
            value.get(1..).and_then(|rest| rest.split_once(quote)).map(|(literal, _)| literal)
        });
    Some(literal.map_or(Output::Unknown, folder))
}

/// Where `tsc` writes: the `outDir` of its configuration. Without one it writes beside the sources, or where a
/// configuration says that is extended.
fn compiled(words: &[&str], package: &Package, files: Files<'_>) -> Output {
    if words.contains(&"--noEmit") {
        return Output::Nothing;
    }
    let value = |names: &[&str]| {
        let at = words.iter().position(|word| names.contains(word))?;
        words.get(at + 1).copied()
    };
    if let Some(written) = value(&["--outDir"]) {
        return folder(written);
    }
    let name = value(&["-p", "--project", "-b", "--build"]).unwrap_or("tsconfig.json");
    let Ok(Some(file)) = files.text(&package.folder.join(name)) else { return Output::Unknown };
    let yaml = json::parse_with_comments(&file.text);
    let options = yaml.root().and_then(|root| root.get("compilerOptions"));
    let option = |name: &str| options.and_then(|options| options.get(name)).and_then(Node::as_str);
    if option("noEmit") == Some("true") {
        return Output::Nothing;
    }
    option("outDir").map_or(Output::Unknown, folder)
}

/// Where the adapter of SvelteKit writes.
fn adapted(package: &Package, files: Files<'_>) -> Output {
    let config = &["svelte.config."];
    match ["static", "node"].iter().find(|name| package.depends_on(&format!("@sveltejs/adapter-{name}"))) {
        Some(&"static") => configured(package, files, config, &["pages"]),
        Some(_) => configured(package, files, config, &["out"]),
        // The others write for a platform, below `.svelte-kit` or into a folder of the platform's name.
        None => return Output::Nothing,
    }
    .unwrap_or_else(|| Output::Folder("build".to_owned()))
}

/// Whether a configuration of Next.js speaks of a static export, which goes to `out`.
fn exports(package: &Package, files: Files<'_>) -> bool {
    let texts = configs(package, files, &["next.config."]);
    texts.iter().any(|text| [r#""export""#, "'export'", "`export`"].iter().any(|word| text.contains(word)))
}

/// Flags of the programs that measure coverage, which move their report.
const REPORT_FLAGS: &[&str] =
    &["--report-dir", "--reports-dir", "--coverageDirectory", "--coverage.reportsDirectory", "-o"];

/// Whether the package's tests write their coverage elsewhere than into `coverage`.
pub(super) fn moves_coverage(package: &Package, files: Files<'_>) -> bool {
    let is_elsewhere = |path: &str| {
        let path = path.trim_start_matches("<rootDir>/").trim_start_matches("./").trim_end_matches('/');
        path != "coverage" && !path.starts_with("coverage/")
    };
    let by_script = package.scripts.iter().any(|script| {
        let commands = shell::parse(script.command.text());
        commands.invocations().any(|invocation| {
            let through = invocation.through.iter().map(|layer| layer.program);
            let programs: Vec<&str> = through.chain([invocation.program]).collect();
            let measures = ["nyc", "c8", "jest", "vitest"].iter().any(|name| programs.contains(name));
            let words = invocation.command.words.iter().filter_map(|word| word.as_literal());
            measures && flag_value(words).is_some_and(is_elsewhere)
        })
    });
    let of_package = [("jest", "coverageDirectory"), ("nyc", "report-dir"), ("c8", "reports-dir")];
    let by_package = of_package.iter().any(|(tool, key)| {
        let set = package.yaml.root().and_then(|root| root.get(tool)).and_then(|tool| tool.get(key));
        set.and_then(Node::as_str).is_some_and(is_elsewhere)
    });
    let of_files: [(&[&str], &str); 4] = [
        (&["jest.config."], "coverageDirectory"),
        (&["vitest.config.", "vite.config."], "reportsDirectory"),
        (&[".nycrc."], "report-dir"),
        (&[".c8rc."], "reports-dir"),
    ];
    let by_file = of_files.iter().any(|(names, key)| match configured(package, files, names, &[key]) {
        Some(Output::Folder(path)) => is_elsewhere(&path),
        Some(_) => true,
        None => false,
    });
    by_script || by_package || by_file
}

/// The value of a flag that moves the report.
fn flag_value<'w>(words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let mut words = words;
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some((name, value)) if REPORT_FLAGS.contains(&name) => return Some(value),
            None if REPORT_FLAGS.contains(&word) => return words.next(),
            _ => {}
        }
    }
    None
}
