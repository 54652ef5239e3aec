"""Takes one line of iptables-save apart: its own options, those of each extension, and the target's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Values in quotes may hold escaped ones (iptables writes comments and log prefixes so).
_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"][^\s]*))')
MAX_WORDS = 2000
# Options that take no value, or two; all others take one.
FLAGS = {
    "-f", "--fragment", "--syn", "--set", "--rcheck", "--update", "--remove", "--rttl", "--reap", "--rsource",
    "--rdest", "--validmark", "--loose", "--accept-local", "--invert", "--socket-exists", "--transparent",
    "--nowildcard", "--restore-skmark", "--physdev-is-in", "--physdev-is-out", "--physdev-is-bridged",
    "--connlimit-saddr", "--connlimit-daddr", "--limit-iface-in", "--limit-iface-out", "--kerneltz",
    "--contiguous", "--icase", "--next", "--strict", "--rt-0-res", "--ahres", "--fragres", "--fragmore",
    "--fraglast", "--fragfirst", "--return-nomatch", "--save-mark", "--restore-mark", "--save", "--restore",
    "--notrack", "--random", "--random-fully", "--persistent", "--log-tcp-sequence", "--log-tcp-options",
    "--log-ip-options", "--log-uid", "--log-macdecode", "--clamp-mss-to-pmtu", "--exist", "--queue-bypass",
    "--queue-cpu-fanout", "--ecn-tcp-cwr", "--ecn-tcp-ece", "--checksum-fill", "--sack-perm", "--timestamp",
    "--hashlimit-rate-match", "--soft",
}  # fmt: skip
PAIRS = {"--tcp-flags", "--match-set", "--chunk-types", "--add-set", "--del-set", "--map-set"}


@dataclass(frozen=True)
class Option:
    """One option with its values. negated: a ``!`` stands before it."""

    name: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Extension:
    """A match (``-m name``) or target with its options; the rule's own (-s, -p, …) have an empty name."""

    name: str
    options: tuple[Option, ...]

    def get(self, *names: str) -> Option | None:
        """The first option of one of these names."""
        return next((option for option in self.options if option.name in names), None)

    def value(self, *names: str) -> str | None:
        """That option's first value."""
        option = self.get(*names)
        return option.values[0] if option is not None and option.values else None


@dataclass(frozen=True)
class Line:
    """A rule as written. target: None where the rule only counts. goto: ``-g`` instead of ``-j``."""

    chain: str
    text: str
    matches: tuple[Extension, ...]
    target: Extension | None
    goto: bool = False


@dataclass(frozen=True)
class _Word:
    text: str
    quoted: bool


def read_line(text: str) -> Line:
    """The parts of a line that begins with ``-A``. Raises ValueError, saying what is wrong."""
    words = list(_words(text))
    if len(words) < 2 or words[0].text != "-A":
        raise ValueError("not an -A line")
    groups: list[tuple[str, list[Option]]] = [("", [])]
    goto, target, at = False, False, 2
    while at < len(words):
        option, at = _option(words, at)
        if option.name in ("-j", "--jump", "-g", "--goto", "-m", "--match") and not target:
            if not option.values:
                raise ValueError(f"{option.name} names nothing")
            groups.append((option.values[0], []))
            target = option.name not in ("-m", "--match")
            goto = option.name in ("-g", "--goto")
        else:
            groups[-1][1].append(option)
    extensions = [Extension(name, tuple(options)) for name, options in groups]
    matches = extensions[:-1] if target else extensions
    return Line(words[1].text, text, tuple(matches), extensions[-1] if target else None, goto)


def _words(text: str) -> Iterator[_Word]:
    at, count = 0, 0
    text = text.rstrip()
    while at < len(text):
        found = _WORD.match(text, at)
        count += 1
        if found is None or count > MAX_WORDS:
            raise ValueError("unbalanced quotes" if found is None else "too many words")
        quoted = found[1] is not None
        yield _Word(re.sub(r"\\(.)", r"\1", found[1]) if quoted else found[2], quoted)
        at = found.end()


def _option(words: list[_Word], at: int) -> tuple[Option, int]:
    """The option that begins at this word, and where the next one does."""
    negated = words[at].text == "!" and not words[at].quoted
    at += negated
    if at >= len(words) or words[at].quoted or not words[at].text.startswith("-"):
        raise ValueError(f"{words[min(at, len(words) - 1)].text[:40]} is no option")
    name, start = words[at].text, at + 1
    count = 0 if name in FLAGS else 2 if name in PAIRS else 1
    if name == "--set" and start < len(words) and words[start].text.isdecimal():
        count = 1  # of -m statistic and older marks; -m recent --set takes none
    end = start
    while end < len(words) and end - start < count and not _begins(words, end):
        end += 1
    return Option(name, tuple(word.text for word in words[start:end]), negated), end


def _begins(words: list[_Word], at: int) -> bool:
    """Whether an option starts here, so that the one before it has no (more) value."""
    word = words[at]
    if word.quoted or not re.match(r"-{1,2}[A-Za-z]", word.text):
        return word.text == "!" and not word.quoted and at + 1 < len(words) and _begins(words, at + 1)
    return True
