/*-------------------------------------------------------------------------
 *
 * cost.c
 *	  What a scan of a smol index costs.
 *
 * The model is nbtree's, with smol's pages: far fewer, read in file order, and
 * unpacked (smol.cost_page); and with what a row of a batch costs in the place
 * of an index tuple (smol.cost_tuple).  The scan begins with a verdict, which
 * reads the visibility map of the heap blocks that the rows come from.
 *
 * Conditions on constants are looked up in the index, which knows how many rows
 * there are between them.  That serves the cost alone, and only if it is less
 * than the estimate by pg_statistic: the number of rows that the relation is
 * said to give is not ours to set, other paths are costed by it, and ours must
 * not lose to them for knowing better.
 *
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

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "am/smolam.h"
#include "am/smolfacts.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "tree/smolseal.h"
#include "tree/smoltree.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/index_selfuncs.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/spccache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/*
 * CPU cost of descending through a page, in operator costs: nbtree's is 50, a
 * search in encoded columns takes longer.
 */
#define PAGE_CPU_MULTIPLIER	100.0

/* What a verdict costs beside the sweep, in operator costs */
#define VERDICT_OPERATORS	60.0

/* Heap blocks whose visibility bits are tested at the cost of an operator. */
#define BLOCKS_PER_OPERATOR	256.0

/* For planning, count the rows of at most so many ranges. */
#define MAX_COUNTED_RANGES	8

/*
 * What is thought to cost less is not looked at more closely, in operator costs: about
 * a millisecond, while counting takes some microseconds, a tenth of the planning.
 */
#define LITTLE_OPERATORS	160000.0

/*
 * What a row costs beside smol.cost_tuple, in terms of cpu_tuple_cost: each column
 * after the second, whoever asks for it; and where there are no bounds, which
 * others would have to ask of each row, what these are worth beyond what the
 * planner charges for an operator.  It is less than it takes: no btree is charged
 * for its columns, and it should not win by that.
 */
#define COLUMN_COST				0.07
#define UNBOUNDED_COST			0.2

/* A bloom filter that says so of a value is wrong in so many cases. */
#define BLOOM_MISTAKES		0.01

/* Don't look at longer lists for that. */
#define MAX_COUNTED_ELEMENTS	1000

/* What is likelier than this to fall back is for the heap. */
#define MAX_RISK				0.5

