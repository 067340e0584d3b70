# Alle E-Mails auf Deutsch. $tenant, $product und die anderen Argumente sind reiner Text, bereits für diese Sprache formatiert.
language = Deutsch

## Beträge
money-symbol = { $number }{"\u00A0"}{ $symbol }
money-code = { $number }{"\u00A0"}{ $code }
symbol-usd = $
symbol-eur = €
symbol-gbp = £
symbol-jpy = ¥

## Tage und Zeitpunkte: für sich, wie in einer Liste, und im Satz nach „am“, „zum“ oder „ab“. Wo der Satz danach weitergeht,
## folgt ein Komma. Das Kürzel der Zeitzone ist das hier übliche.
day = { $weekday }, { $date }
day-within = { $weekday }, dem { $date }
moment = { $weekday }, { $date }, { $time } Uhr ({ $zone })
moment-within = { $weekday }, dem { $date }, um { $time } Uhr ({ $zone })
zone-CET = MEZ
zone-CEST = MESZ

## Was jede E-Mail hat
greeting = Guten Tag { $tenant },
sign-off = Mit freundlichen Grüßen
team = Ihr { $product }-Team
why-you = Sie erhalten diese E-Mail, weil Sie bei { $product } als Kontakt für { $tenant } hinterlegt sind.
help = Haben Sie Fragen? Antworten Sie einfach auf diese E-Mail.
help-at = Haben Sie Fragen? Antworten Sie einfach auf diese E-Mail oder schreiben Sie an { $support }.
internal-footer = Diese E-Mail hat Dunlin nur an das Team von { $product } gesendet.
pay = Jetzt bezahlen
pay-now = Jetzt { $amount } bezahlen
confirm-now = Zahlung bestätigen
update-card = Zahlungsdaten aktualisieren
to-billing = Zur Abrechnung
manage = Abonnement verwalten
access-until = Sie haben noch bis zum { $access_until } vollen Zugang.
no-login = Für den Link ist keine Anmeldung nötig. Leiten Sie ihn gern an die Person weiter, die Ihre Rechnungen bezahlt.

## payment_failed
payment-failed-subject = { $stage ->
    [first] Ihre Zahlung über { $amount } ist fehlgeschlagen
    [last] Bitte handeln Sie jetzt: { $amount } sind noch offen
    [open] { $amount } sind noch offen
   *[middle] Ihre Zahlung über { $amount } ist erneut fehlgeschlagen (Versuch { $attempt })
  }
payment-failed-title = { $stage ->
    [first] Ihre Zahlung ist fehlgeschlagen
    [last] Bitte zahlen Sie jetzt, um Ihr Abonnement zu behalten
    [open] Ihre Zahlung steht noch aus
   *[middle] Ihre Zahlung ist erneut fehlgeschlagen
  }
payment-failed-what = { $stage ->
    [first] wir haben versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen, die Zahlung ist jedoch fehlgeschlagen. Das kommt vor und ist meist in einer Minute behoben.
    [last] wir haben mehrfach versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen, leider ohne Erfolg. Bitte zahlen Sie jetzt, um Ihr Abonnement zu behalten.
    [open] wir haben mehrfach versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen, leider ohne Erfolg. Bitte prüfen Sie Ihre Zahlungsdaten.
   *[middle] wir haben erneut versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen (Versuch { $attempt }), die Zahlung ist jedoch wieder fehlgeschlagen. Bitte prüfen Sie Ihre Zahlungsdaten.
  }
payment-failed-next = Den nächsten Versuch unternehmen wir am { $next_attempt }. Darauf müssen Sie aber nicht warten.
payment-failed-ends = Ihr Abonnement endet wie geplant am { $ends }. Dieser Betrag ist trotzdem noch zu zahlen.

## payment_action_required
payment-action-required-subject = Bitte bestätigen Sie Ihre Zahlung über { $amount }
payment-action-required-title = Ihre Bank bittet um Bestätigung einer Zahlung
payment-action-required-what = die Zahlung über { $amount } für Ihr { $product }-Abonnement muss vom Karteninhaber bzw. der Karteninhaberin bestätigt werden. Ein neuer Versuch hilft nicht.

