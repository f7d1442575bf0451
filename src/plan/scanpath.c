/*-------------------------------------------------------------------------
 *
 * scanpath.c
 *	  Paths that read a table by a SmolScan node.
 *
 * A smol index qualifies if all that the query needs of the table is in it.
 * It is offered in its order and against it where that may be of use, for
 * parallel workers, and with the join clauses of each parameterisation that
 * the planner has considered for the table.
 *
 * Each path carries the ordinary plan as its child, to be run where the index
 * turns out not to be current for the snapshot.  The child applies all quals
 * itself, and gives the same order.  Where the node is to be rescanned with
 * other parameters, the child is the index scan of the access method, whose
 * fallback reads the heap twice at most, however many rescans there are.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/scanpath.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "access/sysattr.h"
#include "am/smolam.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "plan/smolplan.h"
#include "plan/smolquals.h"
#include "utils/index_selfuncs.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/spccache.h"

/*
 * What a row costs, in terms of cpu_tuple_cost: one that comes out of the node
 * (btree's index-only scan is charged 1.5 for it), and one that is decoded and
 * filtered, for each filter.
 */
#define RETURN_COST		0.5
#define FILTER_COST		0.03

/* Searching a page, in operator costs, as in nbtree. */
#define PAGE_CPU_MULTIPLIER	50.0

/* Setting up a scan: more than that of an index scan, in operator costs. */
#define SETUP_COST		300.0

/* Heap blocks whose visibility bits are tested at the cost of an operator. */
#define BLOCKS_PER_OPERATOR	1024.0

/* Rows that an index-only scan may read instead. */
#define FEW_ROWS			16

static set_rel_pathlist_hook_type prev_set_rel_pathlist = NULL;

static Plan *plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
					   List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods scan_path_methods = {
	.CustomName = "SmolScan",
	.PlanCustomPath = plan_scan,
};

/* ---- costs ---- */

/* Ranges that the arrays among the bounds make. */
static double
estimate_ranges(PlannerInfo *root, const SmolQuals *quals)
{
	double		ranges = 1;
	int			i = 0;
	ListCell   *lc;

	foreach(lc, quals->conditions)
	{
		const SmolCondition *condition = lfirst(lc);

		if (i++ >= quals->nbounds)
			break;
		if (condition->array && condition->test == SMOL_TEST_EQUAL)
			ranges *= Max(estimate_array_length(root,
												lsecond(((ScalarArrayOpExpr *) condition->clause)->args)),
						  1.0);
	}
	return ranges;
}

/* The part of the table's rows that is in the range, and that passes. */
static void
estimate_rows(PlannerInfo *root, IndexOptInfo *index, const SmolQuals *quals)
{
	SmolQualsEstimates *estimates = quals->estimates;
	List	   *rinfos = quals->condition_rinfos;

	if (estimates->in_range >= 0)
		return;
	if (quals->nbounds < list_length(rinfos))
	{
		estimates->passing =
			clauselist_selectivity(root, add_predicate_to_index_quals(index, rinfos),
								   index->rel->relid, JOIN_INNER, NULL);
		rinfos = list_copy_head(rinfos, quals->nbounds);
	}
	estimates->in_range =
		clauselist_selectivity(root, add_predicate_to_index_quals(index, rinfos),
							   index->rel->relid, JOIN_INNER, NULL);
	if (quals->nbounds == list_length(quals->condition_rinfos))
		estimates->passing = estimates->in_range;
}

/* Searching the tree. */
static Cost
descent_cost(const IndexOptInfo *index)
{
	return (ceil(log(Max(index->tuples, 2.0)) / log(2.0)) +
			(index->tree_height + 1) * PAGE_CPU_MULTIPLIER) * cpu_operator_cost;
}

