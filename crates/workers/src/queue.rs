//! The outbox as an apalis backend: jobs come out of our own tables, and nothing is ever pushed in.

use std::convert::Infallible;

use apalis_core::backend::custom::{BackendBuilder, CustomBackend};
use apalis_core::error::BoxDynError;
use apalis_core::task::Task;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::{RandomId, TaskId};
use futures_util::sink::{Drain, SinkExt, SinkMapErr, drain};
use futures_util::stream::{BoxStream, StreamExt, unfold};

/// A stream of jobs, as apalis wants it.
type Jobs<T> = BoxStream<'static, Result<Option<Task<T>>, BoxDynError>>;
/// Where jobs could be pushed, and never are: notices are owed in the transaction of the change that owes them.
type NoSink<T> = SinkMapErr<Drain<Task<T>>, fn(Infallible) -> BoxDynError>;
/// A backend of jobs that a function fetches.
pub(crate) type Queue<T, F> = CustomBackend<T, F, Jobs<T>, NoSink<T>>;

/// A backend whose jobs come from `next`, one after the other. It waits inside itself until there is one: a backend that says
/// "nothing now" is not asked again.
#[expect(clippy::expect_used, reason = "a backend that has all its parts is built")]
pub(crate) fn queue<T, F, Fetching>(next: F) -> Queue<T, F>
where
    T: Send + 'static,
    F: Fn() -> Fetching + Clone + Send + Sync + 'static,
    Fetching: Future<Output = T> + Send + 'static,
{
    BackendBuilder::new()
        .database(next)
        .fetcher(|next: &mut F, (), _| {
            let jobs = unfold(next.clone(), |next| async move {
                let job = next().await;
                let id = TaskId::String(RandomId::default().to_string());
                let task = TaskBuilder::new(job).task_id(id).build();
                Some((Ok(Some(task)), next))
            });
            jobs.boxed()
        })
        .sink(|_, ()| drain().sink_map_err((|never| match never {}) as fn(Infallible) -> BoxDynError))
        .build()
        .expect("database, fetcher, sink and configuration are given")
}
