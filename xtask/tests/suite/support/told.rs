//! What a report tells of findings, as lines that a test can hold.

use std::collections::BTreeMap;
use xtask::diagnostic::Diagnostic;
use xtask::source::LineIndex;

/// Each finding, and below it every place that it names, in order: `file:line the words`.
pub fn told(files: &BTreeMap<String, String>, diagnostics: &[Diagnostic]) -> Vec<String> {
    let mut told = Vec::new();
    for diagnostic in diagnostics {
        let rule = diagnostic.rule;
        told.push(format!("{} {rule}: {}", diagnostic.severity, diagnostic.message));
        let related = diagnostic.related.iter().map(|related| &related.place);
        let mut places: Vec<_> = std::iter::once(&diagnostic.place).chain(related).collect();
        places.sort();
        for place in places {
            let text = &files[place.path.as_str()];
            let line = LineIndex::new(text).line(place.span.start);
            let words = text[place.span.start..place.span.end].lines().next().unwrap_or("");
            // Of a row its first cell.
            let words = words.split(" | ").next().unwrap_or(words);
            told.push(format!("  {}:{line} {words}", place.path.file_name()));
        }
    }
    told
}
