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
smol_bits_size(uint64 n, int width)
{
	return (n * width + 7) / 8;
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
 * them at any time.  put_wide takes several values at once, the first one
 * lowest, which have that many bits together.
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
smol_bits_put_wide(SmolBitWriter *w, uint64 value, int width)
{
	int			room = 64 - w->npending;

	Assert((value & ~smol_bits_mask(width)) == 0);
	w->pending |= value << w->npending;
	if (width < room)
		w->npending += width;
	else
	{
		smol_bits_store(w->next, w->pending);
		w->next += sizeof(uint64);
		w->pending = room == 64 ? 0 : value >> room;
		w->npending = width - room;
	}
}

static inline void
smol_bits_put(SmolBitWriter *w, uint64 value)
{
	smol_bits_put_wide(w, value, w->width);
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
			value |= (uint64) bits[byte + 8] << (-shift & 63);
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
 * Unpack the values [first, first + n) of a stream, and make something of each
 * value v while at it (bitpack.c):
 *
 * smol_bits_unpack		base + v
 * smol_bits_unpack_scaled	base + scale * v
 * smol_bits_unpack_sums	the value before (base for the first), + step + scale * v
 * smol_bits_unpack_line	base + v + (slope * (first + i) >> shift), signed shift
 */
extern void smol_bits_unpack(const uint8 *bits, Size nbytes, int width,
							 uint32 first, uint32 n,
							 uint64 base, int64 *out);
extern void smol_bits_unpack_scaled(const uint8 *bits, Size nbytes, int width,
									uint32 first, uint32 n,
									uint64 base, uint64 scale, int64 *out);
extern void smol_bits_unpack_sums(const uint8 *bits, Size nbytes, int width,
								  uint32 first, uint32 n,
								  uint64 base, uint64 step, uint64 scale,
								  int64 *out);
extern void smol_bits_unpack_line(const uint8 *bits, Size nbytes, int width,
								  uint32 first, uint32 n,
								  uint64 base, uint64 slope, int shift,
								  int64 *out);

/*
 * Whole blocks of eight values, for bitpack.c only.  What is done with a value
 * is its kind; p is the first block's first byte.
 */
typedef enum SmolUnpackKind
{
	SMOL_UNPACK_ADD,
	SMOL_UNPACK_SCALE,
	SMOL_UNPACK_SUM,
	SMOL_UNPACK_LINE,
} SmolUnpackKind;

typedef struct SmolUnpackState
{
	uint64		base;
	uint64		step;
	uint64		scale;
	uint64		height;
	int			shift;
} SmolUnpackState;

typedef void (*SmolUnpackBlocks) (SmolUnpackState *state, const uint8 *p,
								  int width, uint32 nblocks, int64 *out);

/*
 * AVX2 is used where the compiler and the processor know it, and never needed:
 * what it does, C does as well, with the same results.
 */
#if defined(__x86_64__) && defined(__GNUC__) && __has_attribute(target)
#define SMOL_USE_AVX2

extern int	smol_avx2_state;	/* -1 if not yet known; 0 for tests of C alone */

static inline bool
smol_has_avx2(void)
{
	if (unlikely(smol_avx2_state < 0))
		smol_avx2_state = __builtin_cpu_supports("avx2") != 0;
	return smol_avx2_state != 0;
}

/*
 * For widths of 0 to SMOL_AVX2_MAX_WIDTH; where there is a scale, it and the
 * width have at most 32 bits (bitpack_avx2.c).
 */
#define SMOL_AVX2_MAX_WIDTH		57

extern void smol_avx2_add(SmolUnpackState *state, const uint8 *p,
						  int width, uint32 nblocks, int64 *out);
extern void smol_avx2_scale(SmolUnpackState *state, const uint8 *p,
							int width, uint32 nblocks, int64 *out);
extern void smol_avx2_sum(SmolUnpackState *state, const uint8 *p,
						  int width, uint32 nblocks, int64 *out);
extern void smol_avx2_line(SmolUnpackState *state, const uint8 *p,
						   int width, uint32 nblocks, int64 *out);
#endif

#endif							/* SMOL_BITPACK_H */
