/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Index-only scans over a sealed index.
 *
 * When the first row after a rescan is asked for, the scan turns its keys into
 * ranges of positions and asks for a verdict on them (soundness is
 * tree/smolseal.c's).  Then it steps through one range after the other in
 * either direction, a batch of rows at a time.  Rows are
 * returned with the TID of a witness: a heap row that the snapshot sees, which
 * is all that the executor wants to know of a TID in an index-only scan.
 *
 * Where the index can't be used the rows come from the heap (fallback.c).
 *
 * What the participants of a parallel scan share is parallel.c's.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/scan.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "am/smolam.h"
#include "am/smolskip.h"
#include "am/smoltuples.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "tree/smolwalk.h"
#include "utils/memutils.h"

/* What it costs to find a range, in heap blocks whose visibility is swept. */
#define BLOCKS_PER_RANGE	32768

/* Rows decoded at once: a few for the first batch, then more and more. */
#define FIRST_BATCH			4
#define AFTER_SKIP_BATCH	16

/* From a batch of so many on it pays to ask which columns are wanted; of numbers. */
#define WANTED_BATCH		16

/* With filters no more than these: the sooner a skip is tried. */
#define FILTERED_BATCH		256

typedef enum ScanMode
{
	SCAN_UNDECIDED,
	SCAN_INDEX,					/* the index is right for the snapshot */
	SCAN_HEAP,					/* fall back */
	SCAN_PROBE,					/* the planner's probe, index may be seen */
	SCAN_NOTHING,				/* the planner's probe, it may not */
} ScanMode;

typedef struct SmolScan
{
	SmolReader *reader;
	MemoryContext context;		/* of the scan */
	MemoryContext rescan_context;	/* until the next rescan; NULL on the
									 * first */
	ScanMode	mode;
	bool		judged;			/* the mode is a verdict's, on this rescan */
	SmolVerdict verdict;
	bool		keys_set;		/* for this rescan */
	bool		wants_known;	/* which columns are wanted has been asked */

	/* rows from the heap: with keys of their own, as columns may be wider */
	SmolFallback *fallback;
	bool		emits;			/* the rows are ours to return */
	SmolMetaPageData *heap_meta;
	SmolScanKeys *heap_keys;
	char		fallback_reason[sizeof(((SmolVerdict *) NULL)->reason)];

	/* the range at hand: rows not before lo, but before hi */
	bool		started;		/* arrays stand at a combination */
	bool		ranged;			/* lo and hi are those of the combination */
	uint64		range;			/* number of the combination */
	SmolPos		range_lo;		/* parallel: lo and hi of the combination, ... */
	SmolPos		range_hi;		/* ... of which lo and hi are a chunk */
	SmolPos		lo;
	SmolPos		hi;
	uint32		chunks;			/* parallel: claimed in this rescan */

	/* the row returned last; without one, a step starts from an end */
	bool		positioned;
	SmolPos		at;				/* unless it is a row of the batch */
	bool		mark_positioned;
	SmolPos		mark;
	int			mark_arrays[INDEX_MAX_KEYS];

	/*
	 * The batch at hand, unless ntuples is 0: 'current' was returned last. It
	 * is within the range, and its leaf is the reader's.
	 */
	SmolTuples *batch;
	uint32		ntuples;
	uint32		current;

	/* what the hot path needs of it; nready is 0 where there is more to do */
	uint32		nready;
	uint32		stride;
	char	   *tuples;
	void	  **returned;		/* where the tuple's address goes */

	uint32		batch_size;		/* for the next batch */
	SmolWalk   *walk;			/* from leaf to leaf; NULL until there was
								 * need of one */
	SmolSkip   *skip;			/* likewise */
	HeapTupleData tuple;		/* the one returned */
	IndexTuple	probe_tuple;	/* likewise, for the planner's probe */

	/* large, and not zeroed for each scan */
	SmolProof	proof;			/* if judged */
	SmolScanKeys keys;
} SmolScan;

IndexScanDesc
smol_beginscan(Relation index, int nkeys, int norderbys)
{
	IndexScanDesc scan;
	SmolScan   *so;

	Assert(norderbys == 0);
	scan = RelationGetIndexScan(index, nkeys, norderbys);
	so = palloc(sizeof(SmolScan));
	memset(so, 0, offsetof(SmolScan, proof));
	so->context = CurrentMemoryContext;
	so->reader = smol_open_reader(index);
	smol_init_scan_keys(&so->keys, nkeys, true);
	so->batch = smol_make_tuples(so->reader, RelationGetDescr(index));
	scan->xs_itupdesc = RelationGetDescr(index);
	scan->opaque = so;
	return scan;
}

/* Have no batch at hand. */
static inline void
drop_batch(SmolScan *so)
{
	so->ntuples = so->nready = 0;
}

static void
stop_walk(SmolScan *so)
{
	if (so->walk)
		smol_stop_walk(so->walk);
}

void
smol_rescan(IndexScanDesc scan, ScanKey scankeys, int nscankeys,
			ScanKey orderbys, int norderbys)
{
	SmolScan   *so = scan->opaque;

	if (scankeys && scan->numberOfKeys > 0)
		memcpy(scan->keyData, scankeys, scan->numberOfKeys * sizeof(ScanKeyData));
	so->keys_set = false;
	so->started = so->ranged = false;
	so->positioned = so->mark_positioned = false;
	drop_batch(so);
	so->batch_size = FIRST_BATCH;
	so->chunks = 0;
	stop_walk(so);
	if (so->rescan_context)
		MemoryContextReset(so->rescan_context);
}

void
smol_endscan(IndexScanDesc scan)
{
	SmolScan   *so = scan->opaque;

	if (so->fallback)
		smol_end_fallback(so->fallback);
	if (so->probe_tuple)
		pfree(so->probe_tuple);
	if (so->skip)
		smol_free_skip(so->skip);
	if (so->walk)
		smol_free_walk(so->walk);
	smol_free_tuples(so->batch);
	smol_close_reader(so->reader);
	if (so->rescan_context)
		MemoryContextDelete(so->rescan_context);
	pfree(so);
}

/*
 * Find the ends of the range: a descent, and a second one if the range spans
 * leaves.
 */
static void
find_range(SmolScan *so)
{
	SmolReader *reader = so->reader;
	SmolPos		end = {reader->segment->nleaves, 0};

	stop_walk(so);
	so->lo = smol_pos(0, 0);
	so->hi = end;
	if (so->keys.impossible || reader->segment->nrows == 0)
	{
		so->hi = so->lo;
		return;
	}
	if (so->keys.has_lower)
		so->lo = smol_seek(reader, &so->keys.lower);
	if (so->keys.has_upper)
	{
		if (so->keys.has_lower && so->lo.leaf == reader->leaf &&
			BufferIsValid(reader->leaf_buffer))
		{
			uint32		row = smol_seek_leaf_from(reader, so->lo.row, &so->keys.upper);

			if (row < reader->leaf_rows)
			{
				so->hi = smol_pos(so->lo.leaf, row);
				return;
			}
		}
		so->hi = smol_seek(reader, &so->keys.upper);
	}
}

/* Let the verdict be on each range of this rescan. */
static void
claim_each(IndexScanDesc scan, SmolScan *so)
{
	smol_drop_claims(&so->proof);
	smol_start_arrays(&so->keys, &so->reader->meta, scan->keyData, true);
	do
	{
		CHECK_FOR_INTERRUPTS();
		find_range(so);
		smol_claim_rows(&so->proof, so->lo, so->hi);
	} while (smol_step_arrays(&so->keys, &so->reader->meta, scan->keyData, true));
}

/*
 * Let the verdict be on the ranges of this rescan.  All of them: rows of the
 * first are out before the last is looked at.  Returns whether it is on what
 * lies between them, too.
 */
static bool
claim_ranges(IndexScanDesc scan, SmolScan *so)
{
	SmolScanKeys *keys = &so->keys;
	double		nranges = 1;
	SmolPos		end;

	if (keys->nturning == 0)
	{
		find_range(so);
		smol_claim_rows(&so->proof, so->lo, so->hi);

		/* it need not be found again */
		so->started = so->ranged = scan->parallel_scan == NULL;
		so->range = 0;
		return false;
	}

	/* two descents, unless it is better to find each range */
	smol_start_arrays(keys, &so->reader->meta, scan->keyData, false);
	find_range(so);
	end = so->hi;
	smol_start_arrays(keys, &so->reader->meta, scan->keyData, true);
	find_range(so);

	for (int t = 0; t < keys->nturning; t++)
		nranges *= keys->arrays[keys->turning[t]].n;
	if (smol_claim_rows(&so->proof, so->lo, end) < nranges * BLOCKS_PER_RANGE)
		return true;
	claim_each(scan, so);
	return false;
}

/*
 * May the index be used for this rescan?
 */
static void
judge(IndexScanDesc scan, SmolScan *so)
{
	bool		wider = false;

	/* another participant of a parallel scan has said, or will */
	if (!smol_must_judge(scan, &so->verdict))
		return;

	/*
	 * The fallback may have all the rows by now: no more verdicts that may
	 * say no, each at some cost.
	 */
	if (so->fallback && smol_fallback_is_complete(so->fallback))
	{
		memset(&so->verdict, 0, sizeof(so->verdict));
		so->verdict.state = SMOL_SEAL_STALE;
		strlcpy(so->verdict.reason, so->fallback_reason, sizeof(so->verdict.reason));
	}
	else
	{
		if (smol_wants_claims(&so->proof))
			wider = claim_ranges(scan, so);
		smol_prove(&so->proof, &so->verdict);
		if (wider && so->verdict.state != SMOL_SEAL_CURRENT)
		{
			claim_each(scan, so);
			smol_prove(&so->proof, &so->verdict);
		}
	}
	smol_share_verdict(scan, &so->verdict, so->proof.everything);
}

/*
 * What kind of scan is this?  Asked once for a scan descriptor: its snapshot
 * does not change.
 */
static void
decide(IndexScanDesc scan)
{
	SmolScan   *so = scan->opaque;
	Snapshot	snapshot = scan->xs_snapshot;

	if (snapshot->snapshot_type == SNAPSHOT_NON_VACUUMABLE)
	{
		so->mode = smol_judge_for_probe(scan->heapRelation, scan->indexRelation,
										&so->reader->meta, &so->verdict.witness) ?
			SCAN_PROBE : SCAN_NOTHING;
		return;
	}

	/*
	 * The executor would lock only the witness's page for a serializable
	 * transaction; what was read is the whole table, as far as it can tell.
	 */
	PredicateLockRelation(scan->heapRelation, snapshot);

	so->mode = SCAN_HEAP;
	if (snapshot->snapshot_type != SNAPSHOT_MVCC)
		snprintf(so->verdict.reason, sizeof(so->verdict.reason),
				 "the snapshot is not an MVCC snapshot");
	else if (!scan->xs_want_itup)
		snprintf(so->verdict.reason, sizeof(so->verdict.reason),
				 "not an index-only scan");
	else
	{
		smol_init_proof(&so->proof, scan->heapRelation, so->reader, snapshot);
		so->judged = true;
	}
}

/*
 * The index can't be used for this rescan: get ready to use the heap, if that
 * is allowed.
 */
static void
prepare_fallback(IndexScanDesc scan, SmolScan *so)
{
	MemoryContext old;

	if (!smol_heap_fallback && scan->xs_snapshot->snapshot_type == SNAPSHOT_MVCC)
	{
		if (!scan->xs_want_itup)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index \"%s\" supports index-only scans only",
							RelationGetRelationName(scan->indexRelation)),
					 errhint("INCLUDE the columns that the query needs, or set smol.heap_fallback = on.")));
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" is not current: %s",
						RelationGetRelationName(scan->indexRelation),
						so->verdict.reason),
				 errhint("Run %s, or set smol.heap_fallback = on.",
						 smol_advice(scan->heapRelation, scan->indexRelation,
									 &so->verdict))));
	}

	if (so->fallback == NULL)
	{
		old = MemoryContextSwitchTo(so->context);

		/*
		 * a column's type may allow by now what the index's file could not
		 * hold
		 */
		so->heap_meta = palloc(sizeof(SmolMetaPageData));
		*so->heap_meta = so->reader->meta;
		for (int i = 0; i < so->heap_meta->ncolumns; i++)
			smol_widen_column(&so->heap_meta->columns[i]);

		/* one range, and arrays as filters on it */
		so->heap_keys = palloc(sizeof(SmolScanKeys));
		smol_init_scan_keys(so->heap_keys, scan->numberOfKeys, false);
		so->fallback = smol_begin_fallback(scan, so->heap_meta);
		MemoryContextSwitchTo(old);
		smol_debug("smol: index \"%s\" falls back to the heap: %s",
				   RelationGetRelationName(scan->indexRelation), so->verdict.reason);
	}
	strlcpy(so->fallback_reason, so->verdict.reason, sizeof(so->fallback_reason));
}

