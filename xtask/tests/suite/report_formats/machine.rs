//! What programs read: the JSON contract, SARIF, GitLab, GitHub and JUnit.

use super::sample::{self, ruled};
use super::schema::Schema;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xtask::diagnostic::{Diagnostic, Edit, Fix, InternalError, Severity, Skipped};
use xtask::report::{Format, Options, Report, render};
use xtask::source::{Place, RepoPath, SourceFile, Span};

fn text(report: &Report, format: Format) -> String {
    render(report, format, &Options::default())
}

fn value(report: &Report, format: Format) -> Value {
    serde_json::from_str(&text(report, format)).expect("JSON")
}

/// The sample together with everything that formats have to escape.
fn awkward() -> Report {
    let mut report = sample::report();
    let path = RepoPath::new("apps/(site)/[slug]/a, b:\n100%é\u{1}.ts");
    let source = SourceFile::new(path.clone(), "\u{feff}const я = '日';\r\nnext\r\n");
    let message = "a <b> & \"c\" 'd', 100%\r\nsecond\tline \u{1b}[31m\u{0}";
    let mut finding =
        Diagnostic::new(source.place(Span::new(9, 26)), message).label("label").why("why").help("help");
    finding.subject = "s".to_owned();
    for _ in 0..2 {
        report.diagnostics.push(ruled("secrets/token", Severity::Error, finding.clone()));
    }
    let gone = Diagnostic::new(Place::top(&RepoPath::new("../sibling/x.yaml")), "gone").fix(Fix::safe(
        "remove and create",
        vec![Edit::Delete { path: path.clone() }, Edit::Create { path: "n".into(), text: "x".into() }],
    ));
    report.diagnostics.push(ruled("other/rule", Severity::Note, gone));
    report.errors.push(InternalError { rule: "dev/duplicate".into(), message: "index <1>".into() });
    report.skipped.push(Skipped {
        rule: "argocd".into(),
        path: "chart/t.yaml".into(),
        reason: "a template".into(),
    });
    report.suppressed = 3;
    report.sources.insert(path, source);
    report
}

#[test]
fn concise_is_one_line_each() {
    let expected = "\
.stignore:1:1: error[ignore/secret-exposed]: `.env` files are kept out of git, but would be synced into the cluster
apps/corporate-website/package.json:2:11: error[dev/missing-container]: app `corporate-website` has no dev container
apps/synestra-io/Dockerfile:13:48: warning[dockerfile/cache-mount-target]: this cache mount is not where pnpm keeps its store
docs/runbooks/runbook-okteto-dev.md:11:38: warning[runbook/unknown-name]: no manifest has a dev container `web-synestra-io-dev`
";
    assert_eq!(text(&sample::report(), Format::Concise), expected);
    assert_eq!(text(&awkward(), Format::Concise).lines().count(), 8, "seven findings and a failed rule");
    assert_eq!(text(&Report::default(), Format::Concise), "");
}

