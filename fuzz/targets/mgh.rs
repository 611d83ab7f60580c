//! FreeSurfer's MGH and MGZ.
#![no_main]

use cisterna_fuzz::{Scratch, look_at_image, seeds, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::write(seeds::mgh), |data: &[u8]| {
    let Some((choice, file)) = split(data) else {
        return;
    };
    let name = ["a.mgh", "a.mgz", "a.mgh.gz"][usize::from(choice % 3)];
    let scratch = Scratch::new();
    look_at_image(&scratch.write(name, file));
});
