//! Protocol files: what they hold and how they are refused.

use cisterna::study::{DisplayRules, Protocol, StudyError};
use std::path::Path;

fn decode(text: &str) -> Result<Protocol, StudyError> {
    Protocol::decode(text, Path::new("plan.toml"))
}

const SMALL: &str = r#"title = "Reflux"
question = "Which grade?"
raters = ["a", "b"]
arms = ["real", "predicted l2"]
installments = 2
"#;

#[test]
fn a_protocol_is_what_its_file_says() {
    let small = decode(SMALL).unwrap();
    assert_eq!(
        (small.installments, small.repeats, small.seed),
        (2, 0, None)
    );
    assert_eq!(
        small.scale.levels.len(),
        5,
        "reflux, where there is no scale"
    );
    let own = decode(&format!(
        "{SMALL}washout_days = 28\nrepeats = 5\nseed = 7\n[reading]\ngo_back = true\n[scale]\nname = \"Spaces\"\n[[scale.levels]]\ngrade = 1\nlabel = \"few\"\n\
         definition = \"1 to 10\"\nneeds = \"T2\"\n"
    ))
    .unwrap();
    assert_eq!((own.washout_days, own.repeats, own.seed), (28, 5, Some(7)));
    assert!(own.reading.go_back && own.reading.zoom && !small.reading.go_back);
    assert_eq!(own.scale.levels[0].label, "few");
    assert_eq!(decode(&own.to_toml().unwrap()).unwrap(), own);
    let template = Protocol::reflux(&["a".to_owned()]);
    assert_eq!(decode(&template.to_toml().unwrap()).unwrap(), template);
}

#[test]
fn a_bad_protocol_is_refused_by_line_and_field() {
    #[track_caller]
    fn check(from: &str, to: &str, words: &str) {
        assert!(SMALL.contains(from) || from.is_empty());
        let text = match from {
            "" => format!("{SMALL}{to}\n"),
            _ => SMALL.replace(from, to),
        };
        assert_eq!(decode(&text).unwrap_err().to_string(), words);
    }
    check(
        "\"Reflux\"",
        "\" \"",
        "line 1, title must not be empty: plan.toml",
    );
    check(
        "[\"a\", \"b\"]",
        "[]",
        "line 3, raters must name one at least: plan.toml",
    );
    check(
        "\"b\"",
        "\"a\"",
        "line 3, raters names \"a\" twice: plan.toml",
    );
    check(
        "\"real\"",
        "\"\"",
        "line 4, arms has an empty name: plan.toml",
    );
    check(
        "= 2",
        "= 0",
        "line 5, installments is 0, and must be 1 at least: plan.toml",
    );
    check(
        "",
        "washout_days = 9999",
        "line 6, washout_days is 9999, more than ten years: plan.toml",
    );
    check(
        "",
        "margin = 1.5",
        "line 6, margin is 1.5, not between 0 and 1: plan.toml",
    );
    check(
        "",
        "same_grade_bound = 80",
        "line 6, same_grade_bound is 80, not between 0 and 1: plan.toml",
    );
    check(
        "",
        "repeat_margin = 0.1",
        "line 6, repeat_margin needs images that are graded twice, but repeats is 0: plan.toml",
    );
    check(
        "",
        "repeats = 4\nsame_grade_bound = 0.8\nrepeat_margin = 0.1",
        "line 8, repeat_margin and same_grade_bound are two questions, and one is the main one: \
         plan.toml",
    );
    let said = |to: &str| decode(&format!("{SMALL}{to}\n")).unwrap_err().to_string();
    assert!(
        said("colour = 1").starts_with("line 6, unknown field `colour`"),
        "{}",
        said("colour = 1")
    );
    assert!(
        said("repeats = -1").starts_with("line 6, invalid value"),
        "{}",
        said("repeats = -1")
    );
    assert!(
        said("repeats = [").starts_with("line "),
        "{}",
        said("repeats = [")
    );
    let falling = "[scale]\nname = \"x\"\nlevels = []";
    assert!(
        said(falling).starts_with("line 6, scale cannot be used"),
        "{}",
        said(falling)
    );
    let other = "[reading]\ngo_back = 1";
    assert!(
        said(other).starts_with("line 7, invalid type"),
        "{}",
        said(other)
    );
    let less = decode("title = \"x\"").unwrap_err().to_string();
    assert!(less.contains("missing field `question`"), "{less}");
    check(
        "= 2",
        "= 4294967295",
        "line 5, installments is 4294967295, more than 100: plan.toml",
    );
    let many: Vec<String> = (0..101).map(|n| format!("\"{n}\"")).collect();
    check(
        "[\"real\", \"predicted l2\"]",
        &format!("[{}]", many.join(",")),
        "line 4, arms names 101, more than 100: plan.toml",
    );
}

