/*-------------------------------------------------------------------------
 *
 * filters.c
 *	  Filters (makefilters.c), asked of batches and of what inner pages say of the
 *	  rows below them.
 *
 * Of a batch each filter fills a byte for each row.  Ranges and sets of words,
 * floats and byte strings are compared in loops of their own.  What remains is asked
 * row by row, of the rows that are left, and an answer is kept for a value that comes
 * again: with most codecs equal strings of a leaf are one string in one place.
 *
 * Of an inner page minimum, maximum and the number of NULLs are asked, and bloom
 * filters: these spare what they rule out, and what passes as a whole.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/filters.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <math.h>

#include "codec/kernels.h"
#include "exec/filters_impl.h"
#include "tree/smolbloom.h"

/* ---- single values ---- */

/* The outcome of a test, from that of a comparison. */
static inline bool
outcome(SmolTest test, int c)
{
	switch (test)
	{
		case SMOL_TEST_LESS:
			return c < 0;
		case SMOL_TEST_LESS_EQUAL:
			return c <= 0;
		case SMOL_TEST_EQUAL:
			return c == 0;
		case SMOL_TEST_GREATER_EQUAL:
			return c >= 0;
		case SMOL_TEST_GREATER:
			return c > 0;
		default:
			return c != 0;
	}
}

/*
 * The number of elements of a set that are before a value; *equal says whether
 * the next one equals it.
 */
