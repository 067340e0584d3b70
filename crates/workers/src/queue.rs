//! A queue as an apalis backend. Jobs come from a function that reads Dunlin's own tables, and nothing is ever pushed
//! in.

use std::convert::Infallible;

use apalis_core::backend::custom::{BackendBuilder, CustomBackend};
use apalis_core::error::BoxDynError;
use apalis_core::task::Task;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::task_id::{RandomId, TaskId};
use futures_util::sink::{Drain, SinkExt, SinkMapErr, drain};
use futures_util::stream::{BoxStream, StreamExt, unfold};

/// A stream of jobs, in the shape that apalis asks for.
type Jobs<T> = BoxStream<'static, Result<Option<Task<T>>, BoxDynError>>;
/// The sink for pushed jobs, which is never used: notices are owed in the transaction of the change that owes them.
type NoSink<T> = SinkMapErr<Drain<Task<T>>, fn(Infallible) -> BoxDynError>;
/// A backend whose jobs a function fetches.
pub(crate) type Queue<T, F> = CustomBackend<T, F, Jobs<T>, NoSink<T>>;

/// Makes a backend whose jobs come from `next`, one after the other. `next` waits until there is one, because apalis
/// does not ask a backend again that says "nothing now".
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
