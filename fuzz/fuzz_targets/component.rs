//! Any bytes as the file of a runner and of a command: they are compiled, linked and described, or refused with words that are fit
//! to be shown. Nothing of them is executed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rbit_sandbox::{Compiler, Kind, printable};

static COMPILER: LazyLock<Compiler> = LazyLock::new(|| Compiler::new().expect("an engine"));

fuzz_target!(|bytes: &[u8]| {
    for kind in [Kind::Runner, Kind::Command] {
        match COMPILER.compile(bytes, kind) {
            Ok(compiled) => {
                let info = compiled.info;
                assert_eq!((info.size, info.kind), (bytes.len() as u64, kind));
                assert_eq!(info.sha256.len(), 64);
                assert!(info.imports.is_sorted());
                for import in info.imports {
                    assert!(import.len() <= 300 && !import.chars().any(char::is_control), "{import:?}");
                }
            }
            Err(error) => {
                let shown = error.to_string();
                assert!(shown.len() < 4000, "{} bytes", shown.len());
                assert!(!printable(&shown, 4000).chars().any(char::is_control));
            }
        }
    }
});
