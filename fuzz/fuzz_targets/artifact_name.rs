//! Any text as the name of an artifact: what is taken for a name leads to one place below the output folder, and nowhere else.

#![no_main]

use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use rbit_worker::OutputName;

fuzz_target!(|text: &str| {
    match OutputName::parse(text) {
        Ok(name) => {
            let (path, words) = (name.as_path(), name.as_str());
            assert!(path.is_relative() && !words.is_empty() && text.len() <= 4096);
            assert!(
                path.components()
                    .all(|component| matches!(component, Component::Normal(part) if part.len() <= 255))
            );
            assert!(!words.chars().any(char::is_control));
            // Said twice, it is the same file, and no other text says it.
            assert_eq!(format!("/output/{words}"), text);
            assert_eq!(path.components().collect::<std::path::PathBuf>().as_os_str(), words);
            let delivered = Path::new("/srv/books").join(path);
            assert!(delivered.starts_with("/srv/books") && delivered != Path::new("/srv/books"));
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(shown.len() < 2000 && !shown.chars().any(char::is_control), "{shown:?}");
        }
    }
});
