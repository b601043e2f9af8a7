//! A first runner: greets whom the operator configured, and writes one file, or two.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use rbit_guest::{BuildRequest, Error, OUTPUT, Settings};

rbit_guest::runner!(hello);

fn hello(request: &BuildRequest, settings: &Settings) -> Result<Vec<PathBuf>, Error> {
    let name = settings.require("name")?;
    println!("Hello {name}!");
    println!("Building {}", request.package);

    let stem = file_name(request)?;
    let greeting = format!("Hello {name}! This is {} {}.\n", request.package, request.version);
    let file = Path::new(OUTPUT).join(format!("{stem}.txt"));
    fs::write(&file, &greeting)?;

    // A folder that the operator listed under `mounts`: its value is where it is in here.
    let Some(stationery) = settings.get("stationery") else {
        return Ok(vec![file]);
    };
    let letter = Path::new(OUTPUT).join(format!("{stem}.letter.txt"));
    fs::write(&letter, format!("{}\n{greeting}", letterhead(stationery)?))?;
    Ok(vec![file, letter])
}

/// Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder.
fn file_name(request: &BuildRequest) -> Result<String, Error> {
    let name = format!("{}-{}", request.package, request.version);
    if name.contains(['/', '\0']) {
        return Err(Error::failed(format!("`{name}.txt` is no file name")));
    }
    Ok(name)
}

fn letterhead(folder: &str) -> Result<String, Error> {
    let path = format!("{folder}/letterhead.txt");
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::blocked(format!("`{path}` is not there yet"))),
        text => Ok(text?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(package: &str, version: &str) -> BuildRequest {
        BuildRequest {
            package: package.into(),
            version: version.into(),
            ..BuildRequest::default()
        }
    }

    #[test]
    fn the_file_is_named_for_package_and_version() {
        assert_eq!(file_name(&request("m9003", "1.2")), Ok("m9003-1.2".into()));
    }

    #[test]
    fn a_package_that_is_a_path_fails_the_job() {
        for (package, version) in [("../../etc/passwd", "1"), ("m9003", "../1"), ("m9003", "1\0")] {
            assert!(
                matches!(file_name(&request(package, version)), Err(Error::Failed(_))),
                "{package} {version}"
            );
        }
    }

    #[test]
    fn a_letterhead_that_is_not_there_blocks_the_job() {
        let blocked = Err(Error::blocked("`/nowhere/letterhead.txt` is not there yet"));
        assert_eq!(letterhead("/nowhere"), blocked);
    }

    #[test]
    fn a_missing_name_fails_the_job_and_says_so() {
        let result = hello(&request("m9003", "1.2"), &Settings::default());
        assert_eq!(result, Err(Error::failed("a `name` was not configured")));
    }
}
