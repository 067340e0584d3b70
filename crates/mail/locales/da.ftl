# Alle mails på dansk. $tenant, $product og de andre argumenter er ren tekst, allerede formateret til dette sprog.
language = Dansk

## Beløb
money-symbol = { $number }{"\u00A0"}{ $symbol }
money-code = { $number }{"\u00A0"}{ $code }
symbol-dkk = kr.
symbol-usd = $
symbol-eur = €
symbol-gbp = £
symbol-jpy = JP¥

## Fælles for alle mails
greeting = Hej { $tenant }
sign-off = Venlig hilsen
team = { $product }
why-you = Du får denne mail, fordi du er kontaktperson for { $tenant } hos { $product }.
help = Har du spørgsmål? Svar blot på denne mail.
help-at = Har du spørgsmål? Svar blot på denne mail, eller skriv til { $support }.
internal-footer = Sendt af Dunlin til { $product }s eget team. Ingen andre har fået den.
pay-now = Betal { $amount } nu
confirm-now = Bekræft betalingen
update-card = Opdater betalingsoplysninger
access-until = I har fuld adgang indtil { $access_until }.
no-login = Linket kræver ikke login. Du kan sende det videre til den, der betaler jeres fakturaer.

## payment_failed
payment-failed-subject = { $stage ->
    [first] Jeres betaling på { $amount } gik ikke igennem
    [last] Vigtigt: { $amount } er stadig ikke betalt
   *[middle] Jeres betaling på { $amount } mislykkedes igen
  }
payment-failed-title = { $stage ->
    [first] Jeres betaling gik ikke igennem
    [last] Betal nu for at beholde adgangen
   *[middle] Jeres betaling mislykkedes igen
  }
payment-failed-what = { $stage ->
    [first] Vi forsøgte at trække { $amount } for jeres abonnement på { $product }, men betalingen gik ikke igennem. Det kan ske, og det er som regel klaret på et øjeblik.
    [last] Vi har forsøgt { $attempt } gange at trække { $amount } for jeres abonnement på { $product }, uden at det er lykkedes. Betal nu, så abonnementet ikke ophører.
   *[middle] Vi har igen forsøgt at trække { $amount } for jeres abonnement på { $product } (forsøg { $attempt }), og betalingen mislykkedes igen. Tjek venligst jeres betalingsoplysninger.
  }
payment-failed-next = Vi prøver igen { $next_attempt }. I behøver ikke vente på det.

## payment_action_required
payment-action-required-subject = Bekræft jeres betaling på { $amount }
payment-action-required-title = Banken beder jer bekræfte en betaling
payment-action-required-what = Betalingen på { $amount } for jeres abonnement på { $product } afventer kortholderens bekræftelse. Kun kortholderen kan give den, og det hjælper ikke at prøve igen.

## payment_recovered
payment-recovered-subject = Betaling modtaget: { $amount }
payment-recovered-title = Tak, betalingen er gået igennem
payment-recovered-what = Vi har modtaget { $amount } for jeres abonnement på { $product }. Alt er i orden igen, og I skal ikke gøre mere.

## access_suspended
access-suspended-subject = Jeres adgang til { $product } er sat på pause
access-suspended-title = Jeres adgang er sat på pause
access-suspended-what = Vi kunne ikke gennemføre betalingen for jeres abonnement på { $product }, og fristen for at få det bragt i orden er udløbet.
access-suspended-amount = Der mangler { $amount }. Så snart beløbet er betalt, er adgangen åben igen.
access-suspended-data = Jeres data er her stadig. Intet er slettet.

## trial_started
trial-started-subject = Jeres prøveperiode på { $product } er begyndt
trial-started-title = Velkommen til { $product }
trial-started-what = Jeres prøveperiode er begyndt. Se jer godt omkring.
trial-started-until = Den løber til { $date }.

