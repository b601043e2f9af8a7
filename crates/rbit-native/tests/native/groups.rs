use std::{fs, sync::Arc};

use rbit_cgroup::{Groups, Place};
use rbit_job::{
    Ending,
    port::{Executor as _, StopCause},
};

use crate::trial::{Heard, Trial, grouped, runtime, until};

#[test]
fn a_program_is_in_a_control_group_of_its_own_with_all_its_processes_which_is_gone_when_they_are() {
    let groups = match Place::without_bounds().and_then(|place| Groups::make_in(&place)) {
        Ok(groups) => groups,
        Err(why) => return println!("not tried: {why}"),
    };
    let group = groups.folder().join("1-native");
    let inside = group.join("cgroup.procs");
    let executor = grouped(Arc::new(Ok(groups)));
    let trial = Trial::script("sleep 1000 & setsid sleep 1000 & sleep 1000");
    let stop = async move {
        let seen = tokio::task::spawn_blocking(move || {
            // Bubblewrap outside and inside, the script, and what it started.
            until("all of its processes are in the group", || {
                fs::read_to_string(&inside).is_ok_and(|pids| pids.lines().count() == 6)
            });
        });
        seen.await.unwrap();
        StopCause::Cancel
    };
    let folders = trial.folders();
    let execution = executor.execute(&trial.plan, &folders, Arc::<Heard>::default(), Box::pin(stop));
    let execution = runtime().block_on(execution);
    assert_eq!(execution.result, Err(Ending::Cancelled));
    assert!(!group.exists());
}
