//! Sessions of the viewer.
#![no_main]

use cisterna::app::Session;
use cisterna_fuzz::seeds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::write(seeds::session), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(session) = Session::from_json(text) else {
        return;
    };
    let written = session.to_json().expect("a session has a text");
    let again = Session::from_json(&written);
    assert_eq!(again.expect("what is written is opened"), session);
});
