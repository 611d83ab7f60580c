//! Transforms, tables of labels, worksheets, protocols, lists of cases.

use super::made;
use super::place::{Place, refused};
use crate::anatomy::bern::{Line, Marked, Measured, SHEET_FORMAT, Seen, Sheet, SheetScan, Signs};
use crate::formats::LabelTable;
use crate::registration::{Between, TransformKind, open_transform, transform_text};
use crate::study::{Protocol, decode_cases};
use crate::volume::Affine;
use crate::workflows::verify::facts::FileCheck;
use crate::workflows::verify::verdict::Verdict;
use nalgebra::{Rotation3, Vector3};
use std::fmt::Display;
use std::path::Path;

pub(super) fn checks(place: &Place) -> anyhow::Result<Vec<FileCheck>> {
    let mut checks = transforms(place)?;
    checks.extend(labels(place)?);
    checks.extend(worksheets(place)?);
    checks.extend(protocols(place)?);
    checks.push(cases(place));
    Ok(checks)
}

/// The check of something that was written and has to come back the same.
fn same<T: PartialEq, E: Display>(
    place: &Place,
    kind: &'static str,
    opened: Result<T, E>,
    written: &T,
) -> FileCheck {
    let is_same = opened.as_ref().is_ok_and(|opened| opened == written);
    FileCheck {
        kind,
        what: "written and opened".to_owned(),
        expected: "the same".to_owned(),
        found: match (opened, is_same) {
            (_, true) => "the same".to_owned(),
            (Ok(_), false) => "something else".to_owned(),
            (Err(why), false) => place.nameless(&why.to_string()),
        },
        verdict: Verdict::of(is_same),
    }
}

fn transforms(place: &Place) -> anyhow::Result<Vec<FileCheck>> {
    let (fixed, moving) = (made::dicom_grid()?, made::grid()?);
    let between = Between {
        fixed: &fixed,
        moving: &moving,
    };
    let truth = Affine::new_translation(&Vector3::new(4.5, -12.25, 31.0))
        * Rotation3::from_euler_angles(0.1, -0.25, 0.4).to_homogeneous();
    let mut checks = Vec::new();
    for (kind, name, file) in [
        (TransformKind::Itk, "transform, ITK", "itk.txt"),
        (
            TransformKind::Lta,
            "transform, FreeSurfer's LTA",
            "free.lta",
        ),
        (TransformKind::Fsl, "transform, FSL", "fsl.mat"),
        (TransformKind::Greedy, "transform, greedy", "greedy.mat"),
    ] {
        let text = transform_text(kind, &truth, between, ["fixed.nii", "moving.nii"]);
        let path = place.write(file, text.as_bytes())?;
        // Greedy's matrix alone does not say what it is.
        let told = (kind == TransformKind::Greedy).then_some(kind);
        let opened = open_transform(&path, between, told);
        let off = opened
            .map(|found| (found - truth).amax())
            .map_err(|why| place.nameless(&why.to_string()));
        let is_well = off.as_ref().is_ok_and(|off| *off < 1e-9);
        checks.push(FileCheck {
            kind: name,
            what: "written and opened: where it takes a point".to_owned(),
            expected: "off by less than 1e-9".to_owned(),
            found: off.map_or_else(|why| why, |off| format!("off by {off:.1e}")),
            verdict: Verdict::of(is_well),
        });
    }
    let plain = "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n";
    let flat = "1  0  0  0  \n0  1  0  0  \n0  0  0  0  \n0  0  0  1  \n";
    let back = transform_text(
        TransformKind::Lta,
        &truth,
        Between {
            fixed: &moving,
            moving: &fixed,
        },
        ["moving.nii", "fixed.nii"],
    );
    for (kind, what, file, text) in [
        (
            "transform",
            "a matrix that two programs use for opposite directions",
            "plain.mat",
            plain,
        ),
        (
            "transform, FSL",
            "a matrix without an inverse",
            "flat.mat",
            flat,
        ),
        (
            "transform, FreeSurfer's LTA",
            "one that goes the other way",
            "back.lta",
            back.as_str(),
        ),
    ] {
        let path = place.write(file, text.as_bytes())?;
        let opened = open_transform(&path, between, None);
        checks.push(refused(place, kind, what, opened));
    }
    Ok(checks)
}

fn labels(place: &Place) -> std::io::Result<[FileCheck; 2]> {
    let kind = "table of labels";
    let text = "#No. Label Name: R G B A\n2 Left-Cerebral-White-Matter 245 245 245 0\n4 Left-Lateral-Ventricle 120 18 134 0\n";
    let path = place.write("lut.txt", text.as_bytes())?;
    let opened = LabelTable::open(&path);
    let opened = opened.map(|table| {
        let colour = table.colours.get(&4).copied();
        (table.names.get(&4).cloned(), colour)
    });
    let written = (
        Some("Left-Lateral-Ventricle".to_owned()),
        Some([120, 18, 134, 255]),
    );
    let path = place.write("prose.txt", b"nothing of the kind\n")?;
    let none = LabelTable::open(&path);
    Ok([
        same(place, kind, opened, &written),
        refused(place, kind, "prose in its place", none),
    ])
}

fn worksheets(place: &Place) -> anyhow::Result<[FileCheck; 2]> {
    let kind = "Bern worksheet";
    let line = |mm: f64| {
        Measured::By(Line {
            from_mm: [0.0, 1.0 / 3.0, 0.0],
            to_mm: [0.0, 1.0 / 3.0, mm],
        })
    };
    let sheet = Sheet {
        format: SHEET_FORMAT.to_owned(),
        scan: SheetScan {
            name: "scan.nii.gz".to_owned(),
            sha256: "0".repeat(64),
            voxel_mm: 1.0,
        },
        reader: "a reader".to_owned(),
        signed_at: Some("2026-05-04T10:20:30Z".to_owned()),
        signs: Signs {
            pachymeningeal_enhancement: Seen::Present,
            venous_sinus_engorgement: Seen::Absent,
            subdural_collection: Seen::NotAssessable,
        },
        lines: Marked {
            suprasellar_cistern: line(4.1),
            prepontine_cistern: line(5.2),
            mamillopontine_distance: Measured::NotAssessable,
        },
    };
    let text = sheet.to_json()?;
    let wrong = text.replace("\"present\"", "\"perhaps\"");
    let what = "a sign that is neither present nor absent";
    Ok([
        same(place, kind, Sheet::from_json(&text), &sheet),
        refused(place, kind, what, Sheet::from_json(&wrong)),
    ])
}

fn protocols(place: &Place) -> anyhow::Result<[FileCheck; 2]> {
    let kind = "protocol of a study";
    let protocol = Protocol::reflux(&["Rater A".to_owned(), "Rater B".to_owned()]);
    let text = protocol.to_toml()?;
    let file = Path::new("plan.toml");
    let wrong = text.replace("installments = 2", "installments = 0");
    Ok([
        same(place, kind, Protocol::decode(&text, file), &protocol),
        refused(
            place,
            kind,
            "no installment",
            Protocol::decode(&wrong, file),
        ),
    ])
}

fn cases(place: &Place) -> FileCheck {
    let text = "patient,arm,image\n1,real,a.nii\n1,real,b.nii\n";
    let opened = decode_cases(text.as_bytes(), Path::new("cases.csv"));
    let what = "a patient and an arm that are listed twice";
    refused(place, "list of cases", what, opened)
}