## payment_recovered
payment-recovered-subject = Zahlung eingegangen: { $amount }
payment-recovered-title = Vielen Dank, Ihre Zahlung ist eingegangen
payment-recovered-what = wir haben { $amount } für Ihr { $product }-Abonnement erhalten. Damit ist alles in Ordnung. Sie müssen nichts weiter tun.

## invoice_due_soon, invoice_overdue
invoice-due-soon-subject = { $stage ->
    [numbered] Rechnung { $invoice_number } ist am { $due }, fällig
   *[unnumbered] Ihre Rechnung ist am { $due }, fällig
  }
invoice-due-soon-title = Ihre Rechnung ist bald fällig
invoice-due-soon-what = { $stage ->
    [numbered] die Rechnung { $invoice_number } von { $product } ist am { $due }, fällig. Zu zahlen sind { $amount }.
   *[unnumbered] Ihre Rechnung von { $product } ist am { $due }, fällig. Zu zahlen sind { $amount }.
  }
invoice-overdue-subject = { $stage ->
    [numbered] Rechnung { $invoice_number } ist überfällig
   *[unnumbered] Ihre Rechnung ist überfällig
  }
invoice-overdue-title = Ihre Rechnung ist überfällig
invoice-overdue-what = { $stage ->
    [numbered] die Rechnung { $invoice_number } von { $product } war am { $due }, fällig. Es sind noch { $amount } offen.
   *[unnumbered] Ihre Rechnung von { $product } war am { $due }, fällig. Es sind noch { $amount } offen.
  }
invoice-just-paid = Falls Sie gerade bezahlt haben, betrachten Sie diese E-Mail bitte als gegenstandslos.

## access_suspended
access-suspended-subject = Ihr Zugang zu { $product } ist gesperrt
access-suspended-title = Ihr Zugang ist gesperrt
access-suspended-what = eine Zahlung für Ihr { $product }-Abonnement ist überfällig, und die Nachfrist ist abgelaufen.
access-suspended-amount = Es sind noch { $amount } offen. Sobald der Betrag bezahlt ist, wird Ihr Zugang wieder freigeschaltet.
access-suspended-data = Ihre Daten sind weiterhin vorhanden. Es wurde nichts gelöscht.

## trial_started
trial-started-subject = Ihre Testphase bei { $product } hat begonnen
trial-started-title = Willkommen bei { $product }
trial-started-what = Ihre Testphase hat begonnen. Sehen Sie sich in Ruhe um.
trial-started-until = Sie läuft bis zum { $date }.

## trial_ending
trial-ending-subject = Ihre Testphase endet am { $date }
trial-ending-title = Ihre Testphase endet bald
trial-ending-what = { $stage ->
    [paying] Ihre Testphase bei { $product } endet am { $date }. Danach wird Ihr Abonnement automatisch fortgesetzt.
   *[not_known] Ihre Testphase bei { $product } endet am { $date }. Wenn uns Ihre Zahlungsdaten vorliegen, wird Ihr Abonnement automatisch fortgesetzt. Andernfalls hinterlegen Sie sie bitte bis dahin.
  }

## trial_expired
trial-expired-subject = Ihre Testphase bei { $product } ist abgelaufen
trial-expired-title = Ihre Testphase ist abgelaufen
trial-expired-what = Ihre Testphase ist abgelaufen, und Sie haben noch kein Abonnement. Hinterlegen Sie Ihre Zahlungsdaten, um dort weiterzumachen, wo Sie aufgehört haben.
trial-expired-data = Ihre Daten sind weiterhin vorhanden. Es wurde nichts gelöscht.

## renewal_upcoming
renewal-upcoming-subject = { $stage ->
    [trial_converts] Ihre Testphase endet am { $date }
    [trial_without_payment_method] Ihre Testphase endet am { $date }
    [trial_free] Ihre Testphase endet am { $date }
   *[charged] Ihr Abonnement verlängert sich am { $date }
  }
renewal-upcoming-title = { $stage ->
    [trial_converts] Ihre Testphase endet bald
    [trial_without_payment_method] Ihre Testphase endet bald
    [trial_free] Ihre Testphase endet bald
   *[charged] Ihr Abonnement verlängert sich bald
  }
