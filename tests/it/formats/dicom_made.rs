//! Small DICOM files and zips, made by hand.

#[path = "../../../src/workflows/verify/files/zip.rs"]
mod packed;

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(crate) const NAME: &str = "Nobody^Special";

/// A file in the making: explicit VR, little endian.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) syntax: &'static str,
    elements: Vec<(u32, [u8; 2], Vec<u8>)>,
    pub(crate) pixels: Vec<u8>,
}

pub(crate) fn element(tag: u32, vr: [u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = ((tag >> 16) as u16).to_le_bytes().to_vec();
    bytes.extend((tag as u16).to_le_bytes());
    bytes.extend(vr);
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(b' ');
    }
    if matches!(&vr, b"OB" | b"OW" | b"SQ" | b"UN") {
        bytes.extend([0; 2]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}

impl Made {
    /// 3 columns, 2 rows, 16 bits, one file at `slice` mm.
    pub(crate) fn slice(slice: i32) -> Self {
        let mut made = Self {
            syntax: EXPLICIT,
            elements: Vec::new(),
            pixels: (0..6_u16).flat_map(|n| (n * 100).to_le_bytes()).collect(),
        };
        made.text(0x0008_0018, *b"UI", &format!("1.2.3.{slice}"));
        made.text(0x0008_0060, *b"CS", "MR");
        made.text(0x0010_0010, *b"PN", NAME);
        made.text(0x0010_0020, *b"LO", "ID-4711");
        made.text(0x0010_0030, *b"DA", "19991231");
        made.text(0x0020_000E, *b"UI", "1.2.3");
        made.text(0x0020_0032, *b"DS", &format!("0\\0\\{slice}"));
        made.text(0x0020_0037, *b"DS", "1\\0\\0\\0\\1\\0");
        made.number(0x0028_0002, 1);
        made.text(0x0028_0004, *b"CS", "MONOCHROME2");
        made.number(0x0028_0010, 2);
        made.number(0x0028_0011, 3);
        made.text(0x0028_0030, *b"DS", "1\\1");
        made.bits(16, 16, 15, 0);
        made
    }

    /// A slice of a numbered series that suggests a window of 300 and 500; `clock` is when it was
    /// acquired.
    pub(crate) fn slice_of(number: u16, description: &str, clock: &str, slice: i32) -> Self {
        let mut made = Self::slice(slice);
        made.text(0x0008_0018, *b"UI", &format!("1.2.{number}.{slice}"));
        made.text(0x0008_002A, *b"DT", clock);
        made.text(0x0008_103E, *b"LO", description);
        made.text(0x0020_000E, *b"UI", &format!("1.2.{number}"));
        made.text(0x0020_0011, *b"IS", &number.to_string());
        made.text(0x0028_1050, *b"DS", "300");
        made.text(0x0028_1051, *b"DS", "500");
        made
    }

    pub(crate) fn text(&mut self, tag: u32, vr: [u8; 2], value: &str) {
        self.set(tag, vr, value.as_bytes());
    }

    pub(crate) fn number(&mut self, tag: u32, value: u16) {
        self.set(tag, *b"US", &value.to_le_bytes());
    }

    pub(crate) fn bits(&mut self, allocated: u16, stored: u16, high: u16, signed: u16) {
        for (at, value) in [allocated, stored, high, signed].into_iter().enumerate() {
            self.number(0x0028_0100 + at as u32, value);
        }
    }

    pub(crate) fn set(&mut self, tag: u32, vr: [u8; 2], value: &[u8]) {
        self.elements.retain(|(t, ..)| *t != tag);
        self.elements.push((tag, vr, value.to_vec()));
        self.elements.sort();
    }

    pub(crate) fn dataset(&self) -> Vec<u8> {
        let elements = self.elements.iter();
        elements
            .flat_map(|(tag, vr, value)| element(*tag, *vr, value))
            .collect()
    }

    pub(crate) fn head(&self) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        bytes.extend(element(0x0002_0010, *b"UI", self.syntax.as_bytes()));
        bytes
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let pixels = element(0x7FE0_0010, *b"OW", &self.pixels);
        [self.head(), self.dataset(), pixels].concat()
    }

    /// The pixels as one fragment.
    pub(crate) fn coded(&self) -> Vec<u8> {
        let mut bytes = [self.head(), self.dataset()].concat();
        bytes.extend([
            0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
        ]);
        bytes.extend([0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0]);
        bytes.extend((self.pixels.len() as u32).to_le_bytes());
        bytes.extend(&self.pixels);
        bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        bytes
    }
}

/// A zip of members, deflated.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    packed::zip(members).unwrap()
}
