/*-------------------------------------------------------------------------
 *
 * codec_impl.h
 *	  What the codecs share, private to src/codec.
 *
 * A codec may keep part of what it stores in a chunk of its own: run ends, the
 * entries of a dictionary.  Such an inner chunk is chosen, measured, encoded
 * and opened by the functions at the end of this file.  Which codecs it may
 * have is a mask that is part of the outer codec's format: the masks are such
 * that nothing nests without end, whatever the bytes are.
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

/*
 * What is known of a column before any codec looks at it.
 */
struct SmolFacts
{
	uint32		nruns;			/* of neighbours that are the same */

	/* WORD */
	int64		min;
	int64		max;
	uint32		nrises;			/* values above the one before */
	uint32		nfalls;			/* below */
	uint64		divisor;		/* of all differences, see smol_divisor; 0:
								 * not yet computed */

	/* BYTES */
	uint32		min_len;
	uint32		max_len;
	uint64		total;			/* bytes in all values */
};

extern void smol_gather_facts(const SmolColumn *in, SmolFacts *facts);
extern uint64 smol_divisor(const SmolColumn *in, SmolFacts *facts);

/* A chunk's length is a uint32: anything longer is SMOL_NO_FIT. */
static inline Size
smol_fit(uint64 bytes)
{
	return bytes <= PG_UINT32_MAX ? (Size) bytes : SMOL_NO_FIT;
}

static inline bool
smol_same_slice(SmolSlice a, SmolSlice b)
{
	return a.len == b.len &&
		(a.ptr == b.ptr || smol_same_bytes(a.ptr, b.ptr, a.len));
}

