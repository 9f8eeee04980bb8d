from datetime import date, datetime, timedelta, timezone

import pytest

from julep_local.memory.when import happened, names_a_time, tells_when

WEDNESDAY = datetime(2024, 5, 15, 9, 30, tzinfo=timezone.utc)


def day(text: str, said_at: datetime = WEDNESDAY, zone: timezone = timezone.utc) -> str | None:
    found = happened(text, said_at, zone)
    return None if found is None else str(found.date())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I moved yesterday", "2024-05-14"),
        ("Gestern bin ich umgezogen", "2024-05-14"),
        ("Ayer me mudé", "2024-05-14"),
        ("the day before yesterday I fell", "2024-05-13"),
        ("I fly tomorrow", "2024-05-16"),
        ("Ich fliege übermorgen", "2024-05-17"),
        ("I got married today", "2024-05-15"),
        ("I quit two weeks ago", "2024-05-01"),
        ("Vor drei Tagen bin ich gestürzt", "2024-05-12"),
        ("Hace un mes me mudé", "2024-04-15"),
        ("I leave in ten days", "2024-05-25"),
        ("I bought a car last Friday", "2024-05-10"),
        ("My exam is on Friday", "2024-05-17"),
        ("I moved last month", "2024-04-01"),
        ("I moved in 2019", "2019-01-01"),
        ("I was born on 29 February 1988", "1988-02-29"),
        ("I was born on 1988-02-29", "1988-02-29"),
        ("Ich wurde am 3.5.1990 geboren", "1990-05-03"),
        ("My flight is on March 3", "2025-03-03"),
        ("I got my dog on March 3rd", "2024-03-03"),
        ("My birthday is March 3", "2025-03-03"),
        ("My exam is on the 26th", "2024-05-26"),
        ("My exam is on the 2nd", "2024-06-02"),
    ],
)
def test_a_day_is_read_out_of_words(text: str, expected: str) -> None:
    assert day(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I like tea",
        "I have lived here for ten years",
        "I have worked there since 2015",
        "I swim every Monday",
        "the 31st of June 2024",
        "30 February 2024",
        "2024-13-01",
        "9999-12-32",
        "I live at 10.0.0.1",
        "1,2,3,4,5",
        "\0",
        "\ud800",
        "٣ years",
    ],
)
def test_what_names_no_day_has_none(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize(
    ("said_at", "text", "expected"),
    [
        (datetime(2024, 3, 31, 12), "a month ago", "2024-02-29"),
        (datetime(2023, 3, 31, 12), "a month ago", "2023-02-28"),
        (datetime(2024, 2, 29, 12), "a year ago", "2023-02-28"),
        (datetime(2024, 1, 31, 12), "in a month", "2024-02-29"),
        (datetime(2024, 1, 1, 12), "yesterday", "2023-12-31"),
        (datetime(2024, 12, 31, 12), "tomorrow", "2025-01-01"),
        (datetime(2024, 1, 15, 12), "last month", "2023-12-01"),
        (datetime(2024, 1, 30, 12), "my exam is on the 31st", "2024-01-31"),
        (datetime(2024, 2, 1, 12), "my exam is on the 31st", "2024-03-31"),
        (datetime(2025, 5, 1, 12), "my birthday is on february 29", "2026-02-28"),
        (datetime(2024, 3, 1, 12), "I was robbed on February 29", "2024-02-29"),
    ],
)
def test_months_and_years_end_where_they_end(said_at: datetime, text: str, expected: str) -> None:
    assert day(text, said_at.replace(tzinfo=timezone.utc)) == expected


@pytest.mark.parametrize(("hours", "expected"), [(-11, "2024-05-13"), (0, "2024-05-14"), (14, "2024-05-14")])
def test_yesterday_is_that_of_the_persons_time_zone(hours: int, expected: str) -> None:
    found = happened("yesterday", WEDNESDAY, timezone(timedelta(hours=hours)))

    assert found is not None
    assert str(found.date()) == expected
    assert (found.hour, found.tzinfo) == (12, timezone.utc)


@pytest.mark.parametrize("said_at", [datetime(1, 1, 2, 12), datetime(9999, 12, 30, 12)])
@pytest.mark.parametrize("text", ["999 years ago", "in 999 years", "last year", "next year", "next week", "in march"])
def test_the_ends_of_time_raise_nothing(said_at: datetime, text: str) -> None:
    happened(text, said_at.replace(tzinfo=timezone.utc), timezone.utc)


def test_every_day_of_four_years_has_a_yesterday_and_a_next_month() -> None:
    for n in range(4 * 366):
        said_at = datetime(2023, 1, 1, 12, tzinfo=timezone.utc) + timedelta(days=n)
        assert day("yesterday", said_at) == str(said_at.date() - timedelta(days=1))
        following = date.fromisoformat(day("next month", said_at) or "")
        assert (following.day, (following.month - said_at.month) % 12) == (1, 1)


def test_names_of_months_and_days_are_known_in_all_languages() -> None:
    assert all(map(names_a_time, ("May", "dienstag", "ENERO", "Sept")))
    assert not any(map(names_a_time, ("", "Oslo", "today")))
    assert tells_when("In 2009")
    assert tells_when("Last year")
    assert not tells_when("My brother")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My driving test is a week on Monday", "2024-05-27"),
        ("We fly to Cork Friday week", "2024-05-24"),
        ("I start at the bakery on Monday week", "2024-05-27"),
        ("The vet sees him a week tomorrow", "2024-05-23"),
        ("I had the cast taken off a week ago today", "2024-05-08"),
        ("Three weeks today I marry Petra", "2024-06-05"),
        ("My hearing is in a fortnight", "2024-05-29"),
        ("The baby is due in about six weeks", "2024-06-26"),
        ("My op is two weeks from Friday", "2024-05-31"),
        ("They moved my shift to the Saturday after next", "2024-05-25"),
        ("Grandma turns ninety on Sunday", "2024-05-19"),
        ("My sister arrives Friday night", "2024-05-17"),
        ("My exam is on mon", "2024-05-20"),
        ("My dad had a stroke on Monday", "2024-05-13"),
        ("They put the stent in on Friday", "2024-05-10"),
        ("Our dog died on Sunday", "2024-05-12"),
        ("The viva is on the last Friday of November", "2024-11-29"),
        ("I defend on the second Tuesday in June", "2024-06-11"),
        ("My course begins the first week of June next year", "2025-06-01..2025-06-07"),
        ("We get the keys at the end of August", "2024-08-20..2024-08-31"),
        ("I'm having surgery in early July", "2024-07-01..2024-07-10"),
        ("We're moving mid-October", "2024-10-10..2024-10-20"),
        ("The show's on the 28th of September", "2024-09-28"),
        ("I had my knee done back in March", "2024-03-01..2024-03-31"),
        ("I got my approval in June", "2023-06-01..2023-06-30"),
        ("I passed my exam last spring", "2024-03-01..2024-05-15"),
        ("My mother died two summers ago", "2022-06-01..2022-08-31"),
        ("I broke my wrist at Easter", "2024-03-29..2024-04-01"),
        ("We go to Wales at Christmas", "2024-12-24..2024-12-26"),
        ("I proposed to her on New Year's Eve", "2023-12-31"),
        ("My parents visit over Easter", "2025-04-18..2025-04-21"),
        ("I got it last week", "2024-05-06..2024-05-12"),
        ("got my license last wk", "2024-05-06..2024-05-12"),
        ("My son turned four last month", "2024-04-01..2024-04-30"),
        ("My daughter starts school next September", "2024-09-01..2024-09-30"),
        ("The contract ends in December 2025", "2025-12-01..2025-12-31"),
        ("Committee meeting moved again, 26 June", "2024-06-26"),
        ("Me and Jo split up a couple of months ago", "2024-03-10..2024-03-20"),
        ("My appointment got moved to June 3rd", "2024-06-03"),
        ("I got fired half a year ago", "2023-11-10..2023-11-20"),
        ("I have a scan tomorrow week", "2024-05-23"),
        ("I'm off to Oslo this weekend", "2024-05-18..2024-05-19"),
        ("I quit smoking in 2021 after my heart attack", "2021-01-01..2021-12-31"),
        ("Heute in drei Wochen ist meine Prüfung", "2024-06-05"),
        ("Morgen in einer Woche fliege ich", "2024-05-23"),
        ("Heute vor zwei Jahren ist mein Vater gestorben", "2022-05-15"),
        ("Nächsten Montag um halb elf werden mir die Fäden gezogen", "2024-05-20"),
        ("Montag in einer Woche fange ich bei Bosch an", "2024-05-27"),
        ("Wir ziehen am übernächsten Samstag um", "2024-05-25"),
        ("Übernächste Woche habe ich Prüfung", "2024-05-27..2024-06-02"),
        ("Vorletzte Woche wurde ich operiert", "2024-04-29..2024-05-05"),
        ("Vorgestern wurde mir ein Zahn gezogen", "2024-05-13"),
        ("Ende Juli kriege ich ein neues Knie", "2024-07-20..2024-07-31"),
        ("Anfang Juni beginnt meine Kur", "2024-06-01..2024-06-10"),
        ("Mitte August heiraten wir", "2024-08-10..2024-08-20"),
        ("Ab September mache ich eine Ausbildung", "2024-09-01..2024-09-30"),
        ("Am letzten Samstag im November feiern wir Taufe", "2024-11-30"),
        ("Am letzten Novembersamstag feiern wir Taufe", "2024-11-30"),
        ("An Heiligabend fliegen wir zu meiner Schwester", "2024-12-24"),
        ("Zu Pfingsten besuchen wir die Oma", "2024-05-18..2024-05-20"),
        ("An Ostern habe ich mich verlobt", "2024-03-29..2024-04-01"),
        ("Silvester hat er mir den Antrag gemacht", "2023-12-31"),
        ("Meine Oma wird Sonntag 90", "2024-05-19"),
        ("Ab Samstag bin ich im Urlaub", "2024-05-18"),
        ("Am Freitag ist mein Hund gestorben", "2024-05-10"),
        ("Letzten Herbst bin ich Vater geworden", "2023-09-01..2023-11-30"),
        ("Vorletzten Sommer haben wir geheiratet", "2022-06-01..2022-08-31"),
        ("Vor einem halben Jahr habe ich aufgehört zu rauchen", "2023-11-10..2023-11-20"),
        ("Letztes Jahr im Oktober bin ich ausgezogen", "2023-10-01..2023-10-31"),
        ("Nächstes Jahr im März wandern wir aus", "2025-03-01..2025-03-31"),
        ("zieh im oktober nach graz", "2024-10-01..2024-10-31"),
        ("Am 27. hat mein Lehrling Prüfung", "2024-05-27"),
        ("Der Umzug ist am 3. Juni", "2024-06-03"),
        ("Im Dezember kam unsere Tochter zur Welt", "2023-12-01..2023-12-31"),
        ("Mein Mann geht in zwei Jahren in Rente", "2026-05-01..2026-05-31"),
        ("In vierzehn Tagen läuft mein Vertrag aus", "2024-05-29"),
        ("Am Dienstag war ich beim Kardiologen", "2024-05-14"),
        ("Dienstag habe ich Vorstellungsgespräch", "2024-05-21"),
        ("Kommendes Wochenende zieht mein Sohn aus", "2024-05-18..2024-05-19"),
        ("De aquí a quince días me operan", "2024-05-29..2024-05-30"),
        ("Dentro de 3 semanas me caso", "2024-06-05"),
        ("Dentro de un par de meses nace mi hija", "2024-07-10..2024-07-20"),
        ("Me operan el lunes que viene", "2024-05-20"),
        ("Me examino del viernes en ocho días", "2024-05-24"),
        ("El último viernes de este mes nos vamos a Peñíscola", "2024-05-31"),
        ("El primer sábado de julio me caso", "2024-07-06"),
        ("A finales de junio me mudo a Gijón", "2024-06-20..2024-06-30"),
        ("A principios de julio empiezo la quimio", "2024-07-01..2024-07-10"),
        ("A mediados de agosto vuelve mi hijo", "2024-08-10..2024-08-20"),
        ("En Semana Santa me rompí el tobillo", "2024-03-24..2024-03-31"),
        ("En Nochebuena viene mi suegra", "2024-12-24"),
        ("En Navidad nos vamos a Chile", "2024-12-24..2024-12-26"),
        ("En Reyes me dejó mi novio", "2024-01-06"),
        ("Hace dos veranos conocí a mi mujer", "2022-06-01..2022-08-31"),
        ("El verano pasado me divorcié", "2023-06-01..2023-08-31"),
        ("La primavera pasada nació mi nieta", "2024-03-01..2024-05-14"),
        ("Anteayer me robaron la bici", "2024-05-13"),
        ("Antes de ayer me robaron la bici", "2024-05-13"),
        ("El 20 corro la maratón", "2024-05-20"),
        ("El examen es el 24", "2024-05-24"),
        ("Tengo que entregar la tesis el 3 de junio", "2024-06-03"),
        ("El domingo murió mi perro", "2024-05-12"),
        ("El lunes tengo revisión y desde ayer llevo lentillas", "2024-05-20"),
        ("El sábado bautizan a mi sobrina", "2024-05-18"),
        ("Este sábado es el bautizo de mi sobrina", "2024-05-18"),
        ("A mi padre lo operaron en agosto", "2023-08-01..2023-08-31"),
        ("En agosto operan a mi padre", "2024-08-01..2024-08-31"),
        ("La semana pasada aprobé el carné", "2024-05-06..2024-05-12"),
        ("El año que viene en marzo me jubilo", "2025-03-01..2025-03-31"),
        ("El 5 del mes que viene firmo la hipoteca", "2024-06-05"),
        ("El mes pasado me despidieron", "2024-04-01..2024-04-30"),
        ("Hace medio año dejé de fumar", "2023-11-10..2023-11-20"),
        ("Mi hija cumple quince años el jueves", "2024-05-16"),
        ("El puente de mayo me fui a Lisboa", "2024-05-01..2024-05-05"),
        ("Hace quince días me caí", "2024-04-30..2024-05-01"),
        ("My mum is having her cataracts done a week on Tuesday", "2024-05-28"),
        ("I'm best man at Colin's wedding Saturday fortnight", "2024-06-01"),
        ("We exchange contracts this coming Thursday", "2024-05-16"),
        ("I've got my citizenship test on the 12th of July", "2024-07-12"),
        ("The landlord wants us out by the end of June", "2024-06-20..2024-06-30"),
        ("My gran passed away the Sunday before last", "2024-05-05"),
        ("I handed in my notice on Monday", "2024-05-13"),
        ("I've been offered a place at York starting in September", "2024-09-01..2024-09-30"),
        ("My twins were born just before Christmas", "2023-12-15..2023-12-25"),
        ("I got engaged on Valentine's Day", "2024-02-14"),
        ("My son broke his leg three days ago", "2024-05-12"),
        ("I'm flying to Lima the day after tomorrow", "2024-05-17"),
        ("In ten days' time I become a grandad", "2024-05-25"),
        ("Half term starts on the 25th and we're off to Skye", "2024-05-25"),
        ("Two years ago I had a kidney transplant", "2022-05-01..2022-05-31"),
        ("My lease runs out at the end of the year", "2024-12-20..2024-12-31"),
        ("My interview got pushed back to 4 June", "2024-06-04"),
        ("I sat my finals last June", "2023-06-01..2023-06-30"),
        ("The boiler man comes between nine and one on Tuesday", "2024-05-21"),
        ("They diagnosed me with coeliac disease in early March", "2024-03-01..2024-03-10"),
        ("Übermorgen bekomme ich meine neue Brille", "2024-05-17"),
        ("Am kommenden Donnerstag hat meine Tochter Abschlussfeier", "2024-05-16"),
        ("Freitag in zwei Wochen ist Notartermin", "2024-05-31"),
        ("Meine Mutter ist letzten Sonntag gestürzt", "2024-05-12"),
        ("Vorige Woche hab ich gekündigt", "2024-05-06..2024-05-12"),
        ("Im August werde ich Oma", "2024-08-01..2024-08-31"),
        ("Ich habe im Februar meinen Meister gemacht", "2024-02-01..2024-02-29"),
        ("Am 12. Juli hab ich Führerscheinprüfung", "2024-07-12"),
        ("Ende des Jahres gehe ich in Rente", "2024-12-20..2024-12-31"),
        ("Vor zehn Tagen ist unser Kater gestorben", "2024-05-05"),
        ("Zum 1. Juli ziehe ich nach Jena", "2024-07-01"),
        ("Über Weihnachten sind wir in Tirol", "2024-12-24..2024-12-26"),
        ("Im Herbst fange ich eine Umschulung an", "2024-09-01..2024-11-30"),
        ("Am Montag haben sie mir den Gips abgenommen", "2024-05-13"),
        ("Nächsten Mittwoch wird mein Sohn eingeschult", "2024-05-22"),
        ("Meine Schwester heiratet am zweiten Samstag im September", "2024-09-14"),
        ("2019 habe ich meinen Vater verloren", "2019-01-01..2019-12-31"),
        ("Pasado mañana me quitan los puntos", "2024-05-17"),
        ("El viernes tengo el examen de conducir", "2024-05-17"),
        ("El martes pasado me ascendieron", "2024-05-14"),
        ("Me mudo a Vigo a primeros de junio", "2024-06-01..2024-06-10"),
        ("El 12 de julio defiendo la tesis", "2024-07-12"),
        ("Nos casamos el segundo sábado de septiembre", "2024-09-14"),
        ("Hace tres días se murió mi canario", "2024-05-12"),
        ("En otoño empiezo un máster en Lovaina", "2024-09-01..2024-11-30"),
        ("Nací en 1984 en Teruel", "1984-01-01..1984-12-31"),
        ("Mi hijo se rompió el brazo el domingo", "2024-05-12"),
        ("La próxima semana vuelo a Lima", "2024-05-20..2024-05-26"),
        ("En febrero me diagnosticaron asma", "2024-02-01..2024-02-29"),
        ("El jueves que viene firmo el contrato", "2024-05-16..2024-05-23"),
        ("A finales de año me jubilo", "2024-12-20..2024-12-31"),
        ("El año pasado perdí a mi madre", "2023-01-01..2023-12-31"),
        ("Por Reyes nos vamos a esquiar", "2025-01-06"),
        ("My knee replacement is three weeks on Thursday", "2024-06-06"),
        ("Mia's first communion is on Sunday week", "2024-05-26"),
        ("Dad retires at the end of July", "2024-07-20..2024-07-31"),
        ("I start chemo first thing next Tuesday", "2024-05-21"),
        ("We lost the house in the flood last autumn", "2023-09-01..2023-11-30"),
        ("I had a miscarriage in January", "2024-01-01..2024-01-31"),
        ("I'm giving the keynote on the third Monday of October", "2024-10-21"),
        ("We're off to the Highlands over New Year", "2024-12-31..2025-01-02"),
        ("I turned forty on the 2nd", "2024-05-02"),
        ("My visa expires in five months", "2024-10-10..2024-10-20"),
        ("They've given me until 30 June to move out", "2024-06-30"),
        ("Sonntag in acht Tagen hat meine Mutter Geburtstag", "2024-05-26"),
        ("Gestern vor einer Woche ist mir das Auto aufgebrochen worden", "2024-05-07"),
        ("Anfang nächsten Monats fange ich im Hospiz an", "2024-06-01..2024-06-10"),
        ("Im kommenden Jahr gehe ich für ein Semester nach Turku", "2025-01-01..2025-12-31"),
        ("Letzten Dienstag ist mein Opa gestorben", "2024-05-14"),
        ("Ende letzten Jahres habe ich mich scheiden lassen", "2023-12-01..2023-12-31"),
        ("Mitte Juni bekomme ich den Gips ab", "2024-06-10..2024-06-20"),
        ("Vor anderthalb Jahren bin ich nach Jena gezogen", "2022-11-01..2022-11-30"),
        ("Der Notartermin wurde auf den 12. Juni verschoben", "2024-06-12"),
        ("De hoy en ocho días me operan de cataratas", "2024-05-22..2024-05-23"),
        ("El lunes de la semana que viene empiezo en Correos", "2024-05-20"),
        ("A principios del mes que viene me mudo", "2024-06-01..2024-06-10"),
        ("Mi hermana se casó el mes pasado", "2024-04-01..2024-04-30"),
        ("El próximo 8 de junio bautizamos a Leo", "2024-06-08"),
        ("El tercer domingo de junio corro en Burgos", "2024-06-16"),
        ("Hace año y medio me divorcié", "2022-11-01..2022-11-30"),
        ("Anoche nació mi sobrino", "2024-05-14"),
        ("La boda es el sábado 8 de junio", "2024-06-08"),
        ("Estoy de baja desde el lunes", "2024-05-13"),
        ("My niece's christening is a fortnight on Sunday", "2024-06-02"),
        ("La freidora nueva me la traen el 29", "2024-05-29"),
        ("Am 27. bin ich nicht zu erreichen", "2024-05-27"),
    ],
)
def test_a_time_told_in_plain_words_is_the_one_that_is_meant(text: str, expected: str) -> None:
    first, _, last = expected.partition("..")

    assert first <= (day(text) or "") <= (last or first)


