/*-------------------------------------------------------------------------
 *
 * filters.c
 *	  Conditions that the range of rows does not express, asked of batches and
 *	  of what inner pages say of the rows below them.
 *
 * Comparisons of words are a range of words each, and those on the same column
 * one range; floats and byte strings are compared in loops of their own.  All
 * of these fill a byte for each row.  What remains is asked row by row, of the
 * rows that are left, and an answer is kept for a value that comes again: with
 * most codecs equal strings of a leaf are one string in one place.
 *
 * Statistics are those of the type, whatever the operator class of a
 * condition; so they are asked only where values are compared in place.
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

#include "access/nbtree.h"
#include "codec/kernels.h"
#include "exec/smolexec.h"
#include "tree/smolbloom.h"
#include "tree/smolwriter.h"

/* A set of words is a bitmap if it spans at most so many. */
#define MAX_BITMAP_SPAN		65536

/* Answers remembered by value. */
#define MEMO_SIZE			256

typedef enum FilterKind
{
	FILTER_RANGE,				/* words in [low, high] */
	FILTER_OUTSIDE,				/* words other than low */
	FILTER_BITMAP,				/* words in a bitmap that begins with low */
	FILTER_FLOAT,				/* compare with a float */
	FILTER_BYTES,				/* compare with a byte string */
	FILTER_NULL,
	FILTER_NOT_NULL,
	FILTER_VALUE,				/* ask of each value */
} FilterKind;

typedef struct Memo
{
	bool		valid;
	bool		passes;
	int64		word;
	SmolSlice	slice;
} Memo;

typedef struct Filter
{
	FilterKind	kind;
	int			column;
	SmolTest	test;			/* unless NULL, NOT_NULL */
	SmolComparator *cmp;		/* likewise; RANGE may stand for several */
	bool		zones;			/* statistics can be asked */
	int64		low;
	int64		high;
	uint64	   *bitmap;

	/* "= ANY (elements)" or "<> ALL (elements)", in the order of cmp */
	SmolArgument *elements;
	int			nelements;		/* 0: no array; cmp has the argument */

	SmolProbe  *probe;			/* what bloom filters are asked; or NULL */
	Memo	   *memo;
} Filter;

struct SmolFilters
{
	Relation	index;
	SmolConditions *conditions;
	const SmolMetaPageData *meta;
	SmolComparator *comparators;	/* by condition; key conditions use their
									 * own */

	int			n;
	Filter	   *filters;
	bool		nothing;		/* no row passes */
	bool		zones;
	bool		bloom;			/* any has a probe */
	uint8	   *arenas[2];		/* for a minimum and a maximum */
	int			stats[INDEX_MAX_KEYS];	/* first statistics column; -1 unknown */
};

/* ---- set up ---- */

SmolFilters *
smol_make_filters(Relation index, const SmolMetaPageData *meta,
				  SmolConditions *conditions)
{
	SmolFilters *filters = palloc0(sizeof(SmolFilters));
	int			room = 1;

	filters->index = index;
	filters->conditions = conditions;
	for (int i = 0; i < 2; i++)
		filters->arenas[i] = palloc(SMOL_MAX_ARENA_WIDTH);
	filters->meta = meta;
	filters->comparators = palloc0(sizeof(SmolComparator) * Max(conditions->n, 1));
	for (int i = 0; i < conditions->n; i++)
	{
		const SmolCondition *condition = &conditions->conditions[i];

		room++;
		if (condition->key || condition->test == SMOL_TEST_NULL ||
			condition->test == SMOL_TEST_NOT_NULL)
			continue;
		smol_init_family_comparator(&filters->comparators[i],
									&meta->columns[condition->column],
									condition->opfamily, condition->lefttype,
									condition->righttype, condition->collation,
									condition->test == SMOL_TEST_EQUAL ||
									condition->test == SMOL_TEST_NOT_EQUAL);
	}
	filters->filters = palloc0(sizeof(Filter) * room);
	for (int c = 0; c < meta->ncolumns; c++)
		filters->stats[c] = smol_inner_stats(meta, c);
	return filters;
}

/*
 * The words that pass a comparison, as far as words are compared as such; false
 * if none does.
 */
