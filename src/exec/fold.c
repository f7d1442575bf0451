/*-------------------------------------------------------------------------
 *
 * fold.c
 *	  Values into aggregate states: vectors, or what the tree knows of a whole
 *	  subtree.
 *
 * Vectors have neither NULLs nor rows that a filter has turned away.  Sums of
 * words are exact, so their order does not matter.  Sums of floats are taken in
 * the order of the index, one value after the other, by the same arithmetic as
 * PostgreSQL's own: no partial sums, so that they overflow where those do.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/fold.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "codec/kernels.h"
#include "datatype/timestamp.h"
#include "exec/smolagg.h"
#include "utils/float.h"

StaticAssertDecl(sizeof(SmolCell) % MAXIMUM_ALIGNOF == 0, "cells lie side by side");

/* Bytes of an aggregate's state. */
Size
smol_cell_size(SmolFold fold)
{
	if (fold == SMOL_FOLD_SQUARES)
		return sizeof(SmolCell) + sizeof(SmolSquares);
	if (fold == SMOL_FOLD_INTERVAL_SUM)
		return sizeof(SmolCell) + sizeof(SmolIntervals);
	return sizeof(SmolCell);
}

static inline SmolCell *
get_cell(const SmolAggregate *agg, char *state)
{
	return (SmolCell *) (state + agg->offset);
}

static inline SmolSquares *
get_squares(SmolCell *cell)
{
	return (SmolSquares *) (cell + 1);
}

/* ---- one value ---- */

static inline void
add_square(SmolCell *cell, int64 word)
{
	SmolSquares *squares = get_squares(cell);
	uint64		size = word < 0 ? -(uint64) word : (uint64) word;
	uint128		square = (uint128) size * size;

	cell->u.sum += word;
	squares->low += square;
	if (squares->low < square)
		squares->high++;
}

static inline void
add_interval(SmolCell *cell, SmolSlice slice)
{
	SmolIntervals *intervals = (SmolIntervals *) (cell + 1);
	Interval	interval;

	Assert(slice.len == sizeof(interval));
	memcpy(&interval, slice.ptr, sizeof(interval));
	if (INTERVAL_NOT_FINITE(&interval))
	{
		cell->nans++;
		intervals->before_all += INTERVAL_IS_NOBEGIN(&interval);
		return;
	}
	cell->u.sum += interval.time;
	intervals->days += interval.day;
	intervals->months += interval.month;
}

static inline void
add_float_extreme(SmolCell *cell, double value, int64 word, uint8 image, bool max)
{
	if (cell->n == 0)
		cell->u.word = word;
	else
	{
		int			c = smol_compare_floats(value, smol_word_to_float(image, cell->u.word));

		if (max ? c > 0 : c < 0)
			cell->u.word = word;
	}
}

/* The state of a sum of floats; loops keep it in registers. */
typedef struct Running
{
	double		n;
	double		sum;
	double		squares;
} Running;

static inline Running
get_running(const SmolCell *cell)
{
	Running		running = {(double) cell->n, cell->u.f.sum, cell->u.f.squares};

	return running;
}

static inline void
set_running(SmolCell *cell, Running running)
{
	cell->u.f.sum = running.sum;
	cell->u.f.squares = running.squares;
}

/* float8pl's step, or float4pl's */
static inline void
add_float(Running *running, double value, bool is_float4)
{
	double		old = running->sum;
	double		sum;

	if (running->n == 0)
		sum = value;
	else if (is_float4)
		sum = (float4) old + (float4) value;
	else
		sum = old + value;
	if (unlikely(isinf(sum)) && !isinf(old) && !isinf(value))
		float_overflow_error();
	running->sum = sum;
	running->n += 1.0;
}

