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

## Dage og tidspunkter: for sig selv, som i en liste, og inde i en sætning
day = { $weekday } den { $date }
day-within = { $weekday } den { $date }
moment = { $weekday } den { $date } kl. { $time } ({ $zone })
moment-within = { $weekday } den { $date } kl. { $time } ({ $zone })
zone-CET = dansk tid
zone-CEST = dansk tid

## Fælles for alle mails
greeting = Hej { $tenant }
sign-off = Venlig hilsen
team = { $product }
why-you = I modtager denne mail, fordi adressen er registreret som kontakt for { $tenant } hos { $product }.
help = Har I spørgsmål? Svar bare på denne mail.
help-at = Har I spørgsmål? Svar bare på denne mail, eller skriv til { $support }.
internal-footer = Sendt af Dunlin internt til teamet bag { $product }. Ingen andre har fået mailen.
pay = Betal nu
pay-now = Betal { $amount } nu
confirm-now = Bekræft betalingen
update-card = Opdater betalingsoplysninger
to-billing = Gå til betaling
manage = Administrer abonnementet
access-until = I har fortsat fuld adgang indtil { $access_until }.
no-login = Linket kræver ikke login. Send det gerne videre til den, der betaler jeres fakturaer.

## payment_failed
payment-failed-subject = { $stage ->
    [first] Jeres betaling på { $amount } gik ikke igennem
    [last] Vigtigt: { $amount } er stadig ikke betalt
    [open] { $amount } er stadig ikke betalt
   *[middle] Jeres betaling på { $amount } mislykkedes igen (forsøg { $attempt })
  }
payment-failed-title = { $stage ->
    [first] Jeres betaling gik ikke igennem
    [last] Betal nu for at beholde abonnementet
    [open] Jeres betaling mangler stadig
   *[middle] Jeres betaling mislykkedes igen
  }
payment-failed-what = { $stage ->
    [first] Vi forsøgte at trække { $amount } for jeres abonnement på { $product }, men betalingen gik ikke igennem. Det sker, og det er som regel hurtigt klaret.
    [last] Vi har flere gange forsøgt at trække { $amount } for jeres abonnement på { $product }, uden at det er lykkedes. Betal nu for at beholde abonnementet.
    [open] Vi har flere gange forsøgt at trække { $amount } for jeres abonnement på { $product }, uden at det er lykkedes. Tjek venligst jeres betalingsoplysninger.
   *[middle] Vi har igen forsøgt at trække { $amount } for jeres abonnement på { $product } (forsøg { $attempt }), men betalingen mislykkedes. Tjek venligst jeres betalingsoplysninger.
  }
payment-failed-next = Vi prøver igen { $next_attempt }, men I behøver ikke vente så længe.
payment-failed-ends = Jeres abonnement ophører som planlagt { $ends }. Beløbet skal stadig betales.

## payment_action_required
payment-action-required-subject = Bekræft jeres betaling på { $amount }
payment-action-required-title = Jeres bank kræver, at I bekræfter en betaling
payment-action-required-what = Betalingen på { $amount } for jeres abonnement på { $product } mangler at blive bekræftet. Kun kortholderen kan bekræfte betalingen, og det hjælper ikke at prøve igen.

## payment_recovered
payment-recovered-subject = Betaling modtaget: { $amount }
payment-recovered-title = Tak, betalingen er gået igennem
payment-recovered-what = Vi har modtaget { $amount } for jeres abonnement på { $product }. Alt er i orden igen, og I behøver ikke gøre mere.

## invoice_due_soon, invoice_overdue
invoice-due-soon-subject = { $stage ->
    [numbered] Faktura { $invoice_number } forfalder { $due }
   *[unnumbered] Jeres faktura forfalder { $due }
  }
invoice-due-soon-title = Jeres faktura forfalder snart
invoice-due-soon-what = { $stage ->
    [numbered] Faktura { $invoice_number } fra { $product } forfalder { $due }. Der skal betales { $amount }.
   *[unnumbered] Jeres faktura fra { $product } forfalder { $due }. Der skal betales { $amount }.
  }
invoice-overdue-subject = { $stage ->
    [numbered] Faktura { $invoice_number } er ikke betalt til tiden
   *[unnumbered] Jeres faktura er ikke betalt til tiden
  }