int
smol_gettreeheight(Relation index)
{
	SmolMetaPageData meta;

	/* the file has been found readable, and a new one would come without */
	if (index->rd_amcache)
		return ((SmolIndexCache *) index->rd_amcache)->meta.segments[0].height;

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

/* ---- row counts from the index ---- */

/*
 * Make a scan key of an index qual that compares with a constant, or tests for
 * NULL; false if it doesn't, or not simply.  The keys of index scans are made
 * of the same quals by ExecIndexBuildScanKeys.
 */
static bool
constant_key(PlannerInfo *root, IndexOptInfo *info, int column, Expr *clause,
			 ScanKey key)
{
	Node	   *argument;
	Oid			operator;
	int			strategy;
	Oid			left;
	Oid			right;
	int			flags = 0;

	memset(key, 0, sizeof(ScanKeyData));
	key->sk_attno = column + 1;

	if (IsA(clause, NullTest))
	{
		key->sk_flags = SK_ISNULL |
			(((NullTest *) clause)->nulltesttype == IS_NULL ?
			 SK_SEARCHNULL : SK_SEARCHNOTNULL);
		return true;
	}
	if (IsA(clause, OpExpr))
	{
		operator = ((OpExpr *) clause)->opno;
		argument = lsecond(((OpExpr *) clause)->args);
	}
	else if (IsA(clause, ScalarArrayOpExpr))
	{
		operator = ((ScalarArrayOpExpr *) clause)->opno;
		argument = lsecond(((ScalarArrayOpExpr *) clause)->args);
		flags = SK_SEARCHARRAY;
	}
	else
		return false;

	/* as selectivity functions do */
	argument = estimate_expression_value(root, argument);
	if (!IsA(argument, Const))
		return false;
	if (flags && !((Const *) argument)->constisnull)
	{
		ArrayType  *array = DatumGetArrayTypeP(((Const *) argument)->constvalue);

		if (ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > MAX_COUNTED_ELEMENTS)
			return false;
	}

	get_op_opfamily_properties(operator, info->opfamily[column], false,
							   &strategy, &left, &right);
	key->sk_flags = flags | (((Const *) argument)->constisnull ? SK_ISNULL : 0);
	key->sk_strategy = strategy;
	key->sk_subtype = right;
	key->sk_argument = ((Const *) argument)->constvalue;
	return true;
}

/*
 * Is it allowed to count the rows of a path?
 */
static bool
may_count(PlannerInfo *root, IndexPath *path)
{
	/* never read for its rows; or by values that a join will have */
	if (path->path.pathtype == T_IndexScan || path->path.param_info ||
		path->indexclauses == NIL || path->indexinfo->hypothetical)
		return false;

	/*
	 * Costs tell those who see them how many rows there are, exactly.  With
	 * row security, or below a security barrier, the user may not know that.
	 */
	for (; root; root = root->parent_root)
	{
		ListCell   *lc;

		if (root->qual_security_level > 0)
			return false;
		foreach(lc, root->parse->rtable)
			if (lfirst_node(RangeTblEntry, lc)->security_barrier)
			return false;
	}
	return true;
}

/* Rows between the bounds at hand. */
static double
count_range(SmolReader *reader, const SmolScanKeys *keys)
{
	uint64		from = 0;
	uint64		to = reader->segment->nrows;

	if (keys->impossible)
		return 0;
	if (keys->has_lower)
		from = smol_rank(reader, &keys->lower);
	if (keys->has_upper)
		to = smol_rank(reader, &keys->upper);
	return to > from ? (double) (to - from) : 0;
}

/*
 * The number of rows in the ranges that conditions on constants make, as far as
 * they bound ranges: no fewer will be scanned.  Returns false if the index can't
 * tell.
 */
static bool
count_in_index(PlannerInfo *root, IndexPath *path, double *rows)
{
	IndexOptInfo *info = path->indexinfo;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	int			nkeys = 0;
	Relation	index;
	SmolReader *reader;
	SmolScanKeys keys;
	double		nranges = 1;
	ListCell   *lc;

	foreach(lc, path->indexclauses)
	{
		IndexClause *clause = lfirst_node(IndexClause, lc);
		ListCell   *lc2;

		foreach(lc2, clause->indexquals)
		{
			if (nkeys < INDEX_MAX_KEYS &&
				constant_key(root, info, clause->indexcol,
							 lfirst_node(RestrictInfo, lc2)->clause, &scankeys[nkeys]))
				nkeys++;
		}
	}
	if (nkeys == 0)
		return false;

	/* the planner has locked it and keeps the lock */
	index = index_open(info->indexoid, NoLock);
	reader = smol_open_reader(index);

	/* a damaged index must not be in the way of queries that can do without */
	reader->soft = true;
	smol_init_scan_keys(&keys, nkeys, true);
	smol_set_scan_keys(&keys, index, &reader->meta, scankeys);
	for (int t = 0; !keys.impossible && t < keys.nturning; t++)
		nranges *= keys.arrays[keys.turning[t]].n;

	if (nranges <= MAX_COUNTED_RANGES)
	{
		*rows = 0;
		smol_start_arrays(&keys, &reader->meta, scankeys, true);
		do
			*rows += count_range(reader, &keys);
		while (smol_step_arrays(&keys, &reader->meta, scankeys, true));
	}
	else
	{
		/*
		 * with what lies between the first and the last; a key's value is
		 * that of the combination at hand
		 */
		uint64		from;
		uint64		to;

		smol_start_arrays(&keys, &reader->meta, scankeys, true);
		from = smol_rank(reader, &keys.lower);
		smol_start_arrays(&keys, &reader->meta, scankeys, false);
		to = smol_rank(reader, &keys.upper);
		*rows = to > from ? (double) (to - from) : 0;
	}
	nranges = reader->damaged ? -1 : nranges;
	smol_close_reader(reader);
	index_close(index, NoLock);
	return nranges > 0;
}

/* Likewise; once for all paths that core makes of the same clauses. */
static bool
count_rows(PlannerInfo *root, IndexPath *path, double *rows)
{
	SmolFacts  *facts = smol_get_facts(root, path->indexinfo);

	if (facts->counted_clauses != path->indexclauses)
	{
		facts->counted = count_in_index(root, path, &facts->counted_rows);
		facts->counted_clauses = path->indexclauses;
	}
	*rows = facts->counted_rows;
	return facts->counted;
}

/* ---- costs ---- */

/*
 * The part of a range's leaves that are read for rows to pass a clause on a
 * column, which does not bound the range.
 */
static double
clause_share(PlannerInfo *root, IndexOptInfo *info, const SmolColumnDesc *desc,
			 int column, Node *clause)
{
	double		leaves = Max(info->pages, 1.0);
	Selectivity passing;
	double		share = 1;
	double		ordered;

	/* of a RestrictInfo it is known already */
	passing = clause_selectivity(root, clause, info->rel->relid, JOIN_INNER, NULL);
	if (IsA(clause, RestrictInfo))
		clause = (Node *) ((RestrictInfo *) clause)->clause;

	/* for each value of the columns before, rows are in order */
	if (column < info->nkeycolumns)
		share = Min(smol_count_prefixes(root, info, column), info->rel->tuples) / leaves +
			passing;

	/* minimum and maximum, if the column goes along with the first */
	if (desc->stats & SMOL_STATS_MINMAX)
	{
		ordered = smol_get_correlation(root, info, 0) *
			smol_get_correlation(root, info, column);
		ordered *= ordered;
		share = Min(share, ordered * (passing + 1 / leaves) + 1 - ordered);
	}

	/* equality, one or several times */
	if (desc->hash != 0 && (IsA(clause, OpExpr) || IsA(clause, ScalarArrayOpExpr)))
	{
		Oid			operator = IsA(clause, OpExpr) ? ((OpExpr *) clause)->opno :
			((ScalarArrayOpExpr *) clause)->opno;
		double		asked = IsA(clause, OpExpr) ? 1 :
			estimate_array_length(root, lsecond(((ScalarArrayOpExpr *) clause)->args));

		if (get_oprrest(operator) == F_EQSEL)
			share = Min(share, 1 - exp(-passing * info->rel->tuples / leaves) +
						BLOOM_MISTAKES * asked);
	}
	return share;
}

/*
 * The part of a range's leaves that skipping leaves to be read, by the clauses
 * that do not bound the range: of the one that does it best.  'columns' are those
 * of the index that the clauses are on.
 */
double
smol_read_share(PlannerInfo *root, IndexOptInfo *info, List *columns, List *clauses)
{
	const SmolMetaPageData *meta;
	double		share = 1;
	ListCell   *lc;
	ListCell   *lc2;

	if (clauses == NIL || info->hypothetical)
		return 1;

	meta = &smol_get_facts(root, info)->meta;
	forboth(lc, columns, lc2, clauses)
	{
		int			column = lfirst_int(lc);

		if (column > 0 && column < meta->ncolumns)
			share = Min(share, clause_share(root, info, &meta->columns[column], column,
											lfirst(lc2)));
	}
	return share;
}

/*
 * What cost_index will charge for heap pages that are not all-visible.  A scan
 * of a smol index doesn't visit them for its rows.  (Parts of a page stay in the
 * charge where it is rounded up: so it is for index-only scans of other access
 * methods, which should not lose by it.)
 */
static Cost
heap_charge(PlannerInfo *root, IndexOptInfo *index, Selectivity selectivity,
			double loop_count)
{
	RelOptInfo *rel = index->rel;
	double		pages = ceil(selectivity * rel->pages);
	double		random_page;
	double		seq_page;

	get_tablespace_page_costs(rel->reltablespace, &random_page, &seq_page);
	if (loop_count > 1)
		pages = index_pages_fetched(pages * loop_count, rel->pages, index->pages, root);
	pages = floor(pages * (1.0 - rel->allvisfrac));
	if (loop_count > 1)
		return pages * random_page / loop_count;
	return pages > 0 ? random_page + (pages - 1) * seq_page : 0;
}

/* Would a scan of the rows between these bounds be proven now? */
static bool
bounds_are_provable(Relation heap, SmolReader *reader, const SmolSearchKey *lower,
					const SmolSearchKey *upper)
{
	SmolPos		lo = {0, 0};
	SmolPos		hi = {reader->segment->nleaves, 0};

	if (lower)
		lo = smol_seek(reader, lower);
	if (upper && !reader->damaged)
		hi = smol_seek(reader, upper);
	return !reader->damaged && smol_guess_rows(heap, reader, lo, hi);
}

/*
 * Would a scan of what constants leave of an index be proven now?
 */
static bool
range_is_provable(PlannerInfo *root, IndexOptInfo *info, ScanKey scankeys, int nkeys)
{
	RangeTblEntry *rte = planner_rt_fetch(info->rel->relid, root);
	Relation	heap = table_open(rte->relid, NoLock);
	Relation	index = index_open(info->indexoid, NoLock);
	SmolReader *reader = smol_open_reader(index);
	SmolScanKeys keys;
	double		nranges = 1;
	bool		provable;

	reader->soft = true;
	smol_init_scan_keys(&keys, nkeys, true);
	smol_set_scan_keys(&keys, index, &reader->meta, scankeys);
	for (int t = 0; !keys.impossible && t < keys.nturning; t++)
		nranges *= keys.arrays[keys.turning[t]].n;
	if (keys.impossible || reader->segment->nrows == 0)
		provable = true;
	else if (nranges <= MAX_COUNTED_RANGES)
	{
		smol_start_arrays(&keys, &reader->meta, scankeys, true);
		do
			provable = bounds_are_provable(heap, reader,
										   keys.has_lower ? &keys.lower : NULL,
										   keys.has_upper ? &keys.upper : NULL);
		while (provable && smol_step_arrays(&keys, &reader->meta, scankeys, true));
	}
	else
	{
		/* with what lies between them; see count_rows */
		SmolPos		lo;
		SmolPos		hi = {0, 0};

		smol_start_arrays(&keys, &reader->meta, scankeys, true);
		lo = smol_seek(reader, &keys.lower);
		smol_start_arrays(&keys, &reader->meta, scankeys, false);
		if (!reader->damaged)
			hi = smol_seek(reader, &keys.upper);
		provable = !reader->damaged && smol_guess_rows(heap, reader, lo, hi);
	}
	smol_close_reader(reader);
	index_close(index, NoLock);
	table_close(heap, NoLock);
	return provable;
}

/*
 * How likely is a scan to get its rows from the heap?  The whole index could not
 * be proven; what the range of a scan says of that is asked of the heap, as the
 * scan will, as far as the range is known.  'clauses' are those of index columns
 * 'columns', 'share' is the part of the rows that is in the range.
 */
double
smol_fallback_risk(PlannerInfo *root, IndexOptInfo *info, List *columns,
				   List *clauses, Selectivity share)
{
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	int			nkeys = 0;
	double		ordered;
	double		pages = Max(info->rel->pages, 1);
	ListCell   *lc;
	ListCell   *lc2;

	if (!smol_get_facts(root, info)->parts)
		return 0;
	forboth(lc, columns, lc2, clauses)
	{
		if (nkeys < INDEX_MAX_KEYS &&
			constant_key(root, info, lfirst_int(lc), lfirst(lc2), &scankeys[nkeys]))
			nkeys++;
	}
	if (nkeys > 0 && range_is_provable(root, info, scankeys, nkeys))
		return 0;
	if (nkeys == list_length(clauses))
		return 1;

	/* a verdict is on whole leaves */
	share = Min(Max(share, 2 / Max(info->pages, 1.0)), 1);

	/* each page that is not all-visible may be in the range */
	ordered = smol_get_correlation(root, info, 0);
	ordered *= ordered;
	share = ordered * share + (1 - ordered);
	share *= Max(pages * (1 - info->rel->allvisfrac), 1);
	return share < MAX_RISK ? share : 1;
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

/* The part of the leaves that is read for the quals that don't bound the range. */
static double
skipped_share(PlannerInfo *root, IndexPath *path, List *bounds)
{
	List	   *columns = NIL;
	List	   *clauses = NIL;
	ListCell   *lc;

	foreach(lc, path->indexclauses)
	{
		IndexClause *clause = lfirst_node(IndexClause, lc);
		ListCell   *lc2;

		foreach(lc2, clause->indexquals)
		{
			if (list_member_ptr(bounds, lfirst(lc2)))
				continue;
			columns = lappend_int(columns, clause->indexcol);
			clauses = lappend(clauses, lfirst(lc2));
		}
	}
	return smol_read_share(root, path->indexinfo, columns, clauses);
}

/* How likely a path of the access method is to read the heap. */
static double
path_risk(PlannerInfo *root, IndexPath *path, Selectivity share)
{
	List	   *columns = NIL;
	List	   *clauses = NIL;
	ListCell   *lc;

	if (!smol_get_facts(root, path->indexinfo)->parts)
		return 0;
	foreach(lc, path->indexclauses)
	{
		IndexClause *clause = lfirst_node(IndexClause, lc);
		ListCell   *lc2;

		foreach(lc2, clause->indexquals)
		{
			columns = lappend_int(columns, clause->indexcol);
			clauses = lappend(clauses, lfirst_node(RestrictInfo, lc2)->clause);
		}
	}
	return smol_fallback_risk(root, path->indexinfo, columns, clauses, share);
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
	double		table_rows = Max(index->rel->tuples, 1.0);
	Selectivity bounds;
	double		counted;
	double		rows;
	double		leaves;
	const SmolFacts *facts = smol_get_facts(root, index);
	double		share;
	double		risk;
	Cost		swept;
	Cost		descent;
	double		random_page;
	double		seq_page;

	bounds = clauselist_selectivity(root, add_predicate_to_index_quals(index, quals),
									index->rel->relid, JOIN_INNER, NULL);
	ranges = clamp_row_est(Min(ranges, index->tuples));

	/*
	 * A page's worth of rows: no count can make that much cheaper.  Nor is it
	 * worth while where whoever believes the estimate loses little.
	 */
	get_tablespace_page_costs(index->reltablespace, &random_page, &seq_page);
	rows = bounds * index->rel->tuples / ranges;
	if (rows * index->pages <= index->tuples ||
		bounds * (index->pages * seq_page + table_rows * cpu_tuple_cost) <
		LITTLE_OPERATORS * cpu_operator_cost ||
		!may_count(root, path) || !count_rows(root, path, &counted))
		counted = table_rows;
	bounds = Min(bounds, counted / table_rows);

	/* 0 would mean that we don't know */
	share = skipped_share(root, path, quals);
	costs.numIndexTuples = clamp_row_est(bounds * share * index->rel->tuples / ranges);
	costs.num_sa_scans = ranges;
	genericcostestimate(root, path, loop_count, &costs);
	costs.indexSelectivity = Min(costs.indexSelectivity, counted / table_rows);

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

	/* leaves after the first of a range are read in file order */
	leaves = Min(costs.numIndexPages * ranges, Max(index->pages, 1.0));
	if (share < 1)
		costs.indexTotalCost += leaves / share * SMOL_LEAF_ASKED * cpu_operator_cost;
	if (loop_count <= 1 && leaves > ranges && random_page > seq_page)
		costs.indexTotalCost -= (leaves - ranges) * (random_page - seq_page);
	costs.indexTotalCost += leaves * smol_cost_page;

	/* rows of the range come in batches, and their bounds are not asked again */
	rows = costs.numIndexTuples * ranges;
	costs.indexTotalCost += rows *
		(smol_cost_tuple - cpu_index_tuple_cost - list_length(quals) * cpu_operator_cost);
	costs.indexTotalCost += rows * cpu_tuple_cost *
		(COLUMN_COST * Max(index->ncolumns - 2, 0) + (quals == NIL ? UNBOUNDED_COST : 0));
	costs.indexTotalCost = Max(costs.indexTotalCost, costs.indexStartupCost);

	/*
	 * The search on each level; and the verdict's look at the visibility map
	 * and pages that are not all-visible, of all heap blocks or those of the
	 * leaves in the range.  A nested loop does that once for each block.
	 */
	descent = ranges * (ceil(log(Max(index->tuples, 2.0)) / log(2.0)) +
						(index->tree_height + 1) * PAGE_CPU_MULTIPLIER) * cpu_operator_cost;
	swept = index->rel->pages / BLOCKS_PER_OPERATOR * cpu_operator_cost;
	if (!facts->parts)
		swept += facts->looks * (seq_page + index->rel->tuples / Max(index->rel->pages, 1) *
								 cpu_operator_cost);
	if (swept > VERDICT_OPERATORS * cpu_operator_cost)
	{
		double		ordered = smol_get_correlation(root, index, 0);

		ordered *= ordered;
		swept *= ordered * Min(rows / table_rows, 1.0) + (1 - ordered);
	}
	descent += (VERDICT_OPERATORS * cpu_operator_cost + swept) / loop_count;

	/* with correlation 1 we know what the caller charges for the heap */
	*startup = costs.indexStartupCost + descent;
	*total = costs.indexTotalCost + descent -
		heap_charge(root, index, costs.indexSelectivity, loop_count);

	/* a scan that is going to read the heap */
	risk = path_risk(root, path, bounds);
	if (risk > 0)
	{
		Cost		fallback_startup;
		Cost		fallback_total;

		/* whoever has no other path but the heap should take that */
		if (risk >= 1)
		{
			path->path.disabled_nodes++;
			risk = 2;
		}
		cost_fallback(root, path, loop_count, costs.indexSelectivity,
					  &fallback_startup, &fallback_total);
		*startup += risk * fallback_startup;
		*total += risk * fallback_total;
	}
	*selectivity = costs.indexSelectivity;
	*correlation = 1.0;
	*pages = costs.numIndexPages;
}
