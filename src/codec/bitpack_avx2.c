/*-------------------------------------------------------------------------
 *
 * bitpack_avx2.c
 *	  Unpacking streams of bits with AVX2.
 *
 * A block of eight values is two quads.  Of each quad two loads of 16 bytes
 * bring two values each; a shuffle moves the eight bytes that a value lies in
 * to a place of its own, and a shift and a mask do the rest.  Since shuffles and
 * shifts are data, one loop serves all widths for which eight bytes hold a value
 * wherever it begins; there is no code for others here.
 *
 * Only to be called where smol_has_avx2().
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/bitpack_avx2.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/bitpack.h"

#ifdef SMOL_USE_AVX2

#include <immintrin.h>

#define AVX2	pg_attribute_target("avx2")

int			smol_avx2_state = -1;

/* How to get at a quad. */
typedef struct Quad
{
	uint32		at[2];			/* byte of the block, by pair */
	__m256i		shuffle;
	__m256i		shift;
} Quad;

static inline AVX2 void
init_quad(Quad *quad, int width, int first)
{
	const int64 bytes = INT64CONST(0x0706050403020100);
	const int64 ones = INT64CONST(0x0101010101010101);
	int			low = first * width;
	int			high = (first + 2) * width;
	int			low2 = (low & 7) + width;
	int			high2 = (high & 7) + width;

	quad->at[0] = low >> 3;
	quad->at[1] = high >> 3;
	quad->shuffle = _mm256_set_epi64x(bytes + ones * (high2 >> 3), bytes,
									  bytes + ones * (low2 >> 3), bytes);
	quad->shift = _mm256_set_epi64x(high2 & 7, high & 7, low2 & 7, low & 7);
}

static pg_attribute_always_inline AVX2 __m256i
get_quad(const Quad *quad, __m256i mask, const uint8 *block)
{
	__m128i		low = _mm_loadu_si128((const __m128i *) (block + quad->at[0]));
	__m128i		high = _mm_loadu_si128((const __m128i *) (block + quad->at[1]));
	__m256i		quads = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);

	quads = _mm256_shuffle_epi8(quads, quad->shuffle);
	return _mm256_and_si256(_mm256_srlv_epi64(quads, quad->shift), mask);
}

/* State, by row of a quad. */
typedef struct Quads
{
	__m256i		base;
	__m256i		step;
	__m256i		scale;
	__m256i		height;
	__m256i		sign;			/* of a shifted height */
	__m128i		shift;
} Quads;

static pg_attribute_always_inline AVX2 __m256i
transform(const SmolUnpackKind kind, Quads *s, __m256i quad)
{
	__m256i		sums;
	__m256i		line;

	switch (kind)
	{
		case SMOL_UNPACK_ADD:
			return _mm256_add_epi64(s->base, quad);
		case SMOL_UNPACK_SCALE:
			return _mm256_add_epi64(s->base, _mm256_mul_epu32(quad, s->scale));
		case SMOL_UNPACK_SUM:
			/* sums in each half, then that of the low half on the high one */
			quad = _mm256_add_epi64(s->step, _mm256_mul_epu32(quad, s->scale));
			sums = _mm256_add_epi64(quad, _mm256_slli_si256(quad, 8));
			quad = _mm256_permute4x64_epi64(sums, _MM_SHUFFLE(1, 1, 0, 0));
			quad = _mm256_blend_epi32(_mm256_setzero_si256(), quad, 0xF0);
			sums = _mm256_add_epi64(sums, quad);
			quad = _mm256_add_epi64(s->base, sums);
			s->base = _mm256_add_epi64(s->base, _mm256_permute4x64_epi64(sums, 0xFF));
			return quad;
		case SMOL_UNPACK_LINE:
			/* there is no arithmetic shift: restore the sign */
			line = _mm256_xor_si256(_mm256_srl_epi64(s->height, s->shift), s->sign);
			line = _mm256_sub_epi64(line, s->sign);
			s->height = _mm256_add_epi64(s->height, s->step);
			return _mm256_add_epi64(_mm256_add_epi64(s->base, quad), line);
	}
	pg_unreachable();
}

static pg_attribute_always_inline AVX2 void
unpack_quads(const SmolUnpackKind kind, SmolUnpackState *state,
			 const uint8 *p, int width, uint32 nblocks, int64 *out)
{
	__m256i		mask = _mm256_set1_epi64x((int64) smol_bits_mask(width));
	Quad		first;
	Quad		second;
	Quads		s;

	init_quad(&first, width, 0);
	init_quad(&second, width, 4);
	s.base = _mm256_set1_epi64x((int64) state->base);
	s.step = _mm256_set1_epi64x((int64) state->step);
	s.scale = _mm256_set1_epi64x((int64) state->scale);
	if (kind == SMOL_UNPACK_LINE)
	{
		s.height = _mm256_set_epi64x((int64) (state->height + 3 * state->step),
									 (int64) (state->height + 2 * state->step),
									 (int64) (state->height + state->step),
									 (int64) state->height);
		s.step = _mm256_set1_epi64x((int64) (4 * state->step));
		s.shift = _mm_cvtsi32_si128(state->shift);
		s.sign = _mm256_set1_epi64x((int64) (UINT64CONST(1) << (63 - state->shift)));
	}

	for (uint32 k = 0; k < nblocks; k++, p += width, out += 8)
	{
		__m256i		quad = get_quad(&first, mask, p);

		_mm256_storeu_si256((__m256i *) out, transform(kind, &s, quad));
		quad = get_quad(&second, mask, p);
		_mm256_storeu_si256((__m256i *) (out + 4), transform(kind, &s, quad));
	}

	if (kind == SMOL_UNPACK_SUM)
		state->base = (uint64) _mm256_extract_epi64(s.base, 0);
	if (kind == SMOL_UNPACK_LINE)
		state->height += 8 * nblocks * state->step;
}