/* float8_accum's step */
static inline void
accum_float(Running *running, double value)
{
	double		before = running->n;
	double		n = before + 1.0;
	double		sum = running->sum + value;
	double		squares = running->squares;

	if (likely(before > 0.0))
	{
		double		tmp = value * n - sum;

		squares += tmp * tmp / (n * before);
		if (unlikely(isinf(sum) || isinf(squares)))
		{
			if (!isinf(running->sum) && !isinf(value))
				float_overflow_error();
			squares = get_float8_nan();
		}
	}
	else if (isnan(value) || isinf(value))
		squares = get_float8_nan();
	running->n = n;
	running->sum = sum;
	running->squares = squares;
}

/* ---- minimum and maximum of values of any type ---- */

/*
 * Strings that have been compared, by place: with most codecs equal strings of a
 * leaf are one string in one place.
 */
#define SEEN_BITS	8

typedef struct SmolSeen
{
	const uint8 *ptr;			/* NULL: none */
	uint32		len;
	uint32		group;
} SmolSeen;

/* Fewer strings are not worth clearing what has been seen. */
#define WORTH_SEEING	32

/* Set up what folding needs; the column's (base) type is this. */
void
smol_begin_fold(SmolAggregate *agg, Oid type)
{
	if (!smol_aggregate_keeps_value(agg->type))
		return;
	agg->cmp = palloc(sizeof(SmolComparator));
	smol_init_value_comparator(agg->cmp, &agg->desc, type, agg->collation);
	agg->seen = palloc(sizeof(SmolSeen) << SEEN_BITS);
}

/* Keep a value, if it comes before the one that is kept (behind, if a maximum). */
static void
keep_extreme(const SmolAggregate *agg, SmolCell *cell, int64 word, SmolSlice slice)
{
	SmolComparator *cmp = agg->cmp;
	bool		is_word = SmolImageIsWord(agg->desc.image);
	Size		need = is_word ? sizeof(word) : smol_datum_room(&agg->desc, slice);

	if (cell->u.value.room > 0)
	{
		const SmolSlice none = {NULL, 0};
		int			c;

		if (is_word)
		{
			cmp->argument.word = cell->u.value.u.word;
			cmp->argument.datum = smol_make_datum(&agg->desc, cell->u.value.u.word, none, NULL);
		}
		else
		{
			char	   *bytes = cell->u.value.u.bytes;

			cmp->argument.datum = PointerGetDatum(bytes);
			cmp->argument.slice.ptr = (const uint8 *) bytes +
				(agg->desc.image == SMOL_IMAGE_VARLENA ? VARHDRSZ : 0);
			cmp->argument.slice.len = cell->u.value.len;
		}
		c = smol_compare_argument(cmp, word, slice);
		if (agg->type->fold == SMOL_FOLD_VALUE_MAX ? c <= 0 : c >= 0)
			return;
	}
	if (is_word)
		cell->u.value.u.word = word;
	else
	{
		if (cell->u.value.room < need)
		{
			smol_forget_value(agg, (char *) cell - agg->offset);
			cell->u.value.u.bytes = MemoryContextAlloc(agg->context, need);
		}
		(void) smol_make_datum(&agg->desc, 0, slice, cell->u.value.u.bytes);
		cell->u.value.len = slice.len;
	}
	cell->u.value.room = Max(cell->u.value.room, need);
}

/*
 * The same of a value that has been counted.
 */
void
smol_keep_extreme(const SmolAggregate *agg, char *state, int64 word, SmolSlice slice)
{
	keep_extreme(agg, get_cell(agg, state), word, slice);
}

/*
 * Free the value that is kept.
 */
void
smol_forget_value(const SmolAggregate *agg, char *state)
{
	SmolCell   *cell = get_cell(agg, state);

	if (cell->u.value.room > 0 && !SmolImageIsWord(agg->desc.image))
		pfree(cell->u.value.u.bytes);
	cell->u.value.room = 0;
}

