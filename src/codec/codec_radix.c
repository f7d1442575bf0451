/*-------------------------------------------------------------------------
 *
 * codec_radix.c
 *	  Short strings as numbers: codes, digits in text, hexadecimal, uuids.
 *
 * Position by position, the strings of a chunk have few different bytes.  With
 * the byte's rank among these as a digit, and their number as the radix of the
 * position, a string is a number, or some numbers if it would not fit one
 * word: inner chunks of words, for which there are good codecs.  Positions
 * where all strings have the same byte are stored once.  A string that is
 * shorter than others goes on with pads, which come before all bytes.
 *
 * As the first position is the most significant one, the order of the words is
 * that of memcmp: what is sorted as text is sorted as words.  Nothing here
 * rests on that.  Values of fixed length whose last bytes vary least, such as
 * little-endian integers, are read backwards.
 *
 * This codec takes strings of up to 64 bytes, and declines where a look at a
 * few shows that packing their bytes one by one would take less.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_radix.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"
#include "port/pg_bswap.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define MAX_POSITIONS	64
#define MAX_RADIX		257		/* bytes, and the pad */

/* a word that is full has more than 2^63 / MAX_RADIX values */
#define MAX_WORDS		10

#define WORDS_CODECS	SMOL_SORTED_WORDS
#define DIGITS_CODECS	SMOL_CODEC_BIT(SMOL_CODEC_FOR)

/* flags */
#define HAS_PADS		1
#define IS_REVERSED		2
#define HAS_ALPHABET	4

/*
 * Seven digits of this radix, and no word has more, take as many bits as seven
 * bytes.
 */
#define NEARLY_BYTES	232

/* rows that are looked at before all others */
#define SAMPLE			32

/* decoded at a time; the blocks of DELTA are as long */
#define BATCH			128

/* A position whose bytes vary. */
typedef struct Digit
{
	uint8		position;
	uint8		shift;
	uint16		min;			/* least rank */
	uint16		radix;			/* 2 to MAX_RADIX */
	uint64		magic;			/* for division, see divide() */
} Digit;

/* How strings become numbers. */
typedef struct Layout
{
	int			npositions;
	int			ndigits;
	int			nwords;
	int			flags;
	uint8		bytes[MAX_POSITIONS];	/* those that are the same in all */
	uint8		first;			/* symbol, of an alphabet */
	uint8		last;			/* symbol */
	uint64		used[4];		/* symbols */
	Digit		digits[MAX_POSITIONS];	/* the most significant first */
	int			ends[MAX_WORDS];	/* of words: digits */
} Layout;

/* The least and the greatest byte of each position. */
typedef struct Ranges
{
	uint8		min[MAX_POSITIONS];
	uint8		max[MAX_POSITIONS];
} Ranges;

typedef struct RadixPlan
{
	Layout		layout;
	uint16		ranks[256];
	int64	   *words[MAX_WORDS];	/* in the scratch */
	int64		mins[MAX_POSITIONS];
	int64		radixes[MAX_POSITIONS];
	SmolInner	mins_inner;
	SmolInner	radixes_inner;
	SmolInner	inner[MAX_WORDS];
	Size		size;
} RadixPlan;

typedef struct RadixView
{
	Layout		layout;
	uint8		symbols[MAX_RADIX]; /* by rank */
	SmolChunk	words[MAX_WORDS];
} RadixView;

/*
 * Distribute the digits to words.
 */
static void
assign_words(Layout *layout)
{
	uint64		product = 1;

	layout->nwords = 0;
	for (int d = 0; d < layout->ndigits; d++)
	{
		uint64		radix = layout->digits[d].radix;

		if (product > (UINT64CONST(1) << 63) / radix)
		{
			layout->ends[layout->nwords++] = d;
			product = 1;
		}
		product *= radix;
	}
	layout->ends[layout->nwords++] = layout->ndigits;
	Assert(layout->nwords <= MAX_WORDS);
}

/* ---- encoding ---- */

