use super::*;
use crate::syntax::shell;

fn pipeline(files: &[(&str, &str)]) -> Pipeline {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    Pipeline::load(&Snapshot::memory(files))
}

fn commands(pipeline: &Pipeline, job: &str) -> Vec<String> {
    pipeline.job(job).unwrap().commands.iter().map(|command| command.text.text().to_owned()).collect()
}

#[test]
fn jobs_are_what_gitlab_makes_of_them() {
    let main = "
include:
  - local: /ci/base.yml
default:
  image: node:22
  before_script: [corepack enable]
variables: {SCOPE: web, KEEP: global}
.setup:
  script: [echo one, echo two]
review:
  extends: .okteto
  variables: {KEEP: job}
  script:
    - !reference [.setup, script]
    - okteto preview deploy \"$SCOPE-$CI_MERGE_REQUEST_IID\"
  inherit: {default: [image]}
";
    let base = "
.okteto:
  variables: {KEEP: base, BASE: yes}
  environment: {name: review, url: https://a.example.com}
  script: [never]
";
    let pipeline = pipeline(&[(".gitlab-ci.yml", main), ("ci/base.yml", base)]);
    assert!(pipeline.is_complete());
    assert_eq!(pipeline.jobs.len(), 1);
    let review = pipeline.job("review").unwrap();
    assert_eq!(review.text(&["variables", "KEEP"]), Some("job"));
    assert_eq!(review.text(&["variables", "BASE"]), Some("yes"));
    assert_eq!(review.text(&["variables", "SCOPE"]), Some("web"));
    assert_eq!(review.text(&["image"]), Some("node:22"));
    assert_eq!(review.environment_name().and_then(Value::text), Some("review"));
    assert_eq!(pipeline.place_of(review.environment_name().unwrap()).path.as_str(), "ci/base.yml");
    let script = commands(&pipeline, "review");
    assert_eq!(script[..2], ["echo one", "echo two"]);
    let calls = pipeline.okteto_calls(review);
    assert_eq!(calls[0].verb, "preview deploy");
    assert_eq!(calls[0].operand.as_ref().unwrap().expression.shown(), "web-$CI_MERGE_REQUEST_IID");
    assert_eq!(calls[0].operand.as_ref().unwrap().expression.longest(), Some(14));
}

#[test]
fn what_is_out_of_sight_is_said_so() {
    for (text, reason) in [
        ("include: https://example.com/ci.yml\n", "`include:remote` lies outside this repository"),
        ("include: [{project: a/b, file: c.yml}]\n", "`include:project` lies outside this repository"),
        ("include: {local: missing.yml}\n", "the included `missing.yml` does not exist"),
        ("include: $FILE\n", "the path of this include holds a variable"),
        ("a: {extends: b}\nb: {extends: a, script: x}\n", "`a`: `extends` leads back to `a`"),
        ("a: {extends: .gone, script: x}\n", "`a`: `extends: .gone` names no job in sight"),
        ("a: [\n", "cannot be read as a whole"),
    ] {
        let pipeline = pipeline(&[(".gitlab-ci.yml", text)]);
        assert!(pipeline.hidden.iter().any(|(_, hidden)| hidden == reason), "{text}: {:?}", pipeline.hidden);
    }
    let unknown = pipeline(&[(".gitlab-ci.yml", "a: {script: [!reference [.gone, script]]}\n")]);
    assert!(!unknown.job("a").unwrap().is_known());
    assert!(pipeline(&[("package.json", "{}")]).files.is_empty());
}

#[test]
fn circles_and_bombs_end() {
    let circle = pipeline(&[
        (".gitlab-ci.yml", "include: a.yml\n"),
        ("a.yml", "include: .gitlab-ci.yml\nb: {script: x}\n"),
    ]);
    assert_eq!(circle.jobs.len(), 1);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let bomb = pipeline(&[(".gitlab-ci.yml", &bomb)]);
    assert!(!bomb.is_complete());
    let own = pipeline(&[(".gitlab-ci.yml", "a: {script: !reference [a, script]}\n")]);
    assert!(!own.job("a").unwrap().is_known());
}

#[test]
fn expressions_know_their_bounds() {
    let longest = |text: &str| Expression::of_text(text).longest();
    assert_eq!(longest("review-$CI_COMMIT_REF_SLUG"), Some(70));
    assert_eq!(longest("review-${CI_MERGE_REQUEST_IID}"), Some(17));
    assert_eq!(longest("review-$TEAM"), None);
    assert_eq!(Expression::of_text("a$$b").as_literal(), Some("a$b"));
    let script = shell::parse("okteto preview deploy a-${X:0:5} b-$(date) c-$NAME");
    let words: Vec<Expression> = script.commands[0]
        .words
        .iter()
        .skip(3)
        .map(|word| Expression::of_word(word, &["NAME".to_owned()]))
        .collect();
    assert!(words.iter().all(Expression::is_unknown), "{words:?}");
}
