//! Who is talked to, and who gets the credentials.

use rbit_job::{
    Standing, Status,
    port::{Report, Reporter},
};
use rbit_pybit::{PybitReporter, PybitSettings, SettingsError};
use rbit_testkit::fake_pybit::{Answer, FakePybit};

use crate::{chain, credentials, fixed, job, log::Log, report, reporter, trusting};

#[tokio::test]
async fn a_host_that_only_a_message_names_gets_no_connection() {
    let trusted = FakePybit::start().await.unwrap();
    let stranger = FakePybit::start().await.unwrap().with_job("4", ["Cancelled"]);
    let reporter = reporter(trusting(&trusted));
    let (port, log) = (stranger.address().port(), Log::capture());
    let hosts = [
        stranger.web_host(),
        format!("localhost:{port}"),
        format!("{}@{}", trusted.web_host(), stranger.web_host()),
        format!("{}#@{}", trusted.web_host(), stranger.web_host()),
        format!("{}\\@{}", trusted.web_host(), stranger.web_host()),
        format!("http://{}", stranger.web_host()),
    ];
    for web_host in &hosts {
        assert_eq!(reporter.standing(&job("4"), Some(web_host)).await, Standing::Unheard);
        let error = reporter.report(&report("4", Status::Done, web_host)).await.unwrap_err();
        assert!(!error.is_transient());
        assert!(chain(&error).contains("is not in `trusted-hosts`"), "{}", chain(&error));
    }
    assert_eq!(stranger.most_connections() + trusted.most_connections(), 0);
    assert_eq!(log.lines(" WARN ").len(), hosts.len());
}

#[test]
fn a_front_end_has_one_name_however_messages_spell_it_and_all_strangers_share_theirs() {
    let trusting = reporter(PybitSettings {
        url: None,
        trusted_hosts: vec!["pybit:8080".into(), "other".into()],
        ..fixed("")
    });
    let name = |web_host| trusting.front_end(web_host);
    assert_eq!(name(Some("pybit:8080")), name(Some("PyBit:08080")));
    assert_ne!(name(Some("pybit:8080")), name(Some("other")));
    assert_eq!(name(Some("evil:1")), name(None));
    let fixed = reporter(fixed("http://pybit/"));
    assert_eq!(fixed.front_end(Some("a:1")), fixed.front_end(Some("b:1")));
}

#[tokio::test]
async fn a_message_that_names_nobody_reaches_nobody() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Cancelled"]);
    let reporter = reporter(trusting(&fake));
    let nowhere = Report {
        job: job("4"),
        web_host: None,
        status: Status::Done,
    };
    assert_eq!(reporter.standing(&job("4"), None).await, Standing::Unheard);
    let error = reporter.report(&nowhere).await.unwrap_err();
    assert!(!error.is_transient());
    assert!(chain(&error).contains("`[pybit] url` is not set"), "{}", chain(&error));
    assert_eq!(fake.most_connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_credentials_along() {
    let fake = FakePybit::start().await.unwrap();
    let elsewhere = FakePybit::start().await.unwrap().with_job("4", ["Cancelled"]);
    let reporter = reporter(trusting(&fake));
    let target = elsewhere.url() + "/job/4/status";

    fake.answer_next(Answer::Redirect(target.clone()));
    assert_eq!(
        reporter.standing(&job("4"), Some(&fake.web_host())).await,
        Standing::Unheard
    );

    let found = Answer::Redirect(target.clone());
    let same_method = Answer::Raw(format!("HTTP/1.0 307 Moved\r\nLocation: {target}\r\n\r\n").into_bytes());
    for answer in [found, same_method] {
        fake.answer_next(answer);
        let error = reporter
            .report(&report("4", Status::Done, &fake.web_host()))
            .await
            .unwrap_err();
        assert!(!error.is_transient());
        assert!(chain(&error).contains(&target), "{}", chain(&error));
    }
    assert_eq!(elsewhere.most_connections(), 0);
}

#[tokio::test]
async fn no_job_id_leads_to_another_path_of_the_front_end() {
    let fake = FakePybit::start().await.unwrap();
    let longest = "9".repeat(40);
    reporter(trusting(&fake))
        .standing(&job(&longest), Some(&fake.web_host()))
        .await;
    assert_eq!(fake.dialogue(), [format!("GET /job/{longest}/status")]);
}

#[tokio::test]
async fn the_password_is_in_no_error_no_log_and_no_debug_text() {
    let fake = FakePybit::start().await.unwrap();
    let mut settings = trusting(&fake);
    settings.url = Some(format!("http://admin:hunter2@{}", fake.web_host()));
    settings.credentials = credentials("admin", "hunter2");
    let mut shown = format!("{settings:?}");

    settings.url = None;
    let log = Log::capture();
    let reporter = reporter(settings);
    shown += &format!("{reporter:?}");
    for code in [401, 500, 404, 302] {
        fake.answer_next(code);
        let error = reporter
            .report(&report("4", Status::Done, &fake.web_host()))
            .await
            .unwrap_err();
        shown += &format!("{error:?}\n{}\n", chain(&error));
    }
    fake.down().await;
    let error = reporter
        .report(&report("4", Status::Done, &fake.web_host()))
        .await
        .unwrap_err();
    shown += &format!("{error:?}\n{}\n{}", chain(&error), log.text());
    assert!(shown.contains("job 4"));
    assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
}

#[test]
fn a_user_that_basic_authentication_cannot_carry_is_refused() {
    for user in ["ad:min", "admin\r\n"] {
        let settings = PybitSettings {
            credentials: credentials(user, "pass"),
            ..fixed("http://pybit.example")
        };
        assert!(
            matches!(PybitReporter::new(settings), Err(SettingsError::User)),
            "{user:?}"
        );
    }
}
