//! Whole examinations, from a data set with the head in other places to one on one grid.

use super::{AFTER, BEFORE, Patient, error_mm, pose};
use cisterna::formats::bids::t1w_scans;
use cisterna::formats::{self, Voxels, no_progress, write_nifti};
use cisterna::models::DeviceChoice;
use cisterna::phantom::{Head, Region, cohort, scan_without_tracer};
use cisterna::registration::{Between, Kernel, open_transform};
use cisterna::volume::Volume;
use cisterna::workflows::{ExamineRequest, ExaminedPatient, Outcome, examine, ignore_notices};
use std::path::{Path, PathBuf};

fn write(root: &Path, subject: &str, session: &str, hours: Option<f64>, scan: &Volume) -> PathBuf {
    let anat = root.join(format!("sub-{subject}/ses-{session}/anat"));
    std::fs::create_dir_all(&anat).unwrap();
    let stem = format!("sub-{subject}_ses-{session}_T1w");
    let path = anat.join(format!("{stem}.nii"));
    write_nifti(
        &path,
        scan.grid(),
        scan.orientation(),
        Voxels::F32(scan.values()),
    )
    .unwrap();
    if let Some(hours) = hours {
        let sidecar = format!("{{\"HoursAfterInjection\": {hours}, \"EchoTime\": 0.0024}}");
        std::fs::write(anat.join(format!("{stem}.json")), sidecar).unwrap();
    }
    path
}

fn run(data: &Path, output: &Path) -> Vec<ExaminedPatient> {
    let sources = [data.to_owned()];
    let request = ExamineRequest {
        sources: &sources,
        output,
        injected: None,
        series: &[],
        labels: None,
        erode: Some(0),
        kernel: Kernel::Linear,
        predicts: false,
        device: DeviceChoice::Cpu,
    };
    examine(&request, &ignore_notices).unwrap()
}

#[track_caller]
fn check_failed(one: &ExaminedPatient, subject: &str, why: &str) {
    assert_eq!(one.subject, subject);
    match &one.outcome {
        Outcome::Failed(told) => assert!(told.contains(why), "{told}"),
        other => panic!("sub-{subject} is {other:?}"),
    }
}

