//! What is true now: the state of a customer and of its subscriptions, computed from the facts.
//!
//! [`Customer::state`](crate::Customer::state) gives the [`CustomerState`]. A [`Dunning`] is the payment that is being
//! collected.

mod customer_state;
mod difference;
mod dunning;
mod effective;
mod of_customer;
mod pause;
mod subscription_state;
mod weighing;

pub use customer_state::CustomerState;
pub use difference::Difference;
pub(crate) use dunning::is_of_checkout;
pub use dunning::{ActionRequired, Closed, Dunning, DunningCase, case};
pub use pause::Pause;
pub use subscription_state::{CollectionPause, Doubted, SubscriptionState};
