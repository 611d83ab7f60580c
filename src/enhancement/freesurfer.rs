//! The numbers, names and colours that FreeSurfer gives to regions, and SynthSeg after it.

/// Commoner labels: number, name, and red, green and blue.
const LABELS: [(u32, &str, u32); 46] = [
    (2, "Left-Cerebral-White-Matter", 0xf5_f5_f5),
    (3, "Left-Cerebral-Cortex", 0xcd_3e_4e),
    (4, "Left-Lateral-Ventricle", 0x78_12_86),
    (5, "Left-Inf-Lat-Vent", 0xc4_3a_fa),
    (7, "Left-Cerebellum-White-Matter", 0xdc_f8_a4),
    (8, "Left-Cerebellum-Cortex", 0xe6_94_22),
    (10, "Left-Thalamus", 0x00_76_0e),
    (11, "Left-Caudate", 0x7a_ba_dc),
    (12, "Left-Putamen", 0xec_0d_b0),
    (13, "Left-Pallidum", 0x0c_30_ff),
    (14, "3rd-Ventricle", 0xcc_b6_8e),
    (15, "4th-Ventricle", 0x2a_cc_a4),
    (16, "Brain-Stem", 0x77_9f_b0),
    (17, "Left-Hippocampus", 0xdc_d8_14),
    (18, "Left-Amygdala", 0x67_ff_ff),
    (24, "CSF", 0x3c_3c_3c),
    (26, "Left-Accumbens-area", 0xff_a5_00),
    (28, "Left-VentralDC", 0xa5_2a_2a),
    (30, "Left-vessel", 0xa0_20_f0),
    (31, "Left-choroid-plexus", 0x00_c8_c8),
    (41, "Right-Cerebral-White-Matter", 0xf5_f5_f5),
    (42, "Right-Cerebral-Cortex", 0xcd_3e_4e),
    (43, "Right-Lateral-Ventricle", 0x78_12_86),
    (44, "Right-Inf-Lat-Vent", 0xc4_3a_fa),
    (46, "Right-Cerebellum-White-Matter", 0xdc_f8_a4),
    (47, "Right-Cerebellum-Cortex", 0xe6_94_22),
    (49, "Right-Thalamus", 0x00_76_0e),
    (50, "Right-Caudate", 0x7a_ba_dc),
    (51, "Right-Putamen", 0xec_0d_b0),
    (52, "Right-Pallidum", 0x0d_30_ff),
    (53, "Right-Hippocampus", 0xdc_d8_14),
    (54, "Right-Amygdala", 0x67_ff_ff),
    (58, "Right-Accumbens-area", 0xff_a5_00),
    (60, "Right-VentralDC", 0xa5_2a_2a),
    (62, "Right-vessel", 0xa0_20_f0),
    (63, "Right-choroid-plexus", 0x00_c8_dd),
    (77, "WM-hypointensities", 0xc8_46_ff),
    (85, "Optic-Chiasm", 0xea_a9_1e),
    (98, "Dura", 0xa0_20_f0),
    (122, "CSF-SA", 0x4a_ff_4a),
    (251, "CC_Posterior", 0x00_00_40),
    (252, "CC_Mid_Posterior", 0x00_00_70),
    (253, "CC_Central", 0x00_00_a0),
    (254, "CC_Mid_Anterior", 0x00_00_d0),
    (255, "CC_Anterior", 0x00_00_ff),
    (257, "CSF-ExtraCerebral", 0x3c_3c_3c),
];

/// The parcels of the cortex by Desikan and Killiany, from 0: name and colour. Those of the left
/// cortex begin at 1000, of the right at 2000, of the white matter below them at 3000 and 4000.
const PARCELS: [(&str, u32); 36] = [
    ("unknown", 0x19_05_19),
    ("bankssts", 0x19_64_28),
    ("caudalanteriorcingulate", 0x7d_64_a0),
    ("caudalmiddlefrontal", 0x64_19_00),
    ("corpuscallosum", 0x78_46_32),
    ("cuneus", 0xdc_14_64),
    ("entorhinal", 0xdc_14_0a),
    ("fusiform", 0xb4_dc_8c),
    ("inferiorparietal", 0xdc_3c_dc),
    ("inferiortemporal", 0xb4_28_78),
    ("isthmuscingulate", 0x8c_14_8c),
    ("lateraloccipital", 0x14_1e_8c),
    ("lateralorbitofrontal", 0x23_4b_32),
    ("lingual", 0xe1_8c_8c),
    ("medialorbitofrontal", 0xc8_23_4b),
    ("middletemporal", 0xa0_64_32),
    ("parahippocampal", 0x14_dc_3c),
    ("paracentral", 0x3c_dc_3c),
    ("parsopercularis", 0xdc_b4_8c),
    ("parsorbitalis", 0x14_64_32),
    ("parstriangularis", 0xdc_3c_14),
    ("pericalcarine", 0x78_64_3c),
    ("postcentral", 0xdc_14_14),
    ("posteriorcingulate", 0xdc_b4_dc),
    ("precentral", 0x3c_14_dc),
    ("precuneus", 0xa0_8c_b4),
    ("rostralanteriorcingulate", 0x50_14_8c),
    ("rostralmiddlefrontal", 0x4b_32_7d),
    ("superiorfrontal", 0x14_dc_a0),
    ("superiorparietal", 0x14_b4_8c),
    ("superiortemporal", 0x8c_dc_dc),
    ("supramarginal", 0x50_a0_14),
    ("frontalpole", 0x64_00_64),
    ("temporalpole", 0x46_46_46),
    ("transversetemporal", 0x96_96_c8),
    ("insula", 0xff_c0_20),
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
    let [_, r, g, b] = of_label
        .or_else(|| parcel(label).map(|(_, (_, colour))| colour))?
        .to_be_bytes();
    Some([r, g, b])
}

fn parcel(label: u32) -> Option<(&'static str, (&'static str, u32))> {
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
