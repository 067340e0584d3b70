# Every mail in English. $tenant, $product and the other arguments are plain text, already formatted for this locale.
language = English

## Money: where the symbol goes, and the symbols that cannot be mistaken here. Any other currency shows its ISO code.
money-symbol = { $symbol }{ $number }
money-code = { $code }{"\u00A0"}{ $number }
symbol-usd = $
symbol-eur = €
symbol-gbp = £
symbol-jpy = ¥

## What every mail has
greeting = Hello { $tenant },
sign-off = Kind regards,
team = The { $product } team
why-you = You receive this mail because you are a contact of { $tenant } at { $product }.
help = Questions? Just reply to this mail.
help-at = Questions? Just reply to this mail, or write to { $support }.
internal-footer = Sent by Dunlin to { $product }'s own team. Nobody else received it.
pay-now = Pay { $amount } now
confirm-now = Confirm the payment
update-card = Update payment details
access-until = You keep full access until { $access_until }.
no-login = The link needs no login. You can pass it on to whoever pays your invoices.

## payment_failed
payment-failed-subject = { $stage ->
    [first] Your payment of { $amount } did not go through
    [last] Please act now: { $amount } is still unpaid
   *[middle] Your payment of { $amount } failed again
  }
payment-failed-title = { $stage ->
    [first] Your payment did not go through
    [last] Please pay now to keep your access
   *[middle] Your payment failed again
  }
payment-failed-what = { $stage ->
    [first] We tried to collect { $amount } for your { $product } subscription, and the payment did not go through. That can happen, and it is usually put right in a minute.
    [last] We have tried { $attempt } times to collect { $amount } for your { $product } subscription, and no attempt succeeded. Please pay now, so that your subscription does not end.
   *[middle] We tried to collect { $amount } for your { $product } subscription once more (attempt { $attempt }), and the payment failed again. Please check your payment details.
  }
payment-failed-next = We will try again on { $next_attempt }. You don't have to wait for that.

## payment_action_required
payment-action-required-subject = Please confirm your payment of { $amount }
payment-action-required-title = Your bank asks you to confirm a payment
payment-action-required-what = The payment of { $amount } for your { $product } subscription waits for the cardholder's confirmation. Only they can give it, and trying again does not help.

## payment_recovered
payment-recovered-subject = Payment received: { $amount }
payment-recovered-title = Thank you, your payment went through
payment-recovered-what = We have received { $amount } for your { $product } subscription. Everything is in order again, and there is nothing left for you to do.

## access_suspended
access-suspended-subject = Your access to { $product } is suspended
access-suspended-title = Your access is suspended
access-suspended-what = We could not collect the payment for your { $product } subscription, and the time to put it right is over.
access-suspended-amount = { $amount } is unpaid. As soon as it is paid, your access is back.
access-suspended-data = Your data is still here. Nothing has been deleted.

## trial_started
trial-started-subject = Your { $product } trial has begun
trial-started-title = Welcome to { $product }
trial-started-what = Your trial has begun. Have a good look around.
trial-started-until = It runs until { $date }.

## trial_ending
trial-ending-subject = Your trial ends on { $date }
trial-ending-title = Your trial ends soon
trial-ending-what = Your { $product } trial ends on { $date }. If payment details are on file, your subscription goes on from there by itself. If not, please add them before then.

## trial_expired
trial-expired-subject = Your { $product } trial has ended
trial-expired-title = Your trial has ended
trial-expired-what = Your trial has ended, and no subscription follows it yet. To go on where you left off, add your payment details.
trial-expired-data = Your data is still here. Nothing has been deleted.

## renewal_upcoming
renewal-upcoming-subject = Your subscription renews on { $date }
renewal-upcoming-title = Your subscription renews soon
renewal-upcoming-what = Your { $product } subscription renews on { $date }. We will then collect { $amount }. There is nothing for you to do.

## card_updated
card-updated-subject = Your payment details were updated
card-updated-title = Your payment details were updated
card-updated-what = From now on we use { $card } for your { $product } subscription.
card-updated-not-you = If that wasn't you or someone on your team, please let us know.

## card_expiring
card-expiring-subject = { $days ->
    [one] Your card expires in one day
   *[other] Your card expires in { $days } days
  }
card-expiring-title = Your card expires soon
card-expiring-what = { $card }, which pays for your { $product } subscription, is valid until { $card_expiry }. Please add a new one before then, so that your next payment goes through.

## subscription_canceled
subscription-canceled-subject = Your { $product } subscription has ended
subscription-canceled-title = Your subscription has ended
subscription-canceled-what = { $stage ->
    [payment_failed] We could not collect the payment for your { $product } subscription, and so it has ended.
    [payment_disputed] A payment for your { $product } subscription was disputed with the bank, and so it has ended.
   *[requested] As you asked, your { $product } subscription has ended. Thank you for the time you spent with us.
  }
