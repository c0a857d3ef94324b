//! What the image model says besides the verdict: places, mounts, reasons; and that it answers for any input.

use crate::support::time::assert_linear;
use proptest::prelude::*;
use xtask::model::image::{Image, Knowledge, Location, Misplacement, OptOut, Setting};
use xtask::syntax::dockerfile::Dockerfile;

fn image(text: &str) -> (Dockerfile, Image) {
    let file = Dockerfile::parse(text);
    let image = Image::new(&file, &Knowledge::default());
    (file, image)
}

#[test]
fn what_moved_a_cache_has_its_place() {
    let text = "FROM node:22 AS base\nENV A=1 PNPM_HOME=/pnpm\nFROM base\n\
        RUN --mount=type=cache,id=web-pnpm,target=/root/.local/share/pnpm/store \\\n    pnpm --filter web install\n\
        RUN export npm_config_cache=/c; npm ci\nRUN npm ci --cache /d\nUSER app\nRUN npm ci\n";
    let (_, image) = image(text);
    let moved = |run: usize| {
        let directory = &image.runs[run].needs[0].uses[0].directories[0];
        (directory.path.clone(), directory.moved_by.map(|span| span.slice(text)))
    };
    let known = |path: &str| Location::Known(path.to_owned());
    assert_eq!(moved(0), (known("/pnpm/store"), Some("PNPM_HOME=/pnpm")));
    assert_eq!(moved(1), (known("/c"), Some("npm_config_cache=/c")));
    assert_eq!(moved(2), (known("/d"), Some("--cache /d")));
    assert_eq!(moved(3), (Location::BelowUnknownHome(".npm".to_owned()), None));
    let need = &image.runs[0].needs[0];
    assert_eq!(need.uses[0].span.slice(text), "pnpm --filter web install");
    assert_eq!(need.target().unwrap().path, known("/pnpm/store"));
    assert!(image.runs[3].needs[0].target().is_none());
    let mount = &image.runs[0].mounts[need.misplaced[0].mount];
    assert_eq!(mount.target_span.slice(text), "/root/.local/share/pnpm/store");
    assert_eq!(need.misplaced[0].why, Misplacement::OtherFolder);
}

#[test]
fn misplaced_mounts_tell_why() {
    let why = |head: &str, mount: &str, command: &str| {
        let (_, image) = image(&format!("FROM node:22\n{head}\nRUN --mount=type=cache,{mount} {command}\n"));
        image.runs[0].needs.iter().flat_map(|need| &need.misplaced).map(|found| found.why).collect::<Vec<_>>()
    };
    assert_eq!(why("USER node", "target=/root/.npm", "npm ci"), [Misplacement::OtherUser]);
    assert_eq!(why("USER app", "target=/root/.npm", "npm ci"), [Misplacement::OtherUser]);
    assert_eq!(why("USER root", "target=~/.npm", "npm ci"), [Misplacement::Tilde]);
    assert_eq!(why("USER root", "target=/root/.cache/yarn", "yarn"), [Misplacement::OtherFolder]);
    assert_eq!(why("USER root", "id=npm,target=/x", "npm ci"), [Misplacement::OtherFolder]);
    assert_eq!(why("USER root", "target=/x", "npm ci"), []);
    assert_eq!(why("USER root", "target=/root/.npm", "npm ci"), []);
    // A mount that serves one tool was not meant for the other.
    assert_eq!(why("USER root", "id=npm-and-yarn,target=/root/.npm", "npm ci && yarn"), []);
}

#[test]
fn mounts_are_what_buildkit_makes_of_them() {
    let text = "FROM node:22\nWORKDIR /w\nARG D=.npm\nUSER node\n\
        RUN --mount=type=cache,dst=./$D,uid=1000,mode=0775,sharing=LOCKED,ro --mount=type=cache,target=/ x\n";
    let (file, image) = image(text);
    let run = &image.runs[0];
    let mount = &run.mounts[0];
    assert_eq!((mount.target.as_str(), mount.effective_id.as_str()), ("/w/.npm", ".npm"));
    assert_eq!(mount.target_key.as_ref().unwrap().value, "dst");
    assert_eq!(mount.written_target, "./$D");
    assert_eq!(mount.uid.as_ref().unwrap().value, 1000);
    assert_eq!(mount.mode.as_ref().unwrap().value, 0o775);
    assert!(mount.read_only && mount.sharing.is_some() && mount.id.is_none());
    assert_eq!(run.mount_errors[0].message, "invalid mount target \"/\"");
    assert_eq!(run.mount_errors[0].span.slice(&file.text), "/");
    assert_eq!((run.user_id, run.is_root()), (Some(1000), false));
}

