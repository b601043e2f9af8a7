//! `rbit broker check`.

use rbit_config::Settings;

use super::{amqp, connect, judge::Judge, need::Needs, report::Report, survey::Survey, unavailable};
use crate::{args::BrokerCheckArgs, exit_code::Code, failure::Failure, output};

/// Prints what the broker has and what is wrong with it.
pub(super) async fn check(settings: &Settings, args: &BrokerCheckArgs) -> Result<Code, Failure> {
    let broker = amqp(settings)?;
    let needs = Needs::of(settings, broker);
    let admin = connect(settings, broker).await?;
    let surveyed = Survey::make(&admin, &needs).await;
    admin.close().await;
    let survey = surveyed.map_err(unavailable)?;
    let judge = Judge {
        needs: &needs,
        survey: &survey,
        file: args.config.file.display().to_string(),
        is_running: rbit_store::is_in_use(&settings.state_dir),
    };
    let findings = judge.findings();
    let report = Report {
        needs: &needs,
        survey: &survey,
        findings: &findings,
    };
    let text = if args.json {
        format!("{}\n", report.json())
    } else {
        report.text()
    };
    output::print(text)?;
    Ok(if report.problems() == 0 {
        Code::Success
    } else {
        Code::Failure
    })
}
