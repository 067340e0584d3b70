//! A server to test: started, called, killed.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]

pub(crate) mod answers;
mod app;
mod beside;
mod binaries;
pub(crate) mod clock;
mod compiled;
mod deliveries;
mod dev;
pub(crate) mod disk;
mod events;
mod home;
mod requests;
pub(crate) mod stripe;
mod worker;

pub(crate) use app::{App, refuses_to_serve};
pub(crate) use beside::WriteLock;
pub(crate) use binaries::{command, dunlin, dunlin_with_crash_points, simulator};
pub(crate) use deliveries::stream;
pub(crate) use dev::Dev;
pub(crate) use events::{event_body, event_with, new_event_id, now, signature, trigger};
pub(crate) use home::Database;
pub(crate) use requests::{Answer, deliver_to};
pub(crate) use stripe::STRIPE_KEY;
pub(crate) use worker::Worker;

pub(crate) const SECRET: &str = "whsec_acceptance_7Q2s";
pub(crate) const API_KEY: &str = "acceptance-key-0123456789";
