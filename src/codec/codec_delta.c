/*-------------------------------------------------------------------------
 *
 * codec_delta.c
 *	  Differences between neighbours, for keys that are sorted or nearly so.
 *
 * The differences are kept in blocks of 128, less the least difference of the
 * chunk and divided by their common divisor, each block with a width of its
 * own.  For each block the value before its first one is kept as well, so that
 * any value is found by looking at its block alone, and a search by looking at
 * these values first.
 *
 * A difference that does not fit its block's width is an exception: kept aside
 * as what it is above (or, where a sorted stretch begins anew, below) the rest.
 * So a column that is sorted within each value of the column before it is
 * nearly as small as a sorted one.
 *
 * This codec takes words only, and none whose differences overflow int64.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_delta.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define BLOCK			128

/* Bases are decoded so many at a time. */
#define BASES			32

/* codecs of the inner chunks */
#define BASES_CODECS	SMOL_CHEAP_WORDS
#define WIDTHS_CODECS	SMOL_CODEC_BIT(SMOL_CODEC_FOR)
#define EXTRA_CODECS	SMOL_CHEAP_WORDS

/* Up to one falling step in so many rows makes a column nearly ascending. */
#define NEARLY			16

typedef struct DeltaPlan
{
	int64		least;			/* difference that is not an exception */
	uint64		divisor;		/* of differences */
	uint32		nblocks;
	uint32		nextra;			/* exceptions */
	uint32		extra_bits;		/* what each takes, about: a row number and a
								 * difference */
	uint64		bits_size;		/* bytes of all blocks */
	int64	   *bases;			/* by block: the value before it */
	int64	   *widths;			/* by block */
	int64	   *rows;			/* of exceptions */
	int64	   *extras;			/* what is to be added to the difference */
	SmolInner	bases_inner;
	SmolInner	widths_inner;
	SmolInner	rows_inner;
	SmolInner	extras_inner;
	Size		size;
} DeltaPlan;

typedef struct DeltaView
{
	uint32		n;				/* rows of the chunk */
	uint64		least;
	uint64		divisor;
	uint32		nextra;
	SmolChunk	rows;
	SmolChunk	extras;
	SmolChunk	bases;
	SmolForView widths;
	const uint8 *bits;
	uint32		nbytes;
} DeltaView;

static inline uint32
count_blocks(uint32 n)
{
	return (n - 1) / BLOCK + 1;
}

/* Rows of a block. */
static inline uint32
block_rows(uint32 n, uint32 block)
{
	return Min(BLOCK, n - block * BLOCK);
}

/* Bytes of a block's bits. */
static inline uint32
block_size(uint32 rows, int width)
{
	return (uint32) smol_bits_size(rows, width);
}

/* ---- encoding ---- */

/* Differences outside are exceptions. */
typedef struct Window
{
	int64		lo;
	int64		hi;
} Window;

static inline int64
difference(const SmolColumn *in, uint32 i)
{
	return in->words[i] - in->words[i - 1];
}

/*
 * Would differences of a column that is not sorted be smaller than the values?
 * Looks at a few.
 */
static bool
looks_smooth(const SmolColumn *in, const SmolFacts *facts)
{
	int			width = smol_bits_width((uint64) facts->max - (uint64) facts->min);
	int64		min = 0;
	int64		max = 0;

	for (uint32 k = 0; k < 8; k++)
	{
		uint32		at = 1 + (uint32) ((uint64) (in->n - 1) * k / 8);

		for (uint32 i = at; i < in->n && i < at + 8; i++)
		{
			min = Min(min, difference(in, i));
			max = Max(max, difference(in, i));
		}
	}
	return smol_bits_width((uint64) max - (uint64) min) < width;
}

/*
 * The least difference of all and the greatest of each block, of those in the
 * window.  Bases serve to keep the latter for the time being.
 */
