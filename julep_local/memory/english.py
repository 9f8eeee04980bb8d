"""English: what people say of themselves, and what they say otherwise."""

import re

from julep_local.memory.language import Asked, Kind, Language, Signs, Slot, swapped

_ADVERB = (
    r"(?:(?:really|absolutely|also|still|always|usually|often|just|recently|finally|actually|now|currently|totally"
    r"|never|only|even|already|both|all|quite|sometimes|mostly|normally|generally|once|honestly|definitely|truly"
    r"|in fact|simply|rarely|hardly|kind of|sort of|pretty much|first|originally|officially|regularly|kinda"
    r"|very much|do"
    r"|since|then|again|today|yesterday|secretly|mainly|almost|about to|basically) )*"
)
_WHEN = (
    r"(?:(?:(?:last|next|this|in|on|since|yesterday|today|tomorrow|for|every|after|before|as|until|during|by|at"
    r"|two|three"
    r"|four|five|six|\d+|a|back|when|once|most|some|the|most of|two days|ever) [^,.;]{1,40}?|yesterday|today|tomorrow"
    r"|tonight|nowadays|now|sadly|luckily|unfortunately|fortunately|originally|apparently|recently|currently),? )?"
)
_I = rf"^{_WHEN}(?:i|we|my (?:wife|husband|partner|family|boyfriend|girlfriend|fiancée?) and i|me and my \w+) "
_I_AM = rf"^{_WHEN}(?:i'm|i am|we're|we are|i was|i've been|i have been|i'll be|i will be) {_ADVERB}"
_AM_ING = rf"^{_WHEN}(?:i'm|i am|we're|we are|i've been|i have been|we've been|i was) {_ADVERB}"
_NOT = (
    r"(?:don't|do not|didn't|did not|can't|cannot|can not|won't|never|no longer|could never|couldn't|haven't"
    r"|hasn't|am not)"
)
_COUNT = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|no|my|our|some|several|many|the|twin"
    r"|lots of)"
)
_AGE = (
    r"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight"
    r"|nine))?|(?:thir|four|fif|six|seven|eigh|nine)teen)"
)
_OBJECT = r"(?!(?:it|that|this|them|those|these|you|your|how you|when you|what you|both|him|her)\b[^a-z]*$)\S.*"

_PERSON = (
    r"(?:mom|mum|mother|dad|father|parents?|wife|husband|partner|spouse|fiancée?|girlfriend|boyfriend|ex(?:-\w+)?|son"
    r"|daughter|kids?|child|children|twins?|baby|toddler|brothers?|sisters?|siblings?|grand\w+|grandma|grandpa|nan"
    r"|granny|aunt|uncle|cousins?|nephews?|nieces?|step\w+|\w+-in-law|family|friends?|best friend|flatmates?"
    r"|roommates?|housemates?|neighbou?rs?|boss|manager|colleagues?|coworkers?|co-worker|teacher|tutor|doctor|dentist"
    r"|therapist|landlord|landlady|dogs?|cats?|pupp(?:y|ies)|kittens?|horses?|pony|parrots?|budgies?|rabbits?"
    r"|hamsters?|guinea pigs?|goldfish|fish|tortoise|turtle|hens?|chickens?|ducks?|goats?|sheep|donkeys?|cows?"
    r"|hubb(?:y|ie)|missus|nanna|boys?|girls?|lads?|toddlers?|little ones?|alpacas?|birds?|canar(?:y|ies)|lizards?"
    r"|iguana"
    r"|(?:bearded )?dragon|tarantula|spiders?|rats?|mice|gerbils?|bulldog|labrador|retriever|poodle|spaniel"
    r"|greyhound|terrier|collie"
    r"|shepherd|dachshund|beagle|husky|bees|ferrets?|gecko|snake|pets?)"
)
_BY_NAME = (
    r"(?!(?:an?|the|back|when|if|at|on|in|to|for|from|by|again|before|after|any\w*|whatever|what|maybe|first|now|asap"
    r"|sometime|today|tonight|tomorrow|later|soon|next|this|every|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|old-?fashioned|old school|crazy|mad|weird|strange|odd|silly|naive|cynical|paranoid|biased|picky|fussy|lazy"
    r"|boring|superstitious|sentimental|pedantic|stupid|dumb|selfish|greedy|names)\b)"
)
"""Comes after "call me" where a name does."""
_EVENT = (
    r"(?:adopted|did (?=the |my |an? (?:\d+ ?k|half|full|\w* ?marathon|triathlon|course|degree|phd|master|parachute"
    r"|bungee))|applied|became|began|bought|broke|built|came back|cancelled|celebrated|changed|chose|closed|completed"
    r"|crashed|decided|divorced|donated|failed|fell|finished|flew|found|founded|gave birth|gave up|got|graduated|grew"
    r"|had (?!a (?:look|question|thought)\b)|hired|injured|inherited|joined|landed|launched|learned|learnt|left|lost"
    r"|made|married|met|missed|moved|opened|ordered|passed|planted|played|published|quit|ran|received|renovated"
    r"|resigned|retired|returned|sold|signed|signed up|spent|split|sprained|started|stopped|studied|swam|switched"
    r"|took"
    r"|took up|trained|travell?ed|turned|visited|went|won|worked|wrote|enrolled|registered|booked|twisted|tore"
    r"|ran into"
    r"|climbed|cycled|hiked|ran|sang|performed|baked|brewed|dropped out|transferred|proposed|separated|settled)"
)
_HABIT = (
    r"(?:attend|bake|belong|hold (?:an?|the) (?=black belt|record|\w* ?title|diploma|certificate|licen|passport)|box"
    r"|brew|breed|build|climb|coach|code|collect|commute|cook|cycle|dance|design|do"
    r"|donate|draw"
    r"|drink|drive|eat|exercise|fish|foster|garden|get up|grow|hike|jog|juggle|keep|knit|lead|learn|lift|listen to"
    r"|make|manage|meditate|mentor|own|paint|perform|photograph|play|practi[cs]e|program|raise|read|rent|restore|ride"
    r"|row|run|sail|sell|sew|share|sing|ski|skate|sleep|smoke|snowboard|speak|study|suffer|surf|swim|take|teach|train"
    r"|translate|travel|tutor|use|visit|volunteer|wake up|walk|watch|wear|work|write|go to|go (?:\w+ing)|live|grill)"
)
_ROLE = (
    r"(?:(?!(?:sucker|loser|winner|dreamer|hoarder|quitter|lover|believer|stranger|matter|number|monster|tiger"
    r"|hamster|burger"
    r"|slacker|gangster|hipster|whisper|flower|spider|toaster|error|horror|terror|perfectionist|optimist|pessimist"
    r"|realist"
    r"|masochist|narcissist|accident|elephant|giant|barbarian|martian|infant|disaster|failure|creature|torpedo|hater"
    r"|overthinker|worrier|procrastinator|loner|sinner|survivor|fighter|thinker|cucumber|panther|rooster|lobster"
    r"|oyster"
    r"|caterpillar|blabbermouth|whiner|boomer|zoomer|joker|goner|sleeper|dumpster|vulture|wanderer)\b)"
    r"\w{2,}(?:er|or|ist|ian|ant|ent|eer|man|woman|yst|ess|rix|wright|smith|keeper|maker|hand|mate|eur|ier|lete|path"
    r"|logue)"
    r"|\w*(?:nurse|midwife|chef|cook|coach|vet|medic|judge|pilot|clerk|guide|maid|mum|mom|dad|parent|guard|au pair"
    r"|barista|diva"
    r"|aide|apprentice|trainee|intern|magistrate|priest|pastor|vicar|nun|monk|rabbi|imam|cop|police officer|officer"
    r"|deckhand|surgeon|clown|physio|paramedic|mechanic|critic|academic|comic|alcoholic|freelance|techie|dev|geek|eng"
    r"|pm|ceo|cto|cfo|hr|gp|ta|ra|dj"
    r"|phd|postdoc|prof|grad|fresher|freshman|sophomore|junior|senior|veteran|native|expat|refugee|immigrant|citizen"
    r"|widow|bride|groom|witness|hostess|model|poet|bard|athlete|referee|goalie|keeper|captain|lead|head|chair|host"
    r"|rep|temp"
    r"|carer|employee|trustee|nominee|lifeguard|sommelier|steward|concierge|dentist|spouse|twin|only child|adult"
    r"|teen|minor"
    r"|\w+ (?:staff|student|year|exec|specialist|major)|vegan|vegetarian|muslim|jew|catholic|christian|atheist|hindu"
    r"|sikh"
    r"|type 1|diabetic|coeliac|celiac|asthmatic|leftie|lefty|southpaw|local|brit|scot|swede|dane|finn|pole|turk|greek"
    r"|spy|shepherd|marine|astronaut|dean|principal|house ?husband|house ?wife|mason|sys ?admin|admin|actuary"
    r"|secretary|tech|jockey|gymnast|landlord"
    r"|landlady|orphan|mormon|crew|chairperson|nanny|doula|attorney|paralegal|diplomat|acrobat|masseuse|ballerina"
    r"|introvert"
    r"|extrovert|insomniac|aussie|kiwi|german|\w+(?:ican|ean|ese|body)|(?!coffee|tree|bee|knee|spree)\w{3,}ee|scout"
    r"|girl guide|cadet|private|corporal|sergeant|colonel|miner|fan|nerd|buff|hobby \w+)s?"
    r")"
)
"""What people are: words for jobs, roles and faiths, told by their endings or by name."""
_LIKE = (
    r"(?:like|love|enjoy|prefer|hate|dislike|adore|detest|despise|can't stand|cannot stand|can't bear|loathe|miss"
    r"|fear"
    r"|value|appreciate good|am into|live for|collect|can't eat|can't have|avoid|crave)"
)
_ATTRIBUTE = (
    r"(?:name|birthday|age|address|phone(?: number)?|mobile|e-?mail(?: address)?|boss|job|profession|hometown"
    r"|home town"
    r"|nickname|surname|last name|blood type|shoe size|mother tongue|native language|bedtime|diet|star sign"
    r"|zodiac sign"
    r"|favou?rite(?: \w+){1,3}|budget|timezone|time zone|pronouns?)"
)
_DATED = (
    r"(?:appointment|exam|interview|flight|wedding|deadline|party|surgery|operation|concert|marathon|race|trip"
    r"|holiday"
    r"|vacation|meeting|graduation|due date|test|recital|performance|presentation|check-?up|visit|anniversary|class"
    r"|choir|practi[cs]e|rehearsal|lessons?|course|training|shift|therapy|session|match|game|train|move|start date"
    r"|conference|audition|defen[cs]e)"
)

_GOODS = (
    r"(?:car|van|truck|motor(?:bike|cycle)|bikes?|bicycle|e-bike|scooter|\w*boat|yacht|caravan|camper|motorhome"
    r"|trailer"
    r"|house|flat|apartment|cottage|cabin|farm|garden|balcony|terrace|allotment|greenhouse|shed|garage|pool|sauna"
    r"|fireplace|land|orchard|vineyard|trees?|pond|hedge|fence|studio|workshop|piano|keyboard|guitar|bass|violin"
    r"|viola|cello|drums?|drum kit"
    r"|flute|trumpet|saxophone|accordion|harp|ukulele|banjo|organ|camera|telescope|drone|printer|console|loom|kiln"
    r"|sewing machine|treadmill|bench|shop|store|business|company|startup|start-up|restaurant|café|bakery|practice"
    r"|brewery|nursery|salon|channel|podcast|blog|newsletter|band|team|stall|licen[cs]e|passport|visa|citizenship"
    r"|permit|degree|diploma|certificate|phd|master's|bachelor's|doctorate|scholarship|mortgage|loan|pension"
    r"|black belt|membership|season ticket|subscription|tattoos?|piercing|scar|implants?|prosthe\w+|pacemaker"
    r"|hearing aids?|glasses|contact lenses|braces|wheelchair|stroke|heart attack|surgery|operation|transplant"
    r"|concussion|accent"
    r"|stutter|lisp|stammer|collection|library|bees|hives|accent|wife|husband|partner|deadline|appointment"
    r"|interview|exam|audition|wedding|flight|phone|laptop|computer|tablet|wood stove|stove)"
)
_DWELLING = (
    r"(?:flat|apartment|house|home|place|room|studio|loft|bedsit|bungalow|cottage|cabin|farm\w*|barn|mill|chapel"
    r"|church|station|factory|warehouse|stables?|abbey|manor|squat|villa|mansion"
    r"|block|building|tower|floor|basement|attic|dorm\w*|hostel|hall|halls|convent|monastery|vicarage|lighthouse"
    r"|castle|boat|houseboat|narrowboat|barge|van|bus|camper\w*|caravan|trailer|motorhome|tent|yurt|shed|village|town"
    r"|city|suburbs?|centre|center|countryside|country|coast\w*|island|mountains?|valley|desert|woods|forest|sticks"
    r"|north|south|east|west|middle|area|district|neighbou?rhood|county"
    r"|state|region|street|road|estate|square|river|canal|sea|beach|lake|hills?|outskirts|edge|border|commune"
    r"|community|shelter|home|share|annexe?|duplex|condo\w*|townhouse|terrace\w*|semi|netherlands|uk|us|usa|states"
    r"|philippines|[a-z]+lands|part|end|side|corner|heart|bit|high-rise|facility|care|base|campus|university|school"
    r"|hospital|hotel|pub)"
)
"""Where people live; what else has an article is no place name, and where they are often."""
_FOR_YEARS = (
    r"(?:called off|cancell?ed|postponed|is off|re(?:doing|decorating|modell?ing)|landscap\w+|doing up|learn\w*"
    r"|study\w*|train\w* (?:for|as|to)|sav(?:e"
    r"|ing)(?: up)? (?:for|to)|mov(?:e|ing)|marry|getting married"
    r"|get married|becom\w+|apply\w*|retir\w+|emigrat\w+|have (?:a baby|kids|children)|having a baby|adopt\w*|quit\w*"
    r"|lose (?:weight|\d)|los(?:e|ing) \w+ (?:kilos|pounds)|start\w* (?:a|an|my|our|at|with) \w+|open\w* (?:a|my"
    r"|our) \w+"
    r"|buy\w* (?:a|my|our) (?:\w+ )?(?:house|flat|car|van|boat|home|place|farm|truck)|get (?:a|my) (?:own"
    r"|licen[cs]e|dog|cat"
    r"|puppy|kitten|tattoo|degree)|renovat\w+|restor\w+|build\w*|writ(?:e|ing) (?:a|an|my|our) (?:\w+ )?(?:book|novel"
    r"|memoir|thesis|dissertation|phd|album|blog)|runn?(?:ing)? (?:a|an|the|my) (?:\w+ ){0,2}(?:marathon|race|ultra"
    r"|10k"
    r"|5k)|expecting|due in|hosting|visiting (?:my|our)|planning (?:a|an|my|our)|graduat\w+|working on (?:a|my)"
    r"|mak(?:e|ing) my own|goal|dream|ambition|resolution)"
)
_LIFE = (
    r"(?:switched|changed (?:jobs|schools|careers)|(?:haven't|have not) \w+ (?:since|for|in)|adopted|married"
    r"|divorced|separated|emigrated|immigrated|born|graduated|retired|quit|resigned|promoted"
    r"|fired|hired|laid off|made redundant|lost our (?:dog|cat|baby|house|home|horse)|inherited|founded|co-founded"
    r"|(?:started|opened|launched|built) (?:a|an|my|our)"
    r"|got (?:engaged"
    r"|married|divorced|into|my|the job|a (?:job|dog|cat|puppy|kitten|place|promotion|scholarship))|bought (?:a|an"
    r"|our|my"
    r"|the) (?:\w+ ){0,2}" + _GOODS + r"|sold (?:my|our) (?:\w+ )?" + _GOODS + r"|broke (?:my|up)|tore my|sprained my"
    r"|fractured my|had (?:surgery|a (?:baby|stroke|miscarriage|heart attack)|my \w+ (?:out|removed|replaced|done))"
    r"|diagnosed|lost my (?:job|dad|mum|mom|father|mother|husband|wife|brother|sister|son|daughter|dog|cat|hearing"
    r"|sight|leg|arm)|won (?:a|an|the)|published|passed my|failed my|learn(?:ed|t) to|gave birth|joined (?!in\b|on\b"
    r"|last\b|this\b)|enrolled|served|signed (?:the|our|my|a) (?:\w+ )?(?:contract|lease|mortgage|papers|deeds?)"
    r"|failed (?!to\b)|(?:did|ran|swam|finished|completed|cycled|rowed) (?:an?"
    r"|my first|the|my) (?:\w+ ){0,2}(?:\d+ ?k|\w*marathon|triathlon|ultra|ironman)"
    r"|studied|grew up|raised|trained as|became|gave up|given up|stopped (?:smoking|drinking|eating)|taken up|took up"
    r"|never (?:been|had|got|learned|learnt|eaten|flown|driven|smoked|owned|lived|seen)|converted|signed up for"
    r"|moved (?!(?:the|this|that|it|them|all|everything|on)\b))"
)

