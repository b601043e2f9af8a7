//! Components that consist of components: the parts that stand beside each other give each other texts, which the engine copies from
//! one memory to the other and from one encoding to the other. It was wrong about that several times (GHSA-m758, GHSA-hx6p, GHSA-394w,
//! GHSA-jxhv): here both sides lie to it.

use std::fs;

use rbit_job::{Plan, Reason};

use crate::suite::bench::{Bench, ending, plan};

/// How a part has its texts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Encoding {
    Utf8,
    Utf16,
    Latin1OrUtf16,
}

use Encoding::{Latin1OrUtf16, Utf8, Utf16};

impl Encoding {
    const ALL: [Self; 3] = [Utf8, Utf16, Latin1OrUtf16];

    fn word(self) -> &'static str {
        match self {
            Utf8 => "string-encoding=utf8",
            Utf16 => "string-encoding=utf16",
            Latin1OrUtf16 => "string-encoding=latin1+utf16",
        }
    }

    /// The bytes of a text, and the number that says how many there are of its units.
    fn encode(self, text: &str) -> (Vec<u8>, u32) {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let units = u32::try_from(wide.len() / 2).unwrap();
        match self {
            Utf8 => (text.into(), u32::try_from(text.len()).unwrap()),
            Utf16 => (wide, units),
            Latin1OrUtf16 if text.chars().all(|c| c <= '\u{ff}') => (text.chars().map(|c| c as u8).collect(), units),
            Latin1OrUtf16 => (wide, units | WIDE),
        }
    }
}

/// Says of a number of units that they have two bytes each.
const WIDE: u32 = 1 << 31;

/// What the part says that gives a text.
struct Gives {
    encoding: Encoding,
    bytes: Vec<u8>,
    pointer: u32,
    units: u32,
}

impl Gives {
    fn text(encoding: Encoding, text: &str) -> Self {
        let (bytes, units) = encoding.encode(text);
        Self {
            encoding,
            bytes,
            pointer: 64,
            units,
        }
    }

    fn component(&self) -> String {
        let data: String = self.bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let (pointer, units, encoding) = (self.pointer, self.units, self.encoding.word());
        format!(
            r#"(component $gives
              (core module $m
                (memory (export "memory") 1)
                (data (i32.const 64) "{data}")
                (func (export "text") (result i32)
                  (i32.store (i32.const 0) (i32.const {pointer}))
                  (i32.store (i32.const 4) (i32.const {units}))
                  (i32.const 0)))
              (core instance $i (instantiate $m))
              (func (export "text") (result string)
                (canon lift (core func $i "text") (memory (core memory $i "memory")) {encoding})))"#
        )
    }
}

/// An allocator as it should be. What was there is copied.
const HONEST: &str = r#"(local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (memory.copy (local.get $at) (local.get $old)
      (select (local.get $old-size) (local.get $size) (i32.lt_u (local.get $old-size) (local.get $size))))
    (local.get $at)"#;

