# Every email in English. $tenant, $product and the other arguments are plain text, already formatted for this locale.
language = English

## Money: where the symbol goes, and the symbols that cannot be mistaken here. Any other currency shows its ISO code.
money-symbol = { $symbol }{ $number }
money-code = { $code }{"\u00A0"}{ $number }
symbol-usd = $
symbol-eur = €
symbol-gbp = £
symbol-jpy = ¥

## Days and moments: alone, as in a list, and within a sentence. $moment, $day, $weekday, $date and $time are as the language and
## region write them. Where people call a zone otherwise than its abbreviation, a message such as zone-CET says how.
day = { $day }
day-within = { $day }
moment = { $moment } { $zone }
moment-within = { $moment } { $zone }

## What every email has
greeting = Hello { $tenant },
sign-off = Kind regards,
team = The { $product } team
why-you = You're receiving this email because you're a contact for { $tenant } at { $product }.
help = Questions? Just reply to this email.
help-at = Questions? Just reply to this email or write to { $support }.
internal-footer = Dunlin sent this email to the { $product } team only.
pay = Pay now
pay-now = Pay { $amount } now
confirm-now = Confirm payment
update-card = Update payment details
to-billing = Go to billing
manage = Manage subscription
access-until = You'll keep full access until { $access_until }.
no-login = No login needed. Feel free to forward this link to whoever pays your invoices.

## payment_failed
payment-failed-subject = { $stage ->
    [first] Your payment of { $amount } didn't go through
    [last] Please act now: { $amount } is still unpaid
    [open] { $amount } is still unpaid
   *[middle] Your payment of { $amount } failed again (attempt { $attempt })
  }
payment-failed-title = { $stage ->
    [first] Your payment didn't go through
    [last] Please pay now to keep your subscription
    [open] Your payment is still outstanding
   *[middle] Your payment failed again
  }
payment-failed-what = { $stage ->
    [first] We tried to collect { $amount } for your { $product } subscription, but the payment didn't go through. It happens, and usually takes only a minute to fix.
    [last] We've tried more than once to collect { $amount } for your { $product } subscription, without success. Please pay now to keep your subscription.
    [open] We've tried more than once to collect { $amount } for your { $product } subscription, without success. Please check your payment details.
   *[middle] We tried again to collect { $amount } for your { $product } subscription (attempt { $attempt }), but the payment failed. Please check your payment details.
  }
payment-failed-next = We'll try again on { $next_attempt }, but there's no need to wait.
payment-failed-ends = Your subscription ends on { $ends }, as planned. This amount is still due.

## payment_action_required
payment-action-required-subject = Please confirm your payment of { $amount }
payment-action-required-title = Your bank needs you to confirm a payment
payment-action-required-what = The payment of { $amount } for your { $product } subscription needs to be confirmed by the cardholder. Only they can do that; retrying the payment won't help.

## payment_recovered
payment-recovered-subject = Payment received: { $amount }
payment-recovered-title = Thank you, your payment went through
payment-recovered-what = We've received { $amount } for your { $product } subscription. You're all set. There's nothing else you need to do.

## invoice_due_soon, invoice_overdue
invoice-due-soon-subject = { $stage ->
    [numbered] Invoice { $invoice_number } is due on { $due }
   *[unnumbered] Your invoice is due on { $due }
  }
invoice-due-soon-title = Your invoice is due soon
invoice-due-soon-what = { $stage ->
    [numbered] Invoice { $invoice_number } from { $product } is due on { $due }. The amount due is { $amount }.
   *[unnumbered] Your invoice from { $product } is due on { $due }. The amount due is { $amount }.
  }
invoice-overdue-subject = { $stage ->
    [numbered] Invoice { $invoice_number } is overdue
   *[unnumbered] Your invoice is overdue
  }
invoice-overdue-title = Your invoice is overdue
invoice-overdue-what = { $stage ->
    [numbered] Invoice { $invoice_number } from { $product } was due on { $due }. The amount due is { $amount }.
   *[unnumbered] Your invoice from { $product } was due on { $due }. The amount due is { $amount }.
  }
invoice-just-paid = If you've just paid, please ignore this email.