static void
cost_scan(PlannerInfo *root, CustomPath *path, IndexOptInfo *index,
		  const SmolQuals *quals, double loop_count)
{
	RelOptInfo *rel = path->path.parent;
	ParamPathInfo *param = path->path.param_info;
	int			nfilters = list_length(quals->conditions) - quals->nbounds;
	double		ranges = clamp_row_est(Min(estimate_ranges(root, quals), index->tuples));
	Selectivity in_range;
	Selectivity passing;
	double		rows;
	double		share;
	double		asked;
	double		pages;
	Cost		startup;
	Cost		io;
	Cost		cpu;
	double		random_page;
	double		seq_page;
	QualCost	rest;

	estimate_rows(root, index, quals);
	in_range = quals->estimates->in_range;
	passing = quals->estimates->passing;
	rows = clamp_row_est(in_range * rel->tuples);

	/*
	 * one page of each range is searched for, those after it are read in
	 * order
	 */
	pages = ceil(index->pages * Min(rows / Max(index->tuples, 1.0), 1.0));
	share = smol_quals_share(root, index, quals);
	asked = share < 1 ? pages : 0;
	pages = ceil(pages * share);
	pages = Max(pages, Min(ranges, index->pages));
	get_tablespace_page_costs(index->reltablespace, &random_page, &seq_page);
	if (loop_count > 1)
		io = index_pages_fetched(pages * loop_count, index->pages,
								 (double) index->pages, root) * random_page / loop_count;
	else
		io = Min(ranges, pages) * random_page + (pages - Min(ranges, pages)) * seq_page;

	/* set-up, the verdict's look at the visibility map, descents */
	startup = SETUP_COST * cpu_operator_cost / loop_count +
		rel->pages / BLOCKS_PER_OPERATOR * cpu_operator_cost / loop_count +
		ranges * descent_cost(index);

	cpu = rows * share * nfilters * FILTER_COST * cpu_tuple_cost +
		asked * SMOL_LEAF_ASKED * cpu_operator_cost;
	rows = clamp_row_est(passing * rel->tuples);
	cost_qual_eval(&rest, quals->rest, root);
	startup += rest.startup + path->path.pathtarget->cost.startup;
	cpu += rows * (RETURN_COST * cpu_tuple_cost + rest.per_tuple);

	path->path.rows = param ? param->ppi_rows : rel->rows;
	cpu += path->path.rows * path->path.pathtarget->cost.per_tuple;
	if (path->path.parallel_workers > 0)
	{
		double		divisor = path->path.parallel_workers;

		/* as costsize.c has it: the leader has other things to do */
		if (parallel_leader_participation)
			divisor += Max(1.0 - 0.3 * path->path.parallel_workers, 0.0);
		path->path.rows = clamp_row_est(path->path.rows / divisor);
		cpu /= divisor;
	}
	path->path.disabled_nodes = 0;
	path->path.startup_cost = startup;
	path->path.total_cost = startup + io + cpu;
}

/* Count what it may come to that the rows are the fallback's. */
static void
cost_risk(CustomPath *path, double risk)
{
	Path	   *fallback = linitial(path->custom_paths);

	if (risk >= 1)
		path->path.disabled_nodes++;
	path->path.startup_cost += risk * fallback->startup_cost;
	path->path.total_cost += risk * fallback->total_cost;
}

/* ---- the fallback ---- */

/* Columns of the index that the target list has, from 0. */
static List *
returned_columns(RelOptInfo *rel, IndexOptInfo *index)
{
	Bitmapset  *needed = NULL;
	List	   *columns = NIL;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &needed);
	for (int i = 0; i < index->ncolumns; i++)
	{
		int			member = index->indexkeys[i] - FirstLowInvalidHeapAttributeNumber;

		if (index->indexkeys[i] != 0 && bms_is_member(member, needed))
		{
			columns = lappend_int(columns, i);
			needed = bms_del_member(needed, member);
		}
	}
	return columns;
}

/* What the child is to return: these columns, and nothing computed. */
static PathTarget *
fallback_target(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index)
{
	PathTarget *target = create_empty_pathtarget();
	List	   *columns = returned_columns(rel, index);
	ListCell   *lc;

	foreach(lc, columns)
	{
		TargetEntry *tle = list_nth_node(TargetEntry, index->indextlist, lfirst_int(lc));

		add_column_to_pathtarget(target, copyObject(tle->expr), 0);
	}
	return set_pathtarget_cost_width(root, target);
}

static bool
is_exec_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXEC;
	if (IsA(node, RestrictInfo))
		return is_exec_param((Node *) ((RestrictInfo *) node)->clause, context);
	return expression_tree_walker(node, is_exec_param, context);
}

/* The access method's scan of the index, as core would make it. */
static Path *
make_index_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
				const SmolQuals *quals, Relids required_outer, List *pathkeys,
				bool backward, double loop_count)
{
	List	   *clauses = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, quals->conditions, lc2, quals->condition_rinfos)
	{
		const SmolCondition *condition = lfirst(lc);
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc2);
		IndexClause *clause;

		if (!condition->key)
			continue;
		clause = makeNode(IndexClause);
		clause->rinfo = rinfo;
		clause->indexquals = list_make1(rinfo->clause == condition->clause ? rinfo :
										make_simple_restrictinfo(root, condition->clause));
		clause->lossy = false;
		clause->indexcol = condition->column;
		clauses = lappend(clauses, clause);
	}
	return (Path *) create_index_path(root, index, clauses, NIL, NIL, pathkeys,
									  backward ? BackwardScanDirection : ForwardScanDirection,
									  true, required_outer, loop_count, false);
}

