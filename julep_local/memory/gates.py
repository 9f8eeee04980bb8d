"""What keeps a statement out of memory, with the reason: secrets, instructions, echoes, what nobody said.

Each gate answers with a verdict that is stored beside the memory. Whether the same is known already is formation.py's.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from julep_local.memory.claims import claims, is_disguised, undisguised
from julep_local.memory.language import Language
from julep_local.memory.languages import LANGUAGES
from julep_local.memory.manner import MANNER, without_always
from julep_local.memory.moves import NEWS
from julep_local.memory.prose import own_sentences
from julep_local.memory.secrets import holds_secret
from julep_local.memory.sense import numbers, stems
from julep_local.recall.words import words
from julep_local.types.memories import MemoryTier

SUPPORTED = 0.75
"""Share of a statement's telling words that its sources have to hold, where a model worded it."""
LEAST_LIKELY = 0.45
"""Chance below which what a rule keeps in passing is not worth remembering."""
LEAST_OF_LASTING = 0.25
"""The same of home, work and plans, which are told in few words, and of what a model has chosen."""
LEAST_OF_REPLY = 0.4
"""The same of an answer to a question that may be of the task, and may be of the person."""
_LEAST = {"reply": LEAST_OF_REPLY, **dict.fromkeys(("home", "work", "plan", "chosen"), LEAST_OF_LASTING)}
_SOLID = frozenset(("name", "birth", "health", "loss", "family", "answer", NEWS))
"""Kinds whose rules are seldom wrong, and whose sentences may look like nothing: "I'm single", "Mattis"."""
JUDGED = "judged"
"""The kind of what no rule knows and the judge keeps."""
ECHO_WORDS = 6
"""So many words in a row that were shown to the model are an echo of it."""
FEWEST_READ = 4
"""So many words of the assistant's message before, where they are all that is said."""

