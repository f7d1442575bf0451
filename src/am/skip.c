/*-------------------------------------------------------------------------
 *
 * skip.c
 *	  Where to go on after a row that does not match.
 *
 * Conditions on later key columns don't bound a range of rows if an earlier
 * column is without a condition, or has a range of its own: with an index on (a,
 * b), "b = 5" matches a few rows below each value of a.  Such conditions are
 * filters.  But a row that fails one of them tells more than that.  Let c be the
 * first column on which it fails, and let the scan go forward:
 *
 *	- its value is before those that match: no row matches before the first one
 *	  that has the same values in the columns before c, and in c the first
 *	  value that can match;
 *	- its value is behind those that match: no row matches that has the same
 *	  values in the columns before c.
 *
 * Either way there is a position to search for, made of the row's own values.
 * So the values of a leading column that nobody asked for are found in the index
 * itself, one after the other, whatever its type (nbtree calls this a skip scan,
 * and needs to know a type's next value to do it in one search rather than two).
 * All of it holds backward as well.
 *
 * A search costs more than filtering the rows that it passes over, if these are
 * few.  So it is tried after a whole batch of rows has failed; and after a
 * search that did not pay the scan waits for some batches, for more each time,
 * before it tries again.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/skip.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/nbtree.h"
#include "am/smolskip.h"
#include "utils/memutils.h"

/* Batches to wait after a search that did not pay, at most. */
#define MAX_WAIT		64

/* A value and the values that match, in index order. */
typedef enum Side
{
	SIDE_MATCH,					/* it is one of them */
	SIDE_BEFORE,
	SIDE_BEHIND,
	SIDE_BETWEEN,				/* before some and behind others */
} Side;

struct SmolSkip
{
	SmolReader *reader;
	SmolScanKeys *keys;
	uint32		wait;			/* batches before the next try */
	uint32		penalty;		/* batches to wait after a failure */

	SmolSlice  *slice;			/* a string of a row; and where it may lie */
	uint8	   *arena;

	/* to compare with values of a row, by key column; made when needed */
	bool		ready[INDEX_MAX_KEYS];
	SmolComparator comparators[INDEX_MAX_KEYS];
	SmolKeyOrder orders[INDEX_MAX_KEYS];
	MemoryContext context;		/* the comparators' */
	MemoryContext value_context;	/* the values' */
};

SmolSkip *
smol_make_skip(SmolReader *reader, SmolScanKeys *keys)
{
	SmolSkip   *skip = palloc0(sizeof(SmolSkip));

	skip->reader = reader;
	skip->keys = keys;
	skip->slice = palloc(sizeof(SmolSlice));
	skip->arena = palloc(SMOL_MAX_ARENA_WIDTH);
	skip->context = CurrentMemoryContext;
	skip->value_context = AllocSetContextCreate(CurrentMemoryContext,
												"smol skip",
												ALLOCSET_SMALL_SIZES);
	return skip;
}

void
smol_free_skip(SmolSkip *skip)
{
	MemoryContextDelete(skip->value_context);
	pfree(skip->slice);
	pfree(skip->arena);
	pfree(skip);
}

/* A batch has failed: is it time to try? */
bool
smol_may_skip(SmolSkip *skip)
{
	if (skip->wait == 0)
		return true;
	skip->wait--;
	return false;
}

/* Did the last try pay? */
void
smol_judge_skip(SmolSkip *skip, bool paid)
{
	if (paid)
		skip->penalty /= 2;
	else
	{
		skip->penalty = Min(2 * skip->penalty + 1, MAX_WAIT);
		skip->wait = skip->penalty;
	}
}

/* The filter's argument, in index order. */
static SmolKeyOrder *
order_of(SmolSkip *skip, const SmolFilter *filter)
{
	return &skip->keys->orders[filter->cmp - skip->keys->comparators];
}

/* A filter's strategy, in index order. */
static StrategyNumber
strategy_of(SmolSkip *skip, const SmolFilter *filter)
{
	return order_of(skip, filter)->descending ?
		BTMaxStrategyNumber + 1 - filter->strategy : filter->strategy;
}

