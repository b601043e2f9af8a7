//! The table.

use rbit_testkit::guests::Fixture;

use super::{Case, files, network};

/// How a guest is run, and how it must end each time.
pub fn cases(fixture: Fixture) -> Vec<Case> {
    let to = |reason| Case {
        fixture,
        variant: "",
        settings: "",
        sandbox: "",
        reason,
        says: "",
    };
    let out_of_time = || to("timeout").within("timeout = 300ms").says("timeout: limit 300ms");
    let large = |case: Case| case.within("timeout = 300ms\nmemory = 2GiB");
    let one = match fixture {
        // Files have a table of their own.
        Fixture::BreaksOut
        | Fixture::ChangesMounts
        | Fixture::ClaimsSpace
        | Fixture::FillsDisk
        | Fixture::GivesBack
        | Fixture::MakesFiles
        | Fixture::Names
        | Fixture::OpensFiles
        | Fixture::WritesMany => return files::cases(to("done")),

        // So has the network.
        Fixture::Fetches => return network::cases(to("denied")),

        // Guests that do as they should, for other tests.
        Fixture::BlocksFirst => to("done").settings("blocked-attempts = 0"),
        Fixture::Echoes | Fixture::RollsDice => to("done"),
        Fixture::Fails => to("guest-failed")
            .settings("text = as it was told to")
            .says("as it was told to"),
        Fixture::Reads => to("guest-failed"),
        Fixture::Waits => to("done").settings("milliseconds = 50"),

        // What computes, or waits, without end.
        Fixture::CopiesMemory | Fixture::FillsMemory => large(out_of_time()),
        Fixture::WantsMore => out_of_time().within("timeout = 300ms\nmemory = 16MiB"),
        Fixture::Dives
        | Fixture::FillsTables
        | Fixture::ListsOn
        | Fixture::LoopsForever
        | Fixture::MovesOn
        | Fixture::SleepsForAges
        | Fixture::SleepsForever
        | Fixture::SpinsAtStart
        | Fixture::SpinsInAllocator
        | Fixture::WritesOn => out_of_time(),
        Fixture::YieldsWithoutEnd => to("cpu-limit").within("cpu-time = 300ms").says("cpu-time: limit 300ms"),

        // Memory, tables, stack.
        Fixture::EatsMemory | Fixture::Grows | Fixture::GrowsAtOnce | Fixture::GrowsInAllocator => to("memory-limit")
            .within("memory = 32MiB")
            .says("memory: limit 32 MiB, peak"),
        Fixture::TwoMemories => to("memory-limit").within("memory = 16MiB").says("memory: limit 16 MiB"),
        Fixture::Copes => to("done").within("memory = 32MiB"),
        Fixture::GrowsTable => to("table-limit")
            .within("table-elements = 5000")
            .says("table-elements: limit 5000, peak"),
        Fixture::BeginsWithAllMemory => to("invalid-component").says("4294967296 which exceeds the limit"),
        Fixture::BeginsWithAHugeTable => to("invalid-component").says("10000000 which exceeds the limit"),
        Fixture::HasManyInstances => to("table-limit").says("instances: limit 64, peak 64"),
        Fixture::HasManyMemories | Fixture::HasManyTables => to("invalid-component").says("exceeds the"),
        Fixture::Recurses | Fixture::RecursesInAllocator | Fixture::RecursesThroughTable => {
            to("stack-limit").says("guest-stack: limit 8 MiB")
        }

        // What the host holds on behalf of a guest.
        Fixture::FloodsHeaders => to("host-limit")
            .within("header-bytes = 8KiB")
            .says("header-bytes: limit 8 KiB"),
        Fixture::HoardsHandles | Fixture::HoardsRequests | Fixture::HoardsTimers | Fixture::PollsWithoutEnd => {
            to("host-limit").within("handles = 1000").says("handles: limit 1000")
        }
        Fixture::NamesMillions => to("host-limit").says("call-bytes: limit 8 MiB"),
        Fixture::WantsRandom => to("host-limit")
            .within("random-bytes = 64KiB")
            .says("random-bytes: limit 64 KiB"),
        Fixture::ReturnsALongName => to("artifact-limit").says("artifact-name: limit 1024 bytes, peak "),
        Fixture::GivesAway => to("guest-failed")
            .settings("secret = sesame")
            .within("secrets = secret"),
        Fixture::FailsAtLength => to("guest-failed").says("xxxxxxxx"),

        // The log.
        Fixture::FloodsLog => to("done").settings("mebibytes = 4").within("log = 64KiB"),
        Fixture::PrintsEscapes => to("done"),
        Fixture::PrintsNothingOften => to("done").within("log-rate = 100"),
        Fixture::PrintsWithoutNewLine => to("done").within("log-line = 1KiB"),

        // What the engine stops.
        Fixture::CallsBeyondTable | Fixture::CallsNothing | Fixture::CallsWithOtherTypes => {
            to("guest-trap").says("trapped: ")
        }
        Fixture::ConvertsNan => to("guest-trap").says("invalid conversion to integer"),
        Fixture::DividesByZero => to("guest-trap").says("integer divide by zero"),
        Fixture::Exits => to("guest-trap").says("exited with code"),
        Fixture::ReadsBeyondMemory | Fixture::WritesBeyondMemory => {
            to("guest-trap").says("out of bounds memory access")
        }
        Fixture::Traps => to("guest-trap").settings("text = on purpose").says("on purpose"),
        Fixture::TrapsAtStart | Fixture::TrapsInAllocator | Fixture::Unfolds => to("guest-trap").says("trapped: "),

        // What the host must not believe.
        Fixture::AllocatesBeyondMemory
        | Fixture::AllocatesUnaligned
        | Fixture::DropsStrangers
        | Fixture::DropsTwice
        | Fixture::ReturnsAtTheEnd
        | Fixture::ReturnsBeyondMemory
        | Fixture::ReturnsBrokenText
        | Fixture::ReturnsNonsense
        | Fixture::ReturnsUnaligned
        | Fixture::TakesStrangersForItsOwn
        | Fixture::WritesWithoutLeave => to("guest-trap").says("trapped: "),
        Fixture::BendsTime | Fixture::ReadsTooMuch => to("done"),

        // What it may see and reach.
        Fixture::AsksHttp | Fixture::LeavesMarks | Fixture::LooksAround => to("done"),

        // What is no runner.
        Fixture::IsNoRunner => to("invalid-component").says("it is no runner of"),
        Fixture::Wants64Bits | Fixture::WantsCollection | Fixture::WantsExceptions => {
            to("invalid-component").says("it does not compile")
        }
        Fixture::WantsThreads => to("invalid-component").says("its core module cannot be made a component"),
        Fixture::WantsMoreThanOffered | Fixture::WantsWasi03 => {
            to("invalid-component").says("it imports what this host does not offer")
        }
    };
    vec![one]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::all;

    /// Each key of a limit, and what is said when it ends a job; nothing where what is beyond it is dropped.
    const LIMITS: [(&str, bool); 19] = [
        ("timeout", true),
        ("cpu-time", true),
        ("memory", true),
        ("table-elements", true),
        ("instances", true),
        ("handles", true),
        ("call-bytes", true),
        ("random-bytes", true),
        ("header-bytes", true),
        ("disk", true),
        ("files", true),
        ("open-files", true),
        ("artifacts", true),
        ("artifact-size", true),
        ("artifacts-size", true),
        ("artifact-name", true),
        ("log", false),
        ("log-line", false),
        ("log-rate", false),
    ];

    #[test]
    fn each_limit_has_a_guest_that_meets_it() {
        for (key, is_said) in LIMITS {
            let set = format!("{key} = ");
            let meets = all().into_iter().any(|case| {
                let is_named =
                    case.says.starts_with(&format!("{key}: limit")) || case.says.contains(&format!("`{key}`"));
                let is_set = case.sandbox.lines().any(|line| line.starts_with(&set));
                if is_said { is_named } else { is_set }
            });
            assert!(meets, "no guest meets the limit `{key}`");
        }
    }

    #[test]
    fn each_case_has_a_name_of_its_own() {
        let names: Vec<_> = all().iter().map(super::Case::name).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert!(names.len() >= 100, "{}", names.len());
    }
}
