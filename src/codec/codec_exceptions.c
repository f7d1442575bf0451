/*-------------------------------------------------------------------------
 *
 * codec_exceptions.c
 *	  Words that a codec could not or would not pack with the others.
 *
 * Their row numbers, which ascend, and the words themselves are two inner
 * chunks.  In their places among the others stand words that mean nothing.  The
 * codecs that have exceptions say which ones those are (codec_alp.c,
 * codec_patch.c); what is common to them is here.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_exceptions.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define ROWS_CODECS		SMOL_SORTED_WORDS
#define WORDS_CODECS	(SMOL_CODEC_BIT(SMOL_CODEC_PLAIN) | SMOL_CHEAP_WORDS)

/* ---- encoding ---- */

/*
 * Make room for n exceptions, which the caller fills in.  False if there is
 * none; the caller gives it back in any case.
 */
bool
smol_take_exceptions(const SmolColumn *in, uint32 n, SmolExceptionPlan *plan)
{
	plan->n = n;
	plan->rows = smol_take_scratch(in->scratch, (uint64) n * sizeof(int64));
	plan->words = smol_take_scratch(in->scratch, (uint64) n * sizeof(int64));
	return plan->rows != NULL && plan->words != NULL;
}

/* Their bytes, SMOL_NO_FIT if these are not below the limit. */
Size
smol_measure_exceptions(const SmolColumn *in, Size limit, SmolExceptionPlan *plan)
{
	uint64		size = smol_varint_bytes(plan->n);

	if (plan->n > 0)
	{
		SmolColumn	rows = smol_inner_words(in, plan->rows, plan->n);
		SmolColumn	words = smol_inner_words(in, plan->words, plan->n);

		if (smol_measure_inner(&rows, ROWS_CODECS, false, limit,
							   &plan->rows_inner) == SMOL_NO_FIT ||
			smol_measure_inner(&words, WORDS_CODECS, false, limit,
							   &plan->words_inner) == SMOL_NO_FIT)
			return SMOL_NO_FIT;
		size += plan->rows_inner.size + plan->words_inner.size;
	}
	return size < limit ? smol_fit(size) : SMOL_NO_FIT;
}

uint8 *
smol_encode_exceptions(const SmolColumn *in, const SmolExceptionPlan *plan, uint8 *out)
{
	out = smol_put_varint(out, plan->n);
	if (plan->n > 0)
	{
		SmolColumn	rows = smol_inner_words(in, plan->rows, plan->n);
		SmolColumn	words = smol_inner_words(in, plan->words, plan->n);

		out = smol_encode_inner(&rows, &plan->rows_inner, false, out);
		out = smol_encode_inner(&words, &plan->words_inner, false, out);
	}
	return out;
}

/* ---- decoding ---- */

/* Those of a chunk of nrows. */
bool
smol_open_exceptions(SmolInput *input, uint32 nrows, SmolExceptions *exceptions)
{
	if (!smol_get_varint(input, &exceptions->n) || exceptions->n > nrows)
		return false;
	return exceptions->n == 0 ||
		(smol_open_inner(input, ROWS_CODECS, false, SMOL_LANE_WORD, 0,
						 exceptions->n, &exceptions->rows) &&
		 smol_open_inner(input, WORDS_CODECS, false, SMOL_LANE_WORD, 0,
						 exceptions->n, &exceptions->words));
}

/* The first exception at or behind a row; more than there are if not found. */
static inline uint32
find_exception(const SmolExceptions *exceptions, uint32 row)
{
	SmolKey		key = {.direct = true,.word = row};

	return smol_seek_chunk(&exceptions->rows, 0, exceptions->n, &key, SMOL_BOUND_LOWER);
}

/* They are decoded some at a time. */
#define BATCH	64

/* Put those of the rows [first, first + n) in their places. */
bool
smol_apply_exceptions(const SmolExceptions *exceptions, uint32 first, uint32 n,
					  int64 *words)
{
	int64		before = (int64) first - 1;
	int64		end = (int64) first + n;
	uint32		k;

	if (exceptions->n == 0)
		return true;
	k = find_exception(exceptions, first);
	if (k > exceptions->n)
		return false;
	while (k < exceptions->n)
	{
		int64		rows[BATCH];
		int64		batch_words[BATCH];
		SmolVec		rows_vec = {.words = rows};
		SmolVec		words_vec = {.words = batch_words};
		uint32		batch = Min(Min(BATCH, n), exceptions->n - k);

		if (!smol_decode_chunk(&exceptions->rows, k, batch, &rows_vec))
			return false;
		if (rows[0] >= end)
			break;
		if (!smol_decode_chunk(&exceptions->words, k, batch, &words_vec))
			return false;
		for (uint32 i = 0; i < batch; i++)
		{
			if (rows[i] >= end)
				return true;
			if (rows[i] <= before)
				return false;
			words[rows[i] - first] = batch_words[i];
			before = rows[i];
		}
		k += batch;
	}
	return true;
}

static bool
fetch_word(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	const SmolExceptions *exceptions = state;
	SmolVec		vec = {.words = word};

	return smol_decode_chunk(&exceptions->words, i, 1, &vec);
}

static inline bool
get_row(const SmolExceptions *exceptions, uint32 k, uint32 first, uint32 n, uint32 *row)
{
	int64		word;
	SmolVec		vec = {.words = &word};

	if (!smol_decode_chunk(&exceptions->rows, k, 1, &vec) ||
		word < first || word >= (int64) first + n)
		return false;
	*row = (uint32) word;
	return true;
}

/*
 * Search a sorted stretch [*first, *first + *n) among the exceptions: makes it
 * the rows between the last exception before the bound and the first one that
 * is not, which has no exceptions.
 */
bool
smol_seek_exceptions(SmolExceptions *exceptions, uint32 *first, uint32 *n,
					 const SmolKey *key, SmolBound bound)
{
	uint32		lo;
	uint32		hi;
	uint32		k;
	uint32		row;

	if (exceptions->n == 0 || *n == 0)
		return true;
	lo = find_exception(exceptions, *first);
	hi = find_exception(exceptions, *first + *n);
	if (lo > hi || hi > exceptions->n)
		return false;
	k = smol_search(fetch_word, exceptions, lo, hi - lo, key, bound);
	if (k == SMOL_SEEK_CORRUPT)
		return false;
	if (k < hi)
	{
		if (!get_row(exceptions, k, *first, *n, &row))
			return false;
		*n = row - *first;
	}
	if (k > lo)
	{
		if (!get_row(exceptions, k - 1, *first, *n, &row))
			return false;
		*n -= row + 1 - *first;
		*first = row + 1;
	}
	return true;
}

/* NULL if they are sound. */
const char *
smol_check_exceptions(const SmolExceptions *exceptions, uint32 nrows)
{
	const char *wrong;
	int64		before = -1;

	if (exceptions->n == 0)
		return NULL;
	if ((wrong = smol_check_chunk(&exceptions->rows)) != NULL ||
		(wrong = smol_check_chunk(&exceptions->words)) != NULL)
		return wrong;
	for (uint32 k = 0; k < exceptions->n; k++)
	{
		int64		row;
		SmolVec		vec = {.words = &row};

		if (!smol_decode_chunk(&exceptions->rows, k, 1, &vec) ||
			row <= before || row >= nrows)
			return "exceptions: rows do not ascend";
		before = row;
	}
	return NULL;
}