renewal-upcoming-what = { $stage ->
    [trial_converts] Ihre Testphase bei { $product } endet am { $date }. Danach wird Ihr Abonnement automatisch fortgesetzt, und wir ziehen { $amount } ein. Sie müssen nichts tun.
    [trial_without_payment_method] Ihre Testphase bei { $product } endet am { $date }. Uns liegen noch keine Zahlungsdaten vor. Bitte hinterlegen Sie sie bis dahin, wenn Sie für { $amount } weitermachen möchten.
    [trial_free] Ihre Testphase bei { $product } endet am { $date }. Es fallen keine Kosten an.
    [invoiced] Ihr { $product }-Abonnement verlängert sich am { $date }. Wir senden Ihnen eine Rechnung über { $amount }.
    [free] Ihr { $product }-Abonnement verlängert sich am { $date }. Dieses Mal ist nichts zu zahlen.
   *[charged] Ihr { $product }-Abonnement verlängert sich am { $date }. An diesem Tag ziehen wir { $amount } ein. Sie müssen nichts tun.
  }

## card_updated
card-updated-subject = Ihre Zahlungsdaten wurden aktualisiert
card-updated-title = Ihre Zahlungsdaten wurden aktualisiert
card-updated-what = { $stage ->
    [card] Ihr { $product }-Abonnement wird ab jetzt über die { $card } bezahlt.
    [sepa] die Zahlungen für Ihr { $product }-Abonnement ziehen wir ab jetzt per SEPA-Lastschrift ein.
    [unnamed] Ihr { $product }-Abonnement wird ab jetzt mit den neuen Zahlungsdaten bezahlt.
   *[other] Ihr { $product }-Abonnement wird ab jetzt mit { $brand } bezahlt.
  }
card-updated-not-you = Falls das weder Sie noch jemand aus Ihrem Team war, geben Sie uns bitte Bescheid.

## card_expiring
card-expiring-subject = { $days ->
    [one] Ihre Karte läuft in einem Tag ab
   *[other] Ihre Karte läuft in { $days } Tagen ab
  }
card-expiring-title = Ihre Karte läuft bald ab
card-expiring-what = die { $card }, über die Ihr { $product }-Abonnement bezahlt wird, läuft Ende { $card_expiry } ab. Bitte hinterlegen Sie bis dahin eine neue Karte, damit die nächste Zahlung gelingt.

## cancellation_scheduled
cancellation-scheduled-subject = Ihr { $product }-Abonnement endet am { $ends }
cancellation-scheduled-title = Ihr Abonnement endet
cancellation-scheduled-what = { $stage ->
    [requested] wie gewünscht endet Ihr { $product }-Abonnement am { $ends }.
   *[set] Ihr { $product }-Abonnement endet am { $ends }.
  }
cancellation-scheduled-data = Ihre Daten bleiben erhalten. Mit dem Ende des Abonnements wird nichts gelöscht.
cancellation-scheduled-data-days = { $retention_days ->
    [one] Danach bleiben Ihre Daten noch einen Tag erhalten. Wenn Sie bis dahin wieder abonnieren, finden Sie alles so vor, wie Sie es verlassen haben.
   *[other] Danach bleiben Ihre Daten noch { $retention_days } Tage erhalten. Wenn Sie bis dahin wieder abonnieren, finden Sie alles so vor, wie Sie es verlassen haben.
  }
cancellation-scheduled-stay = Haben Sie es sich anders überlegt? Bis zum Ende des Abonnements können Sie das jederzeit rückgängig machen.

## cancellation_withdrawn
cancellation-withdrawn-subject = Ihr { $product }-Abonnement läuft weiter
cancellation-withdrawn-title = Ihr Abonnement läuft weiter
cancellation-withdrawn-what = Ihr { $product }-Abonnement sollte am { $ends }, enden. Das wurde rückgängig gemacht, und Ihr Abonnement läuft weiter.

## subscription_paused, subscription_resumed
subscription-paused-subject = { $stage ->
    [collection] Die Zahlungen für Ihr { $product }-Abonnement sind ausgesetzt
   *[subscription] Ihr { $product }-Abonnement ist pausiert
  }
subscription-paused-title = { $stage ->
    [collection] Ihre Zahlungen sind ausgesetzt
   *[subscription] Ihr Abonnement ist pausiert
  }
subscription-paused-what = { $stage ->
    [collection] wir ziehen derzeit keine Zahlungen für Ihr { $product }-Abonnement ein. Ihr Zugang bleibt bestehen.
   *[subscription] Ihr { $product }-Abonnement wurde pausiert.
  }