/* memcmp's order, the shorter first */
static inline int
smol_order_slices(SmolSlice a, SmolSlice b)
{
	uint32		len = Min(a.len, b.len);
	int			c = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* The upper bits are the better ones. */
static inline uint64
smol_scatter(uint64 word)
{
	word ^= word >> 32;
	return word * UINT64CONST(0x9E3779B97F4A7C15);
}

/* 'first' is of smol_first_bytes */
static inline uint32
smol_hash_string(SmolSlice slice, uint64 first)
{
	uint64		h = first ^ slice.len;

	for (uint32 i = sizeof(first); i < slice.len; i += sizeof(first))
	{
		uint64		part;

		/* the last part overlaps the one before */
		memcpy(&part, slice.ptr + Min(i, slice.len - sizeof(part)), sizeof(part));
		h = (h ^ h >> 32) * UINT64CONST(0xD6E8FEB86659FD93) ^ part;
	}
	return (uint32) (smol_scatter(h * UINT64CONST(0xD6E8FEB86659FD93)) >> 32);
}

/* How many bytes do two strings begin with that are the same, up to max? */
static inline uint32
smol_common_bytes(const uint8 *a, const uint8 *b, uint32 max)
{
	uint32		i = 0;

	for (; i + 8 <= max; i += 8)
	{
		uint64		differ = smol_bits_load(a + i) ^ smol_bits_load(b + i);

		if (differ != 0)
			return i + pg_rightmost_one_pos64(differ) / 8;
	}
	while (i < max && a[i] == b[i])
		i++;
	return i;
}

/*
 * Room from the scratch, NULL if there isn't enough.  Whoever takes some puts
 * 'used' back to what it was.
 */
static inline void *
smol_take_scratch(SmolScratch *scratch, uint64 bytes)
{
	void	   *room;

	if (scratch == NULL || bytes > scratch->size - scratch->used)
		return NULL;
	bytes = MAXALIGN64(bytes);
	if (bytes > scratch->size - scratch->used)
		return NULL;
	room = scratch->data + scratch->used;
	scratch->used += bytes;
	return room;
}

static inline Size
smol_scratch_used(const SmolScratch *scratch)
{
	return scratch ? scratch->used : 0;
}

static inline void
smol_return_scratch(SmolScratch *scratch, Size used)
{
	if (scratch)
		scratch->used = used;
}

/*
 * Numbers in headers.
 *
 * Those of fixed length are little-endian with as many bytes as they need, 0
 * to 8, two of which lengths share a byte.  Counts and lengths are of variable
 * length: 7 bits a byte, the lowest first, the high bit set on all but the
 * last.
 */
static inline int
smol_uint_bytes(uint64 value)
{
	return (smol_bits_width(value) + 7) / 8;
}

/* 0 has none; otherwise the first bit is the sign's */
static inline int
smol_int_bytes(int64 value)
{
	if (value == 0)
		return 0;
	return smol_bits_width((uint64) (value ^ (value >> 63))) / 8 + 1;
}

static inline uint8 *
smol_put_number(uint8 *out, uint64 value, int nbytes)
{
	for (; nbytes > 0; nbytes--, value >>= 8)
		*out++ = (uint8) value;
	return out;
}

static inline int
smol_varint_bytes(uint32 value)
{
	int			n = 1;

	for (; value >= 0x80; value >>= 7)
		n++;
	return n;
}

static inline uint8 *
smol_put_varint(uint8 *out, uint32 value)
{
	for (; value >= 0x80; value >>= 7)
		*out++ = (uint8) (value | 0x80);
	*out++ = (uint8) value;
	return out;
}

/* Bytes to read, from the front. */
typedef struct SmolInput
{
	const uint8 *at;
	const uint8 *end;
} SmolInput;

static inline uint32
smol_left(const SmolInput *input)
{
	return (uint32) (input->end - input->at);
}

static inline bool
smol_get_byte(SmolInput *input, uint8 *value)
{
	if (input->at == input->end)
		return false;
	*value = *input->at++;
	return true;
}

static inline bool
smol_get_uint(SmolInput *input, int nbytes, uint64 *value)
{
	if (nbytes > 8 || smol_left(input) < (uint32) nbytes)
		return false;
	if (nbytes == 0)
		*value = 0;
	else if (smol_left(input) >= 8)
		*value = smol_bits_load(input->at) & (PG_UINT64_MAX >> (64 - 8 * nbytes));
	else
	{
		*value = 0;
		for (int i = 0; i < nbytes; i++)
			*value |= (uint64) input->at[i] << (8 * i);
	}
	input->at += nbytes;
	return true;
}

static inline bool
smol_get_int(SmolInput *input, int nbytes, int64 *value)
{
	uint64		bits;

	if (!smol_get_uint(input, nbytes, &bits))
		return false;
	*value = nbytes == 0 ? 0 :
		(int64) (bits << (64 - 8 * nbytes)) >> (64 - 8 * nbytes);
	return true;
}

static inline bool
smol_get_varint(SmolInput *input, uint32 *value)
{
	uint64		result = 0;

	for (int shift = 0; shift <= 28 && input->at < input->end; shift += 7)
	{
		uint8		byte = *input->at++;

		result |= (uint64) (byte & 0x7f) << shift;
		if (byte < 0x80)
		{
			*value = (uint32) result;
			return result <= PG_UINT32_MAX;
		}
	}
	return false;
}

/*
 * Sets of bytes, and alphabets, which are such sets on disk: the least byte,
 * the number of bytes of a bit map that begins with it, the map.
 */
static inline bool
smol_has_bit(const uint64 *bits, int i)
{
	return (bits[i / 64] >> (i % 64) & 1) != 0;
}

extern void smol_make_bits(const bool *members, uint64 *bits);
extern int	smol_count_bits(const uint64 *bits);
extern uint8 smol_first_bit(const uint64 *bits);
extern uint8 smol_last_bit(const uint64 *bits);
extern uint8 *smol_put_alphabet(uint8 *out, const uint64 *bits,
								uint8 first, uint8 last);
extern int	smol_get_alphabet(SmolInput *input, uint8 *symbols);

static inline uint32
smol_alphabet_bytes(uint8 first, uint8 last)
{
	return 2 + (last - first) / 8 + 1;
}

/*
 * Division of multiples, which takes no division: the odd part of the divisor
 * has an inverse modulo 2^64, and exactly the multiples of the divisor have a
 * quotient of at most (2^64 - 1) / divisor.
 */
typedef struct SmolDivider
{
	uint64		inverse;		/* of the odd part */
	uint64		limit;
	int			shift;			/* the even part */
} SmolDivider;

static inline void
smol_init_divider(SmolDivider *d, uint64 divisor)
{
	uint64		odd;

	Assert(divisor > 0);
	d->shift = pg_rightmost_one_pos64(divisor);
	odd = divisor >> d->shift;
	d->inverse = odd * 3 ^ 2;	/* right in 5 bits, then 10, 20, 40, 80 */
	for (int i = 0; i < 4; i++)
		d->inverse *= 2 - odd * d->inverse;
	d->limit = PG_UINT64_MAX / divisor;
}

static inline bool
smol_divides(const SmolDivider *d, uint64 value)
{
	uint64		q = value * d->inverse;

	/* rotated, so that the bits of a remainder come out on top */
	return ((q >> d->shift) | (q << ((64 - d->shift) & 63))) <= d->limit;
}

/* value must be a multiple */
static inline uint64
smol_quotient(const SmolDivider *d, uint64 value)
{
	return (value >> d->shift) * d->inverse;
}

/*
 * PLAIN.  The end of a slice is a uint16, so that a chunk of varying slices
 * has at most that many bytes of values.
 */
#define SMOL_PLAIN_MAX_BYTES	PG_UINT16_MAX

/*
 * FOR: width; lengths of base and divisor; base; divisor; bits.
 */
typedef struct SmolForView
{
	const uint8 *bits;
	Size		nbytes;			/* of bits, at least what n values need */
	uint64		base;
	uint64		divisor;		/* 1 if there is none */
	int			width;			/* 0 to 64 */
} SmolForView;

/* The bytes behind the header may be more than the values need. */
static inline bool
smol_for_open(SmolForView *view, const uint8 *data, uint32 len, uint32 n)
{
	SmolInput	input = {data, data + len};
	uint8		lengths;

	if (len < 2)
		return false;
	view->width = data[0];
	lengths = data[1];
	input.at += 2;
	if (!smol_get_int(&input, lengths & 15, (int64 *) &view->base) ||
		!smol_get_uint(&input, lengths >> 4, &view->divisor))
		return false;
	if (lengths < 16)
		view->divisor = 1;
	view->bits = input.at;
	view->nbytes = smol_left(&input);
	return view->width <= 64 && smol_bits_size(n, view->width) <= view->nbytes;
}

static inline uint64
smol_for_get(const SmolForView *view, uint32 i)
{
	return view->base + view->divisor *
		smol_bits_get(view->bits, view->nbytes, view->width, i);
}

/*
 * Binary search over anything that can fetch its value i, false if that is
 * found to be corrupt.  Inlined with a constant fetch, so that a direct key
 * costs no call.
 *
 * The stretch left to search gets smaller with each step, whatever the values
 * are: on corrupt data the result is some position in [first, first + n], or
 * SMOL_SEEK_CORRUPT.
 */
typedef bool (*SmolFetch) (void *state, uint32 i, int64 *word, SmolSlice *slice);

static pg_attribute_always_inline uint32
smol_search(SmolFetch fetch, void *state, uint32 first, uint32 n,
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
				return SMOL_SEEK_CORRUPT;
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
				return SMOL_SEEK_CORRUPT;
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

/*
 * Inner chunks.  On disk: the codec's number in a byte; the length as a varint,
 * unless the inner chunk is the last thing in the outer one; the bytes.
 */
#define SMOL_CODEC_BIT(id)	(1U << (id))

/* codecs of words with constant access and next to no state */
#define SMOL_CHEAP_WORDS \
	(SMOL_CODEC_BIT(SMOL_CODEC_FOR) | SMOL_CODEC_BIT(SMOL_CODEC_AFFINE))

/* words that ascend */
#define SMOL_SORTED_WORDS \
	(SMOL_CHEAP_WORDS | SMOL_CODEC_BIT(SMOL_CODEC_DELTA))


/* a chosen codec, and the bytes that the inner chunk takes with its header */
typedef struct SmolInner
{
	uint8		codec;
	Size		chunk;			/* bytes of the chunk */
	Size		size;			/* with the header, or SMOL_NO_FIT */
	const uint8 *bytes;			/* the chunk in the scratch, if it is there */
} SmolInner;

/* Is the column encoded as one before was?  Then there is no need to sample. */
static inline bool
smol_follows_picks(const SmolColumn *in)
{
	return in->picks && in->picks->mode == SMOL_PICKS_FOLLOW;
}

extern uint8 smol_choose_for(const SmolColumn *in, SmolFacts *facts, Size *bytes);
extern uint8 smol_choose_among(const SmolColumn *in, SmolFacts *facts,
							   uint32 mask, Size limit, Size *bytes);
extern Size smol_measure_inner(const SmolColumn *in, uint32 mask, bool last,
							   Size limit, SmolInner *inner);
extern uint8 *smol_encode_inner(const SmolColumn *in, const SmolInner *inner,
								bool last, uint8 *out);
extern bool smol_open_inner(SmolInput *input, uint32 mask, bool last,
							SmolLane lane, uint16 fixed_len, uint32 n,
							SmolChunk *chunk);

/* an inner column of words */
static inline SmolColumn
smol_inner_words(const SmolColumn *outer, const int64 *words, uint32 n)
{
	SmolColumn	in = {
		.lane = SMOL_LANE_WORD,
		.n = n,
		.words = words,
		.scratch = outer->scratch,
		.picks = outer->picks,
	};

	return in;
}

/*
 * Exceptions (codec_exceptions.c).  On disk: their number as a varint; unless
 * that is 0, inner chunks of their rows and of their words.
 */
typedef struct SmolExceptionPlan
{
	uint32		n;
	int64	   *rows;
	int64	   *words;
	SmolInner	rows_inner;
	SmolInner	words_inner;
} SmolExceptionPlan;

typedef struct SmolExceptions
{
	uint32		n;
	SmolChunk	rows;			/* unset if n is 0 */
	SmolChunk	words;
} SmolExceptions;

extern bool smol_take_exceptions(const SmolColumn *in, uint32 n,
								 SmolExceptionPlan *plan);
extern Size smol_measure_exceptions(const SmolColumn *in, Size limit,
									SmolExceptionPlan *plan);
extern uint8 *smol_encode_exceptions(const SmolColumn *in,
									 const SmolExceptionPlan *plan, uint8 *out);
extern bool smol_open_exceptions(SmolInput *input, uint32 nrows,
								 SmolExceptions *exceptions);
extern bool smol_apply_exceptions(const SmolExceptions *exceptions, uint32 first,
								  uint32 n, int64 *words);
extern bool smol_seek_exceptions(SmolExceptions *exceptions, uint32 *first,
								 uint32 *n, const SmolKey *key, SmolBound bound);
extern const char *smol_check_exceptions(const SmolExceptions *exceptions,
										 uint32 nrows);

#endif							/* SMOL_CODEC_IMPL_H */
