# Alle Mails auf Deutsch. $tenant, $product und die anderen Argumente sind reiner Text, bereits für diese Sprache formatiert.
language = Deutsch

## Beträge
money-symbol = { $number }{"\u00A0"}{ $symbol }
money-code = { $number }{"\u00A0"}{ $code }
symbol-usd = $
symbol-eur = €
symbol-gbp = £
symbol-jpy = ¥

## Was jede Mail hat
greeting = Guten Tag { $tenant },
sign-off = Mit freundlichen Grüßen
team = Ihr { $product }-Team
why-you = Sie erhalten diese Mail, weil Sie bei { $product } als Ansprechpartner für { $tenant } hinterlegt sind.
help = Haben Sie Fragen? Antworten Sie einfach auf diese Mail.
help-at = Haben Sie Fragen? Antworten Sie einfach auf diese Mail oder schreiben Sie an { $support }.
internal-footer = Von Dunlin an das eigene Team von { $product } gesendet. Niemand sonst hat diese Mail erhalten.
pay-now = Jetzt { $amount } bezahlen
confirm-now = Zahlung bestätigen
update-card = Zahlungsdaten aktualisieren
access-until = Ihr Zugang bleibt bis { $access_until } vollständig erhalten.
no-login = Der Link erfordert keine Anmeldung. Sie können ihn an die Person weiterleiten, die Ihre Rechnungen bezahlt.

## payment_failed
payment-failed-subject = { $stage ->
    [first] Ihre Zahlung über { $amount } konnte nicht eingezogen werden
    [last] Bitte handeln Sie jetzt: { $amount } sind noch offen
   *[middle] Ihre Zahlung über { $amount } ist erneut fehlgeschlagen
  }
payment-failed-title = { $stage ->
    [first] Ihre Zahlung konnte nicht eingezogen werden
    [last] Bitte zahlen Sie jetzt, um Ihren Zugang zu behalten
   *[middle] Ihre Zahlung ist erneut fehlgeschlagen
  }
payment-failed-what = { $stage ->
    [first] Wir haben versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen, und die Zahlung ist nicht zustande gekommen. Das kann vorkommen und ist meist in einer Minute behoben.
    [last] Wir haben { $attempt } Mal versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen, jedes Mal ohne Erfolg. Bitte zahlen Sie jetzt, damit Ihr Abonnement nicht endet.
   *[middle] Wir haben erneut versucht, { $amount } für Ihr { $product }-Abonnement einzuziehen (Versuch { $attempt }), und die Zahlung ist wieder fehlgeschlagen. Bitte prüfen Sie Ihre Zahlungsdaten.
  }
payment-failed-next = Der nächste Versuch erfolgt am { $next_attempt }. Sie müssen nicht darauf warten.

## payment_action_required
payment-action-required-subject = Bitte bestätigen Sie Ihre Zahlung über { $amount }
payment-action-required-title = Ihre Bank bittet um eine Bestätigung
payment-action-required-what = Die Zahlung über { $amount } für Ihr { $product }-Abonnement wartet auf die Bestätigung des Karteninhabers. Nur er kann sie geben; weitere Versuche helfen nicht.

## payment_recovered
payment-recovered-subject = Zahlung eingegangen: { $amount }
payment-recovered-title = Vielen Dank, Ihre Zahlung ist eingegangen
payment-recovered-what = Wir haben { $amount } für Ihr { $product }-Abonnement erhalten. Alles ist wieder in Ordnung, Sie müssen nichts weiter tun.

## access_suspended
access-suspended-subject = Ihr Zugang zu { $product } ist gesperrt
access-suspended-title = Ihr Zugang ist gesperrt
access-suspended-what = Wir konnten die Zahlung für Ihr { $product }-Abonnement nicht einziehen, und die Frist dafür ist abgelaufen.
access-suspended-amount = Offen sind { $amount }. Sobald der Betrag bezahlt ist, ist Ihr Zugang wieder frei.
access-suspended-data = Ihre Daten sind weiterhin vorhanden. Nichts wurde gelöscht.

## trial_started
trial-started-subject = Ihre Testphase bei { $product } hat begonnen
trial-started-title = Willkommen bei { $product }
trial-started-what = Ihre Testphase hat begonnen. Sehen Sie sich in Ruhe um.
trial-started-until = Sie läuft bis { $date }.