/*
 * Sums of narrow values, which are added up in 32 bits, a block at a time: base and
 * step come in afterwards, and so does the scale.
 */
static pg_attribute_always_inline AVX2 void
sum_narrow(SmolUnpackState *state, const uint8 *p, int width, uint32 nblocks, int64 *out,
		   const bool has_scale)
{
	const int	high = 4 * width;
	const int	bit = high & 7;
	__m256i		at = _mm256_add_epi32(_mm256_setr_epi32(0, 0, 0, 0, bit, bit, bit, bit),
									  _mm256_mullo_epi32(_mm256_set1_epi32(width),
														 _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3)));
	__m256i		shift = _mm256_and_si256(at, _mm256_set1_epi32(7));
	__m256i		shuffle = _mm256_add_epi32(_mm256_set1_epi32(0x03020100),
										   _mm256_mullo_epi32(_mm256_srli_epi32(at, 3),
															  _mm256_set1_epi32(0x01010101)));
	__m256i		mask = _mm256_set1_epi32((int) smol_bits_mask(width));
	__m256i		scale = _mm256_set1_epi64x((int64) state->scale);
	__m256i		base = _mm256_set1_epi64x((int64) state->base);
	__m256i		step = _mm256_set1_epi64x((int64) (8 * state->step));
	__m256i		low_steps = _mm256_set_epi64x((int64) (4 * state->step), (int64) (3 * state->step),
											  (int64) (2 * state->step), (int64) state->step);
	__m256i		high_steps = _mm256_add_epi64(low_steps,
											  _mm256_set1_epi64x((int64) (4 * state->step)));

	for (uint32 k = 0; k < nblocks; k++, p += width, out += 8)
	{
		__m128i		first = _mm_loadu_si128((const __m128i *) p);
		__m128i		second = _mm_loadu_si128((const __m128i *) (p + (high >> 3)));
		__m256i		sums = _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
		__m256i		low_sums;
		__m256i		high_sums;

		sums = _mm256_shuffle_epi8(sums, shuffle);
		sums = _mm256_and_si256(_mm256_srlv_epi32(sums, shift), mask);
		sums = _mm256_add_epi32(sums, _mm256_slli_si256(sums, 4));
		sums = _mm256_add_epi32(sums, _mm256_slli_si256(sums, 8));
		low_sums = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(sums));
		high_sums = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(sums, 1));
		high_sums = _mm256_add_epi64(high_sums, _mm256_permute4x64_epi64(low_sums, 0xFF));
		if (has_scale)
		{
			low_sums = _mm256_mul_epu32(low_sums, scale);
			high_sums = _mm256_mul_epu32(high_sums, scale);
		}
		_mm256_storeu_si256((__m256i *) out,
							_mm256_add_epi64(_mm256_add_epi64(base, low_steps), low_sums));
		_mm256_storeu_si256((__m256i *) (out + 4),
							_mm256_add_epi64(_mm256_add_epi64(base, high_steps), high_sums));
		base = _mm256_add_epi64(base, _mm256_add_epi64(step,
													   _mm256_permute4x64_epi64(high_sums, 0xFF)));
	}
	state->base = (uint64) _mm256_extract_epi64(base, 0);
}

/* The widest values whose 32 bits begin with any bit of a byte. */
#define NARROW_WIDTH	25

static AVX2 void
sum_wide(SmolUnpackState *state, const uint8 *p, int width, uint32 nblocks, int64 *out)
{
	unpack_quads(SMOL_UNPACK_SUM, state, p, width, nblocks, out);
}

AVX2 void
smol_avx2_sum(SmolUnpackState *state, const uint8 *p, int width, uint32 nblocks, int64 *out)
{
	if (width > NARROW_WIDTH)
		sum_wide(state, p, width, nblocks, out);
	else if (state->scale == 1)
		sum_narrow(state, p, width, nblocks, out, false);
	else
		sum_narrow(state, p, width, nblocks, out, true);
}

#define MAKE_UNPACK(name, kind) \
AVX2 void \
name(SmolUnpackState *state, const uint8 *p, int width, uint32 nblocks, int64 *out) \
{ \
	unpack_quads(kind, state, p, width, nblocks, out); \
}

MAKE_UNPACK(smol_avx2_add, SMOL_UNPACK_ADD)
MAKE_UNPACK(smol_avx2_scale, SMOL_UNPACK_SCALE)
MAKE_UNPACK(smol_avx2_line, SMOL_UNPACK_LINE)

#endif							/* SMOL_USE_AVX2 */