/// What was agreed upon, without the seed, which may be drawn later.
#[test]
fn the_fingerprint_is_of_everything_but_the_seed() {
    let plan = decode(SMALL).unwrap();
    let print = plan.fingerprint();
    assert_eq!(print.len(), 64);
    let seeded = Protocol {
        seed: Some(3),
        ..plan.clone()
    };
    assert_eq!(seeded.fingerprint(), print);
    let mut others = vec![
        Protocol {
            title: "x".into(),
            ..plan.clone()
        },
        Protocol {
            arms: vec!["real".into()],
            ..plan.clone()
        },
        Protocol {
            washout_days: 1,
            ..plan.clone()
        },
        Protocol {
            margin: Some(0.1),
            ..plan.clone()
        },
        Protocol {
            same_grade_bound: Some(0.8),
            ..plan.clone()
        },
        Protocol {
            repeat_margin: Some(0.1),
            ..plan.clone()
        },
    ];
    others.push(plan.clone());
    others[6].scale.levels[2].definition.push('.');
    for other in others {
        assert_ne!(other.fingerprint(), print);
    }
}

/// What raters are told could not tell them what a case is.
#[test]
fn instructions_name_no_arm() {
    let plan = decode(SMALL).unwrap();
    let told = serde_json::to_string(&plan.instructions(&[])).unwrap();
    for secret in ["real", "predicted", "repeats", "seed", "arms"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("Which grade?"));
}

/// A study asks for tests of displays where its protocol says so. All others are as they were before
/// there were such tests: their files hold nothing of it, and their fingerprints are the same.
#[test]
fn displays_are_tested_where_the_protocol_says() {
    let small = decode(SMALL).unwrap();
    assert!(!small.display.test);
    let asks = decode(&format!("{SMALL}[display]\ntest = true\n")).unwrap();
    assert!(asks.display.test && asks.instructions(&[]).display.test);
    assert_eq!(decode(&asks.to_toml().unwrap()).unwrap(), asks);
    assert_ne!(asks.fingerprint(), small.fingerprint());
    let off = decode(&format!("{SMALL}[display]\ntest = false\n")).unwrap();
    assert_eq!(off, small);
    let told = serde_json::to_string(&small.instructions(&[])).unwrap();
    for text in [small.to_toml().unwrap(), told] {
        assert!(!text.contains("display"), "{text}");
    }
    let other = decode(&format!("{SMALL}[display]\nmust_pass = true\n")).unwrap_err();
    assert!(other.to_string().starts_with("line 7, "), "{other}");
    // SHA-256 of the JSON as it was before, by Python's hashlib.
    let before = decode(&format!(
        "{SMALL}[scale]\nname = \"Spaces\"\n[[scale.levels]]\ngrade = 1\nlabel = \"few\"\n\
         definition = \"1 to 10\"\nneeds = \"T2\"\n"
    ))
    .unwrap();
    assert_eq!(before.display, DisplayRules::default());
    assert_eq!(
        before.fingerprint(),
        "a60d9fa49a454b7011188fc437f36a225dec67b2d8b0a69080a9ff8af998fdc7"
    );
}
