//! Measurements on a scan: distances, angles and regions.
#![no_main]

use cisterna::workflows::{MeasureShape, OpenedMeasures};
use cisterna_fuzz::seeds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::write(seeds::measures), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(opened) = OpenedMeasures::from_json(text) else {
        return;
    };
    for measure in &opened.measures {
        if let MeasureShape::Region(region) = &measure.shape
            && let Some(area) = region.outline.area_mm2()
        {
            assert!(area.is_finite() && area >= 0.0, "an area of {area}");
        }
    }
});
