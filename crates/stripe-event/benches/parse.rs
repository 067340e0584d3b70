//! The cost of reading one event.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stripe_event::{Event, fixtures};

const VERSION: &str = "2025-03-31.basil";

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for kind in ["customer.subscription.updated.renewed", "invoice.paid"] {
        let Some(json) = fixtures::event(VERSION, kind) else {
            continue;
        };
        let body = json.as_bytes();
        if let Ok(bytes) = u64::try_from(body.len()) {
            group.throughput(Throughput::Bytes(bytes));
        }
        group.bench_function(kind, |bencher| {
            bencher.iter(|| Event::parse(black_box(body)));
        });
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
