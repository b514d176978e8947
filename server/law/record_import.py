"""Import of acts and status tables into the Turtle files of the record, which are only added to."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from server.law import record_conflicts, record_rows
from server.law.acts import CONSENTS
from server.law.record_conflicts import Party
from server.law.record_files import (
    Description,
    RecordFiles,
    english,
    in_words,
    is_day,
    named,
    plain,
    turtle,
)
from server.law.record_rows import KINDS, QUALITIES, STATUS_WORDS, VERBS, Row, Wrong

_READ = ("participation", "status", "record-conflict", "source", "treaty", "state", "organization",
         "recorded-participant")  # fmt: skip


@dataclass(frozen=True)
class Dates:
    """The days of a treaty, how long after consent it binds, and its depositaries."""

    adopted: date
    opened: date
    in_force: date
    delay: timedelta
    depositaries: set[str]


def take_in(data: Path, file: Path) -> "Import":
    """Add what a CSV file holds to the files under `data`.

    Raises RefusedRows where a row is wrong; then nothing is written.
    """
    taken = Import(data, record_rows.read(file))
    taken.files.write()
    return taken


class Import:
    """The files of the record with a table taken in, and what was said of each of its rows."""

    def __init__(self, data: Path, table: record_rows.Table) -> None:
        self.files = RecordFiles(data, *_READ)
        self.said: list[str] = []
        self._counts: Counter[str] = Counter()
        self._unread = table.unread
        self._actors = dict(self._coded())
        self._sources = dict(self._named_sources())
        self._dated: dict[tuple[str, ...], str] = {}
        table.each(lambda row: record_rows.check_cells(row, table.acts))
        table.each(self._act if table.acts else self._status)

    def summary(self) -> Iterator[str]:
        """Say how many rows were what, and which columns were not read."""
        if self._unread:
            yield f"Columns not read: {', '.join(self._unread)}."
        yield f"Rows: {', '.join(f'{n} {what}' for what, n in sorted(self._counts.items()))}."

    def _say(self, row: Row, what: str, subject: str) -> None:
        self._counts[what] += 1
        self.said.append(f"{row.line}: {what}: {subject}")

    def _coded(self) -> Iterator[tuple[str, str]]:
        for held in self.files.layers.values():
            for iri, description in held.items():
                if code := description.first("sl:iso3166Alpha3"):
                    yield code, iri
                if iri.startswith("id/organization/"):
                    yield f"org:{iri.rpartition('/')[2]}", iri

    def _named_sources(self) -> Iterator[tuple[str, Description]]:
        for iri, description in self.files.layers["official"].items():
            for predicate in (
                ("rdfs:label", "skos:altLabel") if iri.startswith("id/source/") else ()
            ):
                for name in description.values.get(predicate, []):
                    yield plain(name), description

    def _party(self, row: Row) -> Party:
        actor = self._actors.get(row["state_iso3"])
        if actor is None:
            raise Wrong(f"The State or organization {row['state_iso3']!r} is not known.")
        name = re.compile(rf"id/treaty/\d+/{re.escape(row.treaty)}")
        treaty = next(filter(name.fullmatch, self.files.layers["official"]), "")
        if not self.files.first(treaty, "sl:openedForSignatureDate"):
            raise Wrong(f"The treaty {row['treaty']!r} is not known.")
        recorded = actor.startswith("id/recorded-participant/")
        tail = row["state_iso3"].lower() if recorded else actor.rpartition("/")[2]
        labels = (self.files.first(iri, "rdfs:label") for iri in (actor, treaty))
        actor_name, treaty_name = labels
        return Party(actor, actor_name, treaty, treaty_name, f"{row.treaty}/{tail}")

    def _dates(self, treaty: str) -> Dates:
        adopted, opened, in_force = (
            date.fromisoformat(self.files.first(treaty, f"sl:{name}Date"))
            for name in ("adoption", "openedForSignature", "entryIntoForce")
        )
        delay = self.files.first(f"{treaty}/entry-into-force-rule", "sl:delayInDays")
        depositaries = {d.strip("<>") for d in self.files.all(treaty, "sl:depositary")}
        return Dates(adopted, opened, in_force, timedelta(int(delay)), depositaries)

    def _source(self, row: Row) -> str:
        """Return a reference to the row's source, which is described if it is not on record."""
        quality = QUALITIES[row["quality"]]
        if row["source"] not in self._sources:
            slug = re.sub(r"[^a-z0-9]+", "-", row["source"].lower())[:60].strip("-")
            new = turtle("source", subject=f"id/source/{slug}", row=row, quality=quality)
            self._sources[row["source"]] = self.files.add("official", new)
        source = self._sources[row["source"]]
        if source.first("sl:recordQuality") != f"id/record-quality/{quality}":
            raise Wrong(f"The source is on record with another quality than {row['quality']!r}.")
        if (row["date"] or row["as_of"]) > (known := source.first("sl:knownFrom")):
            raise Wrong(f"The row is of {row['date'] or row['as_of']}, its source of {known}.")
        return f"<{source.subject}>"

    # Acts

    def _act(self, row: Row) -> None:
        party, source = self._party(row), self._source(row)
        dates = self._dates(party.treaty)
        self._check_days(row, party, dates)
        kinds = CONSENTS if row["act"] in CONSENTS else (row["act"],)
        acts = record_conflicts.acts(self.files, party, kinds)
        if same := next((a for a in acts if self._agrees(a, row, dates)), ""):
            self._confirm(same, row, party, source)
        elif of := next((a for a in acts if self._lacks_deposit(a, row, dates)), ""):
            self._deposit(of, row, source)
        else:
            self._check_existence(row, party)
            self._new(row, party, source, acts)

    def _check_days(self, row: Row, party: Party, dates: Dates) -> None:
        first = dates.adopted if row["act"] == "domestic-step" else dates.opened
        if row["date"] and row["date"] < str(first)[: len(row["date"])]:
            raise Wrong(f"The act of {row['date']} is before {first}, when it became possible.")
        if "" < row["effective_date"] < str(dates.in_force):
            raise Wrong(f"The effect of {row['effective_date']} is before entry into force.")
        if not {*row.depositaries} <= dates.depositaries:
            raise Wrong(f"{row['depositary']!r}: not all are depositaries of {party.treaty_name}.")
        for depositary in row.depositaries or [""]:
            key = (party.path, row["act"], row["source"], depositary)
            if (day := self._dated.setdefault(key, row["date"])) != row["date"]:
                raise Wrong(f"The same source dates this act {day!r} in a row before.")

    def _check_existence(self, row: Row, party: Party) -> None:
        first = self.files.first(party.actor, "sl:existedFrom")
        last = self.files.first(party.actor, "sl:existedUntil") or "9999"
        if row["date"] and not first[: len(row["date"])] <= row["date"] <= last:
            raise Wrong(f"{party.actor_name} was no independent State on {row['date']}.")

    def _agrees(self, act: str, row: Row, dates: Dates) -> bool:
        """Whether the act on record is the one of the row: of its kind, and on no other day."""
        day = self.files.first(act, "sl:eventDate")
        effective = self.files.first(act, "sl:effectiveDate")
        if not self._is_of_kind(act, row) or (day and not day.startswith(row["date"])):
            return False
        if not row["effective_date"] or row["effective_date"] in (effective, day):
            return True
        if effective or row["act"] == "succession" or not day:
            return not effective
        due = max(date.fromisoformat(day) + dates.delay, dates.in_force)
        return row["effective_date"] == str(due)

    def _is_of_kind(self, act: str, row: Row) -> bool:
        return any(d.kind == KINDS[row["act"]] for d in self.files.found(act))

    def _lacks_deposit(self, act: str, row: Row, dates: Dates) -> bool:
        """Whether the row is the act done again, with depositaries that have no other day of it."""
        if not self._is_of_kind(act, row) or record_conflicts.is_set_aside(self.files, act):
            return False
        group = self.files.under(act.rpartition("/")[0])
        others = [s for s in group if s == act or s.startswith(f"{act}/deposit/")]
        others = [s for s in others if not s.endswith(f"/{row['date']}")]
        taken = {d.strip("<>") for s in others for d in self.files.all(s, "sl:depositaryOfRecord")}
        own = {*row.depositaries}
        return is_day(row["date"]) and bool(own) and not own & taken and own < dates.depositaries

    def _add(self, row: Row, template: str, subject: str, **values: object) -> None:
        """Write what a row adds to the description of a subject, in the layer of its source."""
        layer = "editor" if row["quality"] == "secondary" else "official"
        editor = self.files.layers["editor"].get(subject)
        told = turtle(template, subject=subject, row=row, **values)
        description = self.files.add(layer, told)
        if editor and layer == "official" and "rdfs:label" in editor.values:
            description.add("rdfs:label", *editor.values.pop("rdfs:label"))
        if layer == "editor" and "sl:confidence" not in description.values:
            description.add("sl:confidence", "<id/confidence/likely>")

    def _add_act(self, row: Row, party: Party, subject: str, day: str, **values: object) -> None:
        told = {"label": "", "notes": (), "kind": KINDS[row["act"]], "day": day} | values
        self._add(row, "act", subject, party=party, **told)

    def _confirm(self, act: str, row: Row, party: Party, source: str) -> None:
        day = self.files.first(act, "sl:eventDate")
        known = source in self.files.all(act, "dcterms:source")
        self._add_act(row, party, act, day or row["date"], source=source)
        dated = is_day(row["date"]) and not day
        self._say(row, "dated" if dated else "known" if known else "confirmed", act)
        if not known and record_conflicts.is_set_aside(self.files, act):
            self._say(row, "to review, confirmed though set aside", act)

    def _deposit(self, act: str, row: Row, source: str) -> None:
        subject = f"{act}/deposit/{row['date']}"
        known = source in self.files.all(subject, "dcterms:source")
        label = (
            "" if self.files.first(subject, "rdfs:label") else self.files.first(act, "rdfs:label")
        )
        self._add(row, "deposit", subject, act=act, label=label, source=source)
        self._say(row, "known" if known else "deposit", subject)

    def _new(self, row: Row, party: Party, source: str, acts: list[str]) -> None:
        """Write an act that is not on record, and its conflicts with what is."""
        base = f"id/participation/{party.path}/{row['act']}"
        number = sum(1 for act in acts if act.startswith(base)) + 1
        subject = f"{base}-{number}" if number > 1 else base
        when = f", {in_words(row['date'])}" if row["date"] else ""
        label = f"{named(party.actor_name)} {VERBS[row['act']]} the {party.treaty_name}{when}"
        label += " (other record)" if number > 1 else ""
        notes = [english(row["note"])] if row["note"] else []
        if row["date"] and not is_day(row["date"]):
            notes.insert(0, english(f"Dated {in_words(row['date'])}, without a day."))
        self._add_act(row, party, subject, row["date"], source=source, label=label, notes=notes)
        rivals = [a for a in acts if not record_conflicts.is_set_aside(self.files, a)]
        if rivals:
            record_conflicts.between_acts(self.files, party, rivals[0], subject)
        record_conflicts.with_tables(self.files, party, subject)
        self._say(row, "conflict" if rivals else "new", subject)

    # Status tables

    def _status(self, row: Row) -> None:
        party, source = self._party(row), self._source(row)
        subject = f"id/status/{party.path}/{row['as_of']}"
        value = f"<id/participation-status/{row['status']}>"
        held = self.files.all(subject, "sl:listedStatus")
        if held - {value}:
            raise Wrong(f"On record as {held.pop().rpartition('/')[2].strip('>')!r} on that day.")
        known = source in self.files.all(subject, "dcterms:source")
        if held:
            again = f"<{subject}> a sl:ParticipationStatus ;\n    dcterms:source {source} ."
            self.files.add("official", again)
            self._say(row, "known" if known else "confirmed", subject)
            return
        told = {"party": party, "row": row, "source": source, "status": value}
        word = STATUS_WORDS[row["status"]]
        self.files.add("official", turtle("status", subject=subject, word=word, **told))
        record_conflicts.with_tables(self.files, party, subject)
        self._say(row, "new", subject)
