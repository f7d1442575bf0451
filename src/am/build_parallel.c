/*-------------------------------------------------------------------------
 *
 * build_parallel.c
 *	  CREATE INDEX and REINDEX by several processes.
 *
 * As in nbtree, which this follows step by step: workers and the leader scan
 * the heap together, a chunk of blocks at a time; each sorts what it got with
 * its share of maintenance_work_mem, and the leader merges the runs while it
 * writes the index.  Writing is for the leader alone.
 *
 * Beside sorted rows each participant has its findings (what it counted, which
 * columns need another image), and its part of the footprint, which comes
 * through a file.  The leader has them all before it writes the first row.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/build_parallel.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/parallel.h"
#include "access/table.h"
#include "access/xact.h"
#include "am/smolam.h"
#include "am/smolbuild.h"
#include "catalog/index.h"
#include "commands/progress.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "storage/sharedfileset.h"
#include "storage/spin.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/injection_point.h"
#include "utils/wait_event.h"

#define KEY_SHARED			UINT64CONST(0x5301000000000001)
#define KEY_TUPLESORT		UINT64CONST(0x5301000000000002)
#define KEY_QUERY_TEXT		UINT64CONST(0x5301000000000003)
#define KEY_WAL_USAGE		UINT64CONST(0x5301000000000004)
#define KEY_BUFFER_USAGE	UINT64CONST(0x5301000000000005)

/* In shared memory; the parallel table scan's descriptor follows. */
typedef struct SharedBuild
{
	/* these don't change */
	Oid			heap;
	Oid			index;
	int			participants;	/* asked for: maintenance_work_mem's shares */
	int64		query_id;
	SmolMetaPageData meta;		/* as it is before the scan */

	SharedFileSet fileset;		/* parts of the footprint */
	ConditionVariable done;

	slock_t		mutex;			/* of what follows */
	int			ndone;			/* participants whose runs are complete */
	SmolFindings found;			/* by those */
} SharedBuild;

#define SharedBuildGetScan(shared) \
	((ParallelTableScanDesc) ((char *) (shared) + BUFFERALIGN(sizeof(SharedBuild))))

/* The leader's. */
struct SmolParallelBuild
{
	ParallelContext *context;
	int			participants;	/* workers launched, and the leader */
	SharedBuild *shared;
	Sharedsort *sort;
	WalUsage   *wal_usage;
	BufferUsage *buffer_usage;
};

/*
 * A participant's share of the work: scan blocks until there are no more, and
 * sort.
 */
static void
scan_and_sort(SharedBuild *shared, Sharedsort *sharedsort, Relation heap,
			  Relation index, int part, int sort_memory, bool progress)
{
	SmolBuild	build = {0};
	SortCoordinate coordinate = palloc0(sizeof(SortCoordinateData));

	build.heap = heap;
	build.index = index;
	build.meta = shared->meta;
	build.footprint = smol_begin_footprint_part(&shared->fileset.fs, part);
	coordinate->isWorker = true;
	coordinate->nParticipants = -1;
	coordinate->sharedsort = sharedsort;
	smol_begin_sort(&build, sort_memory, coordinate);

	smol_scan_heap(&build, BuildIndexInfo(index),
				   table_beginscan_parallel(heap, SharedBuildGetScan(shared)),
				   progress);
	if (progress)
		pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, SMOL_PHASE_SORT);
	tuplesort_performsort(build.sort);
	smol_end_footprint_part(build.footprint);
	INJECTION_POINT("smol-build-part-sorted", NULL);

	SpinLockAcquire(&shared->mutex);
	shared->ndone++;
	smol_add_findings(&shared->found, &build.found);
	SpinLockRelease(&shared->mutex);
	ConditionVariableSignal(&shared->done);

	tuplesort_end(build.sort);
}

/* Copy a string or nothing into shared memory. */
static void
share_query_text(ParallelContext *context)
{
	Size		size;
	char	   *text;

	if (debug_query_string == NULL)
		return;
	size = strlen(debug_query_string) + 1;
	text = shm_toc_allocate(context->toc, size);

	memcpy(text, debug_query_string, size);
	shm_toc_insert(context->toc, KEY_QUERY_TEXT, text);
}

/* Allocate an array with an element for each worker. */
static void *
share_array(ParallelContext *context, uint64 key, Size size)
{
	void	   *array = shm_toc_allocate(context->toc,
										 mul_size(size, context->nworkers));

	shm_toc_insert(context->toc, key, array);
	return array;
}

static SharedBuild *
share_build(SmolBuild *build, ParallelContext *context, int participants, Size size)
{
	SharedBuild *shared = shm_toc_allocate(context->toc, size);
	ParallelTableScanDesc scan = SharedBuildGetScan(shared);

	memset(shared, 0, sizeof(SharedBuild));
	shared->heap = RelationGetRelid(build->heap);
	shared->index = RelationGetRelid(build->index);
	shared->participants = participants;
	shared->query_id = pgstat_get_my_query_id();
	shared->meta = build->meta;
	SharedFileSetInit(&shared->fileset, context->seg);
	ConditionVariableInit(&shared->done);
	SpinLockInit(&shared->mutex);
	table_parallelscan_initialize(build->heap, scan, SnapshotAny);

	/* from block 0 on: each participant's footprint wants blocks in order */
	scan->phs_syncscan = false;
	shm_toc_insert(context->toc, KEY_SHARED, shared);
	return shared;
}

/*
 * Have the heap scanned and sorted by the leader and, at most, so many
 * workers.  NULL if there are none to be had, and nothing is done yet.
 */
