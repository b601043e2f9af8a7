//! From a plain function to a component's export.

use std::path::PathBuf;

use crate::{BuildRequest, Error, Settings, bindings};

/// Makes a function the runner of this component.
///
/// It takes the path of a `fn(&BuildRequest, &Settings) -> Result<Vec<PathBuf>, Error>`, and is used once in a crate of type
/// `cdylib`. The paths are the files to deliver, as absolute guest paths below [`OUTPUT`](crate::OUTPUT).
///
/// ```
/// use std::path::PathBuf;
/// use rbit_guest::{BuildRequest, Error, Settings};
///
/// rbit_guest::runner!(nothing_to_do);
///
/// fn nothing_to_do(_: &BuildRequest, _: &Settings) -> Result<Vec<PathBuf>, Error> {
///     Ok(vec![])
/// }
/// ```
#[macro_export]
macro_rules! runner {
    ($function:path) => {
        const _: () = {
            struct Runner;

            impl $crate::bindings::Guest for Runner {
                fn run(
                    request: $crate::BuildRequest,
                    settings: ::std::vec::Vec<(::std::string::String, ::std::string::String)>,
                ) -> ::std::result::Result<::std::vec::Vec<::std::string::String>, $crate::bindings::Error> {
                    $crate::export::run($function, &request, settings)
                }
            }

    $crate::bindings::export!(Runner with_types_in $crate::bindings);
        };
    };
}

/// Calls a runner's function with what the host passed, and returns what the host expects.
pub fn run(
    function: impl FnOnce(&BuildRequest, &Settings) -> Result<Vec<PathBuf>, Error>,
    request: &BuildRequest,
    settings: Vec<(String, String)>,
) -> Result<Vec<String>, bindings::Error> {
    #[cfg(target_family = "wasm")]
    move_in()?;
    let files = function(request, &settings.into_iter().collect())?;
    Ok(files.into_iter().map(text_of).collect::<Result<_, _>>()?)
}

/// Makes the instance what the contract says it is.
#[cfg(target_family = "wasm")]
fn move_in() -> Result<(), Error> {
    use std::{env, io, io::Write as _, panic};

    // The C library begins in `/`, wherever the host says that it begins.
    env::set_current_dir(crate::WORK)
        .map_err(|error| Error::failed(format!("no folder `{}`: {error}", crate::WORK)))?;
    // The usual message ends by recommending an environment variable, which a runner does not have.
    panic::set_hook(Box::new(|panic| {
        // There is no one left to tell if stderr is closed.
        let _ = writeln!(io::stderr(), "{panic}");
    }));
    Ok(())
}

impl From<Error> for bindings::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Failed(text) => Self::Failed(text),
            Error::Blocked(text) => Self::Blocked(text),
        }
    }
}

fn text_of(path: PathBuf) -> Result<String, Error> {
    path.into_os_string()
        .into_string()
        .map_err(|path| Error::failed(format!("the name `{}` is not UTF-8", path.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn the_function_sees_request_and_settings_and_its_files_are_returned() {
        let request = BuildRequest {
            package: "m9003".into(),
            ..BuildRequest::default()
        };
        let function = |request: &BuildRequest, settings: &Settings| {
            Ok(vec![
                format!("/output/{}{}", request.package, settings.require("ending")?).into(),
            ])
        };
        let files = run(function, &request, vec![setting("ending", ".pdf")]);
        assert_eq!(files.unwrap(), ["/output/m9003.pdf"]);
    }

    #[test]
    fn each_error_arrives_at_the_host_as_what_it_is() {
        let fails = run(|_, _| Err(Error::failed("no")), &BuildRequest::default(), vec![]);
        assert!(matches!(fails, Err(bindings::Error::Failed(text)) if text == "no"));
        let blocks = run(|_, _| Err(Error::blocked("not yet")), &BuildRequest::default(), vec![]);
        assert!(matches!(blocks, Err(bindings::Error::Blocked(text)) if text == "not yet"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_name_that_is_no_text_fails_the_job() {
        use std::{ffi::OsString, os::unix::ffi::OsStringExt};

        let name = || OsString::from_vec(b"/output/\xff".to_vec()).into();
        let result = run(|_, _| Ok(vec![name()]), &BuildRequest::default(), vec![]);
        let Err(bindings::Error::Failed(text)) = result else {
            panic!("delivered {result:?}")
        };
        assert_eq!(text, "the name `/output/\u{fffd}` is not UTF-8");
    }
}
