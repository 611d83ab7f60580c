//! The numbers, names and colours that FreeSurfer gives to regions, and SynthSeg after it.

/// Commoner labels: number, name, and red, green and blue.
const LABELS: [(u32, &str, [u8; 3]); 46] = [
    (2, "Left-Cerebral-White-Matter", [245, 245, 245]),
    (3, "Left-Cerebral-Cortex", [205, 62, 78]),
    (4, "Left-Lateral-Ventricle", [120, 18, 134]),
    (5, "Left-Inf-Lat-Vent", [196, 58, 250]),
    (7, "Left-Cerebellum-White-Matter", [220, 248, 164]),
    (8, "Left-Cerebellum-Cortex", [230, 148, 34]),
    (10, "Left-Thalamus", [0, 118, 14]),
    (11, "Left-Caudate", [122, 186, 220]),
    (12, "Left-Putamen", [236, 13, 176]),
    (13, "Left-Pallidum", [12, 48, 255]),
    (14, "3rd-Ventricle", [204, 182, 142]),
    (15, "4th-Ventricle", [42, 204, 164]),
    (16, "Brain-Stem", [119, 159, 176]),
    (17, "Left-Hippocampus", [220, 216, 20]),
    (18, "Left-Amygdala", [103, 255, 255]),
    (24, "CSF", [60, 60, 60]),
    (26, "Left-Accumbens-area", [255, 165, 0]),
    (28, "Left-VentralDC", [165, 42, 42]),
    (30, "Left-vessel", [160, 32, 240]),
    (31, "Left-choroid-plexus", [0, 200, 200]),
    (41, "Right-Cerebral-White-Matter", [245, 245, 245]),
    (42, "Right-Cerebral-Cortex", [205, 62, 78]),
    (43, "Right-Lateral-Ventricle", [120, 18, 134]),
    (44, "Right-Inf-Lat-Vent", [196, 58, 250]),
    (46, "Right-Cerebellum-White-Matter", [220, 248, 164]),
    (47, "Right-Cerebellum-Cortex", [230, 148, 34]),
    (49, "Right-Thalamus", [0, 118, 14]),
    (50, "Right-Caudate", [122, 186, 220]),
    (51, "Right-Putamen", [236, 13, 176]),
    (52, "Right-Pallidum", [13, 48, 255]),
    (53, "Right-Hippocampus", [220, 216, 20]),
    (54, "Right-Amygdala", [103, 255, 255]),
    (58, "Right-Accumbens-area", [255, 165, 0]),
    (60, "Right-VentralDC", [165, 42, 42]),
    (62, "Right-vessel", [160, 32, 240]),
    (63, "Right-choroid-plexus", [0, 200, 221]),
    (77, "WM-hypointensities", [200, 70, 255]),
    (85, "Optic-Chiasm", [234, 169, 30]),
    (98, "Dura", [160, 32, 240]),
    (122, "CSF-SA", [74, 255, 74]),
    (251, "CC_Posterior", [0, 0, 64]),
    (252, "CC_Mid_Posterior", [0, 0, 112]),
    (253, "CC_Central", [0, 0, 160]),
    (254, "CC_Mid_Anterior", [0, 0, 208]),
    (255, "CC_Anterior", [0, 0, 255]),
    (257, "CSF-ExtraCerebral", [60, 60, 60]),
];

/// The parcels of the cortex by Desikan and Killiany, from 0: name and colour. Those of the left
/// cortex begin at 1000, of the right at 2000, of the white matter below them at 3000 and 4000.
const PARCELS: [(&str, [u8; 3]); 36] = [
    ("unknown", [25, 5, 25]),
    ("bankssts", [25, 100, 40]),
    ("caudalanteriorcingulate", [125, 100, 160]),
    ("caudalmiddlefrontal", [100, 25, 0]),
    ("corpuscallosum", [120, 70, 50]),
    ("cuneus", [220, 20, 100]),
    ("entorhinal", [220, 20, 10]),
    ("fusiform", [180, 220, 140]),
    ("inferiorparietal", [220, 60, 220]),
    ("inferiortemporal", [180, 40, 120]),
    ("isthmuscingulate", [140, 20, 140]),
    ("lateraloccipital", [20, 30, 140]),
    ("lateralorbitofrontal", [35, 75, 50]),
    ("lingual", [225, 140, 140]),
    ("medialorbitofrontal", [200, 35, 75]),
    ("middletemporal", [160, 100, 50]),
    ("parahippocampal", [20, 220, 60]),
    ("paracentral", [60, 220, 60]),
    ("parsopercularis", [220, 180, 140]),
    ("parsorbitalis", [20, 100, 50]),
    ("parstriangularis", [220, 60, 20]),
    ("pericalcarine", [120, 100, 60]),
    ("postcentral", [220, 20, 20]),
    ("posteriorcingulate", [220, 180, 220]),
    ("precentral", [60, 20, 220]),
    ("precuneus", [160, 140, 180]),
    ("rostralanteriorcingulate", [80, 20, 140]),
    ("rostralmiddlefrontal", [75, 50, 125]),
    ("superiorfrontal", [20, 220, 160]),
    ("superiorparietal", [20, 180, 140]),
    ("superiortemporal", [140, 220, 220]),
    ("supramarginal", [80, 160, 20]),
    ("frontalpole", [100, 0, 100]),
    ("temporalpole", [70, 70, 70]),
    ("transversetemporal", [150, 150, 200]),
    ("insula", [255, 192, 32]),
];

/// The name of a label, where it is a common one.
#[must_use]
pub fn freesurfer_name(label: u32) -> Option<String> {
    if let Some((family, (name, _))) = parcel(label) {
        return Some(format!("{family}-{name}"));
    }
    let found = LABELS.binary_search_by_key(&label, |(number, ..)| *number);
    found.ok().map(|at| LABELS[at].1.to_owned())
}

/// The colour of a label, where it is a common one.
#[must_use]
pub fn freesurfer_colour(label: u32) -> Option<[u8; 3]> {
    let found = LABELS.binary_search_by_key(&label, |(number, ..)| *number);
    let of_label = found.ok().map(|at| LABELS[at].2);
    of_label.or_else(|| parcel(label).map(|(_, (_, colour))| colour))
}

fn parcel(label: u32) -> Option<(&'static str, (&'static str, [u8; 3]))> {
    let family = match label / 1000 {
        1 => "ctx-lh",
        2 => "ctx-rh",
        3 => "wm-lh",
        4 => "wm-rh",
        _ => return None,
    };
    let parcel = PARCELS.get((label % 1000) as usize)?;
    Some((family, *parcel))
}