static void
measure_blocks(const SmolColumn *in, Window window, DeltaPlan *plan)
{
	int64		least = PG_INT64_MAX;

	for (uint32 b = 0; b < plan->nblocks; b++)
	{
		uint32		first = Max(b * BLOCK, 1);
		uint32		end = b * BLOCK + block_rows(in->n, b);
		int64		min = PG_INT64_MAX;
		int64		max = PG_INT64_MIN;

		for (uint32 i = first; i < end; i++)
		{
			int64		d = difference(in, i);

			min = Min(min, d);
			max = Max(max, d);
		}
		if (min < window.lo || max > window.hi)
		{
			min = PG_INT64_MAX;
			max = PG_INT64_MIN;
			for (uint32 i = first; i < end; i++)
			{
				int64		d = difference(in, i);

				if (d < window.lo || d > window.hi)
					continue;
				min = Min(min, d);
				max = Max(max, d);
			}
		}
		least = Min(least, min);
		plan->bases[b] = max;
	}

	/* nothing but exceptions, or one row */
	if (least == PG_INT64_MAX)
		least = 0;
	plan->least = least;
}

/* The greatest difference that fits a width; INT64_MAX if that is all. */
static inline int64
greatest(const DeltaPlan *plan, int width)
{
	uint64		room = PG_INT64_MAX - (uint64) plan->least;
	uint64		mask = smol_bits_mask(width);

	if (mask > room / plan->divisor)
		return PG_INT64_MAX;
	return (int64) ((uint64) plan->least + mask * plan->divisor);
}

/*
 * The width of a block for which its differences take the fewest bits, and how
 * many of them are then too large.
 */
static int
best_width(const SmolColumn *in, Window window, const DeltaPlan *plan,
		   const SmolDivider *divider, uint32 block, uint32 *nlarge)
{
	uint32		rows = block_rows(in->n, block);
	uint32		end = block * BLOCK + rows;
	uint32		counts[65] = {0};
	uint32		above = 0;
	int			width = (int) plan->widths[block];
	int			best = width;
	uint32		least = rows * (uint32) width;

	for (uint32 i = Max(block * BLOCK, 1); i < end; i++)
	{
		int64		d = difference(in, i);

		if (d >= plan->least && d <= window.hi)
			counts[smol_bits_width(smol_quotient(divider, (uint64) d -
												 (uint64) plan->least))]++;
	}
	*nlarge = 0;
	while (width > 0)
	{
		above += counts[width--];
		if (rows * (uint32) width + above * plan->extra_bits < least)
		{
			least = rows * (uint32) width + above * plan->extra_bits;
			best = width;
			*nlarge = above;
		}
	}
	return best;
}

/*
 * Has a block differences that stand out?  The values at its ends tell the
 * mean, apart from exceptions on the other side of the window.
 */
