/*-------------------------------------------------------------------------
 *
 * vismap.c
 *	  The heap's visibility map: which blocks are not all-visible; and sets of
 *	  heap blocks.
 *
 * The map is read by words, one pin for each of its pages: 8 kB of it tell of
 * 255 MB of heap.  What a clear bit means for an index is smolseal.c's to say.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/vismap.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
#include "storage/bufmgr.h"
#include "tree/vismap.h"

/* The visibility map's layout, as visibilitymap.c has it. */
#define MAP_BYTES			(BLCKSZ - MAXALIGN(SizeOfPageHeaderData))
#define BLOCKS_PER_BYTE		(BITS_PER_BYTE / BITS_PER_HEAPBLOCK)
#define BLOCKS_PER_MAP		(MAP_BYTES * BLOCKS_PER_BYTE)
#define VISIBLE_MASK		UINT64CONST(0x5555555555555555)

#define BLOCKS_PER_WORD		(sizeof(uint64) * BLOCKS_PER_BYTE)
#define WORDS_AT_ONCE		8

StaticAssertDecl(BITS_PER_HEAPBLOCK == 2 && VISIBILITYMAP_ALL_VISIBLE == 1,
				 "VISIBLE_MASK has the all-visible bits");
StaticAssertDecl(BLOCKS_PER_MAP % BLOCKS_PER_WORD == 0, "pages have whole words");

void
smol_begin_sweep(SmolSweep *sweep, Relation heap, BlockNumber start, BlockNumber end)
{
	sweep->heap = heap;
	sweep->next = start;
	sweep->end = end;
	sweep->buffer = InvalidBuffer;
}

void
smol_end_sweep(SmolSweep *sweep)
{
	if (BufferIsValid(sweep->buffer))
		ReleaseBuffer(sweep->buffer);
	sweep->buffer = InvalidBuffer;
}

/* A word of the map, with the lowest block in the lowest bits. */
static inline uint64
get_word(const char *map)
{
	uint64		word;

	memcpy(&word, map, sizeof(word));
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

/*
 * The number of words from 'map' on, of at most 'nwords', that have all
 * all-visible bits set; less than that is allowed for whoever looks closer.
 */
static uint32
skip_words(const char *map, uint32 nwords)
{
	uint32		n = 0;

	for (; n + WORDS_AT_ONCE <= nwords; n += WORDS_AT_ONCE)
	{
		uint64		words[WORDS_AT_ONCE];
		uint64		all;

		memcpy(words, map + n * sizeof(uint64), sizeof(words));
		all = words[0] & words[1] & words[2] & words[3] &
			words[4] & words[5] & words[6] & words[7];
		if ((all & VISIBLE_MASK) != VISIBLE_MASK)
			break;
	}
	return n;
}

/*
 * The next block in [next, end) whose bit is clear, or InvalidBlockNumber.
 *
 * The map is read without a lock, as visibilitymap_get_status does: whoever
 * cleared a bit for a row that our snapshot doesn't see had done so before our
 * snapshot was taken, and taking it was a memory barrier.
 */
BlockNumber
smol_next_clear(SmolSweep *sweep)
{
	while (sweep->next < sweep->end)
	{
		BlockNumber block = sweep->next;
		uint32		within = block % BLOCKS_PER_MAP;
		uint32		bit = within % BLOCKS_PER_WORD * BITS_PER_HEAPBLOCK;
		const char *map;
		uint64		clear;

		if (!BufferIsValid(sweep->buffer) || within == 0)
		{
			CHECK_FOR_INTERRUPTS();

			/* no such page of the map, or the bit is clear */
			if (!smol_block_is_visible(sweep->heap, block, &sweep->buffer))
			{
				sweep->next++;
				return block;
			}
		}
		map = PageGetContents(BufferGetPage(sweep->buffer));

		if (bit == 0)
		{
			uint32		nwords = Min(BLOCKS_PER_MAP - within, sweep->end - block) /
				BLOCKS_PER_WORD;

			nwords = skip_words(map + within / BLOCKS_PER_BYTE, nwords);
			if (nwords > 0)
			{
				sweep->next += nwords * BLOCKS_PER_WORD;
				continue;
			}
		}

		/* the rest of a word */
		clear = ~get_word(map + within / BLOCKS_PER_WORD * sizeof(uint64)) &
			VISIBLE_MASK;
		clear >>= bit;
		if (clear == 0)
			sweep->next += BLOCKS_PER_WORD - within % BLOCKS_PER_WORD;
		else
		{
			block += pg_rightmost_one_pos64(clear) / BITS_PER_HEAPBLOCK;
			sweep->next = block + 1;
			if (block < sweep->end)
				return block;
		}
	}
	return InvalidBlockNumber;
}

bool
smol_block_is_visible(Relation heap, BlockNumber block, Buffer *buffer)
{
	return (visibilitymap_get_status(heap, block, buffer) &
			VISIBILITYMAP_ALL_VISIBLE) != 0;
}

/*
 * Add a range to a set.  If that makes one range too many, the set grows by
 * what lies between the new one and its nearest neighbour, or goes without the
 * shortest one, as 'limit' says.
 */
void
smol_add_blocks(SmolBlockSet *set, SmolBlockRange range, SmolBlockSetLimit limit)
{
	SmolBlockRange *ranges = set->ranges;
	int			from = 0;
	int			to;

	/* ranges [from, to) melt into the new one: they overlap or touch it */
	while (from < set->nranges && ranges[from].last < range.first &&
		   range.first - ranges[from].last > 1)
		from++;
	for (to = from; to < set->nranges; to++)
	{
		if (ranges[to].first > range.last && ranges[to].first - range.last > 1)
			break;
		range.first = Min(range.first, ranges[to].first);
		range.last = Max(range.last, ranges[to].last);
	}

	if (from == to && set->nranges == SMOL_BLOCK_RANGES)
	{
		if (limit == SMOL_BLOCKS_AT_LEAST)
		{
			if (from == set->nranges ||
				(from > 0 && range.first - ranges[from - 1].last <
				 ranges[from].first - range.last))
				range.first = ranges[--from].first;
			else
				range.last = ranges[to++].last;
		}
		else
		{
			int			shortest = 0;

			for (int i = 1; i < set->nranges; i++)
				if (ranges[i].last - ranges[i].first <
					ranges[shortest].last - ranges[shortest].first)
					shortest = i;
			if (ranges[shortest].last - ranges[shortest].first >
				range.last - range.first)
				return;
			memmove(&ranges[shortest], &ranges[shortest + 1],
					sizeof(SmolBlockRange) * (set->nranges - shortest - 1));
			set->nranges--;
			if (shortest < from)
				from--;
			to = from;
		}
	}

	memmove(&ranges[from + 1], &ranges[to],
			sizeof(SmolBlockRange) * (set->nranges - to));
	ranges[from] = range;
	set->nranges += 1 - (to - from);
}

/*
 * Cut off the next part of 'rest' that is not in the set: false if there is
 * none.
 */
bool
smol_next_missing(const SmolBlockSet *set, SmolBlockRange *rest,
				  SmolBlockRange *missing)
{
	for (int i = 0; i < set->nranges && rest->first <= rest->last; i++)
	{
		const SmolBlockRange *range = &set->ranges[i];

		if (range->last < rest->first)
			continue;
		if (range->first > rest->first)
		{
			missing->first = rest->first;
			missing->last = Min(rest->last, range->first - 1);
			rest->first = missing->last + 1;
			return true;
		}
		rest->first = range->last + 1;
	}
	if (rest->first > rest->last)
		return false;
	*missing = *rest;
	rest->first = rest->last + 1;
	return true;
}
