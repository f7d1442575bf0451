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
 * Where the processor has AVX2, bitpack_avx2.c does the same about three times
 * as fast.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/bitpack.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/bitpack.h"

static pg_attribute_always_inline int64
transform(const SmolUnpackKind kind, SmolUnpackState *state, uint64 value)
{
	switch (kind)
	{
		case SMOL_UNPACK_ADD:
			return (int64) (state->base + value);
		case SMOL_UNPACK_SCALE:
			return (int64) (state->base + state->scale * value);
		case SMOL_UNPACK_SUM:
			state->base += state->step + state->scale * value;
			return (int64) state->base;
		case SMOL_UNPACK_LINE:
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

static pg_attribute_always_inline void
unpack_width(const SmolUnpackKind kind, SmolUnpackState *state, const uint8 *p, const int width,
			 uint32 nblocks, int64 *out)
{
	SmolUnpackState s = *state;

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
 * Unpack whole blocks of eight values.
 */
static pg_attribute_always_inline void
unpack_blocks(const SmolUnpackKind kind, SmolUnpackState *state, const uint8 *p, int width,
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
name(SmolUnpackState *state, const uint8 *p, int width, uint32 nblocks, int64 *out) \
{ \
	unpack_blocks(kind, state, p, width, nblocks, out); \
}

MAKE_UNPACK_BLOCKS(add_blocks, SMOL_UNPACK_ADD)
MAKE_UNPACK_BLOCKS(scale_blocks, SMOL_UNPACK_SCALE)
MAKE_UNPACK_BLOCKS(sum_blocks, SMOL_UNPACK_SUM)
MAKE_UNPACK_BLOCKS(line_blocks, SMOL_UNPACK_LINE)

/* ---- the choice of a kernel ---- */

/* A way to unpack blocks. */
typedef struct Kernel
{
	SmolUnpackBlocks blocks;
	uint32		reach;			/* bytes read from a block's first on, which
								 * may be more than the block has */
} Kernel;

#ifdef SMOL_USE_AVX2

static const SmolUnpackBlocks avx2[] = {
	[SMOL_UNPACK_ADD] = smol_avx2_add,
	[SMOL_UNPACK_SCALE] = smol_avx2_scale,
	[SMOL_UNPACK_SUM] = smol_avx2_sum,
	[SMOL_UNPACK_LINE] = smol_avx2_line,
};

/* Setting up shuffles must pay. */
#define AVX2_MIN_BLOCKS		2

static inline bool
is_for_avx2(const SmolUnpackKind kind, uint64 scale, int width, uint32 nblocks)
{
	if (nblocks < AVX2_MIN_BLOCKS || width > SMOL_AVX2_MAX_WIDTH)
		return false;
	if ((kind == SMOL_UNPACK_SCALE || kind == SMOL_UNPACK_SUM) &&
		(scale > PG_UINT32_MAX || width > 32))
		return false;
	return smol_has_avx2();
}

#endif

static inline Kernel
choose_kernel(const SmolUnpackKind kind, uint64 scale, int width, uint32 nblocks)
{
	static const SmolUnpackBlocks in_c[] = {
		[SMOL_UNPACK_ADD] = add_blocks,
		[SMOL_UNPACK_SCALE] = scale_blocks,
		[SMOL_UNPACK_SUM] = sum_blocks,
		[SMOL_UNPACK_LINE] = line_blocks,
	};
	Kernel		kernel = {in_c[kind], (width <= 8 ? 0 : 7 * width / 8) + 8};

#ifdef SMOL_USE_AVX2
	if (is_for_avx2(kind, scale, width, nblocks))
	{
		kernel.blocks = avx2[kind];
		kernel.reach = 6 * width / 8 + 16;
	}
#endif
	return kernel;
}

/*
 * Unpack the values [first, first + n): single values up to the first block,
 * then the blocks whose loads stay inside the stream, then the last blocks
 * from a padded copy (fewer than 64 bytes remain), then single values again.
 */
static pg_attribute_always_inline void
unpack(const SmolUnpackKind kind, SmolUnpackState state,
	   const uint8 *bits, Size nbytes, int width,
	   uint32 first, uint32 n, int64 *out)
{
	Assert(smol_bits_size(first + n, width) <= nbytes);

	if (width == 0)
	{
		uint32		done = 0;

#ifdef SMOL_USE_AVX2
		if (is_for_avx2(kind, state.scale, width, n >> 3))
		{
			static const uint8 zeros[16];

			avx2[kind] (&state, zeros, width, n >> 3, out);
			done = n & ~7;
		}
#endif
		for (uint32 i = done; i < n; i++)
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
		uint32		nblocks = n >> 3;
		uint32		direct = 0;
		Kernel		kernel = choose_kernel(kind, state.scale, width, nblocks);

		/* division takes long, and is seldom needed */
		if (left >= kernel.reach + (uint64) (nblocks - 1) * width)
			direct = nblocks;
		else if (left >= kernel.reach)
			direct = (uint32) ((left - kernel.reach) / width + 1);
		kernel.blocks(&state, bits + at, width, direct, out);

		if (direct < nblocks)
		{
			uint8		copy[64 + 16] = {0};

			at += (uint64) direct * width;
			left = nbytes - at;
			Assert(left < 64);
			memcpy(copy, bits + at, left);
			kernel.blocks(&state, copy, width, nblocks - direct, out + (Size) direct * 8);
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
	SmolUnpackState state = {.base = base};

	unpack(SMOL_UNPACK_ADD, state, bits, nbytes, width, first, n, out);
}

void
smol_bits_unpack_scaled(const uint8 *bits, Size nbytes, int width,
						uint32 first, uint32 n, uint64 base, uint64 scale,
						int64 *out)
{
	SmolUnpackState state = {.base = base,.scale = scale};

	unpack(SMOL_UNPACK_SCALE, state, bits, nbytes, width, first, n, out);
}

void
smol_bits_unpack_sums(const uint8 *bits, Size nbytes, int width,
					  uint32 first, uint32 n, uint64 base, uint64 step,
					  uint64 scale, int64 *out)
{
	SmolUnpackState state = {.base = base,.step = step,.scale = scale};

	unpack(SMOL_UNPACK_SUM, state, bits, nbytes, width, first, n, out);
}

void
smol_bits_unpack_line(const uint8 *bits, Size nbytes, int width,
					  uint32 first, uint32 n, uint64 base, uint64 slope,
					  int shift, int64 *out)
{
	SmolUnpackState state = {.base = base,.step = slope,.height = slope * first,.shift = shift};

	unpack(SMOL_UNPACK_LINE, state, bits, nbytes, width, first, n, out);
}
