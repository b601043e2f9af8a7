//! A front-end that is down, slow, at fault, or not PyBit at all.

use std::time::Duration;

use rbit_job::{Standing, Status, port::Reporter};
use rbit_pybit::PybitSettings;
use rbit_testkit::fake_pybit::{Answer, FakePybit};

use crate::{chain, credentials, job, log::Log, report, reporter, trusting};

#[tokio::test]
async fn a_front_end_that_is_down_leaves_the_standing_open_and_the_report_for_later() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let reporter = reporter(trusting(&fake));
    let done = report("4", Status::Done, &fake.web_host());
    fake.down().await;
    assert_eq!(
        reporter.standing(&job("4"), Some(&fake.web_host())).await,
        Standing::Unheard
    );
    let error = reporter.report(&done).await.unwrap_err();
    assert!(error.is_transient());
    assert!(
        chain(&error).to_lowercase().contains("connection refused"),
        "{}",
        chain(&error)
    );

    fake.up().await.unwrap();
    reporter.report(&done).await.unwrap();
    assert_eq!(fake.history("4"), ["Waiting", "Done"]);
}

#[tokio::test]
async fn an_answer_that_is_no_history_leaves_the_standing_open() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let reporter = reporter(trusting(&fake));
    let cancelled = r#"[{"status": "Cancelled"}]"#;
    let answers = [
        Answer::Code(500),
        Answer::Code(503),
        Answer::Code(401),
        Answer::Code(404),
        Answer::Code(202),
        Answer::Html(cancelled.into()),
        Answer::Json("[{\"status\": ".into()),
        Answer::Json(format!("{}{cancelled}", " ".repeat(256 * 1024))),
        Answer::Json("[".repeat(200_000)),
        Answer::HangUp,
        Answer::Raw(b"\xff\xfe\0".to_vec()),
        Answer::Raw(b"HTTP/1.0 200 OK\r\n".to_vec()),
        Answer::Raw(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[]".to_vec()),
        Answer::Raw(format!("HTTP/1.0 200 OK\r\nX: {}\r\n\r\n[]", "x".repeat(1 << 20)).into_bytes()),
        Answer::Raw(endless_history()),
    ];
    let log = Log::capture();
    let count = answers.len();
    for answer in answers {
        let shown: String = format!("{answer:?}").chars().take(80).collect();
        fake.answer_next(answer);
        assert_eq!(
            reporter.standing(&job("4"), Some(&fake.web_host())).await,
            Standing::Unheard,
            "{shown}"
        );
    }
    assert_eq!(log.lines(" WARN ").len(), count);
    assert_eq!(fake.requests().len(), count);
    assert_eq!(
        reporter.standing(&job("4"), Some(&fake.web_host())).await,
        Standing::Known(Status::Waiting)
    );
}

/// Larger than what is read, and without saying so before.
fn endless_history() -> Vec<u8> {
    let head = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[";
    let rows = r#"{"status": "Waiting"}, "#.repeat(100_000);
    format!("{head}{rows}{{\"status\": \"Cancelled\"}}]").into_bytes()
}

#[tokio::test]
async fn a_history_of_many_rows_is_read_to_its_last() {
    let rows = std::iter::repeat_n("Building", 1500).chain(["Blocked"]);
    let fake = FakePybit::start().await.unwrap().with_job("4", rows);
    let standing = reporter(trusting(&fake))
        .standing(&job("4"), Some(&fake.web_host()))
        .await;
    assert_eq!(standing, Standing::Known(Status::Blocked));
}

#[tokio::test]
async fn a_refused_report_says_whether_it_is_worth_another_try() {
    let fake = FakePybit::start().await.unwrap();
    let reporter = reporter(trusting(&fake));
    let table = [
        (Answer::Code(400), false),
        (Answer::Code(404), false),
        (Answer::Code(409), false),
        (Answer::Code(429), true),
        (Answer::Code(500), true),
        (Answer::Code(503), true),
        (Answer::HangUp, true),
        (Answer::Raw(b"220 mail.example ESMTP\r\n".to_vec()), true),
    ];
    for (answer, is_transient) in table {
        fake.answer_next(answer.clone());
        let error = reporter
            .report(&report("4", Status::Done, &fake.web_host()))
            .await
            .unwrap_err();
        assert_eq!(error.is_transient(), is_transient, "{answer:?}");
    }
    assert_eq!(fake.requests().len(), 8);
}

#[tokio::test]
async fn an_unknown_job_and_a_removed_status_are_answered_like_an_outage() {
    let fake = FakePybit::start()
        .await
        .unwrap()
        .with_job("2", ["Waiting"])
        .without_status("Blocked");
    let reporter = reporter(trusting(&fake));
    for (number, status) in [("2", Status::Blocked), ("999999", Status::Done)] {
        let error = reporter
            .report(&report(number, status, &fake.web_host()))
            .await
            .unwrap_err();
        assert!(
            error.is_transient() && chain(&error).contains("500"),
            "{}",
            chain(&error)
        );
    }
}

#[tokio::test]
async fn wrong_credentials_are_an_error_in_the_log_once_until_they_were_right() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let mut settings = trusting(&fake);
    settings.credentials = credentials("admin", "wrong");
    let (reporter, log) = (reporter(settings), Log::capture());
    let done = report("4", Status::Done, &fake.web_host());
    for _ in 0..3 {
        let error = reporter.report(&done).await.unwrap_err();
        assert!(error.is_transient());
        assert!(chain(&error).contains("`user` or `password`"), "{}", chain(&error));
    }
    assert_eq!(log.lines(" ERROR ").len(), 1);

    fake.answer_next(200);
    reporter.report(&done).await.unwrap();
    reporter.report(&done).await.unwrap_err();
    assert_eq!(log.lines(" ERROR ").len(), 2);
}

#[tokio::test]
async fn without_credentials_a_report_is_sent_and_refused() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let reporter = reporter(PybitSettings {
        credentials: None,
        ..trusting(&fake)
    });
    let error = reporter
        .report(&report("4", Status::Done, &fake.web_host()))
        .await
        .unwrap_err();
    assert!(chain(&error).contains("`user` or `password`"), "{}", chain(&error));
    assert_eq!(fake.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_front_end_that_never_answers_is_given_up_after_the_timeout() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Cancelled"]);
    let mut settings = trusting(&fake);
    settings.timeout = Duration::from_millis(100);
    let reporter = reporter(settings);
    let _gate = fake.hold();
    assert_eq!(
        reporter.standing(&job("4"), Some(&fake.web_host())).await,
        Standing::Unheard
    );
    let error = reporter
        .report(&report("4", Status::Done, &fake.web_host()))
        .await
        .unwrap_err();
    assert!(error.is_transient());
}

#[tokio::test]
async fn nobody_waits_for_a_turn_longer_than_the_timeout() {
    let fake = FakePybit::start().await.unwrap();
    let mut settings = trusting(&fake);
    settings.timeout = Duration::from_millis(100);
    let reporter = reporter(settings);
    let _gate = fake.hold();
    let done = report("4", Status::Done, &fake.web_host());
    let told = tokio::join!(reporter.report(&done), reporter.report(&done), reporter.report(&done));
    let errors = [told.0.unwrap_err(), told.1.unwrap_err(), told.2.unwrap_err()];
    assert!(errors.iter().all(|error| error.is_transient()));
    assert!(errors.iter().any(|error| chain(error).contains("busy")), "{errors:?}");
}
