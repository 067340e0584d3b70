//! The decision whether to believe a refusal that blames an address.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mail::{Recipient, Rejected};

/// Customers whom the mail server accepted lately.
///
/// A server that refuses everybody alike refuses Dunlin, whatever its words. So an address is believed to be bad only
/// if the server accepts somebody else in the same conversation: another recipient of the mail, or, if there is none, a
/// witness who is named and sent nothing.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Vec<Recipient>>);

/// The number of customers kept: two, so that one is left if the other is refused.
const MAX_TAKEN: usize = 2;

/// A recipient whose address the server refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) recipient: Recipient,
    pub(crate) rejected: Rejected,
}

/// A recipient other than the refused ones, whose address is known to be good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Witness {
    /// A customer whom the server accepted before.
    Customer(Recipient),
    /// A member of staff. A server that relays nothing for Dunlin still takes mail for its own users, who are often
    /// staff. So this witness counts only against an address that an enhanced status code calls bad.
    Colleague(Recipient),
}

impl Witness {
    pub(crate) fn recipient(&self) -> &Recipient {
        match self {
            Self::Customer(recipient) | Self::Colleague(recipient) => recipient,
        }
    }

    /// Returns true if this refusal is to be believed, given that the witness was accepted.
    pub(crate) fn speaks_against(&self, refused: &Refused) -> bool {
        match self {
            Self::Customer(_) => true,
            Self::Colleague(_) => refused.rejected.is_enhanced,
        }
    }
}

impl Refusals {
    /// Records that the server accepted this customer.
    pub(crate) fn taken(&self, customer: &Recipient) {
        if customer.is_international() {
            return;
        }
        let mut taken = self.lock();
        taken.retain(|known| known.address != customer.address);
        taken.insert(0, customer.clone());
        taken.truncate(MAX_TAKEN);
    }

    /// Returns a witness to name beside the refused: a customer if one is known, or else a member of staff.
    pub(crate) fn witness(&self, refused: &[Refused], colleagues: &[Recipient]) -> Option<Witness> {
        let is_other = |one: &&Recipient| refused.iter().all(|refused| refused.recipient.address != one.address);
        let customer = self.lock().iter().find(is_other).cloned();
        let colleague = || colleagues.iter().find(is_other).cloned().map(Witness::Colleague);
        customer.map(Witness::Customer).or_else(colleague)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recipient>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(email: &str) -> Recipient {
        Recipient::parse(email, "").unwrap()
    }

    fn refused(email: &str, is_enhanced: bool) -> Refused {
        Refused {
            recipient: person(email),
            rejected: Rejected {
                reply: "550 no".to_owned(),
                is_enhanced,
            },
        }
    }

    #[test]
    fn the_customer_who_was_taken_last_is_the_witness_and_never_the_refused_one() {
        let (refusals, admin) = (Refusals::default(), [person("admin@acme.example")]);
        for email in ["ann@example.com", "bo@example.com"] {
            refusals.taken(&person(email));
        }
        let witness = |email| refusals.witness(&[refused(email, true)], &admin);
        assert_eq!(witness("kim@example.com"), Some(Witness::Customer(person("bo@example.com"))));
        assert_eq!(witness("bo@example.com"), Some(Witness::Customer(person("ann@example.com"))));
    }

    #[test]
    fn where_no_customer_was_taken_a_colleague_is_the_witness() {
        let (refusals, admin) = (Refusals::default(), [person("admin@acme.example")]);
        let witness = |email| refusals.witness(&[refused(email, true)], &admin);
        assert_eq!(
            witness("bo@example.com"),
            Some(Witness::Colleague(person("admin@acme.example")))
        );
        assert_eq!(witness("admin@acme.example"), None);
    }

    #[test]
    fn a_colleague_speaks_only_against_an_enhanced_code() {
        let colleague = Witness::Colleague(person("admin@acme.example"));
        assert!(colleague.speaks_against(&refused("bo@example.com", true)));
        assert!(!colleague.speaks_against(&refused("bo@example.com", false)));
        assert!(Witness::Customer(person("ann@example.com")).speaks_against(&refused("bo@example.com", false)));
    }
}
