use std::{collections::BTreeMap, time::Duration};

use rbit_amqp::{Permission, QueueType, Setting, routing_key};
use rbit_job::QueueName;

use super::{
    super::{finding::Weight, need::LaneNeed, policy, survey::Lacks},
    *,
};

/// A configuration with one queue, whose broker is in order.
struct Case {
    needs: Needs,
    survey: Survey,
    is_running: bool,
}

fn there(differences: Vec<Difference>) -> QueueFound {
    QueueFound::There {
        messages: 0,
        consumers: 1,
        comparison: Comparison::Made(differences),
    }
}

impl Case {
    fn new(queue: &str, queue_type: Option<QueueType>) -> Self {
        let queue = QueueName::new(queue).unwrap();
        let lane = LaneNeed {
            work: QueueNeed::work(&queue, queue_type),
            key: routing_key(&queue),
            retries: vec![QueueNeed::retry(&queue, Duration::from_secs(10), queue_type)],
            queue,
            queue_type,
            max_attempts: 20,
            runner: "pdf".into(),
            timeout: Duration::from_secs(600),
            drain_timeout: Duration::from_secs(30),
        };
        let needs = Needs {
            virtual_host: "/".into(),
            user: "guest".into(),
            declare: true,
            lanes: vec![lane],
            parked: QueueNeed::parked(None),
            command: QueueNeed::command("build_client_tim"),
            events: None,
            ack_timeout: Duration::from_secs(1800),
        };
        let queues = needs
            .queues()
            .map(|need| (need.name().to_owned(), there(vec![])))
            .collect();
        let survey = Survey {
            exchange: ExchangeFound::There(Comparison::Made(vec![])),
            events: None,
            queues,
            lacks: Lacks::default(),
            dead_letters: BTreeMap::new(),
        };
        Self {
            needs,
            survey,
            is_running: false,
        }
    }

    fn classic() -> Self {
        Self::new("cnx_any_latex_pdf", None)
    }

    fn found(mut self, name: &str, found: QueueFound) -> Self {
        self.survey.queues.insert(name.to_owned(), found);
        self
    }

    fn findings(&self) -> Vec<Finding> {
        let judge = Judge {
            needs: &self.needs,
            survey: &self.survey,
            file: "rbit.ini".into(),
            is_running: self.is_running,
        };
        judge.findings()
    }

    fn problems(&self) -> Vec<Finding> {
        let findings = self.findings().into_iter();
        findings.filter(|finding| finding.weight == Weight::Problem).collect()
    }

    fn only_problem(&self) -> Finding {
        let mut problems = self.problems();
        assert_eq!(problems.len(), 1, "{problems:#?}");
        problems.remove(0)
    }
}

fn difference(name: &str, found: &str) -> Difference {
    Difference::new(name, Setting::Is(found.to_owned()))
}

#[test]
fn a_broker_that_has_everything_is_in_order_and_the_report_says_what_it_cannot_see() {
    let findings = Case::classic().findings();
    let [unseen] = &findings[..] else {
        panic!("{findings:#?}")
    };
    assert_eq!(
        (unseen.weight, unseen.object.as_str()),
        (Weight::Note, "bindings and policies")
    );
}

#[test]
fn retry_queues_and_the_parking_place_may_be_missing_and_the_queue_may_not() {
    let mut case = Case::classic();
    case.survey.queues.clear();
    let problem = case.only_problem();
    assert_eq!(problem.object, "queue `cnx_any_latex_pdf`");
    assert_eq!(problem.remedy, ["rbit broker setup 'rbit.ini' --apply"]);
}

#[test]
fn each_argument_of_a_queue_has_its_own_reason_and_pybit_is_named_once() {
    let table = [
        ("durable", "false", "restarts"),
        ("x-queue-type", "quorum", "retries wait in queues"),
        ("x-queue-type", "stream", "again and again"),
        ("x-message-ttl", "3600000", "3600s"),
        ("x-expires", "60000", "60s"),
        ("x-max-length", "7", "drops the oldest"),
        ("x-delivery-limit", "3", "before this box does: `max-attempts` is 20"),
        ("x-single-active-consumer", "true", "one box"),
        ("x-of-the-future", "1", "refused"),
    ];
    for (name, value, why) in table {
        let case = Case::classic().found("cnx_any_latex_pdf", there(vec![difference(name, value)]));
        let problem = case.only_problem();
        assert!(problem.why.contains(why), "{name}: {}", problem.why);
        assert!(
            problem.found.contains(name) && problem.found.contains(value),
            "{}",
            problem.found
        );
        assert!(
            problem.remedy.iter().any(|line| line.contains("delete_queue")),
            "{problem:?}"
        );
        let of_pybit = case
            .findings()
            .iter()
            .filter(|finding| finding.why.contains("PyBit's front-end"))
            .count();
        assert_eq!(of_pybit, 1);
    }
}

