//! Tables, protocols, sessions and measurements.

use super::{Seed, seed};
use cisterna::study::{Conditions, DisplayRules, Protocol};

/// One for each reader of tables, in the order of the target's choices.
#[must_use]
pub fn csv() -> Vec<Seed> {
    const LONG: &str = "rater,patient,arm,grade,status,is_repeat,case_code\n\
        Anna,P1,real,0,graded,no,HJK234\nAnna,P2,real,3,corrected,no,HJK236\n\
        Bela,P1,real,1,graded,no,HJK234\nBela,P2,real,3,graded,yes,HJK236\n\
        Bela,P2,REAL,4,graded,no,HJK237\nAnna,P1,L1,2,graded,,\nBela,P1,L1,2,,,\n\
        Anna,P2,L1,,cannot_grade,,\nAnna,P2,L1,4,replaced,,\n";
    const WIDE: &str = "\u{feff}A,B,C\r\n1,2,1\r\n2,2,\r\n3.5,3,3\r\n4,4,-4\r\n,1,1\r\n";
    const OTHER: &str = "reader,treatment,case,truth,rating\n\
        1,a,1,0,1\n1,b,1,0,3\n2,a,1,0,2\n2,b,1,0,3\n1,a,2,1,4\n1,b,2,1,5\n2,a,2,1,4\n2,b,2,1,2\n\
        1,a,3,no,1\n1,b,3,no,2\n2,a,3,,1\n2,b,3,yes,2\n1,a,4,true,5\n1,b,4,1,4\n2,a,4,1,4\n2,b,4,1,5\n";
    const CASES: &str = "patient,arm,image,sagittal_image,axial_mm,sagittal_mm,training\n\
        P1,real,1.nii,,12.5,-3,\nP1,L1,\"1, L1.nii\",1s.nii,,,\nP2,real,2.nii,,,,\nP2,L1,3.nii,,,,\n\
        P9,real,9.nii,,,,3\n";
    const PLANES: &str = "participant_id,axial_mm,sagittal_mm\nsub-01,12.5,\n02,,-3e1\n";
    let texts = [LONG, WIDE, OTHER, OTHER, OTHER, CASES, PLANES];
    let named = (0..).zip(texts);
    named
        .map(|(choice, text)| seed(&choice.to_string(), choice, text.as_bytes()))
        .collect()
}

/// The tracer study's, and one with every field.
#[must_use]
pub fn protocol() -> Vec<Seed> {
    let raters = ["Anna".to_owned(), "Bela".to_owned()];
    let usual = Protocol::reflux(&raters);
    let full = Protocol {
        installments: 3,
        repeats: 2,
        margin: Some(0.1),
        simulated_raters: true,
        seed: Some(7),
        reading: Conditions {
            confidence: true,
            ..Conditions::default()
        },
        display: DisplayRules { test: true },
        ..usual.clone()
    };
    let long = Protocol {
        installments: 100,
        ..usual.clone()
    };
    let named = [("usual", usual), ("full", full), ("long", long)].into_iter();
    let text = |protocol: &Protocol| protocol.to_toml().expect("a protocol has a text");
    let seeds = named.map(|(name, protocol)| (name.to_owned(), text(&protocol).into_bytes()));
    seeds.collect()
}

