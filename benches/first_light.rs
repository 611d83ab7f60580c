//! From a file to the first picture: opening, the automatic window, the upload and three panes
//! with an overlay.
//!
//! The two scans are made here from a fixed seed, so that every run and every peer program sees
//! the same bytes: a head on empty air (about 4 MB) and one with noise everywhere (about
//! 17 MB), both 256 cubed int16 `.nii.gz`. The GPU is whatever adapter `Gpu::headless` finds;
//! its name is printed. Quote ratios to a peer on the same machine, never times alone.

use cisterna::formats::{self, no_progress};
use cisterna::render::{
    Colormap, Gpu, LayerStyle, SlicePicture, SlicePipeline, VolumeTexture, draw_on_cpu,
};
use cisterna::volume::{Convention, Grid, Plane, PlaneView, Volume, Window};
use criterion::{
    BatchSize, Bencher, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use flate2::{Compression, write::GzEncoder};
use nalgebra::{Matrix4, Rotation3, Vector3};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

const SIDE: usize = 256;
/// The central panel of a window of 1280 x 800: one large pane and two small ones.
const PANES: [(Plane, [u32; 2]); 3] = [
    (Plane::Axial, [704, 748]),
    (Plane::Coronal, [374, 374]),
    (Plane::Sagittal, [374, 374]),
];

fn first_light(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, noise_in_air) in [("head", false), ("noisy", true)] {
        let path = folder.path().join(format!("{name}.nii.gz"));
        write_nifti(&path, &head(noise_in_air)).expect("a scan in the temporary folder");
        let file_bytes = path.metadata().map_or(0, |metadata| metadata.len());
        eprintln!("{}: {file_bytes} bytes", path.display());
        let mut group = c.benchmark_group("open");
        group
            .sample_size(20)
            .sampling_mode(SamplingMode::Flat)
            .throughput(Throughput::Bytes(file_bytes))
            .measurement_time(Duration::from_secs(4));
        group.bench_function(name, |b| each(b, || open(&path)));
    }
    let scan = open(&folder.path().join("head.nii.gz"));
    show(c, &scan, &tilted(&scan));
}

/// Times making something large, but not giving its memory back, and holds only one at a time.
fn each<T>(b: &mut Bencher<'_>, make: impl Fn() -> T) {
    b.iter_batched(|| (), |()| make(), BatchSize::PerIteration);
}

fn open(path: &Path) -> Volume {
    formats::open(path, 0, &no_progress)
        .expect("the scan that was just written")
        .volume
}

fn show(c: &mut Criterion, scan: &Volume, overlay: &Volume) {
    let mut group = c.benchmark_group("show");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .measurement_time(Duration::from_secs(5));
    group.bench_function("automatic window", |b| b.iter(|| Window::auto(scan)));
    group.bench_function("three panes, CPU", |b| {
        b.iter(|| pictures(scan, overlay, scan).map(|picture| draw_on_cpu(&picture)));
    });
    match Gpu::headless() {
        Ok(gpu) => {
            eprintln!("GPU: {}", gpu.name);
            group.bench_function("upload", |b| each(b, || upload(&gpu, scan)));
            let textures = [upload(&gpu, scan), upload(&gpu, overlay)];
            let pipeline = SlicePipeline::new(&gpu.device, &gpu.queue, SlicePipeline::IMAGE);
            let target = target(&gpu.device);
            group.bench_function("three panes, GPU", |b| {
                b.iter(|| {
                    let pictures = pictures(&textures[0], &textures[1], scan);
                    paint(&gpu, &pipeline, &target, &pictures);
                });
            });
        }
        Err(error) => eprintln!("without the GPU: {error}"),
    }
    group.finish();
}

/// Hands a volume over and waits until the adapter has it.
fn upload(gpu: &Gpu, volume: &Volume) -> VolumeTexture {
    let texture =
        VolumeTexture::new(&gpu.device, &gpu.queue, volume).expect("room for a volume on the GPU");
    wait(gpu);
    texture
}

fn pictures<V: Copy>(scan: V, overlay: V, volume: &Volume) -> [SlicePicture<V>; 3] {
    let styles = [
        LayerStyle::base(Window::new(0.0, 400.0)),
        LayerStyle::overlay(Window::new(50.0, 400.0), Colormap::Inferno),
    ];
    PANES.map(|(plane, size)| SlicePicture {
        view: PlaneView::fit(
            plane,
            Convention::Radiological,
            volume.grid(),
            3.3,
            Some(size),
        ),
        layers: vec![(scan, styles[0]), (overlay, styles[1])],
        pairing: None,
        background: [0; 3],
    })
}

