"""All that is on record of participation in one treaty, and how each participant stood."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from server.law.acts import Event, Existence, Listed, Status
from server.law.standing import Standing, answer, dossier_of, judge, position_of
from server.rdf.datatypes import FIRST_DAY, LAST_DAY, Day


@dataclass(frozen=True)
class _Known:
    """What was on record on a day: acts and rows of tables by participant, and the first table."""

    acts: Mapping[str, list[Event]]
    rows: Mapping[str, list[Listed]]
    first_table: Day

    @property
    def names(self) -> list[str]:
        return sorted({*self.acts, *self.rows})


@dataclass(frozen=True)
class Treaty:
    """The days of one treaty, and all that is on record of participation in it."""

    adopted: Day | None
    opened: Day | None
    in_force: Day | None
    events: tuple[Event, ...]
    listed: tuple[Listed, ...]
    existence: Mapping[str, Existence]

    def standings(self, day: Day, known_on: Day = LAST_DAY) -> list[Standing]:
        """Return the standing on `day` of each participant, by what was on record by `known_on`."""
        known = self._known(known_on)
        if day < (self.adopted or FIRST_DAY):
            return [Standing(name, "unadopted", None, (), ()) for name in known.names]
        if day < (self.opened or FIRST_DAY):
            return [Standing(name, "none", None, (), ()) for name in known.names]
        return [self._standing(name, known, day) for name in known.names]

    def count_parties(self, days: Sequence[Day]) -> list[int]:
        """Return how many parties there are on each of these days, which stand in their order."""
        known, counts = self._known(LAST_DAY), Counter[Day]()
        for name in known.names:
            turns = self._turns(name, known)

            def between(day: Day, turns: list[Day] = turns) -> tuple[int, int]:
                return bisect_left(turns, day), bisect_right(turns, day)

            for _, group in groupby(days, between):
                alike = list(group)
                if self._standing(name, known, alike[0]).status == "party":
                    counts.update(alike)
        return [counts[day] if day >= (self.opened or FIRST_DAY) else 0 for day in days]

    @property
    def last_record(self) -> Day:
        """The last day of which any record tells how participants stand."""
        days = [day for act in self.events for day in (act.day, act.effective) if day]
        return max((*days, *(row.as_of for row in self.listed)), default=FIRST_DAY)

    def _known(self, by: Day) -> _Known:
        acts: dict[str, list[Event]] = defaultdict(list)
        rows: dict[str, list[Listed]] = defaultdict(list)
        for event in self.events:
            if known := event.as_known(by):
                acts[known.participant].append(known)
        for row in self.listed:
            if row.known <= by and row.status != "unknown":
                rows[row.participant].append(row)
        tables = (row.as_of for group in rows.values() for row in group)
        return _Known(dict(acts), dict(rows), min(tables, default=LAST_DAY))

    def _existence(self, name: str) -> Existence:
        return self.existence.get(name, Existence())

    def _turns(self, name: str, known: _Known) -> list[Day]:
        """Return the days on or after which a standing may be another; between them it is not."""
        turns = {self.in_force, known.first_table}
        for one in (name, *self._existence(name).predecessors):
            turns |= {self._existence(one).first, self._existence(one).last}
            turns |= {act.start for act in known.acts.get(one, ())}
            turns |= {row.as_of for row in known.rows.get(one, ())}
        return sorted(day for day in turns if day)

    def _standing(self, name: str, known: _Known, day: Day) -> Standing:
        existence = self._existence(name)
        inherited = tuple(
            record
            for predecessor in existence.predecessors
            for record in self._binding(predecessor, known, min(day, existence.first))
        )
        if not existence.first <= day <= existence.last:
            status: Status = "predecessor" if inherited and day < existence.first else "nonexistent"
            return answer(name, status, None, inherited if status == "predecessor" else ())
        acts, rows = known.acts.get(name, ()), known.rows.get(name, ())
        has_ended = existence.last < LAST_DAY
        is_unlisted = not rows and not has_ended and day >= known.first_table
        return judge(name, dossier_of(acts, rows, day, inherited, is_unlisted), self.in_force)

    def _binding(self, name: str, known: _Known, day: Day) -> tuple[Event | Listed, ...]:
        """Return the record by which a State was bound on a day; none where it was not."""
        on = min(day, self._existence(name).last)
        if on < (self.in_force or FIRST_DAY):
            return ()
        acts, rows = known.acts.get(name, ()), known.rows.get(name, ())
        position, act, _ = position_of(dossier_of(acts, rows, on))
        return (act,) if position == "bound" and act else ()
