-- What a query finds, each with how well it fits.
--
-- Exact labels come first, and exact names of instruments and actors; then exact names of others and
-- labels that begin so (provisions and apparatus aside). Of the others instruments come before what
-- is about them, and all words in the label before all in the text; an instrument by its text comes
-- before a claim by its label. Last, what much points to comes before what little does.
WITH hit AS (
  SELECT rowid AS position, bm25(text, 8, 6, 1) AS score FROM text WHERE text MATCH :match),
known AS (SELECT hit.*, EXISTS (
  SELECT 1 FROM name WHERE name.position = hit.position AND name = :exact) AS named FROM hit),
ranked AS (SELECT entry.*, score, CASE
  WHEN folded = :exact OR (weight < 2 AND named) THEN 0
  WHEN named AND weight < :apparatus
    OR weight < :provision AND substr(folded, 1, length(:exact) + 1) = :exact || ' ' THEN 1
  ELSE 2 END AS tier, CASE
  WHEN known.position IN (SELECT rowid FROM text WHERE text MATCH :labelled) THEN 0
  ELSE 1 END AS depth
  FROM known JOIN entry ON entry.position = known.position
  WHERE NOT EXISTS (SELECT 1 FROM json_each(:narrowed) AS wanted WHERE NOT EXISTS (
    SELECT 1 FROM facet WHERE facet.position = known.position
    AND facet = wanted.key AND facet.value = wanted.value)))
