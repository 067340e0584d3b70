//! The outcome of a claimed notice, which only the holder of its lease records, and an operator's decisions about a
//! notice.

use ledger::{ClaimTerms, End, Objections, Sending, Settlement, UnixMicros};
use subscription::notices::NoticeContent;

use crate::claim::end;
use crate::entity::outbox;
use crate::error::from_json;
use crate::objections::object;
use crate::outbox::{locked, owe_new, sending_of, state_of, write_sending};
use crate::{HandedOver, Lease, Outbox, OwedNotice, StoreError, mail_recipient};

impl Outbox<'_> {
    /// Marks the notice as being handed over. After the lease nobody can know whether it was. Returns `false` if the
    /// lease is lost, or if the notice no longer holds, which is recorded. Then nothing may be handed over.
    ///
    /// Whether the notice holds is checked again here, under the customer's lock: a mail server may take long to get to
    /// this point, and deliveries acknowledged meanwhile count. The recipients are stored, because the mail may bounce
    /// before it is known to have been taken.
    ///
    /// # Errors
    /// [`StoreError`]. Then nothing may be handed over.
    pub async fn begin_transmission(self, lease: &Lease, handed_over: &HandedOver, now: UnixMicros) -> Result<bool, StoreError> {
        let tx = self.store.begin().await?;
        let row = locked(&tx, lease.notice_id).await?;
        let Some(row) = row.filter(|row| is_held_by(row, lease)) else {
            return Ok(false);
        };
        let mut sending = sending_of(&row)?;
        if !sending.begin(now) {
            return Ok(false);
        }
        if let NoticeContent::Notice(notice) = from_json("notice", &row.notice)?
            && let Err(reason) = self.still_true(&tx, &row, &notice, now).await?
        {
            end(&tx, row, End::superseded(reason), now).await?;
            self.store.commit(tx).await?;
            return Ok(false);
        }
        let owner = row.lease_owner.clone();
        write_sending(&tx, row, &sending, owner, "mark a notice as being handed over").await?;
        mail_recipient::keep(&tx, lease.notice_id, handed_over).await?;
        self.store.commit(tx).await?;
        Ok(true)
    }

    /// Records the outcome of a claimed notice, suppresses the addresses that take no mail, and owes the admin notices
    /// of the objections: once for an address, once a day for a refusal of Dunlin, and never for a notice that is
    /// itself about mail. Returns `false` if the lease was lost. Then the outcome that another worker recorded stands.
    ///
    /// # Errors
    /// [`StoreError`]. Then the notice is as if its worker had been lost.
    pub async fn settle(
        self,
        lease: &Lease,
        settlement: Settlement,
        objections: &Objections,
        terms: &ClaimTerms,
        now: UnixMicros,
    ) -> Result<bool, StoreError> {
        let tx = self.store.begin().await?;
        let row = locked(&tx, lease.notice_id).await?;
        let Some(row) = row.filter(|row| is_held_by(row, lease)) else {
            return Ok(false);
        };
        let owed = object(&tx, &row, objections, now).await?;
        if !owed.is_empty() && !from_json::<NoticeContent>("notice", &row.notice)?.is_about_mail() {
            owe_new(&tx, owed, "tell of what the mail server objected to").await?;
        }
        let mut sending = sending_of(&row)?;
        sending.settle(settlement, terms, now);
        let owner = row.lease_owner.clone();
        write_sending(&tx, row, &sending, owner, "settle the notice").await?;
        self.store.commit(tx).await?;
        Ok(true)
    }

    /// Schedules a retry of a dead or unknown notice from now on, or of a pending one at once. Returns `None` if there
    /// is no such notice, and the unchanged notice if it is in another state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retry(self, id: i64, now: UnixMicros) -> Result<Option<OwedNotice>, StoreError> {
        self.decide(id, |sending| sending.retry(now)).await
    }

    /// Drops a pending, dead or unknown notice, so that it is never sent. It returns the same as
    /// [`Outbox::retry`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn discard(self, id: i64, now: UnixMicros) -> Result<Option<OwedNotice>, StoreError> {
        self.decide(id, |sending| sending.drop_unsent(now)).await
    }

    async fn decide(self, id: i64, decide: impl FnOnce(&mut Sending) -> bool) -> Result<Option<OwedNotice>, StoreError> {
        let tx = self.store.begin().await?;
        let Some(row) = locked(&tx, id).await? else {
            return Ok(None);
        };
        let mut sending = sending_of(&row)?;
        if !decide(&mut sending) {
            return OwedNotice::of_row(&tx, row).await.map(Some);
        }
        let row = write_sending(&tx, row, &sending, None, "decide about the notice").await?;
        let notice = OwedNotice::of_row(&tx, row).await?;
        self.store.commit(tx).await?;
        Ok(Some(notice))
    }
}

/// Returns true if the lease still holds the notice, because no other worker has it.
fn is_held_by(row: &outbox::Model, lease: &Lease) -> bool {
    row.lease_owner.as_deref() == Some(lease.owner.as_str()) && state_of(row).may_be_settled()
}
