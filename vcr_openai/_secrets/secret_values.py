"""What a value looks like: a random key, a password, or something that is no secret (a template, prose, code, a path).

A name that means one thing only (``password``) makes any value a secret that is not one of the latter. A name that
means several things (``code``, ``token``) makes only a value a secret that looks like one: two requests that a person
tells apart must not become equal.
"""

from __future__ import annotations

import re

_RUN = re.compile("[A-Za-z0-9]+")
_DIGIT, _LOWER, _UPPER = re.compile("[0-9]"), re.compile("[a-z]"), re.compile("[A-Z]")
# Two letters that follow each other in English: two in three of a word's, one in eight of random letters.
_PAIRS = frozenset(
    "th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld "
    "ur ri ro ic ne me li io co ta ce ll ma om ec ch el la ge ns ac us na ss di ca tr ut lo mo no so do po pe pr "
    "ag".split()
)
_READABLE = 0.4  # the share of such pairs from which a text is words
_WORDS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ENOUGH = 256  # characters of a text by which it is judged
_WORD_LENGTH = 3  # the average length from which pieces are words; in a random text it is two

_KEY_LENGTH = range(16, 4097)
_KEY = re.compile(r"[A-Za-z0-9+/_~.%-]+\Z")
_PIECES = re.compile(r"[\s=:;,&]+")
_PASSWORD_LENGTH = range(6, 129)
_SPECIAL = re.compile("[!#$%^&*?+=@]")
_EMAIL = re.compile(r"[^@]+@[^@]+\.[a-z]+\Z", re.IGNORECASE)