SmolParallelBuild *
smol_begin_parallel_build(SmolBuild *build, int request)
{
	SmolParallelBuild *parallel = palloc0(sizeof(SmolParallelBuild));
	ParallelContext *context;
	Size		shared_size;
	Size		sort_size;

	EnterParallelMode();
	context = CreateParallelContext("$libdir/smol", "smol_parallel_build_main", request);
	shared_size = add_size(BUFFERALIGN(sizeof(SharedBuild)),
						   table_parallelscan_estimate(build->heap, SnapshotAny));
	sort_size = tuplesort_estimate_shared(request + 1);
	shm_toc_estimate_chunk(&context->estimator, shared_size);
	shm_toc_estimate_chunk(&context->estimator, sort_size);
	shm_toc_estimate_chunk(&context->estimator,
						   mul_size(sizeof(WalUsage), context->nworkers));
	shm_toc_estimate_chunk(&context->estimator,
						   mul_size(sizeof(BufferUsage), context->nworkers));
	shm_toc_estimate_keys(&context->estimator, 4);
	if (debug_query_string)
	{
		shm_toc_estimate_chunk(&context->estimator, strlen(debug_query_string) + 1);
		shm_toc_estimate_keys(&context->estimator, 1);
	}

	InitializeParallelDSM(context);
	if (context->seg == NULL)
	{
		DestroyParallelContext(context);
		ExitParallelMode();
		pfree(parallel);
		return NULL;
	}

	parallel->context = context;
	parallel->shared = share_build(build, context, request + 1, shared_size);
	parallel->sort = shm_toc_allocate(context->toc, sort_size);
	tuplesort_initialize_shared(parallel->sort, request + 1, context->seg);
	shm_toc_insert(context->toc, KEY_TUPLESORT, parallel->sort);
	share_query_text(context);
	parallel->wal_usage = share_array(context, KEY_WAL_USAGE, sizeof(WalUsage));
	parallel->buffer_usage = share_array(context, KEY_BUFFER_USAGE, sizeof(BufferUsage));

	LaunchParallelWorkers(context);
	if (context->nworkers_launched == 0)
	{
		smol_end_parallel_build(parallel);
		return NULL;
	}

	/*
	 * The leader knows how many workers there are, and may take what others
	 * would have got of the memory.
	 */
	parallel->participants = context->nworkers_launched + 1;
	scan_and_sort(parallel->shared, parallel->sort, build->heap, build->index, 0,
				  maintenance_work_mem / parallel->participants, true);

	/*
	 * an error if one of them could not start: it may have claimed nothing
	 * yet
	 */
	WaitForParallelWorkersToAttach(context);
	return parallel;
}

/*
 * Wait for all participants, and bring together what they found.
 */
void
smol_gather_parallel_build(SmolParallelBuild *parallel, SmolBuild *build)
{
	SharedBuild *shared = parallel->shared;
	SortCoordinate coordinate = palloc0(sizeof(SortCoordinateData));

	/*
	 * The participants have all but given their memory back by the time this
	 * sort needs any, so it may have maintenance_work_mem again.
	 */
	coordinate->isWorker = false;
	coordinate->nParticipants = parallel->participants;
	coordinate->sharedsort = parallel->sort;
	smol_begin_sort(build, maintenance_work_mem, coordinate);

	for (;;)
	{
		bool		all;

		SpinLockAcquire(&shared->mutex);
		all = shared->ndone == parallel->participants;
		if (all)
			build->found = shared->found;
		SpinLockRelease(&shared->mutex);
		if (all)
			break;
		ConditionVariableSleep(&shared->done, WAIT_EVENT_PARALLEL_CREATE_INDEX_SCAN);
	}
	ConditionVariableCancelSleep();
	build->footprint = smol_merge_footprint_parts(&shared->fileset.fs,
												  parallel->participants);
}

/*
 * The sort is done with: dismiss the workers.  Returns how many there were.
 */
int
smol_end_parallel_build(SmolParallelBuild *parallel)
{
	ParallelContext *context = parallel->context;
	int			nworkers = context->nworkers_launched;

	WaitForParallelWorkersToFinish(context);

	/* not before they have finished: only then it is complete */
	for (int i = 0; i < nworkers; i++)
		InstrAccumParallelQuery(&parallel->buffer_usage[i], &parallel->wal_usage[i]);
	DestroyParallelContext(context);
	ExitParallelMode();
	pfree(parallel);
	return nworkers;
}

/*
 * A worker.
 */
void
smol_parallel_build_main(dsm_segment *seg, shm_toc *toc)
{
	SharedBuild *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	Sharedsort *sharedsort = shm_toc_lookup(toc, KEY_TUPLESORT, false);
	WalUsage   *wal_usage = shm_toc_lookup(toc, KEY_WAL_USAGE, false);
	BufferUsage *buffer_usage = shm_toc_lookup(toc, KEY_BUFFER_USAGE, false);
	Relation	heap;
	Relation	index;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY_TEXT, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	pgstat_report_query_id(shared->query_id, false);

	/* the locks that index.c has taken in the leader */
	heap = table_open(shared->heap, ShareLock);
	index = index_open(shared->index, AccessExclusiveLock);
	SharedFileSetAttach(&shared->fileset, seg);
	tuplesort_attach_shared(sharedsort, seg);

	InstrStartParallelQuery();
	scan_and_sort(shared, sharedsort, heap, index, ParallelWorkerNumber + 1,
				  maintenance_work_mem / shared->participants, false);
	InstrEndParallelQuery(&buffer_usage[ParallelWorkerNumber],
						  &wal_usage[ParallelWorkerNumber]);

	index_close(index, AccessExclusiveLock);
	table_close(heap, ShareLock);
}
