//! The elements of a file, to be shown: the sequence, the scanner, the contrast agent and the geometry by
//! name and value; all others by their numbers only, as they may say who was scanned.

use super::dataset::Dataset;
use super::tags;
use crate::formats::header::{HeaderPart, HeaderRow};

/// Tag, value representation and keyword of what is shown (PS3.6), ascending.
const SHOWN: [(u32, &[u8; 2], &str); 81] = [
    (0x0008_0008, b"CS", "ImageType"),
    (0x0008_0060, b"CS", "Modality"),
    (0x0008_0070, b"LO", "Manufacturer"),
    (0x0008_103E, b"LO", "SeriesDescription"),
    (0x0008_1090, b"LO", "ManufacturerModelName"),
    (0x0018_0010, b"LO", "ContrastBolusAgent"),
    (0x0018_0015, b"CS", "BodyPartExamined"),
    (0x0018_0020, b"CS", "ScanningSequence"),
    (0x0018_0021, b"CS", "SequenceVariant"),
    (0x0018_0022, b"CS", "ScanOptions"),
    (0x0018_0023, b"CS", "MRAcquisitionType"),
    (0x0018_0024, b"SH", "SequenceName"),
    (0x0018_0050, b"DS", "SliceThickness"),
    (0x0018_0060, b"DS", "KVP"),
    (0x0018_0080, b"DS", "RepetitionTime"),
    (0x0018_0081, b"DS", "EchoTime"),
    (0x0018_0082, b"DS", "InversionTime"),
    (0x0018_0083, b"DS", "NumberOfAverages"),
    (0x0018_0084, b"DS", "ImagingFrequency"),
    (0x0018_0085, b"SH", "ImagedNucleus"),
    (0x0018_0086, b"IS", "EchoNumbers"),
    (0x0018_0087, b"DS", "MagneticFieldStrength"),
    (0x0018_0088, b"DS", "SpacingBetweenSlices"),
    (0x0018_0089, b"IS", "NumberOfPhaseEncodingSteps"),
    (0x0018_0091, b"IS", "EchoTrainLength"),
    (0x0018_0093, b"DS", "PercentSampling"),
    (0x0018_0094, b"DS", "PercentPhaseFieldOfView"),
    (0x0018_0095, b"DS", "PixelBandwidth"),
    (0x0018_1020, b"LO", "SoftwareVersions"),
    (0x0018_1030, b"LO", "ProtocolName"),
    (0x0018_1040, b"LO", "ContrastBolusRoute"),
    (0x0018_1041, b"DS", "ContrastBolusVolume"),
    (0x0018_1044, b"DS", "ContrastBolusTotalDose"),
    (0x0018_1048, b"CS", "ContrastBolusIngredient"),
    (0x0018_1049, b"DS", "ContrastBolusIngredientConcentration"),
    (0x0018_1060, b"DS", "TriggerTime"),
    (0x0018_1100, b"DS", "ReconstructionDiameter"),
    (0x0018_1164, b"DS", "ImagerPixelSpacing"),
    (0x0018_1250, b"SH", "ReceiveCoilName"),
    (0x0018_1251, b"SH", "TransmitCoilName"),
    (0x0018_1310, b"US", "AcquisitionMatrix"),
    (0x0018_1312, b"CS", "InPlanePhaseEncodingDirection"),
    (0x0018_1314, b"DS", "FlipAngle"),
    (0x0018_1315, b"CS", "VariableFlipAngleFlag"),
    (0x0018_1316, b"DS", "SAR"),
    (0x0018_5100, b"CS", "PatientPosition"),
    (0x0018_9073, b"FD", "AcquisitionDuration"),
    (0x0018_9087, b"FD", "DiffusionBValue"),
    (0x0020_0011, b"IS", "SeriesNumber"),
    (0x0020_0012, b"IS", "AcquisitionNumber"),
    (0x0020_0013, b"IS", "InstanceNumber"),
    (0x0020_0032, b"DS", "ImagePositionPatient"),
    (0x0020_0037, b"DS", "ImageOrientationPatient"),
    (0x0020_0100, b"IS", "TemporalPositionIdentifier"),
    (0x0020_0105, b"IS", "NumberOfTemporalPositions"),
    (0x0020_1002, b"IS", "ImagesInAcquisition"),
    (0x0020_1041, b"DS", "SliceLocation"),
    (0x0028_0002, b"US", "SamplesPerPixel"),
    (0x0028_0004, b"CS", "PhotometricInterpretation"),
    (0x0028_0006, b"US", "PlanarConfiguration"),
    (0x0028_0008, b"IS", "NumberOfFrames"),
    (0x0028_0010, b"US", "Rows"),
    (0x0028_0011, b"US", "Columns"),
    (0x0028_0030, b"DS", "PixelSpacing"),
    (0x0028_0100, b"US", "BitsAllocated"),
    (0x0028_0101, b"US", "BitsStored"),
    (0x0028_0102, b"US", "HighBit"),
    (0x0028_0103, b"US", "PixelRepresentation"),
    (0x0028_0301, b"CS", "BurnedInAnnotation"),
    (0x0028_1050, b"DS", "WindowCenter"),
    (0x0028_1051, b"DS", "WindowWidth"),
    (0x0028_1052, b"DS", "RescaleIntercept"),
    (0x0028_1053, b"DS", "RescaleSlope"),
    (0x0028_1054, b"LO", "RescaleType"),
    (0x0028_2110, b"CS", "LossyImageCompression"),
    (0x0028_3000, b"SQ", "ModalityLUTSequence"),
    (0x0028_9110, b"SQ", "PixelMeasuresSequence"),
    (0x0054_0081, b"US", "NumberOfSlices"),
    (0x2005_100E, b"FL", "Philips ScaleSlope"),
    (0x5200_9229, b"SQ", "SharedFunctionalGroupsSequence"),
    (0x5200_9230, b"SQ", "PerFrameFunctionalGroupsSequence"),
];