## trial_ending
trial-ending-subject = Ihre Testphase endet am { $date }
trial-ending-title = Ihre Testphase endet bald
trial-ending-what = Ihre Testphase bei { $product } endet am { $date }. Wenn Zahlungsdaten hinterlegt sind, geht Ihr Abonnement von selbst weiter. Andernfalls ergänzen Sie sie bitte bis dahin.

## trial_expired
trial-expired-subject = Ihre Testphase bei { $product } ist beendet
trial-expired-title = Ihre Testphase ist beendet
trial-expired-what = Ihre Testphase ist beendet, und noch folgt kein Abonnement. Hinterlegen Sie Ihre Zahlungsdaten, um dort weiterzumachen, wo Sie aufgehört haben.
trial-expired-data = Ihre Daten sind weiterhin vorhanden. Nichts wurde gelöscht.

## renewal_upcoming
renewal-upcoming-subject = Ihr Abonnement verlängert sich am { $date }
renewal-upcoming-title = Ihr Abonnement verlängert sich bald
renewal-upcoming-what = Ihr { $product }-Abonnement verlängert sich am { $date }. Wir ziehen dann { $amount } ein. Sie müssen nichts tun.

## card_updated
card-updated-subject = Ihre Zahlungsdaten wurden aktualisiert
card-updated-title = Ihre Zahlungsdaten wurden aktualisiert
card-updated-what = Für Ihr { $product }-Abonnement verwenden wir ab jetzt: { $card }.
card-updated-not-you = Falls das weder Sie noch jemand aus Ihrem Team war, geben Sie uns bitte Bescheid.

## card_expiring
card-expiring-subject = { $days ->
    [one] Ihre Karte läuft in einem Tag ab
   *[other] Ihre Karte läuft in { $days } Tagen ab
  }
card-expiring-title = Ihre Karte läuft bald ab
card-expiring-what = Ihr { $product }-Abonnement wird damit bezahlt: { $card }, gültig bis { $card_expiry }. Bitte hinterlegen Sie bis dahin eine neue Karte, damit die nächste Zahlung gelingt.

## subscription_canceled
subscription-canceled-subject = Ihr { $product }-Abonnement ist beendet
subscription-canceled-title = Ihr Abonnement ist beendet
subscription-canceled-what = { $stage ->
    [payment_failed] Wir konnten die Zahlung für Ihr { $product }-Abonnement nicht einziehen. Deshalb ist es nun beendet.
    [payment_disputed] Eine Zahlung für Ihr { $product }-Abonnement wurde bei der Bank beanstandet. Deshalb ist es nun beendet.
   *[requested] Wie gewünscht ist Ihr { $product }-Abonnement nun beendet. Danke für die gemeinsame Zeit.
  }
subscription-canceled-data = Ihre Daten bleiben erhalten. Nichts wurde gelöscht.
subscription-canceled-data-days = { $retention_days ->
    [one] Ihre Daten bleiben noch einen Tag erhalten. Wenn Sie bis dahin wieder abonnieren, finden Sie alles so vor, wie Sie es verlassen haben.
   *[other] Ihre Daten bleiben { $retention_days } Tage erhalten. Wenn Sie bis dahin wieder abonnieren, finden Sie alles so vor, wie Sie es verlassen haben.
  }

## payment_failed_alert
payment-failed-alert-subject = { $tenant }: Zahlung über { $amount } fehlgeschlagen (Versuch { $attempt })
payment-failed-alert-title = Eine Zahlung ist fehlgeschlagen
payment-failed-alert-what = { $tenant } konnte nicht belastet werden. Der Kunde erfährt es per Mail, sofern er nicht vorher zahlt.

## paid_after_cancel_alert
paid-after-cancel-alert-subject = { $tenant }: { $amount } nach Kündigung bezahlt
paid-after-cancel-alert-title = Eine Rechnung wurde nach dem Ende des Abonnements bezahlt
paid-after-cancel-alert-what = { $tenant } hat eine Rechnung bezahlt, deren Abonnement beendet ist. Jemand sollte entscheiden: erstatten oder ein neues Abonnement beginnen.

## churn_alert
churn-alert-subject = Kunde verloren: { $tenant } { $stage ->
    [payment_failed] (Zahlung fehlgeschlagen)
    [payment_disputed] (Zahlung beanstandet)
   *[requested] (gekündigt)
  }
churn-alert-title = { $tenant } ist gegangen
churn-alert-what = Das Abonnement ist beendet und der Zugang geschlossen. Die Daten bleiben erhalten.
reason-requested = Auf Wunsch gekündigt
reason-payment_failed = Zahlung fehlgeschlagen
reason-payment_disputed = Zahlung beanstandet
tried-none = Zu Zahlungen wurde keine Mail gesendet.

