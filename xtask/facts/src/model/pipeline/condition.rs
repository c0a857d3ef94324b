//! `rules:if` in a pipeline of a merge request: what certainly does not hold there.
//!
//! Three-valued: the variables that GitLab sets in no such pipeline are null, `CI_PIPELINE_SOURCE` is
//! `merge_request_event`, everything else is unknown. Source: GitLab CI/CD YAML reference, *rules:if*; predefined
//! variables reference.

/// Whether the condition of a rule may hold in a pipeline of a merge request. A text that is no condition may.
pub fn may_hold_for_merge_request(condition: &str) -> bool {
    let tokens = tokens(condition);
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let truth = reader.alternatives();
    reader.at < tokens.len() || truth != Some(false)
}

/// Variables that pipelines of merge requests do not have.
const ABSENT: [&str; 2] = ["CI_COMMIT_BRANCH", "CI_COMMIT_TAG"];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Variable(String),
    Text(String),
    Pattern,
    Null,
    Sign(&'static str),
}

fn tokens(condition: &str) -> Vec<Token> {
    const SIGNS: [&str; 8] = ["==", "!=", "=~", "!~", "&&", "||", "(", ")"];
    let mut tokens = Vec::new();
    let mut rest = condition.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else if let Some(name) = rest.strip_prefix('$') {
            let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let (name, behind) =
                name.split_at(name.find(|character| !is_name(character)).unwrap_or(name.len()));
            tokens.push(Token::Variable(name.to_owned()));
            rest = behind;
        } else if matches!(first, '"' | '\'' | '/') {
            let body = rest.get(1..).unwrap_or_default();
            let (text, behind) = body.split_once(first).unwrap_or((body, ""));
            tokens.push(if first == '/' { Token::Pattern } else { Token::Text(text.to_owned()) });
            // The flags of a pattern.
            rest = if first == '/' { behind.trim_start_matches(char::is_alphabetic) } else { behind };
        } else {
            let end = match rest.find([' ', ')', '&', '|', '=', '!']) {
                Some(0) => first.len_utf8(),
                Some(end) => end,
                None => rest.len(),
            };
            let (word, behind) = rest.split_at(end);
            tokens.push(if word == "null" { Token::Null } else { Token::Text(word.to_owned()) });
            rest = behind;
        }
        rest = rest.trim_start();
    }
    tokens
}

/// A recursive reading of the tokens; `None` is "nobody knows".
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

/// What an operand is in such a pipeline.
#[derive(PartialEq, Eq)]
enum Operand {
    Null,
    Text(String),
    Unknown,
}

impl Reader<'_> {
    fn takes(&mut self, sign: &'static str) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self) -> Option<bool> {
        let mut truth = self.conjuncts();
        while self.takes("||") {
            truth = match (truth, self.conjuncts()) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        truth
    }

    fn conjuncts(&mut self) -> Option<bool> {
        let mut truth = self.comparison();
        while self.takes("&&") {
            truth = match (truth, self.comparison()) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        truth
    }

    fn comparison(&mut self) -> Option<bool> {
        if self.takes("(") {
            let truth = self.alternatives();
            self.takes(")");
            return truth;
        }
        let left = self.operand();
        let sign = ["==", "!=", "=~", "!~"].into_iter().find(|sign| self.takes(sign));
        let Some(sign) = sign else {
            return match left {
                Operand::Null => Some(false),
                Operand::Text(text) => Some(!text.is_empty()),
                Operand::Unknown => None,
            };
        };
        let right = self.operand();
        let equal = match (&left, &right) {
            (Operand::Unknown, _) | (_, Operand::Unknown) => None,
            (left, right) => Some(left == right),
        };
        match sign {
            "==" => equal,
            "!=" => equal.map(|equal| !equal),
            // Nothing matches a pattern that is not there to be matched.
            "=~" if left == Operand::Null => Some(false),
            "!~" if left == Operand::Null => Some(true),
            _ => None,
        }
    }

    fn operand(&mut self) -> Operand {
        let token = self.tokens.get(self.at);
        self.at += 1;
        match token {
            Some(Token::Variable(name)) if name == "CI_PIPELINE_SOURCE" => {
                Operand::Text("merge_request_event".to_owned())
            }
            Some(Token::Variable(name)) if ABSENT.contains(&name.as_str()) => Operand::Null,
            Some(Token::Null) => Operand::Null,
            Some(Token::Text(text)) => Operand::Text(text.clone()),
            Some(Token::Variable(_) | Token::Pattern | Token::Sign(_)) | None => Operand::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_branch_does_not_hold_for_merge_requests() {
        for condition in [
            "$CI_COMMIT_BRANCH",
            "$CI_COMMIT_BRANCH == $UNKNOWN && $CI_COMMIT_BRANCH",
            "$CI_COMMIT_BRANCH =~ /^feature/i",
            "$CI_PIPELINE_SOURCE == \"push\"",
            "($CI_COMMIT_TAG || $CI_COMMIT_BRANCH == \"main\") && $X",
            "$CI_COMMIT_TAG != null",
        ] {
            assert!(!may_hold_for_merge_request(condition), "{condition}");
        }
        for condition in [
            "$CI_MERGE_REQUEST_IID",
            "$CI_PIPELINE_SOURCE == 'merge_request_event'",
            "$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH",
            "$CI_COMMIT_BRANCH || $CI_OPEN_MERGE_REQUESTS",
            "$CI_COMMIT_BRANCH == null",
            "",
            "$X =~ /a b(/",
            ") nonsense (",
        ] {
            assert!(may_hold_for_merge_request(condition), "{condition}");
        }
    }
}