#define STRIDE	16				/* positions at a time, in a vector */

/* A string's bytes [j, j + n), where n is a constant and at most STRIDE. */
static pg_attribute_always_inline void
extend_part(Ranges *ranges, const uint8 *bytes, uint32 j, const uint32 n)
{
#ifdef __SSE2__
	__m128i		given;
	__m128i		min;
	__m128i		max;

	if (n == STRIDE || n == 8)
	{
		__m128i    *min_at = (__m128i *) &ranges->min[j];
		__m128i    *max_at = (__m128i *) &ranges->max[j];

		if (n == STRIDE)
		{
			given = _mm_loadu_si128((const __m128i *) (bytes + j));
			min = _mm_min_epu8(_mm_loadu_si128(min_at), given);
			max = _mm_max_epu8(_mm_loadu_si128(max_at), given);
			_mm_storeu_si128(min_at, min);
			_mm_storeu_si128(max_at, max);
		}
		else
		{
			given = _mm_loadl_epi64((const __m128i *) (bytes + j));
			min = _mm_min_epu8(_mm_loadl_epi64(min_at), given);
			max = _mm_max_epu8(_mm_loadl_epi64(max_at), given);
			_mm_storel_epi64(min_at, min);
			_mm_storel_epi64(max_at, max);
		}
		return;
	}
#endif
	for (uint32 k = j; k < j + n; k++)
	{
		ranges->min[k] = Min(ranges->min[k], bytes[k]);
		ranges->max[k] = Max(ranges->max[k], bytes[k]);
	}
}

static inline void
extend_ranges(Ranges *ranges, SmolSlice slice)
{
	uint32		j = 0;

	/* the last part overlaps the one before, if there is one */
	for (; j + STRIDE <= slice.len; j += STRIDE)
		extend_part(ranges, slice.ptr, j, STRIDE);
	if (j == slice.len)
		return;
	if (j > 0)
		extend_part(ranges, slice.ptr, slice.len - STRIDE, STRIDE);
	else if (slice.len >= 8)
	{
		extend_part(ranges, slice.ptr, 0, 8);
		extend_part(ranges, slice.ptr, slice.len - 8, 8);
	}
	else
	{
		for (; j < slice.len; j++)
			extend_part(ranges, slice.ptr, j, 1);
	}
}

/*
 * Is the column sorted, as far as a few neighbours tell?
 */
static bool
looks_sorted(const SmolColumn *in)
{
	int			nrises = 0;
	int			nfalls = 0;

	for (uint32 k = 0; k < SAMPLE; k++)
	{
		uint32		i = (uint32) ((uint64) (in->n - 1) * k / SAMPLE);
		int			c = smol_order_slices(in->slices[i], in->slices[i + 1]);

		nrises += c < 0;
		nfalls += c > 0;
	}
	return nrises <= SAMPLE / 16 || nfalls <= SAMPLE / 16;
}

/* So many strings are looked at before it is seen whether more can be told. */
#define SEEN_BATCH	64

/*
 * Which bytes are there where they vary?  Often they are soon all between the
 * least and the greatest.
 */
static void
find_symbols(const SmolSlice *slices, uint32 n, const Layout *layout,
			 const Ranges *ranges, bool *seen)
{
	uint8		positions[MAX_POSITIONS];
	uint8		min = 0xff;
	uint8		max = 0;

	for (int d = 0; d < layout->ndigits; d++)
	{
		positions[d] = layout->digits[d].position;
		min = Min(min, ranges->min[positions[d]]);
		max = Max(max, ranges->max[positions[d]]);
	}
	for (uint32 i = 0; i < n;)
	{
		uint32		end = Min(i + SEEN_BATCH, n);

		for (; i < end; i++)
		{
			SmolSlice	slice = slices[i];

			if (layout->ndigits == layout->npositions)
			{
				uint32		j = 0;

				for (; j + sizeof(uint64) <= slice.len; j += sizeof(uint64))
				{
					uint64		bytes = smol_bits_load(slice.ptr + j);

					for (int k = 0; k < (int) sizeof(uint64); k++, bytes >>= 8)
						seen[bytes & 0xff] = true;
				}
				for (; j < slice.len; j++)
					seen[slice.ptr[j]] = true;
				continue;
			}
			for (int d = 0; d < layout->ndigits && positions[d] < slice.len; d++)
				seen[slice.ptr[positions[d]]] = true;
		}
		if (memchr(seen + min, false, max - min + 1) == NULL)
			break;
	}
}