fn target(device: &wgpu::Device) -> wgpu::TextureView {
    device
        .create_texture(&wgpu::TextureDescriptor {
            label: Some("window"),
            size: wgpu::Extent3d {
                width: 1280,
                height: 800,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: SlicePipeline::IMAGE,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        })
        .create_view(&wgpu::TextureViewDescriptor::default())
}

/// One frame as the window has it: all views prepared, then painted in one pass.
fn paint(
    gpu: &Gpu,
    pipeline: &SlicePipeline,
    target: &wgpu::TextureView,
    pictures: &[SlicePicture<&VolumeTexture>; 3],
) {
    let prepared = pictures
        .each_ref()
        .map(|picture| pipeline.prepare(&gpu.device, &gpu.queue, picture));
    let mut encoder = gpu
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        let corners = [[0.0, 0.0], [704.0, 0.0], [704.0, 374.0]];
        for ((prepared, [x, y]), (_, [width, height])) in prepared.iter().zip(corners).zip(PANES) {
            pass.set_viewport(x, y, width as f32, height as f32, 0.0, 1.0);
            pipeline.paint(&mut pass, prepared);
        }
    }
    gpu.queue.submit([encoder.finish()]);
    wait(gpu);
}

fn wait(gpu: &Gpu) {
    gpu.queue.submit([]);
    gpu.device
        .poll(wgpu::PollType::wait_indefinitely())
        .expect("the GPU to finish");
}

/// An ellipsoid of bands of tissue, in counts; its noise reaches beyond it where asked to.
fn head(noise_in_air: bool) -> Vec<i16> {
    let mut values = Vec::with_capacity(SIDE * SIDE * SIDE);
    let scaled = |index: usize, radius: f32| (index as f32 - 127.5) / radius;
    for k in 0..SIDE {
        for j in 0..SIDE {
            for i in 0..SIDE {
                let [x, y, z] = [scaled(i, 76.0), scaled(j, 96.0), scaled(k, 88.0)];
                let radius = (x * x + y * y + z * z).sqrt();
                let fold = 0.03 * (x * 19.0).sin() * (y * 23.0).sin() * (z * 21.0).sin();
                let tissue = match radius + fold {
                    r if r < 0.2 => 40,
                    r if r < 0.62 => 260,
                    r if r < 0.8 => 180,
                    r if r < 0.88 => 60,
                    r if r < 1.0 => 330,
                    _ => 0,
                };
                let noise = noise(values.len() as u64);
                values.push(match (noise_in_air, tissue) {
                    (true, _) => tissue + 2 * noise / 5,
                    (false, 0) => 0,
                    (false, _) => tissue + noise,
                });
            }
        }
    }
    values
}

/// Nearly normal, mean 0, standard deviation about 37, hashed from the voxel's place.
fn noise(voxel: u64) -> i16 {
    let mut h = voxel ^ 0x5eed;
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^= h >> 31;
    let bytes: i16 = h.to_le_bytes()[..4].iter().map(|&b| i16::from(b)).sum();
    (bytes - 510) / 4
}

/// A NIfTI-1 file of 1 mm voxels around the origin.
fn write_nifti(path: &Path, values: &[i16]) -> std::io::Result<()> {
    let mut header = [0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (n, dim) in [3, SIDE as i16, SIDE as i16, SIDE as i16, 1, 1, 1, 1]
        .into_iter()
        .enumerate()
    {
        put(40 + 2 * n, &dim.to_le_bytes());
        put(76 + 4 * n, &1_f32.to_le_bytes());
    }
    put(70, &4_i16.to_le_bytes()); // int16
    put(72, &16_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(112, &1_f32.to_le_bytes()); // scl_slope
    put(123, &[2]); // mm
    put(254, &1_i16.to_le_bytes()); // sform_code
    for row in 0..3 {
        put(280 + 20 * row, &1_f32.to_le_bytes());
        put(292 + 16 * row, &(-127.5_f32).to_le_bytes());
    }
    put(344, b"n+1\0");
    let mut out = GzEncoder::new(BufWriter::new(File::create(path)?), Compression::new(6));
    out.write_all(&header)?;
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    out.write_all(&bytes)?;
    out.finish()?.flush()
}

/// A coarser overlay on a grid that is turned about all axes.
fn tilted(scan: &Volume) -> Volume {
    let side = 128;
    let turn = Rotation3::from_euler_angles(0.2, -0.15, 0.3).to_homogeneous();
    let corner = Vector3::repeat(-(side as f64 - 1.0) / 2.0);
    let world_from_voxel = turn * Matrix4::new_scaling(1.7) * Matrix4::new_translation(&corner);
    let grid = Grid::new([side; 3], world_from_voxel).expect("a turned grid has an inverse");
    let values = (0..side * side * side)
        .map(|at| [at % side, at / side % side, at / side / side].map(|i| 2 * i))
        .map(|index| scan.value(index).unwrap_or(0.0))
        .collect();
    Volume::new(grid, values).expect("one value a voxel")
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1));
    targets = first_light
}
criterion_main!(benches);
