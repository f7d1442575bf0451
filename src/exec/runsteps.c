/*-------------------------------------------------------------------------
 *
 * runsteps.c
 *	  The steps of an expression (steps.c), run for a batch of rows at a time.
 *
 * Each step is a loop over the vectors of its operands.  All of a CASE is evaluated
 * for all rows.  So a step that is out of range for some row does not raise an error:
 * the batch is done row by row then, by PostgreSQL, who knows whether that row comes
 * to it at all.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/runsteps.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "exec/steps_impl.h"
#include "utils/memutils.h"

#define BATCH_ROWS	1024

static void
make_room(SmolSteps *steps)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(steps));

	for (int s = 0; s < steps->nsteps; s++)
	{
		Step	   *step = &steps->steps[s];

		step->words = palloc0_array(int64, BATCH_ROWS);
		step->null_words = palloc_array(int64, BATCH_ROWS);
		if (step->type == NUMERICOID && step->least >= 0)
			step->full_words = palloc0_array(int64, BATCH_ROWS);
		for (int i = 0; i < BATCH_ROWS; i++)
		{
			if (step->kind == STEP_CONST)
				step->words[i] = step->low;
			step->null_words[i] = 1;
		}
	}
	steps->has_room = true;
	MemoryContextSwitchTo(old);
}

static inline double
get_float(int64 word)
{
	double		d;

	memcpy(&d, &word, sizeof(d));
	return d;
}

static inline int64
get_word(double d)
{
	int64		word;

	memcpy(&word, &d, sizeof(word));
	return word;
}

/* Is a strict step's result NULL? */
static const int64 *
join_nulls(const Step *a, const Step *b, int64 *room, uint32 n)
{
	if (b == NULL || b->nulls == NULL)
		return a->nulls;
	if (a->nulls == NULL)
		return b->nulls;
	for (uint32 i = 0; i < n; i++)
		room[i] = a->nulls[i] | b->nulls[i];
	return room;
}

static inline int64
null_at(const Step *step, uint32 i)
{
	return step->nulls ? step->nulls[i] != 0 : 0;
}

/* Is the numeric of the greater scale of two? */
static inline int64
full_at(const Step *step, uint32 i, int scale)
{
	return step->least < 0 ? step->scale == scale : step->full ? step->full[i] : 0;
}

/* A column of decimals: NaN is none. */
static bool
has_nan(const int64 *words, uint32 n)
{
	bool		any = false;

	for (uint32 i = 0; i < n; i++)
		any |= words[i] == SMOL_DECIMAL_NAN;
	return any;
}

static void
test_bytes(const Step *step, const SmolVector *vector, uint32 n)
{
	int64		yes = step->kind == STEP_BYTES_EQUAL;
	SmolSlice	b = step->slice;

	for (uint32 i = 0; i < n; i++)
	{
		SmolSlice	a = {NULL, 0};

		if (vector->nulls == NULL || !vector->nulls[i])
			a = vector->slices[i];
		step->words[i] = (a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0)) ?
			yes : !yes;
	}
}

/* Choose for each row. */
static void
choose(Step *step, const Step *condition, const Step *one, const Step *other, uint32 n)
{
	for (uint32 i = 0; i < n; i++)
	{
		bool		first = condition ? condition->result[i] && !null_at(condition, i) :
			!null_at(one, i);
		const Step *chosen = first ? one : other;

		step->words[i] = chosen->result[i];
		step->null_words[i] = null_at(chosen, i);
		if (step->full_words)
			step->full_words[i] = full_at(chosen, i, step->scale);
	}
	step->nulls = step->null_words;
	step->full = step->full_words;
}

/*
 * One step for n rows; false if it may be an error for some.  That may be a row that
 * is NULL, does not pass a FILTER, or does not come to it.
 */