/// One with a scan that was moved, a mask, a line and a worksheet.
#[must_use]
pub fn session() -> Vec<Seed> {
    const STYLE: &str = r#"{"window":[0.0,1.0],"colormap":"gray","invert":false,"opacity":1.0,
        "interpolation":"linear","cut_below":false,"follows_value":false,"labels":null}"#;
    const LABELS: &str = r#"{"window":[0.0,1.0],"colormap":"gray","invert":false,"opacity":1.0,
        "interpolation":"nearest","cut_below":false,"follows_value":false,
        "labels":{"outline_px":1.0,"outline_opacity":1.0}}"#;
    let source = format!(r#"{{"paths":["a.nii"],"sha256":"{}"}}"#, "ab".repeat(32));
    let rows = "[[1,0,0,2],[0,1,0,0],[0,0,1,0],[0,0,0,1]]";
    let plane = r#"{"zoom":1.0,"pan_mm":[0,0,0]}"#;
    let line = r#""from_mm":[0,0,0],"to_mm":[1,2,3]"#;
    let text = format!(
        r#"{{"format":"cisterna-session-3","made_by":"cisterna","saved_at":"2026-05-04T10:20:30Z",
        "scans":[{{"source":{source},"volume":0,"scaling":"rescaled","hours":1.5,"visible":true,
            "style":{STYLE},"looks":[{{"layout":"compare","visible":true,"style":{STYLE}}}],
            "is_labels":false,"label_table":{source},"placement":{{"found":{rows},
            "moved_mm":[0,0,1],"turned":[0,0,0,1],"alignment":{{"first":"b.nii","outcome":
            {{"found":{{"first_from_moving":{rows},"moved_mm":1,"rotated_deg":2,"doubts":["x"]}}}}}}}},
            "planes":[{plane},{plane},{plane}]}}],
        "selected":0,
        "view":{{"layout":"planes","active":"axial","maximised":null,"convention":"radiological",
            "crosshair_mm":[0,0,0],"show_crosshair":true,"side_open":true,"before_alignment":false,
            "planes":[{plane},{plane},{plane}],"one_scan":0,"frames_per_second":3,
            "histogram_open":false,"curve_open":false,"measures_open":false}},
        "difference":{{"signed":false,"style":{STYLE}}},
        "compare":{{"first":0,"second":null,"mode":"beside","link":"own","same_zoom":false,"swipe":0.5,
            "square_mm":20,"changes_per_second":1,"fade":0.5}},
        "prediction":{{"network":"pre-l2","scans":[{{"interval":"pre","scan":0}}],"shown":["pre-l2"],
            "exchanged":false,"windows":[[0,1],[0,1]],"difference":{{"signed":false,"style":{STYLE}}}}},
        "regions":{{"open":false,"quantity":"fat_units","chosen":
            [{{"region":"a","label":1,"group":"cortex"}}],"at_crosshair":true,"measured":false}},
        "rulers":{{"lines":[{{"number":1,{line}}}],"chosen":1,"last_number":1}},
        "angles":{{"angles":[{{"number":1,"points_mm":[[0,0,0],[1,0,0],[1,2,0]]}}],"chosen":1,
            "last_number":1}},
        "rois":{{"regions":[{{"number":1,"name":"a","region":{{"plane":"axial","at_mm":1,
            "thickness_mm":2,"outline":{{"ellipse":{{"middle":[0,0],"radii":[1,2]}}}}}}}}],"chosen":1,
            "last_number":1}},
        "worksheets":{{"open":true,"shown":0,"all":[{{"scan":0,"reader":"A","lengths":
            [{{"by":{{{line}}}}},"not_assessable",null],"signs":["present",null,null],
            "signed":{{"any":1}},"saved":"b.json"}}]}},
        "mask":{{"scan":0,"open":true,"threshold":0.5,"left_out_mm3":0,"brush_mm":2,"by":"A",
            "order":"volume","chosen":1,"style":{LABELS},"put_in":"0+2 7+1","taken_out":"","changed":true,
            "saved":null}},
        "network":{{"open":false,"chosen":"leak-sfcn","file":null,"strongest_percent":1}},
        "not_kept":["x"]}}"#
    );
    vec![("whole".to_owned(), text.into_bytes())]
}

/// A line, an angle and a region of each shape, one of which crosses itself.
#[must_use]
pub fn measures() -> Vec<Seed> {
    let region = r#""kind":"region","number":1,"name":"a","plane":"axial","normal":[0,0,1],"thickness_mm":2"#;
    let text = format!(
        r#"{{"format":"cisterna-measures-1","made_by":"cisterna","scan":{{"name":"a.nii","sha256":"{}",
        "volume":0,"scaling":"rescaled","unit":null,"shown_from_filed":
            [[1,0,0,2],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}},
        "measures":[
        {{"kind":"ruler","number":1,"name":"r","points_mm":[[0,0,0],[1,2,2]],"length_mm":3}},
        {{"kind":"angle","number":1,"name":"w","points_mm":[[1,0,0],[0,0,0],[0,1,0]],"angle_deg":90}},
        {{{region},"shape":"ellipse","points_mm":[[-2,-1,3],[2,1,3]],"values":{{"area_mm2":6.28,
            "volume_mm3":14,"voxels":7,"not_finite":0,"mean":1,"sd_n_minus_1":0.5,"median":1,"min":0,
            "max":2,"remark":""}}}},
        {{{region},"shape":"rectangle","points_mm":[[-2,-1,3],[2,1,3]]}},
        {{{region},"shape":"freehand","points_mm":[[-5,-5,0],[5,5,0],[5,-5,0],[-5,5,0]]}}]}}"#,
        "ab".repeat(32)
    );
    vec![("whole".to_owned(), text.into_bytes())]
}