invoice-overdue-title = Jeres faktura er ikke betalt til tiden
invoice-overdue-what = { $stage ->
    [numbered] Faktura { $invoice_number } fra { $product } skulle være betalt { $due }. I mangler at betale { $amount }.
   *[unnumbered] Jeres faktura fra { $product } skulle være betalt { $due }. I mangler at betale { $amount }.
  }
invoice-just-paid = Har I netop betalt, kan I se bort fra denne mail.

## access_suspended
access-suspended-subject = Jeres adgang til { $product } er midlertidigt lukket
access-suspended-title = Jeres adgang er midlertidigt lukket
access-suspended-what = Vi mangler en betaling for jeres abonnement på { $product }, og fristen for at betale er udløbet.
access-suspended-amount = I mangler at betale { $amount }. Så snart beløbet er betalt, åbner vi for adgangen igen.
access-suspended-data = Jeres data er i behold. Intet er slettet.

## trial_started
trial-started-subject = Jeres prøveperiode på { $product } er gået i gang
trial-started-title = Velkommen til { $product }
trial-started-what = Jeres prøveperiode er gået i gang. Kig jer endelig omkring.
trial-started-until = Den løber til { $date }.

## trial_ending
trial-ending-subject = Jeres prøveperiode slutter { $date }
trial-ending-title = Jeres prøveperiode slutter snart
trial-ending-what = { $stage ->
    [paying] Jeres prøveperiode på { $product } slutter { $date }. Derefter fortsætter abonnementet automatisk.
   *[not_known] Jeres prøveperiode på { $product } slutter { $date }. Har vi jeres betalingsoplysninger, fortsætter abonnementet automatisk. Hvis ikke, så tilføj dem gerne inden da.
  }

## trial_expired
trial-expired-subject = Jeres prøveperiode på { $product } er slut
trial-expired-title = Jeres prøveperiode er slut
trial-expired-what = Jeres prøveperiode er slut, og I har endnu ikke tegnet abonnement. Tilføj betalingsoplysninger for at fortsætte, hvor I slap.
trial-expired-data = Jeres data er i behold. Intet er slettet.

## renewal_upcoming
renewal-upcoming-subject = { $stage ->
    [trial_converts] Jeres prøveperiode slutter { $date }
    [trial_without_payment_method] Jeres prøveperiode slutter { $date }
    [trial_free] Jeres prøveperiode slutter { $date }
   *[charged] Jeres abonnement fornyes { $date }
  }
renewal-upcoming-title = { $stage ->
    [trial_converts] Jeres prøveperiode slutter snart
    [trial_without_payment_method] Jeres prøveperiode slutter snart
    [trial_free] Jeres prøveperiode slutter snart
   *[charged] Jeres abonnement fornyes snart
  }
renewal-upcoming-what = { $stage ->
    [trial_converts] Jeres prøveperiode på { $product } slutter { $date }. Derefter fortsætter abonnementet automatisk, og vi trækker { $amount }. I behøver ikke gøre noget.
    [trial_without_payment_method] Jeres prøveperiode på { $product } slutter { $date }, og vi har endnu ikke jeres betalingsoplysninger. Tilføj dem inden da, hvis I vil fortsætte for { $amount }.
    [trial_free] Jeres prøveperiode på { $product } slutter { $date }. Der er ikke noget at betale.
    [invoiced] Jeres abonnement på { $product } fornyes { $date }. Vi sender jer en faktura på { $amount }.
    [free] Jeres abonnement på { $product } fornyes { $date }. Der er ikke noget at betale denne gang.
   *[charged] Jeres abonnement på { $product } fornyes { $date }. Den dag trækker vi { $amount }. I behøver ikke gøre noget.
  }

## card_updated
card-updated-subject = Jeres betalingsoplysninger er opdateret
card-updated-title = Jeres betalingsoplysninger er opdateret
card-updated-what = { $stage ->
    [card] Fremover trækker vi betalingen for jeres abonnement på { $product } på { $card }.
    [sepa] Fremover opkræver vi betalingen for jeres abonnement på { $product } via SEPA Direct Debit.
    [unnamed] Fremover bruger vi jeres nye betalingsoplysninger til abonnementet på { $product }.
   *[other] Fremover betales jeres abonnement på { $product } med { $brand }.
  }