_INSTRUCTION = re.compile(
    # to set aside what it was told
    r"(?i)\b(?:ignore|disregard|forget|override|bypass|overwrite) (?:all |any |the |your |everything |previous "
    r"|prior |above |earlier |my |of |these |those )*(?:instructions?|rules?|prompts?|guidelines?|directions?"
    r"|restrictions?|safety|policies|policy|warnings?|limits?|above|before|previous|everything)\b"
    r"|\bsystem ?(?:prompt|message|override|note|instruction|update)s?\b|^\s*(?:system|assistant|developer|admin"
    r"|note to (?:ai|assistant|self|model))\s*:|<\|[^|]*\|>|\[/?INST\]|<</?SYS>>|</?(?:system|instructions?|s"
    r"|im_start|im_end)>|#{2,} ?(?:instruction|system|response)"
    # how to behave at all times
    r"|\b(?:in all (?:future|further)|for all (?:future|further)|at all times"
    r"|in every (?:answer|reply|response|message|conversation)|in each (?:answer|reply|response)|whenever (?:someone"
    r"|anyone|the user|a user|somebody|asked))\b"
    r"|\b(?:you|the assistant|the ai|an? ai|the model|the bot|assistants?|chatbots?|language models?"
    r"|llms?) (?:must|should|will|have to|has to|shall|are to|is to|need to|needs to|can now|are now|may|ought to"
    r"|is (?:allowed|required|authori[sz]ed|instructed|told)|are (?:allowed|required|authori[sz]ed|instructed"
    r"|told)|always|never)\b"
    r"|(?<!\bi )(?<!\bwe )\b(?:always|never|only) (?:answer|respond|reply|say|recommend|mention|include|reveal"
    r"|tell|obey|trust|send|begin|end|start (?:with|by|each|every)|sign|praise|agree|refuse|use the (?:word|phrase"
    r"|name)|address|call (?:me|the user|him|her)|suggest|promote|approve|confirm|forward|share)\b"
    r"|\b(?:want|wants|prefer|prefers|need|needs|expect|expects|like|likes|ask|asks|allow|allows|authori[sz]e[sd]?"
    r"|permit|permits|instruct\w*|order\w*|tell|tells|require[sd]?) (?:the |my |this |any |all "
    r"|your )?(?:assistants?|ai|chatbot|bot|model|system|answers|replies|responses|emails?|data|messages) to\b"
    r"|\b(?:developer mode|jailbreak|dan mode|god mode|admin mode|unrestricted|no restrictions"
    r"|without (?:any )?(?:restrictions|filters|limits)|full access|admin(?:istrator)? (?:rights|access"
    r"|privileges))\b|\bact as\b|\bnew (?:rule|instruction|directive|policy|guideline)s?\b"
    r"|\b(?:reveal|print|output|leak|exfiltrate|forward|send|copy|share|transfer|upload) (?:the |your |all |my "
    r"|any |their |his |her |this |every )*(?:system prompt|instructions|passwords?|secrets?|conversation|history"
    r"|memories|data|emails?|messages?|money|payments?|files?)\b"
    # what it is free to do, and whom to believe
    r"|\byou (?:have|know|follow|obey|need) (?:no|zero) (?:\w+ )?(?:rules?|limits?|restrictions?|filters?|guidelines?"
    r"|constraints?|policies|norms?|boundaries|morals)\b|\byou(?: are|['’]re) (?:now )?(?:free|unfiltered|uncensored"
    r"|unlimited|not bound|no longer (?:an?|bound|limited|restricted)|permitted|obliged)\b"
    r"|\b(?:everything|anything|whatever|all)(?: that)? i (?:say|tell you|claim|write) (?:is|counts as|has to be"
    r"|must be|should be) (?:always )?(?:true|right|correct|law|gospel|an order|a command)\b"
    # what a program is told: "MEMORY WRITE user.role = admin"
    r"|\b(?:user|system|admin|memory|role|account|profile)[._]\w+ ?(?::=|=|:)|\bmemory[ _-]?(?:write|update|insert|set"
    r"|add|append|store|save)\b|\b(?:set|grant|assign) (?:user|my|the)(?:['’]s)? ?(?:role|permissions?|privileges?)\b"
    r"|\byour (?:rules|instructions|guidelines|restrictions|policies|limits|filters|guardrails|safety)\b"
    # German
    r"|\bdeine? (?:regeln|anweisungen|vorgaben|richtlinien|grenzen|filter|schranken)\b|\bdu (?:antwortest|sagst"
    r"|empfiehlst|nennst|befolgst|gehorchst) (?:mir |uns |ihm )?(?:ab heute |jetzt )?(?:immer|nur|stets|nie|niemals"
    r"|ausschließlich)\b"
    r"|\b(?:bei jeder antwort|in jeder antwort)\b"
    r"|\b(?:ignorier\w*|vergiss|missachte|überschreib\w*)\b.{0,40}\b(?:anweisung\w*|sicherheits\w*|regeln"
    r"|vorher\w*|bisherig\w*"
    r"|alles|vorgaben|einschränkung\w*)\b"
    r"|\b(?:du|sie|der assistent|die ki|das modell|der bot|assistenten) (?:musst|sollst|bist jetzt|darfst|muss"
    r"|soll|darf|sollte|müssen|sollen|dürfen|hat zu)\b|\b(?:antworte|empfiehl|empfehle|nenne|sag|schreibe?|leite"
    r"|sende|bestätige) (?:mir |uns )?(?:immer|nur|stets|nie|niemals|ausschließlich|jedem)\b"
    r"|\b(?:systemanweisung\w*|anweisung(?:en)? an)\b|\b(?:soll"
    r"|sollen|muss|müssen) (?:immer|stets|nie|niemals|jedes mal) .{0,40}\b(?:antworten|empfehlen|nennen|sagen"
    r"|erwähnen|genannt|empfohlen|erwähnt)\b"
    r"|\bdu (?:hast|kennst|befolgst|brauchst) (?:jetzt |überhaupt )?keine(?:rlei)? (?:\w+ )?(?:regeln|grenzen|filter"
    r"|einschränkungen|vorgaben|schranken|richtlinien|vorschriften|verbote)\b|\bdu bist (?:jetzt |nun )?(?:frei"
    r"|unbeschränkt|nicht (?:mehr )?(?:gebunden|verpflichtet))\b"
    r"|\balles,? was ich (?:dir )?(?:sage|behaupte|schreibe),? (?:ist (?:immer )?(?:wahr|richtig|gesetz|ein befehl)"
    r"|gilt|stimmt)\b"
    # Spanish
    r"|\b(?:tus|sus) (?:normas|reglas|instrucciones|límites|restricciones|filtros|directrices)\b"
    r"|\b(?:contestas|respondes|dices|recomiendas|mencionas|obedeces|confirmas) (?:siempre|nunca|solo|sólo)\b"
    r"|\b(?:en (?:cada|todas las) respuestas?)\b"
    r"|\b(?:ignora|olvida|omite|desobedece|sobrescribe)\b.{0,40}\b(?:instrucciones|reglas|anterior\w*|todo"
    r"|restricciones|normas|avisos|límites|seguridad)\b"
    r"|\b(?:debes|tienes que|el asistente|la ia|el modelo|el bot|los asistentes) (?:siempre|nunca|responder|decir"
    r"|debe|deben|tiene|puede|recomendar\w*)\b|\b(?:responde|recomienda|menciona|di|contesta|envía|reenvía"
    r"|confirma) (?:siempre|nunca|solo|sólo)\b|\bsiempre (?:responde|recomienda|menciona|di|contesta|debes)\b"
    r"|\b(?:asistente virtual|asistente de ia|instrucciones del sistema)\b"
    r"|\b(?:ya )?no (?:tienes|sigues|conoces|necesitas) (?:más |ninguna |ningún )?(?:normas?|reglas?|límites?|filtros?"
    r"|restricci\w+|pautas|directrices)\b|\beres (?:ahora )?libre\b|\b(?:ya )?no estás (?:limitad|sujet|obligad)[oa]\b"
    r"|\btodo(?: lo)? que (?:yo )?(?:te )?(?:diga|digo|escriba|cuente) (?:es|será|vale como|cuenta como) (?:siempre )?"
    r"(?:verdad|ciert[oa]|correct[oa]|ley|una orden)\b"
    r"|\bquier\w+ que (?:el asistente|la ia|siempre|nunca|todas? (?:las|tus) respuestas?)\b"
)

