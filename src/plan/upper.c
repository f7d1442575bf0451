/*-------------------------------------------------------------------------
 *
 * upper.c
 *	  Aggregation and grouping over one table, as a SmolAggregate.
 *
 * Considered where a query aggregates a single table.  Each smol index that can
 * answer it (answer.c) gets a path, with what that costs, and what is run instead if
 * the index can't be used.  Where none can, the query is left to PostgreSQL's plans,
 * which may still read an index by other nodes.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/upper.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"
#include "am/smolfacts.h"
#include "exec/smolaggnode.h"
#include "exec/smolsteps.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/prep.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "plan/smolplan.h"
#include "plan/smolquals.h"
#include "plan/smolupper.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/spccache.h"

/* CPU cost of a value of a column that is decoded and taken in, or computed. */
#define VALUE_OPERATORS		0.1
#define VALUE_COST			(VALUE_OPERATORS * cpu_operator_cost)

/* ... and of finding its group by hash: while the groups are in the cache, or not. */
#define GROUP_COST			(0.3 * cpu_operator_cost)
#define FAR_GROUP_COST		cpu_operator_cost
#define NEAR_GROUPS			10000

/* CPU cost of searching a page, as in cost.c, in operator costs. */
#define PAGE_CPU_MULTIPLIER	50.0

/* Heap blocks whose visibility bits are tested at the cost of an operator. */
#define BLOCKS_PER_OPERATOR	1024.0

static create_upper_paths_hook_type prev_create_upper_paths = NULL;

static Plan *plan_aggregate(PlannerInfo *root, RelOptInfo *rel,
							CustomPath *path, List *tlist, List *clauses,
							List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = "SmolAggregate",
	.PlanCustomPath = plan_aggregate,
};

/*
 * A plan of the table alone, for the fallback: it is run when the index can't
 * be used, so it had better not be another smol index's.
 */
Path *
smol_ordinary_scan(const SmolQuestion *q)
{
	Path	   *best = NULL;
	ListCell   *lc;

	foreach(lc, q->input->pathlist)
	{
		Path	   *path = lfirst(lc);
		Path	   *scan = path;

		while (IsA(scan, ProjectionPath))
			scan = ((ProjectionPath *) scan)->subpath;
		if (path->param_info || path->parallel_aware)
			continue;
		if (scan->pathtype != T_SeqScan && scan->pathtype != T_BitmapHeapScan &&
			!(IsA(scan, IndexPath) &&
			  ((IndexPath *) scan)->indexinfo->amcostestimate != smol_costestimate))
			continue;
		if (best == NULL || compare_path_costs(path, best, TOTAL_COST) < 0)
			best = path;
	}
	if (best == NULL)
		best = create_seqscan_path(q->root, q->input, NULL, 0);
	return best;
}

/*
 * An Agg node that does one step of the question's aggregation, on top of a path.
 */
Path *
smol_make_agg_path(const SmolQuestion *q, RelOptInfo *rel, Path *path,
				   PathTarget *target, AggSplit split, List *having)
{
	AggClauseCosts costs = {0};
	AggStrategy strategy;

	get_agg_clause_costs(q->root, split, &costs);

	/*
	 * Columns that are constant are not labelled as grouping columns below.
	 * Aggregates with DISTINCT may have been promised sorted input.
	 */
	if (q->clauses != NIL && q->root->numOrderedAggs == 0 && q->needed != NIL &&
		grouping_is_hashable(q->needed))
		strategy = AGG_HASHED;
	else
	{
		if (q->pathkeys != NIL)
			path = (Path *) create_sort_path(q->root, rel, path, q->pathkeys, -1.0);
		strategy = q->clauses != NIL ? AGG_SORTED : AGG_PLAIN;
	}
	return (Path *) create_agg_path(q->root, rel, path, target, strategy, split,
									q->needed, having, &costs, q->ngroups);
}

/*
 * The ordinary plan of the question: grouping columns, then aggregates, and
 * nothing else.
 */
static Path *
ordinary_aggregation(const SmolQuestion *q, Path *path, List *pathkeys)
{
	PathTarget *target = create_empty_pathtarget();
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, q->keys, lc2, q->keyrefs)
		add_column_to_pathtarget(target, lfirst(lc), lfirst_int(lc2));
	foreach(lc, q->aggs)
		add_column_to_pathtarget(target, lfirst(lc), 0);
	set_pathtarget_cost_width(q->root, target);
	if (q->scan_target)
		path = (Path *) create_projection_path(q->root, q->input, path, q->scan_target);
	path = smol_make_agg_path(q, q->output, path, target,
							  q->partial ? AGGSPLIT_INITIAL_SERIAL : AGGSPLIT_SIMPLE, NIL);
	if (pathkeys != NIL)
		path = (Path *) create_sort_path(q->root, q->output, path, pathkeys, -1.0);
	return path;
}

