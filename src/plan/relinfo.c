/*-------------------------------------------------------------------------
 *
 * relinfo.c
 *	  Which smol indexes the planner gets to see.
 *
 * An index that a scan could not use now would cost a heap scan and a sort
 * wherever it is chosen, so the planner had better not know of it.  This is
 * about time only: a plan made here may run later, when the index has become
 * usable or has ceased to be, and the scan itself asks again.
 *
 * The table's other indexes are left alone.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/plan/relinfo.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/table.h"
#include "am/smolam.h"
#include "am/smolfacts.h"
#include "nodes/pathnodes.h"
#include "optimizer/plancat.h"
#include "plan/smolplan.h"

static get_relation_info_hook_type prev_get_relation_info = NULL;

const char *
smol_why_unusable(Relation heap, Relation index, bool thorough,
				  BlockNumber *visible, SmolVerdict *verdict)
{
	if (!smol_guess(heap, index, thorough, visible, verdict))
		return "unreadable";
	switch (verdict->state)
	{
		case SMOL_SEAL_CURRENT:
			return NULL;
		case SMOL_SEAL_WAITING:
			return "waiting for vacuum";
		case SMOL_SEAL_STALE:
			return "stale";
	}
	pg_unreachable();
}

/*
 * Is this the query that PostgreSQL makes of a minimum or maximum, "ORDER BY column
 * LIMIT 1", to see whether an index has the column in order?  If so, which column is it,
 * of this table?  Planagg.c copies a root whose aggregates are known and whose
 * relations are not.
 */
static AttrNumber
extreme_column(const PlannerInfo *root, const RelOptInfo *rel)
{
	const PlannerInfo *parent = root->parent_root;
	const TargetEntry *tle;

	if (parent == NULL || parent->agginfos == NIL || parent->simple_rel_array != NULL ||
		list_length(root->processed_tlist) != 1)
		return InvalidAttrNumber;
	tle = linitial_node(TargetEntry, root->processed_tlist);
	if (!IsA(tle->expr, Var) || ((Var *) tle->expr)->varno != (int) rel->relid)
		return InvalidAttrNumber;
	return ((Var *) tle->expr)->varattno;
}

/* Is the column of the table a key column of the index? */
static bool
has_key(const IndexOptInfo *info, AttrNumber column)
{
	for (int i = 0; i < info->nkeycolumns; i++)
		if (info->indexkeys[i] == column)
			return true;
	return false;
}

/*
 * Take the indexes off the planner's list that are of no use now.  Where only the order
 * of a column is asked for, that is those without it.
 */
static void
drop_unusable(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	Relation	heap = NULL;
	BlockNumber visible = 0;
	AttrNumber	extreme = extreme_column(root, rel);
	ListCell   *lc;

	if (prev_get_relation_info)
		prev_get_relation_info(root, relid, inhparent, rel);

	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *info = lfirst_node(IndexOptInfo, lc);
		Relation	index;
		SmolVerdict verdict;
		const char *why;

		/*
		 * partitioned indexes have no cost function; hypothetical ones no
		 * file
		 */
		if (info->amcostestimate != smol_costestimate || info->hypothetical)
			continue;
		if (extreme != InvalidAttrNumber && !has_key(info, extreme))
		{
			rel->indexlist = foreach_delete_current(rel->indexlist, lc);
			continue;
		}

		/* get_relation_info has locked the index and keeps the lock */
		if (heap == NULL)
			heap = table_open(relid, NoLock);
		index = index_open(info->indexoid, NoLock);
		why = smol_why_unusable(heap, index, false, &visible, &verdict);

		/* what a range of it costs will depend on the range */
		if (why == NULL || verdict.parts)
			smol_note_guess(root, info, index, verdict.pages_checked, why != NULL);
		else
		{
			smol_debug("smol: planner ignores index \"%s\": %s, %s",
					   RelationGetRelationName(index), why, verdict.reason);
			rel->indexlist = foreach_delete_current(rel->indexlist, lc);
		}
		index_close(index, NoLock);
	}
	if (heap)
		table_close(heap, NoLock);
}

void
smol_install_planner_hooks(void)
{
	prev_get_relation_info = get_relation_info_hook;
	get_relation_info_hook = drop_unusable;
}
