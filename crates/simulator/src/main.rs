//! `simulator`: plays a fake Stripe against any webhook endpoint.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand, ValueEnum};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde_json::json;
use simulator::{Lifecycle, Network, Order, Player, body};
use stripe_signature::Secret;

/// A fake Stripe for trying a webhook endpoint: truthful events, delivered badly.
#[derive(Debug, Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the lifecycles of some customers: up to a year of each, in seconds.
    ///
    /// Every event is signed, and sent until it is answered 2xx. Afterwards compare what you keep with the truth
    /// (--truth).
    Play(Play),
    /// Answer like Stripe's API about the lifecycles of some customers, until it is stopped.
    ///
    /// Any test key is right (`sk_test_1`, say). Played with the same seed and number of tenants, an endpoint can ask
    /// here about what it was told.
    #[cfg(feature = "api")]
    Api(Api),
}

#[cfg(feature = "api")]
#[derive(Debug, Args)]
struct Api {
    /// Everything follows from it: the same seed is the same again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers.
    #[arg(long, default_value_t = 100)]
    tenants: u64,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:12111")]
    listen: std::net::SocketAddr,
    /// What Stripe's clock says, in Unix seconds, and where it stands [default: when the last of it has happened].
    #[arg(long)]
    now: Option<i64>,
    /// Seconds within which an event comes into the list.
    #[arg(long, default_value_t = 0)]
    list_lag: i64,
}

#[derive(Debug, Args)]
struct Play {
    /// Everything follows from it: the same seed plays the same again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many customers.
    #[arg(long, default_value_t = 100)]
    tenants: u64,
    /// The endpoint.
    #[arg(long, default_value = "http://localhost:8000/api/v1/stripe/webhook")]
    url: String,
    /// Its signing secret.
    #[arg(long, env = "DUNLIN_WEBHOOK_SECRET", hide_env_values = true)]
    secret: String,
    /// Deliveries under way at once.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// In which order events arrive.
    #[arg(long, value_enum, default_value_t = Arrival::Delayed)]
    order: Arrival,
    /// Percent of events that arrive more than once.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(0..=100))]
    duplicates: u8,
    /// Percent of events that never arrive.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    losses: u8,
    /// Seconds until an endpoint that does not answer 2xx is given up.
    #[arg(long, default_value_t = 30)]
    patience: u64,
    /// Write what is true in the end to this file: one subscription per line, as JSON.
    #[arg(long)]
    truth: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Arrival {
    /// As it happened.
    True,
    /// In no order at all.
    Shuffled,
    /// Most within seconds, some within hours, now and then an outage.
    Delayed,
}

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Play(play) => play.run(),
        #[cfg(feature = "api")]
        Command::Api(api) => api.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If even standard error is gone, there is nobody left to tell.
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::FAILURE
        }
    }
}

impl Play {
    fn run(&self) -> Result<(), Box<dyn std::error::Error>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let network = Network {
            order: match self.order {
                Arrival::True => Order::True,
                Arrival::Shuffled => Order::Shuffled,
                Arrival::Delayed => Order::Delayed,
            },
            duplicates: f64::from(self.duplicates) / 100.0,
            losses: f64::from(self.losses) / 100.0,
        };
        let lives: Vec<Lifecycle> = (0..self.tenants)
            .map(|nth| Lifecycle::from_seed(self.seed.wrapping_add(nth)))
            .collect();
        if let Some(path) = &self.truth {
            write_truth(path, &lives)?;
        }
        let mut events: Vec<_> = lives.into_iter().flat_map(|life| life.events).collect();
        events.sort_by_key(|event| event.created);
        let bodies: Option<Vec<_>> = events.iter().map(body).collect();
        let bodies = bodies.ok_or("an event has no body")?;
        let deliveries = network.deliver(&events, &mut random);
        let player = Player {
            url: self.url.clone(),
            secret: Secret::parse(&self.secret)?,
            connections: self.connections,
            patience: Duration::from_secs(self.patience),
        };
        let began = Instant::now();
        let played = player.play(&bodies, &deliveries)?;
        writeln!(
            std::io::stdout(),
            "seed {}: {} customers, {} events, {} deliveries, {} sent again, {:.1} s",
            self.seed,
            self.tenants,
            events.len(),
            played.delivered,
            played.failed,
            began.elapsed().as_secs_f64()
        )?;
        Ok(())
    }
}

#[cfg(feature = "api")]
impl Api {
    fn run(&self) -> Result<(), Box<dyn std::error::Error>> {
        let stripe = simulator::FakeStripe::new(false);
        let mut last = i64::MIN;
        for nth in 0..self.tenants {
            let life = Lifecycle::from_seed(self.seed.wrapping_add(nth));
            stripe.tell(&life.events);
            last = life.events.iter().map(|event| event.created).fold(last, i64::max);
        }
        // A minute later all events are in the list, however late they reach it.
        stripe.set_now(self.now.unwrap_or_else(|| last.saturating_add(self.list_lag.max(60))));
        stripe.faults().delay_list(self.list_lag);
        let serving = stripe.serve_at(self.listen)?;
        writeln!(std::io::stdout(), "answering at http://{}/", serving.address())?;
        Ok(serving.wait()?)
    }
}

fn write_truth(path: &PathBuf, lives: &[Lifecycle]) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    for life in lives {
        for subscription in life.truth().subscriptions.values() {
            let line = json!({
                "customer": life.customer,
                "subscription": subscription.id,
                "status": subscription.status.as_str(),
                "created": subscription.created,
                "trial_end": subscription.trial_end,
                "current_period_end": subscription.current_period_end,
                "cancel_at_period_end": subscription.cancel_at_period_end,
            });
            writeln!(file, "{line}")?;
        }
    }
    file.flush()
}
