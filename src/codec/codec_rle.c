/*-------------------------------------------------------------------------
 *
 * codec_rle.c
 *	  Run-length encoding: each run of equal neighbours is stored once.
 *
 * Equal means byte for byte.  Operators may call values equal that are not the
 * same (numeric 1.0 and 1.00, float 0.0 and -0.0), and what went in must come
 * out.
 *
 * A chunk is two smaller ones: the ends of the runs as a FOR chunk of words,
 * then the values of the runs, as FOR or PLAIN, whichever is smaller.  Nothing
 * nests deeper.  A row is found by binary search over the ends; from there on
 * runs are walked.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_rle.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define RLE_NRUNS	0
#define RLE_CODEC	4
#define RLE_ENDS	5

/* What measure and encode must know of a column. */
typedef struct RunPlan
{
	uint32		nruns;
	uint32		first_end;		/* end of the first run */
	int64		min;			/* WORD: of the values */
	int64		max;
	uint8		codec;			/* of the run values */
	Size		ends_size;
	Size		size;			/* of the whole chunk, or SMOL_NO_FIT */
} RunPlan;

/* An encoded chunk taken apart. */
typedef struct RunView
{
	uint32		nruns;			/* 1 to the chunk's n */
	SmolForView ends_view;
	SmolChunk	ends;
	SmolChunk	values;
	const SmolCodec *values_codec;
} RunView;

static inline bool
same_value(const SmolColumn *in, uint32 i, uint32 j)
{
	if (in->lane == SMOL_LANE_WORD)
		return in->words[i] == in->words[j];
	return smol_same_slice(in->slices[i], in->slices[j]);
}

/* The end of the run that begins at row i. */
static inline uint32
run_end(const SmolColumn *in, uint32 i)
{
	uint32		end = i + 1;

	while (end < in->n && same_value(in, i, end))
		end++;
	return end;
}

/*
 * Run ends ascend from that of the first run to n, which gives the size of
 * their chunk without looking at them.
 */
static void
plan_runs(const SmolColumn *in, RunPlan *plan)
{
	uint32		nruns = 1;
	uint64		total = 0;
	Size		values_size;

	memset(plan, 0, sizeof(*plan));
	plan->codec = SMOL_CODEC_PLAIN;
	if (in->lane == SMOL_LANE_WORD)
	{
		Size		for_size;

		for (uint32 i = 1; i < in->n; i++)
			nruns += in->words[i] != in->words[i - 1];
		smol_word_range(in->words, in->n, &plan->min, &plan->max);
		values_size = smol_plain_size(in->lane, 0, nruns, 0);
		for_size = smol_for_size(nruns, plan->min, plan->max);
		if (for_size < values_size)
		{
			plan->codec = SMOL_CODEC_FOR;
			values_size = for_size;
		}
	}
	else
	{
		total = in->slices[0].len;
		for (uint32 i = 1; i < in->n; i++)
		{
			if (!smol_same_slice(in->slices[i - 1], in->slices[i]))
			{
				nruns++;
				total += in->slices[i].len;
			}
		}
		values_size = smol_plain_size(in->lane, in->fixed_len, nruns, total);
	}

	plan->nruns = nruns;
	plan->first_end = run_end(in, 0);
	plan->ends_size = smol_for_size(nruns, plan->first_end, in->n);
	if (plan->ends_size == SMOL_NO_FIT || values_size == SMOL_NO_FIT)
		plan->size = SMOL_NO_FIT;
	else
		plan->size = smol_fit((uint64) RLE_ENDS + plan->ends_size + values_size);
}

static Size
rle_measure(const SmolColumn *in)
{
	RunPlan		plan;

	plan_runs(in, &plan);
	return plan.size;
}

