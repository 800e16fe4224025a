"""Policies of invented companies, and pages that stand in for them."""

from __future__ import annotations

from monitor.model import Document
from monitor.segmentation import segment


def document(text: str, language: str = "en", *, title: str = "", seen: int = 0) -> Document:
    """A Markdown text as the gate gets it; ``seen`` counts the page's visible characters."""
    return Document(
        text,
        segment(text),
        "text/markdown",
        title=title,
        language=language,
        visible_chars=seen or len(text),
    )


PRIVACY = """\
# Privacy Policy of Larkspur Tools

Last updated: 3 March 2025

Larkspur Tools Limited, 14 Quayside, Bristol, is the controller of the personal data described in
this policy. It applies to our website, our apps and the workshops that we hold.

## What we collect

When you open an account we ask for your name, e-mail address and password. When you log in, we
record the time and the address from which the request came.

- orders and the addresses to which we deliver them;
- messages that you send to our support, with any pictures attached to them;
- cookies and similar identifiers, unless you reject all of them in the cookie settings.

If an error occurs while you pay, our provider tells us which error it was, so that you can try
again later.

## How we use it

We use your data to deliver what you bought, to answer your questions, to keep our service secure
and to improve our tools. We do not use it for advertising, and we never sell it to anybody.

## Whom we share it with

We share personal data with carriers, with the provider that processes payments and with the
accountants that the law obliges us to keep. Each of them is bound by a contract to follow our
instructions.

## How long we keep it

We keep invoices for six years because tax law requires it. Accounts that nobody used for two years
are deleted, together with all messages, after a reminder by e-mail.

## Your rights

You may ask for a copy of your data, have it corrected or erased, restrict or object to its
processing, and take it with you. Write to privacy@larkspur.example; we answer within thirty days.
You may also lodge a complaint with the supervisory authority where you live.

## Children

Our service is not meant for anybody under the age of 16. If we learn that a child gave us personal
data without the consent of a parent, we delete it without delay.

## Where data is stored

Data is stored in Ireland. Where a provider sits outside the European Economic Area, the standard
contractual clauses approved by the Commission apply to the transfer.

## Changes

We announce changes of this policy by e-mail at least thirty days before they take effect. Your
continued use of the service after that date means that you accept the new version.
"""

#: The same company's policy, written anew from the first word to the last.
PRIVACY_ANEW = """\
# Larkspur Tools: your privacy

Effective from 1 September 2025

We rewrote this notice so that it can be read in five minutes. Larkspur Tools Limited decides why
and how personal data is processed, and answers for it.

## Information about you

To have an account with us you provide a name, an e-mail address and a password. Orders, delivery
addresses and messages to support are kept with the account. Our pages set cookies only where you
agreed. A log of sign-ins protects the account against misuse of your data by others.

## Purposes and legal bases

Contract: we deliver what you bought and answer questions about it. Legitimate interest: we keep
the service secure and improve our tools. Legal obligation: we file invoices as tax law requires.
Consent: cookies, which you may withdraw in the settings at any time. We never sell data and use
none of it for advertising.

## Recipients

Carriers, a payment provider and our accountants process data for us under a contract that binds
them to our instructions. Authorities receive personal data only where the law obliges us.

## Storage and transfers

Everything is stored in Ireland. Outside the European Economic Area the standard contractual
clauses of the Commission apply. Invoices stay six years; unused accounts are erased after two.

## What you can ask of us

A copy of your data, its correction or deletion, a restriction, an objection, or a file to take
with you: write to privacy@larkspur.example and you will hear from us within thirty days. The
supervisory authority where you live takes complaints about us.

## Minors

Nobody under the age of 16 may use the service; the data of a child is deleted once we learn of it.

## When this notice changes

You get an e-mail thirty days before any change of this policy takes effect.
"""

