/*-------------------------------------------------------------------------
 *
 * codec_rle.c
 *	  Run-length encoding: each run of equal neighbours is stored once.
 *
 * Equal means byte for byte.  Operators may call values equal that are not the
 * same (numeric 1.0 and 1.00, float 0.0 and -0.0), and what went in must come
 * out.
 *
 * A chunk is two inner chunks: the ends of the runs, which are words, and
 * their values.  A row is found by a search of the ends; from there on runs
 * are walked.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_rle.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define ENDS_CODECS		SMOL_SORTED_WORDS
#define VALUES_CODECS	(~SMOL_CODEC_BIT(SMOL_CODEC_RLE))

/* What measure and encode must know of a column. */
typedef struct RunPlan
{
	SmolColumn	ends;			/* arrays in the scratch */
	SmolColumn	values;
	SmolInner	ends_inner;
	SmolInner	values_inner;
	Size		size;			/* of the whole chunk, or SMOL_NO_FIT */
} RunPlan;

/* An encoded chunk taken apart. */
typedef struct RunView
{
	uint32		nruns;			/* 1 to the chunk's n */
	SmolChunk	ends;
	SmolChunk	values;
} RunView;

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_runs(const SmolColumn *in, const SmolFacts *facts, Size limit, RunPlan *plan)
{
	uint32		nruns = facts->nruns;
	uint32		run = 0;
	int64	   *ends;

	plan->size = SMOL_NO_FIT;
	ends = smol_take_scratch(in->scratch, (uint64) nruns * sizeof(int64));
	if (ends == NULL)
		return;
	plan->ends = smol_inner_words(in, ends, nruns);
	plan->values = *in;
	plan->values.n = nruns;

	if (in->lane == SMOL_LANE_WORD)
	{
		int64	   *words;

		words = smol_take_scratch(in->scratch, (uint64) nruns * sizeof(int64));
		if (words == NULL)
			return;
		plan->values.words = words;

		/* each row overwrites the end of its run, which has no branch */
		words[0] = in->words[0];
		ends[0] = 1;
		for (uint32 i = 1; i < in->n; i++)
		{
			run += in->words[i] != in->words[i - 1];
			words[run] = in->words[i];
			ends[run] = (int64) i + 1;
		}
	}
	else
	{
		SmolSlice  *slices;

		slices = smol_take_scratch(in->scratch, (uint64) nruns * sizeof(SmolSlice));
		if (slices == NULL)
			return;
		plan->values.slices = slices;
		plan->values.numbers = NULL;
		slices[0] = in->slices[0];
		for (uint32 i = 1; i < in->n; i++)
		{
			if (smol_same_slice(in->slices[i - 1], in->slices[i]))
				continue;
			ends[run++] = i;
			slices[run] = in->slices[i];
		}
		ends[run] = in->n;
	}
	Assert(run + 1 == nruns);

	if (smol_measure_inner(&plan->ends, ENDS_CODECS, false, limit,
						   &plan->ends_inner) == SMOL_NO_FIT)
		return;
	if (limit != SMOL_NO_FIT)
		limit -= plan->ends_inner.size;
	if (smol_measure_inner(&plan->values, VALUES_CODECS, true, limit,
						   &plan->values_inner) == SMOL_NO_FIT)
		return;
	plan->size = smol_fit((uint64) smol_varint_bytes(nruns) +
						  plan->ends_inner.size + plan->values_inner.size);
}

