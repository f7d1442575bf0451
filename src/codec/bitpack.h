/*-------------------------------------------------------------------------
 *
 * bitpack.h
 *	  Unsigned integers of 0 to 64 bits, packed one behind the other.
 *
 * Value i of a stream of width w has the bits [i * w, (i + 1) * w) of the
 * stream, bit b being bit b % 8 (the least significant is 0) of byte b / 8.
 * There is no padding between values; the last byte is filled up with zeros.
 * The layout is the same on every machine.
 *
 * A stream is given by its first byte and its number of bytes.  Nothing here
 * checks that the stream is long enough for the values asked for: that is one
 * comparison with smol_bits_size(), which the caller makes once per chunk.
 * Once it holds, no function here reads outside the stream.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/bitpack.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOL_BITPACK_H
#define SMOL_BITPACK_H

#include "c.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

/* Bytes of a stream of n values. */
static inline uint64
smol_bits_size(uint32 n, int width)
{
	return ((uint64) n * width + 7) / 8;
}

/* The least width that holds the value. */
static inline int
smol_bits_width(uint64 value)
{
	return value == 0 ? 0 : pg_leftmost_one_pos64(value) + 1;
}

static inline uint64
smol_bits_mask(int width)
{
	return width == 0 ? 0 : PG_UINT64_MAX >> (64 - width);
}