static uint8 *
encode_ends(const SmolColumn *in, const RunPlan *plan, uint8 *out)
{
	SmolBitWriter w;

	smol_for_begin(&w, out, plan->first_end, in->n);
	for (uint32 end = plan->first_end;; end = run_end(in, end))
	{
		smol_bits_put(&w, end - plan->first_end);
		if (end == in->n)
			break;
	}
	return smol_bits_finish(&w);
}

static uint8 *
encode_words(const SmolColumn *in, const RunPlan *plan, uint8 *out)
{
	SmolBitWriter w;

	if (plan->codec == SMOL_CODEC_PLAIN)
	{
		for (uint32 i = 0; i < in->n; i = run_end(in, i))
		{
			memcpy(out, &in->words[i], sizeof(int64));
			out += sizeof(int64);
		}
		return out;
	}

	smol_for_begin(&w, out, plan->min, plan->max);
	for (uint32 i = 0; i < in->n; i = run_end(in, i))
		smol_bits_put(&w, (uint64) in->words[i] - (uint64) plan->min);
	return smol_bits_finish(&w);
}

static uint8 *
encode_slices(const SmolColumn *in, const RunPlan *plan, uint8 *out)
{
	uint8	   *bytes = out;
	uint16		end = 0;

	if (in->fixed_len == 0)
		bytes += (Size) plan->nruns * sizeof(uint16);
	for (uint32 i = 0; i < in->n; i = run_end(in, i))
	{
		SmolSlice	slice = in->slices[i];

		if (in->fixed_len == 0)
		{
			end += slice.len;
			memcpy(out, &end, sizeof(end));
			out += sizeof(end);
		}
		else
			Assert(slice.len == in->fixed_len);
		if (slice.len > 0)
			memcpy(bytes, slice.ptr, slice.len);
		bytes += slice.len;
	}
	return bytes;
}

static Size
rle_encode(const SmolColumn *in, uint8 *out, Size cap)
{
	RunPlan		plan;
	uint8	   *next;

	plan_runs(in, &plan);
	if (plan.size == SMOL_NO_FIT || plan.size > cap)
		return SMOL_NO_FIT;

	memcpy(out + RLE_NRUNS, &plan.nruns, sizeof(plan.nruns));
	out[RLE_CODEC] = plan.codec;
	next = encode_ends(in, &plan, out + RLE_ENDS);
	Assert(next == out + RLE_ENDS + plan.ends_size);
	if (in->lane == SMOL_LANE_WORD)
		next = encode_words(in, &plan, next);
	else
		next = encode_slices(in, &plan, next);
	Assert(next == out + plan.size);
	return next - out;
}

/*
 * Take a chunk apart, false if it is too short to be one.  The values are
 * whatever lies behind the ends; their own codec finds out whether that is
 * enough.
 */
static bool
open_runs(const SmolChunk *in, RunView *view)
{
	uint32		ends_size;

	if (in->len < RLE_ENDS)
		return false;
	memcpy(&view->nruns, in->data + RLE_NRUNS, sizeof(view->nruns));
	if (view->nruns == 0 || view->nruns > in->n)
		return false;

	if (!smol_for_open(&view->ends_view, in->data + RLE_ENDS,
					   in->len - RLE_ENDS, view->nruns))
		return false;
	ends_size = SMOL_FOR_BITS +
		(uint32) smol_bits_size(view->nruns, view->ends_view.width);
	view->ends.lane = SMOL_LANE_WORD;
	view->ends.fixed_len = 0;
	view->ends.codec = SMOL_CODEC_FOR;
	view->ends.n = view->nruns;
	view->ends.data = in->data + RLE_ENDS;
	view->ends.len = ends_size;

	view->values.lane = in->lane;
	view->values.fixed_len = in->fixed_len;
	view->values.codec = in->data[RLE_CODEC];
	view->values.n = view->nruns;
	view->values.data = view->ends.data + ends_size;
	view->values.len = in->len - RLE_ENDS - ends_size;

	if (view->values.codec == SMOL_CODEC_PLAIN)
		view->values_codec = &smol_codec_plain;
	else if (view->values.codec == SMOL_CODEC_FOR)
		view->values_codec = &smol_codec_for;
	else
		return false;
	return true;
}

