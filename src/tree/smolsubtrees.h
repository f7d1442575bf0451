/*-------------------------------------------------------------------------
 *
 * smolsubtrees.h
 *	  A range of rows, subtree by subtree.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolsubtrees.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLSUBTREES_H
#define SMOLSUBTREES_H

#include "tree/smoltree.h"

/*
 * What the levels above the leaves know of a column's values below a child.
 * Minimum, maximum and sum are of the values that are not NULL, and mean
 * nothing if there are none.  Strings lie on a pinned page, and live until the
 * walk goes on.
 */
typedef struct SmolStats
{
	uint64		nulls;
	bool		minmax_known;
	SmolValue	min;
	SmolValue	max;
	bool		sum_known;
	int128		sum;
} SmolStats;

typedef struct SmolSubtrees SmolSubtrees;

/* to be wanted like SMOL_STATS_* */
#define SMOL_SUBTREES_NULLS		0x80

/* A child: a leaf, or a subtree of many; or several that are joined. */
typedef struct SmolChild
{
	uint64		nrows;			/* rows below */
	uint64		inside;			/* how many of these are in the range */
	bool		is_leaf;
} SmolChild;

/* The rows of a leaf that are in the range. */
typedef struct SmolRun
{
	uint32		leaf;
	uint32		first;			/* row on the leaf */
	uint32		nrows;
} SmolRun;

extern SmolSubtrees *smol_begin_subtrees(SmolReader *reader, const uint8 *wanted);
extern void smol_set_subtrees(SmolSubtrees *walk, uint64 first, uint64 end);
extern bool smol_next_subtree(SmolSubtrees *walk, SmolChild *child);
extern bool smol_join_subtrees(SmolSubtrees *walk, SmolChild *child);
extern void smol_part_subtrees(SmolSubtrees *walk, SmolChild *child);
extern void smol_subtree_stats(SmolSubtrees *walk, int column, SmolStats *stats);
extern bool smol_enter_subtree(SmolSubtrees *walk, SmolRun *run);
extern uint64 smol_subtrees_pages(const SmolSubtrees *walk);
extern void smol_end_subtrees(SmolSubtrees *walk);

#endif							/* SMOLSUBTREES_H */
