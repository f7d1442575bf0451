/*-------------------------------------------------------------------------
 *
 * vismap.h
 *	  The heap's visibility map: which blocks are not all-visible; and sets of
 *	  heap blocks.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/vismap.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef VISMAP_H
#define VISMAP_H

#include "storage/block.h"
#include "storage/buf.h"
#include "utils/rel.h"

/* A walk over the heap blocks whose all-visible bit is clear. */
typedef struct SmolSweep
{
	Relation	heap;
	BlockNumber next;
	BlockNumber end;
	Buffer		buffer;			/* page of the visibility map */
} SmolSweep;

extern void smol_begin_sweep(SmolSweep *sweep, Relation heap,
							 BlockNumber start, BlockNumber end);
extern BlockNumber smol_next_clear(SmolSweep *sweep);
extern void smol_end_sweep(SmolSweep *sweep);
extern bool smol_block_is_visible(Relation heap, BlockNumber block, Buffer *buffer);

/* Blocks first to last, both included. */
typedef struct SmolBlockRange
{
	BlockNumber first;
	BlockNumber last;
} SmolBlockRange;

/* Ranges in ascending order, with blocks between them that are not in the set. */
#define SMOL_BLOCK_RANGES	32

typedef struct SmolBlockSet
{
	int			nranges;
	SmolBlockRange ranges[SMOL_BLOCK_RANGES];
} SmolBlockSet;

/* What becomes of a set that has too many ranges to remember. */
typedef enum SmolBlockSetLimit
{
	SMOL_BLOCKS_AT_LEAST,		/* it has other blocks, too */
	SMOL_BLOCKS_AT_MOST,		/* it lacks some blocks */
} SmolBlockSetLimit;

extern void smol_add_blocks(SmolBlockSet *set, SmolBlockRange range,
							SmolBlockSetLimit limit);
extern bool smol_next_missing(const SmolBlockSet *set, SmolBlockRange *rest,
							  SmolBlockRange *missing);

#endif							/* VISMAP_H */
