/*-------------------------------------------------------------------------
 *
 * guard.c
 *	  Statements that a sealed table refuses, refused early.
 *
 * The access method protects itself: aminsert refuses each row, VACUUM marks
 * the index stale, and a scan trusts nothing that it can't prove.  But by then
 * a heap tuple is in place, or a DELETE has spoilt the index, or CONCURRENTLY
 * has left an invalid index behind.  The hooks here see the statement first.
 * They are a help for people, not what the answers rest on: replication's
 * apply workers and writers in C pass no hook.
 *
 * One guard is about answers, though.  ALTER TABLE ... ATTACH PARTITION builds
 * indexes, and unlike CREATE INDEX it does not check that the session has no
 * statement under way that is writing to the table with an older list of
 * indexes to maintain.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/guard.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "am/smolam.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "parser/parsetree.h"
#include "storage/lmgr.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/syscache.h"

static ExecutorStart_hook_type prev_ExecutorStart = NULL;
static ProcessUtility_hook_type prev_ProcessUtility = NULL;

/*
 * Tables without a smol index, by OID.  A relcache invalidation comes with any
 * change to a table's indexes, and removes it from here.
 */
static HTAB *plain_tables = NULL;

static void
forget_plain_table(Datum arg, Oid relid)
{
	if (plain_tables == NULL)
		return;
	if (OidIsValid(relid))
		hash_search(plain_tables, &relid, HASH_REMOVE, NULL);
	else
	{
		hash_destroy(plain_tables);
		plain_tables = NULL;
	}
}

