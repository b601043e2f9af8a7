//! What was once wrong in wasmtime, by the names under which it was made known, and cannot be here. The table of `docs/security.md` has
//! them all: also those that a guest has no way to.

use std::fs;

use rbit_job::{Mount, Plan, Reason};
use rbit_testkit::guests::Fixture;

use crate::suite::bench::{Bench, ending, plan, prelude};

impl Bench {
    /// A plan for a component with this inside, which makes the core instance `$core`.
    fn inside(&self, name: &str, core: &str) -> Plan {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/wat/component.txt");
        let wat = fs::read_to_string(folder)
            .unwrap()
            .replace("(; CORE ;)", core)
            .replace("(; PRELUDE ;)", &prelude());
        plan(&self.file(&format!("{name}.wasm"), wat::parse_str(wat).unwrap()))
    }

    /// A plan for a core module with this inside.
    fn module_inside(&self, name: &str, inside: &str) -> Plan {
        let wat = format!("(module {inside} {})", prelude());
        plan(&self.file(&format!("{name}.wasm"), wat::parse_str(wat).unwrap()))
    }
}

#[tokio::test]
async fn ghsa_vqjp_4c8c_hfgg_a_slash_at_the_end_leads_nowhere() {
    let bench = Bench::new();
    let execution = bench.run(&bench.fixture_plan(Fixture::BreaksOut, &[])).await;
    assert_eq!(execution.result, Ok(vec![]));
    assert!(
        bench.log.all()[0].ends_with("ways lead nowhere"),
        "{:?}",
        bench.log.all()
    );
}

#[tokio::test]
async fn ghsa_4ch3_9j33_3pmj_and_2r75_cxrj_cmph_a_mount_is_not_changed_by_links_moves_or_opening() {
    let bench = Bench::new();
    let mount = bench.path("mount");
    fs::create_dir_all(mount.join("folder")).unwrap();
    fs::write(mount.join("file"), "as it was").unwrap();
    let mut plan = bench.fixture_plan(Fixture::ChangesMounts, &[("mount", "/mnt/mount")]);
    plan.mounts.push(Mount {
        setting: "mount".into(),
        host: mount.clone(),
        at: None,
    });
    let execution = bench.run(&plan).await;
    assert_eq!(execution.result, Ok(vec![]), "{:?}", bench.log.all());
    assert_eq!(fs::read_to_string(mount.join("file")).unwrap(), "as it was");
}

#[tokio::test]
async fn ghsa_x84v_gj2h_g759_nothing_of_wasi_0_3_is_there() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.fixture_plan(Fixture::WantsWasi03, &[])).await);
    assert_eq!(reason, Reason::InvalidComponent, "{text}");
}

/// It is interrupted every ten milliseconds, in the middle of them too.
#[tokio::test]
async fn ghsa_2hw9_mc66_jc2q_a_guest_that_is_interrupted_in_large_operations_goes_on_right() {
    let bench = Bench::with(rbit_sandbox::SandboxSettings {
        max_jobs: 2,
        max_memory: 256 << 20,
        ..Default::default()
    });
    let mut plan = bench.module_inside(
        "bulk",
        r#"
        (table $t 50000 funcref)
        (func $one)
        (elem declare func $one)
        (func (export "run") (param i32) (result i32) (local $round i32) (local $sum i64)
          (call $expect (memory.grow (i32.const 1600)) (i32.const 8))
          (loop $again
            (local.set $round (i32.add (local.get $round) (i32.const 1)))
            (memory.fill (i32.const 1048576) (local.get $round) (i32.const 50000000))
            (memory.copy (i32.const 52428800) (i32.const 1048576) (i32.const 50000000))
            (table.fill $t (i32.const 0) (ref.func $one) (i32.const 50000))
            (call $expect (i32.load8_u (i32.const 1048576)) (local.get $round))
            (call $expect (i32.load8_u (i32.const 51048575)) (local.get $round))
            (call $expect (i32.load8_u (i32.const 102428799)) (local.get $round))
            (call $expect (ref.is_null (table.get $t (i32.const 49999))) (i32.const 0))
            (table.fill $t (i32.const 0) (ref.null func) (i32.const 50000))
            (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $round))))
            (br_if $again (i32.lt_u (local.get $round) (i32.const 30))))
          (call $expect (i32.wrap_i64 (local.get $sum)) (i32.const 465))
          (call $ok (i32.const 64) (i32.const 0)))"#,
    );
    plan.limits.memory = 128 << 20;
    assert_eq!(bench.run(&plan).await.result, Ok(vec![]));
}