static int
find_element(const Filter *filter, int64 word, SmolSlice slice, bool *equal)
{
	SmolComparator *cmp = filter->cmp;
	int			lo = 0;
	int			hi = filter->nelements;

	*equal = false;
	while (lo < hi)
	{
		int			mid = lo + (hi - lo) / 2;
		int			c;

		cmp->argument = filter->elements[mid];
		c = smol_compare_argument(cmp, word, slice);
		if (c == 0)
		{
			*equal = true;
			return mid;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Does a value pass that is not NULL? */
static bool
passes(const Filter *filter, int64 word, SmolSlice slice)
{
	bool		equal;

	if (filter->nelements == 0)
		return outcome(filter->test, smol_compare_argument(filter->cmp, word, slice));
	(void) find_element(filter, word, slice, &equal);
	return equal == (filter->test == SMOL_TEST_EQUAL);
}

/* ---- statistics ---- */

/*
 * A value of an inner page; false if it is NULL.  A string's bytes may be put
 * into the arena.
 */
static bool
inner_value(SmolReader *reader, Page page, BlockNumber blkno, int column,
			uint32 child, int64 *word, SmolSlice *slice, uint8 *arena)
{
	SmolVec		vec = {.words = word,.slices = slice,.arena = arena};
	SmolChunk	values;
	SmolChunk	nulls;

	if (smol_page_chunk(page, &reader->inner[column], column, &values, &nulls))
	{
		int64		isnull;
		SmolVec		out = {.words = &isnull};

		if (!smol_decode_chunk(&nulls, child, 1, &out))
			smol_report_corrupt(reader->index, blkno, "inner page does not decode");
		if (isnull != 0)
			return false;
	}
	if (!smol_decode_chunk(&values, child, 1, &vec))
		smol_report_corrupt(reader->index, blkno, "inner page does not decode");
	return true;
}

/* A number of an inner page, which is there for every child. */
static int64
inner_number(SmolReader *reader, Page page, BlockNumber blkno, int column, uint32 child)
{
	int64		word;

	if (!inner_value(reader, page, blkno, column, child, &word, NULL, NULL))
		smol_report_corrupt(reader->index, blkno, "number of an inner page is NULL");
	return word;
}

/* What minimum and maximum of rows without NULLs say of a comparison. */
static SmolZone
test_minmax(const Filter *filter, int64 min_word, SmolSlice min_slice,
			int64 max_word, SmolSlice max_slice)
{
	SmolComparator *cmp = filter->cmp;
	int			min;
	int			max;

	if (filter->kind == FILTER_RANGE)
	{
		if (max_word < filter->low || min_word > filter->high)
			return SMOL_ZONE_NONE;
		return min_word >= filter->low && max_word <= filter->high ?
			SMOL_ZONE_ALL : SMOL_ZONE_SOME;
	}

	if (filter->nelements > 0)
	{
		bool		wanted = filter->test == SMOL_TEST_EQUAL;
		bool		equal;
		int			at = find_element(filter, min_word, min_slice, &equal);

		/* no element between the two: none of the rows equals one */
		if (at < filter->nelements)
			cmp->argument = filter->elements[at];
		if (at == filter->nelements ||
			smol_compare_argument(cmp, max_word, max_slice) < 0)
			return wanted ? SMOL_ZONE_NONE : SMOL_ZONE_ALL;
		if (equal && smol_compare_argument(cmp, max_word, max_slice) == 0)
			return wanted ? SMOL_ZONE_ALL : SMOL_ZONE_NONE;
		return SMOL_ZONE_SOME;
	}

	min = smol_compare_argument(cmp, min_word, min_slice);
	max = smol_compare_argument(cmp, max_word, max_slice);
	switch (filter->test)
	{
		case SMOL_TEST_EQUAL:
			if (min > 0 || max < 0)
				return SMOL_ZONE_NONE;
			return min == 0 && max == 0 ? SMOL_ZONE_ALL : SMOL_ZONE_SOME;
		case SMOL_TEST_NOT_EQUAL:
			if (min > 0 || max < 0)
				return SMOL_ZONE_ALL;
			return min == 0 && max == 0 ? SMOL_ZONE_NONE : SMOL_ZONE_SOME;
		default:
			/* these tests hold up to a value, or from one on */
			if (outcome(filter->test, min) && outcome(filter->test, max))
				return SMOL_ZONE_ALL;
			if (!outcome(filter->test, min) && !outcome(filter->test, max))
				return SMOL_ZONE_NONE;
			return SMOL_ZONE_SOME;
	}
}

/* Does a filter ask for nothing but how many values are NULL? */
static inline bool
asks_for_nulls(const Filter *filter)
{
	return filter->kind == FILTER_NULL || filter->kind == FILTER_NOT_NULL;
}

/* What is known of some rows says of a filter. */
static SmolZone
test_stats(const Filter *filter, uint64 rows, const SmolStats *stats)
{
	SmolZone	zone;

	if (asks_for_nulls(filter))
	{
		uint64		passing = filter->kind == FILTER_NULL ? stats->nulls : rows - stats->nulls;

		return passing == 0 ? SMOL_ZONE_NONE :
			passing == rows ? SMOL_ZONE_ALL : SMOL_ZONE_SOME;
	}
	if (stats->nulls == rows)
		return SMOL_ZONE_NONE;
	if (!stats->minmax_known)
		return SMOL_ZONE_SOME;
	zone = test_minmax(filter, stats->min.word, stats->min.slice,
					   stats->max.word, stats->max.slice);
	return zone == SMOL_ZONE_ALL && stats->nulls > 0 ? SMOL_ZONE_SOME : zone;
}

static SmolZone
test_filter(const SmolFilters *filters, const Filter *filter, SmolReader *reader,
			Page page, BlockNumber blkno, uint32 child)
{
	int			column = filters->stats[filter->column];
	SmolStats	stats = {0};
	int64		nulls = 0;
	int64		rows;

	if (!filter->zones)
		return SMOL_ZONE_SOME;
	if (filters->meta->flags & SMOL_META_NULLS)
		nulls = inner_number(reader, page, blkno, column++, child);
	rows = inner_number(reader, page, blkno, SMOL_INNER_NROWS, child);
	stats.nulls = (uint64) nulls;
	stats.minmax_known = !asks_for_nulls(filter) && nulls < rows &&
		inner_value(reader, page, blkno, column, child, &stats.min.word,
					&stats.min.slice, filters->arenas[0]) &&
		inner_value(reader, page, blkno, column + 1, child, &stats.max.word,
					&stats.max.slice, filters->arenas[1]);
	return test_stats(filter, (uint64) rows, &stats);
}

/*
 * What an inner page says of the filters and the rows below one of its children.
 */
SmolZone
smol_test_zone(SmolFilters *filters, SmolReader *reader, Page page,
			   BlockNumber blkno, uint32 child)
{
	SmolZone	zone = SMOL_ZONE_ALL;

	if (filters->nothing)
		return SMOL_ZONE_NONE;
	for (int i = 0; i < filters->n; i++)
	{
		switch (test_filter(filters, &filters->filters[i], reader, page, blkno, child))
		{
			case SMOL_ZONE_NONE:
				return SMOL_ZONE_NONE;
			case SMOL_ZONE_SOME:
				zone = SMOL_ZONE_SOME;
				break;
			case SMOL_ZONE_ALL:
				break;
		}
	}
	return zone;
}

/*
 * The same of the child that a walk stands at, which has so many rows.
 */
SmolZone
smol_test_subtree(const SmolFilters *filters, SmolSubtrees *walk, uint64 nrows)
{
	SmolZone	zone = SMOL_ZONE_ALL;

	if (filters->nothing)
		return SMOL_ZONE_NONE;
	for (int i = 0; i < filters->n; i++)
	{
		const Filter *filter = &filters->filters[i];
		SmolZone	one = SMOL_ZONE_SOME;

		if (filter->zones)
		{
			SmolStats	stats;

			smol_subtree_stats(walk, filter->column, &stats);
			one = test_stats(filter, nrows, &stats);
		}
		if (one == SMOL_ZONE_NONE)
			return one;
		if (one == SMOL_ZONE_SOME)
			zone = one;
	}
	return zone;
}

/*
 * Do bloom filters rule out a leaf, a child of an inner page of level 1, that
 * statistics do not?
 */
bool
smol_filters_exclude_leaf(SmolFilters *filters, SmolReader *reader, Page page,
						  BlockNumber blkno, uint32 child)
{
	int64		block;
	int64		location;

	if (!filters->bloom)
		return false;
	block = inner_number(reader, page, blkno, SMOL_INNER_CHILD, child);
	location = inner_number(reader, page, blkno, reader->ninner - 1, child);
	for (int i = 0; i < filters->n; i++)
		if (filters->filters[i].probe &&
			smol_bloom_excludes(reader, filters->filters[i].probe,
								(uint32) (block - reader->segment->first_leaf), location))
			return true;
	return false;
}

/* ---- batches ---- */

/*
 * Kernels: loops without branches, for compilers to make vectors of.
 */
#define KERNEL(test) \
	do { \
		if (fresh) \
			for (uint32 i = 0; i < n; i++) \
				match[i] = (uint8) (test); \
		else \
			for (uint32 i = 0; i < n; i++) \
				match[i] &= (uint8) (test); \
	} while (0)

static void
match_outside(const int64 *words, uint32 n, int64 word, bool fresh, uint8 *match)
{
	KERNEL(words[i] != word);
}

static void
match_bitmap(const int64 *words, uint32 n, const Filter *filter, bool wanted,
			 bool fresh, uint8 *match)
{
	uint64		span = (uint64) filter->high - (uint64) filter->low;

	for (uint32 i = 0; i < n; i++)
	{
		uint64		at = (uint64) words[i] - (uint64) filter->low;
		uint64		in = at <= span;
		uint64		bit = filter->bitmap[(at & -in) / 64] >> (at % 64) & in;

		match[i] = (uint8) ((bit == wanted) & (fresh | match[i]));
	}
}

static void
match_nulls(const int64 *nulls, uint32 n, bool wanted, bool fresh, uint8 *match)
{
	KERNEL((nulls[i] != 0) == wanted);
}

/* NaNs are equal, and greater than all others. */
static void
match_floats(const int64 *words, uint32 n, const Filter *filter, bool fresh,
			 uint8 *match)
{
	double		arg = filter->cmp->argument.number;
	uint8		image = filter->cmp->desc.image;

#define FLOAT	smol_word_to_float(image, words[i])
	if (isnan(arg))
	{
		switch (filter->test)
		{
			case SMOL_TEST_LESS:
			case SMOL_TEST_NOT_EQUAL:
				KERNEL(!isnan(FLOAT));
				break;
			case SMOL_TEST_LESS_EQUAL:
				KERNEL(true);
				break;
			case SMOL_TEST_EQUAL:
			case SMOL_TEST_GREATER_EQUAL:
				KERNEL(isnan(FLOAT) != 0);
				break;
			default:
				KERNEL(false);
		}
		return;
	}
	switch (filter->test)
	{
		case SMOL_TEST_LESS:
			KERNEL(FLOAT < arg);
			break;
		case SMOL_TEST_LESS_EQUAL:
			KERNEL(FLOAT <= arg);
			break;
		case SMOL_TEST_EQUAL:
			KERNEL(FLOAT == arg);
			break;
		case SMOL_TEST_GREATER_EQUAL:
			KERNEL(!(FLOAT < arg));
			break;
		case SMOL_TEST_GREATER:
			KERNEL(!(FLOAT <= arg));
			break;
		default:
			KERNEL(FLOAT != arg);
	}
#undef FLOAT
}

/* Equal values come as one string in one place, one after the other. */
static void
match_bytes(const SmolSlice *slices, uint32 n, const Filter *filter, bool fresh,
			uint8 *match)
{
	SmolSlice	arg = filter->cmp->argument.slice;
	bool		equality = filter->test == SMOL_TEST_EQUAL ||
		filter->test == SMOL_TEST_NOT_EQUAL;
	const uint8 *last = (const uint8 *) "";
	uint32		last_len = PG_UINT32_MAX;	/* no string's */
	bool		last_passes = false;

	for (uint32 i = 0; i < n; i++)
	{
		if (!fresh && !match[i])
			continue;
		if (slices[i].ptr != last || slices[i].len != last_len)
		{
			last = slices[i].ptr;
			last_len = slices[i].len;
			if (equality && last_len != arg.len)
				last_passes = filter->test == SMOL_TEST_NOT_EQUAL;
			else
				last_passes = outcome(filter->test, smol_compare_slices(slices[i], arg));
		}
		match[i] = last_passes;
	}
}

/* One by one. */
static void
match_values(const int64 *words, const SmolSlice *slices, const int64 *nulls,
			 uint32 n, const Filter *filter, bool fresh, uint8 *match)
{
	SmolSlice	slice = {NULL, 0};
	int64		word = 0;

	Assert((words != NULL) != (slices != NULL) && filter->memo != NULL);
	for (uint32 i = 0; i < n; i++)
	{
		Memo	   *memo;
		uint64		hash;

		if ((!fresh && !match[i]) || (nulls && nulls[i] != 0))
			continue;
		if (words)
			word = words[i];
		else
			slice = slices[i];
		hash = words ? (uint64) word : (uint64) (uintptr_t) slice.ptr;
		hash *= UINT64CONST(0x9E3779B97F4A7C15);
		memo = &filter->memo[hash >> 56];
		if (!memo->valid || memo->word != word ||
			memo->slice.ptr != slice.ptr || memo->slice.len != slice.len)
		{
			memo->valid = false;
			memo->passes = passes(filter, word, slice);
			memo->word = word;
			memo->slice = slice;
			memo->valid = true;
		}
		match[i] = memo->passes;
	}
}

StaticAssertDecl(MEMO_SIZE == 1 << 8, "a memo's place is eight bits of a hash");

/*
 * Ask the rows of a batch: fill match with 1 or 0 for each, and return how many
 * pass.  If there is nothing to ask, *all is set instead.
 */
uint32
smol_apply_filters(SmolFilters *filters, SmolBatchScan *scan, uint8 *match, bool *all)
{
	uint32		n = (uint32) scan->batch.n;
	bool		fresh = true;

	/* what is remembered of strings lies where the batch before was decoded */
	for (int f = 0; f < filters->n; f++)
		if (filters->filters[f].memo &&
			!SmolImageIsWord(filters->meta->columns[filters->filters[f].column].image))
			memset(filters->filters[f].memo, 0, sizeof(Memo) * MEMO_SIZE);

	for (int f = 0; f < filters->n; f++)
	{
		const Filter *filter = &filters->filters[f];
		int			column = filter->column;
		const int64 *nulls = smol_batch_nulls(scan, column);

		if (nulls == NULL && filter->kind == FILTER_NOT_NULL)
			continue;
		if (nulls == NULL && filter->kind == FILTER_NULL)
		{
			*all = false;
			return 0;
		}
		switch (filter->kind)
		{
			case FILTER_NULL:
			case FILTER_NOT_NULL:
				match_nulls(nulls, n, filter->kind == FILTER_NULL, fresh, match);
				nulls = NULL;
				break;
			case FILTER_RANGE:
				smol_match_range(smol_batch_words(scan, column), n, filter->low,
								 filter->high, fresh, match);
				break;
			case FILTER_OUTSIDE:
				match_outside(smol_batch_words(scan, column), n, filter->low,
							  fresh, match);
				break;
			case FILTER_BITMAP:
				match_bitmap(smol_batch_words(scan, column), n, filter,
							 filter->test == SMOL_TEST_EQUAL, fresh, match);
				break;
			case FILTER_FLOAT:
				match_floats(smol_batch_words(scan, column), n, filter, fresh, match);
				break;
			case FILTER_BYTES:
				match_bytes(smol_batch_slices(scan, column), n, filter, fresh, match);
				break;
			case FILTER_VALUE:
				{
					bool		word = SmolImageIsWord(filters->meta->columns[column].image);

					match_values(word ? smol_batch_words(scan, column) : NULL,
								 word ? NULL : smol_batch_slices(scan, column),
								 nulls, n, filter, fresh, match);
					break;
				}
		}
		if (nulls)
			match_nulls(nulls, n, false, false, match);
		fresh = false;
	}

	*all = fresh;
	if (fresh)
		return n;
	return smol_count_matches(match, n);
}