/* Take in values of groups (NULL: of one), whose cells are so far apart. */
static void
fold_extremes(const SmolAggregate *agg, char *cells, Size stride, const uint32 *groups,
			  SmolValues values, uint32 n)
{
	bool		memo = values.slices && n >= WORTH_SEEING &&
		agg->cmp->order == SMOL_ORDER_FMGR;
	SmolSlice	slice = {NULL, 0};

	if (memo)
		memset(agg->seen, 0, sizeof(SmolSeen) << SEEN_BITS);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		group = groups ? groups[i] : 0;
		SmolCell   *cell = (SmolCell *) (cells + group * stride);

		cell->n++;
		if (values.slices)
		{
			SmolSlice	last = slice;

			slice = values.slices[i];
			if (i > 0 && slice.ptr == last.ptr && slice.len == last.len &&
				group == (groups ? groups[i - 1] : 0))
				continue;
		}
		if (memo)
		{
			uint64		hash = ((uint64) (uintptr_t) slice.ptr + group) *
				UINT64CONST(0x9E3779B97F4A7C15);
			SmolSeen   *seen = &agg->seen[hash >> (64 - SEEN_BITS)];

			if (seen->ptr == slice.ptr && seen->ptr != NULL && seen->len == slice.len &&
				seen->group == group)
				continue;
			seen->ptr = slice.ptr;
			seen->len = slice.len;
			seen->group = group;
		}
		keep_extreme(agg, cell, values.words ? values.words[i] : 0, slice);
	}
}

/* ---- vectors ---- */

/* Bits of all words together with some. */
static int64
fold_bits(SmolFold fold, int64 bits, const int64 *words, uint32 n)
{
	switch (fold)
	{
		case SMOL_FOLD_BIT_AND:
			for (uint32 i = 0; i < n; i++)
				bits &= words[i];
			break;
		case SMOL_FOLD_BIT_OR:
			for (uint32 i = 0; i < n; i++)
				bits |= words[i];
			break;
		default:
			for (uint32 i = 0; i < n; i++)
				bits ^= words[i];
	}
	return bits;
}

/* Bits of no words at all. */
static inline int64
no_bits(SmolFold fold)
{
	return fold == SMOL_FOLD_BIT_AND ? -1 : 0;
}

/* How many are a decimal's NaN? */
static uint32
count_nans(const int64 *words, uint32 n)
{
	uint64		nans = 0;

	for (uint32 i = 0; i < n; i++)
		nans += words[i] == SMOL_DECIMAL_NAN;
	return (uint32) nans;
}

/*
 * Floats one after the other, as float8pl adds them.  Overflow shows at the end: a
 * sum that was infinite is not finite again.  Then go back, and see where it came
 * from.
 */
static void
add_floats(Running *running, const int64 *words, uint32 n)
{
	double		sum;
	uint32		i = 0;

	if (running->n == 0)
		add_float(running, smol_word_to_float(SMOL_IMAGE_FLOAT8, words[i++]), false);
	sum = running->sum;
	for (uint32 k = i; k < n; k++)
		sum += smol_word_to_float(SMOL_IMAGE_FLOAT8, words[k]);
	if (likely(isfinite(sum)))
	{
		running->sum = sum;
		running->n += n - i;
		return;
	}
	for (; i < n; i++)
		add_float(running, smol_word_to_float(SMOL_IMAGE_FLOAT8, words[i]), false);
}

/*
 * Take values of one group into its state.
 */
