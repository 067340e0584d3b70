//! Lives of subscriptions that went wrong elsewhere, in Stripe's own words, and the mails that the tenant and the staff
//! then read.
//!
//! Each life is lived in three API versions, between which Stripe moved fields. It has variants: with other numbers, or
//! in another order.

mod access;
mod cards;
mod churn;
mod dunning;
mod endings;
mod grace;
mod life;
mod objects;
mod pauses;
mod people;
mod renewals;
mod sent;
