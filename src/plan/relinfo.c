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

/* Take the indexes off the planner's list that are of no use now. */
static void
drop_unusable(PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel)
{
	Relation	heap = NULL;
	BlockNumber visible = 0;
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
