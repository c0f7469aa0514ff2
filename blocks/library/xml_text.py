"""The block that reads XML: without DTD, so without entities of its own."""

from io import StringIO
from typing import TYPE_CHECKING, Any, Final
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockError, BlockInputError
from blocks.spec import Category, Example

if TYPE_CHECKING:
    from xml.sax.xmlreader import AttributesImpl

MAX_CHARACTERS: Final = 10 * 1024 * 1024
MAX_LEVELS: Final = 100
MAX_ELEMENTS: Final = 200_000

TEXT_KEY: Final = "#text"
ATTRIBUTE_SIGN: Final = "@"


@block(
    id="286380af-9529-4b55-8be0-1d7c854abdb5",
    name="XMLParserBlock",
    categories=(Category.DATA,),
    cpu=True,
    examples=(
        Example(
            inputs={"input_xml": "<a><b>1</b><b>2</b><c/></a>"},
            outputs=[("parsed_xml", {"a": {"b": ["1", "2"], "c": ""}})],
        ),
        Example(
            inputs={"input_xml": '<a id="7">tea<b x="1"/></a>'},
            outputs=[
                ("parsed_xml", {"a": {"@id": "7", "#text": "tea", "b": {"@x": "1"}}})
            ],
        ),
        Example(inputs={"input_xml": "<a><b></a>"}, error="Unclosed tag"),
        Example(inputs={"input_xml": "<!DOCTYPE a><a/>"}, error="DTD"),
    ),
)
class XMLParser(Block):
    """Reads XML into an object. Elements of one name become a list, an attribute stands
    under its name with @ before it, text beside those under #text. A document with a
    DTD is refused."""

    class Input(Pins):
        input_xml: str = pin("The XML text.")

    class Output(Pins):
        parsed_xml: dict[str, Any] = pin("The root element by its name.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        yield "parsed_xml", _parsed(inputs.input_xml)


class _Element:
    """One that is open: what it has so far."""

    def __init__(self, name: str, attributes: "AttributesImpl") -> None:
        self.name = name
        self.text: list[str] = []
        self.parts: dict[str, Any] = {
            ATTRIBUTE_SIGN + key: value for key, value in attributes.items()
        }
        self._repeated: set[str] = set()

    def add(self, name: str, value: Any) -> None:
        if name in self._repeated:
            self.parts[name].append(value)
        elif name in self.parts:
            self.parts[name] = [self.parts[name], value]
            self._repeated.add(name)
        else:
            self.parts[name] = value

    @property
    def value(self) -> Any:
        text = "".join(self.text).strip()
        if not self.parts:
            return text
        if not text:
            return self.parts
        own = {key: v for key, v in self.parts.items() if key[0] == ATTRIBUTE_SIGN}
        return {**own, TEXT_KEY: text, **self.parts}


class _Reader(ContentHandler):
    def __init__(self) -> None:
        self.open: list[_Element] = []
        self.root: dict[str, Any] = {}
        self._count = 0

    def startElement(self, name: str, attrs: "AttributesImpl") -> None:
        self._count += 1
        if len(self.open) >= MAX_LEVELS or self._count > MAX_ELEMENTS:
            raise BlockError(
                f"the XML has more than {MAX_LEVELS} levels or "
                f"{MAX_ELEMENTS:,} elements",
                code="too_large",
            )
        self.open.append(_Element(name, attrs))

    def endElement(self, name: str) -> None:
        element = self.open.pop()
        if self.open:
            self.open[-1].add(name, element.value)
        else:
            self.root = {name: element.value}

    def characters(self, content: str) -> None:
        self.open[-1].text.append(content)


def _parsed(text: str) -> dict[str, Any]:
    from defusedxml import DefusedXmlException
    from defusedxml.expatreader import DefusedExpatParser

    if len(text) > MAX_CHARACTERS:
        raise BlockError(
            f"the XML is too large: {len(text):,} characters "
            f"(limit {MAX_CHARACTERS:,})",
            code="too_large",
        )
    reader = _Reader()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(reader)
    try:
        parser.parse(StringIO(text))
    except DefusedXmlException:
        raise BlockInputError("the XML has a DTD, which is refused") from None
    except (SAXParseException, UnicodeEncodeError) as error:
        raise BlockInputError(_told(error, reader.open)) from None
    return reader.root


def _told(error: Exception, left_open: list[_Element]) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "the XML holds half of a surrogate pair"
    said = error.getMessage() if isinstance(error, SAXParseException) else str(error)
    place = error.getLineNumber() if isinstance(error, SAXParseException) else 0
    if left_open and said in ("no element found", "mismatched tag"):
        return f"Unclosed tag <{left_open[-1].name}> (line {place}: {said})"
    return f"the XML is malformed in line {place}: {said}"