fn shown(tag: u32) -> Option<&'static (u32, &'static [u8; 2], &'static str)> {
    let at = SHOWN.binary_search_by_key(&tag, |row| row.0).ok()?;
    SHOWN.get(at)
}

/// What technicians type and a list of scans does not show either; a series' description is the name of its
/// scan.
const TYPED: [u32; 1] = [0x0018_1030];

/// Whether the value is what the list says: a number where it says so, as anything may stand in a file.
fn is_as_listed(tag: u32, vr: [u8; 2], words: &str) -> bool {
    let is_number = |text: &str| {
        let text = text.trim().replace(',', ".");
        text.is_empty() || text.parse::<f64>().is_ok()
    };
    match &vr {
        b"DS" | b"IS" | b"US" | b"FL" | b"FD" => words.split('\\').all(is_number),
        _ => !TYPED.contains(&tag),
    }
}

/// What is shown first, then what is hidden.
pub(super) fn parts(dataset: &Dataset, with_identity: bool) -> Vec<HeaderPart> {
    let vr = |tag| shown(tag).map(|(_, vr, _)| **vr).or_else(|| tags::vr(tag));
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for (tag, words) in dataset.in_words(vr) {
        match shown(tag) {
            Some((_, vr, keyword)) if is_as_listed(tag, **vr, &words) => {
                known.push(HeaderRow::shown(*keyword, words));
            }
            listed => {
                let number = format!("({:04X},{:04X})", tag >> 16, tag & 0xFFFF);
                let keyword = listed.map_or_else(|| tags::keyword(tag), |(_, _, keyword)| *keyword);
                let name = match keyword {
                    "element" => number,
                    keyword => format!("{keyword} {number}"),
                };
                others.push(HeaderRow::new(name, words, with_identity));
            }
        }
    }
    let known = HeaderPart::new("DICOM", known);
    let others = HeaderPart::new("Other elements", others);
    known.into_iter().chain(others).collect()
}
