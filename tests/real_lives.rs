//! Lives of subscriptions that went wrong elsewhere, told as Stripe tells them, and what the tenant and our own people then
//! read.
//!
//! Each is lived in three API versions, between which Stripe moved fields, and has its neighbours: the same with other numbers,
//! or in another order.

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
