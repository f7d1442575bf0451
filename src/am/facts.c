/*-------------------------------------------------------------------------
 *
 * facts.c
 *	  What is known of an index while a query is planned.
 *
 * Several paths of an index ask the same of it, and of its table's statistics;
 * that takes longer than all else that is done for a path.  So the answers are
 * kept for as long as the planner's own structs are, beside the IndexOptInfo,
 * which has no place for them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/facts.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "access/genam.h"
#include "access/stratnum.h"
#include "am/smolfacts.h"
#include "catalog/pg_statistic.h"
#include "common/hashfn.h"
#include "nodes/pathnodes.h"
#include "parser/parsetree.h"
#include "tree/smoltree.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* A power of two: partitioned tables have many indexes. */
#define BUCKETS		256

static dlist_head buckets[BUCKETS];

static dlist_head *
get_bucket(const IndexOptInfo *info)
{
	return &buckets[murmurhash64((uint64) (uintptr_t) info) % BUCKETS];
}

/* The planner's memory is about to go. */
static void
forget_facts(void *arg)
{
	dlist_delete(&((SmolFacts *) arg)->node);
}

/*
 * Those that are noted last come first: an IndexOptInfo may have taken the place
 * of one that was freed alone.
 */
static SmolFacts *
note_facts(PlannerInfo *root, const IndexOptInfo *info, Relation index)
{
	SmolFacts  *facts = MemoryContextAllocZero(root->planner_cxt, sizeof(SmolFacts));

	facts->info = info;
	if (index)
		smol_read_meta(index, &facts->meta);
	for (int i = 0; i < info->ncolumns; i++)
		facts->correlations[i] = facts->values[i] = -1;
	dlist_push_head(get_bucket(info), &facts->node);
	facts->forget.func = forget_facts;
	facts->forget.arg = facts;
	MemoryContextRegisterResetCallback(root->planner_cxt, &facts->forget);
	return facts;
}

/*
 * The planner is shown an index, and a scan of it would be proven, or not, as it
 * looks now.  Answers are right whatever is thought here.
 */
void
smol_note_guess(PlannerInfo *root, const IndexOptInfo *info, Relation index,
				uint32 looks, bool parts)
{
	SmolFacts  *facts = note_facts(root, info, index);

	facts->looks = looks;
	facts->parts = parts;
}

/* Of a hypothetical index there is nothing to be known. */
SmolFacts *
smol_get_facts(PlannerInfo *root, const IndexOptInfo *info)
{
	dlist_iter	iter;
	Relation	index = NULL;
	SmolFacts  *facts;

	dlist_foreach(iter, get_bucket(info))
	{
		facts = dlist_container(SmolFacts, node, iter.cur);
		if (facts->info == info)
			return facts;
	}

	/* another extension has shown it to the planner; which has locked it */
	if (!info->hypothetical)
		index = index_open(info->indexoid, NoLock);
	facts = note_facts(root, info, index);
	if (index)
		index_close(index, NoLock);
	return facts;
}

static double
look_up_correlation(PlannerInfo *root, const IndexOptInfo *info, int column)
{
	RangeTblEntry *rte = planner_rt_fetch(info->rel->relid, root);
	double		correlation = 0;
	HeapTuple	tuple;
	AttStatsSlot slot;
	Oid			order;

	if (info->indexkeys[column] == 0)
		return 0;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(rte->relid),
							Int16GetDatum(info->indexkeys[column]), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return 0;
	if (column < info->nkeycolumns)
		order = get_opfamily_member(info->opfamily[column], info->opcintype[column],
									info->opcintype[column], BTLessStrategyNumber);
	else
		order = lookup_type_cache(get_atttype(rte->relid, info->indexkeys[column]),
								  TYPECACHE_LT_OPR)->lt_opr;
	if (OidIsValid(order) &&
		get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, order,
						 ATTSTATSSLOT_NUMBERS))
	{
		correlation = fabs(slot.numbers[0]);
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return correlation;
}

/*
 * How much the order of the table has to do with that of a column of the index, 0
 * to 1; the column must be a plain one.
 */
double
smol_get_correlation(PlannerInfo *root, const IndexOptInfo *info, int column)
{
	double	   *known = &smol_get_facts(root, info)->correlations[column];

	if (*known < 0)
		*known = look_up_correlation(root, info, column);
	return *known;
}

/*
 * The number of values that the key columns before a column have together, more or
 * less.
 */
double
smol_count_prefixes(PlannerInfo *root, const IndexOptInfo *info, int column)
{
	double	   *known = &smol_get_facts(root, info)->values[column];

	if (*known < 0)
	{
		double		values = 1;

		for (int i = 0; i < column; i++)
		{
			VariableStatData stats;
			bool		isdefault;

			examine_variable(root,
							 (Node *) list_nth_node(TargetEntry, info->indextlist, i)->expr,
							 info->rel->relid, &stats);
			values *= get_variable_numdistinct(&stats, &isdefault);
			ReleaseVariableStats(stats);
		}
		*known = values;
	}
	return *known;
}
