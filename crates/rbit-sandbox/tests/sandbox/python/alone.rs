//! Two jobs share nothing, and a job sees nothing but its own.

use std::fs;

use rbit_job::Processor;

use super::{Desk, function};

#[tokio::test]
async fn what_one_job_sets_the_next_does_not_see() {
    let desk = Desk::new();
    let body = "import builtins, json, sys
marks = [hasattr(module, 'mark') for module in (builtins, json, rbit, sys.modules[__name__])]
assert marks == [False] * 4 and 'helper' not in sys.modules, marks
import helper
helper.seen.append(1)
assert helper.seen == [1]
for module in (builtins, json, rbit, sys.modules[__name__]):
    module.mark = True
sys.path.append('/elsewhere')
assert sys.path.count('/elsewhere') == 1";
    desk.module("helper.py", "seen = []")
        .module("worker.py", &function(body));
    for _ in 0..3 {
        assert_eq!(desk.run().await.done(), [""; 0]);
    }
}

#[tokio::test]
async fn what_is_random_differs_from_job_to_job() {
    let desk = Desk::new();
    let body = "import os, random, secrets, tempfile, uuid
print(random.random(), random.Random().random(), secrets.token_hex(), os.urandom(8).hex())
print(uuid.uuid4(), tempfile.mktemp())";
    desk.module("worker.py", &function(body));
    let (first, second) = (desk.run().await, desk.run().await);
    let words = |seen: &super::Seen| -> Vec<String> {
        let words = seen.lines.iter().flat_map(|line| line.split_whitespace());
        words.filter(|word| *word != "stdout:").map(str::to_owned).collect()
    };
    let (first, second) = (words(&first), words(&second));
    assert_eq!(first.len(), 6, "{first:?}");
    assert!(first.iter().all(|word| !second.contains(word)), "{first:?} {second:?}");
}

#[tokio::test]
async fn a_package_beside_the_module_imports_and_cannot_be_changed() {
    let desk = Desk::new();
    desk.module("pkg/__init__.py", "from . import inner")
        .module("pkg/inner.py", "value = 3");
    desk.module("pkg/data.txt", "data").module(
        "worker.py",
        &function(
            "import pkg, os, importlib.resources
assert pkg.inner.value == 3
assert importlib.resources.files(pkg).joinpath('data.txt').read_text() == 'data'
try:
    open('/mnt/python-path/pkg/new.py', 'w')
except OSError as error:
    print(type(error).__name__)
assert os.getcwd() == '/work'
assert not os.environ, dict(os.environ)",
        ),
    );
    let seen = desk.run().await;
    assert_eq!(seen.done(), [""; 0]);
    assert!(seen.lines[0].contains("Error"), "{:?}", seen.lines);
    assert!(!desk.bench.path("modules/pkg/new.py").exists());
}

#[tokio::test]
async fn several_folders_make_one_path() {
    let desk = Desk::new();
    fs::create_dir(desk.bench.path("more")).unwrap();
    fs::write(desk.bench.path("more/helper.py"), "name = 'helper'").unwrap();
    desk.module("worker.py", &function("import helper\nreturn helper.name"));
    let mut plan = desk.plan();
    plan.mounts
        .push(rbit_job::python_call::module_mount(1, desk.bench.path("more")));
    let path = rbit_job::python_call::guest_path(&plan.mounts);
    plan.settings.push(("python-path".into(), path));
    assert_eq!(desk.run_plan(&plan).await.done(), ["helper"]);
}

#[tokio::test]
async fn in_a_folder_that_was_not_made_for_it_a_runner_sees_nothing_but_sources() {
    let desk = Desk::new();
    desk.module("rbit.ini", "password = sesame")
        .module("state/journal.db", "jobs");
    desk.module("pkg/__init__.py", "")
        .module("pkg/data.txt", "data")
        .module(
            "worker.py",
            &function(
                "import os
for path in ('rbit.ini', 'state/journal.db', 'pkg/../rbit.ini', './rbit.ini', 'pkg/../state/journal.db'):
    try:
        print(open('/mnt/python-path/' + path).read())
    except FileNotFoundError:
        pass
    assert not os.path.exists('/mnt/python-path/' + path)
assert open('/mnt/python-path/pkg/data.txt').read() == 'data'
return sorted(os.listdir('/mnt/python-path'))",
            ),
        );
    let mut plan = desk.plan();
    if let Processor::Python(call) = &mut plan.processor {
        call.sees_sources_only = true;
    }
    let seen = desk.run_plan(&plan).await;
    assert_eq!(seen.done(), ["pkg", "worker.py"]);
    assert_eq!(seen.lines, [""; 0]);
}
