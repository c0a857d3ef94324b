//! The table of kinds.

use super::Class;
use crate::model::workspace::Manager;

/// One kind of file.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its class.
    pub class: Class,
    /// Where it lies below the folder that owns it; a folder ends with `/`.
    pub path: &'static str,
    /// A file in the folder; empty for files.
    pub sample: &'static str,
    /// The pattern that people write for it, in its plainest form.
    pub pattern: &'static str,
    /// Which folders own one.
    pub owner: Owner,
    /// What proves that it occurs.
    pub when: When,
}

/// The folders that own a kind of file.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    /// The top of the repository.
    Top,
    /// Every package, the top-level one included.
    Package,
    /// The top of the repository, and of everything that is sent.
    Tops,
    /// Those, and every package.
    Roots,
    /// Folders that hold a file with one of these names.
    Beside(&'static [&'static str]),
    /// Python projects with an environment of their own: members of a uv workspace share that of its top.
    PythonProject,
}

/// What proves that a kind occurs in a folder.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// It cannot be otherwise.
    Always,
    /// A git-ignore line covers it.
    Covered,
    /// A git-ignore line covers it, and none this other name: a list that has them all says nothing of any.
    CoveredInsteadOf(&'static str),
    /// A git-ignore line covers it, and the file that [`Owner::Beside`] names says that it is there.
    InstalledThere,
    /// A git-ignore line covers it, and the package has a `build` script that may write it.
    Built,
    /// The package has dependencies, or is the top-level one.
    HasDependencies,
    /// The package depends on one of these.
    Uses(&'static [&'static str]),
    /// The package depends on one of these, or has this script and a git-ignore line covers it.
    UsesOrCoveredBeside(&'static [&'static str], &'static str),
    /// Some package depends on one of these.
    WorkspaceUses(&'static [&'static str]),
    /// The repository is managed with this manager.
    Manager(Manager),
    /// The file that [`Owner::Beside`] names is there.
    FileThere,
    /// The folder is synced.
    Synced,
    /// The file is there, or git ignores it.
    SecretKnown,
}

const fn folder(
    class: Class,
    path: &'static str,
    sample: &'static str,
    pattern: &'static str,
    owner: Owner,
    when: When,
) -> Kind {
    Kind { class, path, sample, pattern, owner, when }
}

const fn file(class: Class, path: &'static str, pattern: &'static str, owner: Owner, when: When) -> Kind {
    Kind { class, path, sample: "", pattern, owner, when }
}

/// Files that make a folder a Python project.
pub(super) const PYTHON_FILES: &[&str] = &["pyproject.toml", "requirements.txt", "Pipfile"];

const PYTHON: Owner = Owner::Beside(PYTHON_FILES);

