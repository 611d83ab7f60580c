//! Tables as people have them: read rightly, or asked about, and never guessed in silence.

use std::path::Path;

use cisterna::study::{OpenedColumns, OpenedTable, StudyError, TableOptions};

fn open_as(bytes: &[u8], options: &TableOptions) -> Result<OpenedTable, StudyError> {
    OpenedTable::decode(bytes, Path::new("g.csv"), options)
}

fn open(text: &str) -> OpenedTable {
    open_as(text.as_bytes(), &TableOptions::default()).unwrap()
}

/// The message names the option that settles it.
#[track_caller]
fn asked(text: &str, words: &[&str]) {
    let said = open_as(text.as_bytes(), &TableOptions::default())
        .expect_err("a question")
        .to_string();
    for words in words {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    assert!(said.ends_with(": g.csv"), "{said}");
}

#[track_caller]
fn assumed(opened: &OpenedTable, words: &str) {
    let all = opened.assumed.join("; ");
    assert!(all.contains(words), "{words:?} is not in {all}");
}

fn shared_table(name: &str) -> Option<Vec<u8>> {
    let path = crate::shared(&format!("data/reports/tables/{name}"))?;
    Some(std::fs::read(path).unwrap())
}

fn words(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_column_of_names_is_no_rater() {
    for (name, unit, first) in [
        ("wide_id.csv", "id", "101"),
        ("wide_textid.csv", "patient", "P1"),
    ] {
        let Some(bytes) = shared_table(name) else {
            return;
        };
        let found = open_as(&bytes, &TableOptions::default()).unwrap();
        assert_eq!(found.table.raters(), ["r1", "r2"], "{name}");
        assert_eq!(found.table.patients()[0], first);
        assumed(&found, &format!("units named in {unit}"));
    }
    // Words that differ in every row name something, whatever stands above them.
    let found = open("what,r1,r2\nx7,0,1\ny3,1,1\nz1,0,0\n");
    assert_eq!(found.table.raters(), ["r1", "r2"]);
    // The index that R and pandas write has no name.
    let found = open(",r1,r2\n0,0,1\n1,1,1\n2,0,0\n");
    assert_eq!(found.table.raters(), ["r1", "r2"]);
    // Numbers that could be either are asked about.
    asked(
        "x,r1,r2\n101,0,1\n102,1,1\n103,0,0\n",
        &["another whole number in each row", "--unit \"x\""],
    );
    asked("x,r1,r2\n1,0,1\n2,1,1\n3,0,0\n4,1,0\n", &["--unit \"x\""]);
    let unit = TableOptions {
        unit: Some("X".into()),
        ..TableOptions::default()
    };
    let found = open_as(b"x,r1,r2\n101,0,1\n102,1,1\n103,0,0\n", &unit).unwrap();
    assert_eq!(found.table.raters(), ["r1", "r2"]);
    // Of more columns the raters' are named.
    let raters = TableOptions {
        raters: words(&["r1", "r2"]),
        ..TableOptions::default()
    };
    let found = open_as(b"id,age,r1,r2\na,71,0,1\nb,64,1,1\n", &raters).unwrap();
    assert_eq!((found.table.raters().len(), found.table.n_grades()), (2, 4));
    asked("id,r1,r2\na,0,1\na,1,1\n", &["two grades"]);
}

#[test]
fn a_file_without_a_header_keeps_its_first_case() {
    let found = open("0,1\n1,1\n0,0\n1,1\n");
    assert_eq!(
        (found.table.n_grades(), found.table.patients().len()),
        (8, 4)
    );
    assert_eq!(found.table.raters(), ["column 1", "column 2"]);
    assumed(&found, "no header: the first row holds grades");
    asked(
        "1,2\n1,1\n2,2\n",
        &["counts raters or holds grades", "--no-header"],
    );
    asked(
        "a,P1,real,0\na,P2,real,1\n",
        &["holds a number and a word", "--header"],
    );
    asked(
        "mild,none\nnone,none\nmild,mild\n",
        &["comes again below", "--no-header"],
    );
    let told = |header| TableOptions {
        header: Some(header),
        ..TableOptions::default()
    };
    assert_eq!(
        open_as(b"1,2\n1,1\n2,2\n", &told(true))
            .unwrap()
            .table
            .n_grades(),
        4
    );
    assert_eq!(
        open_as(b"1,2\n1,1\n2,2\n", &told(false))
            .unwrap()
            .table
            .n_grades(),
        6
    );
}

#[test]
fn a_slip_is_no_level() {
    let Some(bytes) = shared_table("grade9.csv") else {
        return;
    };
    let said = open_as(&bytes, &TableOptions::default())
        .unwrap_err()
        .to_string();
    for words in [
        "leave a gap before 9",
        "line 6",
        "--levels",
        "--missing=9",
        "--measured",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let missing = TableOptions {
        missing: words(&["9"]),
        ..TableOptions::default()
    };
    let found = open_as(&bytes, &missing).unwrap();
    assert_eq!(found.levels, Some(vec![0.0, 1.0, 2.0, 3.0, 4.0]));
    assumed(&found, "\"9\" is no grade");
    let levels = TableOptions {
        levels: words(&["0", "1", "2", "3", "4"]),
        ..TableOptions::default()
    };
    let said = open_as(&bytes, &levels).unwrap_err().to_string();
    assert!(
        said.contains("line 6, grade \"9\": is not one of the levels"),
        "{said}"
    );
    asked("a,b\n0,1\n2,2\n33,3\n1,1\n0,0\n2,1\n", &["33", "--levels"]);
    asked("a,b\n0,1\n2,-1\n1,1\n1,0\n", &["-1", "--missing=-1"]);
    asked(
        "a,b\n0.3,1.1\n2.5,2.2\n-999,1.5\n1.1,0.7\n",
        &["-999", "--missing=-999"],
    );
}

#[test]
fn levels_are_told_and_two_stay_two() {
    let Some(bytes) = shared_table("binary.csv") else {
        return;
    };
    let found = open_as(&bytes, &TableOptions::default()).unwrap();
    assert_eq!(found.levels, Some(vec![0.0, 1.0]));
    assumed(&found, "two grades, 0 and 1");
    let six = open("a,b\n1,2\n3,3\n4,5\n6,6\n2,2\n1,1\n");
    assert_eq!(six.levels.map(|levels| levels.len()), Some(6));
    // Three levels of a table of others are three, of a reading study all five of its scale.
    let three = open("a,b\n0,1\n2,2\n0,0\n1,2\n");
    assert_eq!(three.levels, Some(vec![0.0, 1.0, 2.0]));
    let study = open("rater,patient,arm,grade\na,1,real,0\na,1,p,3\nb,1,real,4\nb,1,p,4\n");
    assert_eq!(study.levels.as_ref().map(Vec::len), Some(5));
    assumed(&study, "grades 0 to 4, as of ventricular reflux");
    let measured = open("a,b\n0.31,1.2\n2.4,2.2\n0.7,0.4\n1.1,2.6\n");
    assert!(measured.measured && measured.levels.is_none());
    assumed(&measured, "measurements, 8 different values among 8");
}

#[test]
fn missing_grades_have_many_names() {
    let found = open("a,b\n0,NA\n.,1\n1,n/a\nNaN,2\n?,*\n2,-\n");
    assert_eq!(found.table.n_grades(), 5);
    for words in [
        "\"NA\" is no grade (once)",
        "\".\" is no grade",
        "\"-\" is no grade",
    ] {
        assumed(&found, words);
    }
    asked(
        "a,b\n0,x\n1,1\n1,2\n",
        &["b \"x\": is not a number", "--missing"],
    );
}

#[test]
fn delimiters_and_decimal_marks() {
    let plain = open("a,b\n0.5,1\n2,2.5\n1.25,3\n");
    for text in [
        "a;b\n0,5;1\n2;2,5\n1,25;3\n",
        "a\tb\n0.5\t1\n2\t2.5\n1.25\t3\n",
        "a|b\n0.5|1\n2|2.5\n1.25|3\n",
    ] {
        let found = open(text);
        assert_eq!(found.table, plain.table, "{text}");
        assumed(&found, "between the columns");
    }
    assumed(&open("a;b\n0,5;1\n2;2,5\n1,25;3\n"), "decimal commas");
    assert_eq!(
        open("sep=;\r\na;b\r\n0,5;1\r\n2;2,5\r\n1,25;3\r\n").table,
        plain.table
    );
    assert_eq!(
        open("a,b,,\n0.5,1,,\n2,2.5,,\n1.25,3,,\n,,,\n")
            .table
            .n_grades(),
        6
    );
    asked("a;b\n0,5;1.5\n2;2\n", &["decimal comma", "line 2"]);
    asked("a;b\n1,234;2,345\n1,111;3,456\n", &["thousands"]);
    asked("a,b\n1,2,3\n", &["3 fields where the first row has 2"]);
}

#[test]
fn encodings() {
    let text =
        "rater,patient,arm,grade\nZoë,1,real,0\nZoë,1,L1,1\nMüller,1,real,2\nMüller,1,L1,2\n";
    let plain = open(text);
    assert_eq!(plain.table.raters(), ["Müller", "Zoë"]);
    let utf16 =
        |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let with = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    let of = |bytes: &[u8]| open_as(bytes, &TableOptions::default()).unwrap();
    for (bytes, said) in [
        (with(b"\xef\xbb\xbf", text.as_bytes()), ""),
        (with(b"\xff\xfe", &utf16(u16::to_le_bytes)), "UTF-16"),
        (with(b"\xfe\xff", &utf16(u16::to_be_bytes)), "UTF-16"),
        (utf16(u16::to_le_bytes), "UTF-16 without a mark"),
        (utf16(u16::to_be_bytes), "UTF-16 without a mark"),
        (latin1, "Windows-1252"),
        (text.replace('\n', "\r").into_bytes(), ""),
        // A name that was taken apart into letter and accent is the same name.
        (text.replacen("Zoë", "Zoe\u{308}", 1).into_bytes(), ""),
    ] {
        let found = of(&bytes);
        assert_eq!(found.table, plain.table);
        assumed(&found, said);
    }
    let said = open_as(b"PK\x03\x04rest", &TableOptions::default())
        .unwrap_err()
        .to_string();
    assert!(said.contains("save the table as CSV"), "{said}");
    assert!(open_as(b"a,b\n1,\0\n", &TableOptions::default()).is_err());
}

#[test]
fn headers_in_other_words() {
    let plain = open("rater,patient,arm,grade\na,P1,real,0\na,P1,L1,1\nb,P1,real,3\nb,P1,L1,4\n");
    for header in [
        "RATER,Patient,ARM,Grade",
        "Reader,Case ID,modality,Score",
        "readerID,caseID,modalityID,score",
    ] {
        let found = open(&format!(
            "{header}\na,P1,real,0\na,P1,L1,1\nb,P1,real,3\nb,P1,L1,4\n"
        ));
        assert_eq!(found.table, plain.table, "{header}");
        assumed(&found, "one row for each grade, rater in");
    }
    asked(
        "reader,observer,patient,grade\na,b,P1,0\n",
        &["could both be meant", "--rater"],
    );
    asked(
        "patient,arm,grade\nP1,real,0\n",
        &["column \"rater\" is missing", "--rater", "--wide"],
    );
    let no_arms = open("rater,patient,grade\na,P1,0\nb,P1,1\na,P2,1\nb,P2,1\n");
    assert_eq!(no_arms.table.arms(), ["all"]);
    assumed(&no_arms, "no arms");
}

#[test]
fn the_reference_by_other_names() {
    let Some(bytes) = shared_table("gt.csv") else {
        return;
    };
    let found = open_as(&bytes, &TableOptions::default()).unwrap();
    assert_eq!(found.table.arms(), ["real", "predicted"]);
    assumed(&found, "arm \"GT\" is the real images");
    let table = |arms: [&str; 2]| {
        let [a, b] = arms;
        format!("rater,patient,arm,grade\na,1,{a},0\na,1,{b},1\nb,1,{a},2\nb,1,{b},3\n")
    };
    assert_eq!(
        open(&table(["Ground truth", "net"])).table.arms(),
        ["real", "net"]
    );
    asked(
        &table(["GT", "reference"]),
        &["could both be the real images", "--reference"],
    );
    let unknown = open(&table(["scanner 1", "scanner 2"]));
    assumed(
        &unknown,
        "no arm is known to be the reference (--reference names it)",
    );
    let named = TableOptions {
        reference: Some("Scanner 2".into()),
        ..TableOptions::default()
    };
    let found = open_as(table(["scanner 1", "scanner 2"]).as_bytes(), &named).unwrap();
    assert_eq!(found.table.arms(), ["real", "scanner 1"]);
}

#[test]
fn grades_that_are_words() {
    let text = "a,b\nmild,none\nsevere,severe\nnone,none\nmild,severe\n";
    asked(
        text,
        &["words have no order", "--levels \"mild,none,severe\""],
    );
    let levels = TableOptions {
        levels: words(&["none", "Mild", "severe"]),
        header: Some(true),
        ..TableOptions::default()
    };
    let found = open_as(text.as_bytes(), &levels).unwrap();
    assert_eq!(found.levels, Some(vec![0.0, 1.0, 2.0]));
    assert_eq!(found.table.units("all")[0], [Some(1.0), Some(0.0)]);
    assumed(&found, "grades none = 0, Mild = 1, severe = 2");
    let yes = open("a,b\nYes,no\nno,no\nyes,YES\n");
    assert_eq!(yes.levels, Some(vec![0.0, 1.0]));
    assumed(&yes, "no is 0, yes is 1");
}

#[test]
fn names_that_are_nearly_the_same() {
    let text = "rater,patient,arm,grade\nAnna,P1,real,0\nanna,P2,real,1\nBela,P1,real,2\n";
    asked(text, &["differ by upper case only", "--case-matters"]);
    let options = TableOptions {
        case_matters: true,
        ..TableOptions::default()
    };
    assert_eq!(
        open_as(text.as_bytes(), &options)
            .unwrap()
            .table
            .raters()
            .len(),
        3
    );
    let arms = open("rater,patient,arm,grade\na,1,Net,0\na,2,net,1\nb,1,net,1\n");
    assert_eq!(arms.table.arms(), ["Net"]);
    assumed(&arms, "arms \"Net\" and \"net\" are one");
}

/// What the iMRMC software takes: its rows of truth are no reader's.
#[test]
fn rows_of_truth() {
    let text = "readerID,caseID,modalityID,score\n-1,c1,0,1\ntruth,c2,truth,0\nr1,c1,A,3\nr1,c2,A,1\n\
                r2,c1,A,2\nr2,c2,A,0\n";
    let found = open(text);
    assert_eq!(found.table.raters(), ["r1", "r2"]);
    assert_eq!(found.truth.get("c1"), Some(&true));
    assert_eq!(found.truth.get("c2"), Some(&false));
    assumed(&found, "rows of the reader \"truth\"");
}

#[test]
fn columns_of_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(
        &path,
        "id;Age;grade;note\na;61,5;mild;x\nb;NA;none;\nc;70;mild;\n",
    )
    .unwrap();
    let options = TableOptions {
        levels: words(&["none", "mild"]),
        ..TableOptions::default()
    };
    let found = OpenedColumns::open(&path, &words(&["age", "grade"]), &options).unwrap();
    assert_eq!(found.values[0], [Some(61.5), None, Some(70.0)]);
    assert_eq!(found.values[1], [Some(1.0), Some(0.0), Some(1.0)]);
    let missing = OpenedColumns::open(&path, &words(&["weight"]), &options).unwrap_err();
    assert!(missing.to_string().contains("column \"weight\" is missing"));
}
