/*-------------------------------------------------------------------------
 *
 * ranges.c
 *	  Which rows of an index: the ranges that the key conditions give.
 *
 * One range, or one for each combination of array elements, as numbers of rows;
 * in a parallel scan the stretches of them that are ours.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/ranges.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "exec/smolbatches.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "tree/smolwalk.h"
#include "utils/memutils.h"

/* Rows of the first batch: of point lookups there is no second one. */
#define FIRST_BATCH		32

/* What it costs to find a range, in heap blocks whose visibility is swept. */
#define BLOCKS_PER_RANGE	32768

/* The key conditions as scan keys; arguments come with each rescan. */
void
smol_make_scankeys(SmolBatchPrivate *state, const SmolConditions *conditions)
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

/*
 * Start over with the arguments that the conditions have now.  Another verdict
 * is needed: it was on the ranges of the last rescan.
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

	state->started = state->located = state->ranged = state->on_leaf = false;
	state->in_a_row = 0;
	if (state->ahead)
		smol_stop_walk(state->ahead);
	scan->judged = false;
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
locate_range(SmolBatchScan *scan)
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

	state->lo = lo;
	state->hi = hi;
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
}

/* Likewise, to go through it. */
static void
find_range(SmolBatchScan *scan)
{
	SmolBatchPrivate *state = scan->state;

	if (!state->located)
		locate_range(scan);
	state->located = false;
	scan->counts.searches++;
	if (state->shared == NULL)
		scan->counts.leaves_in_range += state->leaves;
}

/* ---- claims of a verdict ---- */

/*
 * Let the verdict be on each range of this rescan.
 */
void
smol_claim_each_range(SmolBatchScan *scan, SmolProof *proof)
{
	SmolBatchPrivate *state = scan->state;
	const SmolMetaPageData *meta = &scan->reader->meta;

	smol_drop_claims(proof);
	smol_start_arrays(&state->keys, meta, state->scankeys, true);
	do
	{
		CHECK_FOR_INTERRUPTS();
		locate_range(scan);
		smol_claim_rows(proof, state->lo, state->hi);
	} while (smol_step_arrays(&state->keys, meta, state->scankeys, true));
}

/*
 * Let the verdict be on the ranges of this rescan, before the first batch of it.
 * All of them: rows of the first are out before the last is looked at.  Returns
 * whether it is on what lies between them, too.
 */
bool
smol_claim_ranges(SmolBatchScan *scan, SmolProof *proof)
{
	SmolBatchPrivate *state = scan->state;
	const SmolMetaPageData *meta = &scan->reader->meta;
	SmolScanKeys *keys = &state->keys;
	double		nranges = 1;
	SmolPos		end;

	if (smol_filters_pass_nothing(state->filters))
		return false;
	if (keys->nturning == 0)
	{
		/* it need not be found again */
		smol_start_arrays(keys, meta, state->scankeys, true);
		locate_range(scan);
		state->located = true;
		smol_claim_rows(proof, state->lo, state->hi);
		return false;
	}

	/* two descents, unless it is better to find each range */
	smol_start_arrays(keys, meta, state->scankeys, false);
	locate_range(scan);
	end = state->hi;
	smol_start_arrays(keys, meta, state->scankeys, true);
	locate_range(scan);

	for (int t = 0; t < keys->nturning; t++)
		nranges *= keys->arrays[keys->turning[t]].n;
	if (smol_claim_rows(proof, state->lo, end) < nranges * BLOCKS_PER_RANGE)
		return true;
	smol_claim_each_range(scan, proof);
	return false;
}

/* ---- from one to the next ---- */

/* Stand before the first row of our part of the range, or behind the last. */
static void
enter_claim(SmolBatchPrivate *state, bool forward)
{
	state->next = state->before = forward ? state->claim.lo : state->claim.hi;
	state->on_leaf = false;
}

/* Parallel: go to the next stretch of the range at hand that is ours. */
static bool
claim(SmolBatchScan *scan, bool forward, uint64 *number)
{
	if (!smol_claim_stretch(scan, forward, number))
		return false;
	enter_claim(scan->state, forward);
	scan->state->new_claim = true;
	return true;
}

/*
 * Go to the next range in a direction, or the next stretch of it that is ours.
 * Without one, stay at the end of the last.
 */
bool
smol_next_range(SmolBatchScan *scan, bool forward)
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
	if (state->shared && claim(scan, forward, &target))
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
		if (claim(scan, forward, &target))
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
