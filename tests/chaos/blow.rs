//! What can be done to a fleet and its broker, and when it is.

use fastrand::Rng;

use super::{Options, broker::NODES};

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    /// The box of this number gets SIGKILL and is started again.
    Kill(usize),
    /// All connections to the broker are cut.
    Cut,
    /// The broker closes all connections, and says so.
    Close,
    /// The broker cannot be reached for a moment.
    Outage,
    /// The broker stops and starts again.
    Restart,
    /// The node that leads most queues gets SIGKILL and is started again.
    LoseLeader,
    /// All nodes but the one of this number stand still for a while.
    LoseMajority { kept: usize },
}

/// Blows, each with the number of requests that the front-end has seen when it is due; the next one is at the end.
pub(super) type Plan = Vec<(usize, Blow)>;

/// Kills of boxes and, for every third of them, something at the network.
pub(super) fn for_one_node(options: &Options, requests: usize) -> Plan {
    let mut random = Rng::with_seed(options.seed);
    let breaks = ON_THE_NETWORK.into_iter().cycle();
    let breaks = breaks.take(options.kills.div_ceil(3) as usize);
    let mut plan = kills(options, requests, &mut random);
    plan.extend(breaks.map(|blow| (anywhere(requests, &mut random), blow)));
    in_order(plan)
}

/// Kills of boxes, and what only a cluster survives, one after the other in equal parts of the work.
pub(super) fn for_a_cluster(options: &Options, requests: usize) -> Plan {
    let mut random = Rng::with_seed(options.seed);
    let mut plan = kills(options, requests, &mut random);
    let kept = random.usize(0..NODES);
    let blows = [Blow::LoseLeader, Blow::LoseMajority { kept }, Blow::LoseLeader];
    let part = requests / (blows.len() + 1);
    for (number, blow) in (1..).zip(blows) {
        plan.push((number * part + random.usize(0..part.max(2) / 2), blow));
    }
    in_order(plan)
}

fn kills(options: &Options, requests: usize, random: &mut Rng) -> Plan {
    let mut kill = |_| {
        let at = anywhere(requests, random);
        (at, Blow::Kill(random.usize(0..(options.workers as usize).max(1))))
    };
    (0..options.kills).map(&mut kill).collect()
}

fn anywhere(requests: usize, random: &mut Rng) -> usize {
    random.usize(requests / 50..requests.max(1) * 19 / 20)
}

fn in_order(mut plan: Plan) -> Plan {
    plan.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    plan
}

const ON_THE_NETWORK: [Blow; 4] = [Blow::Cut, Blow::Restart, Blow::Close, Blow::Outage];

#[cfg(test)]
mod tests {
    use super::*;

    fn options(kills: u32, seed: u64) -> Options {
        Options {
            rbit: "rbit".into(),
            folder: "folder".into(),
            jobs: 1000,
            workers: 3,
            kills,
            seed,
        }
    }

    #[test]
    fn a_seed_draws_the_same_blows_again_and_another_one_others() {
        for plan in [for_one_node, for_a_cluster] {
            assert_eq!(plan(&options(9, 1), 3000), plan(&options(9, 1), 3000));
            assert_ne!(plan(&options(9, 1), 3000), plan(&options(9, 2), 3000));
        }
    }

    #[test]
    fn a_cluster_loses_its_leader_its_majority_and_its_leader_again_while_there_is_work() {
        for seed in 0..100 {
            let plan = for_a_cluster(&options(0, seed), 3000);
            let [
                (third, Blow::LoseLeader),
                (second, Blow::LoseMajority { kept }),
                (first, Blow::LoseLeader),
            ] = plan[..]
            else {
                panic!("{plan:?}");
            };
            assert!(
                0 < first && first < second && second < third && third < 3000 && kept < NODES,
                "{plan:?}"
            );
        }
    }

    #[test]
    fn the_next_blow_is_at_the_end() {
        let plan = for_one_node(&options(9, 5), 3000);
        assert!(plan.is_sorted_by(|(a, _), (b, _)| a >= b), "{plan:?}");
        assert_eq!(plan.len(), 12);
    }
}
