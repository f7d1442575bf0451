/*-------------------------------------------------------------------------
 *
 * parallel.c
 *	  What the participants of a parallel scan share.
 *
 * The first participant judges for all: they have the same snapshot, and find
 * the same ranges.  Each claims chunks of leaves of them from shared state, in the
 * order of the scan, so what each returns is sorted.  The fallback runs in one
 * participant only.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/parallel.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"
#include "storage/spin.h"
#include "tree/smolverdict.h"

/* A chunk of leaves is at most this part of what is left of a range. */
#define CHUNK_PART		16

typedef struct SmolParallelScan
{
	SmolSharedVerdict verdict;

	/* of the present rescan */
	slock_t		mutex;
	bool		fallback_taken; /* by one participant */
	uint64		range;			/* number of the range that is being claimed */
	bool		range_started;	/* next_leaf is set */
	uint32		next_leaf;		/* to be claimed next */
} SmolParallelScan;

/* Of a scan that is parallel. */
static SmolParallelScan *
shared_state(IndexScanDesc scan)
{
	return OffsetToPointer(scan->parallel_scan, scan->parallel_scan->ps_offset_am);
}

Size
smol_estimateparallelscan(Relation index, int nkeys, int norderbys)
{
	return sizeof(SmolParallelScan);
}

void
smol_initparallelscan(void *target)
{
	SmolParallelScan *shared = target;

	memset(shared, 0, sizeof(*shared));
	smol_init_shared_verdict(&shared->verdict);
	SpinLockInit(&shared->mutex);
}

/* Start over; nobody else is at work on the scan. */
void
smol_parallelrescan(IndexScanDesc scan)
{
	SmolParallelScan *shared = shared_state(scan);

	smol_renew_shared_verdict(&shared->verdict);
	SpinLockAcquire(&shared->mutex);
	shared->fallback_taken = false;
	shared->range = 0;
	shared->range_started = false;
	SpinLockRelease(&shared->mutex);
}

/*
 * Is the verdict on this rescan ours to find?  If not, somebody has found it.
 */
bool
smol_must_judge(IndexScanDesc scan, SmolVerdict *verdict)
{
	return scan->parallel_scan == NULL ||
		!smol_await_verdict(&shared_state(scan)->verdict, verdict);
}

/*
 * Share the verdict with the others; 'final' if it holds for all rescans.
 */
void
smol_share_verdict(IndexScanDesc scan, const SmolVerdict *verdict, bool final)
{
	if (scan->parallel_scan != NULL)
		smol_announce_verdict(&shared_state(scan)->verdict, verdict, final);
}

/* In a parallel scan one participant returns the fallback's rows: is it us? */
bool
smol_take_fallback(IndexScanDesc scan)
{
	SmolParallelScan *shared;
	bool		taken;

	if (scan->parallel_scan == NULL)
		return true;
	shared = shared_state(scan);
	SpinLockAcquire(&shared->mutex);
	taken = shared->fallback_taken;
	shared->fallback_taken = true;
	SpinLockRelease(&shared->mutex);
	return !taken;
}

/*
 * Claim the next chunk of the range from 'lo' to 'hi', which is our number
 * 'range', and make lo and hi those of the chunk.  Returns false when the range
 * has been claimed to its end.  'current' becomes the number of the range that
 * is now being claimed, which may be ahead of ours.
 */
bool
smol_claim_chunk(IndexScanDesc scan, uint64 range, bool forward,
				 SmolPos *lo, SmolPos *hi, uint64 *current)
{
	SmolParallelScan *shared = shared_state(scan);
	bool		claimed = false;
	uint32		first = lo->leaf;
	uint32		end = hi->leaf + (hi->row > 0 ? 1 : 0);
	uint32		chunk = 0;
	uint32		from = 0;

	if (!smol_pos_before(*lo, *hi))
		end = first;

	SpinLockAcquire(&shared->mutex);
	if (shared->range == range)
	{
		uint32		left;

		if (!shared->range_started)
			shared->next_leaf = forward ? first : end;
		shared->range_started = true;
		left = forward ? end - shared->next_leaf : shared->next_leaf - first;
		if (left > 0)
		{
			/* large chunks first, small ones last, so that all end together */
			chunk = Min((uint32) smol_parallel_chunk_pages,
						(left + CHUNK_PART - 1) / CHUNK_PART);
			from = forward ? shared->next_leaf : shared->next_leaf - chunk;
			shared->next_leaf = forward ? from + chunk : from;
			claimed = true;
		}
		else
		{
			shared->range++;
			shared->range_started = false;
		}
	}
	*current = shared->range;
	SpinLockRelease(&shared->mutex);

	if (claimed)
	{
		SmolPos		chunk_lo = smol_pos(from, 0);
		SmolPos		chunk_hi = smol_pos(from + chunk, 0);

		if (smol_pos_before(*lo, chunk_lo))
			*lo = chunk_lo;
		if (smol_pos_before(chunk_hi, *hi))
			*hi = chunk_hi;
	}
	return claimed;
}

/*
 * No row of the range from 'lo' to 'hi' matches up to 'target' (forward) or from
 * it on (backward): don't let anybody claim leaves there.
 */
void
smol_skip_chunks(IndexScanDesc scan, uint64 range, bool forward,
				 SmolPos lo, SmolPos hi, SmolPos target)
{
	SmolParallelScan *shared = shared_state(scan);
	uint32		first = lo.leaf;
	uint32		end = hi.leaf + (hi.row > 0 ? 1 : 0);
	uint32		next = forward ? target.leaf : target.leaf + (target.row > 0 ? 1 : 0);

	next = Max(next, first);
	next = Min(next, end);
	SpinLockAcquire(&shared->mutex);
	if (shared->range == range && shared->range_started)
		shared->next_leaf = forward ? Max(shared->next_leaf, next) :
			Min(shared->next_leaf, next);
	SpinLockRelease(&shared->mutex);
}
