//! What the words around a name say that it is: a dev container, or something else that is often called the same, as
//! the namespace, the Helm release and the Application of an app are.

use super::{Page, tense};
use crate::source::Span;
use crate::syntax::markdown::{BlockId, BlockKind};
use regex::Regex;
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
    let russian = "неймспейс|пространств|релиз|приложени|деплоймент|сервис|под(?:$|[^\\pL]|а |е |у )|секрет|том(?:$|\\PL|е|а)|образ|метк|кластер|чарт|дашборд|проект|ветк|тег|баз[аыеу]|бакет|очеред|топик|хост|домен|бот|канал|команд|групп|репозитор";
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

/// Whether some page uses the name of a dev container for something else: its words say so, or its commands do.
pub fn is_shared(pages: &[Page], name: &str) -> bool {
    let finder = memchr::memmem::Finder::new(name);
    let is_other = |page: &Page| {
        let text = &*page.file.text;
        let before = |at: usize| text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or("");
        let in_command = |at: usize| {
            let before = before(at);
            ["kubectl ", "helm ", "argocd "].iter().any(|program| before.contains(program))
                || [" -n ", "--namespace ", "--namespace=", " use "].iter().any(|flag| before.ends_with(flag))
        };
        let codes = || page.markdown.code_spans.iter().filter(|code| code.text(text) == name);
        finder.find_iter(text.as_bytes()).any(in_command)
            || codes().any(|code| told(page, Some(code.block), code.span) == Some(Nature::Other))
    };
    pages.iter().filter(|page| finder.find(page.file.text.as_bytes()).is_some()).any(is_other)
}

/// What the last telling word of a text says.
fn last(text: &str) -> Option<Nature> {
    let found = WORDS.as_ref()?.captures_iter(text).last()?;
    Some(if found.get(1).is_some() { Nature::Dev } else { Nature::Other })
}