_SIGNS = Signs(
    lasting=re.compile(
        r"\b(?:(?:every|each) (?:other |second |third |single |few )?(?:day|week|month|year|morning|afternoon"
        r"|evening|night"
        r"|weekend|spring|summer|autumn|fall|winter|christmas|easter|\w+day)s?|on \w+days|\w+day (?:mornings|evenings"
        r"|nights|afternoons)|(?:mon|tues|wednes|thurs|fri|satur|sun)days|at weekends|on weekends|weekdays|weeknights"
        r"|(?:once|twice|thrice|\w+ times|\w+ days|\w+ nights|\w+ hours) (?:a|per) (?:day|night|week|fortnight|month"
        r"|year)|daily|weekly|fortnightly|monthly|yearly|always|usually|regularly|normally|mostly|generally|never"
        r"|since (?!then\b|yesterday|this|last (?:night|week)|monday|\w+day\b|(?:one|two|three|four|five|six|seven"
        r"|eight|nine|ten"
        r"|eleven|\d{1,2}|noon|midnight|dawn|breakfast|lunch|dinner)\b)\w+|for (?:\w+ ){0,3}(?:years?|months"
        r"|decades?|ages)|(?:years|decades) (?:ago|now|of)|all my life|my whole life|as a (?:child|kid|teenager)"
        r"|by trade"
        r"|for a living|full[- ]time|part[- ]time|lifelong|permanently|no longer|any ?more|used to|these days"
        r"|nowadays"
        r"|sworn off|on principle|by heart|in any form|at all)\b"
    ),
    called=re.compile(
        r"\b(?:[Mm]y|[Oo]ur) (?:\w+[ -]){0,2}\w+,? [A-Z][a-z]+\b|\b(?:called|named) [A-Z]"
        r"|(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z]|'s|\b)"
    ),
    typical={
        "possession": re.compile(
            rf"\b{_GOODS}\b|\bown \w+|\bno (?:oven|siblings|brothers|sisters|relatives|pets?|kids|children|family"
            rf"|degree|training|experience|religion|sense of"
            r" \w+|hair|spleen|appendix|gallbladder|thyroid|teeth|smartphone|heating|lift|tv|television|dishwasher"
            r"|freezer"
            r"|microwave|washing machine|savings|debts?|allergies|qualifications|tattoos|internet at home)\b"
        ),
        "plan": re.compile(rf"\b{_FOR_YEARS}\b"),
        "event": re.compile(rf"\b{_LIFE}\b"),
        "family": re.compile(
            r"\b(?:is|are|was|were|am|be)(?: not| also| now| still| only| nearly| almost| over| just| both"
            r"| all)* (?:an? (?!(?:bit|mess"
            r"|pain|nightmare|joke|saint|angel|legend|star|dream|genius|idiot|jerk|big|little|real|total|tyrant"
            r"|monster"
            r"|control freak|sweetheart|dear|hoot|handful|snob|clown|menace|treasure|gem|good|great|bad|terrible"
            r"|huge|complete"
            r"|lot|riot|character|piece|one|lazy|nice|funny|lovely|weird|very|really)\b)\w+|my|our"
            r"|the (?:\w+)? ?of"
            r"|\d|called|named|from|allerg\w+|vegan|vegetarian|c?o?eliac|diabetic|\w+ intolerant|married|pregnant"
            r"|retired"
            r"|dead|deaf|blind|autistic|disabled|born|turning|getting married|expecting|moving|starting|studying"
            r"|training"
            r"|learning|working|living|based|single|divorced|engaged|one|two|three|four|five|six|seven|eight|nine|ten"
            r"|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|twenty|thirty|forty|fifty|sixty"
            r"|seventy"
            r"|eighty|ninety|afraid|terrified|scared|in (?:the|\w+ (?:grade|school))|at (?:uni\w*|college|school)"
            r"|german|french"
            r"|spanish|italian|polish|turkish|irish|english|british|american|dutch|chinese|indian|russian"
            r"|portuguese)\b"
            r"|'s (?:\d|name|birthday|called|an? \w+|from|allergic|pregnant)"
            r"|\b(?:works?|lives?|has|have|had|loves?|likes?|hates?|prefers?|plays?|stud(?:y|ies)|teach(?:es)?"
            r"|speaks?|runs?"
            r"|owns?|turns?|turned|turning|moved|moves|died|retired|retires|married|came|comes|grew|collects?|sings?"
            r"|paints?"
            r"|breeds?|rides?|sells?|writes?|eats?|drinks?|do(?:es)?n't|do(?:es)? not|can't|cannot|never|usually"
            r"|suffers?|smokes?|called|named|name|birthday|used to|starts?|started|graduat\w+|helps?|picks|visits?"
            r"|raised|adopted|passed away|married|divorced|got|set|goes|uses?|needs?|wears?|babysits?|looks after"
            r"|snores|don't|served|used to)\b"
        ),
        "other": re.compile(
            r"^(?:my|our) (?:\w+ ){1,3}(?:is|are|'s|was) |^(?:i|we) (?:weigh|measure|wear|owe|earn|own)\b"
        ),
        "habit": re.compile(
            r"\b(?:play|speak|teach|sing|sell|grow|breed|coach|volunteer|foster|knit|sew|paint|collect|garden|surf"
            r"|ski|row"
            r"|sail|dance|brew|eat|drink|smoke|vape|raise|keep|train|meditate|commute|juggle|fish|hike|swim|cycle"
            r"|jog|bake)\b"
        ),
    },
    distant=re.compile(
        r"\b(?:it|that|this|them|those|these|one|ones|some|like that|the same|another|both|him|so|him|here|there"
        r"|that one|this one|mine better|yours better|more|mine|them all|all of (?:them|it|you)|both of them)"
        r"(?=[.!,;]*$|[,;] | (?:now|again|too|myself|with|in|on|at|to|for|as|by|from|like|already|up|out|down|back"
        r"|off"
        r"|first|instead|anyway|though|tho|lol|haha|and|but|so|because|before|after|when|if|today|tonight|yesterday"
        r"|tomorrow|later|soon)\b)"
        r"|\b(?:this|these|those) (?!\w+ (?:called|named)\b|year|month|week|summer|winter|spring|autumn|fall|is\b"
        r"|was\b|way)\w+"
        r"|^(?:i'll|we'll|i will|we will) (?:go|come|try|start|wait|see) (?:next|later|instead|again|then|tomorrow"
        r"|some)\b"
        r"|^(?:i'm|we're|i am|we are) (?:flying|leaving|going|driving|travell?ing)(?: out)? (?:on|at|in (?:a|two"
        r"|three|\d)|next|this|tomorrow|tonight)\b[^,]{0,20}$|^(?:i|we)(?:'ve| have)? (?:only |just )?(?:joined"
        r"|signed up|started|registered|applied|subscribed|paid|ordered"
        r"|booked) (?:in|on|last|this|at|by|two|three|a \w+ ago|yesterday)\b[^,]{0,20}$|^(?:i'm|we're|i am"
        r"|we are) (?:visiting|attending|joining|touring) (?:with|on|next"
        r"|this|tomorrow|tonight|in (?:a|two|three|\d))\b|^(?:i|we)(?: \w+)? (?:like|love|hate|enjoy|prefer) (?:how"
        r"|where|what|when|why|the idea|the way)\b"
    ),
    momentary=re.compile(
        r"\b(?:live|lived|living) (?:\w+ )?(?:in|at|on|under|inside) (?:the|an?|my|our|this)"
        rf" (?!(?:[\w'-]+ ){{0,4}}?{_DWELLING}\b)(?!.*\b(?:of|called) )\w+"
        r"|\b(?:has|have|had|got|running) (?:got )?an? (?:\w+ )?(?:temperature|fever|cold(?=[.,!;]|$| and\b| at\b"
        r"| so\b| today)|headache|tummy ache|stomach ache|toothache|sore throat|runny nose|nosebleed|hangover|stitch"
        r"|cramp|hiccups)\b(?! (?:every|once|twice|all the time|most))"
        r"|^(?:i|we) (?:\w+ )?(?:read (?:the|your|this|that)\b|stay(?:ed)? (?:up|late|positive|calm|in bed|awake|out)"
        r"|settled (?:on|for|down to)"
        r"|share (?:the|this|my|your|files?)"
        r"|own (?:that|this|it|up)|come from (?:the|work|school|lunch)|came (?:home|back|from)|got into (?:trouble"
        r"|an? (?:fight|argument|error))"
        r"|run (?:the |my |these |all )*(?:\w+ )?(?:tests?|scripts?|code|commands?|programs?|builds?|quer\w+|server"
        r"|app|jobs?|pipeline|benchmarks?"
        r"|container|simulation|model)|study (?:the|this|these)|work(?:ed)? on (?:the|this|it)|take the (?:first"
        r"|second|third|last|other)"
        r"|live for|used to use|worked (?:fine|well|great))\b|^(?:i'm|we're|i am|we are) (?:staying"
        r"|living) (?:positive|calm|in"
        r"|up|awake|put|in fear|on (?:coffee|pizza))\b"
        r"|^(?:my|our) (?:\w+ )?(?:house|home|flat|apartment|garden|place|kitchen|room|office|job|work|team|shift"
        r"|company|boss|school|street|town|city)"
        r"(?:'s| is| are| was| looks?| feels?| smells?)(?: \w+)? (?:a mess|a (?:nightmare|joke|disaster|dump)|so"
        r"|very|too|freezing|cold|hot|boring|ok(?:ay)?|fine"
        r"|great|nice|amazing|awful|terrible|messy|dirty|quiet|loud|sad|closed|down|late|busy|stressful|annoying"
        r"|crazy|empty|dark|\w+ing me|killing)\b"
        r"|^(?:my|our) team (?:lost|won|played|scored)\b|^(?:my|our) (?:\w+ )?(?:house|garden|office|place|job|team"
        r"|flat) (?:looks|feels|smells|sucks)\b"
        r"|^(?:i'm|i am|we're|we are) (?:\w+ )?(?:getting|running|looking|seeing|using|trying|making|doing|cooking"
        r"|adding"
        r"|putting|having|sitting|lying|standing|waiting|watching|writing|typing|testing|debugging|asking|wondering"
        r"|thinking|feeling|heading|walking|driving|calling|talking|eating|drinking|holding|wearing|about to)\b"
        r"(?! (?:married|divorced|a (?:dog|cat|puppy)|my own|(?:an?|my) (?:\w+ )?(?:master'?s?|masters|bachelor'?s?"
        r"|diploma|apprenticeship|internship|traineeship|doctorate)\b|(?:(?:\w+ )?surgery|(?:my|the"
        r"|an?) (?:\w+ ){1,3}(?:done"
        r"|out|removed|replaced|fitted|operated|corrected)|an? (?:\w+ ){0,2}(?:baby|party|operation"
        r"|procedure|implant|tooth))|(?:a|my|the) (?:\w+ ){0,3}(?:marathon|novel|book|thesis|degree|phd|course))\b)"
        r"|\b(?:is|are) (?:already |just |still |currently |now )?(?:being|snoring|sleeping|crying|barking|calling"
        r"|waiting|sitting"
        r"|asking|looking|driving me|annoying|yelling|shouting|acting|lying|gonna|going to)\b"
        r"|\b(?:i|we) (?:have to|need to|must|gotta|'ve got to)\b|\b(?:minutes?|seconds?|an hour|two hours"
        r"|half an hour)(?: left| to go| ago|[.!]*$)"
        r"|^(?:i|we)(?:'ve| have)? (?:just )?(?:got|had|received) (?:an?|the|some) (?:\w+ )?(?:e-?mail|mail|message"
        r"|call|letter|text|reply|answer"
        r"|notification|quote|invite)\b|^(?:i|we)(?:'ve| have)? (?:just |already )*(?:tried|put|added|typed|clicked"
        r"|pasted|copied|changed|fixed"
        r"|checked"
        r"|looked|watched|forgot|asked|said|told|heard|saw|noticed|tested|installed|updated|restarted|used(?! to)"
        r"|cut|poured"
        r"|boiled|mixed|googled|emailed|texted|phoned|messaged|rebooted|opened (?:the|it)|closed|ordered|missed"
        r"|spilled|ran out)\b"
        r"|^(?:i|we) (?:\w+ )?(?:have|need|want|got|'ve got)(?: got)? (?:\w+ ){0,2}(?:eggs?|flour|sugar|butter|rice"
        r"|chicken|pasta"
        r"|tomato\w*|onions?|garlic|potato\w*|cheese|cream|beans|carrots?|peppers?|mince|beef|pork|fish fillets?"
        r"|leftovers|yeast|lettuce|cabbage|bread|milk|\w+ left\b"
        r"|soda|powder|(?:kilos?|kg|grams?|pounds?|litres?|liters?|cups?|tins?|cans?|bags?|jars?|slices?|packs?) of"
        r"|bananas?|apples?|lemons?|spinach|noodles|a list|an array|a string|a dict\w*|an object|a class"
        r"|a loop|an error|a warning|a column|a table|a file|a folder|a script|a dataframe|rows|columns|a function"
        r"|time"
        r"|enough|everything|nothing|something|anything)\b"
        r"|^(?:my|our|one of (?:my|our)|an?|the) (?:\w+ )?(?:clients?|customers?|patients?|students?|pupils?|guests?"
        r"|readers?|followers?|viewers?|users?|colleague's \w+|boss's \w+|neighbou?r's \w+|friend's \w+)\b(?! (?:are"
        r"|is|call) (?:my|me))"
        r"|^(?:my|our) (?:\w+ )?\w+ (?:ate|broke|took|lost|forgot|stole|spilled|spilt|burnt|burned|hid|dropped|threw"
        r"|chewed|woke|scratched|drank|(?:has|have) \w+(?:ed|en)|used up|knocked|dented|binned) (?:my|our|the|all"
        r"|half|another|his|her|their|me"
        r"|it)\b"
        r"|^my (?:\w+ )?(?:boss|teacher|landlord|landlady|manager|colleague|coworker|neighbou?r|mum|mom|dad|friend"
        r"|sister|brother"
        r"|wife|husband|girlfriend|boyfriend|roommate|flatmate|doctor|therapist|dentist)s? (?:just |also |always "
        r"|keeps? )?"
        r"(?:said|says|told|asked|asks|called|texted|wants|wanted|thinks|thought|gave|sent|yelled|keeps|made me"
        r"|left me|kept|(?:has|have|is|are) (?:my|our) \w+|has gone|scheduled|cancel\w+|rejected|approved|denied"
        r"|emailed|announced|decided|refused|ignored"
        r"|demanded|assigned|signed"
        r"|showed|recommended|suggested|wrote|forgot|needs|expects|hates me|is (?:so|such|really|very|being"
        r"|annoying|right|wrong"
        r"|mad|angry|upset|furious|unbelievable|crazy|nuts|great|amazing|awesome|awful|terrible|horrible|nice|sweet"
        r"|lovely"
        r"|rude|mean|weird|funny|late|here|home|away|out|busy|fine|ok|okay|sick|ill|asleep))\b"
    ),
    trait=re.compile(
        r"\b(?:i'm|i am|i was|we're|we are) (?:not |such |really |just |basically |kind of |quite |also "
        r"|being )*(?:an? |the )?"
        r"(?:(?:very|highly|really|pretty|bit of an?|total|complete|terrible|bad|good|great|huge|big|bold|hopeless"
        r"|horrible"
        r"|awful|lousy|decent|true|proper|simple|lazy|happy|lucky|sad|nice|patient|impatient|honest|smart|clever"
        r"|stupid|grumpy|changed|nervous|motivated|strong|weak|fun|cool|weird|normal|positive|negative|careful|best"
        r"|worst"
        r"|first one|last one|only one|kind|sort|type|part)\b(?! (?:friend|sister|brother|student|year|manager|dane"
        r"|engineer"
        r"|teacher|nurse|doctor|driver|cook at)).*"
        r"|(?:\w+ ){0,2}(?:\w+ )?(?:person|perfectionist|optimist|pessimist|realist|procrastinator|worrier|saver"
        r"|loser|winner"
        r"|genius|disaster|wreck|mess|idiot|fool|sucker|believer|thinker|mood|legend|god|king|queen|hero|monster|star"
        r"|failure|burden|fan|stickler|noob|newbie|zombie|machine|robot|potato|fighter|survivor|dreamer|human|being"
        r"|proud owner|mystery"
        r"|problem|victim|joke|clown|dummy|angel|saint|sinner|snob|softie|sap|guy|man|woman|girl|lady|bloke))\b"
        r"(?! (?:for|at|in|of|from|who|with|called) )"
        r"|^i work (?:\w+ )?(?:hard|a lot|well|fast|better|best)\b(?!.*\b(?:night|evening|home))|^i have (?:three"
        r"|two|some|a few) more\b"
    ),
    unfinished=re.compile(
        r"(?<!\w)(?:do|does|don't|doesn't|didn't|is|are|was|were|am|isn't|can|will|won't|would|with|to|of|for|the"
        r"|an?|and|but"
        r"|or|who|which|because|my|our|than|if|when|like)[.!,;]*$|\bwith, |\bi (?:live|work) (?:in|at|with"
        r"|for)[.!,;]*$"
    ),
    ironic=re.compile(
        r"\b(?:living the dream|(?:phd|degree|master's) in (?:procrast|lazi|sarc|napp?|overthink)\w+"
        r"|married to (?:my|the) (?:job|work|couch|sofa"
        r"|bed|phone|coffee|computer|laptop)|never (?:again|ever)|(?:hundreds?|thousands?|million"
        r"|billion)s? (?:of )?years)\b|"
        r"\b(?:love|adore|enjoy|live for|can't wait for|favou?rite)\b.{0,30}\b(?:mondays?|taxes|tax returns?"
        r"|paperwork|traffic(?: jams?)?|queu\w+|standing in line|meetings?|bureaucracy|deadlines?|overtime"
        r"|alarm clocks?|waking up|getting up at|5 ?am|4 ?am|being (?!outdoors|outside|alone|near|by\b|in (?:nature"
        r"|the)|with|at home|a \w+|my own|retired|single)\w+|stuck in|spending (?:\w+ )?(?:hours?|the (?:day|night"
        r"|morning)|half|all|my (?:\w+ )?(?:evening|weekend|day|holiday)s?) (?:at|in|on|with|\w+ing)"
        r"|getting (?!up early|outside|out\b|together|dressed up|away)\w+|spam|ads|hangovers?|root canals?"
        r"|mosquito\w*|flat tyres?|flat tires?|delays|delayed|getting rained|stepping in"
        r"|cleaning (?:the )?(?:toilets?|bathrooms?|up)"
        r"|doing (?:the )?(?:dishes|laundry|taxes)|waiting (?:for|on|in)|crying|bugs|migraines?|losing|failing"
        r"|paying)\b"
    ),
)