/* The position of the row that was returned last, if any. */
static SmolPos
position(const SmolScan *so)
{
	if (so->ntuples > 0)
		return smol_pos(so->batch->leaf,
						so->batch->first + so->batch->passing[so->current]);
	return so->at;
}

/*
 * Go to the next leaf of the range that may have rows; false if there is none.
 */
static bool
next_leaf(SmolScan *so, bool forward)
{
	if (so->walk == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(so->context);

		so->walk = smol_make_walk(so->reader);
		MemoryContextSwitchTo(old);
	}
	if (!smol_walk_goes_on(so->walk, forward))
		smol_start_walk(so->walk, &so->keys,
						!forward ? so->lo.leaf :
						so->hi.row > 0 ? so->hi.leaf : so->hi.leaf - 1,
						forward, so->chunks > 1);
	return smol_next_leaf(so->walk);
}

/*
 * The rows up to 'edge' on the reader's leaf, and a whole batch of them at
 * last, failed.  Where may rows match again?  Moves the edge there.
 */
static void
skip_rows(IndexScanDesc scan, SmolScan *so, bool forward, SmolPos *edge)
{
	SmolReader *reader = so->reader;
	SmolTuples *batch = so->batch;
	SmolSearchKey key;
	SmolPos		target;
	uint32		row;
	uint32		passed;
	int			column;

	if (so->skip == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(so->context);

		so->skip = smol_make_skip(reader, &so->keys);
		MemoryContextSwitchTo(old);
	}
	if (!smol_may_skip(so->skip))
		return;
	if (!smol_find_skip(so->skip, forward ? edge->row - 1 : edge->row, forward,
						&key, &column))
	{
		smol_judge_skip(so->skip, false);
		return;
	}
	if (key.nkeys == 0)
	{
		*edge = forward ? so->hi : so->lo;
		if (scan->parallel_scan)
			smol_skip_chunks(scan, so->range, forward, so->range_lo, so->range_hi,
							 forward ? so->range_hi : so->range_lo);
		return;
	}

	/* on this leaf? */
	row = smol_seek_leaf(reader, &key);
	if (forward ? row < reader->leaf_rows : row > 0)
	{
		row = forward ? Max(row, edge->row) : Min(row, edge->row);
		passed = forward ? row - edge->row : edge->row - row;
		edge->row = row;
		so->batch_size = AFTER_SKIP_BATCH;
		smol_judge_skip(so->skip, passed >= batch->nrows);
		return;
	}

	/* at least none of the others on it; zone maps may know more of the next */
	passed = forward ? reader->leaf_rows - edge->row : edge->row;
	edge->row = forward ? reader->leaf_rows : 0;
	if (so->walk && smol_walk_goes_on(so->walk, forward) &&
		smol_walk_knows(so->walk, column))
	{
		so->batch_size = AFTER_SKIP_BATCH;
		smol_judge_skip(so->skip, passed >= batch->nrows);
		return;
	}

	if (scan->instrument)
		scan->instrument->nsearches++;
	target = smol_seek(reader, &key);
	smol_judge_skip(so->skip, passed >= batch->nrows ||
					(forward ? target.leaf > edge->leaf + 1 :
					 target.leaf + 1 < edge->leaf));
	if (forward ? smol_pos_before(*edge, target) : smol_pos_before(target, *edge))
		*edge = target;
	so->batch_size = AFTER_SKIP_BATCH;
	if (scan->parallel_scan)
		smol_skip_chunks(scan, so->range, forward, so->range_lo, so->range_hi, target);
}