static void
remember_plain_table(Oid relid)
{
	if (plain_tables == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = ctl.entrysize = sizeof(Oid);
		ctl.hcxt = TopMemoryContext;
		plain_tables = hash_create("tables without a smol index", 64, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	hash_search(plain_tables, &relid, HASH_ENTER, NULL);
}

/*
 * Raise an error if the table has a smol index that rejects writes.  The
 * caller holds the lock that a writer needs.
 *
 * This runs for each statement that writes to any table, so it should cost no
 * more than a look into a hash table where there is no smol index.
 */
static void
refuse_write(Oid relid)
{
	Relation	heap;
	List	   *indexes;
	ListCell   *lc;
	bool		plain = true;

	if (plain_tables && hash_search(plain_tables, &relid, HASH_FIND, NULL))
		return;

	heap = table_open(relid, NoLock);
	indexes = RelationGetIndexList(heap);
	foreach(lc, indexes)
	{
		Relation	index;

		if (!smol_is_smol_am(get_rel_relam(lfirst_oid(lc))))
			continue;
		plain = false;

		/*
		 * A partial index guards by row: only aminsert knows whether the row
		 * is one of its own.  One that isn't ready is told of no row.
		 */
		index = index_open(lfirst_oid(lc), AccessShareLock);
		if (index->rd_index->indisready &&
			heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) &&
			smol_get_writes(index) == SMOL_WRITES_REJECT)
			smol_report_sealed(heap, index);
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	table_close(heap, NoLock);
	if (plain)
		remember_plain_table(relid);
}

/*
 * INSERT, UPDATE, DELETE, MERGE, wherever in the statement.  'unpruned', if
 * not NULL, are the relations that the statement may still write to.
 *
 * The result relation of an INSERT into a partitioned table is its root.  The
 * leaf is known only when there is a row to put into it; aminsert refuses it.
 */
static void
guard_plan(PlannedStmt *stmt, Bitmapset *unpruned)
{
	ListCell   *lc;

	foreach(lc, stmt->resultRelations)
	{
		RangeTblEntry *rte = rt_fetch(lfirst_int(lc), stmt->rtable);

		/* REFRESH MATERIALIZED VIEW CONCURRENTLY writes to a matview */
		if (rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW)
			continue;
		if (unpruned == NULL || bms_is_member(lfirst_int(lc), unpruned))
			refuse_write(rte->relid);
	}
}

/*
 * The check comes after the executor's own start-up, which touches no row: so
 * a lack of privileges is reported first, and partitions are known that the
 * statement will not write to because they were pruned.
 */
/* ---- WHERE CURRENT OF ---- */

/* Is there an index-only scan or a node of ours that reads this table? */
static bool
scans_smol_index(PlanState *node, void *context)
{
	Oid			relid = *(Oid *) context;

	if (node == NULL)
		return false;
	if (IsA(node, IndexOnlyScanState))
	{
		IndexOnlyScanState *scan = (IndexOnlyScanState *) node;

		if (scan->ss.ss_currentRelation != NULL && scan->ioss_RelationDesc != NULL &&
			RelationGetRelid(scan->ss.ss_currentRelation) == relid &&
			smol_is_smol_index(scan->ioss_RelationDesc))
			return true;
	}
	if (IsA(node, CustomScanState))
	{
		CustomScanState *scan = (CustomScanState *) node;

		if (scan->ss.ss_currentRelation != NULL &&
			RelationGetRelid(scan->ss.ss_currentRelation) == relid &&
			strncmp(scan->methods->CustomName, "Smol", 4) == 0)
			return true;
	}
	return planstate_tree_walker(node, scans_smol_index, context);
}

/* The name of a cursor that is given as a parameter; NULL if it is not there. */
static char *
cursor_of_parameter(ParamListInfo params, int id)
{
	ParamExternData *param;
	ParamExternData data;

	if (params == NULL || id <= 0 || id > params->numParams)
		return NULL;
	param = params->paramFetch ? params->paramFetch(params, id, false, &data) :
		&params->params[id - 1];
	if (param->ptype != REFCURSOROID || param->isnull)
		return NULL;
	return TextDatumGetCString(param->value);
}

/*
 * A row that comes out of a smol index has the TID of another row, a witness.
 * An index-only scan passes it on as the cursor's present row, and that is the
 * row which would be changed.  (Cursors that are FOR UPDATE read the table.)
 */
static bool
guard_current_of(PlanState *node, void *context)
{
	QueryDesc  *queryDesc = context;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, TidScanState))
	{
		Relation	rel = ((TidScanState *) node)->ss.ss_currentRelation;

		foreach(lc, ((TidScan *) node->plan)->tidquals)
		{
			CurrentOfExpr *expr = lfirst(lc);
			Oid			relid = RelationGetRelid(rel);
			char	   *name;
			Portal		portal;

			if (!IsA(expr, CurrentOfExpr))
				continue;
			name = expr->cursor_name ? expr->cursor_name :
				cursor_of_parameter(queryDesc->params, expr->cursor_param);
			portal = name ? GetPortalByName(name) : NULL;
			if (PortalIsValid(portal) && portal->queryDesc != NULL &&
				scans_smol_index(portal->queryDesc->planstate, &relid))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_CURSOR_STATE),
						 errmsg("cursor \"%s\" is not a simply updatable scan of table \"%s\"",
								name, RelationGetRelationName(rel)),
						 errdetail("It reads a smol index, which does not know where rows are in the table."),
						 errhint("Declare the cursor FOR UPDATE.")));
		}
	}
	return planstate_tree_walker(node, guard_current_of, context);
}

static void
guard_executor_start(QueryDesc *queryDesc, int eflags)
{
	if (prev_ExecutorStart)
		prev_ExecutorStart(queryDesc, eflags);
	else
		standard_ExecutorStart(queryDesc, eflags);

	if (queryDesc->plannedstmt->resultRelations != NIL &&
		!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		guard_plan(queryDesc->plannedstmt, queryDesc->estate->es_unpruned_relids);
		(void) guard_current_of(queryDesc->planstate, queryDesc);
	}
}

/*
 * COPY FROM does not pass the executor.  What COPY would complain of anyway,
 * it had better say itself.
 */