@pytest.mark.parametrize(
    "text",
    [
        "I quit my job the other week",
        "I have had a stoma since Easter",
        "My niece is nine years old",
        "Seit Ostern gehe ich am Stock",
        "Bis zum 20. bin ich in Kur",
        "Hace nueve años que vivo aquí",
        "Desde Semana Santa voy con muletas",
        "Llevo desde marzo sin fumar",
        "A mother of two, I run since 2015 in the mornings",
        "I'm on the waiting list since January",
        "I've been vegan for three years",
        "I work from Monday to Thursday",
        "I play squash on Wednesdays",
        "My kids are four and seven",
        "Ich habe jeden Dienstag Chorprobe",
        "Ich arbeite von Montag bis Mittwoch",
        "Ich wohne seit drei Jahren in Ulm",
        "Mein Enkel ist jetzt fünf Monate alt",
        "Los martes doy clase de yoga",
        "Trabajo de lunes a jueves",
        "Llevo dos años en Bilbao",
        "I've had tinnitus ever since the concert",
        "Ich bin seit April in Elternzeit",
    ],
)
def test_how_long_how_old_and_until_when_is_no_time_of_a_fact(text: str) -> None:
    assert day(text) is None


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        (
            "I'm getting married on the 14th",
            "I'd like two weeks in September, I'm getting married on the 14th.",
            "09-14",
        ),
        ("I moved here on the 14th", "In October we go to Rome. I moved here on the 14th.", "05-14"),
        (
            "We leave on the Monday after the exam",
            "Her exam is on 6 June. We leave on the Monday after the exam.",
            "06-10",
        ),
    ],
)
def test_what_was_told_beside_it_makes_a_time_whole(text: str, message: str, expected: str) -> None:
    found = happened(text, WEDNESDAY, timezone.utc, message)

    assert found is not None
    assert str(found.date()) == f"2024-{expected}"


def test_an_answer_has_the_time_that_it_tells_before_that_of_its_question() -> None:
    assert day('Asked "How was Friday?": I fly to Oslo on 3 June') == "2024-06-03"
    assert day('Asked "What happened yesterday?": I broke my arm') == "2024-05-14"