#[test]
fn an_examination_lies_on_one_grid_and_failures_stop_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (data, output) = (folder.path().join("data"), folder.path().join("out"));
    let fixed = pose([1.0, -2.0, 0.5], [0.5, -1.0, 2.0]);
    let moved = pose([-4.0, 3.0, 5.0], [4.0, -3.0, 5.0]);
    let first = BEFORE.scan(&fixed, 2.5, 0.0);
    let second = AFTER.scan(&moved, 2.5, 0.1);
    write(&data, "1", "a", Some(0.0), &first);
    write(&data, "1", "b", Some(24.0), &second);
    // One scan; another person's; no time.
    write(&data, "2", "a", Some(0.0), &first);
    write(&data, "3", "a", Some(0.0), &first);
    let other = Patient {
        number: 1.4,
        tracer: 0.0,
    };
    write(&data, "3", "b", Some(24.0), &other.scan(&fixed, 2.5, 0.0));
    write(&data, "4", "a", None, &first);
    write(&data, "4", "b", Some(24.0), &first);
    let table = "participant_id\tdiagnosis\nsub-1\tiNPH\nsub-2\tREF\nsub-3\tREF\nsub-4\tREF\n";
    std::fs::write(data.join("participants.tsv"), table).unwrap();
    let description = "{\"Name\": \"Heads\", \"BIDSVersion\": \"1.9.0\"}";
    std::fs::write(data.join("dataset_description.json"), description).unwrap();

    let examined = run(&data, &output);
    assert_eq!(examined.len(), 4);
    assert_eq!(examined[0].outcome, Outcome::Done, "{examined:?}");
    check_failed(&examined[1], "2", "one scan only");
    check_failed(&examined[2], "3", "cannot be registered");
    check_failed(&examined[3], "4", "nothing says when");

    // What training and evaluation will see.
    let (scans, remarks) = t1w_scans(&output).unwrap();
    assert!(remarks.is_empty(), "{remarks:?}");
    let seen: Vec<_> = scans
        .iter()
        .filter(|scan| scan.subject == "1")
        .map(|scan| scan.hours_after_injection)
        .collect();
    assert_eq!(seen, [Some(0.0), Some(24.0)]);
    let conformed = formats::open(&scans[1].path, 0, &no_progress).unwrap();
    assert_eq!(conformed.volume.grid().dims(), [256; 3]);
    let sidecar = std::fs::read_to_string(scans[1].path.with_extension("").with_extension("json"));
    assert!(sidecar.unwrap().contains("\"EchoTime\": 0.0024"));
    let participants = std::fs::read_to_string(output.join("participants.tsv")).unwrap();
    assert!(participants.contains("sub-1\tiNPH"), "{participants}");

    // How it was moved, as another program would take it.
    let transform = output
        .join("sub-1/ses-02/anat")
        .join("sub-1_ses-02_from-T1w_to-ses01_mode-image_xfm.txt");
    let between = Between {
        fixed: first.grid(),
        moving: second.grid(),
    };
    let found = open_transform(&transform, between, None).unwrap();
    let error = error_mm(&found, &fixed, &moved);
    assert!(error < 0.1, "{error} mm");
    let record = std::fs::read_to_string(output.join("sub-1/sub-1_examination.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["sessions"][1]["hours"], 24.0);
    assert!(
        record["sessions"][1]["moved_mm"].as_f64().unwrap() > 5.0,
        "{record}"
    );

    // Nothing is left of those that failed, which a training would take for examined.
    assert!(!output.join("sub-3").exists());

    // Again: what was done is kept, and what failed fails for the same reason.
    let again = run(&data, &output);
    assert_eq!(again[0].outcome, Outcome::Kept);
    check_failed(&again[2], "3", "cannot be registered");
    let log = std::fs::read_to_string(output.join("examination.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 8, "{log}");

    // A folder with something else in it is left alone.
    let sources = [data.clone()];
    let request = ExamineRequest {
        sources: &sources,
        output: &data,
        injected: None,
        series: &[],
        labels: None,
        erode: Some(0),
        kernel: Kernel::Linear,
        predicts: false,
        device: DeviceChoice::Cpu,
    };
    let refused = examine(&request, &ignore_notices).unwrap_err().to_string();
    assert!(refused.contains("holds no examination"), "{refused}");
}

/// A drawn head, and the same with a third more signal in its cortex, elsewhere and with another gain:
/// what the tables say of it.
#[test]
fn an_examination_ends_in_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (data, output) = (folder.path().join("data"), folder.path().join("out"));
    let patient = &cohort(1, 12, None)[0];
    let head = Head::draw(patient, 2);
    let counts = scan_without_tracer(&head, patient);
    let is_cortex: Vec<bool> = (head.regions.iter())
        .map(|&label| {
            [Region::CortexLeft, Region::CortexRight]
                .iter()
                .any(|&r| r as u8 == label)
        })
        .collect();
    let enhanced = counts.iter().zip(&is_cortex).map(|(&v, &is)| {
        let gain = if is { 1.25 * 4.0 / 3.0 } else { 1.25 };
        gain * f32::from(v)
    });
    let enhanced = Volume::new(head.grid.clone(), enhanced.collect()).unwrap();
    let before = Volume::new(
        head.grid.clone(),
        counts.iter().copied().map(f32::from).collect(),
    )
    .unwrap();
    let moved = enhanced
        .placed(&pose([3.0, -4.0, 2.0], [2.0, 3.0, -2.0]).to_homogeneous())
        .unwrap();
    write(&data, "1", "a", Some(0.0), &before);
    write(&data, "1", "b", Some(24.0), &moved);
    let labels = data.join("derivatives/drawn/sub-1/anat");
    std::fs::create_dir_all(&labels).unwrap();
    write_nifti(
        &labels.join("sub-1_dseg.nii.gz"),
        &head.grid,
        before.orientation(),
        Voxels::U8(&head.regions),
    )
    .unwrap();
    let rows: String = Region::ALL
        .iter()
        .map(|&region| format!("{}\t{}\n", region as u8, region.name()))
        .collect();
    std::fs::write(
        data.join("derivatives/drawn/dseg.tsv"),
        format!("index\tname\n{rows}"),
    )
    .unwrap();
    let description = "{\"Name\": \"Heads\", \"BIDSVersion\": \"1.9.0\"}";
    std::fs::write(data.join("dataset_description.json"), description).unwrap();

    let examined = run(&data, &output);
    assert_eq!(examined[0].outcome, Outcome::Done, "{examined:?}");
    let quantities = output.join("derivatives/quantities");
    let table = std::fs::read_to_string(quantities.join("regions.tsv")).unwrap();
    let columns: Vec<&str> = table.lines().next().unwrap().split('\t').collect();
    let column = |name: &str| {
        let at = columns.iter().position(|column| *column == name);
        at.unwrap_or_else(|| panic!("{name} is none of {columns:?}"))
    };
    let change = |region: &str| -> f64 {
        let rows = table
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>());
        let mut of = rows.filter(|row| {
            row[column("region")] == region
                && row[column("quantity")] == "percent_change"
                && row[column("hours")] == "24"
        });
        of.next().unwrap_or_else(|| panic!("{region}: {table}"))[column("median")]
            .parse()
            .unwrap()
    };
    // Cortex is thin, and its voxels share others' signal after the scans were resampled.
    assert!((change("cortex") - 33.3).abs() < 3.0, "{table}");
    assert!(change("white").abs() < 1.0, "{table}");
    let provenance = std::fs::read_to_string(quantities.join("quantify.json")).unwrap();
    assert!(
        provenance.contains("registered to the first"),
        "{provenance}"
    );

    // Again, nothing is measured anew, also where a scan is away for a day; at another hour it is.
    let written = || {
        quantities
            .join("quantify.json")
            .metadata()
            .unwrap()
            .modified()
            .unwrap()
    };
    let first = written();
    assert_eq!(run(&data, &output)[0].outcome, Outcome::Kept);
    assert_eq!(written(), first);
    let [there, away] = ["sub-1/ses-b", "away"].map(|name| data.join(name));
    std::fs::rename(&there, &away).unwrap();
    check_failed(&run(&data, &output)[0], "1", "an earlier run made is left");
    assert_eq!(written(), first);
    std::fs::rename(&away, &there).unwrap();
    write(&data, "1", "b", Some(25.0), &moved);
    assert_eq!(run(&data, &output)[0].outcome, Outcome::Done);
    let table = std::fs::read_to_string(quantities.join("regions.tsv")).unwrap();
    assert!(
        table.contains("ses-02\t25\t") && !table.contains("ses-02\t24\t"),
        "{table}"
    );
}