#[test]
fn commands_that_opted_out_are_kept_apart() {
    let text = "FROM node:22\nENV UV_NO_CACHE=1\nRUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm fetch\n\
        RUN pnpm install --offline && uv sync\n";
    let (_, image) = image(text);
    assert_eq!(image.runs[0].needs[0].uses[0].served_by, Some(0));
    let told: Vec<_> = image.runs[1]
        .opted_out
        .iter()
        .map(|used| match used.opt_out {
            Some(OptOut::Flag(span) | OptOut::Variable(Some(span)) | OptOut::Offline(Some(span))) => {
                (used.command, span.slice(text))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [("install", "--offline"), ("sync", "UV_NO_CACHE=1")]);
}

#[test]
fn the_repository_may_know_more() {
    let (tool, key, value) = ("pnpm".to_owned(), "storeDir".to_owned(), "/s".to_owned());
    let setting = Setting { tool, key, value, file: "pnpm-workspace.yaml" };
    let knowledge = Knowledge { settings: vec![setting], ..Knowledge::default() };
    let install = "RUN --mount=type=cache,target=/s pnpm i\n";
    for (text, expected) in [
        ("FROM node\nCOPY . .\nINSTALL", vec![true]),
        ("FROM node\nINSTALLCOPY . .\nINSTALL", vec![false, true]),
        ("FROM node AS a\nCOPY pnpm-workspace.yaml ./\nFROM node\nINSTALLFROM a\nINSTALL", vec![false, true]),
        ("FROM node\nONBUILD COPY . .\nINSTALL", vec![false]),
        ("FROM node AS a\nWORKDIR /w\nCOPY . .\nFROM node\nCOPY --from=a /w/ .\nINSTALL", vec![true]),
        ("FROM node AS a\nWORKDIR /w\nCOPY . .\nFROM node\nCOPY --from=a /w/dist .\nINSTALL", vec![false]),
        ("FROM node AS a\nWORKDIR $W\nCOPY . .\nFROM node\nCOPY --from=a /w .\nINSTALL", vec![true]),
        ("FROM node\nCOPY --from=other . .\nINSTALL", vec![false]),
    ] {
        let file = Dockerfile::parse(text.replace("INSTALL", install));
        let image = Image::new(&file, &knowledge);
        let met: Vec<bool> = image.runs.iter().map(|run| run.needs[0].is_met()).collect();
        assert_eq!(met, expected, "{text}");
    }
}

#[test]
fn bundlers_are_a_class_of_their_own() {
    let (_, image) = image("FROM node\nWORKDIR /w\nRUN npx next build && turbo run build\n");
    let names: Vec<_> = image.runs[0].needs.iter().map(|need| (need.tool.name, need.is_met())).collect();
    assert_eq!(names, [("next", false), ("turbo", false)]);
    assert_eq!(image.runs[0].unmet().count(), 0);
}

#[test]
fn docker_clean_is_in_force_until_it_is_removed() {
    let text = "FROM node AS a\nRUN apt-get install x\nFROM a AS b\nRUN rm -f /etc/apt/apt.conf.d/docker-clean\n\
        RUN apt-get install x\nFROM b\nRUN apt-get install x\nFROM a\nRUN apt-get install x\n\
        COPY keep /etc/apt/apt.conf.d/keep\nRUN apt-get install x\nFROM node:22-alpine\nRUN apk add x\n";
    let (_, image) = image(text);
    let found: Vec<_> = image.runs.iter().map(|run| run.docker_clean).collect();
    assert_eq!(found, [true, false, false, false, true, false, false]);
}

/// Files whose environment, scripts or mounts a careless model would need quadratic time for.
fn hostile(size: usize) -> Vec<String> {
    let many = |unit: &str, count: usize| format!("FROM node AS a\n{}", unit.repeat(count * size));
    let long = |unit: &str, count: usize| format!("FROM node\nRUN {} npm ci", unit.repeat(count * size));
    let numbered = |start: &str, count: usize, unit: &dyn Fn(usize) -> String| {
        format!("FROM node AS s\n{start}{}", (0..count * size).map(unit).collect::<String>())
    };
    vec![
        many("RUN --mount=type=cache,target=/root/.npm npm ci && yarn\n", 100),
        many("ENV A=$A$A\nRUN npm ci\n", 50),
        many("WORKDIR aaaaaaaaaaaaaaaaaaaaaaaa\nRUN yarn\n", 50),
        many("FROM a AS a\nENV X=1\nRUN npm ci\n", 60),
        long("export A=$A$A && npm ci && \\\n", 100),
        numbered("RUN ", 60, &|at| format!("export A{at}=1 && npm ci && \\\n")),
        numbered("", 60, &|at| format!("ENV npm_config_a{at}=1\nRUN npm ci\n")),
        numbered("", 60, &|at| format!("FROM s AS s\nENV A{at}=1\nRUN npm ci\n")),
        long("--mount=type=cache,target=/x ", 200),
        long("$(", 1_000),
        long("sh -c 'npm ci; ", 200),
    ]
}

#[test]
fn hostile_files_get_an_answer_in_linear_time() {
    let size = if cfg!(debug_assertions) { 20 } else { 100 };
    for (small, large) in hostile(size / 10).into_iter().zip(hostile(size)) {
        assert_linear(&small, &large, 10, |text| assert!(!image(text).1.runs.is_empty()));
    }
}

/// At least this many cases, more with `XTASK_FUZZ_CASES`.
fn config(cases: u32) -> ProptestConfig {
    let wanted = std::env::var("XTASK_FUZZ_CASES").ok().and_then(|wanted| wanted.parse().ok());
    ProptestConfig { cases: wanted.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(2_000))]

    /// Whatever stands in a Dockerfile, it is judged, and every place lies in it.
    #[test]
    fn any_text_is_judged(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = format!("FROM node AS a\n{}", pieces.concat());
        let (file, image) = image(&text);
        for run in &image.runs {
            prop_assert!(file.instructions.get(run.instruction).is_some());
            for mount in &run.mounts {
                prop_assert!(text.get(mount.target_span.start..mount.target_span.end).is_some());
                prop_assert!(mount.target.starts_with('/'));
            }
            for used in run.needs.iter().flat_map(|need| &need.uses).chain(&run.opted_out) {
                prop_assert!(text.get(used.span.start..used.span.end).is_some());
                prop_assert!(text.get(used.whole.start..used.whole.end).is_some());
                prop_assert!(!used.directories.is_empty());
                for moved in used.directories.iter().filter_map(|directory| directory.moved_by) {
                    prop_assert!(text.get(moved.start..moved.end).is_some());
                }
            }
        }
    }
}

const PIECES: &[&str] = &[
    "\nRUN ",
    "\nRUN ",
    "\nRUN ",
    "\nENV ",
    "\nARG ",
    "\nUSER node",
    "\nUSER ",
    "\nWORKDIR /w",
    "\nFROM a AS b\n",
    "\nONBUILD RUN ",
    "\nSHELL [\"sh\", \"-c\"]",
    "--mount=type=cache,target=/root/.npm ",
    "--mount=type=cache,",
    "target=",
    "npm ci",
    "npm ",
    "ci ",
    "pnpm i --store-dir ",
    "yarn",
    "go mod download",
    "pip install",
    "python -m pip install ",
    "export ",
    "PNPM_HOME=/p ",
    "HOME=~/x ",
    "npm_config_cache=$A",
    "A=1 ",
    "$A",
    "${A:-$B}",
    "\"",
    "'",
    "`",
    "$(",
    ")",
    " && ",
    "; ",
    " | ",
    "sh -c ",
    "su node -c ",
    "env -i ",
    "env -u ",
    "<<EOF",
    "\nEOF\n",
    "\\\n",
    "\r\n",
    "\n",
    " ",
    "\\",
    "[\"npm\", \"ci\"]",
    "ключ",
    "é",
    "\0",
    "#",
    "--cache ",
    "~/",
    "/",
    "..",
    "config set ",
];
