/*-------------------------------------------------------------------------
 *
 * codec_impl.h
 *	  What the codecs share, private to src/codec.
 *
 * RLE keeps its run ends and run values in the layouts of FOR and PLAIN but
 * writes them while it walks its input, so the sizes and headers of those two
 * layouts are here and not in their own files.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_impl.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOL_CODEC_IMPL_H
#define SMOL_CODEC_IMPL_H

#include "codec/bitpack.h"
#include "codec/smolcodec.h"

/* A chunk's length is a uint32: anything longer is SMOL_NO_FIT. */
static inline Size
smol_fit(uint64 bytes)
{
	return bytes <= PG_UINT32_MAX ? (Size) bytes : SMOL_NO_FIT;
}

static inline bool
smol_same_slice(SmolSlice a, SmolSlice b)
{
	/* an empty slice may have any pointer, which memcmp must not see */
	return a.len == b.len &&
		(a.ptr == b.ptr || a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/*
 * PLAIN.  The end of a slice is a uint16, so that a chunk of varying slices
 * has at most that many bytes of values.
 */
#define SMOL_PLAIN_MAX_BYTES	PG_UINT16_MAX

/* total is the sum of lengths, wanted only for slices that vary in length */
static inline Size
smol_plain_size(SmolLane lane, uint16 fixed_len, uint32 n, uint64 total)
{
	if (lane == SMOL_LANE_WORD)
		return smol_fit((uint64) n * sizeof(int64));
	if (fixed_len > 0)
		return smol_fit((uint64) n * fixed_len);
	if (total > SMOL_PLAIN_MAX_BYTES)
		return SMOL_NO_FIT;
	return smol_fit((uint64) n * sizeof(uint16) + total);
}

/*
 * FOR: base, width, bits.
 */
#define SMOL_FOR_BASE	0
#define SMOL_FOR_WIDTH	8
#define SMOL_FOR_BITS	9

typedef struct SmolForView
{
	const uint8 *bits;
	Size		nbytes;			/* of bits, at least what n values need */
	uint64		base;
	int			width;			/* 0 to 64 */
} SmolForView;

/* The difference as uint64 is right for any two int64. */
static inline int
smol_for_width(int64 min, int64 max)
{
	return smol_bits_width((uint64) max - (uint64) min);
}

static inline Size
smol_for_size(uint32 n, int64 min, int64 max)
{
	return smol_fit(SMOL_FOR_BITS + smol_bits_size(n, smol_for_width(min, max)));
}

/* Write the header; the values less min then go through the writer. */
static inline void
smol_for_begin(SmolBitWriter *w, uint8 *out, int64 min, int64 max)
{
	int			width = smol_for_width(min, max);

	memcpy(out + SMOL_FOR_BASE, &min, sizeof(min));
	out[SMOL_FOR_WIDTH] = (uint8) width;
	smol_bits_begin(w, out + SMOL_FOR_BITS, width);
}

/* False unless [data, data + len) has room for n values. */
static inline bool
smol_for_open(SmolForView *view, const uint8 *data, uint32 len, uint32 n)
{
	if (len < SMOL_FOR_BITS)
		return false;
	memcpy(&view->base, data + SMOL_FOR_BASE, sizeof(view->base));
	view->width = data[SMOL_FOR_WIDTH];
	view->bits = data + SMOL_FOR_BITS;
	view->nbytes = len - SMOL_FOR_BITS;
	return view->width <= 64 && smol_bits_size(n, view->width) <= view->nbytes;
}

static inline uint64
smol_for_get(const SmolForView *view, uint32 i)
{
	return view->base + smol_bits_get(view->bits, view->nbytes, view->width, i);
}

static inline void
smol_word_range(const int64 *words, uint32 n, int64 *min, int64 *max)
{
	int64		lo = words[0];
	int64		hi = words[0];

	for (uint32 i = 1; i < n; i++)
	{
		lo = Min(lo, words[i]);
		hi = Max(hi, words[i]);
	}
	*min = lo;
	*max = hi;
}

/*
 * Binary search over anything that can fetch its value i, false if that is
 * found to be corrupt.  Inlined with a constant fetch, so that a direct key
 * costs no call.
 *
 * The stretch left to search gets smaller with each step, whatever the values
 * are: on corrupt data the result is some position in [first, first + n].
 */
typedef bool (*SmolFetch) (const void *state, uint32 i, int64 *word, SmolSlice *slice);

static pg_attribute_always_inline uint32
smol_search(SmolFetch fetch, const void *state, uint32 first, uint32 n,
			const SmolKey *key, SmolBound bound)
{
	SmolSlice	slice = {NULL, 0};
	int64		word = 0;

	if (key->direct)
	{
		/* ~x runs against x: descending becomes ascending */
		const int64 flip = key->descending ? -1 : 0;
		int64		limit = key->word ^ flip;

		/* not above the key is below its successor */
		if (bound == SMOL_BOUND_UPPER)
		{
			if (limit == PG_INT64_MAX)
				return first + n;
			limit++;
		}

		while (n > 0)
		{
			uint32		half = n / 2;

			if (!fetch(state, first + half, &word, &slice))
				break;
			if ((word ^ flip) < limit)
			{
				first += half + 1;
				n -= half + 1;
			}
			else
				n = half;
		}
	}
	else
	{
		/* order() gives less than this for the values before the bound */
		const int	limit = bound == SMOL_BOUND_UPPER ? 1 : 0;

		while (n > 0)
		{
			uint32		half = n / 2;

			if (!fetch(state, first + half, &word, &slice))
				break;
			if (key->order(key->arg, word, slice) < limit)
			{
				first += half + 1;
				n -= half + 1;
			}
			else
				n = half;
		}
	}
	return first;
}

#endif							/* SMOL_CODEC_IMPL_H */