/*
 * The order in which sorted groups come: the index's, as far as it is one of
 * grouping columns.
 */
static List *
group_pathkeys(const SmolQuestion *q, IndexOptInfo *index)
{
	List	   *all = smol_index_pathkeys(q->root, index, false);
	List	   *pathkeys = NIL;
	ListCell   *lc;

	foreach(lc, all)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);
		bool		found = false;
		ListCell   *lc2;

		foreach(lc2, q->keys)
			if (find_ec_member_matching_expr(pathkey->pk_eclass, (Expr *) lfirst(lc2),
											 q->input->relids))
			found = true;
		if (!found)
			break;
		pathkeys = lappend(pathkeys, pathkey);
	}

	/* expressions that rise with a column come behind all columns */
	foreach(lc, q->keys)
	{
		bool		found = !IsA(lfirst(lc), Var);
		ListCell   *lc2;

		foreach(lc2, pathkeys)
			if (find_ec_member_matching_expr(lfirst_node(PathKey, lc2)->pk_eclass,
											 (Expr *) lfirst(lc), q->input->relids))
			found = true;
		if (!found)
			return pathkeys;
	}
	return list_concat_unique_ptr(pathkeys, smol_rising_pathkeys(q, index));
}

/*
 * What expressions cost, for so many rows.  Those that are computed column by column
 * cost a value for each operator.  Of one column others are evaluated once for each
 * value, or for each of the parts in which they are the same.
 */
static void
cost_expressions(const SmolQuestion *q, const IndexOptInfo *index,
				 const SmolAnswer *answer, double rows, QualCost *cost)
{
	const SmolMetaPageData *meta = &smol_get_facts(q->root, index)->meta;
	ListCell   *lc;

	cost->startup = cost->per_tuple = 0;
	foreach(lc, answer->expressions)
	{
		List	   *vars = list_union(NIL, pull_var_clause(lfirst(lc), 0));
		double		times = rows;
		QualCost	once;

		cost_qual_eval_node(&once, lfirst(lc), q->root);
		if (smol_make_steps(lfirst(lc), meta, smol_index_column, index) != NULL)
			once.per_tuple *= VALUE_OPERATORS;
		else if (list_length(vars) == 1)
		{
			double		cells = smol_count_cells(q->root, lfirst(lc));

			times = Min(rows, cells > 0 ? cells :
						estimate_num_groups(q->root, vars, rows, NULL, NULL));
		}
		cost->startup += once.startup;
		cost->per_tuple += times * once.per_tuple + rows * VALUE_COST;
	}
}

/*
 * What it costs: the index's pages that are read, the values on them, and a
 * row for each group.
 */
