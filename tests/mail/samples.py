"""Mails of invented companies, in five languages, and what a careful reader takes from each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage

#: Every sample came in on this day unless it says otherwise.
DAY = date(2026, 3, 2)
STAMP = "Mon, 02 Mar 2026 09:00:00 +0000"


@dataclass(frozen=True)
class Sample:
    """A mail, and what it announces (``about`` empty: it is no notice)."""

    name: str
    subject: str
    body: str
    about: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    until: tuple[tuple[str, date], ...] = ()
    html: bool = False
    why: str = ""
    remark: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def raw(
    subject: str,
    body: str,
    *,
    sender: str = "Quayside Ledger <legal@mail.quayside.example>",
    html: bool = False,
    stamp: str = STAMP,
    received: str = STAMP,
    message_id: str = "<n1@quayside.example>",
    headers: dict[str, str] | None = None,
) -> bytes:
    """A mail as a server hands it over."""
    message = EmailMessage()
    if received:
        message["Received"] = f"from mail.quayside.example by mx.ours.example; {received}"
    message["From"] = sender
    message["To"] = "Team <legal@ours.example>"
    message["Subject"] = subject
    message["Date"] = stamp
    message["Message-ID"] = message_id
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(body, subtype="html" if html else "plain")
    return message.as_bytes()


def of(sample: Sample) -> bytes:
    """The bytes of a sample."""
    return raw(sample.subject, sample.body, html=sample.html, headers=sample.extra)


SAMPLES = [
    Sample(
        "en privacy, date and deadline",
        "We're updating our Privacy Policy",
        "Hello,\n\nWe are updating our Privacy Policy to explain how our new mobile app works. The "
        "updated policy takes effect on April 1, 2026.\n\nIf you do not agree, you can close your "
        "account before April 1, 2026.\n\nKind regards,\nQuayside Ledger\n\n"
        "Unsubscribe | Privacy Policy\n",
        ("privacy",), (date(2026, 4, 1),), (("termination", date(2026, 3, 31)),),
    ),
    Sample(
        "en terms and privacy, a date without a year",
        "Changes to our Terms of Service and Privacy Notice",
        "Dear customer,\n\nStarting May 15, our new Terms of Service and our revised Privacy "
        "Notice will apply to all accounts.\n",
        ("privacy", "terms"), (date(2026, 5, 15),),
    ),
    Sample(
        "en subprocessor with an objection window",
        "Notice of a new sub-processor",
        "Dear customer,\n\nUnder section 7 of the data processing agreement we inform you that we "
        "intend to add a new sub-processor, Birch Freight GmbH (Germany), for e-mail delivery. "
        "The new sub-processor will start on 15 April 2026. You may object within 14 days of this "
        "notice by writing to privacy@quayside.example.\n",
        ("subprocessors",), (date(2026, 4, 15),), (("objection", date(2026, 3, 16)),),
    ),
    Sample(
        "en thirty days from this e-mail",
        "An update to our Data Processing Addendum",
        "<html><body><table><tr><td><h2>We have amended our Data Processing Addendum</h2>"
        "<p>The amended addendum will take effect thirty (30) days from the date of this email.</p>"
        "<p>You can read it <a href='https://click.quayside.example/t?u="
        "https%3A%2F%2Fquayside.example%2Fdpa&amp;n=1'>here</a>.</p></td></tr></table></body></html>",
        ("dpa",), (date(2026, 4, 1),), html=True,
    ),
    Sample(
        "en price",
        "Your subscription price is changing",
        "Hi,\n\nWe are increasing the price of the Harbour plan from 10 to 12 euros a month. The "
        "new price applies from 1 June 2026. You can cancel your subscription until 31 May 2026.\n",
        ("price",), (date(2026, 6, 1),), (("termination", date(2026, 5, 31)),),
    ),
    Sample(
        "en documents in a list",
        "Legal updates",
        "<p>We are changing the following documents:</p><ul><li>Privacy Policy</li>"
        "<li>Cookie Policy</li></ul><p>All changes become effective on 10 April 2026.</p>",
        ("privacy", "cookies"), (date(2026, 4, 10),), html=True,
    ),
    Sample(
        "en a date that may be two days",
        "Updated Terms of Use",
        "We have updated our Terms of Use. They take effect on 04/05/2026.\n",
        ("terms",), (), remark='"04/05/2026" can be read as two days',
    ),
    Sample(
        "en two days",
        "Our new Terms of Service",
        "Our new Terms of Service take effect on 1 April 2026 for new customers. For everybody "
        "else the new terms take effect on 1 May 2026.\n",
        ("terms",), (date(2026, 4, 1), date(2026, 5, 1)), remark="several days are stated",
    ),
    Sample(
        "it terms",
        "Aggiornamento delle Condizioni generali di servizio",
        "Gentile cliente,\n\nle comunichiamo che abbiamo modificato le nostre Condizioni generali "
        "di servizio. Le nuove condizioni entreranno in vigore dal 1 aprile 2026.\n\nPotrà "
        "recedere dal contratto entro il 31 marzo 2026.\n",
        ("terms",), (date(2026, 4, 1),), (("termination", date(2026, 3, 31)),),
    ),
    Sample(
        "it privacy, days from receipt",
        "La nostra informativa sulla privacy cambia",
        "Gentile utente,\n\nabbiamo aggiornato la nostra informativa sulla privacy. Le modifiche "
        "entreranno in vigore trascorsi 30 giorni dal ricevimento di questa e-mail.\n",
        ("privacy",), (date(2026, 4, 1),),
    ),
    Sample(
        "it subprocessors",
        "Nuovo sub-responsabile del trattamento",
        "Gentile cliente,\n\nla informiamo che intendiamo ricorrere a un nuovo sub-responsabile, "
        "Ontano S.r.l., a partire dal 20 aprile 2026. Può opporsi entro il 15 aprile 2026.\n",
        ("subprocessors",), (date(2026, 4, 20),), (("objection", date(2026, 4, 15)),),
    ),
    Sample(
        "fr terms, days from this e-mail",
        "Nos conditions évoluent",
        "Bonjour,\n\nNous mettons à jour nos conditions générales d'utilisation. Elles entreront "
        "en vigueur 30 jours à compter de la date de cet e-mail.\n\nL'équipe Quai Bleu\n",
        ("terms",), (date(2026, 4, 1),),
    ),
    Sample(
        "fr privacy with a deadline",
        "Mise à jour de notre politique de confidentialité",
        "<p>Bonjour,</p><p>Nous avons modifié notre politique de confidentialité. La nouvelle "
        "version entre en vigueur le 1er avril 2026.</p><p>Vous pouvez résilier votre contrat "
        "avant le 1er avril 2026 si vous n'acceptez pas ces modifications.</p>",
        ("privacy",), (date(2026, 4, 1),), (("termination", date(2026, 3, 31)),), html=True,
    ),
    Sample(
        "de privacy with objection",
        "Änderung unserer Datenschutzerklärung",
        "Guten Tag,\n\nwir ändern zum 1. April 2026 unsere Datenschutzerklärung. Sie können den "
        "Änderungen innerhalb von 14 Tagen nach Erhalt dieser E-Mail widersprechen.\n",
        ("privacy",), (date(2026, 4, 1),), (("objection", date(2026, 3, 16)),),
    ),
    Sample(
        "de terms",
        "Neue Nutzungsbedingungen ab 1. Mai",
        "Liebe Kundin, lieber Kunde,\n\nwir passen unsere Nutzungsbedingungen an. Die neuen "
        "Nutzungsbedingungen gelten ab dem 1. Mai 2026. Sie können den Vertrag bis zum "
        "30. April 2026 kündigen.\n",
        ("terms",), (date(2026, 5, 1),), (("termination", date(2026, 4, 30)),),
    ),
    Sample(
        "de price",
        "Preisanpassung",
        "Guten Tag,\n\nwir erhöhen den Preis für den Tarif Hafen um 2 Euro im Monat. Die "
        "Preisänderung tritt am 1. Juni 2026 in Kraft.\n",
        ("price",), (date(2026, 6, 1),),
    ),
    Sample(
        "es privacy, a date without a year",
        "Cambios en nuestra Política de privacidad",
        "Hola:\n\nHemos actualizado nuestra Política de privacidad. Los cambios entrarán en vigor "
        "el 1 de abril.\n",
        ("privacy",), (date(2026, 4, 1),),
    ),
    Sample(
        "es terms and deadline",
        "Nuevas condiciones del servicio",
        "Estimado cliente:\n\nLe informamos de que hemos modificado nuestras condiciones "
        "generales. Las nuevas condiciones entran en vigor el 15 de abril de 2026. Puede cancelar "
        "el contrato hasta el 14 de abril de 2026.\n",
        ("terms",), (date(2026, 4, 15),), (("termination", date(2026, 4, 14)),),
    ),
    Sample(
        "en receipt",
        "Your receipt 20-117",
        "Thank you for your purchase. Amount paid: 24.00 EUR. Our terms and conditions apply.\n\n"
        "Privacy Policy | Terms\n",
        why="a receipt or an invoice",
    ),
    Sample(
        "en newsletter",
        "What's new in March",
        "A new dashboard, faster exports and a webinar on 20 March 2026. Our blog has updated "
        "tips.\n\nYou receive this newsletter because you subscribed. Unsubscribe. "
        "Privacy Policy\n",
        why="a newsletter",
    ),
    Sample(
        "en may change",
        "Welcome to Quayside",
        "Welcome! Prices may change. We may update our Privacy Policy from time to time.\n",
        why="no sentence says",
    ),
    Sample(
        "en nothing changes",
        "About our merger",
        "We have moved to a new office on 1 April 2026. We are not changing our Privacy Policy.\n",
        why="no sentence says",
    ),
    Sample(
        "it receipt",
        "Ricevuta di pagamento",
        "Grazie per l'acquisto. Importo pagato: 12 euro. Si applicano le condizioni generali.\n",
        why="a receipt or an invoice",
    ),
    Sample(
        "de newsletter",
        "Neues im Hafen",
        "Unser Webinar am 12. März 2026 zeigt die neue Oberfläche. Abmelden | "
        "Datenschutzerklärung\n",
        why="it reads like",
    ),
    Sample(
        "fr account",
        "Votre code de vérification",
        "Votre code de vérification est 314 159. Ne le communiquez à personne.\n",
        why="a message about an account",
    ),
    Sample(
        "es newsletter",
        "Novedades del mes",
        "Este mes: nueva aplicación y un descuento hasta el 30 de abril de 2026. Darse de baja | "
        "Política de privacidad\n",
        why="a newsletter",
    ),
]  # fmt: skip