static bool
set_words(Filter *filter, const SmolArgument *argument)
{
	int64		word = argument->word;
	bool		between = argument->between;

	filter->kind = FILTER_RANGE;
	filter->low = PG_INT64_MIN;
	filter->high = PG_INT64_MAX;
	switch (filter->test)
	{
		case SMOL_TEST_LESS:
			if (!between && word == PG_INT64_MIN)
				return false;
			filter->high = between ? word : word - 1;
			return true;
		case SMOL_TEST_LESS_EQUAL:
			filter->high = word;
			return true;
		case SMOL_TEST_EQUAL:
			filter->low = filter->high = word;
			return !between;
		case SMOL_TEST_GREATER_EQUAL:
		case SMOL_TEST_GREATER:
			if (filter->test == SMOL_TEST_GREATER_EQUAL && !between)
				filter->low = word;
			else if (word == PG_INT64_MAX)
				return false;
			else
				filter->low = word + 1;
			return true;
		default:
			Assert(filter->test == SMOL_TEST_NOT_EQUAL);
			if (between)
			{
				filter->kind = FILTER_NOT_NULL;
				filter->zones = true;
				return true;
			}
			filter->kind = FILTER_OUTSIDE;
			filter->low = word;
			return true;
	}
}

/*
 * A set of words that lie close together becomes a bitmap.
 */
static void
set_bitmap(Filter *filter)
{
	const SmolArgument *elements = filter->elements;
	int64		low = PG_INT64_MAX;
	int64		high = PG_INT64_MIN;

	for (int i = 0; i < filter->nelements; i++)
	{
		low = Min(low, elements[i].word);
		high = Max(high, elements[i].word);
	}
	if ((uint64) high - (uint64) low >= MAX_BITMAP_SPAN)
		return;
	filter->kind = FILTER_BITMAP;
	filter->low = low;
	filter->high = high;
	filter->bitmap = palloc0(((uint64) high - (uint64) low) / 64 * 8 + 8);
	for (int i = 0; i < filter->nelements; i++)
	{
		uint64		at = (uint64) elements[i].word - (uint64) low;

		if (!elements[i].between)
			filter->bitmap[at / 64] |= UINT64CONST(1) << (at % 64);
	}
}

/*
 * Choose how a comparison is to be made.  Returns false if no row passes.
 */
static bool
set_comparison(Filter *filter, const SmolMetaPageData *meta)
{
	SmolComparator *cmp = filter->cmp;
	bool		words = cmp->order == SMOL_ORDER_WORD || cmp->order == SMOL_ORDER_DECIMAL;

	filter->zones = cmp->order != SMOL_ORDER_FMGR &&
		(meta->columns[filter->column].stats & SMOL_STATS_MINMAX) != 0;
	if (filter->nelements == 1)
	{
		cmp->argument = filter->elements[0];
		filter->nelements = 0;
	}
	filter->kind = FILTER_VALUE;
	if (filter->nelements > 0)
	{
		if (words)
			set_bitmap(filter);
	}
	else if (words)
		return set_words(filter, &cmp->argument);
	else if (cmp->order == SMOL_ORDER_FLOAT)
		filter->kind = FILTER_FLOAT;
	else if (cmp->order == SMOL_ORDER_BYTES)
		filter->kind = FILTER_BYTES;

	if (filter->kind == FILTER_VALUE)
		filter->memo = palloc0(sizeof(Memo) * MEMO_SIZE);
	return true;
}

/*
 * Add a filter that is set up; a range of words joins one on the same column.
 */
static void
add_filter(SmolFilters *filters, const Filter *new)
{
	filters->bloom |= new->probe != NULL;
	if (new->kind == FILTER_RANGE)
	{
		for (int i = 0; i < filters->n; i++)
		{
			Filter	   *old = &filters->filters[i];

			if (old->kind != FILTER_RANGE || old->column != new->column)
				continue;
			old->low = Max(old->low, new->low);
			old->high = Min(old->high, new->high);
			old->zones &= new->zones;
			if (old->probe == NULL)
				old->probe = new->probe;
			if (old->low > old->high)
				filters->nothing = true;
			return;
		}
	}
	filters->zones |= new->zones;
	filters->filters[filters->n++] = *new;
}

/* Let an equality ask bloom filters, if these know of it. */
static void
set_probe(SmolFilters *filters, Filter *filter, Oid opfamily, Oid lefttype,
		  Oid righttype, Oid collation)
{
	int			n = filter->nelements;

	if (filter->test == SMOL_TEST_EQUAL)
		filter->probe = smol_make_probe(filters->meta, filter->column, opfamily,
										lefttype, righttype, collation,
										n > 0 ? filter->elements : &filter->cmp->argument,
										Max(n, 1));
}

static Filter
null_filter(int column, bool isnull)
{
	Filter		filter = {
		.kind = isnull ? FILTER_NULL : FILTER_NOT_NULL,
		.column = column,
		.zones = true,
	};

	return filter;
}

