/*-------------------------------------------------------------------------
 *
 * kernels.c
 *	  Loops over vectors of decoded words, in C and with AVX2.
 *
 * Both make the same of the same words, which test/fuzz compares.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/kernels.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/kernels.h"

#include "codec/bitpack.h"

#ifdef SMOL_USE_AVX2
#include <immintrin.h>
#define AVX2	pg_attribute_target("avx2")
#endif

/* ---- rows that pass ---- */

/* Four selected rows by four bits. */
#define BYTES_OF_BITS(b) \
	(((b) & 1) | ((b) & 2) << 7 | ((b) & 4) << 14 | (uint32) ((b) & 8) << 21)

#ifdef SMOL_USE_AVX2
static const uint32 bytes_of_bits[16] = {
	BYTES_OF_BITS(0), BYTES_OF_BITS(1), BYTES_OF_BITS(2), BYTES_OF_BITS(3),
	BYTES_OF_BITS(4), BYTES_OF_BITS(5), BYTES_OF_BITS(6), BYTES_OF_BITS(7),
	BYTES_OF_BITS(8), BYTES_OF_BITS(9), BYTES_OF_BITS(10), BYTES_OF_BITS(11),
	BYTES_OF_BITS(12), BYTES_OF_BITS(13), BYTES_OF_BITS(14), BYTES_OF_BITS(15),
};

/* Returns how many rows were done, a multiple of 4. */
static AVX2 uint32
match_range_avx2(const int64 *words, uint32 n, int64 low, int64 high, bool fresh,
				 uint8 *match)
{
	const		__m256i lows = _mm256_set1_epi64x(low);
	const		__m256i highs = _mm256_set1_epi64x(high);
	uint32		i;

	for (i = 0; i + 4 <= n; i += 4)
	{
		__m256i		w = _mm256_loadu_si256((const __m256i *) (words + i));
		__m256i		out = _mm256_or_si256(_mm256_cmpgt_epi64(lows, w),
										  _mm256_cmpgt_epi64(w, highs));
		uint32		bytes = bytes_of_bits[~_mm256_movemask_pd(_mm256_castsi256_pd(out)) & 15];

		if (!fresh)
		{
			uint32		old;

			memcpy(&old, match + i, sizeof(old));
			bytes &= old;
		}
		memcpy(match + i, &bytes, sizeof(bytes));
	}
	return i;
}
#endif

void
smol_match_range(const int64 *words, uint32 n, int64 low, int64 high, bool fresh,
				 uint8 *match)
{
	uint32		i = 0;

#ifdef SMOL_USE_AVX2
	if (smol_has_avx2())
		i = match_range_avx2(words, n, low, high, fresh, match);
#endif
	for (; i < n; i++)
		match[i] = (uint8) ((words[i] >= low) & (words[i] <= high)) & (fresh | match[i]);
}

uint32
smol_count_matches(const uint8 *match, uint32 n)
{
	uint64		count = 0;
	uint32		i = 0;

	/* eight bytes at a time, whose sum ends up in the highest */
	for (; i + 8 <= n; i += 8)
	{
		uint64		bytes;

		memcpy(&bytes, match + i, sizeof(bytes));
		count += (bytes * UINT64CONST(0x0101010101010101)) >> 56;
	}
	for (; i < n; i++)
		count += match[i];
	return (uint32) count;
}

#ifdef SMOL_USE_AVX2

/* The places of the bits that are set, by eight bits; made when first needed. */
static uint8 places[256][8];

static void
make_places(void)
{
	for (int bits = 255; bits > 0; bits--)
	{
		int			k = 0;

		for (int i = 0; i < 8; i++)
			if (bits & (1 << i))
				places[bits][k++] = (uint8) i;
	}
}

