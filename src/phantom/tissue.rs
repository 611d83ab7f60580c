//! What a voxel is made of, and where it belongs.

/// An enum of labels with their names: `ALL`, `name()` and the way back from the stored byte.
macro_rules! labels {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $label:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[repr(u8)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $label,)+
        }

        impl $name {
            /// All of them, in the order of their numbers, which are 0, 1, 2 and so on.
            pub const ALL: &[Self] = &[$(Self::$label,)+];

            /// A name for tables, in lower case without blanks.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$label => $text,)+
                }
            }

            /// The label that is stored as this byte, or `None` for a byte that stands for none.
            #[must_use]
            pub fn from_index(index: u8) -> Option<Self> {
                Self::ALL.get(usize::from(index)).copied()
            }
        }
    };
}

labels! {
    /// What a voxel is made of, as far as the MR signal and the tracer care.
    Tissue {
        /// Nothing that gives a signal.
        Air = "air",
        /// Skin, muscle and other soft tissue outside the skull.
        Scalp = "scalp",
        /// Under the skin, in the orbits, and in the marrow (there mixed with bone).
        Fat = "fat",
        /// Compact bone.
        Bone = "bone",
        /// Cerebrospinal fluid.
        Csf = "csf",
        /// The cortical ribbon of the cerebrum, hippocampus included.
        CorticalGrey = "cortical_grey",
        /// White matter of the cerebrum.
        White = "white",
        /// Caudate and putamen; thalamus and pallidum are mixtures with [`Tissue::White`].
        DeepGrey = "deep_grey",
        /// Midbrain, pons, medulla and cord.
        Brainstem = "brainstem",
        /// The folia of the cerebellum.
        CerebellarGrey = "cerebellar_grey",
        /// The middle of the cerebellum.
        CerebellarWhite = "cerebellar_white",
        /// Blood in a venous sinus.
        Blood = "blood",
        /// The vitreous body of the eye.
        Globe = "globe",
        /// Falx and tentorium, and the walls of a sinus.
        Dura = "dura",
    }
}

impl Tissue {
    /// Brain tissue: what the tracer enters through the pia.
    #[must_use]
    pub fn is_parenchyma(self) -> bool {
        matches!(
            self,
            Self::CorticalGrey
                | Self::White
                | Self::DeepGrey
                | Self::Brainstem
                | Self::CerebellarGrey
                | Self::CerebellarWhite
        )
    }
}

labels! {
    /// Where a voxel belongs: the values of the label map.
    Region {
        /// Air around the head and within it.
        Outside = "outside",
        /// Skin, fat, muscle and face.
        Scalp = "scalp",
        /// Bone of the vault, the base and the spine, marrow included.
        Skull = "skull",
        /// Fat behind the left eye.
        OrbitalFatLeft = "orbital_fat_left",
        /// Fat behind the right eye.
        OrbitalFatRight = "orbital_fat_right",
        /// The left eye.
        GlobeLeft = "globe_left",
        /// The right eye.
        GlobeRight = "globe_right",
        /// Subarachnoid space over the convexity, between the hemispheres and in the sulci, and
        /// whatever is in no other cistern.
        OuterSas = "outer_sas",
        /// The left Sylvian fissure down to the insula.
        SylvianLeft = "sylvian_left",
        /// The right Sylvian fissure down to the insula.
        SylvianRight = "sylvian_right",
        /// Above the sella, around the chiasm, and between the peduncles.
        SuprasellarCistern = "suprasellar_cistern",
        /// In front of pons and medulla.
        PrepontineCistern = "prepontine_cistern",
        /// Behind the midbrain.
        QuadrigeminalCistern = "quadrigeminal_cistern",
        /// Under the cerebellum, behind the medulla.
        CisternaMagna = "cisterna_magna",
        /// Around the cord, below the foramen magnum.
        SpinalSas = "spinal_sas",
        /// All horns of the left lateral ventricle.
        LateralVentricleLeft = "lateral_ventricle_left",
        /// All horns of the right lateral ventricle.
        LateralVentricleRight = "lateral_ventricle_right",
        /// From the left lateral to the third ventricle.
        ForamenOfMonroLeft = "foramen_of_monro_left",
        /// From the right lateral to the third ventricle.
        ForamenOfMonroRight = "foramen_of_monro_right",
        /// Between the thalami.
        ThirdVentricle = "third_ventricle",
        /// From the third to the fourth ventricle.
        Aqueduct = "aqueduct",
        /// Behind pons and medulla, with its openings into the subarachnoid space.
        FourthVentricle = "fourth_ventricle",
        /// The left cortical ribbon.
        CortexLeft = "cortex_left",
        /// The right cortical ribbon.
        CortexRight = "cortex_right",
        /// White matter of the left hemisphere.
        WhiteLeft = "white_left",
        /// White matter of the right hemisphere.
        WhiteRight = "white_right",
        /// The left caudate nucleus.
        CaudateLeft = "caudate_left",
        /// The right caudate nucleus.
        CaudateRight = "caudate_right",
        /// The left putamen and pallidum.
        PutamenLeft = "putamen_left",
        /// The right putamen and pallidum.
        PutamenRight = "putamen_right",
        /// The left thalamus.
        ThalamusLeft = "thalamus_left",
        /// The right thalamus.
        ThalamusRight = "thalamus_right",
        /// Midbrain, pons, medulla, and the cord below them.
        Brainstem = "brainstem",
        /// The folia of the cerebellum.
        CerebellarCortex = "cerebellar_cortex",
        /// The middle of the cerebellum.
        CerebellarWhite = "cerebellar_white",
        /// The superior sagittal sinus.
        SagittalSinus = "sagittal_sinus",
        /// An arachnoid or pineal cyst.
        Cyst = "cyst",
        /// Falx and tentorium.
        Dura = "dura",
    }
}

impl Region {
    /// The lateral, third and fourth ventricles and what joins them.
    #[must_use]
    pub fn is_ventricular(self) -> bool {
        (Self::LateralVentricleLeft..=Self::FourthVentricle).contains(&self)
    }

    /// The subarachnoid space, that of the spine included.
    #[must_use]
    pub fn is_subarachnoid(self) -> bool {
        (Self::OuterSas..=Self::SpinalSas).contains(&self)
    }

    /// Filled with cerebrospinal fluid: ventricles, subarachnoid space and cysts.
    #[must_use]
    pub fn is_fluid(self) -> bool {
        self.is_ventricular() || self.is_subarachnoid() || self == Self::Cyst
    }

    /// Brain tissue.
    #[must_use]
    pub fn is_parenchyma(self) -> bool {
        (Self::CortexLeft..=Self::CerebellarWhite).contains(&self)
    }

    /// The label of a left-sided region for a point on the right, where the two differ.
    pub(super) fn on_side(self, right: bool) -> Self {
        // The two sides of a region follow each other, left first.
        if right {
            Self::from_index(self as u8 + 1).unwrap_or(self)
        } else {
            self
        }
    }
}