static void
guard_copy(CopyStmt *stmt)
{
	Oid			relid;

	if (!stmt->is_from || stmt->relation == NULL || XactReadOnly ||
		RecoveryInProgress())
		return;

	/* the lock that COPY is about to take, in the same way */
	relid = RangeVarGetRelid(stmt->relation, RowExclusiveLock, true);
	if (OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_RELATION &&
		pg_class_aclcheck(relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK)
		refuse_write(relid);
}

/*
 * Has the table, or partitioned table, a smol index?  Looks into the catalog,
 * so that no lock on the table is needed.
 */
static bool
has_smol_index(Oid relid, bool valid_only, Oid *indexoid)
{
	Relation	pg_index = table_open(IndexRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	*indexoid = InvalidOid;
	ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(pg_index, IndexIndrelidIndexId, true, NULL, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);

		if (form->indislive && (form->indisvalid || !valid_only) &&
			smol_is_smol_am(get_rel_relam(form->indexrelid)))
		{
			*indexoid = form->indexrelid;
			break;
		}
	}
	systable_endscan(scan);
	table_close(pg_index, AccessShareLock);
	return OidIsValid(*indexoid);
}

/*
 * ATTACH PARTITION builds the parent's indexes on the new partition.  If that
 * is to be a smol index, nothing in this session may be using the partition.
 *
 * What the session has not locked it is not using.  So there is no need to
 * take a lock here, in an order that the command itself might not like.
 */
static void
guard_attach(AlterTableStmt *stmt)
{
	ListCell   *lc;

	if (stmt->objtype != OBJECT_TABLE)
		return;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);
		Oid			parent;
		Oid			child;
		Oid			index;
		ListCell   *lc2;

		if (cmd->subtype != AT_AttachPartition)
			continue;
		parent = RangeVarGetRelid(stmt->relation, NoLock, true);
		child = RangeVarGetRelid(castNode(PartitionCmd, cmd->def)->name, NoLock, true);
		if (!OidIsValid(parent) || !OidIsValid(child) ||
			!has_smol_index(parent, false, &index))
			continue;

		foreach(lc2, find_all_inheritors(child, NoLock, NULL))
		{
			Relation	rel;

			if (!CheckRelationOidLockedByMe(lfirst_oid(lc2), AccessShareLock, true))
				continue;
			rel = relation_open(lfirst_oid(lc2), NoLock);
			CheckTableNotInUse(rel, "ALTER TABLE ... ATTACH PARTITION");
			relation_close(rel, NoLock);
		}
	}
}

pg_noreturn static void
report_concurrent_reindex(Oid index)
{
	char	   *name = get_rel_name(index);

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot reindex smol index \"%s\" concurrently",
					name ? name : "?"),
			 errhint("Use REINDEX without CONCURRENTLY; or create a second index like it and drop this one.")));
}

/* Like report_concurrent_reindex, if that is what would happen to the index. */
static void
refuse_concurrent_reindex(Oid index, bool valid_only)
{
	/* PostgreSQL reindexes temporary tables without CONCURRENTLY */
	if (smol_is_smol_am(get_rel_relam(index)) &&
		get_rel_persistence(index) != RELPERSISTENCE_TEMP &&
		(!valid_only || get_index_isvalid(index)))
		report_concurrent_reindex(index);
}

/* REINDEX SCHEMA or DATABASE: look through all indexes. */
static void
refuse_concurrent_reindex_of_schema(Oid schema)
{
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan;
	HeapTuple	tuple;

	scan = systable_beginscan(pg_class, InvalidOid, false, NULL, 0, NULL);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (form->relkind == RELKIND_INDEX && smol_is_smol_am(form->relam) &&
			(!OidIsValid(schema) || form->relnamespace == schema))
			refuse_concurrent_reindex(form->oid, true);
	}
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
}

static void
guard_reindex(ReindexStmt *stmt)
{
	bool		concurrently = false;
	ListCell   *lc;
	Oid			oid;

	foreach(lc, stmt->params)
	{
		DefElem    *opt = lfirst_node(DefElem, lc);

		if (strcmp(opt->defname, "concurrently") == 0)
			concurrently = defGetBoolean(opt);
	}
	if (!concurrently)
		return;

	switch (stmt->kind)
	{
		case REINDEX_OBJECT_INDEX:
			oid = RangeVarGetRelid(stmt->relation, NoLock, true);
			if (OidIsValid(oid))
				refuse_concurrent_reindex(oid, false);
			break;
		case REINDEX_OBJECT_TABLE:
			oid = RangeVarGetRelid(stmt->relation, NoLock, true);
			if (!OidIsValid(oid))
				break;
			foreach(lc, get_rel_relkind(oid) == RELKIND_PARTITIONED_TABLE ?
					find_all_inheritors(oid, NoLock, NULL) : list_make1_oid(oid))
			{
				Oid			index;

				if (has_smol_index(lfirst_oid(lc), true, &index))
					refuse_concurrent_reindex(index, true);
			}
			break;
		case REINDEX_OBJECT_SCHEMA:
			oid = get_namespace_oid(stmt->name, true);
			if (OidIsValid(oid))
				refuse_concurrent_reindex_of_schema(oid);
			break;
		case REINDEX_OBJECT_DATABASE:
			refuse_concurrent_reindex_of_schema(InvalidOid);
			break;
		case REINDEX_OBJECT_SYSTEM:
			break;
	}
}

