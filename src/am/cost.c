/*-------------------------------------------------------------------------
 *
 * cost.c
 *	  What a scan of a smol index costs.
 *
 * The model is nbtree's, with smol's pages: far fewer, and read in file order.
 * A plain index scan (one that is not index-only) is never what a smol index
 * is for: it is costed as the heap scan and sort that it comes to, and counts
 * as disabled.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/cost.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "access/stratnum.h"
#include "am/smolam.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/index_selfuncs.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/spccache.h"

/* CPU cost of descending through a page, as in nbtree, in operator costs */
#define PAGE_CPU_MULTIPLIER	50.0

/* Decoding a row, in index tuple costs. */
#define DECODE_COST			0.5

/* Heap blocks whose visibility bits are tested at the cost of an operator. */
#define BLOCKS_PER_OPERATOR	1024.0

int
smol_gettreeheight(Relation index)
{
	SmolMetaPageData meta;

	/* the planner hook drops an index that can't be read; don't fail before */
	if (!smol_meta_is_readable(index))
		return 0;
	smol_read_meta(index, &meta);
	return meta.segments[0].height;
}

/*
 * The quals that bound the range: equalities on the first columns, and what
 * there is on the column after them.  Also the number of ranges that arrays make
 * of it.
 */
static List *
boundary_quals(PlannerInfo *root, IndexPath *path, double *ranges)
{
	List	   *quals = NIL;
	int			column = 0;
	bool		equal = false;	/* is there an equality on 'column'? */
	ListCell   *lc;

	foreach(lc, path->indexclauses)
	{
		IndexClause *clause = lfirst_node(IndexClause, lc);
		ListCell   *lc2;

		if (clause->indexcol != column)
		{
			if (!equal || clause->indexcol != ++column)
				break;
			equal = false;
		}

		foreach(lc2, clause->indexquals)
		{
			RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc2);
			Expr	   *expr = rinfo->clause;

			if (IsA(expr, NullTest))
				equal |= ((NullTest *) expr)->nulltesttype == IS_NULL;
			else if (IsA(expr, OpExpr))
				equal |= get_op_opfamily_strategy(((OpExpr *) expr)->opno,
												  path->indexinfo->opfamily[column]) ==
					BTEqualStrategyNumber;
			else if (IsA(expr, ScalarArrayOpExpr) &&
					 get_op_opfamily_strategy(((ScalarArrayOpExpr *) expr)->opno,
											  path->indexinfo->opfamily[column]) ==
					 BTEqualStrategyNumber)
			{
				/* each element is a range of its own */
				equal = true;
				*ranges *= Max(estimate_array_length(root,
													 lsecond(((ScalarArrayOpExpr *) expr)->args)),
							   1.0);
			}
			quals = lappend(quals, rinfo);
		}
	}
	return quals;
}

/*
 * The cost of the fallback: a scan of the heap, and a sort of what passes.
 */
static void
cost_fallback(PlannerInfo *root, IndexPath *path, double loop_count,
			  Selectivity selectivity, Cost *startup, Cost *total)
{
	RelOptInfo *rel = path->indexinfo->rel;
	Path		sorted;
	double		seq_page;
	Cost		heap;

	get_tablespace_page_costs(rel->reltablespace, NULL, &seq_page);
	heap = rel->pages * seq_page + rel->tuples * (cpu_tuple_cost + cpu_operator_cost);
	cost_sort(&sorted, root, NIL, 0, heap,
			  clamp_row_est(rel->tuples * (loop_count > 1 ? 1.0 : selectivity)),
			  rel->reltarget->width, 0, work_mem, -1);

	/* a nested loop scans twice, and then searches */
	if (loop_count > 1)
	{
		*startup = 2 * sorted.startup_cost / loop_count;
		*total = 2 * sorted.total_cost / loop_count +
			rel->tuples * selectivity * cpu_tuple_cost;
	}
	else
	{
		*startup = sorted.startup_cost;
		*total = sorted.total_cost;
	}
}

void
smol_costestimate(PlannerInfo *root, IndexPath *path, double loop_count,
				  Cost *startup, Cost *total, Selectivity *selectivity,
				  double *correlation, double *pages)
{
	IndexOptInfo *index = path->indexinfo;
	GenericCosts costs = {0};
	double		ranges = 1;
	List	   *quals = boundary_quals(root, path, &ranges);
	Selectivity bounds;
	Cost		descent;
	double		random_page;
	double		seq_page;

	bounds = clauselist_selectivity(root, add_predicate_to_index_quals(index, quals),
									index->rel->relid, JOIN_INNER, NULL);
	ranges = clamp_row_est(Min(ranges, index->tuples));
	costs.numIndexTuples = rint(bounds * index->rel->tuples / ranges);
	costs.num_sa_scans = ranges;
	genericcostestimate(root, path, loop_count, &costs);

	if (path->path.pathtype == T_IndexScan)
	{
		path->path.disabled_nodes++;
		cost_fallback(root, path, loop_count, costs.indexSelectivity,
					  &costs.indexStartupCost, &costs.indexTotalCost);
		*startup = costs.indexStartupCost;
		*total = costs.indexTotalCost;
		*selectivity = costs.indexSelectivity;
		*correlation = 0;
		*pages = index->rel->pages;
		return;
	}

	/* leaves after the first are read in file order */
	get_tablespace_page_costs(index->reltablespace, &random_page, &seq_page);
	if (loop_count <= 1 && costs.numIndexPages > 1 && random_page > seq_page)
		costs.indexTotalCost -= (costs.numIndexPages - 1) * (random_page - seq_page);

	/*
	 * a row of the range is decoded in a batch, and its bounds not asked
	 * again
	 */
	costs.indexTotalCost -= costs.numIndexTuples * ranges *
		((1 - DECODE_COST) * cpu_index_tuple_cost +
		 list_length(quals) * cpu_operator_cost);
	costs.indexTotalCost = Max(costs.indexTotalCost, costs.indexStartupCost);

	/* the search on each level, and the verdict's look at the visibility map */
	descent = ranges * (ceil(log(Max(index->tuples, 2.0)) / log(2.0)) +
						(index->tree_height + 1) * PAGE_CPU_MULTIPLIER) * cpu_operator_cost +
		index->rel->pages / BLOCKS_PER_OPERATOR * cpu_operator_cost / loop_count;

	*startup = costs.indexStartupCost + descent;
	*total = costs.indexTotalCost + descent;
	*selectivity = costs.indexSelectivity;

	/* rows come without a visit to the heap: tell the caller to charge least */
	*correlation = 1.0;
	*pages = costs.numIndexPages;
}
