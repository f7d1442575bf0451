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
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/batches.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolbatches.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "tree/smolwalk.h"
#include "utils/memutils.h"

/* Where leaves may be left out, read ahead when so many came in a row. */
#define ROW_OF_LEAVES	8

/* ---- begin and end ---- */

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
	smol_make_scankeys(state, conditions);
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
	if (scan->state->ahead)
		smol_free_walk(scan->state->ahead);
	smol_release_pins(scan->reader);
}

/* ---- leaves ---- */

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
find_child(SmolReader *reader, Page page, BlockNumber blkno, uint64 row, SmolStretch *rows)
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
	rows->lo = (uint64) smol_inner_word(reader, page, blkno, SMOL_INNER_FIRST_ROW, child);
	rows->hi = rows->lo + (uint64) smol_inner_word(reader, page, blkno, SMOL_INNER_NROWS, child);
	if (row < rows->lo || row >= rows->hi)
		smol_report_corrupt(reader->index, blkno, "row numbers have a gap");
	return child;
}

/*
 * Is a child part of our claim?  A leaf is as a whole if it begins there.  Of what
 * is above leaves, claims may share a child, and then it is for its own children
 * to say.
 */
static bool
is_claimed(SmolBatchPrivate *state, int level, uint64 start, uint64 end)
{
	return start >= state->claim.lo &&
		(level == 1 ? start < state->claim.hi : end <= state->claim.hi);
}

/* Will the caller have a child folded, all of whose rows pass? */
static bool
may_fold(SmolBatchScan *scan, Page page, BlockNumber blkno, uint32 child)
{
	return scan->may_fold == NULL || scan->may_fold(scan->fold_arg, page, blkno, child);
}

/* A folded batch of these rows. */
static void
make_folded(SmolBatchScan *scan, SmolStretch rows)
{
	SmolBatchPrivate *state = scan->state;
	SmolBatch  *batch = &scan->batch;

	state->on_leaf = false;
	batch->folded = true;
	batch->leaf = 0;
	batch->first = 0;
	batch->first_row = rows.lo;
	batch->n = batch->nmatch = rows.hi - rows.lo;
	batch->match = NULL;
	state->next = rows.hi;
	state->before = rows.lo;
	scan->counts.rows_folded += batch->n;
}

/* Children of a page from one on, as far as they all pass. */
static void
fold_children(SmolBatchScan *scan, int level, Page page, BlockNumber blkno,
			  uint32 child, SmolStretch rows, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	uint32		end = SmolPageGetPack(page)->nrows;

	for (uint32 more = child + 1; forward && more < end; more++)
	{
		uint64		hi;

		if (smol_test_zone(state->filters, reader, page, blkno, more) != SMOL_ZONE_ALL ||
			!may_fold(scan, page, blkno, more))
			break;
		hi = rows.hi + (uint64) smol_inner_word(reader, page, blkno, SMOL_INNER_NROWS, more);
		if (hi <= rows.hi || hi > state->range.hi ||
			!is_claimed(state, level, rows.hi, hi))
			break;
		rows.hi = hi;
	}
	make_folded(scan, rows);
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
			SmolStretch rows;
			uint32		child = find_child(reader, page, blkno, row, &rows);
			uint64		start = Max(rows.lo, state->range.lo);
			bool		ours = start >= state->claim.lo && start < state->claim.hi;
			SmolZone	zone = smol_test_zone(state->filters, reader, page, blkno, child);

			if (level == 1 && ours && zone == SMOL_ZONE_SOME &&
				smol_filters_exclude_leaf(state->filters, reader, page, blkno, child))
			{
				scan->counts.leaves_excluded++;
				state->next = rows.hi;
				state->before = start;
				skip = true;
				break;
			}
			if (zone == SMOL_ZONE_NONE || (level == 1 && !ours))
				skip = true;
			else if (zone == SMOL_ZONE_ALL && scan->fold &&
					 rows.lo >= state->range.lo && rows.hi <= state->range.hi &&
					 is_claimed(state, level, rows.lo, rows.hi) &&
					 may_fold(scan, page, blkno, child))
			{
				fold_children(scan, level, page, blkno, child, rows, forward);
				return FOUND_FOLDED;
			}
			if (skip)
			{
				if (zone == SMOL_ZONE_NONE && ours)
					scan->counts.rows_skipped += Min(rows.hi, state->range.hi) - start;
				state->next = rows.hi;
				state->before = start;
				break;
			}
			blkno = smol_child_block(reader, page, blkno, level, child);
		}
		if (!skip)
		{
			*leaf = blkno - segment->first_leaf;
			return FOUND_LEAF;
		}
	}
	return FOUND_NOTHING;
}