/* A key condition that the range does not express. */
static void
add_key_filter(SmolFilters *filters, const SmolFilter *key)
{
	Filter		filter = {0};

	if (key->nulltest)
	{
		filter = null_filter(key->column, key->isnull);
		add_filter(filters, &filter);
		return;
	}
	filter.column = key->column;
	filter.test = (SmolTest) key->strategy;
	filter.cmp = key->cmp;
	if (key->array)
	{
		int			n = key->array->n;

		/* those of a descending column are in its order */
		filter.nelements = n;
		filter.elements = palloc(sizeof(SmolArgument) * n);
		for (int k = 0; k < n; k++)
			filter.elements[k] =
				key->array->elements[key->array->order->descending ? n - 1 - k : k];
	}
	if (set_comparison(&filter, filters->meta))
	{
		Oid			opcintype = filters->index->rd_opcintype[key->column];

		set_probe(filters, &filter, filters->index->rd_opfamily[key->column],
				  opcintype, OidIsValid(key->argtype) ? key->argtype : opcintype,
				  filters->index->rd_indcollation[key->column]);
		add_filter(filters, &filter);
	}
	else
		filters->nothing = true;
}

static int
compare_bytes(const void *a, const void *b)
{
	return smol_compare_slices(((const SmolArgument *) a)->slice,
							   ((const SmolArgument *) b)->slice);
}

/* A condition that is not one of the key. */
static void
add_condition(SmolFilters *filters, int i)
{
	const SmolConditions *conditions = filters->conditions;
	const SmolCondition *condition = &conditions->conditions[i];
	SmolComparator *cmp = &filters->comparators[i];
	Filter		filter = {0};

	if (condition->test == SMOL_TEST_NULL || condition->test == SMOL_TEST_NOT_NULL)
	{
		filter = null_filter(condition->column, condition->test == SMOL_TEST_NULL);
		add_filter(filters, &filter);
		return;
	}

	/* the operators are strict */
	if (conditions->isnull[i])
	{
		filters->nothing = true;
		return;
	}
	filter.column = condition->column;
	filter.test = condition->test;
	filter.cmp = cmp;
	if (condition->array)
	{
		Datum	   *elements;
		bool		has_nulls;

		filter.nelements = smol_sort_elements(conditions->values[i],
											  condition->opfamily,
											  condition->righttype,
											  condition->collation, false,
											  &elements, &has_nulls);
		if (condition->test == SMOL_TEST_EQUAL)
		{
			if (filter.nelements == 0)
			{
				filters->nothing = true;
				return;
			}
		}
		else if (has_nulls)
		{
			/* "<>" is not known of a NULL element, so not of all */
			filters->nothing = true;
			return;
		}
		else if (filter.nelements == 0)
			return;				/* true of all rows, NULLs too */
		filter.elements = palloc(sizeof(SmolArgument) * filter.nelements);
		for (int k = 0; k < filter.nelements; k++)
			smol_prepare_argument(cmp, condition->righttype, elements[k],
								  &filter.elements[k]);

		/* the collation's order is not that of bytes, its equality is */
		if (cmp->order == SMOL_ORDER_BYTES)
			qsort(filter.elements, filter.nelements, sizeof(SmolArgument),
				  compare_bytes);
	}
	else
		smol_prepare_argument(cmp, condition->righttype, conditions->values[i],
							  &cmp->argument);
	if (set_comparison(&filter, filters->meta))
	{
		set_probe(filters, &filter, condition->opfamily, condition->lefttype,
				  condition->righttype, condition->collation);
		add_filter(filters, &filter);
	}
	else
		filters->nothing = true;
}

/*
 * Make the filters of a rescan, in the current memory context.  'keys' has
 * taken in the key conditions and says which of them are filters; these don't
 * change while its arrays turn.
 */
void
smol_set_filters(SmolFilters *filters, const SmolScanKeys *keys)
{
	filters->n = 0;
	filters->nothing = keys->impossible;
	filters->zones = false;
	filters->bloom = false;
	if (filters->nothing)
		return;

	for (int i = 0; i < keys->nfilters; i++)
		add_key_filter(filters, &keys->filters[i]);
	for (int i = 0; i < filters->conditions->n; i++)
		if (!filters->conditions->conditions[i].key)
			add_condition(filters, i);
}

bool
smol_filters_pass_nothing(const SmolFilters *filters)
{
	return filters->nothing;
}

/* Does every row of the ranges pass? */
bool
smol_filters_pass_all(const SmolFilters *filters)
{
	return !filters->nothing && filters->n == 0;
}

bool
smol_filters_have_zones(const SmolFilters *filters)
{
	return filters->zones || filters->bloom;
}

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
