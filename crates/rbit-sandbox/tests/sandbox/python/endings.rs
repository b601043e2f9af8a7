//! What a callable returns and raises.

use rbit_job::Ending;

use super::{Desk, function, run, run_body};

#[tokio::test]
async fn what_is_returned_names_the_files() {
    for (returned, named) in [
        ("None", vec![]),
        ("[]", vec![]),
        ("'/output/a'", vec!["/output/a"]),
        ("__import__('pathlib').Path('/output/a')", vec!["/output/a"]),
        ("['/output/a', '/output/b']", vec!["/output/a", "/output/b"]),
        ("(f'/output/{n}' for n in range(2))", vec!["/output/0", "/output/1"]),
    ] {
        let seen = run_body(&format!("return {returned}")).await;
        assert_eq!(seen.done(), named, "{returned}");
    }
    let seen = run_body("return 7").await;
    assert!(
        seen.failed().contains("TypeError: the callable returned int"),
        "{}",
        seen.failed()
    );
}

#[tokio::test]
async fn an_exception_is_told_with_file_and_line_of_the_authors_code_alone() {
    let desk = Desk::new();
    desk.module("helper.py", "def divide(a, b):\n    return a / b\n");
    desk.module(
        "worker.py",
        "import helper\n\ndef run(request, settings):\n    helper.divide(1, 0)\n",
    );
    let seen = desk.run().await;
    let text = seen.failed();
    for part in [
        "Traceback (most recent call last):",
        "File \"/mnt/python-path/worker.py\", line 4, in run",
        "helper.divide(1, 0)",
        "File \"/mnt/python-path/helper.py\", line 2, in divide",
        "ZeroDivisionError: division by zero",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("_rbit") && !text.contains("importlib"), "{text}");
    // The log has it as it is meant to be read.
    assert_eq!(
        seen.lines.first().unwrap(),
        "stderr: Traceback (most recent call last):"
    );
    assert_eq!(
        seen.lines.last().unwrap(),
        "stderr: ZeroDivisionError: division by zero"
    );
}

#[tokio::test]
async fn a_cause_is_told_with_its_exception() {
    let seen = run_body("try:\n    {}['x']\nexcept KeyError as error:\n    raise ValueError('no x') from error").await;
    let text = seen.failed();
    assert!(
        text.contains("KeyError: 'x'") && text.ends_with("ValueError: no x"),
        "{text}"
    );
}

#[tokio::test]
async fn failed_and_blocked_are_what_they_say_from_wherever_they_are_raised() {
    let seen =
        run("import rbit\ndef deep():\n    raise rbit.Failed('é is missing')\ndef run(r, s):\n    deep()\n").await;
    assert_eq!(seen.failed(), "é is missing");
    let seen = run_body("raise rbit.Blocked('not yet')").await;
    assert!(
        matches!(&seen.result, Err(Ending::Blocked(text)) if text == "not yet"),
        "{:?}",
        seen.result
    );
}

#[tokio::test]
async fn an_exit_without_error_is_done_and_others_fail() {
    for call in ["sys.exit()", "sys.exit(0)"] {
        assert_eq!(run_body(&format!("import sys\n{call}")).await.done(), [""; 0]);
    }
    assert_eq!(run_body("import sys\nsys.exit(3)").await.failed(), "sys.exit(3)");
    assert_eq!(run_body("import sys\nsys.exit('no input')").await.failed(), "no input");
}

#[tokio::test]
async fn a_module_or_callable_that_is_not_there_is_told_in_one_line() {
    let seen = Desk::new().run().await;
    assert_eq!(seen.failed(), "no module `worker` in `/mnt/python-path`");
    let seen = run("def other(r, s): pass").await;
    assert_eq!(seen.failed(), "module `worker` has no `run`");
    let seen = run("run = 7").await;
    assert_eq!(seen.failed(), "`worker:run` is int, which cannot be called");
}

#[tokio::test]
async fn a_syntax_error_is_told_with_its_line() {
    let seen = run("def run(request, settings):\n    print 'x'\n").await;
    let text = seen.failed();
    assert!(text.contains("File \"/mnt/python-path/worker.py\", line 2"), "{text}");
    assert!(text.contains("SyntaxError: Missing parentheses"), "{text}");
}

#[tokio::test]
async fn a_module_that_the_author_imports_in_vain_is_told_with_its_place() {
    let seen = run("import lxml\ndef run(r, s): pass").await;
    let text = seen.failed();
    assert!(
        text.contains("line 1") && text.contains("No module named 'lxml'"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_printed_and_logged_are_lines_of_the_log() {
    let body = "import logging, sys
print('one', 'two', 3)
print('half', end='')
print(' and half')
logging.getLogger('mine').info('read %s', 'it')
logging.debug('not this')
print('wrong', file=sys.stderr)
sys.stdout.write('no end')";
    let seen = run_body(body).await;
    assert_eq!(seen.done(), [""; 0]);
    let of = |stream: &str| -> Vec<String> {
        let lines = seen.lines.iter().filter_map(|line| line.strip_prefix(stream));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(of("stdout: "), ["one two 3", "half and half", "no end"]);
    assert_eq!(of("stderr: "), ["INFO mine: read it", "wrong"]);
}

#[tokio::test]
async fn a_recursion_without_end_is_an_exception() {
    let seen = run("def run(r, s):\n    return run(r, s)\n").await;
    assert!(seen.failed().contains("RecursionError"), "{}", seen.failed());
    // One in C, which has a stack of its own.
    let body = "x = []
for _ in range(100_000):
    x = [x]
try:
    repr(x)
except RecursionError:
    print('caught')
while x:
    x = x[0]";
    let seen = run_body(body).await;
    assert_eq!(seen.lines, ["stdout: caught"], "{:?}", seen.result);
}

#[tokio::test]
async fn memory_beyond_the_limit_is_a_memory_error_that_can_be_caught() {
    let seen = run_body("try:\n    bytearray(500_000_000)\nexcept MemoryError:\n    return ['/output/coped']").await;
    assert_eq!(seen.done(), ["/output/coped"]);
    let seen = run_body("x = bytearray(500_000_000)").await;
    assert!(seen.failed().ends_with("MemoryError"), "{}", seen.failed());
}

#[tokio::test]
async fn settings_and_request_arrive_whole() {
    let body = "package = request.get_package()
assert (request.get_job_id(), package, request.get_version()) == (4, 'm9003', '1.2')
assert (request.get_arch(), request.get_suite(), request.get_dist()) == ('any', 'latex', 'cnx')
assert (request.get_format(), request.get_buildenv(), request.get_attempt()) == ('pdf', None, 1)
assert request.job.packageinstance.distribution.name == 'cnx' and request.transport.uri is None
assert settings['name'] == 'value' and settings['runner'] == 'python!worker:run'
import copy, pickle
assert copy.deepcopy(request) == pickle.loads(pickle.dumps(request)) == request
assert repr(request).startswith('BuildRequest(job=Job(id=4')";
    assert_eq!(run_body(body).await.done(), [""; 0]);
}

#[tokio::test]
async fn a_file_of_the_authors_that_python_would_pass_over_is_named() {
    let desk = Desk::new();
    desk.module("queue.py", "").module("worker.py", &function("pass"));
    let seen = desk.run().await;
    let told = "stderr: rbit: `/mnt/python-path/queue.py` cannot be imported: Python has a module of that name";
    assert_eq!(seen.lines, [told]);
}
