//! What the words around a name say that it is: a dev container, or something else that is often called the same, as
//! the namespace, the Helm release and the Application of an app are.

use super::{Page, tense};
use crate::source::Span;
use crate::syntax::markdown::{BlockId, BlockKind};
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A dev container.
    Dev,
    /// Something else.
    Other,
}

/// Words for dev containers, and for what else bears such names, in the order of the groups.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let hyphen = "[- \u{2010}-\u{2013}]?";
    let dev = format!("dev{hyphen}(?:container|контейнер)|контейнер|dev(?:$|\\PL)");
    let english = "namespace|release|application|argo|deployment|statefulset|workload|service|ingress|pod|secret|config ?map|pvc|volume|image|label|selector|cluster|chart|dashboard|project|branch|tag|database|bucket|queue|topic|host|domain|bot|channel|team|group|repo|app(?:$|\\PL)";
    let russian = "неймспейс|пространств|релиз|приложени|деплоймент|сервис|под(?:а|е|у|ов|ах)(?:$|\\PL)|секрет|том(?:а|е|ов|ах)(?:$|\\PL)|образ|метк|кластер|чарт|дашборд|проект|ветк|тег|баз[аыеу]|бакет|очеред|топик|хост|домен|бот|канал|команд|групп|репозитор";
    Regex::new(&format!("(?:^|\\PL)(?:({dev})|(?:{english}|{russian}))")).ok()
});

/// So many characters before a name are asked what it is.
const BEFORE: usize = 60;

/// What the head of the column, the word behind the name, or else the nearest word before it says.
pub fn told(page: &Page, block: Option<BlockId>, name: Span) -> Option<Nature> {
    let id = block?;
    if let Some(head) = tense::column_head(page, id) {
        return last(&head.to_lowercase());
    }
    let block = page.markdown.blocks.get(id).filter(|block| block.kind != BlockKind::Code)?;
    let text = if block.kind == BlockKind::Item { block.lead } else { block.span };
    let (before, behind) = tense::sentence(page, name, text)?;
    let behind = behind.trim_start_matches(['`', '*', '_', ' ', '\n']);
    let next: String = behind.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let names_it = |next: &str| {
        let found = WORDS.as_ref()?.find(next).filter(|found| found.start() == 0)?;
        last(found.as_str())
    };
    names_it(&next).or_else(|| {
        let start = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
        last(before.get(start..)?)
    })
}

/// Those of some names of dev containers that pages use for something else: their words say so, or their commands.
pub fn shared(pages: &[Page], is_name: impl Fn(&str) -> bool) -> HashSet<&str> {
    let mut shared = HashSet::new();
    for page in pages {
        let text = &*page.file.text;
        for code in page.markdown.code_spans.iter().filter(|code| is_name(code.text(text))) {
            if told(page, Some(code.block), code.span) == Some(Nature::Other) {
                shared.insert(code.text(text));
            }
        }
        for line in text.lines().filter(|line| line.contains('-')) {
            shared.extend(of_command(line).filter(|word| is_name(word)));
        }
    }
    shared
}

/// The words that a line hands to other programs, or calls namespaces.
fn of_command(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let mut program = ["kubectl ", "helm ", "argocd "].iter().any(|program| line.contains(program));
    let mut last = "";
    line.split(move |character: char| !is_part(character)).filter(|word| !word.is_empty()).filter(
        move |word| {
            program &= *word != "okteto";
            let is_namespace = matches!(std::mem::replace(&mut last, word), "-n" | "--namespace" | "use");
            program || is_namespace
        },
    )
}

/// What the last telling word of a text says.
fn last(text: &str) -> Option<Nature> {
    let found = WORDS.as_ref()?.captures_iter(text).last()?;
    Some(if found.get(1).is_some() { Nature::Dev } else { Nature::Other })
}
