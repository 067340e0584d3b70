//! Batching: questions that are asked at the same time are answered together.
//!
//! A lone caller waits for nobody. Under load, callers who ask while an answer is being found share the next one, and
//! with it the cost of going to the database.
//!
//! Several batches can be answered concurrently, in [`ConcurrentBatches`]. A question waits for a batch in progress
//! with the same subject, because the two would only wait for each other further down. Another batch begins only once
//! it is as large as a lane's share, because the fixed cost of a batch is better shared by many; or once it has waited
//! long, because one of the others may never be answered.

mod concurrent;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

pub use concurrent::ConcurrentBatches;

/// The most questions in one batch.
const MAX_AT_ONCE: usize = 256;
/// The most questions that may wait in the queue. Beyond that a caller is told "later" at once, rather than queued
/// without end.
const MAX_WAITING: usize = 4096;

/// A handle that asks, and waits for the answer. Cheap to clone.
#[derive(Debug)]
pub struct Batcher<Question, Answer> {
    queue: mpsc::Sender<Waiting<Question, Answer>>,
}

#[derive(Debug)]
struct Waiting<Question, Answer> {
    question: Question,
    asked_at: Instant,
    answer: oneshot::Sender<Answer>,
}

/// The reason why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Too many questions are waiting.
    Busy,
    /// Nobody answers any more.
    Stopped,
}

impl<Question, Answer> Clone for Batcher<Question, Answer> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
        }
    }
}

impl<Question, Answer> Batcher<Question, Answer> {
    /// Makes a handle to ask with, and the task that answers: `answer` gives one answer to each question, in their
    /// order. The task ends, with everything answered, when the last handle is dropped.
    pub fn new<Answering>(answer: impl Fn(Vec<Question>) -> Answering) -> (Self, impl Future<Output = ()>)
    where
        Answering: Future<Output = Vec<Answer>>,
    {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        (Self { queue }, run(waiting, answer))
    }

    /// Makes the same, with several batches answered concurrently.
    pub fn concurrent<Answering>(
        lanes: ConcurrentBatches<Question>,
        answer: impl Fn(Vec<Question>) -> Answering,
    ) -> (Self, impl Future<Output = ()>)
    where
        Question: Send + 'static,
        Answer: Send + 'static,
        Answering: Future<Output = Vec<Answer>> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        (Self { queue }, concurrent::run(lanes, waiting, answer))
    }

    /// Asks one question.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask(&self, question: Question) -> Result<Answer, Unanswered> {
        let (answer, answered) = oneshot::channel();
        self.queue
            .try_send(Waiting {
                question,
                asked_at: Instant::now(),
                answer,
            })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => Unanswered::Busy,
                mpsc::error::TrySendError::Closed(_) => Unanswered::Stopped,
            })?;
        answered.await.map_err(|_closed| Unanswered::Stopped)
    }
}

async fn run<Question, Answer, Answering>(
    mut waiting: mpsc::Receiver<Waiting<Question, Answer>>,
    answer: impl Fn(Vec<Question>) -> Answering,
) where
    Answering: Future<Output = Vec<Answer>>,
{
    let mut asked = Vec::with_capacity(MAX_AT_ONCE);
    while waiting.recv_many(&mut asked, MAX_AT_ONCE).await > 0 {
        let (questions, answers): (Vec<_>, Vec<_>) = asked.drain(..).map(|w| (w.question, w.answer)).unzip();
        // Callers whom a panic leaves without an answer see that there is none. The next ones are answered all the
        // same.
        let answered = AssertUnwindSafe(answer(questions)).catch_unwind().await;
        for (waiting, answer) in answers.into_iter().zip(answered.unwrap_or_default()) {
            // The caller may have gone. The work is done all the same.
            drop(waiting.send(answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::{Batcher, MAX_WAITING, Unanswered};

    #[tokio::test]
    async fn a_panic_leaves_one_batch_unanswered_and_not_the_next() {
        let (doubled, answering) = Batcher::new(|numbers: Vec<usize>| async move {
            assert!(!numbers.contains(&13), "an unlucky one");
            numbers
        });
        tokio::spawn(answering);
        assert_eq!(doubled.ask(13).await, Err(Unanswered::Stopped));
        assert_eq!(doubled.ask(1).await, Ok(1));
    }

    #[tokio::test]
    async fn each_gets_the_answer_to_their_own_question() {
        let batches = Mutex::new(Vec::new());
        let (doubled, answering) = Batcher::new(|numbers: Vec<usize>| {
            batches.lock().unwrap().push(numbers.len());
            async move { numbers.into_iter().map(|n| 2 * n).collect() }
        });
        let asking = async {
            let asked = futures_util::future::join_all((0..1000).map(|n| doubled.ask(n))).await;
            drop(doubled);
            asked
        };
        let (asked, ()) = tokio::join!(asking, answering);
        assert_eq!(asked, (0..1000).map(|n| Ok(2 * n)).collect::<Vec<_>>());
        assert_eq!(*batches.lock().unwrap(), [256, 256, 256, 232]);
    }

    #[tokio::test]
    async fn who_would_wait_behind_too_many_is_told_at_once() {
        let (ask, answering) = Batcher::new(|questions: Vec<usize>| async move { questions });
        let asking = async {
            let asked = futures_util::future::join_all((0..=MAX_WAITING).map(|n| ask.ask(n))).await;
            drop(ask);
            asked
        };
        let (asked, ()) = tokio::join!(asking, answering);
        assert_eq!(asked.iter().filter(|asked| asked.is_ok()).count(), MAX_WAITING);
        assert_eq!(asked.last(), Some(&Err(Unanswered::Busy)));
    }

    #[tokio::test]
    async fn once_nobody_answers_that_is_said() {
        let (ask, answering) = Batcher::new(|questions: Vec<usize>| async move { questions });
        drop(answering);
        assert_eq!(ask.ask(1).await, Err(Unanswered::Stopped));
    }
}
