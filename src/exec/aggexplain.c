/*-------------------------------------------------------------------------
 *
 * aggexplain.c
 *	  What EXPLAIN says of a SmolAggregate.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/aggexplain.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "commands/explain.h"
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "exec/smolaggnode.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

/* Show an expression, or some that must all be true. */
static void
show_clauses(SmolAggregateState *node, const char *label, List *clauses,
			 List *ancestors, ExplainState *es)
{
	List	   *context;

	if (clauses == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, node->css.ss.ps.plan, ancestors);
	ExplainPropertyText(label,
						deparse_expression((Node *) make_ands_explicit(clauses), context,
										   es->rtable_size > 1 || es->verbose, false),
						es);
}

/* Show some columns of the scan tuple. */
static void
show_columns(SmolAggregateState *node, const char *label, int first, int n,
			 List *ancestors, ExplainState *es)
{
	CustomScan *cscan = (CustomScan *) node->css.ss.ps.plan;
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) cscan,
												   ancestors);
	List	   *texts = NIL;

	for (int i = first; i < first + n; i++)
	{
		TargetEntry *tle = list_nth_node(TargetEntry, cscan->custom_scan_tlist, i);

		texts = lappend(texts,
						deparse_expression((Node *) tle->expr, context,
										   es->rtable_size > 1 || es->verbose, false));
	}
	if (texts != NIL)
		ExplainPropertyList(label, texts, es);
}

static void
show_counts(SmolAggregateState *node, ExplainState *es)
{
	const SmolScanCounts *counts = &node->scan->counts;

	ExplainPropertyUInteger("Rows from Statistics", NULL, counts->rows_known, es);
	ExplainPropertyUInteger("Rows Decoded", NULL, counts->rows_decoded, es);
	if (counts->rows_skipped > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyUInteger("Rows Skipped by Zone Maps", NULL,
								counts->rows_skipped, es);
	if (counts->leaves_excluded > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyUInteger("Leaf Pages Skipped by Bloom Filters", NULL,
								counts->leaves_excluded, es);
	ExplainPropertyUInteger("Leaf Pages Read", NULL,
							counts->leaves_read, es);
}

/* How even was the work of a parallel query? */
static void
show_workers(SmolAggregateState *node, ExplainState *es)
{
	const uint64 *rows = NULL;
	int			nworkers = smol_rows_by_worker(node->scan, &rows);
	List	   *texts = NIL;

	for (int i = 0; i < nworkers; i++)
		texts = lappend(texts, psprintf(UINT64_FORMAT, rows[i]));
	if (texts != NIL)
		ExplainPropertyList("Rows by Worker", texts, es);
}

void
smol_explain_aggregate(CustomScanState *css, List *ancestors, ExplainState *es)
{
	SmolAggregateState *node = (SmolAggregateState *) css;
	CustomScan *cscan = (CustomScan *) css->ss.ps.plan;
	const char *name = get_rel_name(node->plan.index);
	int			nkeys = list_length(node->plan.keys);
	int			nconditions = list_length(node->plan.conditions);
	int			nbounds = 0;
	const char *reason = node->reason;
	List	   *conditions = list_copy_tail(cscan->custom_exprs,
											list_length(cscan->custom_exprs) - nconditions);

	/* key conditions come first */
	while (nbounds < nconditions &&
		   smol_is_key_condition(list_nth(node->plan.conditions, nbounds)))
		nbounds++;

	if (es->format == EXPLAIN_FORMAT_TEXT)
		ExplainPropertyText("Index", quote_identifier(name), es);
	else
		ExplainPropertyText("Index Name", name, es);
	show_columns(node, node->plan.sorted ? "Group Key" : "Hashed Group Key",
				 0, nkeys, ancestors, es);
	show_columns(node, "Aggregates", nkeys, list_length(node->plan.functions),
				 ancestors, es);
	show_clauses(node, "Index Cond", list_copy_head(conditions, nbounds), ancestors, es);
	show_clauses(node, "Vector Filter", list_copy_tail(conditions, nbounds), ancestors, es);
	if (es->analyze)
	{
		smol_collect_summary(node->scan);
		if (reason == NULL && node->scan->fell_back)
			reason = node->scan->fallback_reason;
		if (node->scan->used)
			show_counts(node, es);
		if (node->scan->used && es->verbose)
			show_workers(node, es);
		if (reason)
			ExplainPropertyText("Heap Fallback", reason, es);
	}

	/* a child that has not run says nothing new */
	if (reason == NULL && !es->verbose)
		css->custom_ps = NIL;
}