card-updated-not-you = Var det ikke jer selv, så giv os endelig besked.

## card_expiring
card-expiring-subject = { $days ->
    [one] Jeres kort udløber om én dag
   *[other] Jeres kort udløber om { $days } dage
  }
card-expiring-title = Jeres kort udløber snart
card-expiring-what = Jeres abonnement på { $product } betales med { $card }. Kortet udløber med udgangen af { $card_expiry }. Tilføj gerne et nyt inden da, så den næste betaling går igennem.

## cancellation_scheduled
cancellation-scheduled-subject = Jeres abonnement på { $product } ophører { $ends }
cancellation-scheduled-title = Jeres abonnement ophører
cancellation-scheduled-what = { $stage ->
    [requested] Jeres abonnement på { $product } ophører { $ends }, som I bad om.
   *[set] Jeres abonnement på { $product } ophører { $ends }.
  }
cancellation-scheduled-data = Jeres data gemmes. Intet bliver slettet, når abonnementet ophører.
cancellation-scheduled-data-days = { $retention_days ->
    [one] Derefter gemmes jeres data i én dag. Tegner I abonnement igen inden da, finder I alt, som I forlod det.
   *[other] Derefter gemmes jeres data i { $retention_days } dage. Tegner I abonnement igen inden da, finder I alt, som I forlod det.
  }
cancellation-scheduled-stay = Har I ombestemt jer? I kan fortryde, lige indtil abonnementet ophører.

## cancellation_withdrawn
cancellation-withdrawn-subject = Jeres abonnement på { $product } fortsætter
cancellation-withdrawn-title = Jeres abonnement fortsætter
cancellation-withdrawn-what = Jeres abonnement på { $product } stod til at ophøre { $ends }. Opsigelsen er trukket tilbage, og abonnementet fortsætter.

## subscription_paused, subscription_resumed
subscription-paused-subject = { $stage ->
    [collection] Betalingen for jeres abonnement på { $product } er sat på pause
   *[subscription] Jeres abonnement på { $product } er sat på pause
  }
subscription-paused-title = { $stage ->
    [collection] Jeres betaling er sat på pause
   *[subscription] Jeres abonnement er sat på pause
  }
subscription-paused-what = { $stage ->
    [collection] Vi har sat opkrævningen for jeres abonnement på { $product } på pause. I beholder jeres adgang imens.
   *[subscription] Jeres abonnement på { $product } er sat på pause.
  }
subscription-paused-resumes = { $stage ->
    [collection] Vi genoptager opkrævningen { $resumes }.
   *[subscription] Det genoptages { $resumes }.
  }
subscription-resumed-subject = { $stage ->
    [collection] Betalingen for jeres abonnement på { $product } er genoptaget
   *[subscription] Jeres abonnement på { $product } er i gang igen
  }
subscription-resumed-title = { $stage ->
    [collection] Jeres betaling er genoptaget
   *[subscription] Jeres abonnement er i gang igen
  }
subscription-resumed-what = { $stage ->
    [collection] Vi opkræver igen betaling for jeres abonnement på { $product }.
   *[subscription] Jeres abonnement på { $product } er ikke længere sat på pause.
  }

## subscription_canceled
subscription-canceled-subject = Jeres abonnement på { $product } er ophørt
subscription-canceled-title = Jeres abonnement er ophørt
subscription-canceled-what = { $stage ->
    [requested] Jeres abonnement på { $product } er nu ophørt, som I bad om. Tak for denne gang.
    [payment_failed] Vi har ikke modtaget betaling for jeres abonnement på { $product }, og det er derfor ophørt.
    [payment_disputed] Der blev gjort indsigelse hos banken mod en betaling for jeres abonnement på { $product }, og abonnementet er derfor ophørt.
    [trial_without_payment_method] Jeres prøveperiode på { $product } sluttede, uden at der var angivet betalingsoplysninger. Abonnementet er derfor ophørt.
    [fixed_term] Løbetiden for jeres abonnement på { $product } er udløbet. Tak for denne gang.
   *[unknown] Jeres abonnement på { $product } er ophørt. Tak for denne gang.
  }
