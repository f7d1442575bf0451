/*-------------------------------------------------------------------------
 *
 * fold.c
 *	  Values into aggregate states: vectors of words, or what the tree knows
 *	  of a whole subtree.
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
#include "exec/smolagg.h"
#include "utils/float.h"

StaticAssertDecl(sizeof(SmolCell) % MAXIMUM_ALIGNOF == 0, "cells lie side by side");

/* Bytes of an aggregate's state. */
Size
smol_cell_size(SmolFold fold)
{
	if (fold == SMOL_FOLD_SQUARES)
		return sizeof(SmolCell) + sizeof(SmolSquares);
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

/* ---- vectors ---- */

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
smol_fold_words(const SmolAggregate *agg, char *state, const int64 *words, uint32 n)
{
	SmolCell   *cell = get_cell(agg, state);
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
	}
	cell->n += n;
}

/*
 * Take values into the states of their groups.  For counts the words don't
 * matter.
 */
void
smol_fold_groups(const SmolAggregate *agg, char *states, Size stride,
				 const uint32 *groups, const int64 *words, uint32 n)
{
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
	if (agg->column < 0 || agg->type->fold == SMOL_FOLD_COUNT ||
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
		default:
			return false;
	}
}

/*
 * Take in rows of one group of which the tree knows enough.
 */
void
smol_fold_stats(const SmolAggregate *agg, char *state, uint64 rows,
				const SmolStats *stats)
{
	SmolCell   *cell = get_cell(agg, state);
	uint64		n = agg->column < 0 ? rows : rows - stats->nulls;

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
			smol_fold_words(agg, state, &stats->min.word, 1);
			n--;
			break;
		case SMOL_FOLD_MAX:
		case SMOL_FOLD_FLOAT_MAX:
			smol_fold_words(agg, state, &stats->max.word, 1);
			n--;
			break;
		default:
			break;
	}
	cell->n += n;
}
