//! Images in two files: a header, `.hdr`, and its voxels, `.img`, each compressed or not.

use super::source::Source;

/// The header of a pair, where its voxel file was named.
pub(super) fn header_of(voxels: &Source) -> Option<Source> {
    let candidates: &[[&str; 2]] = &[
        [".img", ".hdr"],
        [".img.gz", ".hdr.gz"],
        [".img.gz", ".hdr"],
        [".img", ".hdr.gz"],
    ];
    partner(voxels, candidates)
}

/// The voxel file of a pair's header.
pub(super) fn voxels_of(header: &Source) -> Option<Source> {
    let candidates: &[[&str; 2]] = &[
        [".hdr", ".img"],
        [".hdr", ".img.gz"],
        [".hdr.gz", ".img.gz"],
        [".hdr.gz", ".img"],
    ];
    partner(header, candidates)
}

fn partner(source: &Source, candidates: &[[&str; 2]]) -> Option<Source> {
    let name = source.file_name();
    candidates.iter().find_map(|[from, to]| {
        let at = name.len().checked_sub(from.len())?;
        if !name.get(at..)?.eq_ignore_ascii_case(from) {
            return None;
        }
        let partner = |to: &str| source.sibling(&format!("{}{to}", &name[..at]));
        [partner(to), partner(&to.to_ascii_uppercase())]
            .into_iter()
            .flatten()
            .find(Source::is_file)
    })
}