TERMS = """\
# Terms of Hire for Machines

These terms govern the hire of saws, drills, planers and lifts from our yards. By signing the slip
at the counter the hirer accepts them.

## Deposit and charges

A deposit is due before a machine leaves the yard. Hire is charged by the day, beginning at seven in
the morning. Fuel, blades and cleaning are charged at the list price displayed in the yard. Late
return costs a further day for every day begun.

## Condition of machines

The hirer inspects the machine before loading it. Defects noticed afterwards must be reported within
two hours; otherwise the machine counts as delivered in working order. Oil and water levels have to
be checked every morning. Machines must not be lent, sublet, altered or taken abroad.

## Loss and damage

The hirer bears the risk of theft, fire and breakage until the yard has signed for the return. A
waiver may be bought for eight percent of the charge; it excludes tyres, glass and abuse. The
hirer pays for repairs at cost plus ten percent for handling.

## Safety

Helmets, goggles and gloves must be worn. Nobody may operate a lift without the certificate named on
its plate. The yard may refuse anyone who appears drunk, and may fetch a machine back at any hour
when these rules are broken. Scaffolding is hired out to firms only.

## Limits

The yard does not answer for idle crews, missed deadlines or lost profit. Claims expire after six
months. Disputes are heard by the county court nearest the yard from which the machine was hired.
Weekend hire runs from Friday noon until Monday at eight; bank holidays are free of charge.
"""

ITALIAN = """\
# Informativa sulla privacy di Corteccia

Corteccia S.r.l., con sede in via dei Tigli 8 a Parma, è titolare del trattamento dei dati personali
descritto in questa informativa, che vale per il sito e per i nostri laboratori.

## Dati raccolti

Quando apri un account raccogliamo nome, indirizzo e-mail e password. Quando accedi registriamo
l'ora e l'indirizzo di rete. I cookie non tecnici si installano solo se li accetti tutti o in
parte; puoi rifiutare tutto nelle impostazioni. Se si verifica un errore durante il pagamento, il
fornitore ci comunica di quale errore si tratta.

## Finalità e base giuridica

Trattiamo i dati per eseguire il contratto, per adempiere agli obblighi di legge e, con il tuo
consenso, per inviarti la newsletter. Non vendiamo i dati a terzi.

## Conservazione e diritti

Conserviamo le fatture per dieci anni. Puoi chiedere l'accesso, la rettifica, la cancellazione, la
limitazione e la portabilità dei dati scrivendo a privacy@corteccia.example, e proporre reclamo al
Garante. Il servizio non è rivolto ai minori di 16 anni. Le modifiche vengono comunicate per e-mail
con trenta giorni di anticipo.
"""

FRENCH = """\
# Politique de confidentialité de Bruyère

Bruyère SAS, 3 rue des Lilas à Nantes, est responsable du traitement des données personnelles décrit
dans la présente politique, qui s'applique au site et aux ateliers.

## Données collectées

Lorsque vous créez un compte, nous recueillons votre nom, votre adresse et un mot de passe. À chaque
connexion, nous enregistrons l'heure et l'adresse du terminal. Les cookies ne sont déposés que si
vous les acceptez ; vous pouvez tout refuser. Si une erreur survient lors du paiement, notre
prestataire nous en informe.

## Finalités, destinataires et durée

Nous traitons les données pour exécuter le contrat, respecter nos obligations légales et, avec votre
consentement, vous envoyer la lettre d'information. Elles ne sont jamais vendues à des tiers. Les
factures sont conservées dix ans.

## Vos droits

Vous disposez d'un droit d'accès, de rectification, d'effacement, d'opposition et de portabilité.
Écrivez à donnees@bruyere.example. Le service n'est pas destiné aux enfants de moins de 16 ans.
Toute modification est annoncée par courriel trente jours à l'avance.
"""