## access_suspended
access-suspended-subject = Your access to { $product } has been suspended
access-suspended-title = Your access has been suspended
access-suspended-what = A payment for your { $product } subscription is overdue, and the grace period has ended.
access-suspended-amount = { $amount } is outstanding. Your access will be restored as soon as it's paid.
access-suspended-data = Your data is safe. Nothing has been deleted.

## trial_started
trial-started-subject = Your { $product } trial has started
trial-started-title = Welcome to { $product }
trial-started-what = Your trial has started. Take a look around.
trial-started-until = It runs until { $date }.

## trial_ending
trial-ending-subject = Your trial ends on { $date }
trial-ending-title = Your trial ends soon
trial-ending-what = { $stage ->
    [paying] Your { $product } trial ends on { $date }. Your subscription will then continue automatically.
   *[not_known] Your { $product } trial ends on { $date }. If we have your payment details, your subscription will continue automatically. If not, please add them before then.
  }

## trial_expired
trial-expired-subject = Your { $product } trial has ended
trial-expired-title = Your trial has ended
trial-expired-what = Your trial has ended and you don't have a subscription yet. To pick up where you left off, add your payment details.
trial-expired-data = Your data is safe. Nothing has been deleted.

## renewal_upcoming
renewal-upcoming-subject = { $stage ->
    [trial_converts] Your trial ends on { $date }
    [trial_without_payment_method] Your trial ends on { $date }
    [trial_free] Your trial ends on { $date }
   *[charged] Your subscription renews on { $date }
  }
renewal-upcoming-title = { $stage ->
    [trial_converts] Your trial ends soon
    [trial_without_payment_method] Your trial ends soon
    [trial_free] Your trial ends soon
   *[charged] Your subscription renews soon
  }
renewal-upcoming-what = { $stage ->
    [trial_converts] Your { $product } trial ends on { $date }. Your subscription will then continue automatically, and we'll charge { $amount }. You don't need to do anything.
    [trial_without_payment_method] Your { $product } trial ends on { $date }, and we don't have your payment details yet. Please add them before then to continue for { $amount }.
    [trial_free] Your { $product } trial ends on { $date }. There's nothing to pay.
    [invoiced] Your { $product } subscription renews on { $date }. We'll send you an invoice for { $amount }.
    [free] Your { $product } subscription renews on { $date }. There's nothing to pay this time.
   *[charged] Your { $product } subscription renews soon. We'll charge { $amount } on { $date }. You don't need to do anything.
  }

## card_updated
card-updated-subject = Your payment details have been updated
card-updated-title = Your payment details have been updated
card-updated-what = { $stage ->
    [card] From now on, we'll charge your { $card } for your { $product } subscription.
    [sepa] From now on, we'll collect the payments for your { $product } subscription by SEPA direct debit.
    [unnamed] From now on, we'll use your new payment details for your { $product } subscription.
   *[other] From now on, your { $product } subscription will be paid with { $brand }.
  }
card-updated-not-you = If that wasn't you or someone on your team, please let us know.

## card_expiring
card-expiring-subject = { $days ->
    [one] Your card expires in one day
   *[other] Your card expires in { $days } days
  }
card-expiring-title = Your card expires soon
card-expiring-what = Your { $card }, which pays for your { $product } subscription, expires at the end of { $card_expiry }. Please add a new one before then so your next payment goes through.

## cancellation_scheduled
cancellation-scheduled-subject = Your { $product } subscription ends on { $ends }
cancellation-scheduled-title = Your subscription is ending
cancellation-scheduled-what = { $stage ->
    [requested] Your { $product } subscription will end on { $ends }, as you requested.
   *[set] Your { $product } subscription will end on { $ends }.
  }
cancellation-scheduled-data = We'll keep your data. Nothing will be deleted when your subscription ends.
cancellation-scheduled-data-days = { $retention_days ->
    [one] After that, we'll keep your data for one more day. If you subscribe again within that time, you'll find everything just as you left it.
   *[other] After that, we'll keep your data for { $retention_days } days. If you subscribe again within that time, you'll find everything just as you left it.
  }
cancellation-scheduled-stay = Changed your mind? You can undo this at any time before your subscription ends.

## cancellation_withdrawn
cancellation-withdrawn-subject = Your { $product } subscription continues
cancellation-withdrawn-title = Your subscription continues
cancellation-withdrawn-what = Your { $product } subscription was set to end on { $ends }. That has been undone, and your subscription will continue.