/* Returns how many rows were done, a multiple of 32. */
static AVX2 uint32
list_matches_avx2(const uint8 *match, uint32 n, uint16 *selection, uint32 *count)
{
	uint32		k = 0;
	uint32		i;

	if (places[2][0] == 0)
		make_places();
	for (i = 0; i + 32 <= n; i += 32)
	{
		__m256i		m = _mm256_loadu_si256((const __m256i *) (match + i));
		uint32		bits = (uint32) _mm256_movemask_epi8(_mm256_slli_epi16(m, 7));

		if (bits == 0)
			continue;
		for (uint32 j = 0; j < 32; j += 8)
		{
			uint32		eight = (bits >> j) & 255;
			__m128i		rows = _mm_loadl_epi64((const __m128i *) places[eight]);

			rows = _mm_add_epi16(_mm_cvtepu8_epi16(rows),
								 _mm_set1_epi16((short) (i + j)));

			/* eight are written, and as many are kept as bits are set */
			_mm_storeu_si128((__m128i *) (selection + k), rows);
			k += (uint32) __builtin_popcount(eight);
		}
	}
	*count = k;
	return i;
}
#endif

uint32
smol_list_matches(const uint8 *match, uint32 n, uint16 *selection)
{
	uint32		k = 0;
	uint32		i = 0;

#ifdef SMOL_USE_AVX2
	if (smol_has_avx2())
		i = list_matches_avx2(match, n, selection, &k);
#endif
	for (; i < n; i++)
	{
		selection[k] = (uint16) i;
		k += match[i];
	}
	return k;
}

/* ---- sums ---- */

#ifdef SMOL_USE_AVX2
static AVX2 uint32
sum_words_avx2(const int64 *words, uint32 n, uint64 *low, uint64 *high)
{
	const		__m256i mask = _mm256_set1_epi64x(0xFFFFFFFF);
	const		__m256i sign = _mm256_set1_epi64x(PG_INT64_MIN);
	__m256i		lows = _mm256_setzero_si256();
	__m256i		highs = _mm256_setzero_si256();
	uint64		parts[4];
	uint32		i;

	for (i = 0; i + 4 <= n; i += 4)
	{
		__m256i		w = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *) (words + i)), sign);

		lows = _mm256_add_epi64(lows, _mm256_and_si256(w, mask));
		highs = _mm256_add_epi64(highs, _mm256_srli_epi64(w, 32));
	}
	_mm256_storeu_si256((__m256i *) parts, lows);
	*low = parts[0] + parts[1] + parts[2] + parts[3];
	_mm256_storeu_si256((__m256i *) parts, highs);
	*high = parts[0] + parts[1] + parts[2] + parts[3];
	return i;
}
#endif

/* In halves that can't overflow. */
int128
smol_sum_words(const int64 *words, uint32 n)
{
	uint64		low = 0;
	uint64		high = 0;
	uint32		i = 0;

#ifdef SMOL_USE_AVX2
	if (smol_has_avx2())
		i = sum_words_avx2(words, n, &low, &high);
#endif
	for (; i < n; i++)
	{
		uint64		word = (uint64) words[i] ^ ((uint64) 1 << 63);

		low += word & 0xFFFFFFFF;
		high += word >> 32;
	}
	return ((int128) high << 32) + (int128) low - ((int128) n << 63);
}

/* ---- extremes ---- */

/* What infinity looks like in the high bits of a word. */
#define FLOAT8_INFINITY	INT64CONST(0x7FF0000000000000)
#define FLOAT4_INFINITY	INT64CONST(0x7F80000000000000)

typedef enum WordKind
{
	INTEGERS,
	FLOAT8S,
	FLOAT4S,
} WordKind;

/* A word that is ordered as an integer. */
static pg_attribute_always_inline int64
order_word(int64 word, WordKind kind)
{
	if (kind == INTEGERS)
		return word;
	if (kind == FLOAT4S)
		word = (int64) ((uint64) word << 32);
	if ((word & PG_INT64_MAX) > (kind == FLOAT4S ? FLOAT4_INFINITY : FLOAT8_INFINITY))
		return PG_INT64_MAX;
	return word ^ ((word >> 63) & PG_INT64_MAX);
}

/* And back. */
static int64
restore_float(int64 ordered, WordKind kind)
{
	int64		word = ordered ^ ((ordered >> 63) & PG_INT64_MAX);

	if (ordered == PG_INT64_MAX)
		word = INT64CONST(0x7FF8000000000000);	/* a NaN of either width */
	return kind == FLOAT4S ? (int64) ((uint64) word >> 32) : word;
}

