/*-------------------------------------------------------------------------
 *
 * codec_affine.c
 *	  A straight line, and how far above it each value is.
 *
 * A sequence takes its header only: numbers of rows and blocks in inner pages,
 * the ends of runs of equal length, offsets of strings of equal length, keys
 * without gaps.  Where a sorted column keeps near a line (measurements every
 * ten seconds, more or less) the distances are bit-packed as in FOR, and any
 * value is still found in constant time.
 *
 * The slope is in 65536ths if it is small enough for that, since an integer
 * would soon lead away from the values.  All arithmetic is that of uint64,
 * which wraps around, so that it is exact wherever the line goes.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_affine.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

/* first byte: the width, and whether the slope is in 65536ths */
#define AFFINE_WIDTH		0x7F
#define AFFINE_FRACTION		0x80

#define FRACTION_BITS		16

/* a slope that has this many bits is kept as it is */
#define FRACTION_MAX_BITS	40

/* With fewer values, a line that they don't lie on is not worth its header. */
#define LINE_MIN_VALUES		32

typedef struct AffinePlan
{
	uint64		base;
	uint64		slope;
	int			shift;			/* 0 or FRACTION_BITS */
	int			width;
	Size		size;
} AffinePlan;

typedef struct AffineView
{
	const uint8 *bits;
	Size		nbytes;
	uint64		base;
	uint64		slope;
	int			shift;
	int			width;
} AffineView;

/* How high is the line at a row? */
static inline uint64
line_at(uint64 slope, int shift, uint32 i)
{
	return (uint64) ((int64) (slope * i) >> shift);
}

static void
set_size(const SmolColumn *in, AffinePlan *plan)
{
	plan->size = smol_fit(2 + smol_int_bytes((int64) plan->base) +
						  smol_int_bytes((int64) plan->slope) +
						  smol_bits_size(in->n, plan->width));
}

/* Are the values a sequence? */
static bool
plan_sequence(const SmolColumn *in, AffinePlan *plan)
{
	const uint64 *words = (const uint64 *) in->words;
	uint64		step = in->n > 1 ? words[1] - words[0] : 0;

	for (uint32 i = 2; i < in->n; i++)
	{
		if (words[i] - words[i - 1] != step)
			return false;
	}
	plan->base = words[0];
	plan->slope = step;
	plan->shift = 0;
	plan->width = 0;
	set_size(in, plan);
	return true;
}

/* Least and greatest distance from the line of each stride-th value. */
static void
distances(const SmolColumn *in, const AffinePlan *plan, uint32 stride,
		  int64 *min, int64 *max)
{
	const uint64 *words = (const uint64 *) in->words;
	int64		lo = PG_INT64_MAX;
	int64		hi = PG_INT64_MIN;

	for (uint32 i = 0; i < in->n; i += stride)
	{
		int64		distance = (int64) (words[i] - line_at(plan->slope, plan->shift, i));

		lo = Min(lo, distance);
		hi = Max(hi, distance);
	}
	*min = lo;
	*max = hi;
}

static void
plan_affine(const SmolColumn *in, const SmolFacts *facts, Size limit,
			AffinePlan *plan)
{
	uint64		range = (uint64) facts->max - (uint64) facts->min;
	int64		rise;
	int64		min;
	int64		max;

	plan->size = SMOL_NO_FIT;
	if (in->lane != SMOL_LANE_WORD || plan_sequence(in, plan))
		return;

	/* a line from the first to the last value, if they are sorted */
	if (in->n < LINE_MIN_VALUES ||
		(facts->nrises > 0 && facts->nfalls > 0) ||
		range > PG_INT64_MAX / 4)
		return;
	rise = in->words[in->n - 1] - in->words[0];
	plan->shift = range < (UINT64CONST(1) << FRACTION_MAX_BITS) ? FRACTION_BITS : 0;
	plan->slope = (uint64) ((rise * ((int64) 1 << plan->shift)) / ((int64) in->n - 1));

	/* a few values may tell that the rest is not worth looking at */
	distances(in, plan, in->n / 16, &min, &max);
	plan->width = smol_bits_width((uint64) max - (uint64) min);
	if (smol_bits_size(in->n, plan->width) >= limit)
		return;

	distances(in, plan, 1, &min, &max);
	plan->width = smol_bits_width((uint64) max - (uint64) min);
	plan->base = (uint64) min;
	set_size(in, plan);
}

