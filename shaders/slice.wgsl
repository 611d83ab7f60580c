// One slice through up to four volumes.
//
// A pixel goes to world millimetres and, for each layer, on to that layer's own voxels, where
// the value is interpolated by hand: filtering f32 textures is optional in WebGPU and differs
// between drivers. src/render/cpu.rs is the twin of this file; a test compares the two.

// NOTE: keep in sync with `LayerUniform` in src/render/style.rs.
struct Layer {
    voxel_from_world: mat4x4<f32>,
    dims: vec4<f32>,
    low: f32,
    per_width: f32,
    opacity: f32,
    // bit 0 linear, bit 1 inverted, bit 2 cut at or below `low`, bit 3 clear in the middle, from
    // bit 8 the row of colours; bit 4 labels, bit 5 as opaque as the value is high
    flags: u32,
    // Of labels: the width of their line in pixels and its opacity.
    outline: vec4<f32>,
}

// NOTE: keep in sync with `SliceUniform` in src/render/style.rs.
struct Slice {
    world_from_pixel: mat4x4<f32>,
    size: vec2<f32>,
    n_layers: u32,
    // 0 layers, 1 absolute difference, 2 signed difference, 3 swipe, 4 checkerboard, 5 outline
    mode: u32,
    background: vec4<f32>,
    // The colour of edges.
    outline: vec4<f32>,
    // Pixels: where the second layer begins, the side of a square, or how far the slope is taken
    // over to each side. Then what makes a share of the window a slope, 1/mm.
    pairing: vec4<f32>,
    layers: array<Layer, 4>,
    difference: Layer,
}

// A value and whether there is one.
struct Sample {
    value: f32,
    valid: bool,
}

@group(0) @binding(0) var<uniform> slice: Slice;
// One row of 256 colours a map.
@group(0) @binding(1) var colours: texture_2d<f32>;
@group(0) @binding(2) var volume_0: texture_3d<f32>;
@group(0) @binding(3) var volume_1: texture_3d<f32>;
@group(0) @binding(4) var volume_2: texture_3d<f32>;
@group(0) @binding(5) var volume_3: texture_3d<f32>;
// Colours of labels by their places, 256 a row.
@group(0) @binding(6) var labels_0: texture_2d<f32>;
@group(0) @binding(7) var labels_1: texture_2d<f32>;
@group(0) @binding(8) var labels_2: texture_2d<f32>;
@group(0) @binding(9) var labels_3: texture_2d<f32>;

// NaN, which a shader may not rely on, comes as a value below this.
// NOTE: keep in sync with `NO_VALUE` in src/render/texture.rs.
const NO_VALUE_BELOW: f32 = -3.0e38;

struct VertexOut {
    @builtin(position) position: vec4<f32>,
    @location(0) share: vec2<f32>,
}

// A triangle that covers the viewport.
@vertex
fn vertex(@builtin(vertex_index) index: u32) -> VertexOut {
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    var out: VertexOut;
    out.position = vec4<f32>(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0);
    out.share = corner;
    return out;
}

@fragment
fn fragment(in: VertexOut) -> @location(0) vec4<f32> {
    // The middle of a pixel, exactly: what is interpolated over a large triangle is not.
    let pixel = floor(in.share * slice.size) + 0.5;
    let world = transform(slice.world_from_pixel, vec3<f32>(pixel, 0.0));
    var out = slice.background;
    if slice.n_layers > 0u {
        let sampled = sample_layer(volume_0, 0u, world);
        if sampled.valid {
            out = blend(out, slice.layers[0], sampled.value);
        }
    }
    if slice.n_layers > 1u {
        let sampled = sample_layer(volume_1, 1u, world);
        if sampled.valid {
            out = blend(out, slice.layers[1], sampled.value);
        }
    }
    if slice.n_layers > 2u {
        let sampled = sample_layer(volume_2, 2u, world);
        if sampled.valid {
            out = blend(out, slice.layers[2], sampled.value);
        }
    }
    if slice.n_layers > 3u {
        let sampled = sample_layer(volume_3, 3u, world);
        if sampled.valid {
            out = blend(out, slice.layers[3], sampled.value);
        }
    }
    return out;
}

// As `fragment`, with labels among the layers.
@fragment
fn fragment_labels(in: VertexOut) -> @location(0) vec4<f32> {
    let pixel = floor(in.share * slice.size) + 0.5;
    var out = slice.background;
    if slice.n_layers > 0u {
        out = over(out, volume_0, labels_0, 0u, pixel);
    }
    if slice.n_layers > 1u {
        out = over(out, volume_1, labels_1, 1u, pixel);
    }
    if slice.n_layers > 2u {
        out = over(out, volume_2, labels_2, 2u, pixel);
    }
    if slice.n_layers > 3u {
        out = over(out, volume_3, labels_3, 3u, pixel);
    }
    return out;
}