## address_rejected
address-rejected-subject = { $tenant }: ein Ansprechpartner ist per Mail nicht erreichbar
address-rejected-title = Ein Ansprechpartner ist nicht erreichbar
address-rejected-what = Der Mailserver hat { $email } endgültig abgewiesen. An die Adresse wird nicht mehr geschrieben; Mails gehen an die übrigen Ansprechpartner, falls es welche gibt.
address-rejected-how = Korrigieren Sie den Ansprechpartner, oder lassen Sie die Adresse wieder zu mit: dunlin mail allow { $email }

## digest
digest-subject = Dunlin: { $waiting ->
    [one] eine Sache wartet auf Sie
   *[other] { $waiting } Dinge warten auf Sie
  }
digest-title = Was auf einen Menschen wartet
digest-what = Von { $since } bis { $until }:
digest-quarantined = { $quarantined ->
    [one] Eine Zustellung von Stripe konnte nicht gelesen werden. Sie ist aufbewahrt und blieb ohne Wirkung.
   *[other] { $quarantined } Zustellungen von Stripe konnten nicht gelesen werden. Sie sind aufbewahrt und blieben ohne Wirkung.
  }
digest-dead = { $dead_count ->
    [one] Eine Nachricht wurde aufgegeben:
   *[other] { $dead_count } Nachrichten wurden aufgegeben:
  }
digest-unknown = { $unknown_count ->
    [one] Bei einer Nachricht ist unklar, ob sie gesendet wurde:
   *[other] Bei { $unknown_count } Nachrichten ist unklar, ob sie gesendet wurden:
  }
digest-how = Sie sehen sie mit „dunlin notice list“ und entscheiden mit „dunlin notice retry“ oder „dunlin notice drop“.

## drift_alert
drift-alert-subject = Dunlin: { $drift_count ->
    [one] eine Sache war nicht, wie Stripe sie hat
   *[other] { $drift_count } Dinge waren nicht, wie Stripe sie hat
  }
drift-alert-title = Webhooks sind nicht angekommen
drift-alert-what = { $drift_count ->
    [one] Seit { $since } wurde Stripe gefragt und nannte eine Sache, von der kein Webhook berichtet hatte. Sie ist berichtigt.
   *[other] Seit { $since } wurde Stripe gefragt und nannte { $drift_count } Dinge, von denen kein Webhook berichtet hatte. Sie sind berichtigt.
  }
drift-alert-unlisted = { $drift_unlisted ->
    [one] Eine weitere steht in GET /api/v1/drift.
   *[other] { $drift_unlisted } weitere stehen in GET /api/v1/drift.
  }
drift-alert-how = „dunlin doctor“ sucht, was Webhooks aufhält. Die nächste solche Mail kommt frühestens in einer Stunde.

## Angaben in Listen
fact-tenant = Mandant
fact-amount = Betrag
fact-attempt = Versuch
fact-next-attempt = Nächster Versuch
fact-invoice = Rechnung
fact-subscription = Abonnement
fact-access-until = Zugang bis
fact-reason = Grund
fact-feedback = Rückmeldung
fact-comment = Kommentar
fact-since = Kunde seit
fact-tenure = Dauer
fact-price = Preis pro Zeitraum
fact-failed-attempts = Fehlgeschlagene Versuche
fact-tried = An sie gesendete Mails
fact-reply = Antwort des Mailservers
tenure = { $tenure_days ->
    [one] ein Tag
   *[other] { $tenure_days } Tage
  }
card-ending = die { $brand }-Karte mit den Endziffern { $last4 }
card-other = { $brand }

## Seiten, auf denen ein Zahlungslink endet
page-paid-title = Bereits bezahlt, vielen Dank
page-paid-what = Diese Rechnung ist bezahlt. Sie müssen nichts weiter tun.
page-later-title = Bitte versuchen Sie es in ein paar Minuten noch einmal
page-later-what = Die Zahlungsseite lässt sich gerade nicht öffnen. Es wurde nichts abgebucht, und der Link funktioniert weiterhin.
page-gone-title = Dieser Link führt nirgendwohin
page-gone-what = Vielleicht ist er unvollständig oder zu alt. Bitte verwenden Sie den Link aus der neuesten E-Mail, die Sie erhalten haben.
page-billing = Zur Abrechnung
page-help = Fragen? Schreiben Sie an { $support }.
