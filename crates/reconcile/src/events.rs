//! The list of events, which shows what was never delivered
//! (<https://docs.stripe.com/webhooks/process-undelivered-events>).

use std::time::Duration;

use intake::post_all;
use persistence::{Delivery, EventKey, Source};
use stripe_client::{EventQuery, Pages};
use subscription::DAY_SECS;

use crate::{AT_ONCE, AskError, Learned, PAGE_PAUSE, Progress, Reconciler};

/// The reach of Stripe's list of events, in seconds (<https://docs.stripe.com/api/events>).
const REACH_SECS: i64 = 30 * DAY_SECS;
/// The age, in seconds, below which an event may be missing from the list, which is eventually consistent.
pub(crate) const LAG_SECS: i64 = 60;
/// The seconds before the cursor that are followed again, for events that came into the list late.
const OVERLAP_SECS: i64 = 15 * 60;
/// The pause after every event that is read. Without it webhooks would wait for a whole page where there are few
/// processors.
const BREATH: Duration = Duration::from_millis(1);

/// The window in which events are followed, in seconds of Stripe's clock, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first second.
    pub from: i64,
    /// The last second.
    pub to: i64,
}

impl Window {
    /// Returns the window of the whole settled list at `date`.
    pub fn full(date: i64) -> Self {
        Self::since(date - REACH_SECS, date)
    }

    /// Returns the window from a moment on, as far back as the list reaches.
    pub fn since(from: i64, date: i64) -> Self {
        Self {
            from: from.max(date - REACH_SECS),
            to: date - LAG_SECS,
        }
    }

    /// Returns the window after `through`, up to which everything was followed, with an overlap.
    pub fn after(through: i64, date: i64) -> Self {
        Self::since(through - OVERLAP_SECS, date)
    }

    fn secs(self) -> u64 {
        u64::try_from(self.to - self.from).unwrap_or_default()
    }
}

/// The result of following the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// The number of events in the window.
    pub listed: u64,
    /// The number of them that were never delivered.
    pub missing: u64,
}

/// A page of the list.
#[derive(Debug)]
pub(super) struct EventPage {
    /// The number of events on it.
    pub(super) listed: u64,
    /// The creation of the oldest event, in Unix seconds.
    pub(super) oldest: Option<i64>,
    /// The events that are not in the inbox, the oldest first.
    pub(super) missing: Vec<Delivery>,
}

/// The pages of a window, from its newest event to its oldest. Events that are made meanwhile are newer than the
/// window's end, so they push nothing past the pager.
pub(super) struct EventPager<'a> {
    reconciler: &'a Reconciler,
    /// The Unix second of the first delivery. Events made before it are imported.
    there_since: i64,
    query: Option<EventQuery>,
    pages: Pages,
}

impl Reconciler {
    /// Returns the time at Stripe, in Unix seconds.
    ///
    /// # Errors
    /// [`AskError::Stripe`].
    pub async fn date(&self) -> Result<i64, AskError> {
        let query = EventQuery {
            limit: Some(1),
            ..EventQuery::default()
        };
        Ok(self.stripe.events(&query).await?.date)
    }

    /// Posts every event of the window that is not in the inbox.
    ///
    /// # Errors
    /// [`AskError`]. What was posted before is kept.
    pub async fn follow_events(&self, window: Window, progress: Progress<'_>) -> Result<Followed, AskError> {
        let mut followed = Followed::default();
        let mut pages = self.pages_of(window).await?;
        while let Some(page) = pages.next_page().await? {
            self.renew_lease().await?;
            followed.listed += page.listed;
            for few in page.missing.chunks(AT_ONCE) {
                for (delivery, receipt) in few.iter().zip(post_all(&self.store, few).await) {
                    if !receipt?.is_duplicate {
                        followed.missing += 1;
                        self.tell(|| Learned::from_event(&delivery.event));
                    }
                }
                self.give_way().await;
            }
            let behind = page.oldest.map_or(0, |oldest| window.to - oldest);
            progress(u64::try_from(behind).unwrap_or_default().min(window.secs()), window.secs());
            tokio::time::sleep(PAGE_PAUSE).await;
        }
        progress(window.secs(), window.secs());
        Ok(followed)
    }

    pub(super) async fn pages_of(&self, window: Window) -> Result<EventPager<'_>, AskError> {
        let first = self.store.inbox().first_received_at().await?;
        Ok(EventPager {
            reconciler: self,
            // If nothing was ever received, every event is imported.
            there_since: first.map_or(i64::MAX, |first| first.to_unix_seconds().as_secs()),
            query: Some(EventQuery {
                created_from: Some(window.from),
                created_to: Some(window.to),
                ..EventQuery::default()
            }),
            pages: Pages::default(),
        })
    }
}

impl EventPager<'_> {
    /// Returns the next page, or `None` after the last.
    pub(super) async fn next_page(&mut self) -> Result<Option<EventPage>, AskError> {
        let Some(query) = self.query.take() else {
            return Ok(None);
        };
        let page = self.reconciler.stripe.events(&query).await?.value;
        let listed = u64::try_from(page.items.len()).unwrap_or_default();
        let named = page
            .items
            .iter()
            .map(|event| intake::name_listed(event.bytes(), &self.reconciler.filter));
        let (keys, made): (Vec<EventKey>, Vec<i64>) = named.unzip();
        for key in &keys {
            self.reconciler.check_mode(Some(key.scope.livemode))?;
        }
        let oldest = made.into_iter().filter(|&at| at > 0).min();
        let known = self.reconciler.store.inbox().known(&keys.iter().cloned().collect()).await?;
        let mut missing = Vec::new();
        for (_, event) in keys.iter().zip(&page.items).rev().filter(|(key, _)| !known.contains(key)) {
            let mut delivery = intake::read_listed(event.bytes(), &self.reconciler.filter);
            if delivery.event.created < self.there_since {
                delivery.source = Source::Import;
            }
            missing.push(delivery);
            tokio::time::sleep(BREATH).await;
        }
        self.query = self.pages.next(page.next)?.map(|last| EventQuery {
            starting_after: Some(last),
            ..query
        });
        Ok(Some(EventPage { listed, oldest, missing }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_laps_over_the_last_and_ends_where_the_list_is_settled() {
        let date = 10_000_000;
        assert_eq!(
            Window::after(date - 360, date),
            Window {
                from: date - 1_260,
                to: date - 60
            }
        );
        assert_eq!(Window::full(date).from, date - 30 * 86_400);
        assert_eq!(Window::since(0, date), Window::full(date));
    }
}
