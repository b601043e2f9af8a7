//! The part of the table that is about files: one guest in several ways.

use rbit_testkit::guests::Fixture;

use super::Case;

/// The cases of a guest that does something to files.
pub(super) fn cases(base: Case) -> Vec<Case> {
    let way = |variant, settings| Case {
        variant,
        settings,
        ..base
    };
    let to = |case: Case, reason| Case { reason, ..case };
    let refused = |variant, settings| to(way(variant, settings), "artifact-refused");
    match base.fixture {
        Fixture::ChangesMounts => vec![way("", "mount = styles\n").within("mounts = mount")],
        Fixture::ClaimsSpace => [("length", "way = length"), ("end", "way = end")]
            .map(|(variant, settings)| to(way(variant, settings), "disk-limit").says("disk: limit 1 GiB"))
            .into(),
        Fixture::FillsDisk => WAYS_TO_WRITE
            .map(|(variant, settings)| {
                to(way(variant, settings), "disk-limit")
                    .within("disk = 1MiB")
                    .says("disk: limit 1 MiB")
            })
            .into(),
        Fixture::GivesBack => vec![way("", "").within("disk = 300kB")],
        Fixture::MakesFiles => KINDS_OF_NAMES
            .map(|(variant, settings)| {
                to(way(variant, settings), "file-limit")
                    .within("files = 2000")
                    .says("files: limit 2000")
            })
            .into(),
        Fixture::OpensFiles => KINDS_OF_HANDLES
            .map(|(variant, settings)| {
                to(way(variant, settings), "file-limit")
                    .within("open-files = 100")
                    .says("open-files: limit 100")
            })
            .into(),
        Fixture::WritesMany => vec![
            to(way("files", "files = 20"), "artifact-limit")
                .within("artifacts = 10")
                .says("artifacts: limit 10, peak 20"),
            to(way("large", "files = 1\nbytes = 100000"), "artifact-limit")
                .within("artifact-size = 10kB")
                .says("artifact-size: limit 10000 bytes, peak 100000 bytes"),
            to(way("sum", "files = 10\nbytes = 2000"), "artifact-limit")
                .within("artifacts-size = 10kB")
                .says("artifacts-size: limit 10000 bytes, peak 12000 bytes"),
        ],
        Fixture::Names => {
            let mut cases: Vec<_> = LYING_NAMES
                .iter()
                .map(|(variant, settings)| refused(variant, settings))
                .collect();
            cases.push(way("honest", "make = file:sub/a.txt\nreturns = /output/sub/a.txt"));
            cases
        }
        _ => vec![base],
    }
}

const WAYS_TO_WRITE: [(&str, &str); 6] = [
    ("stream", "way = stream"),
    ("append", "way = append"),
    ("at", "way = at"),
    ("zeroes", "way = zeroes"),
    ("splice", "way = splice"),
    ("size", "way = size"),
];

const KINDS_OF_NAMES: [(&str, &str); 5] = [
    ("file", "kind = file"),
    ("folder", "kind = folder"),
    ("symlink", "kind = symlink"),
    ("hardlink", "kind = hardlink"),
    ("tree", "kind = tree"),
];

const KINDS_OF_HANDLES: [(&str, &str); 4] = [
    ("file", "kind = file"),
    ("folder", "kind = folder"),
    ("listing", "kind = listing"),
    ("stream", "kind = stream"),
];

/// Nothing of what they name may be delivered.
const LYING_NAMES: [(&str, &str); 18] = [
    ("climbs", "returns = ../../etc/passwd"),
    ("absolute", "returns = /etc/passwd"),
    ("climbs-from-output", "returns = /output/../../etc/passwd"),
    (
        "symlink",
        "make = symlink:link=../../../../etc/passwd\nreturns = /output/link",
    ),
    ("symlink-inside", "make = file:a symlink:link=a\nreturns = /output/link"),
    (
        "symlink-dangling",
        "make = symlink:link=nothing\nreturns = /output/link",
    ),
    ("symlink-loop", "make = symlink:a=b symlink:b=a\nreturns = /output/a"),
    (
        "symlink-slash",
        "make = folder:d file:d/a symlink:s=d/\nreturns = /output/s/",
    ),
    (
        "through-symlink",
        "make = folder:d file:d/a symlink:s=d\nreturns = /output/s/a",
    ),
    ("hard-link", "make = file:a hardlink:b=a\nreturns = /output/b"),
    ("folder", "make = folder:d\nreturns = /output/d"),
    ("slash", "make = file:a\nreturns = /output/a/"),
    ("absent", "returns = /output/absent"),
    ("work", "returns = /work/a"),
    ("new-line", "make = file:a\\nb\nreturns = /output/a\\nb"),
    ("escape", "make = file:a\\e[31m\nreturns = /output/a\\e[31m"),
    ("twice", "make = file:a\nreturns = /output/a /output/a"),
    ("twice-otherwise", "make = file:d/a\nreturns = /output/d/a /output/d//a"),
];