/*
 * There is a batch: leave to the hot path what it can do.
 */
static void
get_ready(IndexScanDesc scan, SmolScan *so)
{
	if (so->mode != SCAN_INDEX)
		return;
	so->nready = so->ntuples;
	so->stride = so->batch->stride;
	so->tuples = so->batch->tuples;
	if (so->batch->packed)
		so->returned = (void **) &scan->xs_itup;
	else
	{
		so->returned = (void **) &so->tuple.t_data;
		scan->xs_hitup = &so->tuple;
	}
}

/*
 * Have only such columns in tuples as someone looks at.
 */
static void
ask_wanted(IndexScanDesc scan, SmolScan *so)
{
	bool		wanted[INDEX_MAX_KEYS];

	so->wants_known = true;
	if (so->mode == SCAN_INDEX && smol_find_wanted(scan, wanted))
		smol_want_columns(so->batch, wanted);
}

/*
 * Fill the batch with the next rows of the range at hand that pass the filters,
 * as many as are on one leaf; false if there are none.
 *
 * 'edge' divides the rows that are done with from those to come: these are not
 * before it in a forward scan, and before it in a backward scan.
 */
static bool
fill_batch(IndexScanDesc scan, SmolScan *so, SmolPos edge, bool forward)
{
	SmolReader *reader = so->reader;
	SmolTuples *batch = so->batch;

	drop_batch(so);
	for (;;)
	{
		uint32		first;
		uint32		end;

		CHECK_FOR_INTERRUPTS();
		if (!(forward ? smol_pos_before(edge, so->hi) : smol_pos_before(so->lo, edge)))
			return false;

		/* have the reader on the leaf of the next row */
		if (forward)
		{
			if (edge.row > 0)
				smol_load_leaf(reader, edge.leaf);
			if (smol_on_leaf(reader, edge.row > 0 ? edge.leaf : edge.leaf - 1) &&
				(edge.row == 0 || edge.row >= reader->leaf_rows))
			{
				if (!next_leaf(so, true))
					return false;
				edge = smol_pos(reader->leaf, 0);
			}
			smol_load_leaf(reader, edge.leaf);
			first = edge.row;
			end = edge.leaf == so->hi.leaf ?
				Min(so->hi.row, reader->leaf_rows) : reader->leaf_rows;
			end = Min(end, first + so->batch_size);
		}
		else
		{
			if (edge.row == 0)
			{
				if (!smol_on_leaf(reader, edge.leaf))
					smol_load_leaf(reader, edge.leaf - 1);
				else if (!next_leaf(so, false))
					return false;
				edge = smol_pos(reader->leaf, reader->leaf_rows);
			}
			smol_load_leaf(reader, edge.leaf);
			first = edge.leaf == so->lo.leaf ? so->lo.row : 0;
			end = Min(edge.row, reader->leaf_rows);
			first = Max(first, end - Min(end, so->batch_size));
		}
		if (first >= end)
			smol_report_corrupt(reader->index, reader->segment->first_leaf + edge.leaf,
								"leaf has fewer rows than the tree says");

		if (!so->wants_known && (batch->by_reference || end - first >= WANTED_BATCH))
			ask_wanted(scan, so);
		smol_fill_tuples(batch, &so->keys, first, end - first);
		so->batch_size = Min(so->batch_size * 8,
							 so->keys.nfilters > 0 ? FILTERED_BATCH : SMOL_TUPLES_MAX);
		if (batch->ntuples > 0)
		{
			so->ntuples = batch->ntuples;
			so->current = forward ? 0 : so->ntuples - 1;
			get_ready(scan, so);
			return true;
		}
		edge = smol_pos(edge.leaf, forward ? end : first);
		skip_rows(scan, so, forward, &edge);
	}
}

