//! Two scans in one picture: swipe, checkerboard and outline.

use super::*;

#[test]
fn pairings_of_two_grids_equal_their_cpu_twin() {
    let first = lopsided([40, 48, 36], straight([40, 48, 36], [1.0; 3]));
    let dims = [44, 52, 40];
    let second = lopsided(dims, oblique(dims, [0.9; 3]));
    for plane in Plane::ALL {
        for pairing in [
            Pairing::Swipe(0.37),
            Pairing::Checkerboard(23.0),
            Pairing::Outline([20, 200, 90]),
        ] {
            let mut picture = picture(plane, &first, base_style(), [190, 210]);
            picture.layers.push((
                &second,
                LayerStyle {
                    colormap: Colormap::Viridis,
                    ..LayerStyle::base(Window::new(100.0, 900.0))
                },
            ));
            picture.pairing = Some(pairing);
            assert_twins(&picture);
        }
    }
}

/// Two scans of one value each, and one whose left half is bright.
#[test]
fn pairings_show_each_scan_where_they_say() {
    let grid = Grid::new([8; 3], straight([8; 3], [1.0; 3])).unwrap();
    let of = |value: &dyn Fn(usize) -> f32| {
        Volume::new(grid.clone(), (0..512).map(value).collect()).unwrap()
    };
    let (dark, gray) = (of(&|_| 0.0), of(&|_| 128.0));
    let half = of(&|at| if at % 8 < 4 { 255.0 } else { 0.0 });
    let style = LayerStyle::base(Window::new(0.0, 255.0));
    let drawn = |first, pairing| {
        let mut picture = picture(Plane::Axial, first, style, [8, 8]);
        picture.layers.push((&gray, style));
        picture.pairing = Some(pairing);
        [draw_on_gpu(&picture), draw_on_cpu(&picture)]
    };
    for image in drawn(&dark, Pairing::Swipe(0.25)) {
        let row: Vec<u8> = (0..8).map(|x| image.get_pixel(x, 5).0[0]).collect();
        assert_eq!(row, [0, 0, 128, 128, 128, 128, 128, 128]);
    }
    for image in drawn(&dark, Pairing::Checkerboard(4.0)) {
        let corners = [(0, 0), (7, 0), (0, 7), (7, 7)].map(|(x, y)| image.get_pixel(x, y).0[0]);
        assert_eq!(corners, [0, 128, 128, 0]);
    }
    for image in drawn(&half, Pairing::Outline([255, 0, 0])) {
        // The edge lies between the fourth and the fifth column, and nowhere else.
        let at = |x| image.get_pixel(x, 4).0;
        assert_eq!([at(3), at(4)], [[255, 0, 0, 255]; 2]);
        assert_eq!([at(1), at(6)], [[128, 128, 128, 255]; 2]);
    }
}
