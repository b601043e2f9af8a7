//! Submitting packages.

use rbit_pybit::{PybitReporter, Submission, SubmitError};
use rbit_testkit::fake_pybit::FakePybit;

use crate::{credentials, fixed, reporter, settings, trusting};

fn submission() -> Submission {
    Submission {
        package: "m9003".into(),
        version: "1.2".into(),
        distribution: "cnx".into(),
        suite: "latex".into(),
        format: "pdf".into(),
        architectures: "any".into(),
        method: "http".into(),
        uri: "http://cnx.org/content/m9003?a=1&b=2".into(),
        vcs_id: String::new(),
    }
}

async fn refusal(pybit: &PybitReporter, submission: &Submission) -> SubmitError {
    pybit.submit(submission).await.unwrap_err()
}

#[tokio::test]
async fn a_submission_is_one_form_with_every_field() {
    let fake = FakePybit::start().await.unwrap();
    let url = reporter(trusting(&fake)).submit(&submission()).await.unwrap();
    assert_eq!(url, format!("{}/job/vcshook", fake.url()));
    let expected = "POST /job/vcshook package=m9003&package_version=1.2&distribution=cnx&suite=latex&format=pdf\
                    &architecture_list=any&method=http&uri=http%3A%2F%2Fcnx.org%2Fcontent%2Fm9003%3Fa%3D1%26b%3D2&vcs_id=";
    assert_eq!(fake.dialogue(), [expected]);
    assert_eq!(fake.requests()[0].credentials(), Some(("admin".into(), "pass".into())));
}

#[tokio::test]
async fn each_of_pybits_refusals_is_told_apart() {
    let fake = FakePybit::start().await.unwrap();
    let pybit = reporter(fixed(fake.url()));
    let unmapped = Submission {
        architectures: "sparc".into(),
        ..submission()
    };
    assert!(matches!(refusal(&pybit, &unmapped).await, SubmitError::NoTarget));
    let unknown = Submission {
        format: "nosuchfmt".into(),
        ..submission()
    };
    assert!(matches!(refusal(&pybit, &unknown).await, SubmitError::Broke));
    fake.answer_next(400);
    assert!(matches!(refusal(&pybit, &submission()).await, SubmitError::NoFields));
    let stranger = reporter(rbit_pybit::PybitSettings {
        credentials: credentials("admin", "nope"),
        ..fixed(fake.url())
    });
    assert!(matches!(
        refusal(&stranger, &submission()).await,
        SubmitError::Credentials(401)
    ));
    let elsewhere = reporter(fixed(format!("{}/api", fake.url())));
    assert!(matches!(
        refusal(&elsewhere, &submission()).await,
        SubmitError::NotPybit(404)
    ));
}

#[tokio::test]
async fn a_front_end_that_is_down_can_be_tried_again_and_several_cannot_be_chosen_from() {
    let fake = FakePybit::start().await.unwrap();
    fake.down().await;
    let error = refusal(&reporter(fixed(fake.url())), &submission()).await;
    assert!(error.is_unreachable(), "{error}");
    let two = reporter(rbit_pybit::PybitSettings {
        trusted_hosts: vec!["a:1".into(), "b:1".into()],
        ..settings()
    });
    assert!(matches!(refusal(&two, &submission()).await, SubmitError::Nowhere));
}