/*
 * The layout for some strings, of which one has the greatest length.  Numbers
 * the symbols, too.
 */
static void
lay_out(const SmolColumn *in, const SmolFacts *facts,
		const SmolSlice *slices, uint32 n, RadixPlan *plan)
{
	Layout	   *layout = &plan->layout;
	uint32		min_len = facts->min_len;
	Ranges		ranges;
	bool		seen[256] = {false};
	int			rank = 0;
	int			d = 0;

	memset(layout, 0, sizeof(*layout));
	layout->npositions = (int) facts->max_len;
	if (min_len < facts->max_len)
	{
		layout->flags |= HAS_PADS;
		rank = 1;
	}

	memset(ranges.min, 0xff, sizeof(ranges.min));
	memset(ranges.max, 0, sizeof(ranges.max));
	for (uint32 i = 0; i < n; i++)
		extend_ranges(&ranges, slices[i]);
	for (int j = 0; j < layout->npositions; j++)
	{
		if (j < (int) min_len && ranges.min[j] == ranges.max[j])
			layout->bytes[j] = ranges.min[j];
		else
			layout->digits[layout->ndigits++].position = (uint8) j;
	}
	if (layout->ndigits == 0)
		return;

	find_symbols(slices, n, layout, &ranges, seen);
	smol_make_bits(seen, layout->used);

	/* number the bytes in use if there are gaps between them, else all */
	layout->first = (uint8) smol_first_bit(layout->used);
	layout->last = (uint8) smol_last_bit(layout->used);
	if (smol_count_bits(layout->used) < layout->last - layout->first + 1)
		layout->flags |= HAS_ALPHABET;
	for (int b = 0; b < 256; b++)
	{
		plan->ranks[b] = (uint16) rank;
		if (!(layout->flags & HAS_ALPHABET) || smol_has_bit(layout->used, b))
			rank++;
	}

	for (d = 0; d < layout->ndigits; d++)
	{
		Digit	   *digit = &layout->digits[d];
		uint8		position = digit->position;

		digit->min = position >= min_len ? 0 : plan->ranks[ranges.min[position]];
		digit->radix = plan->ranks[ranges.max[position]] - digit->min + 1;

		/* whole bytes are decoded faster */
		if (digit->radix >= NEARLY_BYTES &&
			!(layout->flags & (HAS_PADS | HAS_ALPHABET)))
		{
			digit->min = 0;
			digit->radix = 256;
		}
	}

	if (in->fixed_len > 0 &&
		layout->digits[0].radix > layout->digits[layout->ndigits - 1].radix &&
		!looks_sorted(in))
	{
		layout->flags |= IS_REVERSED;
		for (d = 0; d < layout->ndigits / 2; d++)
		{
			Digit		swap = layout->digits[d];

			layout->digits[d] = layout->digits[layout->ndigits - 1 - d];
			layout->digits[layout->ndigits - 1 - d] = swap;
		}
	}
	assign_words(layout);
}

/*
 * Would it take less to pack bytes one by one, with some bits for the length
 * where that varies?
 */