#[test]
fn dead_letters_to_an_exchange_that_is_not_there_are_lost() {
    let dead = || there(vec![difference("x-dead-letter-exchange", "graveyard")]);
    for (exists, is_lost) in [(false, true), (true, false)] {
        let mut case = Case::classic().found("cnx_any_latex_pdf", dead());
        case.survey.dead_letters.insert("graveyard".into(), exists);
        assert_eq!(case.only_problem().why.contains("are lost"), is_lost);
    }
}

#[test]
fn a_retry_queue_that_is_not_ours_is_a_problem() {
    let name = "rbit.retry.cnx_any_latex_pdf.10000";
    let case = Case::classic().found(name, there(vec![difference("x-message-ttl", "5")]));
    let problem = case.only_problem();
    assert!(problem.object.contains(name), "{problem:?}");
    assert_eq!(
        problem.remedy[1],
        format!("rabbitmqctl delete_queue -p '/' '{name}' --if-empty")
    );
}

#[test]
fn a_retry_queue_without_a_way_back_is_told_as_what_it_is() {
    for (name, why) in [
        ("x-message-ttl", "ever comes out"),
        ("x-dead-letter-exchange", "are lost"),
    ] {
        let unset = there(vec![Difference::new(name, Setting::Unset)]);
        let problem = Case::classic()
            .found("rbit.retry.cnx_any_latex_pdf.10000", unset)
            .only_problem();
        assert!(
            problem.found == format!("has no `{name}`") && problem.why.contains(why),
            "{problem:?}"
        );
    }
}

#[test]
fn a_user_who_may_not_take_messages_or_store_copies_is_a_problem() {
    let mut case = Case::classic();
    case.survey.lacks.reading.insert("cnx_any_latex_pdf".into());
    let problem = case.only_problem();
    assert_eq!(problem.found, "the user may not read it");
    assert!(
        problem.remedy[0].starts_with("rabbitmqctl set_permissions -p '/' 'guest'"),
        "{problem:?}"
    );

    let mut case = Case::classic();
    let lacking = vec![Permission::Configure, Permission::Write];
    case.survey
        .lacks
        .for_retries
        .insert("cnx_any_latex_pdf".into(), lacking);
    let problem = case.only_problem();
    assert_eq!(problem.object, "queues `rbit.retry.cnx_any_latex_pdf.*`");
    assert_eq!(problem.found, "the user may not configure, nor write to them");
    case.survey.lacks.for_retries.clear();
    assert_eq!(case.problems(), []);
}

/// What is said of how long jobs may take.
fn of_patience(case: &Case) -> Vec<Finding> {
    let findings = case.findings().into_iter();
    findings
        .filter(|finding| finding.found.contains("its jobs may take"))
        .collect()
}