subscription-canceled-data = Jeres data er i behold. Intet er slettet.
subscription-canceled-data-days = { $retention_days ->
    [one] Jeres data gemmes i én dag endnu. Tegner I abonnement igen inden da, finder I alt, som I forlod det.
   *[other] Jeres data gemmes i { $retention_days } dage endnu. Tegner I abonnement igen inden da, finder I alt, som I forlod det.
  }

## payment_failed_alert
payment-failed-alert-subject = { $tenant }: betaling på { $amount } mislykkedes (forsøg { $attempt })
payment-failed-alert-title = En betaling mislykkedes
payment-failed-alert-what = En betaling fra { $tenant } kunne ikke gennemføres. De får besked på mail, medmindre de betaler forinden.

## paid_after_cancel_alert
paid-after-cancel-alert-subject = { $tenant }: { $amount } betalt efter ophør
paid-after-cancel-alert-title = En faktura blev betalt, efter at abonnementet var ophørt
paid-after-cancel-alert-what = { $tenant } har betalt en faktura for et abonnement, der allerede er ophørt. Tag stilling til, om beløbet skal refunderes, eller om der skal oprettes et nyt abonnement.

## Advarsler, der deler skabeloner. Foran et emne står kundens navn og et kolon, eller »Dunlin:«, hvor der ingen kunde er.
invoice-overdue-alert-subject = faktura på { $amount } er forfalden
invoice-overdue-alert-title = En faktura er forfalden
invoice-overdue-alert-what = { $tenant } har ikke betalt en faktura, som de har fået tilsendt. De får besked på mail, medmindre de betaler forinden.
invoice-voided-alert-subject = ubetalt faktura på { $amount } annulleret
invoice-voided-alert-title = En ubetalt faktura er annulleret
invoice-voided-alert-what = { $stage ->
    [one_off] En faktura til { $tenant } er annulleret, efter at betalingen mislykkedes. Den bliver altså ikke betalt. Undersøg, om det er meningen.
   *[subscription] En faktura til { $tenant } er annulleret, efter at betalingen mislykkedes. Abonnementet fortsætter, selv om fakturaen ikke bliver betalt. Undersøg, om det er meningen.
  }
invoice-uncollectible-alert-subject = ubetalt faktura på { $amount } er markeret som uerholdelig
invoice-uncollectible-alert-title = En ubetalt faktura er markeret som uerholdelig
invoice-uncollectible-alert-what = En faktura til { $tenant } er markeret som uerholdelig, efter at betalingen mislykkedes. Abonnementet fortsætter, selv om fakturaen ikke er betalt. Undersøg, om det er meningen.
finalization-failed-alert-subject = faktura på { $amount } kunne ikke færdiggøres
finalization-failed-alert-title = En faktura kunne ikke færdiggøres
finalization-failed-alert-what = Stripe kunne ikke færdiggøre en faktura til { $tenant }. Der opkræves intet, før det er rettet.
payment-attempt-required-alert-subject = { $amount } skal opkræves uden om Stripe
payment-attempt-required-alert-title = En faktura skal opkræves uden om Stripe
payment-attempt-required-alert-what = Stripe kan ikke bruge betalingsmetoden til en faktura til { $tenant }. Opkræv beløbet uden om Stripe, og registrer derefter betalingen i Stripe.
subscription-unpaid-alert-subject = et abonnement er markeret som ubetalt
subscription-unpaid-alert-title = Et abonnement er markeret som ubetalt
subscription-unpaid-alert-what = Et af abonnementerne for { $tenant } er markeret som ubetalt. De har fortsat adgang via et andet abonnement.
dispute-alert-subject = { $stage ->
    [closed] indsigelse afsluttet ({ $outcome })
    [opened] indsigelse mod en betaling på { $amount }
   *[opened_amount_unknown] indsigelse mod en betaling
  }
dispute-alert-title = { $stage ->
    [closed] En indsigelse er afsluttet
   *[opened] Der er gjort indsigelse mod en betaling
  }
dispute-alert-what = { $stage ->
    [closed] En indsigelse mod en betaling er afsluttet. Udfald: { $outcome }.
   *[opened] Der er gjort indsigelse hos banken mod en betaling. Svar i Stripe inden den frist, der står dér.
  }
