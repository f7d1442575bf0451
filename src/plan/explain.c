/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What EXPLAIN says of smol: scans that fell back to the heap, and indexes
 *	  that the planner was not shown, with what to run about it.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/explain.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/table.h"
#include "am/smolam.h"
#include "catalog/pg_class.h"
#include "commands/explain.h"
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "nodes/plannodes.h"
#include "plan/smolplan.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

static explain_per_node_hook_type prev_explain_per_node = NULL;
static explain_per_plan_hook_type prev_explain_per_plan = NULL;

/*
 * A scan that got its rows from the heap says why.  EXPLAIN without ANALYZE
 * has run nothing, so it has nothing to say here.
 */
static void
explain_node(PlanState *planstate, List *ancestors, const char *relationship,
			 const char *plan_name, ExplainState *es)
{
	Relation	index = NULL;
	IndexScanDesc scan = NULL;
	const char *reason;

	if (prev_explain_per_node)
		prev_explain_per_node(planstate, ancestors, relationship, plan_name, es);

	if (IsA(planstate, IndexOnlyScanState))
	{
		index = ((IndexOnlyScanState *) planstate)->ioss_RelationDesc;
		scan = ((IndexOnlyScanState *) planstate)->ioss_ScanDesc;
	}
	else if (IsA(planstate, IndexScanState))
	{
		index = ((IndexScanState *) planstate)->iss_RelationDesc;
		scan = ((IndexScanState *) planstate)->iss_ScanDesc;
	}

	if (index == NULL || scan == NULL || !smol_is_smol_index(index))
		return;
	reason = smol_scan_fallback_reason(scan);
	if (reason)
		ExplainPropertyText("Heap Fallback", reason, es);

	/* of workers' scans nothing is left to be asked */
	if (es->analyze && scan->parallel_scan == NULL &&
		smol_scan_leaves_excluded(scan) > 0)
		ExplainPropertyUInteger("Leaf Pages Skipped by Bloom Filters", NULL,
								smol_scan_leaves_excluded(scan), es);
}

/* Say of one index that it can't be used, but maybe for parts of it. */
static void
show_unusable(Relation heap, Relation index, const char *state, bool parts,
			  const char *reason, const char *advice, ExplainState *es)
{
	if (es->format == EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyText("Smol Index",
							psprintf("%s is not usable%s: %s",
									 quote_identifier(RelationGetRelationName(index)),
									 parts ? " as a whole" : "", reason), es);
		if (advice)
		{
			es->indent++;
			ExplainPropertyText("Run", advice, es);
			es->indent--;
		}
		return;
	}

	ExplainOpenGroup("Smol Index", NULL, true, es);
	ExplainPropertyText("Index Name", RelationGetRelationName(index), es);
	ExplainPropertyText("Relation Name", RelationGetRelationName(heap), es);
	ExplainPropertyText("Schema",
						get_namespace_name(RelationGetNamespace(heap)), es);
	ExplainPropertyText("State", state, es);
	ExplainPropertyBool("Usable in Parts", parts, es);
	ExplainPropertyText("Reason", reason, es);
	if (advice)
		ExplainPropertyText("Run", advice, es);
	ExplainCloseGroup("Smol Index", NULL, true, es);
}

/*
 * Show the unusable smol indexes of a table.  'opened' is whether the group
 * has been opened that holds them.
 */
static void
explain_table(Relation heap, bool *opened, ExplainState *es)
{
	List	   *indexes;
	ListCell   *lc;

	if (!heap->rd_rel->relhasindex)
		return;

	indexes = RelationGetIndexList(heap);
	foreach(lc, indexes)
	{
		Oid			indexoid = lfirst_oid(lc);
		Relation	index;
		SmolVerdict verdict = {0};
		const char *state;
		const char *reason;
		const char *advice = NULL;

		if (!smol_is_smol_am(get_rel_relam(indexoid)))
			continue;

		index = index_open(indexoid, AccessShareLock);
		if (!index->rd_index->indisvalid)
		{
			state = "invalid";
			reason = "its build was not finished";
			verdict.state = SMOL_SEAL_STALE;
			advice = smol_advice(heap, index, &verdict);
		}
		else if (index->rd_index->indcheckxmin &&
				 !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
										TransactionXmin))
		{
			/* get_relation_info's own rule; the older ones end by themselves */
			state = "waiting";
			reason = "transactions older than the index are running";
		}
		else
		{
			state = smol_why_unusable(heap, index, true, NULL, &verdict);
			reason = verdict.reason;
			if (state)
				advice = smol_advice(heap, index, &verdict);
		}
		if (state)
		{
			if (!*opened)
				ExplainOpenGroup("Smol Indexes", "Smol Indexes", false, es);
			*opened = true;
			show_unusable(heap, index, state, verdict.parts, reason, advice, es);
		}
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
}

/*
 * Of each table in the plan, show the smol indexes that the planner was not
 * shown.  They are judged again, so what is said is true now.
 */
static void
explain_plan(PlannedStmt *plannedstmt, IntoClause *into, ExplainState *es,
			 const char *queryString, ParamListInfo params,
			 QueryEnvironment *queryEnv)
{
	List	   *seen = NIL;
	bool		opened = false;
	ListCell   *lc;

	if (prev_explain_per_plan)
		prev_explain_per_plan(plannedstmt, into, es, queryString, params, queryEnv);

	foreach(lc, plannedstmt->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
		LOCKMODE	lockmode;
		Relation	heap;

		if (rte->rtekind != RTE_RELATION ||
			(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW) ||
			list_member_oid(seen, rte->relid))
			continue;
		seen = lappend_oid(seen, rte->relid);

		/* a lock that the query holds need not be taken and released */
		lockmode = CheckRelationOidLockedByMe(rte->relid, AccessShareLock, true) ?
			NoLock : AccessShareLock;
		heap = try_table_open(rte->relid, lockmode);
		if (heap == NULL)
			continue;
		explain_table(heap, &opened, es);
		table_close(heap, lockmode);
	}
	list_free(seen);
	if (opened)
		ExplainCloseGroup("Smol Indexes", "Smol Indexes", false, es);
}

void
smol_install_explain_hooks(void)
{
	prev_explain_per_node = explain_per_node_hook;
	explain_per_node_hook = explain_node;
	prev_explain_per_plan = explain_per_plan_hook;
	explain_per_plan_hook = explain_plan;
}