subscription-paused-resumes = { $stage ->
    [collection] Ab { $resumes }, ziehen wir die Zahlungen wieder ein.
   *[subscription] Es wird am { $resumes }, fortgesetzt.
  }
subscription-resumed-subject = { $stage ->
    [collection] Die Zahlungen für Ihr { $product }-Abonnement laufen wieder
   *[subscription] Ihr { $product }-Abonnement läuft wieder
  }
subscription-resumed-title = { $stage ->
    [collection] Ihre Zahlungen laufen wieder
   *[subscription] Ihr Abonnement läuft wieder
  }
subscription-resumed-what = { $stage ->
    [collection] wir ziehen die Zahlungen für Ihr { $product }-Abonnement wieder ein.
   *[subscription] Ihr { $product }-Abonnement ist nicht mehr pausiert.
  }

## subscription_canceled
subscription-canceled-subject = Ihr { $product }-Abonnement ist beendet
subscription-canceled-title = Ihr Abonnement ist beendet
subscription-canceled-what = { $stage ->
    [requested] wie gewünscht ist Ihr { $product }-Abonnement nun beendet. Vielen Dank für Ihr Vertrauen.
    [payment_failed] die Zahlung für Ihr { $product }-Abonnement ist nicht bei uns eingegangen. Deshalb ist es nun beendet.
    [payment_disputed] eine Zahlung für Ihr { $product }-Abonnement wurde bei der Bank beanstandet. Deshalb ist Ihr Abonnement nun beendet.
    [trial_without_payment_method] Ihre Testphase bei { $product } endete, ohne dass Zahlungsdaten hinterlegt waren. Deshalb ist Ihr Abonnement nun beendet.
    [fixed_term] die Laufzeit Ihres { $product }-Abonnements ist abgelaufen. Vielen Dank für Ihr Vertrauen.
   *[unknown] Ihr { $product }-Abonnement ist beendet. Vielen Dank für Ihr Vertrauen.
  }
subscription-canceled-data = Ihre Daten bleiben erhalten. Es wurde nichts gelöscht.
subscription-canceled-data-days = { $retention_days ->
    [one] Ihre Daten bleiben noch einen Tag erhalten. Wenn Sie bis dahin wieder abonnieren, finden Sie alles so vor, wie Sie es verlassen haben.
   *[other] Ihre Daten bleiben noch { $retention_days } Tage erhalten. Wenn Sie bis dahin wieder abonnieren, finden Sie alles so vor, wie Sie es verlassen haben.
  }

## payment_failed_alert
payment-failed-alert-subject = { $tenant }: Zahlung über { $amount } fehlgeschlagen (Versuch { $attempt })
payment-failed-alert-title = Eine Zahlung ist fehlgeschlagen
payment-failed-alert-what = Eine Zahlung von { $tenant } ist fehlgeschlagen. Der Kunde wird per E-Mail benachrichtigt, sofern er nicht vorher zahlt.

## paid_after_cancel_alert
paid-after-cancel-alert-subject = { $tenant }: { $amount } nach Ende des Abonnements bezahlt
paid-after-cancel-alert-title = Eine Rechnung wurde nach dem Ende des Abonnements bezahlt
paid-after-cancel-alert-what = { $tenant } hat eine Rechnung zu einem bereits beendeten Abonnement bezahlt. Bitte entscheiden Sie, ob der Betrag erstattet oder ein neues Abonnement angelegt wird.

## Hinweise mit gemeinsamen Vorlagen. Vor dem Betreff steht der Name des Kunden und ein Doppelpunkt, oder „Dunlin:“, wo es keinen Kunden gibt.
invoice-overdue-alert-subject = Rechnung über { $amount } ist überfällig
invoice-overdue-alert-title = Eine Rechnung ist überfällig
invoice-overdue-alert-what = { $tenant } hat eine zugesandte Rechnung nicht bezahlt. Der Kunde wird per E-Mail benachrichtigt, sofern er nicht vorher zahlt.
invoice-voided-alert-subject = unbezahlte Rechnung über { $amount } storniert
invoice-voided-alert-title = Eine unbezahlte Rechnung wurde storniert
invoice-voided-alert-what = { $stage ->
    [one_off] Eine Rechnung an { $tenant } wurde storniert, nachdem die Zahlung fehlgeschlagen war. Sie wird also nicht mehr bezahlt. Bitte prüfen Sie, ob das so gewollt ist.
   *[subscription] Eine Rechnung an { $tenant } wurde storniert, nachdem die Zahlung fehlgeschlagen war. Das Abonnement läuft weiter, obwohl diese Rechnung nicht bezahlt wird. Bitte prüfen Sie, ob das so gewollt ist.
  }
