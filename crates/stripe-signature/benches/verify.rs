//! The cost of one delivery: a 6 kB payload, with one secret and one `v1`, and with two of each as in a rolled secret.

use std::hint::black_box;

use criterion::Criterion;
use stripe_signature::{BlankSecret, Secret, Verifier, sign};

const NOW: i64 = 1_760_000_000;
const PAYLOAD: [u8; 6 * 1024] = [b'a'; 6 * 1024];
const CURRENT: &str = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH";
const PREVIOUS: &str = "whsec_zT0pQ2mVn4RkY7sLxW9cJ3hGfD6bA8eU";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let by_current = sign(&Secret::parse(CURRENT)?, &PAYLOAD, NOW);
    let by_previous = sign(&Secret::parse(PREVIOUS)?, &PAYLOAD, NOW);
    let by_both = by_previous.replace(&format!("t={NOW}"), &by_current);

    let one = Verifier::try_new([Secret::parse(CURRENT)?])?;
    let two = Verifier::try_new(secrets([CURRENT, PREVIOUS])?)?;
    bench(&mut criterion, "verify 6 kB, 1 secret, 1 v1", &one, &by_current);
    bench(&mut criterion, "verify 6 kB, 2 secrets, 2 v1", &two, &by_both);
    criterion.final_summary();
    Ok(())
}

fn secrets(texts: [&str; 2]) -> Result<Vec<Secret>, BlankSecret> {
    texts.into_iter().map(Secret::parse).collect()
}

fn bench(criterion: &mut Criterion, name: &str, verifier: &Verifier, header: &str) {
    assert!(
        verifier.verify(Some(header.as_bytes()), &PAYLOAD, NOW).is_ok(),
        "only the accepting path is measured"
    );
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| verifier.verify(black_box(Some(header.as_bytes())), black_box(&PAYLOAD), black_box(NOW)));
    });
}
