//! Several batches in progress at once.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU8;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use super::{MAX_AT_ONCE, Waiting};

/// The lanes in which batches are answered concurrently.
#[derive(Debug)]
pub struct ConcurrentBatches<Question> {
    /// The most batches at once.
    pub count: NonZeroU8,
    /// The subject of a question. Of two questions with the same subject, the later is answered after the earlier, or
    /// in its batch. `None`: it waits for no other.
    pub about: fn(&Question) -> Option<u64>,
}

/// The wait after which a question is not held back any longer to share a batch, because the batches in progress may
/// take long.
const PATIENCE: Duration = Duration::from_millis(100);

/// The number of unanswered questions from which on the others stay in the queue.
const MAX_TAKEN: usize = 1024;

pub(super) async fn run<Question, Answer, Answering>(
    lanes: ConcurrentBatches<Question>,
    mut asked: mpsc::Receiver<Waiting<Question, Answer>>,
    answer: impl Fn(Vec<Question>) -> Answering,
) where
    Question: Send + 'static,
    Answer: Send + 'static,
    Answering: Future<Output = Vec<Answer>> + Send + 'static,
{
    let mut taken = Taken::new(lanes.about);
    let lanes = usize::from(lanes.count.get());
    let mut batches = JoinSet::new();
    let mut arrived = Vec::with_capacity(MAX_AT_ONCE);
    let mut is_open = true;
    loop {
        while taken.has_batch(lanes, Instant::now()) {
            let (abouts, batch) = taken.next_batch();
            let len = batch.len();
            let (questions, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.question, w.answer)).unzip();
            let answering = answer(questions);
            let batch = batches.spawn(async move {
                for (waiting, answer) in waiting.into_iter().zip(answering.await) {
                    // The caller may have gone. The work is done all the same.
                    drop(waiting.send(answer));
                }
            });
            taken.begun(batch.id(), len, abouts);
        }
        tokio::select! {
            came = asked.recv_many(&mut arrived, MAX_AT_ONCE), if is_open && taken.len() < MAX_TAKEN => {
                is_open = came > 0;
                arrived.drain(..).for_each(|waiting| taken.take(waiting));
            }
            Some(ended) = batches.join_next_with_id() => {
                // Callers whom a panic left without an answer see that there is none.
                taken.ended(ended.map_or_else(|panicked| panicked.id(), |(batch, ())| batch));
            }
            () = tokio::time::sleep_until(taken.impatient_at()), if taken.has_lane(lanes) => {}
            else => return,
        }
    }
}

/// The questions that are not answered yet.
struct Taken<Question, Answer> {
    about: fn(&Question) -> Option<u64>,
    /// The questions that can be answered now, in the order in which they were asked.
    ready: VecDeque<Waiting<Question, Answer>>,
    /// The later questions about the same, by the subjects of the batches in progress.
    behind: HashMap<u64, Vec<Waiting<Question, Answer>>>,
    behind_len: usize,
    /// The size and the subjects of each batch in progress.
    under_way: HashMap<Id, (usize, Vec<u64>)>,
}

impl<Question, Answer> Taken<Question, Answer> {
    fn new(about: fn(&Question) -> Option<u64>) -> Self {
        Self {
            about,
            ready: VecDeque::new(),
            behind: HashMap::new(),
            behind_len: 0,
            under_way: HashMap::new(),
        }
    }

    fn len(&self) -> usize {
        self.ready.len() + self.behind_len
    }

    fn take(&mut self, waiting: Waiting<Question, Answer>) {
        let about = (self.about)(&waiting.question);
        match about.and_then(|about| self.behind.get_mut(&about)) {
            Some(behind) => {
                behind.push(waiting);
                self.behind_len += 1;
            }
            None => self.ready.push_back(waiting),
        }
    }

    /// Returns true if a batch can begin: a lane is free, and the batch is a lane's share of all unanswered questions,
    /// or has waited long enough.
    fn has_batch(&self, lanes: usize, now: Instant) -> bool {
        let under_way: usize = self.under_way.values().map(|(len, _)| len).sum();
        let share = (self.len() + under_way).div_ceil(lanes);
        let is_worth_it = || self.under_way.is_empty() || self.ready.len() >= share || self.impatient_at() <= now;
        self.has_lane(lanes) && is_worth_it()
    }

    /// Returns true if there is something to answer, and a lane for it.
    fn has_lane(&self, lanes: usize) -> bool {
        !self.ready.is_empty() && self.under_way.len() < lanes
    }

    /// Returns the moment at which the first ready question has waited long enough.
    fn impatient_at(&self) -> Instant {
        let asked_at = self.ready.front().map_or_else(Instant::now, |waiting| waiting.asked_at);
        asked_at + PATIENCE
    }

    /// Returns the questions that have been ready longest, and their subjects. Nothing else is answered about these
    /// until the batch has ended.
    fn next_batch(&mut self) -> (Vec<u64>, Vec<Waiting<Question, Answer>>) {
        let batch: Vec<_> = self.ready.drain(..self.ready.len().min(MAX_AT_ONCE)).collect();
        let mut abouts: Vec<u64> = batch.iter().filter_map(|waiting| (self.about)(&waiting.question)).collect();
        abouts.sort_unstable();
        abouts.dedup();
        for &about in &abouts {
            self.behind.entry(about).or_default();
        }
        for waiting in std::mem::take(&mut self.ready) {
            self.take(waiting);
        }
        (abouts, batch)
    }