/// All kinds, by class.
pub static KINDS: &[Kind] = &[
    folder(
        Class::Dependencies,
        "node_modules/",
        "react/index.js",
        "node_modules",
        Owner::Package,
        When::HasDependencies,
    ),
    folder(
        Class::Dependencies,
        ".venv/",
        "bin/python",
        ".venv",
        Owner::Beside(&["uv.lock"]),
        When::FileThere,
    ),
    folder(
        Class::Dependencies,
        ".venv/",
        "bin/python",
        ".venv",
        Owner::PythonProject,
        When::CoveredInsteadOf("venv"),
    ),
    folder(
        Class::Dependencies,
        "venv/",
        "bin/python",
        "venv",
        Owner::PythonProject,
        When::CoveredInsteadOf(".venv"),
    ),
    folder(
        Class::Dependencies,
        "vendor/",
        "autoload.php",
        "vendor",
        Owner::Beside(&["composer.json"]),
        When::InstalledThere,
    ),
    folder(
        Class::Dependencies,
        "vendor/bundle/",
        "ruby/x.rb",
        "vendor/bundle",
        Owner::Beside(&["Gemfile"]),
        When::Covered,
    ),
    folder(Class::BuildOutput, ".next/", "BUILD_ID", ".next", Owner::Package, When::Uses(&["next"])),
    folder(Class::BuildOutput, ".nuxt/", "nuxt.d.ts", ".nuxt", Owner::Package, When::Uses(&["nuxt"])),
    folder(Class::BuildOutput, ".output/", "nitro.json", ".output", Owner::Package, When::Uses(&["nuxt"])),
    folder(
        Class::BuildOutput,
        ".svelte-kit/",
        "tsconfig.json",
        ".svelte-kit",
        Owner::Package,
        When::Uses(&["@sveltejs/kit"]),
    ),
    folder(Class::BuildOutput, ".astro/", "types.d.ts", ".astro", Owner::Package, When::Uses(&["astro"])),
    folder(
        Class::BuildOutput,
        ".angular/",
        "cache/x",
        ".angular",
        Owner::Package,
        When::Uses(&["@angular/core"]),
    ),
    folder(
        Class::BuildOutput,
        ".turbo/",
        "turbo-build.log",
        ".turbo",
        Owner::Package,
        When::WorkspaceUses(&["turbo"]),
    ),
    folder(Class::BuildOutput, "dist/", "index.js", "dist", Owner::Package, When::Built),
    folder(Class::BuildOutput, "build/", "index.js", "build", Owner::Package, When::Built),
    folder(Class::BuildOutput, "out/", "index.html", "out", Owner::Package, When::Built),
    folder(
        Class::BuildOutput,
        "storybook-static/",
        "index.html",
        "storybook-static",
        Owner::Package,
        When::UsesOrCoveredBeside(&[], "build-storybook"),
    ),
    folder(
        Class::BuildOutput,
        "target/",
        "debug/x",
        "target",
        Owner::Beside(&["Cargo.lock"]),
        When::FileThere,
    ),
    folder(Class::BuildOutput, "__pycache__/", "x.pyc", "__pycache__", PYTHON, When::Covered),
    file(
        Class::BuildOutput,
        "tsconfig.tsbuildinfo",
        "*.tsbuildinfo",
        Owner::Beside(&["tsconfig.json"]),
        When::Covered,
    ),
    folder(
        Class::PackageStores,
        ".pnpm-store/",
        "v10/index/x",
        ".pnpm-store",
        Owner::Tops,
        When::Manager(Manager::Pnpm),
    ),
    folder(
        Class::PackageStores,
        ".yarn/cache/",
        "react.zip",
        ".yarn/cache",
        Owner::Beside(&["yarn.lock"]),
        When::Covered,
    ),
    // Exceptions for a few small files of it are made on purpose; its weight lies in the objects.
    folder(Class::VersionControl, ".git/", "objects/pack/pack-0.pack", ".git", Owner::Top, When::Always),
    folder(
        Class::TestOutput,
        "coverage/",
        "lcov.info",
        "coverage",
        Owner::Package,
        When::UsesOrCoveredBeside(
            &["jest", "c8", "nyc", "@vitest/coverage-v8", "@vitest/coverage-istanbul"],
            "test",
        ),
    ),
    folder(Class::TestOutput, ".nyc_output/", "x.json", ".nyc_output", Owner::Package, When::Uses(&["nyc"])),
    folder(
        Class::TestOutput,
        "playwright-report/",
        "index.html",
        "playwright-report",
        Owner::Package,
        When::Uses(&["@playwright/test"]),
    ),
    folder(
        Class::TestOutput,
        "test-results/",
        "x.png",
        "test-results",
        Owner::Package,
        When::Uses(&["@playwright/test"]),
    ),
    folder(
        Class::TestOutput,
        "cypress/videos/",
        "x.mp4",
        "cypress/videos",
        Owner::Package,
        When::Uses(&["cypress"]),
    ),
    folder(
        Class::TestOutput,
        "cypress/screenshots/",
        "x.png",
        "cypress/screenshots",
        Owner::Package,
        When::Uses(&["cypress"]),
    ),
    file(Class::Secrets, ".env", ".env", Owner::Roots, When::SecretKnown),
    file(Class::Secrets, ".env", ".env", Owner::Beside(EXAMPLES), When::SecretKnown),
    file(Class::Secrets, ".env.local", ".env.*", Owner::Roots, When::SecretKnown),
    file(Class::Secrets, ".env.local", ".env.*", Owner::Beside(EXAMPLES), When::SecretKnown),
    file(Class::Secrets, "tls.key", "*.key", Owner::Top, When::SecretKnown),
    file(Class::Secrets, "tls.pem", "*.pem", Owner::Top, When::SecretKnown),
    file(Class::Secrets, "kubeconfig", "kubeconfig", Owner::Top, When::SecretKnown),
    file(Class::OsClutter, ".DS_Store", ".DS_Store", Owner::Roots, When::Covered),
    file(Class::OsClutter, "Thumbs.db", "Thumbs.db", Owner::Roots, When::Covered),
    file(
        Class::SyncLeftovers,
        "page.sync-conflict-20250102-030405-ABCDEFG.tsx",
        "*.sync-conflict-*",
        Owner::Roots,
        When::Synced,
    ),
    file(Class::SyncLeftovers, ".syncthing.page.tsx.tmp", ".syncthing.*", Owner::Roots, When::Synced),
];

/// Lockfiles: where one lies, somebody installs.
pub(super) const LOCKFILES: &[&str] =
    &["package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "npm-shrinkwrap.json"];

/// Names of files that show what a `.env` holds.
pub(super) const EXAMPLES: &[&str] =
    &[".env.example", ".env.sample", ".env.template", ".env.dist", ".env.local.example", "env.example"];

/// The pattern for a file whose name says that it is a secret; none for examples and encrypted files.
pub(super) fn secret_pattern(name: &str) -> Option<&'static str> {
    let pattern = match name {
        ".env" => Some(".env"),
        "kubeconfig" | ".kubeconfig" => Some("kubeconfig"),
        "id_rsa" | "id_ed25519" | "id_ecdsa" => Some("id_*"),
        _ if name.starts_with(".env.") && is_private_env(name) => Some(".env.*"),
        _ if name.ends_with(".kubeconfig") => Some("*.kubeconfig"),
        _ if name.ends_with(".key") => Some("*.key"),
        _ if name.ends_with(".p12") || name.ends_with(".pfx") => Some("*.p12"),
        _ if name.ends_with("-key.pem") || name.ends_with(".key.pem") => Some("*.pem"),
        _ if is_decrypted(name) => Some("*.dec.*"),
        _ => None,
    };
    let is_example = || EXAMPLES.contains(&name) || name.contains("example") || name.contains("sample");
    pattern.filter(|_| !is_example())
}

/// `values.dec.yaml`, `values.decrypted.yaml`. Asked for every file of a tree, of which most have one dot.
fn is_decrypted(name: &str) -> bool {
    let mut dots = name.bytes().filter(|byte| *byte == b'.');
    dots.nth(1).is_some() && (name.contains(".dec.") || name.contains(".decrypted."))
}

/// `.env.local`, `.env.production.local`: those that frameworks tell people to keep to themselves. `.env.test` and
/// the like hold defaults that belong into git.
fn is_private_env(name: &str) -> bool {
    name.ends_with(".local") || name.ends_with(".secret") || name.ends_with(".secrets")
}
