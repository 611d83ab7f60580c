//! Secondary captures: pictures for archives (PS3.3 A.8.1), explicit, little endian, uncompressed.
//!
//! There is no date in them and no number drawn by chance: the same picture gives the same bytes. Whom they
//! are filed under is what the caller says, or nobody.

use super::tags;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Secondary Capture Image Storage.
const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.7";
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Characters of a name or an identifier (PS3.5 6.2).
const LONGEST: usize = 64;

/// A picture, and what is said of it.
pub struct SecondaryCapture<'a> {
    /// Columns and rows.
    pub size: [u16; 2],
    /// Red, green and blue of each pixel, 8 bits each, row by row from the upper left.
    pub pixels: &'a [u8],
    /// Name and version of the program that drew it.
    pub program: (&'a str, &'a str),
    /// What the series is called, at most 64 characters.
    pub description: &'a str,
    /// What it came from and how, in lines that CR and LF part, at most 1024 characters.
    pub derivation: &'a str,
    /// Whether something that may say who was scanned is drawn on it.
    pub has_names: bool,
    /// As [`dicom_text`] lets it through; empty for none.
    pub patient_name: &'a str,
    /// As [`dicom_text`] lets it through; empty for none.
    pub patient_id: &'a str,
}

/// Tag, value representation, value.
type Element = (u32, [u8; 2], Vec<u8>);

/// A name or an identifier of a patient without the blanks around it, if DICOM can hold it.
///
/// # Errors
/// In words, where it is empty or too long, or has a backslash or a control character.
pub fn dicom_text(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_apart = |c: char| c == '\\' || c.is_control();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.contains(is_apart) {
        return Err(
            "it has a backslash or a control character, which DICOM does not hold".to_owned(),
        );
    }
    match text.chars().count() {
        n if n > LONGEST => Err(format!("it has {n} characters, and DICOM holds {LONGEST}")),
        _ => Ok(text.to_owned()),
    }
}

/// Writes a whole file.
///
/// # Errors
/// When the pixels are not as many as the size says, when the patient's name or identifier cannot be held,
/// and when it cannot be written.
pub fn write_secondary_capture(
    to: &mut impl Write,
    capture: &SecondaryCapture<'_>,
) -> io::Result<()> {
    capture.check()?;
    let mut dataset = capture.elements();
    let about: Vec<u8> = dataset.iter().flat_map(encoded).collect();
    let length = capture.pixels.len().next_multiple_of(2);
    let head = head(tags::PIXELS, *b"OB", length);
    // All that is in it but these identifiers.
    let content = sha256(&[&about[..], &head[..], capture.pixels]);
    let instance = uid(&[&content[..], b"instance"]);
    dataset.extend([
        text(tags::SOP_INSTANCE, b"UI", &instance),
        text(tags::STUDY_UID, b"UI", &uid(&[&content[..], b"study"])),
        text(tags::SERIES_UID, b"UI", &uid(&[&content[..], b"series"])),
    ]);
    dataset.sort_by_key(|(tag, ..)| *tag);
    to.write_all(&[0; 128])?;
    to.write_all(b"DICM")?;
    to.write_all(&meta(&instance, capture.program.0))?;
    for element in &dataset {
        to.write_all(&encoded(element))?;
    }
    to.write_all(&head)?;
    to.write_all(capture.pixels)?;
    to.write_all(&[0][..length - capture.pixels.len()])
}

/// Group 2: what the file is and how it is written.
fn meta(instance: &str, program: &str) -> Vec<u8> {
    let elements = [
        (0x0002_0001, *b"OB", vec![0, 1]),  // FileMetaInformationVersion
        text(0x0002_0002, b"UI", STORAGE),  // MediaStorageSOPClassUID
        text(0x0002_0003, b"UI", instance), // MediaStorageSOPInstanceUID
        text(tags::TRANSFER_SYNTAX, b"UI", EXPLICIT_LITTLE_ENDIAN),
        text(0x0002_0012, b"UI", &uid(&[program.as_bytes()])), // ImplementationClassUID
    ];
    let elements: Vec<u8> = elements.iter().flat_map(encoded).collect();
    // FileMetaInformationGroupLength
    let length = (elements.len() as u32).to_le_bytes().to_vec();
    [encoded(&(0x0002_0000, *b"UL", length)), elements].concat()
}

