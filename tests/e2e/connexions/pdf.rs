//! The runner that takes half an hour to be built. `cargo xtask test` runs this where it was.

use std::process::Command;

use super::{built, repository};
use crate::rbit_program::stdout;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the guest `pdf`: cargo xtask guests pdf"]
async fn a_pdf_comes_through_the_broker_and_others_read_what_is_in_it() {
    let repository = repository("latest").await;
    let (scene, file) = built("pdf", "", &repository).await;
    assert_eq!(file, "col10901-1.3.pdf");
    let pdf = scene.rbit_box.path("output/pdf").join(file);
    let asked = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).arg(&pdf).arg("-").output().unwrap();
        assert!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        stdout(&output)
    };
    let text = asked("pdftotext", &["-layout"]);
    for words in TEXTS {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
    // Title page, contents, and a page for each of both parts at least.
    let pages = text.matches('\u{c}').count();
    assert!(pages >= 4, "{pages} pages");
    let picture = Command::new("pdftoppm")
        .args(["-r", "20", "-gray"])
        .arg(&pdf)
        .output()
        .unwrap();
    assert!(picture.status.success());
    assert_eq!(blank_pages(&picture.stdout, pages), 0);
    scene.strike().await;
}

/// How many of these pictures, one after the other in the format PGM, are of one colour.
fn blank_pages(mut pictures: &[u8], pages: usize) -> usize {
    let mut blank = 0;
    for _ in 0..pages {
        let head = pictures.split(|byte| *byte == b'\n').take(3).collect::<Vec<_>>();
        let [kind, size, depth] = head.as_slice() else {
            panic!("no picture")
        };
        let size = std::str::from_utf8(size).unwrap();
        let sides: Vec<usize> = size.split(' ').map(|side| side.parse().unwrap()).collect();
        let start = kind.len() + size.len() + depth.len() + 3;
        let (picture, rest) = pictures[start..].split_at(sides.iter().product());
        blank += usize::from(picture.iter().all(|dot| *dot == picture[0]));
        pictures = rest;
    }
    blank
}

/// Of the title page, the contents, each module, a list, a figure, a table, code, a note at the foot, and the formulas.
const TEXTS: [&str; 14] = [
    "Pebbles & Rivers: A $hort Course",
    "Ada Brook, Ivo Štein",
    "Contents",
    "How Water Moves",
    "A Formula",
    "Stones",
    "From Rock to Pebble",
    "an orange",
    "Pebbles, sorted by the water",
    "Weight & spread",
    "END { print sum / n }",
    "a list of",
    "in grams",
    "$x_1^2$ ~ `raw` = @nobody <tag>",
];