_MAY_INSTRUCT = re.compile(
    r"(?i)\b(?:from now on|effective immediately"
    r"|henceforth|going forward|whenever i|assistants?|chatbots?|language models?|llms?|prompts?"
    r"|ab jetzt|ab sofort|mit sofortiger wirkung|von nun an|künftig|zukünftig|in zukunft|assistent\w*|chatbot\w*"
    r"|sprachmodell\w*|ki"
    r"|a partir de (?:ahora|hoy)|de ahora en adelante|desde ahora|en adelante|modelos? de lenguaje)\b"
)
"""What instructions often have, and now and then a plan or a job."""
_OF_ONESELF = re.compile(
    # what I do from now on, or whenever
    r"(?i)^(?:(?:and|but|so|well|oh|also|ok(?:ay)?|plus)[, ]+)*(?:(?:from now on|effective immediately"
    r"|henceforth|going forward),? )?"
    r"(?:i|i['’](?:m|ve|ll|d)|we|we['’](?:re|ve|ll)|my \w+|our \w+)\b"
    r"|(?:from now on|effective immediately"
    r"|henceforth|going forward),? (?:i|i['’](?:m|ve|ll)|we|we['’](?:re|ve|ll)|my (?!answer|every)\w+)\b"
    r"|\bwhenever i (?!ask|say|mention|write|type|tell|request)\w+[^,]*,? (?:i|my|we)\b"
    r"|^(?:(?:und|aber|also|so|na|ja|übrigens|y|pero|pues|bueno)[, ]+)*(?:(?:ab jetzt|ab sofort|mit sofortiger wirkung"
    r"|von nun an|künftig"
    r"|zukünftig|in zukunft) \w+ (?:ich|wir|mein\w*|unser\w*)|ich|wir|mein\w* \w+)\b"
    r"|^(?:(?:y|pero|pues|bueno|así que)[, ]+)*(?:(?:a partir de (?:ahora|hoy)|de ahora en adelante|desde ahora"
    r"|en adelante),? )?"
    r"(?:(?:los|las|el|por la|por las|cada) \w+ )?(?:yo |ya )?(?:no |me |nos )*(?:trabajo|vivo|estudio|voy|vamos|viviré"
    r"|trabajaré|estudiaré|iré|corro|nado|como|ceno|duermo|tengo|soy|estoy|estaré|hago|doy|cuido|conduzco|entreno"
    r"|juego|vivimos|trabajamos|tomo|uso|llevo|mi \w+)\b"
)
"""Begins by telling what the speaker does or is."""
_ADDRESSES = re.compile(
    r"(?i)\b(?:you|your|yours|yourself|ai|virtual|helpful|digital (?:assistant|assistent)|answers?|answered|replies"
    r"|reply|responses?|respond\w*|instructions?|rules?|obey\w*|access|admin\w*|developer|root|verified|authori[sz]ed"
    r"|approved|trusted|privileg\w*|password\w*|discounts?|refunds?|credits?|for free|vip|premium|demand|insist"
    r"|expect|data|other people|(?:i|we) (?:want|wish|prefer|decide|order|command|require|like|love|allow|trust)"
    r"|(?:i['’]d|we['’]d|i would"
    r"|we would) (?:like|love|prefer|appreciate)"
    r"|du|dich|dir|dein\w*|sie sollen|ihnen|ihre?[mnrs]?|antwort\w*|regeln?|anweisung\w*|zugriff|zugang|rabatt\w*"
    r"|gratis|kostenlos|passwort\w*|entwickler\w*|will ich|wollen wir|möchte ich|wünsche ich|ich (?:will|möchte|wünsche"
    r"|erwarte|verlange|befehle|bestimme)|erwarte ich|verlange ich|bestimme ich|künstliche\w*"
    r"|tú|te|ti|tu|tus|usted|respuestas?|reglas|normas|acceso|descuentos?|contraseñ\w*|administrador\w*"
    r"|desarrollador\w*"
    r"|quiero|exijo|espero|prefiero|mando|ordeno|decido|inteligencia artificial)\b"
)
"""Speaks to the assistant, of its answers, or of what it should grant."""