static Path *
make_fallback(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
			  const SmolQuals *quals, CustomPath *scan, Relids required_outer,
			  bool backward, double loop_count)
{
	List	   *pathkeys = scan->path.pathkeys;
	bool		partial = scan->path.parallel_aware;
	Path	   *path;

	if (!partial &&
		(required_outer != NULL || is_exec_param((Node *) rel->baserestrictinfo, NULL)))
	{
		path = make_index_path(root, rel, index, quals, required_outer, pathkeys,
							   backward, loop_count);
		path->pathtarget = fallback_target(root, rel, index);
		return path;
	}

	path = create_seqscan_path(root, rel, NULL,
							   partial ? scan->path.parallel_workers : 0);
	path->pathtarget = fallback_target(root, rel, index);
	if (pathkeys != NIL)
		return (Path *) create_sort_path(root, rel, path, pathkeys, -1.0);

	/* costs nothing, unless the node may be rescanned */
	if (!partial)
		return (Path *) create_material_path(rel, path);
	return path;
}

/* ---- paths ---- */

/*
 * The least that a scan of an index costs: it is set up, gets a verdict, comes
 * down the tree, and reads a page.  Without bounds it at least asks each leaf
 * whether it can be skipped.
 */
static void
least_cost(const IndexOptInfo *index, const SmolQuals *quals, double loop_count,
		   Cost *startup, Cost *total)
{
	double		random_page;
	double		seq_page;

	get_tablespace_page_costs(index->reltablespace, &random_page, &seq_page);
	*startup = (SETUP_COST + index->rel->pages / BLOCKS_PER_OPERATOR) *
		cpu_operator_cost / loop_count + descent_cost(index);
	*total = *startup + (loop_count > 1 ? 0 : random_page);
	if (quals->nbounds == 0 && loop_count <= 1)
		*total += Max(index->pages - 1.0, 0) *
			Min(seq_page, SMOL_LEAF_ASKED * cpu_operator_cost);
}

/* A path without its fallback. */
static CustomPath *
start_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
		   const SmolQuals *quals, Relids required_outer, List *pathkeys,
		   bool backward, int workers, double loop_count)
{
	CustomPath *path = makeNode(CustomPath);

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = get_baserel_parampathinfo(root, rel, required_outer);
	path->path.parallel_aware = workers > 0;
	path->path.parallel_safe = rel->consider_parallel;
	path->path.parallel_workers = workers;
	path->path.pathkeys = pathkeys;
	path->flags = CUSTOMPATH_SUPPORT_BACKWARD_SCAN | CUSTOMPATH_SUPPORT_PROJECTION;
	if (pathkeys != NIL)
		path->flags |= CUSTOMPATH_SUPPORT_MARK_RESTORE;
	path->methods = &scan_path_methods;
	path->custom_private = list_make2(index, makeBoolean(backward));
	cost_scan(root, path, index, quals, loop_count);
	return path;
}

static void
finish_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
			const SmolQuals *quals, CustomPath *path, Relids required_outer,
			bool backward, double loop_count)
{
	path->custom_paths = list_make1(make_fallback(root, rel, index, quals, path,
												  required_outer, backward, loop_count));
	cost_risk(path, smol_quals_risk(root, rel, index, quals));
}

/*
 * A path by an index in a direction, whatever others there are.  Of its
 * custom_private the plan takes the index, the direction, and if there is more,
 * OFFSET and LIMIT (offset.c).
 */
CustomPath *
smol_make_scan_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
					const SmolQuals *quals, List *pathkeys, bool backward)
{
	CustomPath *path = start_path(root, rel, index, quals, NULL, pathkeys, backward, 0, 1.0);

	finish_path(root, rel, index, quals, path, NULL, backward, 1.0);
	return path;
}

/*
 * The path; or NULL if there is one already that is as good in all respects.  So
 * most are found to be of no use before there is a fallback for them.
 */
static CustomPath *
make_scan_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
			   const SmolQuals *quals, Relids required_outer, List *pathkeys,
			   bool backward, int workers, double loop_count)
{
	CustomPath *path;
	Cost		startup;
	Cost		total;

	/* to estimate rows takes longer */
	least_cost(index, quals, loop_count, &startup, &total);
	if (workers == 0 &&
		!add_path_precheck(rel, 0, startup, total, pathkeys, required_outer))
		return NULL;

	path = start_path(root, rel, index, quals, required_outer, pathkeys, backward, workers,
					  loop_count);
	if (workers > 0 ?
		!add_partial_path_precheck(rel, 0, path->path.total_cost, pathkeys) :
		!add_path_precheck(rel, 0, path->path.startup_cost, path->path.total_cost,
						   pathkeys, required_outer))
		return NULL;
	finish_path(root, rel, index, quals, path, required_outer, backward, loop_count);
	return path;
}