## subscription_paused, subscription_resumed
subscription-paused-subject = { $stage ->
    [collection] Payments for your { $product } subscription are paused
   *[subscription] Your { $product } subscription is paused
  }
subscription-paused-title = { $stage ->
    [collection] Your payments are paused
   *[subscription] Your subscription is paused
  }
subscription-paused-what = { $stage ->
    [collection] We've paused payments for your { $product } subscription. You'll keep your access in the meantime.
   *[subscription] Your { $product } subscription has been paused.
  }
subscription-paused-resumes = { $stage ->
    [collection] Payments will resume on { $resumes }.
   *[subscription] It will resume on { $resumes }.
  }
subscription-resumed-subject = { $stage ->
    [collection] Payments for your { $product } subscription have resumed
   *[subscription] Your { $product } subscription has resumed
  }
subscription-resumed-title = { $stage ->
    [collection] Your payments have resumed
   *[subscription] Your subscription has resumed
  }
subscription-resumed-what = { $stage ->
    [collection] We've started collecting payments for your { $product } subscription again.
   *[subscription] Your { $product } subscription is no longer paused.
  }

## subscription_canceled
subscription-canceled-subject = Your { $product } subscription has ended
subscription-canceled-title = Your subscription has ended
subscription-canceled-what = { $stage ->
    [requested] Your { $product } subscription has ended, as you requested. Thank you for being a customer.
    [payment_failed] We didn't receive payment for your { $product } subscription, so it has ended.
    [payment_disputed] A payment for your { $product } subscription was disputed with the bank, so your subscription has ended.
    [trial_without_payment_method] Your { $product } trial ended without payment details, so your subscription has ended.
    [fixed_term] Your { $product } subscription has reached the end of its term. Thank you for being a customer.
   *[unknown] Your { $product } subscription has ended. Thank you for being a customer.
  }
subscription-canceled-data = Your data is safe. Nothing has been deleted.
subscription-canceled-data-days = { $retention_days ->
    [one] We'll keep your data for one more day. If you subscribe again within that time, you'll find everything just as you left it.
   *[other] We'll keep your data for { $retention_days } days. If you subscribe again within that time, you'll find everything just as you left it.
  }

## payment_failed_alert
payment-failed-alert-subject = { $tenant }: payment of { $amount } failed (attempt { $attempt })
payment-failed-alert-title = A payment failed
payment-failed-alert-what = A payment from { $tenant } failed. They'll be notified by email unless they pay first.

## paid_after_cancel_alert
paid-after-cancel-alert-subject = { $tenant }: { $amount } paid after cancellation
paid-after-cancel-alert-title = An invoice was paid after the subscription had ended
paid-after-cancel-alert-what = { $tenant } paid an invoice for a subscription that has already been canceled. Please decide whether to refund it or start a new subscription.

## Alerts that share their templates. The tenant's name and a colon, or “Dunlin:” where there is no tenant, come before the subject.
invoice-overdue-alert-subject = invoice for { $amount } is overdue
invoice-overdue-alert-title = An invoice is overdue
invoice-overdue-alert-what = { $tenant } hasn't paid an invoice that was sent to them. They'll be notified by email unless they pay first.
invoice-voided-alert-subject = unpaid invoice for { $amount } voided
invoice-voided-alert-title = An unpaid invoice was voided
invoice-voided-alert-what = { $stage ->
    [one_off] An invoice to { $tenant } was voided after its payment had failed, so it won't be paid. Please check whether that was intended.
   *[subscription] An invoice to { $tenant } was voided after its payment had failed. Their subscription continues, although this invoice won't be paid. Please check whether that was intended.
  }