/*
 * The first run that ends behind the row, nruns if there is none.
 *
 * When ends don't ascend this is some run, but a later row never finds an
 * earlier one: its search turns right wherever that for the first row does.
 */
static inline uint32
find_run(const RunView *view, uint32 row)
{
	uint32		run = 0;
	uint32		n = view->nruns;

	while (n > 0)
	{
		uint32		half = n / 2;

		if (smol_for_get(&view->ends_view, run + half) <= row)
		{
			run += half + 1;
			n -= half + 1;
		}
		else
			n = half;
	}
	return run;
}

/*
 * Runs are decoded some at a time: few at first, since there may be but one
 * in the range asked for, and never more than the rows still wanted.
 */
#define MIN_BATCH	8
#define MAX_BATCH	64

static bool
rle_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	RunView		view;
	int64		ends[MAX_BATCH];
	int64		words[MAX_BATCH];
	SmolSlice	slices[MAX_BATCH];
	SmolVec		ends_vec = {.words = ends};
	SmolVec		values_vec = {.words = words,.slices = slices};
	uint32		run;
	uint32		done = 0;
	uint32		batch = MIN_BATCH;

	if (n == 0)
		return true;
	if (!open_runs(in, &view))
		return false;

	run = find_run(&view, first);
	while (done < n)
	{
		batch = Min(batch, n - done);
		batch = Min(batch, view.nruns - run);
		if (batch == 0)
			return false;		/* runs end before the rows do */
		if (!smol_codec_for.decode(&view.ends, run, batch, &ends_vec) ||
			!view.values_codec->decode(&view.values, run, batch, &values_vec))
			return false;

		for (uint32 i = 0; i < batch && done < n; i++)
		{
			uint64		end = (uint64) ends[i];

			/* every run has rows of its own, and of the chunk's */
			if (end <= (uint64) first + done || end > in->n)
				return false;
			end = Min(end - first, n);
			if (in->lane == SMOL_LANE_WORD)
			{
				for (; done < end; done++)
					out->words[done] = words[i];
			}
			else
			{
				for (; done < end; done++)
					out->slices[done] = slices[i];
			}
		}
		run += batch;
		batch = MAX_BATCH;
	}
	return true;
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
	uint64		row;

	if (n == 0 || !open_runs(in, &view))
		return first;
	from = find_run(&view, first);
	to = find_run(&view, first + n - 1);
	if (to >= view.nruns)
		return first;
	Assert(from <= to);

	run = view.values_codec->seek(&view.values, from, to - from + 1, key, bound);
	if (run == from)
		return first;
	row = smol_for_get(&view.ends_view, run - 1);
	row = Max(row, first);
	return (uint32) Min(row, (uint64) first + n);
}

static const char *
rle_check(const SmolChunk *in)
{
	RunView		view;
	uint64		row = 0;
	const char *wrong;

	if (in->n == 0)
		return "rle: no rows";
	if (!open_runs(in, &view))
		return "rle: bad header";

	/* this ends early if there are more runs than their ends can tell apart */
	for (uint32 run = 0; run < view.nruns; run++)
	{
		uint64		end = smol_for_get(&view.ends_view, run);

		if (end <= row)
			return "rle: run ends do not ascend";
		row = end;
	}
	if (row != in->n)
		return "rle: last run does not end with the rows";

	wrong = smol_codec_for.check(&view.ends);
	if (wrong == NULL)
		wrong = view.values_codec->check(&view.values);
	return wrong;
}

const SmolCodec smol_codec_rle = {
	.name = "rle",
	.measure = rle_measure,
	.encode = rle_encode,
	.decode = rle_decode,
	.seek = rle_seek,
	.check = rle_check,
};
