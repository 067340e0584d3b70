//! Payments that the cardholder disputes with their bank.

use rand::RngExt;
use stripe_event::{Charge, Dispute, EventKind, Object};

use super::living::Living;
use super::stripe::{DAY, Stripe};
use crate::catalogue;

impl Stripe {
    /// Opens a dispute of a payment, which the bank may decide. Some merchants end the subscription of a customer who
    /// wins.
    pub(super) fn a_payment_is_disputed(&mut self, living: &mut Living) {
        let charge = Charge {
            id: self.name("ch_3", 23).into(),
            customer: Some(self.customer.clone().into()),
        };
        let mut dispute = Dispute {
            id: self.name("du_1", 23).into(),
            charge: charge.id.clone(),
            amount: living.costs().max(100),
            currency: catalogue::CURRENCY.into(),
            reason: Some("fraudulent".into()),
            status: Some("needs_response".into()),
        };
        self.say(EventKind::Other("charge.succeeded".into()), Object::Charge(charge));
        self.soon();
        self.say(EventKind::DisputeCreated, Object::Dispute(dispute.clone()));
        if self.chance(0.4) {
            return;
        }
        let days = self.random.random_range(1..6);
        self.pass(living, days * DAY);
        let is_lost = self.chance(0.6);
        dispute.status = Some(if is_lost { "lost" } else { "won" }.into());
        self.say(EventKind::DisputeClosed, Object::Dispute(dispute));
        if is_lost && self.chance(0.5) && !living.has_ended() {
            self.soon();
            self.ends(living, Some("payment_disputed"));
        }
    }
}