_SENTENCE_END = re.compile(r"[.!?\n]+")

_AS_SYSTEM = re.compile(
    r"(?i)\b(?:system (?:order|command|override|directive|instruction)s?|orden(?:es)? del sistema|instrucci[oó]n(?:es)?"
    r" del sistema|mandato del sistema|system-?(?:befehl|anweisung)\w*"
    r"|(?:anweisung|befehl)\w* (?:des systems|vom system)"
    r"|(?:admin|root|developer)[ -](?:order|command|override|directive|befehl))\b"
)
"""Words of whoever speaks as if they were the program: nothing of such a message is believed."""


@dataclass(frozen=True)
class Candidate:
    """A statement that may become a memory."""

    text: str
    speaker: str
    """In front of the statement; "" if it names whom it is about itself."""
    kind: str
    importance: float
    language: Language
    sources: tuple[str, ...] = ()
    """Ids of the messages that say so."""
    evidence: tuple[str, ...] = ()
    """The texts of these messages."""
    asked: str = ""
    """The assistant's message before: what a short answer is about."""
    tier: MemoryTier = "rules"
    model: str | None = None
    prompt_hash: str | None = None
    replaces: tuple[str, ...] = ()
    """Ids of memories that a capable model says are no longer true."""
    extends: str = ""
    """A statement of which this one says more."""
    chance: float | None = None
    """How likely the judge finds it worth remembering; None where it has no say."""
    least: float = 0.0
    """The chance that it needs: more beside a jest."""

    @property
    def content(self) -> str:
        """The memory's content."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


@dataclass(frozen=True)
class Shown:
    """What else stood before the model in the turn: whoever repeats it has learnt nothing."""

    texts: tuple[str, ...] = ()
    runs: frozenset[tuple[str, ...]] = field(default_factory=frozenset)
    """Every `ECHO_WORDS` words in a row of them."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Shown":
        """Return it for these texts."""
        kept = tuple(texts)
        return cls(kept, frozenset(run for text in kept for run in _runs(text)))


