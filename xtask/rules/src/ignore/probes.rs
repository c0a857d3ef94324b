//! Which probes count for a rule: those that certainly occur.

use crate::facts::Facts;
use crate::model::classes::{Class, Evidence, Probe};
use crate::model::context::BuildContext;
use crate::model::images::{ImageFile, Requested};
use crate::model::outlets::{Channel, Outlet};

/// Those of some probes that are really sent. Of a build context BuildKit takes no more than the Dockerfile asks for;
/// what else gets through an ignore file waits for the next `COPY`.
pub fn asked_for<'f>(facts: &Facts, outlet: &Outlet<'_>, probes: &[&'f Probe]) -> Vec<&'f Probe> {
    let is_sent = |probe: &&&Probe| {
        let asks = |build: &BuildContext| {
            below(build, probe.sample.as_str()).is_none_or(|path| requested(facts, build).holds(path))
        };
        outlet.leak_where(&probe.sample, asks).is_some()
    };
    probes.iter().filter(is_sent).copied().collect()
}

/// Whether somebody who reads the outlet's file asks for a path; made for many paths.
pub fn asking<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> impl Fn(&str) -> bool + use<'f> {
    let builds: Vec<(&BuildContext, &Requested)> = match &outlet.channel {
        Channel::Build(builds) => builds.iter().map(|build| (*build, requested(facts, build))).collect(),
        Channel::Sync(_) | Channel::Remote(_) => Vec::new(),
    };
    let takes_all = builds.iter().all(|(_, requested)| matches!(requested, Requested::All));
    let any = move |path: &str| {
        builds.iter().any(|(build, requested)| below(build, path).is_some_and(|path| requested.holds(path)))
    };
    move |path| takes_all || any(path)
}

/// What a build asks of its context, as far as is known.
fn requested<'f>(facts: &'f Facts, build: &BuildContext) -> &'f Requested {
    let image = facts.images().files.iter().find(|image| image.source.path == build.dockerfile);
    image.map_or(&Requested::All, ImageFile::requested)
}

/// A path from the top of a build's context.
fn below<'p>(build: &BuildContext, path: &'p str) -> Option<&'p str> {
    match build.context.as_str() {
        "" => Some(path),
        root => path.strip_prefix(root)?.strip_prefix('/'),
    }
}

/// The secrets below an outlet that it sends, with the proof that a laptop has them.
pub fn exposed_secrets<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> Vec<&'f Probe> {
    in_outlet(facts, outlet)
        .filter(|probe| probe.class == Class::Secrets && is_proven(facts, probe))
        .filter(|probe| outlet.leak(&probe.sample).is_some())
        .collect()
}

/// Everything else below an outlet that it sends and should not.
pub fn uncovered<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> Vec<&'f Probe> {
    expected(facts, outlet).into_iter().filter(|probe| outlet.leak(&probe.sample).is_some()).collect()
}

/// What certainly occurs below an outlet, or will, and belongs into no cluster; secrets apart.
pub fn expected<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> Vec<&'f Probe> {
    let git_is_needed = needs_git(facts, outlet);
    in_outlet(facts, outlet)
        .filter(|probe| probe.class != Class::Secrets && is_certain(facts, probe))
        .filter(|probe| probe.class != Class::VersionControl || !git_is_needed)
        .collect()
}

/// As [`expected`], with the secrets that are proven to be there first.
pub fn expected_with_secrets<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> Vec<&'f Probe> {
    let secrets =
        in_outlet(facts, outlet).filter(|probe| probe.class == Class::Secrets && is_proven(facts, probe));
    secrets.chain(expected(facts, outlet)).collect()
}

/// Whether every manifest that names the outlet could be read as a whole: otherwise what seems to be missing may only
/// be hidden.
pub fn is_sound(facts: &Facts, outlet: &Outlet<'_>) -> bool {
    let consumers = outlet.consumers();
    facts
        .manifests()
        .iter()
        .filter(|manifest| !manifest.is_sound())
        .all(|manifest| consumers.iter().all(|consumer| consumer.manifest != manifest.file.path))
}

/// All probes below an outlet that a new ignore file should cover, certain or not.
pub fn conceivable<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> Vec<&'f Probe> {
    let git_is_needed = needs_git(facts, outlet);
    in_outlet(facts, outlet)
        .filter(|probe| probe.class != Class::VersionControl || !git_is_needed)
        .filter(|probe| probe.class != Class::SyncLeftovers || matches!(outlet.channel, Channel::Sync(_)))
        .collect()
}

fn in_outlet<'f>(facts: &'f Facts, outlet: &Outlet<'f>) -> impl Iterator<Item = &'f Probe> {
    facts.classes().under(outlet.root).filter(|probe| !facts.is_excluded(&probe.path))
}

/// Whether a secret is there, or a tracked example of a file that git ignores says that laptops have it.
fn is_proven(facts: &Facts, probe: &Probe) -> bool {
    probe.evidence.proves_secret() || facts.disk.as_ref().is_some_and(|disk| disk.size(&probe.path).is_some())
}

/// A store at the top of a package, or a leftover of a sync, comes into being in some set-ups only: a git-ignore line
/// shows that it did here.
fn is_certain(facts: &Facts, probe: &Probe) -> bool {
    let by_chance = probe.class == Class::PackageStores || matches!(probe.evidence, Evidence::Synced(_));
    !by_chance || facts.gitignores().verdict(&probe.path, probe.is_dir).ignored
}

/// Whether what is sent must hold `.git`: Okteto's smart builds inside a remote run ask it, and a Dockerfile may
/// stamp the version.
fn needs_git(facts: &Facts, outlet: &Outlet<'_>) -> bool {
    match &outlet.channel {
        Channel::Sync(_) => false,
        Channel::Build(builds) => builds.iter().any(|build| {
            facts.source(&build.dockerfile).is_ok_and(|file| {
                let words = ["COPY .git", "ADD .git", "source=.git", "src=.git"];
                words.into_iter().any(|word| file.text.contains(word)) || asks_git(&file.text)
            })
        }),
        Channel::Remote(runs) => runs.iter().any(|run| {
            let manifest = facts.manifests().iter().find(|manifest| manifest.file.path == run.manifest);
            manifest.is_some_and(|manifest| {
                manifest.shell_commands().any(|command| {
                    let text = command.text();
                    let builds = ["okteto build", "okteto deploy", "okteto test"];
                    builds.into_iter().any(|word| text.contains(word)) || asks_git(text)
                })
            })
        }),
    }
}

fn asks_git(text: &str) -> bool {
    ["git rev-parse", "git describe", "git log", "git diff", "git status"]
        .into_iter()
        .any(|word| text.contains(word))
}
