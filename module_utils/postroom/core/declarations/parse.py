"""A declaration's bytes into plain values, strictly, with the place of each.

YAML is read by libyaml into nodes; the values are taken from the nodes here rather than by PyYAML's constructors, because
those guess (``no`` becomes false, ``012`` becomes ten), keep the last of two equal keys, and forget where a value stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import yaml

from ...text import shown
from ..finding import UnfiledFinding
from .layout import MANY, comment_after, joined_items, lines_of, not_yaml, slips

MAXIMUM_BYTES = 64 * 1024
MAXIMUM_DEPTH = 20

Path = tuple[str | int, ...]
KEY, COMMENT = "<key>", "<comment>"
"""The last step of the path to a key itself, and to the comment behind a value."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_NESTING = re.compile(rb"[\[{]|[-?:][ \t]")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_DATES = {"until"}
"""Keys whose values are dates: there, a date without quotes is what was meant."""
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}
_READ_AS = {
    "bool": "yes or no", "int": "a number", "float": "a decimal number", "timestamp": "a date", "null": "nothing",
    "merge": "a merge key", "value": "a default key",
}  # fmt: skip


class _Nodes(yaml.CBaseLoader):
    """libyaml's parser, composing nodes without deciding what a plain word means."""


_yaml_1_1 = yaml.resolver.Resolver()


@lru_cache(maxsize=1000)
def _meaning(text: str) -> str:
    """The tag that YAML 1.1 gives a word without quotes; keys and logins are the same in each file."""
    tag: str = _yaml_1_1.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag


@dataclass(slots=True)
class Document:
    """A parsed declaration. ``value`` has only str, int, float, bool, None, list and dict with str keys.

    ``uncertain`` holds the paths of values that were refused or that YAML takes for something else: what the schema says of
    those is of no interest. ``comments`` has line, column and text of what follows a text without quotes on its line.
    """

    value: Any
    findings: list[UnfiledFinding] = field(default_factory=list)
    uncertain: set[Path] = field(default_factory=set)
    text: str = ""
    comments: dict[Path, tuple[int, int, str]] = field(default_factory=dict)
    _root: yaml.Node | None = None
    _children: dict[int, dict[str | int, tuple[yaml.Node, yaml.Node]]] = field(default_factory=dict)

    def position(self, path: Path, key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at ``path`` (of its key, if asked), or of its nearest parent."""
        node = self._root
        if path and path[-1] == COMMENT and path[:-1] in self.comments:
            return self.comments[path[:-1]][:2]
        if node is None:
            return 1, 1
        for depth, step in enumerate(path):
            found = self._children_of(node).get(step)
            if found is None:
                break
            node = found[0] if key and depth == len(path) - 1 else found[1]
        return node.start_mark.line + 1, node.start_mark.column + 1

    def _children_of(self, node: yaml.Node) -> dict[str | int, tuple[yaml.Node, yaml.Node]]:
        """Key node and value node by key or index, of the first where a key stands twice; made once for each node."""
        if id(node) not in self._children:
            self._children[id(node)] = {key: (key_node, value) for key, key_node, value in reversed(list(_children(node)))}
        return self._children[id(node)]

    def finding(self, path: Path, rule: str, message: str, *, key: bool = False, waivable: bool = False) -> UnfiledFinding:
        return UnfiledFinding(*self.position(path, key), rule, message, waivable=waivable)


def parse(data: bytes) -> Document:
    """Parse one declaration. Never raises for bad input: what is wrong is in ``findings``, and ``value`` is what could be read."""
    if len(data) > MAXIMUM_BYTES:
        return _unread(
            UnfiledFinding(1, 1, "yaml", f"the file is larger than {MAXIMUM_BYTES // 1024} KiB; a declaration is a page at most")
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        where = _place(data[: error.start].decode("utf-8"))
        return _unread(UnfiledFinding(*where, "yaml", "this is not UTF-8 text; save the file with the encoding UTF-8"))
    if text.startswith("\ufeff"):
        return _unread(UnfiledFinding(1, 1, "yaml", "the file starts with a byte order mark; save it as UTF-8 without BOM"))
    if control := _CONTROL.search(text):
        where = _place(text[: control.start()])
        return _unread(UnfiledFinding(*where, "yaml", f"an invisible control character (U+{ord(control[0]):04X}) stands here; delete it"))
    if len(_NESTING.findall(data)) > 500 and _nested_too_deep(data):
        return _unread(UnfiledFinding(1, 1, "yaml", f"values are nested more than {MAXIMUM_DEPTH} deep; a declaration needs 2"))
    return _compose(data, text)


def _unread(finding: UnfiledFinding) -> Document:
    return Document(None, [finding])


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _nested_too_deep(data: bytes) -> bool:
    """libyaml composes by recursion without a limit; its parser does not. Only suspicious files are read twice."""
    depth = 0
    try:
        for event in yaml.parse(data, Loader=_Nodes):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAXIMUM_DEPTH:
                    return True
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return False
    return False


def _compose(data: bytes, text: str) -> Document:
    loader = _Nodes(data)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Document(None, not_yaml(text, *where, error.problem or error.context or ""))
    except yaml.YAMLError as error:
        return Document(None, not_yaml(text, 1, 1, str(error)))
    finally:
        loader.dispose()
    document = Document(None, text=text, _root=root)
    if isinstance(root, yaml.ScalarNode) and (told := list(slips(lines_of(text)))[:MANY]):
        document.findings += told
        return document
    if not isinstance(root, yaml.MappingNode):
        found = "empty" if root is None else "not a mapping"
        advice = "write one key: value on each line, such as address: name@UGent.be"
        document.findings.append(document.finding((), "yaml", f"the file is {found}; {advice}"))
        return document
    reader = _Reader(document)
    document.value = reader.value(root, ())
    return document


class _Reader:
    """Takes values from nodes, and notes what a person would not expect."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._seen: set[int] = set()
        self._has_comments = " #" in document.text or "\t#" in document.text

    @cached_property
    def _lines(self) -> list[str]:
        return lines_of(self.document.text)

    def value(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if self._is_unread(node, path):
            return None
        if len(path) >= MAXIMUM_DEPTH:
            self._finding(node, "yaml", f"values are nested more than {MAXIMUM_DEPTH} deep; a declaration needs 2")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._finding(key_node, "yaml", "a key must be a word, not a list or a mapping")
                continue
            key = key_node.value
            here = (*path, key)
            self._scalar(key_node, (*here, KEY), as_key=True)
            value = self.value(value_node, here)
            if key in result:
                self._finding(key_node, "yaml", f"the key {shown(key)} stands twice; keep one of the two")
            else:
                result[key] = value
        return result

    def _scalar(self, node: yaml.ScalarNode, path: Path, as_key: bool = False) -> Any:
        if self._is_unread(node, path):
            return None
        text: str = node.value
        if node.style or self._is_two_items(node, path):  # quoted, or a block: never anything but text
            return text
        self._note_comment(node, path)
        meaning = _meaning(text)
        if meaning == _STR:
            return text
        if not as_key:
            for number_or_word in _unmistakable(text):
                return number_or_word
        if path and path[-1] in _DATES and _DATE.match(text):
            return text
        self.document.uncertain.add(path)
        read_as = _READ_AS.get(meaning.rpartition(":")[2], "something else")
        number = " (a number has no 0 in front)" if text.startswith("0") else ""
        self._finding(node, "schema", f'YAML reads {text} without quotes as {read_as}; write "{text}" in quotes if it is text{number}')
        return text

    def _is_two_items(self, node: yaml.Node, path: Path) -> bool:
        """Whether the text goes on where another item was meant to begin."""
        lines = node.start_mark.line + 1, node.end_mark.line + 1
        if lines[0] == lines[1] or not path or not isinstance(path[-1], int):
            return False
        found = joined_items(self._lines, *lines)
        self.document.findings += [found] if found else []
        self.document.uncertain |= {path} if found else set()
        return found is not None

    def _note_comment(self, node: yaml.Node, path: Path) -> None:
        end = node.end_mark
        if self._has_comments and (comment := comment_after(self._lines, end.line, end.column)):
            self.document.comments[path] = (end.line + 1, end.column + len(comment) - len(comment.lstrip()) + 1, comment)

    def _is_unread(self, node: yaml.Node, path: Path) -> bool:
        """An alias is the same node a second time; what is small as text can be very large as values."""
        if id(node) in self._seen:
            self._finding(node, "yaml", "an anchor (&) and aliases (*) are used; write the value out in each place")
        elif node.tag not in _ORDINARY_TAGS:
            self._finding(node, "yaml", f"a YAML tag ({shown(node.tag)}) stands here; leave it out and write the plain value")
        else:
            self._seen.add(id(node))
            return False
        self.document.uncertain.add(path)
        return True

    def _finding(self, node: yaml.Node, rule: str, message: str) -> None:
        mark = node.start_mark
        self.document.findings.append(UnfiledFinding(mark.line + 1, mark.column + 1, rule, message))


_STR = "tag:yaml.org,2002:str"
_ORDINARY_TAGS = {None, "", "!", _STR, "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"}


def _unmistakable(text: str) -> Iterator[int | float | bool | None]:
    """The value of a plain word that every version of YAML and every reader takes for the same one, if it is such a word."""
    if text in _PLAIN:
        yield _PLAIN[text]
    elif _INTEGER.match(text):
        yield int(text)
    elif _DECIMAL.match(text):
        yield float(text)


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                yield key_node.value, key_node, value_node
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, item, item
