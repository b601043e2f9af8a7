//! Where the component is that runs Python.

use std::{
    env,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// This file, else the one that came with the program.
pub(crate) fn find(asked: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(asked) = asked {
        return Ok(asked.to_owned());
    }
    let program = env::current_exe().map_err(|error| format!("it is not known where the program is: {error}"))?;
    find_beside(program.parent().unwrap_or(Path::new("/")))
}

/// The component of the program in this folder.
fn find_beside(folder: &Path) -> Result<PathBuf, String> {
    let places = places(folder);
    places.iter().find(|place| place.is_file()).cloned().ok_or_else(|| {
        let places: Vec<_> = places.iter().map(|place| format!("`{}`", place.display())).collect();
        format!(
            "the component that runs Python is in none of {}; `cargo xtask guests python` builds it, and `python-component` in [rbit] \
             can name it",
            places.join(", ")
        )
    })
}

/// Whether a file could be a component, as far as its first bytes say.
pub(crate) fn looks_like_one(file: &Path) -> Result<(), String> {
    let mut start = [0; 8];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut start));
    match read {
        Err(error) => Err(format!("cannot read `{}`: {error}", file.display())),
        Ok(()) if start == COMPONENT => Ok(()),
        Ok(()) => Err(format!("`{}` is no WebAssembly component", file.display())),
    }
}

/// Beside the program; where `cargo xtask install` and packages bring it; where a build from source has it.
fn places(folder: &Path) -> [PathBuf; 3] {
    ["python.wasm", "../share/rbit/python.wasm", "../guests/python.wasm"].map(|place| folder.join(place))
}

const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_no_component_is_told_by_its_first_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("python.wasm");
        assert!(looks_like_one(&file).unwrap_err().contains("cannot read"));
        fs::write(&file, b"\0asm\x01\0\0\0").unwrap();
        assert!(
            looks_like_one(&file)
                .unwrap_err()
                .contains("is no WebAssembly component")
        );
        fs::write(&file, b"\0asm\x0d\0\x01\0 and more").unwrap();
        assert_eq!(looks_like_one(&file), Ok(()));
    }

    #[test]
    fn the_component_that_came_with_the_program_is_looked_for_beside_it_then_where_it_is_installed_then_where_it_is_built()
     {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("bin");
        fs::create_dir(&folder).unwrap();
        let told = find_beside(&folder).unwrap_err();
        for place in places(&folder).iter().rev() {
            assert!(told.contains(&format!("`{}`", place.display())), "{told}");
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            // Something else of that name is passed over.
            fs::create_dir(place).unwrap();
            assert_ne!(find_beside(&folder).ok().as_ref(), Some(place));
            fs::remove_dir(place).unwrap();
            fs::write(place, "").unwrap();
            assert_eq!(find_beside(&folder).as_ref(), Ok(place));
        }
        assert!(told.contains("`cargo xtask guests python` builds it"), "{told}");
    }

    #[test]
    fn a_file_that_is_named_goes_before_the_one_that_came_with_the_program() {
        assert_eq!(find(Some(Path::new("/x.wasm"))), Ok(PathBuf::from("/x.wasm")));
    }
}