early-fraud-warning-alert-subject = betaling er muligvis svindel
early-fraud-warning-alert-title = En betaling er muligvis svindel
early-fraud-warning-alert-what = Et kortnetværk advarer om, at en betaling kan være svindel. Refunderes den nu, kan en indsigelse måske undgås.
payer-with-new-customer-subject = betaling fra en anden Stripe-kunde
payer-with-new-customer-title = Nogen har betalt som en anden Stripe-kunde
payer-with-new-customer-what = Nogen har betalt for { $tenant } som Stripe-kunden { $customer }, men { $tenant } er knyttet til { $bound_to }. Tag stilling med »dunlin tenant proposals«.
cancellation-scheduled-alert-subject = abonnementet ophører { $ends }
cancellation-scheduled-alert-title = Et abonnement står til at ophøre
cancellation-scheduled-alert-what = { $stage ->
    [requested] { $tenant } har bedt om, at abonnementet ophører { $ends }.
   *[set] Abonnementet for { $tenant } står til at ophøre { $ends }. Vi ved ikke, hvem der har bedt om det.
  }
cancellation-withdrawn-alert-subject = opsigelsen er trukket tilbage
cancellation-withdrawn-alert-title = Et abonnement fortsætter alligevel
cancellation-withdrawn-alert-what = Abonnementet for { $tenant } stod til at ophøre { $ends }. Opsigelsen er trukket tilbage, og abonnementet fortsætter.

## churn_alert
churn-alert-subject = { $stage ->
    [requested] Kunde mistet: { $tenant } (opsagt)
    [payment_failed] Kunde mistet: { $tenant } (betaling mislykkedes)
    [payment_disputed] Kunde mistet: { $tenant } (indsigelse mod betaling)
    [trial_without_payment_method] Kunde mistet: { $tenant } (prøveperiode sluttet)
    [fixed_term] Kunde mistet: { $tenant } (løbetid udløbet)
   *[unknown] Kunde mistet: { $tenant }
  }
churn-alert-title = { $tenant } er ikke længere abonnent
churn-alert-what = Abonnementet er ophørt.
reason-requested = Opsagt efter ønske
reason-payment_failed = Betaling mislykkedes
reason-payment_disputed = Indsigelse mod betaling
reason-retention_policy = Fjernet efter Stripes opbevaringsregler
reason-trial_without_payment_method = Prøveperioden sluttede uden betalingsoplysninger
reason-fixed_term = Løbetiden er udløbet
reason-unknown = Ukendt
feedback-customer_service = Kundeservicen levede ikke op til forventningerne
feedback-low_quality = Kvaliteten levede ikke op til forventningerne
feedback-missing_features = Mangler funktioner
feedback-other = Andet
feedback-switched_service = Skifter til en anden tjeneste
feedback-too_complex = For svært at bruge
feedback-too_expensive = For dyrt
feedback-unused = Bruger det ikke nok
told-payment_failed = Betaling mislykkedes
told-payment_action_required = Betaling skal bekræftes
told-payment_recovered = Betaling modtaget
told-invoice_due_soon = Faktura forfalder snart
told-invoice_overdue = Faktura ikke betalt til tiden
told-access_suspended = Adgang midlertidigt lukket
tried-none = De har ikke fået nogen mails om betaling.

## address_rejected
address-rejected-subject = { $tenant }: en kontaktperson kan ikke nås på mail
address-rejected-title = En kontaktperson kan ikke nås
address-rejected-what = Mailserveren har afvist { $email } permanent. Vi skriver ikke længere til adressen. Mails går til kundens øvrige kontaktpersoner, hvis der er nogen.
address-rejected-how = Ret kontaktpersonen, eller tillad adressen igen med: dunlin mail allow { $email }
address-rejected-ours-subject = Dunlin: { $email } kan ikke nås på mail
address-rejected-ours-title = En af jeres egne adresser kan ikke nås
address-rejected-ours-what = Mailserveren har afvist { $email } permanent. Vi skriver ikke længere til adressen.
address-rejected-ours-how = Ret adressen i DUNLIN_MAIL_ADMIN eller DUNLIN_MAIL_SALES, eller tillad den igen med: dunlin mail allow { $email }