static Size
affine_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	AffinePlan	plan;

	plan_affine(in, facts, limit, &plan);
	return plan.size;
}

static Size
affine_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	AffinePlan	plan;
	SmolBitWriter w;
	int			base_bytes;
	int			slope_bytes;
	uint8	   *next;

	plan_affine(in, facts, SMOL_NO_FIT, &plan);
	if (plan.size == SMOL_NO_FIT || plan.size > cap)
		return SMOL_NO_FIT;

	base_bytes = smol_int_bytes((int64) plan.base);
	slope_bytes = smol_int_bytes((int64) plan.slope);
	out[0] = (uint8) (plan.width | (plan.shift > 0 ? AFFINE_FRACTION : 0));
	out[1] = (uint8) (slope_bytes << 4 | base_bytes);
	next = smol_put_number(out + 2, plan.base, base_bytes);
	next = smol_put_number(next, plan.slope, slope_bytes);
	smol_bits_begin(&w, next, plan.width);
	for (uint32 i = 0; i < in->n && plan.width > 0; i++)
		smol_bits_put(&w, (uint64) in->words[i] - plan.base -
					  line_at(plan.slope, plan.shift, i));
	next = smol_bits_finish(&w);
	Assert(next == out + plan.size);
	return next - out;
}

/* The bytes behind the header may be more than the values need. */
static bool
open_affine(const SmolChunk *in, AffineView *view)
{
	SmolInput	input = {in->data, in->data + in->len};
	uint8		first;
	uint8		lengths;

	if (in->lane != SMOL_LANE_WORD ||
		!smol_get_byte(&input, &first) || !smol_get_byte(&input, &lengths) ||
		!smol_get_int(&input, lengths & 15, (int64 *) &view->base) ||
		!smol_get_int(&input, lengths >> 4, (int64 *) &view->slope))
		return false;
	view->width = first & AFFINE_WIDTH;
	view->shift = (first & AFFINE_FRACTION) ? FRACTION_BITS : 0;
	view->bits = input.at;
	view->nbytes = smol_left(&input);
	return view->width <= 64 && smol_bits_size(in->n, view->width) <= view->nbytes;
}

static inline int64
affine_get(const AffineView *view, uint32 i)
{
	return (int64) (view->base + line_at(view->slope, view->shift, i) +
					smol_bits_get(view->bits, view->nbytes, view->width, i));
}

static bool
affine_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	AffineView	view;

	if (!open_affine(in, &view))
		return false;
	if (n == 1)
		out->words[0] = affine_get(&view, first);
	else
		smol_bits_unpack_line(view.bits, view.nbytes, view.width, first, n,
							  view.base, view.slope, view.shift, out->words);
	return true;
}

static bool
fetch_affine(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	*word = affine_get(state, i);
	return true;
}

static uint32
affine_seek(const SmolChunk *in, uint32 first, uint32 n,
			const SmolKey *key, SmolBound bound)
{
	AffineView	view;

	if (!open_affine(in, &view))
		return SMOL_SEEK_CORRUPT;
	return smol_search(fetch_affine, &view, first, n, key, bound);
}

/*
 * Any bits are values, so a chunk of the right length is sound.
 */
static const char *
affine_check(const SmolChunk *in)
{
	AffineView	view;

	if (in->lane != SMOL_LANE_WORD)
		return "affine: not a column of words";
	if (in->n == 0)
		return "affine: no rows";
	if (!open_affine(in, &view))
		return "affine: bad header, or too short for its rows";
	if (view.nbytes != smol_bits_size(in->n, view.width))
		return "affine: longer than its rows";
	return NULL;
}

const SmolCodec smol_codec_affine = {
	.name = "affine",
	.measure = affine_measure,
	.encode = affine_encode,
	.decode = affine_decode,
	.seek = affine_seek,
	.check = affine_check,
};
