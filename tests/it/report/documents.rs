//! The files of a report: the same bytes twice, nothing of users' words as markup, whole or not.

use super::{SMALL, STUDY, analysis, data, identity, options};
use cisterna::report::{ReportError, StudyAnalysis, StudyData, report_files, write_report};
use cisterna::study::{StudyError, write_new_set};
use std::{fs, path::Path};

pub(super) fn text_of(files: &[(String, Vec<u8>)], name: &str) -> String {
    let (_, bytes) = files.iter().find(|(own, _)| own == name).expect(name);
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn the_same_study_gives_the_same_bytes() {
    let study = data(STUDY, 3);
    let with_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
        pool.unwrap()
            .install(|| report_files(&study, &options()).unwrap())
    };
    assert_eq!(with_threads(1), with_threads(3));
}

#[test]
fn what_users_wrote_is_escaped() {
    let evil = "<script>alert('x')</script>&\"";
    let mut study = data(STUDY, 3);
    study.protocol.title = evil.into();
    study.protocol.question = evil.into();
    study.protocol.scale.name = evil.into();
    study.protocol.scale.levels[0].label = evil.into();
    study.protocol_sha256 = evil.into();
    study.app_version = evil.into();
    study.protocol.raters[0] = evil.into();
    study.protocol.arms[1] = evil.into();
    study.audit.heads[0] = (evil.into(), evil.into());
    study.audit.n_events.insert(evil.into(), 1);
    study.audit.first_utc = evil.into();
    study.audit.last_utc = evil.into();
    study.model_cards = vec![(
        evil.into(),
        format!("# {evil}\n\n{evil}\n\n- {evil}\n\n| {evil} |\n\n```\n{evil}\n```\n"),
    )];
    for row in &mut study.readings {
        row.case_code = evil.into();
        row.comment = evil.into();
        identity(row).patient += evil;
        if row.rater == "Rater 1" {
            row.rater = evil.into();
        }
        if identity(row).arm == "predicted" {
            identity(row).arm = evil.into();
        }
    }
    let files = report_files(&study, &options()).unwrap();
    for (name, bytes) in &files {
        if name.ends_with(".html") || name.ends_with(".svg") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(!text.contains("<script"), "{name}");
            assert!(!text.contains("alert('"), "{name}");
            assert!(!text.contains("&\""), "{name}");
        }
    }
    assert!(text_of(&files, "report.html").contains("&lt;script&gt;alert(&#39;x&#39;)"));
}

#[test]
fn the_page_stands_alone_and_says_what_it_is() {
    let mut study = data(STUDY, 3);
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    for words in [
        "Research use only. Not a medical device.",
        "Assumed: &quot;real&quot;, the first of the protocol&#39;s arms, is the reference",
        "Grade on real scans",
        "Grade on predicted scans",
        "The protocol set no bound",
        "update of 2024",
        "TRIPOD+AI",
        "positive agreement",
        "For the author to fill",
        "<b>Research</b> <code>use</code>",
        "<td>1</td><td>2</td>",
        "2026-01-02 03:04",
        study.protocol_sha256.as_str(),
        "title = &quot;Ventricular reflux&quot;",
        "interval metric",
        "300 bootstrap resamples",
        "seed 3",
    ] {
        assert!(page.contains(words), "{words:?} is not on the page");
    }
    // The only address is the name of the SVG language.
    assert_eq!(
        page.matches("http").count(),
        page.matches("http://www.w3.org/2000/svg").count() + page.matches("http-equiv").count()
    );
    for word in [
        "<script",
        "<link",
        "<img",
        "@import",
        "url(",
        "Simulated raters",
    ] {
        assert!(!page.contains(word), "{word:?} is on the page");
    }
    study.protocol.simulated_raters = true;
    assert!(page.contains("a clock was set back 1 time(s)"));
    study.audit.problem = Some("event 2 of Anna is missing".into());
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    assert!(page.contains("Simulated raters: not readings by persons"));
    assert!(page.contains("The audit trail is broken: event 2 of Anna is missing"));
}

#[test]
fn files_of_a_report() {
    let files = report_files(&data(STUDY, 3), &options()).unwrap();
    assert_eq!(files.last().unwrap().0, "report.html");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "tables/alpha.csv",
        "tables/transitions.csv",
        "tables/findings.csv",
        "figures/alpha.svg",
        "figures/alpha.png",
        "figures/transitions_1.png",
        "figures/timing.svg",
        "analysis.json",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    for (name, bytes) in &files {
        if name.ends_with(".csv") {
            // The reader refuses rows of unequal length.
            let rows = csv::Reader::from_reader(&bytes[..]).into_records();
            let rows: Vec<_> = rows.map(|row| row.expect(name)).collect();
            assert!(!rows.is_empty(), "{name}");
        }
        if name.ends_with(".png") {
            // 7 inches of 300 pixels.
            assert_eq!(bytes[16..20], 2100_u32.to_be_bytes(), "{name}");
            // Decoding checks the sums of all chunks, that of the density too.
            let decoded = image::load_from_memory(bytes).unwrap();
            assert_eq!(decoded.width(), 2100);
            assert!(bytes.windows(4).any(|word| word == b"pHYs"));
        }
    }
    let json: serde_json::Value = serde_json::from_str(&text_of(&files, "analysis.json")).unwrap();
    assert_eq!(json["alphas"][3]["kind"], "all_raters_on_arm");
    assert_eq!(json["moves"][0]["pooled"]["transitions"]["rows"], "real");
    assert_eq!(json["choices"]["bootstrap"], "bias_corrected");
    assert_eq!(json["agreement"]["arms"][0]["arm"], "real");
    let alpha = text_of(&files, "tables/alpha.csv");
    let header = "readings,n_patients,alpha_interval,alpha_interval_low,alpha_interval_high,\
                  alpha_interval_n,alpha_interval_method,alpha_ordinal,alpha_ordinal_low,\
                  alpha_ordinal_high,alpha_ordinal_n,alpha_ordinal_method\n";
    assert!(alpha.starts_with(header), "{alpha}");
}

