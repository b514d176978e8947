-- The search index of a release as one JSON document, for search in a page (assets/src/copy_search.js): the entries, and
-- the positions of those with an exact name, and with a word in their labels or elsewhere.
SELECT json_object(
  'entries', (SELECT json_group_object(e.position, json_object('iri', e.iri, 'label', e.label, 'folded', folded,
      'text', summary, 'weight', weight, 'links', links, 'kind', coalesce(t.label, '')))
    FROM entry AS e LEFT JOIN resource AS t ON t.iri = e.type),
  'names', (SELECT json_group_object(name, json(positions))
    FROM (SELECT name, json_group_array(position) AS positions FROM name GROUP BY name)),
  'terms', (SELECT json_group_object(term, json_array(json(labelled), json(others)))
    FROM (SELECT term, json_group_array(doc) FILTER (WHERE is_label) AS labelled,
        json_group_array(doc) FILTER (WHERE NOT is_label) AS others
      FROM (SELECT DISTINCT term, doc, col = 'label' AS is_label FROM temp.spot ORDER BY term, doc) GROUP BY term)))
