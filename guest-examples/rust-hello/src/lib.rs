//! A first runner: greets whom the operator configured, and writes one file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rbit_guest::{BuildRequest, Error, OUTPUT, Settings};

rbit_guest::runner!(hello);

fn hello(request: &BuildRequest, settings: &Settings) -> Result<Vec<PathBuf>, Error> {
    let name = settings.require("name")?;
    println!("Hello {name}!");
    println!("Building {}", request.package);

    let file = Path::new(OUTPUT).join(file_name(request)?);
    fs::write(
        &file,
        format!("Hello {name}! This is {} {}.\n", request.package, request.version),
    )?;
    Ok(vec![file])
}

/// Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder.
fn file_name(request: &BuildRequest) -> Result<String, Error> {
    let name = format!("{}-{}.txt", request.package, request.version);
    if name.contains(['/', '\0']) {
        return Err(Error::failed(format!("`{}` is no file name", name.escape_debug())));
    }
    Ok(name)
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
        assert_eq!(file_name(&request("m9003", "1.2")), Ok("m9003-1.2.txt".into()));
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
    fn a_missing_name_fails_the_job_and_says_so() {
        let result = hello(&request("m9003", "1.2"), &Settings::default());
        assert_eq!(result, Err(Error::failed("a `name` was not configured")));
    }
}