    fn begun(&mut self, batch: Id, len: usize, abouts: Vec<u64>) {
        self.under_way.insert(batch, (len, abouts));
    }

    fn ended(&mut self, batch: Id) {
        let (_, abouts) = self.under_way.remove(&batch).unwrap_or_default();
        for about in abouts {
            let behind = self.behind.remove(&about).unwrap_or_default();
            self.behind_len -= behind.len();
            self.ready.extend(behind);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::sync::Semaphore;

    use super::{ConcurrentBatches, NonZeroU8, PATIENCE};
    use crate::batcher::{Batcher, Unanswered};

    /// A batcher that answers once it is let, and records the batches that were begun.
    struct Slow {
        asked: Batcher<u64, u64>,
        begun: Arc<Mutex<Vec<Vec<u64>>>>,
        let_go: Arc<Semaphore>,
    }

    impl Slow {
        /// Starts three lanes. The last digit of a question is its subject.
        fn start() -> Self {
            let begun: Arc<Mutex<Vec<Vec<u64>>>> = Arc::default();
            let let_go = Arc::new(Semaphore::new(0));
            let (seen, gate) = (Arc::clone(&begun), Arc::clone(&let_go));
            let lanes = ConcurrentBatches {
                count: NonZeroU8::new(3).unwrap(),
                about: |question| Some(question % 10),
            };
            let (asked, answering) = Batcher::concurrent(lanes, move |questions: Vec<u64>| {
                seen.lock().unwrap().push(questions.clone());
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.unwrap().forget();
                    assert!(!questions.contains(&13), "an unlucky one");
                    questions
                }
            });
            tokio::spawn(answering);
            Self { asked, begun, let_go }
        }

        /// Asks, and waits until the question is taken.
        async fn ask(&self, question: u64) -> tokio::task::JoinHandle<Result<u64, Unanswered>> {
            let asked = self.asked.clone();
            let asking = tokio::spawn(async move { asked.ask(question).await });
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            asking
        }

        fn begun(&self) -> Vec<Vec<u64>> {
            self.begun.lock().unwrap().clone()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_enough_waits_for_no_share() {
        let slow = Slow::start();
        let mut asking = Vec::new();
        for question in [1, 2, 3, 4, 5, 6] {
            asking.push(slow.ask(question).await);
        }
        slow.let_go.add_permits(3);
        for asked in asking.drain(..3) {
            assert!(asked.await.unwrap().is_ok());
        }
        asking.push(slow.ask(7).await);
        tokio::time::sleep(PATIENCE / 2).await;
        assert_eq!(slow.begun()[3..], [vec![4, 5, 6]], "one of four is less than a third");
        tokio::time::sleep(PATIENCE).await;
        assert_eq!(slow.begun()[4..], [vec![7]], "the batch before may never be answered");
        slow.let_go.add_permits(2);
        for asked in asking {
            assert!(asked.await.unwrap().is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_begun_beside_others_once_it_is_as_large_as_a_lanes_share() {
        let slow = Slow::start();
        let mut asking = Vec::new();
        for question in 1..=6 {
            asking.push(slow.ask(question).await);
        }
        assert_eq!(slow.begun(), [vec![1], vec![2], vec![3]], "there are no more lanes");
        slow.let_go.add_permits(3);
        for asked in asking.drain(..3) {
            assert!(asked.await.unwrap().is_ok());
        }
        assert_eq!(slow.begun()[3..], [vec![4, 5, 6]]);
        asking.push(slow.ask(7).await);
        assert_eq!(slow.begun().len(), 4, "one of four that are unanswered is less than a third");
        asking.push(slow.ask(8).await);
        assert_eq!(slow.begun()[4..], [vec![7, 8]]);
        slow.let_go.add_permits(2);
        for (asked, answer) in asking.into_iter().zip(4..) {
            assert_eq!(asked.await.unwrap(), Ok(answer));
        }
    }

    #[tokio::test]
    async fn what_is_asked_about_the_same_waits_for_the_batch_that_is_about_it() {
        let slow = Slow::start();
        let mut asking = vec![slow.ask(1).await];
        for question in [11, 21, 31] {
            asking.push(slow.ask(question).await);
        }
        assert_eq!(slow.begun(), [vec![1]]);
        slow.let_go.add_permits(2);
        for asking in asking {
            assert!(asking.await.unwrap().is_ok());
        }
        assert_eq!(
            slow.begun(),
            [vec![1], vec![11, 21, 31]],
            "in the order in which it was asked"
        );
    }

    #[tokio::test]
    async fn who_is_left_without_an_answer_is_told_and_the_next_is_answered() {
        let slow = Slow::start();
        let (unlucky, next) = (slow.ask(13).await, slow.ask(23).await);
        slow.let_go.add_permits(2);
        assert_eq!(unlucky.await.unwrap(), Err(Unanswered::Stopped));
        assert_eq!(next.await.unwrap(), Ok(23));
    }
}