void
smol_fold_values(const SmolAggregate *agg, char *state, SmolValues values, uint32 n)
{
	SmolCell   *cell = get_cell(agg, state);
	const int64 *words = values.words;
	uint8		image = agg->desc.image;
	Running		running;
	int64		word;

	if (n == 0)
		return;
	switch (agg->type->fold)
	{
		case SMOL_FOLD_COUNT:
			break;
		case SMOL_FOLD_SUM:
			cell->u.sum += smol_sum_words(words, n);
			if (image == SMOL_IMAGE_DECIMAL)
				cell->nans += count_nans(words, n);
			break;
		case SMOL_FOLD_SQUARES:
			for (uint32 i = 0; i < n; i++)
				add_square(cell, words[i]);
			if (image == SMOL_IMAGE_DECIMAL)
				cell->nans += count_nans(words, n);
			break;
		case SMOL_FOLD_MIN:
			word = smol_min_word(words, n);
			cell->u.word = cell->n > 0 ? Min(cell->u.word, word) : word;
			break;
		case SMOL_FOLD_MAX:
			word = smol_max_word(words, n);
			cell->u.word = cell->n > 0 ? Max(cell->u.word, word) : word;
			break;
		case SMOL_FOLD_FLOAT_MIN:
		case SMOL_FOLD_FLOAT_MAX:
			word = agg->type->fold == SMOL_FOLD_FLOAT_MAX ?
				smol_max_float(words, n, image == SMOL_IMAGE_FLOAT4) :
				smol_min_float(words, n, image == SMOL_IMAGE_FLOAT4);
			add_float_extreme(cell, smol_word_to_float(image, word), word, image,
							  agg->type->fold == SMOL_FOLD_FLOAT_MAX);
			break;
		case SMOL_FOLD_FLOAT_SUM:
			running = get_running(cell);
			if (image == SMOL_IMAGE_FLOAT4)
				for (uint32 i = 0; i < n; i++)
					add_float(&running, smol_word_to_float(SMOL_IMAGE_FLOAT4, words[i]), true);
			else
				add_floats(&running, words, n);
			set_running(cell, running);
			break;
		case SMOL_FOLD_FLOAT_ACCUM:
			running = get_running(cell);
			if (image == SMOL_IMAGE_FLOAT4)
				for (uint32 i = 0; i < n; i++)
					accum_float(&running, smol_word_to_float(SMOL_IMAGE_FLOAT4, words[i]));
			else
				for (uint32 i = 0; i < n; i++)
					accum_float(&running, smol_word_to_float(SMOL_IMAGE_FLOAT8, words[i]));
			set_running(cell, running);
			break;
		case SMOL_FOLD_VALUE_MIN:
		case SMOL_FOLD_VALUE_MAX:
			fold_extremes(agg, (char *) cell, 0, NULL, values, n);
			return;
		case SMOL_FOLD_INTERVAL_SUM:
			for (uint32 i = 0; i < n; i++)
				add_interval(cell, values.slices[i]);
			break;
		case SMOL_FOLD_BIT_AND:
		case SMOL_FOLD_BIT_OR:
		case SMOL_FOLD_BIT_XOR:
			word = cell->n > 0 ? cell->u.word : no_bits(agg->type->fold);
			cell->u.word = fold_bits(agg->type->fold, word, words, n);
			break;
	}
	cell->n += n;
}

/*
 * Take values into the states of their groups.
 */
