//! What the files say: `case.toml` and `suite.toml`, before they are joined.

use std::collections::BTreeMap;

use rbit_job::OutcomeKind;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

/// Everything that a file may say. `expect` is a case's alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CaseFile {
    pub(crate) runner: Option<String>,
    pub(crate) request_file: Option<String>,
    pub(crate) attempt: Option<u32>,
    pub(crate) request: RequestFile,
    pub(crate) settings: Pairs<String>,
    pub(crate) mounts: Pairs<String>,
    pub(crate) sandbox: Pairs<Worded>,
    pub(crate) http: Vec<AnswerFile>,
    pub(crate) expect: Option<ExpectFile>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RequestFile {
    pub(crate) job: Option<u64>,
    pub(crate) package: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) arch: Option<String>,
    pub(crate) suite: Option<String>,
    pub(crate) dist: Option<String>,
    pub(crate) format: Option<String>,
    pub(crate) build_env: Option<String>,
    pub(crate) master: Option<bool>,
    pub(crate) commands: Option<String>,
    pub(crate) timestamp: Option<u64>,
    pub(crate) transport: TransportFile,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TransportFile {
    pub(crate) method: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) vcs_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AnswerFile {
    #[serde(default = "get")]
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) request_headers: Pairs<String>,
    pub(crate) request_body: Option<String>,
    pub(crate) times: Option<u32>,
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: Pairs<String>,
    pub(crate) body: Option<String>,
    pub(crate) body_file: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ExpectFile {
    pub(crate) outcome: Option<OutcomeKind>,
    pub(crate) reason: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) text_contains: Several,
    pub(crate) text_matches: Option<String>,
    pub(crate) artifacts: Vec<ArtifactFile>,
    pub(crate) requests: Option<Vec<MadeFile>>,
    pub(crate) log: LogFile,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ArtifactFile {
    pub(crate) name: String,
    pub(crate) text: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) size: Option<u64>,
    #[serde(default)]
    pub(crate) contains: Several,
    pub(crate) matches: Option<String>,
    #[serde(default)]
    pub(crate) json: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MadeFile {
    #[serde(default = "get")]
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) refused: bool,
    pub(crate) times: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct LogFile {
    pub(crate) stdout: Option<String>,
    pub(crate) stderr: Option<String>,
    pub(crate) contains: Several,
    pub(crate) matches: Several,
    pub(crate) lacks: Several,
}

/// A text, or a list of texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Several(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Several {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a text, or a list of texts")]
        enum Form {
            One(String),
            Many(Vec<String>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::One(text) => vec![text],
            Form::Many(texts) => texts,
        }))
    }
}

/// A value as it would stand in an INI file: a text, a number, or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Worded(pub(crate) String);

impl<'de> Deserialize<'de> for Worded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a text, a number, or a list of texts")]
        enum Form {
            Number(i64),
            One(String),
            Many(Vec<String>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Number(number) => number.to_string(),
            Form::One(text) => text,
            Form::Many(texts) => texts.join(" "),
        }))
    }
}

/// A table in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pairs<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Pairs<T> {
    /// These, with what others have besides put before them.
    pub(crate) fn over(self, below: Self) -> Self {
        let is_new = |(key, _): &(String, T)| !self.0.iter().any(|(known, _)| known == key);
        let mut all: Vec<_> = below.0.into_iter().filter(is_new).collect();
        all.extend(self.0);
        Self(all)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
            type Value = Vec<(String, T)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Table(std::marker::PhantomData)).map(Self)
    }
}

fn get() -> String {
    "GET".to_owned()
}
