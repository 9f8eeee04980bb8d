"""How a statement feels: a small lexicon of what people like and what hurts, in the languages that rules know.

Written for this; each word has a valence from -1 to 1. A negation before a word turns it round.
"""

import re
import unicodedata

_VALENCES: dict[float, str] = {
    0.9: """
        love loves loved adore adores wonderful amazing fantastic thrilled overjoyed best married engaged
        liebe liebt wunderbar großartig verliebt amo adoro maravilloso maravillosa encanta encantan fantástico
        feliz
    """,
    0.6: """
        like likes liked enjoy enjoys enjoyed happy great glad proud fun favourite favorite fond passed won
        win promoted celebrate celebrated excited delighted lucky nice good grateful beautiful mag gern gerne
        freue froh stolz schön toll super gewonnen bestanden glücklich lieblings gusta gustan disfruto
        contento contenta orgulloso orgullosa gané aprobé bonito bueno buena genial favorito favorita
    """,
    0.3: """
        prefer prefers interested looking calm relaxed relaxing friendly kind bevorzuge interessiert ruhig
        prefiero tranquilo tranquila
    """,
    -0.4: """
        dislike dislikes avoid annoying annoyed boring tired stressful stress worried worry nervous miss
        difficult hard problem problems cold allergic allergy intolerant langweilig nervig müde gestresst
        sorge allergisch allergie schwierig aburrido cansado cansada preocupado preocupada estrés alérgico
        alérgica alergia difícil
    """,
    -0.7: """
        hate hates hated sad awful terrible horrible scared afraid fear failed fail lost lose broke broken
        injured hurt pain ill sick fired divorced divorce angry lonely anxious anxiety depressed depression
        robbed crashed phobia hasse hasst traurig schrecklich furchtbar angst verloren gebrochen schmerzen
        krank gekündigt geschieden wütend einsam depression durchgefallen odio odia triste horrible miedo
        perdí rompí dolor enfermo enferma ansiedad divorcio divorciado divorciada suspendí roto rota
    """,
    -0.9: """
        died death dead dies funeral cancer murdered suicide gestorben tod starb krebs beerdigung
        murió muerte falleció cáncer funeral
    """,
}
VALENCE = {word: valence for valence, listed in _VALENCES.items() for word in listed.split()}

_NEGATIONS = frozenset(
    "not no never don doesn didn isn wasn aren cannot can won nicht kein keine keinen nie no nunca tampoco".split()
)
_WORD = re.compile(r"\w+")
REACH = 3
"""How many words before a word a negation may stand."""


def sentiment(text: str) -> float | None:
    """Return how the text feels, -1 bad to 1 good: the mean of its words that say so; None if none does."""
    said = _WORD.findall(unicodedata.normalize("NFC", text.lower()))  # with accents: "schön" is not "schon"
    found: list[float] = []
    for i, word in enumerate(said):
        valence = VALENCE.get(word)
        if valence is None:
            continue
        turned = any(before in _NEGATIONS for before in said[max(0, i - REACH) : i])
        found.append(-0.7 * valence if turned else valence)
    return round(sum(found) / len(found), 3) if found else None