// A layer of values or of labels over what is below.
fn over(
    below: vec4<f32>,
    volume: texture_3d<f32>,
    labels: texture_2d<f32>,
    index: u32,
    pixel: vec2<f32>,
) -> vec4<f32> {
    let layer = slice.layers[index];
    if (layer.flags & 16u) == 0u {
        let world = transform(slice.world_from_pixel, vec3<f32>(pixel, 0.0));
        let sampled = sample_layer(volume, index, world);
        if !sampled.valid {
            return below;
        }
        return blend(below, layer, sampled.value);
    }
    let sampled = label_at(volume, index, pixel);
    if !sampled.valid {
        return below;
    }
    let is_line = is_outline(volume, index, pixel, sampled.value);
    return blend_label(below, layer, labels, sampled.value, is_line);
}

// Whether another label lies as far to one of four sides as the line is wide.
fn is_outline(volume: texture_3d<f32>, index: u32, pixel: vec2<f32>, value: f32) -> bool {
    let width = slice.layers[index].outline.x;
    if width <= 0.0 {
        return false;
    }
    return differs(volume, index, pixel + vec2<f32>(width, 0.0), value)
        || differs(volume, index, pixel - vec2<f32>(width, 0.0), value)
        || differs(volume, index, pixel + vec2<f32>(0.0, width), value)
        || differs(volume, index, pixel - vec2<f32>(0.0, width), value);
}

fn differs(volume: texture_3d<f32>, index: u32, pixel: vec2<f32>, value: f32) -> bool {
    let there = label_at(volume, index, pixel);
    return select(0.0, there.value, there.valid) != value;
}

// Labels are never interpolated. A way of their own, as compilers of shaders in software take minutes
// over five ways with loops for each layer.
fn label_at(volume: texture_3d<f32>, index: u32, pixel: vec2<f32>) -> Sample {
    let layer = slice.layers[index];
    let world = transform(slice.world_from_pixel, vec3<f32>(pixel, 0.0));
    return nearest_voxel(volume, layer.dims.xyz, transform(layer.voxel_from_world, world));
}

// The colour of a label at its place in the table.
fn blend_label(
    below: vec4<f32>,
    layer: Layer,
    labels: texture_2d<f32>,
    value: f32,
    is_line: bool,
) -> vec4<f32> {
    let place = u32(value);
    let above = textureLoad(labels, vec2<i32>(i32(place % 256u), i32(place / 256u)), 0);
    let opacity = select(layer.opacity, max(layer.outline.y, layer.opacity), is_line);
    let share = above.a * opacity;
    return vec4<f32>(below.rgb + (above.rgb - below.rgb) * share, 1.0);
}

// The first two layers set against each other. An entry of its own: a processor that draws in
// software takes all branches of a shader for each pixel.
@fragment
fn fragment_paired(in: VertexOut) -> @location(0) vec4<f32> {
    let pixel = floor(in.share * slice.size) + 0.5;
    let world = transform(slice.world_from_pixel, vec3<f32>(pixel, 0.0));
    var out = slice.background;
    if slice.mode < 3u {
        let real = sample_layer(volume_0, 0u, world);
        let predicted = sample_layer(volume_1, 1u, world);
        if real.valid && predicted.valid {
            let difference = predicted.value - real.value;
            let value = select(difference, abs(difference), slice.mode == 1u);
            out = blend(out, slice.difference, value);
        }
        return out;
    }
    // One layer or the other, or the second with the edges of the first.
    let square = floor(pixel / slice.pairing.x);
    var is_first = false;
    if slice.mode == 3u {
        is_first = pixel.x < slice.pairing.x;
    } else if slice.mode == 4u {
        is_first = (i32(square.x) + i32(square.y)) % 2 == 0;
    }
    if is_first {
        let sampled = sample_layer(volume_0, 0u, world);
        if sampled.valid {
            out = blend(out, slice.layers[0], sampled.value);
        }
        return out;
    }
    let sampled = sample_layer(volume_1, 1u, world);
    if sampled.valid {
        out = blend(out, slice.layers[1], sampled.value);
    }
    if slice.mode == 5u {
        out = vec4<f32>(out.rgb + (slice.outline.rgb - out.rgb) * edge(pixel), 1.0);
    }
    return out;
}

// How much of an edge of the first layer there is: from 0 to 1 where the slope goes from
// FAINT_EDGE to FULL_EDGE, in windows a mm.
const FAINT_EDGE: f32 = 0.08;
const FULL_EDGE: f32 = 0.2;

