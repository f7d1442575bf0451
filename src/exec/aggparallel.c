/*-------------------------------------------------------------------------
 *
 * aggparallel.c
 *	  SmolAggregate in several processes.
 *
 * All of them go through the same range, and claim leaves of it as SmolScan does;
 * each returns what it has made of its own, to be combined above a Gather.  One
 * asks for the verdict.  If it is against the index all run the child, which is a
 * partial plan too.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/aggparallel.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/parallel.h"
#include "exec/smolaggnode.h"

static SmolBatchScan *
get_scan(CustomScanState *css)
{
	return ((SmolAggregateState *) css)->scan;
}

Size
smol_estimate_aggregate_dsm(CustomScanState *css, ParallelContext *pcxt)
{
	return smol_shared_scan_size();
}

void
smol_init_aggregate_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	smol_init_shared_scan(coordinate);
	smol_share_batches(get_scan(css), coordinate);
	if (css->ss.ps.instrument)
		smol_prepare_summary(get_scan(css), pcxt->nworkers);
}

void
smol_reinit_aggregate_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	smol_restart_shared_scan(coordinate);
	smol_share_batches(get_scan(css), coordinate);
}

void
smol_init_aggregate_worker(CustomScanState *css, shm_toc *toc, void *coordinate)
{
	smol_share_batches(get_scan(css), coordinate);
}

/* The leader's shared memory is about to go; a worker still has its end to come. */
void
smol_shutdown_aggregate(CustomScanState *css)
{
	if (get_scan(css) && !IsParallelWorker())
		smol_share_batches(get_scan(css), NULL);
}