/* The leaf that has a row. */
static uint32
leaf_of_row(SmolBatchScan *scan, uint64 row, SmolStretch *rows)
{
	const SmolSegment *segment = scan->reader->segment;
	BlockNumber blkno = segment->root;

	for (int level = segment->height; level > 0; level--)
	{
		Page		page = get_inner(scan, level, blkno);
		uint32		child = find_child(scan->reader, page, blkno, row, rows);

		blkno = smol_child_block(scan->reader, page, blkno, level, child);
	}
	return blkno - segment->first_leaf;
}

/* The last leaf that is ours, in a direction, of the range or our claim of it. */
static uint32
last_leaf(SmolBatchScan *scan, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolStretch rows;
	uint32		leaf;

	if (state->shared)
	{
		leaf = leaf_of_row(scan, forward ? state->claim.hi - 1 : state->claim.lo, &rows);
		return !forward && Max(rows.lo, state->range.lo) < state->claim.lo ? leaf + 1 : leaf;
	}
	if (!forward)
		return state->lo.leaf;
	return state->hi.row > 0 ? state->hi.leaf : state->hi.leaf - 1;
}

/*
 * Have the reader on a leaf.  Where it comes after the one at hand, as those before
 * did, it comes from a stream that reads ahead: of the leaves that follow all are
 * then likely to be read.
 */
static void
load_leaf(SmolBatchScan *scan, uint32 leaf, bool forward)
{
	static const SmolScanKeys no_filters;
	SmolBatchPrivate *state = scan->state;
	SmolReader *reader = scan->reader;
	bool		new_claim = state->new_claim;

	/* what lies between two claims others read */
	state->new_claim = false;
	if (!smol_on_leaf(reader, forward ? leaf - 1 : leaf + 1))
	{
		if (!new_claim)
			state->in_a_row = 0;
	}
	else if (++state->in_a_row > (state->walks ? ROW_OF_LEAVES : 0))
	{
		if (state->ahead == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(state->context);

			state->ahead = smol_make_walk(reader);
			MemoryContextSwitchTo(old);
		}
		if (!smol_walk_goes_on(state->ahead, forward))
			smol_start_walk(state->ahead, &no_filters, last_leaf(scan, forward), forward,
							state->shared != NULL);
		if (smol_next_leaf(state->ahead))
		{
			Assert(reader->leaf == leaf);
			return;
		}
	}
	if (state->ahead)
		smol_stop_walk(state->ahead);
	smol_load_leaf(reader, leaf);
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
	load_leaf(scan, leaf, forward);
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
 * Is all that is left of the range to be one folded batch?  Then whoever takes it
 * finds the children that it has by itself, edges too.  Not for so few leaves that
 * it is better to read them.
 */
static bool
folds_range(SmolBatchScan *scan, bool forward)
{
	SmolBatchPrivate *state = scan->state;

	return scan->fold && scan->may_fold == NULL && forward && state->shared == NULL &&
		state->leaves > 2 && smol_filters_pass_all(state->filters);
}

/*
 * The next batch in a direction, of the leaf at hand or of the next one.
 */
static Found
next_rows(SmolBatchScan *scan, bool forward)
{
	SmolBatchPrivate *state = scan->state;
	SmolBatch  *batch = &scan->batch;
	uint64		first;
	uint64		n;

	if (!state->on_leaf ||
		(forward ? state->next >= state->leaf_rows.hi : state->before <= state->leaf_rows.lo))
	{
		uint32		leaf;
		SmolStretch rest;

		if (forward ? state->next >= state->claim.hi : state->before <= state->claim.lo)
			return FOUND_NOTHING;
		if (folds_range(scan, forward))
		{
			rest.lo = state->next;
			rest.hi = state->range.hi;
			make_folded(scan, rest);
			return FOUND_FOLDED;
		}
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
	smol_drop_columns(scan);
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
				if (!smol_next_range(scan, forward))
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

/*
 * Before the first batch: leave out rows at the end where the scan begins, in the
 * direction it takes.  If the result is not 0, the last so many of them are in the
 * batch that was just read.
 *
 * If every row of the ranges passes, rows are only numbers.
 */
uint64
smol_skip_rows(SmolBatchScan *scan, bool forward, uint64 rows)
{
	SmolBatchPrivate *state = scan->state;

	Assert(scan->judged && scan->usable && !state->ranged && state->shared == NULL);
	while (rows > 0 && !smol_filters_pass_all(state->filters))
	{
		if (!smol_next_batch(scan, forward))
			return 0;
		if (scan->batch.nmatch > rows)
			return rows;
		rows -= scan->batch.nmatch;
	}
	while (rows > 0 && smol_next_range(scan, forward))
	{
		uint64		n = Min(rows, state->range.hi - state->range.lo);

		state->ranged = true;
		state->next = state->before = forward ? state->range.lo + n : state->range.hi - n;
		scan->counts.rows_passed += n;
		rows -= n;
	}
	return 0;
}
