# What British English says otherwise; everything else is in en.ftl.
language = English (United Kingdom)

## No comma after the weekday
day = { $weekday } { $date }
day-within = { $weekday } { $date }
moment = { $weekday } { $date } at { $time } { $zone }
moment-within = { $weekday } { $date } at { $time } { $zone }

## A dollar here is not self-evidently a US dollar.
symbol-usd = US$
symbol-jpy = JP¥

## Cancelled has two l's.
paid-after-cancel-alert-what = { $tenant } paid an invoice for a subscription that has already been cancelled. Please decide whether to refund it or start a new subscription.
churn-alert-subject = { $stage ->
    [requested] Churn: { $tenant } (cancelled)
    [payment_failed] Churn: { $tenant } (payment failed)
    [payment_disputed] Churn: { $tenant } (payment disputed)
    [trial_without_payment_method] Churn: { $tenant } (trial ended)
    [fixed_term] Churn: { $tenant } (end of term)
   *[unknown] Churn: { $tenant }
  }
reason-requested = Cancelled on request
finalization-failed-alert-subject = invoice for { $amount } could not be finalised
finalization-failed-alert-title = An invoice could not be finalised
finalization-failed-alert-what = Stripe could not finalise an invoice to { $tenant }. Nothing will be collected for it until this is fixed.