#ifdef SMOL_USE_AVX2
static pg_attribute_always_inline AVX2 __m256i
order_four(const int64 *words, WordKind kind)
{
	const		__m256i largest = _mm256_set1_epi64x(PG_INT64_MAX);
	__m256i		w = _mm256_loadu_si256((const __m256i *) words);
	__m256i		negative;
	__m256i		nan;

	if (kind == INTEGERS)
		return w;
	if (kind == FLOAT4S)
		w = _mm256_slli_epi64(w, 32);
	negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), w);
	nan = _mm256_cmpgt_epi64(_mm256_and_si256(w, largest),
							 _mm256_set1_epi64x(kind == FLOAT4S ? FLOAT4_INFINITY :
												FLOAT8_INFINITY));
	w = _mm256_xor_si256(w, _mm256_and_si256(negative, largest));
	return _mm256_blendv_epi8(w, largest, nan);
}

/* n >= 4; returns how many words were done, a multiple of 4 */
static pg_attribute_always_inline AVX2 uint32
find_extreme_avx2(const int64 *words, uint32 n, bool max, WordKind kind, int64 *extreme)
{
	__m256i		best = order_four(words, kind);
	int64		parts[4];
	uint32		i;

	for (i = 4; i + 4 <= n; i += 4)
	{
		__m256i		w = order_four(words + i, kind);
		__m256i		greater = _mm256_cmpgt_epi64(w, best);

		best = max ? _mm256_blendv_epi8(best, w, greater) :
			_mm256_blendv_epi8(w, best, greater);
	}
	_mm256_storeu_si256((__m256i *) parts, best);
	*extreme = parts[0];
	for (int k = 1; k < 4; k++)
		*extreme = max ? Max(*extreme, parts[k]) : Min(*extreme, parts[k]);
	return i;
}

#define MAKE_EXTREME_AVX2(name, max, kind) \
static AVX2 uint32 \
name(const int64 *words, uint32 n, int64 *extreme) \
{ \
	return find_extreme_avx2(words, n, max, kind, extreme); \
}

MAKE_EXTREME_AVX2(min_integer_avx2, false, INTEGERS)
MAKE_EXTREME_AVX2(max_integer_avx2, true, INTEGERS)
MAKE_EXTREME_AVX2(min_float8_avx2, false, FLOAT8S)
MAKE_EXTREME_AVX2(max_float8_avx2, true, FLOAT8S)
MAKE_EXTREME_AVX2(min_float4_avx2, false, FLOAT4S)
MAKE_EXTREME_AVX2(max_float4_avx2, true, FLOAT4S)

typedef uint32 (*FindExtreme) (const int64 *words, uint32 n, int64 *extreme);

static const FindExtreme extremes_avx2[][2] = {
	[INTEGERS] = {min_integer_avx2, max_integer_avx2},
	[FLOAT8S] = {min_float8_avx2, max_float8_avx2},
	[FLOAT4S] = {min_float4_avx2, max_float4_avx2},
};
#endif

static pg_attribute_always_inline int64
find_extreme(const int64 *words, uint32 n, bool max, WordKind kind)
{
	int64		extreme = order_word(words[0], kind);
	uint32		i = 1;

#ifdef SMOL_USE_AVX2
	if (n >= 4 && smol_has_avx2())
		i = extremes_avx2[kind][max] (words, n, &extreme);
#endif
	for (; i < n; i++)
	{
		int64		word = order_word(words[i], kind);

		extreme = max ? Max(extreme, word) : Min(extreme, word);
	}
	return extreme;
}

int64
smol_min_word(const int64 *words, uint32 n)
{
	return find_extreme(words, n, false, INTEGERS);
}

int64
smol_max_word(const int64 *words, uint32 n)
{
	return find_extreme(words, n, true, INTEGERS);
}

int64
smol_min_float(const int64 *words, uint32 n, bool is_float4)
{
	return is_float4 ? restore_float(find_extreme(words, n, false, FLOAT4S), FLOAT4S) :
		restore_float(find_extreme(words, n, false, FLOAT8S), FLOAT8S);
}

int64
smol_max_float(const int64 *words, uint32 n, bool is_float4)
{
	return is_float4 ? restore_float(find_extreme(words, n, true, FLOAT4S), FLOAT4S) :
		restore_float(find_extreme(words, n, true, FLOAT8S), FLOAT8S);
}
