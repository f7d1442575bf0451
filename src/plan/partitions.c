/*-------------------------------------------------------------------------
 *
 * partitions.c
 *	  Aggregation of partitioned tables, and of tables with children.
 *
 * Each table below aggregates its own rows, and an Agg node puts the parts
 * together: sealed tables by a partial SmolAggregate, others, and where it is
 * cheaper, by PostgreSQL's partial Agg over whatever scan is best there.  Between
 * the two is an Append like that of the rows, so partitions are pruned in planning
 * and in execution by the same rules, and it may be parallel.
 *
 * This is not PostgreSQL's partitionwise aggregation, which asks for the partition
 * key among the grouping columns or for enable_partitionwise_aggregate, and does not
 * ask extensions for parts.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/partitions.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "miscadmin.h"
#include "optimizer/appendinfo.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "plan/smolplan.h"
#include "plan/smolupper.h"
#include "port/pg_bitutils.h"
#include "utils/selfuncs.h"

/* The parts of all tables: by one process, and by several. */
typedef struct Parts
{
	bool		sealed;			/* an index has a part in these */
	List	   *serial;

	bool		parallel;		/* these are possible: */
	bool		parallel_sealed;
	List	   *whole;			/* by one process each */
	List	   *shared;			/* by several at once */
	int			workers;		/* the most that one of these asks for */
} Parts;

/* The tables that have rows, in the order of their partitions. */
static List *
find_tables(PlannerInfo *root, RelOptInfo *parent, List *tables)
{
	ListCell   *lc;

	foreach(lc, root->append_rel_list)
	{
		AppendRelInfo *info = lfirst_node(AppendRelInfo, lc);
		RelOptInfo *child;

		if (info->parent_relid != parent->relid)
			continue;
		child = root->simple_rel_array[info->child_relid];
		if (child == NULL || IS_DUMMY_REL(child))
			continue;
		if (planner_rt_fetch(child->relid, root)->inh)
			tables = find_tables(root, child, tables);
		else
			tables = lappend(tables, child);
	}
	return tables;
}

/* The same of a child. */
static PathTarget *
translate_target(const SmolQuestion *whole, PathTarget *target, RelOptInfo *child)
{
	target = copy_pathtarget(target);
	target->exprs = (List *)
		adjust_appendrel_attrs_multilevel(whole->root, (Node *) target->exprs,
										  child, whole->input);
	return target;
}

static SmolQuestion
ask_child(const SmolQuestion *whole, PathTarget *target, RelOptInfo *child)
{
	SmolQuestion part = *whole;

	part.input = part.output = child;
	part.partial = true;
	part.target = translate_target(whole, target, child);
	part.scan_target = translate_target(whole, whole->input->reltarget, child);
	part.tlist = (List *)
		adjust_appendrel_attrs_multilevel(whole->root, (Node *) whole->tlist,
										  child, whole->input);
	part.having = NIL;
	part.ngroups = whole->clauses == NIL ? 1 :
		smol_estimate_groups(whole->root,
							 get_sortgrouplist_exprs(whole->clauses, part.tlist),
							 child->rows);
	return part;
}

/* PostgreSQL's partial aggregation of what a path returns. */
static Path *
aggregate_path(const SmolQuestion *part, Path *path)
{
	path = (Path *) create_projection_path(part->root, part->input, path,
										   part->scan_target);
	return smol_make_agg_path(part, part->input, path, part->target,
							  AGGSPLIT_INITIAL_SERIAL, NIL);
}

static bool
is_cheaper(Path *a, Path *b)
{
	return b == NULL || compare_path_costs(a, b, TOTAL_COST) < 0;
}

/* Add the parts of a table, the cheapest that there are. */
static void
add_parts(Parts *parts, SmolQuestion *part)
{
	RelOptInfo *rel = part->input;
	Path	   *sealed = (Path *) smol_best_part(part, false);
	Path	   *serial = aggregate_path(part, rel->cheapest_total_path);
	Path	   *shared = NULL;

	if (sealed && compare_path_costs(sealed, serial, TOTAL_COST) < 0)
		serial = sealed;
	parts->sealed |= serial == sealed;
	parts->serial = lappend(parts->serial, serial);
	if (!parts->parallel)
		return;

	if (rel->consider_parallel)
	{
		sealed = (Path *) smol_best_part(part, true);
		if (rel->partial_pathlist != NIL)
			shared = aggregate_path(part, linitial(rel->partial_pathlist));
		if (sealed && is_cheaper(sealed, shared))
			shared = sealed;
	}
	if (serial->parallel_safe && is_cheaper(serial, shared))
	{
		parts->parallel_sealed |= !IsA(serial, AggPath);
		parts->whole = lappend(parts->whole, serial);
	}
	else if (shared)
	{
		parts->parallel_sealed |= shared == sealed;
		parts->shared = lappend(parts->shared, shared);
		parts->workers = Max(parts->workers, shared->parallel_workers);
	}
	else
		parts->parallel = false;
}

/* The parts one after the other, or side by side. */
static void
add_append_path(const SmolQuestion *whole, PathTarget *target, List *serial,
				List *shared, int workers)
{
	AppendPath *append = create_append_path(whole->root, whole->input, serial, shared,
											NIL, NULL, workers, workers > 0, -1);

	append->path.pathtarget = target;
	smol_add_final_path(whole, &append->path);
}

/*
 * Consider to have each table aggregated by itself, if that is of use to one that
 * is sealed.
 */
void
smol_consider_partitions(SmolQuestion *q, const GroupPathExtraData *extra)
{
	PathTarget *target;
	List	   *tables;
	Parts		parts = {0};
	bool		any = false;
	ListCell   *lc;

	if (!(extra->flags & GROUPING_CAN_PARTIAL_AGG) || q->input->lateral_relids ||
		IS_DUMMY_REL(q->input))
		return;
	tables = find_tables(q->root, q->input, NIL);
	foreach(lc, tables)
	{
		ListCell   *lc2;

		foreach(lc2, ((RelOptInfo *) lfirst(lc))->indexlist)
			any |= smol_is_aggregable(lfirst_node(IndexOptInfo, lc2));
	}
	if (!any)
		return;

	target = smol_partial_target(q);
	q->ngroups = q->clauses == NIL ? 1 :
		smol_estimate_groups(q->root, get_sortgrouplist_exprs(q->clauses, q->tlist),
							 q->input->rows);
	parts.parallel = enable_parallel_append && max_parallel_workers_per_gather > 0 &&
		q->input->consider_parallel && q->output->consider_parallel;
	foreach(lc, tables)
	{
		SmolQuestion part = ask_child(q, target, lfirst(lc));

		add_parts(&parts, &part);
	}

	if (parts.parallel && parts.parallel_sealed)
	{
		int			workers = Max(parts.workers,
								  pg_leftmost_one_pos32(list_length(tables)) + 1);

		/* an Append sorts its parts, and these are others' too */
		add_append_path(q, target, list_copy(parts.whole), parts.shared,
						Min(workers, max_parallel_workers_per_gather));
	}
	if (parts.sealed)
		add_append_path(q, target, parts.serial, NIL, 0);
}