/*
 * Step to the next row of the range at hand, which is not in the batch; false
 * at its end.
 */
static bool
step_in_range(IndexScanDesc scan, SmolScan *so, bool forward)
{
	SmolPos		edge;

	if (!so->positioned)
		edge = forward ? so->lo : so->hi;
	else if (so->ntuples > 0)
		edge = smol_pos(so->batch->leaf, so->batch->first +
						(forward ? so->batch->nrows : 0));
	else
		edge = smol_pos(so->at.leaf, so->at.row + (forward ? 1 : 0));
	so->positioned = fill_batch(scan, so, edge, forward);
	return so->positioned;
}

/* Parallel: have lo and hi be those of a chunk of the range at hand. */
static bool
claim(IndexScanDesc scan, SmolScan *so, bool forward, uint64 *current)
{
	stop_walk(so);
	so->lo = so->range_lo;
	so->hi = so->range_hi;
	so->chunks++;
	return smol_claim_chunk(scan, so->range, forward, &so->lo, &so->hi, current);
}

/*
 * Have lo and hi ready for the next step: of the next combination of array
 * elements, or the next chunk of a parallel scan.  False if there is none.
 */
static bool
next_range(IndexScanDesc scan, SmolScan *so, bool forward)
{
	bool		shared = scan->parallel_scan != NULL;
	bool		first = !so->started;
	uint64		target = so->range + 1;

	CHECK_FOR_INTERRUPTS();
	if (first)
	{
		so->range = target = 0;
		smol_start_arrays(&so->keys, &so->reader->meta, scan->keyData, forward);
		so->started = true;
	}
	else if (shared && claim(scan, so, forward, &target))
		return true;

	for (;;)
	{
		/* others may be several ranges ahead */
		while (so->range < target)
		{
			if (!smol_step_arrays(&so->keys, &so->reader->meta, scan->keyData, forward))
				return false;
			so->range++;
		}
		if (scan->instrument)
			scan->instrument->nsearches++;
		find_range(so);
		if (!shared)
			return true;
		so->range_lo = so->lo;
		so->range_hi = so->hi;
		if (claim(scan, so, forward, &target))
			return true;
	}
}

