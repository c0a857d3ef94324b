//! Build stages.

use std::ops::Range;

use super::{Arguments, Instruction, Keyword, SyntaxError, Word};

/// A build stage: one `FROM` and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The name after `AS` in lower case, as BuildKit keeps it, with the span of what is written.
    pub name: Option<Word>,
    /// The image or stage after `FROM`, before variables are expanded.
    pub base: Word,
    /// Indexes of the stage's instructions; the first is its `FROM`.
    pub instructions: Range<usize>,
}

/// Groups the instructions into stages. The first instruction outside of any stage, `ARG` aside, is an error.
pub(super) fn stages(instructions: &[Instruction], errors: &mut Vec<SyntaxError>) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut outside = false;
    for (index, instruction) in instructions.iter().enumerate() {
        if let Arguments::From(from) = &instruction.arguments {
            stages.push(Stage {
                name: from.name.clone(),
                base: from.image.clone(),
                instructions: index..index + 1,
            });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.end = index + 1;
        } else if !outside && instruction.keyword.is_some_and(|keyword| keyword != Keyword::Arg) {
            outside = true;
            errors.push(SyntaxError::new("no build stage in current context", instruction.keyword_span));
        }
    }
    stages
}