fn edge(pixel: vec2<f32>) -> f32 {
    let reach = slice.pairing.x;
    let right = sample_beside(pixel + vec2<f32>(reach, 0.0));
    let left = sample_beside(pixel - vec2<f32>(reach, 0.0));
    let below = sample_beside(pixel + vec2<f32>(0.0, reach));
    let above = sample_beside(pixel - vec2<f32>(0.0, reach));
    if !(right.valid && left.valid && below.valid && above.valid) {
        return 0.0;
    }
    let scale = slice.layers[0].per_width * slice.pairing.y;
    let across = (right.value - left.value) * scale;
    let down = (below.value - above.value) * scale;
    let slope = sqrt(across * across + down * down);
    return clamp((slope - FAINT_EDGE) / (FULL_EDGE - FAINT_EDGE), 0.0, 1.0);
}

fn sample_beside(pixel: vec2<f32>) -> Sample {
    return sample_layer(volume_0, 0u, transform(slice.world_from_pixel, vec3<f32>(pixel, 0.0)));
}

fn transform(matrix: mat4x4<f32>, point: vec3<f32>) -> vec3<f32> {
    return matrix[0].xyz * point.x + matrix[1].xyz * point.y + matrix[2].xyz * point.z + matrix[3].xyz;
}

fn sample_layer(volume: texture_3d<f32>, index: u32, world: vec3<f32>) -> Sample {
    let layer = slice.layers[index];
    let voxel = transform(layer.voxel_from_world, world);
    return sample_voxel(volume, layer.dims.xyz, voxel, (layer.flags & 1u) == 1u);
}

// NOTE: keep in sync with `Volume::sample_voxel` in src/volume/sample.rs.
fn sample_voxel(volume: texture_3d<f32>, dims: vec3<f32>, voxel: vec3<f32>, linear: bool) -> Sample {
    if !linear {
        return nearest_voxel(volume, dims, voxel);
    }
    if !(all(voxel >= vec3<f32>(-0.5)) && all(voxel < dims - 0.5)) {
        return Sample(0.0, false);
    }
    let last = vec3<i32>(dims) - 1;
    let clamped = clamp(voxel, vec3<f32>(0.0), dims - 1.0);
    let base = floor(clamped);
    let weight = clamped - base;
    let low = vec3<i32>(base);
    let high = min(low + 1, last);
    var sum = 0.0;
    for (var corner = 0u; corner < 8u; corner += 1u) {
        let up = vec3<bool>((corner & 1u) != 0u, (corner & 2u) != 0u, (corner & 4u) != 0u);
        let shares = select(1.0 - weight, weight, up);
        let share = shares.x * shares.y * shares.z;
        if share > 0.0 {
            let value = textureLoad(volume, select(low, high, up), 0).r;
            if value <= NO_VALUE_BELOW {
                return Sample(0.0, false);
            }
            sum += share * value;
        }
    }
    return Sample(sum, true);
}

fn nearest_voxel(volume: texture_3d<f32>, dims: vec3<f32>, voxel: vec3<f32>) -> Sample {
    if !(all(voxel >= vec3<f32>(-0.5)) && all(voxel < dims - 0.5)) {
        return Sample(0.0, false);
    }
    let index = min(vec3<i32>(floor(voxel + 0.5)), vec3<i32>(dims) - 1);
    let value = textureLoad(volume, index, 0).r;
    return Sample(value, value > NO_VALUE_BELOW);
}

fn blend(below: vec4<f32>, layer: Layer, value: f32) -> vec4<f32> {
    if (layer.flags & 4u) != 0u && value <= layer.low {
        return below;
    }
    var share = clamp((value - layer.low) * layer.per_width, 0.0, 1.0);
    if (layer.flags & 2u) != 0u {
        share = 1.0 - share;
    }
    let above = colour(layer.flags >> 8u, share);
    // Colours that are black in the middle and clear there cover as much as they lie off it.
    let cover = select(1.0, abs(2.0 * share - 1.0), (layer.flags & 8u) != 0u);
    // What follows the value is clear at the first colour.
    let follows = clamp((value - layer.low) * layer.per_width, 0.0, 1.0);
    let opacity = layer.opacity * select(1.0, follows, (layer.flags & 32u) != 0u);
    return vec4<f32>(below.rgb + (above - below.rgb * cover) * opacity, 1.0);
}

// NOTE: keep in sync with `Colormap::colour` in src/render/colormap.rs.
fn colour(row: u32, share: f32) -> vec3<f32> {
    let at = share * 255.0;
    let low = min(floor(at), 254.0);
    let weight = at - low;
    let a = textureLoad(colours, vec2<i32>(i32(low), i32(row)), 0).rgb;
    let b = textureLoad(colours, vec2<i32>(i32(low) + 1, i32(row)), 0).rgb;
    return a + (b - a) * weight;
}
