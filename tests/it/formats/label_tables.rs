//! Tables that name and colour labels, as other programs write them, and label maps beside them.

use cisterna::formats::{self, LabelTable, bids, no_progress};
use cisterna::volume::LabelMap;
use cisterna::workflows::{LabelScheme, ToldBy};
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Number, name, and red, green, blue and opacity, where there is a colour.
type Row<'a> = (u32, &'a str, Option<[u8; 4]>);

#[track_caller]
fn check(name: &str, text: &str, expected: &[Row<'_>]) {
    let folder = tempfile::tempdir().unwrap();
    let table = LabelTable::open(&write(folder.path(), name, text)).unwrap();
    let found: Vec<Row<'_>> = table
        .names
        .iter()
        .map(|(id, name)| (*id, name.as_str(), table.colours.get(id).copied()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn tables_of_other_programs_are_told_by_what_stands_in_them() {
    // FreeSurfer: the last number is transparency, a seventh column may follow, the first counts.
    check(
        "lut.txt",
        "#No. Label Name:   R G B A\n\n0 Unknown 0 0 0 0\n2  Left-Cerebral-White-Matter  245 245 245 0\n\
         77 WM-hypointensities 200 70 255 255 5\n2 Again 1 2 3 0\n# a remark\nnot a label\n",
        &[
            (0, "Unknown", Some([0, 0, 0, 255])),
            (2, "Left-Cerebral-White-Matter", Some([245, 245, 245, 255])),
            (77, "WM-hypointensities", Some([200, 70, 255, 0])),
        ],
    );
    // ITK-SNAP: blanks in names, opacity from 0 to 1, and a label that is not to be seen.
    check(
        "seg.label",
        "# ITK-SnAP Label Description File\n    0     0    0    0        0  0  0    \"Clear Label\"\n\
         1   255    0    0        1  1  1    \"left lateral ventricle\"\n2 0 255 0 0.5 1 1 \"b\"\n3 9 9 9 1 0 1 \"hidden\"\n",
        &[
            (0, "Clear Label", Some([0, 0, 0, 0])),
            (1, "left lateral ventricle", Some([255, 0, 0, 255])),
            (2, "b", Some([0, 255, 0, 128])),
            (3, "hidden", Some([9, 9, 9, 0])),
        ],
    );
    check(
        "slicer.ctbl",
        "# Color table file /x.ctbl\n# 2 values\n1 gray_matter 128 174 128 255\n2 'white_matter' 241 214 145 255\n",
        &[
            (1, "gray matter", Some([128, 174, 128, 255])),
            (2, "white matter", Some([241, 214, 145, 255])),
        ],
    );
    check(
        "fsleyes.lut",
        "1 0.00000 0.93333 0.00000 Frontal Pole\n2 1.0 0.5 0.0 Insular Cortex\n",
        &[
            (1, "Frontal Pole", Some([0, 238, 0, 255])),
            (2, "Insular Cortex", Some([255, 128, 0, 255])),
        ],
    );
    // AFNI: no colours; how many there are to be is wrong, as it may be.
    check(
        "atlas.niml.lt",
        "<VALUE_LABEL_DTABLE\n ni_type=\"2*String\"\n ni_dimen=\"7\" >\n \"1\" \"L Hippocampus\"\n \"12\" \"R Amygdala\"\n</VALUE_LABEL_DTABLE>\n",
        &[(1, "L Hippocampus", None), (12, "R Amygdala", None)],
    );
    check(
        "a_dseg.tsv",
        "name\tcolor\tindex\nGrey Matter\t#ff53bb\t1\nCSF\tn/a\t3\n",
        &[
            (1, "Grey Matter", Some([255, 83, 187, 255])),
            (3, "CSF", None),
        ],
    );
    // Opacity where FreeSurfer's have transparency: nothing would be seen.
    check(
        "opaque.txt",
        "0 none 0 0 0 0\n1 one 10 20 30 255\n",
        &[
            (0, "none", Some([0, 0, 0, 255])),
            (1, "one", Some([10, 20, 30, 255])),
        ],
    );
}

#[test]
fn what_is_no_table_of_labels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (text, word) in [
        ("# Color procedural file\n1 a 1 2 3 4\n", "continuous map"),
        ("nothing of the kind\n", "no label stands in it"),
    ] {
        let path = write(folder.path(), "x.txt", text);
        let error = LabelTable::open(&path).unwrap_err().to_string();
        assert!(error.contains(word) && error.ends_with("x.txt"), "{error}");
    }
}

/// A NIfTI file of int32, whose header names no labels.
fn int32_map(path: &Path, ids: &[i32]) {
    let mut bytes = vec![0_u8; 352];
    bytes[..4].copy_from_slice(&348_i32.to_le_bytes());
    for (at, n) in [3_i16, ids.len() as i16, 1, 1, 1, 1, 1, 1]
        .into_iter()
        .enumerate()
    {
        bytes[40 + 2 * at..42 + 2 * at].copy_from_slice(&n.to_le_bytes());
    }
    bytes[70..72].copy_from_slice(&8_i16.to_le_bytes());
    bytes[72..74].copy_from_slice(&32_i16.to_le_bytes());
    for at in 0..4 {
        bytes[76 + 4 * at..80 + 4 * at].copy_from_slice(&1_f32.to_le_bytes());
    }
    bytes[108..112].copy_from_slice(&352_f32.to_le_bytes());
    bytes[344..348].copy_from_slice(b"n+1\0");
    bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn numbers_beyond_what_a_float_holds_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allen.nii");
    let ids = [
        0,
        312_782_628,
        312_782_629,
        2_147_483_647,
        2_147_483_646,
        997,
    ];
    int32_map(&path, &ids);
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    let map = formats::open_labels(&path, None, &opened.volume, &no_progress).unwrap();
    let found: Vec<u32> = (0..ids.len())
        .map(|i| map.id_at([i, 0, 0]).unwrap())
        .collect();
    assert_eq!(found, ids.map(|id| id as u32));
    write(
        folder.path(),
        "allen.txt",
        "312782628 a 1 2 3 0\n2147483647 b 4 5 6 0\n",
    );
    let scheme = LabelScheme::of(&map, Some(&path), None).unwrap();
    assert_eq!(scheme.region(2_147_483_647).unwrap().name, "b");
    assert_eq!(
        scheme.colours[map.ids().binary_search(&312_782_628).unwrap()],
        [1, 2, 3, 255]
    );
    let remark = "3 of 5 labels have no name in the table";
    assert!(scheme.remarks[0].contains(remark), "{:?}", scheme.remarks);
    int32_map(&path, &[-5, 2_000_000_000]);
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    let error = formats::open_labels(&path, None, &opened.volume, &no_progress).unwrap_err();
    assert!(error.to_string().contains("-5"), "{error}");
}

#[test]
fn the_shared_label_maps_are_told_and_none_is_taken_for_freesurfers() {
    // Labels counted with numpy: unique values that are not 0.
    for (name, n, told_by) in [
        ("niivue+niivue/aal.nii.gz", 116, ToldBy::File),
        ("niivue+niivue/labels256.nii.gz", 2, ToldBy::Values),
        ("niivue+niivue/lesion.nii.gz", 3, ToldBy::Values),
        (
            "neurolabusc+MRIcron/HarvardOxford-cort-maxprob-thr0-1mm.nii.gz",
            48,
            ToldBy::File,
        ),
    ] {
        let Some(path) = crate::shared(&format!("data/nifti/{name}")) else {
            return;
        };
        let opened = formats::open(&path, 0, &no_progress).unwrap();
        assert_eq!(
            ToldBy::of(&opened.volume, &opened.info),
            Some(told_by),
            "{name}"
        );
        let map = LabelMap::of(&opened.volume).unwrap();
        assert_eq!(map.labels().count(), n, "{name}");
        let scheme = LabelScheme::of(&map, Some(&path), None).unwrap();
        assert!(scheme.names.is_empty() || scheme.table.is_some(), "{name}");
    }
    for name in [
        "spm+spm12/canonical/single_subj_T1.nii",
        "niivue+niivue/FLAIR.nii.gz",
    ] {
        let Some(path) = crate::shared(&format!("data/nifti/{name}")) else {
            return;
        };
        let opened = formats::open(&path, 0, &no_progress).unwrap();
        assert_eq!(ToldBy::of(&opened.volume, &opened.info), None, "{name}");
    }
}

/// Most of FreeSurfer's numbers make a map of FreeSurfer's; names and colours are those of its table.
#[test]
fn freesurfers_numbers_have_its_names_and_colours() {
    let grid =
        cisterna::volume::Grid::new([8, 1, 1], cisterna::volume::Affine::identity()).unwrap();
    let map = LabelMap::of_ids(grid.clone(), &[0, 2, 3, 4, 17, 53, 1015, 4035]).unwrap();
    let scheme = LabelScheme::of(&map, None, None).unwrap();
    // FreeSurferColorLUT.txt of version 6.
    let names: Vec<&str> = scheme.names.values().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "Left-Cerebral-White-Matter",
            "Left-Cerebral-Cortex",
            "Left-Lateral-Ventricle",
            "Left-Hippocampus",
            "Right-Hippocampus",
            "ctx-lh-middletemporal",
            "wm-rh-insula",
        ]
    );
    assert_eq!(scheme.colours[0], [0; 4]);
    assert_eq!(scheme.colours[2], [205, 62, 78, 255]);
    assert_eq!(scheme.colours[4], [220, 216, 20, 255]);
    assert_eq!(scheme.colours[6], [160, 100, 50, 255]);
    // Three numbers from 1 on are in every map, and say nothing.
    let map = LabelMap::of_ids(grid, &[0, 1, 2, 3, 3, 2, 1, 0]).unwrap();
    let scheme = LabelScheme::of(&map, None, None).unwrap();
    assert!(scheme.names.is_empty());
    assert_eq!(scheme.colours[1], [0xe6, 0x9f, 0x00, 255]);
    assert_eq!(scheme.region(2).unwrap().name, "2");
    // A BIDS table lies in a folder above.
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dseg.tsv", "index\tname\n1\tcortex\n");
    let of = folder.path().join("sub-1_dseg.nii");
    std::fs::write(&of, b"").unwrap();
    assert_eq!(bids::label_table(&of).unwrap().unwrap().names[&1], "cortex");
}