/* For smol.explain_declined. */
static void
decline(IndexOptInfo *index, const char *why)
{
	if (smol_explain_declined)
		ereport(NOTICE,
				(errmsg("index \"%s\" is not scanned by SmolScan: %s",
						get_rel_name(index->indexoid), why)));
}

static void
decline_not_covering(RelOptInfo *rel, RangeTblEntry *rte, IndexOptInfo *index,
					 const List *rest)
{
	bool		covers;
	AttrNumber	column;

	if (!smol_explain_declined)
		return;
	column = smol_missing_column(rel, index, rest, &covers);
	if (column == 0)
		decline(index, "the query needs whole rows");
	else if (column < 0)
		decline(index, "the query needs system columns");
	else
		decline(index, psprintf("the query needs column \"%s\"",
								get_attname(rte->relid, column, false)));
}

/*
 * Is there an index-only scan, of any index, that will read a few rows?  It is as
 * fast for these as a node of ours, whose path would only make planning longer.
 * All conditions on keys must bound the range; and how many elements an array
 * has is often not known.
 */
static bool
reads_few_rows(RelOptInfo *rel, const SmolQuals *quals)
{
	ListCell   *lc;

	if (quals->nbounds == 0 || quals->nbounds < quals->nkeys)
		return false;
	foreach(lc, quals->conditions)
		if (((SmolCondition *) lfirst(lc))->array)
		return false;
	foreach(lc, rel->pathlist)
	{
		IndexPath  *path = lfirst(lc);

		if (IsA(path, IndexPath) && path->path.pathtype == T_IndexOnlyScan &&
			path->path.param_info == NULL && path->path.disabled_nodes == 0 &&
			path->indexselectivity * rel->tuples <= FEW_ROWS)
			return true;
	}
	return false;
}

/*
 * May the order of an index be that of anything that the query has?  To work the
 * order out takes much longer.
 */
static bool
may_be_ordered(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index)
{
	Expr	   *first = linitial_node(TargetEntry, index->indextlist)->expr;
	ListCell   *lc;

	/* classes name children by their parents */
	Relids		relids = rel->top_parent_relids ? rel->top_parent_relids : rel->relids;

	if (!has_useful_pathkeys(root, rel))
		return false;

	/* a condition on it may be one without an operator */
	if (exprType((Node *) first) == BOOLOID)
		return true;
	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = lfirst_node(EquivalenceClass, lc);

		if (bms_overlap(ec->ec_relids, relids) &&
			find_ec_member_matching_expr(ec, first, rel->relids))
			return true;
	}
	return false;
}

/* Without join clauses: in either order of the index, and for workers. */
static void
add_plain_paths(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte,
				IndexOptInfo *index)
{
	SmolQuals	quals;
	List	   *orders[2];
	bool		ordered;
	int			workers = 0;

	if (!smol_index_covers(rel, index, NIL) && !smol_explain_declined)
		return;
	smol_divide_quals(root, rel, index, rel->baserestrictinfo, &quals);
	if ((quals.rest != NIL || smol_explain_declined) &&
		!smol_index_covers(rel, index, quals.rest))
	{
		decline_not_covering(rel, rte, index, quals.rest);
		return;
	}
	if (reads_few_rows(rel, &quals))
	{
		decline(index, "an index-only scan will read a few rows");
		return;
	}

	ordered = may_be_ordered(root, rel, index);
	orders[0] = orders[1] = NIL;
	for (int i = 0; i < 2 && ordered; i++)
		orders[i] = truncate_useless_pathkeys(root, rel,
											  smol_index_pathkeys(root, index, i == 1));
	if (rel->consider_parallel)
		workers = compute_parallel_worker(rel, -1, index->pages,
										  max_parallel_workers_per_gather);

	for (int i = 0; i < 2; i++)
	{
		CustomPath *path;

		/* without an order, backward is as forward */
		if (i == 1 && orders[i] == NIL)
			break;
		path = make_scan_path(root, rel, index, &quals, NULL, orders[i], i == 1, 0, 1.0);
		if (path)
			add_path(rel, &path->path);
		if (workers == 0)
			continue;
		path = make_scan_path(root, rel, index, &quals, NULL, orders[i], i == 1,
							  workers, 1.0);
		if (path)
			add_partial_path(rel, &path->path);
	}
}

