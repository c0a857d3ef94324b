//! Minimal text edits of a Dockerfile: what to put where, so that nothing else changes.

use super::{Dockerfile, Instruction, MountFlag};
use crate::source::{Span, line_ending};

/// A piece of the file and what stands there afterwards.
pub type Replacement = (Span, String);

impl Dockerfile {
    /// Puts one more flag in front of an instruction's arguments. An instruction over several lines gets a line
    /// of its own for it, with the indentation of the line that follows.
    pub fn insert_flag(&self, instruction: &Instruction, flag: &str) -> Replacement {
        let text = &*self.text;
        let at = instruction.insertion;
        let rest = text.get(at..instruction.span.end).unwrap_or("");
        if rest.is_empty() {
            return (Span::at(at), format!(" {flag}"));
        }
        let before = text.get(..at).unwrap_or("");
        let before = before.rsplit('\n').next().unwrap_or("");
        let indent = if before.trim().is_empty() {
            Some(before)
        } else {
            rest.split_once('\n').map(|(_, next)| indentation(next))
        };
        // A `#` at the beginning of a line of its own would be a comment.
        let inserted = match indent.filter(|_| !rest.starts_with('#')) {
            Some(indent) => format!("{flag} {}{}{indent}", self.escape, self.line_ending_at(at)),
            None => format!("{flag} "),
        };
        (Span::at(at), inserted)
    }

    /// Puts a whole instruction in front of another one.
    pub fn insert_before(&self, instruction: &Instruction, line: &str) -> Replacement {
        let at = instruction.keyword_span.start;
        let before = self.text.get(..at).unwrap_or("");
        let indent = before.rsplit('\n').next().unwrap_or("").trim_start_matches(crate::source::BOM);
        (Span::at(at), format!("{line}{}{indent}", self.line_ending_at(at)))
    }

    /// The end of the line that `offset` stands in.
    fn line_ending_at(&self, offset: usize) -> &'static str {
        let rest = self.text.get(offset..).unwrap_or("");
        match rest.split_once('\n') {
            Some((line, _)) if line.ends_with('\r') => "\r\n",
            Some(_) => "\n",
            None => line_ending(&self.text),
        }
    }
}

impl MountFlag {
    /// Adds a field: behind `type=`, or at the end.
    pub fn add_field(&self, field: &str, behind_type: bool) -> Replacement {
        let kind = self.fields.iter().rev().find(|field| behind_type && field.key.value == "type");
        let at = kind.map_or(self.value.end, |kind| kind.span.end);
        (Span::at(at), format!(",{field}"))
    }
}

/// The blanks at the beginning of a line.
fn indentation(line: &str) -> &str {
    let content = line.trim_start_matches([' ', '\t']);
    line.strip_suffix(content).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_flag(text: &str) -> String {
        let file = Dockerfile::parse(text);
        let run = file.instructions.last().unwrap();
        let (span, inserted) = file.insert_flag(run.innermost(), "--mount=X");
        let mut text = text.to_owned();
        text.replace_range(span.start..span.end, &inserted);
        text
    }

    #[test]
    fn a_flag_goes_where_a_person_would_put_it() {
        for (text, expected) in [
            ("RUN npm ci", "RUN --mount=X npm ci"),
            ("  run  npm ci\n", "  run  --mount=X npm ci\n"),
            ("RUN --network=none npm ci\n", "RUN --network=none --mount=X npm ci\n"),
            ("RUN [\"npm\", \"ci\"]\n", "RUN --mount=X [\"npm\", \"ci\"]\n"),
            ("RUN a && \\\n    b\n", "RUN --mount=X \\\n    a && \\\n    b\n"),
            ("RUN a && \\\r\n\tb\r\n", "RUN --mount=X \\\r\n\ta && \\\r\n\tb\r\n"),
            ("RUN \\\n  # why\n  npm ci\n", "RUN \\\n  # why\n  --mount=X \\\n  npm ci\n"),
            ("RUN --mount=A \\\n    npm ci\n", "RUN --mount=A \\\n    --mount=X \\\n    npm ci\n"),
            ("RUN <<EOF\nnpm ci\nEOF\n", "RUN --mount=X <<EOF\nnpm ci\nEOF\n"),
            ("ONBUILD RUN npm ci\n", "ONBUILD RUN --mount=X npm ci\n"),
            ("# escape=`\nRUN a `\n  b\n", "# escape=`\nRUN --mount=X `\n  a `\n  b\n"),
            ("RUN -- npm ci\n", "RUN --mount=X -- npm ci\n"),
        ] {
            assert_eq!(with_flag(text), expected, "{text}");
        }
    }
}