static void
guard_create_index(IndexStmt *stmt, bool late)
{
	Oid			relid;

	if (!stmt->concurrent || stmt->accessMethod == NULL ||
		!smol_is_smol_am(get_index_am_oid(stmt->accessMethod, true)))
		return;

	/*
	 * PostgreSQL indexes temporary tables without CONCURRENTLY.  When the
	 * library is loaded late, in the middle of DefineIndex, the search path
	 * is restricted already, and only they are found by an unqualified name.
	 */
	relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	if (OidIsValid(relid) ? get_rel_persistence(relid) == RELPERSISTENCE_TEMP : !late)
		return;

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("access method \"%s\" does not support CREATE INDEX CONCURRENTLY",
					stmt->accessMethod),
			 errhint("Use CREATE INDEX without CONCURRENTLY; the table can be read meanwhile, but not written.")));
}

static void
guard_utility(Node *stmt, bool late)
{
	switch (nodeTag(stmt))
	{
		case T_CopyStmt:
			guard_copy((CopyStmt *) stmt);
			break;
		case T_AlterTableStmt:
			guard_attach((AlterTableStmt *) stmt);
			break;
		case T_IndexStmt:
			guard_create_index((IndexStmt *) stmt, late);
			break;
		case T_ReindexStmt:
			guard_reindex((ReindexStmt *) stmt);
			break;
		default:
			break;
	}
}

static void
guard_process_utility(PlannedStmt *pstmt, const char *queryString,
					  bool readOnlyTree, ProcessUtilityContext context,
					  ParamListInfo params, QueryEnvironment *queryEnv,
					  DestReceiver *dest, QueryCompletion *qc)
{
	guard_utility(pstmt->utilityStmt, false);
	if (prev_ProcessUtility)
		prev_ProcessUtility(pstmt, queryString, readOnlyTree, context,
							params, queryEnv, dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context,
								params, queryEnv, dest, qc);
}

/*
 * Called by the handler.  If it is a fresh session's first statement that
 * should be refused, that statement itself loads the library, too late for the
 * hooks.  But PostgreSQL calls the handler before any harm is done: CREATE
 * INDEX CONCURRENTLY to ask what the access method can do, before it makes an
 * index entry; REINDEX CONCURRENTLY when it opens the old index; INSERT and
 * COPY when they open the table's indexes, before the first row.  (UPDATE,
 * DELETE and MERGE are planned with all the table's indexes, so for these the
 * hooks come in time.)
 *
 * CONCURRENTLY is not allowed within functions, so the statement is that of
 * the active portal.  A write may be within one.  Then aminsert refuses it.
 *
 * An attachment is left to ambuild.  Here it would already have opened the
 * table itself.
 */
void
smol_guard_late_load(void)
{
	static bool done = false;
	ListCell   *lc;

	if (likely(done))
		return;
	done = true;				/* the guards below call the handler */

	if (ActivePortal == NULL)
		return;
	foreach(lc, ActivePortal->stmts)
	{
		PlannedStmt *pstmt = lfirst_node(PlannedStmt, lc);

		if (pstmt->utilityStmt == NULL)
			guard_plan(pstmt, NULL);
		else if (!IsA(pstmt->utilityStmt, AlterTableStmt))
			guard_utility(pstmt->utilityStmt, true);
	}
}

void
smol_install_guards(void)
{
	prev_ExecutorStart = ExecutorStart_hook;
	ExecutorStart_hook = guard_executor_start;
	prev_ProcessUtility = ProcessUtility_hook;
	ProcessUtility_hook = guard_process_utility;
	CacheRegisterRelcacheCallback(forget_plain_table, (Datum) 0);
}