/* How often will a path be rescanned whose parameters come from these? */
static double
estimate_loops(PlannerInfo *root, Relids outer)
{
	double		loops = 0;
	int			relid = -1;

	while ((relid = bms_next_member(outer, relid)) >= 0)
	{
		RelOptInfo *rel = relid < root->simple_rel_array_size ?
			root->simple_rel_array[relid] : NULL;

		if (rel == NULL || IS_DUMMY_REL(rel) || rel->rows <= 0)
			continue;
		if (loops == 0 || rel->rows < loops)
			loops = rel->rows;
	}
	return Max(loops, 1.0);
}

/* With join clauses, if one of them bounds the range. */
static void
add_parameterized_path(PlannerInfo *root, RelOptInfo *rel, IndexOptInfo *index,
					   ParamPathInfo *param)
{
	SmolQuals	quals;
	CustomPath *path;
	bool		bounded = false;
	int			i = 0;
	ListCell   *lc;

	smol_divide_quals(root, rel, index,
					  list_concat_copy(rel->baserestrictinfo, param->ppi_clauses),
					  &quals);
	foreach(lc, quals.condition_rinfos)
		bounded |= i++ < quals.nbounds && list_member_ptr(param->ppi_clauses, lfirst(lc));
	if (!bounded || !smol_index_covers(rel, index, quals.rest))
		return;
	path = make_scan_path(root, rel, index, &quals, param->ppi_req_outer, NIL, false, 0,
						  estimate_loops(root, param->ppi_req_outer));
	if (path)
		add_path(rel, &path->path);
}

static void
add_scan_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	ListCell   *lc;

	if (prev_set_rel_pathlist)
		prev_set_rel_pathlist(root, rel, rti, rte);

	/* words are taken for Datums */
	if (!smol_enable_scan || SIZEOF_DATUM != sizeof(int64) ||
		IS_DUMMY_REL(rel) || rel->indexlist == NIL)
		return;

	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
		const char *why;
		List	   *params;
		ListCell   *lc2;

		if (index->amcostestimate != smol_costestimate || index->hypothetical)
			continue;
		why = smol_why_not_scanned(root, rel, rte);
		if (why == NULL && index->indpred != NIL && !index->predOK)
			why = "its predicate does not follow from the query";
		if (why)
		{
			decline(index, why);
			continue;
		}
		add_plain_paths(root, rel, rte, index);

		/* a path's making may add to the list */
		params = list_copy(rel->ppilist);
		foreach(lc2, params)
			add_parameterized_path(root, rel, index, lfirst_node(ParamPathInfo, lc2));
	}
}

void
smol_install_scan_paths(void)
{
	RegisterCustomScanMethods(&smol_scan_methods);
	prev_set_rel_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_scan_paths;
}

/* ---- the plan ---- */

/*
 * The index's columns.  Those that are expressions stand there as NULLs, which
 * setrefs.c finds nowhere: what is returned is computed of other columns, as it
 * has to be of rows from the heap.
 */
static List *
scan_tlist(IndexOptInfo *index)
{
	List	   *tlist = copyObject(index->indextlist);
	ListCell   *lc;

	foreach(lc, tlist)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!IsA(tle->expr, Var))
			tle->expr = (Expr *) makeNullConst(exprType((Node *) tle->expr),
											   exprTypmod((Node *) tle->expr),
											   exprCollation((Node *) tle->expr));
	}
	return tlist;
}

static Plan *
plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path,
		  List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	IndexOptInfo *index = linitial_node(IndexOptInfo, path->custom_private);
	SmolQuals	quals;

	smol_divide_quals(root, rel, index, clauses, &quals);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = extract_actual_clauses(quals.rest, false);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_exprs = list_concat(smol_condition_arguments(quals.conditions),
									 smol_condition_clauses(quals.conditions));
	scan->custom_private = list_make5(makeInteger((int) index->indexoid),
									  lsecond(path->custom_private),
									  makeInteger(quals.nkeys),
									  returned_columns(rel, index),
									  smol_pack_conditions(quals.conditions));
	scan->custom_private = lappend(scan->custom_private,
								   makeBoolean(list_length(path->custom_private) > 2));
	scan->custom_exprs = list_concat(scan->custom_exprs,
									 copyObject(list_copy_tail(path->custom_private, 2)));
	scan->custom_scan_tlist = scan_tlist(index);
	scan->methods = &smol_scan_methods;
	return (Plan *) scan;
}