invoice-uncollectible-alert-subject = unbezahlte Rechnung über { $amount } als uneinbringlich markiert
invoice-uncollectible-alert-title = Eine unbezahlte Rechnung wurde als uneinbringlich markiert
invoice-uncollectible-alert-what = Eine Rechnung an { $tenant } wurde als uneinbringlich markiert, nachdem die Zahlung fehlgeschlagen war. Das Abonnement läuft weiter, obwohl diese Rechnung nicht bezahlt ist. Bitte prüfen Sie, ob das so gewollt ist.
finalization-failed-alert-subject = Rechnung über { $amount } konnte nicht finalisiert werden
finalization-failed-alert-title = Eine Rechnung konnte nicht finalisiert werden
finalization-failed-alert-what = Stripe konnte eine Rechnung an { $tenant } nicht finalisieren. Bis das behoben ist, wird nichts eingezogen.
payment-attempt-required-alert-subject = { $amount } müssen außerhalb von Stripe eingezogen werden
payment-attempt-required-alert-title = Eine Rechnung muss außerhalb von Stripe eingezogen werden
payment-attempt-required-alert-what = Stripe kann die Zahlungsmethode einer Rechnung an { $tenant } nicht verarbeiten. Bitte ziehen Sie den Betrag außerhalb von Stripe ein, und erfassen Sie die Zahlung anschließend in Stripe.
subscription-unpaid-alert-subject = ein Abonnement wurde als unbezahlt markiert
subscription-unpaid-alert-title = Ein Abonnement wurde als unbezahlt markiert
subscription-unpaid-alert-what = Eines der Abonnements von { $tenant } wurde als unbezahlt markiert. Über ein anderes Abonnement besteht weiterhin Zugang.
dispute-alert-subject = { $stage ->
    [closed] Zahlungsanfechtung abgeschlossen ({ $outcome })
    [opened] Zahlung über { $amount } angefochten
   *[opened_amount_unknown] Zahlung angefochten
  }
dispute-alert-title = { $stage ->
    [closed] Eine Zahlungsanfechtung ist abgeschlossen
   *[opened] Eine Zahlung wurde angefochten
  }
dispute-alert-what = { $stage ->
    [closed] Die Anfechtung einer Zahlung ist abgeschlossen. Ergebnis: { $outcome }.
   *[opened] Eine Zahlung wurde bei der Bank angefochten. Bitte antworten Sie in Stripe, bevor die dort genannte Frist abläuft.
  }
early-fraud-warning-alert-subject = Betrugsverdacht bei einer Zahlung
early-fraud-warning-alert-title = Eine Zahlung könnte betrügerisch sein
early-fraud-warning-alert-what = Ein Kartennetzwerk warnt, dass eine Zahlung betrügerisch sein könnte. Wird sie jetzt erstattet, lässt sich eine Anfechtung unter Umständen vermeiden.
payer-with-new-customer-subject = Zahlung von einem anderen Stripe-Kunden
payer-with-new-customer-title = Jemand hat als anderer Stripe-Kunde bezahlt
payer-with-new-customer-what = Jemand hat für { $tenant } als Stripe-Kunde { $customer } bezahlt, { $tenant } ist aber { $bound_to } zugeordnet. Entscheiden Sie mit „dunlin tenant proposals“, was richtig ist.
cancellation-scheduled-alert-subject = Abonnement endet am { $ends }
cancellation-scheduled-alert-title = Ein Abonnement wird enden
cancellation-scheduled-alert-what = { $stage ->
    [requested] { $tenant } hat darum gebeten, das Abonnement am { $ends }, zu beenden.
   *[set] Das Abonnement von { $tenant } soll am { $ends }, enden. Wer das veranlasst hat, ist nicht bekannt.
  }
cancellation-withdrawn-alert-subject = Kündigung zurückgenommen
cancellation-withdrawn-alert-title = Ein Abonnement läuft doch weiter
cancellation-withdrawn-alert-what = Das Abonnement von { $tenant } sollte am { $ends }, enden. Das wurde rückgängig gemacht, und es läuft weiter.

