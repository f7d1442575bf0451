/*-------------------------------------------------------------------------
 *
 * build_parallel.c
 *	  CREATE INDEX and REINDEX by several processes.
 *
 * As in nbtree workers and the leader scan the heap together, a chunk of blocks
 * at a time, and each sorts what it got with its share of maintenance_work_mem.
 * Then workers send their rows, which the leader merges with its own while it
 * writes the index (rowmerge.c).  Writing is for the leader alone.
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
#define KEY_QUEUES			UINT64CONST(0x5301000000000002)
#define KEY_QUERY_TEXT		UINT64CONST(0x5301000000000003)
#define KEY_WAL_USAGE		UINT64CONST(0x5301000000000004)
#define KEY_BUFFER_USAGE	UINT64CONST(0x5301000000000005)

/*
 * Bytes of a worker's queue.  The more a worker may be ahead of the leader, the
 * less they wait for each other; little beside the 32 MB of maintenance_work_mem
 * for which PostgreSQL allows a worker.
 */
#define QUEUE_SIZE			((Size) 512 * 1024)

/* In shared memory; the parallel table scan's descriptor follows. */
typedef struct SharedBuild
{
	/* these don't change */
	Oid			heap;
	Oid			index;
	int			participants;	/* asked for: maintenance_work_mem's shares */
	int64		query_id;
	BlockNumber heap_blocks;
	SmolMetaPageData meta;		/* as it is before the scan */

	SharedFileSet fileset;		/* parts of the footprint */
	ConditionVariable done;

	slock_t		mutex;			/* of what follows */
	int			ndone;			/* participants that have sorted */
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
	shm_mq_handle **queues;		/* of workers launched */
	WalUsage   *wal_usage;
	BufferUsage *buffer_usage;
};

/*
 * A participant's share of the work: scan blocks until there are no more, and
 * sort.
 */
static void
scan_and_sort(SmolBuild *build, SharedBuild *shared, int part, int sort_memory,
			  bool progress)
{
	build->footprint = smol_begin_footprint_part(&shared->fileset.fs, part);
	smol_begin_sort(build, sort_memory);
	smol_scan_heap(build, BuildIndexInfo(build->index),
				   table_beginscan_parallel(build->heap, SharedBuildGetScan(shared)),
				   progress);
	if (progress)
		pgstat_progress_update_param(PROGRESS_CREATEIDX_SUBPHASE, SMOL_PHASE_SORT);
	tuplesort_performsort(build->sort);
	smol_end_footprint_part(build->footprint);
	INJECTION_POINT("smol-build-part-sorted", NULL);

	SpinLockAcquire(&shared->mutex);
	shared->ndone++;
	smol_add_findings(&shared->found, &build->found);
	SpinLockRelease(&shared->mutex);
	ConditionVariableSignal(&shared->done);
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
	shared->heap_blocks = build->heap_blocks;
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

static shm_mq *
get_queue(char *queues, int worker)
{
	return (shm_mq *) (queues + worker * QUEUE_SIZE);
}

/* Make a queue for each worker.  Returns where they are. */
static char *
share_queues(ParallelContext *context)
{
	char	   *queues = share_array(context, KEY_QUEUES, QUEUE_SIZE);

	for (int i = 0; i < context->nworkers; i++)
		shm_mq_set_receiver(shm_mq_create(get_queue(queues, i), QUEUE_SIZE), MyProc);
	return queues;
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
	char	   *queues;

	EnterParallelMode();
	context = CreateParallelContext("$libdir/smol", "smol_parallel_build_main", request);
	shared_size = add_size(BUFFERALIGN(sizeof(SharedBuild)),
						   table_parallelscan_estimate(build->heap, SnapshotAny));
	shm_toc_estimate_chunk(&context->estimator, shared_size);
	shm_toc_estimate_chunk(&context->estimator, mul_size(QUEUE_SIZE, context->nworkers));
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
	queues = share_queues(context);
	share_query_text(context);
	parallel->wal_usage = share_array(context, KEY_WAL_USAGE, sizeof(WalUsage));
	parallel->buffer_usage = share_array(context, KEY_BUFFER_USAGE, sizeof(BufferUsage));

	LaunchParallelWorkers(context);
	if (context->nworkers_launched == 0)
	{
		smol_end_parallel_build(parallel);
		return NULL;
	}

	parallel->queues = palloc(sizeof(shm_mq_handle *) * context->nworkers_launched);
	for (int i = 0; i < context->nworkers_launched; i++)
		parallel->queues[i] = shm_mq_attach(get_queue(queues, i), context->seg,
											context->worker[i].bgwhandle);

	/*
	 * The leader knows how many workers there are, and may take what others
	 * would have got of the memory.
	 */
	parallel->participants = context->nworkers_launched + 1;
	scan_and_sort(build, parallel->shared, 0,
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
smol_gather_parallel_build(SmolBuild *build)
{
	SmolParallelBuild *parallel = build->parallel;
	SharedBuild *shared = parallel->shared;

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
 * The rows of all participants.
 */
SmolRows *
smol_merge_parallel_build(SmolBuild *build)
{
	SmolParallelBuild *parallel = build->parallel;

	return smol_begin_rows(build, parallel->participants - 1, parallel->queues);
}

/*
 * A worker has gone that had more rows.  Others would wait for their rows to be
 * taken; so tell them first that these won't be.
 */
void
smol_report_lost_worker(SmolParallelBuild *parallel)
{
	for (int i = 0; i < parallel->participants - 1; i++)
		shm_mq_detach(parallel->queues[i]);

	/* mostly it has said why, and this raises its error */
	WaitForParallelWorkersToFinish(parallel->context);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("lost connection to parallel worker")));
}

/*
 * All rows are written: dismiss the workers.  Returns how many there were.
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
	char	   *queues = shm_toc_lookup(toc, KEY_QUEUES, false);
	shm_mq	   *queue = get_queue(queues, ParallelWorkerNumber);
	WalUsage   *wal_usage = shm_toc_lookup(toc, KEY_WAL_USAGE, false);
	BufferUsage *buffer_usage = shm_toc_lookup(toc, KEY_BUFFER_USAGE, false);
	SmolBuild	build = {0};

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY_TEXT, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	pgstat_report_query_id(shared->query_id, false);

	/* the locks that index.c has taken in the leader */
	build.heap = table_open(shared->heap, ShareLock);
	build.index = index_open(shared->index, AccessExclusiveLock);
	build.heap_blocks = shared->heap_blocks;
	build.meta = shared->meta;
	SharedFileSetAttach(&shared->fileset, seg);
	shm_mq_set_sender(queue, MyProc);

	InstrStartParallelQuery();
	scan_and_sort(&build, shared, ParallelWorkerNumber + 1,
				  maintenance_work_mem / shared->participants, false);
	smol_send_rows(&build, shm_mq_attach(queue, seg, NULL));
	tuplesort_end(build.sort);
	InstrEndParallelQuery(&buffer_usage[ParallelWorkerNumber],
						  &wal_usage[ParallelWorkerNumber]);

	index_close(build.index, AccessExclusiveLock);
	table_close(build.heap, ShareLock);
}