/* Eight bytes as a number, the first byte being the least significant. */
static inline uint64
smol_bits_load(const uint8 *p)
{
	uint64		word;

	memcpy(&word, p, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

static inline void
smol_bits_store(uint8 *p, uint64 word)
{
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	memcpy(p, &word, sizeof(word));
}

/*
 * The writer.  Call put any number of times with values that fit the width,
 * then finish; exactly smol_bits_size() bytes are then written, none behind
 * them at any time.
 */
typedef struct SmolBitWriter
{
	uint8	   *next;			/* next byte to write */
	uint64		pending;		/* bits not yet written, from bit 0 on */
	int			npending;		/* number of them, 0 to 63 */
	int			width;
} SmolBitWriter;

static inline void
smol_bits_begin(SmolBitWriter *w, uint8 *out, int width)
{
	Assert(width >= 0 && width <= 64);
	w->next = out;
	w->pending = 0;
	w->npending = 0;
	w->width = width;
}

static inline void
smol_bits_put(SmolBitWriter *w, uint64 value)
{
	int			room = 64 - w->npending;

	Assert((value & ~smol_bits_mask(w->width)) == 0);
	w->pending |= value << w->npending;
	if (w->width < room)
		w->npending += w->width;
	else
	{
		smol_bits_store(w->next, w->pending);
		w->next += sizeof(uint64);
		w->pending = room == 64 ? 0 : value >> room;
		w->npending = w->width - room;
	}
}

/* Returns the end of the stream. */
static inline uint8 *
smol_bits_finish(SmolBitWriter *w)
{
	for (; w->npending > 0; w->npending -= 8)
	{
		*w->next++ = (uint8) w->pending;
		w->pending >>= 8;
	}
	return w->next;
}

/*
 * Value i.
 *
 * One load of eight bytes has all of the value, except when it ends in a
 * ninth byte, which then is part of the stream.  Where the load would pass
 * the end of the stream it is made from the last eight bytes instead: the
 * value ends inside the stream, so it ends inside those.
 */
static inline uint64
smol_bits_get(const uint8 *bits, Size nbytes, int width, uint32 i)
{
	uint64		at = (uint64) i * width;
	uint64		byte = at >> 3;
	int			shift = (int) (at & 7);
	uint64		value;

	if (likely(byte + 8 <= nbytes))
	{
		value = smol_bits_load(bits + byte) >> shift;
		if (unlikely(shift + width > 64))
			value |= (uint64) bits[byte + 8] << (64 - shift);
	}
	else if (nbytes >= 8)
		value = smol_bits_load(bits + nbytes - 8) >> (at - (nbytes - 8) * 8);
	else
	{
		value = 0;
		for (uint64 k = byte; k < nbytes; k++)
			value |= (uint64) bits[k] << (8 * (k - byte));
		value >>= shift;
	}
	return value & smol_bits_mask(width);
}

/*
 * Value j, 0 to 7, of the block of eight that begins at p.  Both j and width
 * are constants wherever this is used, so one load, one shift and one mask
 * remain.  Up to width 8 one load serves all eight values.
 */
static pg_attribute_always_inline uint64
smol_bits_block_get(const uint8 *p, const int width, const int j)
{
	const int	at = j * width;
	const int	shift = at & 7;
	uint64		value;

	if (width <= 8)
		value = smol_bits_load(p) >> at;
	else
	{
		value = smol_bits_load(p + (at >> 3)) >> shift;
		if (shift + width > 64)
			value |= (uint64) p[(at >> 3) + 8] << ((64 - shift) & 63);
	}
	return value & (PG_UINT64_MAX >> (64 - width));
}

/* The first byte that unpacking a block does not read, counted from its own */
static inline uint32
smol_bits_block_reach(int width)
{
	return (width <= 8 ? 0 : 7 * width / 8) + 8;
}

static pg_attribute_always_inline void
smol_bits_unpack_width(const uint8 *p, const int width, uint32 nblocks,
					   uint64 base, int64 *out)
{
	for (uint32 k = 0; k < nblocks; k++, p += width, out += 8)
	{
		out[0] = (int64) (base + smol_bits_block_get(p, width, 0));
		out[1] = (int64) (base + smol_bits_block_get(p, width, 1));
		out[2] = (int64) (base + smol_bits_block_get(p, width, 2));
		out[3] = (int64) (base + smol_bits_block_get(p, width, 3));
		out[4] = (int64) (base + smol_bits_block_get(p, width, 4));
		out[5] = (int64) (base + smol_bits_block_get(p, width, 5));
		out[6] = (int64) (base + smol_bits_block_get(p, width, 6));
		out[7] = (int64) (base + smol_bits_block_get(p, width, 7));
	}
}

/*
 * Unpack whole blocks of eight values, adding base to each.  Every block read
 * reaches smol_bits_block_reach() bytes, which may be more than it has.
 */
static void
smol_bits_unpack_blocks(const uint8 *p, int width, uint32 nblocks,
						uint64 base, int64 *out)
{
	switch (width)
	{
#define CASE(w) \
		case (w): \
			smol_bits_unpack_width(p, (w), nblocks, base, out); \
			break
#define CASES(w) \
		CASE(w); CASE((w) + 1); CASE((w) + 2); CASE((w) + 3); \
		CASE((w) + 4); CASE((w) + 5); CASE((w) + 6); CASE((w) + 7)

			CASES(1);
			CASES(9);
			CASES(17);
			CASES(25);
			CASES(33);
			CASES(41);
			CASES(49);
			CASES(57);
#undef CASES
#undef CASE
		default:
			Assert(false);
	}
}

/*
 * Unpack the values [first, first + n), adding base to each.
 *
 * A block of eight values begins at a byte.  So: single values up to the
 * first block, then the blocks whose loads stay inside the stream, then the
 * last blocks from a padded copy (fewer than 64 bytes remain), then single
 * values again.
 */
static inline void
smol_bits_unpack(const uint8 *bits, Size nbytes, int width,
				 uint32 first, uint32 n, uint64 base, int64 *out)
{
	Assert(smol_bits_size(first + n, width) <= nbytes);

	if (width == 0)
	{
		for (uint32 i = 0; i < n; i++)
			out[i] = (int64) base;
		return;
	}

	while (n > 0 && (first & 7) != 0)
	{
		*out++ = (int64) (base + smol_bits_get(bits, nbytes, width, first));
		first++;
		n--;
	}

	if (n >= 8)
	{
		uint64		at = (uint64) (first >> 3) * width;
		uint64		left = nbytes - at;
		uint32		reach = smol_bits_block_reach(width);
		uint32		nblocks = n >> 3;
		uint32		direct = 0;

		if (left >= reach)
			direct = (uint32) Min((left - reach) / width + 1, nblocks);
		smol_bits_unpack_blocks(bits + at, width, direct, base, out);

		if (direct < nblocks)
		{
			uint8		copy[64 + 16] = {0};

			at += (uint64) direct * width;
			left = nbytes - at;
			Assert(left < 64);
			memcpy(copy, bits + at, left);
			smol_bits_unpack_blocks(copy, width, nblocks - direct, base,
									out + (Size) direct * 8);
		}

		first += nblocks * 8;
		out += (Size) nblocks * 8;
		n &= 7;
	}

	for (uint32 i = 0; i < n; i++)
		out[i] = (int64) (base + smol_bits_get(bits, nbytes, width, first + i));
}

#endif							/* SMOL_BITPACK_H */
