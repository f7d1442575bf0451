/*-------------------------------------------------------------------------
 *
 * codec.c
 *	  The table of codecs, the choice among them, and the entry points that look
 * a chunk's codec up in the table.
 *
 * A codec is chosen by the bytes it takes and by nothing else; where two take
 * the same, by what decoding costs.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

/* by the number that is written to disk */
static const SmolCodec *const codecs[SMOL_NUM_CODECS] = {
	[SMOL_CODEC_PLAIN] = &smol_codec_plain,
	[SMOL_CODEC_RLE] = &smol_codec_rle,
	[SMOL_CODEC_FOR] = &smol_codec_for,
	[SMOL_CODEC_FLAT] = &smol_codec_flat,
};

/* by what decoding costs, the cheapest first */
static const uint8 by_cost[SMOL_NUM_CODECS] = {
	SMOL_CODEC_PLAIN,
	SMOL_CODEC_FLAT,
	SMOL_CODEC_FOR,
	SMOL_CODEC_RLE,
};

#define chunk_range_is_valid(in, first, n) \
	((first) <= (in)->n && (n) <= (in)->n - (first))

const SmolCodec *
smol_get_codec(uint8 id)
{
	return id < SMOL_NUM_CODECS ? codecs[id] : NULL;
}

/*
 * The codec that takes the fewest bytes.  *bytes is SMOL_NO_FIT if none can
 * take the column.
 */
uint8
smol_choose_codec(const SmolColumn *in, Size *bytes)
{
	uint8		best = SMOL_CODEC_PLAIN;

	Assert(in->n > 0);
	*bytes = SMOL_NO_FIT;
	for (int i = 0; i < SMOL_NUM_CODECS; i++)
	{
		Size		size = codecs[by_cost[i]]->measure(in);

		/* SMOL_NO_FIT is more than any size */
		if (size < *bytes)
		{
			*bytes = size;
			best = by_cost[i];
		}
	}
	return best;
}

bool
smol_decode_chunk(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	Assert(chunk_range_is_valid(in, first, n));
	return codec != NULL && codec->decode(in, first, n, out);
}

static bool
fetch_decoded(const void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	SmolVec		vec = {.words = word,.slices = slice};

	return smol_decode_chunk(state, i, 1, &vec);
}

/* For codecs that can't search what they have encoded. */
static uint32
seek_by_decode(const SmolChunk *in, uint32 first, uint32 n,
			   const SmolKey *key, SmolBound bound)
{
	return smol_search(fetch_decoded, in, first, n, key, bound);
}

uint32
smol_seek_chunk(const SmolChunk *in, uint32 first, uint32 n,
				const SmolKey *key, SmolBound bound)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	Assert(chunk_range_is_valid(in, first, n));
	Assert(!key->direct || in->lane == SMOL_LANE_WORD);
	if (codec == NULL || codec->seek == NULL)
		return seek_by_decode(in, first, n, key, bound);
	return codec->seek(in, first, n, key, bound);
}

const char *
smol_check_chunk(const SmolChunk *in)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	if (codec == NULL)
		return "unknown codec";
	return codec->check(in);
}
