/*-------------------------------------------------------------------------
 *
 * batches.c
 *	  An index, batch by batch: the range of rows that the key conditions give,
 *	  without the leaves that inner pages rule out, through the filters.
 *
 * A position in the index is a row number.  The rows of the batch at hand are
 * between two of them, so that the next batch in either direction is found
 * from either end, and there is no other state of the traversal.  Inner pages
 * say which child has a row; they are looked at anew for each leaf, but stay
 * pinned, and are left out where there is nothing to ask of them.
 *
 * In a parallel scan, one participant judges for all.  Each finds the same
 * ranges, and claims stretches of row numbers from shared state, in the order
 * of the scan; a leaf belongs to the stretch that its first row in the range
 * belongs to, and so do children that are answered for by an inner page.
 *
 * This file does not fall back to the heap: a node does that, by its child.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/batches.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolexec.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "storage/dsm.h"
#include "storage/predicate.h"
#include "storage/spin.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

/* Rows of the first batch: of point lookups there is no second one. */
#define FIRST_BATCH		32

/* A claim is at most this part of what is left of a range. */
#define CLAIM_PART		16

typedef enum SharedVerdict
{
	VERDICT_NONE,
	VERDICT_UNDER_WAY,			/* somebody is at it */
	VERDICT_READY,
} SharedVerdict;

struct SmolSharedScan
{
	slock_t		mutex;
	ConditionVariable ready;	/* signalled when there is a verdict */
	SharedVerdict state;
	bool		usable;
	SmolVerdict verdict;

	/* of the present rescan */
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
	bool		judged;
	bool		usable;
	SmolVerdict verdict;
} SharedSummary;

/* Rows [lo, hi) of the segment. */
typedef struct Stretch
{
	uint64		lo;
	uint64		hi;
} Stretch;

typedef struct BatchColumn
{
	bool		have_values;
	bool		have_nulls;
	bool		any_null;		/* with have_nulls */
	uint32		room;
	uint32		nulls_room;
	SmolVec		vec;
	int64	   *nulls;
} BatchColumn;

typedef struct SmolBatchPrivate
{
	MemoryContext context;		/* of the scan */
	MemoryContext rescan_context;
	SmolSharedScan *shared;		/* NULL: not parallel */
	dsm_segment *summary;		/* the leader's, for EXPLAIN */

	/* conditions */
	int			nkeys;
	ScanKeyData *scankeys;
	int		   *key_conditions; /* which condition each comes from */
	SmolScanKeys keys;
	SmolFilters *filters;

	/* the range at hand; 'number' counts the combinations of array elements */
	bool		started;		/* arrays stand at a combination */
	bool		ranged;
	uint64		number;
	Stretch		range;
	Stretch		claim;			/* the part of it that is ours */
	uint32		first_leaf;		/* of the range */
	uint32		leaves;			/* in the range */
	bool		walks;			/* ask inner pages for the next leaf */

	/* the next rows are those from 'next' on, or up to 'before' if backward */
	uint64		next;
	uint64		before;

	/* the leaf at hand, as far as it is in the range */
	bool		on_leaf;
	uint32		leaf;
	Stretch		leaf_rows;		/* row numbers */
	uint64		leaf_first_row; /* of the whole leaf */

	/* inner pages by level, as far as they are pinned */
	BlockNumber inner_blocks[SMOL_MAX_HEIGHT + 1];
	Page		inner_pages[SMOL_MAX_HEIGHT + 1];

	uint32		batch_rows;		/* for the next batch */
	BatchColumn columns[INDEX_MAX_KEYS];
	uint8		match[SMOL_BATCH_ROWS];
	uint16		selection[SMOL_BATCH_ROWS];
	bool		have_selection;
} SmolBatchPrivate;

/* ---- begin and end ---- */

