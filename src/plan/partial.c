/*-------------------------------------------------------------------------
 *
 * partial.c
 *	  Aggregation in parts: those of several processes, or of partitions.
 *
 * A partial SmolAggregate returns, for each group that it has met, what a partial
 * Agg node of PostgreSQL's would: transition states.  PostgreSQL's own Agg node
 * puts them together, applies HAVING, and finishes.  So what can be a part is
 * known to PostgreSQL, and the fallback of each part is PostgreSQL's partial Agg
 * over the table.
 *
 * PostgreSQL asks nobody for such paths (create_upper_paths_hook is not called
 * for partial grouping).  They are made here when it asks for the whole, with the
 * Gather and the final Agg on top.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/partial.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolagg.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "plan/smolplan.h"
#include "plan/smolupper.h"

/*
 * What workers take to begin, besides parallel_setup_cost, in terms of it.  They load
 * catalogs and this library: some 10 ms, where the default of the setting is small
 * beside rows that are read one by one, but stands for 2.5 ms beside costs of ours.
 */
#define WORKER_START	4.0

/* As costsize.c has it: the leader has other things to do. */
double
smol_parallel_divisor(int workers)
{
	double		divisor = workers;

	if (parallel_leader_participation)
		divisor += Max(1.0 - 0.3 * workers, 0.0);
	return divisor;
}

/* What an expression needs of parts: what is grouped by, columns, and aggregates. */
typedef struct NeedContext
{
	PathTarget *target;
	int			nkeys;			/* the first expressions of the target */
} NeedContext;

static bool
note_needs(Node *node, NeedContext *context)
{
	if (node == NULL)
		return false;
	if (list_member(list_copy_head(context->target->exprs, context->nkeys), node))
		return false;
	if (IsA(node, Var) || IsA(node, Aggref) || IsA(node, GroupingFunc) ||
		IsA(node, PlaceHolderVar))
	{
		add_new_column_to_pathtarget(context->target, (Expr *) node);
		return false;
	}
	return expression_tree_walker(node, note_needs, context);
}

/*
 * What parts return: what is grouped by, and transition states.  It is what
 * PostgreSQL's own partial paths return, but for columns within expressions that
 * are grouped by, which nobody needs.
 */
PathTarget *
smol_partial_target(const SmolQuestion *q)
{
	PathTarget *target = create_empty_pathtarget();
	NeedContext needs = {.target = target};
	List	   *others = NIL;
	int			i = 0;
	ListCell   *lc;

	foreach(lc, q->target->exprs)
	{
		Index		ref = get_pathtarget_sortgroupref(q->target, i++);

		if (ref && get_sortgroupref_clause_noerr(ref, q->needed) != NULL)
			add_column_to_pathtarget(target, lfirst(lc), ref);
		else
			others = lappend(others, lfirst(lc));
	}
	others = list_concat(others, q->having);
	needs.nkeys = list_length(target->exprs);
	(void) note_needs((Node *) others, &needs);
	foreach(lc, target->exprs)
	{
		Aggref	   *aggref;

		if (!IsA(lfirst(lc), Aggref))
			continue;
		aggref = makeNode(Aggref);
		memcpy(aggref, lfirst(lc), sizeof(Aggref));
		mark_partial_aggref(aggref, AGGSPLIT_INITIAL_SERIAL);
		lfirst(lc) = aggref;
	}
	return set_pathtarget_cost_width(q->root, target);
}

/* Can smol make the transition states?  It knows the aggregates. */
static bool
has_partials(const SmolAnswer *answer)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (answer->whole)
		return false;
	forboth(lc, answer->plan.functions, lc2, answer->plan.types)
		if (!smol_has_partial(smol_find_aggregate(lfirst_oid(lc), lfirst_oid(lc2))))
		return false;
	return true;
}

/* Workers for so much of an index. */
static int
count_workers(const SmolQuestion *q, const IndexOptInfo *index)
{
	return compute_parallel_worker(q->input, -1, index->pages,
								   max_parallel_workers_per_gather);
}

/*
 * The cheapest way in which an index returns a part: that of a table, or if it is
 * to be parallel that of each process.  NULL if none can; smol.explain_declined
 * says why.  What statistics answer is not worth several processes.
 */
CustomPath *
smol_best_part(SmolQuestion *part, bool parallel)
{
	const char *why_none;
	CustomPath *best = NULL;
	bool		any = false;
	ListCell   *lc;

	foreach(lc, part->input->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);

		any |= smol_is_aggregable(index) && (!parallel || count_workers(part, index) > 0);
	}
	if (!any)
		return NULL;

	why_none = smol_find_question(part);
	foreach(lc, part->input->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
		const char *why = why_none;
		SmolAnswer	answer;
		CustomPath *path;
		Path	   *scan;
		int			workers = 0;

		if (!smol_is_aggregable(index))
			continue;
		if (why == NULL)
			why = smol_find_answer(part, index, &answer);
		if (why == NULL && !has_partials(&answer))
			why = "an aggregate can't be put together of parts";
		if (why && !parallel)
			smol_decline_aggregate(index, why);
		if (why)
			continue;
		if (parallel)
		{
			workers = count_workers(part, index);
			if (workers <= 0 || (answer.known && answer.quals.exact_range))
				continue;
			scan = create_seqscan_path(part->root, part->input, NULL, workers);
		}
		else
			scan = smol_ordinary_scan(part);
		path = smol_make_aggregate_path(part, index, &answer, scan, workers);
		if (best == NULL ||
			compare_path_costs(&path->path, &best->path, TOTAL_COST) < 0)
			best = path;
	}
	return best;
}

/* Gather the parts, and put them together. */
void
smol_add_final_path(const SmolQuestion *whole, Path *parts)
{
	if (parts->parallel_workers > 0)
	{
		double		rows = parts->rows * smol_parallel_divisor(parts->parallel_workers);

		parts = (Path *) create_gather_path(whole->root, whole->output, parts,
											parts->pathtarget, NULL, &rows);
		parts->startup_cost += WORKER_START * parallel_setup_cost;
		parts->total_cost += WORKER_START * parallel_setup_cost;
	}
	add_path(whole->output,
			 smol_make_agg_path(whole, whole->output, parts, whole->target,
								AGGSPLIT_FINAL_DESERIAL, whole->having));
}

/*
 * Consider to have a table aggregated by several processes.
 */
void
smol_consider_parallel(const SmolQuestion *q, const GroupPathExtraData *extra)
{
	SmolQuestion part = *q;
	CustomPath *path;

	if (!(extra->flags & GROUPING_CAN_PARTIAL_AGG) ||
		!q->input->consider_parallel || !q->output->consider_parallel)
		return;
	part.output = q->input;
	part.partial = true;
	part.target = smol_partial_target(q);
	part.having = NIL;
	path = smol_best_part(&part, true);
	if (path)
		smol_add_final_path(q, (Path *) path);
}