impl SecondaryCapture<'_> {
    fn check(&self) -> io::Result<()> {
        let refused = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        let [columns, rows] = self.size.map(usize::from);
        let n = self.pixels.len();
        if n == 0 || n != 3 * columns * rows {
            return refused(format!("{n} bytes for {columns} x {rows} pixels of RGB"));
        }
        for (tag, text) in [
            (tags::PATIENT_NAME, self.patient_name),
            (tags::PATIENT_ID, self.patient_id),
        ] {
            let why = dicom_text(text).err().filter(|_| !text.is_empty());
            if let Some(why) = why {
                return refused(format!("{}: {why}", tags::keyword(tag)));
            }
        }
        Ok(())
    }

    /// All elements but the identifiers and the pixels, in the order of their tags. What has to be there
    /// and is not known is empty.
    fn elements(&self) -> Vec<Element> {
        let (program, version) = self.program;
        let description = self.description.replace('\\', "/");
        let description = description.replace(char::is_control, " ");
        let is_lost = |c: char| c.is_control() && !['\r', '\n'].contains(&c);
        let derivation = self.derivation.replace(is_lost, " ");
        let is_ascii = [&description, &derivation]
            .iter()
            .all(|text| text.is_ascii())
            && self.patient_name.is_ascii()
            && self.patient_id.is_ascii();
        let [columns, rows] = self.size;
        let mut elements = Vec::new();
        if !is_ascii {
            elements.push(text(tags::CHARSET, b"CS", "ISO_IR 192"));
        }
        elements.extend([
            text(tags::IMAGE_TYPE, b"CS", "DERIVED\\SECONDARY"),
            text(0x0008_0016, b"UI", STORAGE), // SOPClassUID
            text(0x0008_0020, b"DA", ""),      // StudyDate
            text(0x0008_0030, b"TM", ""),      // StudyTime
            text(0x0008_0050, b"SH", ""),      // AccessionNumber
            text(tags::MODALITY, b"CS", "OT"),
            text(0x0008_0064, b"CS", "WSD"), // ConversionType: from a workstation
            text(0x0008_0090, b"PN", ""),    // ReferringPhysicianName
            text(tags::SERIES_DESCRIPTION, b"LO", &description),
            text(0x0008_2111, b"ST", &derivation), // DerivationDescription
            text(tags::PATIENT_NAME, b"PN", self.patient_name),
            text(tags::PATIENT_ID, b"LO", self.patient_id),
            text(tags::BIRTH_DATE, b"DA", ""),
            text(0x0010_0040, b"CS", ""),      // PatientSex
            text(0x0018_1016, b"LO", program), // SecondaryCaptureDeviceManufacturer
            text(0x0018_1019, b"LO", version), // SecondaryCaptureDeviceSoftwareVersions
            text(0x0020_0010, b"SH", ""),      // StudyID
            text(tags::SERIES_NUMBER, b"IS", ""),
            text(tags::INSTANCE_NUMBER, b"IS", "1"),
            text(0x0020_0020, b"CS", ""), // PatientOrientation
            text(0x0020_0060, b"CS", ""), // Laterality
            number(tags::SAMPLES, 3),
            text(tags::PHOTOMETRIC, b"CS", "RGB"),
            number(tags::PLANAR, 0),
            number(tags::ROWS, rows),
            number(tags::COLUMNS, columns),
            number(tags::BITS_ALLOCATED, 8),
            number(tags::BITS_STORED, 8),
            number(tags::HIGH_BIT, 7),
            number(tags::SIGNED, 0),
            // BurnedInAnnotation
            text(
                0x0028_0301,
                b"CS",
                if self.has_names { "YES" } else { "NO" },
            ),
        ]);
        elements
    }
}

fn text(tag: u32, vr: &[u8; 2], text: &str) -> Element {
    (tag, *vr, text.as_bytes().to_vec())
}

fn number(tag: u32, number: u16) -> Element {
    (tag, *b"US", number.to_le_bytes().to_vec())
}

/// What stands before a value of so many bytes (PS3.5 7.1.2).
fn head(tag: u32, vr: [u8; 2], length: usize) -> Vec<u8> {
    let mut bytes = ((tag >> 16) as u16).to_le_bytes().to_vec();
    bytes.extend((tag as u16).to_le_bytes());
    bytes.extend(vr);
    match &vr {
        b"OB" => {
            bytes.extend([0; 2]);
            bytes.extend((length as u32).to_le_bytes());
        }
        _ => bytes.extend((length as u16).to_le_bytes()),
    }
    bytes
}

/// An element, its value filled up to an even length: texts with a blank, all else with zero.
fn encoded((tag, vr, value): &Element) -> Vec<u8> {
    let length = value.len().next_multiple_of(2);
    let mut bytes = head(*tag, *vr, length);
    bytes.extend(value);
    let filler = match vr {
        b"OB" | b"UI" => 0,
        _ => b' ',
    };
    bytes.resize(bytes.len().next_multiple_of(2), filler);
    bytes
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// An identifier made of what it is for: the first 16 bytes of its SHA-256 as a UUID of version 8 (RFC 9562),
/// which is written as a number behind 2.25 (PS3.5 B.2).
fn uid(parts: &[&[u8]]) -> String {
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&sha256(parts)[..16]);
    uuid[6] = (uuid[6] & 0x0F) | 0x80;
    uuid[8] = (uuid[8] & 0x3F) | 0x80;
    format!("2.25.{}", u128::from_be_bytes(uuid))
}