static bool
has_leaps(const SmolColumn *in, const DeltaPlan *plan, uint32 block)
{
	uint32		first = block * BLOCK;
	uint32		rows = block_rows(in->n, block);
	int64		mean;
	uint64		above;

	Assert(rows > 0);
	mean = (in->words[first + rows - 1] - in->words[first]) / rows;
	above = mean > plan->least ? (uint64) mean - (uint64) plan->least : 0;

	return plan->widths[block] > smol_bits_width(above / plan->divisor) + 2;
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_delta(const SmolColumn *in, SmolFacts *facts, Size limit, DeltaPlan *plan)
{
	Window		window = {PG_INT64_MIN, PG_INT64_MAX};
	uint32		nearly = in->n / NEARLY;
	SmolColumn	column;
	SmolDivider divider;
	uint64		size;

	plan->size = SMOL_NO_FIT;
	if (in->lane != SMOL_LANE_WORD || in->n < 2 ||
		(uint64) facts->max - (uint64) facts->min > PG_INT64_MAX)
		return;

	/* does it go one way, apart from exceptions? */
	if (facts->nfalls <= nearly)
		window.lo = 0;
	else if (facts->nrises <= nearly)
		window.hi = 0;
	else if (!looks_smooth(in, facts))
		return;

	plan->nblocks = count_blocks(in->n);
	plan->bases = smol_take_scratch(in->scratch, (uint64) plan->nblocks * sizeof(int64));
	plan->widths = smol_take_scratch(in->scratch, (uint64) plan->nblocks * sizeof(int64));
	if (plan->bases == NULL || plan->widths == NULL)
		return;

	measure_blocks(in, window, plan);
	plan->divisor = smol_divisor(in, facts);
	plan->extra_bits = 0;
	for (uint32 b = 0; b < plan->nblocks; b++)
	{
		int64		max = plan->bases[b];
		uint64		range = max <= plan->least ? 0 : (uint64) max - (uint64) plan->least;

		plan->widths[b] = smol_bits_width(range / plan->divisor);
		plan->extra_bits = Max(plan->extra_bits, (uint32) smol_bits_width(range));
	}
	plan->extra_bits += smol_bits_width(in->n);

	/* where a few are much larger than the rest, they are exceptions, too */
	smol_init_divider(&divider, plan->divisor);
	plan->bits_size = 0;
	plan->nextra = window.lo == 0 ? facts->nfalls : window.hi == 0 ? facts->nrises : 0;
	for (uint32 b = 0; b < plan->nblocks; b++)
	{
		if (has_leaps(in, plan, b))
		{
			uint32		nlarge;

			plan->widths[b] = best_width(in, window, plan, &divider, b, &nlarge);
			plan->nextra += nlarge;
		}
		plan->bits_size += block_size(block_rows(in->n, b), (int) plan->widths[b]);
	}
	if (plan->bits_size >= limit)
		return;

	plan->rows = smol_take_scratch(in->scratch, (uint64) plan->nextra * sizeof(int64));
	plan->extras = smol_take_scratch(in->scratch, (uint64) plan->nextra * sizeof(int64));
	if (plan->rows == NULL || plan->extras == NULL)
		return;
	if (plan->nextra > 0)
	{
		uint32		k = 0;

		for (uint32 b = 0; b < plan->nblocks; b++)
		{
			uint32		end = b * BLOCK + block_rows(in->n, b);
			int64		most = Min(greatest(plan, (int) plan->widths[b]), window.hi);

			for (uint32 i = Max(b * BLOCK, 1); i < end; i++)
			{
				int64		d = difference(in, i);

				if (d >= plan->least && d <= most)
					continue;
				Assert(k < plan->nextra);
				plan->rows[k] = i;
				plan->extras[k++] = (int64) ((uint64) d - (uint64) plan->least);
			}
		}
		Assert(k == plan->nextra);
	}

	/* the first value has no difference: it gets the least one, as 0 */
	plan->bases[0] = (int64) ((uint64) in->words[0] - (uint64) plan->least);
	for (uint32 b = 1; b < plan->nblocks; b++)
		plan->bases[b] = in->words[b * BLOCK - 1];

	/* now the sizes */
	size = 1 + smol_int_bytes(plan->least) +
		(plan->divisor > 1 ? smol_uint_bytes(plan->divisor) : 0) +
		smol_varint_bytes(plan->nextra) + plan->bits_size;
	if (plan->nextra > 0)
	{
		column = smol_inner_words(in, plan->rows, plan->nextra);
		if (smol_measure_inner(&column, EXTRA_CODECS, false, SMOL_NO_FIT,
							   &plan->rows_inner) == SMOL_NO_FIT)
			return;
		column = smol_inner_words(in, plan->extras, plan->nextra);
		if (smol_measure_inner(&column, EXTRA_CODECS, false, SMOL_NO_FIT,
							   &plan->extras_inner) == SMOL_NO_FIT)
			return;
		size += plan->rows_inner.size + plan->extras_inner.size;
	}
	column = smol_inner_words(in, plan->bases, plan->nblocks);
	if (smol_measure_inner(&column, BASES_CODECS, false, SMOL_NO_FIT,
						   &plan->bases_inner) == SMOL_NO_FIT)
		return;
	column = smol_inner_words(in, plan->widths, plan->nblocks);
	if (smol_measure_inner(&column, WIDTHS_CODECS, false, SMOL_NO_FIT,
						   &plan->widths_inner) == SMOL_NO_FIT)
		return;
	plan->size = smol_fit(size + plan->bases_inner.size + plan->widths_inner.size);
}

static Size
delta_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	DeltaPlan	plan;

	plan_delta(in, facts, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static uint8 *
encode_blocks(const SmolColumn *in, const DeltaPlan *plan, uint8 *out)
{
	SmolDivider divider;
	uint32		k = 0;

	smol_init_divider(&divider, plan->divisor);
	for (uint32 b = 0; b < plan->nblocks; b++)
	{
		uint32		first = b * BLOCK;
		uint32		end = first + block_rows(in->n, b);
		SmolBitWriter w;

		smol_bits_begin(&w, out, (int) plan->widths[b]);
		for (uint32 i = first; i < end; i++)
		{
			if (k < plan->nextra && plan->rows[k] == i)
			{
				k++;
				smol_bits_put(&w, 0);
			}
			else if (i == 0)
				smol_bits_put(&w, 0);
			else
				smol_bits_put(&w, smol_quotient(&divider, (uint64) difference(in, i) -
												(uint64) plan->least));
		}
		out = smol_bits_finish(&w);
	}
	return out;
}

static Size
delta_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	DeltaPlan	plan;

	plan_delta(in, facts, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		int			least_bytes = smol_int_bytes(plan.least);
		int			divisor_bytes = plan.divisor > 1 ? smol_uint_bytes(plan.divisor) : 0;
		SmolColumn	column;
		uint8	   *next = out;

		*next++ = (uint8) (divisor_bytes << 4 | least_bytes);
		next = smol_put_number(next, (uint64) plan.least, least_bytes);
		next = smol_put_number(next, plan.divisor, divisor_bytes);
		next = smol_put_varint(next, plan.nextra);
		if (plan.nextra > 0)
		{
			column = smol_inner_words(in, plan.rows, plan.nextra);
			next = smol_encode_inner(&column, &plan.rows_inner, false, next);
			column = smol_inner_words(in, plan.extras, plan.nextra);
			next = smol_encode_inner(&column, &plan.extras_inner, false, next);
		}
		column = smol_inner_words(in, plan.bases, plan.nblocks);
		next = smol_encode_inner(&column, &plan.bases_inner, false, next);
		column = smol_inner_words(in, plan.widths, plan.nblocks);
		next = smol_encode_inner(&column, &plan.widths_inner, false, next);
		next = encode_blocks(in, &plan, next);
		Assert(next == out + plan.size);
	}
	else
		plan.size = SMOL_NO_FIT;
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

/* ---- decoding ---- */

/*
 * Take a chunk apart.  Widths are not looked at, nor whether the blocks are
 * all there.
 */
static bool
open_delta(const SmolChunk *in, DeltaView *view)
{
	SmolInput	input = {in->data, in->data + in->len};
	uint32		nblocks;
	uint8		lengths;
	SmolChunk	widths;

	if (in->lane != SMOL_LANE_WORD || in->n == 0)
		return false;
	nblocks = count_blocks(in->n);
	view->n = in->n;
	if (!smol_get_byte(&input, &lengths) ||
		!smol_get_int(&input, lengths & 15, (int64 *) &view->least) ||
		!smol_get_uint(&input, lengths >> 4, &view->divisor) ||
		!smol_get_varint(&input, &view->nextra) ||
		view->nextra > in->n)
		return false;
	if (lengths < 16)
		view->divisor = 1;
	if (view->nextra > 0 &&
		(!smol_open_inner(&input, EXTRA_CODECS, false, SMOL_LANE_WORD, 0,
						  view->nextra, &view->rows) ||
		 !smol_open_inner(&input, EXTRA_CODECS, false, SMOL_LANE_WORD, 0,
						  view->nextra, &view->extras)))
		return false;
	if (!smol_open_inner(&input, BASES_CODECS, false, SMOL_LANE_WORD, 0,
						 nblocks, &view->bases) ||
		!smol_open_inner(&input, WIDTHS_CODECS, false, SMOL_LANE_WORD, 0,
						 nblocks, &widths) ||
		!smol_for_open(&view->widths, widths.data, widths.len, nblocks))
		return false;
	view->bits = input.at;
	view->nbytes = smol_left(&input);
	return true;
}

/*
 * Where do the bits of a block begin?  PG_UINT32_MAX if a width is wrong or
 * they begin behind the end.
 */
static uint32
find_block(const DeltaView *view, uint32 block)
{
	uint64		sum = 0;
	uint64		at;

	/* all blocks before this one are full */
	if (view->widths.width == 0)
	{
		if (view->widths.base > 64)
			return PG_UINT32_MAX;
		sum = view->widths.base * block;
	}
	else
	{
		int64		widths[64];
		bool		wrong = false;

		for (uint32 b = 0; b < block;)
		{
			uint32		n = Min(lengthof(widths), block - b);

			smol_bits_unpack(view->widths.bits, view->widths.nbytes,
							 view->widths.width, b, n, 0, widths);
			for (uint32 i = 0; i < n; i++)
			{
				uint64		width = view->widths.base +
					view->widths.divisor * (uint64) widths[i];

				wrong |= width > 64;
				sum += width;
			}
			b += n;
		}
		if (wrong)
			return PG_UINT32_MAX;
	}
	at = sum * (BLOCK / 8);
	return at <= view->nbytes ? (uint32) at : PG_UINT32_MAX;
}

/*
 * Decode the first rows of a block with this base, whose bits begin at *at; moves
 * that to the end of the block if these are all of its rows.
 */
static bool
decode_block(const DeltaView *view, uint32 block, int64 base, uint32 *at, uint32 rows,
			 int64 *out)
{
	uint64		width = smol_for_get(&view->widths, block);
	const uint8 *bits = view->bits + *at;
	uint32		nbytes = view->nbytes - *at;
	int64		first = (int64) block * BLOCK;
	uint32		done = 0;

	if (width > 64 || block_size(rows, (int) width) > nbytes)
		return false;
	*at += block_size(rows, (int) width);

	if (view->nextra > 0)
	{
		SmolKey		key = {.direct = true,.word = first};
		uint32		k = smol_seek_chunk(&view->rows, 0, view->nextra, &key,
										SMOL_BOUND_LOWER);

		for (; k < view->nextra; k++)
		{
			int64		row;
			int64		extra;
			SmolVec		vec = {.words = &row};

			if (!smol_decode_chunk(&view->rows, k, 1, &vec))
				return false;
			if (row >= first + rows)
				break;
			vec.words = &extra;
			if (row < first + done ||
				!smol_decode_chunk(&view->extras, k, 1, &vec))
				return false;

			/* as far as the exception, which is added to the last value */
			if (row > first + done)
			{
				uint32		n = (uint32) (row - first) - done;

				smol_bits_unpack_sums(bits, nbytes, (int) width, done, n,
									  (uint64) base, view->least, view->divisor,
									  out + done);
				done += n;
				base = out[done - 1];
			}
			base = (int64) ((uint64) base + (uint64) extra);
		}
		if (k > view->nextra)
			return false;
	}
	smol_bits_unpack_sums(bits, nbytes, (int) width, done, rows - done,
						  (uint64) base, view->least, view->divisor, out + done);
	return true;
}

static bool
delta_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	DeltaView	view;
	int64		block_words[BLOCK];
	int64		bases[BASES];
	uint32		nbases = 0;
	uint32		base = 0;
	int64	   *words = out->words;
	uint32		at;

	if (n == 0)
		return true;
	if (!open_delta(in, &view))
		return false;
	at = find_block(&view, first / BLOCK);
	if (at == PG_UINT32_MAX)
		return false;

	for (uint32 block = first / BLOCK; n > 0; block++)
	{
		uint32		skip = first - block * BLOCK;
		uint32		rows = Min(skip + n, BLOCK);
		uint32		take = rows - skip;

		if (base == nbases)
		{
			SmolVec		vec = {.words = bases};

			base = 0;
			nbases = Min((skip + n - 1) / BLOCK + 1, BASES);
			if (!smol_decode_chunk(&view.bases, block, nbases, &vec))
				return false;
		}

		/* straight to where it belongs, if that begins with the block */
		if (skip == 0)
		{
			if (!decode_block(&view, block, bases[base++], &at, rows, words))
				return false;
		}
		else
		{
			if (!decode_block(&view, block, bases[base++], &at, rows, block_words))
				return false;
			memcpy(words, block_words + skip, take * sizeof(int64));
		}
		words += take;
		first += take;
		n -= take;
	}
	return true;
}

static bool
fetch_base(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	const DeltaView *view = state;
	SmolVec		vec = {.words = word};

	return smol_decode_chunk(&view->bases, i, 1, &vec);
}

static bool
fetch_word(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	*word = ((const int64 *) state)[i];
	return true;
}

/*
 * First among the values before blocks: the last row of each block but the
 * chunk's last is one of these.  Then in the block that these leave.
 */
static uint32
delta_seek(const SmolChunk *in, uint32 first, uint32 n,
		   const SmolKey *key, SmolBound bound)
{
	DeltaView	view;
	int64		words[BLOCK];
	int64		base;
	uint32		block;
	uint32		start;
	uint32		end;
	uint32		at;
	uint32		found;

	if (n == 0)
		return first;
	if (!open_delta(in, &view))
		return SMOL_SEEK_CORRUPT;

	/* the first block, of those after the first, whose base is not before */
	block = first / BLOCK;
	found = smol_search(fetch_base, &view, block + 1,
						(first + n - 1) / BLOCK - block, key, bound);
	if (found == SMOL_SEEK_CORRUPT)
		return SMOL_SEEK_CORRUPT;
	block = found - 1;

	start = Max(first, block * BLOCK);
	end = Min(first + n, block * BLOCK + block_rows(in->n, block));
	at = find_block(&view, block);
	if (at == PG_UINT32_MAX || !fetch_base(&view, block, &base, NULL) ||
		!decode_block(&view, block, base, &at, end - block * BLOCK, words))
		return SMOL_SEEK_CORRUPT;
	return block * BLOCK +
		smol_search(fetch_word, words, start - block * BLOCK, end - start, key, bound);
}

static const char *
delta_check(const SmolChunk *in)
{
	DeltaView	view;
	const char *wrong = NULL;
	uint32		nblocks;
	uint32		at;
	uint64		width;

	if (in->lane != SMOL_LANE_WORD)
		return "delta: not a column of words";
	if (in->n == 0)
		return "delta: no rows";
	if (!open_delta(in, &view))
		return "delta: bad header";

	if (view.nextra > 0)
	{
		int64		before = 0;

		if ((wrong = smol_check_chunk(&view.rows)) != NULL ||
			(wrong = smol_check_chunk(&view.extras)) != NULL)
			return wrong;
		for (uint32 k = 0; k < view.nextra; k++)
		{
			int64		row;
			SmolVec		vec = {.words = &row};

			if (!smol_decode_chunk(&view.rows, k, 1, &vec) ||
				row <= before || row >= in->n)
				return "delta: rows of exceptions do not ascend";
			before = row;
		}
	}
	if ((wrong = smol_check_chunk(&view.bases)) != NULL)
		return wrong;

	nblocks = count_blocks(in->n);
	if (view.widths.nbytes != smol_bits_size(nblocks, view.widths.width))
		return "delta: widths are longer than there are blocks";
	at = find_block(&view, nblocks - 1);
	width = smol_for_get(&view.widths, nblocks - 1);
	if (at == PG_UINT32_MAX || width > 64)
		return "delta: bad width, or too short for its rows";
	if (view.nbytes - at != block_size(block_rows(in->n, nblocks - 1), (int) width))
		return "delta: length does not match its rows";
	return NULL;
}

const SmolCodec smol_codec_delta = {
	.name = "delta",
	.measure = delta_measure,
	.encode = delta_encode,
	.decode = delta_decode,
	.seek = delta_seek,
	.check = delta_check,
};
