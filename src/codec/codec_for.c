/*-------------------------------------------------------------------------
 *
 * codec_for.c
 *	  Frame of reference: the least value, and what each value is above it.
 *
 * The differences are bit-packed with the least width that holds them all
 * (bitpack.h), so that any value is found in constant time and a constant
 * column takes its header only.  The arithmetic is that of uint64, which wraps
 * around: it is exact from INT64_MIN to INT64_MAX.
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

static Size
for_measure(const SmolColumn *in)
{
	int64		min;
	int64		max;

	if (in->lane != SMOL_LANE_WORD)
		return SMOL_NO_FIT;
	smol_word_range(in->words, in->n, &min, &max);
	return smol_for_size(in->n, min, max);
}

static Size
for_encode(const SmolColumn *in, uint8 *out, Size cap)
{
	SmolBitWriter w;
	int64		min;
	int64		max;
	Size		size;
	uint8	   *end PG_USED_FOR_ASSERTS_ONLY;

	if (in->lane != SMOL_LANE_WORD)
		return SMOL_NO_FIT;
	smol_word_range(in->words, in->n, &min, &max);
	size = smol_for_size(in->n, min, max);
	if (size == SMOL_NO_FIT || size > cap)
		return SMOL_NO_FIT;

	smol_for_begin(&w, out, min, max);
	if (w.width > 0)
	{
		for (uint32 i = 0; i < in->n; i++)
			smol_bits_put(&w, (uint64) in->words[i] - (uint64) min);
	}
	end = smol_bits_finish(&w);
	Assert(end == out + size);
	return size;
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
	else
		smol_bits_unpack(view.bits, view.nbytes, view.width, first, n,
						 view.base, out->words);
	return true;
}

static bool
fetch_packed(const void *state, uint32 i, int64 *word, SmolSlice *slice)
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
		return first;
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
	if (in->len < SMOL_FOR_BITS)
		return "for: too short for its header";
	if (in->data[SMOL_FOR_WIDTH] > 64)
		return "for: more than 64 bits per value";
	if (!smol_for_open(&view, in->data, in->len, in->n))
		return "for: too short for its rows";
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
