/*-------------------------------------------------------------------------
 *
 * codec_alp.c
 *	  Floats that are decimals: integers, and the power of ten they are divided
 * by.
 *
 * Prices and measurements are written with a few digits after the point, and
 * their bits as floats look like noise.  If v is the float nearest to d / 10^e,
 * it is kept as d.  (The idea is that of ALP, Afroozeh, Kuffo and Boncz 2023.
 * It multiplies by 10^-e, which is not exact; the division is, so that one
 * exponent gives every decimal of up to 15 digits back.)
 *
 * No value is taken on trust: each is made a float again when it is encoded,
 * and if that is not the same to the bit, it is an exception, whose bits are
 * kept aside.  So are infinities, any NaN and the negative zero.
 *
 * The integers are an inner chunk with the integer before in the place of an
 * exception.  A row is one of that chunk's rows, and a look at the exceptions.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_alp.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#include <math.h>

#define DIGITS_CODECS \
	(SMOL_SORTED_WORDS | SMOL_CODEC_BIT(SMOL_CODEC_PATCH))

/* first byte: the exponent, and whether the words are bits of float4 */
#define ALP_EXPONENT	0x1F
#define ALP_FLOAT4		0x80

#define MAX_EXPONENT	22		/* the last power of ten that a double holds */

static const double powers[MAX_EXPONENT + 1] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/*
 * 1.5 * 2^52.  A double of this size has no bits below 1, so that adding it
 * rounds to an integer, which then stands in the low bits.  It works for
 * integers of MAX_DIGITS, and unlike a cast it is defined for all others.
 */
#define SHIFTER			6755399441055744.0
#define MAX_DIGITS		(INT64CONST(1) << 51)

/* Values that are looked at before all others, and as many of them first. */
#define SAMPLE			32
#define FIRST_SAMPLE	8

/* What an exception takes besides its bits, about. */
#define ROW_BITS		12

/*
 * Values that a loop over many takes at a time: compilers make vectors of so
 * many.
 */
#define LANES			4

typedef struct AlpPlan
{
	int			exponent;
	SmolExceptionPlan exceptions;
	int64	   *digits;			/* by row */
	SmolInner	inner;			/* of digits */
	Size		size;
} AlpPlan;

typedef struct AlpView
{
	bool		is_float4;
	double		power;
	SmolExceptions exceptions;
	SmolChunk	digits;
} AlpView;