#[tokio::test]
async fn ghsa_p8xm_42r7_89xg_a_huge_table_is_refused_and_one_of_64_bits_too() {
    let bench = Bench::new();
    let (reason, text) = ending(&bench.run(&bench.fixture_plan(Fixture::BeginsWithAHugeTable, &[])).await);
    assert_eq!(reason, Reason::InvalidComponent, "{text}");
    let table = "(table i64 0x1_0000_0000_0000 funcref) (func (export \"run\") (param i32) (result i32) (i32.const 0))";
    let (reason, text) = ending(&bench.run(&bench.module_inside("table", table)).await);
    assert_eq!(reason, Reason::InvalidComponent, "{text}");
}

/// There is one place for a guest, which all of them get.
#[tokio::test]
async fn ghsa_6wgr_the_memory_of_a_predecessor_is_not_found() {
    let bench = Bench::with_jobs(1);
    let fills = r#"(func (export "run") (param i32) (result i32)
        (call $expect (memory.grow (i32.const 200)) (i32.const 8))
        (memory.fill (i32.const 200000) (i32.const 0xaa) (i32.const 13000000))
        (call $ok (i32.const 64) (i32.const 0)))"#;
    let finds = r#"(func (export "run") (param i32) (result i32) (local $at i32)
        (local.set $at (i32.const 262144))
        (call $expect (memory.grow (i32.const 200)) (i32.const 8))
        (loop $next
          (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $next (i32.lt_u (local.get $at) (i32.const 13000000))))
        (call $ok (i32.const 64) (i32.const 0)))"#;
    let (fills, finds) = (bench.module_inside("fills", fills), bench.module_inside("finds", finds));
    for plan in [&fills, &finds, &fills, &finds] {
        assert_eq!(bench.run(plan).await.result, Ok(vec![]));
    }
}

#[tokio::test]
async fn ghsa_qqfj_and_vc8c_j3xm_xj73_numbers_are_what_they_must_be() {
    let bench = Bench::new();
    let plan = bench.module_inside(
        "numbers",
        r#"
        (func $same (param $actual i64) (param $expected i64)
          (if (i64.ne (local.get $actual) (local.get $expected)) (then unreachable)))
        (func (export "run") (param $at i32) (result i32) (local $two v128)
          ;; At the very end of memory: what is loaded is eight bytes, and not sixteen.
          (f64.store (i32.const 524280) (f64.const -2.5))
          (local.set $two (f64x2.splat (f64.load (i32.const 524280))))
          (call $same (i64x2.extract_lane 0 (local.get $two)) (i64.const 0xc004000000000000))
          (call $same (i64x2.extract_lane 1 (local.get $two)) (i64.const 0xc004000000000000))
          (call $same (i64.reinterpret_f64 (f64.copysign (f64.load (i32.const 524280)) (f64.const 1))) (i64.const 0x4004000000000000))
          (call $same (i64.reinterpret_f64 (f64.copysign (f64.const 1) (f64.load (i32.const 524280)))) (i64.const 0xbff0000000000000))
          (call $same (i64.reinterpret_f64 (f64.copysign (f64.const nan) (f64.const -1))) (i64.const 0xfff8000000000000))
          (call $ok (i32.const 64) (i32.const 0)))"#,
    );
    assert_eq!(bench.run(&plan).await.result, Ok(vec![]));
}

