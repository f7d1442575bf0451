--
-- smol's operator families have the same members as btree's of the same name,
-- or the planner's equivalence classes would break on ordinary tables.
--
CREATE VIEW operators AS
    SELECT a.amname, f.opfname, amoplefttype::regtype AS lefttype, amoprighttype::regtype AS righttype,
           amopstrategy AS strategy, amopopr::regoperator AS operator, amoppurpose AS purpose, amopsortfamily AS sortfamily
    FROM pg_amop o JOIN pg_opfamily f ON f.oid = o.amopfamily JOIN pg_am a ON a.oid = f.opfmethod;
CREATE VIEW functions AS
    SELECT a.amname, f.opfname, amproclefttype::regtype AS lefttype, amprocrighttype::regtype AS righttype,
           amprocnum AS number, amproc::regprocedure AS function
    FROM pg_amproc p JOIN pg_opfamily f ON f.oid = p.amprocfamily JOIN pg_am a ON a.oid = f.opfmethod
    WHERE amprocnum <= 3;
CREATE VIEW classes AS
    SELECT a.amname, f.opfname, c.opcname, c.opcintype::regtype AS type, c.opcdefault AS is_default
    FROM pg_opclass c JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_am a ON a.oid = c.opcmethod;

-- how many members each family has, per pair of types
SELECT opfname, lefttype, righttype, count(*) AS operators,
       (SELECT string_agg(number::text, ' ' ORDER BY number) FROM functions f
        WHERE (f.amname, f.opfname, f.lefttype, f.righttype) = (o.amname, o.opfname, o.lefttype, o.righttype)) AS functions
FROM operators o WHERE amname = 'smol'
GROUP BY amname, opfname, lefttype, righttype
ORDER BY opfname COLLATE "C", lefttype::text COLLATE "C", righttype::text COLLATE "C";

-- differences from btree's: none
(SELECT opfname, lefttype, righttype, strategy, operator, purpose, sortfamily FROM operators WHERE amname = 'smol'
 EXCEPT SELECT opfname, lefttype, righttype, strategy, operator, purpose, sortfamily FROM operators WHERE amname = 'btree')
UNION ALL
(SELECT opfname, lefttype, righttype, strategy, operator, purpose, sortfamily FROM operators WHERE amname = 'btree'
 AND opfname IN (SELECT opfname FROM operators WHERE amname = 'smol')
 EXCEPT SELECT opfname, lefttype, righttype, strategy, operator, purpose, sortfamily FROM operators WHERE amname = 'smol');
(SELECT opfname, lefttype, righttype, number, function FROM functions WHERE amname = 'smol'
 EXCEPT SELECT opfname, lefttype, righttype, number, function FROM functions WHERE amname = 'btree')
UNION ALL
(SELECT opfname, lefttype, righttype, number, function FROM functions WHERE amname = 'btree'
 AND opfname IN (SELECT opfname FROM functions WHERE amname = 'smol')
 EXCEPT SELECT opfname, lefttype, righttype, number, function FROM functions WHERE amname = 'smol');
SELECT opfname, opcname, type, is_default FROM classes WHERE amname = 'smol'
EXCEPT SELECT opfname, opcname, type, is_default FROM classes WHERE amname = 'btree';

-- what shall have an operator class has one by default
SELECT t AS type, c.opcname, c.opfname
FROM unnest('{bool,\"char\",int2,int4,int8,oid,float4,float8,numeric,money,date,time,timetz,timestamp,timestamptz,interval,uuid,text,name,bpchar,bytea,bit,varbit,macaddr,macaddr8,inet,anyenum,pg_lsn,xid8}'::regtype[]) AS t
     LEFT JOIN classes c ON c.amname = 'smol' AND c.is_default AND c.type = t;

-- every list of merge-joinable families is complete: an operator that is = in
-- one of btree's families with a smol twin is = in the twin
SELECT b.operator, b.opfname FROM operators b
WHERE b.amname = 'btree' AND b.strategy = 3
      AND b.opfname IN (SELECT opfname FROM operators WHERE amname = 'smol')
      AND NOT EXISTS (SELECT FROM operators s WHERE s.amname = 'smol' AND s.strategy = 3
                      AND s.opfname = b.opfname AND s.operator = b.operator);

-- amvalidate has no complaint
SELECT opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod
WHERE a.amname = 'smol' ORDER BY opcname COLLATE "C";

DROP VIEW operators, functions, classes;
