/*-------------------------------------------------------------------------
 *
 * participants.c
 *	  What the participants of a parallel scan of a node share.
 *
 * One participant judges for all.  Each finds the same ranges, and claims stretches
 * of row numbers from shared state, in the order of the scan; a leaf belongs to the
 * stretch that its first row in the range belongs to, and so do children that are
 * answered for by an inner page.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/participants.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/parallel.h"
#include "exec/smolbatches.h"
#include "storage/dsm.h"
#include "storage/spin.h"
#include "tree/smolverdict.h"

/* A claim is at most this part of what is left of a range. */
#define CLAIM_PART		16

struct SmolSharedScan
{
	SmolSharedVerdict verdict;

	/* of the present rescan */
	slock_t		mutex;
	uint64		range;			/* number of the range that is being claimed */
	bool		range_started;	/* next_row is set */
	uint64		next_row;		/* to be claimed next */

	dsm_handle	summary;		/* SharedSummary, or DSM_HANDLE_INVALID */
};

/*
 * What EXPLAIN wants to know of all participants: a segment of its own, since
 * workers end after the leader has looked at its nodes last, and the rest of
 * the shared memory goes away before EXPLAIN looks.
 */
typedef struct SharedSummary
{
	slock_t		mutex;
	SmolScanCounts counts;
	bool		used;
	bool		fell_back;
	char		fallback_reason[SMOL_REASON_SIZE];
	int			nworkers;
	uint64		rows_taken[FLEXIBLE_ARRAY_MEMBER];	/* by aggregates, by
													 * worker */
} SharedSummary;

/* NULL: the scan is not parallel. */
SmolSharedVerdict *
smol_scan_verdict(SmolBatchScan *scan)
{
	return scan->state->shared ? &scan->state->shared->verdict : NULL;
}

Size
smol_shared_scan_size(void)
{
	return sizeof(SmolSharedScan);
}

void
smol_init_shared_scan(SmolSharedScan *shared)
{
	memset(shared, 0, sizeof(*shared));
	smol_init_shared_verdict(&shared->verdict);
	SpinLockInit(&shared->mutex);
	shared->summary = DSM_HANDLE_INVALID;
}

/* Start over; nobody is at work on the scan. */
void
smol_restart_shared_scan(SmolSharedScan *shared)
{
	smol_renew_shared_verdict(&shared->verdict);
	SpinLockAcquire(&shared->mutex);
	shared->range = 0;
	shared->range_started = false;
	SpinLockRelease(&shared->mutex);
}

/*
 * Take part in a parallel scan, or (NULL) no more.  Whoever finds the verdict on a
 * rescan, it is that of all: either all read the index or all run the fallback.
 */
void
smol_share_batches(SmolBatchScan *scan, SmolSharedScan *shared)
{
	scan->state->shared = shared;
}

static void
add_counts(SmolScanCounts *to, const SmolScanCounts *counts)
{
	to->searches += counts->searches;
	to->leaves_in_range += counts->leaves_in_range;
	to->leaves_read += counts->leaves_read;
	to->rows_skipped += counts->rows_skipped;
	to->leaves_excluded += counts->leaves_excluded;
	to->rows_folded += counts->rows_folded;
	to->rows_passed += counts->rows_passed;
	to->batches += counts->batches;
	to->rows_known += counts->rows_known;
	to->rows_decoded += counts->rows_decoded;
}

/*
 * The leader, if EXPLAIN is going to ask: provide for the counts of workers.
 * Where there is no segment to be had, it has its own counts to show.
 */
void
smol_prepare_summary(SmolBatchScan *scan, int nworkers)
{
	SmolSharedScan *shared = scan->state->shared;

	if (scan->state->summary == NULL)
	{
		Size		size = offsetof(SharedSummary, rows_taken) + sizeof(uint64) * nworkers;
		dsm_segment *segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
		SharedSummary *summary;

		if (segment == NULL)
			return;
		summary = dsm_segment_address(segment);
		memset(summary, 0, size);
		SpinLockInit(&summary->mutex);
		summary->nworkers = nworkers;
		scan->state->summary = segment;
	}
	shared->summary = dsm_segment_handle(scan->state->summary);
}

