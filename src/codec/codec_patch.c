/*-------------------------------------------------------------------------
 *
 * codec_patch.c
 *	  Words of which a few are much larger, or much smaller, than the others.
 *
 * FOR takes as many bits for each value as the farthest one needs.  Here those
 * that lie far above the others (or below, but not both) are exceptions, and
 * what remains is an inner chunk of FOR, with the value before in an exception's
 * place.  This is PFOR (Zukowski, Heman, Nes and Boncz, 2006).
 *
 * How far is far?  Values are counted by the width of their distance from the
 * least one, and the width that takes the fewest bits in all is taken.
 *
 * This codec takes words only.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_patch.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define OTHERS_CODECS	SMOL_CODEC_BIT(SMOL_CODEC_FOR)

/* What the row of an exception takes, about. */
#define ROW_BITS		10

/* Values that are looked at before all others. */
#define SAMPLE			64

/* Which values are near: the width of their distance from one end. */
typedef struct Near
{
	int64		end;			/* the least or the greatest value */
	bool		is_max;
	int			width;
} Near;

typedef struct PatchPlan
{
	SmolExceptionPlan exceptions;
	int64	   *others;			/* by row */
	SmolInner	inner;			/* of others */
	Size		size;
} PatchPlan;

typedef struct PatchView
{
	SmolExceptions exceptions;
	SmolChunk	others;
} PatchView;

/* ---- encoding ---- */

static inline int
distance_width(const Near *near, int64 word)
{
	uint64		distance = (uint64) word - (uint64) near->end;

	return smol_bits_width(near->is_max ? -distance : distance);
}

/*
 * Choose the width by each stride-th value.  Returns how many exceptions there
 * are among these, and about how many bits they all take; all widths being those
 * of facts, that is what FOR takes.
 */
static uint32
choose_width(const SmolColumn *in, const SmolFacts *facts, uint32 stride,
			 Near *near, uint64 *bits)
{
	int			widest = smol_bits_width((uint64) facts->max - (uint64) facts->min);
	uint32		counts[65] = {0};
	uint32		n = 0;
	uint32		nfar = 0;
	uint32		result = 0;

	for (uint32 i = 0; i < in->n; i += stride, n++)
		counts[distance_width(near, in->words[i])]++;
	near->width = widest;
	*bits = (uint64) n * widest;
	for (int width = widest - 1; width >= 0; width--)
	{
		uint64		with;

		nfar += counts[width + 1];
		with = (uint64) n * width + (uint64) nfar * (widest + ROW_BITS);
		if (with < *bits)
		{
			*bits = with;
			near->width = width;
			result = nfar;
		}
	}
	return result;
}

/* Put aside what is far; in its place goes the value before, or the end. */
static void
move_exceptions(const SmolColumn *in, const Near *near, PatchPlan *plan)
{
	int64		before = near->end;
	uint32		k = 0;

	for (uint32 i = 0; i < in->n; i++)
	{
		if (distance_width(near, in->words[i]) <= near->width)
			before = in->words[i];
		else
		{
			Assert(k < plan->exceptions.n);
			plan->exceptions.rows[k] = i;
			plan->exceptions.words[k++] = in->words[i];
		}
		plan->others[i] = before;
	}
	Assert(k == plan->exceptions.n);
}

/*
 * Takes arrays from the scratch, which the caller gives back.
 */
static void
plan_patch(const SmolColumn *in, const SmolFacts *facts, Size limit, PatchPlan *plan)
{
	Near		low = {.end = facts->min};
	Near		high = {.end = facts->max,.is_max = true};
	uint32		stride = in->n / SAMPLE + 1;
	uint64		low_bits;
	uint64		high_bits;
	uint64		bits;
	uint32		nexceptions;
	SmolColumn	column;
	Near	   *near;
	Size		size;

	plan->size = SMOL_NO_FIT;
	if (in->lane != SMOL_LANE_WORD || in->n < SAMPLE)
		return;

	/* most columns have nothing of the kind, which a few values tell */
	choose_width(in, facts, stride, &low, &low_bits);
	choose_width(in, facts, stride, &high, &high_bits);
	near = low_bits <= high_bits ? &low : &high;
	bits = (uint64) ((in->n - 1) / stride + 1) *
		smol_bits_width((uint64) facts->max - (uint64) facts->min);
	if (Min(low_bits, high_bits) >= bits - bits / 32)
		return;

	nexceptions = choose_width(in, facts, 1, near, &bits);
	if (nexceptions == 0)
		return;
	plan->others = smol_take_scratch(in->scratch, (uint64) in->n * sizeof(int64));
	if (plan->others == NULL ||
		!smol_take_exceptions(in, nexceptions, &plan->exceptions))
		return;
	move_exceptions(in, near, plan);
	size = smol_measure_exceptions(in, limit, &plan->exceptions);
	if (size == SMOL_NO_FIT)
		return;
	column = smol_inner_words(in, plan->others, in->n);
	if (smol_measure_inner(&column, OTHERS_CODECS, true, limit,
						   &plan->inner) == SMOL_NO_FIT)
		return;
	plan->size = smol_fit((uint64) size + plan->inner.size);
}

static Size
patch_measure(const SmolColumn *in, SmolFacts *facts, Size limit)
{
	Size		used = smol_scratch_used(in->scratch);
	PatchPlan	plan;

	plan_patch(in, facts, limit, &plan);
	smol_return_scratch(in->scratch, used);
	return plan.size;
}

static Size
patch_encode(const SmolColumn *in, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		used = smol_scratch_used(in->scratch);
	PatchPlan	plan;

	plan_patch(in, facts, SMOL_NO_FIT, &plan);
	if (plan.size != SMOL_NO_FIT && plan.size <= cap)
	{
		SmolColumn	column = smol_inner_words(in, plan.others, in->n);
		uint8	   *next = smol_encode_exceptions(in, &plan.exceptions, out);

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
open_patch(const SmolChunk *in, PatchView *view)
{
	SmolInput	input = {in->data, in->data + in->len};

	return in->lane == SMOL_LANE_WORD &&
		smol_open_exceptions(&input, in->n, &view->exceptions) &&
		smol_open_inner(&input, OTHERS_CODECS, true, SMOL_LANE_WORD, 0,
						in->n, &view->others);
}

static bool
patch_decode(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	PatchView	view;

	return n == 0 ||
		(open_patch(in, &view) &&
		 smol_decode_chunk(&view.others, first, n, out) &&
		 smol_apply_exceptions(&view.exceptions, first, n, out->words));
}

static uint32
patch_seek(const SmolChunk *in, uint32 first, uint32 n,
		   const SmolKey *key, SmolBound bound)
{
	PatchView	view;

	if (!open_patch(in, &view) ||
		!smol_seek_exceptions(&view.exceptions, &first, &n, key, bound))
		return SMOL_SEEK_CORRUPT;
	return smol_seek_chunk(&view.others, first, n, key, bound);
}

static const char *
patch_check(const SmolChunk *in)
{
	PatchView	view;
	const char *wrong;

	if (in->lane != SMOL_LANE_WORD)
		return "patch: not a column of words";
	if (in->n == 0)
		return "patch: no rows";
	if (!open_patch(in, &view))
		return "patch: bad header";
	if ((wrong = smol_check_exceptions(&view.exceptions, in->n)) != NULL)
		return wrong;
	return smol_check_chunk(&view.others);
}

const SmolCodec smol_codec_patch = {
	.name = "patch",
	.measure = patch_measure,
	.encode = patch_encode,
	.decode = patch_decode,
	.seek = patch_seek,
	.check = patch_check,
};
