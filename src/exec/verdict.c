/*-------------------------------------------------------------------------
 *
 * verdict.c
 *	  May a node use its index?
 *
 * The answer is tree/smolseal.c's.  In a parallel scan one participant asks for
 * all.
 *
 * This file does not fall back to the heap: a node does that, by its child.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/verdict.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolbatches.h"
#include "storage/predicate.h"
#include "tree/smolverdict.h"

/*
 * May the index be used?  Asked once: the snapshot does not change, and a verdict
 * for a snapshot does not expire.  Must be called before the first batch.
 */
bool
smol_judge_batches(SmolBatchScan *scan)
{
	SmolSharedVerdict *shared = smol_scan_verdict(scan);

	if (scan->judged)
		return scan->usable;

	/* what a serializable transaction reads is the whole table */
	PredicateLockRelation(scan->heap, scan->snapshot);

	if (shared == NULL || !smol_await_verdict(shared, &scan->verdict))
	{
		if (scan->snapshot->snapshot_type == SNAPSHOT_MVCC)
			smol_judge(scan->heap, scan->index, &scan->reader->meta,
					   scan->snapshot, &scan->verdict);
		else
		{
			scan->verdict.state = SMOL_SEAL_WAITING;
			snprintf(scan->verdict.reason, sizeof(scan->verdict.reason),
					 "the snapshot is not an MVCC snapshot");
		}
		if (shared)
			smol_announce_verdict(shared, &scan->verdict, true);
	}
	scan->usable = scan->verdict.state == SMOL_SEAL_CURRENT;
	scan->judged = true;

	if (scan->usable)
		smol_debug("smol: index \"%s\" is current, %u heap pages checked",
				   RelationGetRelationName(scan->index),
				   scan->verdict.pages_checked);
	else if (!smol_heap_fallback)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" is not current: %s",
						RelationGetRelationName(scan->index),
						scan->verdict.reason),
				 errhint("Run %s, or set smol.heap_fallback = on.",
						 smol_advice(scan->heap, scan->index, &scan->verdict))));
	else
		smol_debug("smol: index \"%s\" falls back to the heap: %s",
				   RelationGetRelationName(scan->index), scan->verdict.reason);
	return scan->usable;
}
