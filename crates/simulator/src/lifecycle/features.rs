//! What happens in a lifecycle, feature by feature.

/// What a lifecycle may hold beside checkouts, trials, renewals, failures and ends. Each share is of the lives of
/// [`Features::ALL`].
#[expect(clippy::struct_excessive_bools, reason = "each is there or not, whatever the others are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features {
    /// Several subscriptions: an add-on beside the base, a duplicate by accident, a replacement made before the old one ends or
    /// after. In one of two.
    pub several_subscriptions: bool,
    /// Invoices that are sent, with due dates: paid in time, late or never. In one of five.
    pub sent_invoices: bool,
    /// Debits that take days, and may bounce. In one of eight.
    pub delayed_debits: bool,
    /// An end that is set from the creation on, by a date or a schedule. In one of eight.
    pub fixed_terms: bool,
    /// Trials with a card and without, and each of the ways in which one without ends. In one of three.
    pub trials: bool,
    /// Subscriptions that are paused, for each of the five reasons, and resumed. In one of three.
    pub pauses: bool,
    /// Collection that is paused, in each of the three ways, with a date of return and without. In one of seven.
    pub paused_collection: bool,
    /// Cards that come, become the default of the subscription or of the customer, go, and are renewed by the network. In two
    /// of three.
    pub cards: bool,
    /// Payments in part, and payments out of band. In one of five.
    pub partial_payments: bool,
    /// Coupons, of which some leave nothing to pay. In one of four.
    pub discounts: bool,
    /// Other seats and other plans, and more items than an event shows. In one of three.
    pub changes: bool,
    /// Ends for each reason that Stripe knows, asked for with feedback or without, withdrawn, by the customer or the merchant.
    /// In two of three.
    pub reasons: bool,
    /// Customers that are deleted, with all that they have. In one of thirty.
    pub deleted_customers: bool,
    /// Updates of invoices that say what the invoice was, in the second of a payment too. In nearly all.
    pub invoice_befores: bool,
    /// The API versions that say why a subscription is paused. In one of two.
    pub newest_versions: bool,
}

impl Features {
    /// Everything.
    pub const ALL: Self = Self::each(true);
    /// Nothing beside what every lifecycle has.
    pub const NONE: Self = Self::each(false);

    const fn each(is_there: bool) -> Self {
        Self {
            several_subscriptions: is_there,
            sent_invoices: is_there,
            delayed_debits: is_there,
            fixed_terms: is_there,
            trials: is_there,
            pauses: is_there,
            paused_collection: is_there,
            cards: is_there,
            partial_payments: is_there,
            discounts: is_there,
            changes: is_there,
            reasons: is_there,
            deleted_customers: is_there,
            invoice_befores: is_there,
            newest_versions: is_there,
        }
    }
}
