/*-------------------------------------------------------------------------
 *
 * codec_choice.c
 *	  The choice of a codec for one chunk after the other of the same column.
 *
 * To choose is to measure what every codec would take, which costs several
 * times what it does to encode with one of them.  Neighbouring chunks of a column
 * are much alike.  So a choice is kept for some of the chunks to come: for one at
 * first, for twice as many each time that it turns out to be still right.  A
 * chunk that is not like the one chosen for, in its runs or in the bytes that
 * it takes, is chosen for anew at once.
 *
 * What can be lost that way is bytes: the codec is one that takes the column, if
 * there is any.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_choice.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

/* Chunks that a choice is kept for, at most. */
#define MAX_PATIENCE	16

/* Is a count of one column in proportion to that of another? */
static inline bool
is_alike(uint32 a, uint32 rows_a, uint32 b, uint32 rows_b)
{
	int64		differ = (int64) ((uint64) a * rows_b) - (int64) ((uint64) b * rows_a);
	int64		most = (int64) ((uint64) rows_a * rows_b) / 16;

	return differ <= most && differ >= -most;
}

/* Has the column about as many rows as the one that was chosen for, if there is one? */
static inline bool
is_of_size(const SmolChoice *choice, const SmolColumn *in)
{
	return in->n <= choice->n / 2 * 3 && in->n >= choice->n / 2;
}

/* Does it look like that one? */
static bool
resembles(const SmolChoice *choice, const SmolColumn *in, const SmolFacts *facts)
{
	return is_of_size(choice, in) &&
		is_alike(facts->nruns, in->n, choice->nruns, choice->n) &&
		is_alike(facts->nrises, in->n, choice->nrises, choice->n) &&
		is_alike(facts->nfalls, in->n, choice->nfalls, choice->n);
}

/* Does it take about as many bytes for its rows as those chosen for? */
static bool
is_expected(const SmolChoice *choice, const SmolColumn *in, Size size)
{
	double		least = choice->least * in->n;
	double		most = choice->most * in->n;

	return size >= least - least / 8 - 16 && size <= most + most / 8 + 16;
}

static void
choose(SmolChoice *choice, const SmolColumn *in, SmolFacts *facts)
{
	uint8		before = choice->codec;
	bool		is_due = choice->n > 0 && choice->left == 0;
	double		rate;

	choice->picks.mode = SMOL_PICKS_RECORD;
	choice->picks.n = 0;
	choice->codec = smol_choose_for(in, facts, &choice->bytes);
	if (choice->picks.n > SMOL_MAX_PICKS)
		choice->picks.n = 0;
	rate = (double) choice->bytes / in->n;
	if (choice->codec != before || !is_of_size(choice, in))
		choice->least = choice->most = rate;
	else
	{
		choice->least = Min(choice->least, rate);
		choice->most = Max(choice->most, rate);
	}
	choice->n = in->n;
	choice->nruns = facts->nruns;
	choice->nrises = facts->nrises;
	choice->nfalls = facts->nfalls;
	if (choice->codec != before || choice->patience == 0)
		choice->patience = 1;
	else if (is_due)
		choice->patience = Min(choice->patience * 2, MAX_PATIENCE);
	choice->left = choice->patience;
}

/* Encode as chosen. */
static Size
encode(const SmolColumn *in, SmolChoice *choice, SmolFacts *facts, uint8 *out, Size cap)
{
	Size		size;

	choice->picks.mode = SMOL_PICKS_FOLLOW;
	choice->picks.at = 0;
	choice->picks.cap = cap;
	size = smol_get_codec(choice->codec)->encode(in, facts, out, cap);

	/* inner chunks are others by now: soon time to choose */
	if (choice->picks.mode != SMOL_PICKS_FOLLOW)
		choice->left = Min(choice->left, 1);
	return size;
}

/*
 * Encode a column, with the codec that was chosen for one before if it will do.
 * Returns the bytes that it takes, with choice->codec; if they are more than
 * cap, they are not written.  SMOL_NO_FIT if no codec can take the column.
 */
Size
smol_encode_chosen(const SmolColumn *in, SmolChoice *choice, uint8 *out, Size cap)
{
	SmolColumn	column = *in;
	SmolFacts	facts;
	Size		size;

	column.picks = &choice->picks;
	smol_gather_facts(in, &facts);
	if (choice->left > 0 && choice->bytes != SMOL_NO_FIT &&
		resembles(choice, in, &facts))
	{
		size = encode(&column, choice, &facts, out, cap);
		if (size != SMOL_NO_FIT && is_expected(choice, in, size))
			return size;
	}

	choose(choice, &column, &facts);
	if (choice->bytes > cap)
		return choice->bytes;
	size = encode(&column, choice, &facts, out, cap);
	Assert(size == choice->bytes);
	return size;
}

/* A chunk is complete: the choice has served once more. */
void
smol_wear_choice(SmolChoice *choice)
{
	if (choice->left > 0)
		choice->left--;
}
