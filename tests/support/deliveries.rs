//! Deliveries in a row, by a client that does not know when the server ends.

use std::net::SocketAddr;
use std::sync::Mutex;

use simulator::Trigger;

use super::events::{event_body, signature};
use super::requests::deliver_to;

/// Delivers on one connection until the server is gone. Keeps the ids of the events that were answered 200.
pub(crate) fn stream(address: SocketAddr, worker: &str, acknowledged: &Mutex<Vec<String>>) {
    let names = [
        "customer.subscription.created",
        "customer.subscription.updated",
        "invoice.payment_failed",
        "invoice.paid",
        "payment_method.attached",
        "customer.subscription.deleted",
    ];
    for n in 0.. {
        let about = format!("{worker}_{}", n / names.len());
        let body = event_body(&Trigger {
            customer: format!("cus_{about}"),
            subscription: format!("sub_{about}"),
            ..Trigger::new(names[n % names.len()])
        });
        match deliver_to(address, &signature(&body), &body) {
            Some(answer) if answer.status == 200 => {
                let id = answer.body["event_id"].as_str().unwrap().to_owned();
                acknowledged.lock().unwrap().push(id);
            }
            _ => return,
        }
    }
}
