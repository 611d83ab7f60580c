//! Secondary captures: against what pydicom writes of the same elements, and opened again.

use cisterna::formats::{
    SecondaryCapture, dicom_text, no_progress, open, series, write_secondary_capture,
};
use sha2::{Digest, Sha256};

/// What pydicom 3.0.2 writes (`dcmwrite` of a `FileDataset`, explicit, little endian) behind the 128 zeros of
/// the preamble, for the elements of [`small`] with the keywords of PS3.6. Identifiers by hashlib: with
/// `h = sha256(data set without its three identifiers, pixels without padding)`, each is
/// `sha256(h + b"instance")[:16]` (`b"study"`, `b"series"`), byte 6 as `b & 15 | 128`, byte 8 as `b & 63 | 128`,
/// as a whole number, big endian, behind 2.25; the program's of `sha256(b"Cisterna")`.
const BY_PYDICOM: &str = "
4449434d02000000554c0400b4000000020001004f4200000200000000010200020055491a00312e322e3834
302e31303030382e352e312e342e312e312e37000200030055492c00322e32352e3133373633393333383835
303536313930303532333135373737373331313037383337363932340200100055491400312e322e3834302e
31303030382e312e322e31000200120055492c00322e32352e32303332353536313739353231303135323538
30333533353432383435393637353236333137350800080043531200444552495645445c5345434f4e444152
59200800160055491a00312e322e3834302e31303030382e352e312e342e312e312e37000800180055492c00
322e32352e313337363339333338383530353631393030353233313537373737333131303738333736393234
080020004441000008003000544d0000080050005348000008006000435302004f5408006400435304005753
442008009000504e000008003e104c4f0c00323420682c20617869616c200800112153542a00526573656172
636820757365206f6e6c792e0d0a4265666f72653a2077696e646f77203020746f20383010001000504e0000
100020004c4f000010003000444100001000400043530000180016104c4f08004369737465726e6118001910
4c4f0600302e312e302020000d0055492c00322e32352e333335383033383738333435383137333132393533
35313137323733313339383232343234363320000e0055492c00322e32352e32393931353933303139333234
3136363337333137313232303230363236383931393634323137200010005348000020001100495300002000
1300495302003120200020004353000020006000435300002800020055530200030028000400435304005247
4220280006005553020000002800100055530200010028001100555302000300280000015553020008002800
0101555302000800280002015553020007002800030155530200000028000103435302004e4fe07f10004f42
00000a00000001020304050607080900
";

/// The same of [`named`], by its SHA-256 with the preamble.
const NAMED_BY_PYDICOM: &str = "bf184ae92bcf0d74c061e2f6ff6a7a53a24f12ebd8e1a2d1d1d568fd2beae340";

fn small(pixels: &[u8]) -> SecondaryCapture<'_> {
    SecondaryCapture {
        size: [3, 1],
        pixels,
        program: ("Cisterna", "0.1.0"),
        description: "24 h, axial",
        derivation: "Research use only.\r\nBefore: window 0 to 80",
        has_names: false,
        patient_name: "",
        patient_id: "",
    }
}

fn named(pixels: &[u8]) -> SecondaryCapture<'_> {
    SecondaryCapture {
        size: [2, 2],
        description: "Größe, axial",
        derivation: "Research use only.",
        has_names: true,
        patient_name: "Müller^Änne",
        patient_id: "4711",
        ..small(pixels)
    }
}

fn written(capture: &SecondaryCapture<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_secondary_capture(&mut bytes, capture).unwrap();
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_capture_is_what_pydicom_writes() {
    let pixels: Vec<u8> = (1..=9).collect();
    let bytes = written(&small(&pixels));
    assert_eq!(bytes[..128], [0; 128]);
    let expected: String = BY_PYDICOM.split_whitespace().collect();
    assert_eq!(hex(&bytes[128..]), expected);
    let pixels: Vec<u8> = (0..240).step_by(20).collect();
    let bytes = written(&named(&pixels));
    assert_eq!(hex(&Sha256::digest(&bytes)), NAMED_BY_PYDICOM);
    // The same picture is the same file; another one has other identifiers.
    assert_eq!(written(&named(&pixels)), bytes);
    let other = SecondaryCapture {
        patient_id: "4712",
        ..named(&pixels)
    };
    let uid = |bytes: &[u8]| {
        let at = bytes.windows(5).position(|part| part == b"2.25.").unwrap();
        bytes[at..at + 40].to_vec()
    };
    assert_ne!(uid(&written(&other)), uid(&bytes));
}

/// Pixels come back as luminance (Rec. 709), as those of every colour file.
#[test]
fn a_capture_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dcm");
    let pixels: Vec<u8> = (0..240).step_by(20).collect();
    std::fs::write(&path, written(&named(&pixels))).unwrap();
    let opened = open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.grid().dims(), [2, 2, 1]);
    for (value, rgb) in opened.volume.values().iter().zip(pixels.chunks(3)) {
        let [r, g, b] = [0, 1, 2].map(|at| f32::from(rgb[at]));
        let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        assert!((value - luminance).abs() < 1e-3, "{value} {luminance}");
    }
    let sorted = series(&path, &no_progress).unwrap();
    let identity = sorted.series[0].identity().unwrap();
    assert_eq!(identity.name.as_deref(), Some("Müller^Änne"));
    assert_eq!(identity.id.as_deref(), Some("4711"));
}

#[test]
fn what_dicom_does_not_hold_is_refused() {
    #[track_caller]
    fn refused(capture: &SecondaryCapture<'_>, why: &str) {
        let mut bytes = Vec::new();
        let error = write_secondary_capture(&mut bytes, capture).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert!(bytes.is_empty());
    }
    let pixels = [0; 12];
    refused(&small(&pixels), "12 bytes for 3 x 1 pixels");
    let long = "1".repeat(65);
    for (id, why) in [
        ("a\\b", "PatientID: it has a backslash"),
        ("a\nb", "PatientID: it has a backslash or a control"),
        (&long[..], "PatientID: it has 65 characters"),
        (" ", "PatientID: it is empty"),
    ] {
        let capture = SecondaryCapture {
            patient_id: id,
            ..named(&pixels)
        };
        refused(&capture, why);
    }
    assert_eq!(dicom_text(" Doe^Jane "), Ok("Doe^Jane".to_owned()));
}

/// Names of files have backslashes on some systems, which part values in DICOM.
#[test]
fn what_is_said_of_a_picture_stays_one_value() {
    let pixels = [0; 12];
    let capture = SecondaryCapture {
        description: "a\\b\nc",
        derivation: "d\te\r\nf",
        ..named(&pixels)
    };
    let bytes = written(&capture);
    let has = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    assert!(has(b"LO\x06\0a/b c "));
    assert!(has(b"ST\x06\0d e\r\nf"));
}
