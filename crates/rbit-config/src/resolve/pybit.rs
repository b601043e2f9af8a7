//! `[pybit]`.

use rbit_job::BoxName;

use super::{general::General, secrets};
use crate::{
    Credentials, Origin, Problem, PybitSettings,
    keys::pybit::{CLIENT, CONNECT_TIMEOUT, PASSWORD, REPORT, TIMEOUT, TRUSTED_HOSTS, URL, USER},
    problem::Wrong,
    reader::{Reader, SectionReader},
};

/// Who is told about jobs.
pub(super) fn resolve(reader: &mut Reader<'_>, general: Option<&General>) -> Option<PybitSettings> {
    if reader.raw.section(SECTION).is_none() {
        let note = Wrong::note("the section is not there: statuses are recorded on this box and not sent");
        let note = Problem::of_section(reader.start(), SECTION, note);
        reader.findings.notes.push(note);
        return None;
    }
    let mut section = reader.section(SECTION);
    let url = section.find(&URL);
    let trusted_hosts: Vec<_> = section.list(&TRUSTED_HOSTS).into_iter().map(|(host, _)| host).collect();
    let credentials = credentials(&mut section);
    let report = section.read(&REPORT);
    let client = client(&mut section, general.and_then(|general| general.name.as_ref()));
    let connect_timeout = section.read(&CONNECT_TIMEOUT);
    let timeout = section.read(&TIMEOUT);
    if report == Some(true) && section.origin_of(&URL).is_none() && section.origin_of(&TRUSTED_HOSTS).is_none() {
        let origin = section.origin.clone();
        let wrong = Wrong::new(
            "nobody is named who could be told",
            "`url` or `trusted-hosts`, or `report = no`",
        );
        section.problem(URL.name, &origin, wrong);
    }
    let (report, client) = (report?, client?);
    let (connect_timeout, timeout) = (connect_timeout?, timeout?);
    Some(PybitSettings {
        url,
        trusted_hosts,
        credentials,
        report,
        client,
        connect_timeout,
        timeout,
    })
}

/// A user and a password belong together.
fn credentials(section: &mut SectionReader<'_, '_>) -> Option<Credentials> {
    let (user_origin, password_origin) = (section.origin_of(&USER), section.origin_of(&PASSWORD));
    let (user, password) = (section.find(&USER), section.find(&PASSWORD));
    match (user_origin, password_origin) {
        (Some(origin), None) => section.problem(
            USER.name,
            &origin,
            Wrong::new("no `password` goes with it", "both or none"),
        ),
        (None, Some(origin)) => section.problem(
            PASSWORD.name,
            &origin,
            Wrong::new("no `user` goes with it", "both or none"),
        ),
        _ => {}
    }
    secrets::note_short_password(section, &PASSWORD, password.as_ref());
    Some(Credentials {
        user: user?,
        password: password?,
    })
}

fn client(section: &mut SectionReader<'_, '_>, name: Option<&BoxName>) -> Option<BoxName> {
    if section.origin_of(&CLIENT).is_some() {
        return section.find(&CLIENT);
    }
    let Ok(client) = BoxName::new(name?.client()) else {
        section.missing(
            CLIENT.name,
            Some("`build_client_` and the box's name together are too long".to_owned()),
        );
        return None;
    };
    section.note_effective(CLIENT.name, client.as_str(), Origin::Default);
    Some(client)
}

const SECTION: &str = "pybit";
