//! The elements that are looked at, with their value representation for files that leave it out.

/// Declares each tag as a constant and lists all of them.
macro_rules! tags {
    ($($name:ident = $tag:literal, $vr:literal, $keyword:literal;)*) => {
        $(pub(super) const $name: u32 = $tag;)*
        /// Tag, value representation, keyword; ascending.
        const TABLE: &[(u32, &[u8; 2], &str)] = &[$(($tag, $vr, $keyword)),*];
    };
}

tags! {
    TRANSFER_SYNTAX = 0x0002_0010, b"UI", "TransferSyntaxUID";
    DIRECTORY_RECORDS = 0x0004_1220, b"SQ", "DirectoryRecordSequence";
    REFERENCED_FILE = 0x0004_1500, b"CS", "ReferencedFileID";
    CHARSET = 0x0008_0005, b"CS", "SpecificCharacterSet";
    IMAGE_TYPE = 0x0008_0008, b"CS", "ImageType";
    SOP_INSTANCE = 0x0008_0018, b"UI", "SOPInstanceUID";
    SERIES_DATE = 0x0008_0021, b"DA", "SeriesDate";
    ACQUISITION_DATE = 0x0008_0022, b"DA", "AcquisitionDate";
    CONTENT_DATE = 0x0008_0023, b"DA", "ContentDate";
    ACQUISITION_DATE_TIME = 0x0008_002A, b"DT", "AcquisitionDateTime";
    SERIES_TIME = 0x0008_0031, b"TM", "SeriesTime";
    ACQUISITION_TIME = 0x0008_0032, b"TM", "AcquisitionTime";
    CONTENT_TIME = 0x0008_0033, b"TM", "ContentTime";
    MODALITY = 0x0008_0060, b"CS", "Modality";
    SERIES_DESCRIPTION = 0x0008_103E, b"LO", "SeriesDescription";
    FRAME_TYPE = 0x0008_9007, b"CS", "FrameType";
    COMPLEX_COMPONENT = 0x0008_9208, b"CS", "ComplexImageComponent";
    PATIENT_NAME = 0x0010_0010, b"PN", "PatientName";
    PATIENT_ID = 0x0010_0020, b"LO", "PatientID";
    BIRTH_DATE = 0x0010_0030, b"DA", "PatientBirthDate";
    SLICE_THICKNESS = 0x0018_0050, b"DS", "SliceThickness";
    ECHO_TIME = 0x0018_0081, b"DS", "EchoTime";
    ECHO_NUMBER = 0x0018_0086, b"IS", "EchoNumbers";
    SPACING_BETWEEN_SLICES = 0x0018_0088, b"DS", "SpacingBetweenSlices";
    IMAGER_PIXEL_SPACING = 0x0018_1164, b"DS", "ImagerPixelSpacing";
    FRAME_DATE_TIME = 0x0018_9074, b"DT", "FrameAcquisitionDateTime";
    EFFECTIVE_ECHO_TIME = 0x0018_9082, b"FD", "EffectiveEchoTime";
    MR_ECHO = 0x0018_9114, b"SQ", "MREchoSequence";
    MR_FRAME_TYPE = 0x0018_9226, b"SQ", "MRImageFrameTypeSequence";
    IMAGES_IN_MOSAIC = 0x0019_100A, b"US", "NumberOfImagesInMosaic";
    STUDY_UID = 0x0020_000D, b"UI", "StudyInstanceUID";
    SERIES_UID = 0x0020_000E, b"UI", "SeriesInstanceUID";
    SERIES_NUMBER = 0x0020_0011, b"IS", "SeriesNumber";
    ACQUISITION_NUMBER = 0x0020_0012, b"IS", "AcquisitionNumber";
    INSTANCE_NUMBER = 0x0020_0013, b"IS", "InstanceNumber";
    POSITION = 0x0020_0032, b"DS", "ImagePositionPatient";
    ORIENTATION = 0x0020_0037, b"DS", "ImageOrientationPatient";
    FRAME_OF_REFERENCE = 0x0020_0052, b"UI", "FrameOfReferenceUID";
    TEMPORAL_POSITION = 0x0020_0100, b"IS", "TemporalPositionIdentifier";
    STACK_ID = 0x0020_9056, b"SH", "StackID";
    FRAME_CONTENT = 0x0020_9111, b"SQ", "FrameContentSequence";
    PLANE_POSITION = 0x0020_9113, b"SQ", "PlanePositionSequence";
    PLANE_ORIENTATION = 0x0020_9116, b"SQ", "PlaneOrientationSequence";
    TEMPORAL_INDEX = 0x0020_9128, b"UL", "TemporalPositionIndex";
    SAMPLES = 0x0028_0002, b"US", "SamplesPerPixel";
    PHOTOMETRIC = 0x0028_0004, b"CS", "PhotometricInterpretation";
    PLANAR = 0x0028_0006, b"US", "PlanarConfiguration";
    N_FRAMES = 0x0028_0008, b"IS", "NumberOfFrames";
    ROWS = 0x0028_0010, b"US", "Rows";
    COLUMNS = 0x0028_0011, b"US", "Columns";
    PIXEL_SPACING = 0x0028_0030, b"DS", "PixelSpacing";
    BITS_ALLOCATED = 0x0028_0100, b"US", "BitsAllocated";
    BITS_STORED = 0x0028_0101, b"US", "BitsStored";
    HIGH_BIT = 0x0028_0102, b"US", "HighBit";
    SIGNED = 0x0028_0103, b"US", "PixelRepresentation";
    WINDOW_CENTER = 0x0028_1050, b"DS", "WindowCenter";
    WINDOW_WIDTH = 0x0028_1051, b"DS", "WindowWidth";
    INTERCEPT = 0x0028_1052, b"DS", "RescaleIntercept";
    SLOPE = 0x0028_1053, b"DS", "RescaleSlope";
    MODALITY_LUT = 0x0028_3000, b"SQ", "ModalityLUTSequence";
    PIXEL_MEASURES = 0x0028_9110, b"SQ", "PixelMeasuresSequence";
    FRAME_VOI = 0x0028_9132, b"SQ", "FrameVOILUTSequence";
    VALUE_TRANSFORMATION = 0x0028_9145, b"SQ", "PixelValueTransformationSequence";
    CSA_IMAGE = 0x0029_1010, b"OB", "CSAImageHeaderInfo";
    PHILIPS_SCALE_SLOPE = 0x2005_100E, b"FL", "ScaleSlope";
    PHILIPS_FRAME = 0x2005_140F, b"SQ", "PhilipsFrame";
    SHARED_GROUPS = 0x5200_9229, b"SQ", "SharedFunctionalGroupsSequence";
    FRAME_GROUPS = 0x5200_9230, b"SQ", "PerFrameFunctionalGroupsSequence";
    FLOAT_PIXELS = 0x7FE0_0008, b"OF", "FloatPixelData";
    DOUBLE_PIXELS = 0x7FE0_0009, b"OD", "DoubleFloatPixelData";
    PIXELS = 0x7FE0_0010, b"OW", "PixelData";
}