#[test]
fn json_keeps_its_contract() {
    let mut report = sample::report();
    report.diagnostics.truncate(2);
    report.diagnostics.remove(0);
    report.suppressed = 1;
    report.skipped.push(Skipped { rule: "r".into(), path: "p".into(), reason: "why".into() });
    report.errors.push(InternalError { rule: "r".into(), message: "m".into() });
    let expected = r#"{
  "version": 1,
  "snapshot": "worktree",
  "diagnostics": [
    {
      "rule": "dev/missing-container",
      "severity": "error",
      "message": "app `corporate-website` has no dev container",
      "why": null,
      "help": "`cargo xtask fix --unsafe` adds `web-dev-corporate-website`, modelled on its sibling",
      "path": "apps/corporate-website/package.json",
      "start": {
        "line": 2,
        "column": 11
      },
      "end": {
        "line": 2,
        "column": 40
      },
      "related": [
        {
          "path": ".okteto/okteto.yml",
          "start": {
            "line": 4,
            "column": 3
          },
          "end": {
            "line": 4,
            "column": 22
          },
          "message": "the only dev container; its workdir serves `apps/synestra-io`"
        }
      ],
      "subject": "apps/corporate-website",
      "fingerprint": "00000000000000000000000000000021",
      "fixable": "unsafe"
    }
  ],
  "skipped": [
    {
      "rule": "r",
      "path": "p",
      "reason": "why"
    }
  ],
  "errors": [
    {
      "rule": "r",
      "message": "m"
    }
  ],
  "summary": {
    "error": 1,
    "warning": 0,
    "note": 0,
    "suppressed": 1,
    "fixable": 0,
    "files": 84
  }
}
"#;
    assert_eq!(text(&report, Format::Json), expected);
    let all = value(&sample::report(), Format::Json);
    let fixable: Vec<&Value> =
        all["diagnostics"].as_array().expect("a list").iter().map(|one| &one["fixable"]).collect();
    assert_eq!(fixable, ["safe", "unsafe", "safe", "safe"]);
    assert_eq!(all["summary"]["fixable"], 3, "as the last line for people says");
    assert_eq!(value(&awkward(), Format::Json)["diagnostics"][4]["end"], json!({"line": 2, "column": 5}));
}

#[test]
fn sarif_keeps_the_schema() {
    let schema = Schema::new(include_str!("../../schemas/sarif-schema-2.1.0.json"));
    for report in [Report::default(), sample::report(), awkward()] {
        let log = value(&report, Format::Sarif);
        assert_eq!(schema.errors(&log), Vec::<String>::new());
        assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    }
}

#[test]
fn sarif_tells_places_fixes_and_failures() {
    let log = value(&awkward(), Format::Sarif);
    let run = &log["runs"][0];
    let mount = &run["results"][2];
    assert_eq!(mount["ruleIndex"], 2);
    assert_eq!(
        mount["locations"][0]["physicalLocation"],
        json!({
            "artifactLocation": {"uri": "apps/synestra-io/Dockerfile", "uriBaseId": "SRCROOT"},
            "region": {"startLine": 13, "startColumn": 48, "endLine": 13, "endColumn": 77},
        })
    );
    assert_eq!(mount["partialFingerprints"], json!({"xtaskCheck/v1": "00000000000000000000000000000029"}));
    assert_eq!(
        mount["fixes"][0]["artifactChanges"][0]["replacements"][0],
        json!({
            "deletedRegion": {"startLine": 13, "startColumn": 48, "endLine": 13, "endColumn": 77},
            "insertedContent": {"text": "/pnpm/store"},
        })
    );
    let secret = &run["results"][4];
    assert_eq!(
        secret["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "apps/(site)/%5Bslug%5D/a,%20b%3A%0A100%25%C3%A9%01.ts"
    );
    assert!(secret.get("ruleIndex").is_none(), "a rule that is not in the table");
    assert!(run["results"][6].get("fixes").is_none(), "SARIF cannot delete a file");
    assert_eq!(run["tool"]["driver"]["rules"][0]["help"]["markdown"], "# Page\n\nWhat it checks.\n");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let levels: Vec<&Value> = invocation["toolExecutionNotifications"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["level"])
        .collect();
    assert_eq!(levels, ["error", "note"]);
    assert_eq!(
        value(&sample::report(), Format::Sarif)["runs"][0]["invocations"][0]["executionSuccessful"],
        true
    );
}

#[test]
fn gitlab_gets_what_its_parser_needs() {
    assert_eq!(text(&Report::default(), Format::Gitlab), "[]\n");
    let report = awkward();
    assert!(text(&report, Format::Gitlab).starts_with('['), "no byte order mark");
    let issues = value(&report, Format::Gitlab);
    let issues = issues.as_array().expect("a list");
    assert_eq!(issues.len(), report.diagnostics.len());
    let fingerprints: BTreeSet<&str> =
        issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
    assert_eq!(fingerprints.len(), issues.len(), "unique");
    for issue in issues {
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line >= 1));
        assert!(issue["description"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(issue["check_name"].is_string() && issue["location"]["path"].is_string());
    }
    let severities: Vec<&Value> = issues.iter().map(|issue| &issue["severity"]).collect();
    assert_eq!(severities, ["major", "major", "minor", "minor", "critical", "critical", "info"]);
    assert_eq!(issues[2]["description"], "this cache mount is not where pnpm keeps its store: stays empty");
}

#[test]
fn github_gets_escaped_commands() {
    let out = text(&awkward(), Format::Github);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[2],
        "::warning file=apps/synestra-io/Dockerfile,line=13,endLine=13,col=48,endColumn=77,\
         title=dockerfile/cache-mount-target::this cache mount is not where pnpm keeps its store: stays empty%0A\
         apps/synestra-io/Dockerfile:3:5: puts the store in `/pnpm/store`, here and in stage `deps`%0A\
         help: mount the store, or each build downloads every package again (safe fix)"
    );
    let start =
        "::error file=apps/(site)/[slug]/a%2C b%3A%0A100%25é\u{1}.ts,line=1,endLine=2,title=secrets/token::";
    assert!(lines[4].starts_with(start), "{}", lines[4]);
    assert!(lines[4].contains("100%25%0D%0Asecond\tline"));
    assert!(lines[6].starts_with("::notice file=../sibling/x.yaml,line=1,"));
    assert_eq!(lines[7], "::error title=rule `dev/duplicate` failed::index <1>");
    assert_eq!(lines.len(), 8);
}