static void
cost_aggregate(const SmolQuestion *q, IndexOptInfo *index, const SmolAnswer *answer,
			   int workers, Path *path)
{
	const SmolQuals *quals = &answer->quals;
	List	   *bounds = list_copy_head(quals->condition_rinfos, quals->nbounds);
	Selectivity part = clauselist_selectivity(q->root, bounds, q->input->relid,
											  JOIN_INNER, NULL);
	double		rows = clamp_row_est(index->tuples * part);
	double		leaves = clamp_row_est(index->pages * part);
	double		selected = clamp_row_est(q->input->rows);
	double		random_page;
	double		seq_page;
	Cost		asked = 0;
	Cost		cpu;
	Cost		run;
	Cost		emit;
	QualCost	having_cost;
	QualCost	expressions;
	ListCell   *lc;

	get_tablespace_page_costs(index->reltablespace, &random_page, &seq_page);

	/* the verdict, and the inner pages, down to both ends of a range */
	path->startup_cost = index->rel->pages / BLOCKS_PER_OPERATOR * cpu_operator_cost +
		(quals->nbounds > 0 ? 2 : 1) * Max(index->tree_height, 1) *
		PAGE_CPU_MULTIPLIER * cpu_operator_cost +
		q->target->cost.startup;
	if (answer->known && quals->exact_range)
	{
		/* the leaves at both ends, or the root alone; or those between groups */
		double		edges = answer->pieces > 0 ? answer->pieces * part + 2 :
			quals->nbounds > 0 ? 2 : 1;

		leaves = Min(leaves, edges + answer->edges);
		rows = Min(rows, leaves * index->tuples / Max(index->pages, 1));
		selected = rows;
	}
	else
	{
		double		share = smol_quals_share(q->root, index, quals);

		if (share < 1)
			asked = leaves * SMOL_LEAF_ASKED * cpu_operator_cost;
		leaves = clamp_row_est(leaves * share);
		rows = clamp_row_est(rows * share);
	}
	cpu = rows * (list_length(quals->conditions) - quals->nbounds) * VALUE_COST +
		selected * answer->ncolumns * VALUE_COST +
		selected * answer->ncompared * cpu_operator_cost;
	if (q->keys != NIL && !answer->plan.sorted)
		cpu += selected * (q->ngroups < NEAR_GROUPS ? GROUP_COST : FAR_GROUP_COST);
	foreach(lc, answer->plan.distincts)
		if (lfirst_int(lc) == SMOL_DISTINCT_HASHED)
		cpu += selected * cpu_operator_cost;
	cost_expressions(q, index, answer, selected, &expressions);
	path->startup_cost += expressions.startup;
	cpu += expressions.per_tuple;
	if (workers > 0)
		cpu /= smol_parallel_divisor(workers);
	run = asked + random_page + (leaves - 1) * seq_page + cpu;

	path->rows = q->ngroups;
	if (q->having != NIL)
		path->rows = clamp_row_est(path->rows *
								   clauselist_selectivity(q->root, q->having, 0,
														  JOIN_INNER, NULL));
	cost_qual_eval(&having_cost, q->having, q->root);
	path->startup_cost += having_cost.startup;
	emit = q->ngroups * (cpu_tuple_cost + having_cost.per_tuple +
						 list_length(q->aggs) * cpu_operator_cost) +
		path->rows * q->target->cost.per_tuple;
	if (!answer->plan.sorted)
	{
		path->startup_cost += run;
		run = 0;
	}
	path->total_cost = path->startup_cost + run + emit;
	path->disabled_nodes = 0;
}

/*
 * The path: complete, or if the question is partial such a part of it, of a
 * parallel query if there are workers.  'scan' is what the fallback aggregates.
 * NULL if it would be complete, and there is one that is as good.
 */
CustomPath *
smol_make_aggregate_path(const SmolQuestion *q, IndexOptInfo *index, SmolAnswer *answer,
						 Path *scan, int workers)
{
	CustomPath *path = makeNode(CustomPath);
	Path	   *ordinary;
	List	   *exprs;
	ListCell   *lc;

	answer->plan.partial = q->partial;
	path->path.pathtype = T_CustomScan;
	path->path.parent = q->output;
	path->path.pathtarget = q->target;
	if (answer->plan.sorted && !q->partial)
		path->path.pathkeys = group_pathkeys(q, index);
	cost_aggregate(q, index, answer, workers, &path->path);
	if (!q->partial &&
		!add_path_precheck(q->output, 0, path->path.startup_cost, path->path.total_cost,
						   path->path.pathkeys, NULL))
		return NULL;
	ordinary = ordinary_aggregation(q, scan, path->path.pathkeys);
	path->path.startup_cost += answer->risk * ordinary->startup_cost;
	path->path.total_cost += answer->risk * ordinary->total_cost;
	path->path.parallel_safe = q->output->consider_parallel && ordinary->parallel_safe;
	path->path.parallel_aware = workers > 0;
	path->path.parallel_workers = workers;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(ordinary);
	exprs = smol_condition_arguments(list_concat_copy(answer->quals.conditions,
													  answer->filter_conditions));
	exprs = list_concat(exprs, copyObject(answer->expressions));
	foreach(lc, answer->quals.conditions)
		exprs = lappend(exprs, ((SmolCondition *) lfirst(lc))->clause);
	path->custom_private = list_make5(smol_pack_aggregate_plan(&answer->plan),
									  q->keys, q->aggs, exprs, q->having);
	path->methods = &path_methods;
	return path;
}

/*
 * The plan.  Conditions mention columns of the table; set_plan_refs wants to
 * find these in the scan tuple, so they are appended to it.
 */
