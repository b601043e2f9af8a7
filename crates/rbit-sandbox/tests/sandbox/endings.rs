//! Every way in which a guest can end.

use std::sync::Arc;

use rbit_job::{
    Reason,
    port::{Executor, GuestLog, GuestStream},
};

use crate::suite::bench::{Bench, ending, fixture, plan, prelude};

#[tokio::test]
async fn the_names_a_guest_returns_are_passed_on_as_they_are() {
    let bench = Bench::new();
    let execution = bench.run(&bench.plan("returns")).await;
    assert_eq!(execution.result.unwrap(), ["/output/a.pdf", "../../etc/passwd"]);
    assert!(execution.usage.memory_peak >= 8 << 16);
}

#[tokio::test]
async fn the_request_reaches_the_guest() {
    let bench = Bench::new();
    let mut plan = bench.plan("echoes");
    plan.request.package = "größer/☃".into();
    assert_eq!(bench.run(&plan).await.result.unwrap(), ["größer/☃"]);
}

#[tokio::test]
async fn what_a_guest_fails_with_is_shown_on_one_line_with_nothing_a_terminal_obeys() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("fails")).await);
    assert_eq!(
        (reason, text.as_str()),
        (Reason::GuestFailed, r"no `name`\u{1b}[2J\nINFO all is well")
    );
}

#[tokio::test]
async fn a_guest_that_is_blocked_says_by_what() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("blocks")).await);
    assert_eq!(
        (reason, text.as_str()),
        (Reason::GuestBlocked, "the sources are not there yet")
    );
}

#[tokio::test]
async fn a_guests_text_is_cut() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("fails_at_length")).await);
    assert_eq!(reason, Reason::GuestFailed);
    assert!((16 << 10..17 << 10).contains(&text.len()), "{}", text.len());
}

#[tokio::test]
async fn a_trap_is_reported_with_its_place_and_the_guests_last_words() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("traps")).await);
    assert_eq!(reason, Reason::GuestTrap);
    assert!(
        text.starts_with("trapped: wasm `unreachable` instruction executed; in innermost < "),
        "{text}"
    );
    assert!(text.ends_with("; stderr: panicked at lib.rs:7: / boom"), "{text}");
}

#[tokio::test]
async fn a_trap_is_reported_with_file_and_line_where_the_component_has_them() {
    let bench = Bench::new();
    let text = format!("(module {}\n{})", fixture("traps"), prelude());
    let mut parser = wat::Parser::new();
    parser.generate_dwarf(wat::GenerateDwarf::Lines);
    let module = parser
        .parse_str(Some("/home/joe/src/guest.wat".as_ref()), &text)
        .unwrap();
    let (reason, told) = ending(&bench.run(&plan(&bench.file("x.wasm", module))).await);
    assert_eq!(reason, Reason::GuestTrap);
    let line = text.lines().position(|line| line.contains("unreachable")).unwrap() + 1;
    assert!(told.contains(&format!(" at src/guest.wat:{line}:")), "{told}");
    assert!(!told.contains("joe"), "{told}");
}

/// Some hundred bytes, which are read as half a billion.
#[tokio::test]
async fn a_name_that_is_much_longer_when_it_is_read_is_not_written_out() {
    let bench = Bench::new();
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap()
            .to_owned();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    ending(&bench.run(&bench.plan("traps")).await);
    let before = peak();
    let (reason, text) = ending(&bench.run(&bench.plan("unfolds")).await);
    assert_eq!(reason, Reason::GuestTrap);
    assert!(text.contains("in _Z1fSt4pairIiiES_IS0_S0_E"), "{text}");
    let more = peak() - before;
    assert!(more < 256 << 10, "{more} KiB");
}

/// A hundred thousand functions that a compiler has put into each other, around the place of the trap. The engine's reader calls itself for
/// each of them.
#[tokio::test]
async fn debug_information_that_would_end_its_reader_is_refused() {
    let text = format!("(module {}\n{})", fixture("traps"), prelude());
    let mut module = wat::parse_str(text).unwrap();
    // A unit, a function with an address, functions inside; the addresses are all that there are.
    let abbreviations = [
        [&[1, 0x11, 1][..], RANGE].concat(),
        [&[2, 0x2e, 1][..], RANGE].concat(),
        [&[3, 0x1d, 1][..], RANGE].concat(),
        vec![0],
    ];
    let range = [0, 0, 0, 0, 0, 0, 0, 1];
    let entry = |number: u8| [&[number][..], &range].concat();
    let inside = entry(3).repeat(100_000);
    let entries = [entry(1), entry(2), inside, vec![0; 100_002]].concat();
    let length = u32::try_from(7 + entries.len()).unwrap().to_le_bytes();
    let unit = [&length[..], &[4, 0, 0, 0, 0, 0, 4], &entries].concat();
    for (name, bytes) in [(".debug_abbrev", abbreviations.concat()), (".debug_info", unit)] {
        module.extend(custom_section(name, &bytes));
    }
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&plan(&bench.file("deep.wasm", module))).await);
    assert_eq!(reason, Reason::InvalidComponent, "{text}");
    assert!(text.contains("functions are put into each other too deep"), "{text}");
}

/// The first address, and how many there are.
const RANGE: &[u8] = &[0x11, 0x01, 0x12, 0x06, 0, 0];

fn custom_section(name: &str, bytes: &[u8]) -> Vec<u8> {
    let content = [&[u8::try_from(name.len()).unwrap()], name.as_bytes(), bytes].concat();
    let mut size = content.len();
    let mut section = vec![0];
    while size >= 0x80 {
        section.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
        size >>= 7;
    }
    section.push(u8::try_from(size).unwrap());
    section.extend(content);
    section
}

#[tokio::test]
async fn a_trap_ends_only_its_own_job() {
    let bench = Bench::new();
    let (trapping, fine) = (bench.plan("traps"), bench.plan("returns"));
    let (trapped, returned) = tokio::join!(bench.run(&trapping), bench.run(&fine));
    assert_eq!(ending(&trapped).0, Reason::GuestTrap);
    assert!(returned.result.is_ok());
    assert!(bench.run(&fine).await.result.is_ok());
}

#[tokio::test]
async fn a_guest_that_exits_has_not_returned_even_if_it_calls_that_success() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("exits")).await);
    assert_eq!(reason, Reason::GuestTrap);
    assert!(text.starts_with("exited with code 0 instead of returning"), "{text}");
}

#[tokio::test]
async fn a_trap_before_the_call_is_a_trap() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.plan("traps_at_start")).await);
    assert_eq!(reason, Reason::GuestTrap, "{text}");
}

/// A mistake of ours, in the middle of a guest's call.
struct PanickingLog;

impl GuestLog for PanickingLog {
    #[expect(clippy::panic, reason = "it is what is tested")]
    fn line(&self, _: GuestStream, _: &str) {
        panic!("no such line");
    }

    fn exchange(&self, _: &rbit_job::http::HttpExchange) {}
}

#[tokio::test]
async fn a_panic_of_the_host_costs_one_job_and_is_called_our_fault() {
    let bench = Bench::new();
    let never = Box::pin(std::future::pending());
    let plan = bench.plan("prints");
    let execution = bench
        .sandbox
        .execute(&plan, &bench.folders(&plan), Arc::new(PanickingLog), never)
        .await;
    let (reason, text) = ending(&execution);
    assert_eq!(
        (reason, text.as_str()),
        (Reason::HostFault, "the sandbox panicked: no such line")
    );
    assert!(bench.run(&bench.plan("returns")).await.result.is_ok());
}