subscription-canceled-data = Your data is kept. Nothing has been deleted.
subscription-canceled-data-days = { $retention_days ->
    [one] Your data is kept for one more day. Subscribe again within that time, and you will find it as you left it.
   *[other] Your data is kept for { $retention_days } days. Subscribe again within that time, and you will find it as you left it.
  }

## payment_failed_alert
payment-failed-alert-subject = { $tenant }: payment of { $amount } failed (attempt { $attempt })
payment-failed-alert-title = A payment failed
payment-failed-alert-what = { $tenant } could not be charged. They are told by mail, unless they pay first.

## paid_after_cancel_alert
paid-after-cancel-alert-subject = { $tenant }: { $amount } paid after cancellation
paid-after-cancel-alert-title = An invoice was paid after its subscription had ended
paid-after-cancel-alert-what = { $tenant } paid an invoice whose subscription is canceled. Someone should decide: refund it, or start a new subscription.

## churn_alert
churn-alert-subject = Churn: { $tenant } { $stage ->
    [payment_failed] (payment failed)
    [payment_disputed] (payment disputed)
   *[requested] (canceled)
  }
churn-alert-title = { $tenant } has left
churn-alert-what = Their subscription has ended and their access is closed. Their data is kept.
reason-requested = Canceled on request
reason-payment_failed = Payment failed
reason-payment_disputed = Payment disputed
tried-none = No mail was sent to them about a payment.

## address_rejected
address-rejected-subject = { $tenant }: a contact cannot be reached by mail
address-rejected-title = A contact cannot be reached
address-rejected-what = The mail server refused { $email } for good. It is not written to any more; mails go to the tenant's other contacts, if there are any.
address-rejected-how = Correct the contact, or have the address written to again with: dunlin mail allow { $email }

## digest
digest-subject = Dunlin: { $waiting ->
    [one] one thing waits for you
   *[other] { $waiting } things wait for you
  }
digest-title = What waits for a person
digest-what = From { $since } to { $until }:
digest-quarantined = { $quarantined ->
    [one] One delivery from Stripe could not be read. It is kept, and had no effect.
   *[other] { $quarantined } deliveries from Stripe could not be read. They are kept, and had no effect.
  }
digest-dead = { $dead_count ->
    [one] One notice was given up:
   *[other] { $dead_count } notices were given up:
  }
digest-unknown = { $unknown_count ->
    [one] One notice may or may not have been sent:
   *[other] { $unknown_count } notices may or may not have been sent:
  }
digest-how = See them with “dunlin notice list”, and decide with “dunlin notice retry” or “dunlin notice drop”.

## drift_alert
drift-alert-subject = Dunlin: { $drift_count ->
    [one] one thing was not as Stripe has it
   *[other] { $drift_count } things were not as Stripe has them
  }
drift-alert-title = Webhooks did not arrive
drift-alert-what = { $drift_count ->
    [one] Since { $since } Stripe was asked and told of one thing that no webhook had told of. It has been put right.
   *[other] Since { $since } Stripe was asked and told of { $drift_count } things that no webhook had told of. They have been put right.
  }
drift-alert-unlisted = { $drift_unlisted ->
    [one] One more is in GET /api/v1/drift.
   *[other] { $drift_unlisted } more are in GET /api/v1/drift.
  }
drift-alert-how = “dunlin doctor” looks for what keeps webhooks from arriving. The next such mail comes in an hour at the earliest.

## Facts in lists
fact-tenant = Tenant
fact-amount = Amount
fact-attempt = Attempt
fact-next-attempt = Next attempt
fact-invoice = Invoice
fact-subscription = Subscription
fact-access-until = Access until
fact-reason = Reason
fact-feedback = Feedback
fact-comment = Comment
fact-since = Customer since
fact-tenure = Tenure
fact-price = Price per period
fact-failed-attempts = Failed attempts
fact-tried = Mails sent to them
fact-reply = Their mail server said
tenure = { $tenure_days ->
    [one] one day
   *[other] { $tenure_days } days
  }
card-ending = the { $brand } card ending in { $last4 }
card-other = { $brand }

## Pages that a pay link ends at
page-paid-title = Already paid, thank you
page-paid-what = This invoice is paid. There is nothing left for you to do.
page-later-title = Please try again in a few minutes
page-later-what = The page to pay cannot be opened right now. Nothing was charged, and the link you followed goes on working.
page-gone-title = This link does not lead anywhere
page-gone-what = It may be incomplete, or too old. Please use the link in the latest mail you received.
page-billing = Go to billing
page-help = Questions? Write to { $support }.