/*
 * Step to the next row, through one range after the other; false at the end,
 * from where a further step starts anew from the end that its direction gives.
 */
static bool
step(IndexScanDesc scan, SmolScan *so, bool forward)
{
	for (;;)
	{
		if (so->ranged && step_in_range(scan, so, forward))
			return true;

		/* one range and no arrays: it stays */
		if (so->ranged && so->keys.nturning == 0 && scan->parallel_scan == NULL)
			return false;
		so->ranged = next_range(scan, so, forward);
		if (!so->ranged)
		{
			so->started = false;
			return false;
		}
	}
}

/* For EXPLAIN. */
const char *
smol_scan_fallback_reason(IndexScanDesc scan)
{
	SmolScan   *so = scan->opaque;

	return so->fallback ? so->fallback_reason : NULL;
}

uint64
smol_scan_leaves_excluded(IndexScanDesc scan)
{
	SmolScan   *so = scan->opaque;

	return so->reader ? so->reader->bloom_skipped : 0;
}

/* Take in the scan keys of a rescan, for the index or for the fallback. */
static void
set_keys(IndexScanDesc scan, SmolScan *so, SmolScanKeys *keys,
		 const SmolMetaPageData *meta)
{
	MemoryContext old;

	if (keys->ready && so->rescan_context == NULL)
		so->rescan_context = AllocSetContextCreate(so->context, "smol rescan",
												   ALLOCSET_SMALL_SIZES);

	/* comparators live as long as the scan, arguments for a rescan */
	old = MemoryContextSwitchTo(keys->ready ? so->rescan_context : so->context);
	smol_set_scan_keys(keys, scan->indexRelation, meta, scan->keyData);
	MemoryContextSwitchTo(old);
}