/// One component gives a text in UTF-16 to another, which takes it in Latin 1 or UTF-16: the host copies between them.
fn gives_text(pointer: u32, units: u32) -> String {
    format!(
        r#"
        (component $gives
          (core module $m
            (memory (export "memory") 1)
            (data (i32.const 64) "h\00\e9\00\3d\d8\00\de")
            (data (i32.const 96) "\3d\d8\3d\d8")
            (func (export "text") (result i32)
              (i32.store (i32.const 0) (i32.const {pointer}))
              (i32.store (i32.const 4) (i32.const {units}))
              (i32.const 0)))
          (core instance $i (instantiate $m))
          (func (export "text") (result string)
            (canon lift (core func $i "text") (memory (core memory $i "memory")) string-encoding=utf16)))
        (instance $giver (instantiate $gives))
        (alias export $giver "text" (func $text))
        (core module $libc
          (memory (export "memory") 8)
          (global $heap (mut i32) (i32.const 131072))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
            (global.set $heap (i32.add (local.get $at) (local.get 3)))
            (memory.copy (local.get $at) (local.get 0) (local.get 1))
            (local.get $at)))
        (core instance $libc (instantiate $libc))
        (core func $text' (canon lower (func $text) (memory (core memory $libc "memory"))
          (realloc (core func $libc "cabi_realloc")) string-encoding=latin1+utf16))
        (core instance $from (export "text" (func $text')))
        (core module $main
          (import "libc" "memory" (memory 8))
          (import "libc" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
          (import "from" "text" (func $text (param i32)))
          (export "memory" (memory 0))
          (export "cabi_realloc" (func $realloc))
          (func (export "run") (param i32) (result i32)
            (call $text (i32.const 32))
            ;; Ok, with no names.
            (i32.store8 (i32.const 0) (i32.const 0))
            (i32.store (i32.const 4) (i32.const 64))
            (i32.store (i32.const 8) (i32.const 0))
            (i32.const 0)))
        (core instance $core (instantiate $main (with "libc" (instance $libc)) (with "from" (instance $from))))"#
    )
}

/// What copies texts is not reached: no component may call a part of its own. Parts that stand beside each other are in `siblings`.
#[tokio::test]
async fn ghsa_m758_hx6p_394w_and_jxhv_a_component_that_takes_a_text_from_a_part_of_its_own_is_ended() {
    let bench = Bench::new();
    for (pointer, units) in [(64, 4), (65534, 2), (64, u32::MAX)] {
        let plan = bench.inside(&format!("gives-{pointer}-{units}"), &gives_text(pointer, units));
        let (reason, text) = ending(&bench.run(&plan).await);
        assert_eq!(reason, Reason::GuestTrap, "{pointer} {units}: {text}");
        assert!(text.contains("cannot enter component instance"), "{text}");
    }
    assert!(bench.run(&bench.plan("returns")).await.result.is_ok());
}

#[tokio::test]
async fn ghsa_243v_98vx_264h_more_fields_than_a_header_can_have_end_the_guest() {
    let bench = Bench::new();
    let mut plan = bench.fixture_plan(Fixture::FloodsHeaders, &[]);
    // The most that can be configured.
    plan.limits.header_bytes = 1 << 20;
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::HostLimit, "{text}");
}

#[tokio::test]
async fn ghsa_q8hx_mm92_4wvg_a_trap_after_tail_calls_is_told() {
    let bench = Bench::new();
    let plan = bench.module_inside(
        "tail",
        r#"(func $down (param i32) (param i64 i64 i64 i64 i64 i64 i64 i64) (result i32)
             (if (i32.eqz (local.get 0)) (then unreachable))
             (return_call $up (i32.sub (local.get 0) (i32.const 1))))
           (func $up (param i32) (result i32)
             (return_call $down (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
               (i64.const 6) (i64.const 7) (i64.const 8)))
           (func (export "run") (param i32) (result i32) (call $up (i32.const 1000000)))"#,
    );
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::GuestTrap, "{text}");
    assert!(text.contains("in down"), "{text}");
}

#[tokio::test]
async fn ghsa_7qmx_3fpx_r45m_components_come_and_go_at_the_same_time() {
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let bench = &bench;
            scope.spawn(move || {
                for number in 0..3 {
                    let types: String = (0..20)
                        .map(|at| format!("(type (func (param {}) (result i32)))", "i64 ".repeat(thread * 20 + at)))
                        .collect();
                    let inside =
                        format!("{types} (func (export \"run\") (param i32) (result i32) (call $ok (i32.const 64) (i32.const 0)))");
                    let wat = format!("(module {inside} {})", prelude());
                    let file = bench.file(&format!("types-{thread}-{number}.wasm"), wat::parse_str(wat).unwrap());
                    bench.sandbox.inspect(&file, None).unwrap();
                    fs::remove_file(&file).unwrap();
                }
            });
        }
    });
    assert!(bench.run(&bench.plan("returns")).await.result.is_ok());
}

/// Fixed between 48.0.0 and 48.0.8, without a name.
#[tokio::test]
async fn an_allocator_that_calls_the_host_ends_the_guest() {
    let bench = Bench::new();
    let plan = bench.inside(
        "calls-host",
        r#"
        (import "wasi:clocks/monotonic-clock@0.2.6" (instance $clock (export "now" (func (result u64)))))
        (core func $now (canon lower (func $clock "now")))
        (core instance $host (export "now" (func $now)))
        (core module $main
          (import "host" "now" (func $now (result i64)))
          (memory (export "memory") 8)
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (drop (call $now)) (i32.const 131072))
          (func (export "run") (param i32) (result i32) (i32.const 0)))
        (core instance $core (instantiate $main (with "host" (instance $host))))"#,
    );
    let (reason, text) = ending(&bench.run(&plan).await);
    assert_eq!(reason, Reason::GuestTrap, "{text}");
}