## trial_ending
trial-ending-subject = Jeres prøveperiode slutter { $date }
trial-ending-title = Jeres prøveperiode slutter snart
trial-ending-what = Jeres prøveperiode på { $product } slutter { $date }. Har I angivet betalingsoplysninger, fortsætter abonnementet af sig selv. Hvis ikke, så tilføj dem gerne inden da.

## trial_expired
trial-expired-subject = Jeres prøveperiode på { $product } er slut
trial-expired-title = Jeres prøveperiode er slut
trial-expired-what = Jeres prøveperiode er slut, og der følger endnu ikke noget abonnement efter den. Tilføj betalingsoplysninger for at fortsætte, hvor I slap.
trial-expired-data = Jeres data er her stadig. Intet er slettet.

## renewal_upcoming
renewal-upcoming-subject = Jeres abonnement fornyes { $date }
renewal-upcoming-title = Jeres abonnement fornyes snart
renewal-upcoming-what = Jeres abonnement på { $product } fornyes { $date }. Vi trækker da { $amount }. I skal ikke gøre noget.

## card_updated
card-updated-subject = Jeres betalingsoplysninger er opdateret
card-updated-title = Jeres betalingsoplysninger er opdateret
card-updated-what = Fra nu af bruger vi { $card } til jeres abonnement på { $product }.
card-updated-not-you = Hvis det ikke var dig eller en i dit team, så sig endelig til.

## card_expiring
card-expiring-subject = { $days ->
    [one] Jeres kort udløber om én dag
   *[other] Jeres kort udløber om { $days } dage
  }
card-expiring-title = Jeres kort udløber snart
card-expiring-what = Jeres abonnement på { $product } betales med { $card }, som gælder til og med { $card_expiry }. Tilføj gerne et nyt inden da, så den næste betaling går igennem.

## subscription_canceled
subscription-canceled-subject = Jeres abonnement på { $product } er ophørt
subscription-canceled-title = Jeres abonnement er ophørt
subscription-canceled-what = { $stage ->
    [payment_failed] Vi kunne ikke gennemføre betalingen for jeres abonnement på { $product }, og det er derfor ophørt.
    [payment_disputed] Der blev gjort indsigelse mod en betaling for jeres abonnement på { $product }, og det er derfor ophørt.
   *[requested] Som I har bedt om, er jeres abonnement på { $product } ophørt. Tak for tiden sammen.
  }
subscription-canceled-data = Jeres data gemmes. Intet er slettet.
subscription-canceled-data-days = { $retention_days ->
    [one] Jeres data gemmes i én dag endnu. Tegner I abonnement igen inden da, finder I dem, som I forlod dem.
   *[other] Jeres data gemmes i { $retention_days } dage. Tegner I abonnement igen inden da, finder I dem, som I forlod dem.
  }

## payment_failed_alert
payment-failed-alert-subject = { $tenant }: betaling på { $amount } mislykkedes (forsøg { $attempt })
payment-failed-alert-title = En betaling mislykkedes
payment-failed-alert-what = { $tenant } kunne ikke opkræves. De får besked på mail, medmindre de betaler forinden.

## paid_after_cancel_alert
paid-after-cancel-alert-subject = { $tenant }: { $amount } betalt efter ophør
paid-after-cancel-alert-title = En faktura blev betalt, efter at abonnementet var ophørt
paid-after-cancel-alert-what = { $tenant } har betalt en faktura, hvis abonnement er ophørt. Nogen skal tage stilling: refundere eller starte et nyt abonnement.

## churn_alert
churn-alert-subject = Kunde mistet: { $tenant } { $stage ->
    [payment_failed] (betaling mislykkedes)
    [payment_disputed] (indsigelse mod betaling)
   *[requested] (opsagt)
  }
churn-alert-title = { $tenant } er stoppet
churn-alert-what = Abonnementet er ophørt, og adgangen er lukket. Deres data gemmes.
reason-requested = Opsagt efter ønske
reason-payment_failed = Betaling mislykkedes
reason-payment_disputed = Indsigelse mod betaling
tried-none = De har ikke fået mails om betaling.