/* The key conditions as scan keys; arguments come with each rescan. */
static void
make_scankeys(SmolBatchPrivate *state, const SmolConditions *conditions)
{
	state->scankeys = palloc0(sizeof(ScanKeyData) * Max(conditions->n, 1));
	state->key_conditions = palloc0(sizeof(int) * Max(conditions->n, 1));
	for (int i = 0; i < conditions->n; i++)
	{
		const SmolCondition *condition = &conditions->conditions[i];
		ScanKey		key = &state->scankeys[state->nkeys];

		if (!condition->key)
			continue;
		key->sk_attno = condition->column + 1;
		if (condition->test == SMOL_TEST_NULL)
			key->sk_flags = SK_ISNULL | SK_SEARCHNULL;
		else if (condition->test == SMOL_TEST_NOT_NULL)
			key->sk_flags = SK_ISNULL | SK_SEARCHNOTNULL;
		else
		{
			key->sk_strategy = (StrategyNumber) condition->test;
			key->sk_subtype = condition->righttype;
			key->sk_collation = condition->collation;
		}
		state->key_conditions[state->nkeys++] = i;
	}
}

SmolBatchScan *
smol_open_batches(Relation heap, Relation index, Snapshot snapshot,
				  SmolConditions *conditions)
{
	SmolBatchScan *scan = palloc0(sizeof(SmolBatchScan));
	SmolBatchPrivate *state = palloc0(sizeof(SmolBatchPrivate));

	scan->heap = heap;
	scan->index = index;
	scan->snapshot = snapshot;
	scan->conditions = conditions;
	scan->reader = smol_open_reader(index);
	scan->state = state;
	state->context = CurrentMemoryContext;
	state->rescan_context = AllocSetContextCreate(CurrentMemoryContext,
												  "smol rescan",
												  ALLOCSET_SMALL_SIZES);
	make_scankeys(state, conditions);
	smol_init_scan_keys(&state->keys, state->nkeys, true);
	state->filters = smol_make_filters(index, &scan->reader->meta, conditions);
	for (int i = 0; i <= SMOL_MAX_HEIGHT; i++)
		state->inner_blocks[i] = InvalidBlockNumber;
	return scan;
}

/* Memory goes with the context that it was opened in. */
void
smol_close_batches(SmolBatchScan *scan)
{
	if (scan->state->summary)
		dsm_detach(scan->state->summary);
	smol_release_pins(scan->reader);
}

/* ---- parallel scans ---- */

Size
smol_shared_scan_size(void)
{
	return sizeof(SmolSharedScan);
}

void
smol_init_shared_scan(SmolSharedScan *shared)
{
	memset(shared, 0, sizeof(*shared));
	SpinLockInit(&shared->mutex);
	ConditionVariableInit(&shared->ready);
	shared->summary = DSM_HANDLE_INVALID;
}

/* Start over; nobody is at work on the scan.  The verdict stands. */
void
smol_restart_shared_scan(SmolSharedScan *shared)
{
	SpinLockAcquire(&shared->mutex);
	shared->range = 0;
	shared->range_started = false;
	SpinLockRelease(&shared->mutex);
}

/*
 * Take part in a parallel scan, or (NULL) no more.  Who has a verdict already
 * (the leader, where shared memory is set up anew) gives it to all: a later one
 * might be another, and either all read the index or all run the fallback.
 */
void
smol_share_batches(SmolBatchScan *scan, SmolSharedScan *shared)
{
	scan->state->shared = shared;
	if (shared != NULL && scan->judged && shared->state == VERDICT_NONE)
	{
		shared->verdict = scan->verdict;
		shared->usable = scan->usable;
		shared->state = VERDICT_READY;
	}
}

static void
add_counts(SmolScanCounts *to, const SmolScanCounts *counts)
{
	to->searches += counts->searches;
	to->leaves_in_range += counts->leaves_in_range;
	to->leaves_read += counts->leaves_read;
	to->rows_skipped += counts->rows_skipped;
	to->rows_folded += counts->rows_folded;
	to->batches += counts->batches;
}