GERMAN = """\
# Datenschutzerklärung der Heidekraut GmbH

Die Heidekraut GmbH, Lindenweg 5, Kassel, ist Verantwortliche für die Verarbeitung personenbezogener
Daten, die diese Erklärung beschreibt. Sie gilt für unsere Website und unsere Werkstätten.

## Erhobene Daten

Wenn Sie ein Konto anlegen, erheben wir Name, Anschrift und Passwort. Wenn Sie sich anmelden,
speichern wir die Uhrzeit und die Adresse des Geräts. Cookies setzen wir nur mit Ihrer Einwilligung;
Sie können alle ablehnen. Wenn beim Bezahlen ein Fehler auftritt, teilt uns der Anbieter mit,
welcher es war.

## Zwecke, Empfänger und Dauer

Wir verarbeiten Daten, um den Vertrag zu erfüllen, gesetzlichen Pflichten nachzukommen und, mit
Ihrer Einwilligung, um Ihnen den Rundbrief zu senden. Wir verkaufen keine Daten an Dritte.
Rechnungen bewahren wir zehn Jahre auf.

## Ihre Rechte

Sie haben das Recht auf Auskunft, Berichtigung, Löschung, Einschränkung und Widerspruch gemäß der
Verordnung. Schreiben Sie an daten@heidekraut.example. Unser Dienst richtet sich nicht an Kinder
unter 16 Jahren. Änderungen kündigen wir dreißig Tage vorher per E-Mail an.
"""

SPANISH = """\
# Política de privacidad de Romero

Romero S.L., calle de los Tilos 8, Murcia, es responsable del tratamiento de los datos personales
descrito en esta política, que se aplica al sitio y a los talleres.

## Datos que recopilamos

Cuando abres una cuenta recopilamos tu nombre, tu correo y una contraseña. Cuando inicias sesión
registramos la hora y la dirección del equipo. Las cookies solo se instalan si las aceptas; puedes
rechazar todas. Si se produce un error durante el pago, el proveedor nos lo comunica.

## Finalidades, destinatarios y plazo

Tratamos los datos para ejecutar el contrato, cumplir las obligaciones legales y, con tu
consentimiento, enviarte el boletín. No vendemos datos a terceros. Las facturas se conservan diez
años.

## Tus derechos

Puedes ejercer los derechos de acceso, rectificación, supresión, oposición y portabilidad
escribiendo a datos@romero.example. El servicio no se dirige a menores de 16 años. Los cambios
se anuncian por correo con treinta días de antelación.
"""

POLICIES = {"en": PRIVACY, "it": ITALIAN, "fr": FRENCH, "de": GERMAN, "es": SPANISH}

