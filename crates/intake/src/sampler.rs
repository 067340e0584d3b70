//! The check that acknowledged events are stored: another connection looks one up once a second while there are
//! deliveries.

use std::collections::BTreeSet;
use std::time::Duration;

use persistence::{EventKey, Store};
use tokio::sync::mpsc;

/// The pause between two look-ups.
const PAUSE: Duration = Duration::from_secs(1);

/// The sampler. It takes events that were just acknowledged, and has one of them looked up now and then. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Sampler {
    sample: mpsc::Sender<EventKey>,
}

impl Sampler {
    /// Starts the task that looks events up, and calls `report` with whether each is there. It ends when the last
    /// `Sampler` is dropped.
    pub fn start(store: Store, report: impl Fn(bool) + Send + 'static) -> Self {
        let (sample, samples) = mpsc::channel(1);
        tokio::spawn(look(store, report, samples));
        Self { sample }
    }

    /// Offers an acknowledged event. It is not taken while another one waits to be looked up.
    pub fn acknowledged(&self, event: &EventKey) {
        if let Ok(place) = self.sample.try_reserve() {
            place.send(event.clone());
        }
    }
}

async fn look(store: Store, report: impl Fn(bool) + Send + 'static, mut samples: mpsc::Receiver<EventKey>) {
    while let Some(event) = samples.recv().await {
        match store.inbox().known(&BTreeSet::from([event.clone()])).await {
            Ok(found) if found.is_empty() => {
                report(false);
                store.distrust();
                tracing::error!(
                    event.id = event.id.as_str(),
                    "an event was acknowledged and is not in the database; nothing is acknowledged until a write is seen to be kept"
                );
            }
            Ok(_) => report(true),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an acknowledged event could not be looked up"
            ),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
