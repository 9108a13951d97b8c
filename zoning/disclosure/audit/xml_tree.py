"""XML as a small tree, read without expanding anything a file declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from zoning.disclosure.audit.findings import UnreadableError


@dataclass(slots=True)
class Node:
    """An XML element: its name without namespace, attributes, text and children."""

    tag: str
    attributes: Mapping[str, str]
    text: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    def every(self, *tags: str) -> Iterator[Node]:
        """The element and all below it with one of these names, in document order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if not tags or node.tag in tags:
                yield node
            waiting += reversed(node.children)

    def said(self) -> str:
        """All text of the element and of those below it."""
        return "".join(piece for node in self.every() for piece in node.text)


def parse_xml(data: bytes) -> Node:
    """An XML file as a tree; one that declares a document type is refused."""
    root = Node("", {})
    above = [root]

    def refuse(*_declared: object) -> None:
        raise UnreadableError("it declares a document type, which is not expanded")

    def start(name: str, attributes: dict[str, str]) -> None:
        node = Node(_local(name), {_local(k): v for k, v in attributes.items()})
        above[-1].children.append(node)
        above.append(node)

    def end(_name: str) -> None:
        above.pop()

    def characters(text: str) -> None:
        above[-1].text.append(text)

    def instruction(_target: str, text: str) -> None:
        above[-1].children.append(Node("#comment", {}, [text]))

    def comment(text: str) -> None:
        above[-1].children.append(Node("#comment", {}, [text]))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.CommentHandler = comment
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableError("its XML is broken") from error
    return root


def _local(name: str) -> str:
    return name.rpartition(":")[2]
