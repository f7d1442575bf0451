/*-------------------------------------------------------------------------
 *
 * codec_plain.c
 *	  The codec that stores values as they are.
 *
 * Words are eight bytes each in the machine's own byte order (the metapage
 * records which that is).  Slices of one length lie back to back; slices that
 * vary in length are preceded by an array of their ends.  Any value is found
 * in constant time.
 *
 * This codec takes every column unless its slices are too long together for
 * their ends to be uint16: a page is smaller than that.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_plain.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

/* Value i of slices that vary, false if its ends don't make sense. */
static inline bool
varying_slice(const uint8 *ends, const uint8 *bytes, uint32 nbytes,
			  uint32 i, SmolSlice *slice)
{
	uint16		from = 0;
	uint16		to;

	if (i > 0)
		memcpy(&from, ends + ((Size) i - 1) * sizeof(uint16), sizeof(from));
	memcpy(&to, ends + (Size) i * sizeof(uint16), sizeof(to));
	if (to < from || to > nbytes)
		return false;
	slice->ptr = bytes + from;
	slice->len = to - from;
	return true;
}

/*
 * The bytes that a chunk needs whatever its values are.  Once the chunk is
 * found to have them, words, slices of one length, and the ends of others can
 * be read without further checks.
 */
static inline uint64
least_size(const SmolChunk *in)
{
	if (in->lane == SMOL_LANE_WORD)
		return (uint64) in->n * sizeof(int64);
	if (in->fixed_len > 0)
		return (uint64) in->n * in->fixed_len;
	return (uint64) in->n * sizeof(uint16);
}

static Size
plain_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	if (in->lane == SMOL_LANE_WORD)
		return smol_fit((uint64) in->n * sizeof(int64));
	if (in->fixed_len > 0)
		return smol_fit((uint64) in->n * in->fixed_len);
	if (facts->total > SMOL_PLAIN_MAX_BYTES)
		return SMOL_NO_FIT;
	return smol_fit((uint64) in->n * sizeof(uint16) + facts->total);
}

static Size
plain_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		size = plain_measure(in, facts, SMOL_NO_FIT);
	uint8	   *bytes = out;
	uint16		end = 0;

	if (size == SMOL_NO_FIT || size > cap)
		return SMOL_NO_FIT;

	if (in->lane == SMOL_LANE_WORD)
	{
		memcpy(out, in->words, size);
		return size;
	}

	if (in->fixed_len == 0)
		bytes += (Size) in->n * sizeof(uint16);
	for (uint32 i = 0; i < in->n; i++)
	{
		SmolSlice	slice = in->slices[i];

		if (in->fixed_len == 0)
		{
			end += slice.len;
			memcpy(out + (Size) i * sizeof(uint16), &end, sizeof(end));
		}
		else
			Assert(slice.len == in->fixed_len);
		if (slice.len > 0)
			memcpy(bytes, slice.ptr, slice.len);
		bytes += slice.len;
	}
	Assert(bytes == out + size);
	return size;
}

static bool
plain_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	uint64		least = least_size(in);

	if (n == 0)
		return true;
	if (in->len < least)
		return false;

	if (in->lane == SMOL_LANE_WORD)
		memcpy(out->words, in->data + (Size) first * sizeof(int64),
			   (Size) n * sizeof(int64));
	else if (in->fixed_len > 0)
	{
		const uint8 *ptr = in->data + (Size) first * in->fixed_len;

		for (uint32 i = 0; i < n; i++, ptr += in->fixed_len)
		{
			out->slices[i].ptr = ptr;
			out->slices[i].len = in->fixed_len;
		}
	}
	else
	{
		const uint8 *bytes = in->data + least;
		uint32		nbytes = in->len - (uint32) least;

		for (uint32 i = 0; i < n; i++)
		{
			if (!varying_slice(in->data, bytes, nbytes, first + i,
							   &out->slices[i]))
				return false;
		}
	}
	return true;
}

static bool
fetch_word(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	const SmolChunk *in = state;

	memcpy(word, in->data + (Size) i * sizeof(int64), sizeof(*word));
	return true;
}

static bool
fetch_fixed(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	const SmolChunk *in = state;

	slice->ptr = in->data + (Size) i * in->fixed_len;
	slice->len = in->fixed_len;
	return true;
}

static bool
fetch_varying(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	const SmolChunk *in = state;
	uint32		least = (uint32) least_size(in);

	return varying_slice(in->data, in->data + least, in->len - least, i, slice);
}

static uint32
plain_seek(const SmolChunk *in, uint32 first, uint32 n,
		   const SmolKey *key, SmolBound bound)
{
	SmolChunk  *chunk = unconstify(SmolChunk *, in);

	if (in->len < least_size(in))
		return SMOL_SEEK_CORRUPT;
	if (in->lane == SMOL_LANE_WORD)
		return smol_search(fetch_word, chunk, first, n, key, bound);
	if (in->fixed_len > 0)
		return smol_search(fetch_fixed, chunk, first, n, key, bound);
	return smol_search(fetch_varying, chunk, first, n, key, bound);
}

static const char *
plain_check(const SmolChunk *in)
{
	uint64		least = least_size(in);
	uint32		nbytes;
	SmolSlice	slice;

	if (in->n == 0)
		return "plain: no rows";
	if (in->len < least)
		return "plain: too short for its rows";
	nbytes = in->len - (uint32) least;
	if (in->lane == SMOL_LANE_WORD || in->fixed_len > 0)
		return nbytes == 0 ? NULL : "plain: longer than its rows";

	for (uint32 i = 0; i < in->n; i++)
	{
		if (!varying_slice(in->data, in->data + least, nbytes, i, &slice))
			return "plain: slice out of bounds";
		if (i == in->n - 1 && slice.ptr + slice.len != in->data + in->len)
			return "plain: last slice does not end with the chunk";
	}
	return NULL;
}

const SmolCodec smol_codec_plain = {
	.name = "plain",
	.measure = plain_measure,
	.encode = plain_encode,
	.decode = plain_decode,
	.seek = plain_seek,
	.check = plain_check,
};