static bool
is_hopeless(const SmolColumn *in, const SmolFacts *facts, const Layout *layout)
{
	double		others = facts->total *
		(double) Min(smol_bits_width(smol_count_bits(layout->used) - 1), 8);
	uint32		bits = 0;
	int			d = 0;

	if (facts->min_len < facts->max_len)
		others += 4.0 * in->n;
	for (int k = 0; k < layout->nwords; k++)
	{
		uint64		product = 1;

		for (; d < layout->ends[k]; d++)
			product *= layout->digits[d].radix;
		bits += smol_bits_width(product - 1);
	}

	/* being sorted may save half a word, and more if that is all there is */
	if (bits > 40 && (double) (bits - 32) * in->n > others)
		return true;
	return (double) bits * in->n > others && !looks_sorted(in);
}

/*
 * A word is the sum of its digits' ranks, each times the product of the radixes
 * behind it, above what the least ranks would give.
 */
static void
make_words(const SmolColumn *in, RadixPlan *plan)
{
	const Layout *layout = &plan->layout;
	uint64		weights[MAX_POSITIONS];

	for (int k = 0; k < layout->nwords; k++)
	{
		int			begin = k == 0 ? 0 : layout->ends[k - 1];
		int			end = layout->ends[k];
		int64	   *words = plan->words[k];
		uint64		weight = 1;
		uint64		least = 0;

		for (int d = end - 1; d >= begin; d--)
		{
			weights[d] = weight;
			least += weight * layout->digits[d].min;
			weight *= layout->digits[d].radix;
		}
		for (uint32 i = 0; i < in->n; i++)
		{
			SmolSlice	slice = in->slices[i];
			uint64		word = -least;

			if (!(layout->flags & HAS_PADS))
			{
				for (int d = begin; d < end; d++)
					word += weights[d] * plan->ranks[slice.ptr[layout->digits[d].position]];
			}
			else
			{
				/* pads have rank 0 */
				for (int d = begin; d < end && layout->digits[d].position < slice.len; d++)
					word += weights[d] * plan->ranks[slice.ptr[layout->digits[d].position]];
			}
			words[i] = (int64) word;
		}
	}
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_radix(const SmolColumn *in, SmolFacts *facts, Size limit, RadixPlan *plan)
{
	Layout	   *layout = &plan->layout;
	SmolSlice	sample[SAMPLE + 1];
	uint32		longest = 0;
	SmolColumn	column;
	uint64		size;

	plan->size = SMOL_NO_FIT;
	if (in->lane != SMOL_LANE_BYTES || facts->nruns == 1 ||
		facts->max_len > MAX_POSITIONS)
		return;

	if (!smol_follows_picks(in))
	{
		/* among all values there is no less than among some */
		while (in->slices[longest].len < facts->max_len)
			longest++;
		sample[0] = in->slices[longest];
		for (uint32 k = 0; k < SAMPLE; k++)
			sample[k + 1] = in->slices[(uint64) in->n * k / SAMPLE];
		lay_out(in, facts, sample, lengthof(sample), plan);
		if (layout->ndigits > 0 && is_hopeless(in, facts, layout))
			return;
	}
	lay_out(in, facts, in->slices, in->n, plan);

	for (int k = 0; k < layout->nwords; k++)
	{
		plan->words[k] = smol_take_scratch(in->scratch, (uint64) in->n * sizeof(int64));
		if (plan->words[k] == NULL)
			return;
	}
	make_words(in, plan);

	size = 2 + (layout->npositions + 7) / 8 + (layout->npositions - layout->ndigits);
	if (layout->flags & HAS_ALPHABET)
		size += smol_alphabet_bytes(layout->first, layout->last);
	for (int d = 0; d < layout->ndigits; d++)
	{
		plan->mins[d] = layout->digits[d].min;
		plan->radixes[d] = layout->digits[d].radix;
	}
	column = smol_inner_words(in, plan->mins, layout->ndigits);
	size += smol_measure_inner(&column, DIGITS_CODECS, false, SMOL_NO_FIT,
							   &plan->mins_inner);
	column = smol_inner_words(in, plan->radixes, layout->ndigits);
	size += smol_measure_inner(&column, DIGITS_CODECS, false, SMOL_NO_FIT,
							   &plan->radixes_inner);
	for (int k = 0; k < layout->nwords; k++)
	{
		bool		last = k == layout->nwords - 1;

		column = smol_inner_words(in, plan->words[k], in->n);
		if (size >= limit ||
			smol_measure_inner(&column, WORDS_CODECS, last, limit - size,
							   &plan->inner[k]) == SMOL_NO_FIT)
			return;
		size += plan->inner[k].size;
	}
	plan->size = smol_fit(size);
}

static Size
radix_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	RadixPlan	plan;

	plan_radix(in, facts, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static uint8 *
encode_layout(const SmolColumn *in, const RadixPlan *plan, uint8 *out)
{
	const Layout *layout = &plan->layout;
	bool		varies[MAX_POSITIONS] = {false};
	uint8	   *map;
	SmolColumn	column;

	for (int d = 0; d < layout->ndigits; d++)
		varies[layout->digits[d].position] = true;

	*out++ = (uint8) layout->flags;
	*out++ = (uint8) layout->npositions;
	map = out;
	out += (layout->npositions + 7) / 8;
	memset(map, 0, out - map);
	for (int j = 0; j < layout->npositions; j++)
	{
		if (varies[j])
			map[j / 8] |= (uint8) (1 << j % 8);
		else
			*out++ = layout->bytes[j];
	}
	if (layout->flags & HAS_ALPHABET)
		out = smol_put_alphabet(out, layout->used, layout->first, layout->last);
	column = smol_inner_words(in, plan->mins, layout->ndigits);
	out = smol_encode_inner(&column, &plan->mins_inner, false, out);
	column = smol_inner_words(in, plan->radixes, layout->ndigits);
	return smol_encode_inner(&column, &plan->radixes_inner, false, out);
}

static Size
radix_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	RadixPlan	plan;

	plan_radix(in, facts, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		uint8	   *next = encode_layout(in, &plan, out);

		for (int k = 0; k < plan.layout.nwords; k++)
		{
			SmolColumn	column = smol_inner_words(in, plan.words[k], in->n);

			next = smol_encode_inner(&column, &plan.inner[k],
									 k == plan.layout.nwords - 1, next);
		}
		Assert(next == out + plan.size);
	}
	else
		plan.size = SMOL_NO_FIT;
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

/* ---- decoding ---- */

/*
 * Division by a radix d > 1, for numbers below 2^63: with 2^(l - 1) < d <= 2^l
 * and m = ceil(2^(63 + l) / d), which is below 2^64 + 1, m * d exceeds 2^(63 + l)
 * by less than 2^l, so floor(x * m / 2^(63 + l)) is floor(x / d).
 */
static void
init_division(Digit *digit)
{
	uint64		d = digit->radix;
	uint64		high;

	/* 2^(63 + l) / d, a half after the other */
	digit->shift = (uint8) (smol_bits_width(d - 1) - 1);
	high = UINT64CONST(1) << (32 + digit->shift);
	digit->magic = (high / d << 32) + ((high % d << 32) + d - 1) / d;
}

static inline uint64
divide(uint64 x, const Digit *digit)
{
#ifdef HAVE_INT128
	return (uint64) ((uint128) x * digit->magic >> 64) >> digit->shift;
#else
	return x / digit->radix;
#endif
}

/* Number the symbols; returns how many there are, or 0. */
static int
open_symbols(SmolInput *input, RadixView *view)
{
	int			n = 0;
	int			more;

	if (view->layout.flags & HAS_PADS)
		view->symbols[n++] = 0;
	if (view->layout.flags & HAS_ALPHABET)
	{
		more = smol_get_alphabet(input, view->symbols + n);
		return more < 0 ? 0 : n + more;
	}
	for (int b = 0; b < 256; b++)
		view->symbols[n++] = (uint8) b;
	return n;
}

/*
 * Take a chunk apart.  Whatever its words are, they are strings then.
 */
static bool
open_radix(const SmolChunk *in, RadixView *view)
{
	SmolInput	input = {in->data, in->data + in->len};
	Layout	   *layout = &view->layout;
	const uint8 *map;
	uint8		flags;
	uint8		npositions;
	int			nsymbols;
	SmolChunk	chunk;
	int64		mins[MAX_POSITIONS];
	int64		radixes[MAX_POSITIONS];
	SmolVec		vec;
	bool		reversed;

	if (in->lane != SMOL_LANE_BYTES || in->n == 0 ||
		!smol_get_byte(&input, &flags) || !smol_get_byte(&input, &npositions) ||
		npositions == 0 || npositions > MAX_POSITIONS ||
		flags >= HAS_ALPHABET * 2)
		return false;

	/* what has a fixed length is of that length, whatever the bytes are */
	if (in->fixed_len > 0 && (npositions != in->fixed_len || (flags & HAS_PADS)))
		return false;
	layout->flags = flags;
	layout->npositions = npositions;
	reversed = (flags & IS_REVERSED) != 0;

	if (smol_left(&input) < (uint32) (npositions + 7) / 8)
		return false;
	map = input.at;
	input.at += (npositions + 7) / 8;
	layout->ndigits = 0;
	for (int j = 0; j < npositions; j++)
	{
		if (map[j / 8] & 1 << j % 8)
			layout->digits[layout->ndigits++].position = (uint8) j;
		else if (!smol_get_byte(&input, &layout->bytes[j]))
			return false;
	}
	if (layout->ndigits == 0)
		return false;

	nsymbols = open_symbols(&input, view);
	vec.words = mins;
	if (!smol_open_inner(&input, DIGITS_CODECS, false, SMOL_LANE_WORD, 0,
						 layout->ndigits, &chunk) ||
		!smol_decode_chunk(&chunk, 0, layout->ndigits, &vec))
		return false;
	vec.words = radixes;
	if (!smol_open_inner(&input, DIGITS_CODECS, false, SMOL_LANE_WORD, 0,
						 layout->ndigits, &chunk) ||
		!smol_decode_chunk(&chunk, 0, layout->ndigits, &vec))
		return false;
	for (int d = 0; d < layout->ndigits; d++)
	{
		Digit	   *digit = &layout->digits[d];

		if (mins[d] < 0 || mins[d] > MAX_RADIX ||
			radixes[d] < 2 || radixes[d] > nsymbols - mins[d])
			return false;
		digit->min = (uint16) mins[d];
		digit->radix = (uint16) radixes[d];
		if (d > 0 && digit->radix == digit[-1].radix)
		{
			digit->magic = digit[-1].magic;
			digit->shift = digit[-1].shift;
		}
		else
			init_division(digit);
	}
	if (reversed)
	{
		/* the digits are stored as they are read, only positions go back */
		for (int d = 0; d < layout->ndigits / 2; d++)
		{
			Digit	   *a = &layout->digits[d];
			Digit	   *b = &layout->digits[layout->ndigits - 1 - d];
			uint8		position = a->position;

			a->position = b->position;
			b->position = position;
		}
	}
	assign_words(layout);

	for (int k = 0; k < layout->nwords; k++)
	{
		if (!smol_open_inner(&input, WORDS_CODECS, k == layout->nwords - 1,
							 SMOL_LANE_WORD, 0, in->n, &view->words[k]))
			return false;
	}
	return true;
}

/*
 * Take the least significant digit off the words of some rows, and put the byte
 * that it stands for into their strings.  It is a loop over rows, as divisions
 * of one row wait for each other.
 */
static pg_attribute_always_inline void
take_digit(const RadixView *view, const Digit *digit, uint64 *pg_restrict words,
		   uint32 n, uint8 *pg_restrict out, SmolSlice *pg_restrict slices,
		   const bool binary, const bool pads)
{
	const uint8 *pg_restrict symbols = view->symbols + digit->min;
	const Digit d = *digit;
	const uint32 npositions = view->layout.npositions;
	const int	bits = d.shift + 1;

	out += d.position;
	for (uint32 i = 0; i < n; i++)
	{
		uint64		word = words[i];
		uint64		quotient = binary ? word >> bits : divide(word, &d);
		uint32		rank = binary ? word & (d.radix - 1) :
			(uint32) (word - quotient * d.radix);

		words[i] = quotient;
		out[i * npositions] = symbols[rank];
		if (pads && rank == 0)
			slices[i].len = d.position;
	}
}

/*
 * Likewise some digits that are whole bytes, as they are, and one behind the
 * other in the string: 1, 2 or 4.
 */
static pg_attribute_always_inline void
take_bytes(const RadixView *view, const Digit *digit, uint64 *pg_restrict words,
		   uint32 n, uint8 *pg_restrict out, const int nbytes)
{
	const uint32 npositions = view->layout.npositions;

	out += digit->position;
	for (uint32 i = 0; i < n; i++, out += npositions)
	{
		uint64		word = words[i];
		uint64		bytes = pg_hton64(word << (64 - nbytes * BITS_PER_BYTE));

		words[i] = word >> (nbytes * BITS_PER_BYTE);
		memcpy(out, &bytes, nbytes);
	}
}

/* How many digits down to 'begin' are whole bytes, one behind the other? */
static int
count_bytes(const RadixView *view, const Digit *begin, const Digit *digit)
{
	int			n = 0;

	if (view->layout.flags & (HAS_PADS | HAS_ALPHABET))
		return 0;
	while (digit - n >= begin && digit[-n].radix == 256 &&
		   digit[-n].position + n == digit->position)
		n++;
	return n;
}

/*
 * The strings of some rows, one behind the other, whose words are given.  The
 * words are used up.
 */
static void
make_strings(const RadixView *view, int64 *const *words, uint32 n, uint8 *out,
			 SmolSlice *slices)
{
	const Layout *layout = &view->layout;
	const uint32 npositions = layout->npositions;
	const Digit *digit = layout->digits + layout->ndigits - 1;

	memcpy(out, layout->bytes, npositions);
	for (uint32 done = 1; done < n; done *= 2)
		memcpy(out + done * npositions, out, Min(done, n - done) * npositions);
	for (uint32 i = 0; i < n; i++)
	{
		slices[i].ptr = out + i * npositions;
		slices[i].len = npositions;
	}

	for (int k = layout->nwords - 1; k >= 0; k--)
	{
		const Digit *begin = layout->digits + (k == 0 ? 0 : layout->ends[k - 1]);
		uint64	   *column = (uint64 *) words[k];

		for (uint32 i = 0; i < n; i++)
			column[i] &= PG_INT64_MAX;
		while (digit >= begin)
		{
			int			bytes = count_bytes(view, begin, digit);
			int			taken = bytes >= 4 ? 4 : bytes >= 2 ? 2 : 1;

			/* the first of the digits to take, in their order */
			digit -= taken - 1;
			if (bytes >= 4)
				take_bytes(view, digit, column, n, out, 4);
			else if (bytes >= 2)
				take_bytes(view, digit, column, n, out, 2);
			else if ((layout->flags & HAS_PADS) && digit->min == 0)
				take_digit(view, digit, column, n, out, slices, false, true);
			else if ((digit->radix & (digit->radix - 1)) == 0)
				take_digit(view, digit, column, n, out, slices, true, false);
			else
				take_digit(view, digit, column, n, out, slices, false, false);
			digit--;
		}
	}
}

/* Likewise one of the rows whose words are given, which are kept. */
static SmolSlice
make_string(const RadixView *view, int64 (*words)[BATCH], uint32 row, uint8 *out)
{
	int64		word[MAX_WORDS];
	int64	   *columns[MAX_WORDS];
	SmolSlice	slice;

	Assert(view->layout.nwords > 0 && view->layout.nwords <= MAX_WORDS);
	for (int k = 0; k < view->layout.nwords; k++)
	{
		word[k] = words[k][row];
		columns[k] = &word[k];
	}
	make_strings(view, columns, 1, out, &slice);
	return slice;
}

/*
 * The words of some rows.
 */
static bool
decode_words(const RadixView *view, uint32 first, uint32 n, int64 (*words)[BATCH])
{
	for (int k = 0; k < view->layout.nwords; k++)
	{
		SmolVec		vec = {.words = words[k]};

		if (!smol_decode_chunk(&view->words[k], first, n, &vec))
			return false;
	}
	return true;
}

static bool
radix_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	RadixView	view;
	int64		words[MAX_WORDS][BATCH];
	int64	   *columns[MAX_WORDS];
	uint8	   *arena = out->arena;
	SmolSlice  *slices = out->slices;

	if (n == 0)
		return true;
	if (!open_radix(in, &view))
		return false;
	for (int k = 0; k < view.layout.nwords; k++)
		columns[k] = words[k];
	while (n > 0)
	{
		uint32		batch = Min(BATCH - first % BATCH, n);

		if (!decode_words(&view, first, batch, words))
			return false;
		make_strings(&view, columns, batch, arena, slices);
		arena += batch * view.layout.npositions;
		slices += batch;
		first += batch;
		n -= batch;
	}
	return true;
}

typedef struct SeekState
{
	const RadixView *view;
	uint8		string[MAX_POSITIONS];
	int64		words[MAX_WORDS][BATCH];
} SeekState;

static bool
fetch_first(void *state, uint32 batch, int64 *word, SmolSlice *slice)
{
	SeekState  *s = state;

	if (!decode_words(s->view, batch * BATCH, 1, s->words))
		return false;
	*slice = make_string(s->view, s->words, 0, s->string);
	return true;
}

static bool
fetch_decoded(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	SeekState  *s = state;

	*slice = make_string(s->view, s->words, i, s->string);
	return true;
}

/*
 * First among the first rows of batches, then in the batch that these leave.
 */
static uint32
radix_seek(const SmolChunk *in, uint32 first, uint32 n,
		   const SmolKey *key, SmolBound bound)
{
	RadixView	view;
	SeekState	state;
	uint32		batch;
	uint32		start;
	uint32		end;
	uint32		found;

	if (n == 0)
		return first;
	if (!open_radix(in, &view))
		return SMOL_SEEK_CORRUPT;
	state.view = &view;

	/* the first batch, of those after the first, that begins behind the bound */
	batch = first / BATCH;
	found = smol_search(fetch_first, &state, batch + 1,
						(first + n - 1) / BATCH - batch, key, bound);
	if (found == SMOL_SEEK_CORRUPT)
		return SMOL_SEEK_CORRUPT;
	batch = found - 1;

	start = Max(first, batch * BATCH);
	end = Min(first + n, (batch + 1) * BATCH);
	if (!decode_words(&view, start, end - start, state.words))
		return SMOL_SEEK_CORRUPT;
	found = smol_search(fetch_decoded, &state, 0, end - start, key, bound);
	return start + found;
}

static Size
radix_arena_size(const SmolChunk *in, uint32 n)
{
	if (in->len < 2)
		return 0;
	return (Size) n * Min(in->data[1], MAX_POSITIONS);
}

static const char *
radix_check(const SmolChunk *in)
{
	RadixView	view;
	const char *wrong;

	if (in->lane != SMOL_LANE_BYTES)
		return "radix: not a column of strings";
	if (in->n == 0)
		return "radix: no rows";
	if (!open_radix(in, &view))
		return "radix: bad header";
	for (int k = 0; k < view.layout.nwords; k++)
	{
		if ((wrong = smol_check_chunk(&view.words[k])) != NULL)
			return wrong;
	}
	return NULL;
}

const SmolCodec smol_codec_radix = {
	.name = "radix",
	.measure = radix_measure,
	.encode = radix_encode,
	.decode = radix_decode,
	.seek = radix_seek,
	.arena_size = radix_arena_size,
	.check = radix_check,
};