#[test]
fn a_report_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let study = data(SMALL, 2);
    let inside = folder.path().join("new/report");
    write_report(&study, &options(), &inside).unwrap();
    let page = fs::read(inside.join("report.html")).unwrap();
    let mut names: Vec<String> = fs::read_dir(&inside)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["analysis.json", "figures", "report.html", "tables"]);
    let again = write_report(&study, &options(), &inside).unwrap_err();
    assert!(
        again
            .to_string()
            .starts_with("the file already exists and is not overwritten: "),
        "{again}"
    );
    assert_eq!(fs::read(inside.join("report.html")).unwrap(), page);
}

#[test]
fn a_set_of_files_is_written_whole_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let set = |last: &str| vec![("a/b.txt".to_owned(), vec![1]), (last.to_owned(), vec![2])];
    write_new_set(folder.path(), &set("c.txt")).unwrap();
    let again = write_new_set(folder.path(), &set("d.txt")).unwrap_err();
    assert!(
        matches!(&again, StudyError::Exists(path) if path.ends_with("a")),
        "{again}"
    );
    assert!(!folder.path().join("d.txt").exists());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[track_caller]
fn refused(study: &StudyData, words: &str) {
    let said = StudyAnalysis::of(study, &options())
        .unwrap_err()
        .to_string();
    assert!(said.contains(words), "{said}");
}

#[test]
fn studies_that_have_no_report() {
    let study = data(SMALL, 2);
    let change = |how: &dyn Fn(&mut StudyData)| {
        let mut changed = study.clone();
        how(&mut changed);
        changed
    };
    refused(
        &change(&|s| s.protocol.arms.truncate(1)),
        "but the study has 1",
    );
    refused(
        &change(&|s| s.protocol.arms.reverse()),
        "must be the first of the arms",
    );
    refused(&change(&|s| s.readings.clear()), "there are no ratings");
    refused(
        &change(&|s| s.readings[0].rater = "Nobody".into()),
        "rater \"Nobody\" of case",
    );
    refused(
        &change(&|s| identity(&mut s.readings[0]).arm = "other".into()),
        "arm \"other\" of case",
    );
    refused(
        &change(&|s| s.readings[0].identity = None),
        "export it again with the key",
    );
    refused(
        &change(&|s| s.readings[0].grade = Some(9)),
        "grade 9 is not on the scale",
    );
    refused(
        &change(&|s| identity(&mut s.readings[4]).patient = "a".into()),
        "has two grades for patient \"a\"",
    );
    let folder = Path::new("not made");
    let failed = write_report(&change(&|s| s.readings.clear()), &options(), folder);
    assert!(matches!(failed, Err(ReportError::Stats(_))));
    assert!(!folder.exists());
}

/// A reference of another name, a rater without grades, a scale of other levels.
#[test]
fn unusual_studies() {
    let mut study = data(SMALL, 2);
    study.protocol.raters.push("Rater 3".into());
    study.protocol.arms[0] = "MRI".into();
    for row in &mut study.readings {
        if identity(row).arm == "real" {
            identity(row).arm = "MRI".into();
        }
    }
    let found = analysis(&study);
    assert_eq!(found.moves[0].raters[2].n_pairs, 0);
    // The reference has the study's name for it, in every part of the analysis.
    let arms: Vec<&str> = found
        .agreement
        .arms
        .iter()
        .map(|a| a.arm.as_str())
        .collect();
    assert_eq!(arms, ["MRI", "predicted"]);
    assert_eq!(found.agreement.comparisons[0].reference, "MRI");
    assert_eq!(found.headlines[0].against.reference, "MRI");
    assert_eq!(found.alphas[3].interval.n(), 2);
    let of_third = &found.alphas[2];
    assert_eq!(of_third.label, "Rater 3 on MRI and predicted");
    assert_eq!(
        of_third.interval.to_string(),
        "undefined (no unit has two ratings)"
    );
    let page = text_of(&report_files(&study, &options()).unwrap(), "report.html");
    assert!(page.contains("Grade on MRI scans"));
    study.protocol.installments = 1;
    study.protocol.scale.levels.truncate(1);
    for row in &mut study.readings {
        row.grade = row.grade.map(|_| 0);
    }
    let files = report_files(&study, &options()).unwrap();
    assert!(text_of(&files, "report.html").contains("undefined (no variation)"));
}