invoice-uncollectible-alert-subject = unpaid invoice for { $amount } marked uncollectible
invoice-uncollectible-alert-title = An unpaid invoice was marked uncollectible
invoice-uncollectible-alert-what = An invoice to { $tenant } was marked uncollectible after its payment had failed. Their subscription continues, although this invoice hasn't been paid. Please check whether that was intended.
finalization-failed-alert-subject = invoice for { $amount } could not be finalized
finalization-failed-alert-title = An invoice could not be finalized
finalization-failed-alert-what = Stripe could not finalize an invoice to { $tenant }. Nothing will be collected for it until this is fixed.
payment-attempt-required-alert-subject = { $amount } must be collected outside Stripe
payment-attempt-required-alert-title = An invoice must be collected outside Stripe
payment-attempt-required-alert-what = Stripe can't process the payment method for an invoice to { $tenant }. Please collect the payment outside Stripe, then record it in Stripe.
subscription-unpaid-alert-subject = a subscription was marked unpaid
subscription-unpaid-alert-title = A subscription was marked unpaid
subscription-unpaid-alert-what = One of { $tenant }'s subscriptions was marked unpaid. They still have access through another subscription.
dispute-alert-subject = { $stage ->
    [closed] dispute closed ({ $outcome })
    [opened] payment of { $amount } disputed
   *[opened_amount_unknown] payment disputed
  }
dispute-alert-title = { $stage ->
    [closed] A dispute has been closed
   *[opened] A payment was disputed
  }
dispute-alert-what = { $stage ->
    [closed] A dispute over a payment has been closed. Outcome: { $outcome }.
   *[opened] A payment was disputed with the bank. Please respond in Stripe before the deadline shown there.
  }
early-fraud-warning-alert-subject = payment reported as possibly fraudulent
early-fraud-warning-alert-title = A payment may be fraudulent
early-fraud-warning-alert-what = A card network has warned that a payment may be fraudulent. Refunding it now may prevent a dispute.
payer-with-new-customer-subject = payment from another Stripe customer
payer-with-new-customer-title = Someone paid as another Stripe customer
payer-with-new-customer-what = Someone paid for { $tenant } as Stripe customer { $customer }, but { $tenant } is bound to { $bound_to }. Use “dunlin tenant proposals” to decide which is right.
cancellation-scheduled-alert-subject = subscription ends on { $ends }
cancellation-scheduled-alert-title = A subscription is set to end
cancellation-scheduled-alert-what = { $stage ->
    [requested] { $tenant } asked to end their subscription on { $ends }.
   *[set] { $tenant }'s subscription is set to end on { $ends }. We don't know who asked for that.
  }
cancellation-withdrawn-alert-subject = cancellation withdrawn
cancellation-withdrawn-alert-title = A subscription continues after all
cancellation-withdrawn-alert-what = { $tenant }'s subscription was set to end on { $ends }. That has been undone, and the subscription will continue.

## churn_alert
churn-alert-subject = { $stage ->
    [requested] Churn: { $tenant } (canceled)
    [payment_failed] Churn: { $tenant } (payment failed)
    [payment_disputed] Churn: { $tenant } (payment disputed)
    [trial_without_payment_method] Churn: { $tenant } (trial ended)
    [fixed_term] Churn: { $tenant } (end of term)
   *[unknown] Churn: { $tenant }
  }
churn-alert-title = { $tenant } is no longer a subscriber
churn-alert-what = Their subscription has ended.
reason-requested = Canceled on request
reason-payment_failed = Payment failed
reason-payment_disputed = Payment disputed
reason-retention_policy = Removed by Stripe's retention policy
reason-trial_without_payment_method = Trial ended without payment details
reason-fixed_term = End of term
reason-unknown = Unknown
feedback-customer_service = Customer service was less than expected
feedback-low_quality = Quality was less than expected
feedback-missing_features = Some features are missing
feedback-other = Other
feedback-switched_service = Switching to a different service
feedback-too_complex = Too hard to use
feedback-too_expensive = Too expensive
feedback-unused = Doesn't use it enough
told-payment_failed = Payment failed
told-payment_action_required = Payment needs to be confirmed
told-payment_recovered = Payment received
told-invoice_due_soon = Invoice due soon
told-invoice_overdue = Invoice overdue
told-access_suspended = Access suspended
tried-none = They weren't sent any emails about payment.

## address_rejected
address-rejected-subject = { $tenant }: a contact cannot be reached by email
address-rejected-title = A contact cannot be reached
address-rejected-what = The mail server permanently rejected { $email }. We no longer send to it. Emails go to the tenant's other contacts, if there are any.
address-rejected-how = Correct the contact, or stop suppressing the address with: dunlin mail allow { $email }
address-rejected-ours-subject = Dunlin: { $email } cannot be reached by email
address-rejected-ours-title = One of your own addresses cannot be reached
address-rejected-ours-what = The mail server permanently rejected { $email }. We no longer send to it.
address-rejected-ours-how = Correct the address in DUNLIN_MAIL_ADMIN or DUNLIN_MAIL_SALES, or stop suppressing it with: dunlin mail allow { $email }