#: (code, language, page)
STAND_INS = [
    ("not_found", "en", "# 404\n\nPage not found\n\n[Home](/) [Privacy Policy](/p) [Terms](/t)"),
    ("not_found", "it", "# Ops!\n\nLa pagina che stai cercando non esiste o è stata spostata."),
    ("not_found", "fr", "# Page introuvable\n\nLa page demandée a été déplacée. [Accueil](/)"),
    ("not_found", "de", "# Seite nicht gefunden\n\nDie gesuchte Seite ist umgezogen."),
    ("not_found", "es", "# Página no encontrada\n\nVuelve al inicio o usa el buscador."),
    ("error", "en", "# Uh oh\n\nSomething went wrong on our side. Please try again later."),
    (
        "error",
        "it",
        "# Errore del server\n\nSi è verificato un errore imprevisto. Riprova più tardi.",
    ),
    ("error", "fr", "Une erreur est survenue. Veuillez réessayer plus tard."),
    ("error", "de", "Es ist ein Fehler aufgetreten. Bitte versuchen Sie es später erneut."),
    ("error", "es", "Se ha producido un error inesperado. Inténtalo más tarde."),
    (
        "blocked",
        "en",
        "# Access denied\n\nYou don't have permission to view this page on this server.\n\n"
        "Reference ID: 18.2f4c",
    ),
    (
        "blocked",
        "en",
        "# Just a moment...\n\nVerify you are human by completing the action below.\n\n"
        "larkspur.example needs to review the security of your connection before proceeding.\n\n"
        "Ray ID: 7c1a9",
    ),
    ("blocked", "it", "# Accesso negato\n\nAbbiamo rilevato traffico insolito dalla tua rete."),
    ("blocked", "fr", "# Accès refusé\n\nVérifiez que vous êtes humain pour continuer."),
    ("blocked", "de", "# Zugriff verweigert\n\nBitte bestätigen Sie, dass Sie ein Mensch sind."),
    ("blocked", "es", "# Acceso denegado\n\nVerifica que eres humano: no soy un robot."),
    (
        "login",
        "en",
        "# Log in\n\nEmail\n\nPassword\n\nRemember me\n\nForgot your password?\n\n"
        "Don't have an account? Sign up",
    ),
    (
        "login",
        "it",
        "# Accedi\n\nE-mail\n\nPassword dimenticata?\n\nNon hai un account? Registrati",
    ),
    (
        "login",
        "fr",
        "# Connexion\n\nMot de passe oublié ?\n\nPas encore de compte ? Créer un compte",
    ),
    ("login", "de", "# Anmelden\n\nPasswort vergessen?\n\nNoch kein Konto? Registrieren"),
    (
        "login",
        "es",
        "# Iniciar sesión\n\n¿Olvidaste tu contraseña?\n\n¿No tienes cuenta? Regístrate",
    ),
    (
        "cookie_wall",
        "en",
        "## We value your privacy\n\nWe and our 612 partners store and access personal data, such "
        "as browsing data and identifiers, on your device. You may accept or manage your choices, "
        "including your right to object where legitimate interest is used. These choices will be "
        "signalled to our partners and do not affect browsing data.\n\nAccept all\n\nReject all\n\n"
        "Manage options",
    ),
    (
        "cookie_wall",
        "it",
        "Noi e i nostri 612 partner archiviamo dati personali sul tuo dispositivo, come "
        "identificatori e cookie, per le finalità indicate, con il tuo consenso o per interesse "
        "legittimo.\n\nAccetta tutto\n\nRifiuta tutto\n\nGestisci preferenze",
    ),
    (
        "cookie_wall",
        "fr",
        "Nous et nos 612 partenaires stockons des données personnelles sur votre appareil, comme "
        "des identifiants et des cookies, avec votre consentement ou par intérêt légitime.\n\n"
        "Tout accepter\n\nContinuer sans accepter\n\nGérer mes préférences",
    ),
    (
        "cookie_wall",
        "de",
        "Wir und unsere 612 Partner speichern personenbezogene Daten auf Ihrem Gerät, etwa "
        "Kennungen und Cookies, mit Ihrer Einwilligung oder aus berechtigtem Interesse.\n\n"
        "Alle akzeptieren\n\nAlle ablehnen\n\nEinstellungen verwalten",
    ),
    (
        "cookie_wall",
        "es",
        "Nosotros y nuestros 612 socios almacenamos datos personales en tu dispositivo, como "
        "identificadores y cookies, con tu consentimiento o por interés legítimo.\n\n"
        "Aceptar todo\n\nRechazar todo\n\nGestionar opciones",
    ),
    ("javascript", "en", "You need to enable JavaScript to run this app."),
    ("javascript", "it", "Per usare il sito occorre abilitare JavaScript nel browser."),
    ("javascript", "fr", "Activez JavaScript pour afficher cette application."),
    ("javascript", "de", "Bitte aktivieren Sie JavaScript, um diese Seite anzuzeigen."),
    ("javascript", "es", "Activa JavaScript para ver esta página."),
    ("maintenance", "en", "# Be right back\n\nThe shop is down for maintenance until noon."),
    ("maintenance", "it", "# Sito in manutenzione\n\nTorneremo presto con molte novità."),
    ("maintenance", "fr", "# Site en maintenance\n\nNous serons de retour bientôt."),
    ("maintenance", "de", "# Wartungsarbeiten\n\nWir sind bald wieder für Sie da."),
    ("maintenance", "es", "# Sitio en mantenimiento\n\nVolveremos pronto."),
    ("loading", "en", "Loading"),
    ("loading", "it", "Caricamento in corso"),
    ("loading", "fr", "Chargement en cours"),
    ("loading", "de", "Wird geladen"),
    ("loading", "es", "Cargando"),
    ("region", "en", "# Choose your country\n\nAustria\n\nBelgium\n\nCanada\n\nDenmark"),
    ("region", "it", "# Scegli il tuo paese\n\nAustria\n\nBelgio\n\nCanada"),
    ("region", "fr", "Désolés, cette information n'est pas disponible pour ce pays."),
    ("region", "de", "# Wählen Sie Ihr Land\n\nÖsterreich\n\nBelgien\n\nKanada"),
    ("region", "es", "# Elige tu país\n\nAustria\n\nBélgica\n\nCanadá"),
]