static Size
rle_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	RunPlan		plan;

	/* next to no runs: no need to try */
	if (facts->nruns > in->n - in->n / 16)
		return SMOL_NO_FIT;
	plan_runs(in, facts, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static Size
rle_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	RunPlan		plan;

	if (facts->nruns > in->n - in->n / 16)
		return SMOL_NO_FIT;
	plan_runs(in, facts, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		uint8	   *next = smol_put_varint(out, facts->nruns);

		next = smol_encode_inner(&plan.ends, &plan.ends_inner, false, next);
		next = smol_encode_inner(&plan.values, &plan.values_inner, true, next);
		Assert(next == out + plan.size);
	}
	else
		plan.size = SMOL_NO_FIT;
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

/*
 * Take a chunk apart, false if it is too short to be one.
 */
static bool
open_runs(const SmolChunk *in, RunView *view)
{
	SmolInput	input = {in->data, in->data + in->len};

	return smol_get_varint(&input, &view->nruns) &&
		view->nruns > 0 && view->nruns <= in->n &&
		smol_open_inner(&input, ENDS_CODECS, false,
						SMOL_LANE_WORD, 0, view->nruns, &view->ends) &&
		smol_open_inner(&input, VALUES_CODECS, true,
						in->lane, in->fixed_len, view->nruns, &view->values);
}

/*
 * The first run that ends behind the row; nruns or more if there is none.
 */
static inline uint32
find_run(const RunView *view, uint32 row)
{
	SmolKey		key = {.direct = true,.word = row};

	return smol_seek_chunk(&view->ends, 0, view->nruns, &key, SMOL_BOUND_UPPER);
}

/* Compilers make vectors of four values, and would not of one. */
static inline void
fill(int64 *words, uint32 n, int64 word)
{
	for (; n >= 4; n -= 4, words += 4)
		words[0] = words[1] = words[2] = words[3] = word;
	while (n-- > 0)
		*words++ = word;
}

/* Ends are decoded some at a time. */
#define BATCH	128

/*
 * The values of all runs go to the end of the output first, and are spread
 * from there to their rows.  Since each run behind a run has a row of its own,
 * spreading one never gets to the values of the others.
 */
static bool
rle_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	RunView		view;
	SmolVec		vec = *out;
	uint32		from;
	uint32		nruns;
	uint32		spare;
	uint32		done = 0;

	if (n == 0)
		return true;
	if (!open_runs(in, &view))
		return false;

	from = first == 0 ? 0 : find_run(&view, first);
	if (from >= view.nruns)
		return false;
	if (n == 1)
		return smol_decode_chunk(&view.values, from, 1, out);
	nruns = first + n == in->n ? view.nruns : find_run(&view, first + n - 1) + 1;
	if (nruns > view.nruns || nruns <= from)
		return false;
	nruns -= from;
	if (nruns > n)
		return false;
	spare = n - nruns;
	if (in->lane == SMOL_LANE_WORD)
		vec.words += spare;
	else
		vec.slices += spare;
	if (!smol_decode_chunk(&view.values, from, nruns, &vec))
		return false;

	for (uint32 run = 0; run < nruns;)
	{
		int64		ends[BATCH];
		SmolVec		ends_vec = {.words = ends};
		uint32		batch = Min(BATCH, nruns - run);

		if (!smol_decode_chunk(&view.ends, from + run, batch, &ends_vec))
			return false;
		for (uint32 i = 0; i < batch; i++, run++)
		{
			int64		end = ends[i];

			if (end <= (int64) first + done || end > in->n)
				return false;
			end -= first;

			/* the last run may have rows behind the range */
			if (run == nruns - 1)
				end = Min(end, n);
			else if (end > (int64) spare + run + 1)
				return false;
			Assert(end > done);
			if (in->lane == SMOL_LANE_WORD)
			{
				int64		word = out->words[spare + run];

				fill(out->words + done, (uint32) end - done, word);
				done = (uint32) end;
			}
			else
			{
				SmolSlice	slice = out->slices[spare + run];

				while (done < end)
					out->slices[done++] = slice;
			}
		}
	}
	return done == n;
}

/*
 * Search the values of the runs that have rows in the range; the answer is
 * where the run found begins, clamped to the range since the first of those
 * runs may begin before it and the last may end behind it.
 */
static uint32
rle_seek(const SmolChunk *in, uint32 first, uint32 n,
		 const SmolKey *key, SmolBound bound)
{
	RunView		view;
	uint32		from;
	uint32		to;
	uint32		run;
	int64		end;
	SmolVec		vec = {.words = &end};

	if (n == 0)
		return first;
	if (!open_runs(in, &view))
		return SMOL_SEEK_CORRUPT;
	from = find_run(&view, first);
	to = n == 1 ? from : find_run(&view, first + n - 1);
	if (to >= view.nruns || from > to)
		return SMOL_SEEK_CORRUPT;

	run = smol_seek_chunk(&view.values, from, to - from + 1, key, bound);
	if (run == from)
		return first;
	if (run == SMOL_SEEK_CORRUPT ||
		!smol_decode_chunk(&view.ends, run - 1, 1, &vec))
		return SMOL_SEEK_CORRUPT;
	if (end < (int64) first)
		return first;
	return (uint32) Min(end, (int64) first + n);
}

static Size
rle_arena_size(const SmolChunk *in, uint32 n)
{
	RunView		view;

	return open_runs(in, &view) ?
		smol_arena_size(&view.values, Min(n, view.nruns)) : 0;
}

static const char *
rle_check(const SmolChunk *in)
{
	RunView		view;
	int64		row = 0;
	const char *wrong;

	if (in->n == 0)
		return "rle: no rows";
	if (!open_runs(in, &view))
		return "rle: bad header";
	wrong = smol_check_chunk(&view.ends);
	if (wrong != NULL)
		return wrong;

	/* this ends early if there are more runs than their ends can tell apart */
	for (uint32 run = 0; run < view.nruns;)
	{
		int64		ends[BATCH];
		SmolVec		vec = {.words = ends};
		uint32		batch = Min(BATCH, view.nruns - run);

		if (!smol_decode_chunk(&view.ends, run, batch, &vec))
			return "rle: run ends do not decode";
		for (uint32 i = 0; i < batch; i++)
		{
			if (ends[i] <= row)
				return "rle: run ends do not ascend";
			row = ends[i];
		}
		run += batch;
	}
	if (row != in->n)
		return "rle: last run does not end with the rows";
	return smol_check_chunk(&view.values);
}

const SmolCodec smol_codec_rle = {
	.name = "rle",
	.measure = rle_measure,
	.encode = rle_encode,
	.decode = rle_decode,
	.seek = rle_seek,
	.arena_size = rle_arena_size,
	.check = rle_check,
};