/* A worker, at its end. */
void
smol_publish_summary(SmolBatchScan *scan)
{
	SmolSharedScan *shared = scan->state->shared;
	dsm_segment *segment;
	SharedSummary *summary;

	if (shared == NULL || shared->summary == DSM_HANDLE_INVALID)
		return;
	segment = dsm_attach(shared->summary);
	if (segment == NULL)
		return;
	summary = dsm_segment_address(segment);
	SpinLockAcquire(&summary->mutex);
	add_counts(&summary->counts, &scan->counts);
	SpinLockRelease(&summary->mutex);
	if (ParallelWorkerNumber < summary->nworkers)
		summary->rows_taken[ParallelWorkerNumber] += scan->counts.rows_known +
			scan->counts.rows_decoded;

	/* all have the same */
	summary->used |= scan->used;
	if (scan->fell_back)
	{
		strlcpy(summary->fallback_reason, scan->fallback_reason,
				sizeof(summary->fallback_reason));
		summary->fell_back = true;
	}
	dsm_detach(segment);
}

/* The leader, when the workers have ended: counts and verdict become those of all. */
void
smol_collect_summary(SmolBatchScan *scan)
{
	SharedSummary *summary;

	if (scan->state->summary == NULL)
		return;
	summary = dsm_segment_address(scan->state->summary);
	add_counts(&scan->counts, &summary->counts);
	memset(&summary->counts, 0, sizeof(summary->counts));
	scan->used |= summary->used;
	if (summary->fell_back && !scan->fell_back)
	{
		strlcpy(scan->fallback_reason, summary->fallback_reason,
				sizeof(scan->fallback_reason));
		scan->fell_back = true;
	}
}

/*
 * The leader: how many workers there may have been, and how many rows each of them
 * has taken in.
 */
int
smol_rows_by_worker(SmolBatchScan *scan, const uint64 **rows)
{
	SharedSummary *summary;

	if (scan->state->summary == NULL)
		return 0;
	summary = dsm_segment_address(scan->state->summary);
	*rows = summary->rows_taken;
	return summary->nworkers;
}

/*
 * Parallel: claim the next stretch of the range at hand.  Returns false when the
 * range has been claimed to its end.  '*number' becomes that of the range that is
 * now being claimed, which may be ahead of ours.
 */
bool
smol_claim_stretch(SmolBatchScan *scan, bool forward, uint64 *number)
{
	SmolBatchPrivate *state = scan->state;
	SmolSharedScan *shared = state->shared;
	const SmolSegment *segment = scan->reader->segment;
	bool		claimed = false;
	bool		first = false;

	SpinLockAcquire(&shared->mutex);
	if (shared->range == state->number)
	{
		uint64		left;

		first = !shared->range_started;
		if (first)
			shared->next_row = forward ? state->range.lo : state->range.hi;
		shared->range_started = true;
		left = forward ? state->range.hi - shared->next_row :
			shared->next_row - state->range.lo;
		if (left > 0)
		{
			/*
			 * large stretches first, small ones last, so that all end
			 * together
			 */
			uint64		leaf = Max(segment->nrows / Max(segment->nleaves, 1), 1);
			uint64		rows = Max(Min(leaf * smol_parallel_chunk_pages,
									   left / CLAIM_PART), Min(leaf, left));

			state->claim.lo = forward ? shared->next_row : shared->next_row - rows;
			state->claim.hi = state->claim.lo + rows;
			shared->next_row = forward ? state->claim.hi : state->claim.lo;
			claimed = true;
		}
		else
		{
			shared->range++;
			shared->range_started = false;
		}
	}
	*number = shared->range;
	SpinLockRelease(&shared->mutex);

	if (first)
		scan->counts.leaves_in_range += state->leaves;
	return claimed;
}
