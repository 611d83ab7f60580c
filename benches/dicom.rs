//! A DICOM head from its zip, beside `dcm2niix` on the same files unpacked, where that program can
//! be run. The files are those of the test data; without them there is nothing to measure.
//!
//! Quote the ratio of the two on one machine, never a time alone.

use cisterna::formats::{self, PixelScaling, no_progress};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const HEAD: &str = "data/dicom_large/neurolabusc+dcm_qa_uih/t1_gre_fsp_3d_sag__132750.zip";

fn head_in_a_zip(c: &mut Criterion) {
    let shared = std::env::var_os("CISTERNA_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let zip = shared.join(HEAD);
    if !zip.exists() {
        eprintln!("skipped: no test data at {}", zip.display());
        return;
    }
    let mut group = c.benchmark_group("dicom");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .measurement_time(Duration::from_secs(20));
    group.bench_function("open from the zip", |b| {
        b.iter_with_large_drop(|| {
            formats::open(&zip, 0, &no_progress).expect("the head of the test data")
        });
    });
    group.bench_function("list the zip", |b| {
        b.iter_with_large_drop(|| {
            formats::catalogue(std::slice::from_ref(&zip), &no_progress)
                .expect("the head of the test data")
        });
    });
    let listed = formats::catalogue(std::slice::from_ref(&zip), &no_progress)
        .expect("the head of the test data");
    group.bench_function("open from the list", |b| {
        b.iter_with_large_drop(|| {
            let place = &listed.entries[0].place;
            place
                .open(0, PixelScaling::default(), &no_progress)
                .expect("the head of the test data")
        });
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (files, out) = (folder.path().join("files"), folder.path().join("out"));
    let unpacked = run(Command::new("unzip")
        .arg("-q")
        .arg(&zip)
        .arg("-d")
        .arg(&files));
    std::fs::create_dir(&out).expect("a folder in the temporary folder");
    if !unpacked || !run(&mut peer(&files, &out)) {
        eprintln!("no peer: unzip or dcm2niix cannot be run");
        return;
    }
    group.bench_function("dcm2niix on the files", |b| {
        b.iter(|| run(&mut peer(&files, &out)));
    });
}

/// Uncompressed output, written over that of the time before.
fn peer(files: &Path, out: &Path) -> Command {
    let mut command = Command::new("dcm2niix");
    command.args(["-z", "n", "-b", "n", "-w", "1", "-f", "head", "-o"]);
    command.arg(out).arg(files);
    command
}

fn run(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

criterion_group!(benches, head_in_a_zip);
criterion_main!(benches);
