//! What is asked and told, in the form that PyBit reads.

use rbit_job::{
    Standing, Status,
    port::{ReportError, Reporter},
};
use rbit_testkit::fake_pybit::{Answer, FakePybit};

use crate::{credentials, fixed, job, report, reporter, trusting};

#[tokio::test]
async fn a_job_is_asked_about_taken_up_and_reported_done() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let reporter = reporter(trusting(&fake));
    let web_host = fake.web_host();

    assert_eq!(
        reporter.standing(&job("4"), Some(&web_host)).await,
        Standing::Known(Status::Waiting)
    );
    reporter
        .report(&report("4", Status::Building, &web_host))
        .await
        .unwrap();
    assert_eq!(
        reporter.standing(&job("4"), Some(&web_host)).await,
        Standing::Known(Status::Building)
    );
    reporter.report(&report("4", Status::Done, &web_host)).await.unwrap();

    assert_eq!(fake.history("4"), ["Waiting", "Building", "Done"]);
    assert_eq!(fake.client("4").as_deref(), Some("build_client_a"));
    let expected = [
        "GET /job/4/status",
        "PUT /job/4 status=Building&client=build_client_a",
        "GET /job/4/status",
        "PUT /job/4 status=Done",
    ];
    assert_eq!(fake.dialogue(), expected);
}

#[tokio::test]
async fn only_writes_carry_credentials_and_every_connection_is_closed() {
    let fake = FakePybit::start()
        .await
        .unwrap()
        .with_job("4", ["Waiting"])
        .with_credentials("büild", "p:ss wörd");
    let mut settings = trusting(&fake);
    settings.credentials = credentials("büild", "p:ss wörd");
    let reporter = reporter(settings);

    reporter.standing(&job("4"), Some(&fake.web_host())).await;
    reporter
        .report(&report("4", Status::Failed, &fake.web_host()))
        .await
        .unwrap();

    let requests = fake.requests();
    let credentials: Vec<_> = requests.iter().map(|request| request.credentials()).collect();
    assert_eq!(credentials, [None, Some(("büild".into(), "p:ss wörd".into()))]);
    assert_eq!(requests[0].header("authorization"), None);
    assert_eq!(
        requests[1].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    for request in requests {
        assert_eq!(request.header("connection"), Some("close"));
        assert_eq!(request.header("host"), Some(fake.web_host().as_str()));
        assert_eq!(request.header("cookie"), None);
    }
}

#[tokio::test]
async fn each_status_is_told_by_its_name_and_read_back_as_the_standing() {
    let fake = FakePybit::start().await.unwrap().with_job("4", ["Waiting"]);
    let reporter = reporter(trusting(&fake));
    for status in Status::ALL {
        reporter.report(&report("4", status, &fake.web_host())).await.unwrap();
        assert_eq!(
            reporter.standing(&job("4"), Some(&fake.web_host())).await,
            Standing::Known(status)
        );
        let has_client = fake.requests().iter().rev().nth(1).unwrap().field("client").is_some();
        assert_eq!(has_client, status == Status::Building, "{status}");
    }
}

#[tokio::test]
async fn a_standing_can_also_be_none_of_pybits_own() {
    let fake = FakePybit::start()
        .await
        .unwrap()
        .with_job("1", [])
        .with_forgotten_job("2")
        .with_job("3", ["On hold"]);
    let reporter = reporter(trusting(&fake));
    let table = [
        ("1", Standing::Unknown),
        ("2", Standing::Unknown),
        ("3", Standing::Other("On hold".into())),
        ("404", Standing::Unknown),
    ];
    for (number, expected) in table {
        assert_eq!(
            reporter.standing(&job(number), Some(&fake.web_host())).await,
            expected,
            "{number}"
        );
    }
}

#[tokio::test]
async fn any_success_is_one_whatever_words_come_with_it() {
    let fake = FakePybit::start().await.unwrap();
    let reporter = reporter(trusting(&fake));
    let answers = [
        Answer::Code(202),
        Answer::Html("Error: 500".into()),
        Answer::Json("{}".into()),
        Answer::Raw(b"HTTP/1.0 299 - N\xf3 idea\r\n\r\nwhatever".to_vec()),
        Answer::Raw(b"HTTP/1.1 204 \r\n\r\n".to_vec()),
    ];
    for answer in answers {
        fake.answer_next(answer.clone());
        let told = reporter.report(&report("4", Status::Done, &fake.web_host())).await;
        assert!(told.is_ok(), "{answer:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_page_in_the_place_of_pybits_answer_is_no_success_and_may_be_one_later() {
    let fake = FakePybit::start().await.unwrap();
    let reporter = reporter(trusting(&fake));
    let page = "\n<!DOCTYPE html><title>Sign in to this network</title>";
    let endless = format!("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{page}");
    for answer in [Answer::Html(page.into()), Answer::Raw(endless.into())] {
        fake.answer_next(answer.clone());
        let told = reporter.report(&report("4", Status::Done, &fake.web_host())).await;
        assert!(
            told.as_ref().is_err_and(ReportError::is_transient),
            "{answer:?}: {told:?}"
        );
    }
}

#[tokio::test]
async fn a_url_overrides_the_message_and_may_have_a_prefix() {
    let fake = FakePybit::start().await.unwrap();
    let reporter = reporter(fixed(fake.url() + "/pybit"));
    fake.answer_next(Answer::Json(r#"[{"status": "Blocked"}]"#.into()));
    fake.answer_next(200);
    assert_eq!(
        reporter.standing(&job("7"), None).await,
        Standing::Known(Status::Blocked)
    );
    reporter
        .report(&report("7", Status::Done, "localhost:8080"))
        .await
        .unwrap();
    assert_eq!(
        fake.dialogue(),
        ["GET /pybit/job/7/status", "PUT /pybit/job/7 status=Done"]
    );
}

#[tokio::test]
async fn however_many_jobs_there_are_the_front_end_has_one_connection() {
    let fake = FakePybit::start().await.unwrap();
    let fake = ["1", "2", "3", "4"]
        .into_iter()
        .fold(fake, |fake, number| fake.with_job(number, ["Waiting"]));
    let reporter = reporter(trusting(&fake));
    let web_host = fake.web_host();
    let gate = fake.hold();
    let job = async |number: &str| {
        let standing = reporter.standing(&job(number), Some(&web_host)).await;
        reporter
            .report(&report(number, Status::Building, &web_host))
            .await
            .unwrap();
        standing
    };
    let open = async {
        fake.wait_for(|requests| !requests.is_empty()).await.unwrap();
        drop(gate);
    };
    let (a, b, c, d, ()) = tokio::join!(job("1"), job("2"), job("3"), job("4"), open);
    assert_eq!([a, b, c, d], [const { Standing::Known(Status::Waiting) }; 4]);
    assert_eq!(fake.requests().len(), 8);
    assert_eq!(fake.most_connections(), 1);
}