## churn_alert
churn-alert-subject = { $stage ->
    [requested] Kunde verloren: { $tenant } (gekündigt)
    [payment_failed] Kunde verloren: { $tenant } (Zahlung fehlgeschlagen)
    [payment_disputed] Kunde verloren: { $tenant } (Zahlung angefochten)
    [trial_without_payment_method] Kunde verloren: { $tenant } (Testphase beendet)
    [fixed_term] Kunde verloren: { $tenant } (Laufzeit abgelaufen)
   *[unknown] Kunde verloren: { $tenant }
  }
churn-alert-title = { $tenant } hat kein Abonnement mehr
churn-alert-what = Das Abonnement ist beendet.
reason-requested = Auf Wunsch gekündigt
reason-payment_failed = Zahlung fehlgeschlagen
reason-payment_disputed = Zahlung angefochten
reason-retention_policy = Nach den Aufbewahrungsregeln von Stripe entfernt
reason-trial_without_payment_method = Testphase endete ohne Zahlungsdaten
reason-fixed_term = Laufzeit abgelaufen
reason-unknown = Unbekannt
feedback-customer_service = Der Kundenservice entsprach nicht den Erwartungen
feedback-low_quality = Die Qualität entsprach nicht den Erwartungen
feedback-missing_features = Es fehlen Funktionen
feedback-other = Sonstiges
feedback-switched_service = Wechsel zu einem anderen Anbieter
feedback-too_complex = Zu schwierig zu bedienen
feedback-too_expensive = Zu teuer
feedback-unused = Wird zu wenig genutzt
told-payment_failed = Zahlung fehlgeschlagen
told-payment_action_required = Zahlung zu bestätigen
told-payment_recovered = Zahlung eingegangen
told-invoice_due_soon = Rechnung bald fällig
told-invoice_overdue = Rechnung überfällig
told-access_suspended = Zugang gesperrt
tried-none = Zur Zahlung wurde keine E-Mail gesendet.

## address_rejected
address-rejected-subject = { $tenant }: ein Kontakt ist per E-Mail nicht erreichbar
address-rejected-title = Ein Kontakt ist nicht erreichbar
address-rejected-what = Der Mailserver hat { $email } dauerhaft abgewiesen. Wir schreiben nicht mehr an diese Adresse. E-Mails gehen an die übrigen Kontakte des Kunden, falls es welche gibt.
address-rejected-how = Korrigieren Sie den Kontakt, oder lassen Sie die Adresse wieder zu mit: dunlin mail allow { $email }
address-rejected-ours-subject = Dunlin: { $email } ist per E-Mail nicht erreichbar
address-rejected-ours-title = Eine Ihrer eigenen Adressen ist nicht erreichbar
address-rejected-ours-what = Der Mailserver hat { $email } dauerhaft abgewiesen. Wir schreiben nicht mehr an diese Adresse.
address-rejected-ours-how = Korrigieren Sie die Adresse in DUNLIN_MAIL_ADMIN oder DUNLIN_MAIL_SALES, oder lassen Sie sie wieder zu mit: dunlin mail allow { $email }

## mail_refused
mail-refused-subject = Dunlin: der Mailserver weist unsere E-Mails ab
mail-refused-title = Der Mailserver weist unsere E-Mails ab
mail-refused-what = Am { $since } hat der Mailserver eine E-Mail von Dunlin abgewiesen. An keiner Adresse liegt es, und keine wurde gesperrt. E-Mails warten und werden erneut versucht.
mail-refused-how = Prüfen Sie DUNLIN_SMTP_URL, DUNLIN_MAIL_FROM und DUNLIN_MAIL_EHLO_NAME mit: dunlin mail test ADRESSE
fact-server-reply = Antwort des Mailservers

## test
test-subject = Dunlin: Test-E-Mail
test-title = Es funktioniert
test-what = Diese E-Mail wurde gesendet mit: dunlin mail test. Sie ging denselben Weg wie alle anderen.

## digest
digest-subject = Dunlin: { $waiting ->
    [one] ein Punkt braucht Ihre Aufmerksamkeit
   *[other] { $waiting } Punkte brauchen Ihre Aufmerksamkeit
  }