/// A runner that is put together from the part that gives a text and one that takes it, and names it as its result. The allocator is
/// honest until the texts of its request are there.
fn composed(bench: &Bench, name: &str, gives: &Gives, takes: Encoding, allocator: &str) -> Plan {
    let frame = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/wat/component.txt");
    let frame = fs::read_to_string(frame).unwrap();
    let (_, frame) = frame.split_once("(component").unwrap();
    let (head, tail) = frame.split_once("(; CORE ;)").unwrap();
    let word = takes.word();
    let tail = tail.replace(
        "(realloc (core func $core \"cabi_realloc\"))",
        &format!("(realloc (core func $core \"cabi_realloc\")) {word}"),
    );
    let core = format!(
        r#"(import "text" (func $text (result string)))
        (core module $libc
          (memory (export "memory") 8)
          (global $heap (mut i32) (i32.const 131072))
          (global (export "is_hostile") (mut i32) (i32.const 0))
          (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
            (result i32) (local $at i32)
            (if (result i32) (global.get 1) (then {allocator}) (else {HONEST}))))
        (core instance $libc (instantiate $libc))
        (core func $text' (canon lower (func $text) (memory (core memory $libc "memory"))
          (realloc (core func $libc "cabi_realloc")) {word}))
        (core instance $from (export "text" (func $text')))
        (core module $main
          (import "libc" "memory" (memory 8))
          (import "libc" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
          (import "libc" "is_hostile" (global $is_hostile (mut i32)))
          (import "from" "text" (func $text (param i32)))
          (export "memory" (memory 0))
          (export "cabi_realloc" (func $realloc))
          (func (export "run") (param i32) (result i32)
            (global.set $is_hostile (i32.const 1))
            (call $text (i32.const 32))
            ;; Ok, with one name: that text.
            (i32.store8 (i32.const 0) (i32.const 0))
            (i32.store (i32.const 4) (i32.const 32))
            (i32.store (i32.const 8) (i32.const 1))
            (i32.const 0)))
        (core instance $core (instantiate $main (with "libc" (instance $libc)) (with "from" (instance $from))))"#
    );
    let wat = format!(
        r#"(component {head} {gives}
          (component $takes {head} {core} {tail}
          (instance $giver (instantiate $gives))
          (instance $taker (instantiate $takes
            (with "rbit:runner/types@0.1.0" (instance $types))
            (with "build-request" (type $build-request))
            (with "error" (type $error))
            (with "text" (func $giver "text"))))
          (alias export $taker "run" (func $run))
          (export "run" (func $run)))"#,
        gives = gives.component(),
    );
    plan(&bench.file(&format!("{name}.wasm"), wat::parse_str(wat).unwrap()))
}

#[tokio::test]
async fn texts_that_parts_give_each_other_arrive_in_every_encoding() {
    let bench = Bench::new();
    for gives in Encoding::ALL {
        for takes in Encoding::ALL {
            for (number, text) in ["", "plain", "h\u{e9}", "h\u{e9}\u{1f600}\u{4e16}"]
                .into_iter()
                .enumerate()
            {
                let name = format!("honest-{gives:?}-{takes:?}-{number}");
                let plan = composed(&bench, &name, &Gives::text(gives, text), takes, HONEST);
                assert_eq!(bench.run(&plan).await.result, Ok(vec![text.to_owned()]), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn ghsa_m758_hx6p_394w_and_jxhv_a_part_that_lies_about_its_text_is_ended() {
    let bench = Bench::new();
    let lie = |encoding, bytes: &[u8], pointer, units| Gives {
        encoding,
        bytes: bytes.to_vec(),
        pointer,
        units,
    };
    for (number, gives) in [
        // Beyond its memory, and around the end of what an address can say.
        lie(Utf8, b"", 65_533, 4),
        lie(Utf16, b"", 65_534, 2),
        lie(Latin1OrUtf16, b"", 65_535, 2),
        lie(Latin1OrUtf16, b"", 65_534, 2 | WIDE),
        lie(Utf8, b"", u32::MAX - 3, 64),
        lie(Utf16, b"", u32::MAX - 3, 64),
        // As many units as there can be, and as wrap when they are doubled.
        lie(Utf8, b"", 64, u32::MAX),
        lie(Utf16, b"", 64, WIDE | 4),
        lie(Utf16, b"", 64, u32::MAX),
        lie(Latin1OrUtf16, b"", 64, WIDE - 1),
        lie(Latin1OrUtf16, b"", 64, u32::MAX),
        // Where no such text can stand.
        lie(Utf16, b"h\0h\0", 65, 1),
        lie(Latin1OrUtf16, b"h\0h\0", 65, 1 | WIDE),
        // What is no text.
        lie(Utf8, b"a\xff\xfe", 64, 3),
        lie(Utf8, b"\xed\xa0\x80", 64, 3),
        lie(Utf16, b"\x3d\xd8\x3d\xd8", 64, 2),
        lie(Latin1OrUtf16, b"\x00\xde", 64, 1 | WIDE),
    ]
    .iter()
    .enumerate()
    {
        for takes in Encoding::ALL {
            let name = format!("lie-{number}-{takes:?}");
            let (reason, text) = ending(&bench.run(&composed(&bench, &name, gives, takes, HONEST)).await);
            assert_eq!(reason, Reason::GuestTrap, "{name}: {text}");
        }
    }
    assert!(bench.run(&bench.plan("returns")).await.result.is_ok());
}

#[tokio::test]
async fn ghsa_m758_hx6p_394w_and_jxhv_a_part_that_lies_about_its_room_is_ended() {
    let bench = Bench::new();
    // In each of these the text is wider, or may have to be, where it arrives: room is asked for more than once.
    let gives = Encoding::ALL.map(|encoding| Gives::text(encoding, "h\u{e9}\u{1f600}\u{4e16}"));
    for (number, allocator) in [
        "(i32.const -1)",
        "(i32.const 0xfffffff8)",
        "(i32.const 524284)",
        "(i32.const 524288)",
        "(unreachable)",
        // The first room is real, the second is not.
        "(if (result i32) (local.get $old) (then (i32.const 0xfffffff0)) (else (i32.const 524280)))",
    ]
    .into_iter()
    .enumerate()
    {
        for gives in &gives {
            for takes in Encoding::ALL {
                let name = format!("room-{number}-{:?}-{takes:?}", gives.encoding);
                let (reason, text) = ending(&bench.run(&composed(&bench, &name, gives, takes, allocator)).await);
                assert_eq!(reason, Reason::GuestTrap, "{name}: {text}");
            }
        }
    }
    // Room at an odd address is none for what has two bytes a unit.
    for takes in [Utf16, Latin1OrUtf16] {
        let plan = composed(&bench, &format!("odd-{takes:?}"), &gives[0], takes, "(i32.const 4097)");
        let (reason, text) = ending(&bench.run(&plan).await);
        assert_eq!(reason, Reason::GuestTrap, "{takes:?}: {text}");
    }
    assert!(bench.run(&bench.plan("returns")).await.result.is_ok());
}