_GAME = (
    r"(?:role(?:[- ]?play(?:ing)?)?|character|scene|play|game|practi[cs]e|exercise|mock|dictation|story|rehearsal|drill"
    r"|sketch|simulation|persona|improv|interview|(?:phone )?call|consultation|monologue|script|novel|chapter"
    r"|make-believe)"
)
"""What people play or make up together."""

ENGLISH = Language(
    code="en",
    marks=frozenset(
        "the i is are my a of and to in it you that was for on with have this be do what i'm not but at me we".split()
    ),
    spelling=(
        *swapped(
            "work works working live living night nights teach study moved years family with have daughter sister"
            " brother mother father husband birthday school nurse married allergic children bought second vegetarian"
        ),
        (re.compile(r"\bim\b"), "i'm"),
        (re.compile(r"\bive\b"), "i've"),
        (re.compile(r"\bi d\b"), "i'd"),
        (re.compile(r"\bdont\b"), "don't"),
        (re.compile(r"\bdoesnt\b"), "doesn't"),
        (re.compile(r"\bdidnt\b"), "didn't"),
        (re.compile(r"\bcant\b"), "can't"),
        (re.compile(r"\bisnt\b"), "isn't"),
        (re.compile(r"(?<=\w)'s been\b"), " has been"),
        (re.compile(r"\bbf\b"), "boyfriend"),
        (re.compile(r"\bgf\b"), "girlfriend"),
        (re.compile(r"\br (?=\w+ing\b)"), "are "),
        (re.compile(r"\bluv\b"), "love"),
        (re.compile(r"\bu\b"), "you"),
        (re.compile(r"\bgonna\b"), "going to"),
        (re.compile(r"\bwanna\b"), "want to"),
        (re.compile(r"(?<=\w) n (?=\w)"), " and "),
        (re.compile(r"\bw/? (?=\w)"), "with "),
        (re.compile(r"\b(?:lowkey|highkey|hella)\b"), "really"),
        (re.compile(r"\b(?:yr|yrs)\b"), "year"),
        (
            re.compile(r"^still (?=can't|cannot|don't|love|hate|like|live|work|play|have|sell|teach|run|own)"),
            "i still ",
        ),
        (re.compile(r"^can't (?=stand|eat|drink|swim|drive|have|do)"), "i can't "),
        (
            re.compile(
                r"^(?=(?:(?:finally|just|recently) (?=got|moved|started))?(?:live|work (?:as|in|at|for)|moved"
                r"|grew up|got (?:an?|two|three|my)|did (?:the|my)|had (?:my|a|two|three)"
                r"|started|lost my"
                r"|broke my|adopted|married|study|teach|own|used to|retired) )"
            ),
            "i ",
        ),
        (
            re.compile(
                r"^(?=was (?:made redundant|born|diagnosed|fired|laid off|promoted|raised|adopted"
                r"|widowed|brought up)\b"
                r"|lost (?:my|our)\b|got (?:diagnosed|divorced|engaged|married|promoted|laid off)\b)"
            ),
            "i ",
        ),
        (
            re.compile(
                r"^(?=doing (?:an?|my) (?:\w+ )?(?:apprenticeship|degree|phd|masters?|master's|internship|course)\b)"
            ),
            "i'm ",
        ),
        (
            re.compile(
                r"^(?!(?:it|i'm|i|you|nothing|not|anyone|is|are|right|over|down|up|same|me|hello|hi|come|get|what"
                r"|who|all|good"
                r"|nobody|new|the|my|we|he|she|they|that|this|there|from|live|lives|out|in|put|see|look|click)\b)"
                r"((?:[\w-]+ ){0,2}(?!(?:answer|error|user|number|letter|server|folder|layer|header|order|paper"
                r"|water|weather"
                r"|problem|issue|bug|link|line|question|mistake|nothing|stuff|thing|place|part|word|page|list"
                r"|trouble|works)s?\b)[\w-]+)"
                r" here(?=[,.!:;]|$)"
            ),
            r"i'm a \1",
        ),
        (
            re.compile(
                r"^(?=(?:workshop|office|studio|flat|house|boat|allotment|garden|shop|job|boss)(?:'s| is) (?:in|on"
                r"|at|an?) )"
            ),
            "my ",
        ),
        # who is told about is left out: "been on metformin for years", "two kids, 4 and 7", "single dad of three"
        (
            re.compile(
                r"^(?=been (?:on|in|at|to|with|off|living|working|doing|playing|learning|studying|training|married"
                r"|sober"
                r"|vegan|vegetarian|single|teaching|running|together|an?|here)\b)"
            ),
            "i've ",
        ),
        (
            re.compile(
                r"^(?=(?:(?:just|recently|finally|originally) )?(?:trained|retired|graduated|qualified|switched"
                r"|joined|quit"
                r"|became|grew|bought|adopted|inherited|volunteer|commute|foster|look after|grow|breed|teach|keep"
                r"(?= (?:bees|hens|chickens|goats|sheep))) )"
            ),
            "i ",
        ),
        (
            re.compile(
                r"^(?=(?:(?:currently|still|now|both|recently) )?(?:living (?:in|with|at|on|alone)|working (?:as|at"
                r"|for|in"
                r"|from|nights|part|full)|studying|training (?:for|as|to)|learning|teaching|volunteering|retired"
                r"|married"
                r"|divorced|widowed|engaged|pregnant|diabetic|co?eliac|deaf|blind|dyslexic|off (?:dairy|gluten|sugar"
                r"|meat"
                r"|alcohol|caffeine|coffee|sick|work)|on (?:metformin|insulin|statins|antidepressants|blood thinners"
                r"|maternity|parental|sick leave|benefits))\b)"
            ),
            "i'm ",
        ),
        (
            re.compile(
                r"^(?=(?:(?!the|my|our|your|his|her|their|what|which|how|if)[\w-]+ ){0,2}?(?:mum|mom"
                r"|dad|father|mother"
                r"|parent|nurse|teacher|student|widow\w*|pensioner|carer|apprentice) (?:of|to|at|in|from|here|by)\b)"
            ),
            "i'm a ",
        ),
        (
            re.compile(
                r"^(?=(?:(?:one|two|three|four|five|six|seven|\d) )(?:\w+ )?(?:kids|children|boys|girls|sons"
                r"|daughters|cats"
                r"|dogs|grandkids|grandchildren|brothers|sisters|toddlers|teenagers)(?:[,.!:;(]|$| and | aged ))"
            ),
            "i have ",
        ),
        (
            re.compile(
                r"^(?=(?:allergic to|from|married to|born in|based in|vegan|vegetarian|currently (?:living"
                r"|working)) )"
            ),
            "i'm ",
        ),
    ),
    lead_in=re.compile(
        r"^(?:bru+h|bro|dude|omg|mate|guys|folks|no (?:joke|kidding|word of a lie)(?=[,:.!])|(?:hi|he+y+|hello|hiya"
        r"|good (?:morning|afternoon|evening))(?: there| again| everyone| \w+(?=[,!]))?|ok|okay|so|well"
        r"|oh|ah|and|but|perfect|awesome|lovely|brilliant|excellent|amazing|good|fine|alright|all right|got it"
        r"|i see(?=[,.!]|$)|makes sense"
        r"|fair enough|fair|true|same|sweet|neat|typical|nah|yea|ya|ye|yeh|yh|aye|ha|ikr|ooh|aw+|phew|damn|oof"
        r"|will do|thx|ty"
        r"|cheers|btw|by the way|also|actually|anyway|yes|yeah|yep|yup|no(?=[,.!;:–—-]| (?:i|i'm|i've|my|we|we're|it"
        r"|that|not|no|sorry|wait)\b|$)|nope|sure|right|thanks|thank you"
        r"(?: so much| very much)?|cool|great|nice|wow|fyi|for the record|just so you know|you know|in fact|honestly"
        r"|to be honest|tbh|well actually|correction|sorry|i (?:got|had) (?:that|it) wrong|i meant(?: to say)?"
        r"|i mean|i misspoke|what i meant(?: was)?|i wanted to say(?: that)?|evening|morning|update|quick update"
        r"|good news|bad news|guess what|just to let"
        r" you know|i(?:'ve)? (?:just )?forgot to (?:say|mention)(?: that)?|i should (?:add|mention|say)(?: that)?"
        r"|did i"
        r" (?:mention|tell you) that|the thing is|funny enough|besides|plus|then|oops|hmm|um|uh|lol|haha|ugh|yay"
        r"|speaking"
        r" of which|as i said|like i said|for context|some context|important|one more thing|p\.?s\.?"
        r"|i (?:think|believe|guess) i (?:told|mentioned) (?:you )?(?:that )?|believe it or not|real talk|no really"
        r"|really though|(?:but )?(?:the )?truth is|(?:all )?(?:kidding"
        r"|joking|jokes) aside|no,? but really|no,? seriously|thing is|(?:and|but) really|seriously(?: though| now)?"
        r"|(?:in all"
        r"|on a) serious\w*(?: note)?"
        r"|change of plans?|big news|what's (?:definite|certain|true|new|sure) is(?: that)?|love it|i have to (?:say"
        r"|admit))"
        r"(?:[\s,.!:;–—-]+|$)"
    ),
    keep=re.compile(
        r"^(?:please,? |so |and |also |ok,? |oh,? |just )*(?:can you |could you |would you |will you "
        r"|i'd like you to "
        r"|i would like you to |i want you to |i need you to |you should |you can )?(?:please |always )*"
        r"(?:(?:remember|don't forget|do not forget|never forget|note|keep in mind|bear in mind"
        r"|make a (?:mental )?note"
        r"|take note|save|for future reference|for the record|for next time|write down|jot down|be aware)"
        r"(?: (?:this|it)(?=[ ,]))?(?: down)?(?: of)?"
        r"(?:,? (?:for (?:later|me|next time|good|ever|the future|all my \w+|future \w+)|always"
        r"|please))*(?: that|[:,])?"
        r"|(?:(?:one|another|some|a|more) (?:\w+ )?(?:things?|facts?)"
        r"|something)(?: else)? (?:for your (?:memory|notes)"
        r"|(?:to|you should|you need to) (?:remember|know|keep in mind|note))(?: about me)?(?: for \w+ \w+)?:"
        r"|for your (?:memory|notes|records)[:,]|just so you (?:know|have it|remember)(?: for \w+ \w+)?[:,]"
        r") (?!to\b|me\b|when\b|how\b|what\b)"
    ),
    question=re.compile(
        r"^(?:please(?! call me)|pls|can|could|would|will|should|may|might i|shall|tell|give|show|help|let|let's"
        r"|make|write"
        r"|explain"
        r"|what|what's|who|who's|whom|whose|where|where's|when (?:is|are|do|does|did|will|was|should|can)|why|how"
        r"|how's"
        r"|which|do|does|did|is|are|am i|was|were|has|have (?:you|we|they)|had (?:you|we)|any (?:idea|tips|advice)"
        r"|thank"
        r"|thanks|translate|summari[sz]e|suggest|recommend|find|search|list|describe|compare|check|calculate|convert"
        r"|draft|compose|create|generate|rewrite|fix|correct|proofread|remind|stop|forget|ignore|never mind|nevermind"
        r"|don't (?!eat|like|drink|smoke)|imagine|pretend|suppose|assume|act|play|repeat|continue|go on|wait|look"
        r"|see|read this"
        r"|use|add|remove|put|set|turn|open|close|send|call (?!me)|text|answer|respond|reply|speak|talk"
        r"|always (?:answer"
        r"|respond|reply|use|say|be|write|speak|call|recommend|start|end|include)|never (?:answer|respond|reply|use"
        r"|say"
        r"|mention|reveal|tell|recommend|call|ask))\b(?!'t)"
    ),
    clause=re.compile(
        r"(?i)(?:,? (?:and|but|so|plus)|[,;]) (?:also )?(?=(?:i|i['’]m|i['’]ve|i['’]ll|my|we|we['’]re|we['’]ve"
        r"|our)\b(?! and)|the \w+ (?:is|are|was) (?:off|cancell?ed|postponed|called off)\b)"
        r"|(?<!\bwhen)(?<!\bwhat)(?<!\bthat)(?<!\bif)(?<!\bbecause)(?<!\bsince)(?<!\bwhere)(?<!\bwho)(?<!\bthan)"
        r"(?<!\bas)(?<!\bhow)(?<!\ball)(?<!\bbefore)(?<!\bafter)(?<!\buntil)(?<!\bwhile)(?<!\bwhich)(?<!\bthink)"
        r"(?<!\bsaid)(?<!\bknow)(?<!\band)(?<!\bso)(?<!\bbut)(?<!\bn)(?<!,) (?:n )?"
        r"(?=i (?:do|wanna|want to|work|live|play|moved|started|teach|study|drive)\b)"
    ),
    unreal=re.compile(
        r"^(?:if|unless|imagine|suppose|assuming|let's say|what if|in (?:my|the|this|that) (?:dream|story|novel|game"
        r"|scene|play|campaign|film|movie|book|sketch)|in (?:skyrim|minecraft|stardew|zelda)|when i (?:grow|get"
        r"|was a (?:pirate|king)))\b"
    ),
    tail_question=re.compile(
        r"(?<![,;:–—-])[,;:–—-]+ *"
        r"(?:so |and |but |then |or )*(?:can|could|would|will|should|do|does|did|is|are|was|what|what's"
        r"|which"
        r"|where|when|who|why|how|how's|any|may|shall|have you|got any|isn't|aren't|right|help|recommend|tell"
        r"|give)\b[^?]*\?"
    ),
    tail_request=re.compile(
        r"(?<![,;:–—-])[,;:–—-]+ *"
        r"(?:so |and |but |then )*(?:please|pls|never|don't|do not|tell|give|make|keep|let's|let me"
        r"|help|suggest|recommend|remind|skip|avoid|use|write|show|can you|could you|would you|you (?:can|could"
        r"|should)|you(?:'d|'ll|'ve|'re| know| see| say| said| told| think| always| never| keep)?|mind you|as you"
        r"|if you|believe me"
        r"|which is why|that's why|hence|what|any|which|how|no need)\b.*$|\s+so (?:you|please|pls|don't|can you"
        r"|could you)\b.*$|, (?:but|and) (?:today|right now|now"
        r"|tonight|at the moment)\b.*$"
    ),
    reason=re.compile(
        r"^(?:since(?! (?:\d|january|february|march|april|may (?:i|we)|june|july|august|september|october|november"
        r"|december|easter|christmas|last|this|then|yesterday|my \w+day|the (?:summer|winter|spring|autumn"
        r"|new year)))"
        r"|as(?! an? )|because|given that|seeing as|considering(?: that)?|now that|as you know,?) "
    ),
    first_person=re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|mine|me|we|we're|we've|our|ours|us)\b"),
    mine=re.compile(r"\b(?:my|our|with|for)\b"),
    kinds=(
        Kind(
            "name",
            re.compile(
                r"^my (?:full |first |last |middle |real |nick)?name(?:'s| is| was) |^my pronouns are |^(?:please "
                r"|you can |just "
                rf"|everyone |people |friends |my friends )*call(?:s)? me {_BY_NAME}"
            ),
            0.9,
        ),
        Kind(
            "birth",
            re.compile(
                rf"{_I_AM}(?:nearly |almost |about |over )?(?:\d{{1,3}}|{_AGE})(?: years| yrs|$|[.,!]| and| now"
                rf"| today)|{_I}{_ADVERB}(?:turn(?:ed|ing)? (?:\d|twenty|thirty|forty|fifty|sixty|seventy|eighty"
                rf"|ninety)|(?:was|were) born)|^(?:i was|we were) born|^i(?:'m| am) turning \d"
                r"|^\w+ (?:was|were) born (?:yesterday|today|on|last|this|in)|^(?:my|our) (?:\w+'s )?birthday"
                r"|^i(?:'ll| will) (?:be|turn) \d{1,3}\b"
            ),
            0.8,
        ),
        Kind(
            "health",
            re.compile(
                rf"{_I_AM}(?:(?:a (?:bit|little)|\w+) )?(?:severely |mildly |highly |deathly |slightly )?(?:allergic"
                rf"|vegan|vegetarian"
                rf"|pescatarian|diabetic|lactose|gluten"
                r"|coeliac|celiac|intolerant|pregnant|deaf|blind|colou?r.?blind|dyslexic|left-handed|autistic"
                r"|asthmatic"
                r"|short-sighted|near-sighted|epileptic|anaemic|anemic|teetotal|sober|kosher|halal|muslim|jewish"
                r"|christian"
                r"|catholic|buddhist|hindu|atheist|on (?:\w+ )?(?:blood thinners|statins|beta.?blockers|metformin"
                r"|thyroxine|antihistamines|the pill|chemo\w*|dialysis)|on (?:medication|insulin|antidepressants"
                r"|a \w*-?\w* ?diet)"
                r"|in a wheelchair"
                r"|claustrophobic|scared of|afraid of (?!.*\b(?:this|that|it)\b)|terrified of|recovering"
                r"|in remission|hard of hearing|bipolar|schizophrenic|hiv|infertile|menopausal|anorexic|bulimic"
                r"|hypermobile|religious|vaccinated)\b"
                rf"|^{_WHEN}(?:i|we)(?:'ve got| have got|'ve had|'ve) {_ADVERB}(?:\w+ ){{0,3}}?(?:asthma|diabetes"
                rf"|allerg\w+|migraines?"
                r"|adhd|add|epilepsy|arthritis|eczema|anxiety|depression|insomnia|vertigo|hay fever"
                r"|high blood pressure"
                r"|coeliac|celiac|intolerance|phobia|condition|disease|syndrome|disorder|dys\w+|tinnitus|glasses"
                r"|type (?:1|2|one|two)"
                r"|pacemaker|an? epipen|bad (?:back|knees?|shoulder|hip|hearing|eyes))\b"
                r"|^(?:my|both my) (?:\w+ )?(?:knees?|back|hips?|shoulders?|eyes?|eyesight|hearing|heart|lungs?"
                r"|ankles?|wrists?|spine|thyroid|kidneys?) (?:is|are|has been|have been|'s)(?: \w+)? (?:bad|weak"
                r"|bust\w*|shot|gone|fused|poor|failing|stiff|damaged|arthritic)\b"
                r"|^(?:my|both my) (?:\w+ )?(?:knees?|back|hips?|shoulders?|eyes?|lungs?|ankles?|wrists?|spine"
                r"|kidneys?|heart|leg|legs|foot|feet|arms?|hands?|valve|appendix|gallbladder|tonsils) (?:was|were|got"
                r"|has been|have been)"
                r" (?:\w+ )?(?:replaced|operated on|fused|removed|reconstructed|rebuilt|amputated|transplanted)\b"
                rf"|{_I}{_ADVERB}(?:have|had|suffer from|was diagnosed|got diagnosed|take"
                rf"|carry) (?:\w+ ){{0,3}}?"
                r"(?:asthma|diabetes|allerg\w+|migraines?|adhd|add|epilepsy|arthritis|eczema|anxiety|depression"
                r"|insomnia|vertigo"
                r"|hay fever|high blood pressure|coeliac|celiac|intolerance|phobia|condition|disease|syndrome"
                r"|disorder|insulin|tablets|pills|thyroxine|statins|antidepressants|blood thinners|type (?:1|2|one"
                r"|two)(?! error)"
                r"|an? epipen|medication|pacemaker|back (?:pain|problems)|bad (?:back|knee|knees|shoulder|hip)"
                r"|glasses|tinnitus)\b|^(?:i've|i have) never (?:smoked|drunk|driven|flown|skied|voted|married)[.!]*$"
                rf"|{_I}{_ADVERB}(?:have|had|suffer from|was born with) (?:\w+ ){{0,2}}?\w{{3,}}(?:itis|osis|algia"
                rf"|praxia|lexia|emia|plegia|pathy|phobia|trophy|plasia)\b|{_I}{_ADVERB}(?:inject (?:\w+ )?insulin"
                rf"|(?:use|carry|need|walk with) (?:an? |my )?(?:\w+ )?(?:inhaler|epipen|hearing aids?|crutches|cane"
                rf"|walking frame|cpap\w*))\b|{_I}{_ADVERB}see (?:an?|my) (?:\w+ )?(?:therapist|counsell?or|psych\w+"
                rf"|physio\w*|specialist"
                rf"|dietitian|shrink)\b"
                rf"|{_I_AM}(?:doing|on|trying) (?:a )?(?:keto|paleo|low[- ]carb|intermittent fasting|whole30"
                rf"|weight watchers)\b"
                rf"|{_I}{_ADVERB}get (?:very |really |badly )?(?:seasick|carsick|airsick|travel sick"
                rf"|motion sick\w*|migraines|hives|dizzy|nosebleeds|panic attacks)\b"
                rf"|{_I}{_ADVERB}had (?:my|the|a) .*\b(?:operated on|removed|replaced|taken out|surgery|operation"
                rf"|transplant)\b"
                rf"|{_I}{_ADVERB}(?:was|got) (?:just )?diagnosed\b"
                rf"|{_I}{_ADVERB}{_NOT} {_ADVERB}(?:eat|drink|tolerate|smoke|digest|have (?:any )?(?:dairy|gluten"
                rf"|nuts|lactose))\b"
                rf"|{_I}{_ADVERB}(?:{_NOT}) (?:read music|smell|taste|swim|drive|cook|ride|sing|dance|ski|fly"
                rf"|whistle|climb)\b"
                r"|^(?:nuts|peanuts|shellfish|dairy|gluten|milk|eggs|penicillin|cats|pollen)\b.* (?:make|makes"
                r"|give|gives) me\b"
            ),
            0.9,
        ),
        Kind(
            "family",
            re.compile(
                rf"^{_WHEN}(?:my|our) (?:\w+ |\w+-\w+ ){{0,3}}?{_PERSON}\b(?:'s?)? \S+ \S"
                rf"|^(?:my|our) (?:youngest|eldest|oldest|middle (?:one|child)|first-?born|little one"
                rf"|other half)\b(?:'s?)? \S+ \S"
                rf"|^(?:the (?:wife|husband|missus|twins|kids|children|boys|girls|dogs?|cats?|in-laws)|gran(?:dad|ny"
                rf"|dma|dpa)?|nan|nana"
                rf"|mum|mom|dad"
                rf"|hubby|wifey)\b(?:'s?)? \S+ \S"
                rf"|^my (?:\w+ )?{_PERSON} and (?:i|me) \w+ \S"
                r"|^(?:i|we)(?:'ve got|'ve| have| got)(?: got)? (?:one|two|three|four|five|\d|a couple of"
                r"|several) (?:\w+ )?(?:under-\w+"
                r"|teens|teenagers|girls|boys|kiddos|littl(?:e ones|ies))\b"
                rf"|{_I_AM}(?:\w+ )?(?:married|divorced|engaged|single|widowed|separated|dating"
                rf"|in a (?:\w+ )?relationship"
                r"|an? family of|expecting|an only child|the (?:oldest|youngest|eldest|middle|first|second)"
                r"|a (?:twin|father"
                r"|mother|dad|mum|mom"
                r"|single (?:mom|mum|dad|parent|mother|father)|grand\w+|parent|widow\w*)|getting (?:married"
                r"|divorced)|going to be a"
                r" (?:father|mother|dad|mum|mom|grand\w+|uncle|aunt)|seeing someone)\b"
                rf"|{_I}{_ADVERB}(?:got (?:married|engaged|divorced)|broke up|split up|had (?:a|our"
                rf"|my) (?:\w+ )?(?:baby|son|daughter|child))\b"
                rf"|^{_WHEN}(?:i|we)(?:'ve got|'ve| have| got| had|'ve had| don't have| do not have"
                rf"| never had)(?: got)? {_ADVERB}(?:{_COUNT} |any )?(?:\w+ |\w+-\w+ ){{0,3}}?{_PERSON}\b"
            ),
            0.8,
        ),
        Kind(
            "home",
            re.compile(
                rf"{_I}{_ADVERB}(?:live|lived|grew up|moved(?= (?:to|into|from|out|back|here|house|flat|in|away"
                rf"|abroad|again|last|this|two|three))|relocated|rent|own|bought (?=an? (?:house|flat|apartment"
                rf"|cottage|cabin|farm|place|home)|our|my|the house|land)|commute|come from|came from"
                rf"|stay|stayed"
                r"|settled|emigrated|immigrated|share|used to live|'ve lived|have lived|was raised) (?!together$)\S"
                rf"|{_AM_ING}(?:living|moving|renting|relocating|staying|commuting|based|settling) \S"
                rf"|{_I_AM}(?:half |part )?(?:greek|french|german|dutch|swiss|czech|thai|\w+(?:nese|glish|lish|nish"
                rf"|dish|rkish|rish|ttish"
                rf"|talian|rwegian|lgian|ssian|anian|arian|erian|rtuguese|ndian|exican|erican|zilian"
                rf"|ralian))\b(?! \w+ing)(?:$|[.,!]| and| but| by)"
                rf"|{_I_AM}(?:originally )?(?:from|based in|a native of|born and raised)\b"
                r"|^(?:my|our) (?:\w+ ){0,2}?(?:flat|apartment|house|home|hometown|garden|village|town|street"
                r"|neighbou?rhood|cabin|farm|place)\b \S+ \S"
                r"|^i(?:'ve| have) (?:just |recently )?(?:moved|relocated|bought|lived|been living)\b"
            ),
            0.8,
        ),
        Kind(
            "work",
            re.compile(
                rf"{_I}{_ADVERB}(?!(?:am|was|live|eat|sit|wait|got|get|met|saw|left|lost|bought|had|have|sleep|need"
                rf"|want|went|go|stand)\b)"
                r"\w+ (?:\w+ )?(?:in|at|for) an? (?:\w+ )?(?:hospital|school|nursery|office|factory|shop|bar|pub"
                r"|restaurant|hotel|care home|warehouse|bank|lab|library|museum|garage|bakery|kitchen|call centre"
                r"|call center|clinic|surgery|prison|vineyard|farm|salon)\b"
                rf"|{_I}{_ADVERB}(?:used to be (?:an?|the|in)|work|worked|study|studied|teach|taught|homeschool"
                rf"|home-school|freelance|run|manage|lead|retired"
                rf"|graduated|quit|resigned"
                r"|got (?:a (?:new |the )?(?:job|raise|offer|position|role|place|scholarship|promotion)|the job"
                r"|promoted|hired|fired|laid off|accepted|into)|lost my job|used to work|'ve worked"
                r"|majored|dropped out|changed jobs|switched jobs|own a|started (?:a (?:new )?(?:job|company"
                r"|business)|work(?:ing)?|my own|as an?|at)|have (?:a|my) (?:\w+ )?(?:degree|phd|job|company|shop"
                r"|business|practice|diploma|master's|bachelor's))\b"
                rf"|{_I_AM}(?:not (?=.*\b(?:any ?more|now|yet)\b))?(?:an? |the |one of the |training to be an? "
                rf"|studying to (?:be|become) an? )(?=[^,.;:!?]{{0,40}}?\b{_ROLE}\b)(?!bit\b|little\b|lot\b|few\b"
                rf"|huge fan\b|big fan\b|idiot\b|mess\b|while\b|fan\b|minute\b|moment\b"
                r"|person who\b|big\b|beginner at this|night owl|morning person|human\b|robot\b|bot\b|ai\b"
                r"|machine\b|genius\b|wizard\b|bad person|good person|lost\b)\w+"
                rf"|{_I_AM}(?:\w+ )?(?:in (?:\d\w*|\w+th|first|second|third|kindergarten|middle|high|primary"
                rf"|secondary|grad|law|med\w*"
                rf"|nursing|art) ?(?:grade|year|form|class|school)|on the (?:\w+ ){{1,3}}?(?:team|board|committee"
                rf"|council|squad|staff)"
                rf"|on (?:the )?(?:night|day|early|late|back|graveyard|morning|evening) shifts?|on (?:nights|days"
                rf"|earlies|lates)"
                rf"|retired|unemployed|self-employed|freelance\w*|between jobs|in (?:the|a"
                rf"|my) (?:\w+ ){{1,3}}?(?:programme|program|course|team|band|choir|club|class|department|society"
                rf"|navy|army)|doing (?:the|an?) (?:\w+ ){{1,4}}?(?:certificate|course|degree|phd|apprenticeship"
                rf"|internship|training|masters?)|on (?:(?:parental|maternity|paternity|sick|medical) )?leave"
                rf"|working (?:as|at|for|in|on|from|part|full|nights|towards)|studying|a student|teaching"
                rf"|doing (?:a|my) (?:phd|master\w*|bachelor\w*|degree|internship|apprenticeship|residency)"
                rf"|in (?:my )?(?:first|second|third|fourth|fifth|final|last) (?:year|semester)|in charge of"
                rf"|writing my (?:thesis|dissertation)|applying (?:to|for)|interviewing)\b"
                r"|^(?:my|our) (?:\w+ ){0,2}?(?:job|work|career|company|business|office|employer|commute|shift|team"
                r"|startup|start-up|thesis|dissertation|degree|major|studies|shop|bakery|restaurant"
                r"|salary)\b \S+ \S"
                r"|^i was (?:\w+ ){1,3}years (?:on|at|in|with|as)\b|^i \w+ .*\bfor a living\b"
                r"|^as an? (?:\w+ ){1,3}i\b|^they(?:'ve| have)? (?:moved|promoted|transferred|made|put|gave|fired"
                r"|hired"
                r"|laid|offered) me\b|^i (?:qualified|trained|certified) as\b|^i(?:'ve| have) (?:just |recently "
                r"|now )?(?:been working|been teaching|worked"
                r"|started (?:a new job|working)|retired|graduated|been promoted|been a|been an|quit)\b"
            ),
            0.8,
        ),
        Kind(
            "preference",
            re.compile(
                rf"{_I}{_ADVERB}(?:{_LIKE}(?! the (?!sea|ocean|beach|mountains?|countryside|outdoors|woods|forest"
                rf"|theatre|theater|cinema|cold|heat|dark|rain|snow|winter|summer|autumn|spring|night|mornings?|city"
                rf"|north|south|piano|guitar|violin|opera|ballet|\w+s\b|idea of|taste|smell|sound|texture|sight"
                rf"|thought|feeling|beatles))|{_NOT} (?:{_ADVERB})(?:like|enjoy|want (?:any|to (?!know|be rude|bother"
                rf"|talk|discuss))|stand|listen|care for|drive|fly|swim|celebrate|believe|wear|own"
                rf"|have (?!time|any idea|a clue|a question|the time))) {_OBJECT}"
                rf"|{_I_AM}(?:not )?(?:(?:really|very|quite|totally|also|super|pretty|so) )*(?:into|fond of"
                rf"|keen on|interested in|passionate about|obsessed with|crazy about|mad about|good at|bad at"
                rf"|terrible at|hooked on|addicted to|a (?:big |huge |massive |lifelong |real |total )?(?:fan"
                rf"|lover|fanatic)|more of an?|a (?:night owl|morning person|tea person|coffee person|dog person"
                rf"|cat person|\w+ (?:person|lover|fan|enthusiast|addict|nerd|geek)))\b {_OBJECT}"
                rf"|{_I_AM}a (?:night owl|morning person|early bird|homebody|bookworm|foodie|(?:tea|coffee|dog|cat"
                rf"|people) person|\w+ (?:lover|fan|enthusiast|nerd|geek|addict))\b"
                r"|^(?:i|we)(?:'ve| have)? (?:come (?:a)?round to|grown to (?:like|love|hate)"
                r"|changed my mind about) \w"
                r"|^my (?:all-time |absolute |least )?favou?rites?\b .*\S|\b(?:is|are) my (?:all-time |absolute "
                r"|new |least )?favou?rites?\b"
                r"|^i(?:'d| would) rather (?:\w+ ){1,6}than\b|^i(?:'ve| have) always (?:loved|hated|liked|enjoyed"
                r"|wanted|dreamed|dreamt)\b"
            ),
            0.6,
        ),
        Kind(
            "possession",
            re.compile(
                rf"^{_WHEN}(?:i|we) (?:don't|do not|didn't) {_ADVERB}(?:have|own|drive) (?:an?|any) \w|^(?:i"
                rf"|we) only have one \w|^{_WHEN}(?:i|we)(?:'ve got|'ve| have| own| got|'ve had| had| keep| drive"
                rf"| ride| play)(?: got)? {_ADVERB}{_COUNT} (?!question|idea|favou?r|problem|issue|request|doubt"
                rf"|suggestion|feeling|thought|thing|moment|minute"
                r"|look|headache|clue|chance|bit|lot|few|hunch|quick|good (?:idea|day|time|one)|bad (?:day"
                r"|feeling)|hard time|great (?:day|time)|nice|new question|follow|small question|simple"
                r"|couple of questions|another|other question|plan$|choice|say|word|friend who|patient|client"
                r"|customer|third|second)\w"
                r"|^(?:my|our) (?:\w+ ){0,2}?(?:car|bike|bicycle|motorbike|van|boat|piano|guitar|violin|cello"
                r"|phone number|camera|telescope|instrument|caravan|camper|sailboat|allotment|greenhouse"
                r"|laptop is an?|phone is an?)\b \S+ \S"
            ),
            0.5,
        ),
        Kind(
            "plan",
            re.compile(
                rf"^(?:i'd|i would|we'd) (?:like|love) to (?:become|learn|visit|move|study|write an?|run an?"
                rf"|buy an?|open an?|start an?)\b \S"
                rf"|{_AM_ING}(?:going to(?! (?:bed|sleep|ask|try (?:it|that|this)|check|be honest|need"
                rf"|the (?:bathroom|shop|store|kitchen)|have to|say|go now|cook it|use (?:it|that))\b)|planning"
                rf"|flying|moving|getting (?:a (?!headache)|married|my|our|surgery|ready for)|having (?:a (?:baby"
                rf"|party|operation|surgery)|surgery|my|our|an? (?:\w+ ){{1,3}}(?:out|removed|done|replaced|fitted"
                rf"|operated))|(?:making|baking|knitting|sewing|designing|growing|brewing|building) (?:my|our)"
                rf"|starting|travell?ing|taking (?:a|an|part|my|up|lessons|the \w+ (?:exam|test))|meeting (?:my"
                rf"|with)|visiting|leaving (?:for|my|on|in)|running (?:a|an|the|my|in)|due|training for"
                rf"|saving (?:up )?for|learning|building|renovating|redoing|redecorating|landscaping|doing up"
                rf"|restoring|writing an?|preparing for|competing"
                rf"|performing|hosting|organi[sz]ing|reading|working on (?:a|an|my)|trying to (?:lose|quit|learn"
                rf"|save|eat|cut|become|get pregnant|give up)|hoping to|looking for an? (?:new )?(?:job|flat"
                rf"|apartment|house|place|puppy|school|therapist)|taking|expecting|coming to|heading to|spending"
                rf"|off to)\b \S"
                rf"|{_I}{_ADVERB}(?:will|'ll|shall) {_ADVERB}(?!be (?:back|right|there|honest|fine)|try|let you"
                rf"|have to go|check|think about|ask|do (?:it|that)|take (?:it|that|a look)|keep (?:it|that)"
                rf"|get back|need|see|go with|look|tell|send|use)\w+ .*\b(?:tomorrow|next|on|in|this|tonight|at|by"
                rf"|from|for|end)\b"
                rf"|^(?:i'll|we'll) {_ADVERB}(?!be (?:back|right|there|honest|fine)|try|let you|have to go|check"
                rf"|think about|ask|do (?:it|that)|take (?:it|that|a look)|keep (?:it|that)|get back|need|see"
                rf"|go with|look|tell|send|use)\w+ .*\b(?:tomorrow|next|on|in|this|tonight|at|by|from|for|end)\b"
                rf"|{_I}{_ADVERB}(?:want|plan|intend|hope|wish|need|dream|'d (?:like|love)|would (?:like"
                rf"|love)) (?:of|to) (?!know|ask|see (?:you|it|that|how|what)|hear|talk|discuss|understand|say"
                rf"|thank|tell|find out|check|make sure|be (?:sure|clear|honest)|have (?:a|some) (?:look|idea)"
                rf"|use (?:it|this|that)|do (?:it|that|this)|go (?:now|to (?:bed|sleep))|cook (?:it|that|this"
                rf"|something)|try (?:it|this|that)|think|give you|order|share|point|clarify|add\b|leave (?:it"
                rf"|now)|stop talking|chat|eat something|get (?:it|this|that)|write (?:a|an) (?:mail|email|letter"
                rf"|poem|message)|send|print|book it)\w+"
                r"|^(?:my|our) (?:\w+ ){0,2}?(?:goal|dream|plan|plans|resolution|ambition"
                r"|aim)s? (?:\w+ ){0,3}?(?:is|are|was)\b (?!simple|clear)"
                rf"|^(?:my|our|the) (?:\w+ |\w+'s ){{0,3}}?{_DATED}s? (?:is|are|was|were|got|has been|will be"
                rf"|starts?|begins?|moved|went)\b \S"
                r"|^(?:(?:my|our|the) )?\w+(?: \w+)? (?:is|are|was|has been|got) (?:off|cancell?ed|called off"
                r"|postponed)\b"
                rf"|^(?:there's|there is|i've got|i have) an? (?:\w+ ){{0,3}}?{_DATED}\b"
            ),
            0.6,
        ),
        Kind(
            "loss",
            re.compile(
                r"^(?!.*\bmy (?:\w+ )?(?:plants?|phone|battery|car|laptop|computer|hopes?|engine|connection|wi-?fi"
                r"|app|server|session|console|fridge|dream|tree|tomatoes|starter|basil|cactus|grass|lawn|radio|tv"
                r"|router|charger|camera|bike|conversation|party) (?:has |just |have )?died)(?!i(?:'ve| have| almost"
                r"| nearly| just)? died)(?!(?:i|we)\b(?!.*\b(?:my|our|when|since|after)\b))"
                r".*\b(?:died|passed away|was put down|was put to sleep)\b"
            ),
            0.8,
        ),
        Kind(
            "event",
            re.compile(
                rf"{_I}{_ADVERB}(?:{_EVENT}|(?:haven't|have not) \w+|didn't get|did not get|didn't pass) (?!(?:it"
                rf"|that|this|them)[.!]*$"
                rf"|you\b|lost$|confused|it\b|the (?:joke|point|idea)|a (?:question|bit|headache)|stuck|curious"
                rf"|to (?:ask|bed|thinking)|your\b|an? (?:error|message|answer)|bored|hungry|tired)\S"
                rf"|^{_WHEN}(?:i've|i have|we've|we have) {_ADVERB}(?:just |finally |already "
                rf"|recently )*(?:{_EVENT}|never \w+|been (?:to|learning|playing|training|running|taking|trying"
                rf"|married"
                rf"|together|diagnosed|accepted|invited|seeing|offered)|done|had an?|given up|taken up|broken"
                rf"|bought|sold|met|won|lost|quit|written|begun|chosen|become|gone back|fallen) \S"
                rf"|{_I}(?:was|were) (?:made redundant|accepted|awarded|born|chosen|diagnosed|fired|hired|hit"
                rf"|invited|laid off"
                rf"|offered|promoted|robbed|rejected|selected|hospitali[sz]ed|operated|baptised)\b"
            ),
            0.6,
        ),
        Kind(
            "habit",
            re.compile(
                rf"{_I}{_ADVERB}(?:used to )?{_HABIT} (?!(?:it|that|this|them|so)[.!]*$|you\b|sure\b|sense\b"
                rf"|it (?:now|again)\b|a (?:look|moment|break|guess)|the (?:point|time)|note\b|care\b|part of"
                rf"|your\b|now[.!]*$|better|well enough|up to|an? (?:question|mistake))\S"
                rf"|{_I}(?:can|could|know how to|am able to) (?:\w+ )?(?:speak|play|swim|drive|cook|read|sew"
                rf"|juggle|ski|sign|code|program|fly|ride|bake|sing)\b"
                rf"|{_I}(?:prefer|need) (?:my|to (?:sleep|eat|work|study|get up|wake))\b \S"
            ),
            0.5,
        ),
    ),
    signs=_SIGNS,
    never=re.compile(
        r"^i (?:do|am|have|did|will|can|would)(?: indeed| too| so| not| now)?[.!]*$|\bi do not intend\b|"
        r"\b(?:you|your|yours|yourself)\b(?! know\b)"
        r"|^(?:i'm|i am|we're|we are|i feel|i've been feeling|i was) (?:(?:so|very|really|just|a bit|a little"
        r"|pretty|quite|too|feeling|also|still|now|always|currently|a tad|kinda|all) )*"
        r"(?:tired|hungry|thirsty|bored|fine|ok|okay|good|great|well|happy|sad|sorry|sure|here|back|ready|done"
        r"|busy|late|stuck|lost"
        r"|confused|curious|glad|afraid$|afraid that|excited|wondering|asking|talking|kidding|joking|serious|cold"
        r"|hot|not sure|off$|alright"
        r"|thinking (?:about|of) (?:what|how|this|that|it)|trying to (?:understand|figure|find|fix|get (?:this|it)"
        r"|make (?:this|it)|decide)|looking (?:at|forward)|on my way|about to|impressed|amazed|surprised|exhausted"
        r"|sleepy|nervous|stressed|annoyed|angry|grateful|thankful|proud of you|interested in (?:hearing|knowing"
        r"|what|how)|a (?:bit|little) \w+$|in a (?:hurry|meeting|good mood|bad mood)|having (?:a (?:coffee|tea"
        r"|beer|good|bad|great|nice|hard|tough|lazy|quiet)|lunch|dinner|breakfast|trouble|fun)|eating|drinking"
        r"|sitting|waiting|standing|not (?:feeling|in the mood|following))\b"
        r"|^i (?:just |really |still |also |already |kind of |honestly )*(?:think so|guess|see\b|understand|mean\b"
        r"|agree|disagree|wonder|suppose|hope (?:so|that|this|it|you)|know\b|don't know|do not know|didn't know"
        r"|don't understand|don't think|don't get it|don't mind|don't care|don't remember|can't remember"
        r"|can't decide|can't tell|can't believe|can't wait|can't think|can't see|can't find|couldn't find|forgot"
        r"|feel like|need (?:help|some help|advice|an idea|ideas|a (?:recipe|hand|tip))|have (?:to (?:go|run|say"
        r"|admit)|no idea|a question|another question|an idea)|was (?:just )?(?:wondering|thinking|asking|kidding"
        r"|joking)|asked|said|told|meant|tried (?:that|it|this)|think (?:it|that|this|he|she|they|we|there)|doubt"
        r"|bet|swear|promise|love (?:it|that|this)|like (?:it|that|this)|hate (?:it|that|this|when)|appreciate"
        r"|apologi[sz]e|read (?:that|somewhere|about|an article)|heard (?:that|about)|saw (?:that|this|it"
        r"|a (?:video|post|documentary|film|movie)))\b"
        r"|^(?:i'd|i would) (?:say|guess|think|appreciate|be (?:happy|glad|grateful)|suggest|assume|imagine)\b"
        r"|\bif (?:i|we|only|my)\b|\bi wish\b|\bliterally (?:dying|dead|killing|starving|freezing|the (?:worst|best"
        r"|only)|can't|cannot|just|every\w*|no)\b|\bi'd (?!like|love|rather|been|already|say)"
        r"|^(?:i|we) (?:almost|nearly|just about) (?!always|never|only|every|exclusively|all\b|eat|live|work"
        r"|drink)\w+|\b(?:i|we) (?:was|were) (?:once |originally )?(?:going to|gonna|about to|supposed to|meant to"
        r"|planning to)\b(?!.*\b(?:off|cancel|instead|now)\b)"
        r"|^i (?:want|need|would like|'d like|'d want) (?!to\b|my (?:son|daughter|kids?|child|children|mum|mom"
        r"|mother|dad|father|wife|husband|partner)\b)(?:\w+ ){1,4}?(?:to (?:be|say|show|look|sound|have|read|start"
        r"|end|go|come|appear|fit|feel|include|contain|mention|use|stop|return|print|open|work|know)|bigger|smaller"
        r"|wider|shorter|longer)\b"
        r"|\b(?:learnt|learned|learn|discovered|picked up) (?:just )?(?:something|an? (?:new |neat |nice |cool "
        r"|good )*(?:trick|thing|word|expression|lesson)|a lot|so much|new things|my lesson)\b"
        r"|\bi keep (?:saying|forgetting)\b|\bwould have\b|\bwould be (?:nice|great|cool|fun)\b|\bimagine\b"
        r"|\bhypothetical|\bwhat if\b|\blet's (?:say|pretend|imagine)\b|\bsuppose\b|\bin (?:my|another) (?:dream"
        r"|novel|story|game|universe|book)\b|\bas if\b|\bpretend|\bin[- ](?:the )?game\b|\bi (?:dreamed"
        r"|dreamt)\b|^in (?:skyrim|minecraft|stardew|the sims|zelda|fallout|animal crossing|gta|pok[eé]mon)\b"
        r"|^(?:maybe|perhaps|possibly|probably) |\bi (?:might|may|could|should|probably)\b|\b(?:thinks?|believes?"
        r"|reckons?|decided|insists?) (?:that )?(?:i'm|i am)\b|\baccording to (?:my|our"
        r"|the|him|her|them|his|everyone)\b|\bnot sure (?:if"
        r"|whether|yet)\b|\bhaven't decided\b|\bthinking (?:about|of)\b|\bconsidering\b"
        r"|\bthis (?:app|site|chat|thing|conversation)\b|\bto the (?:sofa|couch|kitchen|gym now)\b|\bregret it\b"
        r"|\b(?:season|episode|chapter) (?:of|\d)\b.*\binstead\b|^i play a (?:little|bit)\.?$|^i keep saying\b"
        r"|^(?:i'm|i am) (?:not|no) (?:an? |the )?(?:\w+ ){1,2}but\b|^i (?:live and learn|rest my case"
        r"|stand corrected|owe you|take (?:it|that|everything) back|have no complaints|can't complain|give up"
        r"|have my doubts|beg to differ|am all ears)\b|^(?:i'm|i am) all ears\b"
        r"|^(?:my|our|one of (?:my|our)|a|the|some|this) (?:\w+ ){0,2}?(?:flat|house|room|class|team|work"
        r"|school)?(?:mate|friend|cousin|neighbou?r|colleague|coworker|co-worker|boss|manager|landlord|landlady"
        r"|teacher|doctor|client|customer|guy|bloke|woman|girl)s?'s?"
        r" (?!name\b)(?:\w+-in-law|new \w+|\w+)(?:'s)? (?:is|are|was|has|had|have|works?|lives?|got|says|loves?"
        r"|can't|moved|used)\b"
        r"|^(?:i'm|i am) (?:the|your|an?) (?:system |site |real |new )?(?:admin|administrator|developer|creator"
        r"|owner|operator|maker|programmer|supervisor|root|superuser)[.!]*$"
        r"|^(?:my|our|the) (?:\w+ )?(?:number|reference|ref|order|ticket|case|customer|membership|policy|tracking"
        r"|booking|invoice|serial)(?: number| no\.?| id| code)?(?:'s| is|:) (?:\w*\d|the\b)"
        r"|^(?:an?|some|the|one|two) (?:\w+ )?(?:friend|colleague|neighbou?r|mate|boss|cousin|guy|woman|girl|ex"
        r"|client|customer|teacher)s? of"
        r" (?:my|our|mine|a|his|her)\b|^my \w+'s (?:\w+ )?(?:friends?|boss|colleagues?|neighbou?rs?|ex|teacher|coach"
        r"|landlord|flatmate|roommate|assistant|client|customer)\b(?!'s name| (?:is|are) (?:called|named))|^i(?:'ve"
        r"| have)? (?:call|named?|called) (?:him|her|it|them) \w+"
        r"|^i (?:just |really |do |still |honestly |personally )*(?:think|reckon|suspect|feel (?:like|that)"
        r"|find that) (?!i\b|i'|my\b|of\b|about\b)"
        r"|^i have to\b|\balready\.?$|\bmy (?:next |first |last |other |second |main |real |only )?(?:question"
        r"|point|guess|bad\b|apologies|pleasure|mistake|understanding|prompt|message|request|goodness|god|gosh"
        r"|turn\b|dear|code|query|impression|thanks|regards)\b"
        r"|\byou(?:'re|'ve|'d|'ll)\b"
    ),
    passing=re.compile(
        r"\b(?:right now|just now|at the moment|this time|today|tonight|this (?:morning|afternoon|evening)|so far"
        r"|for now|in (?:\w+ )?(?:minutes?|an hour|a bit)|all before|half an hour)\b"
        r"|^(?:i|we) (?:need|want (?:it|the|a|an|this|that|some|more|less)|tried|changed|dropped (?!out)|put"
        r"|clicked|typed|pressed|keep (?:it|that|getting|having|\w+ing)|see|can see|ordered|picked"
        r"|chose|pasted|copied|sent|replied|send|will send|forgot)\b"
        r"|^(?:i'm|i am|we're|we are) (?:still |now |just |currently )*(?:at|in(?! fact)|on|off|by|under|near|behind"
        r"|outside|inside|stuck|waiting|sitting|standing|number|back|going to (?:change|try|use|add|remove|send"
        r"|check|ask|cook|make|print|go with))\b(?! (?:dairy|gluten|sugar|meat|alcohol|caffeine|coffee|metformin"
        r"|insulin|statins|antidepressants|benefits|my \w+ year|\w+ grade|year \d|(?:high|middle|primary|law"
        r"|med\w*|art|grad|nursing) school|college\b|uni\b|university\b"
        r"|sixth form|kindergarten|an? (?:\w+ )?(?:band|choir|wheelchair|orchestra|club|team)|nights\b"
        r"|(?:the )?(?:night|early|late|day) shift"
        r"|the (?:\w+ )?(?:board|committee|team|choir|council|squad|army|navy|band"
        r"|waiting list|transplant)))"
        r"|^(?:i'll|we'll|i will|we will) (?:send|try|use|check|change|add|go with|take the|print|ask|tell|let"
        r"|call|do)\b"
    ),
    artefact=re.compile(
        r"\b(?:line|row|column|cell|page|slide|step|question|version|chapter|section|paragraph|option|draft"
        r"|room) (?:\d+|one|two|three)\b"
        r"|\b(?:an?|two|three|several|many|\d+|my|the|some|another) (?:\w+ )?(?:pdfs?|documents?|e-?mails?|texts?"
        r"|essays?|letters?|options|choices|possibilities|questions|exercises|photos?|pictures|images?|videos?"
        r"|recordings?"
        r"|datasets?|lists?|notes?|forms?|messages?|percent)\b"
        r"|\b(?:array|struct|enum|hash ?map|hashmap|loop|compiler|api|endpoint|docker|container|kubernetes|regex"
        r"|parser"
        r"|linter|unit tests?|test suite|pull request|merge conflict|stack ?trace|null|pointer|thread|variable|method"
        r"|component|migration|json|yaml|html|css|sql|csv|class(?=\W+(?:inherit|extend|implement|has a method))"
        r"|inherits?"
        r"|localhost|firmware|battery|wi-?fi|router|plugin|extension|inbox|attachment|syntax|subclass|interface"
        r"|timestamp|(?:sales|test|raw|sample|training) data|parameter|argument|directory|dependency|dependencies"
        r"|module)s?\b"
        r"|\bat \d+ ?(?:percent|%)"
        r"|\b(?:font|title|subtitle|heading|headline|slides?|paragraph|sentence|version|draft|branch|commit|code"
        r"|script|function|error|bug|crash(?:es|ed)?|exception|file|folder|repo|query|table|column|formula"
        r"|spreadsheet|cell|batch|words? (?:long|limit)|bullet|layout|logo|screenshot|link|password|prompt|button"
        r"|tab|browser|app|website|template|cover letter)s?\b"
        r"|\b(?:the|that|this) (?:word|phrase|wording|expression|colou?r|tone) \w+[.!]*$|\bprefer the (?:first|second"
        r"|last|other|old|new)\b"
    ),
    joke=re.compile(
        r":-?d\b|;-?\)|\bxd\b|\bbasically an?\b|\bobviously\b,? (?:and|a|an)\b|\bit's my favou?rite hobby\b"
        r"|\b(?:just kidding|jk|j/k|kidding|joking|just a joke|was a joke|only joke|sarcasm|not really"
        r"|of course not|lmao|rofl|said no ?(?:one|body)(?: ever)?|pulling your leg|messing with you)\b"
        r"|/s\b|😂|🤣|😜|🙃|\bas if\b|\byeah,? right\b"
    ),
    serious=re.compile(
        r"^(?:(?:ha|haha|lol|ok|okay|no|nah|well|but|and|anyway)[,.! ]+)*(?:(?:just )?(?:kidding|joking)\b"
        r"|(?:all )?jok(?:es?|ing) aside|i(?:'m| was| am) (?:just |only )?(?:kidding|joking)"
        r"|(?:that|it) was a joke|no,? really\b|seriously(?: though| now|[,:])|but seriously|in all seriousness"
        r"|back (?:on|to) (?:earth|reality)|on a serious note|for real though)"
    ),
    introduces=re.compile(
        r"^(?:(?:some |a bit of |a little |more )?(?:context|background|info)|about me"
        r"|(?:my |the |a |one )?(?:small "
        r"|little |big |quick |short |new )?(?:problem|situation|question|issue|case|update|news|job)|facts?|fyi"
        r"|ps|p\.s\.|update"
        r"|correction|by the way|btw|note|news|also|important|one thing|for the record|reminder|so|well|okay?|yes"
        r"|no|confession|fun fact|good news|bad news|(?:back|in|on|about|as for|the (?:truth|thing|reality)|fun"
        r"|quick|real|for"
        r"|joking|jokes|just|long story|situation|status|little)\b(?!.*\b(?:my|he|she|they|said|wrote)\b).{0,30})$"
    ),
    text_task=re.compile(
        r"^(?:\w+ ){0,3}(?:version|draft|take|attempt|try|opening|intro|ending|bio|caption|slogan|example|sample"
        r"|headline|title|testimonial|review"
        r"|(?:note|message|e-?mail|letter|text|mail|reply|quote) from)\b(?: \w+){0,4}: |"
        r"\b(?:first|next|last|second|third|opening|closing) (?:line|sentence|paragraph|verse|words)\b|"
        r"\b(?:chorus|verse|lyrics|stanza|poem|haiku|limerick|rhyme|dictation|homework|exercise|excerpt|quote"
        r"|passage|monologue)\b|^(?:complete|conjugate|put|turn|transform|fill in|mark)\b.*:"
        r"|\b(?:translate|proofread|correct|rewrite|rephrase|reword|summari[sz]e|paraphrase|shorten|improve|polish"
        r"|edit|fix|analy[sz]e"
        r"|explain|review|spell-?check|check|complete|continue|what does|how (?:do|would) (?:you|i) (?:say|write)"
        r"|(?:this|following|below) (?:text|sentence|paragraph|"
        r"email|mail|letter|article|message|poem|story|lyrics|song|quote|code|log|essay|review|paragraphs?"
        r"|passage)|here(?:'s| is| are) (?:the|an?|my|what|some)|it (?:says|reads|goes|said)|wrote(?: me)?|write"
        r"|draft|compose|cover letter|example sentence|sample)\b[^.?!\n]*[:\n]"
        r"|\b(?:translate|how do you say|what does|proofread|correct)\b"
    ),
    invents=re.compile(
        r"\b(?:write|tell|compose|make up|invent|give|continue)\b[^.?!]{0,40}\b(?:story|poem|song|tale|novel|joke"
        r"|dialogue|monologue|scene|limerick|haiku|lyrics|fairy ?tale|script|sketch|diary entry)\b"
        r"|\b(?:my|the) (?:main )?(?:character|protagonist|narrator|villain|hero(?:ine)?)\b|\bin my (?:novel|story"
        r"|book|script|play|poem)\b"
    ),
    revises=re.compile(
        r"^(?:make|add|change|cut|shorten|let|give|have|put|swap|replace|turn|more|less|can (?:you|he|she|it|they)"
        r"|version|draft)\b"
        r"|\b(?:in it|in there|the (?:story|poem|tone|scene|line|ending|verse|chorus|character|plot|rhyme|narrator"
        r"|hero|mood)"
        r"|(?:kind|sort) of (?:tone|thing|vibe|mood)|stanza|rhymes?)\b|^(?:next|second|third|new) (?:prompt|line"
        r"|verse|scene|chapter|version)\b"
    ),
    fiction=re.compile(
        # parts are given, or somebody dictates
        r"\b(?:you|i)(?: can| could| will|'ll|'d| would)? (?:take|play|act|do) (?:on )?the (?:part|role|side) of\b"
        r"|\b(?:want to|like to|let me|can we|could we|let's|help me|shall we) (?:rehearse|practi[cs]e|role-?play"
        r"|act out|run through) (?:\w+ing|how (?:i|to)|what i)\b"
        r"|\b(?:do|run|hold|have|try|stage) (?:an? |the )?(?:mock|fake|pretend|trial|practi[cs]e) (?:interview|exam"
        r"|call|trial|consultation|conversation|lesson|hearing|audition|negotiation|viva)\b"
        r"|^(?:please |now )?be my \w+(?: \w+)? (?:for (?:a|the|ten|five|one|two|now)|so|and|please)\b"
        r"|\b(?:as if|as though|like) you(?:'re| were| are) (?:the|an?|my) (?!best|expert|pro\b)\w+"
        r"|\b(?:let's|can we|could we|shall we) act out\b|\bi(?:'ll| will) do the \w+[.!]"
        r"|\b(?:now )?you be (?:an? |the |my )?\w+(?: \w+)? and i(?:'ll| will)? (?:answer|play|be|am)\b"
        r"|\brp\b|\byou (?:\w+ ){1,4}?\w+,? (?:and )?i(?:'ll| will)? (?:play|act|do) (?:the|an?|your)"
        r" (?!piano|violin|guitar|organ|drums|cello|flute|game|same|rest)\w+"
        r"|\b(?:can|could|would|will) you (?:please )?(?:act|play) (?:as )?(?:an?|the|my) \w+"
        r"|\b(?:let me be|i(?:'m|'ll be| am| play|'ll play|'ll do)) (?:the|your|an?) [\w' -]{2,40}(?:[.,;:]| and)"
        r" (?:and )?you(?:'re| are|'ll be| play| be| do)? (?:the|my) (?!one|best|only|first|expert|boss|ai\b|machine)"
        r"|"
        r"\b(?:let's|let us|can we|could we|we could|shall we|wanna|want to) (?:play|role-?play|pretend|imagine"
        r"|do an? (?:role|scene|improv))\b|\brole[- ]?play\b|\bpretend\b"
        r"|^(?:now |please )?play (?:my|the) (?!song|music|video|game|next|last|first|piano|guitar|radio)\w+|(?:^"
        r"|[.!?] )be (?:the|my|an) (?!first|best|one|judge|guest)\w+[.,!]|(?:^|[.!?] )be a (?:(?!bit|good"
        r"|nice)\w+ )?(?!bit|dear|little|lot|good|pal|sport|love|darling)\w+[.,!]"
        r"|\b(?:let's|let us|shall we|can we) (?:\w+ )?(?:write|tell|make up|invent"
        r"|improvise)\b[^.?!]{0,30}\b(?:story|tale|novel|poem|scene|song|play)\b"
        r"|\bin my (?:campaign|game)\b|\b(?:be|play) my (?:date|boss|friend|girlfriend|boyfriend|mother|mum|mom|dad"
        r"|therapist|teacher|opponent|customer)\b"
        r"|\bstory ?time\b|\bfor (?:a|the|my) (?:sketch|skit|bit|play|scene|improv|stand-?up)\b|\bstand-?up bit\b"
        r"|\bmy oc\b"
        r"|\b(?:speak\w*|talk\w*|writ\w+|answer\w*|now) as (?:him|her|them|the character|my character)\b|\bas (?:him"
        r"|her|my character):"
        r"|\bi play an? (?:\w+ )?(?:rogue|wizard|bard|paladin|cleric|ranger|druid|elf|half-elf|orc|dwarf|warlock"
        r"|sorcerer|barbarian|knight|thief|assassin)\b"
        r"|\btext(?:-based)? adventure\b|\b(?:escape room|murder mystery|choose your own|game master|narrator)\b"
        r"|(?:^|[.!?] )you(?:'re| are) the (?!best|greatest|man|boss|bomb|one|worst|goat|expert|only|first|last"
        r"|sweet|cool|smart|ai\b)\w+[.!]"
        r"|\bimagine (?:you|i|that|we|being)\b|\byou(?:'re| are) (?:now )?(?:a|an|the|my) [\w' -]{2,40}(?:[.,;]"
        r"| and) (?:and )?"
        r"(?:i'm|i am|i'll be)\b|^you(?:'re| are) (?:now )?(?:an?|the) [\w' -]{2,40}[.!]$|\byou(?:'ll be| be"
        r"| play) (?:an?|the|my) \w+"
        r"|\b(?:practi[sc]e|rehearse|simulate|mock|train)\b[^.?!]{0,30}\b(?:interview|conversation|dialogue|call"
        r"|speech|pitch|scene|exam"
        r"|negotiation|audition|talk)\b|\b(?:you ask,? i answer|interview me|ask me (?:interview )?questions as"
        r"|i(?:'ll| will) (?:play|be) the)\b|\byou(?:'re"
        r"| are) (?:a|an|the|my) (?:pirate|wizard|king|queen|detective|dragon|knight|robot|ghost|vampire|captain"
        r"|doctor now|cat now)\b|^\*[^*]+\*|\bonce upon a time\b|\bin character\b|\bdungeon|\bd&d\b|\bi (?:draw"
        r"|raise|swing|cast) my (?:sword|wand|staff)\b"
    ),
    dictates=re.compile(
        r"^(?=.*\b(?:novel|play|story|tale|monologue|screenplay|script|scene|memoir|sketch)\b)(?=.*\b(?:dictat\w*"
        r"|take (?:this|it|that) down|(?:chapter|scene|act) (?:one|two|three|four|five|\w*teen|\d+)|(?:first|opening"
        r"|next) (?:line|scene|paragraph|speech))\b)"
        r"|\b(?:in|with) the voice of (?:my|an?|the)\b|\bfrom the (?:point of view|perspective) of (?:my|an?|the)\b"
    ),
    narrates=re.compile(
        r"^i (?:go in|walk (?:in|into|up|over|through)|enter|draw my|light (?:a|my|the)|pour (?:my|a)|grab|pick up"
        r"|pocket|step (?:in|out|over|closer|back|into)|nod|smile|grin|sigh"
        r"|whisper|kneel|attack|swing|cast|hide|sneak|knock|lean (?:in|over|back)|look (?:around|behind|under)"
        r"|turn (?:around|the page|to face)"
        r"|reach (?:for|into|out)|sit down|stand up|jump|crawl|pull (?:the|my|out)|push (?:the|open)|throw (?:the"
        r"|my|a)|shoot|follow (?:the|him|her|them)"
        r"|examine|search the|open the (?:door|chest|box|gate|book|letter)|take the \w+|untie|duck|raise my"
        r"|lower my|bow|charge|flee|climb (?:the|up|into))\b"
    ),
    casts=re.compile(
        r"\*[^*]{3,}\*|\byou(?:'re| are) (?:now )?(?:\w+, )?(?:a|an|the|my) [\w' -]{2,40}(?:[,.;]"
        r"| and) (?:and )?(?:i'm|i am|i'll)\b|\byou(?:'re| are) [a-z]+, (?:a|an|the) \w+"
        r"|^[\"“'*]?you (?:stand|see|are (?:in|standing|surrounded)|enter|hear|find yourself|wake|step|reach the"
        r"|feel a|smell|notice)\b"
    ),
    ends_fiction=re.compile(
        r"^(?:(?:right|ok(?:ay)?|and|well|good|great)[, ]+)*(?:curtain|scene|end scene)[.!,]"
        r"|^(?:i quit$|i quit[.!,]|game over|the end\b|save and quit|got to (?:run|go)|gotta (?:run|go)|ha,? love it"
        r"|pause|break|stop|time ?out|cut|ooc|out of character|end of (?:the )?(?:story|game|scene|play)"
        r"|back to (?:reality|real life|work|business|me)|in real life|irl|for real|seriously"
        r"|(?:ok(?:ay)?,? )?(?:enough|that was fun|that's enough)|real question|the real me)\b"
        rf"|\b(?:out of|end of|enough|over|done|finished|stop(?:ping)?|leav(?:e|ing)|quit(?:ting)?|dropp?(?:ing)?|ends?"
        rf"|exit(?:ing)?|clos(?:e|ing)|break(?:ing)?|no more|(?:all|it|do) (?:of|for)) (?:(?:of|with|for|the|this"
        rf"|that|my|our|all) ){{0,3}}{_GAME}\b|\b{_GAME}(?: is|'s)? (?:over|done|finished|ended|ends|off|complete)\b"
        r"|^(?:in reality|as myself|speaking as myself|(?:another|different) (?:thing|question|matter|topic|subject)"
        r"|(?:something|on to something) else|change of (?:subject|topic))\b"
        r"|\b(?:out of character|in real life|back to real life|the story is over|let's stop (?:playing|the game)"
        r"|not in the (?:story|game))\b"
    ),
    person=re.compile(
        rf"(?i:\b(?:my|our) (?:\w+ |\w+-\w+ ){{0,2}}?{_PERSON}\b|\b(?:dad|mum|mom|grandma|grandpa|gran|granny"
        rf"|nana)\b)(?: (?:Mrs|Mr|Ms|Miss|Dr)\.?(?= [A-Z]))?(?: [A-Z][\w'-]+)?"
    ),
    about_them=re.compile(r"^(?:he|she|they|his|her|their|he's|she's|they're)\b"),
    follow_up=re.compile(
        r"^(?:he|she|it|they|his|her|its|their|both|we|that's|the (?:older|younger|other|first|second)|one"
        r"|his name|her name|it's)(?:'s|'re|'ll)? .*"
        r"(?:\bcalled\b|\bnamed?\b|\d|\byears?\b|\bborn\b|\bworks?\b|\blives?\b|\bhas\b|\bhave\b|\bloves?\b"
        r"|\bhates?\b|\blikes?\b|\bis an?\b|\bare\b|\bstudies\b|\bgoes\b|\bplays?\b|\bstarts?\b|\ballerg\w+"
        r"|\bfrom\b|\bmonday|\btuesday|\bwednesday|\bthursday|\bfriday|\bsaturday|\bsunday|\bmarried\b|\bmoved\b"
        r"|\bpassed\b|\bdied\b|\bleaves?\b|\b(?:blind|deaf|diabetic|co?eliac|vegan|vegetarian"
        r"|pregnant|retired|autistic"
        r"|intolerant|asthmatic|widowed|divorced|dyslexic)\b)"
    ),
    reported=re.compile(
        # what is called something has a name; who called said something
        r"\b(?:said|says|saying|goes|(?<!is )(?<!are )(?<!was )(?<!'s )called"
        r"|texted me|told|tells|asked|asks|replied|wrote|writes|shouted|thinks"
        r"|claims|claimed|insists"
        r"|(?:reads|read|states) (?=i\b|my\b)|according to|quote|quotes|texted|posted|tweeted|sings?|goes like)\b"
    ),
    over=re.compile(
        r"\b(?:quit|stopped|gave up|given up|giving up|no longer|any ?more|any longer|sold|got rid of|is gone"
        r"|(?:jacked|packed|chucked)(?: it)? in|chucked|handed in my notice|stood down|stepped down|resigned"
        r"|buried|put to sleep|had to be put down"
        r"|are gone|left|cancell?ed|called off|died|passed away"
        r"|put down|broke up|split up|moved (?:out|away)|dropped out|used to|retired from|ended|closed down"
        r"|finished with|done with|instead|is off|are off|switched from|swapped|traded (?:\w+ ){0,3}in|dropped out"
        r"|replaced|upgraded"
        r"|fell through|fallen through|no more"
        r"|(?:haven't|hasn't|have not|has not) \w+(?= since| for| in))\b"
    ),
    changes=re.compile(
        r"\b(?:now|nowadays|these days|from now on|changed?|switched|swapped|moved to|instead|rather than"
        r"|come (?:a)?round|grown to|after all|(?:went|goes|gone|going|put|moved) (?:up|down) to|postponed"
        r"|(?:upped|raised|lowered|cut|reduced|bumped|doubled|halved)(?: (?:it|me|my \w+|the \w+))? to"
        r"|rescheduled|back to|again|new|since (?:last|this|easter|christmas|january|february|march|april|may|june"
        r"|july|august|september|october|november|december))\b"
    ),
    gives_up=re.compile(
        r"\b(?:don't|do not|doesn't|does not|no longer|any ?more|never|not|stopped|quit|gave up|given up|used to"
        r"|am done with|i'm done with|can't|cannot|won't|now|again|these days|really|actually|absolutely|still"
        r"|ever|just)\b"
    ),
    slots=(
        Slot(re.compile(rf"^my (?:full |first |real )?name(?:'s| is)\b|^(?:please )?call me {_BY_NAME}"), "name"),
        Slot(
            re.compile(
                r"\b(?:i|we)(?:'m| am|'re| are|'ve| have)? (?:just |now |currently |recently |finally |still "
                r"|officially )*(?:(?:live|living) (?:in|on|near|at|with|alone|by)|(?:moved|moving|relocated"
                r"|relocating"
                r"|settled)(?: back)? (?:to|in)\b|based in)\b|\b(?:my|our) own (?:place|flat|apartment|house|home"
                r"|studio)\b|\bmoved (?:out|in with)\b"
            ),
            "home",
        ),
        Slot(
            re.compile(
                r"\bi(?:'m| am|'ve| have)? (?:just |now |currently |recently |also |been )*(?:(?:work|working"
                r"|employed) (?:at|for)\b|(?:started|start|starting|got|took|accepted)(?: working| work"
                r"| a (?:new )?job| a (?:new )?position)? (?:at|with)\b|got a new job|quit my job|lost my job"
                r"|(?:was|got) (?:fired|laid off))"
            ),
            "employer",
        ),
        Slot(
            re.compile(
                r"\bi(?:'m| am)? (?:now |currently )?(?:work|working) as\b|^i(?:'m| am) (?:now "
                rf"|currently )?an? (?:\w+ ){{0,2}}?{_ROLE}\b(?! (?:of|person|lover|fan))"
            ),
            "profession",
        ),
        Slot(re.compile(r"\bi (?:now |currently |still )?drive an? (?!taxi|bus|truck|lorry|tram|train)"), "car"),
        Slot(
            re.compile(
                r"^i(?:'m| am| weigh| now weigh)(?: down to| up to| at)?(?: now| about| only| just)* \d+(?:\.\d+)? "
                r"?(?:kilos?|kg|pounds|lbs?|stone)\b|^(?:\d+(?:\.\d+)?) (?:kilos|kg|pounds|lbs) (?:now|this morning"
                r"|today)\b"
            ),
            "weight",
        ),
        Slot(
            re.compile(
                r"\b(?:early|late|day|night) shifts?\b|\bwork (?:days|nights)\b|\bon (?:days|nights|earlies|lates)\b"
                r"|\bmoved me to (?:the )?(?:nights|days|earlies|lates)\b"
            ),
            "shift",
        ),
        Slot(
            re.compile(
                r"\bi (?:now |only |just )*work (?:now |only |just )*(?:on )?(?:mon|tues|wednes|thurs|fri|satur"
                r"|sun)days?\b"
            ),
            "days of work",
        ),
        Slot(
            re.compile(
                r"\b(?:cycle|drive|walk|commute|run|bike|go|travel|take (?:the |a )?\w+"
                r"|ride \w+(?: \w+)?)\b[^.!?]{0,25}\bto (?:work|school|uni\w*|the office)\b"
            ),
            "way to work",
        ),
        Slot(
            re.compile(
                r"^(?:since \w+ )?(?:i|we)(?:'m| am)? (?:\w+ ){0,2}?(?:work|working|went|switched to"
                r"|gone)\b[^.!?]{0,20}\b(?:full[- ]time|part[- ]time|(?:hours|days) (?:a|per) week"
                r"|mornings|afternoons|half days|weekends)\b"
            ),
            "hours of work",
        ),
        Slot(
            re.compile(
                r"^(?:i|we)(?: have|'ve got| have got|'ve)(?: now| got)? (?:now )?(?:one|two|three|four|five|six"
                r"|seven|eight|nine|ten|\d+) (?:\w+ )?(?P<of>kid|child|son"
                r"|daughter|cat|dog|hen|chicken|horse|rabbit|brother|sister|sibling|grandkid|grandchild|hive|sheep"
                r"|goat)(?:s|ren)?\b"
            ),
            "number of {of}",
        ),
        Slot(
            re.compile(
                rf"^(?:my|our) (?:youngest |oldest |eldest |little |older "
                rf"|younger )?(?P<of>{_PERSON})(?: \w+)? (?:is|turned|just turned|turns|will be) (?:now |just "
                rf"|already |nearly )?"
                r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
                r"|fifteen)(?: now| today| yesterday| years| last| this|[.,!]|$)"
            ),
            "age of {of}",
        ),
        Slot(re.compile(r"\brenamed (?:my|our|the) (?P<of>\w+)\b"), "name of {of}"),
        Slot(re.compile(r"^i(?:'m| am) (?:nearly |almost )?\d{1,3}\b|\bi(?:'ve)? (?:just )?turned \d"), "age"),
        Slot(
            re.compile(
                r"\b(?:vegan|vegetarian|pescatarian|eat(?:ing)? (?:meat|fish|eggs)(?: again)?|keto|paleo"
                r"|low[- ]carb|fasting"
                r"|stopped eating meat"
                r"|eat (?:any )?meat)\b"
            ),
            "diet",
        ),
        Slot(
            re.compile(
                r"^(?:i|we)(?:'m| am|'re| are)? (?:\w+ )?(?:single|married|divorced|engaged|widowed|separated"
                r"|got (?:married|engaged|divorced)|broke up|split up|getting (?:married|divorced)|(?:have|'ve got"
                r"|got|'ve|found) an? (?:new )?(?:girlfriend|boyfriend|partner|fiancée?|wife|husband)"
                r"|called off (?:the|our|my) (?:engagement|wedding)|broke off (?:the|our|my) engagement)\b"
                r"|^\w+ and i (?:called off|broke off|broke up|split up|got (?:engaged|married))\b"
            ),
            "relationship",
        ),
        Slot(re.compile(rf"^(?:my|our) (?P<of>{_ATTRIBUTE})(?:'s| is| are| was| changed| has)\b"), "{of}"),
        Slot(
            re.compile(
                r"^(?P<what>.+?) (?:is|are) (?:now )?my (?:new |all-time "
                r"|absolute )?(?P<of>favou?rite (?:\w+ ?){1,3})"
            ),
            "{of}",
        ),
        Slot(re.compile(r"^(?:my|our) (?P<of>(?:\w+ ){0,2}?\w+?)(?:'s)? name (?:is|was)\b"), "name of {of}"),
        Slot(re.compile(r"^(?:my|our) (?P<of>(?:\w+ ){0,2}?\w+) (?:is|are|was) (?:called|named)\b"), "name of {of}"),
        Slot(
            re.compile(
                rf"^(?:my|our|the) (?P<of>(?:\w+ |\w+'s ){{0,2}}?{_DATED}) (?:is|was|got|has been|will be|starts?"
                rf"|begins?|moved)\b.*(?:\d|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|next"
                rf"|january|february|march|april|may|june|july|august|september|october|november|december|cancel"
                rf"|postpone|week|month)"
            ),
            "when {of}",
        ),
        Slot(
            re.compile(
                r"^(?:my|our) (?P<of>\w+(?: \w+)?) (?:now |still |also |no longer |just )?(?:lives? in|moved to"
                r"|is living in)\b"
            ),
            "home of {of}",
        ),
    ),
    asked=(
        Asked(
            re.compile(
                r"what(?:'s| is|s) your (?:full |first )?name|(?:who am i (?:talking|speaking) (?:to|with))"
                r"|(?:what|how) (?:should|may|can|do|shall) i call you"
            ),
            "My name is {answer}",
            0.9,
        ),
        Asked(
            re.compile(r"what (?:would you like|do you want) to (?P<do>learn|study|play|become|be)\b[^?]{0,20}\?"),
            "I would like to {do} {answer}",
            0.6,
        ),
        Asked(re.compile(r"how old are you"), "I'm {answer} years old", 0.8),
        Asked(re.compile(r"how tall are you"), "I'm {answer} tall", 0.6),
        Asked(
            re.compile(r"where (?:do you|are you) (?:currently |now )?(?:live|living|based|located)"),
            "I live in {answer}",
            0.8,
        ),
        Asked(re.compile(r"where (?:are you|do you come) (?:originally )?from"), "I'm from {answer}", 0.8),
        Asked(re.compile(r"where (?:do you work|are you working)"), "I work at {answer}", 0.8),
        Asked(
            re.compile(
                r"what do you do(?: for (?:a living|work))?\b(?! (?:when|if|on|in))|what(?:'s| is) your (?:job"
                r"|profession|occupation)"
            ),
            "My job: {answer}",
            0.8,
        ),
        Asked(re.compile(r"when (?:is|'s) your birthday"), "My birthday is {answer}", 0.8),
        Asked(re.compile(r"when were you born"), "I was born {answer}", 0.8),
        Asked(
            re.compile(r"what(?:'s| is|s| are) your (?P<of>[a-z' -]{2,40}?)(?: called| named)?\?"),
            "My {of}: {answer}",
            0.7,
        ),
        Asked(
            re.compile(r"what(?:'s| is) the name of your (?P<of>[a-z' -]{2,40}?)\?"), "My {of}'s name is {answer}", 0.7
        ),
        Asked(
            re.compile(
                r"(?:what|which) (?P<of>[a-z -]{2,30}?) do you (?P<verb>like|love|play|prefer|speak|drive|drink"
                r"|use|own|study|teach|take)(?: best| most)?\?"
            ),
            "I {verb} {answer} ({of})",
            0.6,
        ),
        Asked(re.compile(r"who(?:'s| is) your (?P<of>[a-z' -]{2,40}?)\?"), "My {of} is {answer}", 0.6),
        Asked(
            re.compile(
                r"^(?:.*[.!,] )?how many (?P<of>[a-z -]{2,30}?)(?: are there| is it| will there be| are you"
                r"| do you have| have you got)?\?$"
            ),
            "Number of {of}: {answer}",
            0.6,
        ),
        Asked(
            re.compile(r"how old (?:is|are) (?:your )?(?P<of>[a-z' -]{2,40}?)(?: now)?\?"), "Age of {of}: {answer}", 0.6
        ),
        Asked(
            re.compile(r"when (?:is|'s|does|do) (?:your|the) (?P<of>[a-z' -]{2,40}?)(?: start| begin| leave)?\?"),
            "My {of}: {answer}",
            0.6,
        ),
        Asked(re.compile(r"how many (?P<of>[a-z -]{2,30}?) do you have\?"), "I have {answer} {of}", 0.6),
    ),
    personal=re.compile(
        r"^(?!.*\b(?:how are you|how do you feel|how's it going|how was your|how did|can i|may i|shall i|should i"
        r"|would you like|do you want|do you need|what would you|got the|have you got|need (?:any|help)"
        r"|any (?:other )?questions"
        r"|anything else|help you|assist|mean\b|think (?:of|about)|what brings you|make sense|sound|which one"
        r"|do you know|how about|what about|why not|did you (?!meet|grow|study|work|learn|live|start|move|marry"
        r"|train|graduate|go to)"
        r"|have you tried|have you (?:found|seen|read|heard|checked|done|finished)|did you (?:bring|try|see|find"
        r"|check|buy|get)|ready"
        r"|let me know|could you|can you|will you|look like|at the moment|right now|today|so far"
        r"|what kind of (?:help|recipe|advice)"
        r"|how can|like me to|going\?|happy|tired|sad|excited|nervous|worried|relieved|proud|sure|mind|hurt|help"
        r"|with anything|like that|order|pay|choose"
        r"|prefer\?|got you|holding up|up to)\b)"
        r"(?:.*\b(?:you|your|yours|he|she|his|her|their)\b|(?:any|which|what|how many"
        r"|and your) (?:\w+ )?(?:allerg\w+|children|kids|guests"
        r"|pets|siblings|conditions?|illness\w*|medication|medicines?|injur\w+|surger\w+|dislikes|dietary|language"
        r"|languages|nationality|hobbies|instrument|diet\w*|brothers|sisters|town|city"
        r"|country|family|job|religion|people)\b)"
    ),
    yes=re.compile(
        r"^(?:yes|yeah|yep|yup|yes indeed|correct|exactly|that's right|that is right|right|indeed|absolutely|i am"
        r"|i do|i have|of course|sure am|true|definitely|you got it)\b"
    ),
    no=re.compile(r"^(?:no|nope|nah|not at all|i'm not|i don't|never|not really|no longer|not any ?more)\b"),
    confirmed=(
        (
            re.compile(
                r"(?:^|[.!,] |so |then |and )(?:do|did) you (?:still |also |really |actually "
                r"|usually )?(?P<rest>(?:live|work|play|eat|drink|smoke|like|love|speak|drive|own|have|study|go"
                r"|run|swim|take|come|cook|teach|use)\b[^?.!]{0,80})\?$"
            ),
            "I {rest}",
            "I don't {rest}",
        ),
        (
            re.compile(
                r"(?:^|[.!,] |so |then |and )are you (?:still |also |really |actually )?(?P<rest>(?:an? |allergic"
                r"|vegan|vegetarian|married|single|from|left|right-handed|in|based|studying|working|learning"
                r"|training|retired|diabetic|pregnant|divorced|engaged|colou?r|lactose|gluten|interested|into"
                r"|afraid)[^?.!]{0,80})\?$"
            ),
            "I'm {rest}",
            "I'm not {rest}",
        ),
        (
            re.compile(
                r"(?:^|[.!,] |so |then |and )(?:is|are) your (?P<of>[^?.!]{2,40}?) (?P<rest>(?:called|named|an? "
                r"|in|from|allergic|also|still|\w+ing|on|at|\d)[^?.!]{0,60})\?$"
            ),
            "My {of} is {rest}",
            "My {of} is not {rest}",
        ),
        (
            re.compile(r"(?:^|[.!] |so,? |then |and |ah,? |oh,? )you(?:'re| are) (?P<rest>[^?.!]{3,80})\?$"),
            "I'm {rest}",
            "",
        ),
        (
            re.compile(
                r"(?:^|[.!] |so,? |then |and |ah,? |oh,? )you (?P<rest>(?:live|work|play|have|like|love|speak"
                r"|moved|study|eat|grew|want|prefer|own|drive|teach)\b[^?.!]{2,80})\?$"
            ),
            "I {rest}",
            "",
        ),
        (
            re.compile(
                r"(?:^|[.!] |so,? |then |and |ah,? |oh,? )your (?P<of>[^?.!]{2,40}?) (?P<rest>(?:is|are|lives"
                r"|works|has|was) [^?.!]{2,60})\?$"
            ),
            "My {of} {rest}",
            "",
        ),
    ),
    answered='Asked "{question}": {answer}',
    refusal=re.compile(
        r"^(?:i'm |i am )?(?:very |so |really )?(?:sorry|afraid|unable"
        r"|apologi[sz]e)?,?(?: but)?(?: as an ai[^,.]*,)? ?(?:i |that i )?(?:can't|cannot|can not|won't"
        r"|am not able to|'m not able to|am unable to|'m unable to|must decline|have to decline)"
        r" (?:to )?(?:help|assist|comply|do that|provide|answer|discuss|fulfil|support|engage|continue)"
    ),
)
