-- All files of this database and of shared relations, with their names: lsn|tablespace/database/file|label.
SELECT concat_ws('|', pg_current_wal_insert_lsn(),
    concat_ws('/', coalesce(nullif(c.reltablespace, 0), dattablespace), CASE WHEN c.relisshared THEN 0 ELSE d.oid END,
      pg_relation_filenode(c.oid)),
    CASE WHEN c.relisshared THEN '' ELSE quote_ident(datname) || ': ' END ||
    CASE c.relkind
      WHEN 'r' THEN '' WHEN 'm' THEN '' WHEN 'S' THEN 'sequence ' WHEN 't' THEN 'toast of '
      WHEN 'i' THEN CASE table_kind WHEN 't' THEN 'toast index of ' ELSE 'index ' END END ||
    CASE WHEN c.relkind = 't' OR table_kind = 't' THEN owner
      ELSE quote_ident(n.nspname) || '.' || quote_ident(c.relname) ||
        CASE WHEN c.relkind = 'i' THEN ' of ' || indexed ELSE '' END END)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_database d ON datname = current_database()
  LEFT JOIN LATERAL (SELECT t.oid AS table_oid, t.relkind AS table_kind,
      quote_ident(tn.nspname) || '.' || quote_ident(t.relname) AS indexed
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    WHERE i.indexrelid = c.oid) i ON c.relkind = 'i'
  LEFT JOIN LATERAL (SELECT quote_ident(onsp.nspname) || '.' || quote_ident(o.relname) AS owner
    FROM pg_class o JOIN pg_namespace onsp ON onsp.oid = o.relnamespace
    WHERE o.reltoastrelid = CASE WHEN c.relkind = 't' THEN c.oid ELSE table_oid END) o ON true
  WHERE c.relkind IN ('r', 'm', 'i', 't', 'S') AND c.relpersistence <> 't';
