//! `shell!`: programs that others built, run as they are. `cargo xtask programs` fetches them.

use std::fs;

use rbit_testkit::guests::programs_with;

use crate::{
    rbit_box::RbitBox,
    rbit_program::{output, stderr},
};

/// A box with one queue for each runner: name, program, and arguments, with the folder `in` at `/drawings`.
fn rbit_box(isolation: &str, runners: &[(&str, &str, &str)]) -> RbitBox {
    let mappings: String = runners
        .iter()
        .map(|(name, ..)| format!("    {name}:{name}\n"))
        .collect();
    let sections: String = runners
        .iter()
        .map(|(name, program, arguments)| {
            let folder = programs_with(program);
            format!(
                "[runner:{name}]\nrunner = shell!{program} {arguments}\ncommand-path = none {}\nin = in\noutput-dir = output/{name}\n\
                [sandbox:{name}]\nmounts = in=/drawings\n",
                folder.display()
            )
        })
        .collect();
    let rbit_box = RbitBox::new(&format!(
        "[rbit]\nname = test\nsource = local\nscratch-dir = scratch\nisolation = {isolation}\nqueue-mappings =\n{mappings}{sections}"
    ));
    fs::create_dir(rbit_box.path("in")).unwrap();
    rbit_box
}

const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="37" height="21"><rect width="37" height="21" fill="teal"/></svg>"#;

/// Width and height of a PNG.
fn size_of(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "it is no PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_renderer_draws_as_a_component_and_as_a_module_of_preview_1_in_both_kinds_of_isolation() {
    // As a component once: compiling it takes its time.
    for (isolation, queues) in [("process", &["old", "new"][..]), ("thread", &["old"])] {
        let arguments = "'/drawings/%ID.svg' /output/%ID.png";
        let runners = [("old", "resvg-preview1", arguments), ("new", "resvg", arguments)];
        let rbit_box = rbit_box(isolation, &runners[..queues.len()]);
        // A name with a blank stays one argument.
        fs::write(rbit_box.path("in/two words.svg"), SVG).unwrap();
        for queue in queues {
            rbit_box.push(queue, "two words");
        }
        rbit_box.drain();
        for job in rbit_box.jobs() {
            assert_eq!(job["outcome"], "done", "{isolation}: {job:#}");
        }
        for queue in queues {
            let png = fs::read(rbit_box.path(&format!("output/{queue}/two words.png"))).unwrap();
            assert_eq!(size_of(&png), (37, 21));
        }
    }
}

#[test]
fn a_solver_says_what_it_found_by_its_own_exit_codes() {
    let rbit_box = rbit_box("process", &[("solve", "boolector", "/drawings/%ID.smt2")]);
    let problem = |value: &str| {
        format!(
            "(set-logic QF_BV)\n(declare-fun x () (_ BitVec 8))\n(assert (= x #x01))\n(assert (= x {value}))\n(check-sat)\n"
        )
    };
    fs::write(rbit_box.path("in/sat.smt2"), problem("#x01")).unwrap();
    fs::write(rbit_box.path("in/unsat.smt2"), problem("#x02")).unwrap();
    for package in ["sat", "unsat", "missing"] {
        rbit_box.push("solve", package);
    }
    let log = rbit_box.drain();
    for (package, code) in [("sat", 10), ("unsat", 20), ("missing", 1)] {
        let job = rbit_box.job(package);
        let text = job["text"].as_str().unwrap();
        assert_eq!(job["outcome"], "guest-failed", "{job:#}");
        assert!(text.starts_with(&format!("exit code {code}")), "{package}: {text}");
        assert!(package == "missing" || log.contains(package), "{log}");
    }
}

#[test]
fn a_program_that_is_nowhere_or_no_command_keeps_the_box_from_starting() {
    let folder = programs_with("resvg");
    let ini = |runner: &str| {
        format!(
            "[rbit]\nname = test\nsource = local\nqueue-mappings = q:r\n[runner:r]\nrunner = {runner}\ncommand-path = {} .\n",
            folder.display()
        )
    };
    // A module with one function, exported as `_initialize`.
    let library =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0f\x01\x0b_initialize\0\0\x0a\x05\x01\x03\0\x01\x0b";
    for (runner, why) in [
        (
            "shell!nothing-of-that-name x",
            "cannot find the command `nothing-of-that-name`",
        ),
        (
            "shell!library x",
            "it is no command: it is a library: it exports `_initialize`",
        ),
        ("shell!resvg 'x", "ends within quotes"),
        ("shell!tool-%ID x", "the command without tokens"),
    ] {
        let rbit_box = RbitBox::new(&ini(runner));
        fs::write(rbit_box.path("library.wasm"), library).unwrap();
        let refused = output(&["check", "rbit.ini"], rbit_box.folder());
        assert_eq!(refused.status.code(), Some(78), "{}", stderr(&refused));
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
}
