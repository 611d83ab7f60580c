"""A simulated cohort as worse scanners would have shown it: `python degraded.py DATA OUT`.

DATA is what `cisterna simulate --hours 0,1.5,24 -o DATA` wrote (whole scans of the study's protocol), OUT gets
a data set for each of: values to the power of 0.6 and of 1.6, fat halved, a blur of 1 mm (standard deviation),
three times the noise, three times the coils' field, voxels of 1.2 x 1.2 x 3 mm. All scans of a patient are
changed alike, but for noise. What it is for: `cisterna evaluate --data OUT/NAME` beside the same of DATA.
Needs numpy, scipy and nibabel.
"""
import csv
import glob
import os
import shutil
import sys
import zlib

import nibabel
import numpy as np
import scipy.ndimage as ndi

# Of the study's protocol (`src/phantom/painter.rs`): the root mean square of the logarithm of the coils' field.
FIELD = 0.08
# The median of noise alone in a magnitude picture, over its standard deviation (Rayleigh).
MEDIAN_OF_AIR = np.sqrt(2 * np.log(2))
BLUR_MM = 1.0
COARSE_MM = [1.2, 1.2, 3.0]


def power(exponent):
    def change(data, **_):
        top = np.percentile(data, 99.9)
        return top * (np.clip(data, 0, None) / top) ** exponent

    return change


def less_fat(data, fat, **_):
    return np.where(fat, 0.5 * data, data)


def blurred(data, mm, **_):
    return ndi.gaussian_filter(data, BLUR_MM / mm)


def noisier(data, air, rng, **_):
    # Noise of sqrt(8) times the standard deviation makes three times of what is there.
    sigma = np.sqrt(8.0) * np.median(data[air]) / MEDIAN_OF_AIR
    real, imaginary = rng.normal(0, sigma, (2, *data.shape))
    return np.hypot(data + real, imaginary)


def unevener(data, patient, **_):
    # A second field, drawn without regard to the first, so that both have three times its strength.
    rng = np.random.default_rng(patient)
    strengths = np.zeros((4, 4, 4))
    for order in list(np.ndindex(4, 4, 4))[1:]:
        strengths[order] = rng.uniform(-1, 1) / sum(order) ** 2
    along = [np.cos(np.pi * np.arange(4)[:, None] * (np.arange(n) + 0.5) / n) for n in data.shape]
    waves = np.einsum("ijk,ix,jy,kz->xyz", strengths, *along, optimize=True)
    waves *= np.sqrt(8.0) * FIELD / np.sqrt(np.mean(waves**2))
    return data * np.exp(waves)


CHANGES = {
    "power-0.6": power(0.6),
    "power-1.6": power(1.6),
    "fat": less_fat,
    "blur": blurred,
    "noise": noisier,
    "field": unevener,
    "coarse": None,
}


def coarser(image):
    """Means over the thickness of a slice, sampled between voxels."""
    data = np.asarray(image.dataobj, dtype=np.float32)
    mm = np.array(image.header.get_zooms()[:3])
    wide = ndi.uniform_filter1d(data, max(1, round(COARSE_MM[2] / mm[2])), axis=2)
    step = np.array(COARSE_MM) / mm
    shape = np.floor((np.array(data.shape) - 1) / step).astype(int) + 1
    coarse = ndi.affine_transform(wide, step, output_shape=shape, order=1)
    affine = image.affine @ np.diag([*step, 1.0])
    return coarse, affine


def main():
    source, out = sys.argv[1:]
    scans = sorted(glob.glob(f"{source}/sub-*/**/*_T1w.nii.gz", recursive=True))
    if not scans:
        sys.exit(f"{source} has no scans that end in _T1w.nii.gz")
    for name in CHANGES:
        shutil.copytree(source, f"{out}/{name}", ignore=shutil.ignore_patterns("*.nii.gz", "derivatives"))
    for path in scans:
        inside = os.path.relpath(path, source)
        subject = inside.split(os.sep)[0]
        image = nibabel.load(path)
        data = np.asarray(image.dataobj, dtype=np.float32)
        maps = glob.glob(f"{source}/derivatives/**/{subject}*_dseg.nii.gz", recursive=True)
        tables = glob.glob(f"{source}/derivatives/**/*dseg.tsv", recursive=True)
        if not maps or not tables:
            sys.exit(f"{source} has no label map of {subject}, or no table of labels")
        labels = np.asarray(nibabel.load(maps[0]).dataobj).astype(int)
        with open(tables[0], newline="") as table:
            rows = list(csv.DictReader(table, delimiter="\t"))
        fat_labels = [int(row["index"]) for row in rows if row["name"] == "scalp" or "fat" in row["name"]]
        if labels.shape != data.shape or not fat_labels:
            sys.exit(f"{maps[0]} has no fat on the grid of {path}")
        # What is under the skin is told from it by its signal.
        fat = np.isin(labels, fat_labels)
        fat &= data > np.percentile(data[fat], 50)
        seed = zlib.crc32(inside.encode())
        about = dict(
            fat=fat,
            air=labels == 0,
            mm=np.array(image.header.get_zooms()[:3]),
            rng=np.random.default_rng(seed),
            patient=zlib.crc32(subject.encode()),
        )
        for name, change in CHANGES.items():
            if change is None:
                made, affine = coarser(image)
            else:
                made, affine = change(data, **about), image.affine
            header = image.header.copy()
            header.set_data_dtype(np.float32)
            header["scl_slope"], header["scl_inter"] = 1, 0
            saved = nibabel.Nifti1Image(made.astype(np.float32), affine, header)
            nibabel.save(saved, f"{out}/{name}/{inside}")
        print(inside, flush=True)


if __name__ == "__main__":
    main()
