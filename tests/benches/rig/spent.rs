//! The processors' time, split between the client, Dunlin and PostgreSQL.

use procfs::process::{Process, Stat, all_processes};
use test_support::postgres::Cluster;

use super::server::Server;

/// The processor time spent up to some moment, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// The time of this process, which is the client.
    pub(crate) client: f64,
    /// The time of all instances.
    pub(crate) dunlin: f64,
    /// The time of the processes of the test's cluster, including those that have ended.
    pub(crate) postgres: f64,
}

impl Spent {
    pub(crate) fn now(servers: &[Server], cluster: Option<&Cluster>) -> Self {
        let own = |process: &Process| secs(&process.stat().unwrap());
        Self {
            client: own(&Process::myself().unwrap()),
            dunlin: servers.iter().map(|server| own(&server.process())).sum(),
            postgres: cluster.map_or(0.0, |cluster| family_secs(cluster.postmaster())),
        }
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            client: self.client - before.client,
            dunlin: self.dunlin - before.dunlin,
            postgres: self.postgres - before.postgres,
        }
    }
}

/// Returns the time that a process, its children, and those of them that have ended spent, in seconds.
fn family_secs(parent: i32) -> f64 {
    let stats = all_processes().unwrap().filter_map(|process| process.ok()?.stat().ok());
    let spent = stats.map(|stat| {
        if stat.pid == parent {
            let ended = u64::try_from(stat.cutime + stat.cstime).unwrap();
            secs(&stat) + ticks_to_secs(ended)
        } else if stat.ppid == parent {
            secs(&stat)
        } else {
            0.0
        }
    });
    spent.sum()
}

fn secs(stat: &Stat) -> f64 {
    ticks_to_secs(stat.utime + stat.stime)
}

fn ticks_to_secs(ticks: u64) -> f64 {
    let per_second = u32::try_from(procfs::ticks_per_second()).unwrap();
    f64::from(u32::try_from(ticks).unwrap()) / f64::from(per_second)
}