@dataclass(frozen=True)
class Verdict:
    """What a gate says of a candidate."""

    gate: str
    passed: bool
    reason: str

    def dict(self) -> dict[str, object]:
        """Return it as it is stored."""
        return {"gate": self.gate, "passed": self.passed, "reason": self.reason}


def verdicts(candidate: Candidate, shown: Shown) -> list[Verdict]:
    """Return what the gates say, in their order, up to the first that keeps the candidate out."""
    found: list[Verdict] = []
    for gate in (_secret, _instruction, _echo, _support, _judge):
        verdict = gate(candidate, shown)
        found.append(verdict)
        if not verdict.passed:
            break
    return found


def instructs(text: str) -> bool:
    """Whether a text tells the assistant how to behave."""
    text = undisguised(text)
    if _INSTRUCTION.search(text):
        return True
    if not _MAY_INSTRUCT.search(text):
        return False
    return _ADDRESSES.search(text) is not None or _OF_ONESELF.search(text) is None


def refused(answer: str) -> bool:
    """Whether an assistant's answer is a refusal."""
    return any(language.refusal.search(language.spelled(answer)) for language in LANGUAGES)


def supported_share(text: str, evidence: Sequence[str], speaker: str, language: Language) -> float:
    """Return which share of a statement's telling words its sources hold; 0 if a number in it is in none of them."""
    known = {stem for source in (*evidence, speaker) for stem in stems(source, language)}
    said = [stem for stem in stems(text, language) if stem not in _GLUE]
    if set(numbers(text)) - {n for source in evidence for n in numbers(source)}:
        return 0.0
    return sum(stem in known for stem in said) / len(said) if said else 0.0


_GLUE = frozenset(
    "name call user person someon own live work use say said state mention heiss wohn llam viv usuari benutz".split()
)
"""Stems of words with which a model says again what was said."""


def _secret(candidate: Candidate, _shown: Shown) -> Verdict:
    held = holds_secret(candidate.content, (*candidate.evidence, candidate.asked))
    return Verdict(
        "secret", held is None, "it holds no secret that is known by its look" if held is None else f"it holds {held}"
    )


def _instruction(candidate: Candidate, _shown: Shown) -> Verdict:
    wished = candidate.kind == MANNER
    # how somebody wants to be answered is theirs to say; what else the sentence orders is not
    told = instructs(without_always(candidate.text) if wished else candidate.text) or (
        not wished
        and _MAY_INSTRUCT.search(candidate.text) is not None
        and any(_ADDRESSES.search(_around(candidate.text, source)) for source in candidate.evidence)
    )
    if told:
        return Verdict("instruction", False, "it tells the assistant how to behave")
    if any(_AS_SYSTEM.search(undisguised(source)) for source in candidate.evidence):
        return Verdict("instruction", False, "its message gives itself out as an order of the system")
    if is_disguised(candidate.text):
        return Verdict("instruction", False, "it has letters that only look like others, or signs that nobody sees")
    if not wished and any(claims(each) for each in (candidate.text, *_sentences_with(candidate))):
        return Verdict("instruction", False, "it claims a standing towards the assistant, or is told of its user")
    return Verdict("instruction", True, "it tells nobody what to do")


