//! Cards: added, made a default, renewed by the network, and removed.

use rand::RngExt;
use stripe_event::EventKind;

use super::living::Living;
use super::stripe::Stripe;

impl Stripe {
    /// Adds a card to charge: as the default of the subscription, as that of the customer, or as the newest card.
    pub(super) fn brings_card(&mut self, living: &mut Living) {
        let card = self.a_card_comes(living);
        living.has_way_to_pay = true;
        let is_told = living.is.latest_invoice.is_some();
        match self.random.random_range(0..10) {
            0..=4 if is_told => self.change(living, |is| is.default_payment_method = Some(card.into())),
            0..=4 => living.is.default_payment_method = Some(card.into()),
            _ if is_told && living.is.default_payment_method.is_some() => {
                // A default of the customer would have no effect.
                self.change(living, |is| is.default_payment_method = Some(card.into()));
            }
            5..=7 => self.is_made_default(card),
            _ => {}
        }
    }

    pub(super) fn a_card_comes(&mut self, living: &mut Living) -> String {
        let card = self.attach_card();
        living.cards.push(card.clone());
        card
    }

    /// Makes a card the customer's default, for subscriptions that have none. Events of a second line of subscriptions
    /// never do so.
    fn is_made_default(&mut self, card: String) {
        if self.is_beside {
            return;
        }
        self.were_default.insert(card.clone());
        self.say_customer(EventKind::CustomerUpdated, Some(card));
    }

    pub(super) fn something_happens_to_cards(&mut self, living: &mut Living) {
        match self.random.random_range(0..6) {
            0 => drop(self.a_card_comes(living)),
            1 | 2 => {
                self.brings_card(living);
                if self.chance(0.5) {
                    self.soon();
                    self.a_card_goes(living);
                }
            }
            3 => self.the_network_renews_a_card(living),
            4 => self.a_card_goes(living),
            _ => {
                let card = self.a_card_comes(living);
                self.is_made_default(card);
            }
        }
    }

    /// Removes a card that is no default by name.
    fn a_card_goes(&mut self, living: &mut Living) {
        let in_use = living.is.default_payment_method.as_deref();
        let is_free = |card: &String| in_use != Some(card) && !self.were_default.contains(card);
        // The only card stays.
        let Some(at) = living.cards.iter().position(is_free).filter(|_| living.cards.len() > 1) else {
            return;
        };
        let card = living.cards.remove(at);
        if let Some(method) = self.payment_methods.get_mut(&card) {
            method.customer = None;
            let method = method.clone();
            self.say_payment_method(EventKind::PaymentMethodDetached, &method);
        }
    }

    fn the_network_renews_a_card(&mut self, living: &mut Living) {
        let Some(method) = living.cards.first().and_then(|card| self.payment_methods.get_mut(card)) else {
            return;
        };
        if let Some(card) = &mut method.card {
            card.exp_year += 3;
        }
        let method = method.clone();
        self.say_payment_method(EventKind::PaymentMethodAutomaticallyUpdated, &method);
    }
}
