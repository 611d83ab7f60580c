//! The pictures of the signs of the Bern score that come with the program.

use cisterna::anatomy::bern::Item;
use cisterna::phantom::{EXAMPLE_SIDE, sign_examples, sign_pack};

#[test]
fn each_sign_has_a_picture_of_it_there_and_not_there() {
    let all = sign_examples().unwrap();
    let named: Vec<(Item, bool)> = all.iter().map(|one| (one.item, one.is_present)).collect();
    let wanted: Vec<(Item, bool)> = Item::SIGNS
        .into_iter()
        .flat_map(|item| [(item, false), (item, true)])
        .collect();
    assert_eq!(named, wanted);
    for pair in all.chunks_exact(2) {
        let [absent, present] = pair else { panic!() };
        for picture in pair {
            assert_eq!(picture.grey.len(), EXAMPLE_SIDE * EXAMPLE_SIDE);
            let bright = picture.grey.iter().filter(|grey| **grey > 40).count();
            assert!(
                bright > EXAMPLE_SIDE * EXAMPLE_SIDE / 5,
                "{:?}",
                picture.item
            );
        }
        let both = absent.grey.iter().zip(&present.grey);
        let other = both.filter(|(a, b)| a.abs_diff(**b) > 40).count();
        assert!(other > 100, "{:?}: {other} pixels differ", absent.item);
    }
}

/// Makes the pictures anew, after the heads of the phantom changed.
#[test]
#[ignore = "draws six heads of 1 mm and writes into the sources"]
fn pictures_of_signs_are_made() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/signs.gz");
    std::fs::write(path, sign_pack().unwrap()).unwrap();
}