## mail_refused
mail-refused-subject = Dunlin: mailserveren afviser vores mails
mail-refused-title = Mailserveren afviser vores mails
mail-refused-what = Mailserveren afviste en mail fra Dunlin { $since }. Det skyldes ingen af adresserne, og ingen er blevet spærret. Mails venter og sendes igen.
mail-refused-how = Kontrollér DUNLIN_SMTP_URL, DUNLIN_MAIL_FROM og DUNLIN_MAIL_EHLO_NAME med: dunlin mail test ADRESSE
fact-server-reply = Mailserverens svar

## test
test-subject = Dunlin: testmail
test-title = Det virker
test-what = Denne mail er sendt med: dunlin mail test. Den er gået samme vej som alle andre.

## digest
digest-subject = Dunlin: { $waiting ->
    [one] én ting kræver handling
   *[other] { $waiting } ting kræver handling
  }
digest-title = Kræver handling
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
    [one] Det er usikkert, om én besked er sendt:
   *[other] Det er usikkert, om { $unknown_count } beskeder er sendt:
  }
digest-how = Kør »dunlin notice list« for at se dem, og »dunlin notice retry« eller »dunlin notice drop« for at prøve igen eller droppe en besked.

## drift_alert
drift-alert-subject = Dunlin: { $drift_count ->
    [one] én ting stemte ikke med Stripe
   *[other] { $drift_count } ting stemte ikke med Stripe
  }
drift-alert-title = Der mangler webhooks
drift-alert-what = { $drift_count ->
    [one] Siden { $since } har en kontrol hos Stripe vist én ændring, som ingen webhook havde meldt. Den er rettet.
   *[other] Siden { $since } har en kontrol hos Stripe vist { $drift_count } ændringer, som ingen webhook havde meldt. De er rettet.
  }
drift-alert-unlisted = { $drift_unlisted ->
    [one] Én mere står i GET /api/v1/drift.
   *[other] { $drift_unlisted } flere står i GET /api/v1/drift.
  }
drift-alert-how = Kør »dunlin doctor« for at finde ud af, hvad der holder webhooks tilbage. Den næste mail af denne slags kommer tidligst om en time.

## Oplysninger i lister
fact-tenant = Kunde
fact-amount = Beløb
fact-attempt = Forsøg
fact-next-attempt = Næste forsøg
fact-due = Forfaldsdato
fact-ends = Abonnementet ophører
fact-invoice = Faktura
fact-invoice-number = Fakturanummer
fact-charge = Betaling
fact-dispute = Sag
fact-outcome = Udfald
fact-payer = Betalt som
fact-bound-to = Knyttet til
fact-subscription = Abonnement
fact-access-until = Adgang indtil
fact-reason = Årsag
fact-feedback = Tilbagemelding
fact-comment = Kommentar
fact-since = Kunde siden
fact-tenure = Kunde i
fact-price = Pris pr. periode
fact-last-paid = Seneste betaling
fact-failed-attempts = Mislykkede forsøg
fact-tried = Mails sendt til dem om betaling
fact-reply = Deres mailserver svarede
outcome-won = vundet
outcome-lost = tabt
outcome-warning_closed = afsluttet uden tilbageførsel
tenure = { $tenure_days ->
    [one] én dag
   *[other] { $tenure_days } dage
  }
card-ending = { $network ->
    [unknown] kortet, der ender på { $last4 }
   *[other] { $brand }-kortet, der ender på { $last4 }
  }
card-other = { $network ->
    [unknown] jeres kort
   *[other] jeres { $brand }-kort
  }

## Sider, som et betalingslink ender på
page-paid-title = Allerede betalt, tak
page-paid-what = Denne faktura er betalt. I behøver ikke gøre mere.
page-later-title = Prøv igen om nogle minutter
page-later-what = Betalingssiden kan ikke åbnes lige nu. Der er ikke trukket penge, og linket virker fortsat.
page-gone-title = Linket virker ikke
page-gone-what = Det er måske ufuldstændigt eller for gammelt. Brug linket i den seneste mail, I har fået.
page-billing = Gå til betaling
page-help = Spørgsmål? Skriv til { $support }.
