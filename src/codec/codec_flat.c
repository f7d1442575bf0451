/*-------------------------------------------------------------------------
 *
 * codec_flat.c
 *	  Slices of a type whose length varies, that happen to have one length.
 *
 * Codes, hashes in hexadecimal, numbers with leading zeros: the length is
 * stored once, the slices lie back to back.  What PLAIN spends on the ends of
 * slices is saved.  This codec declines words, and types of fixed length, for
 * which PLAIN does the same.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_flat.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define FLAT_HEADER		sizeof(uint16)	/* the length */

static Size
flat_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	if (in->lane != SMOL_LANE_BYTES || in->fixed_len > 0 ||
		facts->min_len != facts->max_len || facts->max_len > PG_UINT16_MAX)
		return SMOL_NO_FIT;
	return smol_fit(FLAT_HEADER + facts->total);
}

static Size
flat_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		size = flat_measure(in, facts, SMOL_NO_FIT);
	uint16		len;

	if (size == SMOL_NO_FIT || size > cap)
		return SMOL_NO_FIT;
	len = (uint16) facts->max_len;
	memcpy(out, &len, sizeof(len));
	out += FLAT_HEADER;
	for (uint32 i = 0; len > 0 && i < in->n; i++, out += len)
		memcpy(out, in->slices[i].ptr, len);
	return size;
}

/*
 * The length of all slices; false if the chunk can't hold that many, so that
 * any of them can be read once this is true.
 */
static inline bool
read_length(const SmolChunk *in, uint16 *len)
{
	if (in->lane != SMOL_LANE_BYTES || in->fixed_len > 0 || in->len < FLAT_HEADER)
		return false;
	memcpy(len, in->data, sizeof(*len));
	return (uint64) in->n * *len <= in->len - FLAT_HEADER;
}

static bool
flat_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	const uint8 *ptr;
	uint16		len;

	if (n == 0)
		return true;
	if (!read_length(in, &len))
		return false;
	ptr = in->data + FLAT_HEADER + (Size) first * len;
	for (uint32 i = 0; i < n; i++, ptr += len)
	{
		out->slices[i].ptr = ptr;
		out->slices[i].len = len;
	}
	return true;
}

static bool
fetch_flat(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	const SmolChunk *in = state;
	uint16		len;

	memcpy(&len, in->data, sizeof(len));
	slice->ptr = in->data + FLAT_HEADER + (Size) i * len;
	slice->len = len;
	return true;
}

static uint32
flat_seek(const SmolChunk *in, uint32 first, uint32 n,
		  const SmolKey *key, SmolBound bound)
{
	uint16		len;

	if (!read_length(in, &len))
		return SMOL_SEEK_CORRUPT;
	return smol_search(fetch_flat, unconstify(SmolChunk *, in), first, n, key, bound);
}

static const char *
flat_check(const SmolChunk *in)
{
	uint16		len;

	if (in->n == 0)
		return "flat: no rows";
	if (!read_length(in, &len))
		return "flat: too short for its rows";
	if ((uint64) in->n * len != in->len - FLAT_HEADER)
		return "flat: longer than its rows";
	return NULL;
}

const SmolCodec smol_codec_flat = {
	.name = "flat",
	.measure = flat_measure,
	.encode = flat_encode,
	.decode = flat_decode,
	.seek = flat_seek,
	.check = flat_check,
};
