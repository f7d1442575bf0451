/*-------------------------------------------------------------------------
 *
 * offset.c
 *	  OFFSET over the rows of an index, without reading the rows before.
 *
 * PostgreSQL's Limit node reads the rows that OFFSET leaves out one by one, and
 * tells no node below how many these are.  Where the rows are a range of an index
 * in its order, they have numbers.  So a SmolScan is offered that takes the Limit's
 * place, and begins at the row that has the number.
 *
 * It does not compute what the target list says of rows that it does not return.
 * Nobody could tell, since none of it may be volatile, but from an error that would
 * have come of one.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/offset.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "am/smolam.h"
#include "catalog/pg_type_d.h"
#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "plan/smolplan.h"
#include "plan/smolquals.h"
#include "utils/lsyscache.h"
#include "utils/spccache.h"

static create_upper_paths_hook_type prev_create_upper_paths = NULL;

static bool
is_scannable(const IndexOptInfo *index)
{
	return index->amcostestimate == smol_costestimate && !index->hypothetical;
}

/* Are the query's rows those of one relation?  Which one, or 0. */
static int
only_relation(PlannerInfo *root)
{
	Query	   *parse = root->parse;
	int			relid;

	if (parse->commandType != CMD_SELECT || parse->setOperations || parse->rowMarks ||
		parse->groupClause || parse->groupingSets || parse->distinctClause ||
		parse->hasAggs || parse->hasWindowFuncs || root->hasHavingQual ||
		!bms_get_singleton_member(root->all_query_rels, &relid) ||
		root->simple_rel_array[relid] == NULL ||
		root->simple_rel_array[relid]->reloptkind != RELOPT_BASEREL)
		return 0;
	return relid;
}

/* For what is evaluated in another place, or for other rows, than in a Limit. */
static bool
must_not_move(void *expr)
{
	return contain_volatile_functions(expr) || contain_subplans(expr);
}

/* Why a query can't have its OFFSET by row number, whatever its indexes are. */
static const char *
why_not_skipped(PlannerInfo *root, RelOptInfo *rel)
{
	Query	   *parse = root->parse;
	ListCell   *lc;

	if (parse->limitOption != LIMIT_OPTION_COUNT)
		return "ties with the last row are wanted";
	if (parse->hasTargetSRFs)
		return "the query has set-returning functions";
	if (must_not_move(parse->limitOffset) || must_not_move(parse->limitCount))
		return "OFFSET or LIMIT is volatile, or a correlated subquery";
	if (must_not_move(root->upper_targets[UPPERREL_FINAL]->exprs))
		return "the target list is volatile, or has subqueries";

	/* a node above would ask it, and not have OFFSET evaluated if it is false */
	foreach(lc, rel->baserestrictinfo)
		if (lfirst_node(RestrictInfo, lc)->pseudoconstant)
		return "a condition does not depend on the table";
	return NULL;
}

/*
 * What the path costs, from what it would with all rows: a descent, and the rows
 * that it returns.
 */
static void
cost_window(CustomPath *path, IndexOptInfo *index, const FinalPathExtraData *extra)
{
	Path	   *p = &path->path;
	Cost		startup = p->startup_cost;
	Cost		total = p->total_cost;
	double		rows = p->rows;
	double		random_page;

	get_tablespace_page_costs(index->reltablespace, &random_page, NULL);
	adjust_limit_rows_costs(&rows, &startup, &total, extra->offset_est, extra->count_est);
	p->total_cost = p->startup_cost + (p->total_cost - p->startup_cost) *
		Min(rows / Max(p->rows, 1.0), 1.0);
	p->startup_cost += random_page;
	p->total_cost += random_page;
	p->rows = rows;
}

/* Why an index can't skip rows by number; if it can, a path is added. */
static const char *
consider_index(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *final,
			   IndexOptInfo *index, const FinalPathExtraData *extra)
{
	Query	   *parse = root->parse;
	Node	   *count = parse->limitCount ? parse->limitCount :
		(Node *) makeNullConst(INT8OID, -1, InvalidOid);
	PathTarget *target = root->upper_targets[UPPERREL_FINAL];
	SmolQuals	quals;
	List	   *pathkeys = NIL;
	bool		backward = false;
	CustomPath *path;
	Path	   *top;

	if (index->indpred != NIL && !index->predOK)
		return "its predicate is not implied by the query";
	smol_divide_quals(root, rel, index, rel->baserestrictinfo, &quals);
	if (!quals.exact_range)
		return "a condition does not bound a range of it";
	if (!smol_index_covers(rel, index, NIL))
		return "it does not have all columns that the query needs";
	if (root->sort_pathkeys != NIL)
	{
		for (int i = 0; i < 2; i++)
		{
			backward = i == 1;
			pathkeys = smol_index_pathkeys(root, index, backward);
			if (pathkeys_contained_in(root->sort_pathkeys, pathkeys))
				break;
			pathkeys = NIL;
		}
		if (pathkeys == NIL)
			return "its order is not that of the query";
		pathkeys = root->sort_pathkeys;
	}

	path = smol_make_scan_path(root, rel, index, &quals, pathkeys, backward);
	path->flags &= ~CUSTOMPATH_SUPPORT_MARK_RESTORE;
	path->path.parallel_safe = final->consider_parallel;
	path->custom_private = lappend(lappend(path->custom_private, parse->limitOffset), count);
	path->custom_paths = list_make1(create_limit_path(root, rel, linitial(path->custom_paths),
													  parse->limitOffset, parse->limitCount,
													  LIMIT_OPTION_COUNT,
													  extra->offset_est, extra->count_est));
	cost_window(path, index, extra);
	top = (Path *) path;
	if (!equal(target->exprs, path->path.pathtarget->exprs))
		top = (Path *) create_projection_path(root, final, top, target);
	add_path(final, top);
	return NULL;
}

static void
consider_offset(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
				RelOptInfo *output, void *extra)
{
	const char *why_none = NULL;
	bool		any = false;
	int			relid;
	RelOptInfo *rel;
	ListCell   *lc;

	if (prev_create_upper_paths)
		prev_create_upper_paths(root, stage, input, output, extra);

	/* words are taken for Datums */
	if (stage != UPPERREL_FINAL || !smol_enable_scan || SIZEOF_DATUM != sizeof(int64) ||
		root->parse->limitOffset == NULL || !((FinalPathExtraData *) extra)->limit_needed ||
		((FinalPathExtraData *) extra)->offset_est == 0)
		return;
	relid = only_relation(root);
	if (relid == 0)
		return;
	rel = root->simple_rel_array[relid];
	foreach(lc, rel->indexlist)
		any |= is_scannable(lfirst_node(IndexOptInfo, lc));
	if (!any || IS_DUMMY_REL(rel))
		return;

	why_none = smol_why_not_scanned(root, rel, planner_rt_fetch(relid, root));
	if (why_none == NULL)
		why_none = why_not_skipped(root, rel);
	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);
		const char *why = why_none;

		if (!is_scannable(index))
			continue;
		if (why == NULL)
			why = consider_index(root, rel, output, index, extra);
		if (why && smol_explain_declined)
			ereport(NOTICE,
					(errmsg("index \"%s\" does not skip rows of OFFSET by number: %s",
							get_rel_name(index->indexoid), why)));
	}
}

void
smol_install_offset_hook(void)
{
	prev_create_upper_paths = create_upper_paths_hook;
	create_upper_paths_hook = consider_offset;
}
