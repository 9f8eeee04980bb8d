import pytest

from julep_local.memory.secrets import holds_secret


@pytest.mark.parametrize(
    "text",
    [
        "My password is swordfish",
        "password: swordfish",
        "my pwd hunter2",
        "The passphrase for the laptop was correct horse battery",
        "the pin is 4711",
        "My PIN's 4711",
        "4711 is my pin",
        "My card PIN is nine three six one",
        "I always use the same pin for both cards",
        "The code for the garage is four seven one one",
        "The code for the door is 4711",
        "4711 is the code for our gate",
        "Our alarm is 8812",
        "My bike lock is double seven three one",
        "My locker opens with 34-12-8",
        "The gate opens with 5590",
        "To get in you punch in 2580#",
        "I use Fluffy99 for everything",
        "The key is under the flowerpot",
        "Our wifi key is 8842-1190-7756-3321",
        "My mother's maiden name is the security answer",
        "Mein Passwort lautet Schwertfisch",
        "Das Kennwort ist Kirsche",
        "Meine Geheimzahl ist 5502",
        "Der Türcode ist 2468",
        "Unser Tresor hat die 4433",
        "Das WLAN-Passwort steht am Router",
        "Mi contraseña es pez",
        "La clave del portátil es Tortuga*2019",
        "El código del portal es 5093B",
        "La caja fuerte se abre con 1492",
        "My key is sk-live-abcdefghijklmnop",
        "OPENAI_API_KEY is set",
        "ghp_abcdefghijklmnop1234",
        "glpat-abcdefghij12345",
        "AKIAABCDEFGHIJKLMNOP",
        "hf_abcdefghijklmnop",
        "xoxb-1234567890-abc",
        "123456789:AAHq8ZtabcdefghiJK",
        "-----BEGIN RSA PRIVATE KEY-----",
        "https://me:secret@example.org",
        "My card is 4111 1111 1111 1111",
        "My account is 12345678",
        "Pay to DE89 3704 0044 0532 0130 00",
        "123-45-6789",
        "My social security number is 123 45 6789",
        "My NI number is AB 12 34 56 C",
        "My passport number is X1234567",
        "Mein Personalausweis hat die Nummer L01X00T47",
        "Meine Steuernummer ist 93 815 08152",
        "Mi DNI es 12345678Z",
        "My order was 1234567890123",
        "it is Tr0ub4dor&3!",
        "token=0123456789abcdefABCDEF0123",
        "My seed words are velvet orbit cactus ladder puzzle ghost tunnel maple",
    ],
)
def test_a_secret_is_seen(text: str) -> None:
    assert holds_secret(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I live in Oslo",
        "I was born on 1988-02-29",
        "My phone number is 555 0123",
        "My phone number is +44 7700 900123",
        "I ran 10 km in 52 minutes",
        "I have 4 dogs, 3 cats and 12 hens",
        "I have lived in Leeds since 2014 and in Porto since 2019",
        "I was a coder from 1998 to 2010",
        "My postcode is HG2 8QT",
        "My alarm rings at 6:40",
        "My locker at the gym is number 212",
        "I write code for a living",
        "I felt safe in 2019",
        "I collect pins",
        "Ich war nie in Rom",
        "1," * 2_000,
        "-" * 2_000,
    ],
)
def test_what_is_no_secret_is_let_through(text: str) -> None:
    assert holds_secret(text) is None


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("Mine: 4711", "What is your PIN?"),
        ('Asked "Which one?": The old 4711', "What is the code?"),
        ("It's rosebud", "My password is easy. It's rosebud."),
        ("Ich habe 4711", "Wie lautet dein Passwort?"),
        ("Tengo 4711", "¿Cuál es tu clave?"),
    ],
)
def test_a_code_is_seen_by_what_was_said_around_it(text: str, around: str) -> None:
    assert holds_secret(text) is None
    assert holds_secret(text, [around]) is not None


def test_what_stands_beside_a_secret_may_be_kept() -> None:
    assert holds_secret("I live in Oslo", ["My password is swordfish and I live in Oslo"]) is None


def test_a_bare_number_that_answers_is_a_code_unless_it_counts_something() -> None:
    assert holds_secret('Asked "And which one now?": 0417, like my door') is not None
    assert holds_secret("Gefragt „Und welche jetzt?“: 0417, wie die Tür") is not None
    assert holds_secret("A la pregunta «¿Y ahora cuál?»: 0417") is not None
    assert holds_secret('Asked "How many students do you teach?": 120') is None
    assert holds_secret('Asked "When did you move?": 1998') is None
    assert holds_secret('Asked "What does it weigh?": 120 kg') is None