# The names of secrets, as the last word in the name of a variable.
_NAME = re.compile(
    r"(?i:keys?|tokens?|secrets?|passw(?:or)?d|pass|pwd|auth(?:orization)?|credentials?|creds|pw)[0-9]*\Z"
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_MASK = re.compile(r"(?:[*.•xX…#-]+|[\[<({*]{0,2}(?i:redacted|masked|hidden|filtered|scrubbed)[\]>)}*]{0,2})\Z")
_TEMPLATE = re.compile(
    r"(?P<sure>\$\{[A-Z][A-Z_0-9]*(?::?-[^}]*)?\}|\{\{.*\}\}|\$\{\{.*\}\})\Z"
    r"|(?:\$\{(.*)\}|\$(\w+)|%(\w+)%|<([^<>]*)>|\[([^\[\]]*)\]|\{([^{}]*)\})\Z"
)
_WORD = re.compile(
    r"(?:null|none|true|false|string|str|text|undefined|optional|required|nan|n/?a|auto|always|never|yes|no)\Z",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:bearer|basic|token) +", re.IGNORECASE)
_EXAMPLE_WORDS = re.compile(
    r"testing|test|user(?:name)?|admin|root|guest|postgres|fake|dummy|mock|example|sample|demo|placeholder|your|my|here|some|foo|bar|baz|none|null|key|api|token"
    r"|secret|password|passwd|pass|redacted|filtered|masked|scrubbed|hidden|changeme|openai|azure|google|anthropic|set|cookie"
    r"|bearer|basic|proj|live|invalid|wrong|bad|not|real|value|the|a|is|insert|replace|me|abc|123|x{3,}|0{4,}|[^A-Za-z0-9]+",
    re.IGNORECASE,
)

_PLAIN_WORDS = re.compile(r"[A-Za-z'’-]+[,.:;!?]?|\(?[0-9]+\)?[,.:;!?]?|\([A-Za-z'’ -]+|[A-Za-z'’-]+\)[,.:;!?]?")
_FUNCTION_WORDS = frozenset(
    "the a an your for to of is are be not and or in this that with from by on at it as must should can cannot can't "
    "may was were has have too least least".split()
)
_CODE = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+[(\[]?|[A-Za-z_]\w*[(\[]")
_CALL = re.compile(r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+(?:\(.*\)|\[.*\])\Z|[a-z]\w*\([\w'\" ,.]*\)\Z", re.DOTALL)
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@ -]+){2,}[/\\]?\Z|[a-z]+(?:/[\w.@-]+){3,}\Z")


def is_readable(text: str) -> bool:
    """Whether a text consists of words, as names in a program do; also without spaces (``AutoModelForCausalLM``)."""
    text = text[:_ENOUGH]
    low = text.lower()
    pairs = [low[index : index + 2] for index in range(len(low) - 1) if low[index : index + 2].isalnum()]
    if sum(pair in _PAIRS for pair in pairs) < _READABLE * max(len(pairs), 1):
        return False
    words = _WORDS.findall(text)
    return sum(map(len, words)) >= _WORD_LENGTH * len(words)


def is_random(text: str, run: int) -> bool:
    """Whether a text mixes letters and digits, or both cases, has ``run`` of them in a row, and is no words."""
    kinds = sum(1 for pattern in (_DIGIT, _LOWER, _UPPER) if pattern.search(text))
    return kinds > 1 and max(map(len, _RUN.findall(text)), default=0) >= run and not is_readable(text)


def looks_like_key(value: str) -> bool:
    """Whether a value looks like a key or a token, or contains one (``Bearer …``, ``session=…``)."""
    return any(_is_key(piece) for piece in _PIECES.split(value))


def _is_key(piece: str) -> bool:
    if len(piece) not in _KEY_LENGTH or not _KEY.match(piece) or is_readable(piece):
        return False
    letters = sum(map(str.isalpha, piece))
    return letters > 2 and is_random(max(_RUN.findall(piece), key=len, default=""), 8)  # of a path, the longest name


def looks_like_password(value: str) -> bool:
    """Whether a value looks like a password that a person chose: no path, letters with digits or signs among them."""
    if len(value) not in _PASSWORD_LENGTH or re.search(r"[\s/\\]", value) or _EMAIL.match(value):
        return looks_like_key(value)
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    runs = (run for run in _RUN.findall(value) if len(run) > 5)
    mixed = any(run.isalnum() and not run.isalpha() and not run.isdigit() for run in runs)
    return letters > 2 and (_SPECIAL.search(value) is not None or (digits > 1 and mixed))


def is_no_secret(value: str) -> bool:
    """Whether a value under a secret's name is no secret: empty, a template, a mask, a type, prose, a path, a call."""
    value = _SCHEME.sub("", value.strip(), count=1)
    if not value or _MASK.match(value) or _WORD.match(value):
        return True
    if _VARIABLE.match(value):
        return is_name(value)
    if template := _TEMPLATE.match(value):
        inner = template[template.lastindex or 0]
        return bool(template["sure"]) or is_name(inner) or (is_example(inner, 4) and not _DIGIT.search(inner))
    return is_prose(value) or _CALL.match(value) is not None or (is_readable(value) and bool(_PATH.match(value)))


def is_name(value: str) -> bool:
    """Whether a value is the name of a variable for a secret: ``OPENAI_API_KEY``, ``dbPassword2``."""
    words = re.findall("[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*", value)
    return bool(words) and value.isidentifier() and _NAME.match(words[-1]) is not None


def is_prose(value: str) -> bool:
    """Whether a value is a sentence: words, some of which only join others. A passphrase has no such words."""
    words = value.split()
    if len(words) < 3 or not all(map(_PLAIN_WORDS.fullmatch, words)):
        return False
    return not _FUNCTION_WORDS.isdisjoint(word.lower() for word in words)


def is_code(value: str) -> bool:
    """Whether a value after ``password=`` is a program's expression: ``config.password2``, ``getpass(``."""
    found = _CODE.match(value)
    return found is not None and is_readable(found[0])


def is_example(value: str, least: int) -> bool:
    """Whether a value is made up: it has fewer than ``least`` characters without words such as test or key.

    Such a value is redacted like any other, but a check does not report it.
    """
    left = _EXAMPLE_WORDS.sub("", value)
    return len(left) < least or len(set(left)) < min(least, 4)
