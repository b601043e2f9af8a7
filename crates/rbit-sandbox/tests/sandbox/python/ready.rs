//! Instances that have begun before their job: nothing is different for the job but that it starts sooner.

use std::{
    fs,
    time::{Duration, Instant},
};

use rbit_job::{Mount, Plan, Reason, port::Execution};
use rbit_sandbox::SandboxSettings;

use super::{Desk, function};
use crate::suite::bench::{PATIENCE, ending};

pub(crate) fn desk(body: &str) -> Desk {
    let desk = Desk::with(SandboxSettings {
        ready: 1,
        ..SandboxSettings::default()
    });
    desk.module("worker.py", &function(body));
    desk
}

impl Desk {
    /// Runs the job again and again, until one finds an instance that was ready. To look is a job, and none is made while there are jobs:
    /// so this looks less and less often.
    async fn run_ready(&self, plan: &Plan) -> Execution {
        let deadline = Instant::now() + PATIENCE / 2;
        for looks in 1.. {
            let execution = self.bench.run(plan).await;
            if execution.usage.was_ready {
                return execution;
            }
            assert!(Instant::now() < deadline, "no instance was ever ready: {execution:?}");
            tokio::time::sleep(LOOK * looks).await;
        }
        unreachable!("the deadline comes first")
    }
}

/// After which it is worth looking for the first time.
const LOOK: Duration = Duration::from_millis(100);

#[tokio::test]
async fn no_job_sees_what_another_one_left_in_an_instance() {
    let body = "import builtins, json, os, sys
marks = [hasattr(module, 'mark') for module in (builtins, json, rbit, sys.modules[__name__])]
assert marks == [False] * 4, marks
assert sys.path == ['/mnt/python-path'] and sys.argv == ['worker:run'] and os.getcwd() == '/work'
assert not [name for name in sys.modules if 'sample' in name]
for module in (builtins, json, rbit, sys.modules[__name__]):
    module.mark = True";
    let desk = desk(body);
    for _ in 0..4 {
        let execution = desk.run_ready(&desk.plan()).await;
        assert_eq!(execution.result, Ok(Vec::new()));
    }
    assert_eq!(desk.bench.log.all(), [""; 0]);
}

#[tokio::test]
async fn what_is_random_differs_also_from_one_ready_instance_to_the_next() {
    let desk = desk(
        "import os, random, secrets, tempfile, uuid
print(random.random(), random.Random().random(), secrets.token_hex(), os.urandom(8).hex())
print(uuid.uuid4(), tempfile.mktemp())",
    );
    for _ in 0..3 {
        desk.run_ready(&desk.plan()).await.result.unwrap();
    }
    let lines = desk.bench.log.all();
    let words = lines.iter().flat_map(|line| line.split_whitespace());
    let mut drawn: Vec<_> = words.filter(|word| *word != "stdout:").collect();
    let count = drawn.len();
    assert!(count >= 3 * 6, "{lines:?}");
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), count, "{lines:?}");
}

#[tokio::test]
async fn a_ready_instance_sees_the_folders_request_and_settings_of_its_job_alone() {
    let desk = desk(
        "import os
name = request.get_package()
assert settings['name'] == name
print(open('/mnt/data/whose').read())
assert not os.path.exists('/work/' + settings['other'])
open('/work/' + name, 'w').close()
with open('/output/' + name, 'w') as file:
    file.write(name)
try:
    open('/mnt/data/mine', 'w')
except OSError:
    return ['/output/' + name]",
    );
    let plans = ["a", "b"].map(|name| {
        fs::create_dir(desk.bench.path(name)).unwrap();
        fs::write(desk.bench.path(name).join("whose"), name).unwrap();
        let mut plan = desk.plan();
        name.clone_into(&mut plan.request.package);
        let other = if name == "a" { "b" } else { "a" };
        plan.settings.retain(|(key, _)| key != "name");
        plan.settings.push(("name".into(), name.into()));
        plan.settings.push(("other".into(), other.into()));
        plan.mounts.push(Mount {
            setting: "data".into(),
            host: desk.bench.path(name),
            at: None,
        });
        plan
    });
    for plan in [&plans[0], &plans[1], &plans[0]] {
        let name = &plan.request.package;
        let folders = desk.bench.folders(plan);
        let before = desk.bench.log.all().len();
        let execution = desk.run_ready(plan).await;
        assert_eq!(execution.result, Ok(vec![format!("/output/{name}")]));
        assert_eq!(fs::read_to_string(folders.output.join(name)).unwrap(), *name);
        let lines = desk.bench.log.all().split_off(before);
        assert!(lines.iter().all(|line| *line == format!("stdout: {name}")), "{lines:?}");
        for folder in [&folders.work, &folders.output] {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}

#[tokio::test]
async fn a_job_with_other_limits_does_not_get_an_instance_that_was_held_to_these() {
    let desk = desk("pass");
    let mut plan = desk.plan();
    desk.run_ready(&plan).await.result.unwrap();
    plan.limits.memory += 1 << 20;
    assert!(!desk.bench.run(&plan).await.usage.was_ready);
    desk.run_ready(&plan).await.result.unwrap();
}

#[tokio::test]
async fn every_limit_holds_in_an_instance_that_was_ready() {
    let desk = desk(
        "what = request.get_package()
if what == 'wait':
    while True:
        pass
if what == 'memory':
    bytearray(500_000_000)
if what == 'disk':
    open('/work/a', 'wb').write(b'x' * 3_000_000)
if what == 'log':
    print('x' * 100_000)",
    );
    let mut plan = desk.plan();
    plan.limits.disk = 2 << 20;
    plan.limits.log = 1000;
    plan.limits.timeout = Duration::from_secs(3);
    for (what, reason, words) in [
        ("wait", Reason::Timeout, "timeout: limit 3s"),
        ("memory", Reason::GuestFailed, "MemoryError"),
        ("disk", Reason::DiskLimit, "disk: limit 2 MiB"),
    ] {
        "ready".clone_into(&mut plan.request.package);
        desk.run_ready(&plan).await.result.unwrap();
        what.clone_into(&mut plan.request.package);
        let execution = desk.run_ready(&plan).await;
        let (met, text) = ending(&execution);
        assert_eq!(met, reason, "{text}");
        assert!(text.contains(words), "{text}");
    }
    "log".clone_into(&mut plan.request.package);
    let usage = desk.run_ready(&plan).await.usage;
    assert_eq!((usage.log_bytes, usage.log_dropped), (100_001, 99_001));
    assert!(usage.memory_peak > 30 << 20 && usage.memory_peak <= plan.limits.memory);
}

#[tokio::test]
async fn where_none_is_to_be_ready_every_job_starts_by_itself() {
    let desk = Desk::new();
    desk.module("worker.py", &function("pass"));
    for _ in 0..4 {
        let execution = desk.bench.run(&desk.plan()).await;
        assert!(execution.result.is_ok() && !execution.usage.was_ready, "{execution:?}");
    }
}
