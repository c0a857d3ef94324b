//! The work tree against git itself, on random repositories: our own look at the disk must name exactly what
//! git would name.

use std::collections::BTreeSet;
use std::fs;

use crate::support::git_repo::{Repo, paths};
use proptest::prelude::*;

/// What happens to a path, in this order: first everything tracked is made and committed.
#[derive(Clone, Debug)]
enum Step {
    /// Tracked, also against an ignore pattern.
    Track(String),
    /// An ignore file of the folder of this path.
    Ignore(String, Vec<String>),
    /// Written after the commit.
    Write(String),
    /// A link, written after the commit.
    Link(String),
    /// Deleted from the disk: a file or a folder.
    Delete(String),
    /// Another repository.
    Nest(String),
}

fn step() -> impl Strategy<Value = Step> {
    let path = "[abc](/[abc]){0,3}";
    let pattern = prop::sample::select(vec!["a", "/b", "c/", "b/c", "!a", "!/b", "*", "!*/", "/a/*", "**/c"]);
    prop_oneof![
        5 => path.prop_map(Step::Track),
        2 => (path, prop::collection::vec(pattern.prop_map(str::to_owned), 1..3))
            .prop_map(|(path, patterns)| Step::Ignore(path, patterns)),
        4 => path.prop_map(Step::Write),
        1 => path.prop_map(Step::Link),
        3 => path.prop_map(Step::Delete),
        1 => path.prop_map(Step::Nest),
    ]
}

/// Makes room for a file at `path`: what is in the way goes.
fn clear(repo: &Repo, path: &str) {
    let mut place = repo.top().to_owned();
    for component in path.split('/') {
        if place.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            fs::remove_file(&place).unwrap();
        }
        let _ = fs::create_dir_all(&place);
        place.push(component);
    }
    if place.symlink_metadata().is_ok() {
        repo.remove(path);
    }
}

fn play(steps: &[Step]) -> Repo {
    let repo = Repo::new();
    for step in steps {
        if let Step::Track(path) = step {
            clear(&repo, path);
            repo.write(path, path);
        }
    }
    repo.commit_all("tracked");
    for step in steps {
        match step {
            Step::Track(_) => {}
            Step::Ignore(path, patterns) => {
                let file = path
                    .rsplit_once('/')
                    .map_or(".gitignore".to_owned(), |(folder, _)| format!("{folder}/.gitignore"));
                clear(&repo, &file);
                repo.write(&file, patterns.join("\n"));
            }
            Step::Write(path) => {
                clear(&repo, path);
                repo.write(path, "new");
            }
            Step::Link(path) => {
                clear(&repo, path);
                repo.link("a/b", path);
            }
            Step::Delete(path) if repo.top().join(path).symlink_metadata().is_ok() => repo.remove(path),
            Step::Delete(_) => {}
            Step::Nest(path) => {
                clear(&repo, path);
                repo.git(["init", "-q", path]);
            }
        }
    }
    repo
}

/// What git would commit after `git add -A`, asked without it.
fn expected(repo: &Repo) -> BTreeSet<String> {
    let list = |args: &[&str]| {
        let output = repo.git(["ls-files", "-z"].iter().chain(args));
        output
            .split_terminator('\0')
            .map(|path| path.trim_end_matches('/').to_owned())
            .collect::<BTreeSet<_>>()
    };
    let on_disk = |path: &String| {
        let folders = path.match_indices('/').map(|(end, _)| repo.top().join(path.split_at(end).0));
        let mut folders =
            folders.map(|folder| folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
        folders.all(|is_dir| is_dir)
            && repo.top().join(path).symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
    };
    let tracked = list(&["-c"]).into_iter().filter(on_disk);
    tracked.chain(list(&["-o", "--exclude-standard"])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_work_tree_is_what_git_says(steps in prop::collection::vec(step(), 0..24)) {
        let repo = play(&steps);
        let worktree = repo.worktree();
        let ours: BTreeSet<String> = paths(&worktree).into_iter().map(str::to_owned).collect();
        prop_assert_eq!(ours.len(), worktree.len());
        prop_assert_eq!(ours, expected(&repo));
    }
}
