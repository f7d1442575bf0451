/*-------------------------------------------------------------------------
 *
 * partial.c
 *	  Aggregation in parts: by several processes.
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
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "plan/smolplan.h"
#include "plan/smolupper.h"

/* As costsize.c has it: the leader has other things to do. */
double
smol_parallel_divisor(int workers)
{
	double		divisor = workers;

	if (parallel_leader_participation)
		divisor += Max(1.0 - 0.3 * workers, 0.0);
	return divisor;
}

/*
 * What parts return: what is grouped by, and transition states.  It is what
 * PostgreSQL's own partial paths return.
 */
static PathTarget *
partial_target(const SmolQuestion *q)
{
	PathTarget *target = create_empty_pathtarget();
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
	add_new_columns_to_pathtarget(target,
								  pull_var_clause((Node *) others,
												  PVC_INCLUDE_AGGREGATES |
												  PVC_RECURSE_WINDOWFUNCS |
												  PVC_INCLUDE_PLACEHOLDERS));
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

/* The question of a part of the rows: those of a table. */
static SmolQuestion
partial_question(const SmolQuestion *whole, PathTarget *target)
{
	SmolQuestion part = *whole;

	part.output = part.input;
	part.partial = true;
	part.target = target;
	part.having = NIL;
	part.keys = part.keyrefs = part.aggs = NIL;
	return part;
}

/* Can smol make the transition states?  It knows the aggregates. */
static bool
has_partials(const SmolAnswer *answer)
{
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, answer->plan.functions, lc2, answer->plan.types)
		if (!smol_has_partial(smol_find_aggregate(lfirst_oid(lc), lfirst_oid(lc2))))
		return false;
	return true;
}

/* What the ordinary plan reads in each process. */
static Path *
parallel_scan(const SmolQuestion *q, int workers)
{
	return create_seqscan_path(q->root, q->input, NULL, workers);
}

/* Workers for so much of an index. */
static int
count_workers(const SmolQuestion *q, const IndexOptInfo *index)
{
	return compute_parallel_worker(q->input, -1, index->pages,
								   max_parallel_workers_per_gather);
}

/* Gather the parts, and put them together. */
static void
add_final_path(const SmolQuestion *whole, Path *parts)
{
	if (parts->parallel_workers > 0)
	{
		double		rows = parts->rows * smol_parallel_divisor(parts->parallel_workers);

		parts = (Path *) create_gather_path(whole->root, whole->output, parts,
											parts->pathtarget, NULL, &rows);
	}
	add_path(whole->output,
			 smol_make_agg_path(whole, whole->output, parts, whole->target,
								AGGSPLIT_FINAL_DESERIAL, whole->having));
}

/*
 * Consider to have a table aggregated by several processes.  What statistics
 * answer is not worth it.
 */
void
smol_consider_parallel(const SmolQuestion *q, const GroupPathExtraData *extra)
{
	SmolQuestion part;
	ListCell   *lc;

	if (!(extra->flags & GROUPING_CAN_PARTIAL_AGG) ||
		!q->input->consider_parallel || !q->output->consider_parallel)
		return;
	part = partial_question(q, partial_target(q));
	if (smol_find_question(&part) != NULL)
		return;
	foreach(lc, q->input->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
		SmolAnswer	answer;
		int			workers;

		if (!smol_is_aggregable(index) || (workers = count_workers(q, index)) <= 0 ||
			smol_find_answer(&part, index, &answer) != NULL || !has_partials(&answer) ||
			(answer.known && answer.quals.exact_range))
			continue;
		add_final_path(q, (Path *) smol_make_aggregate_path(&part, index, &answer,
															parallel_scan(&part, workers),
															workers));
	}
}