static Plan *
plan_aggregate(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
			   List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	List	   *columns = list_concat_copy(lsecond(path->custom_private),
										   lthird(path->custom_private));
	List	   *scan_tlist = NIL;
	ListCell   *lc;

	columns = list_concat_unique(columns,
								 pull_var_clause((Node *) lfourth(path->custom_private), 0));
	foreach(lc, columns)
		scan_tlist = lappend(scan_tlist,
							 makeTargetEntry(copyObject(lfirst(lc)),
											 list_length(scan_tlist) + 1,
											 NULL, false));

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = list_nth(path->custom_private, 4);
	scan->scan.scanrelid = 0;
	scan->flags = path->flags;
	scan->custom_plans = custom_plans;
	scan->custom_exprs = lfourth(path->custom_private);
	scan->custom_private = linitial(path->custom_private);
	scan->custom_scan_tlist = scan_tlist;
	scan->methods = &smol_aggregate_methods;
	return &scan->scan.plan;
}

bool
smol_is_aggregable(const IndexOptInfo *index)
{
	return index->amcostestimate == smol_costestimate && !index->hypothetical;
}

/* For smol.explain_declined. */
void
smol_decline_aggregate(const IndexOptInfo *index, const char *why)
{
	if (smol_explain_declined)
		ereport(NOTICE,
				(errmsg("index \"%s\" is not aggregated by SmolAggregate: %s",
						get_rel_name(index->indexoid), why)));
}

/* Why an index can't answer the question; if it can, a path is added. */
static const char *
consider_index(const SmolQuestion *q, IndexOptInfo *index)
{
	SmolAnswer	answer;
	const char *why = smol_find_answer(q, index, &answer);

	if (why == NULL && !smol_groups_fit(q, &answer))
		why = "there are more groups than hash_mem has room for";
	if (why == NULL)
	{
		CustomPath *path = smol_make_aggregate_path(q, index, &answer,
													smol_ordinary_scan(q), 0);

		if (path)
			add_path(q->output, &path->path);
	}
	return why;
}

/* Consider each smol index of the table, unless there is a reason not to. */
static void
consider_indexes(const SmolQuestion *q, const char *why_none)
{
	ListCell   *lc;

	foreach(lc, q->input->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
		const char *why;

		if (!smol_is_aggregable(index))
			continue;
		why = why_none ? why_none : consider_index(q, index);
		if (why)
			smol_decline_aggregate(index, why);
	}
}

static void
consider_aggregate(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
				   RelOptInfo *output, void *extra)
{
	Query	   *parse = root->parse;
	SmolQuestion q = {.root = root,.input = input,.output = output};
	bool		inherits;
	bool		any = false;
	ListCell   *lc;

	if (prev_create_upper_paths)
		prev_create_upper_paths(root, stage, input, output, extra);

	/* other stages have no input, or another */
	if (!smol_enable_aggregate ||
		(stage != UPPERREL_GROUP_AGG && stage != UPPERREL_DISTINCT) ||
		!IS_SIMPLE_REL(input) || input->rtekind != RTE_RELATION)
		return;
	inherits = planner_rt_fetch(input->relid, root)->inh;
	foreach(lc, input->indexlist)
		any |= smol_is_aggregable(lfirst_node(IndexOptInfo, lc));
	if (!any && !inherits)
		return;

	if (stage == UPPERREL_GROUP_AGG)
	{
		q.clauses = parse->groupClause;
		q.needed = root->processed_groupClause;
		q.pathkeys = root->group_pathkeys;
		q.tlist = ((GroupPathExtraData *) extra)->targetList;
		q.target = output->reltarget;
		q.having = (List *) ((GroupPathExtraData *) extra)->havingQual;
		if (!parse->hasAggs && q.clauses == NIL)
			return;
	}
	else if (stage == UPPERREL_DISTINCT && !parse->hasDistinctOn && !inherits)
	{
		/* without aggregation below: the input is the table itself */
		q.clauses = parse->distinctClause;
		q.needed = root->processed_distinctClause;
		q.pathkeys = root->distinct_pathkeys;
		q.tlist = root->processed_tlist;
		q.target = input->cheapest_total_path->pathtarget;
	}
	else
		return;
	if (inherits)
	{
		smol_consider_partitions(&q, extra);
		return;
	}
	consider_indexes(&q, smol_find_question(&q));
	if (stage == UPPERREL_GROUP_AGG)
		smol_consider_parallel(&q, extra);
}

void
smol_install_upper_hooks(void)
{
	prev_create_upper_paths = create_upper_paths_hook;
	create_upper_paths_hook = consider_aggregate;
	RegisterCustomScanMethods(&smol_aggregate_methods);
}
