/*-------------------------------------------------------------------------
 *
 * subtrees.c
 *	  Visit a range of rows subtree by subtree, from the root.
 *
 * The walk stops at each child that has rows of the range, with what the page
 * above knows of it.  The caller takes that for an answer and goes on, or has
 * the walk descend into the child.  So the rows of a range are taken in with
 * as many pages as its two edges have, or as are needed, whatever its length.
 *
 * Children of a page that lie in the range as a whole may be joined: what is known
 * of them is added up, so that it need not be taken in one by one.
 *
 * Where a child is not wholly in the range its counts and sums are those of
 * too many rows; its minimum and maximum still bound the values.
 *
 * Nothing here asks whether the index may be trusted: smolseal.c does.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/subtrees.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "codec/kernels.h"
#include "miscadmin.h"
#include "tree/smolsubtrees.h"
#include "tree/smolwriter.h"
#include "utils/memutils.h"

/* A column of an inner page, decoded. */
typedef struct Decoded
{
	SmolVec		vec;
	int64	   *nulls;
	bool		has_nulls;
} Decoded;

/* What is decoded of a page, besides the children's row numbers. */
typedef struct Level
{
	BlockNumber block;			/* invalid: no page */
	uint32		child;			/* the one that the walk stands at ... */
	uint32		joined;			/* ... and so many after it */
	bool		parted;			/* none of the page are to be joined */
	uint32		nchildren;
	uint32		room;			/* of the arrays */
	int64	   *blocks;
	int64	   *first_rows;
	int64	   *nrows;
	Decoded    *stats;			/* by wanted inner column */
} Level;

struct SmolSubtrees
{
	SmolReader *reader;
	MemoryContext context;
	uint64		first;			/* the range */
	uint64		end;
	uint64		pages;			/* inner pages and leaves that were read */
	int			nstats;			/* wanted columns of inner pages */
	int		   *stats_columns;
	int			nulls_at[INDEX_MAX_KEYS];	/* by column, in the above; -1 */
	int			min_at[INDEX_MAX_KEYS]; /* maximum is the next */
	int			sum_at[INDEX_MAX_KEYS]; /* high half is the next */
	bool		root_next;		/* the walk has not begun */
	int			level;			/* of the page that the walk is on */
	Level		levels[SMOL_MAX_HEIGHT + 1];
};

/*
 * Begin a walk over a segment.  'wanted' says which SMOL_STATS_* the caller is
 * going to ask for, of each column of the index, and SMOL_SUBTREES_NULLS.
 */
SmolSubtrees *
smol_begin_subtrees(SmolReader *reader, const uint8 *wanted)
{
	const SmolMetaPageData *meta = &reader->meta;
	bool		nulls = (meta->flags & SMOL_META_NULLS) != 0;
	SmolSubtrees *walk = palloc0(sizeof(SmolSubtrees));

	walk->reader = reader;
	walk->context = CurrentMemoryContext;
	walk->stats_columns = palloc(sizeof(int) * reader->ninner);
	for (int i = 0; i < meta->ncolumns; i++)
	{
		uint8		has = meta->columns[i].stats;
		int			at = smol_inner_stats(meta, i);

		walk->nulls_at[i] = walk->min_at[i] = walk->sum_at[i] = -1;
		if (nulls)
		{
			if (wanted[i] & SMOL_SUBTREES_NULLS)
			{
				walk->nulls_at[i] = walk->nstats;
				walk->stats_columns[walk->nstats++] = at;
			}
			at++;
		}
		if (has & SMOL_STATS_MINMAX)
		{
			if (wanted[i] & SMOL_STATS_MINMAX)
			{
				walk->min_at[i] = walk->nstats;
				walk->stats_columns[walk->nstats++] = at;
				walk->stats_columns[walk->nstats++] = at + 1;
			}
			at += 2;
		}
		if ((has & SMOL_STATS_SUM) && (wanted[i] & SMOL_STATS_SUM))
		{
			walk->sum_at[i] = walk->nstats;
			walk->stats_columns[walk->nstats++] = at;
			walk->stats_columns[walk->nstats++] = at + 1;
		}
	}
	return walk;
}

/*
 * Walk over rows [first, end) from now on.
 */
void
smol_set_subtrees(SmolSubtrees *walk, uint64 first, uint64 end)
{
	walk->first = first;
	walk->end = Min(end, walk->reader->segment->nrows);
	walk->root_next = walk->first < walk->end;
	walk->level = 0;
	for (int i = 0; i <= SMOL_MAX_HEIGHT; i++)
		walk->levels[i].block = InvalidBlockNumber;
}

