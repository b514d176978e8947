"""Import of acts and of status tables into the Turtle files of the record: added to, never overwritten."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from server.law import record_rows
from server.law.record_files import Description, RecordFiles
from server.law.record_rows import CONSENTS, KINDS, QUALITIES, Row, Wrong

_RANK = ("secondary", "official-copy", "official")
_VERBS = {
    "signature": "signs",
    "domestic-step": "takes a step under its own law towards",
    "ratification": "ratifies",
    "accession": "accedes to",
    "succession": "notifies succession to",
    "withdrawal": "withdraws from",
    "declaration-of-acceptance": "declares acceptance of",
}
_SAID = {
    "party": "party to",
    "signatory": "signatory of",
    "none": "not bound by",
    "declaration": "accepts by declaration",
}
_ARTICLE = re.compile(
    r"(United |Russian |Union |Netherlands|Philippines|Bahamas|Gambia|Holy See|Lao |Syrian |"
    r"Republic |Democratic |Dominican |Central |Solomon |German |Socialist |European |Comoros|"
    r"Marshall|Niger$|Maldives|Seychelles|Congo|State )"
)


@dataclass(frozen=True)
class Treaty:
    """What an import has to know of a treaty."""

    iri: str
    name: str
    adopted: date
    opened: date
    in_force: date
    delay: timedelta
    depositaries: tuple[str, ...]


def take_in(data: Path, file: Path) -> "Import":
    """Add what a CSV file holds to the files under `data`; raises RefusedRows, and writes nothing."""
    table = record_rows.read(file)
    taken = Import(data, table.unread)
    taken.run(table)
    for path, text in taken.files.changed().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(text, "utf-8")
        part.replace(path)
    return taken


class Import:
    """One import: what it changes in the files of the record, and what it says of each row."""

    def __init__(self, data: Path, unread: list[str]) -> None:
        self._unread = unread
        self.files = files = RecordFiles(data)
        files.read("participation", "status", "record-conflict", "source", "treaty", "state")
        files.read("organization", "recorded-participant")
        self.said: list[str] = []
        self.counts: Counter[str] = Counter()
        self._actors = dict(self._coded())
        self._sources = {
            name: d
            for d in files.layers["official"].values()
            if d.subject.startswith("id/source/")
            for name in map(_text, d.values["rdfs:label"] + d.values.get("skos:altLabel", []))
        }
        self._dated: dict[tuple[str, ...], str] = {}

    def run(self, table: record_rows.Table) -> None:
        """Take in all rows; raises RefusedRows, after which nothing may be written."""
        table.each(lambda row: record_rows.check_cells(row, table.acts))
        table.each(self._act if table.acts else self._status)

    def summary(self) -> Iterator[str]:
        """Say how many rows were new, known, confirmed or in conflict, and what was not read."""
        if self._unread:
            yield f"Columns not read: {', '.join(self._unread)}."
        yield f"Rows: {', '.join(f'{n} {what}' for what, n in sorted(self.counts.items()))}."

    def _coded(self) -> Iterator[tuple[str, str]]:
        for held in self.files.layers.values():
            for iri, d in held.items():
                if code := d.first("sl:iso3166Alpha3"):
                    yield code, iri
                if iri.startswith("id/organization/"):
                    yield f"org:{iri.rpartition('/')[2]}", iri

    def _actor(self, row: Row) -> str:
        if row["state_iso3"] not in self._actors:
            raise Wrong(f"The State or organization {row['state_iso3']!r} is not known.")
        return self._actors[row["state_iso3"]]

    def _path(self, row: Row) -> str:
        """Return the part of an identifier that names treaty and actor."""
        actor = self._actor(row)
        tail = actor.rpartition("/")[2]
        return f"{row.treaty}/{row['state_iso3'].lower() if 'recorded' in actor else tail}"

    def _treaty(self, row: Row) -> Treaty:
        official = self.files.layers["official"]
        named = re.compile(rf"id/treaty/\d+/{re.escape(row.treaty)}")
        found = next((d for iri, d in official.items() if named.fullmatch(iri)), None)
        if found is None or not found.first("sl:openedForSignatureDate"):
            raise Wrong(f"The treaty {row['treaty']!r} is not known.")
        rule = official[f"{found.subject}/entry-into-force-rule"]
        return Treaty(
            found.subject,
            found.first("rdfs:label"),
            date.fromisoformat(found.first("sl:adoptionDate")),
            date.fromisoformat(found.first("sl:openedForSignatureDate")),
            date.fromisoformat(found.first("sl:entryIntoForceDate")),
            timedelta(int(rule.first("sl:delayInDays"))),
            tuple(v.strip("<>") for v in found.values["sl:depositary"]),
        )

    def _source(self, row: Row) -> str:
        """Return the row's source, described anew if it is not on record yet."""
        quality = QUALITIES[row["quality"]]
        if row["source"] not in self._sources:
            slug = re.sub(r"[^a-z0-9]+", "-", row["source"].lower()).strip("-")[:60].strip("-")
            new = self.files.describe("official", f"id/source/{slug}", "sl:Source")
            new.add("rdfs:label", _english(row["source"]))
            new.add("dcterms:description", _english(f"Read at {row['where_read']}."))
            new.add("sl:recordQuality", f"<id/record-quality/{quality}>")
            new.add("sl:knownFrom", _date(row.known))
            self._sources[row["source"]] = new
        source = self._sources[row["source"]]
        if source.first("sl:recordQuality") != f"id/record-quality/{quality}":
            raise Wrong(f"The source is on record with another quality than {row['quality']!r}.")
        known = source.first("sl:knownFrom")
        if max(row["date"][:10], row["as_of"]) > known:
            raise Wrong(f"The row is of {row['date'] or row['as_of']}, its source of {known}.")
        return f"<{source.subject}>"

    def _say(self, row: Row, what: str, subject: str) -> None:
        self.counts[what] += 1
        self.said.append(f"{row.line}: {what}: {subject}")

    # Acts

    def _act(self, row: Row) -> None:
        treaty, source = self._treaty(row), self._source(row)
        self._check_days(row, treaty)
        acts = self._on_record(row)
        if same := next((a for a in acts if self._agrees(a, row, treaty)), None):
            self._confirm(same, row, source)
        elif of := next((a for a in acts if self._is_deposit(a, row, treaty)), None):
            self._deposit(of, row, source)
        else:
            self._check_existence(row)
            self._record(row, treaty, source, [a for a in acts if not self._is_aside(a)])

    def _check_days(self, row: Row, treaty: Treaty) -> None:
        first = treaty.adopted if row["act"] == "domestic-step" else treaty.opened
        if row["date"] and row["date"] < str(first)[: len(row["date"])]:
            raise Wrong(f"The act of {row['date']} is before {first}, when it became possible.")
        if row["effective_date"] and row["effective_date"] < str(treaty.in_force):
            raise Wrong(f"Effect on {row['effective_date']}, before entry into force.")
        if row["depositary"] and not {*row.depositaries} <= {*treaty.depositaries}:
            raise Wrong(f"{row['depositary']!r} is no depositary of the {treaty.name}.")
        key = (row.treaty, row["state_iso3"], row["act"], row["source"])
        for depositary in row.depositaries or [""]:
            if (day := self._dated.setdefault((*key, depositary), row["date"])) != row["date"]:
                raise Wrong(f"The same source dates this act {day!r} in a row before.")

    def _check_existence(self, row: Row) -> None:
        for actor in self.files.found(self._actor(row)):
            first, last = actor.first("sl:existedFrom"), actor.first("sl:existedUntil")
            if row["date"] and (
                row["date"] < first[: len(row["date"])] or row["date"] > (last or "9")
            ):
                raise Wrong(f"{row['state_iso3']} did not exist on {row['date']}.")

    def _on_record(self, row: Row) -> list[str]:
        """Return the acts on record that are of the row's actor, treaty and group of kinds."""
        group = CONSENTS if row["act"] in CONSENTS else (row["act"],)
        path = f"id/participation/{self._path(row)}"
        wanted = re.compile(rf"{path}/({'|'.join(group)})(-\d+)?")
        return [s for s in self.files.under(path) if wanted.fullmatch(s)]

    def _first(self, subject: str, predicate: str) -> str:
        return next((v for d in self.files.found(subject) if (v := d.first(predicate))), "")

    def _all(self, subject: str, predicate: str) -> set[str]:
        return {v for d in self.files.found(subject) for v in d.values.get(predicate, [])}

    def _agrees(self, act: str, row: Row, treaty: Treaty) -> bool:
        """Whether the act on record is what the row tells: same kind, no other day."""
        if next(self.files.found(act)).kind != KINDS[row["act"]]:
            return False
        day, effective = self._first(act, "sl:eventDate"), self._first(act, "sl:effectiveDate")
        if day and not day.startswith(row["date"]):
            return False
        if not row["effective_date"] or row["effective_date"] in (effective, day):
            return True
        if effective or row["act"] == "succession" or not day:
            return not effective
        due = max(date.fromisoformat(day) + treaty.delay, treaty.in_force)
        return row["effective_date"] == str(due)

    def _deposits(self, act: str) -> list[str]:
        path = act.rpartition("/")[0]
        return [s for s in self.files.under(path) if s.startswith(f"{act}/deposit/")]

    def _is_deposit(self, act: str, row: Row, treaty: Treaty) -> bool:
        """Whether the row is the act done again with depositaries that had not received it."""
        if next(self.files.found(act)).kind != KINDS[row["act"]] or self._is_aside(act):
            return False
        if len(row["date"]) < len("2015-01-31") or not row.depositaries:
            return False
        others = [a for a in (act, *self._deposits(act)) if not a.endswith(row["date"])]
        taken = {d.strip("<>") for a in others for d in self._all(a, "sl:depositaryOfRecord")}
        return not taken & {*row.depositaries} and {*row.depositaries} < {*treaty.depositaries}

    def _is_aside(self, act: str) -> bool:
        """Whether a conflict prefers another record to this one."""
        term = f"<{act}>"
        return any(
            term in d.values.get("sl:conflictingRecord", ())
            and term not in d.values.get("sl:preferredRecord", (term,))
            for d in self.files.layers["editor"].values()
            if d.kind == "sl:RecordConflict"
        )

    def _layer(self, row: Row) -> str:
        return "editor" if row["quality"] == "secondary" else "official"

    def _described(self, subject: str, kind: str, row: Row, source: str) -> Description:
        """Return the description that the row adds to, with its source, the label in one place."""
        layer = self._layer(row)
        held = self.files.layers[layer].get(subject)
        found = held or self.files.describe(layer, subject, kind)
        editor = self.files.layers["editor"].get(subject)
        if editor and layer == "official" and "rdfs:label" in editor.values:
            found.add("rdfs:label", *editor.values.pop("rdfs:label"))
        found.add("dcterms:source", source)
        if layer == "editor":
            found.add("sl:confidence", *([] if held else ["<id/confidence/likely>"]))
        return found

    def _fill(self, found: Description, row: Row, day: str) -> None:
        treaty = self._treaty(row)
        found.add("sl:participationOf", f"<{self._actor(row)}>")
        found.add("sl:participationIn", f"<{treaty.iri}>")
        if len(row["date"]) == len("2015-01-31"):
            found.add("sl:eventDate", _date(row["date"]))
        if row["effective_date"] and row["effective_date"] != day:
            found.add("sl:effectiveDate", _date(row["effective_date"]))
        found.add("sl:depositaryOfRecord", *(f"<{d}>" for d in row.depositaries if row["date"]))

    def _confirm(self, act: str, row: Row, source: str) -> None:
        day, before = self._first(act, "sl:eventDate"), self._all(act, "dcterms:source")
        found = self._described(act, KINDS[row["act"]], row, source)
        self._fill(found, row, day or row["date"])
        new = len(row["date"]) == len("2015-01-31") and not day
        self._say(row, "dated" if new else "known" if source in before else "confirmed", act)

    def _deposit(self, act: str, row: Row, source: str) -> None:
        subject = f"{act}/deposit/{row['date']}"
        before = self._all(subject, "dcterms:source")
        found = self._described(subject, "sl:Deposit", row, source)
        if not self._first(subject, "rdfs:label"):
            label = re.sub(r",? \d+ \w+ \d{4}$", "", self._first(act, "rdfs:label"))
            found.add("rdfs:label", _english(f"{label}: deposit of {_words(row['date'])}"))
        found.add("sl:depositOf", f"<{act}>")
        found.add("sl:eventDate", _date(row["date"]))
        found.add("sl:depositaryOfRecord", *(f"<{d}>" for d in row.depositaries))
        self._say(row, "known" if source in before else "deposit", subject)

    def _record(self, row: Row, treaty: Treaty, source: str, others: list[str]) -> None:
        """Write an act that is not on record, and its conflict with one that is."""
        path = f"id/participation/{self._path(row)}"
        base = f"{path}/{row['act']}"
        taken = sum(1 for s in self.files.under(path) if re.fullmatch(rf"{base}(-\d+)?", s))
        subject = f"{base}-{taken + 1}" if taken else base
        found = self._described(subject, KINDS[row["act"]], row, source)
        name = self._name(row)
        when = f", {_words(row['date'] or row['effective_date'])}" if row["date"] else ""
        other = " (other record)" if taken else ""
        label = f"{name} {_VERBS[row['act']]} the {treaty.name}{when}{other}"
        found.add("rdfs:label", _english(label))
        self._fill(found, row, row["date"])
        note = f"Dated {row['date']} by its source." if 0 < len(row["date"]) < 10 else ""
        found.add("skos:note", *(_english(n) for n in (note, row["note"]) if n))
        if others:
            self._conflict(row, subject, others[0])
        if row["act"] in CONSENTS and row["date"] and not self._is_aside(subject):
            self._against_tables(row, subject)
        self._say(row, "conflict" if others else "new", subject)

    def _name(self, row: Row) -> str:
        name = self._first(self._actor(row), "rdfs:label")
        return f"The {name}" if _ARTICLE.match(name) else name

    def _quality(self, subject: str) -> int:
        """Return the rank of the best quality among the sources of a record."""
        sources = (s.strip("<>") for s in self._all(subject, "dcterms:source"))
        return max(
            _RANK.index(self._first(s, "sl:recordQuality").rpartition("/")[2]) for s in sources
        )

    # Conflicts

    def _conflict(self, row: Row, new: str, old: str, prefer: bool = True) -> None:
        """Record that two records disagree; the one with the better source is preferred."""
        base = f"id/record-conflict/{self._path(row)}"
        taken = len(self.files.under(base))
        subject = f"{base}/{taken + 1}" if taken else base
        found = self.files.describe("editor", subject, "sl:RecordConflict")
        treaty, name = self._treaty(row), self._name(row).replace("The ", "the ")
        number = f" ({taken + 1})" if taken else ""
        label = f"Conflicting records of {name} under the {treaty.name}{number}"
        found.add("rdfs:label", _english(label))
        found.add("sl:participationOf", f"<{self._actor(row)}>")
        found.add("sl:participationIn", f"<{treaty.iri}>")
        better = self._quality(new) > self._quality(old)
        follow = ""
        if prefer:
            found.add("sl:preferredRecord", f"<{new if better else old}>")
            reason = "source is better" if better else "record is kept until a better source comes"
            follow = f" The {'second' if better else 'first'} is followed, whose {reason}."
        told = f"{self._tell(old)}; {self._tell(new)}.{follow}"
        found.add("dcterms:description", _english(told))
        found.add("sl:conflictingRecord", f"<{old}>", f"<{new}>")
        found.add("dcterms:source", *sorted(self._all(old, "dcterms:source")))
        found.add("dcterms:source", *sorted(self._all(new, "dcterms:source")))
        found.add("sl:confidence", "<id/confidence/certain>")

    def _tell(self, record: str) -> str:
        """Return one record in words, with its sources."""
        sources = sorted(self._all(record, "dcterms:source"))
        names = " and ".join(self._first(s.strip("<>"), "rdfs:label") for s in sources)
        effect = self._first(record, "sl:effectiveDate")
        tail = f", with effect from {_words(effect)}" if effect else ""
        return f"{self._first(record, 'rdfs:label')}{tail} (source: {names})"

    def _against_tables(self, row: Row, act: str) -> None:
        """Record a conflict with each table of the day or later that lists no party."""
        for status in self.files.under(f"id/status/{self._path(row)}"):
            value = self._first(status, "sl:listedStatus").rpartition("/")[2]
            if value in ("none", "signatory") and self._first(status, "sl:asOf") >= row["date"]:
                self._conflict(row, act, status, prefer=False)
                self.counts["conflict with a table"] += 1

    # Tables

    def _status(self, row: Row) -> None:
        treaty, source = self._treaty(row), self._source(row)
        subject = f"id/status/{self._path(row)}/{row['as_of']}"
        value = f"<id/participation-status/{row['status']}>"
        if held := next(self.files.found(subject), None):
            if held.values["sl:listedStatus"] != [value]:
                raise Wrong(f"On record as {held.first('sl:listedStatus')}, not {row['status']}.")
            known = source in held.values["dcterms:source"]
            held.add("dcterms:source", source)
            return self._say(row, "known" if known else "confirmed", subject)
        new = self.files.describe("official", subject, "sl:ParticipationStatus")
        name = self._first(self._actor(row), "rdfs:label")
        said = f"{name}: {_SAID[row['status']]} the {treaty.name}, {_words(row['as_of'])}"
        new.add("rdfs:label", _english(said))
        new.add("sl:participationOf", f"<{self._actor(row)}>")
        new.add("sl:participationIn", f"<{treaty.iri}>")
        new.add("sl:listedStatus", value)
        new.add("sl:asOf", _date(row["as_of"]))
        new.add("dcterms:source", source)
        self._say(row, "new", subject)
        self._against_acts(row, subject)

    def _against_acts(self, row: Row, status: str) -> None:
        """Record a conflict with a consent before the table's day where no party is listed."""
        if row["status"] not in ("none", "signatory"):
            return
        path = f"id/participation/{self._path(row)}"
        if self._first(f"{path}/withdrawal", "sl:eventDate"):
            return
        wanted = re.compile(rf"{path}/({'|'.join(CONSENTS)})(-\d+)?")
        for act in [s for s in self.files.under(path) if wanted.fullmatch(s)]:
            day = self._first(act, "sl:eventDate")
            if day and day <= row["as_of"] and not self._is_aside(act):
                self._conflict(row, act, status, prefer=False)
                self.counts["conflict with an act"] += 1


def _text(term: str) -> str:
    return re.sub(r"\\(.)", r"\1", term[1:].rpartition('"')[0])


def _english(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "’")
    return f'"{escaped[0].upper()}{escaped[1:]}"@en'


def _date(text: str) -> str:
    return f'"{text}"^^xsd:date'


def _words(text: str) -> str:
    """Return a date, a month or a year in words."""
    if len(text) == 4:
        return text
    day = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    return f"{day.day} {day:%B %Y}" if len(text) == 10 else f"{day:%B %Y}"
