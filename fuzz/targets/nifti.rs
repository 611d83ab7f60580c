//! NIfTI and Analyze: one file under each ending, and pairs.
#![no_main]

use cisterna_fuzz::{Scratch, halves, look_at_image, seeds, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::write(seeds::nifti), |data: &[u8]| {
    let Some((choice, file)) = split(data) else {
        return;
    };
    let scratch = Scratch::new();
    let path = match choice % 5 {
        0 => scratch.write("a.nii", file),
        1 => scratch.write("a.nii.gz", file),
        2 => scratch.write("a.nii.zst", file),
        3 => {
            let (header, voxels) = file.split_at(file.len().min(348));
            let _ = scratch.write("a.img", voxels);
            scratch.write("a.hdr", header)
        }
        _ => {
            let (header, voxels) = halves(file);
            let _ = scratch.write("a.hdr", header);
            scratch.write("a.img", voxels)
        }
    };
    look_at_image(&path);
});
