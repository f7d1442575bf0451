/*-------------------------------------------------------------------------
 *
 * verdict.c
 *	  May a node use its index for this rescan?
 *
 * The answer is tree/smolseal.c's, about the ranges of the rescan, all of them:
 * after the first row it would be too late to say no.  In a parallel scan one
 * participant asks for all.
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
 * After so many rescans in a row that were refused, no more are asked about.  The
 * child may have kept the rows by then, and answer sooner than a verdict comes.
 */
#define MAX_REFUSALS	3

/* Find the verdict. */
static void
judge(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;
	SmolProof  *proof = &state->proof;
	bool		wider = false;

	if (scan->snapshot->snapshot_type != SNAPSHOT_MVCC)
	{
		scan->verdict.state = SMOL_SEAL_WAITING;
		snprintf(scan->verdict.reason, sizeof(scan->verdict.reason),
				 "the snapshot is not an MVCC snapshot");
		return;
	}
	if (!state->proving)
		smol_init_proof(proof, scan->heap, scan->reader, scan->snapshot);
	state->proving = true;

	/* the last verdict stands */
	if (state->refusals >= MAX_REFUSALS)
		return;

	if (smol_wants_claims(proof))
		wider = smol_claim_ranges(scan, proof);
	smol_prove(proof, &scan->verdict);
	if (wider && scan->verdict.state != SMOL_SEAL_CURRENT)
	{
		smol_claim_each_range(scan, proof);
		smol_prove(proof, &scan->verdict);
	}
}

/*
 * May the index be used for this rescan?  Must be asked before its first batch.
 */
bool
smol_judge_batches(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;
	SmolSharedVerdict *shared = smol_scan_verdict(scan);

	if (scan->judged)
		return scan->usable;

	/* what a serializable transaction reads is the whole table */
	PredicateLockRelation(scan->heap, scan->snapshot);

	if (shared == NULL || !smol_await_verdict(shared, &scan->verdict))
	{
		judge(scan);
		if (shared)
			smol_announce_verdict(shared, &scan->verdict, state->proof.everything);
	}
	scan->usable = scan->verdict.state == SMOL_SEAL_CURRENT;
	scan->judged = true;
	if (scan->usable)
	{
		scan->used = true;
		state->refusals = 0;
		return true;
	}

	if (!smol_heap_fallback)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" is not current: %s",
						RelationGetRelationName(scan->index),
						scan->verdict.reason),
				 errhint("Run %s, or set smol.heap_fallback = on.",
						 smol_advice(scan->heap, scan->index, &scan->verdict))));
	if (!scan->fell_back)
		smol_debug("smol: index \"%s\" falls back to the heap: %s",
				   RelationGetRelationName(scan->index), scan->verdict.reason);
	scan->fell_back = true;
	strlcpy(scan->fallback_reason, scan->verdict.reason, sizeof(scan->fallback_reason));
	state->refusals++;
	return false;
}
