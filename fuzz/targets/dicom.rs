//! DICOM: one file, a zip, a folder of two files, and a DICOMDIR with a file beside it.
#![no_main]

use cisterna::formats::{no_progress, series};
use cisterna_fuzz::{Scratch, halves, look_at_image, seeds, split};
use libfuzzer_sys::fuzz_target;

/// Decoders of others, whose panics on damaged pixels the program takes for a refusal.
const GUARDED: [&str; 2] = ["hayro-jpeg2000", "jpeg-decoder"];

/// Stops at a panic, as libFuzzer's own hook does, except at those that are caught.
fn stop_at_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let file = panic.location().map_or("", |at| at.file());
        if !GUARDED.iter().any(|name| file.contains(name)) {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
}

fn prepare() {
    stop_at_panics();
    seeds::write(seeds::dicom);
}

fuzz_target!(init: prepare(), |data: &[u8]| {
    let Some((choice, file)) = split(data) else {
        return;
    };
    let scratch = Scratch::new();
    let path = match choice % 4 {
        0 => scratch.write("a.dcm", file),
        1 => scratch.write("a.zip", file),
        2 => {
            let (first, second) = halves(file);
            let _ = scratch.write("IM1", first);
            let _ = scratch.write("IM2", second);
            scratch.path().to_owned()
        }
        _ => {
            let (list, image) = halves(file);
            let _ = scratch.write("IM1", image);
            scratch.write("DICOMDIR", list)
        }
    };
    look_at_image(&path);
    if let Ok(scan) = series(&path, &no_progress) {
        for series in &scan.series {
            // Who was scanned; told on request only.
            let _ = series.identity();
        }
    }
});