## mail_refused
mail-refused-subject = Dunlin: the mail server refuses our mail
mail-refused-title = The mail server refuses our mail
mail-refused-what = On { $since } the mail server refused an email from Dunlin. No address is to blame, and no address was suppressed. Emails wait and are tried again.
mail-refused-how = Check DUNLIN_SMTP_URL, DUNLIN_MAIL_FROM and DUNLIN_MAIL_EHLO_NAME with: dunlin mail test ADDRESS
fact-server-reply = The mail server said

## test
test-subject = Dunlin: test email
test-title = Email works
test-what = This email was sent by: dunlin mail test. It went the way that all others go.

## digest
digest-subject = Dunlin: { $waiting ->
    [one] one thing needs your attention
   *[other] { $waiting } things need your attention
  }
digest-title = Needs your attention
digest-what = From { $since } to { $until }:
digest-quarantined = { $quarantined ->
    [one] One delivery from Stripe could not be read. It was kept and had no effect.
   *[other] { $quarantined } deliveries from Stripe could not be read. They were kept and had no effect.
  }
digest-dead = { $dead_count ->
    [one] One notice has been given up:
   *[other] { $dead_count } notices have been given up:
  }
digest-unknown = { $unknown_count ->
    [one] One notice may or may not have been sent:
   *[other] { $unknown_count } notices may or may not have been sent:
  }
digest-how = Run “dunlin notice list” to see them, and “dunlin notice retry” or “dunlin notice drop” to retry or drop one.

## drift_alert
drift-alert-subject = Dunlin: { $drift_count ->
    [one] one item was out of sync with Stripe
   *[other] { $drift_count } items were out of sync with Stripe
  }
drift-alert-title = Webhooks were missed
drift-alert-what = { $drift_count ->
    [one] Since { $since }, checking with Stripe found one change that no webhook had reported. It has been corrected.
   *[other] Since { $since }, checking with Stripe found { $drift_count } changes that no webhook had reported. They have been corrected.
  }
drift-alert-unlisted = { $drift_unlisted ->
    [one] One more is listed at GET /api/v1/drift.
   *[other] { $drift_unlisted } more are listed at GET /api/v1/drift.
  }
drift-alert-how = Run “dunlin doctor” to find out what keeps webhooks from arriving. You won't get another of these for at least an hour.

## Facts in lists
fact-tenant = Tenant
fact-amount = Amount
fact-attempt = Attempt
fact-next-attempt = Next attempt
fact-due = Due date
fact-ends = Subscription ends
fact-invoice = Invoice
fact-invoice-number = Invoice number
fact-charge = Charge
fact-dispute = Case
fact-outcome = Outcome
fact-payer = Paid as
fact-bound-to = Bound to
fact-subscription = Subscription
fact-access-until = Access until
fact-reason = Reason
fact-feedback = Feedback
fact-comment = Comment
fact-since = Customer since
fact-tenure = Customer for
fact-price = Price per period
fact-last-paid = Last payment
fact-failed-attempts = Failed attempts
fact-tried = Emails sent to them about payment
fact-reply = Their mail server said
outcome-won = won
outcome-lost = lost
outcome-warning_closed = closed without a chargeback
tenure = { $tenure_days ->
    [one] one day
   *[other] { $tenure_days } days
  }
card-ending = { $network ->
    [unknown] card ending in { $last4 }
    [mastercard] Mastercard ending in { $last4 }
   *[other] { $brand } card ending in { $last4 }
  }
card-other = { $network ->
    [unknown] card
    [mastercard] Mastercard
   *[other] { $brand } card
  }

## Pages that a pay link ends at
page-paid-title = Already paid, thank you
page-paid-what = This invoice is paid. There's nothing else you need to do.
page-later-title = Please try again in a few minutes
page-later-what = The payment page can't be opened right now. You haven't been charged, and the link you followed will keep working.
page-gone-title = This link isn't valid
page-gone-what = It may be incomplete or too old. Please use the link in the most recent email you received.
page-billing = Go to billing
page-help = Questions? Write to { $support }.