void
smol_fold_groups(const SmolAggregate *agg, char *states, Size stride,
				 const uint32 *groups, SmolValues values, uint32 n)
{
	const int64 *words = values.words;
	uint8		image = agg->desc.image;
	bool decimal = image == SMOL_IMAGE_DECIMAL;
	char	   *cells = states + agg->offset;

#define CELL(i)		((SmolCell *) (cells + groups[i] * stride))

	switch (agg->type->fold)
	{
		case SMOL_FOLD_COUNT:
			for (uint32 i = 0; i < n; i++)
				CELL(i)->n++;
			break;
		case SMOL_FOLD_SUM:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);

				cell->u.sum += words[i];
				cell->nans += decimal &&words[i] == SMOL_DECIMAL_NAN;

				cell->n++;
			}
			break;
		case SMOL_FOLD_SQUARES:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);

				add_square(cell, words[i]);
				cell->nans += decimal &&words[i] == SMOL_DECIMAL_NAN;

				cell->n++;
			}
			break;
		case SMOL_FOLD_MIN:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);

				if (cell->n++ == 0 || words[i] < cell->u.word)
					cell->u.word = words[i];
			}
			break;
		case SMOL_FOLD_MAX:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);

				if (cell->n++ == 0 || words[i] > cell->u.word)
					cell->u.word = words[i];
			}
			break;
		case SMOL_FOLD_FLOAT_MIN:
		case SMOL_FOLD_FLOAT_MAX:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);

				add_float_extreme(cell, smol_word_to_float(image, words[i]), words[i],
								  image, agg->type->fold == SMOL_FOLD_FLOAT_MAX);
				cell->n++;
			}
			break;
		case SMOL_FOLD_FLOAT_SUM:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);
				Running		running = get_running(cell);

				add_float(&running, smol_word_to_float(image, words[i]),
						  image == SMOL_IMAGE_FLOAT4);
				set_running(cell, running);
				cell->n++;
			}
			break;
		case SMOL_FOLD_FLOAT_ACCUM:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);
				Running		running = get_running(cell);

				accum_float(&running, smol_word_to_float(image, words[i]));
				set_running(cell, running);
				cell->n++;
			}
			break;
		case SMOL_FOLD_VALUE_MIN:
		case SMOL_FOLD_VALUE_MAX:
			fold_extremes(agg, cells, stride, groups, values, n);
			break;
		case SMOL_FOLD_INTERVAL_SUM:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);

				add_interval(cell, values.slices[i]);
				cell->n++;
			}
			break;
		case SMOL_FOLD_BIT_AND:
		case SMOL_FOLD_BIT_OR:
		case SMOL_FOLD_BIT_XOR:
			for (uint32 i = 0; i < n; i++)
			{
				SmolCell   *cell = CELL(i);
				int64		bits = cell->n++ > 0 ? cell->u.word : no_bits(agg->type->fold);

				cell->u.word = fold_bits(agg->type->fold, bits, &words[i], 1);
			}
			break;
	}
#undef CELL
}

/* ---- statistics ---- */

/*
 * Does the tree know enough of these rows for the aggregate?
 */
bool
smol_can_fold_stats(const SmolAggregate *agg, uint64 rows, const SmolStats *stats)
{
	if (agg->column < 0 || agg->type->fold == SMOL_FOLD_COUNT || agg->ordered ||
		stats->nulls == rows)
		return true;
	switch (agg->type->fold)
	{
		case SMOL_FOLD_SUM:
			return stats->sum_known;
		case SMOL_FOLD_MIN:
		case SMOL_FOLD_MAX:
		case SMOL_FOLD_FLOAT_MIN:
		case SMOL_FOLD_FLOAT_MAX:
			return stats->minmax_known;
		case SMOL_FOLD_VALUE_MIN:
		case SMOL_FOLD_VALUE_MAX:
			return agg->cmp->order == SMOL_ORDER_BYTES && stats->minmax_known;
		default:
			return false;
	}
}

/*
 * Take in rows of one group of which the tree knows enough.  Where these come in
 * order they are only counted: the caller finds the value.
 */
void
smol_fold_stats(const SmolAggregate *agg, char *state, uint64 rows,
				const SmolStats *stats)
{
	SmolCell   *cell = get_cell(agg, state);
	uint64		n = agg->column < 0 ? rows : rows - stats->nulls;
	SmolValues	min = {&stats->min.word, NULL};
	SmolValues	max = {&stats->max.word, NULL};

	Assert(smol_can_fold_stats(agg, rows, stats));
	if (n == 0)
		return;
	switch (agg->type->fold)
	{
		case SMOL_FOLD_SUM:
			cell->u.sum += stats->sum;
			break;
		case SMOL_FOLD_MIN:
		case SMOL_FOLD_FLOAT_MIN:
			smol_fold_values(agg, state, min, 1);
			n--;
			break;
		case SMOL_FOLD_MAX:
		case SMOL_FOLD_FLOAT_MAX:
			smol_fold_values(agg, state, max, 1);
			n--;
			break;
		case SMOL_FOLD_VALUE_MIN:
		case SMOL_FOLD_VALUE_MAX:
			if (!agg->ordered)
				keep_extreme(agg, cell, 0, agg->type->fold == SMOL_FOLD_VALUE_MIN ?
							 stats->min.slice : stats->max.slice);
			break;
		default:
			break;
	}
	cell->n += n;
}
