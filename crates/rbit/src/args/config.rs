//! Which configuration a command works with.

use std::path::PathBuf;

/// Which configuration, and what is put over it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// The INI file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// A value that wins over the file and the environment, such as `rbit.slots=4`
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", value_parser = parse_set)]
    pub set: Vec<Override>,
}

/// One `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The section's name.
    pub section: String,
    /// The key's name.
    pub key: String,
    /// The value, as it would stand in the file.
    pub value: String,
}

fn parse_set(text: &str) -> Result<Override, String> {
    let expected = "expected SECTION.KEY=VALUE, such as `amqp.host=broker`";
    let (name, value) = text.split_once('=').ok_or(expected)?;
    let (section, key) = name.rsplit_once('.').ok_or(expected)?;
    if section.is_empty() || key.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Override {
        section: section.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_to_set_names_its_section_and_key() {
        let set = |section: &str, key: &str, value: &str| Override {
            section: section.into(),
            key: key.into(),
            value: value.into(),
        };
        assert_eq!(parse_set("amqp.host=a=b"), Ok(set("amqp", "host", "a=b")));
        assert_eq!(parse_set("queue:a.b.slots=2"), Ok(set("queue:a.b", "slots", "2")));
        for wrong in ["amqp.host", "host=x", ".host=x", "amqp.=x"] {
            assert!(parse_set(wrong).is_err(), "{wrong}");
        }
    }
}