/* Compare a value with the argument at hand, in index order. */
static int
compare(SmolKeyOrder *order, const SmolValue *value)
{
	int			c = smol_compare_argument(order->cmp, value->word, value->slice);

	return order->descending ? -c : c;
}

/* The first element of the filter's array that a value is not behind. */
static int
find_element(SmolSkip *skip, const SmolFilter *filter, const SmolValue *value)
{
	SmolKeyOrder *order = order_of(skip, filter);
	int			lo = 0;
	int			hi = filter->array->n;

	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;

		filter->cmp->argument = filter->array->elements[mid];
		if (compare(order, value) > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * On which side of the values that pass a filter is a value?  Leaves the
 * argument of an array's filter at the next element in the scan's direction.
 */
static Side
side_of(SmolSkip *skip, const SmolFilter *filter, bool forward,
		const SmolValue *value, bool isnull)
{
	uint8		flags = skip->reader->meta.columns[filter->column].flags;
	bool		nulls_first = (flags & SMOL_COLUMN_NULLS_FIRST) != 0;
	int			c;

	if (filter->nulltest && filter->isnull)
		return isnull ? SIDE_MATCH : nulls_first ? SIDE_BEHIND : SIDE_BEFORE;
	if (isnull)
		return nulls_first ? SIDE_BEFORE : SIDE_BEHIND;
	if (filter->nulltest)
		return SIDE_MATCH;

	if (filter->array && filter->array->n > 1)
	{
		int			n = filter->array->n;
		int			next = find_element(skip, filter, value);

		if (next < n)
		{
			filter->cmp->argument = filter->array->elements[next];
			if (compare(order_of(skip, filter), value) == 0)
				return SIDE_MATCH;
		}
		if (next > 0 && !forward)
			filter->cmp->argument = filter->array->elements[next - 1];
		return next == 0 ? SIDE_BEFORE : next == n ? SIDE_BEHIND : SIDE_BETWEEN;
	}

	c = compare(order_of(skip, filter), value);
	switch (strategy_of(skip, filter))
	{
		case BTLessStrategyNumber:
			return c < 0 ? SIDE_MATCH : SIDE_BEHIND;
		case BTLessEqualStrategyNumber:
			return c <= 0 ? SIDE_MATCH : SIDE_BEHIND;
		case BTEqualStrategyNumber:
			return c < 0 ? SIDE_BEFORE : c > 0 ? SIDE_BEHIND : SIDE_MATCH;
		case BTGreaterEqualStrategyNumber:
			return c >= 0 ? SIDE_MATCH : SIDE_BEFORE;
		case BTGreaterStrategyNumber:
			return c > 0 ? SIDE_MATCH : SIDE_BEFORE;
		default:
			elog(ERROR, "unexpected strategy %d", filter->strategy);
	}
}

/*
 * Append to the key where a filter's values begin (forward) or end (backward).
 * Returns false if later columns can't be appended to that.
 */
static bool
append_end(SmolSkip *skip, const SmolFilter *filter, bool forward, bool isnull,
		   SmolSearchKey *key)
{
	StrategyNumber strategy;
	bool		inclusive;

	if (isnull || filter->nulltest)
	{
		/* from a NULL to the others, or the other way round */
		smol_append_null(key);
		inclusive = !isnull;
	}
	else
	{
		smol_append_argument(key, order_of(skip, filter));
		strategy = strategy_of(skip, filter);
		inclusive = strategy != BTLessStrategyNumber &&
			strategy != BTGreaterStrategyNumber;
	}
	key->bound = inclusive == forward ? SMOL_BOUND_LOWER : SMOL_BOUND_UPPER;
	return inclusive && !isnull && !filter->nulltest;
}

/*
 * Append where the values begin (forward) or end (backward) that pass the
 * filters of the columns from 'column' on, as far as these follow each other.
 */
static void
append_later(SmolSkip *skip, int column, bool forward, SmolSearchKey *key)
{
	for (; column < skip->reader->meta.nkeys; column++)
	{
		const SmolFilter *found = NULL;

		for (int f = 0; f < skip->keys->nfilters && !found; f++)
		{
			const SmolFilter *filter = &skip->keys->filters[f];
			StrategyNumber strategy;

			if (filter->column != column || filter->nulltest)
				continue;
			strategy = strategy_of(skip, filter);
			if (strategy == BTEqualStrategyNumber ||
				(strategy > BTEqualStrategyNumber) == forward)
				found = filter;
		}
		if (!found)
			return;
		if (found->array && found->array->n > 1)
			found->cmp->argument = found->array->elements[forward ? 0 : found->array->n - 1];
		if (!append_end(skip, found, forward, false, key))
			return;
	}
}

/* Append a row's own value. */
static void
append_value(SmolSkip *skip, int column, const SmolValue *value, bool isnull,
			 SmolSearchKey *key)
{
	SmolComparator *cmp = &skip->comparators[column];
	MemoryContext old;

	if (isnull)
	{
		smol_append_null(key);
		return;
	}
	if (!skip->ready[column])
	{
		const SmolColumnDesc *desc = &skip->reader->meta.columns[column];

		old = MemoryContextSwitchTo(skip->context);
		smol_init_comparator(cmp, skip->reader->index, column, desc, InvalidOid);
		skip->orders[column].cmp = cmp;
		skip->orders[column].descending = (desc->flags & SMOL_COLUMN_DESC) != 0;
		MemoryContextSwitchTo(old);
		skip->ready[column] = true;
	}
	old = MemoryContextSwitchTo(skip->value_context);
	smol_value_to_argument(cmp, value->word, value->slice, &cmp->argument);
	MemoryContextSwitchTo(old);
	smol_append_argument(key, &skip->orders[column]);
}

/*
 * A row of the reader's leaf does not match.  Make the key to search for where
 * rows may match again; a key without columns stands for the end of the scan.
 * (Forward, these rows are not before the position found, backward they are.)
 * 'column' becomes the one that does not match.  Returns false if that can't be
 * told.
 */
bool
smol_find_skip(SmolSkip *skip, uint32 row, bool forward, SmolSearchKey *key,
			   int *column)
{
	SmolReader *reader = skip->reader;
	int			f = 0;

	MemoryContextReset(skip->value_context);
	key->nkeys = 0;

	/* filters come in the order of the columns */
	for (int c = 0; c < reader->meta.nkeys && f < skip->keys->nfilters; c++)
	{
		const SmolFilter *target = NULL;
		bool		over = false;	/* no more matches in this direction */
		SmolValue	value = {0};
		SmolVec		vec = {.arena = skip->arena,.arena_size = SMOL_MAX_ARENA_WIDTH};
		int64		null = 0;
		bool		isnull;

		if (SmolImageIsWord(reader->meta.columns[c].image))
			vec.words = &value.word;
		else
			vec.slices = skip->slice;
		isnull = smol_decode_column(reader, c, row, 1, &vec, &null) && null != 0;
		if (vec.slices)
			value.slice = *skip->slice;

		for (; f < skip->keys->nfilters && skip->keys->filters[f].column == c; f++)
		{
			const SmolFilter *filter = &skip->keys->filters[f];
			Side		side = side_of(skip, filter, forward, &value, isnull);

			if (side == SIDE_MATCH)
				continue;
			if (side == (forward ? SIDE_BEHIND : SIDE_BEFORE))
				over = true;
			else if (target == NULL)
				target = filter;
		}
		if (over)
		{
			key->bound = forward ? SMOL_BOUND_UPPER : SMOL_BOUND_LOWER;
			*column = c;
			return true;
		}
		if (target)
		{
			if (append_end(skip, target, forward, isnull, key))
				append_later(skip, c + 1, forward, key);
			*column = c;
			return true;
		}
		append_value(skip, c, &value, isnull, key);
	}
	return false;
}
