//! Amounts of money, by Stripe's exponents and the language's rules.

use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use subscription::Money;

/// Returns the number of decimal digits in Stripe's amounts of this currency
/// (<https://docs.stripe.com/currencies#zero-decimal>). Stripe differs from ISO 4217: ISK and UGX have two, MGA none.
fn exponent(currency: &str) -> i16 {
    match currency {
        "bif" | "clp" | "djf" | "gnf" | "jpy" | "kmf" | "krw" | "mga" | "pyg" | "rwf" | "vnd" | "vuv" | "xaf" | "xof" | "xpf" => 0,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 3,
        _ => 2,
    }
}

/// Formats the number alone, in the language's digits and separators.
pub(crate) fn number(money: &Money, formatter: &DecimalFormatter) -> String {
    let mut decimal = Decimal::from(money.amount);
    decimal.multiply_pow10(-exponent(&money.currency));
    formatter.format(&decimal).to_string()
}