digest-title = Offene Punkte
digest-what = Vom { $since } bis zum { $until }:
digest-quarantined = { $quarantined ->
    [one] Eine Zustellung von Stripe konnte nicht gelesen werden. Sie wurde aufbewahrt und blieb ohne Wirkung.
   *[other] { $quarantined } Zustellungen von Stripe konnten nicht gelesen werden. Sie wurden aufbewahrt und blieben ohne Wirkung.
  }
digest-dead = { $dead_count ->
    [one] Eine Nachricht wurde aufgegeben:
   *[other] { $dead_count } Nachrichten wurden aufgegeben:
  }
digest-unknown = { $unknown_count ->
    [one] Bei einer Nachricht ist unklar, ob sie gesendet wurde:
   *[other] Bei { $unknown_count } Nachrichten ist unklar, ob sie gesendet wurden:
  }
digest-how = Mit „dunlin notice list“ sehen Sie sie, mit „dunlin notice retry“ oder „dunlin notice drop“ versuchen Sie es erneut oder verwerfen sie.

## drift_alert
drift-alert-subject = Dunlin: { $drift_count ->
    [one] eine Abweichung von Stripe
   *[other] { $drift_count } Abweichungen von Stripe
  }
drift-alert-title = Webhooks sind ausgeblieben
drift-alert-what = { $drift_count ->
    [one] Seit { $since } ergab der Abgleich mit Stripe eine Änderung, die kein Webhook gemeldet hatte. Sie wurde korrigiert.
   *[other] Seit { $since } ergab der Abgleich mit Stripe { $drift_count } Änderungen, die kein Webhook gemeldet hatte. Sie wurden korrigiert.
  }
drift-alert-unlisted = { $drift_unlisted ->
    [one] Eine weitere steht in GET /api/v1/drift.
   *[other] { $drift_unlisted } weitere stehen in GET /api/v1/drift.
  }
drift-alert-how = Mit „dunlin doctor“ finden Sie heraus, was die Webhooks aufhält. Die nächste E-Mail dieser Art kommt frühestens in einer Stunde.

## Angaben in Listen
fact-tenant = Kunde
fact-amount = Betrag
fact-attempt = Versuch
fact-next-attempt = Nächster Versuch
fact-due = Fällig am
fact-ends = Abonnement endet am
fact-invoice = Rechnung
fact-invoice-number = Rechnungsnummer
fact-charge = Zahlung
fact-dispute = Fall
fact-outcome = Ergebnis
fact-payer = Bezahlt als
fact-bound-to = Zugeordnet zu
fact-subscription = Abonnement
fact-access-until = Zugang bis
fact-reason = Grund
fact-feedback = Rückmeldung
fact-comment = Kommentar
fact-since = Abonnement seit
fact-tenure = Kunde seit
fact-price = Preis pro Zeitraum
fact-last-paid = Letzte Zahlung
fact-failed-attempts = Fehlgeschlagene Versuche
fact-tried = Bereits gesendete E-Mails zur Zahlung
fact-reply = Antwort des Mailservers
outcome-won = gewonnen
outcome-lost = verloren
outcome-warning_closed = ohne Rückbuchung abgeschlossen
tenure = { $tenure_days ->
    [one] einem Tag
   *[other] { $tenure_days } Tagen
  }
card-ending = { $network ->
    [unknown] Karte mit den Endziffern { $last4 }
    [mastercard] Mastercard mit den Endziffern { $last4 }
   *[other] { $brand }-Karte mit den Endziffern { $last4 }
  }
card-other = { $network ->
    [unknown] Karte
    [mastercard] Mastercard
   *[other] { $brand }-Karte
  }

## Seiten, auf denen ein Zahlungslink endet
page-paid-title = Bereits bezahlt, vielen Dank
page-paid-what = Diese Rechnung ist bezahlt. Sie müssen nichts weiter tun.
page-later-title = Bitte versuchen Sie es in ein paar Minuten noch einmal
page-later-what = Die Zahlungsseite lässt sich gerade nicht öffnen. Es wurde nichts abgebucht, und der Link funktioniert weiterhin.
page-gone-title = Dieser Link ist nicht gültig
page-gone-what = Vielleicht ist er unvollständig oder zu alt. Bitte verwenden Sie den Link aus der neuesten E-Mail, die Sie erhalten haben.
page-billing = Zur Abrechnung
page-help = Fragen? Schreiben Sie an { $support }.