#[test]
fn a_job_that_may_outlast_the_brokers_patience_is_held_and_that_is_told_with_every_remedy() {
    let mut case = Case::classic();
    case.needs.lanes[0].timeout = Duration::from_secs(1771);
    assert_eq!(case.problems(), []);
    let note = of_patience(&case).remove(0);
    assert!(note.found.contains("runner `pdf`"), "{}", note.found);
    assert!(
        note.why.contains("after 1440s") && note.why.contains("rbit.held.*") && note.why.contains("after 300s"),
        "{}",
        note.why
    );
    let remedy = note.remedy.join("\n");
    assert!(
        remedy.contains(r#"'rbit-classic' '^(cnx_any_latex_pdf)$' '{"consumer-timeout":2101000}'"#),
        "{remedy}"
    );
    assert!(remedy.contains("consumer_timeout = 2101000"), "{remedy}");
    case.needs.lanes[0].timeout = Duration::from_secs(1770);
    assert_eq!(of_patience(&case), []);
}

#[test]
fn messages_that_a_quorum_queue_forgets_to_send_back_are_to_be_looked_for_by_a_person() {
    let about_them = |case: Case| {
        let findings = case.findings().into_iter();
        findings
            .filter(|finding| finding.object == "quorum retry queues")
            .count()
    };
    assert_eq!(about_them(Case::new("q", Some(QueueType::Quorum))), 1);
    assert_eq!(about_them(Case::classic()), 0);
}

#[test]
fn queues_whose_jobs_may_take_long_are_named_in_one_note_for_each_type() {
    let mut case = Case::classic();
    let lane = |queue: &str, seconds| LaneNeed {
        timeout: Duration::from_secs(seconds),
        ..Case::new(queue, None).needs.lanes.remove(0)
    };
    case.needs.lanes = vec![lane("slow", 3000), lane("quick", 60), lane("slowest", 4000)];
    let notes = of_patience(&case);
    let objects: Vec<_> = notes.iter().map(|note| note.object.as_str()).collect();
    assert_eq!(objects, ["queues `slow`, `slowest`"]);
    assert!(notes[0].found.contains("4000s"), "{}", notes[0].found);
}

#[test]
fn a_job_that_may_outlast_the_brokers_patience_is_a_problem_where_its_message_cannot_be_held() {
    let mut case = Case::classic();
    case.needs.lanes[0].timeout = Duration::from_secs(1771);
    case.survey.lacks.for_holding = vec![Permission::Configure, Permission::Read];
    let problem = case.only_problem();
    assert!(
        problem.why.contains("may not configure, nor read such queues"),
        "{}",
        problem.why
    );
    assert!(
        problem.remedy[0].starts_with("rabbitmqctl set_permissions -p '/' 'guest'"),
        "{problem:?}"
    );
}

#[test]
fn a_patience_that_most_brokers_do_not_have_is_to_be_looked_after() {
    let mut case = Case::classic();
    case.needs.ack_timeout = Duration::from_secs(7200);
    for (timeout, notes) in [(1770, 0), (1771, 1), (7000, 1)] {
        case.needs.lanes[0].timeout = Duration::from_secs(timeout);
        assert_eq!(
            (case.problems().len(), of_patience(&case).len()),
            (0, notes),
            "{timeout}"
        );
    }
    assert!(of_patience(&case)[0].remedy[0].contains("consumer_timeout"));
}

#[test]
fn the_name_is_taken_only_if_this_box_does_not_run() {
    for (is_running, problems) in [(true, 0), (false, 1)] {
        let mut case = Case::classic().found("build_client_tim", QueueFound::Locked);
        case.is_running = is_running;
        assert_eq!(case.problems().len(), problems);
    }
    let case = Case::classic().found("build_client_tim", there(vec![]));
    assert!(case.only_problem().found.contains("not exclusive"));
}

#[test]
fn an_exchange_of_another_type_is_a_problem() {
    let mut case = Case::classic();
    case.survey.exchange = ExchangeFound::There(Comparison::Made(vec![difference("type", "topic")]));
    assert_eq!(case.only_problem().found, "`type` is `topic`");
    case.survey.exchange = ExchangeFound::Missing;
    assert_eq!(case.only_problem().found, "does not exist");
}

#[test]
fn the_exchange_of_events_may_be_missing_if_this_box_may_make_it_and_must_be_a_topic() {
    let mut case = Case::classic();
    case.needs.events = Some("rbit.events".into());
    case.survey.events = Some(ExchangeFound::Missing);
    assert_eq!(case.problems(), []);
    case.needs.declare = false;
    assert_eq!(case.only_problem().object, "exchange `rbit.events`");
    case.survey.events = Some(ExchangeFound::There(Comparison::Made(vec![difference(
        "type", "fanout",
    )])));
    assert_eq!(case.only_problem().found, "`type` is `fanout`");
}

#[test]
fn a_user_who_may_not_compare_gets_a_note() {
    let mut case = Case::classic();
    case.survey.exchange = ExchangeFound::There(Comparison::NotAllowed);
    assert_eq!(case.problems(), []);
    assert!(case.findings()[0].remedy[0].contains("set_permissions -p '/' 'guest'"));
}

#[test]
fn a_quorum_queue_has_a_policy_that_keeps_what_was_handed_out_too_often() {
    let case = Case::new("books.v2", Some(QueueType::Quorum));
    assert_eq!(case.problems(), []);
    let commands = policy::commands(&case.needs);
    let expected = concat!(
        r"rabbitmqctl set_policy -p '/' --apply-to queues 'rbit-quorum' '^(books\.v2)$' ",
        r#"'{"dead-letter-exchange":"","dead-letter-routing-key":"rbit.parked","dead-letter-strategy":"at-least-once","#,
        r#""delivery-limit":20,"overflow":"reject-publish"}'"#
    );
    assert_eq!(commands, [expected]);
}

#[test]
fn a_name_in_a_command_is_one_word_whatever_is_in_it() {
    let mut case = Case::classic();
    case.needs.virtual_host = "a'; reboot; '".into();
    case.survey.queues.clear();
    let unseen = case.findings().pop().unwrap();
    assert!(
        unseen.remedy[0].contains(r"-p 'a'\''; reboot; '\''' source_name"),
        "{}",
        unseen.remedy[0]
    );
}