#[test]
fn junit_is_what_another_writer_writes() {
    for report in [Report::default(), sample::report(), awkward()] {
        let ours = text(&report, Format::Junit);
        let read = quick_junit::Report::deserialize_from_str(&ours).expect("JUnit XML");
        assert_eq!(read.tests, read.test_suites.iter().map(|suite| suite.test_cases.len()).sum::<usize>());
        let again =
            quick_junit::Report::deserialize_from_str(&read.to_string().expect("XML")).expect("JUnit XML");
        assert_eq!(read, again);
        for suite in &read.test_suites {
            assert_eq!(suite.tests, suite.test_cases.len());
        }
    }
}

#[test]
fn junit_shows_passed_failed_and_broken_rules() {
    let read =
        quick_junit::Report::deserialize_from_str(&text(&awkward(), Format::Junit)).expect("JUnit XML");
    assert_eq!((read.tests, read.failures, read.errors), (7, 6, 1));
    let cases = || read.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let names: Vec<&str> = cases().map(|case| case.name.as_str()).collect();
    let expected = [
        "dev/missing-container",
        "dev/duplicate",
        "dockerfile/cache-mount-target",
        "ignore/secret-exposed",
        "other/rule",
        "runbook/unknown-name",
        "secrets/token",
    ];
    assert_eq!(names, expected);
    let mut report = sample::report();
    report.diagnostics.truncate(1);
    let out = text(&report, Format::Junit);
    assert!(out.contains("        <testcase name=\"dev/duplicate\" classname=\"dev\"/>\n"), "{out}");
    let failed = "        <testcase name=\"ignore/secret-exposed\" classname=\"ignore\" file=\".stignore\">\n            \
                  <failure message=\"`.env` files are kept out of git, but would be synced into the cluster\" \
                  type=\"error\">.stignore:1:1: error[ignore/secret-exposed]: ";
    assert!(out.contains(failed), "{out}");
    let illegal = |character: char| character.is_control() && character != '\n';
    assert!(!text(&awkward(), Format::Junit).contains(illegal));
}

#[test]
fn formats_are_known_by_name() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "xml".parse::<Format>().expect_err("no such format");
    assert_eq!(
        error.to_string(),
        "unknown format `xml`: expected `human`, `concise`, `json`, `sarif`, `gitlab`, `github`, `junit`"
    );
}
