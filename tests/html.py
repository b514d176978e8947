"""Pages as a browser sees them."""

from html.parser import HTMLParser


class Seen(HTMLParser):
    """What a browser makes of a page: its links, texts and scripts.

    A text goes on over a `time` element and ends at any other tag.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.scripts: list[tuple[str, str]] = []
        self.running: list[str] = []
        self.has_ended = True
        self.attributes: list[str] = []
        self.tag = ""
        self.kind = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.has_ended |= tag != "time"
        self.attributes += found
        self.tag, self.kind = tag, found.get("type", "")
        if "href" in found:
            self.links.append((found.get("rel", ""), found["href"]))

    def handle_endtag(self, tag: str) -> None:
        self.has_ended |= tag != "time"
        if tag == "script":
            self.tag = ""

    def handle_data(self, data: str) -> None:
        if self.tag == "script":
            self.scripts.append((self.kind, data))
        elif self.has_ended:
            self.running.append(data)
        else:
            self.running[-1] += data
        self.has_ended = False

    @property
    def texts(self) -> list[str]:
        """The texts, without the space around them."""
        return [text.strip() for text in self.running]

    def hrefs(self, rel: str = "") -> list[str]:
        return [href for kind, href in self.links if not rel or kind == rel]
