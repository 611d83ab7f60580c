//! What can go wrong on the GPU.

/// Why nothing could be drawn on the GPU.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No driver offers a device.
    #[error("no graphics adapter: {0}")]
    NoAdapter(String),
    /// The volume did not get its texture.
    #[error("the graphics adapter has no room for a volume of {dims:?} voxels: {why}")]
    Texture {
        /// Voxels along each axis.
        dims: [usize; 3],
        /// What the driver said.
        why: String,
    },
    /// The picture is larger than a texture can be, or has no pixels.
    #[error("a picture of {0} x {1} pixels cannot be drawn by this graphics adapter")]
    PictureSize(u32, u32),
    /// The finished picture could not be fetched.
    #[error("the picture could not be fetched from the graphics adapter: {0}")]
    Fetch(String),
}