static bool
run_step(SmolSteps *steps, Step *step, const SmolVector *vectors, uint32 n)
{
	const Step *a = step->operands[0] >= 0 ? &steps->steps[step->operands[0]] : NULL;
	const Step *b = step->operands[1] >= 0 ? &steps->steps[step->operands[1]] : NULL;
	const int64 *left = a ? a->result : NULL;
	const int64 *right = b ? b->result : NULL;
	int64	   *out = step->words;
	bool		bad = false;

	step->result = step->words;
	step->full = NULL;

	/* a step was given what its kind takes */
#define TAKES_ONE	Assert(a != NULL && left != NULL)
#define TAKES_TWO	Assert(a != NULL && left != NULL && b != NULL && right != NULL)

#define INTEGERS(function) \
	TAKES_TWO; \
	for (uint32 i = 0; i < n; i++) \
	{ \
		bad |= function(left[i], right[i], &out[i]); \
		bad |= (out[i] < step->low) | (out[i] > step->high); \
	}

	/* whatever comes of infinity or NaN is left to PostgreSQL */
#define FLOATS(op) \
	TAKES_TWO; \
	for (uint32 i = 0; i < n; i++) \
	{ \
		double		result = get_float(left[i]) op get_float(right[i]); \
		bad |= !(fabs(result) <= DBL_MAX); \
		out[i] = get_word(result); \
	}

#define COMPARE(op) \
	TAKES_TWO; \
	if (a->type == FLOAT8OID) \
		for (uint32 i = 0; i < n; i++) \
			out[i] = smol_compare_floats(get_float(left[i]), get_float(right[i])) op 0; \
	else \
		for (uint32 i = 0; i < n; i++) \
			out[i] = left[i] op right[i]

	switch (step->kind)
	{
		case STEP_COLUMN:
			step->result = vectors[step->column].words;
			step->nulls = vectors[step->column].nulls;
			return step->type != NUMERICOID || !has_nan(step->result, n);
		case STEP_CONST:
			step->nulls = NULL;
			return true;
		case STEP_NULL:
			step->nulls = step->null_words;
			return true;
		case STEP_BYTES_EQUAL:
		case STEP_BYTES_NOT_EQUAL:
			test_bytes(step, &vectors[step->column], n);
			step->nulls = vectors[step->column].nulls;
			return true;
		case STEP_AND:
		case STEP_OR:
			{
				int64		decides = step->kind == STEP_OR;

				TAKES_TWO;
				for (uint32 i = 0; i < n; i++)
				{
					int64		a_null = null_at(a, i);
					int64		b_null = null_at(b, i);
					bool		decided = (!a_null && left[i] == decides) ||
						(!b_null && right[i] == decides);

					out[i] = decided ? decides : !decides;
					step->null_words[i] = !decided && (a_null || b_null);
				}
				step->nulls = step->null_words;
				return true;
			}
		case STEP_IS_NULL:
		case STEP_IS_NOT_NULL:
			Assert(a != NULL);
			for (uint32 i = 0; i < n; i++)
				out[i] = null_at(a, i) == (step->kind == STEP_IS_NULL);
			step->nulls = NULL;
			return true;
		case STEP_CHOOSE:
			TAKES_TWO;
			choose(step, a, b, &steps->steps[step->operands[2]], n);
			return true;
		case STEP_COALESCE:
			Assert(b != NULL);
			choose(step, NULL, b, &steps->steps[step->operands[2]], n);
			return true;
		case STEP_ADD:
			INTEGERS(pg_add_s64_overflow);
			break;
		case STEP_SUBTRACT:
			INTEGERS(pg_sub_s64_overflow);
			break;
		case STEP_MULTIPLY:
			INTEGERS(pg_mul_s64_overflow);
			break;
		case STEP_DIVIDE:
			TAKES_TWO;
			for (uint32 i = 0; i < n; i++)
				out[i] = left[i] / right[0];
			break;
		case STEP_MODULO:
			TAKES_TWO;
			for (uint32 i = 0; i < n; i++)
				out[i] = left[i] % right[0];
			break;
		case STEP_FLOAT_ADD:
			FLOATS(+);
			break;
		case STEP_FLOAT_SUBTRACT:
			FLOATS(-);
			break;
		case STEP_FLOAT_MULTIPLY:
			/* zero is zero's product, or too small */
			TAKES_TWO;
			for (uint32 i = 0; i < n; i++)
			{
				double		x = get_float(left[i]);
				double		y = get_float(right[i]);
				double		result = x * y;

				bad |= (!(fabs(result) <= DBL_MAX)) |
					((result == 0.0) & (x != 0.0) & (y != 0.0));
				out[i] = get_word(result);
			}
			break;
		case STEP_TO_FLOAT:
			TAKES_ONE;
			for (uint32 i = 0; i < n; i++)
				out[i] = get_word((double) left[i]);
			break;
		case STEP_NARROW:
			TAKES_ONE;
			for (uint32 i = 0; i < n; i++)
			{
				bad |= (left[i] < step->low) | (left[i] > step->high);
				out[i] = left[i];
			}
			break;
		case STEP_EQUAL:
			COMPARE(==);
			break;
		case STEP_NOT_EQUAL:
			COMPARE(!=);
			break;
		case STEP_LESS:
			COMPARE(<);
			break;
		case STEP_LESS_EQUAL:
			COMPARE(<=);
			break;
		case STEP_GREATER:
			COMPARE(>);
			break;
		case STEP_GREATER_EQUAL:
			COMPARE(>=);
			break;
		case STEP_NOT:
			TAKES_ONE;
			for (uint32 i = 0; i < n; i++)
				out[i] = !left[i];
			break;
	}
#undef INTEGERS
#undef FLOATS
#undef COMPARE
#undef TAKES_ONE
#undef TAKES_TWO

	/* these are strict */
	Assert(a != NULL);
	step->nulls = join_nulls(a, b, step->null_words, n);
	return !bad;
}

/*
 * Column by column; false if it must be row by row.  If there is a least scale, *full
 * says for each row whether it is of the other one.
 */
bool
smol_run_steps(SmolSteps *steps, const SmolVector *vectors, uint32 n,
			   SmolVector *result, const int64 **full)
{
	const Step *last = &steps->steps[steps->nsteps - 1];

	Assert(n <= BATCH_ROWS);
	if (!steps->has_room)
		make_room(steps);
	for (int s = 0; s < steps->nsteps; s++)
		if (!run_step(steps, &steps->steps[s], vectors, n))
			return false;
	result->words = unconstify(int64 *, last->result);
	result->slices = NULL;
	result->nulls = unconstify(int64 *, last->nulls);
	*full = last->full;
	return true;
}
