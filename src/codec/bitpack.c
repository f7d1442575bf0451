/*-------------------------------------------------------------------------
 *
 * bitpack.c
 *	  Unpacking streams of bits, many values at a time.
 *
 * A block of eight values begins at a byte, so the code for a width has only
 * constant offsets and shifts; there is such code for each of the 64 widths.
 * What a codec makes of each value is done while it is still in a register: a
 * second pass over the values would cost as much again.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/bitpack.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/bitpack.h"

/* What becomes of the values, see bitpack.h. */
typedef enum Kind
{
	KIND_ADD,
	KIND_SCALE,
	KIND_SUM,
	KIND_LINE,
} Kind;

typedef struct State
{
	uint64		base;
	uint64		step;
	uint64		scale;
	uint64		height;
	int			shift;
} State;

static pg_attribute_always_inline int64
transform(const Kind kind, State *state, uint64 value)
{
	switch (kind)
	{
		case KIND_ADD:
			return (int64) (state->base + value);
		case KIND_SCALE:
			return (int64) (state->base + state->scale * value);
		case KIND_SUM:
			state->base += state->step + state->scale * value;
			return (int64) state->base;
		case KIND_LINE:
			value += state->base + (uint64) ((int64) state->height >> state->shift);
			state->height += state->step;
			return (int64) value;
	}
	pg_unreachable();
}

/*
 * Value j, 0 to 7, of the block of eight that begins at p.  Both j and width
 * are constants wherever this is used, so one load, one shift and one mask
 * remain.  Up to width 8 one load serves all eight values.
 */
static pg_attribute_always_inline uint64
block_get(const uint8 *p, const int width, const int j)
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

/* Bytes that unpacking a block reads from its first on. */
static inline uint32
block_reach(int width)
{
	return (width <= 8 ? 0 : 7 * width / 8) + 8;
}

static pg_attribute_always_inline void
unpack_width(const Kind kind, State *state, const uint8 *p, const int width,
			 uint32 nblocks, int64 *out)
{
	State		s = *state;

	for (uint32 k = 0; k < nblocks; k++, p += width, out += 8)
	{
		out[0] = transform(kind, &s, block_get(p, width, 0));
		out[1] = transform(kind, &s, block_get(p, width, 1));
		out[2] = transform(kind, &s, block_get(p, width, 2));
		out[3] = transform(kind, &s, block_get(p, width, 3));
		out[4] = transform(kind, &s, block_get(p, width, 4));
		out[5] = transform(kind, &s, block_get(p, width, 5));
		out[6] = transform(kind, &s, block_get(p, width, 6));
		out[7] = transform(kind, &s, block_get(p, width, 7));
	}
	*state = s;
}

/*
 * Unpack whole blocks of eight values.  Every block read reaches
 * block_reach() bytes, which may be more than it has.
 */
static pg_attribute_always_inline void
unpack_blocks(const Kind kind, State *state, const uint8 *p, int width,
			  uint32 nblocks, int64 *out)
{
	switch (width)
	{
#define CASE(w) \
		case (w): \
			unpack_width(kind, state, p, (w), nblocks, out); \
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

/* So that each kind has the code for all widths once. */
#define MAKE_UNPACK_BLOCKS(name, kind) \
static pg_noinline void \
name(State *state, const uint8 *p, int width, uint32 nblocks, int64 *out) \
{ \
	unpack_blocks(kind, state, p, width, nblocks, out); \
}

MAKE_UNPACK_BLOCKS(add_blocks, KIND_ADD)
MAKE_UNPACK_BLOCKS(scale_blocks, KIND_SCALE)
MAKE_UNPACK_BLOCKS(sum_blocks, KIND_SUM)
MAKE_UNPACK_BLOCKS(line_blocks, KIND_LINE)

/*
 * Unpack the values [first, first + n): single values up to the first block,
 * then the blocks whose loads stay inside the stream, then the last blocks
 * from a padded copy (fewer than 64 bytes remain), then single values again.
 */
static pg_attribute_always_inline void
unpack(const Kind kind,
	   void (*blocks) (State *, const uint8 *, int, uint32, int64 *),
	   State state, const uint8 *bits, Size nbytes, int width,
	   uint32 first, uint32 n, int64 *out)
{
	Assert(smol_bits_size(first + n, width) <= nbytes);

	if (width == 0)
	{
		for (uint32 i = 0; i < n; i++)
			out[i] = transform(kind, &state, 0);
		return;
	}

	while (n > 0 && (first & 7) != 0)
	{
		*out++ = transform(kind, &state, smol_bits_get(bits, nbytes, width, first));
		first++;
		n--;
	}

	if (n >= 8)
	{
		uint64		at = (uint64) (first >> 3) * width;
		uint64		left = nbytes - at;
		uint32		reach = block_reach(width);
		uint32		nblocks = n >> 3;
		uint32		direct = 0;

		if (left >= reach)
			direct = (uint32) Min((left - reach) / width + 1, nblocks);
		blocks(&state, bits + at, width, direct, out);

		if (direct < nblocks)
		{
			uint8		copy[64 + 16] = {0};

			at += (uint64) direct * width;
			left = nbytes - at;
			Assert(left < 64);
			memcpy(copy, bits + at, left);
			blocks(&state, copy, width, nblocks - direct, out + (Size) direct * 8);
		}

		first += nblocks * 8;
		out += (Size) nblocks * 8;
		n &= 7;
	}

	for (uint32 i = 0; i < n; i++)
		out[i] = transform(kind, &state, smol_bits_get(bits, nbytes, width, first + i));
}

void
smol_bits_unpack(const uint8 *bits, Size nbytes, int width,
				 uint32 first, uint32 n, uint64 base, int64 *out)
{
	State		state = {.base = base};

	unpack(KIND_ADD, add_blocks, state, bits, nbytes, width, first, n, out);
}

void
smol_bits_unpack_scaled(const uint8 *bits, Size nbytes, int width,
						uint32 first, uint32 n, uint64 base, uint64 scale,
						int64 *out)
{
	State		state = {.base = base,.scale = scale};

	unpack(KIND_SCALE, scale_blocks, state, bits, nbytes, width, first, n, out);
}

void
smol_bits_unpack_sums(const uint8 *bits, Size nbytes, int width,
					  uint32 first, uint32 n, uint64 base, uint64 step,
					  uint64 scale, int64 *out)
{
	State		state = {.base = base,.step = step,.scale = scale};

	unpack(KIND_SUM, sum_blocks, state, bits, nbytes, width, first, n, out);
}

void
smol_bits_unpack_line(const uint8 *bits, Size nbytes, int width,
					  uint32 first, uint32 n, uint64 base, uint64 slope,
					  int shift, int64 *out)
{
	State		state = {.base = base,.step = slope,.height = slope * first,.shift = shift};

	unpack(KIND_LINE, line_blocks, state, bits, nbytes, width, first, n, out);
}