/*
 * The first row after a rescan is asked for: from where is it to come?
 */
static void
begin_rescan(IndexScanDesc scan, SmolScan *so)
{
	if (so->mode == SCAN_UNDECIDED)
		decide(scan);
	if (so->mode == SCAN_NOTHING)
		return;

	pgstat_count_index_scan(scan->indexRelation);
	so->keys_set = true;
	if (so->mode != SCAN_HEAP || so->judged)
		set_keys(scan, so, &so->keys, &so->reader->meta);
	if (so->judged)
	{
		judge(scan, so);
		so->mode = so->verdict.state == SMOL_SEAL_CURRENT ? SCAN_INDEX : SCAN_HEAP;
	}
	if (so->mode != SCAN_HEAP)
	{
		if (so->ranged && scan->instrument)
			scan->instrument->nsearches++;
		so->batch->for_probe = so->mode == SCAN_PROBE;
		scan->xs_recheck = false;
		if (so->mode == SCAN_INDEX)
		{
			scan->xs_hitup = NULL;
			scan->xs_hitupdesc = so->batch->datums;
		}
		return;
	}

	prepare_fallback(scan, so);
	so->emits = smol_take_fallback(scan);
	if (so->emits)
	{
		set_keys(scan, so, so->heap_keys, so->heap_meta);
		smol_rescan_fallback(so->fallback, so->heap_keys);
	}
}

