# ruff: noqa: E501 - phrase tables read better one language a line
"""Words by which the furniture of pages is known, in the five languages the product reads.

Nothing is pruned for its words alone: pruning.py asks for a structure (buttons, links, place) too.
"""

from __future__ import annotations

import re


def _phrases(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b", re.IGNORECASE)


#: What the buttons of a consent banner say.
ACCEPT = _phrases(
    "accept", "agree", "allow", "got it", "ok(?:ay)?", "i understand", "consent", "enable all",
    "accett[ao](?:re)?", "acconsent[oi]", "consent[io]", "ho capito",
    "accepte[rz]?", "j.accepte", "autoriser", "tout accepter", "d.accord", "compris",
    "akzeptier\\w*", "zustimmen", "annehmen", "erlauben", "einverstanden", "verstanden", "zulassen",
    "acept[ao]r?", "aceptar", "permitir", "de acuerdo", "entendido",
)  # fmt: skip
REFUSE = _phrases(
    "reject", "decline", "deny", "refuse", "necessary only", "essential only", "disagree", "opt out",
    "rifiut[ao]\\w*", "nega", "continua senza accettare", "solo necessari",
    "refuse[rz]?", "tout refuser", "continuer sans accepter", "interdire",
    "ablehnen", "verweigern", "nur notwendige\\w*", "nur erforderliche",
    "rechaz[ao]\\w*", "denegar", "s[oó]lo necesarias",
    "settings?", "preferences?", "manage", "customi[sz]e", "options", "choices", "save", "confirm",
    "impostazioni", "preferenze", "personalizza", "gestisci", "salva", "scopri di più",
    "param[eè]tr\\w*", "pr[eé]f[eé]rences?", "personnaliser", "g[eé]rer", "enregistrer",
    "einstellungen", "anpassen", "auswahl", "speichern", "verwalten",
    "configura\\w*", "preferencias", "personalizar", "gestionar", "guardar",
    "dismiss", "close", "chiudi", "fermer", "schließen", "cerrar", "learn more", "more info",
)  # fmt: skip
COOKIES = _phrases(
    "cookies?", "consent", "tracking", "tracciamento", "traceurs?", "tracker", "gdpr", "rgpd",
    "your privacy", "la tua privacy", "votre vie priv[eé]e", "ihre privatsph[aä]re",
    "tu privacidad", "partners?", "vendors?",
)  # fmt: skip

#: The vocabulary of policies. Two different ones make a text look like policy.
POLICY = _phrases(
    "privacy", "polic(?:y|ies)", "personal (?:data|information)", "terms", "agreement", "notice",
    "effective", "updated?", "revised", "processor", "processing", "third part(?:y|ies)", "collect",
    "disclos\\w+", "shar(?:e|ing)", "data", "consent", "rights?", "retain\\w*", "retention", "law",
    "services?", "liab\\w+", "warrant\\w+", "arbitration", "controller", "protection", "security",
    "users?", "account", "information", "children", "delete\\w*", "opt[- ]out", "sell", "transfer\\w*",
    "informativa", "dati", "personali", "titolare", "trattament\\w+", "condizioni", "termini",
    "aggiornament\\w+", "aggiornata", "diritt[oi]", "consenso", "terz[ei]", "utent[ei]", "servizi\\w?",
    "confidentialit[eé]", "donn[eé]es", "personnelles", "traitement\\w*", "conditions", "responsable",
    "droits?", "mise [aà] jour", "vie priv[eé]e", "consentement", "tiers", "politique", "utilisateurs?",
    "datenschutz\\w*", "daten", "personenbezogen\\w*", "verarbeitung\\w*", "verantwortlich\\w*",
    "nutzungsbedingungen", "rechte?", "einwilligung", "stand", "aktualisiert", "dritte[nr]?", "dienste?",
    "privacidad", "datos", "personales", "tratamiento", "t[eé]rminos", "condiciones", "derechos?",
    "consentimiento", "terceros", "actualizaci[oó]n", "pol[ií]tica", "usuarios?", "servicios?",
)  # fmt: skip

RELATED = re.compile(
    r"(?:related|similar|recommended|popular|promoted|recent(?:ly viewed)?|more|other|latest|trending)\s+"
    r"(?:articles?|posts?|stories|content|links?|pages?|topics?|resources|reading|products?|news|guides?)"
    r"|(?:you (?:may|might) also|see also|read (?:next|more)|keep reading|in this section|on this site"
    r"|recently viewed|what to read|up next|quick links|useful links|further reading|more from\b)"
    r"|(?:articoli|contenuti|link|pagine|notizie|post|guide)\s+(?:correlat[ie]|simili|recenti|utili|popolari)"
    r"|(?:leggi anche|potrebbe(?:ro)? interessarti|vedi anche|ti potrebbe interessare)"
    r"|(?:articles?|contenus?|liens?|pages?)\s+(?:connexes?|similaires?|li[eé]s|associ[eé]s|r[eé]cents?|utiles?|populaires?)"
    r"|(?:voir aussi|[àa] lire aussi|vous aimerez aussi|sur le m[eê]me sujet)"
    r"|(?:verwandte|ähnliche|weitere|beliebte|aktuelle|nützliche)\s+(?:artikel|beitr[aä]ge|themen|inhalte|links|seiten)"
    r"|(?:das könnte (?:sie|dich) auch|siehe auch|lesen sie auch|mehr zum thema)"
    r"|(?:art[ií]culos?|contenidos?|enlaces|p[aá]ginas|entradas)\s+(?:relacionad[oa]s|similares|recientes|populares|de inter[eé]s)"
    r"|(?:v[eé]ase tambi[eé]n|ver tambi[eé]n|te puede interesar|lee tambi[eé]n)",
    re.IGNORECASE,
)
NEWSLETTER = _phrases(
    "newsletter", "subscribe", "sign ?up", "mailing list", "stay (?:up to date|in the loop|updated)",
    "latest news", "your inbox", "iscriviti", "iscrizione", "resta aggiornato", "inscri(?:vez|re|ption)",
    "abonne[zr]?", "restez inform[eé]s?", "abonnieren", "anmelden", "suscr[ií]b\\w+", "bolet[ií]n",
    "mantente al d[ií]a", "follow us", "seguici", "suivez-nous", "folgen sie uns", "s[ií]guenos",
)  # fmt: skip
#: What stands above or on the form in which readers comment on a post.
COMMENT_FORM = _phrases(
    "leave a (?:reply|comment)", "(?:post|add|write|submit) (?:a )?comment", "your comment",
    "lascia un commento", "invia commento", "il tuo commento", "laisser un commentaire",
    "publier (?:le|un) commentaire", "votre commentaire", "kommentar (?:schreiben|abschicken)",
    "ihr kommentar", "schreibe einen kommentar", "deja (?:un comentario|una respuesta)",
    "publicar (?:el |un )?comentario", "tu comentario",
)  # fmt: skip
#: What introduces links to share a page, at the beginning of its line.
SHARE_LEAD = re.compile(
    r"(?:share (?:this|on|via)|condividi|partage[rz]|teilen|diesen beitrag teilen|comp[aá]rt\w+)\b",
    re.IGNORECASE,
)
NETWORKS = _phrases(
    "facebook", "twitter", "x", "linkedin", "instagram", "youtube", "whats ?app", "pinterest",
    "tiktok", "reddit", "telegram", "e-?mail", "threads", "mastodon", "bluesky", "xing", "share",
    "tweet", "print", "copy link", "condividi", "stampa", "partage[rz]?", "imprimer", "teilen",
    "drucken", "compartir", "imprimir", "pocket", "messenger",
)  # fmt: skip
SHARE_TARGET = re.compile(
    r"(?:facebook\.com/(?:sharer|dialog)|twitter\.com/(?:intent|share)|x\.com/(?:intent|share)"
    r"|linkedin\.com/(?:share|cws)|wa\.me/\?|whatsapp:|pinterest\.\w+/pin/create|reddit\.com/submit"
    r"|t\.me/share|getpocket\.com/save|xing\.com/spi|mailto:\?|api\.whatsapp\.com/send)",
    re.IGNORECASE,
)
LANGUAGES = frozenset(
    [
        "english",
        "french",
        "german",
        "italian",
        "spanish",
        "portuguese",
        "dutch",
        "polish",
        "russian",
        "japanese",
        "chinese",
        "korean",
        "turkish",
        "swedish",
        "danish",
        "norwegian",
        "finnish",
        "czech",
        "arabic",
        "hebrew",
        "hungarian",
        "romanian",
        "greek",
        "ukrainian",
        "français",
        "deutsch",
        "italiano",
        "español",
        "português",
        "nederlands",
        "polski",
        "русский",
        "日本語",
        "中文",
        "한국어",
        "türkçe",
        "svenska",
        "dansk",
        "norsk",
        "suomi",
        "čeština",
        "العربية",
        "עברית",
        "magyar",
        "română",
        "ελληνικά",
        "українська",
        "简体中文",
        "繁體中文",
        "tiếng",
        "bahasa",
        "ไทย",
        "हिन्दी",
        "català",
        "euskara",
        "galego",
        "slovenčina",
        "slovenščina",
        "hrvatski",
        "български",
        "eesti",
        "latviešu",
        "lietuvių",
        "srpski",
        "brasil",
        "en",
        "fr",
        "de",
        "it",
        "es",
        "pt",
        "nl",
        "pl",
        "ru",
        "ja",
        "zh",
        "ko",
        "tr",
        "sv",
        "da",
        "no",
        "fi",
        "cs",
        "ar",
        "he",
        "us",
        "uk",
        "(us)",
        "(uk)",
        "(en)",
        "(fr)",
        "(de)",
        "(it)",
        "(es)",
    ]
)

_COUNT = r"[\d][\d.,\u00a0\u202f ]*\s?[kKmM]?"
_UNIT_OF_TIME = (
    r"(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|days?|weeks?|months?|years?|second[oi]|minut[oi]|or[ae]|giorn[oi]|"
    r"settiman[ae]|mes[ei]|ann[oi]|secondes?|minutes?|heures?|jours?|semaines?|mois|ans?|sekunden?|minuten?|"
    r"stunden?|tagen?|wochen?|monat(?:en?)?|jahr(?:en?)?|segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|a[nñ]os?)"
)
#: A moment told by its distance from now: it changes by itself.
RELATIVE_TIME = re.compile(
    rf"(?:about |over |almost |circa |environ |etwa |hace |vor |il y a |un[ao]? )*"
    rf"(?:an?|un[ao']?|une|einem|einer|\d+)?\s*{_UNIT_OF_TIME}\s*(?:ago|fa)?"
    r"|(?:just now|yesterday|today|ieri|oggi|hier|aujourd.hui|gestern|heute|ayer|hoy|adesso|gerade eben)",
    re.IGNORECASE,
)
RELATIVE_CLAIM = re.compile(
    rf"(?:(?:last |recently )?(?:updated|modified|edited|reviewed|published|posted|viewed)|aggiornat[oa]|modificat[oa]|"
    rf"mis [àa] jour|modifi[eé]e?|aktualisiert|zuletzt aktualisiert|actualizado|modificado)\s*:?\s*"
    rf"(?:(?:about |over |almost |circa |environ )?(?:an?|un[ao']?|une|\d+)\s+{_UNIT_OF_TIME}\s+(?:ago|fa)"
    rf"|il y a (?:environ )?(?:une?|\d+) {_UNIT_OF_TIME}|vor (?:etwa )?(?:einem|einer|\d+) {_UNIT_OF_TIME}"
    rf"|hace (?:un[oa]?|\d+) {_UNIT_OF_TIME}|yesterday|today|just now|ieri|oggi|hier|aujourd.hui|gestern|heute|ayer|hoy)\.?",
    re.IGNORECASE,
)
#: Whole blocks that count something, or name one load of the page.
COUNTER = re.compile(
    rf"(?:(?:viewed|read|shared|downloaded|liked|visited|page views?|views?|shares?|likes?|visits?|comments?|"
    rf"visualizzazioni|visite|letture|condivisioni|lectures?|vues?|partages?|aufrufe|ansichten|gelesen|"
    rf"visualizaciones|visitas|lecturas|vistas?)\s*[:\-]?\s*{_COUNT}(?:\s?(?:times?|volte|fois|mal|veces|views?|people|users?))?"
    rf"|(?:this (?:page|article|policy) (?:has been|was) (?:viewed|read)|visualizzat[oa]|letto|vu|consult[eé]e?|visto|le[ií]do|angesehen)"
    rf"\s+{_COUNT}(?:\s?(?:times?|volte|fois|mal|veces))?"
    rf"|{_COUNT}\s*(?:views?|shares?|likes?|reads?|visits?|comments?|visualizzazioni|visite|letture|condivisioni|commenti|"
    rf"vues?|partages?|lectures?|commentaires?|aufrufe|ansichten|kommentare|visualizaciones|visitas|vistas|lecturas|comentarios"
    rf"|(?:people|users|visitors|readers)\s+(?:online|reading|are viewing|viewing)[\w ]*)"
    rf"|(?:(?:reading time|read time|estimated reading time|tempo di lettura|temps de lecture|lesezeit|lesedauer|tiempo de lectura)"
    rf"\s*[:\-]?\s*(?:about |circa |environ |ca\. ?|etwa )?\d+\s*(?:min\w*\.?)?(?:\s*(?:read|{_UNIT_OF_TIME}))?)"
    rf"|(?:about |circa |environ |ca\. ?|etwa )?\d+\s*-?\s*(?:min(?:ute)?s?|minuti|minuten|minutos)\.?\s*"
    rf"(?:read(?:ing)?(?: time)?|to read|di lettura|de lecture|lesezeit|lesedauer|de lectura)"
    rf"|{_COUNT} (?:out of|of|su|sur|von|de) {_COUNT} (?:found this (?:helpful|useful)|hanno trovato utile|ont trouv[eé] cela utile"
    rf"|fanden dies hilfreich|usuarios? .{{0,30}}[uú]til)[\w ]*"
    rf"|(?:request|session|trace|ray|correlation|visit(?:or)?|build|nonce|csrf|transaction|event|reference|error)"
    rf"[ _-]?(?:id|token|number|#|nonce)?\s*[:#=]\s*(?=[\w-]*\d)[0-9a-z_-]{{6,64}}"
    rf"|(?:page )?(?:generated|rendered|served|loaded)\s+(?:in|at|on|by)\b.{{0,60}}"
    rf"|(?:last )?(?:visit|login|seen)\s*:\s.{{0,40}})"
    r"[.!]?",
    re.IGNORECASE,
)
TOKEN = re.compile(r"(?=[0-9a-zA-Z+/_=-]*\d)(?=[0-9a-zA-Z+/_=-]*[a-zA-Z])[0-9a-zA-Z+/_=-]{20,}")
#: Whole blocks or buttons that only work the page.
CONTROL = re.compile(
    r"(?:skip to (?:main )?(?:content|navigation)|skip navigation|back to (?:the )?top|(?:scroll to )?top|print(?: this)?(?: page| article)?|"
    r"share(?: this)?(?: page| article)?|copy(?: link)?|download(?: as)?(?: pdf)?|(?:expand|collapse|show|hide|open|close) all|"
    r"(?:show|read|view|see) (?:more|less)|menu|close|open|toggle(?: \w+){0,2}|search|submit|send|cancel|save|ok|next|previous|prev|"
    r"expand|collapse|log ?in|sign ?in|sign ?up|register|my account|cart|subscribe|yes|no|contents?|loading\W*|"
    r"was this (?:article|page|information)?\s?(?:helpful|useful)\W*|did this answer your question\W*|"
    r"vai al contenuto|salta al contenuto|torna (?:su|all.inizio)|stampa|condividi|chiudi|apri|cerca|invia|annulla|accedi|registrati|"
    r"aller au contenu|passer au contenu|haut de page|retour en haut|imprimer|partager|fermer|ouvrir|rechercher|envoyer|annuler|connexion|"
    r"zum inhalt(?: springen)?|nach oben|drucken|teilen|schließen|öffnen|suchen?|senden|abbrechen|anmelden|"
    r"saltar al contenido|ir al contenido|volver arriba|imprimir|compartir|cerrar|abrir|buscar|enviar|cancelar|iniciar sesi[oó]n|"
    r"(?:\(?opens (?:in )?(?:a )?new (?:tab|window)\)?)|please enable javascript[^.]{0,80}\.?|"
    r"you need to enable javascript[^.]{0,80}\.?|javascript (?:is|must be) [^.]{0,80}\.?)",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(r"©|\(c\)\s*\d{4}|copyright\b|all rights reserved|tutti i diritti riservati|tous droits r[eé]serv[eé]s"
                       r"|alle rechte vorbehalten|todos los derechos reservados", re.IGNORECASE)  # fmt: skip

#: Class, id, role and label words of page furniture; evidence only together with place or links.
FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:(?:site|page|global|main|top|app|sub|mega|mobile|primary|secondary|local)?"
    r"(?:nav(?:bar|igation|s)?|menus?|header|footers?|masthead|topbar|toolbar|sidebar|drawer|offcanvas)"
    r"|breadcrumbs?|crumbs?|related|recommend(?:ed|ations?)|share|sharing|social|newsletter|subscribe|search|promo|"
    r"banner|modal|popup|dialog|overlay|toast|chat|widget|skip|lang(?:uage)?s?|locale|country|pagination|"
    r"pager|login|cart|feedback|comments?|advert\w*|ads?|sponsor\w*|tags|topics|meta|cookie\w*|consent\w*|"
    r"contentinfo|complementary|helpful|votes?|cta)(?=$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_furniture(names: str) -> bool:
    """Whether class and id names speak of page furniture (camelCase is taken apart)."""
    return bool(FURNITURE.search(_CAMEL.sub("-", names)))


def looks_like_policy(text: str) -> bool:
    """Whether a text uses at least two different words of the vocabulary of policies."""
    found: set[str] = set()
    for match in POLICY.finditer(text):
        found.add(match[0].lower())
        if len(found) > 1:
            return True
    return False