static inline double
bits_to_double(uint64 bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint64
double_to_bits(double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* A word's value; words of float4 that are none have some value, too. */
static pg_attribute_always_inline double
word_to_double(int64 word, const bool is_float4)
{
	uint32		bits = (uint32) word;
	float		value;

	if (!is_float4)
		return bits_to_double((uint64) word);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* The word of a decimal.  Any digits may be given: they may be damaged. */
static pg_attribute_always_inline int64
digits_to_word(int64 digits, double power, const bool is_float4)
{
	double		value;
	float		single;
	uint32		bits;

	value = bits_to_double((uint64) digits + double_to_bits(SHIFTER));
	value = (value - SHIFTER) / power;
	if (!is_float4)
		return (int64) double_to_bits(value);
	single = (float) value;
	memcpy(&bits, &single, sizeof(bits));
	return (int64) bits;
}

/* The digits of a word, if there are any: see is_decimal. */
static pg_attribute_always_inline int64
word_to_digits(int64 word, double power, const bool is_float4)
{
	double		value = word_to_double(word, is_float4) * power + SHIFTER;

	return (int64) (double_to_bits(value) - double_to_bits(SHIFTER));
}

/* Are the digits in bounds, and do they make this word?  Vectors like it so. */
static pg_attribute_always_inline bool
is_decimal(int64 word, int64 digits, double power, const bool is_float4)
{
	return ((((uint64) digits + MAX_DIGITS) & ~(2 * (uint64) MAX_DIGITS - 1)) |
			(uint64) (digits_to_word(digits, power, is_float4) ^ word)) == 0;
}

/* ---- encoding ---- */

/* The least exponent for a word, MAX_EXPONENT + 1 if there is none. */
static int
find_exponent(int64 word, bool is_float4)
{
	double		value = fabs(word_to_double(word, is_float4));
	int			e = 0;

	for (; e <= MAX_EXPONENT && value * powers[e] < (double) MAX_DIGITS; e++)
	{
		if (is_decimal(word, word_to_digits(word, powers[e], is_float4),
					   powers[e], is_float4))
			return e;
	}
	return MAX_EXPONENT + 1;
}

/* About how many bits would a sample take? */
static uint32
estimate(const int64 *words, uint32 n, int exponent, bool is_float4)
{
	int			exception_bits = (is_float4 ? 32 : 64) + ROW_BITS;
	int64		min = PG_INT64_MAX;
	int64		max = PG_INT64_MIN;
	uint32		ngood = 0;

	for (uint32 i = 0; i < n; i++)
	{
		int64		digits = word_to_digits(words[i], powers[exponent], is_float4);

		if (!is_decimal(words[i], digits, powers[exponent], is_float4))
			continue;
		min = Min(min, digits);
		max = Max(max, digits);
		ngood++;
	}
	if (ngood == 0)
		return n * exception_bits;
	return ngood * smol_bits_width((uint64) max - (uint64) min) +
		(n - ngood) * exception_bits;
}

/*
 * Look at a few values.  Returns the exponent that suits them best, or -1 if
 * they are no decimals.
 */
static int
choose_exponent(const SmolColumn *in, bool is_float4)
{
	int64		words[SAMPLE];
	uint32		n = Min(in->n, SAMPLE);
	uint32		ngood = 0;
	uint32		seen = 0;
	uint32		least;
	int			best = -1;

	for (uint32 k = 0; k < n; k++)
	{
		/* in no order of size, if the column is sorted */
		uint32		at = (uint32) ((uint64) in->n * (k * 11 % SAMPLE) / SAMPLE);
		int			e;

		words[k] = in->words[at];
		e = find_exponent(words[k], is_float4);
		if (e <= MAX_EXPONENT)
		{
			ngood++;
			seen |= 1U << e;
		}
		else if (k + 1 >= FIRST_SAMPLE && ngood <= k / 2)
			return -1;
	}

	least = n * (is_float4 ? 32 : 64);
	for (int e = 0; e <= MAX_EXPONENT; e++)
	{
		uint32		bits;

		if ((seen & (1U << e)) == 0)
			continue;
		bits = estimate(words, n, e, is_float4);
		if (bits < least)
		{
			least = bits;
			best = e;
		}
	}
	return best;
}

/* The digits of what has none. */
#define NO_DIGITS		PG_INT64_MIN

/*
 * Digits of all values, or NO_DIGITS.  Returns how many there are of these.
 */
static pg_attribute_always_inline uint32
make_digits_in(const int64 *pg_restrict words, uint32 n, double power,
			   const bool is_float4, int64 *pg_restrict digits)
{
	uint64		nextra[LANES] = {0};

#define MAKE(i) \
	do { \
		int64		made = word_to_digits(words[i], power, is_float4); \
		bool		good = is_decimal(words[i], made, power, is_float4); \
		digits[i] = good ? made : NO_DIGITS; \
		nextra[i] += !good; \
	} while (0)

	for (; n >= LANES; n -= LANES, words += LANES, digits += LANES)
	{
		for (int i = 0; i < LANES; i++)
			MAKE(i);
	}
	for (uint32 i = 0; i < n; i++)
		MAKE(i);
#undef MAKE

	return (uint32) (nextra[0] + nextra[1] + nextra[2] + nextra[3]);
}

#ifdef SMOL_USE_AVX2
static pg_noinline pg_attribute_target("avx2")
uint32
make_digits_avx2(const int64 *words, uint32 n, double power, bool is_float4,
				 int64 *digits)
{
	return is_float4 ? make_digits_in(words, n, power, true, digits) :
		make_digits_in(words, n, power, false, digits);
}
#endif

static uint32
make_digits(const int64 *words, uint32 n, double power, bool is_float4,
			int64 *digits)
{
#ifdef SMOL_USE_AVX2
	if (smol_has_avx2())
		return make_digits_avx2(words, n, power, is_float4, digits);
#endif
	return is_float4 ? make_digits_in(words, n, power, true, digits) :
		make_digits_in(words, n, power, false, digits);
}

/* Put exceptions aside, which are not all of the values. */
static void
move_exceptions(const SmolColumn *in, AlpPlan *plan)
{
	int64		before = NO_DIGITS;
	uint32		k = 0;

	for (uint32 i = 0; before == NO_DIGITS; i++)
		before = plan->digits[i];
	for (uint32 i = 0; i < in->n; i++)
	{
		if (plan->digits[i] != NO_DIGITS)
			before = plan->digits[i];
		else
		{
			Assert(k < plan->exceptions.n);
			plan->exceptions.rows[k] = i;
			plan->exceptions.words[k++] = in->words[i];
			plan->digits[i] = before;
		}
	}
	Assert(k == plan->exceptions.n);
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_alp(const SmolColumn *in, Size limit, AlpPlan *plan)
{
	bool		is_float4 = in->hint == SMOL_HINT_FLOAT4;
	SmolColumn	column;
	uint32		nexceptions;
	Size		size;

	plan->size = SMOL_NO_FIT;
	if (in->lane != SMOL_LANE_WORD || in->hint == SMOL_HINT_NONE || in->n < 2)
		return;
	plan->exponent = choose_exponent(in, is_float4);
	if (plan->exponent < 0)
		return;

	plan->digits = smol_take_scratch(in->scratch, (uint64) in->n * sizeof(int64));
	if (plan->digits == NULL)
		return;
	nexceptions = make_digits(in->words, in->n, powers[plan->exponent], is_float4,
							  plan->digits);
	if (nexceptions > in->n / 2 ||
		!smol_take_exceptions(in, nexceptions, &plan->exceptions))
		return;
	if (nexceptions > 0)
		move_exceptions(in, plan);
	size = smol_measure_exceptions(in, limit, &plan->exceptions);
	if (size == SMOL_NO_FIT)
		return;
	column = smol_inner_words(in, plan->digits, in->n);
	if (smol_measure_inner(&column, DIGITS_CODECS, true, limit,
						   &plan->inner) == SMOL_NO_FIT)
		return;
	plan->size = smol_fit((uint64) 1 + size + plan->inner.size);
}

static Size
alp_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	AlpPlan		plan;

	plan_alp(in, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static Size
alp_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	AlpPlan		plan;

	plan_alp(in, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		SmolColumn	column;
		uint8	   *next = out;

		*next++ = (uint8) (plan.exponent |
						   (in->hint == SMOL_HINT_FLOAT4 ? ALP_FLOAT4 : 0));
		next = smol_encode_exceptions(in, &plan.exceptions, next);
		column = smol_inner_words(in, plan.digits, in->n);
		next = smol_encode_inner(&column, &plan.inner, true, next);
		Assert(next == out + plan.size);
	}
	else
		plan.size = SMOL_NO_FIT;
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

/* ---- decoding ---- */

static bool
open_alp(const SmolChunk *in, AlpView *view)
{
	SmolInput	input = {in->data, in->data + in->len};
	uint8		first;

	if (in->lane != SMOL_LANE_WORD || !smol_get_byte(&input, &first) ||
		(first & ~(ALP_EXPONENT | ALP_FLOAT4)) != 0 ||
		(first & ALP_EXPONENT) > MAX_EXPONENT ||
		!smol_open_exceptions(&input, in->n, &view->exceptions))
		return false;
	view->is_float4 = (first & ALP_FLOAT4) != 0;
	view->power = powers[first & ALP_EXPONENT];
	return smol_open_inner(&input, DIGITS_CODECS, true, SMOL_LANE_WORD, 0,
						   in->n, &view->digits);
}

static pg_attribute_always_inline void
make_words_in(int64 *words, uint32 n, double power, const bool is_float4)
{
	for (; n >= LANES; n -= LANES, words += LANES)
	{
		for (int i = 0; i < LANES; i++)
			words[i] = digits_to_word(words[i], power, is_float4);
	}
	for (uint32 i = 0; i < n; i++)
		words[i] = digits_to_word(words[i], power, is_float4);
}

#ifdef SMOL_USE_AVX2
static pg_noinline pg_attribute_target("avx2")
void
make_words_avx2(int64 *words, uint32 n, double power, bool is_float4)
{
	if (is_float4)
		make_words_in(words, n, power, true);
	else
		make_words_in(words, n, power, false);
}
#endif

/* Digits to words, in their place. */
static void
make_words(int64 *words, uint32 n, double power, bool is_float4)
{
#ifdef SMOL_USE_AVX2
	if (n >= 2 * LANES && smol_has_avx2())
		make_words_avx2(words, n, power, is_float4);
	else
#endif
	if (is_float4)
		make_words_in(words, n, power, true);
	else
		make_words_in(words, n, power, false);
}

static bool
alp_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	AlpView		view;

	if (n == 0)
		return true;
	if (!open_alp(in, &view) || !smol_decode_chunk(&view.digits, first, n, out))
		return false;
	make_words(out->words, n, view.power, view.is_float4);
	return smol_apply_exceptions(&view.exceptions, first, n, out->words);
}

/* A key for digits: what the outer key says of the float that they make. */
typedef struct DigitsKey
{
	const AlpView *view;
	const SmolKey *key;
} DigitsKey;

static int
order_word(const SmolKey *key, int64 word)
{
	SmolSlice	none = {NULL, 0};
	int			order;

	if (!key->direct)
		return key->order(key->arg, word, none);
	order = (word > key->word) - (word < key->word);
	return key->descending ? -order : order;
}

static int
order_digits(const void *arg, int64 digits, SmolSlice slice)
{
	const DigitsKey *k = arg;

	return order_word(k->key, digits_to_word(digits, k->view->power, k->view->is_float4));
}

/*
 * First among the exceptions, since the digits in their places are not theirs.
 */
static uint32
alp_seek(const SmolChunk *in, uint32 first, uint32 n,
		 const SmolKey *key, SmolBound bound)
{
	AlpView		view;
	DigitsKey	arg = {.view = &view,.key = key};
	SmolKey		digits_key = {.order = order_digits,.arg = &arg};

	if (!open_alp(in, &view) ||
		!smol_seek_exceptions(&view.exceptions, &first, &n, key, bound))
		return SMOL_SEEK_CORRUPT;
	return smol_seek_chunk(&view.digits, first, n, &digits_key, bound);
}

static const char *
alp_check(const SmolChunk *in)
{
	AlpView		view;
	const char *wrong;

	if (in->lane != SMOL_LANE_WORD)
		return "alp: not a column of words";
	if (in->n == 0)
		return "alp: no rows";
	if (!open_alp(in, &view))
		return "alp: bad header";
	if ((wrong = smol_check_exceptions(&view.exceptions, in->n)) != NULL)
		return wrong;
	return smol_check_chunk(&view.digits);
}

const SmolCodec smol_codec_alp = {
	.name = "alp",
	.measure = alp_measure,
	.encode = alp_encode,
	.decode = alp_decode,
	.seek = alp_seek,
	.check = alp_check,
};