/// What says who was scanned: passed over unless asked for.
const IDENTITY: [u32; 3] = [PATIENT_NAME, PATIENT_ID, BIRTH_DATE];

/// Which elements of a file are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Those that make the picture.
    Picture,
    /// And those that say who was scanned.
    Identity,
    /// All of the file itself; of what lies in sequences those that are known here.
    All,
}

/// Whether to keep an element, so deep in sequences.
pub(super) fn is_kept(tag: u32, keep: Keep, depth: usize) -> bool {
    let is_known = row(tag).is_some();
    match keep {
        Keep::Picture => is_known && !IDENTITY.contains(&tag),
        Keep::Identity => is_known,
        Keep::All => is_known || depth == 0,
    }
}

/// The value representation of an element that is looked at.
pub(super) fn vr(tag: u32) -> Option<[u8; 2]> {
    row(tag).map(|(_, vr, _)| **vr)
}

/// The keyword of an element that is looked at.
pub(super) fn keyword(tag: u32) -> &'static str {
    row(tag).map_or("element", |(_, _, keyword)| keyword)
}

fn row(tag: u32) -> Option<&'static (u32, &'static [u8; 2], &'static str)> {
    let at = TABLE.binary_search_by_key(&tag, |row| row.0).ok()?;
    TABLE.get(at)
}