/* Make room for the columns of a page of so many children. */
static void
enlarge_level(SmolSubtrees *walk, Level *level, uint32 room)
{
	const SmolColumnDesc *inner = walk->reader->inner;
	MemoryContext old = MemoryContextSwitchTo(walk->context);

	if (level->room > 0)
	{
		pfree(level->blocks);
		pfree(level->first_rows);
		pfree(level->nrows);
	}
	level->blocks = palloc_array(int64, room);
	level->first_rows = palloc_array(int64, room);
	level->nrows = palloc_array(int64, room);
	if (level->stats == NULL)
		level->stats = palloc0(sizeof(Decoded) * Max(walk->nstats, 1));
	for (int i = 0; i < walk->nstats; i++)
	{
		Decoded    *stats = &level->stats[i];

		if (level->room > 0)
		{
			if (stats->vec.words)
				pfree(stats->vec.words);
			if (stats->vec.slices)
				pfree(stats->vec.slices);
			pfree(stats->nulls);
		}
		stats->vec.words = NULL;
		stats->vec.slices = NULL;
		if (SmolImageIsWord(inner[walk->stats_columns[i]].image))
			stats->vec.words = palloc_array(int64, room);
		else
			stats->vec.slices = palloc_array(SmolSlice, room);
		stats->nulls = palloc_array(int64, room);
	}
	level->room = room;
	MemoryContextSwitchTo(old);
}

static bool
decode(SmolSubtrees *walk, Page page, BlockNumber block, int column, uint32 n,
	   SmolVec *vec, int64 *nulls)
{
	SmolChunk	values;
	SmolChunk	map;
	bool		has_nulls = smol_page_chunk(page, &walk->reader->inner[column],
											column, &values, &map);
	SmolVec		out = {.words = nulls};

	if (vec->slices)
		smol_enlarge_arena(walk->reader, block, vec, &values, n);
	if (!smol_decode_chunk(&values, 0, n, vec) ||
		(has_nulls && nulls && !smol_decode_chunk(&map, 0, n, &out)))
		smol_report_corrupt(walk->reader->index, block, "inner page does not decode");
	return has_nulls;
}

/* A column of words, none of which is NULL. */
static void
decode_words(SmolSubtrees *walk, Page page, BlockNumber block, int column, uint32 n,
			 int64 *words)
{
	SmolVec		vec = {.words = words};

	(void) decode(walk, page, block, column, n, &vec, NULL);
}

