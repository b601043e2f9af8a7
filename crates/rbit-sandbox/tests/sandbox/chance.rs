//! Time and random numbers: the host's, or the same on every run.

use std::{fs, time::SystemTime};

use rbit_job::{Chance, GuestClock, GuestRandom};
use rbit_testkit::guests::Fixture;

use crate::suite::bench::Bench;

/// The lines of what a guest saw.
async fn rolled(chance: Chance) -> Vec<String> {
    let bench = Bench::new();
    let mut plan = bench.fixture_plan(Fixture::RollsDice, &[]);
    plan.chance = chance;
    assert_eq!(bench.run(&plan).await.result.unwrap(), ["/output/dice.txt"]);
    let told = fs::read_to_string(bench.folders(&plan).output.join("dice.txt")).unwrap();
    told.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_guest_whose_chance_is_fixed_sees_the_same_on_every_run_and_in_every_release() {
    let chance = Chance {
        clock: GuestClock::Fixed("2001-02-03T04:05:06Z".parse().unwrap()),
        random: GuestRandom::Seeded(1),
    };
    let expected = [
        "time 981173106",
        "file 981173106",
        "random [222, 52, 222, 197, 121, 165, 185, 66]",
        "insecure 11114980320256418040",
        "seed (2822430395410641094, 11413071731502626714)",
    ];
    assert_eq!(rolled(chance).await, expected);
    assert_eq!(rolled(chance).await, expected);
    let other = Chance {
        random: GuestRandom::Seeded(2),
        ..chance
    };
    let other = rolled(other).await;
    assert_eq!(other[..2], expected[..2]);
    assert!(
        other.iter().skip(2).all(|line| !expected.contains(&line.as_str())),
        "{other:?}"
    );
}

#[tokio::test]
async fn a_guest_of_a_box_sees_the_time_of_the_box_and_numbers_that_nobody_can_foretell() {
    let before = now();
    let first = rolled(Chance::default()).await;
    let after = now();
    for line in &first[..2] {
        let seconds: u64 = line.split(' ').next_back().unwrap().parse().unwrap();
        // A file's time may be that of the kernel's last tick.
        assert!((before - 1..=after).contains(&seconds), "{line}");
    }
    let second = rolled(Chance::default()).await;
    assert!(
        first[2..].iter().all(|line| !second.contains(line)),
        "{first:?} {second:?}"
    );
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}