/* Have the scan return a row of the batch. */
static inline void
return_tuple(IndexScanDesc scan, SmolScan *so, uint32 i)
{
	so->current = i;
	*so->returned = so->tuples + (Size) i * so->stride;

	/* the executor may have followed a chain from there */
	scan->xs_heaptid = so->verdict.witness;
}

/* Likewise, for the planner's probe. */
static void
return_probe_tuple(IndexScanDesc scan, SmolScan *so)
{
	MemoryContext old = MemoryContextSwitchTo(so->context);

	if (so->probe_tuple)
		pfree(so->probe_tuple);
	so->probe_tuple = smol_form_probe_tuple(so->batch, so->current);
	MemoryContextSwitchTo(old);
	scan->xs_itup = so->probe_tuple;
	scan->xs_heaptid = so->verdict.witness;
	scan->xs_recheck = false;
}

/* The next row is not ready. */
static pg_noinline bool
get_other_tuple(IndexScanDesc scan, SmolScan *so, bool forward)
{
	uint32		next = so->current + (forward ? 1 : -1);

	if (unlikely(!so->keys_set))
		begin_rescan(scan, so);
	if (unlikely(so->mode == SCAN_NOTHING))
		return false;
	if (unlikely(so->mode == SCAN_HEAP))
	{
		scan->xs_recheck = false;
		return so->emits &&
			smol_fallback_next(so->fallback,
							   forward ? ForwardScanDirection : BackwardScanDirection);
	}

	/* before the first tuple next is beyond the last one, too */
	if (next < so->ntuples)
		so->current = next;
	else if (!step(scan, so, forward))
		return false;
	if (likely(so->mode == SCAN_INDEX))
		return_tuple(scan, so, so->current);
	else
		return_probe_tuple(scan, so);
	return true;
}

bool
smol_gettuple(IndexScanDesc scan, ScanDirection dir)
{
	SmolScan   *so = scan->opaque;
	uint32		next = so->current + (int) dir;

	if (likely(next < so->nready))
	{
		return_tuple(scan, so, next);
		return true;
	}
	return get_other_tuple(scan, so, ScanDirectionIsForward(dir));
}

void
smol_markpos(IndexScanDesc scan)
{
	SmolScan   *so = scan->opaque;

	if (so->mode == SCAN_HEAP)
	{
		if (so->emits)
			smol_fallback_mark(so->fallback);
		return;
	}
	so->mark_positioned = so->positioned;
	so->mark = position(so);
	for (int t = 0; t < so->keys.nturning; t++)
		so->mark_arrays[t] = so->keys.arrays[so->keys.turning[t]].at;
}

void
smol_restrpos(IndexScanDesc scan)
{
	SmolScan   *so = scan->opaque;

	if (so->mode == SCAN_HEAP)
	{
		if (so->emits)
			smol_fallback_restore(so->fallback);
		return;
	}
	so->positioned = so->mark_positioned;

	/* most often the mark is in the batch */
	if (so->positioned && so->ntuples > 0 && so->keys.nturning == 0 &&
		so->mark.leaf == so->batch->leaf &&
		so->mark.row - so->batch->first < so->batch->nrows)
	{
		so->current = smol_find_tuple(so->batch, so->mark.row);
		return;
	}

	drop_batch(so);
	so->at = so->mark;
	if (so->keys.nturning > 0)
	{
		/* without a position the next step starts from an end */
		so->started = so->ranged = so->positioned;
		if (so->positioned)
		{
			for (int t = 0; t < so->keys.nturning; t++)
				so->keys.arrays[so->keys.turning[t]].at = so->mark_arrays[t];
			smol_set_arrays(&so->keys, &so->reader->meta, scan->keyData);
			find_range(so);
		}
	}
}