/*
 * The leader, if EXPLAIN is going to ask: provide for the counts of workers.
 * Where there is no segment to be had, it has its own counts to show.
 */
void
smol_prepare_summary(SmolBatchScan *scan)
{
	SmolSharedScan *shared = scan->state->shared;

	if (scan->state->summary == NULL)
	{
		dsm_segment *segment = dsm_create(sizeof(SharedSummary),
										  DSM_CREATE_NULL_IF_MAXSEGMENTS);
		SharedSummary *summary;

		if (segment == NULL)
			return;
		summary = dsm_segment_address(segment);
		memset(summary, 0, sizeof(*summary));
		SpinLockInit(&summary->mutex);
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
	if (scan->judged)
	{
		/* all have the same */
		summary->verdict = scan->verdict;
		summary->usable = scan->usable;
		summary->judged = true;
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
	if (summary->judged && !scan->judged)
	{
		scan->verdict = summary->verdict;
		scan->usable = summary->usable;
		scan->judged = true;
	}
}

/* pg_stat_activity.wait_event of a participant that waits for the verdict */
static uint32
verdict_wait_event(void)
{
	static uint32 event = 0;

	if (event == 0)
		event = WaitEventExtensionNew("SmolVerdict");
	return event;
}

/*
 * Get the verdict that another participant has or will have; false if it is
 * ours to find.
 */
static bool
await_verdict(SmolBatchScan *scan, SmolSharedScan *shared)
{
	bool		mine = false;

	for (;;)
	{
		SharedVerdict verdict;

		SpinLockAcquire(&shared->mutex);
		verdict = shared->state;
		if (verdict == VERDICT_NONE)
		{
			shared->state = VERDICT_UNDER_WAY;
			mine = true;
		}
		SpinLockRelease(&shared->mutex);
		if (mine || verdict == VERDICT_READY)
			break;

		/* an error in the one that judges ends us all */
		ConditionVariableSleep(&shared->ready, verdict_wait_event());
	}
	ConditionVariableCancelSleep();
	if (mine)
		return false;
	scan->verdict = shared->verdict;
	scan->usable = shared->usable;
	return true;
}

/* ---- the verdict ---- */

/*
 * May the index be used?  Asked once: the snapshot does not change, and a verdict
 * for a snapshot does not expire.  Must be called before the first batch.
 */
bool
smol_judge_batches(SmolBatchScan *scan)
{
	SmolSharedScan *shared = scan->state->shared;

	if (scan->judged)
		return scan->usable;

	/* what a serializable transaction reads is the whole table */
	PredicateLockRelation(scan->heap, scan->snapshot);

	if (shared == NULL || !await_verdict(scan, shared))
	{
		if (scan->snapshot->snapshot_type == SNAPSHOT_MVCC)
		{
			smol_judge(scan->heap, scan->index, &scan->reader->meta,
					   scan->snapshot, &scan->verdict);
			scan->usable = scan->verdict.state == SMOL_SEAL_CURRENT;
		}
		else
			snprintf(scan->verdict.reason, sizeof(scan->verdict.reason),
					 "the snapshot is not an MVCC snapshot");
		if (shared)
		{
			shared->verdict = scan->verdict;
			shared->usable = scan->usable;
			SpinLockAcquire(&shared->mutex);
			shared->state = VERDICT_READY;
			SpinLockRelease(&shared->mutex);
			ConditionVariableBroadcast(&shared->ready);
		}
	}
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

/* ---- ranges ---- */

/*
 * Start over with the arguments that the conditions have now.
 */
void
smol_rescan_batches(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;
	MemoryContext old;

	smol_eval_conditions(scan->conditions);
	for (int i = 0; i < state->nkeys; i++)
	{
		ScanKey		key = &state->scankeys[i];
		int			c = state->key_conditions[i];
		const SmolCondition *condition = &scan->conditions->conditions[c];

		if (condition->test == SMOL_TEST_NULL || condition->test == SMOL_TEST_NOT_NULL)
			continue;
		key->sk_argument = scan->conditions->values[c];
		key->sk_flags = scan->conditions->isnull[c] ? SK_ISNULL :
			condition->array ? SK_SEARCHARRAY : 0;
	}

	/* comparators live as long as the scan, arguments for a rescan */
	MemoryContextReset(state->rescan_context);
	old = MemoryContextSwitchTo(state->keys.ready ? state->rescan_context :
								state->context);
	smol_set_scan_keys(&state->keys, scan->index, &scan->reader->meta,
					   state->scankeys);
	MemoryContextSwitchTo(state->rescan_context);
	smol_set_filters(state->filters, &state->keys);
	MemoryContextSwitchTo(old);

	state->started = state->ranged = state->on_leaf = false;
	state->number = state->next = state->before = 0;
	state->batch_rows = FIRST_BATCH;
	scan->batch.n = 0;
	pgstat_count_index_scan(scan->index);
}

/* The row number of a bound, and its position. */
static uint64
find_row(SmolReader *reader, const SmolSearchKey *key, SmolPos *pos)
{
	*pos = smol_seek(reader, key);
	if (pos->leaf == reader->leaf)
		return reader->leaf_first_row + pos->row;
	return reader->leaf_first_row + reader->leaf_rows;
}

/*
 * Find the ends of the range: a descent, and a second one if the range spans
 * leaves.
 */
static void
find_range(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	const SmolSegment *segment = reader->segment;
	SmolPos		lo = {0, 0};
	SmolPos		hi = {segment->nleaves, 0};

	for (int i = 0; i <= SMOL_MAX_HEIGHT; i++)
		state->inner_blocks[i] = InvalidBlockNumber;
	state->on_leaf = false;
	state->range.lo = 0;
	state->range.hi = segment->nrows;
	scan->counts.searches++;

	if (segment->nrows > 0 && state->keys.has_lower)
		state->range.lo = find_row(reader, &state->keys.lower, &lo);
	if (segment->nrows > 0 && state->keys.has_upper)
	{
		uint32		row = PG_UINT32_MAX;

		/* near the lower bound? */
		if (state->keys.has_lower && lo.leaf == reader->leaf)
			row = smol_seek_leaf(reader, &state->keys.upper);
		if (row < reader->leaf_rows)
		{
			hi = smol_pos(lo.leaf, row);
			state->range.hi = reader->leaf_first_row + row;
		}
		else
			state->range.hi = find_row(reader, &state->keys.upper, &hi);
	}

	state->first_leaf = lo.leaf;
	state->leaves = hi.leaf + (hi.row > 0 ? 1 : 0) - lo.leaf;
	if (state->range.hi <= state->range.lo)
	{
		state->range.hi = state->range.lo;
		state->leaves = 0;
	}
	state->claim = state->range;
	state->walks = state->shared || scan->fold ||
		(state->leaves > 1 && smol_filters_have_zones(state->filters));
	if (state->shared == NULL)
		scan->counts.leaves_in_range += state->leaves;
}

/* Stand before the first row of our part of the range, or behind the last. */
static void
enter_claim(SmolBatchPrivate *state, bool forward)
{
	state->next = state->before = forward ? state->claim.lo : state->claim.hi;
	state->on_leaf = false;
}

/*
 * Parallel: claim the next stretch of the range at hand.  Returns false when the
 * range has been claimed to its end.  '*number' becomes that of the range that is
 * now being claimed, which may be ahead of ours.
 */
static bool
claim_stretch(SmolBatchScan *scan, bool forward, uint64 *number)
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
	if (claimed)
		enter_claim(state, forward);
	return claimed;
}

/*
 * Go to the next range in a direction, or the next stretch of it that is ours.
 * Without one, stay at the end of the last.
 */
static bool
next_range(SmolBatchScan *scan, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	const SmolMetaPageData *meta = &scan->reader->meta;
	uint64		target = state->number + 1;

	CHECK_FOR_INTERRUPTS();
	if (smol_filters_pass_nothing(state->filters))
		return false;
	if (!state->started)
	{
		smol_start_arrays(&state->keys, meta, state->scankeys, forward);
		state->started = true;
		target = state->number = 0;
		find_range(scan);
		if (state->shared == NULL)
		{
			enter_claim(state, forward);
			return true;
		}
	}
	if (state->shared && claim_stretch(scan, forward, &target))
		return true;

	for (;;)
	{
		if (state->keys.nturning == 0 && state->number != target)
			return false;

		/* others may be several ranges ahead */
		while (state->number != target)
		{
			if (!smol_step_arrays(&state->keys, meta, state->scankeys, forward))
			{
				/* the arrays have wrapped around */
				smol_start_arrays(&state->keys, meta, state->scankeys, !forward);
				if (state->shared == NULL)
				{
					find_range(scan);
					enter_claim(state, !forward);
				}
				return false;
			}
			state->number++;
		}
		find_range(scan);
		if (state->shared == NULL)
		{
			enter_claim(state, forward);
			return true;
		}
		if (claim_stretch(scan, forward, &target))
			return true;
	}
}

/* ---- leaves ---- */

/* A word of an inner page that is never NULL. */
static int64
inner_word(SmolReader *reader, Page page, BlockNumber blkno, int column, uint32 child)
{
	SmolChunk	chunk;
	SmolChunk	nulls;
	int64		word;
	SmolVec		vec = {.words = &word};

	(void) smol_page_chunk(page, &reader->inner[column], column, &chunk, &nulls);
	if (!smol_decode_chunk(&chunk, child, 1, &vec))
		smol_report_corrupt(reader->index, blkno, "inner page does not decode");
	return word;
}

/* An inner page; pinned until another of its level is asked for. */
static Page
get_inner(SmolBatchScan *scan, int level, BlockNumber blkno)
{
	SmolBatchPrivate *state = scan->state;

	if (state->inner_blocks[level] != blkno)
	{
		state->inner_blocks[level] = InvalidBlockNumber;
		state->inner_pages[level] = smol_load_inner(scan->reader, level, blkno);
		state->inner_blocks[level] = blkno;
	}
	return state->inner_pages[level];
}

/* The child that has a row, and its rows. */
static uint32
find_child(SmolReader *reader, Page page, BlockNumber blkno, uint64 row, Stretch *rows)
{
	SmolKey		key = {.direct = true,.word = (int64) row};
	SmolChunk	first_rows;
	SmolChunk	nulls;
	uint32		child;

	(void) smol_page_chunk(page, &reader->inner[SMOL_INNER_FIRST_ROW],
						   SMOL_INNER_FIRST_ROW, &first_rows, &nulls);
	child = smol_seek_chunk(&first_rows, 0, first_rows.n, &key, SMOL_BOUND_UPPER);
	if (child == SMOL_SEEK_CORRUPT)
		smol_report_corrupt(reader->index, blkno, "inner page does not decode");
	if (child > 0)
		child--;
	rows->lo = (uint64) inner_word(reader, page, blkno, SMOL_INNER_FIRST_ROW, child);
	rows->hi = rows->lo + (uint64) inner_word(reader, page, blkno, SMOL_INNER_NROWS, child);
	if (row < rows->lo || row >= rows->hi)
		smol_report_corrupt(reader->index, blkno, "row numbers have a gap");
	return child;
}

/* A folded batch: children of a page from one on, as far as they all pass. */
static void
fold_children(SmolBatchScan *scan, Page page, BlockNumber blkno, uint32 child,
			  Stretch rows, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	SmolBatch  *batch = &scan->batch;
	uint32		end = SmolPageGetPack(page)->nrows;

	state->on_leaf = false;
	batch->folded = true;
	batch->page = page;
	batch->child = child;
	batch->nchildren = 1;
	while (forward && child + batch->nchildren < end && rows.hi < state->claim.hi)
	{
		uint32		more = child + batch->nchildren;
		uint64		hi;

		if (smol_test_zone(state->filters, reader, page, blkno, more) != SMOL_ZONE_ALL)
			break;
		hi = rows.hi + (uint64) inner_word(reader, page, blkno, SMOL_INNER_NROWS, more);
		if (hi <= rows.hi || hi > state->range.hi)
			break;
		rows.hi = hi;
		batch->nchildren++;
	}
	batch->leaf = 0;
	batch->first = 0;
	batch->first_row = rows.lo;
	batch->n = batch->nmatch = rows.hi - rows.lo;
	batch->match = NULL;
	state->next = rows.hi;
	state->before = rows.lo;
	scan->counts.rows_folded += batch->n;
}

typedef enum Found
{
	FOUND_NOTHING,
	FOUND_LEAF,
	FOUND_FOLDED,
} Found;

/*
 * Ask inner pages for the next leaf that may have rows for us, or for children
 * to be folded.
 */
static Found
walk(SmolBatchScan *scan, bool forward, uint32 *leaf)
{
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	const SmolSegment *segment = reader->segment;

	state->on_leaf = false;
	while (forward ? state->next < state->claim.hi : state->before > state->claim.lo)
	{
		uint64		row = forward ? state->next : state->before - 1;
		BlockNumber blkno = segment->root;
		bool		skip = false;

		CHECK_FOR_INTERRUPTS();
		for (int level = segment->height; level > 0 && !skip; level--)
		{
			Page		page = get_inner(scan, level, blkno);
			Stretch		rows;
			uint32		child = find_child(reader, page, blkno, row, &rows);
			uint64		start = Max(rows.lo, state->range.lo);
			bool		ours = start >= state->claim.lo && start < state->claim.hi;
			SmolZone	zone = smol_test_zone(state->filters, reader, page, blkno, child);
			int64		next;

			if (zone == SMOL_ZONE_NONE || (level == 1 && !ours))
				skip = true;
			else if (zone == SMOL_ZONE_ALL && scan->fold &&
					 rows.lo >= state->range.lo && rows.hi <= state->range.hi)
			{
				if (ours)
				{
					fold_children(scan, page, blkno, child, rows, forward);
					return FOUND_FOLDED;
				}
				skip = true;
			}
			if (skip)
			{
				if (zone == SMOL_ZONE_NONE && ours)
					scan->counts.rows_skipped += Min(rows.hi, state->range.hi) - start;
				state->next = rows.hi;
				state->before = start;
				break;
			}
			next = inner_word(reader, page, blkno, SMOL_INNER_CHILD, child);
			if (next <= SMOL_META_BLKNO || next >= segment->root ||
				(level == 1 && (next < segment->first_leaf ||
								next >= (int64) segment->first_leaf + segment->nleaves)))
				smol_report_corrupt(reader->index, blkno, "child is out of bounds");
			blkno = (BlockNumber) next;
		}
		if (!skip)
		{
			*leaf = blkno - segment->first_leaf;
			return FOUND_LEAF;
		}
	}
	return FOUND_NOTHING;
}

/*
 * Go to the leaf that has the next row, and find its rows that are in the range.
 */
static void
enter_leaf(SmolBatchScan *scan, uint32 leaf, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	uint64		row = forward ? state->next : state->before - 1;

	if (leaf >= reader->segment->nleaves)
		smol_report_corrupt(reader->index, SMOL_META_BLKNO,
							"leaves have fewer rows than the tree says");
	smol_load_leaf(reader, leaf);
	if (row < reader->leaf_first_row ||
		row - reader->leaf_first_row >= reader->leaf_rows)
		smol_report_corrupt(reader->index, reader->segment->first_leaf + leaf,
							"leaf does not have the rows that the tree says");
	state->on_leaf = true;
	state->leaf = leaf;
	state->leaf_first_row = reader->leaf_first_row;
	state->leaf_rows.lo = Max(reader->leaf_first_row, state->range.lo);
	state->leaf_rows.hi = Min(reader->leaf_first_row + reader->leaf_rows,
							  state->range.hi);

	/* a leaf of our claim is ours as a whole */
	if (state->shared && !forward)
		state->before = state->leaf_rows.hi;
	scan->counts.leaves_read++;
}

/* ---- batches ---- */

/*
 * The next batch in a direction, of the leaf at hand or of the next one.
 */
static Found
next_rows(SmolBatchScan *scan, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	SmolBatch  *batch = &scan->batch;
	uint64		first;
	uint64		n;

	if (!state->on_leaf ||
		(forward ? state->next >= state->leaf_rows.hi : state->before <= state->leaf_rows.lo))
	{
		uint32		leaf;

		if (forward ? state->next >= state->claim.hi : state->before <= state->claim.lo)
			return FOUND_NOTHING;
		if (state->walks)
		{
			Found		found = walk(scan, forward, &leaf);

			if (found != FOUND_LEAF)
				return found;
		}
		else if (state->on_leaf)
			leaf = forward ? state->leaf + 1 : state->leaf - 1;
		else if (forward && state->next == state->range.lo)
			leaf = state->first_leaf;
		else if (walk(scan, forward, &leaf) != FOUND_LEAF)
			return FOUND_NOTHING;
		enter_leaf(scan, leaf, forward);
	}

	/* batches end at multiples, so that codecs can decode in blocks of theirs */
	if (forward)
	{
		first = state->next - state->leaf_first_row;
		n = Min(state->leaf_rows.hi - state->next, state->batch_rows);
		n = Min(n, SMOL_BATCH_ROWS - first % SMOL_BATCH_ROWS);
	}
	else
	{
		uint64		end = state->before - state->leaf_first_row;

		n = Min(state->before - state->leaf_rows.lo, state->batch_rows);
		n = Min(n, (end - 1) % SMOL_BATCH_ROWS + 1);
		first = end - n;
	}
	batch->folded = false;
	batch->leaf = state->leaf;
	batch->first = (uint32) first;
	batch->n = n;
	batch->first_row = state->leaf_first_row + first;
	state->next = batch->first_row + n;
	state->before = batch->first_row;
	state->batch_rows = Min(state->batch_rows * 8, SMOL_BATCH_ROWS);
	for (int c = 0; c < reader->meta.ncolumns; c++)
		state->columns[c].have_values = state->columns[c].have_nulls = false;
	state->have_selection = false;
	scan->counts.batches++;
	return FOUND_LEAF;
}

/*
 * Step to the next batch in a direction that has rows that pass; false at the
 * end, from where the other direction leads back.
 */
bool
smol_next_batch(SmolBatchScan *scan, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolBatch  *batch = &scan->batch;

	Assert(scan->judged && scan->usable);
	for (;;)
	{
		bool		all;

		CHECK_FOR_INTERRUPTS();
		switch (state->ranged ? next_rows(scan, forward) : FOUND_NOTHING)
		{
			case FOUND_FOLDED:
				return true;
			case FOUND_NOTHING:
				if (!next_range(scan, forward))
				{
					/* the way back begins here */
					if (forward)
						state->before = state->next;
					else
						state->next = state->before;
					state->on_leaf = false;
					return false;
				}
				state->ranged = true;
				continue;
			case FOUND_LEAF:
				break;
		}
		batch->nmatch = smol_apply_filters(state->filters, scan, state->match, &all);
		batch->match = all || batch->nmatch == batch->n ? NULL : state->match;
		if (batch->nmatch > 0)
			return true;
	}
}

/* ---- positions ---- */

/*
 * Remember the place of a row of the range at hand.
 */
void
smol_mark_batches(SmolBatchScan *scan, uint64 row, SmolMark *mark)
{
	const SmolScanKeys *keys = &scan->state->keys;

	mark->row = row;
	for (int t = 0; t < keys->nturning; t++)
		mark->elements[t] = keys->arrays[keys->turning[t]].at;
}

/*
 * Go there: the next batch, in either direction, begins beside the row.
 */
void
smol_restore_batches(SmolBatchScan *scan, const SmolMark *mark)
{
	SmolBatchPrivate *state = scan->state;
	SmolScanKeys *keys = &state->keys;

	Assert(state->shared == NULL && state->ranged);
	if (keys->nturning > 0)
	{
		for (int t = 0; t < keys->nturning; t++)
			keys->arrays[keys->turning[t]].at = mark->elements[t];
		smol_set_arrays(keys, &scan->reader->meta, state->scankeys);
		find_range(scan);
	}
	state->next = mark->row + 1;
	state->before = mark->row;
	state->on_leaf = false;
}

/* ---- columns ---- */

const int64 *
smol_batch_nulls(SmolBatchScan *scan, int column)
{
	SmolBatchPrivate *state = scan->state;
	BatchColumn *col = &state->columns[column];
	uint32		n = (uint32) scan->batch.n;

	if (!col->have_nulls)
	{
		if (!(scan->reader->meta.flags & SMOL_META_NULLS))
			return NULL;
		if (col->nulls_room < n)
		{
			if (col->nulls)
				pfree(col->nulls);
			col->nulls_room = 0;
			col->nulls = MemoryContextAlloc(state->context, sizeof(int64) * n);
			col->nulls_room = n;
		}
		col->any_null = smol_decode_column(scan->reader, column, scan->batch.first,
										   n, NULL, col->nulls);
		col->have_nulls = true;
	}
	return col->any_null ? col->nulls : NULL;
}

static void
decode_values(SmolBatchScan *scan, int column)
{
	SmolBatchPrivate *state = scan->state;
	BatchColumn *col = &state->columns[column];
	uint32		n = (uint32) scan->batch.n;

	if (col->room < n)
	{
		bool		words = SmolImageIsWord(scan->reader->meta.columns[column].image);

		if (col->vec.words)
			pfree(col->vec.words);
		if (col->vec.slices)
			pfree(col->vec.slices);
		col->vec.words = NULL;
		col->vec.slices = NULL;
		col->room = 0;
		if (words)
			col->vec.words = MemoryContextAlloc(state->context, sizeof(int64) * n);
		else
			col->vec.slices = MemoryContextAlloc(state->context, sizeof(SmolSlice) * n);
		col->room = n;
	}
	(void) smol_decode_column(scan->reader, column, scan->batch.first, n,
							  &col->vec, NULL);
	col->have_values = true;
}

const int64 *
smol_batch_words(SmolBatchScan *scan, int column)
{
	BatchColumn *col = &scan->state->columns[column];

	if (!col->have_values)
		decode_values(scan, column);
	return col->vec.words;
}

const SmolSlice *
smol_batch_slices(SmolBatchScan *scan, int column)
{
	BatchColumn *col = &scan->state->columns[column];

	if (!col->have_values)
		decode_values(scan, column);
	return col->vec.slices;
}

/* The rows of the batch that pass, in order; NULL: all of them. */
const uint16 *
smol_batch_selection(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;
	const uint8 *match = scan->batch.match;
	uint32		k = 0;

	if (match == NULL)
		return NULL;
	if (!state->have_selection)
	{
		for (uint32 i = 0; i < scan->batch.n; i++)
		{
			state->selection[k] = (uint16) i;
			k += match[i];
		}
		state->have_selection = true;
	}
	return state->selection;
}