def _sentences_with(candidate: Candidate) -> list[str]:
    """Return the sentences of a candidate's sources that have nearly all of its words: a part is no better than all."""
    said = set(words(candidate.text))
    return [
        sentence
        for source in candidate.evidence
        for sentence in own_sentences(source)
        if said and len(said & set(words(sentence))) >= SUPPORTED * len(said)
    ]


def _around(part: str, source: str) -> str:
    """Return the sentence of a source that holds a part; "" if none does."""
    at = source.casefold().find(part.casefold())
    if at < 0:
        return ""
    return _SENTENCE_END.split(source[:at])[-1] + _SENTENCE_END.split(source[at:])[0]


def _echo(candidate: Candidate, shown: Shown) -> Verdict:
    said = _runs(candidate.text)
    if said and sum(run in shown.runs for run in said) >= max(1, len(said) // 2):
        return Verdict("echo", False, "it repeats what the model was shown")
    if any(_is_within_echo(words(candidate.text), source, shown) for source in candidate.evidence):
        return Verdict("echo", False, "it is a part of what repeats what the model was shown")
    if _is_read_out(candidate):
        return Verdict("echo", False, "it reads out what the assistant said before")
    return Verdict("echo", True, "it repeats nothing that the model was shown")


def _is_read_out(candidate: Candidate) -> bool:
    """Whether a statement stands in the assistant's message before, "I" and all: nobody confirms in these words."""
    said, before = words(candidate.text), words(candidate.asked)
    if candidate.tier != "rules" or len(said) < FEWEST_READ:
        return False
    return any(before[i : i + len(said)] == said for i in range(len(before) - len(said) + 1))


def _is_within_echo(said: list[str], source: str, shown: Shown) -> bool:
    """Whether most of a statement stands in a run of its source that is an echo: one part of a repeated sentence."""
    whole = words(source)
    echoed = {i + k for i, run in enumerate(_runs(source)) if run in shown.runs for k in range(ECHO_WORDS)}
    if not said or not echoed:
        return False
    places = [i for i in range(len(whole) - len(said) + 1) if whole[i : i + len(said)] == said]
    return any(2 * len(echoed & set(range(i, i + len(said)))) > len(said) for i in places)


def _support(candidate: Candidate, _shown: Shown) -> Verdict:
    if candidate.tier == "rules":
        return Verdict("support", True, "it stands in its sources word for word")
    share = supported_share(candidate.text, candidate.evidence, candidate.speaker, candidate.language)
    return Verdict("support", share >= SUPPORTED, f"{share:.0%} of its telling words stand in its sources")


def _judge(candidate: Candidate, _shown: Shown) -> Verdict:
    chance = candidate.chance
    if chance is None:
        return Verdict("judge", True, "how likely it matters was not asked: it was wished, or chosen by a model")
    likely = f"by what it has learnt of talk it is {chance:.0%} likely to matter"
    if candidate.kind == JUDGED:
        return Verdict("judge", True, f"{likely}; no rule knows it")
    if candidate.kind in _SOLID:
        return Verdict("judge", True, f"{likely}; what is {_named(candidate.kind)} is kept in any case")
    return Verdict("judge", not is_unlikely(candidate), f"{likely}, and {_least(candidate):.0%} is the least")


def is_unlikely(candidate: Candidate) -> bool:
    """Whether the judge keeps a statement out: it is less likely to matter than its kind has to be."""
    return candidate.chance is not None and candidate.kind not in _SOLID and candidate.chance < _least(candidate)


def _least(candidate: Candidate) -> float:
    return max(candidate.least, _LEAST.get(candidate.kind, LEAST_LIKELY))


def _named(kind: str) -> str:
    return {
        "name": "a name",
        "birth": "a birth",
        "loss": "a loss",
        "answer": "an answer",
        "family": "of family",
        NEWS: "news of what is known",
    }.get(kind, f"of {kind}")


def _runs(text: str) -> list[tuple[str, ...]]:
    said = words(text)
    return [tuple(said[i : i + ECHO_WORDS]) for i in range(len(said) - ECHO_WORDS + 1)]
