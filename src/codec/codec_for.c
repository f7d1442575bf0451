/*-------------------------------------------------------------------------
 *
 * codec_for.c
 *	  Frame of reference: the least value, and what each value is above it.
 *
 * The differences, divided by their greatest common divisor, are bit-packed
 * with the least width that holds them all (bitpack.h), so that any value is
 * found in constant time and a constant column takes its header only.  The
 * divisor is for timestamps in seconds, kept as microseconds, and the like.
 * The arithmetic is that of uint64, which wraps around: it is exact from
 * INT64_MIN to INT64_MAX.
 *
 * This codec takes words only.  It does not patch outliers: one of them
 * widens the whole chunk.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_for.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

typedef struct ForPlan
{
	uint64		divisor;
	int			width;
	int			base_bytes;
	int			divisor_bytes;	/* 0: there is none */
	Size		size;
} ForPlan;

static void
plan_for(const SmolColumn *in, SmolFacts *facts, ForPlan *plan)
{
	/* as uint64 the difference is right for any two int64 */
	uint64		range = (uint64) facts->max - (uint64) facts->min;
	uint64		size;

	plan->divisor = smol_divisor(in, facts);
	plan->width = smol_bits_width(range);
	plan->base_bytes = smol_int_bytes(facts->min);
	plan->divisor_bytes = 0;
	size = smol_bits_size(in->n, plan->width);
	if (plan->divisor > 1)
	{
		int			width = smol_bits_width(range / plan->divisor);
		int			bytes = smol_uint_bytes(plan->divisor);
		uint64		divided = smol_bits_size(in->n, width) + bytes;

		if (divided < size)
		{
			plan->width = width;
			plan->divisor_bytes = bytes;
			size = divided;
		}
	}
	plan->size = smol_fit(2 + plan->base_bytes + size);
}

static Size
for_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	ForPlan		plan;

	if (in->lane != SMOL_LANE_WORD)
		return SMOL_NO_FIT;
	plan_for(in, facts, &plan);
	return plan.size;
}

static Size
for_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	uint64		min = (uint64) facts->min;
	ForPlan		plan;
	SmolBitWriter w;
	uint8	   *next;

	if (in->lane != SMOL_LANE_WORD)
		return SMOL_NO_FIT;
	plan_for(in, facts, &plan);
	if (plan.size == SMOL_NO_FIT || plan.size > cap)
		return SMOL_NO_FIT;

	out[0] = (uint8) plan.width;
	out[1] = (uint8) (plan.divisor_bytes << 4 | plan.base_bytes);
	next = smol_put_number(out + 2, min, plan.base_bytes);
	next = smol_put_number(next, plan.divisor, plan.divisor_bytes);
	smol_bits_begin(&w, next, plan.width);
	if (plan.width > 0 && plan.divisor_bytes > 0)
	{
		SmolDivider divider;

		smol_init_divider(&divider, plan.divisor);
		for (uint32 i = 0; i < in->n; i++)
			smol_bits_put(&w, smol_quotient(&divider, (uint64) in->words[i] - min));
	}
	else if (plan.width > 0)
	{
		for (uint32 i = 0; i < in->n; i++)
			smol_bits_put(&w, (uint64) in->words[i] - min);
	}
	next = smol_bits_finish(&w);
	Assert(next == out + plan.size);
	return next - out;
}

static bool
for_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	SmolForView view;

	if (in->lane != SMOL_LANE_WORD ||
		!smol_for_open(&view, in->data, in->len, in->n))
		return false;
	if (n == 1)
		out->words[0] = (int64) smol_for_get(&view, first);
	else if (view.divisor == 1)
		smol_bits_unpack(view.bits, view.nbytes, view.width, first, n,
						 view.base, out->words);
	else
		smol_bits_unpack_scaled(view.bits, view.nbytes, view.width, first, n,
								view.base, view.divisor, out->words);
	return true;
}

static bool
fetch_packed(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	*word = (int64) smol_for_get(state, i);
	return true;
}

static uint32
for_seek(const SmolChunk *in, uint32 first, uint32 n,
		 const SmolKey *key, SmolBound bound)
{
	SmolForView view;

	if (in->lane != SMOL_LANE_WORD ||
		!smol_for_open(&view, in->data, in->len, in->n))
		return SMOL_SEEK_CORRUPT;
	return smol_search(fetch_packed, &view, first, n, key, bound);
}

/*
 * Any bits are values, so a chunk of the right length is sound.
 */
static const char *
for_check(const SmolChunk *in)
{
	SmolForView view;

	if (in->lane != SMOL_LANE_WORD)
		return "for: not a column of words";
	if (in->n == 0)
		return "for: no rows";
	if (!smol_for_open(&view, in->data, in->len, in->n))
		return "for: bad header, or too short for its rows";
	if (view.nbytes != smol_bits_size(in->n, view.width))
		return "for: longer than its rows";
	return NULL;
}

const SmolCodec smol_codec_for = {
	.name = "for",
	.measure = for_measure,
	.encode = for_encode,
	.decode = for_decode,
	.seek = for_seek,
	.check = for_check,
};