## address_rejected
address-rejected-subject = { $tenant }: en kontaktperson kan ikke nås på mail
address-rejected-title = En kontaktperson kan ikke nås
address-rejected-what = Mailserveren har endeligt afvist { $email }. Der skrives ikke mere til adressen; mails går til lejerens øvrige kontaktpersoner, hvis der er nogen.
address-rejected-how = Ret kontaktpersonen, eller tillad adressen igen med: dunlin mail allow { $email }

## digest
digest-subject = Dunlin: { $waiting ->
    [one] én ting venter på dig
   *[other] { $waiting } ting venter på dig
  }
digest-title = Det venter på et menneske
digest-what = Fra { $since } til { $until }:
digest-quarantined = { $quarantined ->
    [one] Én levering fra Stripe kunne ikke læses. Den er gemt og havde ingen virkning.
   *[other] { $quarantined } leveringer fra Stripe kunne ikke læses. De er gemt og havde ingen virkning.
  }
digest-dead = { $dead_count ->
    [one] Én besked blev opgivet:
   *[other] { $dead_count } beskeder blev opgivet:
  }
digest-unknown = { $unknown_count ->
    [one] Én besked er måske, måske ikke sendt:
   *[other] { $unknown_count } beskeder er måske, måske ikke sendt:
  }
digest-how = Se dem med »dunlin notice list«, og tag stilling med »dunlin notice retry« eller »dunlin notice drop«.

## drift_alert
drift-alert-subject = Dunlin: { $drift_count ->
    [one] én ting var ikke, som Stripe har den
   *[other] { $drift_count } ting var ikke, som Stripe har dem
  }
drift-alert-title = Webhooks er ikke kommet frem
drift-alert-what = { $drift_count ->
    [one] Siden { $since } er Stripe blevet spurgt og har fortalt om én ting, som ingen webhook havde fortalt om. Den er rettet.
   *[other] Siden { $since } er Stripe blevet spurgt og har fortalt om { $drift_count } ting, som ingen webhook havde fortalt om. De er rettet.
  }
drift-alert-unlisted = { $drift_unlisted ->
    [one] Én mere står i GET /api/v1/drift.
   *[other] { $drift_unlisted } flere står i GET /api/v1/drift.
  }
drift-alert-how = »dunlin doctor« leder efter det, der holder webhooks tilbage. Den næste mail af denne slags kommer tidligst om en time.

## Oplysninger i lister
fact-tenant = Lejer
fact-amount = Beløb
fact-attempt = Forsøg
fact-next-attempt = Næste forsøg
fact-invoice = Faktura
fact-subscription = Abonnement
fact-access-until = Adgang til
fact-reason = Årsag
fact-feedback = Tilbagemelding
fact-comment = Kommentar
fact-since = Kunde siden
fact-tenure = Kundeforholdets længde
fact-price = Pris pr. periode
fact-failed-attempts = Mislykkede forsøg
fact-tried = Mails sendt til dem
fact-reply = Deres mailserver svarede
tenure = { $tenure_days ->
    [one] én dag
   *[other] { $tenure_days } dage
  }
card-ending = { $brand }-kortet, der ender på { $last4 }
card-other = { $brand }

## Sider som et betalingslink ender på
page-paid-title = Allerede betalt, tak
page-paid-what = Denne faktura er betalt. Du behøver ikke gøre mere.
page-later-title = Prøv igen om nogle minutter
page-later-what = Betalingssiden kan ikke åbnes lige nu. Der er ikke trukket noget, og linket virker fortsat.
page-gone-title = Dette link fører ingen steder hen
page-gone-what = Det er måske ufuldstændigt eller for gammelt. Brug linket i den seneste mail, du har fået.
page-billing = Gå til betaling
page-help = Spørgsmål? Skriv til { $support }.