/* The first child of a page that has a row from 'row' on. */
static uint32
find_child(const Level *level, uint64 row)
{
	uint32		lo = 0;
	uint32		hi = level->nchildren;

	while (lo < hi)
	{
		uint32		mid = lo + (hi - lo) / 2;

		if ((uint64) level->first_rows[mid] + (uint64) level->nrows[mid] > row)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/*
 * Read a page above the leaves, which is to have rows [first_row, first_row +
 * nrows), and stand before its first child with a row of the range.
 */
static void
load_level(SmolSubtrees *walk, int number, BlockNumber block, uint64 first_row,
		   uint64 nrows)
{
	SmolReader *reader = walk->reader;
	Level	   *level = &walk->levels[number];
	Page		page;
	uint64		next = first_row;
	uint32		n;

	CHECK_FOR_INTERRUPTS();
	page = smol_load_inner(reader, number, block);
	n = SmolPageGetPack(page)->nrows;
	if (n > level->room)
		enlarge_level(walk, level, Max(n, 256));
	walk->pages++;

	decode_words(walk, page, block, SMOL_INNER_CHILD, n, level->blocks);
	decode_words(walk, page, block, SMOL_INNER_FIRST_ROW, n, level->first_rows);
	decode_words(walk, page, block, SMOL_INNER_NROWS, n, level->nrows);

	/* that the numbers add up is what ends the walk */
	for (uint32 i = 0; i < n; i++)
	{
		if (level->first_rows[i] != (int64) next || level->nrows[i] <= 0 ||
			(uint64) level->nrows[i] > first_row + nrows - next)
			smol_report_corrupt(reader->index, block, "row numbers do not add up");
		next += (uint64) level->nrows[i];
	}
	if (next != first_row + nrows)
		smol_report_corrupt(reader->index, block, "row numbers do not add up");

	for (int i = 0; i < walk->nstats; i++)
	{
		Decoded    *stats = &level->stats[i];

		stats->has_nulls = decode(walk, page, block, walk->stats_columns[i], n,
								  &stats->vec, stats->nulls);
	}
	level->block = block;
	level->nchildren = n;
	level->child = find_child(level, walk->first);
	level->joined = 0;
	level->parted = false;
	walk->level = number;
}

/* Rows of a child that are in the range; the walk stands at it. */
static void
clip(const SmolSubtrees *walk, const Level *level, uint64 *first, uint64 *end)
{
	uint64		start = (uint64) level->first_rows[level->child];

	*first = Max(start, walk->first);
	*end = Min(start + (uint64) level->nrows[level->child], walk->end);
}

/*
 * Stand at the next child that has rows of the range.
 */
bool
smol_next_subtree(SmolSubtrees *walk, SmolChild *child)
{
	const SmolSegment *segment = walk->reader->segment;
	Level	   *level;
	uint64		first;
	uint64		end;

	if (walk->root_next)
	{
		load_level(walk, segment->height, segment->root, 0, segment->nrows);
		walk->root_next = false;
	}
	else if (walk->level > 0)
	{
		level = &walk->levels[walk->level];
		level->child += 1 + level->joined;
		level->joined = 0;
	}
	else
		return false;

	for (;;)
	{
		level = &walk->levels[walk->level];
		if (level->child < level->nchildren)
			break;
		if (walk->level == (int) segment->height)
			return false;
		walk->level++;
		walk->levels[walk->level].child++;
	}

	clip(walk, level, &first, &end);
	if (first >= end)
	{
		/* behind the range: so are all that come */
		walk->level = segment->height;
		walk->levels[walk->level].child = walk->levels[walk->level].nchildren;
		return false;
	}
	child->nrows = (uint64) level->nrows[level->child];
	child->inside = end - first;
	child->is_leaf = walk->level == 1;
	return true;
}

/*
 * Join the child that the walk stands at with those after it on the page that are
 * in the range as a whole, if it is, too.  False if there are none.
 */
bool
smol_join_subtrees(SmolSubtrees *walk, SmolChild *child)
{
	Level	   *level = &walk->levels[walk->level];
	uint64		start = (uint64) level->first_rows[level->child];
	uint32		end;

	if (level->parted || child->inside < child->nrows)
		return false;
	end = find_child(level, walk->end);
	if (end <= level->child + 1)
		return false;
	level->joined = end - level->child - 1;
	child->nrows = (uint64) (level->first_rows[end - 1] + level->nrows[end - 1]) - start;
	child->inside = child->nrows;
	return true;
}

/*
 * What is known of all was not enough: stand at the first child alone, and don't
 * join any others of the page.
 */
void
smol_part_subtrees(SmolSubtrees *walk, SmolChild *child)
{
	Level	   *level = &walk->levels[walk->level];

	level->joined = 0;
	level->parted = true;
	child->nrows = child->inside = (uint64) level->nrows[level->child];
}

static bool
is_known(const Decoded *stats, uint32 child)
{
	return !(stats->has_nulls && stats->nulls[child]);
}

/* A sum is kept as two words. */
static int128
get_sum(const Decoded *low, const Decoded *high, uint32 child)
{
	return (int128) (((uint128) (uint64) high->vec.words[child] << 64) |
					 (uint64) low->vec.words[child]);
}

static uint64
get_nulls(SmolSubtrees *walk, const Level *level, int column, uint32 child)
{
	int			at = walk->nulls_at[column];
	int64		nulls;

	if (at < 0)
		return 0;
	Assert(level->stats != NULL && level->stats[at].vec.words != NULL);
	nulls = level->stats[at].vec.words[child];
	if (nulls < 0 || nulls > level->nrows[child])
		smol_report_corrupt(walk->reader->index, level->block,
							"NULL count is out of bounds");
	return (uint64) nulls;
}

/*
 * Of several children, of a column of words that are ordered as integers.  What is
 * said of children with nothing but NULLs has no meaning.
 */
static void
join_stats(SmolSubtrees *walk, const Level *level, int column, SmolStats *stats)
{
	int			at = walk->min_at[column];
	const Decoded *min = at >= 0 ? &level->stats[at] : NULL;
	const Decoded *max = at >= 0 ? &level->stats[at + 1] : NULL;
	const Decoded *low = NULL;
	const Decoded *high = NULL;
	uint32		n = level->joined + 1;

	if (min && min->vec.words == NULL)
		min = max = NULL;
	at = walk->sum_at[column];
	if (at >= 0)
	{
		low = &level->stats[at];
		high = &level->stats[at + 1];
	}
	stats->minmax_known = min != NULL;
	stats->sum_known = low != NULL;
	stats->min.word = PG_INT64_MAX;
	stats->max.word = PG_INT64_MIN;
	if (min && walk->nulls_at[column] < 0 && !min->has_nulls && !max->has_nulls)
	{
		stats->min.word = smol_min_word(min->vec.words + level->child, n);
		stats->max.word = smol_max_word(max->vec.words + level->child, n);
		min = NULL;
	}
	if (min == NULL && low == NULL && walk->nulls_at[column] < 0)
		return;
	for (uint32 child = level->child; child < level->child + n; child++)
	{
		uint64		nulls = get_nulls(walk, level, column, child);

		stats->nulls += nulls;
		if (nulls == (uint64) level->nrows[child])
			continue;
		if (min)
		{
			stats->minmax_known &= is_known(min, child) && is_known(max, child);
			stats->min.word = Min(stats->min.word, min->vec.words[child]);
			stats->max.word = Max(stats->max.word, max->vec.words[child]);
		}
		if (low)
		{
			stats->sum_known &= is_known(low, child) && is_known(high, child);
			stats->sum += get_sum(low, high, child);
		}
	}
}

/*
 * What is known of a column below the child that the walk stands at, or below all
 * that are joined: their minimum and maximum are those of integers.
 */
void
smol_subtree_stats(SmolSubtrees *walk, int column, SmolStats *stats)
{
	const Level *level = &walk->levels[walk->level];
	uint32		child = level->child;
	int			at;

	memset(stats, 0, sizeof(*stats));
	if (level->joined > 0)
	{
		join_stats(walk, level, column, stats);
		return;
	}
	stats->nulls = get_nulls(walk, level, column, child);

	at = walk->min_at[column];
	if (at >= 0)
	{
		const Decoded *min = &level->stats[at];
		const Decoded *max = &level->stats[at + 1];

		stats->minmax_known = is_known(min, child) && is_known(max, child);
		if (min->vec.words)
		{
			stats->min.word = min->vec.words[child];
			stats->max.word = max->vec.words[child];
		}
		else
		{
			stats->min.slice = min->vec.slices[child];
			stats->max.slice = max->vec.slices[child];
		}
	}

	at = walk->sum_at[column];
	if (at >= 0)
	{
		const Decoded *low = &level->stats[at];
		const Decoded *high = &level->stats[at + 1];

		stats->sum_known = is_known(low, child) && is_known(high, child);
		stats->sum = get_sum(low, high, child);
	}
}

/*
 * Go into the child that the walk stands at.  If it is a leaf it becomes the
 * reader's, 'run' says which rows of it are in the range, and the result is
 * true.  Else the walk goes on with the child's children.
 */
bool
smol_enter_subtree(SmolSubtrees *walk, SmolRun *run)
{
	SmolReader *reader = walk->reader;
	const SmolSegment *segment = reader->segment;
	Level	   *level = &walk->levels[walk->level];
	int64		block = level->blocks[level->child];
	uint64		first_row = (uint64) level->first_rows[level->child];
	uint64		nrows = (uint64) level->nrows[level->child];
	uint64		first;
	uint64		end;

	if (walk->level > 1)
	{
		/* levels follow each other in the file, the root being last */
		if (block <= SMOL_META_BLKNO || block >= segment->root)
			smol_report_corrupt(reader->index, level->block, "child is out of bounds");
		load_level(walk, walk->level - 1, (BlockNumber) block, first_row, nrows);

		/* next steps to the first child */
		walk->levels[walk->level].child--;
		return false;
	}

	if (block < segment->first_leaf ||
		block >= (int64) segment->first_leaf + segment->nleaves)
		smol_report_corrupt(reader->index, level->block, "child is out of bounds");
	CHECK_FOR_INTERRUPTS();
	smol_load_leaf(reader, (uint32) (block - segment->first_leaf));
	walk->pages++;
	if (reader->leaf_first_row != first_row || reader->leaf_rows != nrows)
		smol_report_corrupt(reader->index, (BlockNumber) block,
							"leaf has other rows than the page above says");
	clip(walk, level, &first, &end);
	run->leaf = reader->leaf;
	run->first = (uint32) (first - first_row);
	run->nrows = (uint32) (end - first);
	return true;
}

/* Pages read so far. */
uint64
smol_subtrees_pages(const SmolSubtrees *walk)
{
	return walk->pages;
}

void
smol_end_subtrees(SmolSubtrees *walk)
{
	for (int i = 0; i <= SMOL_MAX_HEIGHT; i++)
	{
		Level	   *level = &walk->levels[i];

		if (level->room == 0)
			continue;
		for (int k = 0; k < walk->nstats; k++)
		{
			if (level->stats[k].vec.words)
				pfree(level->stats[k].vec.words);
			if (level->stats[k].vec.slices)
				pfree(level->stats[k].vec.slices);
			pfree(level->stats[k].nulls);
		}
		pfree(level->stats);
		pfree(level->blocks);
		pfree(level->first_rows);
		pfree(level->nrows);
	}
	pfree(walk->stats_columns);
	pfree(walk);
}
